"""Is this fix in that branch? A verdict with its evidence."""

from __future__ import annotations

from enum import IntEnum
from itertools import islice
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from git_hotfix.errors import HotfixError
from git_hotfix.git.effects import is_put_back, renamed
from git_hotfix.git.graph import rev_list
from git_hotfix.git.history import bringing_merge, first_parent, fix_changes, fix_commits, is_ancestor, merge_bases
from git_hotfix.git.merging import Conflicted, Merged, MergeResult, merge_commits, merge_three
from git_hotfix.git.objects import commit_at, has_object
from git_hotfix.git.past import found_once
from git_hotfix.git.provenance import is_on_line, touches
from git_hotfix.git.trees import RecordPaths, file_at, tree_of, without_paths
from git_hotfix.hotfix import Oid, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from git_hotfix.git.repository import Repository

_SHOWN_PATHS = 3

_MOST_STATES = 40
"""How many states of a branch are merged with the fix until it is told whether it is still there."""

_MOST_BASES = 20
"""With more best common ancestors of two lines than this, git's merge, which merges those first, is not tried."""

_MOST_COMMITS = 200
"""Of a fix that has more commits than this it is not told which of them a branch has, only that it lacks the fix."""


class Effect(IntEnum):
    """What merging a fix would do; of several files the last of these counts."""

    NOTHING = 0
    CHANGE = 1
    CONFLICT = 2


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
    for picked, squashed and rebased fixes. Else the states of the branch tell what became of a fix that was there once,
    however it came: REVERTED when its change is undone since, MODIFIED when others have built on it. ``arrival`` (on
    the first-parent line) says that it brought the fix, or ``tip`` is reachable: MODIFIED where a person has adapted it
    on the way, DROPPED where the commit left it out. NOT_APPLICABLE where what it changes never existed, PARTIAL where
    some of its commits are there. Else CONFLICT when that merge conflicts, PENDING when it would change something.
    UNKNOWN when an object is missing or the answer may lie below the cut of a shallow history; never an error.
    """
    for oid in (fork, tip, target_tip):
        if not has_object(repo, oid):
            return Containment(Verdict.UNKNOWN, f"commit {_short(oid)} is not in this repository")
    try:
        if is_there(repo, fork, tip, target_tip, record):
            why = "already has every change of the fix"
            if arrival is None and bringing_merge(repo, target_tip, tip) is not None:
                why = f"contains the fix ({_short(tip)})"
            return Containment(Verdict.PRESENT, why)
        if (became := _what_became(repo, fork, tip, target_tip, record, arrival)) is not None:
            return became
        if repo.is_shallow and _may_be_below_the_cut(repo, tip, target_tip):
            return Containment(Verdict.UNKNOWN, "its history is cut off (shallow clone)")
        result, _ = _merged_without_record(repo, fork, tip, target_tip, record)
        if isinstance(result, Conflicted) and (never := _never_there(repo, fork, tip, target_tip, record)) is not None:
            return never
        commits = fix_commits(repo, fork, tip, record)
        commits = commits if len(commits) <= _MOST_COMMITS else ()
        lacking = [_short(oid) for oid in commits if not is_there_by_itself(repo, oid, target_tip, record)]
    except HotfixError as error:
        return Containment(Verdict.UNKNOWN, str(error).rstrip("."))
    if 0 < len(lacking) < len(commits):
        has = f"{len(commits) - len(lacking)} of {len(commits)} commits"
        return Containment(Verdict.PARTIAL, f"has {has} of the fix, not {', '.join(lacking)}")
    verdict = Verdict.CONFLICT if isinstance(result, Conflicted) else Verdict.PENDING
    return Containment(verdict, _difference(result))


def is_there(repo: Repository, fork: Oid, tip: Oid, at: Oid, record: RecordPaths) -> bool:
    """Return whether merging the fix into a commit, record paths left out, would change nothing."""
    return effect_of(repo, fork, tip, at, record) is Effect.NOTHING


def effect_of(repo: Repository, fork: Oid, tip: Oid, at: Oid, record: RecordPaths) -> Effect:
    """Return what merging the fix into a commit would do.

    Where several hotfixes are looked at that is foreseen, if it is certain, and not asked of git for each.
    """
    if repo.graph is not None or repo.common_past is not None:
        from git_hotfix.git.foreseen import foreseen  # noqa: PLC0415  # not for one hotfix

        if (found := foreseen(repo, fork, tip, at, record)) is not None:
            return found
    result, own = _merged_without_record(repo, fork, tip, at, record)
    if isinstance(result, Conflicted):
        return Effect.CONFLICT
    return Effect.NOTHING if result.tree == own else Effect.CHANGE


def is_there_by_itself(repo: Repository, commit: Oid, at: Oid, record: RecordPaths) -> bool:
    """Return the same of what one commit changes."""
    parent = first_parent(repo, commit)
    return parent is not None and is_there(repo, parent, commit, at, record)


def brings_just(repo: Repository, fork: Oid, tip: Oid, before: Oid, after: Oid, record: RecordPaths) -> bool:
    """Return whether what lies between two commits of a branch is the fix and nothing else, record paths left out."""
    result, _ = _merged_without_record(repo, fork, tip, before, record)
    return result == Merged(without_paths(repo, tree_of(repo, after), record))


@found_once
def is_there_since(repo: Repository, fork: Oid, tip: Oid, target_tip: Oid, record: RecordPaths, back: Oid) -> bool:
    """Return whether a fix that ``back`` took out of a branch is there again, by the newest commit that can tell.

    A merge may have landed it with more changes of the same lines: then what it merged can tell.
    """
    for commit in _states(repo, target_tip, back, tuple(each.path for each in fix_changes(repo, fork, tip, record))):
        if commit == back:
            break
        result, own = _merged_without_record(repo, fork, tip, commit, record)
        if isinstance(result, Merged):
            return result.tree == own
        landed = (oid for oid in commit_at(repo, commit).parents[1:] if is_ancestor(repo, back, oid))
        if any(is_there_since(repo, fork, tip, oid, record, back) for oid in landed):
            return True
    return False


def _what_became(
    repo: Repository, fork: Oid, tip: Oid, target_tip: Oid, record: RecordPaths, arrival: Oid | None
) -> Containment | None:
    """Return what became of a fix that is not in a branch as it is; None where it never was, as far as can be seen.

    The newest state of the branch in which merging the fix would change nothing had it; without a commit that brought
    it only what is newer than the fix can. Of the states since, one in which that merge conflicts says nothing, others
    have built on the same lines, unless its commit puts back what the fix had removed, or a file as it was; one in
    which it is clean and would change something does: the change is undone, or part of it.
    """
    brought = bringing_merge(repo, target_tip, tip) if arrival is None else arrival
    fix = fix_changes(repo, fork, tip, record)
    paths = tuple(each.path for each in fix)
    since: list[Oid] = []
    undone: Oid | None = None
    began = min((commit_at(repo, oid).seconds for oid in fix_commits(repo, fork, tip, record)), default=0)
    for commit in _states(repo, target_tip, brought or tip, paths):
        if brought is None and commit_at(repo, commit).seconds <= began:
            break
        effect = effect_of(repo, fork, tip, commit, record)
        if effect is Effect.NOTHING:
            if (undone := undone or next((oid for oid in since if is_put_back(repo, fix, oid)), None)) is None:
                return Containment(Verdict.MODIFIED, f"arrived with {_short(commit)}, changed since")
            return Containment(Verdict.REVERTED, f"undone by {_short(undone)}", undone)
        since.append(commit)
        is_as_before = any(each.old and each.new and file_at(repo, commit, each.path) == each.old for each in fix)
        undone = commit if effect is Effect.CHANGE or is_as_before else undone
    if brought is None:
        return None
    if undone is not None or (arrival is None and not touches(repo, brought, paths)):
        return Containment(Verdict.DROPPED, f"{_short(brought)} left out changes of the fix")
    return Containment(Verdict.MODIFIED, f"arrived with {_short(brought)}, adapted")


def _states(repo: Repository, tip: Oid, start: Oid, paths: tuple[str, ...]) -> Iterator[Oid]:
    """Return the commits on the first-parent line of a branch that change these paths, newest first.

    The tip comes first, whatever it changes, and last, where the line runs through it, the commit where it ends.
    """
    yield tip
    end = (start,) if is_on_line(repo, start, tip) else ()
    line = (*rev_list(repo, tip, without=start, first_parents=True, paths=paths), *end)
    wanted = (oid for oid in line if oid != tip and (oid == start or touches(repo, oid, paths)))
    yield from islice(wanted, _MOST_STATES)


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
    if not 1 < len(bases) <= _MOST_BASES:
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
    if len(bases) > _MOST_BASES:
        return False
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
    ours = without_paths(repo, tree_of(repo, target_tip), record)
    fix = fix_changes(repo, fork, tip, record)
    if all(file_at(repo, target_tip, change.path) == change.new for change in fix):
        return Merged(ours), ours
    base, theirs = (without_paths(repo, tree_of(repo, commit), record) for commit in (fork, tip))
    return merge_three(repo, base, ours, theirs), ours


def _never_there(repo: Repository, fork: Oid, tip: Oid, target_tip: Oid, record: RecordPaths) -> Containment | None:
    """Return that no file that the fix changes is in a branch, nor was where its line and the fix's parted.

    Under another name it is the same file, where git takes it for one: then, and where one is there, None.
    """
    changed = {change.path for change in fix_changes(repo, fork, tip, record) if change.old is not None}
    lines = (target_tip, *merge_bases(repo, fork, target_tip))
    if not changed or any(file_at(repo, commit, path) is not None for commit in lines for path in changed):
        return None
    renames = [renamed(repo, tree_of(repo, fork), tree_of(repo, commit)) for commit in lines]
    if any(not changed.isdisjoint(each or ()) for each in renames):
        return None
    if None in renames:
        why = "the files of the fix may have other names there; this cannot be determined"
        return Containment(Verdict.UNKNOWN, why)
    return Containment(Verdict.NOT_APPLICABLE, "what the fix changes was never there")


def _may_be_below_the_cut(repo: Repository, tip: Oid, target_tip: Oid) -> bool:
    """Return whether the target's history leaves the known part anywhere that is not also the tip's past.

    Where all its cut ends are ancestors of the tip, the tip cannot lie below them.
    """
    return not repo.cut.isdisjoint(repo.past.run("rev-list", target_tip, f"^{tip}").text.split())


def _difference(result: MergeResult) -> str:
    match result:
        case Merged():
            return "not backported yet"
        case Conflicted(paths):
            more = len(paths) - _SHOWN_PATHS
            names = ", ".join(f"'{path}'" for path in paths[:_SHOWN_PATHS])
            where = f"{names} and {more} more" if more > 0 else names
            return f"conflicts in {where}"


def _short(oid: Oid) -> str:
    return oid[:7]
