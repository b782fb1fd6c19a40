"""The commits of a backport and of the record, made in memory on top of a branch; nothing is published here."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from git_hotfix.config.messages import fill_message
from git_hotfix.errors import HotfixError
from git_hotfix.facts.arrivals import brought_to, commits_to_pick
from git_hotfix.facts.deployments import deployment_trailers
from git_hotfix.facts.evidence import BECAUSE, ROLLBACK_OF
from git_hotfix.facts.phrases import message_values
from git_hotfix.facts.targets import target_at
from git_hotfix.git import history, provenance, trees
from git_hotfix.git.commits import make_commit, signature_of_author
from git_hotfix.git.identity import identity
from git_hotfix.git.merging import Conflicted, Merged, change_to_lay_out
from git_hotfix.git.messages import with_trailers
from git_hotfix.git.resolutions import StuckBack, merge_or_reapply, pick_or_reapply, take_back
from git_hotfix.git.world import target_tip
from git_hotfix.hotfix import HOTFIX_ID, BranchName, Method, Oid
from git_hotfix.record.markdown import one_line

if TYPE_CHECKING:
    from git_hotfix.facts.facts import Facts


class Carry(Struct, frozen=True):
    """One target and how the fix gets there; ``old`` None makes the branch at ``start`` first."""

    branch: BranchName
    old: Oid | None
    start: Oid
    on_server: bool
    method: Method


class Made(Struct, frozen=True):
    """What was made for one branch: its new tip, ready to be published."""

    branch: BranchName
    old: Oid | None
    new: Oid
    on_server: bool
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


class MadeRecord(NamedTuple):
    """What was made for the branch that keeps the record, and what a person should know."""

    made: Made | None
    notes: tuple[str, ...] = ()
    report: bytes | None = None
    """The report as it is in the record that was made."""


def carry(facts: Facts, target: Carry, *, sign: bool) -> Made | Stuck | None:
    """Make the fix's commits on top of a target; None when there is nothing left to bring."""
    last = facts.last_publication
    if target.method is Method.REVERT:
        return _revert(facts, target, sign=sign)
    if target.method is Method.MERGE and last is not None and facts.is_ancestor(last.tip, target.start):
        return None  # already there: never a merge that brings nothing
    match target.method:
        case Method.MERGE:
            return _merge(facts, target, sign=sign)
        case Method.PICK:
            return _pick(facts, target, sign=sign)


def _merge(facts: Facts, target: Carry, *, sign: bool) -> Made | Stuck:
    from git_hotfix.facts.merged_changelog import merged_documents  # noqa: PLC0415  # slow, and not for 'start'

    last = facts.last_publication
    assert last is not None  # noqa: S101  # planned only once published
    result = merge_or_reapply(facts.repository, facts.resolutions, target.branch, target.start, last.tip)
    result, warnings = merged_documents(facts, target.start, last.tip, result)
    if isinstance(result, Conflicted):
        return Stuck(target.start, last.tip, Method.MERGE, last.tip)
    message = _message(facts, facts.config.message.backport, last.merge)
    commit = _commit(facts, result.tree, (target.start, last.tip), message, sign=sign)
    return Made(target.branch, target.old, commit, target.on_server, "merged", warnings)


def _revert(facts: Facts, target: Carry, *, sign: bool) -> Made | Stuck | None:
    """Take back on a target what brought the fix there, as it came; record paths stay."""
    repository, known = facts.repository, facts.resolutions
    brought = brought_to(facts, target.branch, target.start)
    result = take_back(repository, known, target.branch, target.start, brought, facts.record_paths)
    if isinstance(result, StuckBack):
        return Stuck(result.onto, result.source, Method.REVERT, result.change)
    was_resolved = any(known.of(target.branch, each.source, is_rollback=True) for each in brought)
    if result.tree == trees.tree_of(repository, target.start) and not was_resolved:
        return None
    known_trailers = ((HOTFIX_ID, facts.hotfix), *((ROLLBACK_OF, each.merge) for each in facts.publications))
    why = facts.rolled_back_because
    trailers = (*known_trailers, *(((BECAUSE, why),) if why else ()))
    body = "\n".join(f"This reverts commit {each.source}." for each in brought)
    message = with_trailers(f"Rollback HOTFIX: {one_line(facts.title)}\n\n{body}", trailers)
    commit = _commit(facts, result.tree, (target.start,), message, sign=sign)
    return Made(target.branch, target.old, commit, target.on_server, "taken back")


def _pick(facts: Facts, target: Carry, *, sign: bool) -> Made | Stuck | None:
    """Pick the fix commits with their authors; a branch with merges in it gets production's merge with ``-m 1``."""
    from git_hotfix.facts.merged_changelog import picked_documents  # noqa: PLC0415  # slow, and not for 'start'

    repository, known, record = facts.repository, facts.resolutions, facts.record_paths
    committer = identity(repository.git).committer
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
                    at = make_commit(repository, new, (at,), message, author=author, committer=committer, sign=sign)
    if at == target.old:
        return None
    return Made(target.branch, target.old, at, target.on_server, "picked", tuple(warnings))


def with_record(facts: Facts, made: list[Made], branch: BranchName, *, sign: bool) -> MadeRecord:
    """Put the commit of the record on top of what was made for a branch (or of its tip).

    The record is seen only on that branch, so what it says of the branch itself is true wherever it can be read.
    """
    from git_hotfix.facts.written_record import written_record  # noqa: PLC0415  # slow, and not for 'start'

    before = next((each for each in made if each.branch == branch), None)
    tip = before.new if before else target_tip(facts.world, branch)
    if tip is None:
        return MadeRecord(before)
    seen = _as_if_carried(facts, branch, before.new if before else None)
    if seen.why_record_waits is not None:
        return MadeRecord(before)
    record = written_record(seen, tip)
    last = facts.last_publication
    merge = last.merge if last else None
    message = _message(facts, facts.config.message.documents, merge, *deployment_trailers(facts))
    try:
        commit = record_commit(facts, tip, record.files, message, sign=sign)
    except HotfixError as error:  # what cannot be written holds no fix back; it is told as missing
        return MadeRecord(before, (*record.notes, *(each.message for each in error.problems)))
    if commit is None:
        return MadeRecord(before, record.notes)
    report = record.files.get(facts.documented_path)
    if before is not None:
        return MadeRecord(replace(before, new=commit, what=f"{before.what}, record written"), record.notes, report)
    on_server = facts.world.server_tip(branch) is not None
    return MadeRecord(Made(branch, tip, commit, on_server, "record written"), record.notes, report)


def record_commit(facts: Facts, tip: Oid, files: dict[str, bytes], message: str, *, sign: bool) -> Oid | None:
    """Make a commit with these files of the record on top of a tip; None when they are there already."""
    tree = own = trees.tree_of(facts.repository, tip)
    for path, content in files.items():
        tree = trees.with_file(facts.repository, tree, path, content)
    return _commit(facts, tree, (tip,), message, sign=sign) if tree != own else None


def _as_if_carried(facts: Facts, branch: BranchName, commit: Oid | None) -> Facts:
    """Return the facts as they will be once the push of this branch is accepted: only then is the record seen at all.

    A record that says anything else would be written a second time at the next look.
    """
    if commit is None:
        return facts  # a branch that was skipped, or has the fix already, gets the record alone
    carried = target_at(facts, branch, commit)
    return facts.having(targets=tuple(carried if each.branch == branch else each for each in facts.targets))


def _commit(facts: Facts, tree: Oid, parents: tuple[Oid, ...], message: str, *, sign: bool) -> Oid:
    who = identity(facts.repository.git)
    author, committer = who.author, who.committer
    return make_commit(facts.repository, tree, parents, message, author=author, committer=committer, sign=sign)


def _message(facts: Facts, pattern: str, merge: Oid | None, *more: tuple[str, str]) -> str:
    known = ((HOTFIX_ID, facts.hotfix), ("Incident", facts.incident), ("Backport-Of", merge), *more)
    trailers = ((key, value) for key, value in known if value is not None)
    return with_trailers(fill_message(pattern, message_values(facts, facts.title)), trailers)


def _came_to_nothing(facts: Facts, target: Carry, commit: Oid) -> bool:
    """Return whether a person resolved a pick to nothing: an empty commit says so, as nothing else can."""
    if facts.resolutions.of(target.branch, commit) is None:
        return False
    return not provenance.picks_of(facts.repository, facts.publications[0].fork, target.start, commit)


def _picked_message(facts: Facts, commit: Oid, merge: Oid) -> str:
    """Return the picked commit's own message with where it comes from (git-cherry-pick(1), ``-x``)."""
    body, own = provenance.message(facts.repository, commit).rstrip("\n"), history.trailers(facts.repository, commit)
    joint = "\n" if own else "\n\n"
    hotfix = "" if (HOTFIX_ID, str(facts.hotfix)) in own else f"{HOTFIX_ID}: {facts.hotfix}\n"
    return f"{body}{joint}(cherry picked from commit {commit})\n{hotfix}Backport-Of: {merge}\n"
