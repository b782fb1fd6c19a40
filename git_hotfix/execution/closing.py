"""The end of a hotfix: its record without code, its branch deleted where that was proven, its memory dropped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from git_hotfix import clock
from git_hotfix.errors import ExitCode, HotfixError, Problem
from git_hotfix.execution.attempts import keep_ref
from git_hotfix.execution.ending import StepEnd
from git_hotfix.execution.noting import keep_report
from git_hotfix.execution.recording import put_on, record_commit
from git_hotfix.execution.resolving import give_up
from git_hotfix.execution.session import Session, ask_until_answered
from git_hotfix.facts.timeline_rows import queued_rows
from git_hotfix.facts.written_record import closed_record, report_to_write
from git_hotfix.git.identity import identity
from git_hotfix.git.refs import drop_ref, move_refs
from git_hotfix.git.remote import Update, push
from git_hotfix.hotfix import Oid, branch_ref, shell_word
from git_hotfix.record.resolution import resolve_report
from git_hotfix.record.timeline import row_in
from git_hotfix.record.values import Resolution, Status
from git_hotfix.record.words import words_of
from git_hotfix.workflow.plan import GiveUp

if TYPE_CHECKING:
    from git_hotfix.facts.facts import Facts
    from git_hotfix.git.program import Git
    from git_hotfix.workflow.plan import DeleteBranch, RecordEnd


def record_end(session: Session, facts: Facts, step: RecordEnd) -> StepEnd:
    """Commit the report with its end on develop (production without one); a branch that moves is followed."""
    if facts.is_restricted and facts.private is not None:
        return keep_report(session, facts, _ended(session, facts, step, facts.private))
    is_new = put_on(
        session,
        step.on,
        lambda tip: _ended_on(session, facts, step, tip),
        command="git hotfix close",
        remedy=f"git hotfix close {facts.hotfix} --drop-report",
    )
    if is_new:
        session.say(f"The report is on {session.world.shown(step.on)}: {step.status}.")
    return StepEnd()


def delete_branch(session: Session, facts: Facts, step: DeleteBranch) -> StepEnd:
    """Delete the hotfix branch on the server and here, only at the ids that were proven; already gone is done.

    What is remembered goes before the branch here: without a branch nobody would find it again after a crash.
    """
    git, world = session.repository.git, session.world
    ref = branch_ref(facts.branch)
    if step.server is not None and world.remote is not None:
        said = push(git, world.remote, [Update(ref, step.server, None)], atomic=False, hooks=False)
        ask_until_answered(session, again=f"git hotfix cleanup {facts.hotfix}")
        left = session.world.server.branch(facts.branch) if session.world.server else None
        if left is not None:
            what = "has new commits" if left != step.server else f"was refused: {said.reason}"
            message = f"'{world.shown(facts.branch)}' stays: it {what}."
            raise HotfixError(Problem("branch-stays", message, f"git hotfix finish {facts.hotfix}", ExitCode.GAP))
        session.say(f"Deleted {world.shown(facts.branch)}.")
    tracking = world.remote.tracking(facts.branch) if world.remote else None
    session.look_here()
    updates = []
    if (
        tracking is not None
        and (seen := session.world.local.get(tracking)) is not None
        and not _on_server(session, facts)
    ):
        updates.append(Update(tracking, seen, None))
    if step.local is not None:
        _forget_upstream(git, facts.branch)
        forget(session, facts)
    if step.local is not None and session.world.local.get(ref) == step.local:
        updates.append(Update(ref, step.local, None))
    move_refs(git, updates, reason="git hotfix cleanup")
    session.look_here()
    if step.local is not None:
        session.say(f"Deleted '{facts.branch}' here (it was at {step.local[:12]}).")
    return StepEnd()


def _forget_upstream(git: Git, branch: str) -> None:
    """Remove what git remembers of a branch, before the branch: else a new one of that name would inherit it."""
    section = f"branch.{branch}"
    answer = git.ask("config", "--local", "--remove-section", section)
    if answer.code == 0:
        return
    names = git.run("config", "--local", "--list", "--name-only", "-z").records
    if any(name.startswith(f"{section}.") for name in names):
        message = f"'{branch}' stays here: its configuration cannot be removed: {answer.reason}"
        raise HotfixError(
            Problem("branch-stays", message, f"git config --remove-section {shell_word(section)}", ExitCode.GAP)
        )


def forget(session: Session, facts: Facts) -> StepEnd:
    """Drop what was remembered and the ref that held an attempt."""
    give_up(session, facts, GiveUp(keeps_work=True))
    drop_ref(session.repository.git, keep_ref(facts.hotfix))
    session.memory_of(facts.hotfix).forget()
    return StepEnd()


def _on_server(session: Session, facts: Facts) -> bool:
    return session.world.server is not None and session.world.server.branch(facts.branch) is not None


def _ended_on(session: Session, facts: Facts, step: RecordEnd, tip: Oid) -> Oid | None:
    """Make the commit with the ended report on top of a tip; None when the report there already says so."""
    found = report_to_write(facts, tip)
    if found is None:
        if deleted := facts.deleted_report:
            session.warn(deleted)
        return None
    path, content = found
    if facts.documented is not None and facts.documented.status == step.status:
        return None
    after = _ended(session, facts, step, content)
    record = closed_record(facts, path, after, tip, facts.memory.edits)
    for problem in record.problems:
        session.warn(problem.message)
    return record_commit(session, facts, tip, record.files)


def _ended(session: Session, facts: Facts, step: RecordEnd, report: bytes) -> bytes:
    """Return the report with how and why it ended."""
    now = clock.now()
    status = Status(step.status)
    words, who = words_of(facts.config), identity(session.repository.git).committer.name
    row = row_in(words, now, who, lambda w: w.closed.format(status=w.statuses[status], reason=step.reason))
    resolution = Resolution(
        status=status,
        base=facts.base,
        resolved_at=now if status is Status.RESOLVED else None,
        reason=step.reason,
        timeline=(*queued_rows(facts.memory), row),
    )
    return resolve_report(report, facts.report_path, resolution, words)
