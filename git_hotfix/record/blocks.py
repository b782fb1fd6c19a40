"""The blocks of a report that the tool owns, and the tables in them.

A block stands between ``<!-- git-hotfix:NAME -->`` and ``<!-- /git-hotfix:NAME -->``. What is between the two is
replaced whole; every byte outside stays.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from git_hotfix.record.markdown import inline
from git_hotfix.record.markdown_reader import CELL_EDGE, Document, document_of
from git_hotfix.record.words import every_language

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from git_hotfix.record.markdown_reader import Heading
    from git_hotfix.record.words import Words


_TABLE_RULE = r"\|?[ \t]*:?-+:?[ \t]*(\|[ \t]*:?-+:?[ \t]*)+\|?"


def read_block(content: bytes, name: str) -> str | None:
    r"""Return what is between the sentinels of a block, its lines ended by ``\n``; None when there is no block."""
    document = document_of(content)
    lines = document.owned_block(name)
    return document.text(lines) if lines is not None else None


def replace_block(content: bytes, name: str, body: str, words: Words) -> bytes:
    r"""Put Markdown (lines ended by ``\n``) between the sentinels of a block, with the line ends of the file.

    A block that is missing, or that lost one of its sentinels, is made below its heading where the report has
    one in any language, else at the end, with the heading of ``words``: never an error. ``body`` is made by this
    package: no fences and no comments in it.
    """
    document = document_of(content)
    inside = ["", *body.strip("\n").split("\n"), ""]  # some renderers want a blank line between a comment and a table
    lines = document.owned_block(name)
    if lines is not None:
        return document.replaced(lines, inside)
    block = [f"<!-- git-hotfix:{name} -->", *inside, f"<!-- /git-hotfix:{name} -->"]
    document = with_last_end(document)
    heading = next(headings_of(document, name), None)
    if heading is not None:
        below = heading.line + 1
        return document.inserted(below, ["", *block, *([] if document.is_blank(below) else [""])])
    return insert_section(document, len(document.lines), [f"## {words.headings[name][0]}", "", *block])


def headings_of(document: Document, section: str) -> Iterator[Heading]:
    """Return the headings of a report that are a section's, in any language."""
    titles = {title.casefold() for words in every_language() for title in words.headings[section]}
    return (each for each in document.headings() if each.title.casefold() in titles)


def insert_section(document: Document, line: int, texts: Sequence[str]) -> bytes:
    """Put a section before a line (from 0) of a report, with blank lines around."""
    document = with_last_end(document)
    above = [] if document.is_blank(line - 1) else [""]
    below = [""] if line < len(document.lines) else []
    return document.inserted(line, [*above, *texts, *below])


def with_last_end(document: Document) -> Document:
    """Return a report whose last line has a line end."""
    if not document.ends or document.ends[-1]:
        return document
    return Document(document.raw + document.line_end(len(document.lines)).encode())


class Table(NamedTuple):
    """The table of a block: the two lines of its head (or none), and its rows, each beginning with ``|``."""

    head: tuple[str, ...]
    rows: tuple[str, ...]


def read_table(content: bytes, name: str, width: int) -> Table:
    """Return the table of a block; a line of people that is no row becomes one, with its words in the second column."""
    lines = [line.strip(" \t") for line in (read_block(content, name) or "").split("\n")]
    lines = [line for line in lines if line]
    ruled = next((at for at, line in enumerate(lines) if re.fullmatch(_TABLE_RULE, line)), None)
    head: tuple[str, ...] = ()
    if ruled is not None:
        head = tuple(lines[ruled - 1 : ruled + 1]) if ruled else ()
        del lines[max(0, ruled - 1) : ruled + 1]
    rows = (line if line.startswith("|") else f"| | {inline(line)} |{' |' * (width - 2)}" for line in lines)
    return Table(head, tuple(rows))


def cells_of(row: str) -> list[str]:
    """Return the texts of the cells of a row that begins with ``|``."""
    cells = [cell.strip(" \t") for cell in re.split(CELL_EDGE, row)][1:]
    return cells[:-1] if len(cells) > 1 and not cells[-1] else cells


def head_of(titles: Sequence[str]) -> tuple[str, str]:
    """Return the head of a table with these columns."""
    return row_of(*titles), row_of(*["---"] * len(titles))


def row_of(*cells: str) -> str:
    """Return a row of a table."""
    return f"| {' | '.join(cells)} |"
