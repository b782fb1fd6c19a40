"""Markdown as positions: what stands on which lines of a file. Nothing is ever rendered from it.

There are two readings. ``Document.blocks`` is CommonMark with tables, for changelogs and backlogs, which people keep in
forms of their own. For reports ``Document.headings`` and ``Document.owned_block`` look at lines alone: a fence or a
comment that somebody forgot to end must not hide the rest of a report, and no parser is loaded.
"""

from __future__ import annotations

import re
from functools import cache, cached_property, lru_cache
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

from git_hotfix.limits import MOST_BYTES
from git_hotfix.record.other_markup import as_markdown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from markdown_it import MarkdownIt
    from markdown_it.tree import SyntaxTreeNode

BOM = b"\xef\xbb\xbf"
LINE_END = rb"\r\n|\r|\n"
"""What ends a line of Markdown; U+2028, U+0085 and form feed, which ``splitlines`` knows, do not."""

_NESTED = 20
"""How deep the parser reads lists and quotations in each other, each list counting twice."""

_LINE = rb"([^\r\n]*)(\r\n|\r|\n|\Z)"
_CLOSINGS = {"---": ("---", "..."), "+++": ("+++",)}
_KEY = r"""["']?[\w.-]+["']?\s*[:=]|\["""
_HEADING = r" {0,3}(#{1,6})[ \t]+(?:[0-9]+[.)])?(.*)"
_FENCE = r" {0,3}(`{3,100}|~{3,100})(.*)"
_FENCE_END = r" {0,3}(?:`{3,}|~{3,})[ \t]*"
_COMMENT = r" {0,3}<!--"
_SENTINEL = r" {0,3}<!--[ \t]*(/?)git-hotfix:([a-z-]+)[ \t]*-->[ \t]*"
CELL_EDGE = r"(?<!\\)\|"
"""What parts the cells of a row."""


class Block(NamedTuple):
    """A block of Markdown on the lines ``start`` up to but without ``end`` (from 0, blank lines at the end cut).

    ``kind`` is the parser's name (heading, paragraph, bullet_list, ordered_list, list_item, table, tr, th, td,
    html_block, fence, …), ``text`` its own text as it is written, without the text of items in it; ``level`` that
    of a heading, ``markup`` its sign (``##``, ``-``, ``.``), ``number`` that of an ordered item.
    """

    kind: str
    start: int
    end: int
    text: str
    level: int
    markup: str
    number: str
    children: tuple[Block, ...]

    @property
    def rows(self) -> list[Block]:
        """The rows of a table, its head first."""
        return [block for block in self.walk() if block.kind == "tr"]

    def walk(self) -> Iterator[Block]:
        """Return the block and everything in it, in the order of the file."""
        yield self
        for child in self.children:
            yield from child.walk()


class Heading(NamedTuple):
    """A ``#`` heading of a report: its line (from 0), its level, its title without a number before it.

    ``end`` is the line behind its section: that of the next heading of its level or above.
    """

    line: int
    level: int
    title: str
    end: int


class Document:
    """A file taken apart: ``lines`` without their ends, ``offsets`` in bytes of their beginnings and of the end.

    What is not UTF-8 stays as surrogates in the lines; a byte order mark is in none of them.
    """

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        begin = len(raw) - len(raw.removeprefix(BOM))
        found = [(line, end) for line, end in re.compile(_LINE).findall(raw, begin) if line or end]
        self.lines: list[str] = [line.decode("utf-8", "surrogateescape") for line, _ in found]
        self.ends: list[str] = [end.decode() for _, end in found]
        self.offsets = [*accumulate((len(line) + len(end) for line, end in found), initial=begin)]

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """The blocks at the top of the file below its front matter, read as CommonMark with tables."""
        hidden = self.body if self._has_keys() else 0
        text = "\n".join(["" if at < hidden else line for at, line in enumerate(as_markdown(self.lines))])
        return _parse(text, self.lines)

    def walk(self) -> Iterator[Block]:
        """Return every block, in the order of the file."""
        for block in self.blocks:
            yield from block.walk()

    def is_blank(self, line: int) -> bool:
        """Whether a line (from 0) is empty, or beyond the file."""
        return not 0 <= line < len(self.lines) or not self.lines[line].strip(" \t")

    def line_end(self, line: int) -> str:
        """Return the line end for lines put before ``line``: that of the nearest line above with one, else below."""
        for near in (line - 1, line - 2, line):  # only the last line of a file may have none
            if 0 <= near < len(self.ends) and self.ends[near]:
                return self.ends[near]
        return "\n"

    def text(self, lines: range) -> str:
        r"""Return lines as text, each ended by ``\n``."""
        return "".join(f"{line}\n" for line in self.lines[lines.start : lines.stop])

    def replaced(self, lines: range, texts: Sequence[str]) -> bytes:
        """Return the file with whole lines in the place of others (from 0; none at all: before ``lines.start``).

        They have the line end of the first that is replaced, else of the nearest line. Behind the last line of the file
        the last line end may be taken out, or one put in: a file without a final newline keeps having none.
        """
        start, stop = self.offsets[lines.start], self.offsets[lines.stop]
        end = self.ends[lines.start] if lines and self.ends[lines.start] else self.line_end(lines.start)
        added = "".join(text + end for text in texts)
        if lines.stop == len(self.lines) and self.lines and not self.ends[-1]:
            if lines.start and (not texts or not lines):
                start -= len(self.ends[lines.start - 1])
                added = end + added if texts else added
            added = added.removesuffix(end)
        return self.raw[:start] + added.encode("utf-8", "surrogateescape") + self.raw[stop:]

    def inserted(self, line: int, texts: Sequence[str]) -> bytes:
        """Return the file with whole lines before ``line`` (from 0; the number of lines: at the end)."""
        return self.replaced(range(line, line), texts)

    @property
    def body(self) -> int:
        """The first line below the front matter, which is between two lines ``---`` or ``+++``; 0 without any."""
        closings = _CLOSINGS.get(self.lines[0].rstrip() if self.lines else "", ())
        return next((at for at, line in enumerate(self.lines) if at and line.rstrip() in closings), -1) + 1

    def _has_keys(self) -> bool:
        """Whether a mark at the beginning has a key below it: else it is a rule."""
        return bool(re.match(_KEY, next((line for line in self.lines[1:] if line.strip()), "")))

    def headings(self) -> list[Heading]:
        """Return the headings of a report that are in no fence and no long comment."""
        found: list[Heading] = []
        ends = [len(self.lines)] * 7  # by level, read upwards
        for at in reversed(self._open_lines):
            if match := re.fullmatch(_HEADING, self.lines[at]):
                level = len(match[1])
                found.append(Heading(at, level, _title(match[2]), ends[level]))
                ends[level:] = [at] * (7 - level)
        return found[::-1]

    def owned_block(self, name: str) -> range | None:
        """Return the lines between the first ``<!-- git-hotfix:NAME -->`` and ``<!-- /git-hotfix:NAME -->``.

        Each sentinel is alone on its line; no other is between the two; in fenced code they are quoted text.
        """
        opened = None
        for at in (each for each in self._open_lines if "git-hotfix:" in self.lines[each]):
            if match := re.fullmatch(_SENTINEL, self.lines[at]):
                if match[1] and match[2] == name and opened is not None:
                    return range(opened + 1, at)
                opened = at if not match[1] and match[2] == name else None
        return None

    def is_sentinel(self, line: int) -> bool:
        """Whether a line (from 0) begins or ends a block that the tool owns."""
        return re.fullmatch(_SENTINEL, self.lines[line]) is not None

    @cached_property
    def _open_lines(self) -> list[int]:
        """The lines below the front matter that are in no fence and no long comment.

        A fence or comment that never ends is taken as text: else a forgotten one would hide every block after it.
        """
        found: list[int] = []
        at, ends = self.body, _ends(self.lines)
        while at < len(self.lines):
            if at not in ends:
                found.append(at)
            at = ends.get(at, at) + 1
        return found


def _ends(lines: Sequence[str]) -> dict[int, int]:
    """Return on which line each fence and each comment ends, by the line it begins on; a sentinel is in no comment.

    Read upwards, once: a hostile file has any number of them that never end.
    """
    ends: dict[int, int] = {}
    fences: dict[str, list[int]] = {"`": [0] * 101, "~": [0] * 101}  # by length: the next line that ends such a one
    arrow = sentinel = len(lines)
    for at in range(len(lines) - 1, -1, -1):
        line = lines[at]
        if "--" not in line and "```" not in line and "~~~" not in line:
            continue
        fence = re.fullmatch(_FENCE, line)
        if fence is not None and not (fence[1].startswith("`") and "`" in fence[2]):
            if end := fences[fence[1][0]][len(fence[1])]:
                ends[at] = end
        elif re.match(_COMMENT, line) and "-->" not in line and arrow < sentinel:
            ends[at] = arrow
        if re.fullmatch(_FENCE_END, line):
            mark = line.strip(" \t")[:100]
            fences[mark[0]][: len(mark) + 1] = [at] * (len(mark) + 1)
        arrow = at if "-->" in line else arrow
        sentinel = at if re.fullmatch(_SENTINEL, line) else sentinel
    return ends


def _title(text: str) -> str:
    """Return the title of a heading without the signs that may close it."""
    text = text.strip(" \t")
    opened = text.rstrip("#")
    return opened.rstrip(" \t") if opened.endswith((" ", "\t")) else text


@lru_cache(maxsize=8)  # a report is read in several ways, one after the other
def document_of(raw: bytes) -> Document:
    """Take a file apart, once for the same bytes."""
    return Document(raw)


class Unclear(Exception):
    """A file that cannot be understood: why, as a full sentence."""


@lru_cache(maxsize=8)  # a run plans the same edit several times, and each edit is read again
def read_document(raw: bytes) -> Document:
    """Take a file of people apart; what is no Markdown text, and what is too large, is unclear."""
    if len(raw) > MOST_BYTES:
        raise Unclear(f"The file has {len(raw):,} bytes, and {MOST_BYTES:,} are read.")
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Unclear("The file is UTF-16 text, not UTF-8.")
    try:
        raw.decode()
    except UnicodeDecodeError as error:
        line = len(re.findall(LINE_END, raw[: error.start])) + 1
        raise Unclear(f"The file is not UTF-8 text (line {line}).") from error
    if b"\0" in raw:
        raise Unclear("The file has NUL bytes, so it is not text.")
    document = document_of(raw)
    marks = (at for at, line in enumerate(document.lines) if line.startswith("<<<<<<< "))
    mark = next(marks, len(document.lines))
    if any(line.startswith(">>>>>>> ") for line in document.lines[mark:]):
        raise Unclear(f"The file has the marks of a conflict that is not resolved (line {mark + 1}).")
    return document


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt  # noqa: PLC0415  # 17 ms, and most commands write no document

    parser = MarkdownIt("commonmark", {"maxNesting": _NESTED}).enable("table")
    parser.core.ruler.enableOnly(["normalize", "block"])  # places only: what is in a line is not looked at
    return parser


def _parse(text: str, lines: Sequence[str]) -> tuple[Block, ...]:
    from markdown_it.tree import SyntaxTreeNode  # noqa: PLC0415  # as above

    return tuple(_block(node, lines) for node in SyntaxTreeNode(_parser().parse(text)).children)


def _block(node: SyntaxTreeNode, lines: Sequence[str]) -> Block:
    kind = node.type
    if kind in ("list_item", "blockquote") and node.level >= _NESTED - 1:
        line = node.map[0] + 1 if node.map else 1
        raise Unclear(f"The file has lists and quotations in each other deeper than is read (line {line}).")
    if kind == "paragraph" and node.parent is not None and node.parent.type == "list_item":
        kind = "paragraph_of_item"
    children: list[Block] = []
    texts = [] if node.children else [node.content]
    for each in node.children:
        if each.type == "inline":
            texts.append(each.content)
        else:
            children.append(_block(each, lines))
            texts += [children[-1].text] * (children[-1].kind in ("paragraph_of_item", "th", "td"))
    start, end = node.map or (0, 0)
    while kind not in ("fence", "html_block") and end > start and not lines[end - 1].strip(" \t"):
        end -= 1
    if node.map is None and kind in ("th", "td"):
        start = end = -1  # cells have no lines of their own
    level = int(node.tag[1]) if kind == "heading" else 0
    return Block(kind, start, end, "\n".join(texts), level, node.markup, node.info, tuple(children))
