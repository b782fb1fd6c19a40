"""A hotfix at one of the stages of its life: played once by the program itself, copied for every test."""

from __future__ import annotations

import atexit
import re
import shutil
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.durations import without_durations
from tests.support.lab import BUG, FIXED, LOGIN, Bare, Clone, standard_lab

if TYPE_CHECKING:
    from git_hotfix.hotfix import Oid

TITLE = "Login takes any password"

_FROZEN = (
    (re.compile(r"\bhotfix-\d{8}-\d{4}(?:-\d+)?\b"), "TAG"),
    (re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}[+-]\d{2}:\d{2}"), "TIME"),
    (re.compile(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2} [+-]\d{2}:\d{2}"), "TIME"),
    (re.compile(r"\d{4}-\d{2}-\d{2}-auth"), "DAY-auth"),
    (re.compile(r"\d{8}-auth"), "ID"),
    (re.compile(r"\b[0-9a-f]{40}\b"), "COMMIT"),
    (re.compile(r"\b[0-9a-f]{12}\b"), "COMMIT"),
    (re.compile(r"\b[0-9a-f]{10}\b"), "COMMIT"),
)


@dataclass(frozen=True, slots=True)
class Stage:
    """A standard lab in which alice has begun the hotfix "auth"; ``hotfix`` is its id."""

    root: Path
    remote: Bare
    alice: Clone
    bob: Clone
    hotfix: str

    @property
    def branch(self) -> str:
        """The hotfix branch."""
        return f"hotfix/{self.hotfix}"

    @property
    def report(self) -> str:
        """The path of the report."""
        day = self.hotfix[:8]
        return f"docs/incidents/HOTFIX-{day[:4]}-{day[4:6]}-{day[6:]}-{self.hotfix[9:]}.md"

    @property
    def tag(self) -> str:
        """The tag of the only publication."""
        (tag,) = self.remote.git("tag", "--list", "hotfix-*").split("\n")
        return tag

    @property
    def memory(self) -> Path:
        """The file of alice's memory."""
        return self.alice.path / f".git/hotfix/{self.hotfix}.json"

    def frozen(self, text: str) -> str:
        """Replace what differs from run to run: times, ids, the folder."""
        text = text.replace(str(self.root), "/lab")
        for pattern, word in _FROZEN:
            text = pattern.sub(word, text)
        return without_durations(text)

    def on_server(self, branch: str, path: str | None = None) -> str:
        """Return a file of a branch of the server (its report)."""
        return self.remote.show(f"{branch}:{path or self.report}")

    def subjects(self, revisions: str) -> list[str]:
        """Return the subjects of commits of the server, the newest first."""
        said = self.remote.git("log", "--topo-order", "--format=%s", revisions)
        return said.split("\n") if said else []

    def bob_pushes(self, branch: str, message: str, files: dict[str, str]) -> Oid:
        """Let bob commit to a branch of the server."""
        self.bob.git("fetch", "-q")
        self.bob.git("switch", "-q", "-C", branch, f"origin/{branch}")
        commit = self.bob.commit(message, files)
        self.bob.git("push", "-q", "origin", branch)
        return commit


def started(root: Path) -> Stage:
    """Alice has started; the report is on the branch, the branch is checked out, nothing is fixed yet."""
    return _copy(_begun(), root)


def fixed(root: Path) -> Stage:
    """Alice has committed the fix."""
    return _copy(_fixed(), root)


def published(root: Path) -> Stage:
    """The fix is in production, tagged; no target has it. Alice is back on main."""
    return _copy(_published(), root)


def finished(root: Path) -> Stage:
    """The fix and the record are everywhere; only the clean-up is left. The branch is on the server too."""
    return _copy(_finished(), root)


@cache
def _begun() -> Stage:
    root = Path(tempfile.mkdtemp(prefix="stage-", dir=_shelf()))
    scene = standard_lab(root)
    scene.alice.git("config", "hotfix.branches.production", "main")
    scene.alice.git("config", "hotfix.test.command", "true")
    scene.alice.hotfix("start", TITLE, "--slug", "auth", "-y", check=0)
    hotfix = scene.alice.git("branch", "--show-current").removeprefix("hotfix/")
    return Stage(root, scene.remote, scene.alice, scene.bob, hotfix)


@cache
def _fixed() -> Stage:
    stage = _copy(_begun(), Path(tempfile.mkdtemp(prefix="stage-", dir=_shelf())))
    fix(stage)
    return stage


@cache
def _published() -> Stage:
    stage = _copy(_fixed(), Path(tempfile.mkdtemp(prefix="stage-", dir=_shelf())))
    stage.alice.hotfix("finish", "--no-backport", "--skip-tests", "no time", check=0)
    return stage


@cache
def _finished() -> Stage:
    stage = _copy(_fixed(), Path(tempfile.mkdtemp(prefix="stage-", dir=_shelf())))
    stage.alice.git("push", "-q", "-u", "origin", stage.branch)
    stage.alice.hotfix("finish", check=0)
    return stage


def fix(stage: Stage) -> Oid:
    """Let alice commit the fix on the branch that she has checked out."""
    return stage.alice.commit("Check the password", {LOGIN: stage.alice.replace(LOGIN, BUG, FIXED)})


def _copy(stage: Stage, root: Path) -> Stage:
    """Copy a stage into another folder and let it speak of that folder."""
    for folder in stage.root.iterdir():
        shutil.copytree(folder, root / folder.name, symlinks=True)
    for git_dir in root.glob("*/.git"):
        for file in (git_dir / "config", *git_dir.glob("hotfix/*.json")):
            file.write_text(file.read_text().replace(str(stage.root), str(root)))
    alice, bob = (Clone(root / name, Bare(root / "remote.git")) for name in ("alice", "bob"))
    return Stage(root, Bare(root / "remote.git"), alice, bob, stage.hotfix)


@cache
def _shelf() -> Path:
    """Return the folder of the originals, removed when the tests end."""
    folder = Path(tempfile.mkdtemp(prefix="git-hotfix-stages-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
