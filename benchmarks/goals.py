"""What is to be reached, and whether it was: ratios to others in the same rounds, and connections."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from readings import Case
from tools import (
    CLEANUP,
    COMMANDS,
    FINISH,
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
    """What is wanted, at most how much, and how much it was."""

    words: str
    most: str
    measured: str
    reached: bool


def goals(results: Results, sizes: tuple[int, ...]) -> Iterator[Goal]:
    """Give every goal that was measured."""
    for words, most, ratio in _ratios(results, sizes):
        if ratio is not None:
            yield Goal(words, f"{most:g}", f"{ratio:.2f}", ratio <= most)
    python = results.median(_python(0))
    for tool in STARTUPS:
        seconds = results.median(Case(STARTUP, tool, 0))
        if tool != PYTHON and python is not None and seconds is not None:
            over_ms = (seconds - python) * 1000
            yield Goal(f"`{tool}` over bare Python", f"{_STARTUP_MS} ms", f"{over_ms:.0f} ms", over_ms <= _STARTUP_MS)
    for task, most in _CONNECTIONS:
        counts = results.counts.get(Case(task, HOTFIX, sizes[0]))
        if counts is not None:
            reached = counts.connections <= most
            yield Goal(f"connections of `{task}`", str(most), str(counts.connections), reached)


def _ratios(results: Results, sizes: tuple[int, ...]) -> Iterator[tuple[str, float, float | None]]:
    for task, files, most in _TO_GIT_FLOW:
        ratio = results.ratio(Case(task, HOTFIX, files), Case(task, GIT_FLOW, files))
        yield f"`{task}` to git-flow, {files:,} files", most, ratio
    ratio = results.ratio(Case(FINISH, HOTFIX, sizes[0], _SLOW_MS), Case(FINISH, GIT_FLOW, sizes[0], _SLOW_MS))
    yield f"`{FINISH}` to git-flow, {_SLOW_MS} ms a connection", _SLOW_RATIO, ratio
    ratio = results.ratio(
        Case(STATUS, HOTFIX, _LARGE_FILES), Case(STATUS, COMMANDS, _LARGE_FILES), _python(_LARGE_FILES)
    )
    yield f"`{STATUS}` to `git status` and bare Python, {_LARGE_FILES:,} files", _STATUS_RATIO, ratio
    for files in sizes:
        ratio = results.ratio(Case(FINISH, HOTFIX, files), Case(FINISH, PLUMBING, files), _python(files))
        yield f"`{FINISH}` to plumbing and bare Python, {files:,} files", _PLUMBING_RATIO, ratio


def _python(files: int) -> Case:
    return Case(STARTUP, PYTHON, files)
