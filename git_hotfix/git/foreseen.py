"""What merging a fix into a branch would do, file by file and without a process, where that is certain.

For questions about many fixes only: what is made or deleted is decided by git's own merge.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from git_hotfix.git.containment import Effect
from git_hotfix.git.effects import renamed
from git_hotfix.git.graph import rev_list
from git_hotfix.git.history import first_parent, fix_changes
from git_hotfix.git.objects import MissingObject, blob_id, content_of, is_small
from git_hotfix.git.past import found_once
from git_hotfix.git.provenance import touches
from git_hotfix.git.trees import file_at, tree_of

if TYPE_CHECKING:
    from git_hotfix.git.objects import Entry
    from git_hotfix.git.repository import Repository
    from git_hotfix.git.trees import Change, RecordPaths
    from git_hotfix.hotfix import Oid

_BINARY_BYTES = 8_000
"""Where git looks for a zero byte to tell that a file is binary (xdiff-interface.c)."""


def foreseen(repo: Repository, fork: Oid, tip: Oid, at: Oid, record: RecordPaths) -> Effect | None:
    """Return what merging a fix into a commit would do, record paths left out; None where git has to say.

    Where one file certainly conflicts, the others change nothing about that.
    """
    found, is_certain = Effect.NOTHING, True
    for change in fix_changes(repo, fork, tip, record):
        own = file_at(repo, at, change.path)
        effect = _of_file(repo, change, own)
        if effect is None and own is None and change.new is not None and _was_deleted(repo, at, change.path):
            effect = Effect.CHANGE if change.old is None else Effect.CONFLICT
        if effect is Effect.CONFLICT:
            return effect
        is_certain = is_certain and effect is not None
        found = max(found, effect or Effect.NOTHING)
    return found if is_certain else None


def _was_deleted(repo: Repository, at: Oid, path: str) -> bool:
    """Return whether a file that a branch lacks was deleted there, and not renamed.

    git would compare it with all that has come since: too long for many old fixes, and done for the tip of a branch
    alone.
    """
    if repo.graph is not None and repo.graph.is_tip(at):
        return False
    last = next(iter(rev_list(repo, at, first_parents=True, paths=(path,), most=1)), None)
    before = first_parent(repo, last) if last is not None and touches(repo, last, (path,)) else None
    if last is None or before is None:
        return False
    names = _renamed_by(repo, before, last)
    return names is not None and path not in names


@found_once
def _renamed_by(repo: Repository, before: Oid, commit: Oid) -> frozenset[str] | None:
    return renamed(repo, tree_of(repo, before), tree_of(repo, commit))


def _of_file(repo: Repository, change: Change, own: Entry | None) -> Effect | None:
    """Return what happens to one file: only a regular one that all sides have in one mode, or that the fix adds."""
    old, new = change.old, change.new
    if own == new:
        return Effect.NOTHING
    if old is None or new is None or own is None or not (old.is_file and old.mode == new.mode == own.mode):
        return None
    if own == old:
        return Effect.CHANGE
    return _of_texts(repo, change.path, old.oid, own.oid, new.oid)


@found_once
def _of_texts(repo: Repository, path: str, old: Oid, own: Oid, new: Oid) -> Effect | None:
    import pygit2  # noqa: PLC0415  # 75 ms: not for --help

    try:
        if _has_driver(repo, path) or not all(_is_text(repo, oid) for oid in (old, own, new)):
            return None
        base, ours, theirs = (
            pygit2.IndexEntry(path, pygit2.Oid(hex=oid), pygit2.enums.FileMode.BLOB) for oid in (old, own, new)
        )
        merged = repo.handle.merge_file_from_index(base, ours, theirs)
    except (UnicodeError, MissingObject, KeyError, ValueError, pygit2.GitError):
        return None
    if not merged.automergeable:
        return Effect.CONFLICT
    return Effect.NOTHING if blob_id(merged.contents.encode()) == own else Effect.CHANGE


@found_once
def _has_driver(repo: Repository, path: str) -> bool:
    return repo.handle.get_attr(path, "merge") is not None


@found_once
def _is_text(repo: Repository, oid: Oid) -> bool:
    return is_small(repo, oid) and b"\0" not in content_of(repo, oid)[:_BINARY_BYTES]
