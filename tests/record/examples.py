"""The hotfix that the corpus is tried with, and what each file of the corpus comes to."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from git_hotfix.hotfix import HotfixId, Slug
from git_hotfix.record.backlog import add_done, add_follow_up, finish_follow_up
from git_hotfix.record.backlog_items import DoneItem
from git_hotfix.record.changelog import Entry, add_entry
from git_hotfix.record.followups import FollowUp
from git_hotfix.record.splice import Edit, Inserted, LeftAlone, NotUnderstood

if TYPE_CHECKING:
    from collections.abc import Callable

CORPUS = Path(__file__).parent / "corpus"
HOTFIX = HotfixId("20260117", Slug("fix-auth-bypass"))
REPORT = "docs/incidents/HOTFIX-2026-01-17-fix-auth-bypass.md"
TAG = "hotfix-20260117-0310"
ENTRY = Entry(hotfix=HOTFIX, description="Fix auth bypass", issue="#12", tag=TAG, report_path=REPORT)
SECURITY = Entry(
    hotfix=HOTFIX,
    description="Fix auth bypass",
    cve="CVE-2026-1234",
    tag=TAG,
    section="Security",
    report_path=REPORT,
)
DONE = DoneItem(
    hotfix=HOTFIX,
    description="Fix auth bypass",
    day=date(2026, 1, 17),
    tag=TAG,
    report_path=REPORT,
    owner="@kim",
)
DEFERRED = FollowUp(
    id=f"{HOTFIX}-f1",
    text="Write the spec",
    kind="spec",
    owner="@kim",
    due=date(2026, 2, 1),
    trigger="the next release",
)
DEBT = FollowUp(id=f"{HOTFIX}-f2", text="Split the parser", kind="refactoring")

Step = tuple[str, "Callable[[bytes], Edit]"]

CHANGELOG_STEPS: tuple[Step, ...] = (("entry", lambda content: add_entry(content, ENTRY)),)
SECURITY_STEPS: tuple[Step, ...] = (("entry", lambda content: add_entry(content, SECURITY)),)
BACKLOG_STEPS: tuple[Step, ...] = (
    ("done", lambda content: add_done(content, DONE)),
    ("deferred", lambda content: add_follow_up(content, DEFERRED)),
    ("tech debt", lambda content: add_follow_up(content, DEBT)),
    ("finished", lambda content: finish_follow_up(content, DEFERRED.id)),
)


def steps_of(name: str) -> tuple[Step, ...]:
    """Return what is done to a file of the corpus, by its name."""
    if name.startswith("backlog-"):
        return BACKLOG_STEPS
    return SECURITY_STEPS if "security" in name else CHANGELOG_STEPS


def told(edit: Edit) -> str:
    """Say on one line what an edit that inserted nothing came to."""
    match edit:
        case Inserted():
            return "inserted"
        case NotUnderstood(reason, line_to_add):
            return f"refused: {reason} | {line_to_add}"
        case LeftAlone(reason):
            return f"left alone: {reason}"
        case there:
            return f"there: line {there.line}, heading {there.heading!r}, {there.is_released=}, {there.is_ours=}"


def outcome(name: str, content: bytes) -> tuple[bytes, str]:
    """Do everything to a file: give what it becomes, and a line about each step."""
    lines = []
    for step, edit in steps_of(name):
        made = edit(content)
        lines.append(f"{step}: {told(made)}\n")
        if isinstance(made, Inserted):
            content = made.content
    return content, "".join(lines)
