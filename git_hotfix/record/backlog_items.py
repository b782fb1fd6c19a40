"""What a backlog says of a hotfix that is done and of later work, written as its neighbours are; days as well."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

from msgspec import Struct

from git_hotfix.escapes import one_line
from git_hotfix.record.headings import Column, Part, is_named
from git_hotfix.record.markdown import id_link, report_link
from git_hotfix.record.words import words_like

if TYPE_CHECKING:
    from datetime import date

    from git_hotfix.hotfix import HotfixId
    from git_hotfix.record.followups import FollowUp
    from git_hotfix.record.words import Words

BOX = r"\[[ xX]\]"
TICK = r"\[[xX]\]|✅|✔|☑"
_BOLD = r"(?P<mark>\*\*|__)(?P<name>[^*_]+)(?P=mark)(?P<gap>:? [-–—:]? ?|: |$)"
_LEADING = r"[^\w\s]*\Z"
_TRAILING = r"\s+(?:[-–—|·✅]\ufe0f?\s*)?[^\w\s]*(?:\w+[:(])?\Z|\s+\w+:?\s\Z|\s+\([\w ]+:?\s\Z"
_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_DAYS = (
    *("{y}-{m:02}-{d:02}", "{y}/{m:02}/{d:02}", "{y}.{m:02}.{d:02}", "{y}. {m}. {d}", "{y}년 {m}월 {d}일"),
    *("{long} {d}, {y}", "{short} {d}, {y}", "{d} {long} {y}", "{d} {short} {y}"),
)
_SPANS = (
    *("{y}-{m:02}", "{y}/{m:02}", "{y}.{m:02}", "{y}년 {m}월", "{long} {y}", "{short} {y}"),
    *("{y} Q{q}", "{y}-Q{q}", "Q{q} {y}", "{y}년 {q}분기", "{y}년", "{y}"),
)
_FIELDS = {
    "{y}": r"(?P<y>20\d\d)",
    "{m:02}": r"(?P<m>\d\d)",
    "{d:02}": r"(?P<d>\d\d)",
    "{m}": r"(?P<m>\d{1,2})",
    "{d}": r"(?P<d>\d{1,2})",
    "{q}": r"(?P<q>[1-4])",
    "{long}": f"(?P<name>{'|'.join(_MONTHS)})",
    "{short}": f"(?P<name>{'|'.join(month[:3] for month in _MONTHS)})",
}


class Stamp(NamedTuple):
    """A day, or the month, quarter or year it is in: where it stands in a text, when it is, how it is written."""

    start: int
    end: int
    when: tuple[int, int, int]
    """Year, month, day; 0 where it does not say."""
    pattern: str

    def write(self, day: date) -> str:
        """Write a day the same way."""
        long = _MONTHS[day.month - 1]
        quarter = (day.month + 2) // 3
        return self.pattern.format(y=day.year, m=day.month, d=day.day, q=quarter, long=long, short=long[:3])


def find_day(text: str) -> Stamp | None:
    """Find the first day in a text; one that is part of a name (``HOTFIX-2026-01-17-x``) is none."""
    return _find(text, _DAYS)


def find_span(text: str) -> Stamp | None:
    """Find a day, or else a month, quarter or year."""
    return _find(text, (*_DAYS, *_SPANS))


def _find(text: str, patterns: tuple[str, ...]) -> Stamp | None:
    for pattern in patterns:
        if match := _regex(pattern).search(text):
            found = match.groupdict()
            month = int(found.get("m") or 3 * int(found.get("q") or 0) - 2)
            if name := found.get("name"):
                month = next(at for at, each in enumerate(_MONTHS, 1) if each.startswith(name[:3]))
            return Stamp(
                match.start(), match.end(), (int(found["y"]), max(month, 0), int(found.get("d") or 0)), pattern
            )
    return None


@cache
def _regex(pattern: str) -> re.Pattern[str]:
    """Return the regular expression of what is written by a pattern, where it is no part of a name or number."""
    parts = re.split(r"(\{.+?\})", pattern)
    regex = "".join(_FIELDS[part] if part in _FIELDS else re.escape(part) for part in parts)
    return re.compile(rf"(?<![0-9A-Za-z./-])(?:{regex})(?![0-9A-Za-z]|[-./]\w)")


class DoneItem(Struct, frozen=True, kw_only=True):
    """What a backlog says of a hotfix that is done; ``day`` is that of its publication.

    ``description`` is Markdown of one line, as ``markdown.inline`` returns it; ``report_path`` is a path from the
    backlog's folder.
    """

    hotfix: HotfixId
    description: str
    day: date
    tag: str | None = None
    report_path: str | None = None
    owner: str | None = None

    def text(self, columns: frozenset[Column]) -> str:
        """Return the words of a row: what has a column of its own is left out."""
        link = None if {Column.ID, Column.LINK} & columns else id_link(self.hotfix, self.report_path)
        known = _in_parentheses(None if Column.TAG in columns else self.tag and f"`{self.tag}`", link)
        return f"{one_line(self.description)} {known}".rstrip()

    def cell(self, column: Column, name: str, old: str) -> str:
        """Return a cell of a row by what its column is for, its name and that cell of another row."""
        words = words_like(name).backlog
        stamp = find_day(old)
        is_old_done = is_named(old, Part.DONE) or re.search("✅|✔|☑", old)
        texts = {
            Column.DAY: stamp.write(self.day) if stamp else self.day.isoformat(),
            Column.OWNER: self.owner or "",
            Column.STATUS: old if is_old_done else words.done,
            Column.ID: str(self.hotfix),
            Column.TAG: self.tag or "",
            Column.LINK: id_link(self.hotfix, self.report_path),
            Column.TYPE: words.hotfix,
        }
        return texts.get(column, "")


class ItemShape(NamedTuple):
    """How a finished item is written around its words: read from its neighbour.

    ``lead`` and ``tail`` are what stands before and behind the words, with ``{day}`` in one of them where there is
    a day; ``bold`` is what follows a bold name (None: no bold name), ``mark`` how that is written.
    """

    lead: str = ""
    tail: str = ""
    stamp: Stamp | None = None
    bold: str | None = None
    mark: str = "**"
    is_report_named: bool = False

    def write(self, item: DoneItem) -> str:
        """Write an item, without bullet and checkbox."""
        day = self.stamp.write(item.day) if self.stamp else ""
        return self.lead.replace("{day}", day) + self._words(item) + self.tail.replace("{day}", day)

    def _words(self, item: DoneItem) -> str:
        if self.bold is None:
            return item.text(frozenset())
        words, tag = one_line(item.description), item.tag and f"`{item.tag}`"
        if not self.bold:
            return f"{self.mark}{words}{self.mark} {_in_parentheses(tag, id_link(item.hotfix, item.report_path))}"
        name = item.hotfix.report_name().removesuffix(".md") if self.is_report_named else str(item.hotfix)
        known = _in_parentheses(tag, report_link(item.report_path))
        return f"{self.mark}{name}{self.mark}{self.bold}{words} {known}".rstrip()


def shape_of(text: str) -> ItemShape:
    """Read the shape of an item's text (of its first line)."""
    text = re.sub(rf"{BOX}\s+", "", text, count=1).split("\n")[0].strip()
    if len(text) > 1000:
        return ItemShape()
    lead, tail, stamp = "", "", find_day(text)
    if stamp is not None and re.match(_LEADING, text[: stamp.start]):
        close = re.match(r"[^\w\s]*(?:\s*[-–—:|·]+)?\s+", text[stamp.end :])
        width = close.end() if close else 0
        lead = f"{text[: stamp.start]}{{day}}{text[stamp.end : stamp.end + width]}" if close else ""
        stamp, text = (stamp, text[stamp.end + width :]) if close else (None, text)
    elif stamp is not None and re.fullmatch(r"[^\w\s]*|_", text[stamp.end :]):
        glue = re.search(_TRAILING, text[: stamp.start])
        tail = f"{glue[0]}{{day}}{text[stamp.end :]}" if glue else ""
        stamp, text = (stamp, text[: glue.start()]) if glue else (None, text)
    else:
        stamp = None
    bold = re.match(_BOLD, text)
    if bold is None:
        return ItemShape(lead, tail, stamp)
    is_whole = bold.end() == len(text) or text[bold.end() :].startswith("(")
    is_report_named = bold["name"].startswith("HOTFIX-")
    return ItemShape(lead, tail, stamp, "" if is_whole else bold["gap"], bold["mark"], is_report_named)


def follow_up_text(item: FollowUp, words: Words, columns: frozenset[Column] = frozenset()) -> str:
    """Return the words of later work, without bullet; what has a column of its own is left out."""
    known = (
        None if Column.ID in columns else f"`{item.id}`",
        None if Column.PRIORITY in columns else item.priority,
        None if Column.OWNER in columns or not item.owner else one_line(item.owner),
        None if Column.DUE in columns or not item.due else f"{words.backlog.due} {item.due.isoformat()}",
        None if Column.TRIGGER in columns or not item.trigger else f"{words.backlog.trigger} {one_line(item.trigger)}",
        None if Column.ISSUE in columns else item.ticket,
    )
    return f"{one_line(item.text)} {_in_parentheses(*known)}".rstrip()


def follow_up_cell(item: FollowUp, column: Column, name: str, old: str) -> str:
    """Return a cell of a row for later work by what its column is for, its name and that cell of another row."""
    state = old if is_named(old, Part.OPEN) else words_like(name).backlog.open
    texts = {
        Column.ID: f"`{item.id}`" if old.startswith("`") else item.id,
        Column.PRIORITY: item.priority or "",
        Column.OWNER: item.owner or "",
        Column.ISSUE: item.ticket or "",
        Column.DUE: item.due.isoformat() if item.due else "",
        Column.TRIGGER: one_line(item.trigger or ""),
        Column.STATUS: "[ ]" if re.search(BOX, old) else state,
    }
    return texts.get(column, "")


def _in_parentheses(*known: str | None) -> str:
    """Return what is known in parentheses."""
    texts = [*filter(None, known)]
    return f"({', '.join(texts)})" if texts else ""
