"""The commits of a backport and of the record, made in memory on top of a branch; nothing is published here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from git_hotfix.config import fill_message
from git_hotfix.facts.phrases import message_values, one_line
from git_hotfix.facts.publications import ROLLBACK_OF
from git_hotfix.facts.targets import target_at
from git_hotfix.facts.written_record import written_record
from git_hotfix.git import history, provenance, trees
from git_hotfix.git.commits import make_commit, signature_of_author
from git_hotfix.git.identity import identity
from git_hotfix.git.merging import Conflicted, Merged, change_to_lay_out
from git_hotfix.git.resolutions import Brought, StuckBack, merge_or_reapply, pick_or_reapply, take_back
from git_hotfix.git.world import target_tip
from git_hotfix.hotfix import BranchName, Method, Oid, branch_ref

if TYPE_CHECKING:
    from git_hotfix.execution.session import Session
    from git_hotfix.facts.facts import Facts
    from git_hotfix.workflow.plan import Carry


class Made(Struct, frozen=True):
    """What was made for one branch: its new tip, ready to be published."""

    branch: BranchName
    old: Oid | None
    new: Oid
    on_server: bool
    said: str


class Stuck(Struct, frozen=True):
    """A conflict on the way to a target: ``source`` does not go onto ``onto`` by itself."""

    target: Carry
    onto: Oid
    source: Oid
    method: Method
    change: Oid
    """What git is to merge, pick or revert, to lay it out: ``source``, but for a revert."""


def carry(session: Session, facts: Facts, target: Carry, *, sign: bool) -> Made | Stuck | None:
    """Make the fix's commits on top of a target; None when there is nothing left to bring."""
    last = facts.last_publication
    if target.method is Method.REVERT:
        return _revert(session, facts, target, sign=sign)
    if last is not None and history.is_ancestor(session.repository, last.tip, target.start):
        return None  # already there: never a merge that brings nothing
    if target.method is Method.MERGE:
        return _merge(session, facts, target, sign=sign)
    return _pick(session, facts, target, sign=sign)


def _merge(session: Session, facts: Facts, target: Carry, *, sign: bool) -> Made | Stuck:
    from git_hotfix.facts.merged_changelog import merged_documents  # noqa: PLC0415  # 100 ms, and not for 'start'

    last = facts.last_publication
    assert last is not None  # noqa: S101  # planned only once published
    known = facts.resolutions
    result = merge_or_reapply(session.repository, known, target.branch, target.start, last.tip)
    result, warnings = merged_documents(facts, target.start, last.tip, result)
    _warn(session, target.branch, warnings)
    if isinstance(result, Conflicted):
        return Stuck(target, target.start, last.tip, Method.MERGE, last.tip)
    who = identity(session.repository.git)
    commit = make_commit(
        session.repository,
        result.tree,
        (target.start, last.tip),
        _message(facts, facts.config.message.backport, last.merge),
        author=who.author,
        committer=who.committer,
        sign=sign,
    )
    return Made(target.branch, target.old, commit, target.on_server, "merged")


def _revert(session: Session, facts: Facts, target: Carry, *, sign: bool) -> Made | Stuck | None:
    """Take the fix back on a target: the change of the whole hotfix, reversed; record paths stay."""
    repository = session.repository
    record = facts.record_paths
    known, of = facts.resolutions, trees.tree_of
    brought = [Brought(e.merge, of(repository, e.fork), of(repository, e.tip)) for e in reversed(facts.publications)]
    result = take_back(repository, known, target.branch, target.start, brought, record)
    if isinstance(result, StuckBack):
        return Stuck(target, result.onto, result.source, Method.REVERT, result.change)
    was_resolved = any(known.of(target.branch, each.source, is_rollback=True) for each in brought)
    if result.tree == of(repository, target.start) and not was_resolved:
        return None
    who = identity(repository.git)
    lines = [f"Hotfix-Id: {facts.hotfix}", *(f"{ROLLBACK_OF}: {each.merge}" for each in facts.publications)]
    message = f"Rollback HOTFIX: {one_line(facts.title)}\n\n" + "\n".join(lines) + "\n"
    commit = make_commit(
        repository, result.tree, (target.start,), message, author=who.author, committer=who.committer, sign=sign
    )
    return Made(target.branch, target.old, commit, target.on_server, "taken back")


def _pick(session: Session, facts: Facts, target: Carry, *, sign: bool) -> Made | Stuck | None:
    """Pick the fix commits with their authors; a branch with merges in it gets production's merge with ``-m 1``."""
    from git_hotfix.facts.merged_changelog import picked_documents  # noqa: PLC0415  # 100 ms, and not for 'start'

    record = facts.record_paths
    committer = identity(session.repository.git).committer
    at = target.start
    for each in facts.publications:
        commits = history.fix_commits(session.repository, each.fork, each.tip, record)
        if history.has_merges(session.repository, each.fork, each.tip):
            commits = (each.merge,)
        for commit in commits:
            tree = trees.tree_of(session.repository, at)
            known = facts.resolutions
            result = pick_or_reapply(session.repository, known, target.branch, at, commit, record)
            match result:
                case Conflicted():
                    change = change_to_lay_out(session.repository, commit, tree, record)
                    return Stuck(target, at, commit, Method.PICK, change)
                case Merged(new) if new == tree and not _came_to_nothing(session, facts, target, commit):
                    continue  # already there
                case Merged(new):
                    new, warnings = picked_documents(facts, commit, new)
                    _warn(session, target.branch, warnings)
                    message = _picked_message(session, facts, commit, each.merge)
                    author = signature_of_author(session.repository, commit)
                    at = make_commit(
                        session.repository, new, (at,), message, author=author, committer=committer, sign=sign
                    )
    return Made(target.branch, target.old, at, target.on_server, "picked") if at != target.old else None


def _warn(session: Session, branch: BranchName, warnings: tuple[str, ...]) -> None:
    for warning in warnings:
        session.warn(f"'{session.world.shown(branch)}': {warning}")


def with_record(session: Session, facts: Facts, made: list[Made], branch: BranchName, *, sign: bool) -> Made | None:
    """Put the commit of the record on top of what was made for a branch (or of its tip).

    The record is seen only on that branch, so what it says of the branch itself is true wherever it can be read.
    """
    before = next((each for each in made if each.branch == branch), None)
    tip = before.new if before else target_tip(session.world, branch)
    if tip is None:
        return before
    seen = _as_if_carried(session, facts, branch, before.new if before else None)
    if seen.why_record_waits is not None:
        return before
    tree = own = trees.tree_of(session.repository, tip)
    record = written_record(seen, tip)
    for note in record.notes:
        session.note(note)
    for path, content in record.files.items():
        tree = trees.with_file(session.repository, tree, path, content)
    if tree == own:
        return before
    who = identity(session.repository.git)
    last = facts.last_publication
    message = _message(facts, facts.config.message.documents, last.merge if last else None)
    commit = make_commit(
        session.repository, tree, (tip,), message, author=who.author, committer=who.committer, sign=sign
    )
    if before is not None:
        return replace(before, new=commit, said=f"{before.said}, record written")
    on_server = session.world.server is not None and branch_ref(branch) in session.world.server.refs
    return Made(branch, tip, commit, on_server, "record written")


def _as_if_carried(session: Session, facts: Facts, branch: BranchName, commit: Oid | None) -> Facts:
    """Return the facts that holds once the push of this branch is accepted: only then is the record seen at all.

    It is looked at as it will be looked at then: a record that says anything else would be written a second time.
    """
    if commit is None:
        return facts  # a branch that was skipped, or has the fix already, gets the record alone
    carried = target_at(facts, branch, commit)
    targets = tuple(carried if each.branch == branch else each for each in facts.targets)
    return facts.having(targets=targets)


def _message(facts: Facts, pattern: str, merge: Oid | None) -> str:
    subject = fill_message(pattern, message_values(facts, facts.title))
    lines = [f"Hotfix-Id: {facts.hotfix}"]
    if facts.incident is not None:
        lines.append(f"Incident: {facts.incident}")
    if merge is not None:
        lines.append(f"Backport-Of: {merge}")
    return subject + "\n\n" + "\n".join(lines) + "\n"


def _came_to_nothing(session: Session, facts: Facts, target: Carry, commit: Oid) -> bool:
    """Return whether a person resolved a pick to nothing: an empty commit says so, as nothing else can."""
    if facts.resolutions.of(target.branch, commit) is None:
        return False
    line = f"(cherry picked from commit {commit})"
    fork = facts.publications[0].fork
    return provenance.newest_with_line(session.repository, fork, target.start, line) is None


def _picked_message(session: Session, facts: Facts, commit: Oid, merge: Oid) -> str:
    """Return the picked commit's own message with where it comes from (git-cherry-pick(1), ``-x``)."""
    body = provenance.message(session.repository, commit).rstrip("\n")
    joint = "\n" if history.trailers(session.repository, commit) else "\n\n"
    trailers = f"Hotfix-Id: {facts.hotfix}\nBackport-Of: {merge}\n"
    if ("Hotfix-Id", str(facts.hotfix)) in history.trailers(session.repository, commit):
        trailers = f"Backport-Of: {merge}\n"
    return f"{body}{joint}(cherry picked from commit {commit})\n{trailers}"
