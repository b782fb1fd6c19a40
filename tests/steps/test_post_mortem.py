"""The look back: what is asked, what is written where, what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from git_hotfix.engine.step import Refusal
from git_hotfix.errors import HotfixError
from git_hotfix.facts.earlier_incidents import Earlier
from git_hotfix.memory import Edit, Memory
from git_hotfix.record.report_edits import edit_report
from git_hotfix.record.retrospective import QUESTIONS
from git_hotfix.steps.post_mortem import (
    Draft,
    PostmortemRequest,
    WritePostmortem,
    draft_postmortem,
    questions_of,
    text_to_edit,
    with_answers,
    with_edited,
)
from tests.support.facts import PUBLICATION, facts, report, report_with, told

if TYPE_CHECKING:
    from git_hotfix.facts.facts import Facts

CONTENT = report_with()
NAME = "docs/incidents/HOTFIX-2026-01-17-auth.md"
NONE_FOUND = "No earlier report is about the same files or component."
SIMILAR = Earlier(report(title="Old [login]"), "docs/incidents/HOTFIX-2020-05-06-old.md", ("src/login.py",), ("src",))


def given(**answers: Any) -> Facts:
    known: dict[str, Any] = {"report_now": CONTENT, "earlier_incidents": (), "report": report()}
    return facts(**known | answers)


def draft(on: Facts | None = None, **said: str | None) -> Draft:
    return draft_postmortem(on or given(), said, as_adr=False)


def answered(name: str, text: str) -> bytes:
    return edit_report(CONTENT, (Edit("answer", {"question": name, "before": "", "after": text}),), NAME)


def written(on: Facts, made: Draft) -> list[str]:
    """Return what is written of a draft: each answer that changes, then the tool's own block."""
    due = WritePostmortem.due(on, PostmortemRequest(draft=made))
    assert isinstance(due, WritePostmortem), due
    told = [each.values for each in due.edits]
    return [each.get("markdown") or f"{each['question']}: {each['before']} > {each['after']}" for each in told]


def test_nothing_answered_is_refused_with_the_options_that_answer() -> None:
    due = WritePostmortem.due(given(), PostmortemRequest(draft=draft()))
    assert isinstance(due, Refusal)
    line = "git hotfix postmortem 20260117-auth --cause TEXT --not-caught TEXT --prevent TEXT"
    assert told(due.problems) == [("nothing-said", 2, None, line)]
    assert [each.field for each in due.questions] == list(QUESTIONS)


THERE = given(report_now=answered("cause", "A typo"))


@pytest.mark.parametrize(
    ("on", "said", "expected"),
    [
        (given(), {"cause": "A <b>"}, ["cause:  > A &lt;b>", NONE_FOUND]),
        (given(), {"cause": "A", "prevent": "B"}, ["cause:  > A", "prevent:  > B", NONE_FOUND]),
        (given(), {"in_backlog": "no"}, ["in_backlog:  > No.", NONE_FOUND]),
        (given(), {"in_backlog": "twice"}, ["in_backlog:  > twice", NONE_FOUND]),
        (THERE, {"prevent": "B"}, ["prevent:  > B", NONE_FOUND]),
        (THERE, {"cause": "A test was missing"}, ["cause: A typo > A typo\n\nA test was missing", NONE_FOUND]),
        (THERE, {"cause": "A typo"}, [NONE_FOUND]),  # the block is not there yet
        (given(publications=(PUBLICATION,), fix=None), {"cause": "A"}, ["cause:  > A", NONE_FOUND]),
        (
            given(earlier_incidents=(SIMILAR,)),
            {"cause": "A"},
            [
                "cause:  > A",
                "- [Old \\[login\\]](HOTFIX-2020-05-06-old.md) (2026-01-17): the same files, `src/login.py`",
            ],
        ),
    ],
)
def test_what_is_written_of_the_answers(on: Facts, said: dict[str, str], expected: list[str]) -> None:
    assert written(on, draft(on, **said)) == expected


def test_same_answers_again_are_nothing_to_do() -> None:
    first = WritePostmortem.due(given(), PostmortemRequest(draft=draft(cause="A")))
    assert isinstance(first, WritePostmortem)
    assert (first.what, first.remedy.line()) == ("post-mortem", "git hotfix postmortem 20260117-auth")
    later = given(report_now=edit_report(CONTENT, first.edits, NAME))
    again = WritePostmortem.due(later, PostmortemRequest(draft=draft(later, cause="A")))
    assert again is not None
    assert getattr(again, "text", None) == "It stands there already."


def test_only_what_is_not_answered_is_asked_and_what_is_typed_or_edited_counts() -> None:
    made = draft(THERE, prevent="B")
    assert [each.field for each in questions_of(made)] == ["not_caught", "lessons", "in_backlog", "before"]
    assert all(not each.required for each in questions_of(made))
    asked = with_answers(THERE, draft(THERE), {"before": "In May", "prevent": ""})
    assert written(THERE, asked) == ["before:  > In May", NONE_FOUND]
    text = text_to_edit(draft(THERE))
    assert text.startswith(f"<!--\n20260117-auth: Login takes any password\n\n{NONE_FOUND}\n-->\n")
    edited = with_edited(draft(THERE), text.replace("A typo", "Two typos"))
    assert written(THERE, edited) == ["cause: A typo > Two typos", NONE_FOUND]
    assert not with_edited(draft(THERE), text).is_answered


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("<!--\n", "It was a long night.\n\nThanks.\n<!--\n", "It was a long night.\n\nThanks."),
        ("-->\n", "-->\n# Notes\n\nThanks.\n", "#### Notes\n\nThanks."),
        (NONE_FOUND, f"{NONE_FOUND}\nThanks.", "Thanks."),
        (f"<!--\n20260117-auth: Login takes any password\n\n{NONE_FOUND}\n-->\n", "Thanks.\n", "Thanks."),
        (f"{NONE_FOUND}\n-->\n", "Thanks.\n", "Thanks."),  # the end of the comment was deleted
    ],
)
def test_what_is_written_above_the_questions_is_kept_and_opens_there_again(
    before: str, after: str, expected: str
) -> None:
    text = text_to_edit(draft(THERE))
    assert text.count(before) == 1
    edited = with_edited(draft(THERE), text.replace(before, after))
    due = WritePostmortem.due(THERE, PostmortemRequest(draft=edited))
    assert isinstance(due, WritePostmortem)
    content = edit_report(THERE.report_now, due.edits, NAME)
    assert f"## Post-mortem\n\n{expected}\n\n### What caused it?\n\nA typo\n".encode() in content
    assert edit_report(content, due.edits, NAME) == content
    later = given(report_now=content)
    assert not with_edited(draft(later), text_to_edit(draft(later))).is_answered
    gone = with_edited(draft(later), text_to_edit(draft(later)).replace(expected, ""))
    assert written(later, gone) == [f"above: {expected} > ", NONE_FOUND]


def test_heading_of_ones_own_stays_in_the_answer_above_it() -> None:
    text = text_to_edit(draft(THERE)).replace("A typo\n", "A typo\n\n## By whom\n\nNobody knows.\n")
    edited = with_edited(draft(THERE), text)
    assert written(THERE, edited) == ["cause: A typo > A typo\n\n#### By whom\n\nNobody knows.", NONE_FOUND]


RECORD = draft(cause="A")._replace(text="# 1. Prevent a repeat\n\nText\n", number=1, title="Prevent a repeat")


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (RECORD, "Prevent a repeat"),
        (with_edited(RECORD, "# 1. Test it\n\nText\n"), "Test it"),
        (with_edited(RECORD, ""), None),  # emptied in the editor: not wanted
        (draft()._replace(text="# 1. Prevent a repeat\n", number=1), None),  # nobody said anything
        (with_edited(draft()._replace(text="# 1. A\n", number=1, title="A"), "# 1. B\n"), "B"),
    ],
)
def test_decision_record_is_written_when_somebody_said_something(made: Draft, expected: str | None) -> None:
    due = WritePostmortem.due(given(), PostmortemRequest(draft=made))
    if expected is None:
        assert isinstance(due, Refusal)
        assert [each.code for each in due.problems] == ["nothing-said"]
        return
    assert isinstance(due, WritePostmortem)
    (edit,) = due.edits
    assert (edit.kind, edit.values["title"], edit.values["number"]) == ("adr", expected, "1")
    assert due.what == f"post-mortem as a decision record, '{expected}'"
    assert due.remedy.line() == "git hotfix postmortem 20260117-auth --adr"


BESIDE = report_with(postmortem="docs/adr/0004-test.md")
WAITS = Memory(edits=(Edit("adr", {}),))


@pytest.mark.parametrize(
    ("on", "as_adr", "expected"),
    [
        (given(memory=WAITS), "", ("postmortem-elsewhere", 1, None, "git hotfix finish 20260117-auth")),
        (given(report_now=BESIDE), "", ("postmortem-elsewhere", 1, None, "git log -p -- docs/adr/0004-test.md")),
        (given(memory=WAITS), "adr", ("postmortem-elsewhere", 1, None, "git hotfix finish 20260117-auth")),
        (given(is_restricted=True), "adr", ("restricted", 1, None, "git hotfix document --disclose 20260117-auth")),
    ],
)
def test_second_and_a_public_one_of_a_secret_are_refused(on: Facts, as_adr: str, expected: Any) -> None:
    with pytest.raises(HotfixError) as refused:
        draft_postmortem(on, {"cause": "A"}, as_adr=bool(as_adr))
    assert told(refused.value.problems) == [expected]
