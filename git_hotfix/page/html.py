"""The HTML page, and what its template in ``share/templates/page`` asks for.

It is one file without scripts that may load nothing; the same incidents always give the same bytes.
"""

from __future__ import annotations

import base64
import hashlib
from bisect import bisect_left
from collections import Counter
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from msgspec import Struct

from git_hotfix import __version__
from git_hotfix.page import charts, metrics
from git_hotfix.page.charts import Dot
from git_hotfix.page.entries import Entries
from git_hotfix.page.incidents import brief
from git_hotfix.record.incident import Kind
from git_hotfix.record.markdown import shown
from git_hotfix.record.words import read_words
from git_hotfix.templates import read_shared, readable_time, render_bundled

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from git_hotfix.page.incidents import Chronicle, Incident
    from git_hotfix.page.metrics import Aged, Measured, Recurring, Span
    from git_hotfix.record.words import Language

MOST_AGAIN = 25
"""How many files and components that broke again are listed."""
MOST_SEVERITIES = 5
"""So many severities are counted beside those that are configured: of reports written when others were."""
_MAIN_SPANS = (metrics.MITIGATE, metrics.RESOLVE)
"""The durations that are shown first, and over time."""


class PageWords(Struct, frozen=True, forbid_unknown_fields=True):
    """The words of the page in one language."""

    language: str
    say: dict[str, str]


def page_words(language: Language) -> PageWords:
    """Return the words of the page in a language."""
    return read_words(f"words/page/{language}.toml", PageWords)


def page(chronicles: Sequence[Chronicle], words: PageWords, *, is_one: bool = False) -> str:
    """Return the page of some repositories, or (``is_one``) of the only incident of the only one."""
    style, made = read_shared("templates/page/page.css"), Page(chronicles, words.say, is_one=is_one)
    values = {
        "page": made,
        "entry": made.entries,
        "say": words.say,
        "language": words.language,
        "style": style,
        "style_hash": base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
        "version": __version__,
        "time": readable_time,
        "spans": metrics.SPANS,
        "main_spans": _MAIN_SPANS,
        "measured": metrics.measured,
        "yearly": metrics.yearly,
        "open_gaps": metrics.open_gaps,
        "brief": brief,
        "shown": shown,
    }
    return render_bundled("page/page.html.j2", values, escapes=True)


class Page:
    """What the template asks for about all incidents: metrics, charts, lists."""

    def __init__(self, chronicles: Sequence[Chronicle], say: Mapping[str, str], *, is_one: bool) -> None:
        self.chronicles = tuple(chronicles)
        self.say = say
        self.is_one = is_one
        self.entries = Entries(chronicles, say)
        self.incidents, self.spell = self.entries.incidents, self.entries.spell

    def picture(self) -> str:
        """Return the timeline of the only incident as a chart; "" without a known time."""
        events = self.incidents[0].events
        times = [each.when for each in events if each.when is not None]
        if not times:
            return ""
        about = self.say["timeline_picture"].format(
            n=len(times), first=readable_time(min(times)), last=readable_time(max(times))
        )
        return charts.timeline("c-timeline", (self.say["timeline"], about), events)

    def years(self, *, only_placed: bool = False) -> dict[str, list[Incident]]:
        """Return the incidents by year, newest first; ``only_placed``: those with a branch that must have the fix."""
        found: dict[str, list[Incident]] = {}
        for each in self.incidents:
            if each.places or not only_placed:
                found.setdefault(each.day[:4], []).append(each)
        return found

    def branches(self, incidents: Sequence[Incident]) -> tuple[str, ...]:
        """Return the branches that must have one of these fixes, in the order of the repository."""
        seen = {place.branch for each in incidents for place in each.places}
        order = dict.fromkeys(name for each in self.chronicles for name in each.branches)
        return (*(name for name in order if name in seen), *sorted(seen - set(order)))

    def figures(self) -> tuple[tuple[str, str, tuple[str, ...], str], ...]:
        """Return the key figures: name, value, notes, and the section with the details."""
        say, late = self.say, [each for each in self.follow_ups if each.is_overdue]
        states = Counter(each.status for each in self.incidents)
        counts = say["incidents_note"].format(open=states["open"], cancelled=states["cancelled"])
        overdue = say["follow_ups_note"].format(overdue=len(late))
        return (
            (say["incidents"], str(len(self.incidents)), (counts,), "each"),
            (say["gaps"], str(len(metrics.open_gaps(self.incidents))), (say["gaps_note"],), "matrix"),
            *(
                (say[f"span_{each.name}"], *self._in_short(metrics.measured(self.incidents, each)), "durations")
                for each in _MAIN_SPANS
            ),
            (say["rollbacks"], str(len(self.rollbacks)), (say["rollbacks_note"],), "rollbacks"),
            (say["follow_ups"], str(len(self.follow_ups)), (overdue,), "follow-ups"),
        )

    def _in_short(self, found: Measured) -> tuple[str, tuple[str, ...]]:
        """Return the median (of few values each) with notes: how many are known, missing, contradictory."""
        number, few = len(found.values), found.median is None
        notes = [f"{self.say[found.span.begin]} → {self.say[found.span.end]}"]
        notes += [self.say["each_of" if few else "median_of"].format(n=number)] * bool(number)
        notes += [self.say["not_known"].format(n=found.missing)] * bool(found.missing)
        notes += [self.say["contradict"].format(n=found.crossed)] * bool(found.crossed)
        return found.middle(self.spell), tuple(notes)

    def in_short(self, chronicle: Chronicle, span: Span) -> str:
        """Return a duration of one repository: the median (of few values each) and how many are known."""
        found = metrics.measured(chronicle.incidents, span)
        return f"{found.middle(self.spell)} (n={len(found.values)})"

    def over_time(self, span: Span) -> str:
        """Return a duration over time as a chart; "" where none is known."""
        known = ((each, metrics.length(each, span)) for each in self.incidents)
        dots = [
            Dot(each, max(1.0, value.total_seconds()), f"{each.hotfix}: {self.spell(value)}")
            for each, value in known
            if value is not None and value >= timedelta() and each.status != "cancelled"
        ]
        years = metrics.yearly(self.incidents, span).items()
        medians = {year: found.median for year, found in years if found.median is not None}
        name = self.say["over_time"].format(name=self.say[f"span_{span.name}"])
        told = (name, self.say["over_time_about"])
        return charts.over_time(f"c-{span.name}", told, dots, medians, self.spell) if dots else ""

    @cached_property
    def months(self) -> tuple[tuple[str, ...], dict[str, list[int]], dict[str, list[int]]]:
        """The months (of a long history quarters or years), and the incidents of each by severity and by kind."""
        labels, period_of = metrics.periods(self.incidents)
        said = [(period_of(each.day), each.report) for each in self.incidents if each.report is not None]
        by_severity = Counter((label, str(report.severity)) for label, report in said)
        by_kind = Counter((label, str(report.kind)) for label, report in said)
        own = dict.fromkeys(word for each in self.chronicles for word in each.severities)
        others = Counter(str(report.severity) for _, report in said if report.severity not in own)
        severities = (*own, *(word for word, _ in others.most_common(MOST_SEVERITIES)))
        return (
            labels,
            {word: [by_severity[label, word] for label in labels] for word in severities},
            {str(kind): [by_kind[label, str(kind)] for label in labels] for kind in Kind},
        )

    def by_severity(self) -> str:
        """Return the incidents of each month by severity as a chart."""
        labels, severities, _ = self.months
        return charts.bars("c-severity", (self.say["by_severity"], self.say["by_month"]), labels, severities)

    def by_kind(self) -> str:
        """Return the incidents of each month by kind as a chart."""
        labels, _, kinds = self.months
        return charts.bars("c-kind", (self.say["by_kind"], self.say["by_month"]), labels, kinds)

    @cached_property
    def again(self) -> tuple[Recurring, ...]:
        """What broke more than once; on the page of one incident, of that what its fix changed."""
        every = [each for one in self.chronicles for each in one.every] if self.is_one else self.incidents
        found = metrics.recurring(every)
        return tuple(each for each in found if not self.is_one or self.incidents[0] in each.incidents)[:MOST_AGAIN]

    def is_over(self, incident: Incident) -> bool:
        """Return whether a fix exceeds the limits of its repository."""
        own = self.entries.chronicle(incident)
        return incident.changed_lines > own.most_lines or len(incident.lines) > own.most_files

    def sized(self) -> tuple[Incident, ...]:
        """Return the incidents whose fix is known, the largest fix first."""
        return tuple(sorted((each for each in self.incidents if each.lines), key=lambda each: -each.changed_lines))

    def sizes(self) -> str:
        """Return the sizes of the fixes as a chart; "" where none is known."""
        dots = [
            Dot(each, max(1, each.changed_lines), f"{each.hotfix}: {each.changed_lines:,}", self.is_over(each))
            for each in self.incidents
            if each.lines
        ]
        limit = self.chronicles[0].most_lines
        told = self.say["limit"].format(n=f"{limit:,}")
        return charts.sizes("c-sizes", (self.say["sizes"], self.sizes_about), dots, limit, told) if dots else ""

    @property
    def sizes_about(self) -> str:
        """The description of the chart of the sizes."""
        own = self.chronicles[0]
        return self.say["sizes_about"].format(lines=f"{own.most_lines:,}", files=f"{own.most_files:,}")

    @cached_property
    def follow_ups(self) -> tuple[Aged, ...]:
        """The open follow-ups, the oldest first."""
        return metrics.ages(self.incidents, self.entries.at)

    def by_age(self) -> str:
        """Return the open follow-ups by age as a chart, the overdue ones first."""
        bounds = (30, 90, 180, 365)
        names = [self.say["days_up_to"].format(n=each) for each in bounds]
        labels = [*names, self.say["days_over"].format(n=bounds[-1])]
        rows = {self.say["overdue"]: [0] * len(labels), self.say["not_overdue"]: [0] * len(labels)}
        for each in self.follow_ups:
            name = self.say["overdue" if each.is_overdue else "not_overdue"]
            rows[name][bisect_left(bounds, each.age.days)] += 1
        return charts.bars("c-age", (self.say["by_age"], ", ".join(labels)), labels, rows)

    @cached_property
    def rollbacks(self) -> tuple[Incident, ...]:
        """The incidents whose fix was rolled back."""
        return tuple(each for each in self.incidents if each.rolled_back_at is not None)

    def since(self, end: datetime, begin: datetime | None) -> str:
        """Return in words how long after ``begin`` a time is; "" where that is unknown."""
        return self.spell(end - begin) if begin is not None and end >= begin else ""

    def read_from(self, each: Chronicle) -> str:
        """Return which revision was read, and as of when."""
        when = readable_time(each.seen_at)
        return self.say["read_from"].format(branch=brief(each.branch), revision=each.revision[:12], when=when)
