"""How a person resolved a conflict: kept as a commit, applied again when the branch has moved."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct

from git_hotfix.git import trees
from git_hotfix.git.merging import (
    Conflicted,
    Merged,
    MergeResult,
    merge_commits,
    merge_three,
    pick,
    throwaway_commit,
)
from git_hotfix.git.objects import has_object
from git_hotfix.git.provenance import parents
from git_hotfix.hotfix import Oid, RefName

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from git_hotfix.git.repository import Repository
    from git_hotfix.git.trees import RecordPaths
    from git_hotfix.hotfix import HotfixId

PREFIX = "refs/hotfix/resolved/"
_BACK = "back-"
METHOD = "Hotfix-Method"
"""The trailer of a resolution: how the fix was being carried when it conflicted."""


class Resolutions(Struct, frozen=True):
    """The resolutions of one hotfix that are here: which source was merged or picked into which branch, and how."""

    hotfix: HotfixId
    refs: Mapping[RefName, Oid]

    def of(self, branch: str, source: Oid, *, is_rollback: bool = False) -> Oid | None:
        """Return the resolution's commit (parents: onto, source) for a branch; None when there is none."""
        return self.refs.get(resolution_ref(self.hotfix, branch, source, is_rollback=is_rollback))

    def for_branch(self, branch: str, *, is_rollback: bool = False) -> Oid | None:
        """Return a resolution of a conflict in which the fix was carried to a branch, or taken back there."""
        own = f"{PREFIX}{self.hotfix}/{_BACK if is_rollback else ''}"
        refs = self.all(is_rollback=is_rollback)
        return next((self.refs[ref] for ref in refs if ref.removeprefix(own).partition("/")[2] == branch), None)

    def all(self, *, is_rollback: bool | None = None) -> tuple[RefName, ...]:
        """Return the refs of all of them; only of those that bring the fix, or take it back, if that is said."""
        own, back = f"{PREFIX}{self.hotfix}/", f"{PREFIX}{self.hotfix}/{_BACK}"
        found = (ref for ref in self.refs if ref.startswith(own))
        return tuple(ref for ref in found if is_rollback is None or ref.startswith(back) == is_rollback)


class Brought(NamedTuple):
    """What a publication brought: the merge, and the trees before and after it."""

    source: Oid
    before: Oid
    after: Oid


class StuckBack(NamedTuple):
    """Taking back what ``source`` brought conflicts: ``change`` is a commit that git can revert on ``onto``."""

    onto: Oid
    source: Oid
    change: Oid
    paths: tuple[str, ...]


def resolution_ref(hotfix: HotfixId, branch: str, source: Oid, *, is_rollback: bool = False) -> RefName:
    """Return the ref of a resolution; the same merge may have been picked into a branch and be taken back there."""
    return RefName(f"{PREFIX}{hotfix}/{_BACK if is_rollback else ''}{source}/{branch}")


def merge_or_reapply(repository: Repository, known: Resolutions, branch: str, onto: Oid, source: Oid) -> MergeResult:
    """Merge ``source`` into ``onto``; a conflict that was resolved before is resolved the same way."""
    result = merge_commits(repository, onto, source)
    return result if isinstance(result, Merged) else _reapplied(repository, known.of(branch, source), onto, result)


def pick_or_reapply(
    repository: Repository, known: Resolutions, branch: str, onto: Oid, commit: Oid, record: RecordPaths
) -> MergeResult:
    """Pick ``commit`` onto ``onto``; a conflict that was resolved before is resolved the same way."""
    result = pick(repository, commit, trees.tree_of(repository, onto), record)
    return result if isinstance(result, Merged) else _reapplied(repository, known.of(branch, commit), onto, result)


def take_back(
    repository: Repository, known: Resolutions, branch: str, onto: Oid, brought: Iterable[Brought], record: RecordPaths
) -> Merged | StuckBack:
    """Take what was brought, newest first, back on the commit ``onto``; conflicts that were resolved before are again.

    Record paths stay as they are there: git's own revert of a production merge would delete the incident report.
    """
    tree = own = trees.tree_of(repository, onto)
    for each in brought:
        before = trees.without_paths(repository, each.before, record, like=tree)
        after = trees.without_paths(repository, each.after, record, like=tree)
        result = merge_three(repository, after, tree, before)
        if isinstance(result, Conflicted):
            resolution = known.of(branch, each.source, is_rollback=True)
            result = _reapplied(repository, resolution, tree, result)
        if isinstance(result, Conflicted):
            said = f"what {each.source[:7]} brought"
            change = throwaway_commit(repository, after, throwaway_commit(repository, before), message=said)
            at = onto if tree == own else throwaway_commit(repository, tree, onto, message="with later ones reverted")
            return StuckBack(at, each.source, change, result.paths)
        tree = result.tree
    return Merged(tree)


def _reapplied(repository: Repository, resolution: Oid | None, onto: Oid, conflict: MergeResult) -> MergeResult:
    """Return the resolved tree, or what it makes of a branch that has moved since; else the conflict as it is."""
    if resolution is None or not has_object(repository, resolution):
        return conflict
    before = parents(repository, resolution)[0]
    resolved = trees.tree_of(repository, resolution)
    return merge_three(repository, trees.tree_of(repository, before), trees.tree_of(repository, onto), resolved)
