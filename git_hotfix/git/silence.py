"""When a git waits for its server in vain: nothing is read, written or computed, and nobody is being asked.

Only the server's silence counts. Work takes as long as it takes, that of hooks too; a password prompt, or a hook that
does nothing, is waited for much longer, and a person is told what is being waited for.
"""

from __future__ import annotations

import re
import sys
import termios
import time
from typing import TYPE_CHECKING, NamedTuple

from git_hotfix.git.process_tree import PROCESSES, descendants, running_processes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from git_hotfix.git.process_tree import Process

_LOOK_SECONDS = 1.0
_TICKS = 2
"""This many clock ticks between two looks are work; fewer are a process that only wakes up to check for input."""
HELD_SECONDS = 3600.0
"""How long something on this machine may do nothing before it is ended like a silent server."""
_CONNECTS = re.compile(rb"-pack '|\0-G\0")
"""What git passes to the program that reaches a server, whatever it is called (GIT_SSH_COMMAND in git(1)): the service
to run there, ``git-upload-pack '/path'``; before that ``-G HOST``, to find out which ssh it is.
"""
_HTTP = "git-remote-http"
"""git's own helper, also for https: Linux cuts process names off after 15 characters."""
_TERMINAL = "/dev/tty"


class Seen(NamedTuple):
    """What was seen of a process: its name and parent, the bytes read and written, the clock ticks used."""

    name: str
    parent: int
    moved: int
    ticks: int
    connects: bool
    """Whether git has started it to reach a server."""


class Silence:
    """How long the git with this process number has heard nothing, together with all that it has started.

    On systems without ``/proc`` only its output counts. ``tell`` gets a sentence once something on this machine, other
    than a prompt on the terminal, has done nothing for so many ``seconds``; after ``held_seconds`` that is over too.
    """

    def __init__(
        self,
        number: int,
        seconds: float,
        tell: Callable[[str], None] | None = None,
        held_seconds: float = HELD_SECONDS,
    ) -> None:
        self._number, self._seconds, self._tell = number, seconds, tell
        self._held_seconds = max(held_seconds, seconds)
        self._seen: Mapping[int, Seen] = {}
        self._since = self._idle_since = self._looked = time.monotonic()
        self.waited_for: str | None = None
        """What on this machine was being waited for at the last look; None when it was the server."""

    def end(self) -> None:
        """Start counting again: something was heard."""
        self._since = self._idle_since = time.monotonic()

    @property
    def is_over(self) -> bool:
        """Whether it has lasted longer than it may."""
        now = time.monotonic()
        if now < self._looked + min(_LOOK_SECONDS, self._seconds / 4):
            return False
        self._looked = now
        before, self._seen = self._seen, _tree(self._number)
        self.waited_for = holder(self._seen, self._number)
        if _has_worked(before, self._seen):
            self._since = self._idle_since = now
        elif self.waited_for is not None:
            self._since = now
            self._tell_once(self.waited_for, now - self._idle_since)
            return now - self._idle_since > self._held_seconds
        return now - self._since > self._seconds

    def _tell_once(self, name: str, idle: float) -> None:
        if self._tell is not None and idle > self._seconds and name != _TERMINAL:
            self._tell(
                f"Waiting for '{name}', which has done nothing for {self._seconds:g} s;"
                f" it is ended after {self._held_seconds:g} s."
            )
            self._tell = None


def _tree(number: int) -> Mapping[int, Seen]:
    """Return what can be seen of a process and of all that it has started."""
    among = running_processes()
    if among is None:
        return {}
    own = (each for each in among if each.number == number)
    found = ((each.number, _look(each)) for each in (*own, *descendants(number, among)))
    return {number: seen for number, seen in found if seen is not None}


def _look(process: Process) -> Seen | None:
    folder = PROCESSES / str(process.number)
    try:
        io = dict(line.split(": ") for line in (folder / "io").read_text().splitlines())
        connects = _CONNECTS.search((folder / "cmdline").read_bytes()) is not None
    except (OSError, ValueError):
        return None
    return Seen(process.name, process.parent, int(io["rchar"]) + int(io["wchar"]), process.ticks, connects)


def _has_worked(before: Mapping[int, Seen], now: Mapping[int, Seen]) -> bool:
    if before.keys() != now.keys():
        return bool(now)
    return any(
        seen.moved != before[number].moved or seen.ticks - before[number].ticks >= _TICKS
        for number, seen in now.items()
    )


def holder(tree: Mapping[int, Seen], top: int) -> str | None:
    """Return what on this machine is waited for: the terminal, a hook, a program that gives passwords; else None."""
    names = (
        _TERMINAL if _has_terminal(number) else seen.name for number, seen in tree.items() if _holds(tree, number, top)
    )
    return next(names, None)


def _holds(tree: Mapping[int, Seen], number: int, top: int) -> bool:
    seen, parent = tree[number], tree.get(tree[number].parent)
    if seen.name.startswith("git-credential") or _has_terminal(number):
        return True
    if number == top or parent is None:
        return False
    if parent.connects:  # ssh-askpass, ssh-sk-helper, which waits for a touch; else what it connects through
        return seen.name.startswith("ssh-") and not seen.connects
    is_of_git = parent.name.startswith("git") and (parent.name == _HTTP or not parent.name.startswith("git-remote-"))
    return is_of_git and not seen.name.startswith("git") and not seen.connects


def asks_on_terminal(number: int) -> bool | None:
    """Return whether a process, or one that it has started, may be asking somebody on the terminal just now.

    None where that is not known: without ``/proc`` only a password is seen to be asked for, which is not shown.
    """
    among = running_processes()
    if among is None:
        return _hides_what_is_typed() or None
    return any(map(_has_terminal, (number, *(each.number for each in descendants(number, among)))))


def _hides_what_is_typed() -> bool:
    try:
        return not termios.tcgetattr(sys.stderr)[3] & termios.ECHO
    except (termios.error, OSError, ValueError):
        return False


def _has_terminal(number: int) -> bool:
    """Return whether a process has opened the terminal by name, as git and ssh do to ask, and only then."""
    try:
        return any(str(each.readlink()) == _TERMINAL for each in (PROCESSES / str(number) / "fd").iterdir())
    except OSError:
        return False
