"""When a hotfix without code is closed, and how its end is written into the report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from git_hotfix.config.keys import Config, Deploy
from git_hotfix.engine.step import Refusal
from git_hotfix.facts.closing import Closing
from git_hotfix.facts.reports import Claim
from git_hotfix.git.world import Roles
from git_hotfix.record.incident import Status
from git_hotfix.steps.record_end import RecordEnd, close_notes, ships_no_code, why_closed
from git_hotfix.steps.request import LeaveRequest
from tests.support.decisions import decided
from tests.support.facts import (
    CLOSED,
    DEVELOP,
    FIX,
    LOST,
    MAIN,
    TIP,
    ended,
    facts,
    oid,
    published,
    report,
    rolled_back,
    shown,
    told,
)

if TYPE_CHECKING:
    from git_hotfix.facts.facts import Facts

CLEANUP = LeaveRequest()
FINISH = "git hotfix finish 20260117-auth"
CLEAN = "git hotfix cleanup 20260117-auth"
TRUNK = Roles(MAIN, guessed=False, develop=None, lines=())
PUSH = Config(deploy=Deploy(trigger="push"))


def close(status: str = "cancelled", **more: Any) -> LeaveRequest:
    return LeaveRequest(**{"status": status, "reason": "a false alarm"} | more)


WRITTEN = RecordEnd(DEVELOP, Status.CANCELLED, "a false alarm", (TIP,), (TIP,))
REPORT = report()
NO_FIX = replace(FIX, paths=(), commits=())
CLOSING, NOT_ALL = Closing(CLOSED, Status.CANCELLED, (TIP,)), Closing(CLOSED, Status.CANCELLED)
PATH = "docs/incidents/HOTFIX-2026-01-17-auth.md"
THERE = (PATH, report(status=Status.CANCELLED), None)
FOREIGN = Claim("origin/develop", PATH, oid("9"), "Bob")


@pytest.mark.parametrize(
    ("given", "request_", "expected"),
    [
        (facts(report=REPORT), close(), WRITTEN),
        (facts(report=REPORT), close("resolved"), replace(WRITTEN, status=Status.RESOLVED)),
        (facts(report=REPORT), CLEANUP, None),
        (facts(report=REPORT), close(drop_report=True), None),
        (facts(), close(), None),  # there is no report
        (facts(report=REPORT, roles=TRUNK), close(), replace(WRITTEN, on=MAIN)),
        (facts(report=REPORT, roles=TRUNK, why_record_waits="held"), close(), replace(WRITTEN, on=MAIN)),
        (facts(report=REPORT, roles=TRUNK, why_record_waits="held", config=PUSH), close(), "refused record-held"),
        (facts(report=REPORT, why_record_waits="with develop", config=PUSH), close(), WRITTEN),
        (
            facts(report=REPORT, roles=TRUNK, why_record_waits="restricted", config=PUSH, is_restricted=True),
            close(),
            replace(WRITTEN, on=MAIN),
        ),
        # the same again after a run that was killed
        (facts(report=REPORT, closing=CLOSING), close(), None),
        (facts(report=REPORT, closing=CLOSING), close("resolved"), replace(WRITTEN, status=Status.RESOLVED)),
        (facts(report=REPORT, closing=NOT_ALL), close(), WRITTEN),  # more was committed since
        # that a report says so is no record of it
        (facts(report=REPORT, _documented=THERE), close(), WRITTEN),
        (facts(report=REPORT, fix=NO_FIX), close(), replace(WRITTEN, given_up=())),
        (facts(report=REPORT, other_claims=(FOREIGN,)), close(), "refused foreign-report"),
        (facts(report=REPORT, other_claims=(FOREIGN,)), close(drop_report=True), None),
    ],
)
def test_when_the_end_of_a_hotfix_without_code_is_written(
    given: Facts, request_: LeaveRequest, expected: RecordEnd | str | None
) -> None:
    due = RecordEnd.due(given, request_)
    assert (shown(lambda: due) if isinstance(expected, str) else due) == expected


TYPED = ("git", "hotfix", "close", "--as", "cancelled")


STATUS = "git hotfix status 20260117-auth"


@pytest.mark.parametrize(
    ("given", "request_", "expected", "notes"),
    [
        (facts(fix=NO_FIX), close(), [], []),
        (facts(fix=None), close(), [], []),
        (facts(), close(), [("has-fix", 1, None, STATUS)], "given up"),
        (facts(), close(discard=True), [], "given up"),
        (published(), close(), [("published", 1, None, FINISH)], []),
        (published(), close(discard=True), [("published", 1, None, FINISH)], []),
        (published(fix=FIX), close(), [("published", 1, None, FINISH)], []),
        (published(fix=FIX), close(discard=True), [("published", 1, None, f"{CLEAN} --force")], []),
        (rolled_back(), close(), [("published", 1, None, FINISH)], []),
        (facts(lost=LOST), close(discard=True), [("not-published", 1, None, "git branch b 22")], []),
        (ended(), close(), [], []),
        (facts(closing=CLOSING), close(discard=True), [], "given up"),
        # a record of the end, which anybody can push, gives up nothing
        *((facts(closing=each), close(), [("has-fix", 1, None, STATUS)], "given up") for each in (CLOSING, NOT_ALL)),
        (facts(fix_commits_at=lambda _tip: None), close(discard=True), [("branch-not-here", 1, None, "git fetch")], []),
    ],
)
def test_only_a_hotfix_that_ships_no_code_is_closed(
    given: Facts, request_: LeaveRequest, expected: list[Any], notes: Any
) -> None:
    refusal = ships_no_code(given, request_)
    assert told(refusal.problems if refusal else (), *TYPED) == expected
    given_up = [f"Deleted commits: {TIP[:7]}. To restore them: git branch NAME {TIP[:7]}"]
    assert list(close_notes(given, request_)) == (given_up if notes else [])


def test_how_and_why_of_a_close_are_asked_and_never_left_out() -> None:
    given = facts()
    assert decided(why_closed(given, LeaveRequest(interactive=True))) == "asks status"
    assert why_closed(ended(), LeaveRequest()) is None
    assert why_closed(given, LeaveRequest(status="cancelled", reason="a duplicate")) is None
    assert decided(why_closed(given, LeaveRequest(status="cancelled", interactive=True))) == "asks reason"
    said = why_closed(given, LeaveRequest(status="cancelled"))
    assert isinstance(said, Refusal)
    assert [each.option for each in said.questions] == ["--reason TEXT"]
    assert [each.remedy.line(("git", "hotfix", "close")) for each in said.problems] == [
        "git hotfix close --reason TEXT"
    ]
