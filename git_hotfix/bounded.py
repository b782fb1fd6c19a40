"""Work on what others wrote, in a child process with limits of time, memory and size of the answer."""

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
"""The processor time that a template, or a pattern, gets: each needs some milliseconds."""
PATIENCE_SECONDS = 20.0
"""How long the answer is waited for on a busy machine."""
MORE_BYTES = 512_000_000
"""How much memory it gets beyond what is in use."""
MOST_ANSWER_BYTES = 10_000_000
_WHOLE = b"\0done"
"""The end of an answer that came whole."""
_FAILED = b"\0failed"
"""The end of a traceback."""
_MOST_FILES = 1 << 16
_STOPS = frozenset({signal.SIGINT})
"""What runs Python code of the parent's, which must not happen in the child."""


class Overrun(Exception):  # it says what is the case
    """The work did not end within its limits; the text is a clause that says which."""


def bounded(work: Callable[[], bytes], *, seconds: int = SECONDS) -> bytes:
    """Return what ``work`` returns in a child; one that takes too long, needs too much or is killed is an ``Overrun``.

    Errors that are expected are part of the answer: anything else that ``work`` raises is a ``RuntimeError`` with the
    traceback. Memory is limited where the system tells how much is in use (Linux).
    """
    reading, writing = os.pipe()
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, _STOPS)
    try:
        child = fork()
        if child == 0:
            _work(work, writing, seconds)
    except OSError:
        os.close(reading)
        os.close(writing)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        raise
    status = 0
    try:
        os.close(writing)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        answer = _heard(reading)
    finally:
        os.close(reading)
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        with suppress(ChildProcessError):  # reaped by the system, where SIGCHLD is ignored
            status = os.waitpid(child, 0)[1]
    if os.waitstatus_to_exitcode(status) == -signal.SIGXCPU:
        raise _late(seconds)
    if answer.endswith(_FAILED):
        raise RuntimeError(answer.removesuffix(_FAILED).decode("utf-8", "backslashreplace"))
    if not answer.endswith(_WHOLE):
        raise Overrun("it needs too much memory, or brings the process down")
    return answer.removesuffix(_WHOLE)


def fork() -> int:
    """Return the child's process id, and 0 in the child."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.12 warns where a test runner has threads
        return os.fork()


def _work(work: Callable[[], bytes], writing: int, seconds: int) -> NoReturn:
    """Work in the child, which leaves nothing behind and runs nothing of its parent's at its end."""
    try:
        for number in (signal.SIGINT, signal.SIGXCPU):
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOPS)
        os.closerange(3, writing)  # the lock must not outlive a run that is killed
        os.closerange(writing + 1, _MOST_FILES)
        os.dup2(os.open(os.devnull, os.O_RDWR), 2)
        _limit(resource.RLIMIT_CORE, 0)
        _limit(resource.RLIMIT_CPU, seconds)
        with suppress(FileNotFoundError):
            in_use = int(Path("/proc/self/statm").read_text("ascii").split()[0]) * resource.getpagesize()
            _limit(resource.RLIMIT_AS, in_use + MORE_BYTES)
        _write(writing, work() + _WHOLE)
    except MemoryError:
        pass
    except BaseException:  # noqa: BLE001  # nothing may reach the parent's code; the parent raises it
        import traceback  # noqa: PLC0415  # 4 ms

        with suppress(OSError, MemoryError):
            _write(writing, traceback.format_exc().encode("utf-8", "backslashreplace") + _FAILED)
    finally:
        os._exit(0)


def _limit(kind: int, wanted: int) -> None:
    """Set a limit that is not lower already."""
    _, most = resource.getrlimit(kind)
    resource.setrlimit(kind, (wanted if most == resource.RLIM_INFINITY else min(wanted, most), most))


def _write(writing: int, answer: bytes) -> None:
    rest = memoryview(answer)
    while rest:
        rest = rest[os.write(writing, rest) :]


def _late(seconds: float) -> Overrun:
    return Overrun(f"it takes longer than {seconds:g} s")


def _heard(reading: int) -> bytes:
    """Return what the child wrote until its end."""
    answer, ends = bytearray(), time.monotonic() + PATIENCE_SECONDS
    while len(answer) < MOST_ANSWER_BYTES:
        ready, _, _ = select.select([reading], [], [], max(0.0, ends - time.monotonic()))
        if not ready:
            raise _late(PATIENCE_SECONDS)
        piece = os.read(reading, 65536)
        if not piece:
            return bytes(answer)
        answer += piece
    raise Overrun("it gives back too much")
