"""News for the report: when a note can be made, what is written of what was left for later."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from git_hotfix.engine.step import Refusal
from git_hotfix.record.followups import FollowUp
from git_hotfix.steps.edit_report import LATER_WHEN, AddRow, EditReport, later_question
from git_hotfix.steps.request import FinishRequest, NoteRequest
from tests.support.facts import NOON, ended, facts, published, report, report_with, rolled_back, shown, told

if TYPE_CHECKING:
    from git_hotfix.facts.facts import Facts

REPORT = report()
NOW, EARLIER = NOON.isoformat(), (NOON - timedelta(hours=1)).isoformat()
BEGAN = report(started_at=NOON)
DELETED = "The report was deleted from 'origin/develop'; it is not written again."
STATUS = "git hotfix status 20260117-auth"
AT = "git hotfix note TEXT --mitigated --at WHEN"


def note(**more: Any) -> NoteRequest:
    return NoteRequest(**{"event": "restarted", "when": NOW, "source": "Kim"} | more)


@pytest.mark.parametrize(
    ("given", "request_", "expected"),
    [
        (facts(report=REPORT), note(), AddRow("restarted", NOW, "Kim")),
        (facts(report=REPORT), note(mitigated=True), AddRow("restarted", NOW, "Kim", mitigated=True)),
        (published(report=REPORT), note(), AddRow("restarted", NOW, "Kim")),
        (rolled_back(report=REPORT), note(), AddRow("restarted", NOW, "Kim")),
        (facts(), note(), [("no-report", 1, None, STATUS)]),
        (published(report=REPORT, deleted_report=DELETED), note(), [("no-report", 1, None, STATUS)]),
        (ended(), note(), [("closed", 1, None, STATUS)]),
        (ended(is_restricted=True), note(), AddRow("restarted", NOW, "Kim")),
        (facts(report=BEGAN), note(when=EARLIER), AddRow("restarted", EARLIER, "Kim")),
        (facts(report=BEGAN), note(when=EARLIER, mitigated=True), [("times-crossed", 2, None, AT)]),
        (facts(report=BEGAN), note(mitigated=True), AddRow("restarted", NOW, "Kim", mitigated=True)),
    ],
)
def test_when_a_note_can_be_made(given: Facts, request_: NoteRequest, expected: AddRow | list[Any]) -> None:
    due = AddRow.due(given, request_)
    assert (told(due.problems) if isinstance(due, Refusal) else due) == expected


def follow_up(number: int, text: str, kind: str, *, due: str = "", trigger: str = "") -> dict[str, str]:
    values = {"id": f"20260117-auth/{number}", "text": text, "kind": kind}
    return {**values, "owner": "", "trigger": trigger, "due": due}


def later(**more: Any) -> FinishRequest:
    return FinishRequest(has_later=True, **more)


OPEN: dict[str, Any] = {"report_now": report_with()}
ONE: dict[str, Any] = {"report_now": report_with(FollowUp("20260117-auth/1", "Hash it", "rfc"))}


@pytest.mark.parametrize(
    ("given", "request_", "expected"),
    [
        (facts(**OPEN), FinishRequest(), None),
        (facts(**OPEN), later(), None),
        (facts(**OPEN), FinishRequest(has_later=False, later_fix="Hash it"), None),
        (published(**OPEN), later(later_fix="Hash it"), None),
        (facts(**OPEN), later(later_fix="Hash  it\n"), [follow_up(1, "Hash it", "rfc", trigger=LATER_WHEN)]),
        (
            facts(**ONE),
            later(later_spec="API", later_test="Empty", later_when="2099-02-01"),
            [follow_up(2, "API", "spec", due="2099-02-01"), follow_up(3, "Empty", "regression-test", due="2099-02-01")],
        ),
        # technical debt has no date of its own
        (facts(**OPEN), later(later_refactoring="Split", later_when="v2"), [follow_up(1, "Split", "refactoring")]),
        (facts(**OPEN), later(later_fix="x", later_when="after v2"), [follow_up(1, "x", "rfc", trigger="after v2")]),
        (facts(report_now=b"nonsense"), later(later_fix="x"), [follow_up(1, "x", "rfc", trigger=LATER_WHEN)]),
    ],
)
def test_what_is_written_of_what_was_left_for_later(
    given: Facts, request_: FinishRequest, expected: list[dict[str, str]] | None
) -> None:
    due = EditReport.due(given, request_)
    assert (due and [dict(each.values) for each in due.edits]) == expected  # type: ignore[union-attr]  # or None


def test_date_that_cannot_be_is_told() -> None:
    given = facts(**OPEN)
    assert shown(lambda: EditReport.due(given, later(later_fix="x", later_when="2026-13-01"))) == "refused bad-date"
    assert shown(lambda: EditReport.due(given, later(later_fix="x", later_when="2020-01-01"))) == "refused past-date"


def test_only_a_yes_asks_what_is_left_for_later() -> None:
    question = later_question()
    assert (question.kind, question.required, question.default) == ("confirm", False, "no")
    assert [each.field for each in question.then] == [
        "later_fix",
        "later_spec",
        "later_test",
        "later_refactoring",
        "later_when",
    ]
    assert all(not each.required for each in question.then)
