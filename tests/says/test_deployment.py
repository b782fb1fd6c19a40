"""Deployed is what somebody saw: by the command's end, by a person's word; it is the same for everybody who asks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.cli.stages import Stage, fixed, published
from tests.says.scenes import (
    commands_in,
    front_matter,
    guided,
    harmless,
    hints,
    is_dated,
    next_line,
    status_of,
    step,
    type_in,
)
from tests.support.reports import with_keys
from tests.support.terminal import Terminal

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.lab import Clone


def announced(clone: Clone) -> str:
    """Return the lines for the incident channel."""
    return clone.hotfix("status", "auth", "--format", "markdown", check=0).out


def seen_by(stage: Stage) -> list[tuple[str, str]]:
    """Return state and evidence of the deployment as alice, who has done everything, and bob are told."""
    return [step(status_of(clone, "auth"), "deploy") for clone in (stage.alice, stage.bob)]


def test_deployment_by_hand_waits_for_a_persons_word_and_keeps_it_for_everybody(tmp_path: Path) -> None:
    stage = guided(tmp_path)
    alice = stage.alice

    said = front_matter(stage.on_server("develop"))
    assert (said["status"], said["mitigated_at"], said["resolved_at"]) == ("open", None, None)
    assert seen_by(stage) == 2 * [("waiting", "deploy it, then run: git hotfix deploy --done")]
    assert "it is not deployed yet" in announced(stage.bob)
    listed = stage.bob.hotfix("list", check=0).out
    assert "deploy (waiting)" in listed
    (line,) = hints(alice.hotfix("cleanup", "auth", check=8))
    assert line == f"git hotfix deploy {stage.hotfix} --done" == next_line(alice.hotfix("status", check=0))

    type_in(alice, f"{line} --by 'Kim Lee'", check=0)
    said = front_matter(stage.on_server("develop"))
    assert said["status"] == "resolved"
    assert said["mitigated_at"] == said["resolved_at"] is not None
    alice.hotfix("cleanup", check=0)
    for state, evidence in seen_by(stage):
        assert state == "done"
        assert "Kim Lee" in evidence
        assert is_dated(evidence)
    assert "recorded by Alice" in seen_by(stage)[1][1]
    # with nothing open it is the newest that is meant
    answer = alice.hotfix("deploy", "--failed", "--json", check=7).json()
    assert answer["hotfix"] == stage.hotfix
    assert front_matter(stage.on_server("develop"))["resolved_at"] is None


def test_deployment_that_failed_and_a_rollback_of_its_own_are_the_same_for_everybody(tmp_path: Path) -> None:
    stage = fixed(tmp_path)
    alice = stage.alice
    alice.git("config", "hotfix.deploy.command", f"test -e {tmp_path}/mended")

    failed = alice.hotfix("finish", "-y", check=7)
    assert "git hotfix rollback" in failed.err  # only as a sentence
    assert hints(failed) == [next_line(failed)]
    assert harmless(hints(failed))
    assert [state for state, _ in seen_by(stage)] == ["next", "next"]
    assert "its deployment failed" in announced(stage.bob)

    back = alice.hotfix("rollback", "auth", "-y", "--reason", "search is broken", check=7)
    assert hints(back) == [next_line(back)] == [f"git hotfix deploy {stage.hotfix}"]
    said = front_matter(stage.on_server("develop"))
    assert (said["status"], said["mitigated_at"], said["resolved_at"]) == ("rolled-back", None, None)
    lines = announced(stage.bob)
    assert f"`{stage.remote.git('tag', '--list', '*-rollback')}`: search is broken; its deployment failed" in lines
    assert "rolled back, deploy" in stage.bob.hotfix("list", check=0).out

    (tmp_path / "mended").touch()
    type_in(alice, hints(back)[0], check=0)
    assert [state for state, _ in seen_by(stage)] == ["done", "unknown"]  # bob has Alice's word for it
    assert front_matter(stage.on_server("develop"))["resolved_at"] is None
    alice.hotfix("cleanup", "auth", check=0)
    assert re.search(r" rolled back, backport develop \(waiting\) ", alice.hotfix("list", check=0).out)


def test_interrupted_deployment_says_that_production_is_published_and_gives_one_next(tmp_path: Path) -> None:
    stage = fixed(tmp_path)
    alice = stage.alice
    alice.git("config", "hotfix.deploy.command", "sh -c 'echo half-way; sleep 50'")
    with Terminal(alice, "finish", "-y", by_git=True) as terminal:
        terminal.expect("half-way")
        terminal.interrupt()
        code = terminal.finish()
        shown = terminal.transcript
    assert code in {7, 130}  # git tells of the interruption itself
    after = re.split(r"(?m)^half-way", shown)[-1]
    assert "same command again" not in after, "it does not go on, and rightly"
    assert "Production is published" in after, "that is what counts now"
    (line,) = re.findall(r"(?m)^(?:hint:|Next:)\s+(.+?)\s*$", after)
    status = alice.hotfix("status", "auth", check=0)
    assert line == next_line(status) == f"git hotfix deploy {stage.hotfix}"  # it asks first
    asked = alice.hotfix("deploy", "auth", check=2)  # it looks, and neither runs it again nor declares it done
    assert "--done or --failed" in asked.err
    assert hints(asked)[0].startswith("tail ")
    assert set(commands_in(step(status_of(alice, "auth"), "deploy")[1])) <= set(commands_in(line))
    again = alice.hotfix("finish", "auth", "-y", check=7)
    assert hints(again) == [line] == [next_line(again)]


def test_what_others_wrote_skips_no_deployment_and_is_for_a_person_to_accept(tmp_path: Path) -> None:
    stage = published(tmp_path)
    live = tmp_path / "live"
    for clone in (stage.alice, stage.bob):
        clone.git("config", "hotfix.deploy.command", f"sh -c 'echo >> {live}'")
    claimed = stage.alice.show(f"{stage.branch}:{stage.report}")
    claimed = with_keys(claimed, status="resolved", tag=stage.tag, resolved_at="2026-01-17T02:10:00+09:00")
    message = f"It is deployed, believe me\n\nHotfix-Id: {stage.hotfix}"
    stage.bob_pushes("develop", message, {stage.report: claimed})
    # nor do trailers of a commit that is none of the record
    trailers = f"{message}\nDeployed: succeeded {stage.remote.rev('main')} 2026-01-17T02:10:00+09:00"
    stage.bob_pushes("develop", trailers, {"README.md": "Deployed.\n"})

    # the report as it was, so that it is a commit of the record: whoever may push can make that one too
    report = stage.alice.show(f"{stage.branch}:{stage.report}") + "\nIt is live.\n"
    claim = stage.bob_pushes("develop", trailers.replace("deployed,", "live,"), {stage.report: report})[:7]

    # bob has not published it: nothing deploys it again by itself, and nothing says that it is deployed
    theirs = stage.bob.hotfix("finish", "auth", "-y", check=7)
    assert hints(theirs) == [f"git hotfix deploy {stage.hotfix} --done"]
    assert f"is claimed by {claim}, " in theirs.err
    assert step(status_of(stage.bob, "auth"), "deploy")[0] == "unknown"
    assert front_matter(stage.on_server("develop"))["status"] == "open"
    assert not live.exists()

    stage.alice.hotfix("finish", "auth", "-y", check=0)
    assert live.read_text() == "\n"
    assert front_matter(stage.on_server("develop"))["status"] == "resolved"
    stage.bob.hotfix("cleanup", "auth", "--dry-run", check=0)
    type_in(stage.bob, hints(theirs)[0], check=0)
    stage.bob.hotfix("finish", "auth", "-y", check=0)
    assert live.read_text() == "\n"
