"""A hotfix at one of the stages of its life: played once by the program itself, copied for every test."""

from __future__ import annotations

import atexit
import re
import shutil
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Concatenate, ParamSpec

from tests.support.copies import copy_tree
from tests.support.durations import without_durations
from tests.support.lab import BUG, FIXED, LOGIN, Bare, Clone, standard_lab

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from git_hotfix.hotfix import Oid

P = ParamSpec("P")

TITLE = "Login takes any password"

THEIRS = '    """Return whether the password is right."""\n    return bool(expected)\n'
"""What colleagues made of ``BUG`` (lab.py): the fix conflicts with it."""

LATER = '    """Return whether the password is right."""\n    return password == expected and not locked(user)\n'
"""What colleagues made of ``FIXED``: taking the fix back conflicts with it."""

_FROZEN = (
    (re.compile(r"\bhotfix-\d{8}-\d{4}(?:-\d+)?\b"), "TAG"),
    (re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}[+-]\d{2}:\d{2}"), "TIME"),
    (re.compile(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2} [+-]\d{2}:\d{2}"), "TIME"),
    (re.compile(r"\d{4}-\d{2}-\d{2}-auth"), "DAY-auth"),
    (re.compile(r"\d{8}-auth"), "ID"),
    (re.compile(r"\b[0-9a-f]{40}\b"), "COMMIT"),
    (re.compile(r"\b(?!\d{8}\b)[0-9a-f]{7,12}\b"), "COMMIT"),
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

    def bob_pushes(self, branch: str, message: str, files: Mapping[str, str]) -> Oid:
        """Let bob commit to a branch of the server; his clone has not fetched it."""
        return self.remote.commit_on(branch, message, files)


def played_once(play: Callable[Concatenate[Path, P], Stage]) -> Callable[Concatenate[Path, P], Stage]:
    """Let what is played into a folder be played once a process, for each of its arguments, and copied from then on."""
    originals: dict[str, Stage] = {}

    def copied(root: Path, /, *words: P.args, **more: P.kwargs) -> Stage:
        known_as = repr((words, more))
        if known_as not in originals:
            originals[known_as] = play(_new_folder(), *words, **more)
        return _copy(originals[known_as], root)

    return copied


@played_once
def started(root: Path) -> Stage:
    """Alice has started; the report is on the branch, the branch is checked out, nothing is fixed yet."""
    scene = standard_lab(root)
    scene.alice.git("config", "hotfix.branches.production", "main")
    scene.alice.git("config", "hotfix.test.command", "true")
    scene.alice.hotfix("start", TITLE, "--slug", "auth", "-y", check=0)
    hotfix = scene.alice.git("branch", "--show-current").removeprefix("hotfix/")
    return Stage(root, scene.remote, scene.alice, scene.bob, hotfix)


@played_once
def fixed(root: Path) -> Stage:
    """Alice has committed the fix."""
    stage = started(root)
    fix(stage)
    return stage


@played_once
def published(root: Path) -> Stage:
    """The fix is in production, tagged; no target has it. Alice is back on main."""
    stage = fixed(root)
    stage.alice.hotfix("finish", "--no-backport", "--skip-tests", "no time", check=0)
    return stage


@played_once
def finished(root: Path) -> Stage:
    """The fix and the record are everywhere; only the clean-up is left. The branch is on the server too."""
    stage = fixed(root)
    stage.alice.git("push", "-q", "-u", "origin", stage.branch)
    stage.alice.hotfix("finish", check=0)
    return stage


@played_once
def conflicting(root: Path, *branches: str) -> Stage:
    """Colleagues have changed the very lines of the fix on these branches: it waits for them, and is elsewhere.

    On "main": nothing is published. The conflict is laid out, and nothing is resolved.
    """
    stage = fixed(root)
    for branch in branches:
        text = stage.on_server(branch, LOGIN)
        stage.bob_pushes(branch, f"Change the check on {branch}", {LOGIN: text.replace(BUG, THEIRS)})
    stage.alice.hotfix("finish", "--skip-tests", "x", check=3 if "main" in branches else 4)
    return stage


@played_once
def built_on(root: Path, *branches: str) -> Stage:
    """The fix is everywhere, and colleagues have changed its very lines on these branches since: no rollback merges."""
    stage = finished(root)
    for branch in branches:
        text = stage.on_server(branch, LOGIN)
        stage.bob_pushes(branch, f"Lock accounts on {branch}", {LOGIN: text.replace(FIXED, LATER)})
    return stage


@played_once
def rolled_back(root: Path) -> Stage:
    """The fix was everywhere and was taken back in production; the other branches have it."""
    stage = finished(root)
    stage.alice.hotfix("rollback", "auth", "-y", check=0)
    return stage


def fix(stage: Stage) -> Oid:
    """Let alice commit the fix on the branch that she has checked out."""
    return stage.alice.commit("Check the password", {LOGIN: stage.alice.replace(LOGIN, BUG, FIXED)})


def _copy(stage: Stage, root: Path) -> Stage:
    """Copy a stage into another folder and let it speak of that folder."""
    for folder in stage.root.iterdir():
        copy_tree(folder, root / folder.name)
    for git_dir in root.glob("*/.git"):
        for pattern in ("config", "hotfix/*.json", "worktrees/*/gitdir", "hotfix/conflicts/*/*/.git"):
            for file in git_dir.glob(pattern):
                file.write_text(file.read_text().replace(str(stage.root), str(root)))
        for tree in git_dir.glob("hotfix/conflicts/*/*"):  # the copies have other inodes than its index knows
            Clone(tree).git("update-index", "-q", "--refresh", ok=False)
    alice, bob = (Clone(root / name, Bare(root / "remote.git")) for name in ("alice", "bob"))
    return Stage(root, Bare(root / "remote.git"), alice, bob, stage.hotfix)


def _new_folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="stage-", dir=_shelf()))


@cache
def _shelf() -> Path:
    """Return the folder of the originals, removed when the tests end."""
    folder = Path(tempfile.mkdtemp(prefix="git-hotfix-stages-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
