"""What is shown of a program that is waited for: from one second on what it is, and for how long by now."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from git_hotfix.git.silence import asks_on_terminal

ShowWait = Callable[[str | None], None]
"""Shows a text in the place of the one before; an empty one takes that away, None leaves it where it is."""

_PROGRESS = re.compile(
    rb"(?:remote: )?(?:(?:Enumerating|Counting|Compressing|Receiving|Unpacking|Writing) objects: |Resolving deltas: "
    rb"|Delta compression using |Total \d+ \(delta )[^\r\n]*(?:[\r\n]+|\Z)"
)
"""What git says of its own progress (``--progress`` in git-push(1)); lines are written over by those that follow."""


class Wait:
    """The wait for the process of this number; without ``show`` nothing is shown.

    While somebody is being asked on the terminal the line is left alone. Where that cannot be seen (no ``/proc``) there
    is one, which stays: written over, it would take a question away.
    """

    def __init__(self, number: int, what: str, show: ShowWait | None) -> None:
        self._number, self._what, self._show = number, what, show
        self._since, self._seconds, self._stays = time.monotonic(), 0, False

    def look(self, said: bytes = b"") -> None:
        """Show the line anew once a second, with the last that git has said of its progress."""
        seconds = int(time.monotonic() - self._since)
        if self._show is None or seconds == self._seconds or self._stays:
            return
        self._seconds = seconds
        progress = [each.decode(errors="replace").strip() for each in _PROGRESS.findall(said) if b"%" in each][-1:]
        line = ": ".join((f"{self._what} ({seconds} s)", *progress))
        asks = asks_on_terminal(self._number)
        self._show(None if asks else line)
        if asks is None:
            self._stays = True
            self._show(None)

    def end(self) -> None:
        """Take the line away, if there is one."""
        if self._show is not None and self._seconds:
            self._show("")


def without_progress(said: bytes) -> bytes:
    """Return what git said beside its own progress."""
    return _PROGRESS.sub(b"", said)
