"""Where a changelog files what is not released: below its heading, in its kind of change, in its neighbours' form."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from git_hotfix.record.forms import LISTS, ItemForm, form_of, row_form_of, rows_of
from git_hotfix.record.placing import (
    Place,
    Section,
    Spacing,
    Unclear,
    any_form,
    below_heading,
    end_of_list,
    gap,
    heading_like,
    is_anchor,
    lists_in,
    outline,
    section_of,
    spacing,
    tables_in,
)
from git_hotfix.record.titles import (
    KINDS,
    KOREAN,
    has_hangul,
    is_unreleased,
    is_version,
    kind_of,
    plain,
    version_number,
)

if TYPE_CHECKING:
    from git_hotfix.record.splice import Block, Document

_DAY = re.compile(r"\d{4}-\d\d-\d\d")


class Changelog(NamedTuple):
    """The outline of a changelog; ``pending`` and ``released`` are indices of headings in ``blocks``."""

    document: Document
    blocks: tuple[Block, ...]
    pending: tuple[int, ...]
    released: tuple[int, ...]

    def section(self, at: int) -> Section:
        """Return the section of a version; the next version ends it whatever its level, a kind of change never does."""

        def ends(block: Block) -> bool:
            is_above = block.level <= self.blocks[at].level and not kind_of(block.text)
            return is_above or is_version(block.text) or is_unreleased(block.text)

        return section_of(self.blocks, at, ends)

    def version_above(self, line: int) -> Block | None:
        """Return the heading of the version that a line (from 0) is filed under."""
        above = [self.blocks[at] for at in (*self.pending, *self.released) if self.blocks[at].start < line]
        return max(above, key=lambda block: block.start, default=None)


def read_changelog(document: Document) -> Changelog:
    """Find the versions of a changelog."""
    blocks = outline(document, lambda text: kind_of(text) is not None)
    headings = [at for at, block in enumerate(blocks) if block.kind == "heading" and block.level < 7]
    pending = tuple(at for at in headings if is_unreleased(blocks[at].text))
    released = tuple(at for at in headings if is_version(blocks[at].text))
    return Changelog(document, blocks, pending, released)


def place_for(log: Changelog, kind: str) -> Place | Unclear:
    """Return the place of a new entry of a kind (``Fixed``, ``Security``)."""
    if len(log.pending) > 1:
        titles = " and ".join(f"'{log.blocks[at].text}'" for at in log.pending[:2])
        return Unclear(f"Two headings are for what is not released yet: {titles}.")
    if log.pending:
        return _in_pending(log, log.section(log.pending[0]), kind)
    if log.released:
        return _above_newest(log, kind)
    return _first_of_all(log, kind)


def _in_pending(log: Changelog, section: Section, kind: str) -> Place | Unclear:
    document = log.document
    style = _spacing(log)
    kinds = _kinds_in(section)
    chosen = next((each for each in kinds if kind_of(each.text) == kind), None)
    if chosen is not None:
        return _in_part(log, section.part(chosen))
    if not kinds and (nested := _nested(document, section, kind)):
        return nested
    has_own = lists_in(section.own) or tables_in(section.own)
    newest = log.section(log.released[0]) if log.released else None
    if not kinds and has_own:
        return _in_part(log, section)
    if section.headings and not any(kind_of(block.text) for block in log.blocks if block.kind == "heading"):
        title = section.headings[0].text
        return Unclear(f"What is not released is divided by headings, such as '{title}', and none is a kind of change.")
    if not section.headings and newest and lists_in(newest.own) and not newest.headings:
        return below_heading(document, section, _newest_form(log), style)
    later = next((each for each in kinds if KINDS.index(kind_of(each.text) or "") > KINDS.index(kind)), None)
    line = later.start if later else section.end
    heading = _kind_heading(log, section, kind)
    before = (*gap(document, line - 1, style.above), *heading, *("",) * style.below)
    after = gap(document, line, style.above)
    return Place(line, _newest_form(log), _title(heading), before, after)


def _kinds_in(section: Section) -> list[Block]:
    """Return the headings of kinds in a section.

    A bold line in the part of a real heading of a kind is none: all who read the file as Markdown take what is
    below it for that heading's. "Changes" is more often a word for all kinds than one of them.
    """
    kinds: list[Block] = []
    level = 0
    for heading in section.headings:
        is_bold = heading.level > 6
        if not is_bold and heading.level <= level:
            level = 0
        kind = kind_of(heading.text)
        if kind and not (is_bold and level):
            kinds.append(heading)
        if kind and kind != "Changed" and not is_bold and not level:
            level = heading.level
    return kinds


def _in_part(log: Changelog, section: Section) -> Place:
    """Return the place in a section: in its last list, in its last table, else below its heading."""
    if lists := lists_in(section.own):
        return end_of_list(log.document, lists[-1], section.heading)
    if tables := tables_in(section.own):
        rows = rows_of(tables[-1])
        return Place(tables[-1].end, row_form_of(log.document, tables[-1], rows[-1] if rows else None), section.heading)
    return below_heading(log.document, section, _newest_form(log), _spacing(log))


def _nested(document: Document, section: Section, kind: str) -> Place | None:
    """Return the place where kinds are items themselves: ``- Fixed`` with the entries in it."""
    for block in lists_in(section.own):
        kinds = [item for item in block.children if kind_of(item.text) and lists_in(item.children)]
        chosen = next((item for item in kinds if kind_of(item.text) == kind), None)
        if chosen is not None:
            return end_of_list(document, lists_in(chosen.children)[-1], section.heading)
        if kinds:
            outer = form_of(document, block)
            inner = form_of(document, lists_in(kinds[-1].children)[0])
            made = outer._replace(width=None).lines(_title_word(log_words=kinds[-1].text, kind=kind))
            return Place(block.end, inner, section.heading, (*("",) * outer.is_loose, *made))
    return None


def _title_word(log_words: str, kind: str) -> str:
    """Return the name of a kind in the language of its neighbour, with a colon where that has one."""
    word = KOREAN[kind] if has_hangul(log_words) else kind
    return f"{word}:" if log_words.rstrip().endswith(":") else word


def _above_newest(log: Changelog, kind: str) -> Place | Unclear:
    """Return the place below a new heading above the newest version, which is made in the form of its neighbours."""
    document, blocks = log.document, log.blocks
    first, last = blocks[log.released[0]], blocks[log.released[-1]]
    if _is_older(first.text, last.text):
        return Unclear(f"The oldest version, '{plain(first.text)}', comes first, and no heading is for the next one.")
    if all(_DAY.match(plain(blocks[at].text)) for at in log.released):
        return Unclear("The file is kept by day, and no heading is for what is not released yet.")
    level = min(blocks[at].level for at in log.released)
    like = next(blocks[at] for at in log.released if blocks[at].level == level)
    made = heading_like(document, like, "[Unreleased]" if like.text.lstrip().startswith("[") else "Unreleased")
    before_it = blocks[log.released[0] - 1] if log.released[0] else None
    line = before_it.start if before_it and is_anchor(before_it) and before_it.end + 1 >= first.start else first.start
    style = _spacing(log)
    before = [*gap(document, line - 1, 1), *made, *("",) * style.below]
    newest, title = log.section(log.released[0]), _title(made)
    if not (lists_in(newest.own) and not newest.headings):
        stand_in = Section(like._replace(level=max(level, 1)), ())
        heading = _kind_heading(log, stand_in, kind)
        before += [*heading, *("",) * style.below]
        title = _title(heading)
    after = max(style.above, like.markup in ("=", "-"), line < first.start)
    return Place(line, _newest_form(log), title, tuple(before), ("",) * after)


def _first_of_all(log: Changelog, kind: str) -> Place | Unclear:
    """Return the place in a changelog that has only a title and an introduction so far."""
    document = log.document
    headings = [block for block in log.blocks if block.kind == "heading"]
    others = [block for block in log.blocks if block.kind not in ("heading", "paragraph", "html_block", "hr")]
    is_html = any(re.search(r"<(?:h\d|ul|ol|li|table)\b", block.text, re.IGNORECASE) for block in log.blocks)
    if others or is_html or len(headings) > 1 or any(block.level > 1 for block in headings):
        return Unclear("No heading of the file is for what is not released yet, and none is of a version.")
    end = log.blocks[-1].end if log.blocks else len(document.lines)
    before = (*gap(document, end - 1, 1), "## [Unreleased]", "", f"### {kind}", "")
    return Place(end, ItemForm(), kind, before, gap(document, end, 1))


def _kind_heading(log: Changelog, section: Section, kind: str) -> tuple[str, ...]:
    """Write the heading of a kind: as it stands in an older version, else like its neighbours."""
    document = log.document
    all_kinds = [block for block in log.blocks if block.kind == "heading" and kind_of(block.text)]
    same = [block for block in all_kinds if kind_of(block.text) == kind]
    neighbours = _kinds_in(section)
    like = next(iter(neighbours or same or all_kinds), None)
    word = kind if like is None else _title_word(plain(like.text), kind)
    if like is None or (like.level <= section.heading.level and not neighbours):
        return (f"{'#' * min(section.heading.level + 1, 6)} {word}",)
    for block in same:
        if (block.level, block.markup) == (like.level, like.markup):
            return document.lines[block.start : block.end]
    return heading_like(document, like, word)


def _newest_form(log: Changelog) -> ItemForm:
    """Return the form of the newest entry: of the first list below a version, else of the first in the file."""
    versions = sorted((*log.pending, *log.released))
    first = log.blocks[versions[0]].start if versions else 0
    for block in log.blocks:
        if block.kind in LISTS and block.kind == "bullet_list" and block.start > first:
            return form_of(log.document, block, block.children[0])._replace(is_loose=False)
    return any_form(log.document)


def _spacing(log: Changelog) -> Spacing:
    return spacing(log.document, [block for block in log.blocks if block.kind == "heading" and block.level > 1])


def _is_older(first: str, last: str) -> bool:
    """Whether the first version heading is older than the last one: by their days, else by their numbers."""
    days = _DAY.search(first), _DAY.search(last)
    if days[0] and days[1]:
        return days[0][0] < days[1][0]
    return version_number(first) < version_number(last)


def _title(heading: tuple[str, ...]) -> str:
    return re.sub(r"^#+\s+|\s+#+$", "", heading[0].strip())
