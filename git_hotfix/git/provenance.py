"""Where something came from: what messages name, the commit that added a file, what a tag stands on."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from git_hotfix.git.graph import Pasts, TooFar, first_parent_line, history_since
from git_hotfix.git.history import bringing_merge, is_ancestor, time_in
from git_hotfix.git.messages import decode_message, picked_from
from git_hotfix.git.objects import EMPTY_TREE, MissingObject, Tag, commit_at, commit_or_tag, stamp_in
from git_hotfix.git.trees import changed_names, entry_at
from git_hotfix.hotfix import Oid

if TYPE_CHECKING:
    from datetime import datetime

    from git_hotfix.git.repository import Repository


MOST_OF_A_BRANCH = 100
NOBODY = "nobody"
"""Who made a commit that names nobody."""


def commits_naming(repo: Repository, tip: Oid, text: str, *, since: datetime) -> tuple[Oid, ...]:
    """Return the commits in the history of ``tip`` whose message has this text, the newest first.

    History from before ``since`` is not read: every line of it ends at the first commit that is older.
    """
    start = int(since.timestamp())
    try:
        listed = list(history_since(repo, tip, start))
    except TooFar:
        options = ("--fixed-strings", f"--since={start}", f"--grep={text}")
        listed = [Oid(oid) for oid in repo.past.run("rev-list", *options, tip, "--").text.split()]
    return tuple(oid for oid in listed if text in message(repo, oid))


def newer_naming(repo: Repository, old: Oid, tip: Oid, text: str) -> tuple[Oid, ...]:
    """Return the commits of ``old..tip`` on the first-parent line of ``tip`` whose message has this text, newest first.

    What a message says proves nothing by itself: whoever asks looks at what the commit does.
    """
    found = (oid for oid in newer_on_line(repo, old, tip, naming=text) if text in message(repo, oid))
    return tuple(oid for oid in found if not is_ancestor(repo, oid, old))  # wrong dates deceive a range


def picks_of(repo: Repository, old: Oid, tip: Oid, commit: Oid) -> tuple[Oid, ...]:
    """Return the commits of ``old..tip`` on the first-parent line that say as git does that they picked a commit."""
    found = newer_naming(repo, old, tip, commit)
    return tuple(oid for oid in found if commit in picked_from(message(repo, oid)))


def first_own_commit(repo: Repository, base: Oid, tip: Oid) -> Oid | None:
    """Return the oldest commit on the first-parent line of ``tip`` that is not in the history of ``base``."""
    line = newer_on_line(repo, base, tip)
    return line[-1] if line else None


def newer_on_line(repo: Repository, old: Oid, tip: Oid, *, naming: str | None = None) -> tuple[Oid, ...]:
    """Return the commits of ``old..tip`` on the first-parent line of ``tip``, newest first.

    Where they are many, those whose message does not have the text ``naming`` may be left out.
    """
    try:
        new = Pasts(repo, old, tip).only_right()
        return tuple(oid for oid, _ in first_parent_line(repo, tip, lambda oid, _: oid in new))
    except TooFar:
        wanted = ("--fixed-strings", f"--grep={naming}") if naming is not None else ()
        listed = repo.past.run("rev-list", "--first-parent", *wanted, f"{old}..{tip}", "--").text
        return tuple(Oid(oid) for oid in listed.split())


def newest_on_line(repo: Repository, tip: Oid) -> tuple[Oid, ...]:
    """Return the newest commits on the first-parent line of ``tip``: more than a hotfix branch has."""
    try:
        return tuple(oid for oid, _ in islice(first_parent_line(repo, tip, lambda *_: True), MOST_OF_A_BRANCH))
    except TooFar:
        listed = repo.past.run("rev-list", "--first-parent", f"-{MOST_OF_A_BRANCH}", tip).text
        return tuple(Oid(oid) for oid in listed.split())


def is_on_line(repo: Repository, commit: Oid, tip: Oid) -> bool:
    """Return whether the first-parent line of ``tip`` runs through a commit."""
    return bringing_merge(repo, tip, commit) == commit


def first_with(repo: Repository, tip: Oid, path: str, *, since: datetime) -> Oid | None:
    """Return the commit on the first-parent line of ``tip`` that brought a file, which is there since then."""
    start = int(since.timestamp())
    if _lacks(repo, tip, path):
        return None
    try:
        line = [oid for oid, _ in first_parent_line(repo, tip, lambda _, commit: commit.seconds >= start)]
    except TooFar:
        options = ("--first-parent", f"--since={start}", tip, "--", f":(top,literal){path}")
        line = [Oid(oid) for oid in repo.past.run("rev-list", *options).text.split()]
    befores = ((oid, parents(repo, oid)) for oid in line if _touches(repo, oid, path))
    return next((oid for oid, above in befores if not above or _lacks(repo, above[0], path)), None)


def _lacks(repo: Repository, commit: Oid, path: str) -> bool:
    return entry_at(repo, commit_at(repo, commit).tree, path) is None


def commits_with_line(repo: Repository, old: Oid, tip: Oid, line: str) -> tuple[Oid, ...]:
    """Return the commits of ``old..tip``, on whichever line, that have this line in their message, newest first."""

    def found() -> tuple[Oid, ...]:
        try:
            pasts = Pasts(repo, old, tip)
            listed = list(reversed(pasts.parents_first(pasts.only_right(), tip)))
        except TooFar:
            options = ("--topo-order", "--fixed-strings", f"--grep={line}")
            listed = [Oid(oid) for oid in repo.past.run("rev-list", *options, f"{old}..{tip}", "--").text.split()]
        return tuple(oid for oid in listed if line in message(repo, oid).split("\n"))

    return repo.past.known(("with line", old, tip, line), found)


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
    start = int(since.timestamp())
    try:
        line = first_parent_line(repo, tip, lambda _, commit: commit.seconds >= start)
        changed = [oid for oid, _ in line if _touches(repo, oid, path)]
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
    return time_in(commit_at(repo, commit).written_by)


def committer_name(repo: Repository, commit: Oid) -> str:
    """Return the name of who committed a commit; what is no text in it is replaced."""
    found = commit_at(repo, commit)
    return decode_message(stamp_in(found.committed_by).name, found.encoding, errors="replace") or NOBODY


def author_name(repo: Repository, commit: Oid) -> str:
    """Return the name of a commit's author, likewise."""
    found = commit_at(repo, commit)
    return decode_message(stamp_in(found.written_by).name, found.encoding, errors="replace") or NOBODY


def makers(repo: Repository, commit: Oid) -> tuple[bytes, ...]:
    """Return who wrote a commit and who committed it, with their addresses, as it is written there."""
    found = commit_at(repo, commit)
    return tuple(stamp.rpartition(b">")[0] for stamp in (found.written_by, found.committed_by))


def tag_time(repo: Repository, tag: Oid) -> datetime | None:
    """Return when an annotated tag was made; None for a lightweight one, and where it is not here."""
    try:
        found = commit_or_tag(repo, tag)
    except MissingObject:
        return None
    return time_in(found.tagged_by) if isinstance(found, Tag) and found.tagged_by is not None else None


def message(repo: Repository, commit: Oid) -> str:
    """Return a commit's whole message without its last newlines, whatever its encoding, as ``git log`` decodes it."""

    def found() -> str:
        made = commit_at(repo, commit)
        return decode_message(made.message, made.encoding).rstrip("\n")

    return repo.past.known(("message", commit), found)


def _touches(repo: Repository, oid: Oid, path: str) -> bool:
    """Return whether a path is not as in the first parent; all names of its folder are compared once in a run."""
    folder, _, name = path.rpartition("/")

    def changed() -> frozenset[str]:
        commit = commit_at(repo, oid)
        before = commit_at(repo, commit.parents[0]).tree if commit.parents else EMPTY_TREE
        return changed_names(repo, before, commit.tree, folder)

    return name in repo.past.known(("changed names", oid, folder), changed)
