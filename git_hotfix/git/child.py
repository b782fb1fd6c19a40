"""A child process: fed, heard and waited for in one loop, and ended with all that it has started."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import time
from contextlib import suppress
from typing import IO, TYPE_CHECKING, cast

from git_hotfix.git.process_tree import (
    LIST_PROCESSES,
    descendants,
    end_all,
    listed_processes,
    running_processes,
    still_running,
)
from git_hotfix.git.silence import Silence

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

_LOOK_SECONDS = 0.1
"""How often a process that says nothing is looked at."""
_LINGER_SECONDS = 0.5
"""How long a helper is heard that has outlived its git."""
_END_SECONDS = 2.0
"""How long processes may take to end before they are killed."""


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
    """Run a program and return its exit code (of signal n: -n), its standard output and its standard error.

    It gets ``given`` on standard input. The terminal stays attached: it may ask there. After so many ``seconds`` of its
    server's silence (``Silence``, which may ``tell`` something before) it is ended and ``TimedOut`` raised; it is ended
    for any other exception too.
    One that cannot be started raises ``OSError``.
    """
    process = subprocess.Popen(
        words,
        cwd=directory,
        env=environment,
        stdin=subprocess.PIPE if given else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    silence = Silence(process.pid, seconds, tell) if seconds is not None else None
    return _Exchange(process, given, silence).run()


class _Exchange:
    """One loop over the pipes of a process."""

    def __init__(self, process: subprocess.Popen[bytes], given: bytes, silence: Silence | None) -> None:
        self._process = process
        self._silence = silence
        self._given = memoryview(given)
        self._out, self._err = bytearray(), bytearray()

    def run(self) -> tuple[int, bytes, bytes]:
        try:
            with selectors.DefaultSelector() as selector:
                self._listen(selector)
            while not has_ended(self._process, 0 if self._silence is None else os.WNOHANG):  # its pipes are closed
                self._check()
                time.sleep(0.002)
        except KeyboardInterrupt:
            _end(self._process, is_interrupted=True)
            raise
        except BaseException:
            _end(self._process, is_interrupted=False)
            raise
        finally:
            for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
                if pipe is not None:
                    with suppress(OSError):
                        pipe.close()
        return self._process.returncode, bytes(self._out), bytes(self._err)

    def _listen(self, selector: selectors.BaseSelector) -> None:
        """Listen until both pipes are closed, or the process has ended and a helper that it left holds them open."""
        for pipe, event in (
            (self._process.stdin, selectors.EVENT_WRITE),
            (self._process.stdout, selectors.EVENT_READ),
            (self._process.stderr, selectors.EVENT_READ),
        ):
            if pipe is not None:
                os.set_blocking(pipe.fileno(), False)
                selector.register(pipe, event)
        ended_at: float | None = None
        while selector.get_map():
            # looked at before the pipes, so that nothing that was written before the end is missed
            if ended_at is None and has_ended(self._process, os.WNOHANG):
                ended_at = time.monotonic()
            ready = selector.select(_LOOK_SECONDS)
            for key, _ in ready:
                self._serve(selector, cast("IO[bytes]", key.fileobj))
            if ended_at is not None and (not ready or time.monotonic() > ended_at + _LINGER_SECONDS):
                return
            self._check()

    def _check(self) -> None:
        if self._silence is not None and self._silence.is_over:
            raise TimedOut(self._silence.waited_for)

    def _serve(self, selector: selectors.BaseSelector, pipe: IO[bytes]) -> None:
        """Write or read what the pipe takes or has; one that is closed at the other end is closed here."""
        is_input = pipe is self._process.stdin
        try:
            if is_input:
                self._given = self._given[os.write(pipe.fileno(), self._given) :]
                is_open = bool(self._given)
            else:
                piece = os.read(pipe.fileno(), 65536)
                is_open = bool(piece)
                self._hear(pipe, piece)
        except BlockingIOError:
            return
        except BrokenPipeError:  # git ended without reading all: its exit code says why
            is_open = False
        if not is_open:
            selector.unregister(pipe)
            with suppress(OSError):
                pipe.close()

    def _hear(self, pipe: IO[bytes], piece: bytes) -> None:
        if self._silence is not None:
            self._silence.end()
        if pipe is self._process.stdout:
            self._out += piece
        else:
            self._err += piece


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
