"""Where something came from: merges by their trailers, the commit that added a file, what a tag stands on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from git_hotfix import clock
from git_hotfix.git.graph import Pasts, TooFar, first_parent_line
from git_hotfix.git.history import is_ancestor
from git_hotfix.git.messages import decode_message
from git_hotfix.git.objects import EMPTY_TREE, MissingObject, commit_at, has_object
from git_hotfix.git.trees import entry_at
from git_hotfix.hotfix import Oid

if TYPE_CHECKING:
    from datetime import datetime

    from git_hotfix.git.objects import Commit
    from git_hotfix.git.repository import Repository


def merges_with_trailer(repo: Repository, tip: Oid, trailer: str, *, since: datetime) -> tuple[Oid, ...]:
    """Return the merges on the first-parent line of ``tip`` whose message has this trailer line, oldest first.

    History from before ``since`` is not read: the line ends at the first commit that is older.
    """
    start = int(since.timestamp())
    try:
        line = first_parent_line(repo, tip, lambda _, commit: commit.seconds >= start)
        listed = [oid for oid, commit in line if len(commit.parents) > 1]
    except TooFar:
        options = ("--first-parent", "--merges", "--fixed-strings", f"--since={start}")
        listed = [Oid(oid) for oid in repo.past.run("rev-list", *options, f"--grep={trailer}", tip, "--").text.split()]
    return tuple(oid for oid in reversed(listed) if _has_line(repo, oid, trailer))


def newest_with_line(repo: Repository, old: Oid, tip: Oid, line: str) -> Oid | None:
    """Return the newest commit of ``old..tip`` on the first-parent line of ``tip`` with this line in its message."""
    try:
        new = Pasts(repo, old, tip).only_right()
        listed = [oid for oid, _ in first_parent_line(repo, tip, lambda oid, _: oid in new)]
    except TooFar:
        options = ("--first-parent", "--fixed-strings", f"--grep={line}")
        listed = [Oid(oid) for oid in repo.past.run("rev-list", *options, f"{old}..{tip}", "--").text.split()]
    found = (oid for oid in listed if _has_line(repo, oid, line))
    return next((oid for oid in found if not is_ancestor(repo, oid, old)), None)  # wrong dates deceive a range


def commits_with_line(repo: Repository, old: Oid, tip: Oid, line: str) -> tuple[Oid, ...]:
    """Return the commits of ``old..tip``, on whichever line, that have this line in their message, newest first."""

    def found() -> tuple[Oid, ...]:
        try:
            pasts = Pasts(repo, old, tip)
            listed = list(reversed(pasts.parents_first(pasts.only_right(), tip)))
        except TooFar:
            options = ("--topo-order", "--fixed-strings", f"--grep={line}")
            listed = [Oid(oid) for oid in repo.past.run("rev-list", *options, f"{old}..{tip}", "--").text.split()]
        return tuple(oid for oid in listed if _has_line(repo, oid, line))

    return repo.past.known(("with line", old, tip, line), found)


def commit_that_added(repo: Repository, tip: Oid, path: str) -> Oid | None:
    """Return the commit that brought a file into the history of ``tip``, its oldest change; None when none did."""
    answer = repo.past.run("rev-list", "--no-merges", tip, "--", f":(top,literal){path}")
    lines = answer.text.split()
    return Oid(lines[-1]) if lines else None


def versions_of(repo: Repository, tip: Oid, path: str, *, since: datetime) -> tuple[tuple[Oid, Oid | None], ...]:
    """Return the commits that changed a file *on* a branch since a time, the newest first, each with what it then was.

    None is a file that was deleted, or replaced by something else.
    """
    start = int(since.timestamp())
    try:
        line = first_parent_line(repo, tip, lambda _, commit: commit.seconds >= start)
        changed = [oid for oid, commit in line if _touches(repo, commit, (path,))]
    except (TooFar, MissingObject):
        options = ("--first-parent", f"--since={start}")
        listed = repo.past.run("rev-list", *options, tip, "--", f":(top,literal){path}").text
        changed = [Oid(oid) for oid in listed.split()]
    entries = ((oid, entry_at(repo, commit_at(repo, oid).tree, path)) for oid in changed)
    return tuple((oid, entry.oid if entry is not None and entry.is_file else None) for oid, entry in entries)


def changes_of(repo: Repository, tip: Oid, path: str, *, since: datetime) -> tuple[Oid, ...]:
    """Return the commits since a time that changed a file, wherever they came from, the newest first; no merges."""
    options = ("--no-merges", "--full-history", f"--since={int(since.timestamp())}")
    return tuple(
        Oid(oid) for oid in repo.past.run("rev-list", *options, tip, "--", f":(top,literal){path}").text.split()
    )


def parents(repo: Repository, commit: Oid) -> tuple[Oid, ...]:
    """Return the parents of a commit."""
    return commit_at(repo, commit).parents


def author_time(repo: Repository, commit: Oid) -> datetime:
    """Return when a commit was written by its author, with its UTC offset (a pick keeps it)."""
    import pygit2  # noqa: PLC0415

    thing = repo.handle.get(commit)
    if not isinstance(thing, pygit2.Commit):
        raise MissingObject(commit)
    return clock.from_epoch(thing.author.time, thing.author.offset)


def author_name(repo: Repository, commit: Oid) -> str:
    """Return the name of a commit's author."""
    import pygit2  # noqa: PLC0415

    thing = repo.handle.get(commit)
    if not isinstance(thing, pygit2.Commit):
        raise MissingObject(commit)
    return str(thing.author.name)


def tag_time(repo: Repository, tag: Oid) -> datetime | None:
    """Return when an annotated tag was made; None for a lightweight one, and where it is not here."""
    import pygit2  # noqa: PLC0415

    thing = repo.handle.get(tag)
    if not isinstance(thing, pygit2.Tag) or thing.tagger is None:
        return None
    return clock.from_epoch(thing.tagger.time, thing.tagger.offset)


def peeled(repo: Repository, oid: Oid) -> Oid | None:
    """Return the commit an object stands on: an annotated tag's, or itself; None for anything else."""
    import pygit2  # noqa: PLC0415

    if not has_object(repo, oid):
        return None
    try:
        return Oid(str(repo.handle[oid].peel(pygit2.Commit).id))
    except (pygit2.GitError, ValueError):
        return None


def message(repo: Repository, commit: Oid) -> str:
    """Return a commit's whole message without its last newlines, whatever its encoding, as ``git log`` decodes it."""
    found = commit_at(repo, commit)
    return decode_message(found.message, found.encoding).rstrip("\n")


def _has_line(repo: Repository, commit: Oid, line: str) -> bool:
    return line in message(repo, commit).split("\n")


def _touches(repo: Repository, commit: Commit, paths: tuple[str, ...]) -> bool:
    """Return whether one of these paths is not as in the first parent."""
    before = commit_at(repo, commit.parents[0]).tree if commit.parents else EMPTY_TREE
    return any(entry_at(repo, before, path) != entry_at(repo, commit.tree, path) for path in paths)
