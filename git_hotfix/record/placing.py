"""A place for an entry: before which line, in which form, below which heading; and the insertion, looked at again."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from git_hotfix.record.edit_results import Inserted, NotUnderstood
from git_hotfix.record.entries import is_text
from git_hotfix.record.forms import LISTS, ItemForm, RowForm, form_of
from git_hotfix.record.splice import Block, Document, Unreadable, insert_lines, read_document, reads_as_before
from git_hotfix.record.titles import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence


class Place(NamedTuple):
    """Before which line (from 0) an entry goes, with which lines around it, in which form, below which heading."""

    line: int
    form: ItemForm | RowForm
    heading: Block | str | None
    """The heading right above it, as a block of the file or as the text of one that is made with it."""
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()


class Unclear(NamedTuple):
    """No place can be told: why, as a full sentence."""

    reason: str


class Section(NamedTuple):
    """A heading, and what is below it up to the next heading that ends it."""

    heading: Block
    blocks: tuple[Block, ...]

    @property
    def own(self) -> tuple[Block, ...]:
        """What is above the first heading below this one."""
        at = next((at for at, block in enumerate(self.blocks) if block.kind == "heading"), len(self.blocks))
        return self.blocks[:at]

    @property
    def headings(self) -> tuple[Block, ...]:
        """The headings below this one."""
        return tuple(block for block in self.blocks if block.kind == "heading")

    @property
    def end(self) -> int:
        """The line behind its content: separators and anchors at the end belong to what follows."""
        blocks = list(self.blocks)
        while blocks and (blocks[-1].kind == "hr" or is_anchor(blocks[-1])):
            blocks.pop()
        return blocks[-1].end if blocks else self.heading.end

    def part(self, heading: Block) -> Section:
        """Return the section of a heading below this one."""
        at = self.blocks.index(heading)
        return section_of(self.blocks, at)


def is_anchor(block: Block) -> bool:
    """Whether a block is the ``<a name="…"></a>`` of the heading below it."""
    return (
        block.kind in ("html_block", "paragraph")
        and block.text.startswith(("<a ", "<a\n"))
        and (block.text.rstrip().endswith(("</a>", "/>")))
    )


def section_of(blocks: Sequence[Block], at: int, ends: Callable[[Block], bool] | None = None) -> Section:
    """Return the section of the heading at index ``at``: up to a heading of its level or above, or one of ``ends``."""
    heading = blocks[at]
    behind = at + 1
    while behind < len(blocks):
        block = blocks[behind]
        if block.kind == "heading" and (ends(block) if ends else block.level <= heading.level):
            break
        behind += 1
    return Section(heading, tuple(blocks[at + 1 : behind]))


def outline(document: Document, is_title: Callable[[str], bool]) -> tuple[Block, ...]:
    """Return the blocks at the top of a file; a bold line that is a title counts as a heading of level 7."""
    return tuple(_as_heading(block, is_title) for block in document.blocks)


def _as_heading(block: Block, is_title: Callable[[str], bool]) -> Block:
    text = block.text
    if block.kind != "paragraph" or block.end - block.start != 1 or not is_title(text):
        return block
    if text.startswith(("**", "__")) and text.rstrip(":").endswith(("**", "__")):
        return block._replace(kind="heading", level=7, markup="**")
    return block._replace(kind="heading", level=7, markup=":") if text.endswith(":") else block


class Spacing(NamedTuple):
    """How many blank lines stand above and below headings."""

    above: int
    below: int


def spacing(document: Document, headings: Sequence[Block]) -> Spacing:
    """Return how headings are set apart: as most of them are (anchors above them aside), by 1 line without any."""
    tops = [block.start for block in headings if block.start > 0]
    tops = [line for line in tops if not document.lines[line - 1].startswith("<a ")]
    above = [_blanks(document, range(line - 1, -1, -1)) for line in tops]
    below = [_blanks(document, range(block.end, len(document.lines))) for block in headings]
    return Spacing(*(max(sorted(found), key=found.count, default=1) for found in (above, below)))


def _blanks(document: Document, lines: range) -> int:
    """Count the blank lines up to the first that is none (at most 3; none counts as 1 at the end of the file)."""
    count = next((at for at, line in enumerate(lines) if not document.is_blank(line)), None)
    return 1 if count is None else min(count, 3)


def gap(document: Document, line: int, wanted: int) -> tuple[str, ...]:
    """Return the blank lines to write beside ``line`` (from 0), which may be blank already."""
    return () if document.is_blank(line) else ("",) * wanted


def heading_like(document: Document, neighbour: Block, text: str) -> tuple[str, ...]:
    """Write a heading as ``neighbour`` is written: level, setext or not, closing signs, bold."""
    line = document.lines[neighbour.start]
    if neighbour.markup == "**":
        mark = line.strip()[:2]
        colon = ":" if line.strip().endswith(":") else ":" if line.strip().endswith(f":{mark}") else ""
        return (f"{mark}{text}{colon}{mark}" if line.strip().endswith(mark) else f"{mark}{text}{mark}{colon}",)
    if neighbour.markup == ":":
        return (f"{text}:",)
    if neighbour.markup in ("=", "-"):
        return (text, neighbour.markup * max(3, len(text)))
    closing = neighbour.markup if line.rstrip().endswith("#") else ""
    return (f"{neighbour.markup} {text} {closing}".rstrip(),)


def end_of_list(document: Document, block: Block, heading: Block | str | None) -> Place:
    """Return the place behind the last item of a list."""
    form = form_of(document, block)
    return Place(block.end, form, heading, before=("",) if form.is_loose else ())


def below_heading(document: Document, section: Section, form: ItemForm, style: Spacing) -> Place:
    """Return the place of the first item of a section that has no list: below its heading and its text."""
    own = [block for block in section.own if block.kind != "hr" and not is_anchor(block)]
    line = own[-1].end if own else section.heading.end
    before = ("",) * max(style.below, bool(own))
    after = gap(document, line, max(style.above, bool(own)))
    return Place(line, form, section.heading, before, after)


def any_form(document: Document, line: int = 0) -> ItemForm:
    """Return the form of the nearest list above ``line`` (from 0), else of the first one of the file."""
    lists = [block for block in document.blocks if block.kind == "bullet_list"]
    above = [block for block in lists if block.start < line]
    block = above[-1] if above else next(iter(lists), None)
    return form_of(document, block)._replace(is_loose=False, task="") if block else ItemForm()


def put(document: Document, place: Place, lines: Sequence[str], text: str | None) -> Inserted | NotUnderstood:
    """Make the insertion and look at the result: the entry is where it should be, all else reads as before.

    ``text`` is the entry's own; None for lines that a person wrote, which may be several entries.
    """
    whole = (*place.before, *lines, *place.after)
    content = insert_lines(document, place.line, whole)
    after = read_document(content)
    line = place.line + len(place.before)
    if isinstance(after, Unreadable):
        return NotUnderstood(after.reason, "\n".join(lines))
    added = range(place.line, place.line + len(whole))
    found = any(text is None or says(block, text) for block in after.walk() if block.start == line)
    if found and reads_as_before(document, after, added) and _is_below(after, line, place.heading):
        return Inserted(content, line + 1)
    reason = "The entry would not stand where it belongs: what is around it makes something else of it."
    return NotUnderstood(reason, "\n".join(lines))


_ENTRIES = ("list_item", "tr", "paragraph")
_TASK = re.compile(r"\[[ xX]\][ \t]+")


def says(block: Block, text: str) -> bool:
    """Whether an item, a row or a paragraph is word for word ``text`` (a row: one of its cells), with nothing in it."""
    if block.kind == "tr":
        return any(is_text(cell.text, text.replace("\\|", "|")) for cell in block.children)
    if block.kind == "list_item" and len(block.children) != 1:
        return False
    return block.kind in _ENTRIES and is_text(_TASK.sub("", block.text, count=1), text)


def _is_below(document: Document, line: int, heading: Block | str | None) -> bool:
    """Whether ``heading`` is the nearest one above a line (from 0)."""
    if heading is None:
        return True
    title = plain(heading if isinstance(heading, str) else heading.text)
    for block in reversed(document.blocks):
        if block.start < line and (block.kind == "heading" or plain(block.text) == title):
            return plain(block.text) == title
    return False


def entries(document: Document) -> Iterator[Block]:
    """Return what may be an entry: items without what is nested in them, rows, paragraphs, headings, raw HTML."""
    for block in document.walk():
        if block.kind in (*_ENTRIES, "heading") or (block.kind == "html_block" and not _is_comment(block)):
            yield block


def _is_comment(block: Block) -> bool:
    return block.text.lstrip().startswith("<!--")


def lists_in(blocks: Sequence[Block]) -> list[Block]:
    """Return the lists among blocks."""
    return [block for block in blocks if block.kind in LISTS]


def tables_in(blocks: Sequence[Block]) -> list[Block]:
    """Return the tables among blocks."""
    return [block for block in blocks if block.kind == "table"]
