"""By when later work is due: a date, or what triggers it."""

from __future__ import annotations

import re
from datetime import date

from git_hotfix import clock
from git_hotfix.errors import command, wrong_input
from git_hotfix.record.markdown import one_line

ADD_FOLLOW_UP = command("git", "hotfix", "followup", "TEXT", "--kind", "KIND", "--due", "DATE")


def due_date(text: str) -> date:
    """Read a due date; one that does not exist or is past is wrong input."""
    try:
        due = date.fromisoformat(text.strip())
    except ValueError as error:
        raise wrong_input("bad-date", f"'{text}' is not a date such as 2026-02-01.", ADD_FOLLOW_UP) from error
    if due < clock.now().date():
        raise wrong_input("past-date", f"'{text}' is past; a due date is today or later.", ADD_FOLLOW_UP)
    return due


def date_or_trigger(text: str) -> tuple[date | None, str | None]:
    """Read an answer to "by when?": a date, or what triggers it."""
    return (due_date(text), None) if re.fullmatch(r"\d{4}-\d{1,2}-\d{1,2}", text.strip()) else (None, one_line(text))
