"""``git hotfix`` on a real terminal, 100 columns wide."""

from __future__ import annotations

import os
import re
import time
from typing import TYPE_CHECKING, Self

import pexpect

from tests.support.processes import TIME_LIMIT_SECONDS, require_installed

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from tests.support.lab import Clone

COLUMNS = 100
ROWS = 40

# ECMA-48: control sequences (CSI), operating system commands (OSC), other escapes.
_ESCAPES = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[ -/]*[0-~]")
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


class Terminal:
    """One run of ``git hotfix`` whose questions are answered; use it in a ``with`` block, which ends it."""

    def __init__(self, clone: Clone, *arguments: str, env: Mapping[str, str] | None = None) -> None:
        require_installed()
        self._child = pexpect.spawn(
            "git",
            ["hotfix", *arguments],
            cwd=str(clone.path),
            env={**os.environ, "TERM": "xterm-256color", **(env or {})},
            dimensions=(ROWS, COLUMNS),
            encoding="utf-8",
        )
        self._raw = ""
        self._seen = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._child.close(force=True)

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
            self._child.sendintr()
            pause = min(deadline, time.monotonic() + 20)
            while len(self._raw) <= shown + len("^C") and self._read(pause):
                pass
            if len(self._raw) > shown + len("^C") or self._child.flag_eof or not self._child.isalive():
                return

    def finish(self) -> int:
        """Wait for the end and give the exit code (128 and the signal's number, as a shell does)."""
        deadline = time.monotonic() + TIME_LIMIT_SECONDS
        while self._read(deadline):
            pass
        if time.monotonic() > deadline:
            raise AssertionError(f"The program did not end. The terminal:\n{self.transcript}")
        self._child.close()
        if self._child.signalstatus is not None:
            return 128 + int(self._child.signalstatus)
        return int(self._child.exitstatus)

    def _read(self, deadline: float) -> bool:
        """Take what is shown next; False when the program has ended or the time is up."""
        try:
            self._raw += self._child.read_nonblocking(4096, timeout=max(0.0, deadline - time.monotonic()))
        except (pexpect.EOF, pexpect.TIMEOUT):
            return False
        return True
