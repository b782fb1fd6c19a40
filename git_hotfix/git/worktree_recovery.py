"""A linked worktree that git was making when it was killed: a note of where, and the way back.

``git worktree add`` writes the folder of the worktree, its own files below ``worktrees`` and then each file. Killed in
between, it leaves a folder that it neither goes on with nor makes again, and that ``git worktree prune`` spares.
"""

from __future__ import annotations

import json
import shutil
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from git_hotfix.atomic_write import write_privately
from git_hotfix.git.checkout_recovery import was_written_by_git
from git_hotfix.git.worktrees import common_dir_of
from git_hotfix.limits import read_file, read_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from git_hotfix.git.program import Git
    from git_hotfix.hotfix import Oid

_NOTE = "building.json"


@contextmanager
def worktree_note(git: Git, path: Path, commit: Oid) -> Iterator[None]:
    """Note that git makes a worktree of a commit at ``path``; a folder with files in it is git's to refuse.

    The note is taken away when git has ended by itself; after anything else the next run reads it.
    """
    if path.is_dir() and any(path.iterdir()):
        yield
        return
    note = common_dir_of(git) / "hotfix" / _NOTE
    write_privately(note, json.dumps({"path": str(path), "commit": commit}).encode())
    yield
    note.unlink(missing_ok=True)


def recover_worktree(git: Git, common_dir: Path) -> Path | None:
    """Remove the worktree that a killed git was making; one with files that git has not written stays, and is given.

    Only its folder and its entry below ``worktrees`` go: neither can be gone on with, and git makes both again.
    """
    note = common_dir / "hotfix" / _NOTE
    try:
        said = read_json(read_file(note, follows_links=False))
        path, commit = Path(said["path"]), str(said["commit"])
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError):
        note.unlink(missing_ok=True)
        return None
    stays = None
    entry = _entry_of(path, common_dir)
    if entry is None:  # git writes where the worktree is, then the folder's '.git', then everything else
        for half in (each for each in (common_dir / "worktrees").glob("*") if _is_begun(each, path)):
            shutil.rmtree(half)
        pointer = path / ".git"
        if pointer.is_file() and pointer.stat().st_size == 0:
            pointer.unlink()
        if path.is_dir() and not any(path.iterdir()):
            path.rmdir()
    elif _is_of_git(git, path, commit, common_dir):
        shutil.rmtree(path)
        shutil.rmtree(entry, ignore_errors=True)
    else:
        stays = path
    note.unlink(missing_ok=True)
    return stays


def _entry_of(path: Path, common_dir: Path) -> Path | None:
    """Return where git keeps a worktree's own files, if the folder is a worktree of this repository."""
    try:
        pointer = (path / ".git").read_text()
    except OSError:
        return None
    entry = Path(pointer.removeprefix("gitdir: ").strip())
    return entry if entry.parent == common_dir / "worktrees" else None


def _is_begun(entry: Path, path: Path) -> bool:
    """Return whether git has locked an entry to make it: for this folder, or it has not yet written for which."""
    gitdir = entry / "gitdir"
    said = gitdir.read_text().strip() if gitdir.is_file() else ""
    return (entry / "locked").is_file() and said in {"", str(path / ".git")}


def _is_of_git(git: Git, path: Path, commit: str, common_dir: Path) -> bool:
    """Return whether every file in a folder is what git writes there for a commit, whole or its beginning."""
    listed = git.run("ls-tree", "-r", "-z", commit).records
    blobs = {name: about.split(" ")[2] for about, _, name in (record.partition("\t") for record in listed)}
    files = [file for file in path.rglob("*") if not file.is_dir() or file.is_symlink()]
    names = [str(file.relative_to(path)) for file in files if file != path / ".git"]
    if not blobs.keys() >= set(names):
        return False
    there = git.elsewhere(path)
    tied = {"GIT_DIR": str(common_dir), "GIT_WORK_TREE": str(path)}  # its own entry may not be whole
    regular = [name for name in names if not (path / name).is_symlink() and "\n" not in name]
    asked = "".join(f"{name}\n" for name in regular).encode("utf-8", "surrogateescape")
    answer = there.ask("hash-object", "--stdin-paths", stdin=asked, extra=tied)
    known = dict(zip(regular, answer.text.split("\n"), strict=False)) if answer.code == 0 else {}
    others = (name for name in names if known.get(name) != blobs[name])
    return all(was_written_by_git(git, path / name, name, {blobs[name]}) for name in others)
