"""The form that entries have in a file: bullets, checkboxes, indentation, wrapping, table rows."""

from __future__ import annotations

import re
import textwrap
import unicodedata
from typing import TYPE_CHECKING, NamedTuple

from git_hotfix.record.entries import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from git_hotfix.record.splice import Block, Document

LISTS = ("bullet_list", "ordered_list")
_ITEM = re.compile(r"(?P<indent>[ \t]*)(?P<marker>[-*+]|\d{1,9}[.)])(?P<gap>[ \t]+|\Z)(?P<task>\[[ xX]\][ \t]+)?")
_CELL_EDGE = re.compile(r"(?<!\\)\|")


class ItemForm(NamedTuple):
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


def form_of(document: Document, block: Block, item: Block | None = None) -> ItemForm:
    """Return the form of a list's item (the last one), with the number that comes next in an ordered list."""
    item = item or block.children[-1]
    match = _ITEM.match(document.lines[item.start])
    if match is None:  # an item in a quotation; such lists are not looked at
        return ItemForm()
    gap = match["gap"] if 0 < len(match["gap"]) < 5 else " "
    return ItemForm(
        match["indent"],
        _next_marker(block, match["marker"]),
        gap,
        match["task"] or "",
        is_loose(document, block),
        _wrap_width(document, block),
    )


def _next_marker(block: Block, marker: str) -> str:
    if block.kind == "bullet_list":
        return marker
    numbers = [int(item.number) for item in block.children if item.number]
    same = len(numbers) > 1 and numbers[-1] == numbers[-2]
    return f"{numbers[-1] + (0 if same else 1)}{marker[-1]}" if numbers else marker


def is_loose(document: Document, block: Block) -> bool:
    """Whether blank lines stand between the items of a list."""
    pairs = zip(block.children, block.children[1:], strict=False)
    return any(document.is_blank(after.start - 1) and after.start > before.start for before, after in pairs)


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


class RowForm(NamedTuple):
    """How a row of a table is written: the names of its columns, a row to copy, the widths of padded columns."""

    columns: tuple[str, ...]
    row: tuple[str, ...]
    has_edges: tuple[bool, bool]
    widths: tuple[int, ...]

    def line(self, cell: Callable[[str, str], str]) -> str:
        """Write a row; ``cell`` gives the text of a column by its name and by that cell of the copied row."""
        texts = [_in_cell(cell(name, old)) for name, old in zip(self.columns, self.row, strict=True)]
        padded = [text + " " * (width - _columns(text)) for text, width in zip(texts, self.widths, strict=True)]
        left, right = self.has_edges
        return f"{'| ' if left else ''}{' | '.join(padded)}{' |' if right else ''}"


def row_form_of(document: Document, table: Block, row: Block | None) -> RowForm:
    """Return the form of a table's rows after its newest one (None: it has none)."""
    head = next(block for block in table.walk() if block.kind == "tr")
    columns = tuple(cell.text for cell in head.children)
    cells = tuple(cell.text for cell in row.children) if row else ("",) * len(columns)
    line = document.lines[(row or head).start]
    delimiter = _CELL_EDGE.split(document.lines[head.start + 1].strip().strip("|"))
    edges = (line.lstrip().startswith("|"), line.rstrip().endswith("|"))
    padded = len({_columns(document.lines[at].rstrip()) for at in range(table.start, table.end)}) == 1
    if padded and all(edges) and len(delimiter) == len(columns) and table.end - table.start > 2:
        return RowForm(columns, cells, edges, tuple(len(part) - 2 for part in delimiter))
    return RowForm(columns, cells, edges, (0,) * len(columns))


def columns_of(document: Document, row: Block) -> tuple[str, ...]:
    """Return the names of the columns of the table that a row is in."""
    table = next(block for block in document.walk() if block.kind == "table" and row in block.walk())
    head = next(block for block in table.walk() if block.kind == "tr")
    return tuple(cell.text for cell in head.children)


def rows_of(table: Block) -> Sequence[Block]:
    """Return the rows of a table without its head."""
    return [block for block in table.walk() if block.kind == "tr"][1:]


def _in_cell(text: str) -> str:
    r"""Write text as a cell: ``|`` as ``\|``, nothing as ``-``."""
    return re.sub(r"(?<!\\)\|", r"\\|", one_line(text)) or "-"


def _columns(text: str) -> int:
    """Return the width of a text in a terminal: wide characters take two columns."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
