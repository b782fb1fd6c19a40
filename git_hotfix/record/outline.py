"""The outline of a changelog or backlog: sections by their headings, and how headings are set apart and written."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, Literal, NamedTuple

from git_hotfix.record.entry_style import LISTS, ItemStyle, item_style, row_style
from git_hotfix.record.splice import Place

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from git_hotfix.record.markdown_reader import Block, Document

BOLD = 7
"""The level of a bold line that is a title."""


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
    def lists(self) -> list[Block]:
        """The lists right below the heading."""
        return lists_in(self.own)

    @property
    def tables(self) -> list[Block]:
        """The tables right below the heading."""
        return [block for block in self.own if block.kind == "table"]

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
        return section_of(self.blocks, self.blocks.index(heading))


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


class Outline:
    """The blocks at the top of a file; a bold line that is a title counts as a heading of level ``BOLD``."""

    of: Literal["backlog", "changelog"]

    def __init__(self, document: Document, is_title: Callable[[str], bool]) -> None:
        self.document = document
        self.blocks = tuple(_as_heading(block, is_title) for block in document.blocks)

    @cached_property
    def headings(self) -> list[Block]:
        """Every heading of the file."""
        return [block for block in self.blocks if block.kind == "heading"]

    @cached_property
    def spacing(self) -> tuple[int, int]:
        """How many blank lines stand above and below headings: as most have it, 1 where there is none."""
        document, headings = self.document, [block for block in self.headings if block.level > 1]
        tops = [block.start for block in headings if block.start > 0]
        tops = [line for line in tops if not document.lines[line - 1].startswith("<a ")]
        above = [_blanks(document, range(line - 1, -1, -1)) for line in tops]
        below = [_blanks(document, range(block.end, len(document.lines))) for block in headings]
        return _most(above), _most(below)

    def gap(self, line: int, wanted: int) -> tuple[str, ...]:
        """Return the blank lines to write beside ``line`` (from 0), which may be blank already."""
        return () if self.document.is_blank(line) else ("",) * wanted

    def beside(self, section: Section, block: Block, *, is_first: bool = False) -> Place:
        """Return the place of an entry in a list or table of a section: behind its last one, or above its first."""
        at = 0 if is_first else -1
        if block.kind == "table":
            row = next(iter(block.rows[1:][at:][:1]), None)
            line = row.start if is_first and row else block.end
            return Place(line, row_style(self.document, block, row, self.of), section.heading.text)
        item = block.children[at]
        style = item_style(self.document, block, item)
        apart, line = ("",) * style.is_loose, item.start if is_first else block.end
        before, after = ((), apart) if is_first else (apart, ())
        return Place(line, style, section.heading.text, before, after, item.text)

    def below_heading(self, section: Section, style: ItemStyle) -> Place:
        """Return the place of the first item of a section that has no list: below its heading and its text."""
        above, below = self.spacing
        own = [block for block in section.own if block.kind != "hr" and not is_anchor(block)]
        line = own[-1].end if own else section.heading.end
        after = self.gap(line, max(above, bool(own)))
        return Place(line, style, section.heading.text, ("",) * max(below, bool(own)), after)

    def below_new_heading(self, line: int, heading: tuple[str, ...], style: ItemStyle) -> Place:
        """Return the place of the first item of a section whose heading is made with it, before ``line`` (from 0)."""
        above, below = self.spacing
        before = (*self.gap(line - 1, above), *heading, *("",) * below)
        return Place(line, style, title_of(heading), before, self.gap(line, above))

    def heading_like(self, neighbour: Block, text: str) -> tuple[str, ...]:
        """Write a heading as ``neighbour`` is written: level, setext or not, closing signs, bold."""
        line = self.document.lines[neighbour.start].strip()
        match neighbour.markup:
            case "**":
                mark = line[:2]
                colon = ":" if line.endswith((":", f":{mark}")) else ""
                return (f"{mark}{text}{colon}{mark}" if line.endswith(mark) else f"{mark}{text}{mark}{colon}",)
            case ":":
                return (f"{text}:",)
            case "=" | "-":
                return (text, self.document.lines[neighbour.end - 1].strip()[0] * max(3, len(text)))
            case _:
                signs = re.split(r"[ \t]", line, maxsplit=1)[0]
                return (f"{signs} {text} {signs if line.endswith(signs[0]) else ''}".rstrip(),)


def title_of(heading: tuple[str, ...]) -> str:
    """Return the text of a heading from its lines."""
    return re.sub(r"^[#=]+\s+|\s+[#=]+$", "", heading[0].strip())


def lists_in(blocks: Sequence[Block]) -> list[Block]:
    """Return the lists among blocks."""
    return [block for block in blocks if block.kind in LISTS]


def is_anchor(block: Block) -> bool:
    """Whether a block is the ``<a name="…"></a>`` (``.. _…:``, ``[[…]]``) of the heading below it."""
    if block.kind == "paragraph" and re.fullmatch(r"\.\. _[^\n]+:|\[(?:\[[^\n]+\]|#[^\n]+)\]", block.text):
        return True
    is_link = block.text.startswith(("<a ", "<a\n")) and block.text.rstrip().endswith(("</a>", "/>"))
    return is_link and block.kind in ("html_block", "paragraph")


def _as_heading(block: Block, is_title: Callable[[str], bool]) -> Block:
    text = block.text
    if block.kind != "paragraph" or block.end - block.start != 1 or not is_title(text):
        return block
    if text.startswith(("**", "__")) and text.rstrip(":").endswith(("**", "__")):
        return block._replace(kind="heading", level=BOLD, markup="**")
    return block._replace(kind="heading", level=BOLD, markup=":") if text.endswith(":") else block


def _blanks(document: Document, lines: range) -> int:
    """Count the blank lines up to the first that is none (at most 3; none counts as 1 at the end of the file)."""
    count = next((at for at, line in enumerate(lines) if not document.is_blank(line)), None)
    return 1 if count is None else min(count, 3)


def _most(counts: list[int]) -> int:
    return max(sorted(counts), key=counts.count, default=1)
