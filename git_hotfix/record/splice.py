"""Lines put into a Markdown file, taken out or replaced; every other byte stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from git_hotfix.record.markdown_reader import Block, Document


def replace_lines(document: Document, lines: range, texts: Sequence[str]) -> bytes:
    """Put whole lines in the place of others (from 0), with the line end of these or else of their neighbours.

    A file without a final newline keeps having none.
    """
    start, stop = document.offsets[lines.start], document.offsets[lines.stop]
    end = document.ends[lines.start] if lines and document.ends[lines.start] else document.line_end(lines.start)
    added = "".join(text + end for text in texts)
    if lines.stop == len(document.lines) and document.lines and not document.ends[-1]:
        if lines.start and (not texts or not lines):
            start -= len(document.ends[lines.start - 1])
            added = end + added if texts else added
        added = added.removesuffix(end)
    return document.raw[:start] + added.encode("utf-8", "surrogateescape") + document.raw[stop:]


def insert_lines(document: Document, line: int, texts: Sequence[str]) -> bytes:
    """Put whole lines before ``line`` (from 0; the number of lines: at the end)."""
    return replace_lines(document, range(line, line), texts)


def remove_lines(document: Document, lines: range) -> bytes:
    """Take out whole lines (from 0)."""
    return replace_lines(document, lines, ())


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
