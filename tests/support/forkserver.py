"""Starts ``git-hotfix`` again and again without Python's start-up: a process that has loaded it forks for each run.

Run as a program by tests/support/preloaded.py, with the number of a connected socket as its one argument. It ends
when the other end of the socket is closed, thus also when the process that has it dies.
"""

from __future__ import annotations

import atexit
import configparser  # noqa: F401  # the program loads it when it is needed first, as it does the others without a use
import contextlib
import fcntl
import functools
import gc
import io
import json
import os
import pkgutil
import socket
import subprocess
import sys
import tempfile
import termios
import threading
import time
import zipfile  # noqa: F401
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import NoReturn

import jinja2.sandbox  # noqa: F401
import markdown_it  # noqa: F401
import pygit2  # noqa: F401
import tomli  # noqa: F401

import git_hotfix
from git_hotfix.cli.main import run
from tests.support.afresh import HURRIED, forget, read_home_again
from tests.support.changes import listen
from tests.support.source import ROOT

LENGTH_BYTES = 8
"""A request begins with its length; with this come the descriptors of the run's standard streams."""

REHEARSED = {
    "user.name": "Kim",
    "user.email": "kim@example.com",
    "hotfix.branches.production": "main",
    "hotfix.test.command": "true",
}


@dataclass(frozen=True, slots=True)
class Request:
    """One run: its words (the executable's path first), folder, environment, and three standard streams.

    Else a fourth descriptor is a socket; the run stops before each change (tests/support/changes.py), and sends there
    where to listen.
    """

    words: list[str]
    directory: str
    environment: dict[str, str]
    streams: list[int]
    on_a_terminal: bool
    """Whether the streams are a terminal, to be the run's own; the fourth is then where its exit code is to be told."""


def load() -> None:
    """Import the whole program, and read its own definitions; nothing of it runs."""
    for module in pkgutil.walk_packages(git_hotfix.__path__, f"{git_hotfix.__name__}."):
        import_module(module.name)
    time.strptime("2000", "%Y")  # loads more of Python


@functools.cache
def prepare() -> None:
    """Do once, before the first fork, what every run would do."""
    rehearse()
    for module, name, seconds in HURRIED:
        setattr(module, name, seconds)
    gc.collect()
    gc.freeze()  # what is loaded is never collected: a fork's collections need not copy its pages


def rehearse() -> None:
    """Let a hotfix live once: patterns, decoders and annotations that a first run makes are there in every fork.

    What else the program keeps is forgotten: no fork may know more of the world than its own run has asked.
    """
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stderr(io.StringIO()):
        server, clone = Path(folder, "server"), Path(folder, "clone")
        git(folder, "init", "-q", "--bare", "-b", "main", str(server))
        git(folder, "init", "-q", "-b", "main", str(clone))
        for key, value in REHEARSED.items():
            git(clone, "config", key, value)
        git(clone, "remote", "add", "origin", str(server))
        (clone / "CHANGELOG.md").write_text("# Changelog\n\n## 1.0.0\n\n- All\n")
        git(clone, "add", ".")
        git(clone, "commit", "-q", "-m", "Begin")
        git(clone, "push", "-q", "-u", "origin", "main", "main:develop")
        os.chdir(clone)
        codes = [run(("start", "Try it", "-y"))]
        (clone / "fix").touch()
        git(clone, "add", ".")
        git(clone, "commit", "-q", "-m", "Fix")
        codes += [run(words) for words in (("status", "--json"), ("finish", "-y"), ("list",), ("rollback", "-y"))]
        os.chdir(ROOT)
    tempfile.tempdir = None  # every run looks for its own
    assert codes == [0] * len(codes), codes
    forget()


def git(folder: str | Path, *words: str) -> None:
    """Run git where the life is rehearsed."""
    subprocess.run(("git", *words), cwd=folder, check=True, stdout=subprocess.DEVNULL)


def serve(connection: socket.socket) -> None:
    """Fork for each request, tell the fork's process id, and its exit code when it has ended."""
    beside: list[int] = []
    while (request := _receive(connection)) is not None:
        prepare()
        process = os.fork()
        if process == 0:
            connection.close()
            if request.on_a_terminal:
                wait_aside(request)
            become(request)
        for stream in request.streams:
            os.close(stream)
        connection.sendall(b"%d\n" % process)
        if not request.on_a_terminal:
            _, status = os.waitpid(process, 0)
            connection.sendall(b"%d\n" % os.waitstatus_to_exitcode(status))
        else:
            beside.append(process)
        beside = [each for each in beside if os.waitpid(each, os.WNOHANG) == (0, 0)]


def wait_aside(request: Request) -> None:
    """Go on as the run, of which this process waits for the end and tells it: others can be asked for meanwhile."""
    process = os.fork()
    if process == 0:
        return
    for stream in request.streams[:3]:
        os.close(stream)
    _, status = os.waitpid(process, 0)
    os.write(request.streams[3], b"%d\n" % os.waitstatus_to_exitcode(status))
    os._exit(0)


def become(request: Request) -> NoReturn:
    """Be the installed executable: nothing of this process reaches the run but the modules that it has loaded.

    It ends as Python ends, but for taking every loaded module to pieces, which would cost more than most runs.
    """
    os.setsid()  # as tests.support.processes.begin: no terminal, and the group can be ended as a whole
    os.environ.clear()
    os.environ.update(request.environment)
    time.tzset()  # Python reads TZ at its start
    read_home_again()
    os.chdir(request.directory)
    for number, stream in enumerate(request.streams[:3]):
        os.dup2(stream, number)
        os.close(stream)
    if request.on_a_terminal:
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
        os.close(request.streams[3])
    else:
        for stream in request.streams[3:]:
            _stop_before_changes(stream)
    sys.argv[:] = request.words
    from git_hotfix.__main__ import main  # noqa: PLC0415  # loaded already; named here as the executable names it

    try:
        main()
    except SystemExit as ended:
        _leave(ended.code)
    raise AssertionError("the program has not exited")


def _stop_before_changes(stream: int) -> None:
    with socket.socket(fileno=stream) as watching:
        listener = listen()
        socket.send_fds(watching, [b"!"], [listener])
        os.close(listener)


def _leave(code: str | int | None) -> NoReturn:
    """Wait for threads, run what is to be run at the end, write out what was said: Py_FinalizeEx, its first steps."""
    assert isinstance(code, int)
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _receive(connection: socket.socket) -> Request | None:
    """Return the next request; None when the other end is closed."""
    beginning, streams, _, _ = socket.recv_fds(connection, LENGTH_BYTES, 4)
    if not beginning:
        return None
    left = int.from_bytes(beginning)
    pieces = []
    while left:
        piece = connection.recv(left)
        if not piece:
            return None
        pieces.append(piece)
        left -= len(piece)
    said = json.loads(b"".join(pieces))
    return Request(said["words"], said["directory"], said["environment"], streams, said["on_a_terminal"])


if __name__ == "__main__":
    load()
    with socket.socket(fileno=int(sys.argv[1])) as listening:
        serve(listening)
