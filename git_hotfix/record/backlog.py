"""The backlog: a finished hotfix among what is done, later work among what is deferred or owed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from git_hotfix.record.backlog_followups import FollowUpItem, add_follow_up, finish_follow_up
from git_hotfix.record.columns import Column, column_of
from git_hotfix.record.days import find_day
from git_hotfix.record.edit_results import AlreadyThere, Edit, Inserted, NotUnderstood
from git_hotfix.record.entries import id_link, names_hotfix, one_line
from git_hotfix.record.forms import ItemForm, RowForm, columns_of, form_of, row_form_of, rows_of
from git_hotfix.record.placing import (
    Place,
    Section,
    Unclear,
    any_form,
    below_heading,
    entries,
    gap,
    lists_in,
    put,
    says,
    tables_in,
)
from git_hotfix.record.sections import (
    Backlog,
    all_items,
    dated_heading,
    days_of,
    divisions,
    fitting_part,
    has_checkboxes,
    is_newest_first,
    read_backlog,
)
from git_hotfix.record.shapes import DoneItem, Shape, behind, shape_of
from git_hotfix.record.splice import Unreadable, read_document, remove_lines
from git_hotfix.record.titles import DEFERRED, DONE, TECH_DEBT, has_hangul, is_named

if TYPE_CHECKING:
    from datetime import date

    from git_hotfix.record.splice import Block, Document

__all__ = [
    "AlreadyThere",
    "DoneItem",
    "Edit",
    "FollowUpItem",
    "Inserted",
    "NotUnderstood",
    "add_done",
    "add_follow_up",
    "finish_follow_up",
    "remove_done",
]

_CHECKED = re.compile(r"\[[xX]\]\s")


def add_done(content: bytes, item: DoneItem) -> Edit:
    """Add a hotfix to what is done, in the form of the newest item there.

    A backlog without such a section is refused: its people take out what is done.
    """
    to_add = f"- [x] {Shape().write(item)}"
    document = read_document(content)
    if isinstance(document, Unreadable):
        return NotUnderstood(document.reason, to_add)
    log = read_backlog(document)
    if found := _find(log, item):
        heading = log.heading_above(found.start)
        title = heading.text if heading else None
        return AlreadyThere(found.start + 1, title, is_released=False, is_ours=_is_ours(document, found, item))
    section = log.the_section(DONE, "what is done")
    if isinstance(section, Unclear):
        return NotUnderstood(section.reason, to_add)
    chosen = _place(log, section, item)
    if isinstance(chosen, Unclear):
        return NotUnderstood(chosen.reason, to_add)
    place, shape = chosen
    match place.form:
        case ItemForm() as form:
            text = shape.write(item)
            return put(document, place, form.lines(text), text)
        case RowForm() as form:
            titles = {column_of(name) for name in form.columns}
            if Column.TASK not in titles:
                return NotUnderstood("No column of the table is known to be for what was done.", to_add)
            line = form.line(lambda name, old: _cell(name, old, item, titles))
            return put(document, place, [line], _task(item, titles))


def remove_done(content: bytes, item: DoneItem) -> bytes | None:
    """Return a backlog without the tool's item or row of a hotfix; None where it stays: reworded, or not there."""
    document = read_document(content)
    if isinstance(document, Unreadable):
        return None
    found = _find(read_backlog(document), item)
    if found is None or not _is_ours(document, found, item):
        return None
    return remove_lines(document, range(found.start, found.end))


def _find(log: Backlog, item: DoneItem) -> Block | None:
    """Find a hotfix that is said to be done: in the section for that, or checked anywhere but in later work."""
    done = [(section.heading.start, _end(section)) for section in log.sections(DONE)]
    later = [(section.heading.start, _end(section)) for section in log.sections(DEFERRED | TECH_DEBT)]
    for block in entries(log.document):
        if not names_hotfix(block.text, item.hotfix):
            continue
        is_checked = block.kind == "list_item" and _CHECKED.match(block.text)
        if _is_in(block, done) or (is_checked and not _is_in(block, later)):
            return block
    return None


def _end(section: Section) -> int:
    return max([section.heading.end, *(block.end for block in section.blocks)])


def _is_in(block: Block, ranges: list[tuple[int, int]]) -> bool:
    return any(start <= block.start < end for start, end in ranges)


def _is_ours(document: Document, found: Block, item: DoneItem) -> bool:
    """Whether an item or row is what the tool writes in that shape."""
    if found.kind == "tr":
        return says(found, _task(item, set(map(column_of, columns_of(document, found)))))
    return says(found, shape_of(found.text).write(item))


def _place(log: Backlog, section: Section, item: DoneItem) -> tuple[Place, Shape] | Unclear:
    """Return the place of a finished item in a section, and the shape of its neighbour."""
    dated = divisions(section)
    if dated:
        for heading, stamp in dated:
            if stamp.write(item.day) == heading.text.strip()[stamp.start : stamp.end]:
                return _place(log, section.part(heading), item)
        return _in_new_division(log, section, item.day)
    if not lists_in(section.own) and not tables_in(section.own) and section.headings:
        part = fitting_part(section)
        if part is None:
            title = section.headings[0].text
            return Unclear(f"'{section.heading.text}' is divided by headings, such as '{title}', and none is a day.")
        return _place(log, part, item)
    if tables := tables_in(section.own):
        return _in_table(log, section, tables[0]), Shape()
    if lists_in(section.own):
        return _in_list(log, section)
    form = any_form(log.document, section.heading.start)._replace(task="[x] " if has_checkboxes(log.document) else "")
    return below_heading(log.document, section, form, log.spacing()), Shape()


def _in_list(log: Backlog, section: Section) -> tuple[Place, Shape]:
    """Return the place beside the newest item: above the first one where days fall, else behind the last one."""
    lists = lists_in(section.own)
    is_first = is_newest_first(days_of([item.text for item in all_items(section)])) is True
    block = lists[0] if is_first else lists[-1]
    is_first = is_first and block.kind == "bullet_list"
    newest = block.children[0 if is_first else -1]
    form = form_of(log.document, block, newest)
    if form.task:
        form = form._replace(task=form.task.replace("[ ]", "[x]"))
    apart = ("",) * form.is_loose
    shape = shape_of(newest.text)
    if is_first:
        return Place(newest.start, form, section.heading, after=apart), shape
    return Place(block.end, form, section.heading, before=apart), shape


def _in_table(log: Backlog, section: Section, table: Block) -> Place:
    rows = rows_of(table)
    is_first = is_newest_first(days_of([row.text for row in rows])) is True
    newest = (rows[0] if is_first else rows[-1]) if rows else None
    line = rows[0].start if is_first else table.end
    return Place(line, row_form_of(log.document, table, newest), section.heading)


def _in_new_division(log: Backlog, section: Section, day: date) -> tuple[Place, Shape]:
    """Return the place below a new heading for a day (or month, year), in the order of those there."""
    document, dated, style = log.document, divisions(section), log.spacing()
    is_first = is_newest_first([stamp.when for _, stamp in dated]) is not False
    when = (day.year, day.month, day.day)
    after = [heading for heading, stamp in dated if (stamp.when < when if is_first else stamp.when > when)]
    line = after[0].start if after else section.end
    like, stamp = dated[0] if is_first else dated[-1]
    made = dated_heading(document, like, stamp, stamp.write(day))
    items = all_items(section.part(like))
    form = any_form(document, line)
    if lists := lists_in(section.part(like).own):
        form = form_of(document, lists[0], items[0])
        form = form._replace(task=form.task.replace("[ ]", "[x]"), is_loose=False)
    before = (*gap(document, line - 1, style.above), *made, *("",) * style.below)
    title = f"{like.text.strip()[: stamp.start]}{stamp.write(day)}"
    return Place(line, form, title, before, gap(document, line, style.above)), shape_of(
        items[0].text
    ) if items else Shape()


def _task(item: DoneItem, columns: set[Column | None]) -> str:
    """Return the words of a row: what has a column of its own is left out."""
    link = None if {Column.ID, Column.LINK} & columns else id_link(item.hotfix, item.report_path)
    known = behind(None if Column.TAG in columns else item.tag, link)
    return f"{one_line(item.description)} {known}".rstrip()


def _cell(name: str, old: str, item: DoneItem, columns: set[Column | None]) -> str:
    """Return a cell of a row for what is done."""
    match column_of(name):
        case Column.TASK:
            return _task(item, columns)
        case Column.DAY:
            stamp = find_day(old)
            return stamp.write(item.day) if stamp else item.day.isoformat()
        case Column.OWNER:
            return item.owner or ""
        case Column.STATUS:
            return old if is_named(old, DONE) or re.search("✅|✔|☑", old) else ("완료" if has_hangul(name) else "Done")
        case Column.ID:
            return str(item.hotfix)
        case Column.TAG:
            return item.tag or ""
        case Column.LINK:
            return id_link(item.hotfix, item.report_path)
        case Column.TYPE:
            return "핫픽스" if has_hangul(name) else "Hotfix"
        case Column.DUE | Column.TRIGGER | None:
            return ""
