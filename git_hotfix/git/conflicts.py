"""A conflict laid out by git itself in a linked worktree, so that drivers, rerere, mergetool and ``--abort`` work."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

from msgspec import Struct

from git_hotfix.errors import command, refused
from git_hotfix.git.checkout import make_worktree, unmerged
from git_hotfix.git.objects import content_of
from git_hotfix.git.provenance import parents
from git_hotfix.git.trees import entry_at, tree_of
from git_hotfix.git.worktrees import git_dir_of
from git_hotfix.hotfix import Method, Oid

if TYPE_CHECKING:
    from pathlib import Path

    from git_hotfix.git.program import Git
    from git_hotfix.git.repository import Repository

_MARKER = re.compile(rb"(?:<{7,}|>{7,})(?:[ \r]|\Z)")
"""What begins or ends a conflict; seven ``=`` alone are as often the line below a heading."""


class Unresolved(Struct, frozen=True):
    """Why a conflict is not resolved yet, and where: files, or ``file:line`` of a conflict marker."""

    why: str
    places: tuple[str, ...]


def lay_out(repository: Repository, path: Path, onto: Oid, source: Oid, method: Method) -> tuple[str, ...]:
    """Merge, pick or revert ``source`` on ``onto`` in a new worktree at ``path``, left there; return what conflicts.

    No file is returned when git resolves it by itself (a merge driver, rerere).
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    make_worktree(repository.git, path, onto)
    git = repository.git.elsewhere(path)
    answer = git.ask(*_command(repository, source, method))
    files = unmerged(git)
    if answer.code != 0 and not files and not _is_open(git):  # else it would be taken for "resolved by itself"
        message = f"git could not lay the conflict out in '{path}': {answer.reason}"
        raise refused("worktree-failed", message, command("git", "-C", path, "status"))
    return files


def _command(repository: Repository, source: Oid, method: Method) -> tuple[str, ...]:
    match method:
        case Method.MERGE:
            return ("merge", "--no-ff", "--no-commit", "--no-autostash", "-q", source)
        case Method.REVERT:
            return ("revert", "--no-edit", source)
        case Method.PICK:
            mainline = ("-m", "1") if len(parents(repository, source)) > 1 else ()
            return ("cherry-pick", "-x", *mainline, source)


def resolved_tree(
    repository: Repository, path: Path, onto: Oid, source: Oid, files: tuple[str, ...]
) -> Oid | Unresolved:
    """Return the tree a person made of a conflict: staged (``git add``), committed, or nothing left of it.

    ``files`` are those that git left in conflict: markers are looked for only there.
    """
    git = repository.git.elsewhere(path)
    if left := unmerged(git):
        return Unresolved("is not resolved yet", left)
    unstaged = git.run("diff", "--name-only", "-z").records
    if unstaged:
        return Unresolved("has changes that are not staged (git add)", tuple(unstaged))
    head = Oid(git.run("rev-parse", "HEAD").text)
    tree = Oid(git.run("write-tree").text)
    if head == onto and not _is_open(git) and tree == tree_of(repository, onto):
        return Unresolved("was aborted there", ())
    known = {line for side in (onto, source) for file in files for _, line in _markers(repository, side, file)}
    found = ((file, at, line) for file in files for at, line in _markers(repository, tree, file))
    places = tuple(f"{file}:{at}" for file, at, line in found if line not in known)
    return Unresolved("still has conflict markers", places) if places else tree


def _markers(repository: Repository, revision: Oid, file: str) -> list[tuple[int, bytes]]:
    """Return the lines of a file that look like conflict markers, each with its number."""
    entry = entry_at(repository, tree_of(repository, revision), file)
    lines = content_of(repository, entry.oid).split(b"\n") if entry is not None and entry.is_file else []
    return [(at, line) for at, line in enumerate(lines, 1) if _MARKER.match(line)]


def _is_open(git: Git) -> bool:
    """Return whether a merge, pick or revert has begun in a working tree and not ended."""
    return any((git_dir_of(git) / name).exists() for name in ("MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD"))


def state_of(repository: Repository, path: Path) -> str:
    """Return one word for all that a person can have done in a worktree: commit, index, changed and new files.

    Ignored files do not count.
    """
    git = repository.git.elsewhere(path)
    options = ("--porcelain=v2", "--branch", "-z", "--untracked-files=all", "--no-renames")
    answer = git.ask("-c", "status.showStash=false", "status", *options)
    digest = hashlib.sha256(answer.out)
    for record in answer.records:
        fields = {"1": 8, "u": 10, "?": 1}.get(record[:1])
        file = path / record.split(" ", fields)[-1] if fields else path
        if file.is_symlink():
            digest.update(bytes(file.readlink()))
        elif file.is_file():
            digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def guilty_commits(repository: Repository, path: Path, fork: Oid, onto: Oid, file: str) -> tuple[str, ...]:
    """Return the commits on the branch since the fork that changed the conflicting lines of a file."""
    git = repository.git.elsewhere(path)  # blame takes a path as seen from where it runs
    lines = _ours_in_conflict(path / file, git, onto, file)
    found: dict[str, None] = {}
    for first, last in lines:
        answer = git.ask("blame", "-s", "--porcelain", f"-L{first},{last}", f"{fork}..{onto}", "--", file)
        blocks = answer.text.split("\n") if answer.code == 0 else []
        current = ""
        for line in blocks:
            words = line.split(" ")
            if len(words[0]) == 40 and not line.startswith("\t"):
                current = words[0]
                found.setdefault(current)
            elif line == "boundary":
                found.pop(current, None)
    if not found:
        log = git.ask("log", "--format=%H", "-5", f"{fork}..{onto}", "--", f":(top,literal){file}")
        found = dict.fromkeys(log.text.split())
    told = (
        git.run("log", "-1", "--no-show-signature", "--format=%ct %h %an: %s", oid).text.split(" ", 1) for oid in found
    )
    return tuple(said for when, said in told if when != "0")[:5]  # 0: a throwaway commit of ours


def _ours_in_conflict(path: Path, git: Git, onto: Oid, file: str) -> list[tuple[int, int]]:
    """Return the line numbers, in the branch's own version, of what stands between the conflict markers as ours."""
    shown = git.ask("show", f"{onto}:{file}")
    if shown.code != 0 or not path.is_file():
        return []
    own = shown.out.split(b"\n")
    found: list[tuple[int, int]] = []
    chunk: list[bytes] | None = None
    at = 0
    for line in path.read_bytes().split(b"\n"):
        if line.startswith(b"<<<<<<< "):
            chunk = []
        elif chunk is not None and line.startswith((b"||||||| ", b"=======")):
            start = next((n for n in range(at, len(own)) if own[n : n + len(chunk)] == chunk), None) if chunk else None
            if start is not None:
                found.append((start + 1, start + len(chunk)))
                at = start + len(chunk)
            chunk = None
        elif chunk is not None:
            chunk.append(line)
    return found
