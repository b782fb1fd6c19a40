"""Files that git was writing when it was killed: a note of what it was about to write, and the way back.

git writes the files of a checkout one by one, then the index, then HEAD. Killed in between, it leaves files that the
next checkout takes for the user's. The note says which states the files may be in; only those are set back.
"""

from __future__ import annotations

import json
import stat
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from git_hotfix.atomic_write import write_privately
from git_hotfix.git.worktrees import common_dir_of
from git_hotfix.limits import read_file, read_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from git_hotfix.git.program import Git
    from git_hotfix.hotfix import Oid

_NOTE = "moving.json"
_ABSENT = "0" * 40


class _Side(NamedTuple):
    mode: str
    oid: str


@contextmanager
def checkout_note(git: Git, head: Oid | None, *towards: str | None) -> Iterator[None]:
    """Note that the files of this working tree are on their way from its HEAD to these commits or trees, or back.

    They are named by what does not change. The note is taken away when git has ended by itself; after anything else the
    next run reads it.
    """
    tree = git.folders.top if git.folders is not None else git.directory
    if head is None or None in towards or tree is None:
        yield  # no commit yet: then there is nothing to come back to
        return
    note = common_dir_of(git) / "hotfix" / _NOTE
    write_privately(note, json.dumps({"tree": str(tree), "head": head, "towards": towards}).encode())
    yield
    note.unlink(missing_ok=True)


def recover_checkout(git: Git, common_dir: Path) -> None:
    """Set files that a killed git was writing back to HEAD; what somebody has changed since stays as it is."""
    note = common_dir / "hotfix" / _NOTE
    try:
        said = read_json(read_file(note, follows_links=False))
        tree, head, towards = Path(said["tree"]), str(said["head"]), [str(each) for each in said["towards"]]
    except FileNotFoundError:
        return
    except (ValueError, KeyError, TypeError):
        note.unlink(missing_ok=True)
        return
    if tree.is_dir():
        there = git.elsewhere(tree)
        if there.look_up("rev-parse", "-q", "--verify", "HEAD") == head:
            _set_back(there, tree, head, towards)
    note.unlink(missing_ok=True)


def _set_back(git: Git, tree: Path, head: str, towards: Sequence[str]) -> None:
    wanted: dict[str, _Side] = {}
    possible: dict[str, set[str]] = {}
    for each in towards:
        for path, old, new in _differing(git, head, each):
            wanted[path] = old
            possible.setdefault(path, {old.oid}).add(new.oid)
    ours = [path for path, oids in possible.items() if was_written_by_git(git, tree / path, path, oids)]
    if not ours:
        return
    index = "".join(
        f"{wanted[path].mode} {wanted[path].oid}\t{path}\0" if wanted[path].oid != _ABSENT else f"0 {_ABSENT}\t{path}\0"
        for path in ours
    )
    git.run("update-index", "-z", "--index-info", stdin=index.encode("utf-8", "surrogateescape"))
    kept = [path for path in ours if wanted[path].oid != _ABSENT]
    for path in ours:
        if wanted[path].oid == _ABSENT:
            (tree / path).unlink(missing_ok=True)
            _remove_empty(tree, (tree / path).parent)
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


def was_written_by_git(git: Git, file: Path, path: str, oids: set[str]) -> bool:
    """Return whether a file is missing, whole, or the beginning of one of these blobs: then nobody else wrote it."""
    try:
        mode = file.lstat().st_mode
    except OSError:
        return True
    if stat.S_ISLNK(mode):
        content = str(file.readlink()).encode("utf-8", "surrogateescape")
    elif stat.S_ISREG(mode):
        if git.ask("hash-object", f"--path={path}", "--", str(file)).text in oids:
            return True
        content = file.read_bytes()
    else:
        return False
    # --filters: as git writes them there, with line endings, encoding and filter driver (git-cat-file(1))
    blobs = (git.ask("cat-file", "--filters", f"--path={path}", oid) for oid in oids if oid != _ABSENT)
    return any(blob.code == 0 and blob.out.startswith(content) for blob in blobs)


def _remove_empty(top: Path, folder: Path) -> None:
    while folder != top:
        try:
            folder.rmdir()
        except OSError:
            return
        folder = folder.parent
