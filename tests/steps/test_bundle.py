"""When a publication is written into a file, and what is refused before."""

from __future__ import annotations

from pathlib import Path

from git_hotfix.hotfix import Method
from git_hotfix.memory import Attempt, Conflict, Memory
from git_hotfix.steps.bundle import WriteBundle
from git_hotfix.steps.conflicts import to_resolve
from git_hotfix.steps.publish import Publish, wanted_publication
from git_hotfix.steps.request import FinishRequest
from git_hotfix.steps.run_tests import who_verified
from tests.support.decisions import decided, shown
from tests.support.facts import BASE_TIP, HOTFIX, MAIN, MERGE, TIP, facts, published, world

WANTED = FinishRequest(bundle=Path("fix.bundle"))


def test_what_is_not_published_is_written_and_what_is_needs_no_bundle() -> None:
    assert decided(WriteBundle.due(facts(), FinishRequest())) == "-"
    assert decided(WriteBundle.due(facts(), WANTED)) == "WriteBundle"
    assert decided(WriteBundle.due(published(), WANTED)) == "refused published"
    assert decided(WriteBundle.due(facts(world=world(with_server=False)), WANTED)) == "refused no-remote"


def test_records_that_were_held_wait_for_a_publication_that_is_no_bundle() -> None:
    assert wanted_publication(facts(), FinishRequest()).has_held
    assert not wanted_publication(facts(), WANTED).has_held  # it is for the base as the server has it


def test_who_writes_a_bundle_is_led_to_the_bundle_and_to_no_push(tmp_path: Path) -> None:
    conflict = Conflict(MAIN, str(tmp_path), BASE_TIP, TIP, Method.MERGE, "as git left it")
    resolved = facts(memory=Memory(conflicts=(conflict,), bundle="fix.bundle"), unresolved={conflict: None})
    finish = f"git hotfix finish {HOTFIX} --bundle fix.bundle"
    assert to_resolve(resolved, conflict).line() == f"{finish} --continue"
    before = facts(memory=Memory(bundle="fix.bundle"))
    assert shown(Publish.progress(before))[-1][-1] == finish
    written = facts(memory=Memory(bundle="fix.bundle", attempt=Attempt(MAIN, BASE_TIP, MERGE, TIP, ())))
    assert shown(Publish.progress(written))[-1][1:] == (
        "waiting",
        "'fix.bundle' has what is to be published to 'origin/main', for somebody who may push",
        "git hotfix finish --from-bundle fix.bundle",
    )


def test_who_publishes_a_bundle_is_not_asked_what_it_says_already() -> None:
    assert who_verified(FinishRequest())
    assert not who_verified(FinishRequest(from_bundle=Path("fix.bundle")))
