"""Is this fix in that branch? A verdict with its evidence."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from git_hotfix.errors import HotfixError
from git_hotfix.git.graph import TooFar, first_parent_line
from git_hotfix.git.history import bringing_merge, first_parent, history_is_cut, is_ancestor, merge_bases
from git_hotfix.git.merging import Conflicted, Merged, MergeResult, merge_commits, merge_three
from git_hotfix.git.objects import EMPTY_TREE, has_object
from git_hotfix.git.trees import RecordPaths, changed_paths, changes, entry_at, tree_of, without_paths
from git_hotfix.hotfix import Oid, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from git_hotfix.git.repository import Repository

_SHOWN_PATHS = 3

_MOST_STATES = 40
"""How many states of a branch are merged with the fix until it is told whether it is still there."""


class Containment(Struct, frozen=True):
    """Whether a fix is in a branch, and one sentence about why this is known."""

    verdict: Verdict
    evidence: str
    commit: Oid | None = None
    """What undid the fix there, where that is known."""


def verdict_of(
    repo: Repository, fork: Oid, tip: Oid, target_tip: Oid, record: RecordPaths, *, arrival: Oid | None = None
) -> Containment:
    """Return whether the fix from ``fork`` to ``tip`` is in the branch whose tip is ``target_tip``.

    PRESENT when merging the fix there, record paths left out, would change nothing: the signal that gave no false "yes"
    for picked, squashed and rebased fixes. Where the fix has come there (``arrival`` on the first-parent line brought
    it, or ``tip`` is reachable) that may be long ago: REVERTED when its change is undone there since, PRESENT when
    others have built on it. Else CONFLICT when that merge conflicts, PENDING when it would change something. UNKNOWN
    when an object is missing or the answer may lie below the cut of a shallow history; never an error.
    """
    for oid in (fork, tip, target_tip):
        if not has_object(repo, oid):
            return Containment(Verdict.UNKNOWN, f"The commit {_short(oid)} is not in this repository.")
    try:
        result, own = _merged_without_record(repo, fork, tip, target_tip, record)
        brought = bringing_merge(repo, target_tip, tip) if arrival is None else arrival
        if result == Merged(own):
            why = f"Merging the fix into {_short(target_tip)} would change nothing."
            if brought is not None and arrival is None:
                why = f"The tip {_short(tip)} is reachable from {_short(target_tip)}."
            return Containment(Verdict.PRESENT, why)
        if brought is not None:
            return _since_arrival(repo, fork, tip, target_tip, record, brought)
        if history_is_cut(repo) and _may_be_below_the_cut(repo, tip, target_tip):
            return Containment(Verdict.UNKNOWN, f"The history of {_short(target_tip)} is cut off (shallow).")
    except HotfixError as error:
        return Containment(Verdict.UNKNOWN, str(error))
    verdict = Verdict.CONFLICT if isinstance(result, Conflicted) else Verdict.PENDING
    return Containment(verdict, _difference(result, tip, target_tip))


def is_there(repo: Repository, fork: Oid, tip: Oid, at: Oid, record: RecordPaths) -> bool:
    """Return whether merging the fix into a commit, record paths left out, would change nothing."""
    result, own = _merged_without_record(repo, fork, tip, at, record)
    return result == Merged(own)


def is_there_since(repo: Repository, fork: Oid, tip: Oid, target_tip: Oid, record: RecordPaths, back: Oid) -> bool:
    """Return whether a fix that ``back`` took out of a branch is there again, by the newest commit that can tell."""
    before, after = (without_paths(repo, tree_of(repo, commit), record) for commit in (fork, tip))
    for commit in (target_tip, *_touching(repo, target_tip, back, changed_paths(repo, before, after))):
        if commit == back:
            break
        result, own = _merged_without_record(repo, fork, tip, commit, record)
        if isinstance(result, Merged):
            return result.tree == own
    return False


def _since_arrival(
    repo: Repository, fork: Oid, tip: Oid, target_tip: Oid, record: RecordPaths, arrival: Oid
) -> Containment:
    """Return what became of a fix that has come to a branch: the newest commit of which it can be told for certain.

    A merge of the fix that conflicts says nothing: others have built on the same lines. One that is clean and would
    change something does: its change is undone there, or part of it.
    """
    before, after = (without_paths(repo, tree_of(repo, commit), record) for commit in (fork, tip))
    undone: Oid | None = None
    for commit in (target_tip, *_touching(repo, target_tip, arrival, changed_paths(repo, before, after))):
        result, own = _merged_without_record(repo, fork, tip, commit, record)
        if isinstance(result, Merged) and result.tree != own:
            undone = commit
        elif undone is not None:
            return Containment(Verdict.REVERTED, f"What the fix changes was undone there by {_short(undone)}.", undone)
        elif isinstance(result, Merged):
            break
    if undone is not None:
        return Containment(Verdict.REVERTED, f"{_short(arrival)} did not bring all that the fix changes.")
    return Containment(Verdict.PRESENT, f"It came with {_short(arrival)} and was changed since, or on the way.")


def _touching(repo: Repository, tip: Oid, arrival: Oid, paths: tuple[str, ...]) -> Iterator[Oid]:
    """Return the commits on the first-parent line from ``tip`` to ``arrival`` that change one of these paths."""
    try:
        line = []
        for oid, _ in first_parent_line(repo, tip, lambda *_: True):
            line.append(oid)
            if oid == arrival:
                break
    except TooFar:
        literal = (f":(top,literal){path}" for path in paths)
        listed = repo.past.run("rev-list", "--first-parent", f"{arrival}..{tip}", "--", *literal).text.split()
        line = [*(Oid(oid) for oid in listed), arrival]
    return islice((oid for oid in line if _touches(repo, oid, paths)), _MOST_STATES)


def _touches(repo: Repository, commit: Oid, paths: tuple[str, ...]) -> bool:
    parent = first_parent(repo, commit)
    before = tree_of(repo, parent) if parent else EMPTY_TREE
    return any(entry_at(repo, before, path) != entry_at(repo, tree_of(repo, commit), path) for path in paths)


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
    conflict on it for ever. Where every file of the change is as in ``tip``, there is nothing to merge.
    """
    base, theirs, ours = (without_paths(repo, tree_of(repo, commit), record) for commit in (fork, tip, target_tip))
    if all(entry_at(repo, ours, change.path) == change.new for change in changes(repo, base, theirs)):
        return Merged(ours), ours
    return merge_three(repo, base, ours, theirs), ours


def _may_be_below_the_cut(repo: Repository, tip: Oid, target_tip: Oid) -> bool:
    """Return whether the target's history leaves the known part anywhere that is not also the tip's past.

    Where all its cut ends are ancestors of the tip, the tip cannot lie below them.
    """
    return not repo.cut.isdisjoint(repo.past.run("rev-list", target_tip, f"^{tip}").text.split())


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
