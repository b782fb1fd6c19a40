"""When a publication is written into a file, and what is refused before."""

from __future__ import annotations

from pathlib import Path

from git_hotfix.steps.bundle import WriteBundle
from git_hotfix.steps.publish import wanted_publication
from git_hotfix.steps.request import FinishRequest
from tests.support.decisions import decided
from tests.support.facts import facts, published, world

WANTED = FinishRequest(bundle=Path("fix.bundle"))


def test_what_is_not_published_is_written_and_what_is_needs_no_bundle() -> None:
    assert decided(WriteBundle.due(facts(), FinishRequest())) == "-"
    assert decided(WriteBundle.due(facts(), WANTED)) == "WriteBundle"
    assert decided(WriteBundle.due(published(), WANTED)) == "refused published"
    assert decided(WriteBundle.due(facts(world=world(with_server=False)), WANTED)) == "refused no-remote"


def test_records_that_were_held_wait_for_a_publication_that_is_no_bundle() -> None:
    assert wanted_publication(facts(), FinishRequest()).has_held
    assert not wanted_publication(facts(), WANTED).has_held  # it is for the base as the server has it
