"""Is this fix in that branch? A verdict with its evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from git_hotfix.errors import HotfixError
from git_hotfix.git.history import history_is_cut, is_ancestor, merge_bases
from git_hotfix.git.merging import Conflicted, Merged, MergeResult, merge_commits, merge_three
from git_hotfix.git.trees import RecordPaths, tree_of, without_paths
from git_hotfix.hotfix import Oid, Verdict

if TYPE_CHECKING:
    from git_hotfix.git.repository import Repository

_SHOWN_PATHS = 3


class Containment(Struct, frozen=True):
    """Whether a fix is in a branch, and one sentence about why this is known."""

    verdict: Verdict
    evidence: str


def verdict_of(repo: Repository, fork: Oid, tip: Oid, target_tip: Oid, record: RecordPaths) -> Containment:
    """Return whether the fix from ``fork`` to ``tip`` is in the branch whose tip is ``target_tip``.

    PRESENT when ``tip`` is reachable from there, or when merging the fix there, record paths left out, would
    change nothing: the signal that gave no false "yes" for picked, squashed and rebased fixes. CONFLICT when that
    merge conflicts, PENDING when it would change something. UNKNOWN when an object is missing or the answer may
    lie below the cut of a shallow history; never an error.
    """
    for oid in (fork, tip, target_tip):
        if oid not in repo.handle:
            return Containment(Verdict.UNKNOWN, f"The commit {_short(oid)} is not in this repository.")
    try:
        if is_ancestor(repo, tip, target_tip):
            return Containment(Verdict.PRESENT, f"The tip {_short(tip)} is reachable from {_short(target_tip)}.")
        result, own = _merged_without_record(repo, fork, tip, target_tip, record)
        if result == Merged(own):
            return Containment(Verdict.PRESENT, f"Merging the fix into {_short(target_tip)} would change nothing.")
        if history_is_cut(repo) and _may_be_below_the_cut(repo, tip, target_tip):
            return Containment(Verdict.UNKNOWN, f"The history of {_short(target_tip)} is cut off (shallow).")
    except HotfixError as error:
        return Containment(Verdict.UNKNOWN, str(error))
    verdict = Verdict.CONFLICT if isinstance(result, Conflicted) else Verdict.PENDING
    return Containment(verdict, _difference(result, tip, target_tip))


def carries_only_the_fix(repo: Repository, fork: Oid, target_tip: Oid, record: RecordPaths) -> bool:
    """Return whether a merge of the hotfix branch into the target would bring the fix and nothing else.

    That is so where merging the fork point alone would change nothing besides reports. "The target contains the
    fork point" would be too narrow: production's merge of the first hotfix never reaches develop. A changelog or
    backlog that production alone has changed counts: a merge would bring that along, or conflict in it.
    """
    if is_ancestor(repo, fork, target_tip):
        return True
    reports = tuple(file for file in record.files if file.startswith(f"{record.directory}/"))
    record = replace(record, files=reports, changelogs=None)
    own = without_paths(repo, tree_of(repo, target_tip), record)
    bases = merge_bases(repo, fork, target_tip)
    if len(bases) == 1:
        result, own = _merged_without_record(repo, bases[0], fork, target_tip, record)
        return result == Merged(own)
    if not bases:
        return False
    match merge_commits(repo, target_tip, fork):  # several bases: git merges those first
        case Merged(tree):
            return without_paths(repo, tree, record) == own
        case Conflicted():
            return False


def merge_brings(repo: Repository, fork: Oid, tip: Oid, target_tip: Oid, record: RecordPaths) -> bool:
    """Return whether git's merge of the hotfix branch into the target would bring the fix there as a pick does.

    It does not where the target has taken back an earlier merge of the same change: git then takes the change for one
    that the target has undone, merges cleanly and brings nothing (``revert-a-faulty-merge`` in git's documentation).
    Nor where the target has copies of commits that the fix is based on, and has gone on from there: for git both sides
    have changed these lines, so a merge conflicts where a pick is clean.
    """
    result, own = _merged_without_record(repo, fork, tip, target_tip, record)
    if not isinstance(result, Merged) or result.tree == own:
        return True
    bases = merge_bases(repo, tip, target_tip)
    if len(bases) == 1:
        merged, _ = _merged_without_record(repo, bases[0], tip, target_tip, record)
        return merged == result
    match merge_commits(repo, target_tip, tip):
        case Merged(tree):
            return without_paths(repo, tree, record) == result.tree
        case Conflicted(paths):
            return all(map(record.holds, paths))


def _merged_without_record(
    repo: Repository, fork: Oid, tip: Oid, target_tip: Oid, record: RecordPaths
) -> tuple[MergeResult, Oid]:
    """Merge the change from ``fork`` to ``tip`` into the target; return the result and the target's own tree.

    Record paths are left out of all of it: once the report was completed on the target, a merge would
    conflict on it for ever.
    """
    base, theirs, ours = (without_paths(repo, tree_of(repo, commit), record) for commit in (fork, tip, target_tip))
    return merge_three(repo, base, ours, theirs), ours


def _may_be_below_the_cut(repo: Repository, tip: Oid, target_tip: Oid) -> bool:
    """Return whether the target's history leaves the known part anywhere that is not also the tip's past.

    Where all its cut ends are ancestors of the tip, the tip cannot lie below them.
    """
    cut = set((repo.common_dir / "shallow").read_text().split())
    return not cut.isdisjoint(repo.past.run("rev-list", target_tip, f"^{tip}").text.split())


def _difference(result: MergeResult, tip: Oid, target_tip: Oid) -> str:
    absent = f"{_short(target_tip)} does not contain {_short(tip)}"
    match result:
        case Merged():
            return f"{absent}; merging the fix there would change it."
        case Conflicted(paths):
            more = len(paths) - _SHOWN_PATHS
            names = ", ".join(f"'{path}'" for path in paths[:_SHOWN_PATHS])
            where = f"{names} and {more} more" if more > 0 else names
            return f"{absent}; merging the fix there conflicts in {where}."


def _short(oid: Oid) -> str:
    return oid[:10]
