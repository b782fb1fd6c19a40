"""What a hotfix has come to, comparable between runs: structure and text, without ids, times and folders."""

from __future__ import annotations

import hashlib
import json
import re
from functools import cache
from itertools import groupby
from typing import TYPE_CHECKING

import pygit2

from tests.cli.stages import Stage
from tests.support.lab import Bare, Clone

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def end_state(stage: Stage) -> dict[str, str]:
    """Return the facts that two runs must agree on: compare two with ``==``.

    Every ref here and on the server with the trees, messages and parents of its commits; HEAD, files, index,
    stashes and worktrees of alice.
    """
    return dict(_facts(stage))


def without_history(state: dict[str, str]) -> dict[str, str]:
    """Return an end state in which branches are compared by what is in them.

    Where a target or the deployment failed, the record has said so in a commit of its own.
    """
    return {name: re.sub(r"^commit \w+ with", "commit with", told) for name, told in state.items()}


def left_behind(stage: Stage, *, trees: int) -> list[str]:
    """Return what no run may leave: locks, refs that hold something for a while, worktrees, temporary files, damage."""
    found: list[str] = []
    for name, repository in (("alice", stage.alice), ("server", stage.remote)):
        git_dir = repository.path / ".git" if name == "alice" else repository.path
        found += [f"{name}: {path.relative_to(git_dir)}" for path in _files(git_dir) if _is_temporary(path)]
        checked = repository.try_git("fsck", "--strict", "--no-progress", "--no-dangling")
        found += [f"{name}: fsck: {line}" for line in (checked.out + checked.err).splitlines()]
    found += [
        f"alice: {ref}" for ref in stage.alice.refs() if ref.startswith(("refs/hotfix/keep/", "refs/hotfix/bundle/"))
    ]
    listed = 1 + sum(1 for _ in stage.alice.common_dir.glob("worktrees/*"))
    found += [f"alice: {listed} working trees"] if listed != trees else []
    return found


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if not path.is_dir())


def _is_temporary(path: Path) -> bool:
    """Tell our own files and git's locks; what git leaves in ``objects`` when it is killed is its own business."""
    if path.parent.name == "objects":
        return False  # maintenance.lock too: without it git tidies up, nothing else
    return path.suffix in {".lock", ".new"} or path.name.startswith(("doing.json", "index.stash."))


def _facts(stage: Stage) -> Iterator[tuple[str, str]]:
    prints = _fingerprints(stage.root, stage.hotfix)
    for name, repository in (("here", stage.alice), ("server", stage.remote)):
        opened = pygit2.Repository(str(repository.path))
        for ref in opened.references:
            yield f"{name} {stage.frozen(ref)}", prints.told(opened, opened.references[ref])
    alice = stage.alice
    head = (alice.git_dir / "HEAD").read_text()
    yield "HEAD", stage.frozen(head if head.startswith("ref: ") else alice.rev("HEAD^{tree}"))
    opened = alice.opened()
    yield "status", stage.frozen(str(sorted(opened.status(untracked_files="all", ignored=True).items())))
    yield "stashes", stage.frozen("\n".join(each.message for each in opened.listall_stashes()))
    yield "changes", opened.diff("HEAD").patch or ""
    yield "staged", opened.diff("HEAD", cached=True).patch or ""
    for file in sorted((alice.path / ".git/hotfix").glob("*.json")):
        kept = json.loads(file.read_bytes())
        waits = {name: bool(kept.get(name)) for name in ("attempt", "place", "detour", "starting", "rows", "conflicts")}
        yield f"remembered in {stage.frozen(file.name)}", str(waits)
    settings = pygit2.Config(str(alice.common_dir / "config"))
    section = [f"{each.name} {each.value}" for each in settings if each.name.startswith("branch.")]
    yield "branch configuration", stage.frozen("\n".join(section))


_Object = pygit2.Object | pygit2.Commit


class _Fingerprints:
    """Of objects everything that must not differ between runs; of each object once, most are the same in all runs."""

    def __init__(self, root: Path, hotfix: str) -> None:
        self._stage = Stage(root, Bare(root / "remote.git"), Clone(root / "alice"), Clone(root / "bob"), hotfix)
        self._known: dict[pygit2.Oid, str] = {}

    def told(self, repository: pygit2.Repository, ref: pygit2.Reference) -> str:
        """Return what a ref names."""
        if not isinstance(ref.target, pygit2.Oid):
            return f"-> {ref.target}"
        named = repository[ref.target]
        if isinstance(named, pygit2.Tag):
            message = _short(self._stage.frozen(named.message))
            return f"tag {message} of {self._of(repository, named.peel(pygit2.Commit))}"
        found = named.peel(pygit2.Commit)
        tree = self._of(repository, found.tree)
        if found.message.startswith(("WIP on", "On ", "git hotfix start")):
            return f"stash {tree}"
        subject = self._stage.frozen(found.message.splitlines()[0])
        return f"commit {self._of(repository, found)} with {tree}: {subject}"

    def _of(self, repository: pygit2.Repository, each: _Object) -> str:
        if (known := self._known.get(each.id)) is None:
            known = self._known[each.id] = _short(self._text(repository, each))
        return known

    def _text(self, repository: pygit2.Repository, each: _Object) -> str:
        match each:
            case pygit2.Commit():
                parents = " ".join(self._of(repository, parent) for parent in each.parents)
                message = self._stage.frozen(each.message)
                return f"{parents}\n{self._of(repository, each.tree)}\n{message}\n{each.author.name}"
            case pygit2.Tree():
                entries = ((entry, self._of(repository, entry)) for entry in each)
                return "\n".join(f"{e.filemode:o} {self._stage.frozen(str(e.name))} {of}" for e, of in entries)
            case pygit2.Blob():
                return self._content(each.data)
            case _:
                raise AssertionError(each)

    def _content(self, data: bytes) -> str:
        """Return a file; the rows of a table in any order: a timeline tells when the second run came."""
        lines = self._stage.frozen(data.decode("utf-8", "surrogateescape")).split("\n")
        groups = groupby(lines, lambda line: line.startswith("|"))
        return "\n".join(line for is_table, group in groups for line in (sorted(group) if is_table else group))


@cache
def _fingerprints(root: Path, hotfix: str) -> _Fingerprints:
    return _Fingerprints(root, hotfix)


def _short(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:12]
