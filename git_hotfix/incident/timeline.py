"""The timeline of a report: a Markdown table of time, event and source, sorted by time.

Rows that are in the file stay when the table is written again: those of earlier runs, of ``git hotfix note``,
and those that people typed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from git_hotfix.clock import from_rfc3339
from git_hotfix.incident.blocks import read_block, replace_block
from git_hotfix.incident.markdown import inline
from git_hotfix.templates import readable_time

if TYPE_CHECKING:
    from collections.abc import Iterable

_HEAD = ("| time | event | source |", "| --- | --- | --- |")
_DELIMITER = re.compile(r"\|?[ \t]*:?-+:?[ \t]*(\|[ \t]*:?-+:?[ \t]*)+\|?")
_CELL_END = re.compile(r"(?<!\\)\|")
_TIME = re.compile(r"(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}(?::\d{2})?) ?([+-]\d{2}:\d{2}(?::\d{2})?|Z)")
_FIRST = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Row:
    """What happened when (with an offset), and who or what says so: a person, ``git``, ``git-hotfix``."""

    when: datetime
    event: str
    source: str


@dataclass(frozen=True, slots=True)
class _Line:
    """A row as it stands in the file; ``key`` says what it tells, None where it has no time to compare."""

    when: datetime
    key: tuple[datetime, str] | None
    text: str


def add_row(content: bytes, row: Row) -> bytes:
    """Add one row to the timeline of a report; the report stays as it is when the row is there already."""
    return add_rows(content, (row,))


def add_rows(content: bytes, rows: Iterable[Row]) -> bytes:
    """Add rows to the timeline of a report: the union with its own by time and event, sorted by time.

    A row of the file without a full time keeps its place below the row above it.
    """
    inside = (read_block(content, "timeline") or b"").decode("utf-8", "surrogateescape")
    return replace_block(content, "timeline", _table([*_read(inside), *map(_written, rows)]))


def _table(lines: list[_Line]) -> str:
    kept: list[_Line] = []
    told: set[tuple[datetime, str]] = set()
    for line in lines:
        if line.key is not None and line.key in told:
            continue
        if line.key is not None:
            told.add(line.key)
        kept.append(line)
    kept.sort(key=lambda line: line.when)
    return "\n".join([*_HEAD, *(line.text for line in kept)])


def _written(row: Row) -> _Line:
    when = row.when.replace(microsecond=0)
    event = inline(row.event)
    return _Line(when, (when, event), f"| {readable_time(when)} | {event} | {inline(row.source)} |")


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
    when = from_rfc3339(f"{match[1]}T{match[2]}{match[3]}") if match else None
    if when is None:
        return _Line(above, None, text)
    return _Line(when, (when, cells[1] if len(cells) > 1 else ""), text)
