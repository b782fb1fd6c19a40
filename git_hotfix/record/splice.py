"""Lines put into a Markdown file, taken out or replaced, while every other byte stays; what an edit comes to.

What was put into a file of people is read again: it must stand where it belongs, and all else must read as before.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct

from git_hotfix.escapes import one_line
from git_hotfix.record.entry_style import ItemStyle, RowStyle
from git_hotfix.record.headings import Column, plain
from git_hotfix.record.markdown import has_name, unlinked
from git_hotfix.record.markdown_reader import LINE_END, Unclear, read_document

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from git_hotfix.record.markdown_reader import Block, Document

_TASK = r"\[[ xX]\][ \t]+"
_ENTRIES = ("list_item", "tr", "paragraph")


class Inserted(Struct, frozen=True):
    """The whole new file, and the line (from 1) where the entry begins in it."""

    content: bytes
    line: int


class AlreadyThere(Struct, frozen=True):
    """Nothing to do: what is wanted stands at ``line`` (from 1), filed under a version that is out or not."""

    line: int
    is_released: bool = False


class NotUnderstood(Struct, frozen=True):
    """The file is left as it is: why, as a full sentence, and the line that a person should add."""

    reason: str
    line_to_add: str


class LeftAlone(Struct, frozen=True):
    """Nothing belongs into the file by hand: why, as a full sentence."""

    reason: str


Edit = Inserted | AlreadyThere | NotUnderstood | LeftAlone


def edit_or_leave(edit: Callable[[], Edit], line_to_add: str, content: bytes = b"", mark: str = "") -> Edit:
    """Return what an edit comes to: a file in which it is unclear where the line belongs is left as it is.

    What is there is there, however unclear the rest: a line of ``content`` that has ``mark`` as a whole word.
    """
    try:
        return edit()
    except Unclear as unclear:
        lines = re.split(LINE_END, content) if mark and mark.encode() in content else []
        found = (at for at, line in enumerate(lines, 1) if has_name(line.decode(errors="replace"), mark))
        if at := next(found, None):
            return AlreadyThere(at)
        return NotUnderstood(str(unclear), line_to_add)


class Place(NamedTuple):
    """Before which line (from 0) an entry goes, with which lines around it, in which style, below which heading."""

    line: int
    style: ItemStyle | RowStyle
    heading: str
    """The text of the heading right above it, which may be made with it."""
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    neighbour: str = ""
    """The text of the item that it stands beside, if it does."""


def put_entry(
    document: Document,
    place: Place,
    text: Callable[[frozenset[Column]], str],
    cell: Callable[[Column, str, str], str],
    *,
    what: str,
    is_done: bool = True,
) -> Inserted:
    """Write an entry in the style of its place, as an item or as a row.

    ``text`` returns its words, without what has one of these columns of its own; ``cell`` the text of any other column
    by what it is for, its name and that cell of the copied row. ``what`` says what the entry tells, for a refusal;
    ``is_done`` whether its checkbox, if items have one, is ticked.
    """
    match place.style:
        case ItemStyle() as style:
            words = text(frozenset())
            return put(document, place, style.ticked(is_done=is_done).lines(words), words)
        case RowStyle() as style:
            columns = frozenset(filter(None, style.columns))
            if Column.TASK not in columns:
                raise Unclear(f"The table has no known column for {what}.")
            words = text(columns)

            def cell_of(column: Column | None, name: str, old: str) -> str:
                return words if column is Column.TASK else cell(column, name, old) if column else ""

            return put(document, place, [style.line(cell_of)], words)


def put(document: Document, place: Place, lines: Sequence[str], text: str | None) -> Inserted:
    """Make an insertion and look at the result: the entry is where it should be, all else reads as before.

    ``text`` is the entry's own; None for lines that a person wrote, which may be several entries.
    """
    whole = (*place.before, *lines, *place.after)
    content = document.inserted(place.line, whole)
    after = read_document(content)
    line = place.line + len(place.before)
    added = range(place.line, place.line + len(whole))
    found = any(text is None or says(block, text) for block in after.walk() if block.start == line)
    if found and reads_as_before(document, after, added) and _is_below(after, line, place.heading):
        return Inserted(content, line + 1)
    raise Unclear("The entry would not stand where it belongs: what is around it makes something else of it.")


def _is_below(document: Document, line: int, heading: str) -> bool:
    """Whether ``heading`` is the nearest one above a line (from 0)."""
    title = plain(heading)
    above = (block for block in reversed(document.blocks) if block.start < line)
    nearest = next((block for block in above if block.kind == "heading" or plain(block.text) == title), None)
    return nearest is not None and plain(nearest.text) == title


def reads_as_before(before: Document, after: Document, added: range) -> bool:
    """Whether two files read the same but for the lines ``added`` (from 0) of the second.

    Compared are kind, text and level of every block; a list may become loose and two lists one.
    """
    return list(_reading(before.walk(), range(0))) == list(_reading(after.walk(), added))


def _reading(blocks: Iterable[Block], left_out: range) -> Iterator[tuple[str, int, str]]:
    silent = ("bullet_list", "ordered_list", "table", "thead", "tbody", "th", "td", "paragraph_of_item")
    for block in blocks:
        if block.kind not in silent and block.start not in left_out:
            yield block.kind, block.level, block.text


def says(block: Block, text: str) -> bool:
    """Whether an item, a row or a paragraph is word for word ``text`` (a row: one of its cells), with nothing in it."""
    if block.kind == "tr":
        return any(_is_text(cell.text, text.replace("\\|", "|")) for cell in block.children)
    if block.kind == "list_item" and len(block.children) != 1:
        return False
    return block.kind in _ENTRIES and _is_text(re.sub(_TASK, "", block.text, count=1), text)


def _is_text(found: str, text: str) -> bool:
    """Whether the text of an entry is word for word the one that the tool writes, wrapped or not, linked or not."""
    return unlinked(re.sub(r"[ \t\r\n]+", " ", found).strip()) == unlinked(one_line(text))


def entries(document: Document) -> Iterator[Block]:
    """Return what may be an entry: items without what is nested in them, rows, paragraphs, headings, raw HTML."""
    for block in document.walk():
        is_html = block.kind == "html_block" and not block.text.lstrip().startswith("<!--")
        if is_html or block.kind in (*_ENTRIES, "heading"):
            yield block
