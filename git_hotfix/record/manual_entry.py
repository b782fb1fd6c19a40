"""What a fix wrote into the changelog by hand: read from the change of the file, put into another branch's file."""

from __future__ import annotations

import re
import textwrap
from contextlib import suppress
from typing import TYPE_CHECKING

from git_hotfix.record.changelog_layout import Changelog, place_for
from git_hotfix.record.entry_style import LISTS, ItemStyle
from git_hotfix.record.headings import is_unreleased, is_version, kind_of
from git_hotfix.record.markdown_reader import LINE_END, Document, Unclear, read_document
from git_hotfix.record.splice import AlreadyThere, Edit, Inserted, NotUnderstood, Place, edit_or_leave, put

if TYPE_CHECKING:
    from collections.abc import Sequence


def inserted_text(before: bytes, after: bytes) -> bytes | None:
    """Return the lines that ``after`` has more than ``before``; None when it is not ``before`` with lines put in."""
    old, new = _lines(before), _lines(after)
    count = len(new) - len(old)
    if count <= 0:
        return None
    if old and (end := re.search(LINE_END, new[len(old) - 1])) and old[-1] + end[0] == new[len(old) - 1]:
        old[-1] += end[0]  # the last line had no end, and has one now that something follows it
    same = next((at for at, (was, now) in enumerate(zip(old, new, strict=False)) if was != now), len(old))
    if new[same + count :] != old[same:]:
        return None
    start = same
    while start > 0 and not new[start].strip() and old[start - 1] == new[start + count - 1]:
        start -= 1  # the same insertion, counted from its first line with words
    start = start if new[start].strip() else same
    return b"".join(new[start : start + count])


def _lines(content: bytes) -> list[bytes]:
    """Split at line ends of Markdown, and keep them."""
    return re.findall(rb"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z", content)


def readd_text(content: bytes, text: bytes, section: str) -> Edit:
    """Put what a person wrote into another branch's changelog under what is not released, in ``section``.

    What is there already may have any headings. The headings of kinds that the text has say where its parts go; they
    are made only where they are missing. ``Inserted.line`` is that of the last part.
    """
    line_to_add = text.decode(errors="replace").strip("\r\n")
    edit = edit_or_leave(lambda: _readd(content, _parts(read_document(text), section)), line_to_add)
    if not isinstance(edit, NotUnderstood):
        return edit
    with suppress(Unclear):
        if there := _there(Changelog(read_document(content)), read_document(text).lines):
            return there
    return edit


def _readd(content: bytes, parts: list[tuple[str, list[str]]]) -> Edit:
    last: Inserted | AlreadyThere | None = None
    line = 0
    for kind, lines in parts:
        last = _readd_part(content, kind, lines)
        if isinstance(last, Inserted):
            content, line = last.content, last.line
    if last is None:
        raise Unclear("What was written by hand has no words.")
    return Inserted(content, line) if line else last


def _parts(brought: Document, section: str) -> list[tuple[str, list[str]]]:
    """Return the parts of a text by kind, without headings and without blank lines around them."""
    parts: list[tuple[str, list[str]]] = []
    kind, start = section, 0
    for block in brought.blocks:
        if block.kind != "heading":
            continue
        if is_version(block.text):
            raise Unclear(f"What was written by hand brings the heading of a version, '{block.text}'.")
        if not is_unreleased(block.text) and not kind_of(block.text):
            raise Unclear(f"What was written by hand brings a heading that is no kind of change, '{block.text}'.")
        parts.append((kind, brought.lines[start : block.start]))
        kind, start = kind_of(block.text) or section, block.end
    parts.append((kind, brought.lines[start:]))
    return [(kind, stripped) for kind, lines in parts if (stripped := _without_blanks(lines))]


def _without_blanks(lines: list[str]) -> list[str]:
    filled = [at for at, line in enumerate(lines) if line.strip(" \t")]
    return lines[filled[0] : filled[-1] + 1] if filled else []


def _readd_part(content: bytes, kind: str, lines: list[str]) -> Inserted | AlreadyThere:
    log = Changelog(read_document(content))
    if there := _there(log, lines):
        return there
    place = place_for(log, kind)
    is_row = lines[0].lstrip().startswith("|")
    if not isinstance(place.style, ItemStyle):
        if not is_row:
            raise Unclear("What was written by hand is no row, and the file has a table there.")
        return put(log.document, place, lines, None)
    if is_row:
        raise Unclear("What was written by hand is a row of a table, and the file has a list there.")
    indented = textwrap.indent(textwrap.dedent("\n".join(lines)), place.style.indent).split("\n")
    return put(log.document, _apart(log.document, place, lines), indented, None)


def _there(log: Changelog, wanted: Sequence[str]) -> AlreadyThere | None:
    """Return where a text stands, whatever the blanks around its lines; None where it does not, or has no words."""
    lines = log.document.lines
    filled = [at for at, line in enumerate(lines) if line.strip()]
    text, words = (
        "".join(f"\n{stripped}" for line in each if (stripped := line.strip())) + "\n" for each in (lines, wanted)
    )
    at = text.find(words) if words.strip() else -1
    return log.there(filled[text.count("\n", 0, at)]) if at >= 0 else None


def _apart(document: Document, place: Place, lines: list[str]) -> Place:
    """Set what is no list apart by blank lines."""
    if all(block.kind in LISTS for block in read_document("\n".join(lines).encode()).blocks):
        return place
    before = place.before if place.before[-1:] == ("",) or document.is_blank(place.line - 1) else (*place.before, "")
    return place._replace(before=before, after=() if document.is_blank(place.line) else ("",))
