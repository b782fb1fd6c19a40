"""The changelog in a merge or pick of the fix: where the fix itself wrote into it, that is applied again, not merged.

So is the row that a fix which lands again has in the report of the first one.

A merge that conflicts in nothing else resolves itself; one that is clean may still have filed the entry under a
version that the target has released meanwhile.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from git_hotfix.git import history, trees
from git_hotfix.git.merging import Conflicted, Merged, MergeResult, merge_three
from git_hotfix.record.changelog import refile_entry
from git_hotfix.record.manual_entry import inserted_text, readd_text
from git_hotfix.record.markdown import names_hotfix
from git_hotfix.record.splice import AlreadyThere, Inserted
from git_hotfix.record.timeline import rows_alone
from git_hotfix.record.words import words_of
from git_hotfix.workflow.ledgers import entry_of

if TYPE_CHECKING:
    from git_hotfix.git.repository import Repository
    from git_hotfix.hotfix import Oid
    from git_hotfix.workflow.situation import Situation


class Checked(NamedTuple):
    """A merge whose changelog was looked at, and what a person should know of it."""

    result: MergeResult
    warnings: tuple[str, ...] = ()


def merged_documents(
    repository: Repository, situation: Situation, onto: Oid, source: Oid, result: MergeResult
) -> Checked:
    """Return what a merge comes to when the changelog is applied again instead of merged; warnings do not name onto."""
    match result:
        case Conflicted(paths):
            return Checked(_applied_again(repository, situation, onto, source, paths) or result)
        case Merged(tree):
            return _filed(repository, situation, trees.tree_of(repository, onto), tree)


def picked_documents(
    repository: Repository, situation: Situation, commit: Oid, tree: Oid
) -> tuple[Oid, tuple[str, ...]]:
    """Return the tree of a pick with what its commit wrote into the changelog: picks leave that file out."""
    parent = history.first_parent(repository, commit)
    if parent is None:
        return tree, ()
    warnings = []
    for path in situation.config.documents.changelogs:
        before, after = (trees.read_file(repository, each, path) or b"" for each in (parent, commit))
        there = trees.read_file(repository, tree, path)
        if before == after or there is None:
            continue
        text = inserted_text(before, after)
        edit = readd_text(there, text, _section(situation)) if text is not None else None
        if isinstance(edit, Inserted):
            tree = trees.with_file(repository, tree, path, edit.content)
        elif not isinstance(edit, AlreadyThere):
            warnings.append(f"what {commit[:12]} changed in '{path}' is left out of the pick.")
    return tree, tuple(warnings)


def _section(situation: Situation) -> str:
    return "Fixed" if situation.report is None else entry_of(situation, situation.report, "").section


def _applied_again(
    repository: Repository, situation: Situation, onto: Oid, source: Oid, paths: tuple[str, ...]
) -> MergeResult | None:
    """Merge all but these files, and put into them what the fix wrote there; None where that is not so simple."""
    bases = history.merge_bases(repository, onto, source)
    if len(bases) != 1:
        return None
    theirs = trees.tree_of(repository, source)
    again: dict[str, bytes] = {}
    for path in paths:
        before, after, there = (trees.read_file(repository, each, path) for each in (bases[0], source, onto))
        if before is None or after is None or there is None:
            return None
        content = _written_again(situation, path, before, after, there)
        if content is None:
            return None
        again[path] = content
        theirs = trees.with_file(repository, theirs, path, before)
    merged = merge_three(repository, trees.tree_of(repository, bases[0]), trees.tree_of(repository, onto), theirs)
    if isinstance(merged, Conflicted):
        return None
    tree = merged.tree
    for path, content in again.items():
        tree = trees.with_file(repository, tree, path, content)
    return Merged(tree)


def _written_again(situation: Situation, path: str, before: bytes, after: bytes, there: bytes) -> bytes | None:
    """Return a target's file with what the fix wrote into it: an entry of the changelog, rows of an earlier report."""
    if path in situation.config.documents.changelogs:
        text = inserted_text(before, after)
        edit = readd_text(there, text, _section(situation)) if text is not None else None
        return edit.content if isinstance(edit, Inserted) else None
    if path.startswith(f"{situation.config.incident.directory}/"):
        return rows_alone(before, after, there, words_of(situation.config))  # of the hotfix that is landed again
    return None


def _filed(repository: Repository, situation: Situation, onto: Oid, tree: Oid) -> Checked:
    """Look where a clean merge has put the entry; ours is moved out of a released version, a person's is told."""
    warnings = []
    for path in situation.config.documents.changelogs:
        before, after = trees.read_file(repository, onto, path), trees.read_file(repository, tree, path)
        if before is None or after is None or before == after:
            continue
        text = inserted_text(before, after)
        place = readd_text(after, text, _section(situation)) if text is not None else None
        if text is None or not isinstance(place, AlreadyThere):
            continue
        if not place.is_released:
            applied = readd_text(before, text, _section(situation))
            if isinstance(applied, Inserted) and len(applied.content) < len(after):  # a heading that was there already
                tree = trees.with_file(repository, tree, path, applied.content)
            continue
        moved = None
        if situation.report is not None and names_hotfix(text.decode(errors="replace"), situation.hotfix):
            moved = refile_entry(after, entry_of(situation, situation.report, path))
        if isinstance(moved, Inserted):
            tree = trees.with_file(repository, tree, path, moved.content)
        else:
            warnings.append(
                f"the merge filed the entry in '{path}' under '{place.heading}', which is released (line {place.line})."
            )
    return Checked(Merged(tree), tuple(warnings))
