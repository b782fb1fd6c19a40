"""Work on what others wrote, in a process of its own that has an end: in time, in memory, in what it gives back."""

from __future__ import annotations

import os
import resource
import select
import signal
import time
import warnings
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable

SECONDS = 1
"""The processor's time that a template, or a pattern, gets: each needs some milliseconds."""
PATIENCE_SECONDS = 20.0
"""How long it is waited for on a machine that has other things to do."""
MORE_BYTES = 512_000_000
"""How much memory it gets beyond what is in use."""
MOST_ANSWER_BYTES = 10_000_000
_WHOLE = b"\0done"
"""What ends an answer that came whole."""
_MOST_FILES = 1 << 16


class Overrun(Exception):  # it says what is the case
    """The work did not end within its limits; what it is says why, as a clause."""


def bounded(work: Callable[[], bytes], *, seconds: int = SECONDS) -> bytes:
    """Return what ``work`` gives in a child; one that takes too long, needs too much or is killed is an ``Overrun``.

    What it raises stays in the child: errors are part of what it gives. Memory is bounded where the system tells how
    much is in use (Linux).
    """
    reading, writing = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.12 warns where a test runner has threads
        child = os.fork()
    if child == 0:
        _work(work, writing, seconds)
    os.close(writing)
    try:
        answer = _heard(reading, seconds)
    finally:
        os.close(reading)
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        status = os.waitpid(child, 0)[1]
    if os.waitstatus_to_exitcode(status) == -signal.SIGXCPU:
        raise _late(seconds)
    if not answer.endswith(_WHOLE):
        raise Overrun("it needs too much memory, or brings the process down")
    return answer.removesuffix(_WHOLE)


def _work(work: Callable[[], bytes], writing: int, seconds: int) -> NoReturn:
    """Work in the child, which leaves nothing behind and runs nothing of its parent's at its end."""
    try:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.closerange(3, writing)  # the lock must not outlive a run that is killed
        os.closerange(writing + 1, _MOST_FILES)
        os.dup2(os.open(os.devnull, os.O_RDWR), 2)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
        with suppress(OSError, ValueError):
            in_use = int(Path("/proc/self/statm").read_text("ascii").split()[0]) * resource.getpagesize()
            _, most = resource.getrlimit(resource.RLIMIT_AS)
            wanted = in_use + MORE_BYTES
            resource.setrlimit(
                resource.RLIMIT_AS, (wanted if most == resource.RLIM_INFINITY else min(wanted, most), most)
            )
        rest = memoryview(work() + _WHOLE)
        while rest:
            rest = rest[os.write(writing, rest) :]
    finally:
        os._exit(0)


def _late(seconds: int) -> Overrun:
    return Overrun(f"it takes longer than {seconds} s")


def _heard(reading: int, seconds: int) -> bytes:
    """Return what the child wrote until its end."""
    answer, ends = bytearray(), time.monotonic() + PATIENCE_SECONDS
    while len(answer) < MOST_ANSWER_BYTES:
        ready, _, _ = select.select([reading], [], [], max(0.0, ends - time.monotonic()))
        if not ready:
            raise _late(seconds)
        piece = os.read(reading, 65536)
        if not piece:
            return bytes(answer)
        answer += piece
    raise Overrun("it gives back too much")
