"""The layout of a changelog: its versions and kinds of change, and the place of a new entry among them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from git_hotfix.record.entry_style import ItemStyle, item_style, nearest_style
from git_hotfix.record.headings import KINDS, is_unreleased, is_version, kind_of, plain, version_number
from git_hotfix.record.markdown_reader import Unclear
from git_hotfix.record.other_markup import heading_sign
from git_hotfix.record.outline import BOLD, Outline, Section, is_anchor, lists_in, section_of, title_of
from git_hotfix.record.splice import AlreadyThere, Place
from git_hotfix.record.words import words_like

if TYPE_CHECKING:
    from git_hotfix.record.markdown_reader import Block, Document

_DAY = r"\d{4}-\d\d-\d\d"


class Changelog(Outline):
    """The outline of a changelog; ``pending`` and ``released`` are indices of headings in ``blocks``."""

    of = "changelog"

    def __init__(self, document: Document) -> None:
        super().__init__(document, lambda text: kind_of(text) is not None)
        headings = [at for at, block in enumerate(self.blocks) if block.kind == "heading" and block.level < BOLD]
        self.pending = tuple(at for at in headings if is_unreleased(self.blocks[at].text) or self._says_so_below(at))
        self.released = tuple(at for at in headings if is_version(self.blocks[at].text) and at not in self.pending)

    def _says_so_below(self, at: int) -> bool:
        """Whether the first words below a version are that it is not released, as the Pallets projects have it."""
        below = self.blocks[at + 1 : at + 2]
        is_said = any(block.kind == "paragraph" and is_unreleased(block.text) for block in below)
        return is_said and is_version(self.blocks[at].text)

    def section(self, at: int) -> Section:
        """Return the section of a version; the next version ends it whatever its level, a kind of change never does."""

        def ends(block: Block) -> bool:
            is_above = block.level <= self.blocks[at].level and not kind_of(block.text)
            return is_above or is_version(block.text) or is_unreleased(block.text)

        return section_of(self.blocks, at, ends)

    def there(self, line: int) -> AlreadyThere:
        """Return that an entry stands on a line (from 0), and whether the version that it is filed under is out."""
        above = [at for at in (*self.pending, *self.released) if self.blocks[at].start < line]
        return AlreadyThere(line + 1, max(above, default=None) in self.released)

    def newest_style(self) -> ItemStyle:
        """Return the style of the newest entry: of the first list below a version, else of the first in the file."""
        versions = sorted((*self.pending, *self.released))
        first = self.blocks[versions[0]].start if versions else 0
        for block in self.blocks:
            if block.kind == "bullet_list" and block.start > first:
                return item_style(self.document, block, block.children[0])._replace(is_loose=False)
        return nearest_style(self.document)


def place_for(log: Changelog, kind: str) -> Place:
    """Return the place of a new entry of a kind (``Fixed``, ``Security``)."""
    if len(log.pending) > 1:
        titles = " and ".join(f"'{log.blocks[at].text}'" for at in log.pending[:2])
        raise Unclear(f"Two headings are for unreleased changes: {titles}.")
    if log.pending:
        return _in_pending(log, log.section(log.pending[0]), kind)
    return _above_newest(log, kind) if log.released else _first_of_all(log, kind)


def _in_pending(log: Changelog, section: Section, kind: str) -> Place:
    kinds = _kinds_in(section)
    chosen = next((each for each in kinds if kind_of(each.text) == kind), None)
    if chosen is not None:
        return _in_part(log, section.part(chosen))
    if not kinds and (nested := _nested(log, section, kind)):
        return nested
    if not kinds and (section.lists or section.tables):
        return _in_part(log, section)
    if section.headings and not any(kind_of(block.text) for block in log.headings):
        title = section.headings[0].text
        raise Unclear(f"The unreleased changes have headings such as '{title}', and none is a kind of change.")
    if not section.headings and log.released and _has_no_kinds(log.section(log.released[0])):
        return log.below_heading(section, log.newest_style())
    later = next((each for each in kinds if KINDS.index(kind_of(each.text) or "") > KINDS.index(kind)), None)
    line = later.start if later else section.end
    return log.below_new_heading(line, _kind_heading(log, section, kind), log.newest_style())


def _kinds_in(section: Section) -> list[Block]:
    """Return the headings of kinds in a section.

    A bold line in the part of a real heading of a kind is none: all who read the file as Markdown take what is
    below it for that heading's. "Changes" is more often a word for all kinds than one of them.
    """
    kinds: list[Block] = []
    level = 0
    for heading in section.headings:
        if heading.level != BOLD and heading.level <= level:
            level = 0
        kind = kind_of(heading.text)
        if kind and not (heading.level == BOLD and level):
            kinds.append(heading)
        if kind and kind != "Changed" and heading.level != BOLD and not level:
            level = heading.level
    return kinds


def _has_no_kinds(version: Section) -> bool:
    """Whether the entries of a version stand right below its heading."""
    return bool(version.lists) and not version.headings


def _in_part(log: Changelog, section: Section) -> Place:
    """Return the place in a section: in its last list, in its last table, else below its heading."""
    blocks = section.lists or section.tables
    return log.beside(section, blocks[-1]) if blocks else log.below_heading(section, log.newest_style())


def _nested(log: Changelog, section: Section, kind: str) -> Place | None:
    """Return the place where kinds are items themselves: ``- Fixed`` with the entries in it."""
    for block in section.lists:
        kinds = [item for item in block.children if kind_of(item.text) and lists_in(item.children)]
        chosen = next((item for item in kinds if kind_of(item.text) == kind), None)
        if chosen is not None:
            return log.beside(section, lists_in(chosen.children)[-1])
        if kinds:
            outer = item_style(log.document, block)
            inner = item_style(log.document, lists_in(kinds[-1].children)[0])
            made = outer._replace(width=None).lines(_kind_like(kinds[-1].text, kind))
            return Place(block.end, inner, section.heading.text, (*("",) * outer.is_loose, *made))
    return None


def _kind_like(neighbour: str, kind: str) -> str:
    """Return the name of a kind in the language of its neighbour, with a colon where that has one."""
    return words_like(neighbour).kinds[kind] + (":" if neighbour.rstrip().endswith(":") else "")


def _above_newest(log: Changelog, kind: str) -> Place:
    """Return the place below a new heading above the newest version, which is made in the form of its neighbours."""
    released = [log.blocks[at] for at in log.released]
    first = released[0]
    if _is_older(first.text, released[-1].text):
        raise Unclear(
            f"The oldest version, '{plain(first.text)}', comes first, and there is no heading for the next one."
        )
    if first.markup in ("=", "-") and re.fullmatch(r"([=\-~^\"*+#])\1{2,}", log.document.lines[first.start - 1]):
        raise Unclear("The version headings have a line above them too, and there is no heading for the next version.")
    if all(re.match(_DAY, plain(block.text)) for block in released):
        raise Unclear("The file is kept by day, and has no heading for unreleased changes.")
    level = min(block.level for block in released)
    like = next(block for block in released if block.level == level)
    made = log.heading_like(like, "[Unreleased]" if like.text.lstrip().startswith("[") else "Unreleased")
    anchor = log.blocks[log.released[0] - 1] if log.released[0] else None
    line = anchor.start if anchor and is_anchor(anchor) and anchor.end + 1 >= first.start else first.start
    above, below = log.spacing
    before = [*log.gap(line - 1, 1), *made, *("",) * below]
    title = title_of(made)
    if not _has_no_kinds(log.section(log.released[0])):
        heading = _kind_heading(log, Section(like._replace(level=max(level, 1)), ()), kind)
        before += [*heading, *("",) * below]
        title = title_of(heading)
    after = max(above, like.markup in ("=", "-"), line < first.start)
    return Place(line, log.newest_style(), title, tuple(before), ("",) * after)


def _first_of_all(log: Changelog, kind: str) -> Place:
    """Return the place in a changelog that has only a title and an introduction so far."""
    known = ("heading", "paragraph", "html_block", "hr")
    others = [block for block in log.blocks if block.kind not in known or re.match(r"=[a-z]", block.text)]  # perlpod(1)
    is_html = any(re.search(r"<(?:h\d|ul|ol|li|table)\b", block.text, re.IGNORECASE) for block in log.blocks)
    title = log.headings[0] if log.headings else None
    is_kept = title is None and any(map(is_version, log.document.lines))
    if others or is_html or is_kept or len(log.headings) > 1 or (title is not None and title.level > 1):
        raise Unclear("The file has no heading for unreleased changes and none of a version.")
    end = log.blocks[-1].end if log.blocks else len(log.document.lines)
    gap, after = log.gap(end - 1, 1), log.gap(end, 1)
    if title is not None and title.markup == "=":
        return Place(end, ItemStyle(), "Unreleased", (*gap, "Unreleased", "----------", ""), after)
    sign, name = heading_sign(log.document.lines), "[Unreleased]"
    name = name if sign == "#" else name.strip("[]")
    return Place(end, ItemStyle(), kind, (*gap, f"{sign * 2} {name}", "", f"{sign * 3} {kind}", ""), after)


def _kind_heading(log: Changelog, section: Section, kind: str) -> tuple[str, ...]:
    """Write the heading of a kind: as it stands in an older version, else like its neighbours."""
    all_kinds = [block for block in log.headings if kind_of(block.text)]
    same = [block for block in all_kinds if kind_of(block.text) == kind]
    neighbours = _kinds_in(section)
    like = next(iter(neighbours or same or all_kinds), None)
    word = kind if like is None else _kind_like(plain(like.text), kind)
    if like is None or (like.level <= section.heading.level and not neighbours):
        return (f"{heading_sign(log.document.lines) * min(section.heading.level + 1, 6)} {word}",)
    for block in same:
        if (block.level, block.markup) == (like.level, like.markup):
            return tuple(log.document.lines[block.start : block.end])
    return log.heading_like(like, word)


def _is_older(first: str, last: str) -> bool:
    """Whether the first version heading is older than the last one: by their days, else by their numbers."""
    days = re.search(_DAY, first), re.search(_DAY, last)
    if days[0] and days[1]:
        return days[0][0] < days[1][0]
    return version_number(first) < version_number(last)
