"""Questions about commits: what contains what, which commits are the fix, what a message says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from git_hotfix import clock
from git_hotfix.git import trees
from git_hotfix.git.messages import subject_of, trailers_of, without_signature
from git_hotfix.git.objects import MissingObject
from git_hotfix.hotfix import Fix, Oid

if TYPE_CHECKING:
    from datetime import datetime

    import pygit2

    from git_hotfix.git.repository import Repository
    from git_hotfix.git.trees import RecordPaths


def history_is_cut(repo: Repository) -> bool:
    """Return whether history is shallow: then a "no" of ``is_ancestor`` and ``bringing_merge`` may be wrong.

    Below the cut git knows nothing, so what lies there is "not reachable"; a "yes" is always right.
    """
    return repo.is_shallow


def is_ancestor(repo: Repository, ancestor: Oid, descendant: Oid) -> bool:
    """Return whether ``ancestor`` is reachable from ``descendant`` (a commit is from itself).

    git answers: libgit2 cannot read commit-graphs and is 5 to 30 times slower on far questions.
    """
    if ancestor == descendant:
        return True
    return repo.past.look_up("merge-base", "--is-ancestor", ancestor, descendant) is not None


def merge_bases(repo: Repository, one: Oid, other: Oid) -> tuple[Oid, ...]:
    """Return the best common ancestors: several after criss-cross merges, none of unrelated histories."""
    found = repo.past.look_up("merge-base", "--all", one, other) or ""
    return tuple(Oid(line) for line in found.split())


def first_parent(repo: Repository, commit: Oid) -> Oid | None:
    """Return the first parent of a commit; None when it begins a history."""
    import pygit2  # noqa: PLC0415  # 75 ms: not for --help

    thing = repo.handle.get(commit)
    if not isinstance(thing, pygit2.Commit):
        raise MissingObject(commit)
    return Oid(str(thing.parent_ids[0])) if thing.parent_ids else None


def fix_commits(repo: Repository, fork: Oid, tip: Oid, record: RecordPaths) -> tuple[Oid, ...]:
    """Return the commits of ``fork..tip`` that carry the fix, parents before children.

    Left out are merges (what they bring is other commits' work), commits that touch only record paths, and
    empty ones: there is nothing in them to pick.
    """
    return tuple(Oid(str(commit.id)) for commit in _between(repo, fork, tip) if _carries_fix(repo, commit, record))


def has_merges(repo: Repository, fork: Oid, tip: Oid) -> bool:
    """Return whether a merge is in ``fork..tip``: then the fix cannot be picked commit by commit."""
    return any(len(commit.parent_ids) > 1 for commit in _between(repo, fork, tip))


def fix_of(repo: Repository, fork: Oid, tip: Oid, record: RecordPaths) -> Fix:
    """Return the fix between ``fork`` and ``tip``.

    Its identity is the id of the tip's tree without record paths. That is all that tests see: equal for the
    same content after a reworded, squashed or rebased commit and after a record commit, and wherever the
    branch forked; different as soon as one byte of code, the fix's own or merged into it, is different.
    """
    before = trees.without_paths(repo, trees.tree_of(repo, fork), record)
    after = trees.without_paths(repo, trees.tree_of(repo, tip), record)
    commits = _between(repo, fork, tip)
    added, deleted = trees.changed_lines(repo, before, after)
    return Fix(
        fork=fork,
        tip=tip,
        commits=tuple(Oid(str(commit.id)) for commit in commits if _carries_fix(repo, commit, record)),
        paths=trees.changed_paths(repo, before, after),
        added_lines=added,
        deleted_lines=deleted,
        has_merges=any(len(commit.parent_ids) > 1 for commit in commits),
        identity=after,
    )


def bringing_merge(repo: Repository, base_tip: Oid, tip: Oid) -> Oid | None:
    """Return the oldest commit on the first-parent line of ``base_tip`` that contains ``tip``.

    That is the merge that brought it, or ``tip`` itself where the line runs through it; None when ``tip`` is
    not reachable. One git process, however far the base went on: ``--ancestry-path`` names every commit
    between the two that contains ``tip``, and a line that lost it never had it before.
    """
    if base_tip == tip:
        return tip
    answer = repo.past.run("rev-list", "--ancestry-path", "--parents", f"{tip}..{base_tip}")
    first_parents = {line.split()[0]: line.split()[1] for line in answer.text.splitlines()}
    if base_tip not in first_parents:
        return None
    oldest = base_tip
    while (parent := Oid(first_parents[oldest])) in first_parents:
        oldest = parent
    return tip if parent == tip else oldest


def subject(repo: Repository, oid: Oid) -> str:
    """Return the subject of a commit's or annotated tag's message: its first paragraph on one line (``%s``)."""
    return subject_of(_message(repo, oid))


def trailers(repo: Repository, oid: Oid) -> tuple[tuple[str, str], ...]:
    """Return the trailers of a commit's or annotated tag's message, in order, as (key, value on one line)."""
    return trailers_of(_message(repo, oid))


def commit_time(repo: Repository, oid: Oid) -> datetime:
    """Return when a commit was committed or an annotated tag was made, with its UTC offset."""
    import pygit2  # noqa: PLC0415  # 75 ms: not for --help

    thing = _commit_or_tag(repo, oid)
    who = thing.tagger if isinstance(thing, pygit2.Tag) else thing.committer
    if who is None:  # tags of git before 0.99.1 name no tagger
        return commit_time(repo, Oid(str(thing.peel(pygit2.Commit).id)))
    return clock.from_epoch(who.time, who.offset)


def _between(repo: Repository, fork: Oid, tip: Oid) -> list[pygit2.Commit]:
    """Return the commits of ``fork..tip``, parents before children: near the tip, so libgit2 walks."""
    import pygit2  # noqa: PLC0415

    order = pygit2.enums.SortMode.TOPOLOGICAL | pygit2.enums.SortMode.REVERSE
    try:
        walker = repo.handle.walk(tip, order)
        walker.hide(fork)
        return list(walker)
    except (KeyError, pygit2.GitError) as error:
        gone = next((oid for oid in (fork, tip) if oid not in repo.handle), tip)
        raise MissingObject(gone) from error


def _carries_fix(repo: Repository, commit: pygit2.Commit, record: RecordPaths) -> bool:
    if len(commit.parent_ids) > 1:
        return False
    before = trees.tree_of(repo, Oid(str(commit.parent_ids[0]))) if commit.parent_ids else None
    touched = trees.changes(repo, before, Oid(str(commit.tree_id)))
    return any(not record.holds(change.path) for change in touched)


def _commit_or_tag(repo: Repository, oid: Oid) -> pygit2.Commit | pygit2.Tag:
    import pygit2  # noqa: PLC0415

    thing = repo.handle.get(oid)
    if not isinstance(thing, pygit2.Commit | pygit2.Tag):
        raise MissingObject(oid)
    return thing


def _message(repo: Repository, oid: Oid) -> str:
    import pygit2  # noqa: PLC0415

    thing = _commit_or_tag(repo, oid)
    if isinstance(thing, pygit2.Tag):
        return without_signature((thing.raw_message or b"").decode("utf-8", "replace"))
    try:
        return thing.raw_message.decode(thing.message_encoding or "utf-8", "replace")
    except LookupError:  # a commit may name any encoding
        return thing.raw_message.decode("utf-8", "replace")
