"""How people write days, months and years in headings, items and cells; read to be written the same way."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from datetime import date

_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_LONG = "|".join(_MONTHS)
_SHORT = "|".join(month[:3] for month in _MONTHS)
_YEAR, _MONTH, _DAY = r"(?P<y>20\d\d)", r"(?P<m>\d{1,2})", r"(?P<d>\d{1,2})"

_DAYS = (
    (r"(?P<y>20\d\d)-(?P<m>\d\d)-(?P<d>\d\d)", "{y}-{m:02}-{d:02}"),
    (r"(?P<y>20\d\d)/(?P<m>\d\d)/(?P<d>\d\d)", "{y}/{m:02}/{d:02}"),
    (r"(?P<y>20\d\d)\.(?P<m>\d\d)\.(?P<d>\d\d)", "{y}.{m:02}.{d:02}"),
    (rf"{_YEAR}\. {_MONTH}\. {_DAY}", "{y}. {m}. {d}"),
    (rf"{_YEAR}년 {_MONTH}월 {_DAY}일", "{y}년 {m}월 {d}일"),
    (rf"(?P<name>{_LONG}) {_DAY}, {_YEAR}", "{long} {d}, {y}"),
    (rf"(?P<name>{_SHORT}) {_DAY}, {_YEAR}", "{short} {d}, {y}"),
    (rf"{_DAY} (?P<name>{_LONG}) {_YEAR}", "{d} {long} {y}"),
    (rf"{_DAY} (?P<name>{_SHORT}) {_YEAR}", "{d} {short} {y}"),
)
_SPANS = (
    (r"(?P<y>20\d\d)-(?P<m>\d\d)", "{y}-{m:02}"),
    (r"(?P<y>20\d\d)/(?P<m>\d\d)", "{y}/{m:02}"),
    (r"(?P<y>20\d\d)\.(?P<m>\d\d)", "{y}.{m:02}"),
    (rf"{_YEAR}년 {_MONTH}월", "{y}년 {m}월"),
    (rf"(?P<name>{_LONG}) {_YEAR}", "{long} {y}"),
    (rf"(?P<name>{_SHORT}) {_YEAR}", "{short} {y}"),
    (rf"{_YEAR}[ -]Q(?P<q>[1-4])", "{y} Q{q}"),
    (rf"Q(?P<q>[1-4]) {_YEAR}", "Q{q} {y}"),
    (rf"{_YEAR}년 (?P<q>[1-4])분기", "{y}년 {q}분기"),
    (rf"{_YEAR}년", "{y}년"),
    (_YEAR, "{y}"),
)


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


def _find(text: str, forms: tuple[tuple[str, str], ...]) -> Stamp | None:
    for regex, pattern in forms:
        match = re.search(rf"(?<![0-9A-Za-z./-])(?:{regex})(?![0-9A-Za-z]|[-./]\w)", text)
        if match:
            return Stamp(match.start(), match.end(), _when(match.groupdict()), pattern)
    return None


def _when(groups: dict[str, str | None]) -> tuple[int, int, int]:
    month = int(groups.get("m") or 0)
    if name := groups.get("name"):
        month = next(at for at, each in enumerate(_MONTHS, 1) if each.startswith(name[:3]))
    if quarter := groups.get("q"):
        month = 3 * int(quarter) - 2
    return int(groups.get("y") or 0), month, int(groups.get("d") or 0)
