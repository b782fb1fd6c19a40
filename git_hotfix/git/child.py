"""A child process: fed, heard and waited for in one loop, and ended with all that it has started."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from contextlib import suppress
from typing import IO, TYPE_CHECKING

from git_hotfix.git.process_tree import (
    LIST_PROCESSES,
    descendants,
    end_all,
    listed_processes,
    running_processes,
    still_running,
)
from git_hotfix.git.silence import HELD_SECONDS, Silence

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from git_hotfix.git.wait import Wait

_LOOK_SECONDS = 0.1
"""How often a process is looked at; a helper that has outlived its git is heard for as long."""
_END_SECONDS = 2.0
"""How long processes may take to end before they are killed."""
NO_FETCHING = {"GIT_NO_LAZY_FETCH": "1", "GIT_ALLOW_PROTOCOL": "none"}
"""The environment in which git fetches nothing that a partial clone has left out; before 2.45 it reaches no server."""


class TimedOut(Exception):  # it says what is the case
    """A process was ended because its server, or something here (``waited_for``), did nothing for too long."""

    def __init__(self, waited_for: str | None = None) -> None:
        super().__init__(waited_for)
        self.waited_for = waited_for


def run_child(
    words: Sequence[str],
    directory: Path,
    environment: Mapping[str, str] | None,
    given: bytes,
    seconds: float | None = None,
    tell: Callable[[str], None] | None = None,
) -> tuple[int, bytes, bytes]:
    """Run a program to its end: ``start_child`` and ``hear_child``."""
    return hear_child(start_child(words, directory, environment, given), seconds, tell)


def start_child(
    words: Sequence[str], directory: Path, environment: Mapping[str, str] | None, given: bytes = b""
) -> Child:
    """Start a program that gets ``given`` on standard input; one that cannot be started raises ``OSError``.

    The terminal stays attached: it may ask there.
    """
    with _file(given) as stdin:
        return Child(words, cwd=directory, env=environment, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def hear_child(
    process: Child,
    seconds: float | None = None,
    tell: Callable[[str], None] | None = None,
    wait: Wait | None = None,
    held_seconds: float = HELD_SECONDS,
) -> tuple[int, bytes, bytes]:
    """Return a program's exit code (of signal n: -n), its standard output and its standard error.

    After so many ``seconds`` of its server's silence (``Silence``, which may ``tell`` something before), or
    ``held_seconds`` in which something here did nothing, it is ended and ``TimedOut`` raised; it is ended for any other
    exception too. ``wait`` shows that it is waited for.
    """
    try:
        silence = Silence(process.pid, seconds, tell, held_seconds) if seconds is not None else None
        out, err = _exchange(process, silence, wait)
    except BaseException as error:
        _end(process, is_interrupted=isinstance(error, KeyboardInterrupt))
        raise
    finally:
        if wait is not None:
            wait.end()
        _close(process)
    return process.returncode, out, err


def end_child(process: Child) -> None:
    """End a program that nobody wants to hear any more."""
    _end(process, is_interrupted=False)
    _close(process)


def _close(process: Child) -> None:
    for pipe in filter(None, (process.stdout, process.stderr)):
        pipe.close()


def _file(content: bytes) -> IO[bytes]:
    """Return a file to be read from, in memory where the system can: a pipe would have to be fed meanwhile."""
    if hasattr(os, "memfd_create"):
        file: IO[bytes] = os.fdopen(os.memfd_create("given"), "w+b")
    else:
        import tempfile  # noqa: PLC0415  # 3 ms

        file = tempfile.TemporaryFile()  # noqa: SIM115  # who asks closes it
    file.write(content)
    file.seek(0)
    return file


class Child(subprocess.Popen[bytes]):
    """A process whose end is seen without a lock: a Ctrl-C while ``Popen.wait`` takes its own leaves it taken."""

    def wait(self, timeout: float | None = None) -> int:
        """Wait as ``Popen.wait`` does."""
        until = time.monotonic() + (timeout or 0)
        while not has_ended(self, 0 if timeout is None else os.WNOHANG):
            if time.monotonic() > until:
                raise subprocess.TimeoutExpired(self.args, until)
            time.sleep(0.0001)
        return int(self.returncode)


def _exchange(process: Child, silence: Silence | None, wait: Wait | None) -> tuple[bytes, bytes]:
    """Listen until both pipes are closed, or the process has ended and a helper that it left says no more."""
    had_ended, heard = False, 0
    while True:
        try:
            return process.communicate(timeout=_LOOK_SECONDS)
        except subprocess.TimeoutExpired as so_far:
            out, err = so_far.output or b"", so_far.stderr or b""
        if wait is not None:
            wait.look(err)
        if had_ended:
            return out, err
        had_ended = has_ended(process, os.WNOHANG)
        if silence is not None:
            if len(out) + len(err) > heard:
                heard = len(out) + len(err)
                silence.end()
            if silence.is_over:
                raise TimedOut(silence.waited_for)


def has_ended(process: subprocess.Popen[bytes], options: int) -> bool:
    """Return whether a process has ended; with no options (0) wait until it has.

    Not ``Popen.poll`` and ``wait``: a Ctrl-C in the very instant in which they take their lock leaves it taken, and the
    next ``wait`` never returns.
    """
    if process.returncode is None:
        try:
            number, status = os.waitpid(process.pid, options)
        except ChildProcessError:  # reaped, and a Ctrl-C came before it was noted how it had ended
            process.returncode = -signal.SIGINT
        else:
            if number:
                process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode is not None


def _end(process: subprocess.Popen[bytes], *, is_interrupted: bool) -> None:
    """End a git and all that it has started: ``git-remote-http`` or ``ssh`` would wait for their server on and on.

    They are found by their parents. A process group of their own would be simpler to end, but then the terminal would
    stop ssh when it asks for a password (SIGTTIN, termios(3)), and Ctrl-C would not reach them. After a Ctrl-C they get
    the time to end by themselves, as a hook that tidies up.
    """
    if has_ended(process, os.WNOHANG):
        return
    among = running_processes()
    if among is None:
        listed = subprocess.run(LIST_PROCESSES, capture_output=True, check=False, stdin=subprocess.DEVNULL)
        among = listed_processes(listed.stdout.decode())
    left = [each for each in among if each.number == process.pid]
    left += descendants(process.pid, among)
    if is_interrupted:
        with suppress(KeyboardInterrupt):  # a second one does not wait
            left = still_running(left, seconds=_END_SECONDS)
    end_all(left, seconds=_END_SECONDS)
    until = time.monotonic() + _END_SECONDS  # never for ever: what matters is that it was told to end
    while not has_ended(process, os.WNOHANG) and time.monotonic() < until:
        time.sleep(0.002)
