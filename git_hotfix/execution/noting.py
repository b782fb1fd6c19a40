"""Rows and other news for the report: a record commit on the open branch, queued when that cannot be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from git_hotfix import clock
from git_hotfix.errors import refused, wrong_input
from git_hotfix.execution.ending import StepEnd
from git_hotfix.execution.recording import put_on, record_commit
from git_hotfix.git import trees
from git_hotfix.git.checkout import advance
from git_hotfix.git.remote import Update
from git_hotfix.hotfix import Oid, branch_ref
from git_hotfix.memory import TimelineRow
from git_hotfix.private_report import PrivateReport
from git_hotfix.record.frontmatter import set_values
from git_hotfix.record.report import TYPED_TO
from git_hotfix.record.report_edits import BESIDE, edit_report
from git_hotfix.record.timeline import Row
from git_hotfix.record.timeline import add_row as add_to_table
from git_hotfix.record.words import words_of
from git_hotfix.workflow.documents import closed_record, told_deleted
from git_hotfix.workflow.followups import is_closed

if TYPE_CHECKING:
    from collections.abc import Callable

    from git_hotfix.execution.session import Session
    from git_hotfix.workflow.plan import AddRow, ChangeReport
    from git_hotfix.workflow.situation import Situation


def add_row(session: Session, situation: Situation, step: AddRow) -> StepEnd:
    """Write a row into the report on the open branch; where that cannot be, queue it for the next documents."""

    def with_row(content: bytes) -> bytes:
        when = clock.from_rfc3339(step.when)
        if when is not None:
            content = add_to_table(content, Row(when, step.event, step.source), words_of(situation.config))
        return set_values(content, {"mitigated_at": step.when}, situation.report_path) if step.mitigated else content

    _check_mitigation(situation, step)
    deleted = told_deleted(session.repository, situation)
    if situation.report is None or deleted is not None:
        message = deleted or f"'{situation.hotfix}' has no report to note it in."
        raise refused("no-report", message, f"git hotfix status {situation.hotfix}")
    why = _commit(session, situation, with_row, reason="git hotfix note")
    if step.mitigated:
        session.change(situation.hotfix, lambda memory: replace(memory, mitigated_at=step.when))
    if why is None:
        session.say(f"Noted in '{_where(session, situation)}'.")
        return StepEnd()
    row = TimelineRow(step.when, step.event, step.source)
    session.change(situation.hotfix, lambda memory: replace(memory, rows=(*memory.rows, row)))
    session.say(f"Noted; it goes into the report with the next documents, because {why}.")
    return StepEnd()


def keep_report(session: Session, situation: Situation, report: bytes | None) -> StepEnd:
    """Replace the report of a restricted hotfix in the git directory; None deletes it."""
    file = PrivateReport(session.repository.common_dir, situation.hotfix)
    if report is None:
        file.forget()
        session.say(f"Deleted '{file.path}': '{situation.report_path}' has it.")
    else:
        file.write(report)
    return StepEnd()


def change_report(session: Session, situation: Situation, step: ChangeReport) -> StepEnd:
    """Write follow-ups or a post-mortem into the report on the open branch; where that cannot be, queue them.

    What lies beside the report is always queued: on the hotfix branch it would be taken for a part of the fix.
    """
    if is_closed(situation) and not situation.is_restricted:
        return _put_on_record(session, situation, step)
    if any(edit.kind in BESIDE for edit in step.edits):
        why: str | None = f"it is a file of its own on '{situation.record_branch}'"
    else:
        path = situation.report_path
        why = _commit(session, situation, lambda content: edit_report(content, step.edits, path), reason="git hotfix")
    if why is None:
        session.say(f"Written into '{_where(session, situation)}': {step.said}.")
        return StepEnd()
    session.change(situation.hotfix, lambda memory: replace(memory, edits=(*memory.edits, *step.edits)))
    session.say(f"Kept: {step.said}; it is written with the next documents, because {why}.")
    return StepEnd()


def _check_mitigation(situation: Situation, step: AddRow) -> None:
    """Refuse what cannot be before anything is written: users were not helped before they had the problem."""
    when = clock.from_rfc3339(step.when)
    started = situation.report.started_at if situation.report else None
    if step.mitigated and when is not None and started is not None and when <= started - TYPED_TO:
        message = f"Users were no longer affected ({when}) before the problem began ({started})."
        raise wrong_input("times-crossed", message, "git hotfix note TEXT --mitigated --at WHEN")


def _put_on_record(session: Session, situation: Situation, step: ChangeReport) -> StepEnd:
    """Write into the report of a hotfix that was closed: no other commit of documents will come."""
    repository, path = session.repository, situation.documented_path

    def make(tip: Oid) -> Oid | None:
        before = trees.read_file(repository, tip, path)
        if before is None:
            return None
        record = closed_record(repository, situation, path, before, tip, step.edits)
        for problem in record.problems:
            session.warn(problem.message)
        return record_commit(session, situation, tip, record.files)

    on = situation.record_branch
    put_on(session, on, make, command="git hotfix", remedy=step.again)
    session.say(f"Written into '{path}' on {session.world.shown(on)}: {step.said}.")
    return StepEnd()


def _where(session: Session, situation: Situation) -> str:
    kept = PrivateReport(session.repository.common_dir, situation.hotfix).path
    return str(kept) if situation.is_restricted else situation.report_path


def _commit(session: Session, situation: Situation, edit: Callable[[bytes], bytes], *, reason: str) -> str | None:
    """Make the record commit; None when done, else why it cannot be made now."""
    if situation.is_restricted and situation.private is not None and situation.report_problem is None:
        keep_report(session, situation, edit(situation.private))
        return None
    if situation.publications:  # also before another round: the record goes on elsewhere, and would conflict with this
        return "the fix is published"
    tip = situation.local_tip
    if tip is None:
        return f"'{situation.branch}' is not here"
    before = trees.read_file(session.repository, tip, situation.report_path)
    if before is None:
        return "the branch has no report"
    if situation.report_problem is not None:
        return "the report cannot be read"
    content = edit(before)
    commit = record_commit(session, situation, tip, {situation.report_path: content})
    if commit is None:
        return None
    update = Update(branch_ref(situation.branch), tip, commit)
    why = advance(session.repository.git, session.world.tree_of(situation.branch), update, reason=reason)
    session.look_here()
    return f"the report has changes that are not committed ({why})" if why else None
