"""Times with their UTC offset: taken when things happen, read from what people type, written as RFC 3339."""

from __future__ import annotations

import os
import re
from datetime import UTC, date, datetime, timedelta, timezone

from git_hotfix.errors import command, wrong_input

_FORMS = "14:05, '2h ago', 'yesterday 14:05' or 2026-01-17T02:10:00+09:00"
_EXAMPLE = command("date", "-Iseconds")  # writes one in a form that is read here
_AGO = re.compile(r"(\d{1,6})\s*(s|sec|m|min|h|hours?|d|days?)\s+ago\Z")
_DAYS = {"today": 0, "yesterday": 1}
_OF_DAY = re.compile(r"(\d{1,2}):(\d{2})\Z")
_DAY_MINUTES = 24 * 60
_FIRST_SECOND, _LAST_SECOND = (int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) for year in (3, 9998))
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


NOW = "HOTFIX_NOW"
"""The variable that says what time it is, in a demo that plays the past."""


def now() -> datetime:
    """Return the present time in the local zone, with its offset, in whole seconds."""
    played = from_rfc3339(os.environ.get(NOW, ""))
    if played is not None:
        return played.astimezone().replace(microsecond=0)
    return datetime.now(UTC).astimezone().replace(microsecond=0)


def from_epoch(seconds: int, offset_minutes: int) -> datetime:
    """Return the time of a git signature: seconds since 1970 and the offset east of UTC in minutes.

    Anybody can push a commit of the year 3170843: a time that is none becomes the nearest that is one.
    """
    offset = offset_minutes if abs(offset_minutes) < _DAY_MINUTES else 0
    zone = timezone(timedelta(minutes=offset))
    return datetime.fromtimestamp(min(max(seconds, _FIRST_SECOND), _LAST_SECOND), zone)


def rfc3339(when: datetime) -> str:
    """Write a time with seconds and offset, ``2026-01-17T02:10:00+09:00``."""
    return when.isoformat(timespec="seconds")


def from_rfc3339(text: str) -> datetime | None:
    """Read what ``rfc3339`` wrote; None when the text is not a time with an offset."""
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return None
    is_real = when.tzinfo is not None and 1 < when.year < 9999  # else no offset can be added
    return when if is_real else None


def day(text: str) -> date | None:
    """Read a day as in 2026-02-01; None when it is none."""
    try:
        return date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text) else None
    except ValueError:
        return None


def when_told(text: str, *, at: datetime) -> datetime:
    """Read a time as a person types it, seen from ``at``.

    ``14:05`` is the last 14:05 that is past, ``yesterday``, ``today`` and a time of theirs are of those days,
    ``2h ago``/``10m ago`` count back, a date or an ISO 8601 time is itself (the local zone when no offset is given).
    A time in the future, an impossible one or anything else is wrong input.
    """
    text = text.strip()
    day, _, hour = text.partition(" ")
    if day in _DAYS and (match := _OF_DAY.match(hour or "0:00")):
        when = _of_day(at - timedelta(days=_DAYS[day]), int(match[1]), int(match[2]))
    elif match := _OF_DAY.match(text):
        when = _last_past(int(match[1]), int(match[2]), at)
    elif match := _AGO.match(text):
        when = _before(at, timedelta(seconds=int(match[1]) * _SECONDS[match[2][0]]))
    elif text == "now":
        when = at
    else:
        when = _iso(text)
    if when is None:
        raise wrong_input("bad-time", f"'{text}' is not a time ({_FORMS}).", _EXAMPLE)
    if when > at + timedelta(minutes=1):
        raise wrong_input("future-time", f"'{text}' is in the future.", _EXAMPLE)
    return when


def duration(span: timedelta, units: tuple[str, str, str, str] = (" d", " h", " min", " s")) -> str:
    """Return a span for people in its two largest units: ``3 d 4 h``, ``2 h 5 min``, ``40 s``."""
    seconds = max(0, int(span.total_seconds()))
    days, rest = divmod(seconds, 86400)
    hours, rest = divmod(rest, 3600)
    minutes, rest = divmod(rest, 60)
    parts = zip((days, hours, minutes, rest), units, strict=True)
    words = [f"{number}{unit}" for number, unit in parts if number]
    return " ".join(words[:2]) or f"0{units[-1]}"


def _of_day(at: datetime, hour: int, minute: int) -> datetime | None:
    try:
        return at.replace(hour=hour, minute=minute, second=0)
    except ValueError:
        return None


def _last_past(hour: int, minute: int, at: datetime) -> datetime | None:
    when = _of_day(at, hour, minute)
    return when if when is None or when <= at else when - timedelta(days=1)


def _before(at: datetime, span: timedelta) -> datetime | None:
    try:
        return at - span
    except OverflowError:  # before the year 1
        return None


def _iso(text: str) -> datetime | None:
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            day = date.fromisoformat(text)
            return datetime(day.year, day.month, day.day).astimezone()
        when = datetime.fromisoformat(text)
        return (when if when.tzinfo else when.astimezone()).replace(microsecond=0)
    except (ValueError, OverflowError):  # astimezone: a time of year 1 or 9999 that is outside them in UTC
        return None
