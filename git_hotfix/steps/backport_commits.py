"""The commits of a backport and of the record, made in memory on top of a branch; nothing is published here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from git_hotfix.config.messages import fill_message
from git_hotfix.facts.arrivals import brought_to, commits_to_pick
from git_hotfix.facts.evidence import picked_by, rollback_message
from git_hotfix.facts.phrases import message_values, named
from git_hotfix.git import history, provenance, trees
from git_hotfix.git.bundles import BUNDLED
from git_hotfix.git.commits import make_commit, signature_of_author
from git_hotfix.git.merging import Conflicted, Merged, change_to_lay_out
from git_hotfix.git.messages import with_trailers
from git_hotfix.git.resolutions import StuckBack, merge_or_reapply, pick_or_reapply, take_back
from git_hotfix.hotfix import HOTFIX_ID, BranchName, Method, Oid, RefName

if TYPE_CHECKING:
    from git_hotfix.facts.facts import Facts


class Carry(Struct, frozen=True):
    """One target and how the fix gets there; ``old`` None makes the branch at ``start`` first."""

    branch: BranchName
    old: Oid | None
    start: Oid
    method: Method


class Made(Struct, frozen=True):
    """What was made for one branch: its new tip, ready to be published."""

    branch: BranchName
    old: Oid | None
    new: Oid
    what: str
    """What happened to the branch, for the sentence about it: ``merged``, ``picked``."""
    warnings: tuple[str, ...] = ()


class Stuck(Struct, frozen=True):
    """A conflict on the way to a target: ``source`` does not go onto ``onto`` by itself."""

    onto: Oid
    source: Oid
    method: Method
    change: Oid
    """What git is to merge, pick or revert, to lay it out: ``source``, but for a revert."""


def carry(facts: Facts, target: Carry) -> Made | Stuck | None:
    """Make the fix's commits on top of a target; None when there is nothing left to bring.

    Those that came in a bundle are taken as they are, where they come to the same.
    """
    match target.method:
        case Method.MERGE:
            return _or_bundled(facts, target, _merge(facts, target))
        case Method.PICK:
            return _or_bundled(facts, target, _pick(facts, target))
        case Method.REVERT:
            return _revert(facts, target)


def _or_bundled(facts: Facts, target: Carry, made: Made | Stuck | None) -> Made | Stuck | None:
    bundled = facts.here(facts.world.local.get(RefName(f"{BUNDLED}{facts.hotfix}/to/{target.branch}")))
    if bundled is None or not isinstance(made, Made) or not facts.is_ancestor(target.start, bundled):
        return made
    return replace(made, new=bundled) if _is_same(facts, target.start, bundled, made.new) else made


def _is_same(facts: Facts, start: Oid, one: Oid, other: Oid) -> bool:
    """Return whether two lines come to the same commit by commit: tree, what is merged, and what the trailers say."""
    repository = facts.repository
    lines = [provenance.newer_on_line(repository, start, end) for end in (one, other)]
    steps = [
        [
            (trees.tree_of(repository, oid), provenance.parents(repository, oid)[1:], history.trailers(repository, oid))
            for oid in line
        ]
        for line in lines
    ]
    return steps[0] == steps[1]


def _merge(facts: Facts, target: Carry) -> Made | Stuck | None:
    """Merge the newest tip of the hotfix; a person's resolution for the tip of an earlier round is not asked for again.

    That round is then merged first, as it was resolved.
    """
    from git_hotfix.facts.merged_changelog import merged_documents  # noqa: PLC0415  # slow, and not for 'start'

    repository, known, at, warnings = facts.repository, facts.resolutions, target.start, list[str]()
    last = facts.last_publication
    for each in facts.publications:
        if facts.is_ancestor(each.tip, at) or (each != last and known.of(target.branch, each.tip) is None):
            continue  # already there: never a merge that brings nothing
        result = merge_or_reapply(repository, known, target.branch, at, each.tip)
        result, more = merged_documents(facts, at, each.tip, result)
        warnings += more
        if isinstance(result, Conflicted):
            return Stuck(at, each.tip, Method.MERGE, each.tip)
        message = message_of(facts, facts.config.message.backport, each.merge)
        at = make_commit(repository, result.tree, (at, each.tip), message)
    return Made(target.branch, target.old, at, "merged", tuple(warnings)) if at != target.start else None


def _revert(facts: Facts, target: Carry) -> Made | Stuck | None:
    """Take back on a target what brought the fix there, as it came; record paths stay."""
    repository, known = facts.repository, facts.resolutions
    brought = brought_to(facts, target.branch, target.start)
    result = take_back(repository, known, target.branch, target.start, brought, facts.record_paths)
    if isinstance(result, StuckBack):
        return Stuck(result.onto, result.source, Method.REVERT, result.change)
    was_resolved = any(known.of(target.branch, each.source, is_rollback=True) for each in brought)
    if result.tree == trees.tree_of(repository, target.start) and not was_resolved:
        return None
    merges, why = [each.merge for each in facts.publications], facts.rolled_back_because
    text, trailers = rollback_message(facts, [each.source for each in brought], merges, why)
    commit = make_commit(repository, result.tree, (target.start,), with_trailers(text, trailers))
    return Made(target.branch, target.old, commit, "reverted")


def _pick(facts: Facts, target: Carry) -> Made | Stuck | None:
    """Pick the fix commits with their authors; a branch with merges in it gets production's merge with ``-m 1``."""
    from git_hotfix.facts.merged_changelog import picked_documents  # noqa: PLC0415  # slow, and not for 'start'

    repository, known, record = facts.repository, facts.resolutions, facts.record_paths
    at, warnings = target.start, list[str]()
    for each in facts.publications:
        for commit in commits_to_pick(facts, each):
            tree = trees.tree_of(repository, at)
            match pick_or_reapply(repository, known, target.branch, at, commit, record):
                case Conflicted():
                    return Stuck(at, commit, Method.PICK, change_to_lay_out(repository, commit, tree, record))
                case Merged(new) if new == tree and not _came_to_nothing(facts, target, commit):
                    continue  # already there
                case Merged(new):
                    new, more = picked_documents(facts, commit, new)
                    warnings += more
                    author, message = (
                        signature_of_author(repository, commit),
                        _picked_message(facts, commit, each.merge),
                    )
                    at = make_commit(repository, new, (at,), message, author=author)
    if at == target.old:
        return None
    return Made(target.branch, target.old, at, "picked", tuple(warnings))


def message_of(facts: Facts, pattern: str, merge: Oid | None, *more: tuple[str, object]) -> str:
    """Return the message of a commit on a target, by the pattern of the configuration, with its trailers."""
    known = (*named(facts), ("Backport-Of", merge), *more)
    trailers = ((key, value) for key, value in known if value is not None)
    return with_trailers(fill_message(pattern, message_values(facts, facts.title)), trailers)


def _came_to_nothing(facts: Facts, target: Carry, commit: Oid) -> bool:
    """Return whether a person resolved a pick to nothing: an empty commit says so, as nothing else can.

    Also where a commit there only claims to be that pick: else the same conflict would be laid out for ever.
    """
    if facts.resolutions.of(target.branch, commit) is None:
        return False
    return picked_by(facts, target.branch, facts.publications[0].fork, target.start, commit) is None


def _picked_message(facts: Facts, commit: Oid, merge: Oid) -> str:
    """Return the picked commit's own message with where it comes from (git-cherry-pick(1), ``-x``)."""
    body, own = provenance.message(facts.repository, commit).rstrip("\n"), history.trailers(facts.repository, commit)
    joint = "\n" if own else "\n\n"
    hotfix = "" if (HOTFIX_ID, str(facts.hotfix)) in own else f"{HOTFIX_ID}: {facts.hotfix}\n"
    return f"{body}{joint}(cherry picked from commit {commit})\n{hotfix}Backport-Of: {merge}\n"
