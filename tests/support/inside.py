"""``git hotfix`` inside the test's own process: neither a fork's copies of memory nor a start of Python is paid for.

A run finds what a process of its own would find: nothing is left in the program of the run before it.
"""

from __future__ import annotations

import atexit
import io
import sys
import threading
import time
from contextlib import chdir, contextmanager, redirect_stderr, redirect_stdout
from functools import partial
from typing import TYPE_CHECKING

import pygit2
import pytest

from git_hotfix.cli.main import run
from tests.support.afresh import HURRIED, LEVELS, forget, read_home_again
from tests.support.processes import Run, text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

_running = threading.Lock()


def run_inside(arguments: tuple[str, ...], directory: Path, env: Mapping[str, str]) -> Run | None:
    """Run the program through its one entrance, error boundary included, in a folder, without a terminal.

    None where it cannot: another run is under way here, as when a server is pushed to within a push.
    """
    if threading.current_thread() is not threading.main_thread() or not _running.acquire(blocking=False):
        return None
    written = io.BytesIO(), io.BytesIO()
    out, err = (io.TextIOWrapper(each, "utf-8", "backslashreplace", write_through=True) for each in written)
    try:
        with redirect_stdout(out), redirect_stderr(err), _as_a_process(arguments, directory, env):
            code = run()
    finally:
        _running.release()
    return Run(code, *(text(each.getvalue()) for each in written))


@contextmanager
def _as_a_process(arguments: tuple[str, ...], directory: Path, env: Mapping[str, str]) -> Iterator[None]:
    """Let what is run find the folder, the words, the environment and the memory of a new process."""
    at_end: list[Callable[[], object]] = []
    register = atexit.register

    def at_the_end(do: Callable[..., object], *words: object) -> None:
        if do.__module__.startswith("git_hotfix"):
            at_end.append(partial(do, *words))
        else:  # of a module that is loaded meanwhile, and stays
            register(do, *words)

    forget()
    with pytest.MonkeyPatch.context() as patch, chdir(directory), _reading_home():
        patch.setattr(atexit, "register", at_the_end)
        patch.setattr(sys, "argv", ["git-hotfix", *arguments])
        patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO()))
        for module, name, seconds in HURRIED:
            patch.setattr(module, name, seconds)
        for name, value in env.items():
            patch.setenv(name, value)
        time.tzset()  # Python reads TZ at its start
        read_home_again()
        yield
        for do in reversed(at_end):
            do()
    time.tzset()


@contextmanager
def _reading_home() -> Iterator[None]:
    """Put libgit2's folders of configuration back in the end."""
    before = [pygit2.settings.search_path[level] for level in LEVELS]
    try:
        yield
    finally:
        for level, folder in zip(LEVELS, before, strict=True):
            pygit2.settings.search_path[level] = folder
