"""Killed while a conflict of a rollback is laid out or taken up, the same command ends as if nothing had happened."""

from __future__ import annotations

import shutil
import signal
from typing import TYPE_CHECKING

import pytest

from tests.faults.endstate import end_state, left_behind
from tests.faults.lives import LIVES
from tests.faults.moments import Kill, Moment, Moments, put_back
from tests.faults.test_killed import spread, wanted
from tests.faults.trials import unlock_server
from tests.support.changes import can_stop
from tests.support.lab import FIXED, LOGIN, Bare, Lab
from tests.support.preloaded import preloaded

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.stages import Stage

pytestmark = pytest.mark.skipif(not can_stop(), reason="this system cannot stop a program before it changes a file")

FEW = 4
"""Moments of a command, when nothing else is said (``HOTFIX_KILL_POINTS``)."""
UNPACKING = "unpack-objects"
"""The program that writes what git has fetched."""
BEGIN = ("rollback", "auth", "-y", "--targets", "--no-deploy")
GO_ON = ("rollback", "auth", "--continue", "--no-deploy")


def conflicting(root: Path) -> Stage:
    """Return a published fix on which a colleague has built in production."""
    stage = LIVES["rollback"].stage(root)
    bob = Lab.at(stage.root).clone("bob")
    bob.commit("Build on it", {LOGIN: bob.replace(LOGIN, FIXED, FIXED.replace("==", "is"))})
    bob.git("push", "-q", "origin", "main")
    shutil.rmtree(bob.path)
    return stage


def place_of(stage: Stage) -> Bare:
    """Return the worktree of the conflict."""
    return Bare(stage.alice.path / ".git/hotfix/conflicts" / stage.hotfix / "main-rollback")


def resolved(root: Path) -> Stage:
    """Return a conflict that a person has resolved."""
    stage = conflicting(root)
    stage.alice.hotfix(*BEGIN, check=3)
    place_of(stage).git("checkout", "--theirs", LOGIN)
    place_of(stage).git("add", LOGIN)
    return stage


def copied(stage: Stage, shelf: Path, code: int, *command: str) -> list[Moment]:
    """Play a command to its end, and give moments from all over it, some of them when nothing else is said."""
    copies = Moments(stage.root, shelf, wanted(FEW))
    assert preloaded().run(*command, directory=stage.alice.path, before_change=copies).code == code
    return spread(copies.kept, FEW)


def is_laid_out(stage: Stage) -> bool:
    """Whether a person finds the conflict, and git knows what it is."""
    place = place_of(stage)
    file = place.path / LOGIN
    return file.exists() and "<<<<<<< " in file.read_text() and place.try_git("rev-parse", "REVERT_HEAD").code == 0


def test_killed_while_a_conflict_is_laid_out_it_is_laid_out_whole(tmp_path: Path) -> None:
    stage = conflicting(tmp_path / "scene")
    server = stage.remote.refs()
    failed = []
    for moment in copied(stage, tmp_path / "moments", 3, *BEGIN):
        put_back(moment.copy, stage.root)
        said = stage.alice.hotfix(*BEGIN)
        found = (said.code, " conflicts with " in said.err, is_laid_out(stage), stage.remote.refs() == server)
        if found != (3, True, True, True):
            failed.append(f"{moment.name}: {found} {said.err}")
    assert failed == []


def test_killed_while_a_resolution_is_taken_up_it_is_published_once(tmp_path: Path) -> None:
    stage = resolved(tmp_path / "scene")
    moments = copied(stage, tmp_path / "moments", 0, *GO_ON)
    expected = end_state(stage)
    assert left_behind(stage, trees=1) == []
    failed = []
    for moment in moments:
        put_back(moment.copy, stage.root)
        unlock_server(stage)
        said = stage.alice.hotfix(*GO_ON)
        state = end_state(stage)
        found = [name for name in {*state, *expected} if state.get(name) != expected.get(name)] + left_behind(
            stage, trees=1
        )
        if (said.code, found) != (0, []):
            failed.append(f"{moment.name}: {said.code} {found} {said.err}")
    assert failed == []


def test_killed_while_the_worktree_of_a_resolution_is_removed_it_is_published_once(tmp_path: Path) -> None:
    stage = resolved(tmp_path / "scene")
    kill = Kill(lambda change: change.name == "rmdir" and change.path == str(place_of(stage).path))
    assert preloaded().run(*GO_ON, directory=stage.alice.path, before_change=kill).code == -signal.SIGKILL
    stage.alice.hotfix(*GO_ON, check=0)
    assert left_behind(stage, trees=1) == []


def test_killed_while_git_unpacks_what_it_has_fetched_the_rest_is_fetched(tmp_path: Path) -> None:
    stage = conflicting(tmp_path / "scene")
    kill = Kill(lambda change: change.name == "unlink" and "/tmp_obj" in change.path and UNPACKING in change.program)
    assert preloaded().run(*BEGIN, directory=stage.alice.path, before_change=kill).code == -signal.SIGKILL
    stage.alice.hotfix(*BEGIN, check=3)
    assert is_laid_out(stage)
