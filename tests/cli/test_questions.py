"""How questions are asked: a wrong answer is asked for again, with what is possible."""

from __future__ import annotations

from typing import Any

import click
import pytest
from click.testing import CliRunner

from git_hotfix.cli.execution import _why_wrong
from git_hotfix.cli.questions import answers_to
from git_hotfix.engine.step import Question, Questions

WHY = Question("skip_tests", "--skip-tests REASON", "Why?")
TESTS = Question("test_command", "--test-command COMMAND", "Which tests?", instead=WHY)
PUBLISH = Question("confirmed", "--yes", "Publish?", "confirm", default="yes")
SEVERITY = Question("severity", "--severity WORD", "How severe?", "choice", ("critical", "high"), default="critical")


def asked(typed: str, *questions: Question) -> tuple[dict[str, Any], str]:
    """Return the answers that these lines come to, and what a person saw."""
    answers: dict[str, Any] = {}

    @click.command()
    def ask() -> None:
        answers.update(answers_to(Questions(questions), lambda _field, said: "There is no x." if said == "x" else None))

    return answers, CliRunner().invoke(ask, input=typed).output


@pytest.mark.parametrize(
    ("typed", "questions", "answers", "told"),
    [
        ("maybe\n\n", (PUBLISH,), {"confirmed": True}, "Please answer y or n."),
        ("worst\nhi\n", (SEVERITY,), {"severity": "high"}, "Please answer critical or high."),
        ("\n", (SEVERITY,), {"severity": "critical"}, "[critical]: \n"),
        ("\nmake\n", (TESTS,), {"test_command": "make"}, "Please type a command, or 'none'; Ctrl-C ends."),
        ("?\nmake\n", (TESTS,), {"test_command": "make"}, "Please type a command, or 'none'; Ctrl-C ends."),
        ("x\nmake\n", (TESTS,), {"test_command": "make"}, "There is no x."),
        # what follows is asked when the plan is made without tests
        ("none\n\nonly words\n", (TESTS, PUBLISH), {"skip_tests": "only words"}, "Please type an answer; Ctrl-C ends."),
    ],
)
def test_wrong_answer_is_asked_for_again(
    typed: str, questions: tuple[Question, ...], answers: dict[str, Any], told: str
) -> None:
    said, seen = asked(typed, *questions)
    assert said == answers
    assert told in seen


def test_none_is_no_reason_for_publishing_without_tests() -> None:
    run: Any = None  # not looked at
    assert _why_wrong(run, "skip_tests", "None") == "A reason says why, such as 'no test covers the template'."
    assert _why_wrong(run, "skip_tests", "none covers the template") is None
