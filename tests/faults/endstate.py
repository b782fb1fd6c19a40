"""What a hotfix has come to, comparable between runs: structure and text, without ids, times and folders."""

from __future__ import annotations

import hashlib
import json
import re
from functools import cache
from itertools import groupby
from typing import TYPE_CHECKING

import pygit2

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.cli.stages import Stage


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
    found += [f"alice: {ref}" for ref in stage.alice.refs() if ref.startswith("refs/hotfix/")]
    listed = stage.alice.git("worktree", "list", "--porcelain").count("worktree ")
    found += [f"alice: {listed} working trees"] if listed != trees else []
    return found


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if not path.is_dir())


def _is_temporary(path: Path) -> bool:
    """Tell our own files and git's locks; what git leaves in ``objects`` when it is killed, its next gc removes."""
    return path.suffix in {".lock", ".new"} or path.name.startswith(("moving.json", "building.json", "index.stash."))


def _facts(stage: Stage) -> Iterator[tuple[str, str]]:
    for name, repository in (("here", stage.alice), ("server", stage.remote)):
        opened = pygit2.Repository(str(repository.path))
        for ref, oid in repository.refs().items():
            yield f"{name} {stage.frozen(ref)}", _told(stage, opened, oid)
    alice = stage.alice
    yield "HEAD", stage.frozen(alice.git("symbolic-ref", "-q", "HEAD", ok=False) or alice.rev("HEAD^{tree}"))
    yield "status", stage.frozen(alice.git("status", "--porcelain=v1", "-uall", "--ignored"))
    yield "stashes", stage.frozen(alice.git("stash", "list", "--format=%gs"))
    yield "changes", alice.git("diff", "HEAD", "--no-ext-diff")
    yield "staged", alice.git("diff", "--cached", "HEAD", "--no-ext-diff")
    for file in sorted((alice.path / ".git/hotfix").glob("*.json")):
        kept = json.loads(file.read_bytes())
        waits = {name: bool(kept.get(name)) for name in ("attempt", "place", "detour", "starting", "rows", "conflicts")}
        yield f"remembered in {stage.frozen(file.name)}", str(waits)
    section = alice.git("config", "--get-regexp", r"^branch\.", ok=False)
    yield "branch configuration", stage.frozen(section)


def _told(stage: Stage, repository: pygit2.Repository, oid: str) -> str:
    """Return an object that a ref names as a fingerprint of everything that must not differ between runs."""

    @cache
    def commit(name: pygit2.Oid) -> str:
        each = repository[name].peel(pygit2.Commit)
        parents = " ".join(commit(parent) for parent in each.parent_ids)
        return _short(f"{parents}\n{tree(each.tree_id)}\n{stage.frozen(each.message)}\n{each.author.name}")

    @cache
    def tree(name: pygit2.Oid) -> str:
        lines = []
        for entry in repository[name].peel(pygit2.Tree):
            assert entry.name is not None
            content = _content(stage, entry.data) if isinstance(entry, pygit2.Blob) else tree(entry.id)
            lines.append(f"{entry.filemode:o} {stage.frozen(entry.name)} {content}")
        return _short("\n".join(lines))

    named = repository[oid.split(" ", maxsplit=1)[0]]
    if isinstance(named, pygit2.Tag):
        return f"tag {_short(stage.frozen(named.message))} of {commit(named.peel(pygit2.Commit).id)}"
    found = named.peel(pygit2.Commit)
    if found.message.startswith(("WIP on", "On ", "git hotfix start")):
        return f"stash {tree(found.tree_id)}"
    return f"commit {commit(found.id)} with {tree(found.tree_id)}: {stage.frozen(found.message.splitlines()[0])}"


def _content(stage: Stage, data: bytes) -> str:
    """Return the fingerprint of a file; the rows of a table in any order: a timeline tells when the second run came."""
    lines = stage.frozen(data.decode("utf-8", "surrogateescape")).split("\n")
    groups = groupby(lines, lambda line: line.startswith("|"))
    return _short("\n".join(line for is_table, group in groups for line in (sorted(group) if is_table else group)))


def _short(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:12]
