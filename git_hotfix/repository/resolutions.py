"""How a person resolved a conflict: kept as a commit, applied again when the branch has moved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from git_hotfix.hotfix import Oid, RefName
from git_hotfix.repository import trees
from git_hotfix.repository.merging import Merged, MergeResult, merge_commits, merge_three, pick
from git_hotfix.repository.objects import has_object
from git_hotfix.repository.provenance import parents

if TYPE_CHECKING:
    from collections.abc import Mapping

    from git_hotfix.hotfix import HotfixId
    from git_hotfix.repository.opening import Repository
    from git_hotfix.repository.trees import RecordPaths

PREFIX = "refs/hotfix/resolved/"


@dataclass(frozen=True, slots=True)
class Resolutions:
    """The resolutions of one hotfix that are here: which source was merged or picked into which branch, and how."""

    hotfix: HotfixId
    refs: Mapping[RefName, Oid]

    def of(self, branch: str, source: Oid) -> Oid | None:
        """Give the resolution's commit (parents: onto, source) for a branch; None when there is none."""
        return self.refs.get(resolution_ref(self.hotfix, branch, source))

    def all(self) -> tuple[RefName, ...]:
        """Give the refs of all of them."""
        return tuple(ref for ref in self.refs if ref.startswith(f"{PREFIX}{self.hotfix}/"))


def resolution_ref(hotfix: HotfixId, branch: str, source: Oid) -> RefName:
    """Give the ref of a resolution."""
    return RefName(f"{PREFIX}{hotfix}/{source}/{branch}")


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


def _reapplied(repository: Repository, resolution: Oid | None, onto: Oid, conflict: MergeResult) -> MergeResult:
    """Give the resolved tree, or what it makes of a branch that has moved since; else the conflict as it is."""
    if resolution is None or not has_object(repository, resolution):
        return conflict
    before = parents(repository, resolution)[0]
    resolved = trees.tree_of(repository, resolution)
    return merge_three(repository, trees.tree_of(repository, before), trees.tree_of(repository, onto), resolved)
