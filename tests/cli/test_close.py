"""``git hotfix close``: a hotfix that ships no code ends with a record, and nobody's commits are lost."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.cli.stages import Stage, fixed, started
from tests.support.hooks import refuse_ref
from tests.support.terminal import Terminal

if TYPE_CHECKING:
    from pathlib import Path

CLOSE = ("close", "--as", "cancelled", "--reason", "A false alarm of the new monitor")


def is_gone(stage: Stage) -> bool:
    """Return whether nothing of the branch is left, and alice is back."""
    refs = (*stage.alice.refs(), *stage.remote.refs())
    is_back = stage.alice.git("branch", "--show-current") == "main"
    return is_back and not any(stage.hotfix in ref for ref in refs) and not stage.memory.exists()


def test_cancelled_hotfix_leaves_its_report_on_develop(tmp_path: Path) -> None:
    stage = started(tmp_path)
    alice, remote = stage.alice, stage.remote
    alice.git("push", "-q", "-u", "origin", stage.branch)
    alice.hotfix("note", "asked the monitoring team", check=0)
    develop, written = remote.rev("develop"), alice.show(f"HEAD:{stage.report}")
    before = alice.snapshot()
    dry = alice.hotfix(*CLOSE, "--dry-run", check=0)
    assert dry.out == (
        f"{stage.hotfix}: would\n"
        "  write the report as cancelled to origin/develop\n"
        "  go back to where you were\n"
        f"  delete '{stage.branch}' here and on the server\n"
        "  remove what was kept of it in this clone\n"
    )
    assert alice.snapshot() == before

    answer = alice.hotfix(*CLOSE, check=0)

    assert stage.frozen(answer.err) == (
        "The report is on origin/develop: cancelled.\n"
        "Back on 'main'.\n"
        "Deleted origin/hotfix/ID.\n"
        "Deleted 'hotfix/ID' here (it was at COMMIT).\n"
    )
    assert is_gone(stage)
    assert remote.rev("develop^") == develop
    assert remote.git("diff", "--name-only", "develop^", "develop") == stage.report
    assert remote.git("log", "-1", "--format=%B", "develop").rstrip() == (
        f"Record HOTFIX: Login takes any password\n\nHotfix-Id: {stage.hotfix}\nIncident: {stage.report}"
        "\nClosed-As: cancelled"
    )
    report = stage.on_server("develop")
    removed = [line for line in written.splitlines() if line not in report.splitlines()]
    added = [stage.frozen(line) for line in report.splitlines() if line not in written.splitlines()]
    assert removed == [
        'status: "open"',
        "Still open. `git hotfix finish` writes here what was published, deployed and backported.",
        "Nothing is checked yet. `git hotfix finish` writes here what was run and who looked.",
    ]
    assert added == [
        'status: "cancelled"',
        "| TIME | Closed as cancelled: A false alarm of the new monitor | Alice |",
        "- Status: cancelled",
        "- Reason: A false alarm of the new monitor",
        "- Published: nothing",
        "- Critical tests: unknown",
        "- Verified by hand: unknown",
    ]
    assert remote.rev("main") == alice.rev("v1.0.0^{}")


def test_resolved_without_code_has_a_time(tmp_path: Path) -> None:
    stage = started(tmp_path)

    stage.alice.hotfix("close", "--as", "resolved", "--reason", "The vendor has mended it", check=0)

    assert is_gone(stage)
    report = stage.frozen(stage.on_server("develop"))
    assert '\nstatus: "resolved"\n' in report
    assert '\nresolved_at: "TIME"\n' in report
    assert "\n- Reason: The vendor has mended it\n- Published: nothing\n" in report

    # its name is taken, also in a clone that has not fetched since
    again = stage.bob.hotfix("start", "auth", "--slug", "auth", "-y", check=1)
    assert f"The hotfix '{stage.hotfix}' exists already." in again.err


def test_fix_commits_are_only_given_up_when_that_is_said(tmp_path: Path) -> None:
    stage = fixed(tmp_path)
    alice = stage.alice
    tip = alice.rev("HEAD")
    before = alice.snapshot()

    refused = alice.hotfix(*CLOSE, check=1)

    assert refused.err == (
        f"error: The branch has fix commits, which --discard deletes: {tip[:7]}.\n"
        f"hint:  git hotfix status {stage.hotfix}\n"
    )
    assert "--reason" in alice.hotfix("close", "--as", "cancelled", check=2).err
    assert alice.snapshot() == before
    discarded = alice.hotfix(*CLOSE, "--discard", check=0)
    assert f"Deleted commits: {tip[:7]}. To restore them: git branch NAME {tip[:7]}\n" in discarded.err
    assert is_gone(stage)
    alice.git("branch", "again", tip[:7])
    assert '\nstatus: "cancelled"\n' in stage.on_server("develop")


def test_dropped_report_leaves_no_trace(tmp_path: Path) -> None:
    stage = started(tmp_path)
    before = stage.remote.refs()

    closed = stage.alice.hotfix(*CLOSE, "--drop-report", check=0)

    assert [" ".join(line.split()) for line in stage.frozen(closed.out).splitlines()] == [
        "ID",
        "done closed as cancelled; its branch is deleted, and no report was written",
        "Next: git hotfix list",
    ]
    assert is_gone(stage)
    assert stage.remote.refs() == before


def test_refused_report_closes_nothing(tmp_path: Path) -> None:
    stage = started(tmp_path)
    refuse_ref(stage.remote, "refs/heads/develop", "develop is frozen")
    before = stage.alice.snapshot()

    answer = stage.alice.hotfix(*CLOSE, check=5)

    assert answer.err.startswith("error: 'origin/develop' was refused: develop is frozen")
    assert stage.alice.snapshot() == before


@pytest.mark.parametrize("change", ["in the way", "elsewhere"])
def test_changes_of_the_user_are_kept_and_so_is_the_branch_under_them(tmp_path: Path, change: str) -> None:
    stage = started(tmp_path)
    alice = stage.alice
    path = stage.report if change == "in the way" else "README.md"
    alice.write(path, alice.read(path) + "mine\n")

    answer = alice.hotfix(*CLOSE, check=3 if change == "in the way" else 0)

    assert alice.read(path).endswith("mine\n")
    if change == "in the way":
        assert f"error: You are still on '{stage.branch}': 'main' could not be checked out: " in answer.err
        assert alice.git("branch", "--show-current") == stage.branch
        assert alice.rev("HEAD") == alice.rev(stage.branch)
        alice.git("checkout", "-q", path)
        alice.hotfix(*CLOSE, check=0)
        assert stage.subjects("develop").count("Record HOTFIX: Login takes any password") == 1
    assert is_gone(stage)


def test_without_develop_the_report_goes_to_production(tmp_path: Path) -> None:
    stage = started(tmp_path)
    alice = stage.alice
    stage.remote.git("branch", "-D", "develop")
    alice.git("config", "hotfix.deploy.trigger", "push")
    before = alice.snapshot(without_tracking=True)
    held = alice.hotfix(*CLOSE, check=1)
    assert held.err == (
        "error: The report would go to 'main', and a push there deploys; --drop-report leaves it out.\n"
        f"hint:  git hotfix status {stage.hotfix}\n"
    )
    assert alice.snapshot(without_tracking=True) == before
    alice.git("config", "hotfix.deploy.trigger", "manual")

    alice.hotfix(*CLOSE, check=0)

    assert is_gone(stage)
    assert stage.subjects("main")[0] == "Record HOTFIX: Login takes any password"
    assert '\nstatus: "cancelled"\n' in stage.on_server("main")
    assert alice.rev("main") == stage.remote.rev("main")
    # what is closed is told as closed, and is no gap
    shown = alice.hotfix("list", check=0)
    assert re.fullmatch(r"past  \d{8}-auth  critical  closed  [\dmins ]+  Alice  Login takes any password\n", shown.out)


def test_start_of_which_nothing_has_come_leaves_nothing_and_one_with_a_note_is_asked_about(tmp_path: Path) -> None:
    stage = started(tmp_path)
    alice, before = stage.alice, stage.remote.refs()
    alice.hotfix("note", "looked at the monitor", check=0)
    assert "--as cancelled" in alice.hotfix("close", check=2).err
    alice.git("reset", "-q", "--hard", "HEAD^")

    alice.hotfix("close", check=0)

    assert is_gone(stage)
    assert stage.remote.refs() == before


def test_what_was_begun_by_mistake_has_no_steps_left_where_the_server_keeps_its_branch(tmp_path: Path) -> None:
    stage = started(tmp_path)
    stage.alice.git("push", "-q", "origin", stage.branch)
    stage.remote.git("config", "receive.denyDeletes", "true")
    closed = stage.alice.hotfix("close", "--as", "undone", "--json", check=4).json()
    evidence = "as undone; its branch stays on the server, and no report was written"
    assert closed["steps"] == [{"step": "closed", "state": "done", "evidence": evidence}]
    assert (closed["targets"], closed["next"]) == ([], None)


def test_place_whose_branch_was_deleted_here_is_left_for_the_base(tmp_path: Path) -> None:
    stage = started(tmp_path)
    stage.alice.git("branch", "-q", "-D", "main")

    answer = stage.alice.hotfix("close", check=0)

    assert "warning: 'main', where you were, is not here any more.\n" in answer.err
    assert stage.alice.git("rev-parse", "--abbrev-ref", "HEAD") == "HEAD"
    assert stage.alice.rev("HEAD") == stage.remote.rev("main")


def test_changed_hotfix_that_was_begun_by_mistake_is_said_to_be_undone(tmp_path: Path) -> None:
    stage = started(tmp_path)
    stage.alice.hotfix("note", "looked at the monitor", check=0)
    with Terminal(stage.alice, "close") as terminal:
        terminal.expect("undone):")
        terminal.answer("undone")
        terminal.expect("as undone; its branch is deleted")
        assert terminal.finish() == 0
