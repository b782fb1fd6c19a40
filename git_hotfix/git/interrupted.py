"""Files of a git that was killed: set back or removed where nobody else can have written them."""

from __future__ import annotations

import shutil
import stat
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from git_hotfix.git.journal import forget, interrupted
from git_hotfix.git.worktree_removal import discard_worktree

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from git_hotfix.git.journal import Doing
    from git_hotfix.git.program import Git

_ABSENT = "0" * 40


class _Side(NamedTuple):
    mode: str
    oid: str

    def entry(self, path: str) -> str:
        """Return a line for ``git update-index --index-info``."""
        mode = self.mode if self.oid != _ABSENT else "0"
        return f"{mode} {self.oid}\t{path}\0"


def end_interrupted(git: Git, common_dir: Path) -> Path | None:
    """End what a killed git was doing; return a half-made worktree that stays, because somebody wrote into it."""
    doing, stays = interrupted(common_dir), None
    if doing is not None:
        tree = Path(doing.tree)
        there = git.elsewhere(tree)
        match doing.what:
            case "removal":
                discard_worktree(git, tree)
            case "worktree":
                stays = _remove_half_made(git, common_dir, tree, doing.head)
            case "checkout":
                if tree.is_dir() and there.look_up("rev-parse", "-q", "--verify", "HEAD") == doing.head:
                    _set_back(there, common_dir, doing)
    forget(common_dir)
    return stays


def _set_back(git: Git, common_dir: Path, doing: Doing) -> None:
    """Set files that git was writing back to HEAD; what somebody has changed since stays as it is."""
    tree = Path(doing.tree)
    wanted: dict[str, _Side] = {}
    possible: dict[str, set[str]] = {}
    for each in doing.towards:
        for path, old, new in _differing(git, doing.head, each):
            wanted[path] = old
            possible.setdefault(path, {old.oid}).add(new.oid)
    ours = _written_by_git(git, common_dir, tree, possible)
    if not ours:
        return
    index = "".join(wanted[path].entry(path) for path in ours)
    git.run("update-index", "-z", "--index-info", stdin=index.encode("utf-8", "surrogateescape"))
    kept = [path for path in ours if wanted[path].oid != _ABSENT]
    for file in (tree / path for path in ours if wanted[path].oid == _ABSENT):
        file.unlink(missing_ok=True)
        _remove_empty(tree, file.parent)
    if kept:
        names = "".join(f"{path}\0" for path in kept).encode("utf-8", "surrogateescape")
        git.run("checkout-index", "-f", "-u", "-z", "--stdin", stdin=names)


def _differing(git: Git, one: str, other: str) -> Iterator[tuple[str, _Side, _Side]]:
    records = iter(git.run("diff-tree", "-r", "-z", "--raw", "--no-renames", "--no-abbrev", one, other).records)
    for about in records:
        old_mode, new_mode, old, new, _ = about.removeprefix(":").split(" ")
        path = next(records)
        if "160000" not in {old_mode, new_mode}:  # a submodule's files are its own
            yield path, _Side(old_mode, old), _Side(new_mode, new)


def _remove_empty(top: Path, folder: Path) -> None:
    while folder != top:
        try:
            folder.rmdir()
        except OSError:
            return
        folder = folder.parent


def _remove_half_made(git: Git, common_dir: Path, path: Path, commit: str) -> Path | None:
    """Remove the worktree that git was making; one with files that git has not written stays, and is given.

    Only its folder and its entry below ``worktrees`` go: neither can be gone on with, and git makes both again.
    ``git worktree prune`` spares them.
    """
    entry = _entry_of(path, common_dir)
    if entry is not None:
        listed = git.run("ls-tree", "-r", "-z", commit).records
        blobs = {name: {about.split(" ")[2]} for about, _, name in (record.partition("\t") for record in listed)}
        files = (file for file in path.rglob("*") if not file.is_dir() or file.is_symlink())
        names = {str(file.relative_to(path)) for file in files if file != path / ".git"}
        there = {name: blobs.get(name, set()) for name in names}
        if len(_written_by_git(git.elsewhere(path), common_dir, path, there)) < len(there):
            return path
        shutil.rmtree(path)
        shutil.rmtree(entry, ignore_errors=True)
        return None
    # git writes where the worktree is, then the folder's '.git', then everything else
    for half in (each for each in (common_dir / "worktrees").glob("*") if _is_begun(each, path)):
        shutil.rmtree(half)
    pointer = path / ".git"
    if pointer.is_file() and pointer.stat().st_size == 0:
        pointer.unlink()
    if path.is_dir() and not any(path.iterdir()):
        path.rmdir()
    return None


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


def _written_by_git(git: Git, common_dir: Path, tree: Path, blobs: Mapping[str, Collection[str]]) -> list[str]:
    """Return the files that are missing, whole, or the beginning of one of their blobs: nobody else wrote these."""
    tied = {"GIT_DIR": str(common_dir), "GIT_WORK_TREE": str(tree)}  # the tree's own git directory may not be whole
    files = [path for path in blobs if (tree / path).is_file() and not (tree / path).is_symlink()]
    regular = [path for path in files if "\n" not in path]
    asked = "".join(f"{path}\n" for path in regular).encode("utf-8", "surrogateescape")
    answer = git.ask("hash-object", "--stdin-paths", stdin=asked, extra=tied)
    hashed = dict(zip(regular, answer.text.split("\n"), strict=False)) if answer.code == 0 else {}

    def is_beginning(path: str, oids: Collection[str]) -> bool:
        file = tree / path
        try:
            mode = file.lstat().st_mode
        except OSError:
            return True
        if not stat.S_ISREG(mode) and not stat.S_ISLNK(mode):
            return False
        content = str(file.readlink()).encode("utf-8", "surrogateescape") if stat.S_ISLNK(mode) else file.read_bytes()
        # --filters: as git writes them there, with line endings, encoding and filter driver (git-cat-file(1))
        options = ("cat-file", "--filters", f"--path={path}")
        written = (git.ask(*options, oid, extra=tied) for oid in oids if oid != _ABSENT)
        return any(blob.code == 0 and blob.out.startswith(content) for blob in written)

    return [path for path, oids in blobs.items() if hashed.get(path) in oids or is_beginning(path, oids)]
