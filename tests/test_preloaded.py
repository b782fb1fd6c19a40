"""A run inside the test or forked is the run that git starts, and leaves nothing behind (inside.py, preloaded.py)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pygit2
import pytest

from tests.cli.stages import fixed
from tests.support.lab import Clone, standard_lab
from tests.support.preloaded import Preloaded, preloaded
from tests.support.processes import run
from tests.support.source import ROOT
from tests.support.terminal import Terminal


@pytest.fixture
def alice(tmp_path: Path) -> Clone:
    return standard_lab(tmp_path).alice


def test_run_is_what_git_starts(alice: Clone, tmp_path: Path) -> None:
    """Exit code, both streams, folder, standard input, and an environment that libgit2 reads when it is loaded."""
    home = tmp_path / "other-home"
    home.mkdir()
    (home / ".gitconfig").write_text("[broken\n")  # git is told of another file, libgit2 only of this home
    abroad = {"TZ": "America/New_York", "NO_COLOR": "1", "GIT_AUTHOR_NAME": "Umlaut \udcfc"}
    for arguments, env, inside in (
        (("status",), {}, "src"),
        (("--version",), {}, "."),
        (("finish", "--nonsense"), {}, "."),
        (("status", "--json", "-v"), abroad, "."),
        (("status",), {"HOME": str(home)}, "."),
        (("start", "x", "--dry-run", "-y"), {"GIT_DIR": str(alice.path / ".git")}, "src"),
        (("status",), {"GIT_DIR": str(tmp_path)}, "."),
    ):
        where = alice.path / inside
        by_git = run("git", "hotfix", *arguments, directory=where, stdin="x\n", env=env)
        assert preloaded().hotfix(*arguments, directory=where, stdin="x\n", env=env) == by_git
        assert alice.hotfix(*arguments, env=env, inside=inside) == by_git


def known() -> dict[str, object]:
    """Return what the program has at hand: each name of its modules, and how much is in what can grow."""
    modules = {name: module for name, module in sys.modules.items() if name.startswith("git_hotfix")}
    names = {f"{name}.{key}": value for name, module in modules.items() for key, value in vars(module).items()}
    sized = {name: len(value) for name, value in names.items() if isinstance(value, (dict, list, set))}
    return {name: (id(value), sized.get(name)) for name, value in names.items() if not name.endswith("__")}


def around() -> tuple[object, ...]:
    """Return what a run has of its own, and this process too."""
    return dict(os.environ), Path.cwd(), list(sys.argv), sys.stdin, sys.stdout, signal.getsignal(signal.SIGINT)


def test_run_inside_leaves_nothing_in_the_program_and_in_this_process(tmp_path: Path) -> None:
    stage = fixed(tmp_path)
    before, here = known(), around()
    for words in (("finish",), ("status", "auth", "--json"), ("rollback", "auth", "-y"), ("finish", "--nonsense")):
        stage.alice.hotfix(*words)
    after = known()
    assert {name for name in before if before[name] != after[name]} == set()
    assert around() == here
    assert pygit2.settings.search_path[pygit2.enums.ConfigLevel.GLOBAL].endswith("/nothing")


def test_run_that_is_killed_is_apart(alice: Clone) -> None:
    alice.git("config", "hotfix.branches.production", "main")
    alice.git("config", "hotfix.test.command", "sh -c 'kill -9 $PPID'")
    alice.hotfix("start", "x", "-y", check=0)
    alice.commit("Fix", {"fix": ""})
    alice.hotfix("test", check=-9, apart=True)


def test_forked_run_on_a_terminal_is_what_git_starts(alice: Clone) -> None:
    shown = []
    for by_git in (True, False):
        with Terminal(alice, "start", "x", by_git=by_git) as terminal:
            terminal.expect("Is production affected? ")
            terminal.answer("n")
            shown.append((terminal.finish(), terminal.transcript))
    assert shown[0] == shown[1]
    with Terminal(alice, "start", "x") as terminal:  # its own terminal: a Ctrl-C reaches it
        terminal.expect("Is production affected? ")
        terminal.interrupt()
        assert terminal.finish() == 130


def test_run_that_takes_too_long_is_ended_with_its_children(alice: Clone, tmp_path: Path) -> None:
    alice.git("config", "hotfix.branches.production", "main")
    alice.git(
        "config",
        "hotfix.test.command",
        f"sh -c 'echo $$ >{tmp_path}/id.new; mv {tmp_path}/id.new {tmp_path}/id; exec sleep 1000'",
    )
    alice.hotfix("start", "x", "-y", check=0)
    alice.commit("Fix", {"fix": ""})
    seconds = 1
    while not (tmp_path / "id").exists():  # on a busy machine the command has not begun so soon
        with pytest.raises(AssertionError, match=rf"git hotfix test did not end in {seconds} s"):
            preloaded().hotfix("test", directory=alice.path, seconds=seconds)
        seconds *= 2
    child = int((tmp_path / "id").read_text())
    while run("ps", "-o", "stat=", "-p", str(child), directory=tmp_path).out.strip()[:1] not in {"", "Z"}:
        time.sleep(0.02)  # it is being killed
    assert alice.hotfix("--version").code == 0  # the next run is not held up


def test_server_ends_with_close_and_with_its_worker(tmp_path: Path) -> None:
    assert Preloaded().close() == 0
    script = "import os; from tests.support.preloaded import Preloaded; Preloaded(); os.kill(os.getpid(), 9)"
    # returns only when nobody holds the pipe of standard error any more, the server neither
    ended = subprocess.run(
        (sys.executable, "-c", script), cwd=ROOT, env=dict(os.environ), stderr=subprocess.PIPE, timeout=300, check=False
    )
    assert (ended.returncode, ended.stderr) == (-9, b"")
