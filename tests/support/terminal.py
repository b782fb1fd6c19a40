"""``git hotfix`` on a real terminal, 100 columns wide."""

from __future__ import annotations

import os
import re
import termios
import time
from typing import TYPE_CHECKING, Self

import pexpect
from pexpect.fdpexpect import fdspawn

from tests.support.preloaded import can_fork, preloaded
from tests.support.processes import TIME_LIMIT_SECONDS, require_installed

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from tests.support.lab import Clone

COLUMNS = 100
ROWS = 40


class _ByGit(pexpect.spawn):  # type: ignore[misc]  # pexpect ships no types
    """A terminal whose run git has started."""

    def __init__(self, clone: Clone, arguments: tuple[str, ...], env: Mapping[str, str]) -> None:
        super().__init__(
            "git",
            ["hotfix", *arguments],
            cwd=str(clone.path),
            env={**os.environ, **env},
            dimensions=(ROWS, COLUMNS),
            encoding="utf-8",
        )

    def code(self) -> int:
        """Return the exit code, or the negative number of the signal that has ended it."""
        self.close()
        return -int(self.signalstatus) if self.signalstatus is not None else int(self.exitstatus)

    def end(self) -> None:
        self.close(force=True)


class _Forked(fdspawn):  # type: ignore[misc]  # pexpect ships no types
    """A terminal whose run is forked (tests/support/preloaded.py)."""

    def __init__(self, clone: Clone, arguments: tuple[str, ...], env: Mapping[str, str]) -> None:
        ours, theirs = os.openpty()
        termios.tcsetwinsize(theirs, (ROWS, COLUMNS))
        self._ended = preloaded().on_terminal(*arguments, directory=clone.path, env=env, terminal=theirs)
        os.close(theirs)
        super().__init__(ours, encoding="utf-8")

    def code(self) -> int:
        """Return the exit code, or the negative number of the signal that has ended it."""
        with os.fdopen(self._ended, closefd=False) as ended:
            return int(ended.readline())

    def end(self) -> None:
        """Let the run end as it does when its terminal is closed, and wait for that."""
        self.close()
        with os.fdopen(self._ended) as ended:
            ended.read()


# ECMA-48: control sequences (CSI), operating system commands (OSC), other escapes.
_ESCAPES = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[ -/]*[0-~]")
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


class Terminal:
    """One run of ``git hotfix`` whose questions are answered; use it in a ``with`` block, which ends it."""

    def __init__(
        self, clone: Clone, *arguments: str, env: Mapping[str, str] | None = None, by_git: bool = False
    ) -> None:
        """Begin the run; ``by_git`` where it matters that git has started it, as when Ctrl-C reaches both."""
        require_installed()
        env = {"TERM": "xterm-256color", **(env or {})}
        self._child = _ByGit(clone, arguments, env) if by_git or not can_fork(env) else _Forked(clone, arguments, env)
        self._raw = ""
        self._seen = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._child.end()

    @property
    def transcript(self) -> str:
        """Everything shown so far, typed answers too, without colours and other control characters."""
        text = _ESCAPES.sub("", self._raw).replace("\r\n", "\n").replace("\r", "\n")
        return _CONTROLS.sub("", text)

    def expect(self, *texts: str) -> str:
        """Wait until the first of these is shown after what was expected before, and return it.

        Fails the test after the time limit.
        """
        deadline = time.monotonic() + TIME_LIMIT_SECONDS
        while not (found := [(at, text) for text in texts if (at := self.transcript.find(text, self._seen)) >= 0]):
            if not self._read(deadline):
                raise AssertionError(f"None of {texts} was shown. The terminal:\n{self.transcript}")
        at, text = min(found)
        self._seen = at + len(text)
        return text

    def answer(self, text: str) -> None:
        """Type a line."""
        self._child.sendline(text)

    def interrupt(self) -> None:
        """Press Ctrl-C as a person would: not in the very instant in which the question appears, and again if need be.

        One that comes just before Python begins to wait for input is only seen with the next key.
        """
        time.sleep(0.3)
        shown, deadline = len(self._raw), time.monotonic() + TIME_LIMIT_SECONDS
        while time.monotonic() < deadline:
            self._child.send("\x03")
            pause = min(deadline, time.monotonic() + 20)
            while len(self._raw) <= shown + len("^C") and self._read(pause):
                pass
            if len(self._raw) > shown + len("^C") or self._child.flag_eof:
                return

    def finish(self) -> int:
        """Wait for the end and give the exit code (128 and the signal's number, as a shell does)."""
        deadline = time.monotonic() + TIME_LIMIT_SECONDS
        while self._read(deadline):
            pass
        if time.monotonic() > deadline:
            raise AssertionError(f"The program did not end. The terminal:\n{self.transcript}")
        code = self._child.code()
        return code if code >= 0 else 128 - code

    def _read(self, deadline: float) -> bool:
        """Take what is shown next; False when the program has ended or the time is up."""
        try:
            self._raw += self._child.read_nonblocking(4096, timeout=max(0.0, deadline - time.monotonic()))
        except (pexpect.EOF, pexpect.TIMEOUT):
            return False
        return True
