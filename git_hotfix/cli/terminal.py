"""The one door to terminal and JSON: what others have named or written reaches neither unescaped."""

from __future__ import annotations

import json
import os
import re
import sys
from typing import TYPE_CHECKING, Any, TextIO

import click

from git_hotfix import clock
from git_hotfix.credentials import masked
from git_hotfix.escapes import escaped, one_line, readable

if TYPE_CHECKING:
    from collections.abc import Sequence

Style = dict[str, Any]
"""How a word is shown, as ``click.style`` takes it."""

_USUAL_COLUMNS = 80
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")
_HALF = "[\ud800-\udfff]"
_LEAD = re.compile(r" *(?:\w+: {2,})?")
"""What stands before a text: spaces, or a label with its own."""
_WORD = re.compile(r"(?<=run: )git .*|(?<!\S)'git [^']*'\S*|\S+")
"""What is not broken: a word, and a command that is named in a sentence or ends it."""
_NARROW = 24
"""The fewest columns that a longer last cell is broken in; with less it stands below the others."""
_SENTENCE_ENDS = re.compile(r"(?<=[.?!]) (?=[A-Z'])")


def plain(text: str) -> str:
    """Mask secrets, and escape what a terminal would obey or hide: controls, C1, direction marks, half bytes."""
    return readable(masked(text))


def plain_line(text: str) -> str:
    """Return a value as one line that forges no other: line ends become a space, the rest is escaped."""
    return plain(one_line(text))


def json_text(value: object) -> str:
    """Write JSON that every reader of UTF-8 takes, and that a terminal shows as it is.

    Bytes that are no text are shown as a terminal shows them; what one would obey or hide is escaped as JSON does.
    """
    text = masked(json.dumps(value, ensure_ascii=False, indent=2))
    text = re.sub(_HALF, lambda half: "\\" + escaped(half[0]), text)
    return re.sub(r"[^\0-~]", lambda each: each[0] if each[0].isprintable() else json.dumps(each[0])[1:-1], text)


def print_json(value: object) -> None:
    """Print an object on standard output, the one of this run, in letters that are there."""
    text = json_text(value)
    if not (sys.stdout.encoding or "utf-8").lower().startswith("utf"):
        text = re.sub(r"[^\x00-\x7f]", lambda letter: json.dumps(letter[0])[1:-1], text)
    click.echo(text)


def print_line(text: str, *, mark: str = "", style: Style | None = None, color: bool | None = None) -> None:
    """Print a text on standard error, behind a word with a colour; what follows its first line is indented then."""
    shown, columns = plain(text), columns_of(sys.stderr)
    if columns and mark in {"", "+"}:
        shown = on_screen(shown, columns - len(mark) - bool(mark))
    elif columns and mark.endswith(":") and mark != "hint:":  # a command stays whole
        indent = len(mark) + 1
        first, *others = _SENTENCE_ENDS.split(shown)
        lines = _wrapped(first, columns - 2, first=columns - indent)
        shown = "\n".join((*lines, *(line for each in others for line in _wrapped(each, columns - 2))))
    if mark:
        shown = f"{click.style(mark, **(style or {}))} {shown}".replace("\n", "\n  ")
    click.echo(shown, err=True, color=color)


def print_answer(
    text: str, *, style: Style | None = None, color: bool | None = None, stream: TextIO | None = None
) -> None:
    """Print a line of what was asked for, on standard output or on ``stream``."""
    click.echo(click.style(plain(text), **(style or {})), file=stream, color=color)


def print_table(rows: Sequence[Sequence[str]], styles: Sequence[Style], *, color: bool | None) -> None:
    """Print rows in columns on standard output, the first cell in its colour; what is grey is grey as a whole.

    On a terminal the last column is broken between words where the line ends, and its times say how long ago.
    """
    columns = columns_of(sys.stdout)
    rows = [[ago(cell) for cell in row] for row in rows] if columns else rows
    for row, line, style in zip(rows, table(rows, columns=columns), styles, strict=True):
        first = line if style.get("fg") == "bright_black" else plain_line(row[0])
        click.echo(line.replace(first, click.style(first, **style), 1), color=color)


def columns_of(stream: TextIO) -> int:
    """Return how wide a terminal is; 0 for what is none."""
    try:
        return (os.get_terminal_size(stream.fileno()).columns or _USUAL_COLUMNS) if stream.isatty() else 0
    except (OSError, ValueError):
        return 0


def on_screen(text: str, columns: int | None = None) -> str:
    """Return a line broken between words where the terminal (of standard output) ends; what follows is indented.

    A command that somebody is to approve stays as it is.
    """
    columns = columns_of(sys.stdout) if columns is None else columns
    if not columns or _width(text) <= columns or text.startswith("Runs: "):
        return text
    lead = _LEAD.match(text)[0]  # type: ignore[index]  # it matches nothing, too
    indent = len(lead) if lead.strip() else len(lead) + 2
    lines = _wrapped(text[len(lead) :], columns - indent, first=columns - len(lead))
    return lead + f"\n{' ' * indent}".join(lines)


def ago(text: str) -> str:
    """Return a text with its times said as how long ago they are, for a person who reads it now."""

    def said(match: re.Match[str]) -> str:
        when = clock.from_rfc3339(match[0])
        return match[0] if when is None else f"{clock.duration(clock.now() - when)} ago"

    return _TIME.sub(said, text)


def pass_on(piece: bytes, stream: TextIO) -> None:
    """Pass on what a command of the team's prints, as it comes."""
    stream.buffer.write(piece)
    stream.buffer.flush()


class WaitingLine:
    """The line of standard error, a terminal, that says what is being waited for; what is printed next is below it."""

    def __init__(self) -> None:
        self._is_shown = False

    def show(self, text: str | None) -> None:
        """Show a text in the place of the one before; an empty one takes that away, None leaves it where it is."""
        if self._is_shown and text is not None:
            click.echo("\x1b[A\x1b[2K", nl=False, err=True)  # up to it, and erased: ECMA-48 CUU, EL
        self._is_shown = bool(text)
        if text:
            line = plain_line(text)
            columns = columns_of(sys.stderr) or _USUAL_COLUMNS  # a terminal that is gone ends no deployment
            while _width(line) >= columns and line:
                line = line[:-1]
            click.echo(line, err=True)


def rows_on_screen(rows: Sequence[Sequence[str]], indent: str = "  ") -> list[str]:
    """Set rows in columns for standard output, as wide as that is where it is a terminal."""
    return table(rows, indent, columns_of(sys.stdout))


def table(rows: Sequence[Sequence[str]], indent: str = "  ", columns: int = 0) -> list[str]:
    """Set rows in columns, each cell escaped; the last is as long as it is, or broken between words at ``columns``.

    A row that leaves no room for it has a head of two cells, and the others below.
    """
    cells = [[plain_line(cell) for cell in row] for row in rows]
    room = columns - len(indent) if columns else sys.maxsize
    fitting = [row for row in cells if sum(_width(cell) + 2 for cell in row[:-1]) + _least(row[-1]) <= room]
    widths = (
        [max(_width(row[at]) for row in (at and fitting) or cells) for at in range(len(cells[0]) - 1)] if cells else []
    )
    before = len(indent) + sum(widths) + 2 * len(widths)
    fitting = [row for row in fitting if before - len(indent) + _least(row[-1]) <= room]
    lines = []
    for row in cells:
        if row not in fitting:
            lines.append(_stacked(row, widths[0], indent, columns))
            continue
        padded = [cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=False)]
        parts = _wrapped(row[-1], columns - before) if columns else row[-1:]
        lines.append(indent + "  ".join([*padded, f"\n{' ' * before}".join(parts)]))
    return lines


def _least(cell: str) -> int:
    """Return the fewest columns that a last cell takes: a word, as a path, is never broken."""
    return max(min(_NARROW, _width(cell)), *map(_width, _WORD.findall(cell)), 0)


def _stacked(row: Sequence[str], width: int, indent: str, columns: int) -> str:
    """Return a row in lines: its first two cells, below them the last, and what is between on a line of its own."""
    is_wide = len(row) > 2
    head = f"{row[0]}{' ' * (width - _width(row[0]))}  {row[1]}" if is_wide else row[0]
    lead = indent + " " * (min(width, 6) + 2)
    below = (on_screen(f"{lead}{part}", columns) for part in ("  ".join(filter(None, row[2:-1])), row[-1]) if part)
    return "\n".join((indent + head, *below))


def _wrapped(text: str, width: int, *, first: int | None = None) -> list[str]:
    """Return a text in lines, broken between words alone: a path or a command that is longer stays whole."""
    lines: list[str] = []
    for word in _WORD.findall(text):
        room = first if first is not None and len(lines) <= 1 else width
        if lines and _width(f"{lines[-1]} {word}") <= room:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def _width(text: str) -> int:
    """Return the columns a text takes: East Asian wide characters take two, marks and joiners none."""
    from unicodedata import category, east_asian_width  # noqa: PLC0415

    return sum(0 if category(c) in {"Mn", "Me", "Cf"} else 2 if east_asian_width(c) in "WF" else 1 for c in text)
