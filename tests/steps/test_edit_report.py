"""News for the report: when a note can be made, what is written of what was left for later."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from git_hotfix.engine.step import Refusal
from git_hotfix.hotfix import BranchName
from git_hotfix.steps.edit_report import AddRow
from git_hotfix.steps.request import NoteRequest
from tests.support.facts import NOON, ended, facts, published, report, rolled_back, told

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


def with_known(given: Facts) -> Facts:
    given.known = replace(given.known, branch=BranchName("hotfix/1.2.1"))
    return given


@pytest.mark.parametrize(
    ("given", "request_", "expected"),
    [
        (facts(report=REPORT), note(), AddRow("restarted", NOW, "Kim")),
        (facts(report=REPORT), note(mitigated=True), AddRow("restarted", NOW, "Kim", mitigated=True)),
        (published(report=REPORT), note(), AddRow("restarted", NOW, "Kim")),
        (rolled_back(report=REPORT), note(), AddRow("restarted", NOW, "Kim")),
        (facts(), note(), [("no-report", 1, None, STATUS)]),
        (with_known(facts()), note(), AddRow("restarted", NOW, "Kim")),  # git-flow has begun it
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
