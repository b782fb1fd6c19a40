"""Deployed is what somebody saw: by the command's end, by a person's word; it is the same for everybody who asks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.cli.stages import Stage, fixed
from tests.says.scenes import (
    GUIDED,
    commands_in,
    fixed_by,
    front_matter,
    harmless,
    hints,
    is_dated,
    next_line,
    state_of,
    status_of,
    step,
    type_in,
)
from tests.support.terminal import Terminal

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.lab import Clone


def by_hand(root: Path) -> Stage:
    """Return a hotfix of a team that deploys by hand, published and carried everywhere; nobody has deployed."""
    stage = fixed_by(root, GUIDED)
    stage.alice.hotfix("finish", "-y", check=0)
    return stage


def both(stage: Stage) -> tuple[Clone, Clone]:
    """Return alice's clone, which has done everything, and bob's, which knows only what the server tells."""
    return stage.alice, stage.bob


def announced(clone: Clone) -> str:
    """Return the lines for the incident channel."""
    return clone.hotfix("status", "auth", "--format", "markdown", check=0).out


def test_deployment_that_nobody_reported_is_done_for_nobody(tmp_path: Path) -> None:
    stage = by_hand(tmp_path)
    for clone in both(stage):
        state, evidence = step(status_of(clone, "auth"), "deploy")
        assert state != "done", evidence
        assert "resolved" not in evidence


def test_report_of_an_unreported_deployment_stays_open_without_times(tmp_path: Path) -> None:
    stage = by_hand(tmp_path)
    said = front_matter(stage.on_server("develop"))
    assert (said["status"], said["mitigated_at"], said["resolved_at"]) == ("open", None, None)

    stage.alice.hotfix("deploy", "auth", "--done", check=0)
    if line := next_line(stage.alice.hotfix("status", "auth", check=0)):
        type_in(stage.alice, line, check=0)

    said = front_matter(stage.on_server("develop"))
    assert said["status"] == "resolved"
    assert said["resolved_at"] is not None
    assert said["mitigated_at"] == said["resolved_at"]


def test_announcement_of_an_unreported_deployment_is_not_done(tmp_path: Path) -> None:
    stage = by_hand(tmp_path)
    for clone in both(stage):
        lines = announced(clone)
        assert not re.search(r"(?i)status: (?:done|resolved)", lines), lines
        assert "deploy" in lines.lower()


def test_list_of_an_unreported_deployment_is_not_complete(tmp_path: Path) -> None:
    stage = by_hand(tmp_path)
    for clone in both(stage):
        listed = clone.hotfix("list", check=0).out
        assert "complete" not in listed
        assert "deploy" in listed


def test_cleanup_waits_for_the_word_that_it_is_deployed_and_says_how_to_give_it(tmp_path: Path) -> None:
    stage = by_hand(tmp_path)
    refused = stage.alice.hotfix("cleanup", "auth", check=8)
    (line,) = hints(refused)
    assert line.startswith("git hotfix deploy ")
    type_in(stage.alice, line, check=0)
    type_in(stage.alice, next_line(stage.alice.hotfix("status", "auth", check=0)) or "false")
    stage.alice.hotfix("cleanup", "auth", check=0)


def test_word_of_a_person_is_kept_with_its_name_for_everybody_and_after_cleanup(tmp_path: Path) -> None:
    stage = by_hand(tmp_path)
    alice = stage.alice
    alice.hotfix("deploy", "auth", "--done", "--by", "Kim Lee", check=0)
    line = next_line(alice.hotfix("status", "auth", check=0))
    if line is not None and "cleanup" not in line:  # the word is not in the record yet
        type_in(alice, line, check=0)
    alice.hotfix("cleanup", "auth", check=0)

    for clone in both(stage):
        state, evidence = step(status_of(clone, "auth"), "deploy")
        assert state == "done"
        assert "Kim Lee" in evidence
        assert is_dated(evidence)


def test_deployment_that_succeeded_is_shown_as_such_to_everybody_and_after_cleanup(tmp_path: Path) -> None:
    stage = fixed(tmp_path)
    alice = stage.alice
    alice.git("config", "hotfix.deploy.command", "true")
    alice.hotfix("finish", "-y", check=0)
    alice.hotfix("cleanup", "auth", check=0)

    for clone in both(stage):
        state, evidence = step(status_of(clone, "auth"), "deploy")
        assert state == "done"
        assert "resolved" not in evidence, "what was deployed, and when, is forgotten"
        assert is_dated(evidence)


def test_deployment_that_failed_is_shown_to_a_colleague_too(tmp_path: Path) -> None:
    stage = fixed(tmp_path)
    stage.alice.git("config", "hotfix.deploy.command", "false")
    stage.alice.hotfix("finish", "-y", check=7)

    for clone in both(stage):
        state, evidence = step(status_of(clone, "auth"), "deploy")
        assert state not in {"done", "waiting"}
        assert "fail" in evidence
    assert "fail" in announced(stage.bob)


def test_failed_deployment_names_rollback_beside_the_one_next(tmp_path: Path) -> None:
    stage = fixed(tmp_path)
    stage.alice.git("config", "hotfix.deploy.command", "false")
    failed = stage.alice.hotfix("finish", "-y", check=7)
    assert "git hotfix rollback" in failed.err + failed.out
    assert harmless([*hints(failed), next_line(failed)])
    assert hints(failed) == [next_line(failed)]


def test_without_any_deployment_publication_is_the_end_and_that_is_said(tmp_path: Path) -> None:
    stage = fixed(tmp_path)
    stage.alice.hotfix("finish", "-y", check=0)

    said = front_matter(stage.on_server("develop"))
    assert said["status"] == "resolved"
    assert said["resolved_at"] is not None
    found = [step(status_of(clone, "auth"), "deploy") for clone in both(stage)]
    for state, evidence in found:
        assert state == "done", evidence
        assert "resolved" not in evidence, "that is inferred from another field"
        assert "by hand" not in evidence
    stage.alice.hotfix("cleanup", "auth", check=0)
    assert state_of(status_of(stage.alice, "auth"), "deploy") == "done"
    assert "resolved" not in step(status_of(stage.alice, "auth"), "deploy")[1]


def test_trigger_none_can_be_said_even_where_a_guide_is(tmp_path: Path) -> None:
    stage = fixed_by(tmp_path, GUIDED)
    stage.alice.git("config", "hotfix.deploy.trigger", "none")
    stage.alice.hotfix("finish", "-y", check=0)
    assert state_of(status_of(stage.alice, "auth"), "deploy") == "done"
    assert front_matter(stage.on_server("develop"))["status"] == "resolved"


def test_unchecked_push_deploys_and_is_resolved_with_the_publication(tmp_path: Path) -> None:
    stage = fixed(tmp_path)
    for clone in both(stage):
        clone.git("config", "hotfix.deploy.trigger", "push")
    stage.alice.hotfix("finish", "-y", check=0)
    assert front_matter(stage.on_server("develop"))["status"] == "resolved"
    for clone in both(stage):
        state, evidence = step(status_of(clone, "auth"), "deploy")
        assert state == "done"
        assert "push" in evidence


def test_configured_deployment_that_did_not_run_is_not_done_and_holds_cleanup(tmp_path: Path) -> None:
    stage = fixed(tmp_path)
    alice = stage.alice
    alice.git("config", "hotfix.deploy.command", "true")
    alice.hotfix("finish", "-y", "--no-deploy")
    assert state_of(status_of(alice, "auth"), "deploy") in {"next", "not done"}
    assert front_matter(stage.on_server("develop"))["resolved_at"] is None
    refused = alice.hotfix("cleanup", "auth", check=8)
    assert any(line.startswith("git hotfix deploy") for line in hints(refused))
    type_in(alice, hints(refused)[0], check=0)
    assert state_of(status_of(alice, "auth"), "deploy") == "done"


def rolled_back(root: Path) -> Stage:
    """Return a hotfix that was deployed by hand, as a person said, and rolled back; the revert is not deployed."""
    stage = by_hand(root)
    stage.alice.hotfix("deploy", "auth", "--done", check=0)
    stage.alice.hotfix("finish", "auth", "-y")
    stage.alice.hotfix("rollback", "auth", "-y", "--reason", "search is broken", check=0)
    return stage


def test_rollback_has_a_deployment_of_its_own_for_everybody(tmp_path: Path) -> None:
    stage = rolled_back(tmp_path)
    for clone in both(stage):
        state, evidence = step(status_of(clone, "auth"), "deploy")
        assert state != "done", evidence
    assert "complete" not in stage.bob.hotfix("list", check=0).out


def test_report_of_a_rollback_is_not_resolved(tmp_path: Path) -> None:
    stage = rolled_back(tmp_path)
    said = front_matter(stage.on_server("develop"))
    assert (said["status"], said["mitigated_at"], said["resolved_at"]) == ("rolled-back", None, None)


def test_next_after_a_rollback_is_its_deployment_and_not_cleanup(tmp_path: Path) -> None:
    stage = rolled_back(tmp_path)
    line = next_line(stage.alice.hotfix("status", "auth", check=0))
    assert line is not None
    assert line.startswith("git hotfix deploy ")
    type_in(stage.alice, line, check=0)
    state, _ = step(status_of(stage.alice, "auth"), "deploy")
    assert state == "done"


def test_next_after_a_rollback_whose_deployment_failed_is_its_deployment(tmp_path: Path) -> None:
    stage = fixed(tmp_path)
    alice = stage.alice
    alice.hotfix("finish", "-y", check=0)
    alice.git("config", "hotfix.deploy.command", f"test -e {tmp_path}/mended")
    failed = alice.hotfix("rollback", "auth", "-y", check=7)
    line = next_line(failed)
    assert line is not None
    assert hints(failed) == [line]
    assert line.startswith("git hotfix deploy")
    (tmp_path / "mended").touch()
    type_in(alice, line, check=0)
    assert state_of(status_of(alice, "auth"), "deploy") == "done"


def test_announcement_of_a_rollback_tells_of_it_and_of_its_deployment(tmp_path: Path) -> None:
    stage = rolled_back(tmp_path)
    for clone in both(stage):
        lines = announced(clone)
        assert f"{stage.remote.git('tag', '--list', '*-rollback')}" in lines
        assert "deploy" in lines.lower(), "that the revert is not deployed is what everybody asks"
        assert "search is broken" in lines
    assert "Next: nothing" not in announced(stage.alice)


def test_announcement_of_two_rounds_tells_of_both(tmp_path: Path) -> None:
    stage = fixed(tmp_path)
    alice = stage.alice
    alice.hotfix("finish", "-y", check=0)
    alice.git("switch", "-q", stage.branch)
    alice.commit("Check it twice", {"src/auth/twice.py": "twice = True\n"})
    alice.hotfix("finish", "-y", check=0)
    tags = stage.remote.git("tag", "--list", "hotfix-*").split()
    assert len(tags) == 2
    for clone in both(stage):
        lines = announced(clone)
        assert all(re.search(rf"{tag}(?![-\w])", lines) for tag in tags), lines


def test_interrupted_deployment_says_that_production_is_published_and_gives_one_next(tmp_path: Path) -> None:
    stage = fixed(tmp_path)
    alice = stage.alice
    alice.git("config", "hotfix.deploy.command", "sh -c 'echo half-way; sleep 50'")
    with Terminal(alice, "finish", "-y") as terminal:
        terminal.expect("half-way")
        terminal.interrupt()
        code = terminal.finish()
        shown = terminal.transcript
    assert code in {7, 130}
    after = shown.rpartition("half-way")[2]
    assert "same command again" not in after, "it does not go on, and rightly"
    assert re.search(r"(?i)\bpublished\b", after), "production has the fix, and that is what counts now"
    offered = re.findall(r"(?m)^(?:hint:|Next:)\s+(.+)$", after)
    assert offered, after
    status = alice.hotfix("status", "auth", check=0)
    assert {line.strip() for line in offered} == {next_line(status)}
    (line,) = set(offered)
    assert set(commands_in(step(status_of(alice, "auth"), "deploy")[1])) <= set(commands_in(line))


def test_deployment_whose_end_is_unknown_has_one_next_everywhere(tmp_path: Path) -> None:
    stage = fixed(tmp_path)
    alice = stage.alice
    alice.git("config", "hotfix.deploy.command", "sh -c 'echo half-way; sleep 50'")
    with Terminal(alice, "finish", "-y") as terminal:
        terminal.expect("half-way")
        terminal.interrupt()
        terminal.finish()
    again = alice.hotfix("finish", "auth", "-y", check=7)
    lines = {*hints(again), next_line(again), next_line(alice.hotfix("status", "auth", check=0))}
    assert len(lines) == 1, lines
    (line,) = lines
    assert line is not None
    assert "-y" not in line.split()  # it is not the command that was interrupted
    assert type_in(alice, line).code in {0, 4}, "a person saw how it ended, and says so"


@pytest.mark.parametrize("command", ["deploy", "postmortem"])
def test_command_without_a_name_and_nothing_open_means_the_newest_published(tmp_path: Path, command: str) -> None:
    stage = by_hand(tmp_path)
    alice = stage.alice
    alice.hotfix("deploy", "auth", "--done", check=0)
    alice.hotfix("finish", "auth", "-y")
    alice.hotfix("cleanup", "auth", check=0)
    options = {
        "deploy": ("--done", "--by", "Kim Lee"),
        "postmortem": ("--cause", "a shortcut", "--not-caught", "no test", "--prevent", "a test"),
    }[command]
    answer = alice.hotfix(command, *options, "--json")
    assert answer.code in {0, 4}, answer.out
    assert answer.json()["hotfix"] == stage.hotfix
