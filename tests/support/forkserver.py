"""Starts ``git-hotfix`` again and again without Python's start-up: a process that has loaded it forks for each run.

Run as a program by tests/support/preloaded.py, with the number of a connected socket as its one argument. It ends
when the other end of the socket is closed, thus also when the process that has it dies.
"""

from __future__ import annotations

import atexit
import configparser  # noqa: F401  # the program loads it when it is needed first, as it does the next two
import gc
import json
import os
import pkgutil
import socket
import sys
import threading
import time
from dataclasses import dataclass
from importlib import import_module
from typing import NoReturn

import jinja2  # noqa: F401
import markdown_it  # noqa: F401
import pygit2

import git_hotfix
from tests.support.changes import listen

LENGTH_BYTES = 8
"""A request begins with its length; with this come the descriptors of the run's standard streams."""


@dataclass(frozen=True, slots=True)
class Request:
    """One run: its words (the executable's path first), folder, environment, and three standard streams.

    A fourth descriptor is a socket; the run stops before each change (tests/support/changes.py), and sends there where
    to listen.
    """

    words: list[str]
    directory: str
    environment: dict[str, str]
    streams: list[int]


def load() -> None:
    """Import the whole program; nothing of it runs."""
    for module in pkgutil.walk_packages(git_hotfix.__path__, f"{git_hotfix.__name__}."):
        import_module(module.name)
    time.strptime("2000", "%Y")  # loads more of Python
    gc.collect()
    gc.freeze()  # what is loaded is never collected: a fork's collections need not copy its pages


def serve(connection: socket.socket) -> None:
    """Fork for each request, tell the fork's process id, and its exit code when it has ended."""
    while (request := _receive(connection)) is not None:
        process = os.fork()
        if process == 0:
            connection.close()
            become(request)
        for stream in request.streams:
            os.close(stream)
        connection.sendall(b"%d\n" % process)
        _, status = os.waitpid(process, 0)
        connection.sendall(b"%d\n" % os.waitstatus_to_exitcode(status))


def become(request: Request) -> NoReturn:
    """Be the installed executable: nothing of this process reaches the run but the modules that it has loaded.

    It ends as Python ends, but for taking every loaded module to pieces, which would cost more than most runs.
    """
    os.setsid()  # as tests.support.processes.begin: no terminal, and the group can be ended as a whole
    os.environ.clear()
    os.environ.update(request.environment)
    time.tzset()  # Python reads TZ at its start
    _read_home_again()
    os.chdir(request.directory)
    for number, stream in enumerate(request.streams[:3]):
        os.dup2(stream, number)
        os.close(stream)
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


def _read_home_again() -> None:
    """Let libgit2 look for the user's configuration where this environment says; it does when it is loaded."""
    for level in (
        pygit2.enums.ConfigLevel.PROGRAMDATA,
        pygit2.enums.ConfigLevel.SYSTEM,
        pygit2.enums.ConfigLevel.XDG,
        pygit2.enums.ConfigLevel.GLOBAL,
    ):
        pygit2.option(pygit2.enums.Option.SET_SEARCH_PATH, level, None)
    pygit2.option(pygit2.enums.Option.SET_HOMEDIR, None)


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
    return Request(said["words"], said["directory"], said["environment"], streams)


if __name__ == "__main__":
    load()
    with socket.socket(fileno=int(sys.argv[1])) as listening:
        serve(listening)
