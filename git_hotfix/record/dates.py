"""How people write days, months and years in headings, items and cells; read to be written the same way."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from datetime import date

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
