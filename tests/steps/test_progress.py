"""What status shows in every situation, and the one command it names next. Read it as the specification."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from git_hotfix.engine.step import Progress, State
from git_hotfix.errors import SAME_AGAIN, Problem, Remedy, command
from git_hotfix.facts.phrases import LANDS_AGAIN
from git_hotfix.facts.written_record import Record
from git_hotfix.git.refs import Head
from git_hotfix.git.worktrees import Worktree
from git_hotfix.hotfix import Method, RefName, Verdict
from git_hotfix.memory import Attempt, Conflict, Memory
from git_hotfix.record.incident import Status, Visibility
from git_hotfix.steps.progress import current_row, last_seen, next_command, rows_of
from tests.support.facts import (
    BASE_TIP,
    BRANCH,
    FIX,
    MAIN,
    MERGE,
    PUBLICATION,
    TIP,
    asked_anew,
    ended,
    facts,
    oid,
    published,
    report,
    rolled_back,
    row,
    target,
    with_branch,
    world,
)
from tests.support.situations import PATH, situations

if TYPE_CHECKING:
    from git_hotfix.facts.facts import Facts

ROLLBACK_AGAIN = "git hotfix rollback 20260117-auth"

STATUS = """
begun
    done report: docs/incidents/HOTFIX-2026-01-17-auth.md
    next fix: no fix committed yet
    waiting tests: after the fix
    waiting merge: into origin/main
    not done publication: 'origin/main' does not have the fix
    waiting deploy: after publication
    waiting backport develop: after the fix
    waiting backport release/1.1: after the fix
    waiting documents: after publication
    waiting cleanup: branch not deleted yet (here)
    Next: git commit -a
fixed
    done report: docs/incidents/HOTFIX-2026-01-17-auth.md
    done fix: 1 commit, 1 file, +1 -1; only on this machine
    next tests: not run for this fix
    waiting merge: into origin/main
    not done publication: 'origin/main' does not have the fix
    waiting deploy: after publication
    waiting backport develop: after publication, by merge
    waiting backport release/1.1: after publication, by pick
    waiting documents: after publication
    waiting cleanup: branch not deleted yet (here)
    Next: git hotfix finish 20260117-auth
tested
    done report: docs/incidents/HOTFIX-2026-01-17-auth.md
    done fix: 1 commit, 1 file, +1 -1; only on this machine
    done tests: passed in 7 s, 2026-01-17T12:00:00+00:00 (make test-critical)
    waiting merge: into origin/main
    next publication: 'origin/main' does not have the fix
    waiting deploy: after publication
    waiting backport develop: after publication, by merge
    waiting backport release/1.1: after publication, by pick
    waiting documents: after publication
    waiting cleanup: branch not deleted yet (here)
    Next: git hotfix finish 20260117-auth
in conflict
    done report: docs/incidents/HOTFIX-2026-01-17-auth.md
    done fix: 1 commit, 1 file, +1 -1; only on this machine
    next tests: not run for this fix
    waiting merge: into origin/main
    not done publication: 'origin/main' does not have the fix
    waiting deploy: after publication
    waiting backport develop: after publication, by merge
    waiting backport release/1.1: after publication, by pick
    waiting documents: after publication
    waiting cleanup: branch not deleted yet (here)
    Next: git hotfix finish 20260117-auth
published
    done report: docs/incidents/HOTFIX-2026-01-17-auth.md
    done fix: published
    done tests: passed, says the merge of Kim
    done merge: 4444444
    done tag: hotfix-20260117-1200
    done publication: origin/main has it
    next deploy: not run: make deploy-prod
    not done backport develop: pending by hand
    not done backport release/1.1: pending by hand
    waiting documents: it is written to 'develop' together with the fix
    waiting cleanup: branch not deleted yet (here)
    Next: git hotfix deploy 20260117-auth
deployment failed
    done report: docs/incidents/HOTFIX-2026-01-17-auth.md
    done fix: published
    done tests: passed, says the merge of Kim
    done merge: 4444444
    done tag: hotfix-20260117-1200
    done publication: origin/main has it
    next deploy: failed 2026-01-17T12:00:00+00:00 (make deploy-prod)
    not done backport develop: pending by hand
    not done backport release/1.1: pending by hand
    waiting documents: it is written to 'develop' together with the fix
    waiting cleanup: branch not deleted yet (here)
    Next: git hotfix deploy 20260117-auth
deployed
    done report: docs/incidents/HOTFIX-2026-01-17-auth.md
    done fix: published
    done tests: passed, says the merge of Kim
    done merge: 4444444
    done tag: hotfix-20260117-1200
    done publication: origin/main has it
    done deploy: succeeded 2026-01-17T12:00:00+00:00 (make deploy-prod)
    next backport develop: pending by hand
    not done backport release/1.1: pending by hand
    waiting documents: it is written to 'develop' together with the fix
    waiting cleanup: branch not deleted yet (here)
    Next: git hotfix backport 20260117-auth
everywhere
    done report: docs/incidents/HOTFIX-2026-01-17-auth.md
    done fix: published
    done tests: passed, says the merge of Kim
    done merge: 4444444
    done tag: hotfix-20260117-1200
    done publication: origin/main has it
    done deploy: succeeded 2026-01-17T12:00:00+00:00 (make deploy-prod)
    done backport develop: present by hand
    done backport release/1.1: present by hand
    done documents: docs/incidents/HOTFIX-2026-01-17-auth.md on origin/develop
    next cleanup: branch not deleted yet (here)
    Next: git hotfix cleanup 20260117-auth
more to publish
    done report: docs/incidents/HOTFIX-2026-01-17-auth.md
    done fix: 1 commit, 1 file, +1 -1; only on this machine
    next tests: not run for this fix
    waiting merge: into origin/main
    not done publication: 'origin/main' has only an earlier part of it (hotfix-20260117-1200)
    waiting deploy: after publication
    waiting backport develop: after publication, by merge
    waiting backport release/1.1: after publication, by pick
    waiting documents: after publication
    waiting cleanup: branch not deleted yet (here)
    Next: git hotfix finish 20260117-auth
taken back
    done report: docs/incidents/HOTFIX-2026-01-17-auth.md
    done fix: published
    done tests: passed, says the merge of Kim
    done merge: 4444444
    done tag: hotfix-20260117-1200
    done publication: origin/main had it
    done rollback: reverted on origin/main by 6666666, hotfix-20260117-1200-rollback
    done deploy: succeeded 2026-01-17T12:00:00+00:00 (make deploy-prod)
    waiting backport develop: still has the fix; undecided: 'git hotfix rollback 20260117-auth --targets' reverts it
    waiting backport release/1.1: still has the fix; undecided: 'git hotfix rollback 20260117-auth --targets' reverts it
    done documents: docs/incidents/HOTFIX-2026-01-17-auth.md on origin/develop
    next cleanup: branch not deleted yet (here)
    Next: git hotfix cleanup 20260117-auth
closed
    done report: docs/incidents/HOTFIX-2026-01-17-auth.md
    done fix: closed without code
    done tests: not needed
    done deploy: not needed
    done documents: docs/incidents/HOTFIX-2026-01-17-auth.md
    done cleanup: 'hotfix/20260117-auth' is not here, not on the server
    Next: nothing
"""


def shown(given: Facts) -> list[str]:
    """Return the rows without the command of each, and the next command."""
    rows = rows_of(given)
    following = next_command(given, rows)
    lines = [f"{each.state} {each.step}: {each.evidence}" for each in rows]
    return [*lines, f"Next: {following.line()}" if following else "Next: nothing"]


@pytest.mark.parametrize("name", situations())
def test_every_situation_has_its_rows_and_one_next_command(name: str) -> None:
    told = STATUS.partition(f"\n{name}\n")[2].split("\n")
    end = next((at for at, line in enumerate(told) if not line.startswith("    ")), None)
    assert shown(situations()[name]) == [line.strip() for line in told[:end]]


def the(step: str, given: Facts) -> str:
    """Return the one row of a step, with the command that brings it on."""
    (found,) = [each for each in rows_of(given) if each.step == step]
    return row(found)


ELSEWHERE = replace(world(), head=Head(MAIN, BASE_TIP))
TREE = replace(ELSEWHERE, trees=(Worktree(Path("/a tree"), TIP, BRANCH, bare=False),))
BROKEN = Problem("report-broken", "'x.md' line 3: nonsense.", Remedy(("x.md",), in_editor=True))
UNREADABLE: dict[str, Any] = {"_own": ("x.md", None, BROKEN)}
SECRET: dict[str, Any] = {"report": report(visibility=Visibility.RESTRICTED), "is_restricted": True, "private": b"x"}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (facts(report=report()), f"done report: {PATH}"),
        (facts(), f"unknown report: '{PATH}' is not on the branch"),
        (facts(**SECRET), "done report: in the git directory, because it is restricted"),
        # one that cannot be read is the next thing to do, while nothing is published
        (facts(**UNREADABLE), "next report: 'x.md' line 3: nonsense. -> $(git var GIT_EDITOR) x.md"),
        (facts(**UNREADABLE, world=ELSEWHERE), f"next report: 'x.md' line 3: nonsense. -> git switch {BRANCH}"),
        (published(**UNREADABLE), "next report: 'x.md' line 3: nonsense."),
    ],
)
def test_what_is_shown_of_the_report(given: Facts, expected: str) -> None:
    assert the("report", given) == expected


NO_FIX = replace(FIX, paths=(), commits=())
TWO = replace(FIX, commits=(TIP, MERGE), paths=("a", "b", "c"), added_lines=7, deleted_lines=0)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (facts(), "done fix: 1 commit, 1 file, +1 -1; only on this machine"),
        (facts(fix=TWO), "done fix: 2 commits, 3 files, +7 -0; only on this machine"),
        (facts(world=with_branch(world(), TIP, TIP)), "done fix: 1 commit, 1 file, +1 -1"),
        (facts(world=world(with_server=False)), "done fix: 1 commit, 1 file, +1 -1"),
        (facts(over_scope="It is large."), "done fix: 1 commit, 1 file, +1 -1; only on this machine. It is large."),
        (facts(fix=NO_FIX), "next fix: no fix committed yet -> git commit -a"),
        (
            facts(fix=NO_FIX, world=ELSEWHERE),
            f"next fix: no fix committed yet -> git switch {BRANCH}",
        ),
        (facts(fix=NO_FIX, world=TREE), "next fix: no fix committed yet -> cd '/a tree'"),
        (
            facts(subject=lambda _oid: LANDS_AGAIN),
            (
                "next fix: only the fix that was rolled back; commit what makes it better, or finish it as it is"
                " -> git commit -a"
            ),
        ),
        (facts(fix=None), "unknown fix: its commits are not in this repository -> git commit -a"),
        (published(), "done fix: published"),
        (published(publications=(PUBLICATION, PUBLICATION)), "done fix: published in 2 rounds"),
        (published(fix=FIX), "done fix: 1 commit, 1 file, +1 -1; only on this machine"),
        (ended(), "done fix: closed without code"),
        (ended(status=Status.RESOLVED), "done fix: closed without code"),
    ],
)
def test_what_is_shown_of_the_fix(given: Facts, expected: str) -> None:
    assert the("fix", given) == expected


GAP = Problem(
    "changelog-not-written",
    "'CHANGELOG.md' is not written: two places. Add by hand: - x",
    command("edit", "it"),
    summary="'CHANGELOG.md' is not written: two places.",
)
GAPS: dict[str, Any] = {"record": Record({}, (GAP,)), "record_is_due": False}
THERE: dict[str, Any] = {"_documented": ("docs/x.md", report(), None), "record_is_due": False}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (facts(), "waiting documents: after publication"),
        (published(fix=FIX), "waiting documents: after publication"),
        (ended(), f"done documents: {PATH}"),
        (published(why_record_waits="it is held"), "waiting documents: it is held"),
        (published(**THERE), "done documents: docs/x.md on origin/develop"),
        (
            published(**THERE | {"record_is_due": True}),
            "next documents: docs/x.md on origin/develop is not complete -> git hotfix document 20260117-auth",
        ),
        (
            rolled_back(**THERE | {"record_is_due": True}),
            "next documents: docs/x.md on origin/develop is not complete -> git hotfix document 20260117-auth",
        ),
        (
            published(**THERE | GAPS),
            "next documents: 'CHANGELOG.md' is not written: two places. -> edit it",
        ),
        (
            published(deleted_report="It was deleted.", record_is_due=False),
            "done documents: the report was deleted from origin/develop",
        ),
        (
            published(record_is_due=False),
            "unknown documents: there is no report on origin/develop -> git hotfix document 20260117-auth",
        ),
    ],
)
def test_what_is_shown_of_the_documents(given: Facts, expected: str) -> None:
    assert the("documents", given) == expected


def conflict(branch: str, path: object, method: Method = Method.MERGE) -> Memory:
    return Memory(conflicts=(Conflict(branch, str(path), BASE_TIP, TIP, method, "as git"),))


KEEPS = (target(verdict=Verdict.CONFLICT, kept=Verdict.PRESENT),)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (facts(memory=conflict(MAIN, "/")), "cd /"),
        (published(targets=(target(verdict=Verdict.CONFLICT),), memory=conflict("develop", "/")), "cd /"),
        # a rollback that waits comes before everything else
        (published(targets=(target(),), memory=conflict(MAIN, "/gone", Method.REVERT)), ROLLBACK_AGAIN),
        (published(fix=FIX, memory=conflict(MAIN, "/gone", Method.REVERT)), ROLLBACK_AGAIN),
        (rolled_back(targets=KEEPS, memory=conflict("develop", "/gone", Method.REVERT)), ROLLBACK_AGAIN),
        (rolled_back(memory=conflict(MAIN, "/gone", Method.REVERT), **THERE), "git hotfix cleanup 20260117-auth"),
        (published(world=with_branch(world()), **THERE), None),
        (ended(), None),
    ],
)
def test_next_command(given: Facts, expected: str | None) -> None:
    following = next_command(given, rows_of(given))
    assert (following and following.line()) == expected


def test_next_command_leads_to_the_conflict_of_a_rollback_that_is_laid_out(tmp_path: Path) -> None:
    given = published(memory=conflict(MAIN, tmp_path, Method.REVERT))
    following = next_command(given, rows_of(given))
    assert following is not None
    assert following.line() == f"cd {tmp_path}"


def test_attempt_that_is_only_here_is_shown_as_a_merge() -> None:
    made = Attempt(MAIN, BASE_TIP, oid("7"), TIP, (), here=True)
    given = facts(memory=Memory(attempt=made))
    assert the("merge", given) == "done merge: 7777777, only here"
    assert (
        the("publication", given)
        == "not done publication: 'origin/main' does not have the fix -> git hotfix finish 20260117-auth"
    )


def test_hotfix_has_come_to_what_is_to_be_done_before_what_nobody_can_tell() -> None:
    rows = (Progress("tests", State.UNKNOWN, "?"), Progress("backport develop", State.NEXT, "-", SAME_AGAIN))
    assert current_row(rows) == rows[1]
    assert current_row(rows[:1]) is None  # whether tests ran is not known later either
    assert current_row(()) is None


@pytest.mark.parametrize("name", [name for name in situations() if name != "closed"])
def test_hotfix_has_come_to_the_row_that_status_marks(name: str) -> None:
    rows = rows_of(situations()[name])
    assert current_row(rows) == next(each for each in rows if each.state is State.NEXT)


BEGUN = "A push to develop had begun; whether it arrived is not known."
NAMED = f"({BRANCH} tagged hotfix-20260117-1200)"


@pytest.mark.parametrize(
    ("seen", "pushed", "said"),
    [
        (situations()["fixed"], "", "Nothing is published."),
        (situations()["fixed"], "heads/main tags/v1", "A push to main had begun; whether it arrived is not known."),
        (
            situations()["fixed"],
            f"heads/{BRANCH}",
            f"Nothing is published. A push to {BRANCH} had begun; whether it arrived is not known.",
        ),
        (
            situations()["deployed"],
            "heads/develop",
            f"Production has the fix {NAMED}; not yet in release/1.1. {BEGUN}",
        ),
        (
            situations()["everywhere"],
            "tags/v1 tags/v2",
            f"Production has the fix {NAMED}. A push to v1, v2 had begun; whether it arrived is not known.",
        ),
        (
            situations()["published"],
            "",
            f"Published, but not deployed yet {NAMED}; not yet in develop, release/1.1.",
        ),
        (situations()["deployed"], "", f"Production has the fix {NAMED}; not yet in develop, release/1.1."),
        (situations()["everywhere"], "", f"Production has the fix {NAMED}."),
        (situations()["more to publish"], "", f"Production has the fix {NAMED}; later commits are not published."),
        (
            situations()["taken back"],
            "",
            f"Production is rolled back ({BRANCH} tagged hotfix-20260117-1200-rollback).",
        ),
    ],
)
def test_interruption_says_what_was_seen_to_be_published(seen: Facts, pushed: str, said: str) -> None:
    if seen.is_published:
        _ = seen.deployed
    assert last_seen(seen, tuple(RefName(f"refs/{each}") for each in pushed.split())) == said


def test_interruption_looks_at_nothing_that_was_not_looked_at() -> None:
    assert last_seen(asked_anew(facts(), "publications")) == "It was not looked at yet what is published."
    unknown = published(targets=(target(),))
    assert last_seen(asked_anew(unknown, "targets")) == f"Production has the fix {NAMED}."
