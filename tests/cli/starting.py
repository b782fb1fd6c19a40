"""Starts and what they make: shared by the tests of ``git hotfix start``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from git_hotfix.clock import now
from git_hotfix.record.report import read_report

if TYPE_CHECKING:
    from git_hotfix.record.incident import Report
    from tests.support.lab import Bare, Clone


def day() -> str:
    """Return today as the ids have it (the whole run of a test is taken to be on one day)."""
    return f"{now():%Y%m%d}"


def report_path(slug: str, on: str | None = None) -> str:
    """Return the path of a report, begun today or ``on`` another day."""
    on = on or day()
    return f"docs/incidents/HOTFIX-{on[:4]}-{on[4:6]}-{on[6:]}-{slug}.md"


def report_of(clone: Bare, rev: str, slug: str) -> Report:
    """Read the report of a hotfix begun today."""
    return read_report(clone.show(f"{rev}:{report_path(slug)}").encode(), slug)


def problems(clone: Clone, *arguments: str) -> tuple[int, list[tuple[str, str, str]]]:
    """Run a start that is refused; gives its exit code and problems. Nothing may have changed."""
    before = clone.snapshot(without_tracking=True)
    answer = clone.hotfix("--json", "start", *arguments)
    assert clone.snapshot(without_tracking=True) == before
    assert not list((clone.path / ".git/hotfix").glob("*.json"))
    return answer.code, [(each["code"], each["message"], each["remedy"]) for each in answer.json()["problems"]]


def push_to_main(clone: Clone, files: dict[str, str]) -> str:
    """Commit to production and push it; gives the new tip."""
    clone.commit("Go on with production", files)
    clone.git("push", "-q", "origin", "main")
    return clone.rev("main")


def problems_with_open(clone: Clone, *arguments: str) -> tuple[int, list[tuple[str, str, str]]]:
    """Do as ``problems``, where an open hotfix is remembered already."""
    before = clone.snapshot()
    answer = clone.hotfix("--json", "start", *arguments)
    assert clone.snapshot() == before
    return answer.code, [(each["code"], each["message"], each["remedy"]) for each in answer.json()["problems"]]
