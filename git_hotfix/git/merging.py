"""Merges and picks in memory: no index, no file, no ref is touched. A conflict is a value, not an error."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from msgspec import Struct

from git_hotfix.errors import command, refused
from git_hotfix.git.effects import difference_of
from git_hotfix.git.history import merge_bases
from git_hotfix.git.objects import (
    A_COMMIT,
    FOLDER,
    Entry,
    MissingObject,
    entries_of,
    write_object,
    write_tree,
)
from git_hotfix.git.past import found_once
from git_hotfix.git.program import GitFailed
from git_hotfix.git.trees import RecordPaths, changed_paths, without_paths
from git_hotfix.hotfix import Oid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from git_hotfix.git.effects import Difference
    from git_hotfix.git.repository import Repository


class Merged(Struct, frozen=True):
    """A clean merge and its tree."""

    tree: Oid


class Conflicted(Struct, frozen=True):
    """A merge that a person has to resolve, and the paths in conflict."""

    paths: tuple[str, ...]


MergeResult = Merged | Conflicted


def merge_commits(repo: Repository, ours: Oid, theirs: Oid) -> MergeResult:
    """Return what ``git merge`` of the commit ``theirs`` into ``ours`` would make.

    git decides: it finds the merge bases with its commit-graph (libgit2 cannot), follows renames and asks the
    merge drivers, in one process of 3 to 5 ms, asked once in a run. Histories without a common commit are refused.
    """
    answer = repo.past.ask("merge-tree", "--write-tree", "-z", "--name-only", "--no-messages", ours, theirs)
    match answer.code:
        case 0:
            return Merged(Oid(answer.records[0]))
        case 1 if answer.records:  # git 2.39 exits 1 for a missing commit too, but writes no tree then
            return Conflicted(_from_top(repo, answer.records[1:]))
        case _:
            if merge_bases(repo, ours, theirs):  # itself an error where one of them is missing
                raise GitFailed(("merge-tree",), answer)
            raise refused(
                "unrelated-histories",
                f"The commits '{ours}' and '{theirs}' have no common history.",
                command("git", "fetch", "--unshallow")
                if repo.is_shallow
                else command("git", "merge-base", ours, theirs),
            )


def left_in_conflict(repo: Repository, ours: Oid, theirs: Oid) -> Oid:
    """Return the tree that git leaves where a merge conflicts: merged, but for the paths in conflict."""
    arguments = ("--write-tree", "-z", "--name-only", "--no-messages", ours, theirs)
    return Oid(repo.past.ask("merge-tree", *arguments).records[0])


def _from_top(repo: Repository, names: Sequence[str]) -> tuple[str, ...]:
    """Return paths from the top of the tree: git names them from the folder in which it was asked (``../src/a.py``)."""
    here = repo.git.directory.resolve()
    if repo.top is None or not here.is_relative_to(repo.top.resolve()):
        return tuple(names)
    below = here.relative_to(repo.top.resolve()).as_posix()
    return tuple(posixpath.normpath(posixpath.join(below, name)) for name in names)


@found_once
def merge_three(repo: Repository, base_tree: Oid, ours_tree: Oid, theirs_tree: Oid) -> MergeResult:
    """Return what git makes of the change from ``base_tree`` to ``theirs_tree`` on ``ours_tree``.

    A change that certainly needs no merging is grafted here (under 1 ms, at any number of files); everything
    else is git's to decide, by a merge of throwaway commits, since ``merge-tree --merge-base`` needs git
    2.40.
    """
    if theirs_tree in (base_tree, ours_tree):
        return Merged(ours_tree)
    if ours_tree == base_tree:
        return Merged(theirs_tree)
    try:
        return Merged(_grafted(repo, base_tree, ours_tree, theirs_tree))
    except (_NotCertainError, MissingObject):  # git can fetch a missing object in a partial clone
        base = throwaway_commit(repo, base_tree)
        ours, theirs = (throwaway_commit(repo, tree, base) for tree in (ours_tree, theirs_tree))
        return merge_commits(repo, ours, theirs)


def pick(repo: Repository, commit: Oid, onto_tree: Oid, record: RecordPaths) -> MergeResult:
    """Return what ``git cherry-pick`` of a commit (a merge: ``-m 1``) makes of a tree; record paths stay there."""
    return _applied(repo, difference_of(repo, commit), onto_tree, record)


def unpick(repo: Repository, commit: Oid, onto_tree: Oid, record: RecordPaths) -> MergeResult:
    """Return what ``git revert`` of a commit (a merge: ``-m 1``) makes of a tree; record paths stay there.

    git's own revert of a production merge would delete the incident report with the fix.
    """
    return _applied(repo, difference_of(repo, commit).reversed, onto_tree, record)


def _applied(repo: Repository, change: Difference, onto_tree: Oid, record: RecordPaths) -> MergeResult:
    before, after = (without_paths(repo, tree, record, like=onto_tree) for tree in change)
    return merge_three(repo, before, onto_tree, after)


def change_to_lay_out(repo: Repository, commit: Oid, onto_tree: Oid, record: RecordPaths) -> Oid:
    """Return a commit whose cherry-pick by git is what ``pick`` makes: a stand-in for one that changes the record."""
    change = difference_of(repo, commit)
    if not any(map(record.holds, changed_paths(repo, *change))):
        return commit
    before, after = (without_paths(repo, tree, record, like=onto_tree) for tree in change)
    return throwaway_commit(repo, after, throwaway_commit(repo, before), message=f"what {commit[:7]} changed")


class _NotCertainError(Exception):
    """Only git knows what this merge gives."""


def _grafted(repo: Repository, base: Oid | None, ours: Oid | None, theirs: Oid) -> Oid:
    """Return the folder ``ours`` with the change from ``base`` to ``theirs``, reading only what it touches.

    Certain is: a regular file of one mode on all three sides that ours did not change (or changed likewise),
    and a new file in a folder that ours still has or the base had not either. The change deletes nothing, so
    it renames nothing; a file that is everywhere is no rename of ours; a folder that is still there was not
    renamed by ours (git's Documentation/technical/directory-rename-detection.txt; the top never is). No file
    is changed on both sides, so no merge driver would run. Two changes to one file are git's to merge: its
    default diff algorithm is not libgit2's.
    """
    before = entries_of(repo, base) if base else {}
    result = dict(entries_of(repo, ours)) if ours else {}
    after = entries_of(repo, theirs)
    if before.keys() - after.keys():
        raise _NotCertainError
    for name, new in after.items():
        old, own = before.get(name), result.get(name)
        if new == old:
            continue
        if new.mode == FOLDER:
            result[name] = Entry(FOLDER, _grafted_folder(repo, old, own, new))
        elif _is_certain(old, own, new):
            result[name] = new
        else:
            raise _NotCertainError
    return write_tree(repo, result)


def _grafted_folder(repo: Repository, old: Entry | None, own: Entry | None, new: Entry) -> Oid:
    is_gone = old is not None and own is None
    if is_gone or any(entry is not None and entry.mode != FOLDER for entry in (old, own)):
        raise _NotCertainError
    return _grafted(repo, old.oid if old else None, own.oid if own else None, new.oid)


def _is_certain(old: Entry | None, own: Entry | None, new: Entry) -> bool:
    if not new.is_file:
        return False
    if old is None:
        return own is None
    return own is not None and old.mode == own.mode == new.mode and own.oid in (old.oid, new.oid)


def throwaway_commit(repo: Repository, tree: Oid, *parents: Oid, message: str = "") -> Oid:
    """Make a commit that no ref will hold; equal trees, parents and message make the same one: no litter."""
    lines = [f"tree {tree}", *(f"parent {parent}" for parent in parents)]
    lines += [f"{role} git-hotfix <> 0 +0000" for role in ("author", "committer")]
    raw = "\n".join((*lines, "", f"{message}\n" if message else "")).encode("utf-8", "replace")
    return write_object(repo, A_COMMIT, raw)
