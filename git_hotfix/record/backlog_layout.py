"""The layout of a backlog: what is done, deferred, owed; and the place of a new item among its neighbours."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from git_hotfix.record.backlog_items import find_day, find_span
from git_hotfix.record.entry_style import item_style, nearest_style
from git_hotfix.record.headings import Part, is_named, kind_of
from git_hotfix.record.markdown_reader import Unclear
from git_hotfix.record.outline import Outline, Section, section_of
from git_hotfix.record.words import words_in, words_like

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from git_hotfix.record.backlog_items import Stamp
    from git_hotfix.record.entry_style import ItemStyle
    from git_hotfix.record.markdown_reader import Block, Document
    from git_hotfix.record.splice import Place


class Backlog(Outline):
    """The outline of a backlog."""

    of = "backlog"

    def __init__(self, document: Document) -> None:
        super().__init__(document, lambda text: is_named(text, Part.DONE, Part.DEFERRED, Part.TECH_DEBT))

    def sections(self, *parts: Part) -> list[Section]:
        """Return the sections for these parts, but none that is in another."""
        found: list[Section] = []
        behind = 0
        for at, block in enumerate(self.blocks):
            if at >= behind and block.kind == "heading" and is_named(block.text, *parts):
                found.append(section_of(self.blocks, at))
                behind = at + 1 + len(found[-1].blocks)
        return found

    def section(self, part: Part, what: str) -> Section:
        """Return the one section for a part; none and several are unclear."""
        found = self.sections(part)
        if not found:
            raise Unclear(f"There is no {what} heading.")
        if len(found) > 1:
            titles = " and ".join(f"'{each.heading.text}' (line {each.heading.start + 1})" for each in found[:2])
            raise Unclear(f"There is more than one {what} heading: {titles}.")
        return found[0]

    def style(self, line: int) -> ItemStyle:
        """Return the style of an item without a neighbour at a line (from 0): with a checkbox where items have one."""
        lists = [block for block in self.document.walk() if block.kind == "bullet_list"]
        has_boxes = any(re.match(r"\[[ xX]\]\s", item.text) for block in lists for item in block.children)
        return nearest_style(self.document, line)._replace(task="[ ] " if has_boxes else "")


def done_place(log: Backlog, section: Section, day: date) -> Place:
    """Return the place of a finished item in a section."""
    if dated := _divisions(section):
        for heading, stamp in dated:
            if stamp.write(day) == heading.text.strip()[stamp.start : stamp.end]:
                return done_place(log, section.part(heading), day)
        return _in_new_division(log, section, dated, day)
    if section.headings and not section.lists and not section.tables:
        return done_place(log, _fitting_part(section), day)
    if section.tables:
        table = section.tables[0]
        return log.beside(section, table, is_first=_is_newest_first(table.rows[1:]))
    if section.lists:
        is_first = _is_newest_first(_items(section))
        block = section.lists[0 if is_first else -1]
        return log.beside(section, block, is_first=is_first and block.kind == "bullet_list")
    return log.below_heading(section, log.style(section.heading.start))


def later_place(log: Backlog, section: Section) -> Place:
    """Return the place of later work in a section."""
    blocks = section.lists[-1:] or section.tables[:1]
    return log.beside(section, blocks[0]) if blocks else log.below_heading(section, log.style(section.heading.start))


def new_section_place(log: Backlog, part: Part) -> Place:
    """Return the place of later work in a new section at the end of the file.

    Its heading is like those of its neighbours, with the next number. The settings that Obsidian's Kanban plugin keeps
    at the end of the file stay there.
    """
    settings = (at for at, block in enumerate(log.blocks) if block.text.startswith("%% kanban:settings"))
    blocks = log.blocks[: next(settings, len(log.blocks))]
    line = max((block.end for block in blocks), default=len(log.document.lines))
    return log.below_new_heading(line, _new_heading(log, part), log.style(line))


def _new_heading(log: Backlog, part: Part) -> tuple[str, ...]:
    title, korean = (
        words.backlog.deferred if part is Part.DEFERRED else words.backlog.tech_debt
        for words in (words_in("en"), words_in("ko"))
    )
    has_titles = sum(block.level == 1 for block in log.headings) > 1
    level = 1 if has_titles else min((block.level for block in log.headings if block.level > 1), default=2)
    same = [block for block in log.headings if block.level == level]
    if not same:
        return (f"## {title}",)
    neighbour = same[-1].text
    if words_like(neighbour).language == "ko":
        title = f"{korean} ({title})" if "(" in neighbour else korean
    if number := re.match(r"(\d{1,3})([.)])\s+", neighbour):
        title = f"{int(number[1]) + 1}{number[2]} {title}"
    return log.heading_like(same[-1], title)


def _in_new_division(log: Backlog, section: Section, dated: list[tuple[Block, Stamp]], day: date) -> Place:
    """Return the place below a new heading for a day (or month, year), in the order of those there."""
    whens = [stamp.when for _, stamp in dated]
    falls = whens[0] >= whens[-1]
    when = (day.year, day.month, day.day)
    after = [heading for heading, stamp in dated if (stamp.when < when if falls else stamp.when > when)]
    line = after[0].start if after else section.end
    like, stamp = dated[0] if falls else dated[-1]
    made = log.heading_like(like, f"{like.text.strip()[: stamp.start]}{stamp.write(day)}")
    neighbours = section.part(like)
    items = _items(neighbours)
    style = nearest_style(log.document, line)
    if items:
        style = item_style(log.document, neighbours.lists[0], items[0])._replace(is_loose=False)
    return log.below_new_heading(line, made, style)._replace(neighbour=items[0].text if items else "")


def _divisions(section: Section) -> list[tuple[Block, Stamp]]:
    """Return the headings below a section that are days, months, quarters or years, with what they say."""
    found = []
    for heading in section.headings:
        text = heading.text.strip()
        stamp = find_span(text)
        if stamp and re.fullmatch(r"[^\w]*", text[: stamp.start]):
            found.append((heading, stamp))
    level = min((heading.level for heading, _ in found), default=0)
    return [(heading, stamp) for heading, stamp in found if heading.level == level]


def _fitting_part(section: Section) -> Section:
    """Return the part of a "Done" section that hotfixes go into, where headings divide it by something but time."""
    for heading in section.headings:
        if is_named(heading.text, Part.HOTFIX, Part.DONE) or kind_of(heading.text) == "Fixed":
            return section.part(heading)
    title = section.headings[0].text
    raise Unclear(f"'{section.heading.text}' is divided by headings, such as '{title}', and none is a day.")


def _items(section: Section) -> list[Block]:
    """Return the items of the lists right below a section's heading."""
    return [item for block in section.lists for item in block.children]


def _is_newest_first(entries: Sequence[Block]) -> bool:
    """Whether the days of items or rows are in falling order."""
    days = [stamp.when for entry in entries if (stamp := find_day(entry.text))]
    return bool(days) and days[0] > days[-1]
