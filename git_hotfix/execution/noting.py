"""Rows and other news for the report: a record commit on the open branch, queued when that cannot be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from git_hotfix import clock
from git_hotfix.errors import refused, wrong_input
from git_hotfix.execution.ending import StepEnd
from git_hotfix.execution.recording import put_on, record_commit
from git_hotfix.facts.written_record import closed_record
from git_hotfix.git import trees
from git_hotfix.git.checkout import advance
from git_hotfix.git.remote import Update
from git_hotfix.hotfix import Oid, branch_ref
from git_hotfix.memory import TimelineRow
from git_hotfix.private_report import PrivateReport
from git_hotfix.record.frontmatter import set_values
from git_hotfix.record.report_edits import BESIDE, edit_report
from git_hotfix.record.timeline import Row
from git_hotfix.record.timeline import add_row as add_to_table
from git_hotfix.record.times import TYPED_TO
from git_hotfix.record.words import words_of
from git_hotfix.workflow.followups import is_closed

if TYPE_CHECKING:
    from collections.abc import Callable

    from git_hotfix.execution.session import Session
    from git_hotfix.facts.facts import Facts
    from git_hotfix.workflow.plan import AddRow, ChangeReport


def add_row(session: Session, facts: Facts, step: AddRow) -> StepEnd:
    """Write a row into the report on the open branch; where that cannot be, queue it for the next documents."""

    def with_row(content: bytes) -> bytes:
        when = clock.from_rfc3339(step.when)
        if when is not None:
            content = add_to_table(content, Row(when, step.event, step.source), words_of(facts.config))
        return set_values(content, {"mitigated_at": step.when}, facts.report_path) if step.mitigated else content

    _check_mitigation(facts, step)
    deleted = facts.deleted_report
    if facts.report is None or deleted is not None:
        message = deleted or f"'{facts.hotfix}' has no report to note it in."
        raise refused("no-report", message, f"git hotfix status {facts.hotfix}")
    why = _commit(session, facts, with_row, reason="git hotfix note")
    if step.mitigated:
        session.change(facts.hotfix, lambda memory: replace(memory, mitigated_at=step.when))
    if why is None:
        session.say(f"Noted in '{_where(session, facts)}'.")
        return StepEnd()
    row = TimelineRow(step.when, step.event, step.source)
    session.change(facts.hotfix, lambda memory: replace(memory, rows=(*memory.rows, row)))
    session.say(f"Noted; it goes into the report with the next documents, because {why}.")
    return StepEnd()


def keep_report(session: Session, facts: Facts, report: bytes | None) -> StepEnd:
    """Replace the report of a restricted hotfix in the git directory; None deletes it."""
    file = PrivateReport(session.repository.common_dir, facts.hotfix)
    if report is None:
        file.forget()
        session.say(f"Deleted '{file.path}': '{facts.report_path}' has it.")
    else:
        file.write(report)
    return StepEnd()


def change_report(session: Session, facts: Facts, step: ChangeReport) -> StepEnd:
    """Write follow-ups or a post-mortem into the report on the open branch; where that cannot be, queue them.

    What lies beside the report is always queued: on the hotfix branch it would be taken for a part of the fix.
    """
    if is_closed(facts) and not facts.is_restricted:
        return _put_on_record(session, facts, step)
    if any(edit.kind in BESIDE for edit in step.edits):
        why: str | None = f"it is a file of its own on '{facts.record_branch}'"
    else:
        path = facts.report_path
        why = _commit(session, facts, lambda content: edit_report(content, step.edits, path), reason="git hotfix")
    if why is None:
        session.say(f"Written into '{_where(session, facts)}': {step.said}.")
        return StepEnd()
    session.change(facts.hotfix, lambda memory: replace(memory, edits=(*memory.edits, *step.edits)))
    session.say(f"Kept: {step.said}; it is written with the next documents, because {why}.")
    return StepEnd()


def _check_mitigation(facts: Facts, step: AddRow) -> None:
    """Refuse what cannot be before anything is written: users were not helped before they had the problem."""
    when = clock.from_rfc3339(step.when)
    started = facts.report.started_at if facts.report else None
    if step.mitigated and when is not None and started is not None and when <= started - TYPED_TO:
        message = f"Users were no longer affected ({when}) before the problem began ({started})."
        raise wrong_input("times-crossed", message, "git hotfix note TEXT --mitigated --at WHEN")


def _put_on_record(session: Session, facts: Facts, step: ChangeReport) -> StepEnd:
    """Write into the report of a hotfix that was closed: no other commit of documents will come."""
    repository, path = session.repository, facts.documented_path

    def make(tip: Oid) -> Oid | None:
        before = trees.read_file(repository, tip, path)
        if before is None:
            return None
        record = closed_record(facts, path, before, tip, step.edits)
        for problem in record.problems:
            session.warn(problem.message)
        return record_commit(session, facts, tip, record.files)

    on = facts.record_branch
    put_on(session, on, make, command="git hotfix", remedy=step.again)
    session.say(f"Written into '{path}' on {session.world.shown(on)}: {step.said}.")
    return StepEnd()


def _where(session: Session, facts: Facts) -> str:
    kept = PrivateReport(session.repository.common_dir, facts.hotfix).path
    return str(kept) if facts.is_restricted else facts.report_path


def _commit(session: Session, facts: Facts, edit: Callable[[bytes], bytes], *, reason: str) -> str | None:
    """Make the record commit; None when done, else why it cannot be made now."""
    if facts.is_restricted and facts.private is not None and facts.report_problem is None:
        keep_report(session, facts, edit(facts.private))
        return None
    if facts.publications:  # also before another round: the record goes on elsewhere, and would conflict with this
        return "the fix is published"
    tip = facts.local_tip
    if tip is None:
        return f"'{facts.branch}' is not here"
    before = trees.read_file(session.repository, tip, facts.report_path)
    if before is None:
        return "the branch has no report"
    if facts.report_problem is not None:
        return "the report cannot be read"
    content = edit(before)
    commit = record_commit(session, facts, tip, {facts.report_path: content})
    if commit is None:
        return None
    update = Update(branch_ref(facts.branch), tip, commit)
    why = advance(session.repository.git, session.world.tree_of(facts.branch), update, reason=reason)
    session.look_here()
    return f"the report has changes that are not committed ({why})" if why else None
