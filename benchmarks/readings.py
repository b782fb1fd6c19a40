"""What was measured: one reading a run, the readings of a case, and how two cases compare."""

from __future__ import annotations

import statistics
from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    Value = Callable[["Reading"], float]
    Pick = Callable[[list[float]], float]


class Reading(NamedTuple):
    """What one run cost. ``peak_bytes`` is of its biggest process; ``written_bytes`` is -1 where nobody counts them."""

    seconds: float
    cpu_seconds: float
    peak_bytes: int
    written_bytes: int


class Counts(NamedTuple):
    """What one run started: processes of git on this side, connections to the server."""

    processes: int
    connections: int


class Case(NamedTuple):
    """What was measured: a task, done by a tool, in so many files (0: no matter), with a server.

    ``delay_ms`` is what each connection waits; None: the server is a folder and nothing is between.
    """

    task: str
    tool: str
    files: int
    delay_ms: int | None = None


def seconds(reading: Reading) -> float:
    """Return how long a run took."""
    return reading.seconds


def cpu_seconds(reading: Reading) -> float:
    """Return how long processors were busy with a run: what a busy machine changes least."""
    return reading.cpu_seconds


class Results:
    """All readings; those of two cases with the same place in their lists were taken in the same round."""

    def __init__(self) -> None:
        self.readings: defaultdict[Case, list[Reading]] = defaultdict(list)
        self.counts: dict[Case, Counts] = {}

    def median(self, case: Case, of: Value = seconds) -> float | None:
        """Return the median of a value; None: not measured."""
        return statistics.median(map(of, self.readings[case])) if case in self.readings else None

    def ratio(self, case: Case, *peers: Case, of: Value = seconds, pick: Pick = statistics.median) -> float | None:
        """Return how many times as much a case takes as its peers together: the median over the rounds, or the best."""
        if not all(each in self.readings for each in (case, *peers)):
            return None
        own, *others = ([of(reading) for reading in self.readings[each]] for each in (case, *peers))
        totals: list[float] = list(map(sum, zip(*others, strict=True)))
        return pick([value / total for value, total in zip(own, totals, strict=True)])
