"""The follow-ups of a hotfix: later work in a table of its report, each with an id.

The table is the only place where they are kept. Rows that people typed or edited stay as they are; a row without
an id gets the next one when the table is written again.
"""

from __future__ import annotations

import re
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from git_hotfix.record.blocks import cells_of, head_of, read_table, replace_block, row_of
from git_hotfix.record.frontmatter import read_front_matter
from git_hotfix.record.headings import Part, is_closed
from git_hotfix.record.markdown import inline
from git_hotfix.record.words import every_language, language_of, words_in

if TYPE_CHECKING:
    from collections.abc import Iterable

    from git_hotfix.record.blocks import Table
    from git_hotfix.record.words import FollowUpWords

BLOCK = "followups"

_NUMBERED = r"(\S+)/([1-9]\d{0,5})"
_DUE = r"(\d{4}-\d{2}-\d{2})(?:; (.+)|\Z)"
_COLUMNS = 6


class Kind(StrEnum):
    """What kind of work it is."""

    RFC = "rfc"
    SPEC = "spec"
    REGRESSION_TEST = "regression-test"
    REFACTORING = "refactoring"
    PROCESS = "process"


def section_of(kind: str) -> Part:
    """Return where the backlog keeps a kind: refactoring is technical debt, all else is deferred.

    Deferred work needs a trigger or a due date, technical debt does not.
    """
    return Part.TECH_DEBT if kind == Kind.REFACTORING else Part.DEFERRED


class FollowUp(NamedTuple):
    """Work that a hotfix left for later.

    ``id`` is ``<hotfix id>/<number>``. ``text``, ``owner`` and ``trigger`` are Markdown on one line, safe in a table
    cell and in a list item. ``kind`` is one of ``Kind``, or what a person typed there.
    """

    id: str
    text: str
    kind: str
    owner: str | None = None
    due: date | None = None
    trigger: str | None = None
    is_done: bool = False

    @property
    def section(self) -> Part:
        """Where the backlog keeps it."""
        return section_of(self.kind)

    @property
    def when(self) -> str:
        """Return due date and trigger as the table has them: ``2026-02-01; the next release``."""
        return "; ".join(part for part in (self.due.isoformat() if self.due else None, self.trigger) if part)


class _Row(NamedTuple):
    """A line of the table as it stands; ``follow_up`` is None where it is not understood as one."""

    text: str
    follow_up: FollowUp | None


def follow_ups_of(content: bytes, name: str = "the report") -> tuple[FollowUp, ...]:
    """Return the follow-ups of a report in the order of its table.

    A report without the table has none. A row without an id has the one that it gets when the table is written. A
    report whose front matter cannot be read is wrong input.
    """
    return _known(_rows(content, read_table(content, BLOCK, _COLUMNS), name))


def next_number(follow_ups: Iterable[FollowUp]) -> int:
    """Return the first number above those that are taken: one that was deleted is not given again beside later ones."""
    return max((int(each.id.rpartition("/")[2]) for each in follow_ups), default=0) + 1


def add_follow_up(content: bytes, new: FollowUp, name: str = "the report") -> bytes:
    """Add a follow-up with plain texts to the table; what is there already, in these words, is not added again.

    Where somebody else took its number meanwhile it gets the next one.
    """
    owner, trigger = (inline(text) if text else None for text in (new.owner, new.trigger))
    new = new._replace(text=inline(new.text), owner=owner, trigger=trigger)
    table = read_table(content, BLOCK, _COLUMNS)
    rows = _rows(content, table, name)
    there = _known(rows)
    if any((each.text, each.kind) == (new.text, new.kind) for each in there):
        return content
    if any(each.id == new.id for each in there):
        new = new._replace(id=f"{new.id.rpartition('/')[0]}/{next_number(there)}")
    words = _words(content, table)
    state = words.is_done if new.is_done else words.is_open
    row = row_of(new.id, new.text, new.kind, new.owner or "", new.when, state)
    return _write(content, table, [*rows, _Row(row, new)])


def finish_follow_up(content: bytes, follow_up_id: str, text: str, name: str = "the report") -> bytes:
    """Set the state of a follow-up to done; every other row stays.

    ``text`` (Markdown) is what it said when the person decided: of several that could be meant, the one that says so.
    """
    table = read_table(content, BLOCK, _COLUMNS)
    rows = _rows(content, table, name)
    meant = [each for each in _known(rows) if follow_up_id == each.id or text == each.text]
    meant.sort(key=lambda each: (text != each.text, follow_up_id != each.id))
    if not meant or meant[0].is_done:
        return content
    found = next(row for row in rows if row.follow_up is meant[0])
    cells = _cells(found.text)
    cells[_COLUMNS - 1] = _words(content, table).is_done
    done = _Row(row_of(*cells), None)
    return _write(content, table, [done if row is found else row for row in rows])


def _known(rows: Iterable[_Row]) -> tuple[FollowUp, ...]:
    return tuple(row.follow_up for row in rows if row.follow_up is not None)


def _words(content: bytes, table: Table) -> FollowUpWords:
    """Return the words of the language in which the table was begun, else of the report's."""
    begun = (each.followups for each in every_language() if table.head[:1] == head_of(each.followups.head)[:1])
    return next(begun, words_in(language_of(content)).followups)


def _write(content: bytes, table: Table, rows: list[_Row]) -> bytes:
    words = words_in(language_of(content))
    head = table.head or head_of(words.followups.head)
    return replace_block(content, BLOCK, "\n".join([*head, *(row.text for row in rows)]), words)


def _rows(content: bytes, table: Table, name: str) -> list[_Row]:
    """Read the rows of the table."""
    if not table.rows:
        return []
    hotfix = read_front_matter(content, name)["id"]
    taken = max((int(match[2]) for row in table.rows if (match := re.fullmatch(_NUMBERED, _cells(row)[0]))), default=0)
    rows = []
    for line in table.rows:
        row = _row(line, f"{hotfix}/{taken + 1}")
        taken += row.text != line
        rows.append(row)
    return rows


def _row(line: str, free: str) -> _Row:
    """Read one row; ``free`` is the id that one without an id gets."""
    cells = _cells(line)
    follow_up_id, text, kind, owner, when, state = cells[:_COLUMNS]
    if not text or (follow_up_id and not re.fullmatch(_NUMBERED, follow_up_id)):
        return _Row(line, None)
    if not follow_up_id:
        line = row_of(free, *cells[1:])
    match = re.match(_DUE, when)
    due = _date(match[1]) if match else None
    trigger = (match[2] if match else None) if due else when
    return _Row(line, FollowUp(follow_up_id or free, text, kind, owner or None, due, trigger or None, is_closed(state)))


def _cells(row: str) -> list[str]:
    """Return the cells of a row, empty ones for those that it lacks."""
    cells = cells_of(row)
    return cells + [""] * (_COLUMNS - len(cells))


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
