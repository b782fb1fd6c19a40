"""Killed while a pull request is prepared or merged commits are gone on from: the same command again ends the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.cli.publication_scenes import SKIP, Ready, ready, tags
from tests.faults.killing import wrapped
from tests.faults.test_killed import spread
from tests.faults.trials import Point, points_of
from tests.support.forge import Forge

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.processes import Run

FINISH = ("finish", *SKIP)


def asked(root: Path) -> Ready:
    """Return a hotfix that is ready, where production and develop are changed by request, on no forge that is known."""
    root.mkdir(parents=True)
    scene = ready(root)
    for branch in ("main", "develop"):
        scene.alice.git("config", "--add", "hotfix.remote.pullRequest", branch)
    return scene


def came_to(scene: Ready, root: Path) -> list[str]:
    """Merge what waits, by hand, until the hotfix is everywhere; return the tree of each branch on the server."""
    forge = Forge(root / "forge", scene.remote, refuses=())
    forge.bring(scene.branch, "main", "squash")
    scene.alice.hotfix("finish", check=4)
    forge.bring(f"{scene.branch}-to-develop", "develop", "merge")
    scene.alice.hotfix("finish", check=0)
    scene.alice.hotfix("cleanup", check=0)
    assert len(tags(scene.remote)) == 1
    return [scene.remote.rev(f"{branch}^{{tree}}") for branch in ("main", "release/1.1", "support/1.0")]


def killed(scene: Ready, root: Path, command: tuple[str, ...], point: Point) -> Run:
    return wrapped(root / "bin").run_until(scene.alice, *command, at=point.at, fault=point.fault)


def test_killed_anywhere_one_branch_waits_and_the_hotfix_ends_the_same(tmp_path: Path) -> None:
    scene = asked(tmp_path / "known")
    git = wrapped(tmp_path / "known" / "bin")
    assert git.run(scene.alice, *FINISH).code == 3
    log = tuple(git.log)
    known = came_to(scene, tmp_path / "known")
    for number, point in enumerate(spread(points_of(log), 2)):
        root = tmp_path / str(number)
        scene = asked(root)
        killed(scene, root, FINISH, point)
        scene.alice.hotfix(*FINISH, check=3)
        assert scene.remote.rev(scene.branch) == scene.tip
        assert came_to(scene, root) == known
