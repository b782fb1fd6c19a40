"""``git hotfix`` as a process of its own, but without what starting Python costs (tests/support/forkserver.py)."""

from __future__ import annotations

import atexit
import contextlib
import functools
import json
import os
import resource
import select
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import tempfile
from typing import IO, TYPE_CHECKING

from tests.support.changes import Listener
from tests.support.forkserver import LENGTH_BYTES
from tests.support.processes import TIME_LIMIT_SECONDS, Run, text
from tests.support.source import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from tests.support.changes import Change

START = os.environ.get("HOTFIX_TESTS_START")
"""How every run is to begin: "real" as a user's, started by git; "forked", a process of its own; else as is enough."""

_AT_START = ("LANG", "LC_", "LD_", "PYTHON")
"""Beginnings of variables that are read when Python or git starts, too early for a fork."""


def can_fork(env: Mapping[str, str]) -> bool:
    """Return whether a run whose environment has these in addition can be forked: git would start this very program."""
    if START == "real" or any(name.startswith(_AT_START) for name in env):
        return False
    path = env.get("PATH", os.environ["PATH"])
    return shutil.which("git-hotfix", path=path) == _ours() and shutil.which("git", path=path) == _git()


class Preloaded:
    """A process that has loaded the program; ends with ``close`` or with this process."""

    def __init__(self) -> None:
        self._connection, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                (sys.executable, "-m", "tests.support.forkserver", str(theirs.fileno())),
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
                start_new_session=True,
            )
        self._connection.settimeout(TIME_LIMIT_SECONDS)

    def close(self) -> int:
        """Let the process end, and give its exit code."""
        self._connection.close()
        return self._process.wait()

    def hotfix(
        self,
        *arguments: str,
        directory: Path,
        stdin: str | bytes | None = None,
        env: Mapping[str, str] | None = None,
        seconds: float = TIME_LIMIT_SECONDS,
        memory_bytes: int | None = None,
    ) -> Run:
        """Run ``git hotfix`` as ``processes.run`` would; a run that takes longer than ``seconds`` fails the test.

        The exit code is the negative number of the signal that ended the run, as where git is ended with it.
        """
        return self.run(
            *arguments,
            directory=directory,
            stdin=stdin,
            env=as_git_sets(env),
            seconds=seconds,
            memory_bytes=memory_bytes,
        )

    def on_terminal(self, *arguments: str, directory: Path, env: Mapping[str, str], terminal: int) -> int:
        """Begin a run on a terminal, given by the descriptor of the program's side.

        Gives the descriptor of a pipe that gets the run's exit code.
        """
        read, write = os.pipe()
        streams = [terminal, terminal, terminal, write]
        self._begin(arguments, directory, as_git_sets(env), streams, on_a_terminal=True)
        os.close(write)
        return read

    def run(
        self,
        *arguments: str,
        directory: Path,
        stdin: str | bytes | None = None,
        env: Mapping[str, str] | None = None,
        seconds: float = TIME_LIMIT_SECONDS,
        memory_bytes: int | None = None,
        before_change: Callable[[Change], None] | None = None,
    ) -> Run:
        """Run ``git-hotfix`` itself, without git.

        ``before_change`` is called before each change of a file: nothing of the run moves while it looks around.
        """
        data = stdin.encode() if isinstance(stdin, str) else stdin or b""
        with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            given.write(data)
            given.seek(0)
            streams = [stream.fileno() for stream in (given, out, err)]
            watching, theirs = socket.socketpair()
            with watching, theirs:
                watched = [theirs.fileno()] if before_change else []
                process = self._begin(arguments, directory, env or {}, [*streams, *watched])
                if memory_bytes is not None:
                    with contextlib.suppress(ProcessLookupError):  # it ended by itself meanwhile
                        resource.prlimit(process, resource.RLIMIT_AS, (memory_bytes, memory_bytes))
                theirs.close()
                if before_change is not None:
                    _watch(watching, self._connection, before_change)
            self._connection.settimeout(seconds)
            try:
                code = self._number()
            except TimeoutError:
                with contextlib.suppress(ProcessLookupError):  # it ended by itself meanwhile
                    os.killpg(process, signal.SIGKILL)
                self._connection.settimeout(TIME_LIMIT_SECONDS)
                self._number()
                said = f"git hotfix {' '.join(arguments)} did not end in {seconds} s\n{_read(err)}"
                raise AssertionError(said) from None
            self._connection.settimeout(TIME_LIMIT_SECONDS)
            return Run(code, _read(out), _read(err))

    def _begin(
        self,
        arguments: tuple[str, ...],
        directory: Path,
        env: Mapping[str, str],
        descriptors: list[int],
        *,
        on_a_terminal: bool = False,
    ) -> int:
        """Ask for a run and give its process id."""
        environment = {**os.environ, **env}
        program = shutil.which("git-hotfix", path=environment["PATH"])
        words = (program, *arguments)
        said = {"words": words, "directory": str(directory), "environment": environment, "on_a_terminal": on_a_terminal}
        request = json.dumps(said).encode()
        socket.send_fds(self._connection, [len(request).to_bytes(LENGTH_BYTES)], descriptors)
        self._connection.sendall(request)
        return self._number()

    def _number(self) -> int:
        """Read a line with a number: what the other end answers."""
        line = b""
        while not line.endswith(b"\n"):
            piece = self._connection.recv(1)
            if not piece:
                raise AssertionError(f"The fork server has ended: exit {self._process.wait()}.")
            line += piece
        return int(line)


def _watch(watching: socket.socket, ending: socket.socket, before_change: Callable[[Change], None]) -> None:
    """Answer for each change of a run until the run has ended: ``ending`` can then be read."""
    watching.settimeout(TIME_LIMIT_SECONDS)
    _, (descriptor,), _, _ = socket.recv_fds(watching, 1, 1)
    with contextlib.closing(Listener(descriptor)) as listener:
        poll = select.poll()
        poll.register(listener, select.POLLIN)
        poll.register(ending, select.POLLIN)
        while ready := poll.poll(1000 * TIME_LIMIT_SECONDS):
            for source, event in ready:
                if source == ending.fileno():
                    return
                if not event & select.POLLIN:
                    poll.unregister(listener)
                elif heard := listener.hear():
                    number, change = heard
                    before_change(change)
                    listener.go_on(number)


@functools.cache
def preloaded() -> Preloaded:
    """Return the one of this process, started when it is first wanted."""
    server = Preloaded()
    atexit.register(server.close)
    return server


def as_git_sets(env: Mapping[str, str] | None) -> dict[str, str]:
    """Return an environment as the commands that git starts see it: with git's own folder first (--exec-path)."""
    return {**(env or {}), "PATH": os.pathsep.join((_exec_path(), (env or {}).get("PATH", os.environ["PATH"])))}


@functools.cache
def _ours() -> str | None:
    return shutil.which("git-hotfix", path=sysconfig.get_path("scripts"))


@functools.cache
def _git() -> str | None:
    return shutil.which("git")


@functools.cache
def _exec_path() -> str:
    return subprocess.run(("git", "--exec-path"), capture_output=True, check=True, text=True).stdout.removesuffix("\n")


def _read(stream: IO[bytes]) -> str:
    stream.seek(0)
    return text(stream.read())
