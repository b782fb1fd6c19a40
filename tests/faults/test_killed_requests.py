"""Killed while a pull request is prepared, or a bundle is published: the same command again ends the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.cli.publication_scenes import SKIP, Ready, ready, tags
from tests.cli.test_bundle import bundled, heads
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


def published(scene: Ready, file: Path) -> list[str]:
    """Publish what is in a bundle; return the tree of each branch on the server."""
    scene.bob.hotfix("finish", "--from-bundle", str(file), check=0)
    assert len(tags(scene.remote)) == 1
    assert scene.remote.rev("main") == heads(scene, file)["base/main"]
    scene.bob.hotfix("cleanup", check=0)
    assert not [ref for ref in scene.bob.refs() if "hotfix/" in ref and not ref.startswith("refs/tags/")]
    return [scene.remote.rev(f"{branch}^{{tree}}") for branch in ("main", "release/1.1", "support/1.0")]


def test_bundle_whose_publication_is_killed_anywhere_is_published_by_the_same_command(tmp_path: Path) -> None:
    scene, file = bundled(tmp_path / "known")
    git = wrapped(tmp_path / "known" / "bin")
    assert git.run(scene.bob, "finish", "--from-bundle", str(file)).code == 0
    log = tuple(git.log)
    known = published(scene, file)
    for number, point in enumerate(spread(points_of(log), 2)):
        root = tmp_path / str(number)
        scene, file = bundled(root)
        wrapped(root / "bin").run_until(scene.bob, "finish", "--from-bundle", str(file), at=point.at, fault=point.fault)
        assert published(scene, file) == known


def test_what_a_killed_run_has_taken_of_a_bundle_is_published_by_no_other_command(tmp_path: Path) -> None:
    scene, file = bundled(tmp_path)
    git = wrapped(tmp_path / "bin")
    log = bundled(tmp_path / "known")
    assert git.run(log[0].bob, "finish", "--from-bundle", str(log[1])).code == 0
    at = next(int(line.split()[0]) for line in git.log if " push " in f"{line} ")
    git.run_until(scene.bob, "finish", "--from-bundle", str(file), at=at, fault="before")
    scene.bob.hotfix("finish", *SKIP, check=0)
    assert scene.remote.rev("main") != heads(scene, file)["base/main"]
