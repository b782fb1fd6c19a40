"""The timeline of a report: a Markdown table of time, event and source, sorted by time.

Rows that are in the file stay when the table is written again: those of earlier runs, of ``git hotfix note``,
and those that people typed.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from msgspec import Struct

from git_hotfix.clock import from_rfc3339
from git_hotfix.record.blocks import cells_of, head_of, read_block, read_table, replace_block, row_of
from git_hotfix.record.markdown import inline
from git_hotfix.record.words import every_language
from git_hotfix.templates import readable_time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from git_hotfix.record.words import Words

BLOCK = "timeline"

_TIME = r"(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}(?::\d{2})?) ?([+-]\d{2}:\d{2}(?::\d{2})?|Z)"
_FIRST = datetime.min.replace(tzinfo=UTC)


class Row(Struct, frozen=True):
    """What happened when (with an offset), and who or what says so: a person, ``git``, ``git-hotfix``.

    ``also`` is the event as other languages say it: a report that has one of these has the row.
    """

    when: datetime
    event: str
    source: str
    also: tuple[str, ...] = ()


class _Line(Struct, frozen=True):
    """A row as it stands in the file; ``keys`` say what it records, none where it has no time to compare."""

    when: datetime
    keys: frozenset[tuple[datetime, str]]
    text: str


def row_in(words: Words, when: datetime, source: str, say: Callable[[Words], str]) -> Row:
    """Return a row in one language that is recognised in every other."""
    others = (say(each) for each in every_language() if each.language != words.language)
    return Row(when, say(words), source, tuple(others))


def first_time(text: str) -> datetime | None:
    """Return the first time in a text as it is written in a report; None when there is none."""
    return _time_of(re.search(_TIME, text))


def add_rows(content: bytes, rows: Iterable[Row], words: Words) -> bytes:
    """Add rows to the timeline of a report: the union with its own by time and event, sorted by time.

    A row of the file without a full time keeps its place below the row above it.
    """
    return _write(content, [*_read(content), *map(_line_of, rows)], words)


def rows_alone(before: bytes, after: bytes, onto: bytes, words: Words) -> bytes | None:
    """Return a third version of a report with the rows that ``after`` has more than ``before``.

    None where ``after`` differs in anything else, or one of them has no timeline.
    """
    if any(read_block(each, BLOCK) is None for each in (before, after, onto)):
        return None
    if _write(before, [*_read(before), *_read(after)], words) != after:
        return None
    return _write(onto, [*_read(onto), *_read(after)], words)


def _read(content: bytes) -> list[_Line]:
    read: list[_Line] = []
    for row in read_table(content, BLOCK, 3).rows:
        cells = cells_of(row)
        when = _time_of(re.fullmatch(_TIME, cells[0]))
        if when is None:
            read.append(_Line(read[-1].when if read else _FIRST, frozenset(), row))
        else:
            read.append(_Line(when, frozenset({(when, cells[1] if len(cells) > 1 else "")}), row))
    return read


def _write(content: bytes, lines: list[_Line], words: Words) -> bytes:
    kept: list[_Line] = []
    known: set[tuple[datetime, str]] = set()
    for line in lines:
        if not line.keys & known:
            known |= line.keys
            kept.append(line)
    kept.sort(key=lambda line: line.when)
    table = [*head_of(words.timeline_head), *(line.text for line in kept)]
    return replace_block(content, BLOCK, "\n".join(table), words)


def _line_of(row: Row) -> _Line:
    when = row.when.replace(microsecond=0)
    event = inline(row.event)
    keys = frozenset((when, said) for said in (event, *map(inline, row.also)))
    return _Line(when, keys, row_of(readable_time(when), event, inline(row.source)))


def _time_of(match: re.Match[str] | None) -> datetime | None:
    return from_rfc3339(f"{match[1]}T{match[2]}{match[3]}") if match else None
