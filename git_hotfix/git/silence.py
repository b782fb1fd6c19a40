"""When a git waits for its server in vain: nothing is read, written or computed, and nobody is being asked.

What counts is the server's silence. Somebody who types a password, a hook that runs tests, and a git that packs objects
have all the time they need.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

from git_hotfix.git.process_tree import PROCESSES, descendants, running_processes

if TYPE_CHECKING:
    from collections.abc import Mapping

_LOOK_SECONDS = 1.0
_TICKS = 2
"""So many clock ticks in one look are work; fewer are a process that wakes up to see whether something has come."""
_CONNECTS = ("ssh", "plink", "tortoiseplink", "putty")
"""The programs that git reaches servers through, beside its own (GIT_SSH_COMMAND in git(1))."""
_HTTP = "git-remote-http"
"""git's own helper, https too: names of processes end after 15 letters."""
_TERMINAL = "/dev/tty"


class Seen(NamedTuple):
    """What was seen of a process: its name, its parent, the bytes it has read and written, the ticks it has worked."""

    name: str
    parent: int
    moved: int
    ticks: int


class Silence:
    """How long the git of that process number has heard nothing, with all that it has started.

    Where the processes of a system cannot be seen (no ``/proc``) only its output counts.
    """

    def __init__(self, number: int, seconds: float) -> None:
        self._number, self._seconds = number, seconds
        self._seen: Mapping[int, Seen] = {}
        self._since = self._looked = time.monotonic()

    def end(self) -> None:
        """Begin again: something was heard."""
        self._since = time.monotonic()

    @property
    def is_over(self) -> bool:
        """Whether it has lasted longer than it may."""
        now = time.monotonic()
        if now < self._looked + min(_LOOK_SECONDS, self._seconds / 4):
            return False
        self._looked = now
        before, self._seen = self._seen, _tree(self._number)
        if _has_worked(before, self._seen) or is_held(self._seen, self._number):
            self._since = now
        return now - self._since > self._seconds


def _tree(number: int) -> Mapping[int, Seen]:
    """Return what can be seen of a process and of all that it has started."""
    among = running_processes()
    if among is None:
        return {}
    own = (each for each in among if each.number == number)
    found = ((each.number, _look(each.number, each.parent)) for each in (*own, *descendants(number, among)))
    return {number: seen for number, seen in found if seen is not None}


def _look(number: int, parent: int) -> Seen | None:
    """Read proc(5): the third field of ``stat`` comes after the name, which may hold anything."""
    folder = PROCESSES / str(number)
    try:
        head, _, fields = (folder / "stat").read_text(errors="replace").rpartition(")")
        io = dict(line.split(": ") for line in (folder / "io").read_text().splitlines())
    except (OSError, ValueError):
        return None
    words = fields.split()
    return Seen(head.partition("(")[2], parent, int(io["rchar"]) + int(io["wchar"]), int(words[11]) + int(words[12]))


def _has_worked(before: Mapping[int, Seen], now: Mapping[int, Seen]) -> bool:
    if before.keys() != now.keys():
        return bool(now)
    return any(
        seen.moved != before[number].moved or seen.ticks - before[number].ticks >= _TICKS
        for number, seen in now.items()
    )


def is_held(tree: Mapping[int, Seen], top: int) -> bool:
    """Return whether it waits for somebody or something here: a prompt, a hook, a program that gives passwords."""
    return any(_holds(tree, number, top) for number in tree)


def _holds(tree: Mapping[int, Seen], number: int, top: int) -> bool:
    name, parent = tree[number].name, tree.get(tree[number].parent)
    if name.startswith("git-credential") or _has_terminal(number):
        return True
    if number == top or parent is None:
        return False
    if parent.name in _CONNECTS:  # ssh-askpass, ssh-sk-helper, which waits for a touch; else what it connects through
        return name.startswith("ssh-")
    is_of_git = parent.name.startswith("git") and (parent.name == _HTTP or not parent.name.startswith("git-remote-"))
    return is_of_git and not name.startswith("git") and not _connects(tree, number)


def _connects(tree: Mapping[int, Seen], number: int) -> bool:
    """Return whether a process is a connection to a server, or a shell with one."""
    children = (child for child, seen in tree.items() if seen.parent == number)
    return tree[number].name in _CONNECTS or any(_connects(tree, child) for child in children)


def _has_terminal(number: int) -> bool:
    """Return whether a process has opened the terminal by name, as git and ssh do to ask, and only then."""
    try:
        return any(str(each.readlink()) == _TERMINAL for each in (PROCESSES / str(number) / "fd").iterdir())
    except OSError:
        return False
