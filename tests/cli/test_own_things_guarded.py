"""Hooks that fail, submodules, folders and variables of the user's: what they stop is told, what is theirs stays."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

from tests.cli.peculiar import peculiar
from tests.cli.publication_scenes import (
    FINISH,
    assert_published,
    hints,
    problems,
    push_to,
    ready,
    warnings,
)
from tests.cli.starting import problems as start_problems
from tests.cli.test_own_things import changed
from tests.faults.moments import Kill
from tests.support.changes import can_stop
from tests.support.hooks import _install
from tests.support.lab import LOGIN, Clone
from tests.support.preloaded import preloaded

if TYPE_CHECKING:
    from pathlib import Path

FAILING = ("pre-commit", "post-checkout", "post-merge", "post-rewrite")


def test_failing_hooks_are_told_and_hold_nothing_back(tmp_path: Path) -> None:
    scene = ready(tmp_path)
    alice, hooks = scene.alice, scene.alice.path / ".git/hooks"
    production = tmp_path / "production"
    alice.git("worktree", "add", "-q", str(production), "main")
    for name in FAILING:
        _install(hooks / name, f"echo {name} says no >&2\nexit 1\n")
    theirs = scene.remote.show(f"develop:{LOGIN}").replace("    return True\n", "    return bool(expected)\n")
    push_to(scene.bob, "develop", LOGIN, theirs)

    said = scene.finish(check=4)
    started = alice.hotfix("start", "Another", "-y", "--worktree", "../another", check=0)

    assert_published(scene)
    assert warnings(said) == [
        f"You are still on '{scene.branch}': 'main' is checked out in '{production}' now.",
    ]
    assert "The fix conflicts with" in problems(said)[0]  # git worktree add ran post-checkout, which failed
    assert Clone(production).rev("HEAD") == scene.remote.rev("main")
    assert f"The worktree is '{tmp_path / 'another'}'. A hook failed there: post-checkout says no\n" in started.err
    alice.git("worktree", "remove", "--force", str(production))
    back = alice.hotfix("backport", scene.id, "--skip", "develop", "--reason", "not there", check=0)
    assert problems(back) == []
    gone = alice.hotfix("cleanup", scene.id, check=0)
    assert "Back on 'main'. A hook failed there: post-checkout says no\n" in gone.err


def test_hook_that_refuses_refs_is_told_and_loses_nothing(tmp_path: Path) -> None:
    scene = ready(tmp_path)
    alice = scene.alice
    hook = alice.path / ".git/hooks/reference-transaction"
    refuse = "[ $1 != prepared ] || ! grep -q {} || exit 1\n"
    _install(hook, refuse.format("refs/hotfix/keep"))
    answer = scene.refuse(*FINISH, check=1)
    assert problems(answer) == ["git update-ref failed: fatal: ref updates aborted by hook"]
    _install(hook, refuse.format("refs/heads/main"))
    local = alice.rev("main")

    said = scene.finish("--no-backport", "--stay")

    assert_published(scene)
    assert alice.rev("main") == local
    assert [line for line in warnings(said) if line.startswith("Local 'main' not updated: ")]


def test_change_in_a_submodule_is_not_stashed_away(tmp_path: Path) -> None:
    scene = peculiar(tmp_path)
    alice = scene.alice
    alice.git("config", "submodule.recurse", "true")
    alice.write("lib/lib.txt", "worked on\n")
    alice.write("plain.txt", "worked on\n")
    told = "There are changes in submodules, which a stash cannot hold: 'lib'."
    wanted = ("uncommitted", told, "git hotfix start x -y --stash --worktree")
    assert start_problems(alice, "x", "-y", "--stash") == (1, [wanted])
    alice.hotfix("start", "x", "-y", "--worktree", "../x", check=0)
    assert (alice.read("lib/lib.txt"), alice.read("plain.txt")) == ("worked on\n", "worked on\n")


def test_exported_variables_and_a_folder_for_conflicts_leave_what_is_there(tmp_path: Path) -> None:
    scene = ready(tmp_path)
    alice = scene.alice
    own = tmp_path / "trees/develop"
    alice.git("worktree", "add", "-q", "--detach", str(own), "origin/develop")
    (own / "mine.txt").write_text("mine\n")
    index = tmp_path / "my-index"
    index.write_bytes((alice.path / ".git/index").read_bytes())
    mine = index.read_bytes()
    theirs = scene.remote.show(f"develop:{LOGIN}").replace("    return True\n", "    return bool(expected)\n")
    push_to(scene.bob, "develop", LOGIN, theirs)
    tied = {"GIT_DIR": str(alice.path / ".git"), "GIT_WORK_TREE": str(alice.path), "GIT_INDEX_FILE": str(index)}

    said = alice.hotfix(*FINISH, "--stay", "--worktree", str(own.parent), check=4, env=tied, inside="src")

    assert_published(scene)
    assert index.read_bytes() == mine
    place = own.with_name("develop-2")
    assert f"cd {place}" in hints(said)
    assert "<<<<<<< " in (place / LOGIN).read_text()
    assert scene.remote.show(f"develop:{LOGIN}") == theirs
    alice.hotfix("finish", scene.id, "--abort", check=1)
    alice.hotfix("backport", scene.id, "--skip", "develop", "--reason", "later", check=0)
    assert (own / "mine.txt").read_text() == "mine\n"
    assert not place.exists()


@pytest.mark.skipif(not can_stop(), reason="this system cannot stop a program before it changes a file")
def test_start_killed_while_files_are_written_goes_on_through_filters_and_line_endings(tmp_path: Path) -> None:
    scene = peculiar(tmp_path)
    alice, bob = scene.alice, scene.bob
    alice.git("switch", "-q", "-c", "topic")
    alice.git("rm", "-q", "secret.box", "run.bat", "names.u16")
    alice.git("commit", "-qm", "Without them")  # a checkout of the hotfix has to write them
    alice.write("plain.txt", "worked on\n")
    bob.commit("Longer", {"run.bat": "".join(f"line {number}\r\n" for number in range(20000))})
    bob.git("push", "-q", "origin", "main")
    before = alice.snapshot(without_tracking=True)
    command = ("start", "Login", "--slug", "auth", "-y", "--stash")
    kill = Kill(lambda change: change.name == "write" and change.path.startswith(f"{alice.path}/run.bat"))
    assert preloaded().run(*command, directory=alice.path, before_change=kill).code == -signal.SIGKILL
    assert (alice.path / "run.bat").read_bytes() == b""

    alice.hotfix(*command, check=0)
    assert alice.git("status", "--porcelain") == ""
    assert alice.read("run.bat").count("\r\n") == 20000
    alice.hotfix("close", "--as", "cancelled", "--reason", "a mistake", check=0)

    assert changed(before, alice.snapshot(without_tracking=True)) == {}
