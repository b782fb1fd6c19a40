"""Killed while a conflict of a rollback is laid out or taken up, the same command ends as if nothing had happened."""

from __future__ import annotations

import shutil
import signal
from typing import TYPE_CHECKING

from tests.faults.endstate import end_state, left_behind
from tests.faults.killing import wrapped
from tests.faults.lives import LIVES
from tests.faults.test_killed import spread
from tests.faults.trials import Known, Point, all_points
from tests.support.lab import FIXED, LOGIN, Bare

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.stages import Stage

FEW = 1
"""Moments of a command, when nothing else is said (``HOTFIX_KILL_POINTS``)."""
BEGIN = ("rollback", "auth", "-y", "--targets", "--no-deploy")
GO_ON = ("rollback", "auth", "--continue")


def conflicting(root: Path) -> Stage:
    """Return a published fix on which a colleague has built in production."""
    stage = LIVES["rollback"].stage(root)
    bob = stage.bob
    bob.git("fetch", "-q")
    bob.git("switch", "-q", "-C", "main", "origin/main")
    bob.commit("Build on it", {LOGIN: bob.replace(LOGIN, FIXED, FIXED.replace("==", "is"))})
    bob.git("push", "-q", "origin", "main")
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


def points_of(log: list[str]) -> list[Point]:
    """Return some of the moments around the calls of git that change something."""
    effects = [each for each in all_points(Known(0, {}, 0, tuple(log), (), {})) if each.is_effect]
    return spread(effects, FEW)


def lasting(stage: Stage) -> list[str]:
    """Return what is left behind, but how it was resolved: that is kept until the clean-up."""
    return [each for each in left_behind(stage, trees=1) if "refs/hotfix/resolved/" not in each]


def test_killed_while_a_conflict_is_laid_out_it_is_laid_out_whole(tmp_path: Path) -> None:
    git = wrapped(tmp_path / "bin")
    assert git.run(conflicting(tmp_path / "known").alice, *BEGIN).code == 3
    failed = []
    for number, point in enumerate(points_of(git.log)):
        stage = conflicting(tmp_path / f"{number}")
        before = stage.remote.refs()
        killed = git.run_until(stage.alice, *BEGIN, at=point.at, moment=point.moment)
        said = stage.alice.hotfix(*BEGIN)
        place = place_of(stage)
        is_whole = (
            "<<<<<<< " in (place.path / LOGIN).read_text() and place.try_git("rev-parse", "REVERT_HEAD").code == 0
        )
        found = (killed.code, said.code, "is in conflict" in said.err, is_whole, stage.remote.refs() == before)
        if found != (-signal.SIGKILL, 3, True, True, True):
            failed.append(f"{point}: {found} {said.err}")
        shutil.rmtree(stage.root)
    assert failed == []


def test_killed_while_a_resolution_is_taken_up_it_is_published_once(tmp_path: Path) -> None:
    git = wrapped(tmp_path / "bin")
    stage = resolved(tmp_path / "known")
    assert git.run(stage.alice, *GO_ON).code == 0
    wanted, log = end_state(stage), git.log
    assert lasting(stage) == []
    failed = []
    for number, point in enumerate(points_of(log)):
        stage = resolved(tmp_path / f"{number}")
        killed = git.run_until(stage.alice, *GO_ON, at=point.at, moment=point.moment)
        said = stage.alice.hotfix(*GO_ON)
        state = end_state(stage)
        found = [name for name in {*state, *wanted} if state.get(name) != wanted.get(name)] + lasting(stage)
        if (killed.code, said.code, found) != (-signal.SIGKILL, 0, []):
            failed.append(f"{point} ({log[point.at - 1]}): {killed.code} {said.code} {found} {said.err}")
        shutil.rmtree(stage.root)
    assert failed == []
