"""Folders as git stores them: mode, name and object of each entry, read and written as bytes.

libgit2's tree builder takes text for names; a name that is not UTF-8 has to survive. The format:
``fsck_tree`` in git's fsck.c, ``base_name_compare`` for the order.
"""

from __future__ import annotations

import hashlib
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from git_hotfix.errors import HotfixError, Problem, Remedy, command, refused
from git_hotfix.hotfix import Oid

if TYPE_CHECKING:
    from collections.abc import Iterator

    from git_hotfix.git.repository import Repository

FOLDER = 0o040000
LINK = 0o120000
SUBMODULE = 0o160000
FILE = 0o100644
PROGRAM = 0o100755

_COMMITTER = re.compile(rb"committer .*> (\d{1,15}) ([+-])(\d{2})(\d{2})(?=\n|\Z)")

EMPTY_TREE = Oid("4b825dc642cb6eb9a060e54bf8d69288fbee4904")


MOST_BYTES = 20_000_000
"""A larger file is no part of a record."""


class MissingObject(HotfixError):  # it says what is the case
    """An object that the question needs is not in this repository (shallow, not fetched, damaged)."""

    def __init__(self, oid: Oid) -> None:
        self.oid = oid
        super().__init__(
            Problem(
                "object-missing", f"The object '{oid}' is not in this repository.", command("git", "fetch", "--all")
            )
        )


class Entry(NamedTuple):
    """One name in a folder: its mode and the object. A tuple, because large folders have 10,000 of them."""

    mode: int
    oid: Oid

    @property
    def is_file(self) -> bool:
        """Whether it is a regular file (not a folder, symbolic link or submodule)."""
        return self.mode & 0o170000 == 0o100000


class Commit(NamedTuple):
    """A commit as it is written: ``seconds`` since 1970 and ``offset_minutes`` east of UTC tell when it was committed.

    ``message`` is in the encoding that the commit names; None says UTF-8.
    """

    tree: Oid
    parents: tuple[Oid, ...]
    seconds: int
    offset_minutes: int
    encoding: str | None
    message: bytes


Entries = dict[bytes, Entry]
"""What is directly in one folder, by name."""


def peeled_tree(repo: Repository, oid: Oid) -> Oid:
    """Return the tree of a commit, of an annotated tag on one, or of a tree itself; else ``MissingObject``."""
    import pygit2  # noqa: PLC0415  # 75 ms: not for --help

    try:
        return Oid(str(repo.handle[oid].peel(pygit2.Tree).id))
    except (KeyError, pygit2.GitError) as error:
        tree = repo.git.look_up("rev-parse", "-q", "--verify", f"{oid}^{{tree}}") if repo.is_partial else None
        if tree is None:
            raise MissingObject(oid) from error
        return Oid(tree)


def content_of(repo: Repository, oid: Oid) -> bytes:
    """Return the content of an object as it is stored; one that a partial clone has left out is fetched by git.

    What is not to be had raises ``MissingObject``.
    """
    import pygit2  # noqa: PLC0415

    try:
        return repo.handle.read(oid)[1]
    except (KeyError, pygit2.GitError) as error:
        if not repo.is_partial or repo.git.ask("cat-file", "-e", oid).code != 0:
            raise MissingObject(oid) from error
        return repo.handle.read(oid)[1]


def entries_of(repo: Repository, tree: Oid) -> Entries:
    """Return the names directly in a tree; errors as of ``content_of``."""
    if tree == EMPTY_TREE:
        return {}
    raw = content_of(repo, tree)
    entries: Entries = {}
    at = 0
    while at < len(raw):
        space = raw.index(b" ", at)
        end = raw.index(b"\0", space)
        entries[raw[space + 1 : end]] = Entry(int(raw[at:space], 8), Oid(raw[end + 1 : end + 21].hex()))
        at = end + 21
    return entries


def commit_at(repo: Repository, oid: Oid) -> Commit:
    """Return a commit, read once in a run. What is not here, or is no commit, raises ``MissingObject``."""
    return repo.past.known(("commit", oid), lambda: _read_commit(repo, oid))


def _read_commit(repo: Repository, oid: Oid) -> Commit:
    import pygit2  # noqa: PLC0415  # 75 ms: not for --help

    try:
        kind, raw = repo.handle.read(oid)
    except (KeyError, ValueError, pygit2.GitError) as error:
        raise MissingObject(oid) from error
    head, _, message = raw.partition(b"\n\n")
    at = 46  # after "tree " and its name
    parents = []
    while head.startswith(b"parent ", at):
        parents.append(Oid(head[at + 7 : at + 47].decode("ascii")))
        at += 48
    made = _COMMITTER.match(head, head.find(b"\n", at) + 1)  # the author comes first
    if kind != pygit2.enums.ObjectType.COMMIT or made is None:
        raise MissingObject(oid)
    names = (line[9:] for line in head[made.end() :].split(b"\n") if line.startswith(b"encoding "))
    encoding = next((name.decode("ascii", "replace") for name in names), None)
    minutes = int(made[3]) * 60 + int(made[4])
    offset = -minutes if made[2] == b"-" else minutes
    return Commit(Oid(head[5:45].decode("ascii")), tuple(parents), int(made[1]), offset, encoding, message)


def write_tree(repo: Repository, entries: Entries) -> Oid:
    """Write a folder with these entries and return its tree."""
    import pygit2  # noqa: PLC0415

    def key(item: tuple[bytes, Entry]) -> bytes:
        return item[0] + b"/" if item[1].mode == FOLDER else item[0]  # git's order (base_name_compare)

    raw = b"".join(
        b"%o %s\0%s" % (entry.mode, name, bytes.fromhex(entry.oid)) for name, entry in sorted(entries.items(), key=key)
    )
    with object_written(repo):
        return Oid(str(repo.handle.write(pygit2.enums.ObjectType.TREE, raw)))


@contextmanager
def object_written(repo: Repository) -> Iterator[None]:
    """Report a full or read-only disk in one sentence while libgit2 writes: it raises a bare ``OSError``."""
    try:
        yield
    except OSError as error:
        folder = repo.common_dir / "objects"
        message = f"git's objects cannot be written: {error.strerror or error}."
        raise refused("cannot-write", message, Remedy(("ls", "-ld", str(folder)), then=("df", "-h", "."))) from error


def blob_id(content: bytes) -> Oid:
    """Return the id that a file with this content has."""
    return Oid(hashlib.sha1(b"blob %d\0%s" % (len(content), content), usedforsecurity=False).hexdigest())


def is_small(repo: Repository, blob: Oid) -> bool:
    """Return whether a file is of a size that is read at all: a small push may bring gigabytes of zeros."""
    return size_of(repo, blob) <= MOST_BYTES


def size_of(repo: Repository, blob: Oid) -> int:
    """Return how many bytes a file has; 0 where it is not here: whoever reads it says so, or lets git fetch it."""
    try:
        return int(repo.handle.odb.read_header(blob)[1])
    except KeyError:
        return 0


def has_object(repo: Repository, oid: Oid) -> bool:
    """Return whether an object is here."""
    return oid in repo.handle
