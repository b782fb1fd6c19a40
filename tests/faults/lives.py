"""The commands that are killed, each with the scene it runs in: built once, copied for every kill.

The scene is as small as it can be, without bob and with git's objects packed: it is copied very often.
"""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from tests.cli.stages import TITLE, Stage, _copy, _shelf, fix
from tests.support.lab import Clone, standard_lab

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Life:
    """A command and the stage of a hotfix's life in which it is typed."""

    command: tuple[str, ...]
    begun: Callable[[], Stage]
    trees: int = 1
    """How many working trees alice has at the end."""

    def stage(self, root: Path) -> Stage:
        """Return a fresh copy of the scene."""
        root.mkdir(parents=True)
        stage = _copy(self.begun(), root)
        deployment(stage).write_text(f"echo deployed >>{root}/deployed\n")
        for key in ("deploy.command", "deploy.rollback"):
            if stage.alice.git("config", f"hotfix.{key}", ok=False):
                stage.alice.git("config", f"hotfix.{key}", f"sh {deployment(stage)}")
        stage.alice.git("update-index", "-q", "--refresh", ok=False)
        return stage


def deployment(stage: Stage) -> Path:
    """Return the script that deploys, and takes back."""
    return stage.root / "deploy.sh"


def deployments(stage: Stage) -> int:
    """Count how often the deployment has run."""
    file = stage.root / "deployed"
    return len(file.read_text().splitlines()) if file.exists() else 0


@cache
def dirty() -> Stage:
    """Alice works on main, with staged and unstaged changes and a stash of her own."""
    root = Path(tempfile.mkdtemp(prefix="stage-", dir=_shelf()))
    scene = standard_lab(root)
    alice = scene.alice
    shutil.rmtree(scene.bob.path)
    alice.git("config", "hotfix.branches.production", "main")
    alice.git("config", "hotfix.test.command", "true")
    alice.git("config", "hotfix.deploy.command", "true")
    for key, value in (("core.checkStat", "minimal"), ("core.trustctime", "false")):
        alice.git("config", key, value)  # a copy of a file is for git the file, as what is killed keeps its files
    alice.write("VERSION", "2.0.0-dev\n")
    alice.git("stash", "push", "-q", "-m", "not now")
    _change(alice)
    hotfix = alice.hotfix("start", TITLE, "--slug", "auth", "-y", "--stash", "--dry-run", "--json", check=0).json()
    return Stage(root, scene.remote, alice, scene.bob, hotfix["hotfix"])  # bob may come back: conflicting


@cache
def ready() -> Stage:
    """The fix is committed; what alice was at is stashed."""
    stage = _again(dirty())
    stage.alice.hotfix("start", TITLE, "--slug", "auth", "-y", "--stash", check=0)
    fix(stage)
    return stage


@cache
def begun() -> Stage:
    """The branch has only its report; what alice was at is stashed."""
    stage = _again(dirty())
    stage.alice.hotfix("start", TITLE, "--slug", "auth", "-y", "--stash", "--push", check=0)
    return stage


@cache
def published() -> Stage:
    """The fix is in production and nowhere else."""
    stage = _again(ready())
    stage.alice.hotfix("finish", "-y", "--no-backport", "--no-deploy", check=None)
    return stage


@cache
def everywhere() -> Stage:
    """The fix is in every branch; only the clean-up is left."""
    stage = _again(ready())
    stage.alice.git("push", "-q", "-u", "origin", stage.branch)
    stage.alice.hotfix("finish", "-y", check=0)
    return stage


LIVES = {
    "start": Life(("start", TITLE, "--slug", "auth", "-y", "--stash", "--push"), dirty),
    "finish": Life(("finish", "-y"), ready),
    "backport": Life(("backport",), published),
    "cleanup": Life(("cleanup",), everywhere),
    "rollback": Life(("rollback", "-y", "--targets", "--reason", "it broke the shop"), everywhere),
    "close": Life(("close", "--as", "resolved", "--reason", "restarted the workers"), begun),
}


IN_WORKTREE = Life(("start", TITLE, "--slug", "auth", "-y", "--worktree"), dirty, trees=2)
"""A start that leaves alice where she is."""


def _change(alice: Clone) -> None:
    alice.write("VERSION", "1.0.1-dev\n")
    alice.git("add", "VERSION")
    alice.write("README.md", "# Product\n\nNot finished.\n")
    alice.write("notes.txt", "untracked\n")


def _again(stage: Stage) -> Stage:
    return _copy(stage, Path(tempfile.mkdtemp(prefix="stage-", dir=_shelf())))
