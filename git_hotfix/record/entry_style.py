"""The style in which the entries of a file are written: bullets, checkboxes, indentation, wrapping, rows of tables."""

from __future__ import annotations

import re
import textwrap
import unicodedata
from itertools import pairwise
from typing import TYPE_CHECKING, Literal, NamedTuple

from git_hotfix.escapes import one_line
from git_hotfix.record.headings import column_of
from git_hotfix.record.markdown_reader import CELL_EDGE

if TYPE_CHECKING:
    from collections.abc import Callable

    from git_hotfix.record.headings import Column
    from git_hotfix.record.markdown_reader import Block, Document

LISTS = ("bullet_list", "ordered_list")
_ITEM = r"(?P<indent>[ \t]*)(?P<marker>[-*+]|\d{1,9}[.)])(?P<gap>[ \t]+|\Z)(?P<task>\[[ xX]\][ \t]+)?"


class ItemStyle(NamedTuple):
    """How an item of a list is written: ``width`` is where long ones are wrapped (in characters; None: nowhere)."""

    indent: str = ""
    marker: str = "-"
    gap: str = " "
    task: str = ""
    """``[x] `` with its space where items have a checkbox, as the copied item has it."""
    is_loose: bool = False
    width: int | None = None

    def lines(self, text: str) -> list[str]:
        """Write an item."""
        head = f"{self.indent}{self.marker}{self.gap}"
        if self.width is None:
            return [head + self.task + text]
        hang = self.indent + " " * (len(self.marker) + len(self.gap))
        return textwrap.wrap(
            self.task + text,
            self.width,
            initial_indent=head,
            subsequent_indent=hang,
            break_long_words=False,
            break_on_hyphens=False,
        )

    def ticked(self, *, is_done: bool) -> ItemStyle:
        """Return the style for an item that is done or not: its checkbox, if items have one, says so."""
        return self._replace(task=self.task.replace("[ ]", "[x]") if is_done else "[ ] " if self.task else "")


def item_style(document: Document, block: Block, item: Block | None = None) -> ItemStyle:
    """Return the style of a list's item (the last one), with the number that comes next in an ordered list."""
    item = item or block.children[-1]
    match = re.match(_ITEM, document.lines[item.start])
    if match is None:  # an item in a quotation; such lists are not looked at
        return ItemStyle()
    return ItemStyle(
        match["indent"],
        _next_marker(block, match["marker"]),
        match["gap"] if 0 < len(match["gap"]) < 5 else " ",
        match["task"] or "",
        _is_loose(document, block),
        _wrap_width(document, block),
    )


def nearest_style(document: Document, line: int = 0) -> ItemStyle:
    """Return the style of the nearest list above ``line`` (from 0), else of the first one of the file."""
    lists = [block for block in document.blocks if block.kind == "bullet_list"]
    above = [block for block in lists if block.start < line]
    block = above[-1] if above else next(iter(lists), None)
    return item_style(document, block)._replace(is_loose=False, task="") if block else ItemStyle()


def _next_marker(block: Block, marker: str) -> str:
    if block.kind == "bullet_list":
        return marker
    numbers = [int(item.number) for item in block.children if item.number]
    same = len(numbers) > 1 and numbers[-1] == numbers[-2]
    return f"{numbers[-1] + (0 if same else 1)}{marker[-1]}" if numbers else marker


def _is_loose(document: Document, block: Block) -> bool:
    """Whether blank lines stand between the items of a list."""
    return any(
        document.is_blank(after.start - 1) and after.start > before.start for before, after in pairwise(block.children)
    )


def _wrap_width(document: Document, block: Block) -> int | None:
    """Return the width at which the items of a list are wrapped by hand; None when none of them is."""
    widest = 0
    for item in block.children:
        paragraph = item.children[0] if item.children else None
        if paragraph is None or paragraph.kind != "paragraph_of_item" or paragraph.end - paragraph.start < 2:
            continue
        lines = document.lines[paragraph.start : paragraph.end]
        if any(line.endswith(("  ", "\\")) for line in lines[:-1]) or not lines[1].startswith((" ", "\t")):
            return None  # hard line breaks are not wrapping, and a lazy line shows no width
        widest = max(widest, *(len(line.rstrip()) for line in lines))
    return min(widest, 120) if widest >= 50 else None  # shorter lines were not ended for want of room


class RowStyle(NamedTuple):
    """How a row of a table is written: names and meanings of its columns, a row to copy, widths of padded columns."""

    names: tuple[str, ...]
    columns: tuple[Column | None, ...]
    row: tuple[str, ...]
    has_edges: tuple[bool, bool]
    widths: tuple[int, ...]

    def line(self, cell: Callable[[Column | None, str, str], str]) -> str:
        """Write a row; ``cell`` returns the text of a column by its meaning, its name and the copied row's cell."""
        texts = [_in_cell(cell(*each)) for each in zip(self.columns, self.names, self.row, strict=True)]
        padded = [text + " " * (width - _terminal_width(text)) for text, width in zip(texts, self.widths, strict=True)]
        left, right = self.has_edges
        return f"{'| ' if left else ''}{' | '.join(padded)}{' |' if right else ''}"


def row_style(document: Document, table: Block, row: Block | None, of: Literal["backlog", "changelog"]) -> RowStyle:
    """Return the style of a table's rows after its newest one (None: it has none)."""
    head = table.rows[0]
    names = tuple(cell.text for cell in head.children)
    cells = tuple(cell.text for cell in row.children) if row else ("",) * len(names)
    line = document.lines[(row or head).start]
    edges = (line.lstrip().startswith("|"), line.rstrip().endswith("|"))
    widths = (0,) * len(names)
    is_padded = len({_terminal_width(document.lines[at].rstrip()) for at in range(table.start, table.end)}) == 1
    if is_padded and all(edges) and table.end - table.start > 2:
        rule = cell_edges(document.lines[head.start + 1].strip())
        widths = tuple(after - before - 3 for before, after in pairwise(rule))
    return RowStyle(names, tuple(column_of(name, of) for name in names), cells, edges, widths)


def cell_edges(line: str) -> list[int]:
    r"""Return where the cells of a row begin and end: at each ``|`` but ``\|``, at the ends of a row without them."""
    edges = [match.start() for match in re.finditer(CELL_EDGE, line)]
    if not line.lstrip().startswith("|"):
        edges.insert(0, -1)
    return [*edges, len(line)] if line[edges[-1] + 1 :].strip() else edges


def columns_of(document: Document, row: Block) -> tuple[str, ...]:
    """Return the names of the columns of the table that a row is in."""
    table = next(block for block in document.walk() if block.kind == "table" and row in block.walk())
    return tuple(cell.text for cell in table.rows[0].children)


def _in_cell(text: str) -> str:
    r"""Write text as a cell: ``|`` as ``\|``, nothing as ``-``."""
    return re.sub(r"(?<!\\)\|", r"\\|", one_line(text)) or "-"


def _terminal_width(text: str) -> int:
    """Return the width of a text in a terminal: wide characters take two columns."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
