"""The backlog: a finished hotfix among what is done, later work among what is deferred or owed."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from git_hotfix.record.backlog_items import BOX, TICK, DoneItem, ItemShape, follow_up_cell, follow_up_text, shape_of
from git_hotfix.record.backlog_layout import Backlog, done_place, later_place, new_section_place
from git_hotfix.record.entry_style import cell_edges, columns_of
from git_hotfix.record.headings import Column, Part, column_of, is_named
from git_hotfix.record.markdown import has_name, names_hotfix
from git_hotfix.record.markdown_reader import Unclear, read_document
from git_hotfix.record.splice import AlreadyThere, Edit, Inserted, edit_or_leave, entries, put_entry, says
from git_hotfix.record.words import every_language, words_in, words_like

if TYPE_CHECKING:
    from git_hotfix.record.followups import FollowUp
    from git_hotfix.record.markdown_reader import Block, Document
    from git_hotfix.record.outline import Section

_BOX_OF_ITEM = r"((?:[ \t]*(?:[-*+]|\d{1,9}[.)])[ \t]+)+\[)([ xX])(\][ \t])"


def add_done(content: bytes, item: DoneItem) -> Edit:
    """Add a hotfix to what is done, in the form of the newest item there.

    A backlog without such a section is refused: its people take out what is done.
    """
    return edit_or_leave(lambda: _add_done(content, item), f"- [x] {ItemShape().write(item)}")


def _add_done(content: bytes, item: DoneItem) -> Edit:
    log = Backlog(read_document(content))
    if found := _find_done(log, item):
        return AlreadyThere(found.start + 1)
    place = done_place(log, log.section(Part.DONE, "'Done'"), item.day)

    def text(columns: frozenset[Column]) -> str:
        return item.text(columns) if columns else shape_of(place.neighbour).write(item)

    return put_entry(log.document, place, text, item.cell, what="what was done")


def remove_done(content: bytes, item: DoneItem) -> bytes | None:
    """Return a backlog without the tool's item or row of a hotfix; None where it stays: reworded, or not there."""
    try:
        log = Backlog(read_document(content))
    except Unclear:
        return None
    found = _find_done(log, item)
    if found is None or not _is_done_item(log.document, found, item):
        return None
    return log.document.replaced(range(found.start, found.end), ())


def add_follow_up(content: bytes, follow_up: FollowUp) -> Edit:
    """Register later work in its section, which is made at the end of the file where it is missing."""
    line = f"- [ ] {follow_up_text(follow_up, words_in('en'))}"
    return edit_or_leave(lambda: _add_follow_up(content, follow_up), line)


def _add_follow_up(content: bytes, follow_up: FollowUp) -> Edit:
    log = Backlog(read_document(content))
    if found := _find_named(log.document, follow_up.id):
        return AlreadyThere(found.start + 1)
    part, what = follow_up.section, "deferred work" if follow_up.section is Part.DEFERRED else "technical debt"
    place = later_place(log, log.section(part, what)) if log.sections(part) else new_section_place(log, part)
    words = words_like(place.heading)
    return put_entry(
        log.document,
        place,
        lambda columns: follow_up_text(follow_up, words, columns),
        lambda *cell: follow_up_cell(follow_up, *cell),
        what="what is to do",
        is_done=False,
    )


def finish_follow_up(content: bytes, follow_up: FollowUp) -> Edit:
    """Tick later work off: its empty checkbox or its status; nothing else changes, and it is moved nowhere.

    Where it has neither, the tool's own words are taken out; those of a person are left for a person.
    """
    return edit_or_leave(lambda: _finish(read_document(content), follow_up), "")


def _finish(document: Document, follow_up: FollowUp) -> Edit:
    found = _find_named(document, follow_up.id)
    if found is None:
        return AlreadyThere(0)  # people have taken it out
    at = found.start
    line = document.lines[at]
    is_row = found.kind == "tr"
    columns = _columns(document, found) if is_row else frozenset()
    if Column.STATUS not in columns and not re.match(_BOX_OF_ITEM, line):
        if not any(says(found, follow_up_text(follow_up, words, columns)) for words in every_language()):
            raise Unclear(
                f"The follow-up '{follow_up.id}' (line {at + 1}) has no box and no status that say it is done."
            )
        return Inserted(document.replaced(range(at, found.end), ()), at + 1)
    if is_row:
        ticked = _ticked_row(document, found)
    else:  # one that is ticked stays as it is
        ticked = re.sub(_BOX_OF_ITEM, lambda box: f"{box[1]}{box[2].strip() or 'x'}{box[3]}", line, count=1)
    if ticked == line:
        return AlreadyThere(at + 1)
    return Inserted(document.replaced(range(at, at + 1), [ticked]), at + 1)


def _find_done(log: Backlog, item: DoneItem) -> Block | None:
    """Find a hotfix that is said to be done: in the section for that, or checked anywhere but in later work."""
    done = [_lines_of(section) for section in log.sections(Part.DONE)]
    later = [_lines_of(section) for section in log.sections(Part.DEFERRED, Part.TECH_DEBT)]
    for block in entries(log.document):
        if not names_hotfix(block.text, item.hotfix):
            continue
        is_checked = block.kind == "list_item" and re.match(r"\[[xX]\]\s", block.text)
        if any(block.start in lines for lines in done):
            return block
        if is_checked and not any(block.start in lines for lines in later):
            return block
    return None


def _lines_of(section: Section) -> range:
    return range(section.heading.start, max([section.heading.end, *(block.end for block in section.blocks)]))


def _find_named(document: Document, name: str) -> Block | None:
    return next((block for block in entries(document) if has_name(block.text, name)), None)


def _is_done_item(document: Document, found: Block, item: DoneItem) -> bool:
    """Whether an item or row is what the tool writes in that shape."""
    if found.kind == "tr":
        return says(found, item.text(_columns(document, found)))
    return says(found, shape_of(found.text).write(item))


def _columns(document: Document, row: Block) -> frozenset[Column]:
    return frozenset(filter(None, (column_of(name, "backlog") for name in columns_of(document, row))))


def _ticked_row(document: Document, row: Block) -> str:
    """Return the line of a row with its status set to done; the line itself where it has none or is done."""
    line = document.lines[row.start]
    for name, (start, end) in zip(columns_of(document, row), pairwise(cell_edges(line)), strict=False):
        if column_of(name, "backlog") is not Column.STATUS:
            continue
        cell = line[start + 1 : end]
        if is_named(cell, Part.DONE) or re.search(TICK, cell):
            return line
        new = cell.replace("[ ]", "[x]") if re.search(BOX, cell) else f" {words_like(cell + name).backlog.done} "
        return line[: start + 1] + new + line[end:]
    return line
