"""The end of a hotfix: its record without code, its branch deleted where that was proven, its memory dropped."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from git_hotfix import clock
from git_hotfix.config import fill_message
from git_hotfix.errors import ExitCode, HotfixError, Problem, refused, server_failed
from git_hotfix.execution.attempts import keep_ref
from git_hotfix.execution.ending import StepEnd
from git_hotfix.execution.resolving import give_up
from git_hotfix.execution.session import Session, ask_until_answered, pause
from git_hotfix.hotfix import Oid, branch_ref
from git_hotfix.incident.record import Resolution, Status
from git_hotfix.incident.resolution import resolve_report
from git_hotfix.incident.timeline import Row
from git_hotfix.repository import trees
from git_hotfix.repository.checkout import advance
from git_hotfix.repository.identity import identity
from git_hotfix.repository.reading import bring, target_tip
from git_hotfix.repository.refs import drop_ref, move_refs
from git_hotfix.repository.remote import Update, push
from git_hotfix.repository.writing import make_commit
from git_hotfix.workflow.documents import queued_rows
from git_hotfix.workflow.wording import message_values

if TYPE_CHECKING:
    from git_hotfix.workflow.plan import DeleteBranch, RecordEnd
    from git_hotfix.workflow.situation import Situation

RACE_SECONDS = 60.0


def record_end(session: Session, situation: Situation, step: RecordEnd) -> StepEnd:
    """Commit the report with its end on develop (production without one); a branch that moves is followed."""
    until = time.monotonic() + RACE_SECONDS
    while True:
        bring(session.repository, session.world, (step.on,))
        tip = target_tip(session.world, step.on)
        if tip is None:
            raise refused("branch-gone", f"'{step.on}' does not exist.", "git hotfix config")
        made = _ended_on(session, situation, step, tip)
        if made is None:
            return StepEnd()
        reason = _publish(session, step, tip, made)
        now = target_tip(session.world, step.on)
        if now == made:
            session.say(f"The report is on {session.world.shown(step.on)}: {step.status}.")
            return StepEnd()
        if now == tip:
            raise server_failed(
                "push-refused",
                f"'{session.world.shown(step.on)}' was refused: {reason}",
                f"git hotfix close {situation.hotfix} --drop-report",
            )
        if time.monotonic() > until:
            raise server_failed("push-refused", f"'{session.world.shown(step.on)}' kept moving.", "git hotfix close")
        pause(1.0)


def delete_branch(session: Session, situation: Situation, step: DeleteBranch) -> StepEnd:
    """Delete the hotfix branch on the server and here, only at the ids that were proven; already gone is done.

    What is remembered goes before the branch here: without a branch nobody would find it again after a crash.
    """
    git, world = session.repository.git, session.world
    ref = branch_ref(situation.branch)
    if step.server is not None and world.remote is not None:
        said = push(git, world.remote, [Update(ref, step.server, None)], atomic=False, hooks=False)
        ask_until_answered(session)
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
        git.ask("config", "--local", "--remove-section", f"branch.{situation.branch}")
        forget(session, situation)
    if step.local is not None and session.world.local.get(ref) == step.local:
        updates.append(Update(ref, step.local, None))
    move_refs(git, updates, reason="git hotfix cleanup")
    session.look_here()
    if step.local is not None:
        session.say(f"Deleted '{situation.branch}' here (it was at {step.local[:12]}).")
    return StepEnd()


def forget(session: Session, situation: Situation) -> StepEnd:
    """Drop what was remembered and the ref that held an attempt."""
    give_up(session, situation)
    drop_ref(session.repository.git, keep_ref(situation.hotfix))
    session.memory_of(situation.hotfix).forget()
    return StepEnd()


def _on_server(session: Session, situation: Situation) -> bool:
    return session.world.server is not None and session.world.server.branch(situation.branch) is not None


def _ended_on(session: Session, situation: Situation, step: RecordEnd, tip: Oid) -> Oid | None:
    """Make the commit with the ended report on top of a tip; None when the report there already says so."""
    repository = session.repository
    before = trees.read_file(repository, tip, situation.report_path)
    content = before
    if content is None and situation.tip is not None:
        content = trees.read_file(repository, situation.tip, situation.report_path)
    if content is None:
        return None
    now = clock.now()
    who = identity(repository.git)
    status = Status(step.status)
    row = Row(now, f"Closed as {status}: {step.reason}", who.committer.name)
    resolution = Resolution(
        status=status,
        base=situation.base,
        resolved_at=now if status is Status.RESOLVED else None,
        reason=step.reason,
        timeline=(*queued_rows(situation.memory), row),
    )
    if situation.documented is not None and situation.documented.status is status:
        return None
    after = resolve_report(content, situation.report_path, resolution)
    tree = trees.with_file(repository, trees.tree_of(repository, tip), situation.report_path, after)
    subject = fill_message(situation.config.message.documents, message_values(situation, situation.title))
    message = f"{subject}\n\nHotfix-Id: {situation.hotfix}\nIncident: {situation.report_path}\n"
    sign = session.git_config.boolean("commit.gpgSign") or False
    return make_commit(repository, tree, (tip,), message, author=who.author, committer=who.committer, sign=sign)


def _publish(session: Session, step: RecordEnd, tip: Oid, made: Oid) -> str:
    git, world = session.repository.git, session.world
    update = Update(branch_ref(step.on), tip, made)
    if world.remote is not None and world.server is not None and world.server.branch(step.on) is not None:
        said = push(git, world.remote, [update], atomic=False, hooks=True)
        ask_until_answered(session)
        local = session.world.local_tip(step.on)
        if local == tip and target_tip(session.world, step.on) == made:
            why = advance(git, session.world.tree_of(step.on), update, reason="git hotfix close")
            if why is not None:
                session.warn(f"'{step.on}' here stays where it is: {why}")
            session.look_here()
        return said.reason
    why = advance(git, world.tree_of(step.on), update, reason="git hotfix close")
    session.look_here()
    return why or ""
