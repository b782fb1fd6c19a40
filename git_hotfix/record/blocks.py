"""The blocks of a report that the tool owns.

A block stands between ``<!-- git-hotfix:NAME -->`` and ``<!-- /git-hotfix:NAME -->``. Each sentinel is
alone on its line. Fenced code does not count, so a report may quote a report. What is between the two is
replaced whole; every byte outside stays.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from git_hotfix.record.frontmatter import body_line, line_end, lines_of
from git_hotfix.record.words import EN, LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from git_hotfix.record.words import Words

_SENTINEL = re.compile(rb" {0,3}<!--[ \t]*(/?)git-hotfix:([a-z-]+)[ \t]*-->[ \t]*\r?\n?")
_FENCE = re.compile(rb" {0,3}(`{3,}|~{3,})([^\n]*)\n?")
_COMMENT = re.compile(rb" {0,3}<!--")
_HEADING = re.compile(rb" {0,3}#{1,6}[ \t]+(?:\d+[.)][ \t]*)?([^\n]*?)[ \t]*(?:[ \t]#+)?[ \t]*\r?\n?")


def read_block(content: bytes, name: str) -> bytes | None:
    """Return what is between the sentinels of a block, as it stands; None when there is no such block."""
    lines = lines_of(content)
    found = _find(lines, name)
    return b"".join(lines[found[0] + 1 : found[1]]) if found else None


def replace_block(content: bytes, name: str, body: str, words: Words = EN) -> bytes:
    r"""Put Markdown (lines ended by ``\n``) between the sentinels of a block, with the line ends of the file.

    A block that is missing, or that lost one of its sentinels, is made below its heading where the report has
    one in any language, else at the end, with the heading of ``words``: never an error. ``body`` is made by this
    package: no fences and no comments in it.
    """
    lines = lines_of(content)
    found = _find(lines, name)
    if found is not None:
        start, stop = found
        return b"".join([*lines[: start + 1], *_inside(body, line_end(lines[start])), *lines[stop:]])
    end = line_end(lines[0]) if lines else b"\n"
    block = [
        f"<!-- git-hotfix:{name} -->".encode() + end,
        *_inside(body, end),
        f"<!-- /git-hotfix:{name} -->".encode() + end,
    ]
    return b"".join(_inserted(lines, name, block, end, words))


def _inside(body: str, end: bytes) -> list[bytes]:
    """Return the lines of a body, a blank one around: some renderers want it between a comment and a table."""
    lines = body.strip("\n").encode("utf-8", "surrogateescape").split(b"\n")
    return [end, *(line + end for line in lines), end]


def _inserted(lines: list[bytes], name: str, block: list[bytes], end: bytes, words: Words) -> list[bytes]:
    headings = {heading.casefold() for each in LANGUAGES.values() for heading in each.headings[name]}
    if lines and not lines[-1].endswith(b"\n"):
        lines = [*lines[:-1], lines[-1] + end]
    for index in plain_lines(lines):
        match = _HEADING.fullmatch(lines[index])
        if match and match[1].decode(errors="replace").casefold() in headings:
            rest = lines[index + 1 :]
            space = [end] if rest and rest[0].strip() else []
            return [*lines[: index + 1], end, *block, *space, *rest]
    space = [end] if lines and lines[-1].strip() else []
    return [*lines, *space, f"## {words.headings[name][0]}".encode() + end, end, *block]


def _find(lines: list[bytes], name: str) -> tuple[int, int] | None:
    """Return the indexes of the first pair of sentinels with no other sentinel between them."""
    opened = None
    for index in plain_lines(lines):
        match = _SENTINEL.fullmatch(lines[index])
        if match is None:
            continue
        is_ours = match[2].decode() == name
        if match[1] and is_ours and opened is not None:
            return opened, index
        opened = index if is_ours and not match[1] else None
    return None


def plain_lines(lines: list[bytes]) -> Iterator[int]:
    """Return the indexes of the lines below the front matter that are in no fence and no long comment.

    A fence or comment that never ends is taken as text: else a forgotten one would hide every block after it.
    """
    index = body_line(lines)
    while index < len(lines):
        last = _end_of_fence(lines, index)
        if last is None:
            last = _end_of_comment(lines, index)
        if last is None:
            yield index
            last = index
        index = last + 1


def _end_of_fence(lines: list[bytes], index: int) -> int | None:
    match = _FENCE.fullmatch(lines[index])
    if match is None or (match[1].startswith(b"`") and b"`" in match[2]):
        return None
    closing = re.compile(rb" {0,3}%b{%d,}[ \t]*\r?\n?" % (match[1][:1], len(match[1])))
    return next((at for at in range(index + 1, len(lines)) if closing.fullmatch(lines[at])), None)


def _end_of_comment(lines: list[bytes], index: int) -> int | None:
    if not _COMMENT.match(lines[index]) or b"-->" in lines[index]:
        return None
    for at in range(index + 1, len(lines)):
        if _SENTINEL.fullmatch(lines[at]):
            return None  # the author forgot to end the comment: our sentinel is no part of it
        if b"-->" in lines[at]:
            return at
    return None
