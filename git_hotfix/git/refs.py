"""Refs here: reading them all at once, HEAD of a working tree, moving several refs as one transaction."""

from __future__ import annotations

import os
import re
from types import MappingProxyType
from typing import TYPE_CHECKING, cast

from msgspec import Struct

from git_hotfix.errors import SAME_AGAIN, HotfixError, Problem
from git_hotfix.git.objects import MissingObject, commit_at
from git_hotfix.git.past import found_once
from git_hotfix.hotfix import NULL_OID, BranchName, Oid, RefName

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    import pygit2

    from git_hotfix.git.program import Git
    from git_hotfix.git.remote import Update
    from git_hotfix.git.repository import Repository

_HEAD = re.compile(rb"ref:\s*(refs/[^\0]*?)\s*\Z|([0-9a-f]{40})(?:\s.*)?\Z", re.DOTALL)
_PACKED = re.compile(r"([0-9a-f]{40}) (refs/.+)")
_PLAIN = re.compile(r"^([0-9a-f]{40}) (refs(?:/\w[\w+-]*(?:\.\d[\w+-]*)*)+)$", re.MULTILINE | re.ASCII)
"""One with a name that git accepts without a second look."""
_OF_ONE_TREE = ("refs/bisect/", "refs/worktree/", "refs/rewritten/")
"""Refs that each working tree has of its own (git-worktree(1))."""
_MOST_LINKS = 5
"""How many symbolic refs git follows (``SYMREF_MAXDEPTH`` in its refs/refs-internal.h)."""


class RefsMoved(HotfixError):
    """A ref transaction was refused: some ref is no longer what it was, or is locked. No ref was moved."""


class Unusual(Exception):
    """What git's files say is not the usual case: git itself is to be asked."""


class Head(Struct, frozen=True):
    """What a working tree has checked out: a branch, or a detached commit; a branch alone where no commit is yet."""

    branch: BranchName | None
    commit: Oid | None


def all_refs(repository: Repository) -> Mapping[RefName, Oid]:
    """Return every ref here with the object it names, as ``git for-each-ref`` does.

    An annotated tag names the tag object, a symbolic ref what it points to. Broken and dangling ones are left out.
    Thousands that are packed are read once, for as long as git does not pack others.
    """
    if "GIT_COMMON_DIR" in repository.git.environment:  # libgit2 knows nothing of it
        return listed_refs(repository.git)
    import pygit2  # noqa: PLC0415  # 75 ms: not for --help

    loose: dict[RefName, pygit2.Oid | bytes | None] = {}
    try:
        for name in _loose_names(repository):  # before those that are packed: git may pack them now
            try:
                loose[name] = repository.handle.lookup_reference(name).raw_target
            except pygit2.GitError:  # broken: an older value may be packed
                loose[name] = None
        packed = _packed_refs(repository)
    except Unusual:  # git says what is broken
        return listed_refs(repository.git)
    found = {name: oid for name, oid in packed.items() if name not in loose} if loose else dict(packed)
    for name, target in loose.items():
        at: pygit2.Oid | bytes | str | None = target
        links = 0
        while isinstance(at, bytes) and links < _MOST_LINKS:
            to = RefName(at.decode("utf-8", "surrogateescape"))
            at, links = loose[to] if to in loose else packed.get(to), links + 1
        if at is not None and not isinstance(at, bytes) and (oid := str(at)) != NULL_OID:
            found[name] = Oid(oid)
    return MappingProxyType(found)


def _packed_refs(repository: Repository) -> Mapping[RefName, Oid]:
    file = repository.common_dir / "packed-refs"
    try:
        status = file.stat()
    except FileNotFoundError:
        return {}
    return _packed_in(repository, file, status.st_ino, status.st_size, status.st_mtime_ns)  # as git itself tells


@found_once
def _packed_in(_: Repository, file: Path, *_of_file: int) -> Mapping[RefName, Oid]:
    """Return the refs of a file as git packs them; raises ``Unusual`` for any other."""
    text = file.read_bytes().decode("utf-8", "surrogateescape")
    found = cast("dict[RefName, Oid]", {ref: oid for oid, ref in _PLAIN.findall(text)})
    for line in () if _has_only(len(found), text) else text.split("\n"):
        match = _PACKED.fullmatch(line)
        if match is None and line and line[0] not in "#^":
            raise Unusual
        if match is not None and is_ref_name(match[2]):
            found[RefName(match[2])] = Oid(match[1])
    return {ref: oid for ref, oid in found.items() if oid != NULL_OID} if NULL_OID in text else found


def _has_only(refs: int, text: str) -> bool:
    """Return whether a packed list has so many refs, and besides them only what annotated tags stand on."""
    return text.startswith("#") and refs == text.count("\n") - text.count("\n^") - 1


def listed_refs(git: Git) -> Mapping[RefName, Oid]:
    """Return every ref of the repository that git finds in its folder, as git itself lists them."""
    lines = git.run("for-each-ref", "--format=%(objectname) %(refname)").text.split("\n")
    pairs = (line.split(" ", 1) for line in lines if line)
    return MappingProxyType({RefName(ref): Oid(oid) for oid, ref in pairs})


def is_ref_name(ref: str) -> bool:
    """Return whether git accepts a full ref name (git-check-ref-format(1))."""
    import pygit2  # noqa: PLC0415  # 75 ms: not for --help

    # libgit2 takes no bytes that are no text; git itself minds none of them
    return pygit2.reference_is_valid_name(ref.encode("utf-8", "surrogateescape").decode("utf-8", "replace"))


def head_here(repository: Repository) -> Head:
    """Return what the working tree has checked out in which the user stands."""
    try:
        return head_in(repository, repository.git_dir)
    except (Unusual, OSError):
        branch = repository.git.look_up("symbolic-ref", "-q", "HEAD")  # --short says heads/main beside a tag main
        commit = repository.git.look_up("rev-parse", "-q", "--verify", "HEAD^{commit}")
        name = BranchName(branch.removeprefix("refs/heads/")) if branch is not None else None
        return Head(name, Oid(commit) if commit is not None else None)


def head_in(repository: Repository, git_dir: Path) -> Head:
    """Return what HEAD of a working tree says, whose own git directory this is; raises ``Unusual`` and ``OSError``."""
    import pygit2  # noqa: PLC0415

    file = git_dir / "HEAD"
    match = _HEAD.match(file.read_bytes())
    if match is None or file.is_symlink() or "GIT_COMMON_DIR" in repository.git.environment:
        raise Unusual
    if match[2]:
        return Head(None, _commit(repository, match[2].decode()))
    name = match[1].decode("utf-8", "surrogateescape")
    for _ in range(_MOST_LINKS):
        if name.startswith(_OF_ONE_TREE) or not name.startswith("refs/"):
            raise Unusual
        branch = BranchName(name.removeprefix("refs/heads/"))
        try:
            target = repository.handle.lookup_reference(name).raw_target
        except pygit2.GitError as error:
            if isinstance(error, KeyError):  # no commit yet
                return Head(branch, None)
            raise Unusual from error
        if not isinstance(target, bytes):
            return Head(branch, _commit(repository, str(target)))
        name = target.decode("utf-8", "surrogateescape")
    raise Unusual


def _commit(repository: Repository, oid: str) -> Oid:
    try:
        commit_at(repository, Oid(oid))
    except MissingObject as error:
        raise Unusual from error
    return Oid(oid)


def _loose_names(repository: Repository) -> Iterator[RefName]:
    """Return the names of refs that have a file of their own."""
    for folder in {repository.common_dir, repository.git_dir}:
        for at, _, files in os.walk(folder / "refs", followlinks=True):
            prefix = "refs" + at.removeprefix(str(folder / "refs")) + "/"
            yield from (RefName(prefix + file) for file in files if is_ref_name(prefix + file))


def move_refs(git: Git, updates: Sequence[Update], *, reason: str) -> None:
    """Move all these refs or none (``git update-ref``: prepare, commit), each only from its old value.

    libgit2's transactions are not atomic, take ids of missing objects and run no reference-transaction hook.
    ``reason`` is the line in the reflogs.
    """
    if not updates:
        return
    lines = ["start"]
    for update in updates:
        old = update.old or NULL_OID
        if update.new is None:
            lines.append(f"delete {update.ref} {old}")
        elif update.old is None:
            lines.append(f"create {update.ref} {update.new}")
        else:
            lines.append(f"update {update.ref} {update.new} {old}")
    lines += ["prepare", "commit", ""]
    options = ("-m", reason, "--create-reflog", "--stdin")
    answer = git.ask("update-ref", *options, stdin="\n".join(lines).encode("utf-8", "surrogateescape"))
    if answer.code != 0:
        message = f"The refs could not be moved: {answer.why}"
        raise RefsMoved(Problem("refs-moved", message, SAME_AGAIN))


def put_ref(git: Git, ref: RefName, oid: Oid) -> None:
    """Point a ref of our own (``refs/hotfix/…``) at an object, whatever it was."""
    git.run("update-ref", ref, oid)


def drop_refs(git: Git, refs: Iterable[RefName]) -> None:
    """Delete refs of our own; already gone is done."""
    lines = "".join(f"delete {ref}\n" for ref in refs)
    if lines:
        git.run("update-ref", "--stdin", stdin=lines.encode("utf-8", "surrogateescape"))
