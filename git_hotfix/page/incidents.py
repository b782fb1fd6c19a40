"""The values of a report: the incidents of a repository, from the reports of one revision and from git."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from git_hotfix.credentials import masked
from git_hotfix.escapes import one_line, readable
from git_hotfix.hotfix import Oid, Verdict
from git_hotfix.record.incident import SEVERITIES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from git_hotfix.git.forges import Forge
    from git_hotfix.record.followups import FollowUp
    from git_hotfix.record.incident import Report
    from git_hotfix.steps.kept_audit import Audited

MOST_CHARS = 300
"""A longer text of others is cut."""


class Event(Struct, frozen=True):
    """A row of a timeline as a reader sees it; without a time it belongs after the row above."""

    when: datetime | None
    text: str
    source: str


class Place(Struct, frozen=True):
    """A branch that must have a fix: published ``since``, there from ``until`` on (None: unknown).

    ``waived_until`` is the last day of a waiver that has one.
    """

    branch: str
    verdict: Verdict
    evidence: str
    since: datetime | None = None
    until: datetime | None = None
    waived_until: str | None = None

    def exposed(self, at: datetime) -> timedelta | None:
        """Return how long production had the fix and this branch did not, seen ``at`` a time; None: unknown."""
        if self.since is None or self.verdict in {Verdict.NOT_APPLICABLE, Verdict.WAIVED}:
            return None
        end = self.until if self.verdict.is_there else at
        return end - self.since if end is not None and end >= self.since else None


class Incident(Struct, frozen=True, kw_only=True):
    """One incident; without a ``report`` it is a hotfix that only git knows.

    ``events`` are the last of its timeline, before them are ``earlier_events`` more; ``lines`` is the number of changed
    lines of each file of the fix, ``gaps`` is what the audit misses, a sentence each.
    """

    repository: str
    hotfix: str
    title: str
    path: str | None = None
    report: Report | None = None
    events: tuple[Event, ...] = ()
    earlier_events: int = 0
    follow_ups: tuple[FollowUp, ...] = ()
    places: tuple[Place, ...] = ()
    gaps: tuple[str, ...] = ()
    stands: str = "complete"
    merge: Oid | None = None
    published_at: datetime | None = None
    rolled_back_at: datetime | None = None
    rolled_back_because: str | None = None
    lines: tuple[tuple[str, int], ...] = ()

    @property
    def day(self) -> str:
        """The day of its id: ``2026-01-17``."""
        return f"{self.hotfix[:4]}-{self.hotfix[4:6]}-{self.hotfix[6:8]}"

    @property
    def tag(self) -> str | None:
        """The tag of its publication, from the report."""
        return self.report.tag if self.report is not None else None

    @property
    def changed_lines(self) -> int:
        """How many lines the fix changed, without tests and records, as for the limits."""
        return sum(number for _, number in self.lines)

    @property
    def status(self) -> str:
        """The status in the report; without a report, what the audit found."""
        return str(self.report.status) if self.report is not None else self.stands

    @property
    def backported_at(self) -> datetime | None:
        """When the last branch got the fix; None while one lacks it, or where that is unknown of one."""
        wanted = [each for each in self.places if each.verdict not in {Verdict.NOT_APPLICABLE, Verdict.WAIVED}]
        times = [each.until for each in wanted if each.verdict.is_there and each.until is not None]
        return max(times) if times and len(times) == len(wanted) else None


class Broken(Struct, frozen=True):
    """A file that should be a report and cannot be read, with the sentence that says where and why."""

    repository: str
    path: str
    why: str


class Chronicle(Struct, frozen=True, kw_only=True):
    """All that was read of one repository: ``revision`` has the reports, ``seen_at`` is the newest time seen there.

    ``incidents`` are those that were asked for, with their ``audits``; ``every`` is all of them.
    ``severities`` are those that can be chosen there, the worst first.
    ``unseen`` says what could not be seen, a sentence each: there may be more incidents.
    """

    name: str
    revision: Oid
    branch: str
    seen_at: datetime
    branches: tuple[str, ...]
    most_files: int
    most_lines: int
    severities: tuple[str, ...] = SEVERITIES
    forge: Forge | None = None
    incidents: tuple[Incident, ...] = ()
    every: tuple[Incident, ...] = ()
    audits: tuple[Audited, ...] = ()
    broken: tuple[Broken, ...] = ()
    unseen: tuple[str, ...] = ()


def every_incident(chronicles: Sequence[Chronicle]) -> tuple[Incident, ...]:
    """Return the incidents of all repositories, newest first."""
    every = (each for one in chronicles for each in one.incidents)
    return tuple(sorted(every, key=lambda each: (each.hotfix, each.repository), reverse=True))


def brief(text: str) -> str:
    """Return a text of others on one line, cut to ``MOST_CHARS``; characters that hide or reorder text are escaped."""
    line = masked(readable(one_line(text)))
    return line if len(line) <= MOST_CHARS else f"{line[:MOST_CHARS]}…"
