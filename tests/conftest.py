"""Every test is sealed: nothing of this machine, its user or the repository of this project reaches it."""

from __future__ import annotations

import gc
import os
import signal
import sys
import sysconfig
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import pygit2
import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# a busy machine takes longer than 200 ms, and that is no fault
settings.register_profile("any machine", deadline=None, max_examples=100 if "HOTFIX_FUZZ" in os.environ else 30)
settings.load_profile("any machine")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as a shell begins what runs in the background
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a Ctrl-C on the terminal of a test is heard all the same

sys.dont_write_bytecode = False  # every worker and every program started reads what the first has compiled

MEMORY = Path("/dev/shm")
ROOM_BYTES = 1 << 31


def _is_usable(memory: Path) -> bool:
    """Tell whether the tests fit into a folder that is no disk, and may run programs there (Docker forbids it)."""
    if not os.access(memory, os.W_OK):
        return False
    about = os.statvfs(memory)
    return not about.f_flag & os.ST_NOEXEC and about.f_bavail * about.f_frsize >= ROOM_BYTES


if "TMPDIR" not in os.environ and _is_usable(MEMORY):
    tempfile.tempdir = str(MEMORY)  # a test makes a thousand files, and a busy disk lets it wait for each

USER_CONFIG = """\
[user]
\tname = Test Person
\temail = person@example.com
[init]
\tdefaultBranch = main
[protocol "file"]
\tallow = always
[maintenance]
\tauto = false
[receive]
\tautogc = false
"""
"""Nothing here grows so large that git tidies up; that it looks is a process or two at each commit and push."""

SCRIPTS = sysconfig.get_path("scripts")

NOT_OURS = ("XDG_", "LC_", "SSH_", "GPG_", "GNUPG", "PYTHON")
"""Beginnings of variables of the person who runs the tests (beside ``GIT_``)."""

DROPPED = (
    "CI",
    "CLICOLOR",
    "CLICOLOR_FORCE",
    "COLUMNS",
    "EMAIL",
    "FORCE_COLOR",
    "HOTFIX_TRUST_CONFIG",
    "LANGUAGE",
    "LINES",
    "NO_COLOR",
)


@pytest.fixture(autouse=True)
def sealed(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[None]:
    """Return every test a home, git configuration, time zone and current folder of its own.

    The current folder is ``tmp_path``. The home stands beside it, so that ``tmp_path`` may itself be a
    repository; its ``.gitconfig`` is the only configuration that git finds outside a repository. libgit2 in
    this process finds none: it reads HOME once, so that changing the variable would not be enough.
    """
    home = tmp_path.with_name(f"{tmp_path.name}-home")
    nothing = home / "nothing"
    nothing.mkdir(parents=True)
    user_config = home / ".gitconfig"
    user_config.write_text(USER_CONFIG)
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith(("GIT_", *NOT_OURS)) or name in DROPPED or name.lower().endswith("_proxy"):
                patch.delenv(name)
        environment = {
            "HOME": str(home),
            "XDG_CONFIG_HOME": str(home / ".config"),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": str(user_config),
            # Above tmp_path there is no repository; tmp_path itself may be one.
            "GIT_CEILING_DIRECTORIES": str(tmp_path.parent),
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_EDITOR": "false",
            "EDITOR": "false",
            "VISUAL": "false",
            "PAGER": "cat",
            "TZ": "Asia/Seoul",
            "LC_ALL": "C.UTF-8",
            # what the team's file runs is asked about in tests/hostile; elsewhere it is agreed
            **({} if "hostile" in request.path.parts else {"HOTFIX_TRUST_CONFIG": "1"}),
            "PATH": os.pathsep.join((SCRIPTS, os.environ.get("PATH", os.defpath))),
        }
        for name, value in environment.items():
            patch.setenv(name, value)
        for level in (
            pygit2.enums.ConfigLevel.PROGRAMDATA,
            pygit2.enums.ConfigLevel.SYSTEM,
            pygit2.enums.ConfigLevel.XDG,
            pygit2.enums.ConfigLevel.GLOBAL,
        ):
            pygit2.settings.search_path[level] = str(nothing)
        time.tzset()  # Python reads TZ at its start only
        patch.chdir(tmp_path)
        yield
    time.tzset()


class Tried(Protocol):
    """Notes for the end of the run how many of all cases a test has tried, which are moments of a run, say."""

    def __call__(self, tried: int, possible: int, what: str) -> None: ...


@pytest.fixture
def tried(record_property: Callable[[str, object], None]) -> Tried:
    """Return what notes how much was tried: it is part of what such a test claims."""

    def note(tried: int, possible: int, what: str) -> None:
        record_property("tried", f"{tried} of {possible} {what}")

    return note


def pytest_collection_finish() -> None:
    """Let collections of garbage be rare, and look through no collected tests and nothing that is imported."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000)


def pytest_xdist_auto_num_workers() -> int:
    """Return the number for ``-n auto``: half as many again as processors, because git is waited for."""
    return max(2, len(os.sched_getaffinity(0)) * 3 // 2) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 2


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say at the end how much the tests have tried that try a part of very many cases."""
    reports = [each for name in ("passed", "failed") for each in terminalreporter.getreports(name)]
    lines = sorted(
        str(value) for report in reports for name, value in getattr(report, "user_properties", ()) if name == "tried"
    )
    if lines:
        terminalreporter.section("tried (HOTFIX_KILL_POINTS=all: all)")
        for line in lines:
            terminalreporter.write_line(line)
