"""A report that people renamed is found by its id; one that they deleted is not brought back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.cli.stages import Stage, finished, published, started
from tests.support.lab import BUG, FIXED, LOGIN

if TYPE_CHECKING:
    from pathlib import Path

ELSEWHERE = "docs/incidents/login-outage.md"


def reports(stage: Stage, branch: str) -> list[str]:
    """Return the reports of a branch of the server."""
    return stage.remote.git("ls-tree", "-r", "--name-only", branch, "docs/incidents").split("\n")


def moves(stage: Stage, path: str | None) -> None:
    """Let bob rename the report on develop; None: delete it."""
    content = stage.on_server("develop")
    files: dict[str, str | None] = {stage.report: None}
    stage.bob.git("fetch", "-q")
    stage.bob.git("switch", "-q", "-C", "develop", "origin/develop")
    stage.bob.commit("Move the report", files | ({path: content} if path else {}))
    stage.bob.git("push", "-q", "origin", "develop")


def test_report_renamed_on_develop_is_updated_there_and_no_second_one_is_made(tmp_path: Path) -> None:
    stage = finished(tmp_path)
    alice = stage.alice
    moves(stage, ELSEWHERE)
    before = stage.on_server("develop", ELSEWHERE)
    alice.hotfix("note", "told the customers", "--at", "now", check=0)
    alice.git("fetch", "-q")
    alice.hotfix("followup", "Alert earlier", "--kind", "refactoring", check=0)

    alice.hotfix("finish", check=0)

    assert reports(stage, "develop") == [ELSEWHERE]
    assert alice.hotfix("followup", check=0).out == f"{stage.hotfix}/1  open  refactoring  -  -  Alert earlier\n"
    after = stage.on_server("develop", ELSEWHERE)
    later = f"| {stage.hotfix}/1 | Alert earlier | refactoring |  |  |  |  | open |\n"
    assert later in after
    after = after.replace(later, "")
    (row,) = [line for line in after.splitlines() if "told the customers" in line]
    assert after == before.replace("\n\n<!-- /git-hotfix:timeline -->", f"\n{row}\n\n<!-- /git-hotfix:timeline -->")
    status = alice.hotfix("status", check=0)
    assert f"{ELSEWHERE} on origin/develop" in status.out
    done = stage.remote.refs()
    alice.hotfix("finish", check=0)
    assert stage.remote.refs() == done
    # taken back: still the same file, and the hotfix is listed once
    alice.hotfix("rollback", "-y", check=0)
    assert reports(stage, "develop") == [ELSEWHERE]
    assert '\nstatus: "rolled-back"\n' in stage.on_server("develop", ELSEWHERE)


def test_report_renamed_on_the_branch_is_the_one_that_is_noted_and_recorded(tmp_path: Path) -> None:
    stage = started(tmp_path)
    alice = stage.alice
    renamed = stage.report.replace("-auth.md", "-login-outage.md")
    alice.git("mv", stage.report, renamed)
    alice.commit("Rename the report", {LOGIN: alice.replace(LOGIN, BUG, FIXED)})

    answer = alice.hotfix("note", "restarted", "--at", "now", check=0)

    assert answer.err == f"Noted in '{renamed}'.\n"
    alice.hotfix("finish", check=0)
    assert reports(stage, "develop") == reports(stage, "main") == [renamed]
    report = stage.on_server("develop", renamed)
    assert "\n- Status: resolved\n" in report
    assert "| restarted | Alice |" in report
    assert f"Incident: {renamed}\n" in stage.remote.git("log", "-1", "--format=%B", "main")
    # the record is the report's alone: the fix was carried without it
    assert stage.remote.git("diff", "--name-only", "support/1.0^", "support/1.0") == LOGIN
    listed = alice.hotfix("list", "--json", check=0).json()
    assert [each["hotfix"] for each in listed["hotfixes"]] == [stage.hotfix]
    alice.hotfix("cleanup", check=0)


def test_report_deleted_on_develop_is_told_and_not_brought_back(tmp_path: Path) -> None:
    stage = finished(tmp_path)
    alice = stage.alice
    moves(stage, None)
    done = stage.remote.refs()
    alice.hotfix("note", "told the customers", "--at", "now", check=0)

    answer = alice.hotfix("finish", check=0)

    assert (
        "note: The report was deleted from 'origin/develop'; it is not written again. "
        "Its last text: git log -p origin/develop.\n"
    ) in answer.err
    assert stage.remote.refs() == done
    status = alice.hotfix("status", "--json", check=0).json()
    documents = next(each for each in status["steps"] if each["step"] == "documents")
    assert (documents["state"], documents["evidence"]) == ("done", "the report was deleted from origin/develop")
    assert status["next"] == f"git hotfix cleanup {stage.hotfix}"
    alice.hotfix("cleanup", check=0)


def test_develop_that_never_had_the_report_gets_it_with_the_picked_fix(tmp_path: Path) -> None:
    stage = published(tmp_path)
    alice = stage.alice
    alice.hotfix("backport", "--pick", check=0)  # develop is one that a merge would reach too
    assert "  - `develop`: present, by pick, `" in stage.on_server("develop")
    assert reports(stage, "develop") == [stage.report]
    report = stage.frozen(stage.on_server("develop"))
    assert "| TIME | Arrived on develop by pick | git |" in report
    done = stage.remote.refs()
    alice.hotfix("finish", check=0)
    assert stage.remote.refs() == done


def test_close_tells_of_a_deleted_report_and_leaves_it_so(tmp_path: Path) -> None:
    stage = started(tmp_path)
    alice = stage.alice
    alice.git("push", "-q", "origin", stage.branch)
    stage.bob.git("fetch", "-q")
    stage.bob.git("switch", "-q", "-C", "develop", "origin/develop")
    stage.bob.git("merge", "-q", f"origin/{stage.branch}")  # develop has the report early
    stage.bob.git("push", "-q", "origin", "develop")
    moves(stage, None)
    before = stage.remote.rev("develop")

    answer = alice.hotfix("close", "--as", "resolved", "--reason", "A restart", check=0)

    assert "warning: The report was deleted from 'origin/develop'; it is not written again." in answer.err
    assert stage.remote.rev("develop") == before
    assert stage.branch not in alice.git("branch", "--list", "hotfix/*")


def test_pick_that_a_person_adapted_for_develop_is_recorded_once(tmp_path: Path) -> None:
    stage = published(tmp_path)
    alice = stage.alice
    login = stage.on_server("develop", LOGIN)
    stage.bob_pushes("develop", "Log every try", {LOGIN: login.replace(BUG, BUG.replace("True", "bool(password)"))})
    alice.hotfix("backport", "--pick", check=4)
    place = alice.path / f".git/hotfix/conflicts/{stage.hotfix}/develop"
    (place / LOGIN).write_text(login.replace(BUG, FIXED.replace("==", "is")))
    alice.git("-C", str(place), "add", LOGIN)

    alice.hotfix("backport", "--continue", check=0)  # as it was begun

    report = stage.frozen(stage.on_server("develop"))
    assert "  - `develop`: present, by pick, `COMMIT`\n" in report
    assert "| TIME | Arrived on develop by pick | git |" in report
    done = stage.remote.refs()
    alice.hotfix("finish", check=0)
    assert stage.remote.refs() == done
