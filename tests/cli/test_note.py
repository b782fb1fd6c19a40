"""``git hotfix note``: the timeline while it happens."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.cli.stages import Stage, fixed, published, started

if TYPE_CHECKING:
    from pathlib import Path

FORMS = "14:05, '2h ago', 'yesterday 14:05' or 2026-01-17T02:10:00+09:00"


def timeline(stage: Stage, report: str) -> list[str]:
    """Return the rows of the timeline, times frozen."""
    table = report.partition("<!-- git-hotfix:timeline -->")[2].partition("<!-- /git-hotfix:timeline -->")[0]
    return [stage.frozen(line) for line in table.splitlines() if line.startswith("| 2")]


def test_note_is_a_record_commit_and_the_open_file_follows(tmp_path: Path) -> None:
    stage = started(tmp_path)
    alice = stage.alice
    first = alice.rev("HEAD")

    answer = alice.hotfix("note", "restarted", "the | workers\n", "--at", "2h ago", check=0)

    assert answer.err == f"Noted in '{stage.report}'.\n"
    assert alice.git("rev-parse", "HEAD^@") == first
    assert alice.git("log", "-1", "--format=%an: %B").rstrip() == (
        f"Alice: Record HOTFIX: Login takes any password\n\nHotfix-Id: {stage.hotfix}\nIncident: {stage.report}"
    )
    assert alice.git("diff", "--name-only", "HEAD^") == stage.report
    assert alice.git("status", "--porcelain") == ""
    assert timeline(stage, alice.read(stage.report)) == [
        "| TIME | restarted the \\| workers | Alice |",
        "| TIME | Hotfix declared: Login takes any password | git-hotfix |",
    ]
    # users are no longer affected; from another branch, into the branch that nobody has checked out
    alice.git("switch", "-q", "main")
    alice.hotfix("note", "switched the login off", "--mitigated", "--hotfix", "auth", check=0)
    assert alice.git("branch", "--show-current") == "main"
    assert stage.frozen(alice.show(f"{stage.branch}:{stage.report}")).count('mitigated_at: "TIME"') == 1
    # the fix is what it was: nothing but records
    status = alice.hotfix("status", "auth", check=0)
    assert "next      fix                   no fix committed yet\n" in status.out


def test_impossible_times_and_empty_notes_are_refused(tmp_path: Path) -> None:
    stage = started(tmp_path)
    before = stage.alice.snapshot()
    for arguments, said in (
        (("it", "--at", "2999-01-01"), "'2999-01-01' is in the future."),
        (("it", "--at", "25:61"), f"'25:61' is not a time ({FORMS})."),
        (("it", "--at", "soon"), f"'soon' is not a time ({FORMS})."),
        ((" \t ",), "The note is empty."),
        (("it", "--hotfix", "nothing"), f"There is no hotfix 'nothing'. Open: {stage.hotfix}."),
    ):
        answer = stage.alice.hotfix("note", *arguments, check=2)
        assert answer.err.startswith(f"error: {said}\n")
    dry = stage.alice.hotfix("note", "it", "--dry-run", check=0)
    assert stage.frozen(dry.out) == "ID: would\n  add to the timeline at TIME: it\n"
    assert stage.alice.snapshot() == before


def test_note_waits_while_the_report_is_edited_and_is_in_the_record(tmp_path: Path) -> None:
    stage = started(tmp_path)
    alice = stage.alice
    tip = alice.rev("HEAD")
    edited = alice.read(stage.report).replace("## Impact\n", "## Impact\n\nEverybody.\n")
    alice.write(stage.report, edited)

    answer = alice.hotfix("note", "called the vendor", check=0)

    assert answer.err.startswith("Saved here: the report has changes that are not committed (")
    assert answer.err.endswith(f". To publish the report, run: git hotfix document {stage.hotfix}\n")
    assert alice.read(stage.report) == edited
    assert alice.rev("HEAD") == tip
    assert [row["event"] for row in json.loads(stage.memory.read_text())["rows"]] == ["called the vendor"]
    alice.commit("Impact; and the fix", {stage.report: edited, "src/billing/rounding.py": "DIGITS = 2\n"})
    alice.hotfix("finish", "--skip-tests", "no time", check=0)
    report = stage.on_server("develop")
    assert "| TIME | called the vendor | Alice |" in timeline(stage, report)
    assert "\nEverybody.\n" in report


def test_note_after_publication_goes_into_the_record(tmp_path: Path) -> None:
    stage = published(tmp_path)
    alice = stage.alice
    before = alice.snapshot()

    answer = alice.hotfix("note", "customers confirm", "--mitigated", "--at", "now", check=0)

    line = f"git hotfix document {stage.hotfix}"
    assert answer.err == f"Saved here: the fix is published. To publish the report, run: {line}\n"
    assert alice.snapshot() == before
    alice.hotfix("backport", check=0)
    assert timeline(stage, stage.on_server("develop")) == [
        "| TIME | Hotfix declared: Login takes any password | git-hotfix |",
        "| TIME | Fix committed: Check the password | git |",
        "| TIME | Merged into main | git |",
        "| TIME | Tagged TAG | git |",
        "| TIME | Published to main | git-hotfix |",
        "| TIME | customers confirm | Alice |",
        "| TIME | Arrived on release/1.1 by merge | git |",
        "| TIME | Arrived on support/1.0 by pick | git |",
        "| TIME | Arrived on develop by merge | git |",
    ]
    # one more after the record: written by the next finish, once
    alice.hotfix("note", "all quiet", "--at", "now", check=0)
    status = alice.hotfix("status", "auth", "--json", check=0).json()
    assert next(each for each in status["steps"] if each["step"] == "documents")["state"] == "next"
    alice.hotfix("finish", check=0)
    assert timeline(stage, stage.on_server("develop"))[-1] == "| TIME | all quiet | Alice |"
    done = alice.snapshot()
    alice.hotfix("finish", check=0)
    assert alice.snapshot() == done
    alice.hotfix("cleanup", "auth", check=0)
    assert alice.hotfix("note", "still quiet", check=0).err == answer.err  # none is open: the one published last


def test_note_during_a_rebase_moves_no_branch_and_the_rebase_ends(tmp_path: Path) -> None:
    stage = fixed(tmp_path)
    alice = stage.alice
    alice.git("-c", "sequence.editor=sed -i '1s/^pick/edit/'", "rebase", "-i", "HEAD^")

    noted = alice.hotfix("note", "restarted the workers", "--hotfix", stage.hotfix, check=0)

    assert f"Saved here: '{stage.branch}' is being rebased. " in noted.err
    alice.git("rebase", "--continue")
    assert alice.git("branch", "--show-current") == stage.branch
    alice.hotfix("finish", "-y", "--skip-tests", "no time", check=0)
    assert "restarted the workers" in stage.on_server("develop")
