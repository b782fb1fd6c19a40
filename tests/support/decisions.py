"""What a decision came to, in words that fit into a row of a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from git_hotfix.engine.step import Note, Questions, Refusal, Step
from git_hotfix.record.incident import SEVERITIES, Kind, Report, Status
from tests.support.facts import BRANCH, HOTFIX, MAIN, NOON

if TYPE_CHECKING:
    from collections.abc import Iterable

    from git_hotfix.engine.step import Due, Progress
    from git_hotfix.errors import Problem

FINISH = ("git", "hotfix", "finish", "auth")
START = ("git", "hotfix", "start", "auth")


def decided(due: Due) -> str:
    """Return what a decision is: the step, the codes it is refused with, the fields it asks for, "noted", "-"."""
    match due:
        case Refusal(problems):
            return f"refused {' '.join(each.code for each in problems)}"
        case Questions(questions):
            return f"asks {' '.join(each.field for each in questions)}"
        case Note():
            return "noted"
        case Step():
            return type(due).__name__
        case _:
            return "-"


def told(problems: Iterable[Problem], typed: tuple[str, ...] = FINISH) -> list[tuple[str, int, str | None, str]]:
    """Return each problem: code, exit code, what it is about, and what a person is to type."""
    return [(each.code, int(each.exit_code), each.about, each.remedy.line(typed)) for each in problems]


def refusal(due: Due, typed: tuple[str, ...] = FINISH) -> list[tuple[int, str, str]]:
    """Return each problem of a refusal: exit code, message, and what a person is to type."""
    assert isinstance(due, Refusal), due
    return [(int(each.exit_code), each.message, each.remedy.line(typed)) for each in due.problems]


def shown(progress: Iterable[Progress]) -> list[tuple[str, str, str, str | None]]:
    """Return each row of status: the step, its state, its evidence, and the command that brings it on."""
    return [
        (each.step, each.state.value, each.evidence, each.next.line() if each.next is not None else None)
        for each in progress
    ]


def report(**more: Any) -> Report:
    """Return what a public report of the hotfix says, with these values."""
    given: dict[str, Any] = {
        "id": HOTFIX,
        "title": "Login takes any password",
        "severity": SEVERITIES[0],
        "kind": Kind.SECURITY,
        "production_affected": True,
        "can_wait": False,
        "what": "any password is taken",
        "reporter": "Kim",
        "declared_at": NOON,
        "branch": BRANCH,
        "base": MAIN,
        "status": Status.OPEN,
    }
    return Report(**given | more)
