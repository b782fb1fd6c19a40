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
from git_hotfix.record.blocks import read_block, replace_block
from git_hotfix.record.markdown import inline
from git_hotfix.record.words import EN, LANGUAGES
from git_hotfix.templates import readable_time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from git_hotfix.record.words import Words

_DELIMITER = re.compile(r"\|?[ \t]*:?-+:?[ \t]*(\|[ \t]*:?-+:?[ \t]*)+\|?")
_CELL_END = re.compile(r"(?<!\\)\|")
_TIME = re.compile(r"(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}(?::\d{2})?) ?([+-]\d{2}:\d{2}(?::\d{2})?|Z)")
_FIRST = datetime.min.replace(tzinfo=UTC)


class Row(Struct, frozen=True):
    """What happened when (with an offset), and who or what says so: a person, ``git``, ``git-hotfix``.

    ``also`` is the event as other languages say it: a report that has one of these has the row.
    """

    when: datetime
    event: str
    source: str
    also: tuple[str, ...] = ()


def row_in(words: Words, when: datetime, source: str, say: Callable[[Words], str]) -> Row:
    """Return a row in one language that is recognised in every other."""
    others = (say(each) for each in LANGUAGES.values() if each is not words)
    return Row(when, say(words), source, tuple(others))


class _Line(Struct, frozen=True):
    """A row as it stands in the file; ``keys`` say what it tells, none where it has no time to compare."""

    when: datetime
    keys: frozenset[tuple[datetime, str]]
    text: str


def first_time(text: str) -> datetime | None:
    """Return the first time in a text as it is written in a report; None when there is none."""
    match = _TIME.search(text)
    return _time_of(match) if match else None


def add_row(content: bytes, row: Row, words: Words = EN) -> bytes:
    """Add one row to the timeline of a report; the report stays as it is when the row is there already."""
    return add_rows(content, (row,), words)


def add_rows(content: bytes, rows: Iterable[Row], words: Words = EN) -> bytes:
    """Add rows to the timeline of a report: the union with its own by time and event, sorted by time.

    A row of the file without a full time keeps its place below the row above it.
    """
    inside = (read_block(content, "timeline") or b"").decode("utf-8", "surrogateescape")
    return replace_block(content, "timeline", _table([*_read(inside), *map(_written, rows)], words), words)


def rows_alone(before: bytes, after: bytes, onto: bytes, words: Words = EN) -> bytes | None:
    """Return a third version of a report with the rows that ``after`` has more than ``before``.

    None where ``after`` differs in anything else, or one of them has no timeline.
    """
    blocks = [read_block(each, "timeline") for each in (before, after, onto)]
    if None in blocks or _with_rows_of(before, after, words) != after:
        return None
    return _with_rows_of(onto, after, words)


def _with_rows_of(content: bytes, other: bytes, words: Words) -> bytes:
    texts = [(read_block(each, "timeline") or b"").decode("utf-8", "surrogateescape") for each in (content, other)]
    return replace_block(content, "timeline", _table([line for text in texts for line in _read(text)], words), words)


def _table(lines: list[_Line], words: Words) -> str:
    kept: list[_Line] = []
    told: set[tuple[datetime, str]] = set()
    for line in lines:
        if line.keys & told:
            continue
        told |= line.keys
        kept.append(line)
    kept.sort(key=lambda line: line.when)
    head = (f"| {' | '.join(words.timeline_head)} |", "| --- | --- | --- |")
    return "\n".join([*head, *(line.text for line in kept)])


def _written(row: Row) -> _Line:
    when = row.when.replace(microsecond=0)
    event = inline(row.event)
    keys = frozenset((when, said) for said in (event, *map(inline, row.also)))
    return _Line(when, keys, f"| {readable_time(when)} | {event} | {inline(row.source)} |")


def _read(inside: str) -> list[_Line]:
    lines = [line.strip(" \t\r") for line in inside.split("\n")]
    lines = [line for line in lines if line]
    ruled = next((index for index, line in enumerate(lines) if _DELIMITER.fullmatch(line)), None)
    if ruled is not None:
        del lines[max(0, ruled - 1) : ruled + 1]
    read: list[_Line] = []
    for line in lines:
        read.append(_one(line, read[-1].when if read else _FIRST))
    return read


def _one(line: str, above: datetime) -> _Line:
    """Read one row; a line that is none becomes one without a time: what people wrote is not lost."""
    text = line if line.startswith("|") else f"| | {inline(line)} | |"
    cells = [cell.strip(" \t") for cell in _CELL_END.split(text)][1:]
    match = _TIME.fullmatch(cells[0])
    when = _time_of(match) if match else None
    if when is None:
        return _Line(above, frozenset(), text)
    return _Line(when, frozenset({(when, cells[1] if len(cells) > 1 else "")}), text)


def _time_of(match: re.Match[str]) -> datetime | None:
    return from_rfc3339(f"{match[1]}T{match[2]}{match[3]}")
