"""Where something came from: merges by their trailers, the commit that added a file, what a tag stands on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from git_hotfix import clock
from git_hotfix.git.objects import MissingObject, has_object
from git_hotfix.hotfix import Oid

if TYPE_CHECKING:
    from datetime import datetime

    from git_hotfix.git.repository import Repository


def merges_with_trailer(repo: Repository, tip: Oid, trailer: str, *, since: datetime) -> tuple[Oid, ...]:
    """Return the merges on the first-parent line of ``tip`` whose message has this trailer line, oldest first.

    History from before ``since`` is not read.
    """
    options = ("--first-parent", "--merges", "--fixed-strings", f"--since={int(since.timestamp())}")
    listed = repo.past.run("rev-list", *options, f"--grep={trailer}", tip, "--").text.split()
    found = [Oid(line) for line in listed if trailer in message(repo, Oid(line)).split("\n")]
    return tuple(reversed(found))


def newest_with_line(repo: Repository, old: Oid, tip: Oid, line: str) -> Oid | None:
    """Return the newest commit of ``old..tip`` on the first-parent line of ``tip`` with this line in its message."""
    options = ("--first-parent", "--fixed-strings", f"--grep={line}")
    listed = repo.past.run("rev-list", *options, f"{old}..{tip}", "--").text.split()
    return next((Oid(oid) for oid in listed if line in message(repo, Oid(oid)).split("\n")), None)


def commit_that_added(repo: Repository, tip: Oid, path: str) -> Oid | None:
    """Return the commit that brought a file into the history of ``tip``, its oldest change; None when none did."""
    answer = repo.past.run("rev-list", "--no-merges", tip, "--", f":(top,literal){path}")
    lines = answer.text.split()
    return Oid(lines[-1]) if lines else None


def ever_had(repo: Repository, tip: Oid, paths: tuple[str, ...], *, since: datetime) -> bool:
    """Return whether a branch had one of these files since a time: its first-parent line shows what was *on* it.

    A merge whose resolution left the file out never brought it there.
    """
    literal = (f":(top,literal){path}" for path in paths)
    options = ("-1", "--first-parent", f"--since={int(since.timestamp())}")
    return bool(repo.past.run("rev-list", *options, tip, "--", *literal).text.strip())


def parents(repo: Repository, commit: Oid) -> tuple[Oid, ...]:
    """Return the parents of a commit."""
    import pygit2  # noqa: PLC0415  # 75 ms: not for --help

    thing = repo.handle.get(commit)
    if not isinstance(thing, pygit2.Commit):
        raise MissingObject(commit)
    return tuple(Oid(str(parent)) for parent in thing.parent_ids)


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
    """Return a commit's whole message, in UTF-8 whatever its encoding."""
    return repo.past.run("log", "-1", "--no-show-signature", "--format=%B", commit).text
