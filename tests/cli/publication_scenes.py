"""A hotfix that is ready to be published, and questions about what the server has afterwards."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.support.copies import copy_tree
from tests.support.hooks import _install
from tests.support.lab import BUG, FIXED, LOGIN, Bare, Clone, Lab, Scene, standard_lab

if TYPE_CHECKING:
    from pathlib import Path

    from git_hotfix.hotfix import Oid
    from tests.support.processes import Run

TITLE = "Fix auth bypass"
SUBJECT = "Compare the password"
SKIP = ("--skip-tests", "production is down")
FINISH = ("finish", "-y", *SKIP)
BRANCHES = ("main", "develop", "release/1.1", "support/1.0")
PUSHES = "pushes"
"""File on the server: one line a push, with the refs that moved."""


@dataclass(frozen=True, slots=True)
class Ready:
    """The standard scene; alice has begun a hotfix, committed its fix, and has its branch checked out."""

    scene: Scene
    id: str

    @property
    def alice(self) -> Clone:
        return self.scene.alice

    @property
    def bob(self) -> Clone:
        return self.scene.bob

    @property
    def remote(self) -> Bare:
        return self.scene.remote

    @property
    def branch(self) -> str:
        return f"hotfix/{self.id}"

    @property
    def report(self) -> str:
        day, _, slug = self.id.partition("-")
        return f"docs/incidents/HOTFIX-{day[:4]}-{day[4:6]}-{day[6:]}-{slug}.md"

    @property
    def tip(self) -> Oid:
        return self.alice.rev(f"refs/heads/{self.branch}")

    def finish(self, *more: str, check: int | None = 0) -> Run:
        """Finish without tests, as alice."""
        return self.alice.hotfix(*FINISH, *more, check=check)

    def refuse(self, *arguments: str, check: int) -> Run:
        """Run a command that must be refused, and show that it changed nothing here and on the server."""
        before = self.alice.snapshot(without_tracking=True)
        answer = self.alice.hotfix(*arguments, check=check)
        assert self.alice.snapshot(without_tracking=True) == before
        assert answer.out == ""
        assert problems(answer)
        return answer


def ready(root: Path) -> Ready:
    """Return the scene in ``root``: built once a process, then copied."""
    made = root.parent / "publication-scene"  # pytest deletes it with its other folders
    hotfix = _made(made)
    copy_tree(made, root)
    lab = Lab.at(root)
    clones = [Clone(root / name, lab.remote) for name in ("alice", "bob")]
    for clone in clones:
        for file in (clone.path / ".git/config", *(clone.path / ".git/hotfix").glob("*.json")):
            file.write_text(file.read_text().replace(str(made), str(root)))
    return Ready(Scene(lab, *clones), hotfix)


@functools.cache
def _made(folder: Path) -> str:
    folder.mkdir()
    scene = standard_lab(folder)
    for clone in (scene.alice, scene.bob):
        clone.git("config", "hotfix.branches.production", "main")
    listen(scene.remote)
    hotfix = begin_hotfix(scene.alice, TITLE)
    scene.alice.commit(SUBJECT, {LOGIN: scene.alice.replace(LOGIN, BUG, FIXED)})
    return hotfix


def begin_hotfix(clone: Clone, title: str, *more: str) -> str:
    """Start a hotfix and give its id."""
    clone.hotfix("start", title, "-y", *more, check=0)
    return clone.git("symbolic-ref", "--short", "HEAD").removeprefix("hotfix/")


def listen(remote: Bare) -> None:
    """Let the server write down which refs each push has moved."""
    _install(remote.path / "hooks/post-receive", f'sort | cut -d" " -f3 | tr "\\n" " " >>{PUSHES}; echo >>{PUSHES}\n')


def pushes(remote: Bare) -> list[list[str]]:
    """Return the refs of each push so far, sorted."""
    file = remote.path / PUSHES
    return [sorted(line.split()) for line in file.read_text().splitlines()] if file.exists() else []


def problems(answer: Run) -> list[str]:
    """Return the lines of standard error that say what is wrong."""
    return [line.removeprefix("error: ") for line in answer.err.splitlines() if line.startswith("error: ")]


def hints(answer: Run) -> list[str]:
    return [line.removeprefix("hint:").strip() for line in answer.err.splitlines() if line.startswith("hint:")]


def notes(answer: Run) -> list[str]:
    return [line.removeprefix("note: ") for line in answer.err.splitlines() if line.startswith("note: ")]


def warnings(answer: Run) -> list[str]:
    return [line.removeprefix("warning: ") for line in answer.err.splitlines() if line.startswith("warning: ")]


def parents(repository: Bare, rev: str) -> list[str]:
    return repository.git("show", "-s", "--format=%P", rev).split()


def tags(repository: Bare) -> list[str]:
    """Return the hotfix tags."""
    return repository.git("tag", "--list", "hotfix-*").split()


def the_tag(repository: Bare) -> str:
    """Return the only hotfix tag, which must be annotated."""
    (tag,) = tags(repository)
    assert repository.git("cat-file", "-t", f"refs/tags/{tag}") == "tag"
    return tag


def trailers(repository: Bare, rev: str) -> list[tuple[str, str]]:
    """Return the trailers of a commit or of an annotated tag (its full ref)."""
    if repository.git("cat-file", "-t", rev) == "tag":
        text = repository.git("for-each-ref", "--format=%(contents:trailers)", rev)
    else:
        text = repository.git("show", "-s", "--format=%(trailers:only,unfold)", rev)
    return [(key, value) for key, _, value in (line.partition(": ") for line in text.splitlines() if line)]


def merges_of(repository: Bare, hotfix: str, branch: str = "main") -> list[str]:
    """Return the merges of a hotfix on the first-parent line of a branch, newest first."""
    listed = repository.git("rev-list", "--first-parent", "--merges", f"--grep=Hotfix-Id: {hotfix}", branch)
    return listed.split()


def assert_published(scene: Ready, *, on: str | None = None, tip: str | None = None) -> str:
    """Check that the server has exactly one merge and one tag of the hotfix, on ``on``; give the merge."""
    remote = scene.remote
    (merge,) = merges_of(remote, scene.id)
    assert parents(remote, merge)[1] == (tip or scene.tip)
    if on is not None:
        assert parents(remote, merge)[0] == on
    assert remote.rev(f"{the_tag(remote)}^{{commit}}") == merge
    return merge


def assert_everywhere(scene: Ready) -> None:
    """Check that every branch of the server has the fix, and that alice is at rest."""
    for branch in BRANCHES:
        assert "return password == expected" in scene.remote.show(f"{branch}:{LOGIN}"), branch
    assert_at_rest(scene)


def assert_at_rest(scene: Ready) -> None:
    """Check that alice is where she was before the hotfix, with production and the tag as the server has them."""
    assert scene.alice.git("symbolic-ref", "--short", "HEAD") == "main"
    assert scene.alice.git("status", "--porcelain", "-uall") == ""
    assert scene.alice.rev("main") == scene.remote.rev("main")
    assert tags(scene.alice) == tags(scene.remote)
    assert scene.alice.git("for-each-ref", "refs/hotfix") == ""  # no attempt is held any more


def push_to(clone: Clone, branch: str, path: str, content: str, message: str = "Work of a colleague") -> Oid:
    """Let the person of this clone commit a file on the server's branch; the clone has not fetched it."""
    assert clone.server is not None
    return clone.server.commit_on(branch, message, {path: content}, by=clone.path.name.capitalize())
