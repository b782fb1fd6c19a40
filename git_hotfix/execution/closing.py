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
from git_hotfix.git.identity import identity
from git_hotfix.git.refs import drop_ref, move_refs
from git_hotfix.git.remote import Update, push
from git_hotfix.hotfix import Oid, branch_ref, shell_word
from git_hotfix.record.incident import Resolution, Status
from git_hotfix.record.resolution import resolve_report
from git_hotfix.record.timeline import row_in
from git_hotfix.record.words import words_of
from git_hotfix.workflow.documents import closed_record, report_to_write, told_deleted
from git_hotfix.workflow.plan import GiveUp
from git_hotfix.workflow.timeline import queued_rows

if TYPE_CHECKING:
    from git_hotfix.git.program import Git
    from git_hotfix.workflow.plan import DeleteBranch, RecordEnd
    from git_hotfix.workflow.situation import Situation


def record_end(session: Session, situation: Situation, step: RecordEnd) -> StepEnd:
    """Commit the report with its end on develop (production without one); a branch that moves is followed."""
    if situation.is_restricted and situation.private is not None:
        return keep_report(session, situation, _ended(session, situation, step, situation.private))
    is_new = put_on(
        session,
        step.on,
        lambda tip: _ended_on(session, situation, step, tip),
        command="git hotfix close",
        remedy=f"git hotfix close {situation.hotfix} --drop-report",
    )
    if is_new:
        session.say(f"The report is on {session.world.shown(step.on)}: {step.status}.")
    return StepEnd()


def delete_branch(session: Session, situation: Situation, step: DeleteBranch) -> StepEnd:
    """Delete the hotfix branch on the server and here, only at the ids that were proven; already gone is done.

    What is remembered goes before the branch here: without a branch nobody would find it again after a crash.
    """
    git, world = session.repository.git, session.world
    ref = branch_ref(situation.branch)
    if step.server is not None and world.remote is not None:
        said = push(git, world.remote, [Update(ref, step.server, None)], atomic=False, hooks=False)
        ask_until_answered(session, again=f"git hotfix cleanup {situation.hotfix}")
        left = session.world.server.branch(situation.branch) if session.world.server else None
        if left is not None:
            what = "has new commits" if left != step.server else f"was refused: {said.reason}"
            message = f"'{world.shown(situation.branch)}' stays: it {what}."
            raise HotfixError(Problem("branch-stays", message, f"git hotfix finish {situation.hotfix}", ExitCode.GAP))
        session.say(f"Deleted {world.shown(situation.branch)}.")
    tracking = world.remote.tracking(situation.branch) if world.remote else None
    session.look_here()
    updates = []
    if (
        tracking is not None
        and (seen := session.world.local.get(tracking)) is not None
        and not _on_server(session, situation)
    ):
        updates.append(Update(tracking, seen, None))
    if step.local is not None:
        _forget_upstream(git, situation.branch)
        forget(session, situation)
    if step.local is not None and session.world.local.get(ref) == step.local:
        updates.append(Update(ref, step.local, None))
    move_refs(git, updates, reason="git hotfix cleanup")
    session.look_here()
    if step.local is not None:
        session.say(f"Deleted '{situation.branch}' here (it was at {step.local[:12]}).")
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


def forget(session: Session, situation: Situation) -> StepEnd:
    """Drop what was remembered and the ref that held an attempt."""
    give_up(session, situation, GiveUp(keeps_work=True))
    drop_ref(session.repository.git, keep_ref(situation.hotfix))
    session.memory_of(situation.hotfix).forget()
    return StepEnd()


def _on_server(session: Session, situation: Situation) -> bool:
    return session.world.server is not None and session.world.server.branch(situation.branch) is not None


def _ended_on(session: Session, situation: Situation, step: RecordEnd, tip: Oid) -> Oid | None:
    """Make the commit with the ended report on top of a tip; None when the report there already says so."""
    repository = session.repository
    found = report_to_write(repository, situation, tip)
    if found is None:
        if deleted := told_deleted(repository, situation):
            session.warn(deleted)
        return None
    path, content = found
    if situation.documented is not None and situation.documented.status == step.status:
        return None
    after = _ended(session, situation, step, content)
    record = closed_record(repository, situation, path, after, tip, situation.memory.edits)
    for problem in record.problems:
        session.warn(problem.message)
    return record_commit(session, situation, tip, record.files)


def _ended(session: Session, situation: Situation, step: RecordEnd, report: bytes) -> bytes:
    """Return the report with how and why it ended."""
    now = clock.now()
    status = Status(step.status)
    words, who = words_of(situation.config), identity(session.repository.git).committer.name
    row = row_in(words, now, who, lambda w: w.closed.format(status=w.statuses[status], reason=step.reason))
    resolution = Resolution(
        status=status,
        base=situation.base,
        resolved_at=now if status is Status.RESOLVED else None,
        reason=step.reason,
        timeline=(*queued_rows(situation.memory), row),
    )
    return resolve_report(report, situation.report_path, resolution, words)
