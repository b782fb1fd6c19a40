"""The charts of the page: phases, durations over time, incidents by month, sizes against the limits, one timeline.

Each has a table beside it with the same values, for readers who cannot see it; shape and place tell things apart,
colour never alone.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

from git_hotfix.page.metrics import PHASES, phases
from git_hotfix.page.svg import Logarithmic, element, figure, percent, text, title

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from git_hotfix.page.incidents import Event, Incident

_EDGE = 0.02
"""The margin on both sides, as a part of the width."""
_TICKS = 4
MOST_TITLES = 200
"""With more values than these none has a tooltip: the table has the numbers."""
_TIMES = tuple(timedelta(minutes=each) for each in (1, 5, 15, 60, 240, 1440, 10_080, 43_200, 525_600))
"""Where the scale of a duration has grid lines."""
_SIZES = (1, 10, 100, 1000, 10_000, 100_000)
_HEIGHT, _BOTTOM = 220, 196
"""The height of a chart over time, and of its lower edge, below which the months are."""
_NEAR = 0.06
"""Events that are nearer to each other than this part of the width share one label."""
_ROW = 64
"""The height of one row of bars."""


class Days:
    """The scale from the first day of some incidents to the last."""

    def __init__(self, days: Iterable[str]) -> None:
        ordinals = sorted(date.fromisoformat(each).toordinal() for each in days)
        self._first, self._last = (ordinals[0], ordinals[-1]) if ordinals else (1, 1)

    def place(self, day: str) -> float:
        """Return where a day is; one outside the scale is at its edge."""
        return self._at(min(self._last, max(self._first, date.fromisoformat(day).toordinal())))

    def _at(self, ordinal: int) -> float:
        length = self._last - self._first
        return _EDGE + (ordinal - self._first) / length * (1 - 2 * _EDGE) if length else 0.5

    def axis(self) -> Iterator[str]:
        """Return some of the months below a chart, evenly spaced."""
        seen = set[str]()
        for at in range(_TICKS + 1):
            ordinal = self._first + (self._last - self._first) * at // _TICKS
            month = date.fromordinal(ordinal).isoformat()[:7]
            if month not in seen:
                yield text(month, self._at(ordinal), _HEIGHT - 6, "tick")
            seen.add(month)


class Dot(NamedTuple):
    """A value of an incident on its day, with its tooltip; one that is ``over`` a limit has another shape."""

    incident: Incident
    value: float
    told: str
    over: bool = False


def phase_bar(incident: Incident, most: timedelta) -> str:
    """Return the phases of an incident as a bar on a scale up to ``most``; a longer one ends in an arrow."""
    parts, found = [], phases(incident)
    for each in found:
        begin, end = each.begin / most, min(1.0, each.end / most)
        if begin < 1:
            kind = f"p{PHASES.index(each.name)}"
            parts.append(element("rect", x=percent(begin), width=percent(max(end - begin, 0.003)), class_=kind))
    if found and found[-1].end > most:
        point = element("path", d="M0 0H-9L0 6-9 12H0z", class_="gone")
        parts.append(element("svg", point, x="100%", overflow="visible"))
    return element("svg", *parts, class_="bar", aria_hidden="true")


def over_time(
    name: str,
    told: tuple[str, str],
    dots: Sequence[Dot],
    medians: Mapping[str, timedelta],
    spell: Callable[[timedelta], str],
) -> str:
    """Return a duration of each incident by its day, with a line for the median of each year."""
    days = Days(each.incident.day for each in dots)
    scale = Logarithmic([each.value for each in dots], _BOTTOM, top=14, least=60)
    parts = []
    for year, median in medians.items():
        begin, end = days.place(f"{year}-01-01"), days.place(f"{year}-12-31")
        y = scale.place(median.total_seconds())
        parts.append(element("line", x1=percent(begin), x2=percent(end), y1=y, y2=y, class_="median"))
    parts += [*_grid(((each.total_seconds(), spell(each)) for each in _TIMES), scale), *days.axis()]
    return figure(name, told, _HEIGHT, [*parts, *_dots(dots, days, scale)])


def sizes(name: str, told: tuple[str, str], dots: Sequence[Dot], limit: int, limit_told: str) -> str:
    """Return the size of each fix by its day, against the limit."""
    days = Days(each.incident.day for each in dots)
    scale = Logarithmic([*(each.value for each in dots), limit], _BOTTOM, top=14, least=1)
    y = scale.place(limit)
    parts = [*_grid(((each, f"{each:,}") for each in _SIZES), scale), *days.axis()]
    parts.append(element("line", x1="0", x2="100%", y1=y, y2=y, class_="limit"))
    parts.append(text(limit_told, 1, y - 4, "strong"))
    return figure(name, told, _HEIGHT, [*parts, *_dots(dots, days, scale)])


def _dots(dots: Sequence[Dot], days: Days, scale: Logarithmic) -> Iterator[str]:
    for each in dots:
        told = title(each.told) if len(dots) <= MOST_TITLES else ""
        x, y = percent(days.place(each.incident.day)), scale.place(each.value)
        if each.over:
            shape = element("path", told, d="M0-6L6 0 0 6-6 0z", class_="over")
            yield element("svg", shape, x=x, y=y, overflow="visible")
        else:
            yield element("circle", told, cx=x, cy=y, r=4)


def _grid(marks: Iterable[tuple[float, str]], scale: Logarithmic) -> Iterator[str]:
    """Return the grid lines of a scale, each with its value above its left end."""
    for value, words in marks:
        if scale.has(value):
            y = scale.place(value)
            yield element("line", x1="0", x2="100%", y1=y, y2=y, class_="grid")
            yield text(words, 0, y - 3, "tick")


def bars(name: str, told: tuple[str, str], labels: Sequence[str], rows: Mapping[str, Sequence[int]]) -> str:
    """Return a row of bars for each series, all on one scale."""
    most = max([number for row in rows.values() for number in row], default=1) or 1
    parts = []
    for number, (kind, row) in enumerate(rows.items()):
        top, bottom = number * _ROW + 18, (number + 1) * _ROW - 2
        parts += [
            text(f"{kind}: {sum(row)}", 0, top - 4, "strong"),
            element("line", x1="0", x2="100%", y1=bottom, y2=bottom, class_="grid"),
        ]
        for at, value in enumerate(row):
            height = value / most * (bottom - top)
            if value:
                parts.append(_bar(at, len(labels), bottom - height, height))
    height = len(rows) * _ROW + 22
    return figure(name, told, height, [*parts, *_labels(labels, height - 6)])


def _bar(at: int, count: int, y: float, height: float) -> str:
    width = 1 / count
    wide = min(width * 0.8, 0.06)
    x = at * width + (width - wide) / 2
    return element("rect", x=percent(x), width=percent(wide), y=y, height=height, class_="column")


def _labels(labels: Sequence[str], y: int) -> Iterator[str]:
    """Return some of the labels below the bars, evenly spaced."""
    last = len(labels) - 1
    at_edges = {0: 0.0, last: 1.0} if last > _TICKS else {}
    for at in dict.fromkeys(last * part // _TICKS for part in range(_TICKS + 1)):
        yield text(labels[at], at_edges.get(at, (at + 0.5) / len(labels)), y, "tick")


def timeline(name: str, told: tuple[str, str], events: Sequence[Event]) -> str:
    """Return the events of one incident on a line from the first to the last, with their numbers in the table."""
    times = [each.when for each in events if each.when is not None]
    first, length = min(times), max(times) - min(times)
    groups: list[tuple[float, list[int]]] = []
    for at, each in enumerate(events, 1):
        if each.when is not None:
            x = _EDGE + ((each.when - first) / length if length else 0.5) * (1 - 2 * _EDGE)
            if groups and x - groups[-1][0] < _NEAR:
                groups[-1][1].append(at)
            else:
                groups.append((x, [at]))
    parts = [element("line", x1=percent(_EDGE), x2=percent(1 - _EDGE), y1=34, y2=34, class_="axis")]
    for x, numbers in groups:
        label = str(numbers[0]) if len(numbers) == 1 else f"{numbers[0]}–{numbers[-1]}"
        words = "; ".join(events[at - 1].text for at in numbers)
        parts += [element("circle", title(words), cx=percent(x), cy=34, r=5), text(label, x, 20, "strong")]
    parts += [text(f"{end:%Y-%m-%d %H:%M}", at, 58, "tick") for at, end in enumerate((min(times), max(times)))]
    return figure(name, told, 64, parts)
