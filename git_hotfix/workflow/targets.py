"""The branches that must get a fix, and whether they have it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from git_hotfix.git import history, provenance, trees
from git_hotfix.git.containment import carries_only_the_fix, merge_brings, verdict_of
from git_hotfix.git.objects import has_object
from git_hotfix.git.world import target_tip
from git_hotfix.hotfix import BranchName, Method, Oid, Verdict, branch_ref
from git_hotfix.workflow.publications import ROLLBACK_OF

if TYPE_CHECKING:
    from git_hotfix.git.repository import Repository
    from git_hotfix.workflow.situation import Situation


class Target(Struct, frozen=True):
    """A branch that must get the fix. ``tip`` counts; ``method`` is how the fix would get there while it is pending."""

    branch: BranchName
    tip: Oid
    on_server: bool
    verdict: Verdict
    method: Method | None
    commit: Oid | None
    evidence: str
    keeps_the_fix: bool = False
    """Whether the fix is still there because taking it back conflicts; ``method`` and ``commit`` say how it came."""


def find_targets(repository: Repository, situation: Situation, record: trees.RecordPaths) -> tuple[Target, ...]:
    """Return every branch that must get the fix, with the verdict on it."""
    names: list[BranchName] = []
    if situation.roles.develop:
        names.append(situation.roles.develop)
    if situation.base != situation.roles.production:
        names.append(situation.roles.production)
    names += situation.roles.lines
    wanted = [name for name in dict.fromkeys(names) if name != situation.base]
    return tuple(target_at(repository, situation, name, target_tip(situation.world, name), record) for name in wanted)


def target_at(
    repository: Repository, situation: Situation, branch: BranchName, tip: Oid | None, record: trees.RecordPaths
) -> Target:
    """Return whether a branch at a tip has the fix, and whether only because its rollback there waits for a person."""
    found = _standing(repository, situation, branch, tip, record)
    waits = situation.memory.conflict_of(branch, is_rollback=True)
    if found.verdict is not Verdict.PRESENT or not situation.is_rolled_back or waits is None:
        return found
    said = situation.memory.waiting.get(branch, "Taking the fix back conflicts there.")
    return replace(found, verdict=Verdict.CONFLICT, evidence=said, keeps_the_fix=True)


def _standing(
    repository: Repository, situation: Situation, branch: BranchName, tip: Oid | None, record: trees.RecordPaths
) -> Target:
    """Return whether every round (and the part not yet published) is in a branch, and how it would get there."""
    world = situation.world
    on_server = world.server is not None and branch_ref(branch) in world.server.refs
    if tip is None or not has_object(repository, tip):
        return Target(branch, tip or Oid(""), on_server, Verdict.UNKNOWN, None, None, "Its tip is not here.")
    if situation.is_rolled_back and (back := _taken_back(repository, situation, tip)):
        return Target(branch, tip, on_server, Verdict.REVERTED, Method.REVERT, back, f"Taken back by {back[:12]}.")
    parts = [(each.fork, each.tip) for each in situation.publications]
    if situation.fix is not None:
        parts.append((situation.fix.fork, situation.fix.tip))
    if not parts or (not situation.publications and not (situation.fix and situation.fix.paths)):
        return Target(branch, tip, on_server, Verdict.PENDING, None, None, "There is no fix yet.")
    for fork, part_tip in parts:
        found = verdict_of(repository, fork, part_tip, tip, record)
        if found.verdict is Verdict.PRESENT:
            continue
        if waiver := situation.waived.get(branch):
            said = f"Skipped by {waiver.by}: {waiver.reason}"
            return Target(branch, tip, on_server, Verdict.WAIVED, None, None, said)
        if situation.is_published and (picked := _picked(repository, situation, tip, record)):
            said = f"Picked as {picked[:12]}, changed on the way."
            return Target(branch, tip, on_server, Verdict.PRESENT, Method.PICK, picked, said)
        first, newest = parts[0][0], parts[-1][1]
        is_merge = carries_only_the_fix(repository, first, tip, record)
        is_merge = is_merge and merge_brings(repository, first, newest, tip, record)
        method = Method.MERGE if is_merge else Method.PICK
        evidence = situation.memory.waiting.get(branch, found.evidence)
        verdict = Verdict.CONFLICT if situation.memory.conflict_of(branch) else found.verdict
        return Target(branch, tip, on_server, verdict, method, None, evidence)
    last = parts[-1][1]
    brought = history.bringing_merge(repository, tip, last)
    evidence = f"It contains {last[:12]}." if brought else "Merging the fix there changes nothing."
    return Target(branch, tip, on_server, Verdict.PRESENT, Method.MERGE if brought else None, brought, evidence)


def _taken_back(repository: Repository, situation: Situation, tip: Oid) -> Oid | None:
    """Return the commit that took the newest publication back in a target too."""
    last = situation.last_publication
    if last is None or not history.is_ancestor(repository, last.tip, tip):
        start = last.fork if last else tip
    else:
        start = last.tip
    line = f"{ROLLBACK_OF}: {last.merge}" if last else ""
    return provenance.newest_with_line(repository, start, tip, line) if line else None


def _picked(repository: Repository, situation: Situation, tip: Oid, record: trees.RecordPaths) -> Oid | None:
    """Return the newest of the picks when every fix commit was picked into a branch, resolved by a person.

    Effect cannot show that: what was adapted conflicts with the fix for ever. A pick that was reverted does not count.
    """
    newest = None
    for each in situation.publications:
        commits: tuple[Oid, ...] = (each.merge,)
        if not history.has_merges(repository, each.fork, each.tip):
            commits = history.fix_commits(repository, each.fork, each.tip, record)
        for commit in commits:
            newest = provenance.newest_with_line(repository, each.fork, tip, f"(cherry picked from commit {commit})")
            if newest is None or provenance.newest_with_line(repository, newest, tip, f"This reverts commit {newest}."):
                return None
    return newest
