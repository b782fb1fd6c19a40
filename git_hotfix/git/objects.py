"""Folders as git stores them: mode, name and object of each entry, read and written as bytes.

libgit2's tree builder takes text for names; a name that is not UTF-8 has to survive. The format:
``fsck_tree`` in git's fsck.c, ``base_name_compare`` for the order.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from git_hotfix.errors import HotfixError, Problem, Remedy, command, refused
from git_hotfix.git.past import found_once
from git_hotfix.git.signature import Signature, read_signature
from git_hotfix.hotfix import Oid

if TYPE_CHECKING:
    from git_hotfix.git.repository import Repository

FOLDER = 0o040000
LINK = 0o120000
SUBMODULE = 0o160000
FILE = 0o100644

_TREE = re.compile(rb"tree ([0-9a-f]{40})(?:\n|\Z)")
_ENTRY = re.compile(rb"([0-7]+) ([^\0/]*)\0(.{20})", re.DOTALL)
"""One name of a folder; with ``/`` in it, it would end git's own merge in an assertion."""

_ID_BYTES = 20
_ID_AND_SIGNS = _ID_BYTES + 2
_MODES = frozenset({b"100644", b"100755", b"120000", b"160000"})
_PARENT = re.compile(rb"parent ([0-9a-f]{40})(?:\n|\Z)")
_TAG = re.compile(rb"object ([0-9a-f]{40})\ntype (?:commit|tree|blob|tag)\n(?:tag [^\n]*\n)?(?:tagger ([^\n]*))?")
A_COMMIT, A_TREE, A_BLOB, A_TAG = 1, 2, 3, 4
"""git's numbers of the kinds of objects, as libgit2 gives them."""

EMPTY_TREE = Oid("4b825dc642cb6eb9a060e54bf8d69288fbee4904")


MOST_BYTES = 20_000_000
"""A larger file is no part of a record."""


class MissingObject(HotfixError):  # it says what is the case
    """An object that the question needs is not in this repository (shallow, not fetched), or nothing can read it."""

    def __init__(self, oid: Oid, *, is_broken: bool = False) -> None:
        self.oid = oid
        message = f"The object '{oid}' is not in this repository."
        problem = Problem("object-missing", message, command("git", "fetch", "--all"))
        if is_broken:
            message = f"The object '{oid}' is not what it should be: it is damaged, or was not made by git."
            problem = Problem("object-broken", message, command("git", "fsck", "--no-dangling"))
        super().__init__(problem)


class Entry(NamedTuple):
    """One name in a folder: its mode and the object. A tuple, because large folders have 10,000 of them."""

    mode: int
    oid: Oid

    @property
    def is_file(self) -> bool:
        """Whether it is a regular file (not a folder, symbolic link or submodule)."""
        return self.mode & 0o170000 == 0o100000


class Commit(NamedTuple):
    """A commit as it is written: whoever pushes it writes what he likes, so it is read as leniently as git does.

    ``message`` is in the encoding that the commit names; None says UTF-8.
    """

    tree: Oid
    parents: tuple[Oid, ...]
    seconds: int
    author: Signature
    committer: Signature
    encoding: str | None
    message: bytes


class Tag(NamedTuple):
    """An annotated tag: what it stands on, who made it (the oldest do not say so), its message."""

    target: Oid
    tagger: Signature | None
    message: bytes


Entries = dict[bytes, Entry]
"""What is directly in one folder, by name."""


def peeled_tree(repo: Repository, oid: Oid) -> Oid:
    """Return the tree of a commit, of an annotated tag on one, or of a tree itself; errors as of ``content_of``."""
    if oid == EMPTY_TREE:
        return oid
    kind, raw = _read_or_fetch(repo, oid)
    if kind == A_TAG:
        return peeled_tree(repo, _tag_in(oid, raw).target)
    return oid if kind == A_TREE else commit_at(repo, oid).tree


def peeled(repo: Repository, oid: Oid) -> Oid | None:
    """Return the commit an object stands on: an annotated tag's, or itself; None for anything else."""
    try:
        found = commit_or_tag(repo, oid)
    except MissingObject:
        return None
    return peeled(repo, found.target) if isinstance(found, Tag) else oid


def content_of(repo: Repository, oid: Oid) -> bytes:
    """Return the content of an object as it is stored; one that a partial clone has left out is fetched by git.

    Those of the last few are kept. What is not to be had raises ``MissingObject``.
    """
    return repo.past.recent(("content", oid), lambda: _read_or_fetch(repo, oid)[1])


def _read_or_fetch(repo: Repository, oid: Oid) -> tuple[int, bytes]:
    try:
        return _read(repo, oid)
    except MissingObject:
        if not repo.is_partial or repo.git.ask("cat-file", "-e", oid).code != 0:
            raise
        return _read(repo, oid)


def entries_of(repo: Repository, tree: Oid) -> Entries:
    """Return the names directly in a tree, those of the last few kept; errors as of ``content_of``."""
    return {} if tree == EMPTY_TREE else repo.past.recent(("entries", tree), lambda: _entries_in(repo, tree))


def entry_in(repo: Repository, tree: Oid, name: bytes) -> Entry | None:
    """Return what is directly in a tree under a name, which the other names need not be read for where it is long.

    No object id can hold such a name between a space and a zero, nor its end and the mode that comes next.
    """
    if len(name) < _ID_BYTES or b" " in name or tree == EMPTY_TREE:
        return entries_of(repo, tree).get(name)
    raw = content_of(repo, tree)
    at = raw.rfind(b" %s\0" % name)
    end = at + len(name) + 2
    mode, oid = raw[max(at - 6, 0) : max(at, 0)], raw[end : end + _ID_BYTES]
    if mode not in _MODES:  # none, a folder, or what git does not write
        return entries_of(repo, tree).get(name) if at >= 0 else None
    return Entry(int(mode, 8), Oid(oid.hex()))


def _entries_in(repo: Repository, tree: Oid) -> Entries:
    raw = _read_or_fetch(repo, tree)[1]
    found = _ENTRY.findall(raw)
    if sum(len(mode) + len(name) + _ID_AND_SIGNS for mode, name, _ in found) != len(raw):
        raise MissingObject(tree, is_broken=True)
    return {name: Entry(int(mode, 8), Oid(oid.hex())) for mode, name, oid in found}


def commit_at(repo: Repository, oid: Oid) -> Commit:
    """Return a commit, read once in a run. What is not here, or is no commit, raises ``MissingObject``."""
    found = commit_or_tag(repo, oid)
    if isinstance(found, Tag):
        raise MissingObject(oid, is_broken=True)
    return found


@found_once
def commit_or_tag(repo: Repository, oid: Oid) -> Commit | Tag:
    """Return a commit or an annotated tag, read once in a run; errors as of ``commit_at``."""
    kind, raw = _read(repo, oid)
    if kind not in {A_COMMIT, A_TAG}:
        raise MissingObject(oid, is_broken=True)
    return _commit_in(oid, raw, is_cut=oid in repo.cut) if kind == A_COMMIT else _tag_in(oid, raw)


def _read(repo: Repository, oid: Oid) -> tuple[int, bytes]:
    import pygit2  # noqa: PLC0415  # 75 ms: not for --help

    try:
        kind, raw = repo.handle.read(oid)
    except (KeyError, ValueError, pygit2.GitError) as error:
        raise MissingObject(oid) from error
    return int(kind), raw


def _commit_in(oid: Oid, raw: bytes, *, is_cut: bool) -> Commit:
    head, _, message = raw.partition(b"\n\n")
    tree = _TREE.match(head)
    if tree is None:
        raise MissingObject(oid, is_broken=True)
    at, parents = tree.end(), list[Oid]()
    while parent := _PARENT.match(head, at):
        parents.append(Oid(parent[1].decode()))
        at = parent.end()
    written, _, rest = head[at:].partition(b"\n")
    committed, _, rest = rest.partition(b"\n")
    names = (line[9:] for line in rest.split(b"\n") if line.startswith(b"encoding "))
    encoding = next((name.decode("ascii", "replace") for name in names), None)
    author, committer = (
        read_signature(line.removeprefix(role) if line.startswith(role) else b"", encoding)
        for role, line in ((b"author ", written), (b"committer ", committed))
    )
    seconds = committer.seconds if written.startswith(b"author ") else 0  # parse_commit_date in git's commit.c
    parents = [] if is_cut else parents
    return Commit(Oid(tree[1].decode()), tuple(parents), seconds, author, committer, encoding, message)


def _tag_in(oid: Oid, raw: bytes) -> Tag:
    head, _, message = raw.partition(b"\n\n")
    found = _TAG.match(head + b"\n")
    if found is None:
        raise MissingObject(oid, is_broken=True)
    return Tag(Oid(found[1].decode()), read_signature(found[2]) if found[2] is not None else None, message)


def write_tree(repo: Repository, entries: Entries) -> Oid:
    """Write a folder with these entries and return its tree."""

    def key(item: tuple[bytes, Entry]) -> bytes:
        return item[0] + b"/" if item[1].mode == FOLDER else item[0]  # git's order (base_name_compare)

    raw = b"".join(
        b"%o %s\0%s" % (entry.mode, name, bytes.fromhex(entry.oid)) for name, entry in sorted(entries.items(), key=key)
    )
    return write_object(repo, A_TREE, raw)


def write_object(repo: Repository, kind: int, raw: bytes) -> Oid:
    """Write an object of this kind as it is to be stored; return its id.

    A full or read-only disk is one sentence: libgit2 raises a bare ``OSError``.
    """
    try:
        return Oid(str(repo.handle.write(kind, raw)))
    except OSError as error:
        folder = repo.common_dir / "objects"
        message = f"git's objects cannot be written: {error.strerror or error}."
        raise refused("cannot-write", message, Remedy(("ls", "-ld", str(folder)), then=("df", "-h", "."))) from error


def blob_id(content: bytes) -> Oid:
    """Return the id that a file with this content has."""
    import pygit2  # noqa: PLC0415  # 75 ms: not for --help

    return Oid(str(pygit2.hash(content)))


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
    return repo.handle.odb.exists(oid)
