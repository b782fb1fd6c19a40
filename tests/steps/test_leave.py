"""What must be proven before a hotfix is left, and which steps leave it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from git_hotfix.errors import Problem, command
from git_hotfix.git.worktrees import Worktree
from git_hotfix.hotfix import Method, Verdict
from git_hotfix.memory import Conflict, Deployment, Edit, Memory, PendingRollback, PullRequest, TimelineRow, ToldMerged
from git_hotfix.steps.leave import (
    DeleteBranch,
    Forget,
    RemoveWorktree,
    force_notes,
    gaps_of,
    proven,
)
from git_hotfix.steps.request import LeaveRequest
from tests.support.facts import (
    BASE_TIP,
    BRANCH,
    DEVELOP,
    FIX,
    LINE,
    LOST,
    MERGE,
    NOON,
    PUBLICATION,
    ROLLBACK,
    TAKEN_BACK,
    TIP,
    ended,
    facts,
    oid,
    published,
    rolled_back,
    row,
    shown,
    target,
    told,
    with_branch,
    world,
)

if TYPE_CHECKING:
    from git_hotfix.facts.facts import Facts

NOW = NOON.isoformat()
CLEANUP = LeaveRequest()
ELSEWHERE = oid("9")
NO_ANSWER = Problem("server-silent", "'origin' did not answer within 10 s.", command("git", "ls-remote", "origin"))


def deployed(state: Any, commit: Any = MERGE) -> Memory:
    return Memory(deployments=(Deployment(commit, state, NOW, None if state == "begun" else NOW, "make"),))


def on_server(tip: Any, *, is_in: bool) -> Facts:
    return published(world=with_branch(world(), TIP, tip), is_ancestor=lambda _one, _other: is_in)


BEGUN = Memory(pending_rollback=PendingRollback(None, None, None))
STUCK = Memory(conflicts=(Conflict(DEVELOP, "/there", BASE_TIP, TIP, Method.REVERT, "as git"),))
ASKED = Memory(
    pull_requests=(PullRequest(DEVELOP, f"{BRANCH}-to-develop", TIP, "https://github.com/shop/shop/pull/3"),)
)
GUESS = MERGE[:7]
STATUS = "git hotfix status 20260117-auth"
FINISH, BACKPORT, DOCUMENT, ROLL_BACK = (
    f"git hotfix {name} 20260117-auth" for name in ("finish", "backport", "document", "rollback")
)
DECIDE = "git hotfix deploy -h"  # nobody deploys here by a command: a person decides, and what failed is not done


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        # proven
        (published(), []),
        (published(targets=(target(verdict=Verdict.PRESENT), target(LINE, Verdict.WAIVED))), []),
        (published(memory=deployed("succeeded")), []),
        (published(record_is_due=True), []),  # by what git can tell: the next command of anybody writes it
        (on_server(TIP, is_in=True), []),
        (rolled_back(targets=(target(), target(LINE, Verdict.PRESENT))), []),
        (ended(), []),
        (facts(tip=None, branch_tip=None, fix=None), []),
        # each gap alone
        (facts(), [("not-published", 8, None, STATUS)]),
        (facts(tip=None, lost=LOST), [("not-published", 8, None, "git branch b 22")]),
        (facts(fix=replace(FIX, paths=(), commits=())), [("not-published", 8, None, STATUS)]),
        (published(fix=FIX), [("not-published", 8, None, STATUS)]),  # a second round
        (published(targets=(target(),)), [("target-pending", 8, None, BACKPORT)]),
        (published(targets=(target(verdict=Verdict.CONFLICT),)), [("target-pending", 8, None, BACKPORT)]),
        (published(targets=(target(verdict=Verdict.UNKNOWN),)), [("target-pending", 8, None, BACKPORT)]),
        (published(memory=deployed("failed")), [("not-deployed", 8, None, DECIDE)]),
        (published(memory=deployed("begun")), [("not-deployed", 8, None, DECIDE)]),
        (rolled_back(memory=deployed("failed", ROLLBACK)), [("not-deployed", 8, None, DECIDE)]),
        (
            published(memory=Memory(rows=(TimelineRow(NOW, "restarted", "Kim"),)), record_is_due=True),
            [("record-due", 8, None, DOCUMENT)],
        ),
        (published(memory=Memory(edits=(Edit("x", {}),)), record_is_due=True), [("record-due", 8, None, DOCUMENT)]),
        (published(memory=ASKED, live_requests={DEVELOP: TIP}), [("record-waits", 8, None, DOCUMENT)]),
        (published(memory=ASKED, live_requests={}), []),
        (published(memory=deployed("succeeded"), record_is_due=True), [("record-due", 8, None, DOCUMENT)]),
        (published(world=replace(world(), unanswered=NO_ANSWER)), [("server-not-asked", 8, None, "git fetch")]),
        (on_server(ELSEWHERE, is_in=False), [("branch-not-merged", 8, None, FINISH)]),
        (published(only_told=ToldMerged(MERGE, TIP, "Kim")), [("only-told", 8, None, f"git show --stat {MERGE}")]),
        (rolled_back(only_told=ToldMerged(MERGE, TIP, "Kim")), [("only-told", 8, None, f"git show --stat {MERGE}")]),
        (
            published(only_alike=PUBLICATION),
            [("only-alike", 8, None, f"git hotfix finish 20260117-auth --merged {GUESS}")],
        ),
        (
            published(only_alike=PUBLICATION, told_in_tag="Kim says so"),  # whoever may push tags can
            [("only-alike", 8, None, f"git hotfix finish 20260117-auth --merged {GUESS}")],
        ),
        (
            rolled_back(only_alike=TAKEN_BACK),
            [("only-alike", 8, None, f"git hotfix finish 20260117-auth --merged {GUESS}")],
        ),
        (
            published(only_alike=replace(PUBLICATION, merge=ELSEWHERE)),
            [("only-alike", 8, None, f"git show {ELSEWHERE[:7]}")],
        ),
        (published(memory=BEGUN), [("rollback-begun", 8, None, ROLL_BACK)]),
        (rolled_back(memory=BEGUN), []),
        (
            rolled_back(targets=(target(verdict=Verdict.CONFLICT, kept=Verdict.PRESENT),), memory=STUCK),
            [("target-conflict", 8, None, ROLL_BACK)],
        ),
        # together; what only the record lacks is no news beside them
        (
            published(targets=(target(), target(LINE)), memory=deployed("failed"), record_is_due=True),
            [("not-deployed", 8, None, DECIDE), *2 * [("target-pending", 8, None, BACKPORT)]],
        ),
    ],
)
def test_what_is_not_proven(given: Facts, expected: list[Any]) -> None:
    assert told(gaps_of(given)) == expected
    assert shown(lambda: proven(given, CLEANUP)) == (
        f"refused {' '.join(code for code, *_ in expected)}" if expected else "nothing"
    )
    assert proven(given, LeaveRequest(force=True)) is None
    assert len(list(force_notes(given, LeaveRequest(force=True)))) == len(expected)


def test_record_that_is_not_written_is_told_when_the_branch_is_gone() -> None:
    given = published(record_is_due=True)
    assert told(Forget.missing(given, CLEANUP)) == [("record-due", 8, None, DOCUMENT)]
    assert Forget.missing(given, LeaveRequest(force=True)) == ()
    assert Forget.missing(published(record_is_due=False), CLEANUP) == ()


def test_no_more_is_said_than_is_known() -> None:
    both = (target(), target(LINE, Verdict.UNKNOWN))
    assert [each.message for each in gaps_of(published(targets=both, memory=deployed("begun")))] == [
        (
            "Production is published; it is not known whether it is deployed: the deployment began"
            " 2026-01-17T12:00:00+00:00, its end is not known (make). It is not repeated by itself:"
            " 'git hotfix deploy 20260117-auth' asks first, --done or --failed say how it ended."
            " 'git hotfix rollback 20260117-auth' reverts the fix."
        ),
        "'origin/develop' does not have the fix: pending by hand.",
        "'origin/release/1.1' is not known to have the fix: unknown by hand.",
    ]
    assert list(force_notes(facts(), CLEANUP)) == [
        "Deleted all the same (--force): The fix is not in 'origin/main'.",
    ]


def test_commits_of_a_colleague_that_are_not_here_are_not_proven() -> None:
    there = published(world=with_branch(world(), None, ELSEWHERE), has=lambda commit: commit != ELSEWHERE)
    assert [each.code for each in gaps_of(there)] == ["branch-not-merged"]


MADE = Memory(worktree="/fixing")
TREE = Worktree(Path("/fixing"), TIP, BRANCH, bare=False)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (published(), None),
        (published(memory=MADE), None),  # removed by hand
        (published(memory=MADE, world=replace(world(), trees=(TREE,))), RemoveWorktree(Path("/fixing"))),
        (published(world=replace(world(), trees=(TREE,))), None),  # a person's own
    ],
)
def test_only_the_worktree_of_start_is_removed(given: Facts, expected: RemoveWorktree | None) -> None:
    assert RemoveWorktree.due(given, CLEANUP) == expected


@pytest.mark.parametrize(
    ("local", "server", "expected", "described"),
    [
        (None, None, None, ""),
        (TIP, None, DeleteBranch(BRANCH, TIP, None), f"delete '{BRANCH}' here"),
        (None, TIP, DeleteBranch(BRANCH, None, TIP), f"delete '{BRANCH}' on the server"),
        (TIP, ELSEWHERE, DeleteBranch(BRANCH, TIP, ELSEWHERE), f"delete '{BRANCH}' here and on the server"),
    ],
)
def test_branch_is_deleted_where_it_is_at_what_was_seen(
    local: Any, server: Any, expected: DeleteBranch | None, described: str
) -> None:
    given = published(world=with_branch(world(), local, server))
    assert DeleteBranch.due(given, CLEANUP) == expected
    assert expected is None or expected.describe(given.world) == described
    assert Forget.due(given, CLEANUP) == Forget()


def test_nothing_is_left_of_what_was_begun_by_mistake_not_even_a_report_that_is_kept_here() -> None:
    undone = LeaveRequest(status="undone")
    assert Forget.due(facts(), undone) == Forget(with_report=True)
    assert Forget.due(published(), undone) == Forget()
    assert Forget.due(facts(), LeaveRequest(status="cancelled")) == Forget()


GONE = with_branch(world())


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (facts(), "waiting cleanup: branch not deleted yet (here)"),
        (published(fix=FIX), "waiting cleanup: branch not deleted yet (here)"),
        (published(), "not done cleanup: branch not deleted yet (here) -> git hotfix cleanup 20260117-auth"),
        (
            published(world=with_branch(world(), TIP, TIP)),
            "not done cleanup: branch not deleted yet (here and on the server) -> git hotfix cleanup 20260117-auth",
        ),
        (rolled_back(), "not done cleanup: branch not deleted yet (here) -> git hotfix cleanup 20260117-auth"),
        (
            ended(world=with_branch(world(), None, TIP)),
            "not done cleanup: branch not deleted yet (on the server) -> git hotfix cleanup 20260117-auth",
        ),
        (published(world=GONE), f"done cleanup: '{BRANCH}' is not here, not on the server"),
    ],
)
def test_what_status_shows_of_the_branch(given: Facts, expected: str) -> None:
    assert [row(each) for each in DeleteBranch.progress(given)] == [expected]


def test_commits_after_the_publication_are_named_with_what_keeps_them() -> None:
    gap = gaps_of(published(fix=FIX))[0]
    assert gap.message == (
        f"'{BRANCH}' has commits that came after its publication: {TIP[:7]}. 'finish' publishes them too,"
        " 'start TITLE --pick COMMIT' makes a new hotfix of them."
    )
