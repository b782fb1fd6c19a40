"""Trees as values: read them, compare them, make edited ones; nothing here touches the index or a file.

Paths are text with ``surrogateescape``, as Python gives file names.
"""

from __future__ import annotations

import posixpath
import re
from functools import lru_cache, partial
from itertools import filterfalse
from typing import TYPE_CHECKING

from msgspec import Struct

from git_hotfix.config.checks import is_gits_own
from git_hotfix.errors import HotfixError, command, refused, wrong_input
from git_hotfix.git.objects import (
    A_BLOB,
    EMPTY_TREE,
    FILE,
    FOLDER,
    LINK,
    MOST_BYTES,
    SUBMODULE,
    Entries,
    Entry,
    content_of,
    entries_of,
    entry_in,
    is_small,
    peeled_tree,
    write_object,
    write_tree,
)
from git_hotfix.git.past import found_once

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from git_hotfix.git.repository import Repository
    from git_hotfix.hotfix import Oid

_REPORT = r"(?s:HOTFIX-.*\.md)"
"""What reports are called (``HotfixId.report_name``)."""


class Change(Struct, frozen=True):
    """One path (of a file, link or submodule) that differs between two trees; None where it is absent."""

    path: str
    old: Entry | None
    new: Entry | None


class RecordPaths(Struct, frozen=True):
    """The paths of the written record: reports directly in ``directory``, these exact ``files``, and changelogs.

    ``changelogs`` is a regular expression for names at the top. They are left
    out of every comparison of fixes. A folder, even one called like a report, is none.
    """

    directory: str
    files: tuple[str, ...] = ()
    changelogs: str | None = None

    def holds(self, path: str) -> bool:
        """Return whether ``path`` (from the top, with ``/``) is part of the record."""
        folder, _, name = path.rpartition("/")
        return any(folder == own and re.fullmatch(pattern, name) for own, pattern in self.folders())

    def folders(self) -> Iterator[tuple[str, str]]:
        """Return the folders that can hold record paths, each with a regular expression for names in it."""
        yield _normal(self.directory), _REPORT
        if self.changelogs is not None:
            yield "", self.changelogs
        for file in self.files:
            folder, _, name = _normal(file).rpartition("/")
            yield folder, re.escape(name)


@found_once
def tree_of(repo: Repository, revision: Oid) -> Oid:
    """Return the tree of a commit, of an annotated tag on one, or of a tree itself."""
    number = repo.graph.numbers.get(revision) if repo.graph is not None else None
    if repo.graph is not None and number is not None:
        return repo.graph.trees[number]
    return peeled_tree(repo, revision)


def changes(repo: Repository, old: Oid | None, new: Oid | None, *, prefix: bytes = b"") -> Iterator[Change]:
    """Return what differs between two trees (None: an empty one), reading no folder equal on both sides.

    libgit2's own ``diff_to_tree`` reads every folder: 82 ms at 100,000 files. A rename is an old and a new path. The
    trees are those of a folder whose path is ``prefix``.
    """
    if old == new:
        return
    known = repo.files.changes_to_tree(old, new) if old and new and not prefix and repo.files is not None else None
    if known is not None:
        yield from (Change(path, *sides) for path, sides in known.items())
        return
    before = entries_of(repo, old) if old else {}
    after = entries_of(repo, new) if new else {}
    for name in before | after:
        one, other = before.get(name), after.get(name)
        if one == other:
            continue
        path = prefix + name
        one_folder = one.oid if one and one.mode == FOLDER else None
        other_folder = other.oid if other and other.mode == FOLDER else None
        if one_folder or other_folder:
            yield from changes(repo, one_folder, other_folder, prefix=path + b"/")
        one_leaf = None if one_folder else one
        other_leaf = None if other_folder else other
        if one_leaf or other_leaf:
            yield Change(path.decode("utf-8", "surrogateescape"), one_leaf, other_leaf)


def changed_paths(repo: Repository, old: Oid, new: Oid) -> tuple[str, ...]:
    """Return the paths that differ between two trees, sorted; a rename is two paths."""
    return tuple(sorted(change.path for change in changes(repo, old, new)))


def entry_at(repo: Repository, tree: Oid, path: str) -> Entry | None:
    """Return what is at ``path`` in a tree, whatever kind; None when nothing is."""
    entry: Entry | None = Entry(FOLDER, tree)
    for part in _parts(path):
        if entry is None or entry.mode != FOLDER:
            return None
        entry = entry_in(repo, entry.oid, part)
    return entry


def file_at(repo: Repository, commit: Oid, path: str) -> Entry | None:
    """Return what a commit has at ``path``, without reading its folders where all of history was read."""
    known = repo.files.entry_at(commit, path) if repo.files is not None and _parts(path) else None
    return known[0] if known is not None else entry_at(repo, tree_of(repo, commit), path)


def changes_between(repo: Repository, old: Oid, new: Oid) -> Iterable[Change]:
    """Return what differs between two commits, likewise."""
    known = repo.files.changes_between(old, new) if repo.files is not None else None
    if known is not None:
        return [Change(path, *sides) for path, sides in known.items()]
    return changes(repo, tree_of(repo, old), tree_of(repo, new))


def names_in(repo: Repository, revision: Oid, folder: str) -> tuple[str, ...]:
    """Return the names directly in a folder of a revision; none where there is no such folder."""
    found = _folder_entries(repo, tree_of(repo, revision), folder)
    return tuple(name.decode("utf-8", "surrogateescape") for name in found)


def files_in(repo: Repository, revision: Oid, folder: str) -> Iterator[tuple[str, Oid]]:
    """Return name and blob of the regular files directly in a folder of a revision."""
    for name, entry in _folder_entries(repo, tree_of(repo, revision), folder).items():
        if entry.is_file:
            yield name.decode("utf-8", "surrogateescape"), entry.oid


def read_file(repo: Repository, revision: Oid, path: str) -> bytes | None:
    """Return the content of a file as it is stored in a commit or tree; None when nothing is there.

    A folder, symbolic link or submodule there is refused: nobody reads or edits "through" one in a tree.
    """
    entry = file_at(repo, revision, path)
    if entry is None:
        return None
    if not entry.is_file:
        raise _not_a_file(path, entry)
    if not is_small(repo, entry.oid):
        message = f"'{path}' has more than {MOST_BYTES:,} bytes, and is not read."
        raise refused("too-large", message, command("git", "log", "--stat", "--", path))
    return content_of(repo, entry.oid)


def regular_file(repo: Repository, revision: Oid, path: str) -> bytes | None:
    """Return the content of a file; None where there is none to read: a folder, link or submodule, or gigabytes."""
    entry = file_at(repo, revision, path)
    return content_of(repo, entry.oid) if entry and entry.is_file and is_small(repo, entry.oid) else None


def with_file(repo: Repository, tree: Oid, path: str, content: bytes, mode: int | None = None) -> Oid:
    """Return a tree with this content at ``path``, in folders made as needed.

    Without a ``mode`` a file keeps its own, a new one is 100644. Refused where a folder, symbolic link or
    submodule is at the path, or something other than a folder above it.
    """
    there = entry_at(repo, tree, path)
    if there is not None and not there.is_file:
        raise _not_a_file(path, there)
    new = Entry(mode or (there.mode if there else FILE), write_object(repo, A_BLOB, content))
    *folders, name = _parts(path)
    try:
        return _edited(repo, tree, folders, lambda entries: {**entries, name: new}) or EMPTY_TREE
    except _NotAFolderError as error:
        raise refused(
            "not-a-folder",
            f"'{path}' cannot be written: a part of its path is a file, link or submodule.",
            command("git", "ls-files", "--stage", "--", path.partition("/")[0]),
        ) from error


def with_entries_of(repo: Repository, tree: Oid, paths: Iterable[str], other: Oid) -> Oid:
    """Return a tree with the file, or nothing, that another tree has at each path; unchanged where a folder is."""
    wanted: dict[str, set[str]] = {}
    for folder, _, name in (each.rpartition("/") for each in paths):
        wanted.setdefault(folder, set()).add(name)
    return _as_in(repo, tree, ((folder, names.__contains__) for folder, names in wanted.items()), other)


@found_once
def without_paths(repo: Repository, tree: Oid, record: RecordPaths, *, like: Oid | None = None) -> Oid:
    """Return ``tree`` with its record paths as in the tree ``like``, or absent without one.

    Only the folders that can hold record paths are read and written. Where ``tree`` has a file in the place
    of such a folder, or a folder in the place of a record, it stays.
    """
    return _as_in(repo, tree, ((each, re.compile(pattern).fullmatch) for each, pattern in record.folders()), like)


def _as_in(repo: Repository, tree: Oid, meant: Iterable[tuple[str, Callable[[str], object]]], like: Oid | None) -> Oid:
    """Return a tree with the names that are meant in folders as another tree has them."""
    for folder, is_meant in meant:
        model = _folder_entries(repo, like, folder) if like else {}
        change = partial(_as_in_model, model=model, is_meant=is_meant)
        try:
            tree = _edited(repo, tree, _parts(folder), change) or write_tree(repo, {})
        except _NotAFolderError:
            continue
    return tree


class _NotAFolderError(Exception):
    """A part of a path is something other than a folder."""


def _edited(
    repo: Repository, tree: Oid | None, folders: list[bytes], change: Callable[[Entries], Entries]
) -> Oid | None:
    """Return the tree with ``change`` applied to the entries of one folder; None when it is left empty."""
    entries = entries_of(repo, tree) if tree else {}
    if not folders:
        new = change(entries)
    else:
        there = entries.get(folders[0])
        if there is not None and there.mode != FOLDER:
            raise _NotAFolderError
        below = _edited(repo, there.oid if there else None, folders[1:], change)
        new = {name: entry for name, entry in entries.items() if name != folders[0]}
        if below is not None:
            new[folders[0]] = Entry(FOLDER, below)
    if new == entries:
        return tree
    return write_tree(repo, new) if new else None


def _folder_entries(repo: Repository, tree: Oid, folder: str) -> Entries:
    there = entry_at(repo, tree, folder)
    return entries_of(repo, there.oid) if there and there.mode == FOLDER else {}


def _as_in_model(entries: Entries, *, model: Entries, is_meant: Callable[[str], object]) -> Entries:
    """Return the entries of a folder with those that are meant, and no folders, as they are in ``model``."""

    def is_taken(item: tuple[bytes, Entry]) -> bool:
        return item[1].mode != FOLDER and bool(is_meant(item[0].decode("utf-8", "surrogateescape")))

    return dict((*filter(is_taken, model.items()), *filterfalse(is_taken, entries.items())))


def _normal(path: str) -> str:
    """Return a configured path as it is written in a tree; the top is ``""``."""
    normal = posixpath.normpath(path).lstrip("/") if path else ""
    return "" if normal == "." else normal


@lru_cache(4096)
def _parts(path: str) -> list[bytes]:
    """Split a path; one that leads out of the tree or into ``.git`` is wrong input (git refuses it too)."""
    parts = path.split("/") if path else []
    if any(part in {"", ".", ".."} or is_gits_own(part) or "\0" in part for part in parts):
        message = f"'{path}' is not a path inside the repository."
        raise wrong_input("bad-path", message, command("git", "hotfix", "config"))
    return [part.encode("utf-8", "surrogateescape") for part in parts]


def _not_a_file(path: str, entry: Entry) -> HotfixError:
    kind = {FOLDER: "a folder", LINK: "a symbolic link", SUBMODULE: "a submodule"}.get(entry.mode, "no file")
    message = f"'{path}' is {kind}, not a regular file."
    return refused("not-a-file", message, command("git", "ls-files", "--stage", "--", path))
