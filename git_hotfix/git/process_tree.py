"""Which processes another one has started, and those in turn: from ``/proc`` (proc(5)), else from what ``ps`` lists."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

PROCESSES = Path("/proc")
LIST_PROCESSES = ("ps", "-A", "-o", "pid=,ppid=")
"""What lists them where there is no ``/proc``."""
_LOOK_SECONDS = 0.02


class Process(NamedTuple):
    """A process; ``started`` tells it from a later one with the same number (empty where that is not known).

    ``ticks`` are those of the clock that it has used. Linux cuts names off after 15 characters.
    """

    number: int
    parent: int
    started: str = ""
    name: str = ""
    ticks: int = 0

    @property
    def is_running(self) -> bool:
        """Whether it has not ended; one that only waits for its parent to hear of its end has."""
        if self.started:
            now = process_at(self.number)
            return now is not None and now.started == self.started
        try:
            os.kill(self.number, 0)
        except OSError:
            return False
        return True

    def send(self, number: signal.Signals) -> None:
        """Send it a signal, if it still runs."""
        with suppress(OSError):
            os.kill(self.number, number)


def process_at(number: int) -> Process | None:
    """Return the process of that number; None when it has ended or cannot be seen."""
    try:
        text = (PROCESSES / str(number) / "stat").read_text(errors="replace")
    except OSError:
        return None
    head, _, fields = text.rpartition(")")  # the name may hold anything
    state, parent, *rest = fields.split()
    if state in "ZX":
        return None
    return Process(number, int(parent), rest[17], head.partition("(")[2], int(rest[9]) + int(rest[10]))


def running_processes() -> tuple[Process, ...] | None:
    """Return every process that can be seen; None where there is no ``/proc``."""
    if not (PROCESSES / "self" / "stat").exists():
        return None
    found = (process_at(int(each.name)) for each in PROCESSES.iterdir() if each.name.isdigit())
    return tuple(process for process in found if process is not None)


def listed_processes(text: str) -> tuple[Process, ...]:
    """Return the processes that ``ps`` (``LIST_PROCESSES``) has listed."""
    pairs = (line.split() for line in text.splitlines() if line.strip())
    return tuple(Process(int(number), int(parent)) for number, parent in pairs)


def descendants(number: int, among: Iterable[Process]) -> tuple[Process, ...]:
    """Return the processes that a process has started, and what these have started."""
    children: dict[int, list[Process]] = {}
    for process in among:
        children.setdefault(process.parent, []).append(process)
    found: list[Process] = []
    parents = [number]
    while parents:
        of_one = children.pop(parents.pop(), [])
        found += of_one
        parents += [process.number for process in of_one]
    return tuple(found)


def ancestors(number: int) -> Iterator[int]:
    """Return a process and the processes that started it."""
    while number > 0:
        yield number
        process = process_at(number)
        number = process.parent if process is not None else 0


def still_running(processes: Iterable[Process], *, seconds: float) -> list[Process]:
    """Wait until processes have ended, at most that long, and return those that have not."""
    left = list(processes)
    until = time.monotonic() + seconds
    while (left := [process for process in left if process.is_running]) and time.monotonic() < until:
        time.sleep(_LOOK_SECONDS)
    return left


def end_all(processes: Iterable[Process], *, seconds: float) -> None:
    """Ask processes to end (SIGTERM), and kill what has not ended after that time."""
    asked = list(processes)
    for process in asked:
        process.send(signal.SIGTERM)
    for process in still_running(asked, seconds=seconds):
        process.send(signal.SIGKILL)
