"""Markdown as positions: what stands on which lines, and one insertion that leaves every other byte.

Nothing is rendered again: a Markdown parser tells only where blocks begin and end. Each edit is parsed again and
must read as before but for what was put in.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_BOM = b"\xef\xbb\xbf"
_LINE = re.compile(rb"([^\r\n]*)(\r\n|\r|\n|\Z)")
_FRONT_MATTER = {"---": ("---", "..."), "+++": ("+++",)}
_KEY = re.compile(r"""["']?[\w.-]+["']?\s*[:=]|\[""")


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

    def walk(self) -> Iterator[Block]:
        """Return the block and everything in it, in the order of the file."""
        yield self
        for child in self.children:
            yield from child.walk()


class Document(NamedTuple):
    """A file taken apart: ``lines`` without their ends, ``offsets`` in bytes of their beginnings and of the end."""

    raw: bytes
    lines: tuple[str, ...]
    ends: tuple[str, ...]
    offsets: tuple[int, ...]
    blocks: tuple[Block, ...]

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


class Unreadable(NamedTuple):
    """A file that is no Markdown text: why, as a full sentence."""

    reason: str


def read_document(raw: bytes) -> Document | Unreadable:
    """Take a Markdown file apart. Front matter and a byte order mark are passed over."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return Unreadable("The file is UTF-16 text, not UTF-8.")
    body = raw.removeprefix(_BOM)
    try:
        body.decode()
    except UnicodeDecodeError as error:
        line = len(re.findall(rb"\r\n|\r|\n", body[: error.start])) + 1
        return Unreadable(f"The file is not UTF-8 text (line {line}).")
    if b"\0" in body:
        return Unreadable("The file has NUL bytes, so it is not text.")
    if marker := re.search(rb"(?m)^<{7} [^\r\n]*(?:\r\n|\r|\n)(?s:.*?)^>{7} ", body):
        line = len(re.findall(rb"\r\n|\r|\n", body[: marker.start()])) + 1
        return Unreadable(f"The file has the marks of a conflict that is not resolved (line {line}).")
    lines, ends, offsets = [], [], [len(raw) - len(body)]
    for match in _LINE.finditer(body):
        if match.end() == match.start():
            break
        lines.append(match[1].decode())
        ends.append(match[2].decode())
        offsets.append(offsets[-1] + match.end() - match.start())
    return Document(raw, tuple(lines), tuple(ends), tuple(offsets), _parse(lines))


def insert(old: bytes, offset: int, text: bytes) -> bytes:
    """Put ``text`` at ``offset``: the old bytes plus one insertion, nothing else."""
    new = old[:offset] + text + old[offset:]
    if len(new) != len(old) + len(text) or not 0 <= offset <= len(old):
        raise ValueError(f"no insertion: offset {offset} of {len(old)} bytes")
    return new


def insert_lines(document: Document, line: int, texts: Sequence[str]) -> bytes:
    """Put whole lines before ``line`` (from 0; the number of lines: at the end), with the neighbours' line end.

    A file without a final newline gets none.
    """
    end = document.line_end(line)
    if line == len(document.lines) and document.lines and not document.ends[-1]:
        added = "".join(end + text for text in texts)
    else:
        added = "".join(text + end for text in texts)
    return insert(document.raw, document.offsets[line], added.encode())


def remove_lines(document: Document, lines: range) -> bytes:
    """Take out whole lines (from 0); a file without a final newline keeps having none."""
    start, end = document.offsets[lines.start], document.offsets[lines.stop]
    if lines.stop == len(document.lines) and lines.start and not document.ends[-1]:
        start -= len(document.ends[lines.start - 1])
    return document.raw[:start] + document.raw[end:]


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


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt  # noqa: PLC0415  # 40 ms, and most commands write no document

    parser = MarkdownIt("commonmark").enable("table")
    parser.core.ruler.enableOnly(["normalize", "block"])  # places only: what is in a line is not looked at
    return parser


def _parse(lines: Sequence[str]) -> tuple[Block, ...]:
    hidden = _front_matter(lines)
    text = "\n".join(["" if at < hidden else line for at, line in enumerate(lines)])
    return _tree(_parser().parse(text), lines)


def _front_matter(lines: Sequence[str]) -> int:
    """Return the number of lines that are front matter: a marked head of ``key: value`` lines."""
    first = lines[0].rstrip() if lines else ""
    second = next((line for line in lines[1:] if line.strip()), "")
    if first not in _FRONT_MATTER or not _KEY.match(second):
        return 0
    closing = (at for at, line in enumerate(lines) if at and line.rstrip() in _FRONT_MATTER[first])
    return next(closing, -1) + 1


class _Open(NamedTuple):
    token: Token | None
    children: list[Block]
    texts: list[str]


def _tree(tokens: Sequence[Token], lines: Sequence[str]) -> tuple[Block, ...]:
    stack = [_Open(None, [], [])]
    for token in tokens:
        if token.type == "inline":
            stack[-1].texts.append(token.content)
        elif token.nesting > 0:
            stack.append(_Open(token, [], []))
        elif token.nesting < 0:
            closed = stack.pop()
            if closed.token is not None:
                block = _block(closed.token, closed.children, closed.texts, lines, stack[-1].token)
                stack[-1].children.append(block)
                if block.kind in ("paragraph_of_item", "th", "td"):
                    stack[-1].texts.append(block.text)
        else:
            stack[-1].children.append(_block(token, [], [token.content], lines, None))
    return tuple(stack[0].children)


def _block(token: Token, children: list[Block], texts: list[str], lines: Sequence[str], parent: Token | None) -> Block:
    kind = token.type.removesuffix("_open")
    if kind == "paragraph" and parent is not None and parent.type == "list_item_open":
        kind = "paragraph_of_item"
    start, end = token.map or (0, 0)
    while kind not in ("fence", "html_block") and end > start and not lines[end - 1].strip(" \t"):
        end -= 1
    if token.map is None and kind in ("th", "td"):
        start = end = -1  # cells have no lines of their own
    level = int(token.tag[1]) if kind == "heading" else 0
    return Block(kind, start, end, "\n".join(texts), level, token.markup, token.info, tuple(children))
