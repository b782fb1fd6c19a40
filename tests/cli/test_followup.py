"""``git hotfix followup``: later work, in the report whoever writes it and whenever."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.cli.stages import Stage, finished, started
from tests.support.hooks import refuse_ref

if TYPE_CHECKING:
    from pathlib import Path


def rows(stage: Stage, report: str) -> list[str]:
    """Return the rows of the table, without the hotfix id."""
    return [line.replace(stage.hotfix, "ID") for line in report.splitlines() if line.startswith(f"| {stage.hotfix}/")]


def test_follow_up_is_a_record_commit_listed_and_done(tmp_path: Path) -> None:
    stage = started(tmp_path)
    alice = stage.alice
    first = alice.rev("HEAD")

    answer = alice.hotfix("followup", "Replace the", "|parser", "--kind", "rfc", "--due", "2999-02-01", check=0)

    assert answer.err == f"Written into '{stage.report}': follow-up {stage.hotfix}/1: Replace the |parser.\n"
    assert alice.git("rev-parse", "HEAD^") == first
    assert alice.git("diff", "--name-only", "HEAD^") == stage.report
    assert alice.git("status", "--porcelain") == ""
    when = ("--trigger", "the next release", "--priority", "p1", "--ticket", "SHOP-7")
    said = ("Split login.py", "--kind", "refactoring", "--owner", "Kim", *when)
    alice.hotfix("followup", *said, check=0)
    before = alice.snapshot()
    again = alice.hotfix("followup", *said, check=0)
    assert again.err == f"note: It is there already: {stage.hotfix}/2.\n"
    dry = alice.hotfix("followup", "--done", "1", "--dry-run", check=0)
    assert dry.out == f"{stage.hotfix}: would\n  write into the report: follow-up {stage.hotfix}/1 is done\n"
    assert alice.snapshot() == before
    alice.git("switch", "-q", "main")
    alice.hotfix("followup", "--done", f"{stage.hotfix}/1", check=0)
    assert rows(stage, alice.show(f"{stage.branch}:{stage.report}")) == [
        "| ID/1 | Replace the \\|parser | rfc |  |  | 2999-02-01 |  | done |",
        "| ID/2 | Split login.py | refactoring | P1 | Kim | the next release | SHOP-7 | open |",
    ]
    listed = alice.hotfix("followup", check=0)
    assert listed.out == f"{stage.hotfix}/2  open  refactoring P1  Kim  the next release  Split login.py (SHOP-7)\n"
    told = alice.hotfix("followup", "--all", "--json", "--hotfix", "auth", check=0).json()
    assert (told["hotfix"], told["command"]) == (stage.hotfix, "followup")
    assert [(each["priority"], each["ticket"]) for each in told["follow_ups"]] == [(None, None), ("P1", "SHOP-7")]
    assert [(each["id"], each["text"], each["section"], each["done"]) for each in told["follow_ups"]] == [
        (f"{stage.hotfix}/1", "Replace the |parser", "deferred", True),
        (f"{stage.hotfix}/2", "Split login.py", "tech-debt", False),
    ]


def test_what_is_missing_or_wrong_is_told_and_nothing_changes(tmp_path: Path) -> None:
    stage = started(tmp_path)
    alice = stage.alice
    before = alice.snapshot()
    for arguments, said, remedy in (
        (("x y",), "What kind of work is it?", f"git hotfix followup 'x y' --hotfix {stage.hotfix} --kind KIND --due"),
        (("x", "--kind", "rfc", "--due", "2001-01-01"), "'2001-01-01' is past; a due date is today or later.", "git"),
        ((" \u200e",), "The follow-up is empty.", "git"),
        (("--kind", "rfc"), "--kind belongs to a new follow-up, and its TEXT is missing.", "git"),
        (("x", "--done", "1"), "--done takes the id alone.", "git hotfix followup --done 1"),
        (("x", "--all"), "--all is for the list, without TEXT.", "git hotfix followup --all"),
        (("--done", "nothing/1"), "There is no hotfix 'nothing'.", ""),
    ):
        answer = alice.hotfix("followup", *arguments, check=2)
        assert answer.err.startswith(f"error: {said}"), answer.err
        assert f"hint:  {remedy}" in answer.err
    told = alice.hotfix("followup", "x", "--json", check=2).json()
    assert [(each["option"], len(each["choices"])) for each in told["questions"]] == [
        ("--kind KIND", 5),
        ("--due DATE (or --trigger TEXT)", 0),
    ]
    assert alice.hotfix("followup", check=0).out == "There is no open follow-up.\n"
    assert alice.snapshot() == before


def test_after_the_record_it_is_queued_written_once_and_people_may_change_it(tmp_path: Path) -> None:
    stage = finished(tmp_path)
    alice = stage.alice
    before = alice.snapshot()

    answer = alice.hotfix("followup", "Hash them", "--kind", "rfc", "--trigger", "audit", "--hotfix", "auth", check=0)

    assert "): the fix is published. To publish the report, run: git hotfix document " in answer.err
    assert alice.snapshot() == before
    assert [each["kind"] for each in json.loads(stage.memory.read_text())["edits"]] == ["follow-up"]
    listed = alice.hotfix("followup", check=0).out
    assert listed == f"{stage.hotfix}/1  open  rfc  -  audit  Hash them\n"
    kept = alice.hotfix("cleanup", "auth", check=8)
    assert "lacks notes, follow-ups, a deployment or a waiver recorded here" in kept.err
    alice.hotfix("finish", "auth", check=0)
    assert rows(stage, stage.on_server("develop")) == ["| ID/1 | Hash them | rfc |  |  | audit |  | open |"]
    assert json.loads(stage.memory.read_text())["edits"] == []
    # bob, who has no memory of it, lists it, and says on develop that somebody does it
    edited = stage.on_server("develop").replace("| rfc |  |  | audit |", "| rfc |  | Bob | audit |")
    stage.bob_pushes("develop", "Bob does it", {stage.report: edited})
    stage.bob.git("fetch", "-q")
    assert stage.bob.hotfix("followup", check=0).out == listed.replace("  -  ", "  Bob  ")
    alice.git("fetch", "-q")
    alice.hotfix("cleanup", "auth", check=0)
    # after the clean-up: done by its id, from anywhere
    alice.hotfix("followup", "--done", f"{stage.hotfix}/1", check=0)
    alice.hotfix("finish", "auth", "-y", check=0)
    assert rows(stage, stage.on_server("develop")) == ["| ID/1 | Hash them | rfc |  | Bob | audit |  | done |"]
    done = stage.remote.refs()
    alice.hotfix("finish", "auth", "-y", check=0)
    assert stage.remote.refs() == done


def test_closed_without_code_takes_what_waited_along_and_is_closed_then(tmp_path: Path) -> None:
    stage = started(tmp_path)
    alice = stage.alice
    alice.write(stage.report, alice.read(stage.report).replace("## Impact\n", "## Impact\n\nNobody.\n"))
    waits = alice.hotfix("followup", "Alert earlier", "--kind", "process", "--trigger", "now", check=0)
    assert "): the report has changes that are not committed" in waits.err
    alice.git("checkout", "-q", "--", stage.report)
    alice.hotfix("postmortem", "--adr", "--prevent", "Alert earlier", check=0)

    stage.bob_pushes("develop", "Backlog", {"BACKLOG.md": "# Backlog\n\n## Deferred Work\n\n- [ ] Sleep\n"})

    alice.hotfix("close", "--as", "resolved", "--reason", "restarted", check=0)

    assert rows(stage, stage.on_server("develop")) == ["| ID/1 | Alert earlier | process |  |  | now |  | open |"]
    record = stage.on_server("develop", "docs/adr/0001-prevent-a-repeat-login-takes-any-password.md")
    assert "\n## Decision\n\nAlert earlier\n" in record
    backlog = stage.on_server("develop", "BACKLOG.md")
    assert backlog.startswith("# Backlog\n\n## Deferred Work\n\n- [ ] Sleep\n- [ ] Alert earlier"), backlog
    # once it is closed, news go there at once, after what somebody else has pushed meanwhile
    stage.bob_pushes("develop", "Meanwhile", {"VERSION": "2"})
    answer = alice.hotfix("followup", "--done", f"{stage.hotfix}/1", check=0)
    said = f"Written into '{stage.report}' on origin/develop: follow-up {stage.hotfix}/1 is done.\n"
    assert answer.err.startswith(said), answer.err
    assert rows(stage, stage.on_server("develop")) == ["| ID/1 | Alert earlier | process |  |  | now |  | done |"]
    assert stage.on_server("develop", "BACKLOG.md") == backlog.replace("- [ ] Alert", "- [x] Alert")
    assert stage.subjects("develop")[:2] == ["Record HOTFIX: Login takes any password", "Meanwhile"]
    assert not stage.memory.exists()
    refuse_ref(stage.remote, "refs/heads/develop", "develop is frozen")
    before = alice.snapshot()
    late = alice.hotfix("note", "too late", "--hotfix", "auth", check=1)
    assert late.err.startswith(f"error: '{stage.hotfix}' was closed: no record of it will be written")
    refused = alice.hotfix("followup", "x", "--kind", "refactoring", "--hotfix", "auth", check=5)
    assert "develop is frozen" in refused.err
    assert f"hint:  git hotfix followup x --kind refactoring --hotfix {stage.hotfix}\n" in refused.err
    assert alice.snapshot() == before
