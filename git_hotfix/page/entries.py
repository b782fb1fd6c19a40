"""One incident on the page: its links, what its report says, its phases, its branches."""

from __future__ import annotations

from datetime import timedelta
from functools import cached_property
from html import escape
from itertools import accumulate
from typing import TYPE_CHECKING
from urllib.parse import quote

from git_hotfix.clock import duration
from git_hotfix.page import charts, metrics
from git_hotfix.page.incidents import brief, every_incident

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from git_hotfix.git.forges import Part
    from git_hotfix.page.incidents import Chronicle, Incident, Place

MOST_DETAILS, FEWEST_DETAILS = 600_000, 100_000
"""How many bytes of timelines and details the page has, those of the newest incidents; with many incidents, fewer."""
_INCIDENT_BYTES = 500
_ROW_BYTES = 120
"""The markup around a text in a table."""
_FACTS = (
    *("what", "impact", "data_at_risk", "affected_users", "root_cause", "caused_by", "issue", "reporter"),
    *("verified_by", "checks_run"),
)
"""The keys of a report that the page shows."""


class Entries:
    """The incidents of some repositories in the words of a language."""

    def __init__(self, chronicles: Sequence[Chronicle], say: Mapping[str, str]) -> None:
        self.say = say
        self.incidents = every_incident(chronicles)
        self.at = max(each.seen_at for each in chronicles)
        self._of = {each.name: (at, each) for at, each in enumerate(chronicles)}

    def chronicle(self, incident: Incident) -> Chronicle:
        """Return the repository of an incident."""
        return self._of[incident.repository][1]

    def anchor(self, incident: Incident) -> str:
        """Return its id on the page."""
        return incident.hotfix if len(self._of) == 1 else f"{self._of[incident.repository][0]}-{incident.hotfix}"

    def way(self, incident: Incident) -> str:
        """Return the link to it on the page."""
        return f"#{quote(self.anchor(incident))}"

    def address(self, incident: Incident, part: Part, name: str | None) -> str | None:
        """Return the address of a file, a commit or a tag on the forge; None where the forge is unknown."""
        chronicle = self.chronicle(incident)
        return chronicle.forge.address(part, name, chronicle.revision) if chronicle.forge and name else None

    def labels(self, incident: Incident) -> tuple[str, ...]:
        """Return its labels: repository (of several), status, severity, kind."""
        said = incident.report
        first = (incident.repository,) if len(self._of) > 1 else ()
        if said is None:
            return (*first, self.say[incident.status], self.say["no_report"])
        return (*first, self.say[incident.status], str(said.severity), str(said.kind))

    def facts(self, incident: Incident) -> tuple[tuple[str, str], ...]:
        """Return the values of its report, each with its name; unknown ones are left out."""
        values = ((name, getattr(incident.report, name, None)) for name in _FACTS)
        told = ((name, ", ".join(value) if isinstance(value, tuple) else value) for name, value in values)
        return tuple((self.say[name], brief(str(value))) for name, value in told if value not in {None, ""})

    def has_timeline(self, incident: Incident) -> bool:
        """Return whether the page has its timeline: the newest incidents come first, as far as there is room."""
        return bool(incident.events) and self.anchor(incident) in self._with_timeline

    @cached_property
    def _with_timeline(self) -> set[str]:
        sizes = (sum(map(_size, self._details(each))) for each in self.incidents)
        total = zip(self.incidents, accumulate(sizes), strict=True)
        most = max(FEWEST_DETAILS, MOST_DETAILS - _INCIDENT_BYTES * len(self.incidents))
        return {self.anchor(each) for each, size in total if size <= most}

    def _details(self, incident: Incident) -> Iterator[str]:
        yield from (value for _, value in self.facts(incident))
        yield from incident.gaps
        yield from (f"{each.text}{each.source}" for each in incident.events)

    def bar(self, incident: Incident) -> str:
        """Return its phases as a bar."""
        return charts.phase_bar(incident, self.most)

    def phases(self, incident: Incident) -> str:
        """Return its phases in words."""
        found = metrics.phases(incident)
        if not found:
            return self.say["no_times"]
        parts = [f"{self.say[each.name]} {self.spell(each.end - each.begin)}" for each in found]
        return " · ".join([*parts, self.say["total"].format(time=self.spell(found[-1].end))])

    @cached_property
    def most(self) -> timedelta:
        """The end of the scale of all bars: long enough for nine of ten incidents."""
        ends = sorted(found[-1].end for each in self.incidents if (found := metrics.phases(each)))
        return ends[(len(ends) * 9 - 1) // 10] if ends else timedelta(hours=1)

    def places(self, incident: Incident) -> dict[str, Place]:
        """Return the branches that must have its fix, by name."""
        return {each.branch: each for each in incident.places}

    def exposed(self, place: Place) -> str:
        """Return how long a branch has lacked a fix, or until when it is waived; "" where that is unknown."""
        if place.waived_until:
            return self.say["waived_until"].format(day=place.waived_until)
        span = place.exposed(self.at)
        return self.spell(span) if span is not None and span >= timedelta(minutes=1) else ""

    def spell(self, span: timedelta | None) -> str:
        """Return a duration for people, to the minute or the day; "–" for an unknown one."""
        if span is None or span < timedelta():  # that is not known, or its ends contradict each other
            return "–"
        rough = timedelta(days=1) if span >= timedelta(days=10) else timedelta(minutes=1)
        span = span // rough * rough if span >= timedelta(minutes=1) else span
        return duration(span, (self.say["days"], self.say["hours"], self.say["minutes"], self.say["seconds"]))


def _size(text: str) -> int:
    return len(escape(text).encode()) + _ROW_BYTES
