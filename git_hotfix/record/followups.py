"""The follow-ups of a hotfix: later work in a table of its report, each with an id.

The table is the only place where they are kept. Rows and columns that people typed, edited or moved stay as they are. A
row without an id gets the next one when the table is written again; a column that is missing is put in when there is
something to say in it.
"""

from __future__ import annotations

import re
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from git_hotfix.record.blocks import cells_of, head_of, read_table, replace_block, row_of
from git_hotfix.record.frontmatter import read_front_matter
from git_hotfix.record.headings import Part, is_closed
from git_hotfix.record.markdown import inline, issue_link
from git_hotfix.record.words import every_language, language_of, words_in

if TYPE_CHECKING:
    from collections.abc import Iterable

    from git_hotfix.record.blocks import Table
    from git_hotfix.record.words import FollowUpWords

BLOCK = "followups"

_NUMBERED = r"(\S+)/([1-9]\d{0,5})"
_DUE = r"(\d{4}-\d{2}-\d{2})(?:; (.+)|\Z)"
_COLUMNS = ("id", "text", "kind", "priority", "owner", "when", "ticket", "state")
"""The columns of a new table, in the order in which the words of a language have their titles."""
_OLDER = tuple(name for name in _COLUMNS if name not in {"priority", "ticket"})
"""Those of a table whose titles are no longer to be read, when it has no more."""


class Kind(StrEnum):
    """What kind of work it is."""

    RFC = "rfc"
    SPEC = "spec"
    REGRESSION_TEST = "regression-test"
    REFACTORING = "refactoring"
    PROCESS = "process"


class Priority(StrEnum):
    """How soon: those that the action items of Google's SRE workbook have; people may type any other."""

    P0 = "P0"
    P1 = "P1"
    P2 = "P2"
    P3 = "P3"


def section_of(kind: str) -> Part:
    """Return where the backlog keeps a kind: refactoring is technical debt, all else is deferred.

    Deferred work needs a trigger or a due date, technical debt does not.
    """
    return Part.TECH_DEBT if kind == Kind.REFACTORING else Part.DEFERRED


class FollowUp(NamedTuple):
    """Work that a hotfix left for later.

    ``id`` is ``<hotfix id>/<number>``. ``text``, ``owner``, ``trigger`` and ``ticket`` are Markdown on one line, safe
    in a table cell and in a list item. ``kind`` is one of ``Kind``, ``priority`` of ``Priority``, or what a person
    typed there.
    """

    id: str
    text: str
    kind: str
    owner: str | None = None
    due: date | None = None
    trigger: str | None = None
    is_done: bool = False
    priority: str | None = None
    ticket: str | None = None

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


class _FollowUps(NamedTuple):
    """The table: the two lines of its head (or none), what each column is ("": people's own), its rows."""

    head: tuple[str, ...]
    columns: tuple[str, ...]
    rows: tuple[_Row, ...]

    @property
    def known(self) -> tuple[FollowUp, ...]:
        """The follow-ups in it."""
        return tuple(row.follow_up for row in self.rows if row.follow_up is not None)

    def cells(self, row: str) -> list[str]:
        """Return the cells of a row, empty ones for those that it lacks."""
        cells = cells_of(row)
        return cells + [""] * (len(self.columns) - len(cells))

    def by_column(self, row: str) -> dict[str, str]:
        """Return the cells of a row by the names of all columns that a table can have."""
        found = zip(reversed(self.columns), reversed(self.cells(row)[: len(self.columns)]), strict=True)
        return {**dict.fromkeys(_COLUMNS, ""), **dict(found)}

    def having(self, column: str, words: FollowUpWords) -> _FollowUps:
        """Return the table with a column, in its place among the others when it was missing."""
        if column in self.columns:
            return self
        before = _COLUMNS[: _COLUMNS.index(column)]
        at = max((place + 1 for place, name in enumerate(self.columns) if name in before), default=0)

        def wider(row: str, cell: str = "") -> str:
            cells = self.cells(row)
            return row_of(*cells[:at], cell, *cells[at:])

        titles = (words.head[_COLUMNS.index(column)], "---")
        return _FollowUps(
            tuple(map(wider, self.head, titles)),
            (*self.columns[:at], column, *self.columns[at:]),
            tuple(row._replace(text=wider(row.text)) for row in self.rows),
        )


def follow_ups_of(content: bytes, name: str = "the report") -> tuple[FollowUp, ...]:
    """Return the follow-ups of a report in the order of its table.

    A report without the table has none. A row without an id has the one that it gets when the table is written. A
    report whose front matter cannot be read is wrong input.
    """
    return _read(content, name).known


def next_number(follow_ups: Iterable[FollowUp]) -> int:
    """Return the first number above those that are taken: one that was deleted is not given again beside later ones."""
    return max((int(each.id.rpartition("/")[2]) for each in follow_ups), default=0) + 1


def add_follow_up(content: bytes, new: FollowUp, name: str = "the report") -> bytes:
    """Add a follow-up with plain texts to the table; what is there already, in these words, is not added again.

    Where somebody else took its number meanwhile it gets the next one.
    """
    owner, trigger, ticket = (inline(text) if text else None for text in (new.owner, new.trigger, new.ticket))
    new = new._replace(text=inline(new.text), owner=owner, trigger=trigger, ticket=ticket and issue_link(ticket))
    table = _read(content, name)
    if any((each.text, each.kind) == (new.text, new.kind) for each in table.known):
        return content
    if any(each.id == new.id for each in table.known):
        new = new._replace(id=f"{new.id.rpartition('/')[0]}/{next_number(table.known)}")
    words = _words(content, table)
    state = words.is_done if new.is_done else words.is_open
    told = (new.id, new.text, new.kind, new.priority, new.owner, new.when, new.ticket, state)
    said = {column: text for column, text in zip(_COLUMNS, told, strict=True) if text}
    for column in said:
        table = table.having(column, words)
    row = _Row(row_of(*(said.get(column, "") for column in table.columns)), new)
    return _write(content, table._replace(rows=(*table.rows, row)))


def finish_follow_up(content: bytes, follow_up_id: str, text: str, name: str = "the report") -> bytes:
    """Set the state of a follow-up to done; every other row stays.

    ``text`` (Markdown) is what it said when the person decided: of several that could be meant, the one that says so.
    """
    table = _read(content, name)
    meant = [each for each in table.known if follow_up_id == each.id or text == each.text]
    meant.sort(key=lambda each: (text != each.text, follow_up_id != each.id))
    if not meant or meant[0].is_done:
        return content
    words = _words(content, table)
    at = next(at for at, row in enumerate(table.rows) if row.follow_up is meant[0])
    table = table.having("state", words)
    cells = table.cells(table.rows[at].text)
    cells[table.columns.index("state")] = words.is_done
    done = _Row(row_of(*cells), None)
    return _write(content, table._replace(rows=(*table.rows[:at], done, *table.rows[at + 1 :])))


def _words(content: bytes, table: _FollowUps) -> FollowUpWords:
    """Return the words of the language in which the table was begun, else of the report's."""
    titles = {*cells_of(table.head[0])} if table.head else set[str]()
    begun = max(every_language(), key=lambda each: len(titles.intersection(each.followups.head)))
    return (begun if titles.intersection(begun.followups.head) else words_in(language_of(content))).followups


def _write(content: bytes, table: _FollowUps) -> bytes:
    titles = dict(zip(_COLUMNS, _words(content, table).head, strict=True))
    head = table.head or head_of([titles.get(column, "") for column in table.columns])
    lines = [*head, *(row.text for row in table.rows)]
    return replace_block(content, BLOCK, "\n".join(lines), words_in(language_of(content)))


def _read(content: bytes, name: str) -> _FollowUps:
    """Read the table."""
    found = read_table(content, BLOCK, 2)
    table = _FollowUps(found.head, _columns(found), ())
    if not found.rows:
        return table
    hotfix = read_front_matter(content, name)["id"]
    ids = (re.fullmatch(_NUMBERED, table.by_column(row)["id"]) for row in found.rows)
    taken = max((int(match[2]) for match in ids if match), default=0)
    rows = []
    for line in found.rows:
        row = _row(line, table, f"{hotfix}/{taken + 1}")
        taken += row.text != line
        rows.append(row)
    return table._replace(rows=tuple(rows))


def _columns(table: Table) -> tuple[str, ...]:
    """Return what each column is, by its title in any language; where nobody can read those, by their number."""
    titles = cells_of(table.head[0]) if table.head else []
    named = {
        title.casefold(): column
        for each in every_language()
        for column, title in zip(_COLUMNS, each.followups.head, strict=True)
    }
    columns = tuple(named.get(title.casefold(), "") for title in titles)
    if {"id", "text"} <= {*columns}:
        return columns
    most = max((len(cells_of(row)) for row in (*table.head[:1], *table.rows)), default=len(_COLUMNS))
    return _OLDER if most <= len(_OLDER) else _COLUMNS


def _row(line: str, table: _FollowUps, free: str) -> _Row:
    """Read one row; ``free`` is the id that one without an id gets."""
    cells = table.by_column(line)
    if not cells["text"] or (cells["id"] and not re.fullmatch(_NUMBERED, cells["id"])):
        return _Row(line, None)
    if not cells["id"]:
        at = table.columns.index("id")
        own = table.cells(line)
        line = row_of(*own[:at], free, *own[at + 1 :])
    match = re.match(_DUE, cells["when"])
    due = _date(match[1]) if match else None
    trigger = (match[2] if match else None) if due else cells["when"]
    owner, priority, ticket = (cells[name] or None for name in ("owner", "priority", "ticket"))
    is_done = is_closed(cells["state"])
    follow_up_id, kind = cells["id"] or free, cells["kind"]
    return _Row(
        line, FollowUp(follow_up_id, cells["text"], kind, owner, due, trigger or None, is_done, priority, ticket)
    )


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
