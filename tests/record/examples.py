"""The hotfix that the corpus is tried with, and what each file of the corpus comes to."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from git_hotfix.hotfix import HotfixId, Slug
from git_hotfix.record.backlog import add_done, add_follow_up, finish_follow_up
from git_hotfix.record.backlog_items import DoneItem
from git_hotfix.record.changelog import Entry, add_entry, markup_of
from git_hotfix.record.followups import FollowUp
from git_hotfix.record.splice import AlreadyThere, Edit, Inserted, LeftAlone, NotUnderstood

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

BACKLOG_STEPS: tuple[Step, ...] = (
    ("done", lambda content: add_done(content, DONE)),
    ("deferred", lambda content: add_follow_up(content, DEFERRED)),
    ("tech debt", lambda content: add_follow_up(content, DEBT)),
    ("finished", lambda content: finish_follow_up(content, DEFERRED)),
)


def steps_of(name: str) -> tuple[Step, ...]:
    """Return what is done to a file of the corpus, by its name."""
    if name.startswith("backlog-"):
        return BACKLOG_STEPS
    entry = replace(SECURITY if "security" in name else ENTRY, markup=markup_of(name))
    return (("entry", lambda content: add_entry(content, entry)),)


def told(edit: Edit) -> str:
    """Say on one line what an edit that inserted nothing came to."""
    match edit:
        case Inserted():
            return "inserted"
        case NotUnderstood(reason, line_to_add):
            return f"refused: {reason} | {line_to_add}"
        case LeftAlone(reason):
            return f"left alone: {reason}"
        case AlreadyThere(line, is_released):
            return f"there: line {line}{', released' if is_released else ''}"


def outcome(name: str, content: bytes) -> tuple[bytes, str]:
    """Do everything to a file: give what it becomes, and a line about each step; what is taken out is only told."""
    lines = []
    for step, edit in steps_of(name):
        made = edit(content)
        is_less = isinstance(made, Inserted) and len(made.content) < len(content)
        lines.append(f"{step}: {'taken out' if is_less else told(made)}\n")
        if isinstance(made, Inserted) and not is_less:
            content = made.content
    return content, "".join(lines)
