"""The metrics of incidents: each duration has two named ends; an unknown time is counted as missing, not made up.

Durations are skewed, so the median is given, with the number of values; fewer than five are listed instead. The one
name that is DORA's (https://dora.dev/guides/dora-metrics/) is used as DORA defines it: failed deployment recovery time
is measured only for incidents that a change caused.
"""

from __future__ import annotations

import posixpath
from datetime import timedelta
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct

from git_hotfix.record.incident import Status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import datetime

    from git_hotfix.page.incidents import Incident, Place
    from git_hotfix.record.followups import FollowUp

FEWEST = 5
"""Fewer values than this have no median and no percentile."""

COMPONENT_DEPTH = 2
"""A component is a folder at this depth: ``src/auth`` of ``src/auth/login/form.py``."""


class Span(NamedTuple):
    """A duration between two times of an incident, by the keys of the report."""

    name: str
    begin: str
    end: str
    caused_by_change: bool = False
    """Whether it is measured only where the report names the change that caused the incident."""


MITIGATE = Span("mitigate", "declared_at", "mitigated_at")
RESOLVE = Span("resolve", "declared_at", "resolved_at")
SPANS = (
    Span("detect", "started_at", "detected_at"),
    Span("declare", "detected_at", "declared_at"),
    MITIGATE,
    RESOLVE,
    Span("backport", "published_at", "backported_at"),
    Span("recover", "started_at", "mitigated_at", caused_by_change=True),
)
"""Every duration that is measured; the last is DORA's failed deployment recovery time."""

PHASES = ("undetected", "undeclared", "mitigating", "resolving", "backporting")
"""The phases of an incident; each ends at one of ``_ENDS`` and begins at the one before."""
_ENDS = ("started_at", "detected_at", "declared_at", "mitigated_at", "resolved_at", "backported_at")


class Measured(Struct, frozen=True):
    """A duration of several incidents: the values in ascending order, how many lack an end or end too early."""

    span: Span
    values: tuple[timedelta, ...]
    missing: int = 0
    crossed: int = 0

    @property
    def median(self) -> timedelta | None:
        """The median; None of fewer than five values."""
        seconds = [each.total_seconds() for each in self.values]
        return timedelta(seconds=median(seconds)) if len(seconds) >= FEWEST else None

    @property
    def p90(self) -> timedelta | None:
        """The 90th percentile (nearest rank); None of fewer than five values."""
        return self.values[-(-9 * len(self.values) // 10) - 1] if len(self.values) >= FEWEST else None

    def middle(self, spell: Callable[[timedelta], str]) -> str:
        """Return the median in words; of few values each."""
        return spell(self.median) if self.median is not None else ", ".join(map(spell, self.values)) or "–"


class Phase(NamedTuple):
    """A part of an incident; both ends are counted from the first time that is known."""

    name: str
    begin: timedelta
    end: timedelta


class Recurring(NamedTuple):
    """A file or a component that several fixes had to change, the newest incident first."""

    path: str
    is_file: bool
    incidents: tuple[Incident, ...]


class Aged(NamedTuple):
    """A follow-up that is open, since when, and whether it is overdue."""

    incident: Incident
    follow_up: FollowUp
    age: timedelta
    is_overdue: bool


def time_of(incident: Incident, name: str) -> datetime | None:
    """Return one of the times that ``SPANS`` name; an incident whose fix was rolled back is not resolved."""
    if name in {"published_at", "backported_at"}:
        found: datetime | None = getattr(incident, name)
    else:
        found = getattr(incident.report, name) if incident.report is not None else None
    return None if name == "resolved_at" and is_rolled_back(incident) else found


def is_rolled_back(incident: Incident) -> bool:
    """Return whether its fix was rolled back, by its report or by git."""
    return incident.rolled_back_at is not None or incident.status == Status.ROLLED_BACK


def length(incident: Incident, span: Span) -> timedelta | None:
    """Return a duration of an incident; None where an end is unknown, negative where it ends before it begins."""
    begin, end = time_of(incident, span.begin), time_of(incident, span.end)
    return end - begin if begin is not None and end is not None else None


def measured(incidents: Iterable[Incident], span: Span) -> Measured:
    """Return a duration of all incidents with a report, without cancelled ones and those to which it does not apply."""
    values, missing, crossed = list[timedelta](), 0, 0
    for each in incidents:
        if each.report is None or each.report.status is Status.CANCELLED:
            continue
        if span.caused_by_change and not each.report.caused_by:
            continue
        value = length(each, span)
        if value is None:
            missing += 1
        elif value < timedelta():
            crossed += 1
        else:
            values.append(value)
    return Measured(span, tuple(sorted(values)), missing, crossed)


def phases(incident: Incident) -> tuple[Phase, ...]:
    """Return the phases of an incident; each begins at the last known time before its end.

    An unknown time ends no phase, nor does one that is before an earlier one.
    """
    found = list[Phase]()
    first = last = time_of(incident, _ENDS[0])
    for name, end in zip(PHASES, _ENDS[1:], strict=True):
        time = time_of(incident, end)
        if time is None or (last is not None and time < last):
            continue
        if first is not None and last is not None and time > last:
            found.append(Phase(name, last - first, time - first))
        first, last = first or time, time
    return tuple(found)


def open_gaps(incidents: Iterable[Incident]) -> tuple[tuple[Incident, Place], ...]:
    """Return the branches that lack a fix that production has, or of which that is unknown."""
    return tuple(
        (each, place)
        for each in incidents
        if each.rolled_back_at is None
        for place in each.places
        if not place.verdict.is_settled
    )


def recurring(incidents: Sequence[Incident]) -> tuple[Recurring, ...]:
    """Return the files, and components beyond those, that two or more fixes changed; most fixes first."""
    files = _grouped(incidents, lambda path: path)
    folders = _grouped(incidents, component)
    found = [Recurring(path, is_file=True, incidents=each) for path, each in files.items()]
    alike = {(component(path), len(each)) for path, each in files.items()}
    beyond = ((path, each) for path, each in folders.items() if (path, len(each)) not in alike)
    found += [Recurring(path, is_file=False, incidents=each) for path, each in beyond]
    several = (each for each in found if len(each.incidents) > 1)
    return tuple(sorted(several, key=lambda each: (-len(each.incidents), each.is_file, each.path)))


def component(path: str) -> str:
    """Return the folder that a file belongs to; "" for one at the top."""
    return "/".join(posixpath.dirname(path).split("/")[:COMPONENT_DEPTH])


def _grouped(incidents: Sequence[Incident], name_of: Callable[[str], str]) -> dict[str, tuple[Incident, ...]]:
    found: dict[str, list[Incident]] = {}
    for each in incidents:
        for name in dict.fromkeys(name_of(path) for path, _ in each.lines):
            if name:
                found.setdefault(name, []).append(each)
    return {name: tuple(each) for name, each in found.items()}


def ages(incidents: Iterable[Incident], at: datetime) -> tuple[Aged, ...]:
    """Return the open follow-ups, the oldest first, by the day of their incident."""
    found = (
        Aged(each, item, at - each.report.declared_at, item.due is not None and item.due < at.date())
        for each in incidents
        if each.report is not None
        for item in each.follow_ups
        if not item.is_done
    )
    return tuple(sorted(found, key=lambda each: (-each.age, each.follow_up.id)))


def yearly(incidents: Sequence[Incident], span: Span) -> dict[str, Measured]:
    """Return a duration by the year of the incidents, the newest first."""
    years = dict.fromkeys(each.day[:4] for each in incidents)
    return {year: measured((each for each in incidents if each.day.startswith(year)), span) for year in years}


def periods(incidents: Sequence[Incident]) -> tuple[tuple[str, ...], Callable[[str], str]]:
    """Return every month (or quarter, or year) from the first incident to the last, and what maps a day to one."""
    days = sorted(each.day for each in incidents) or ["2000-01-01"]
    every = tuple(_months_between(days[0][:7], days[-1][:7]))
    name = next(name for most, name in _PERIODS if len(every) <= most)
    return tuple(dict.fromkeys(map(name, every))), name


def _quarter(day: str) -> str:
    return f"{day[:4]} Q{(int(day[5:7]) + 2) // 3}"


_PERIODS: tuple[tuple[float, Callable[[str], str]], ...] = (
    (36, lambda day: day[:7]),
    (144, _quarter),
    (float("inf"), lambda day: day[:4]),
)
"""Up to how many months each is a period of its own, then quarters, then years."""


def _months_between(first: str, last: str) -> Iterator[str]:
    begin, end = (12 * int(each[:4]) + int(each[5:]) - 1 for each in (first, last))
    return (f"{at // 12}-{at % 12 + 1:02}" for at in range(begin, end + 1))
