"""What is to be reached, and whether it was: ratios to others in the same rounds, and connections."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from readings import Case, cpu_seconds, seconds
from tools import (
    CLEANUP,
    COMMANDS,
    FINISH,
    FLOOR,
    GIT_FLOW,
    HOTFIX,
    PLUMBING,
    PYTHON,
    ROLLBACK,
    START,
    STARTUP,
    STARTUPS,
    STATUS,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readings import Results

_TO_GIT_FLOW = (
    (FINISH, 100, 0.9),
    (FINISH, 100_000, 0.40),
    (FINISH, 500_000, 0.25),
    (START, 100, 2.0),
    (START, 100_000, 0.8),
)
_CONNECTIONS = ((START, 1), (STATUS, 1), (FINISH, 3), (CLEANUP, 2), (ROLLBACK, 3))
_LARGE_FILES = 100_000
_SLOW_MS, _SLOW_RATIO = 400, 1.0
_STATUS_RATIO = 1.5
_PLUMBING_RATIO = 1.5
_STARTUP_MS = 60


class Goal(NamedTuple):
    """What is wanted, at most how much, and how much it was: by the clock, and by the work of processors.

    ``best`` is by the clock in the best of the rounds; ``floor`` what git alone takes of processors, for the same.
    """

    words: str
    most: str
    measured: str
    best: str
    by_cpu: str
    floor: str
    reached: bool


def goals(results: Results, sizes: tuple[int, ...]) -> Iterator[Goal]:
    """Give every goal that was measured."""
    for words, most, *cases in _ratios(sizes):
        ratio, best = results.ratio(*cases), results.ratio(*cases, pick=min)
        if ratio is not None and best is not None:
            own, *peers = cases
            by_cpu, floor = (results.ratio(each, *peers, of=cpu_seconds) for each in (own, own._replace(tool=FLOOR)))
            yield Goal(words, f"{most:g}", _shown(ratio), _shown(best), _shown(by_cpu), _shown(floor), ratio <= most)
    for tool in STARTUPS:
        own, python = Case(STARTUP, tool, 0), _python(0)
        if tool != PYTHON and {own, python} <= results.readings.keys():
            over_ms, cpu_ms = (
                1000 * ((results.median(own, value) or 0) - (results.median(python, value) or 0))
                for value in (seconds, cpu_seconds)
            )
            least_ms = 1000 * (min(map(seconds, results.readings[own])) - min(map(seconds, results.readings[python])))
            allowed, over, least, cpu = (f"{each:.0f} ms" for each in (_STARTUP_MS, over_ms, least_ms, cpu_ms))
            yield Goal(f"`{tool}` over bare Python", allowed, over, least, cpu, "–", over_ms <= _STARTUP_MS)
    for task, at_most in _CONNECTIONS:
        counts = results.counts.get(Case(task, HOTFIX, sizes[0]))
        if counts is not None:
            reached = counts.connections <= at_most
            yield Goal(f"connections of `{task}`", str(at_most), str(counts.connections), "–", "–", "–", reached)


def _ratios(sizes: tuple[int, ...]) -> Iterator[tuple[str, float, *tuple[Case, ...]]]:
    """Give what each goal is called, its ratio at most, and what is set against what."""
    for task, files, most in _TO_GIT_FLOW:
        yield f"`{task}` to git-flow, {files:,} files", most, Case(task, HOTFIX, files), Case(task, GIT_FLOW, files)
    slow = (Case(FINISH, tool, sizes[0], _SLOW_MS) for tool in (HOTFIX, GIT_FLOW))
    yield f"`{FINISH}` to git-flow, {_SLOW_MS} ms a connection", _SLOW_RATIO, *slow
    large = (*(Case(STATUS, tool, _LARGE_FILES) for tool in (HOTFIX, COMMANDS)), _python(_LARGE_FILES))
    yield f"`{STATUS}` to `git status` and bare Python, {_LARGE_FILES:,} files", _STATUS_RATIO, *large
    for files in sizes:
        cases = (Case(FINISH, HOTFIX, files), Case(FINISH, PLUMBING, files), _python(files))
        yield f"`{FINISH}` to plumbing and bare Python, {files:,} files", _PLUMBING_RATIO, *cases


def _shown(ratio: float | None) -> str:
    return "–" if ratio is None else f"{ratio:.2f}"


def _python(files: int) -> Case:
    return Case(STARTUP, PYTHON, files)
