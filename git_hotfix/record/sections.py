"""The parts of a backlog: what is done, deferred, owed; and where their newest items stand."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from git_hotfix.record.days import Stamp, find_day, find_span
from git_hotfix.record.placing import Section, Unclear, heading_like, lists_in, outline, section_of, spacing
from git_hotfix.record.titles import DEFERRED, DONE, HOTFIX, TECH_DEBT, has_hangul, is_named, kind_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from git_hotfix.record.placing import Spacing
    from git_hotfix.record.splice import Block, Document


class Backlog(NamedTuple):
    """The outline of a backlog."""

    document: Document
    blocks: tuple[Block, ...]

    def sections(self, names: frozenset[str]) -> list[Section]:
        """Return the sections with one of these names, but none that is in another."""
        found: list[Section] = []
        for at, block in enumerate(self.blocks):
            if block.kind != "heading" or not is_named(block.text, names):
                continue
            if not any(block in section.blocks for section in found):
                found.append(section_of(self.blocks, at))
        return found

    def the_section(self, names: frozenset[str], what: str) -> Section | Unclear:
        """Return the one section with one of these names; none and several are unclear."""
        found = self.sections(names)
        if len(found) == 1:
            return found[0]
        if not found:
            return Unclear(f"No heading of the file is for {what}.")
        titles = " and ".join(f"'{each.heading.text}' (line {each.heading.start + 1})" for each in found[:2])
        return Unclear(f"More than one heading of the file is for {what}: {titles}.")

    def heading_above(self, line: int) -> Block | None:
        """Return the nearest heading above a line (from 0)."""
        above = [block for block in self.blocks if block.kind == "heading" and block.start < line]
        return above[-1] if above else None

    def spacing(self) -> Spacing:
        """Return how headings are set apart in the file."""
        return spacing(self.document, [block for block in self.blocks if block.kind == "heading" and block.level > 1])


def read_backlog(document: Document) -> Backlog:
    """Find the parts of a backlog."""
    known = DONE | DEFERRED | TECH_DEBT
    return Backlog(document, outline(document, lambda text: is_named(text, known)))


def divisions(section: Section) -> list[tuple[Block, Stamp]]:
    """Return the headings below a section that are days, months, quarters or years, with what they say."""
    found = []
    for heading in section.headings:
        text = heading.text.strip()
        stamp = find_span(text)
        if stamp and re.fullmatch(r"[^\w]*", text[: stamp.start]):
            found.append((heading, stamp))
    level = min((heading.level for heading, _ in found), default=0)
    return [(heading, stamp) for heading, stamp in found if heading.level == level]


def fitting_part(section: Section) -> Section | None:
    """Return the part of a "Done" section that hotfixes go into, where headings divide it by something but time."""
    for heading in section.headings:
        if is_named(heading.text, HOTFIX) or kind_of(heading.text) == "Fixed" or is_named(heading.text, DONE):
            return section.part(heading)
    return None


def dated_heading(document: Document, like: Block, stamp: Stamp, day: str) -> tuple[str, ...]:
    """Write a heading for another day like that of a neighbour, without what follows the day there."""
    return heading_like(document, like, f"{like.text.strip()[: stamp.start]}{day}")


def is_newest_first(days: Sequence[tuple[int, int, int]]) -> bool | None:
    """Whether days are in falling order; None when they do not tell."""
    if not days or days[0] == days[-1]:
        return None
    return days[0] > days[-1]


def days_of(texts: Sequence[str]) -> list[tuple[int, int, int]]:
    """Return the days that items or rows tell, of those that tell one."""
    return [stamp.when for text in texts if (stamp := find_day(text))]


def missing_section(log: Backlog, title: str, korean: str) -> tuple[str, ...]:
    """Write the heading of a new section at the end like those of its neighbours, with the next number."""
    headings = [block for block in log.blocks if block.kind == "heading"]
    tops = [block for block in headings if block.level == 1]
    level = 1 if len(tops) > 1 else min((block.level for block in headings if block.level > 1), default=2)
    same = [block for block in headings if block.level == level]
    if not same:
        return (f"## {title}",)
    words = f"{korean} ({title})" if has_hangul(same[-1].text) and "(" in same[-1].text else title
    words = korean if has_hangul(same[-1].text) and words == title else words
    if number := re.match(r"(\d{1,3})([.)])\s+", same[-1].text):
        words = f"{int(number[1]) + 1}{number[2]} {words}"
    return heading_like(log.document, same[-1], words)


def has_checkboxes(document: Document) -> bool:
    """Whether items of a file have checkboxes."""
    return any(
        re.match(r"\[[ xX]\]\s", item.text)
        for block in document.walk()
        if block.kind == "bullet_list"
        for item in block.children
    )


def all_items(section: Section) -> list[Block]:
    """Return the items of the lists right below a section's heading."""
    return [item for block in lists_in(section.own) for item in block.children]
