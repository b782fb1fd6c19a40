"""The working trees of a repository, and where git keeps what belongs to one: HEAD, what is in progress.

Read from git's own files (gitrepository-layout(5), git-worktree(1)): ``git worktree list`` and ``git rev-parse`` cost a
process each. Whatever does not look as git writes it in the usual case is asked of git.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from git_hotfix.git.refs import Head, Unusual, head_in
from git_hotfix.git.settings import git_config_of
from git_hotfix.hotfix import BranchName, Oid

if TYPE_CHECKING:
    from git_hotfix.git.program import Folders, Git
    from git_hotfix.git.repository import Repository


class Worktree(Struct, frozen=True):
    """One working tree; ``branch`` is None when its HEAD is detached."""

    path: Path
    head: Oid | None
    branch: BranchName | None
    bare: bool


def worktrees(repository: Repository) -> tuple[Worktree, ...]:
    """Return all working trees of the repository, the main one first, as ``git worktree list`` does.

    Linked ones whose folder is gone are left out, unless they are locked. One that is half built raises ``GitFailed``.
    """
    folders = repository.git.folders
    if folders is None or repository.git.is_tied:
        return listed_worktrees(repository.git)
    try:
        return (_main(repository, folders), *_linked(repository, folders))
    except (Unusual, OSError, UnicodeDecodeError):
        return listed_worktrees(repository.git)


def listed_worktrees(git: Git) -> tuple[Worktree, ...]:
    """Return the working trees of the repository that git finds in its folder, as git itself lists them."""
    found = []
    for block in git.run("worktree", "list", "--porcelain", "-z").out.decode("utf-8", "surrogateescape").split("\0\0"):
        fields = {line.partition(" ")[0]: line.partition(" ")[2] for line in block.split("\0") if line}
        if "worktree" not in fields or "prunable" in fields:
            continue
        branch = fields.get("branch")
        head = fields.get("HEAD")
        found.append(
            Worktree(
                Path(fields["worktree"]),
                Oid(head) if head and head.strip("0") else None,
                BranchName(branch.removeprefix("refs/heads/")) if branch else None,
                "bare" in fields,
            )
        )
    return tuple(found)


def git_dir_of(git: Git) -> Path:
    """Return the git directory of the working tree that git runs in."""
    if git.folders is not None:
        return git.folders.git_dir
    pointer = git.directory / ".git"
    if not git.is_tied:
        if (pointer / "HEAD").is_file():
            return pointer
        if pointer.is_file() and (said := pointer.read_text(errors="surrogateescape")).startswith("gitdir: "):
            return git.directory / said.removeprefix("gitdir: ").rstrip("\n")
    return Path(git.run("rev-parse", "--absolute-git-dir").text)


def common_dir_of(git: Git) -> Path:
    """Return the git directory that all working trees of this repository share (``commondir``)."""
    if git.folders is not None:
        return git.folders.common_dir
    git_dir = git_dir_of(git)
    pointer = git_dir / "commondir"
    return (git_dir / pointer.read_text().rstrip("\n")).resolve() if pointer.is_file() else git_dir


def _main(repository: Repository, folders: Folders) -> Worktree:
    """Return the main working tree: git names it by the common git directory, also where that stands elsewhere."""
    common = folders.common_dir
    path = common.parent if common.name == ".git" else common
    if folders.is_bare or git_config_of(repository.git).boolean("core.bare"):
        return Worktree(path, None, None, bare=True)
    return _tree(path, head_in(repository, common))


def _linked(repository: Repository, folders: Folders) -> tuple[Worktree, ...]:
    entries = folders.common_dir / "worktrees"
    if not entries.is_dir():
        return ()
    found = []
    for entry in entries.iterdir():
        pointer = (entry / "gitdir").read_bytes().decode("utf-8", "surrogateescape").rstrip()
        if not pointer.startswith("/") or (entry / "commondir").read_bytes().strip() != b"../..":
            raise Unusual
        if os.path.lexists(pointer) or (entry / "locked").exists():
            found.append(_tree(Path(pointer.removesuffix("/.git")), head_in(repository, entry)))
    return tuple(sorted(found, key=lambda tree: os.fsencode(tree.path)))


def _tree(path: Path, head: Head) -> Worktree:
    return Worktree(path, head.commit, head.branch, bare=False)
