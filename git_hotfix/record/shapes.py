"""The shape of a finished item: checkbox, day before or behind the words, bold name; read from its neighbour."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct

from git_hotfix.record.days import Stamp, find_day
from git_hotfix.record.entries import id_link, one_line, report_link

if TYPE_CHECKING:
    from datetime import date

    from git_hotfix.hotfix import HotfixId

_TASK = re.compile(r"\[[ xX]\]\s+")
_BOLD = re.compile(r"(?P<mark>\*\*|__)(?P<name>[^*_]+)(?P=mark)(?P<gap>:? [-–—:]? ?|: |$)")
_LEADING = re.compile(r"[^\w\s]*\Z")
_TRAILING = re.compile(r"\s+(?:[-–—|·✅]\ufe0f?\s*)?[^\w\s]*(?:\w+[:(])?\Z|\s+\w+:?\s\Z|\s+\([\w ]+:?\s\Z")


class DoneItem(Struct, frozen=True, kw_only=True):
    """What a backlog says of a hotfix that is done; ``day`` is that of its publication.

    ``description`` is Markdown of one line, as ``incident.markdown.inline`` gives it; ``report_path`` is a path
    from the backlog's folder.
    """

    hotfix: HotfixId
    description: str
    day: date
    tag: str | None = None
    report_path: str | None = None
    owner: str | None = None


class Shape(NamedTuple):
    """How a finished item is written around its words.

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
        words = one_line(item.description)
        if self.bold is None:
            return f"{words} {behind(item.tag, id_link(item.hotfix, item.report_path))}"
        if not self.bold:
            return f"{self.mark}{words}{self.mark} {behind(item.tag, id_link(item.hotfix, item.report_path))}"
        name = item.hotfix.report_name().removesuffix(".md") if self.is_report_named else str(item.hotfix)
        known = behind(item.tag, report_link(item.report_path))
        return f"{self.mark}{name}{self.mark}{self.bold}{words} {known}".rstrip()


def behind(*known: str | None) -> str:
    """Return what is known in parentheses; a tag comes first, as code."""
    tag, *others = known
    texts = [*filter(None, [tag and f"`{tag}`", *others])]
    return f"({', '.join(texts)})" if texts else ""


def shape_of(text: str) -> Shape:
    """Read the shape of an item's text (of its first line)."""
    text = _TASK.sub("", text, count=1).split("\n")[0].strip()
    lead, tail, stamp = "", "", find_day(text)
    if stamp is not None and _LEADING.match(text[: stamp.start]):
        close = re.match(r"[^\w\s]*(?:\s*[-–—:|·]+)?\s+", text[stamp.end :])
        width = close.end() if close else 0
        lead = f"{text[: stamp.start]}{{day}}{text[stamp.end : stamp.end + width]}" if close else ""
        stamp, text = (stamp, text[stamp.end + width :]) if close else (None, text)
    elif stamp is not None and re.fullmatch(r"[^\w\s]*|_", text[stamp.end :]):
        glue = _TRAILING.search(text[: stamp.start])
        tail = f"{glue[0]}{{day}}{text[stamp.end :]}" if glue else ""
        stamp, text = (stamp, text[: glue.start()]) if glue else (None, text)
    else:
        stamp = None
    bold = _BOLD.match(text)
    if bold is None:
        return Shape(lead, tail, stamp)
    is_whole = bold.end() == len(text) or text[bold.end() :].startswith("(")
    return Shape(lead, tail, stamp, "" if is_whole else bold["gap"], bold["mark"], bold["name"].startswith("HOTFIX-"))
