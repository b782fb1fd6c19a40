"""Refs here: reading them all at once, moving several as one transaction."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from git_hotfix.errors import SAME_AGAIN, HotfixError, Problem
from git_hotfix.hotfix import NULL_OID, Oid, RefName

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from git_hotfix.git.program import Git
    from git_hotfix.git.remote import Update


class RefsMoved(HotfixError):
    """A ref transaction was refused: some ref is no longer what it was, or is locked. No ref was moved."""


def all_refs(git: Git) -> Mapping[RefName, Oid]:
    """Return every ref here with the object it names (an annotated tag names the tag object)."""
    lines = git.run("for-each-ref", "--format=%(objectname) %(refname)").text.split("\n")
    pairs = (line.split(" ", 1) for line in lines if line)
    return MappingProxyType({RefName(ref): Oid(oid) for oid, ref in pairs})


def is_ref_name(ref: str) -> bool:
    """Return whether git accepts a full ref name (git-check-ref-format(1))."""
    import pygit2  # noqa: PLC0415  # 75 ms: not for --help

    return pygit2.reference_is_valid_name(ref)


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
        message = f"The refs could not be moved: {answer.reason.removeprefix('fatal: ')}"
        raise RefsMoved(Problem("refs-moved", message, SAME_AGAIN))


def put_ref(git: Git, ref: RefName, oid: Oid) -> None:
    """Point a ref of our own (``refs/hotfix/…``) at an object, whatever it was."""
    git.run("update-ref", ref, oid)


def drop_ref(git: Git, ref: RefName) -> None:
    """Delete a ref of our own; already gone is done."""
    git.run("update-ref", "-d", ref)
