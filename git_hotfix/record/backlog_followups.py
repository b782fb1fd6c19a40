"""Later work in the backlog: registered among what is deferred or owed, ticked off when it is done."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from git_hotfix.record.columns import Column, column_of
from git_hotfix.record.edit_results import AlreadyThere, Edit, Inserted, NotUnderstood
from git_hotfix.record.entries import has_name, one_line
from git_hotfix.record.forms import ItemForm, RowForm, columns_of, row_form_of, rows_of
from git_hotfix.record.placing import (
    Place,
    Section,
    Unclear,
    any_form,
    below_heading,
    end_of_list,
    entries,
    gap,
    lists_in,
    put,
    says,
    tables_in,
)
from git_hotfix.record.sections import Backlog, has_checkboxes, missing_section, read_backlog
from git_hotfix.record.splice import Document, Unreadable, read_document
from git_hotfix.record.titles import DEFERRED, DONE, TECH_DEBT, has_hangul, is_named

if TYPE_CHECKING:
    from datetime import date

    from git_hotfix.hotfix import HotfixId
    from git_hotfix.record.splice import Block

_BOX = re.compile(r"((?:[ \t]*(?:[-*+]|\d{1,9}[.)])[ \t]+)+\[)([ xX])(\][ \t])")
_BOX_IN_CELL = re.compile(r"\[[ xX]\]")
_TICKED = re.compile(r"\[[xX]\]|✅|✔|☑")
_OPEN = frozenset(
    ("open", "todo", "to do", "new", "planned", "not started", "대기", "예정", "할 일", "시작 전", "미착수")
)
_TITLES = {"deferred": ("Deferred Work", "보류"), "tech-debt": ("Tech Debt", "기술 부채")}


class FollowUpItem(Struct, frozen=True, kw_only=True):
    """Later work that a hotfix asks for.

    ``id`` names it for good, in one word; ``text`` and ``trigger`` (what it waits for) are Markdown of one line.
    """

    id: str
    text: str
    section: Literal["deferred", "tech-debt"]
    hotfix: HotfixId
    owner: str | None = None
    due: date | None = None
    trigger: str | None = None


def follow_up_text(item: FollowUpItem, *, columns: frozenset[Column] = frozenset(), is_korean: bool = False) -> str:
    """Return the words of an item, without bullet; what has a column of its own is left out."""
    due, trigger, origin = ("기한", "조건:", "핫픽스") if is_korean else ("due", "trigger:", "hotfix")
    known = [
        None if Column.ID in columns else f"`{item.id}`",
        None if Column.OWNER in columns or not item.owner else one_line(item.owner),
        None if Column.DUE in columns or not item.due else f"{due} {item.due.isoformat()}",
        None if Column.TRIGGER in columns or not item.trigger else f"{trigger} {one_line(item.trigger)}",
        None if str(item.hotfix) in item.id else f"{origin} `{item.hotfix}`",
    ]
    behind = ", ".join(filter(None, known))
    return f"{one_line(item.text)} ({behind})" if behind else one_line(item.text)


def add_follow_up(content: bytes, item: FollowUpItem) -> Edit:
    """Register later work in its section, which is made at the end of the file where it is missing."""
    to_add = f"- [ ] {follow_up_text(item)}"
    document = read_document(content)
    if isinstance(document, Unreadable):
        return NotUnderstood(document.reason, to_add)
    log = read_backlog(document)
    if found := _find(document, item.id):
        return _already(log, found, is_ours=_is_ours(document, found, item))
    names, what = (DEFERRED, "deferred work") if item.section == "deferred" else (TECH_DEBT, "technical debt")
    if not log.sections(names):
        return _in_new_section(log, item)
    section = log.the_section(names, what)
    if isinstance(section, Unclear):
        return NotUnderstood(section.reason, to_add)
    place = _place(log, section)
    is_korean = has_hangul(section.heading.text)
    match place.form:
        case ItemForm() as form:
            text = follow_up_text(item, is_korean=is_korean)
            return put(document, place, form.lines(text), text)
        case RowForm() as form:
            columns = frozenset(filter(None, map(column_of, form.columns)))
            if Column.TASK not in columns:
                return NotUnderstood("No column of the table is known to be for what is to do.", to_add)
            text = follow_up_text(item, columns=columns, is_korean=is_korean)
            return put(document, place, [form.line(lambda name, old: _cell(name, old, item, text))], text)


def finish_follow_up(content: bytes, id: str) -> Edit:  # noqa: A002  # as FollowUpItem has it
    """Tick later work off: its empty checkbox or its status; nothing else changes, and it is moved nowhere."""
    document = read_document(content)
    if isinstance(document, Unreadable):
        return NotUnderstood(document.reason, "")
    found = _find(document, id)
    if found is None:
        return NotUnderstood(f"The file has no follow-up '{id}'.", "")
    already = _already(read_backlog(document), found, is_ours=False)
    line = document.lines[found.start]
    ticked = _ticked_row(document, found) if found.kind == "tr" else _BOX.sub(_tick, line, count=1)
    if ticked == line:
        return already
    start = document.offsets[found.start]
    behind = document.raw[start + len(line.encode()) :]
    return Inserted(document.raw[:start] + ticked.encode() + behind, found.start + 1)


def _tick(match: re.Match[str]) -> str:
    return f"{match[1]}{'x' if match[2] == ' ' else match[2]}{match[3]}"


def _ticked_row(document: Document, row: Block) -> str:
    """Return the line of a row with its status told as done; the line itself where it has none or is done."""
    line = document.lines[row.start]
    columns = columns_of(document, row)
    places = [at for at, name in enumerate(columns) if column_of(name) is Column.STATUS]
    edges = [match.start() for match in re.finditer(r"(?<!\\)\|", line)]
    if not line.lstrip().startswith("|"):
        edges.insert(0, -1)
    if line[edges[-1] + 1 :].strip():
        edges.append(len(line))
    for at in places:
        if at + 1 >= len(edges):
            continue
        cell = line[edges[at] + 1 : edges[at + 1]]
        if is_named(cell, DONE) or _TICKED.search(cell):
            return line
        box = _BOX_IN_CELL.search(cell)
        done = "완료" if has_hangul(cell) or has_hangul(columns[at]) else "Done"
        new = cell.replace("[ ]", "[x]") if box else f" {done} "
        return line[: edges[at] + 1] + new + line[edges[at + 1] :]
    return line


def _find(document: Document, name: str) -> Block | None:
    return next((block for block in entries(document) if has_name(block.text, name)), None)


def _already(log: Backlog, found: Block, *, is_ours: bool) -> AlreadyThere:
    heading = log.heading_above(found.start)
    return AlreadyThere(found.start + 1, heading.text if heading else None, is_released=False, is_ours=is_ours)


def _is_ours(document: Document, found: Block, item: FollowUpItem) -> bool:
    names = columns_of(document, found) if found.kind == "tr" else ()
    columns = frozenset(filter(None, map(column_of, names)))
    texts = [follow_up_text(item, columns=columns, is_korean=is_korean) for is_korean in (False, True)]
    return any(says(found, text) for text in texts)


def _place(log: Backlog, section: Section) -> Place:
    if lists := lists_in(section.own):
        place = end_of_list(log.document, lists[-1], section.heading)
        form = place.form
        return (
            place._replace(form=form._replace(task="[ ] " if form.task else ""))
            if isinstance(form, ItemForm)
            else place
        )
    if tables := tables_in(section.own):
        rows = rows_of(tables[0])
        return Place(tables[0].end, row_form_of(log.document, tables[0], rows[-1] if rows else None), section.heading)
    return below_heading(log.document, section, _form(log, section.heading.start), log.spacing())


def _form(log: Backlog, line: int) -> ItemForm:
    return any_form(log.document, line)._replace(task="[ ] " if has_checkboxes(log.document) else "")


def _in_new_section(log: Backlog, item: FollowUpItem) -> Edit:
    document, style = log.document, log.spacing()
    title, korean = _TITLES[item.section]
    made = missing_section(log, title, korean)
    text = follow_up_text(item, is_korean=has_hangul(made[0]))
    line = max((block.end for block in _without_settings(log)), default=len(document.lines))
    before = (*gap(document, line - 1, style.above), *made, *("",) * style.below)
    after = gap(document, line, style.above)
    form = _form(log, line)
    heading = re.sub(r"^#+\s+|\s+#+$", "", made[0].strip())
    return put(document, Place(line, form, heading, before, after), form.lines(text), text)


def _without_settings(log: Backlog) -> tuple[Block, ...]:
    """Return the blocks above the settings that Obsidian's Kanban plugin keeps at the end of the file."""
    found = (at for at, block in enumerate(log.blocks) if block.text.startswith("%% kanban:settings"))
    return log.blocks[: next(found, len(log.blocks))]


def _cell(name: str, old: str, item: FollowUpItem, text: str) -> str:
    """Return a cell of a row for later work."""
    match column_of(name):
        case Column.TASK:
            return text
        case Column.ID:
            return f"`{item.id}`" if old.startswith("`") else item.id
        case Column.OWNER:
            return item.owner or ""
        case Column.DUE:
            return item.due.isoformat() if item.due else ""
        case Column.TRIGGER:
            return one_line(item.trigger or "")
        case Column.STATUS:
            if _BOX_IN_CELL.search(old):
                return "[ ]"
            return old if is_named(old, _OPEN) else ("대기" if has_hangul(name) else "Open")
        case _:
            return ""
