"""Standard output and error that stop nothing: what cannot be written is lost, never what the command has to do."""

from __future__ import annotations

import errno
import io
import os
import sys
from typing import TYPE_CHECKING, Any

from git_hotfix.cli.commands import COMMANDS, READING
from git_hotfix.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_READER_GONE = 128 + 13
"""The exit code of a program whose reader (less, head) has gone: of the signal SIGPIPE, as a shell shows it."""


class _Lasting(io.RawIOBase):
    """A stream that takes whatever is written; from the first error on (``lost``) it only seems to."""

    def __init__(self, descriptor: int, lost: OSError | None) -> None:
        self._descriptor = descriptor
        self.lost = lost

    def write(self, data: Any, /) -> int:
        """Write bytes, or drop them."""
        if self.lost is None:
            try:
                return os.write(self._descriptor, data)
            except OSError as error:
                self.lost = error
        return len(data)

    def writable(self) -> bool:
        """Return that it can be written to, whatever lies behind it."""
        return True

    def fileno(self) -> int:
        """Return the descriptor that is written to."""
        return self._descriptor

    def isatty(self) -> bool:
        """Return whether a terminal lies behind it."""
        return self.lost is None and os.isatty(self._descriptor)


def run_to_its_end(run: Callable[[], int], words: Sequence[str], *, encoding: str | None = None) -> int:
    """Run the program with output that cannot end it, and return its exit code.

    The code tells what has happened to the hotfix. Only where nothing else was wanted than what could not be written
    that is a failure of the command. Characters that the terminal does not have are shown as Python escapes them.
    """
    out = _lasting("stdout", 1, encoding)
    _lasting("stderr", 2, encoding)
    code = run()
    sys.stdout.flush()
    if out.lost is not None:
        is_read = not (named := [word for word in words if word in COMMANDS]) or named[0] in READING
        has_reader = out.lost.errno != errno.EPIPE
        if has_reader:
            from git_hotfix.cli.terminal import print_line  # noqa: PLC0415  # not for --version

            print_line(f"The output could not be written: {out.lost.strerror}.", mark="error:", style={"fg": "red"})
        if is_read and code == ExitCode.DONE:
            code = ExitCode.REFUSED if has_reader else _READER_GONE
    sys.stderr.flush()
    return int(code)


def _lasting(name: str, descriptor: int, encoding: str | None) -> _Lasting:
    """Put such a stream in the place of one of Python's own."""
    usual: io.TextIOWrapper | None = getattr(sys, name)
    lost = None
    if usual is None:  # closed by who started this program; the next file that is opened must not take its number
        lost = OSError(errno.EBADF, os.strerror(errno.EBADF))
        descriptor = os.open(os.devnull, os.O_WRONLY)
    raw = _Lasting(descriptor, lost)
    encoding = encoding or (usual.encoding if usual is not None else "utf-8")
    is_buffered = name == "stdout" and not raw.isatty()
    stream = io.TextIOWrapper(io.BufferedWriter(raw), encoding, "backslashreplace", line_buffering=not is_buffered)
    setattr(sys, name, stream)
    return raw
