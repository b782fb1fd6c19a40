"""What a person has made of a conflict in its worktree so far: what is left to resolve, and whether it was touched."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from git_hotfix.git.checkout import unmerged
from git_hotfix.git.objects import content_of
from git_hotfix.git.trees import entry_at, tree_of
from git_hotfix.git.worktrees import git_dir_of
from git_hotfix.hotfix import Oid
from git_hotfix.limits import read_json, read_own

if TYPE_CHECKING:
    from collections.abc import Mapping

    from git_hotfix.git.program import Git
    from git_hotfix.git.repository import Repository
    from git_hotfix.memory import Conflict

_MARKER = re.compile(rb"(?:<{7,}|>{7,})(?:[ \r]|\Z)")
"""What begins or ends a conflict; seven ``=`` alone are as often the line below a heading."""


class Unresolved(Struct, frozen=True):
    """Why a conflict is not resolved yet, and where: files, or ``file:line`` of a conflict marker."""

    why: str
    places: tuple[str, ...]


def unresolved(repository: Repository, conflict: Conflict) -> Unresolved | None:
    """Return why a conflict is not resolved; None once all is staged (``git add``), committed, or nothing is left.

    Markers are looked for only in the files that git left in conflict.
    """
    git, onto, files = repository.git.elsewhere(Path(conflict.path)), conflict.onto, conflict.files
    if left := unmerged(git):
        return Unresolved("is not resolved yet", left)
    if unstaged := git.run("diff", "--name-only", "-z").records:
        return Unresolved("has changes that are not staged (git add)", tuple(unstaged))
    is_as_before = git.run("rev-parse", "HEAD").text == onto and not is_open(git)
    if is_as_before and not git.run("diff", "--cached", "--name-only", "-z").records:
        return Unresolved("was aborted there", ())
    named = tuple(f":(top,literal){file}" for file in files)
    staged = git.run("ls-files", "--stage", "--full-name", "-z", "--", *named).records if files else []
    parts = (record.partition("\t") for record in staged if record.startswith("100"))
    blobs = {file: Oid(entry.split(" ")[1]) for entry, _, file in parts}
    known = {
        line for side in (onto, conflict.source) for file in files for _, line in _committed(repository, side, file)
    }
    found = ((file, at, line) for file in files for at, line in _markers(repository, blobs.get(file)))
    places = tuple(f"{file}:{at}" for file, at, line in found if line not in known)
    return Unresolved("still has conflict markers", places) if places else None


def _committed(repository: Repository, revision: Oid, file: str) -> list[tuple[int, bytes]]:
    entry = entry_at(repository, tree_of(repository, revision), file)
    return _markers(repository, entry.oid if entry is not None and entry.is_file else None)


def _markers(repository: Repository, blob: Oid | None) -> list[tuple[int, bytes]]:
    """Return the lines of a file that look like conflict markers, each with its number."""
    lines = content_of(repository, blob).split(b"\n") if blob is not None else []
    return [(at, line) for at, line in enumerate(lines, 1) if _MARKER.match(line)]


def is_open(git: Git) -> bool:
    """Return whether a merge, pick or revert has begun in a working tree and not ended."""
    return any((git_dir_of(git) / name).exists() for name in ("MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD"))


def staged_tree(repository: Repository, conflict: Conflict) -> Oid:
    """Return the tree that a person has made of a conflict."""
    return Oid(repository.git.elsewhere(Path(conflict.path)).run("write-tree").text)


def state_of(repository: Repository, path: Path) -> str:
    """Return one word for all that a person can have done in a worktree: commit, index, changed and new files.

    Ignored files do not count.
    """
    from hashlib import sha256  # noqa: PLC0415  # 3 ms: only where a conflict waits

    git = repository.git.elsewhere(path)
    options = ("--porcelain=v2", "--branch", "-z", "--untracked-files=all", "--no-renames")
    answer = git.ask("-c", "status.showStash=false", "status", *options)
    digest = sha256(answer.out)
    for record in answer.records:
        fields = {"1": 8, "u": 10, "?": 1}.get(record[:1])
        file = path / record.split(" ", fields)[-1] if fields else path
        if file.is_symlink():
            digest.update(bytes(file.readlink()))
        elif file.is_file():
            digest.update(sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def conflict_places(common_dir: Path) -> Mapping[str, str]:
    """Return the folders of all conflicts that wait in a repository, each with the id of its hotfix.

    A memory that cannot be read names none.
    """
    places: dict[str, str] = {}
    for file in (common_dir / "hotfix").glob("*.json"):
        try:
            data = read_json(read_own(file))
            places |= {str(each["path"]): str(data["hotfix"]) for each in data.get("conflicts", ())}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            continue
    return places
