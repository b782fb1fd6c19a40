"""Where something came from: what messages name, the commit that added a file, what a tag stands on."""

from __future__ import annotations

from bisect import bisect
from typing import TYPE_CHECKING

from git_hotfix.git.graph import rev_list
from git_hotfix.git.history import bringing_merge, is_ancestor
from git_hotfix.git.messages import PICKED_FROM, decode_message, picked_from
from git_hotfix.git.objects import EMPTY_TREE, Tag, commit_at, commit_or_tag, has_object
from git_hotfix.git.past import found_once
from git_hotfix.git.trees import entry_at, file_at
from git_hotfix.hotfix import Oid

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from git_hotfix.git.repository import Repository


MOST_OF_A_BRANCH = 100
_FEW = 8
"""Most branches have fewer commits."""


def commits_naming(repo: Repository, tip: Oid, text: str, *, since: datetime) -> tuple[Oid, ...]:
    """Return the commits in the history of ``tip`` whose message has this text, the newest first.

    History from before ``since`` is not read: every line of it ends at the first commit that is older.
    """
    listed = rev_list(repo, tip, since=int(since.timestamp()), naming=text)
    return tuple(oid for oid in listed if text in message(repo, oid))


def newer_naming(repo: Repository, old: Oid, tip: Oid, text: str) -> tuple[Oid, ...]:
    """Return the commits of ``old..tip`` on the first-parent line of ``tip`` whose message has this text, newest first.

    What a message says proves nothing by itself: whoever asks looks at what the commit does.
    """
    line = rev_list(repo, tip, without=old, first_parents=True, naming=text)
    found = tuple(oid for oid in line if text in message(repo, oid))
    # wrong dates deceive a range; what is in the past of the old commit comes last on the line
    return found[: bisect(found, 0, key=lambda oid: is_ancestor(repo, oid, old))]


def picks_of(repo: Repository, old: Oid, tip: Oid, commit: Oid) -> tuple[Oid, ...]:
    """Return the commits of ``old..tip`` on the first-parent line that say as git does that they picked a commit.

    One search serves all that may have been picked: anybody can push a branch that has thousands. Where all history was
    read, what names a full id is known without one.
    """
    if repo.graph is not None:
        found = newer_naming(repo, old, tip, commit)
        return tuple(oid for oid in found if commit in picked_from(message(repo, oid)))
    return _picks(repo, old, tip).get(commit, ())


@found_once
def _picks(repo: Repository, old: Oid, tip: Oid) -> dict[Oid, tuple[Oid, ...]]:
    found: dict[Oid, list[Oid]] = {}
    for pick in newer_naming(repo, old, tip, PICKED_FROM):
        for commit in {*picked_from(message(repo, pick))}:
            found.setdefault(commit, []).append(pick)
    return {commit: tuple(picks) for commit, picks in found.items()}


def first_own_commit(repo: Repository, base: Oid, tip: Oid) -> Oid | None:
    """Return the oldest commit on the first-parent line of ``tip`` that is not in the history of ``base``."""
    line = newer_on_line(repo, base, tip)
    return line[-1] if line else None


def newer_on_line(repo: Repository, old: Oid, tip: Oid) -> tuple[Oid, ...]:
    """Return the commits of ``old..tip`` on the first-parent line of ``tip``, newest first."""
    return rev_list(repo, tip, without=old, first_parents=True)


def newest_on_line(repo: Repository, tip: Oid) -> Iterator[Oid]:
    """Return the newest commits on the first-parent line of ``tip``: more than a hotfix branch has, a few at first."""
    few = rev_list(repo, tip, first_parents=True, most=_FEW)
    yield from few
    if len(few) == _FEW:
        yield from rev_list(repo, tip, first_parents=True, most=MOST_OF_A_BRANCH)[_FEW:]


@found_once
def last_before(repo: Repository, tip: Oid, when: datetime) -> Oid | None:
    """Return the newest commit on the first-parent line of ``tip`` that is older."""
    line = rev_list(repo, tip, first_parents=True, since=int(when.timestamp()))
    return next(iter(parents(repo, line[-1])), None) if line else tip


def is_on_line(repo: Repository, commit: Oid, tip: Oid) -> bool:
    """Return whether the first-parent line of ``tip`` runs through a commit."""
    return bringing_merge(repo, tip, commit) == commit


def first_with(repo: Repository, tip: Oid, path: str, *, since: datetime) -> Oid | None:
    """Return the commit on the first-parent line of ``tip`` that brought a file, which is there since then."""
    if _lacks(repo, tip, path):
        return None
    line = rev_list(repo, tip, first_parents=True, since=int(since.timestamp()), paths=(path,))
    befores = ((oid, parents(repo, oid)) for oid in line if touches(repo, oid, (path,)))
    return next((oid for oid, above in befores if not above or _lacks(repo, above[0], path)), None)


def _lacks(repo: Repository, commit: Oid, path: str) -> bool:
    return file_at(repo, commit, path) is None


@found_once
def commits_with_trailer(repo: Repository, old: Oid, tip: Oid, key: str, value: str) -> tuple[Oid, ...]:
    """Return the commits of ``old..tip``, on whichever line, that have this trailer in their message, newest first.

    Where several hotfixes are asked about, one search serves all: older ones may be given too.
    """
    line = f"{key}: {value}"
    if repo.graph is not None or repo.common_past is None:
        listed = rev_list(repo, tip, without=old, naming=line)
    else:
        listed = _with_key(repo, repo.common_past, tip, f"{key}: ")
    return tuple(oid for oid in listed if line in message(repo, oid).split("\n"))


@found_once
def _with_key(repo: Repository, old: Oid, tip: Oid, beginning: str) -> tuple[Oid, ...]:
    return rev_list(repo, tip, without=old, naming=beginning)


def commit_that_added(repo: Repository, tip: Oid, path: str) -> Oid | None:
    """Return the commit that brought a file into the history of ``tip``, its oldest change; None when none did."""
    answer = repo.past.run("rev-list", "--no-merges", tip, "--", f":(top,literal){path}")
    lines = answer.text.split()
    return Oid(lines[-1]) if lines else None


def commit_of_line(repo: Repository, tip: Oid, path: str, number: int) -> Oid | None:
    """Return the commit that brought a line (from 1) of a file; None where git cannot tell."""
    answer = repo.past.ask("blame", "--porcelain", f"-L{number},{number}", tip, "--", path)
    return Oid(answer.text[:40]) if answer.code == 0 and answer.text else None


def versions_of(repo: Repository, tip: Oid, path: str, *, since: datetime) -> tuple[tuple[Oid, Oid | None], ...]:
    """Return the commits that changed a file *on* a branch since a time, the newest first, each with what it then was.

    None is a file that was deleted, or replaced by something else.
    """
    line = rev_list(repo, tip, first_parents=True, since=int(since.timestamp()), paths=(path,))
    changed = (oid for oid in line if touches(repo, oid, (path,)))
    entries = ((oid, file_at(repo, oid, path)) for oid in changed)
    return tuple((oid, entry.oid if entry is not None and entry.is_file else None) for oid, entry in entries)


def changes_of(repo: Repository, tip: Oid, path: str, *, since: datetime) -> tuple[Oid, ...]:
    """Return the commits since a time that changed a file, wherever they came from, the newest first; no merges."""
    found = rev_list(repo, tip, since=int(since.timestamp()), paths=(path,))
    return tuple(oid for oid in found if len(parents(repo, oid)) < 2 and touches(repo, oid, (path,)))


def parents(repo: Repository, commit: Oid) -> tuple[Oid, ...]:
    """Return the parents of a commit."""
    known = repo.graph.parents_of(commit) if repo.graph is not None else None
    return known if known is not None else commit_at(repo, commit).parents


def author_time(repo: Repository, commit: Oid) -> datetime:
    """Return when a commit was written by its author, with its UTC offset (a pick keeps it)."""
    return commit_at(repo, commit).author.when


def committer_name(repo: Repository, commit: Oid) -> str:
    """Return the name of who committed a commit; what is no text in it is replaced."""
    return commit_at(repo, commit).committer.shown_name


def author_name(repo: Repository, commit: Oid) -> str:
    """Return the name of a commit's author, likewise."""
    return commit_at(repo, commit).author.shown_name


def tag_time(repo: Repository, tag: Oid) -> datetime | None:
    """Return when an annotated tag was made; None for a lightweight one, and where it is not here."""
    found = commit_or_tag(repo, tag) if has_object(repo, tag) else None
    return found.tagger.when if isinstance(found, Tag) and found.tagger is not None else None


@found_once
def message(repo: Repository, commit: Oid) -> str:
    """Return a commit's whole message without its last newlines, whatever its encoding, as ``git log`` decodes it."""
    found = commit_at(repo, commit)
    return decode_message(found.message, found.encoding).rstrip("\n")


def touches(repo: Repository, oid: Oid, paths: Iterable[str]) -> bool:
    """Return whether one of these paths is not as in the first parent of a commit."""
    known = repo.files.changes_of(oid) if repo.files is not None else None
    if known is not None:
        return any(path in known for path in paths)
    commit = commit_at(repo, oid)
    before = commit_at(repo, commit.parents[0]).tree if commit.parents else EMPTY_TREE
    return any(entry_at(repo, commit.tree, path) != entry_at(repo, before, path) for path in paths)
