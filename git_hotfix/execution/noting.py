"""Rows for the timeline: a record commit on the open branch, queued when that cannot be."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from git_hotfix import clock
from git_hotfix.config import fill_message
from git_hotfix.errors import wrong_input
from git_hotfix.execution.ending import StepEnd
from git_hotfix.hotfix import Oid, branch_ref
from git_hotfix.incident.frontmatter import set_values
from git_hotfix.incident.timeline import Row
from git_hotfix.incident.timeline import add_row as add_to_table
from git_hotfix.incident.times import TYPED_TO
from git_hotfix.incident.words import words_of
from git_hotfix.memory import TimelineRow
from git_hotfix.repository import trees
from git_hotfix.repository.checkout import advance
from git_hotfix.repository.identity import identity
from git_hotfix.repository.remote import Update
from git_hotfix.repository.writing import make_commit
from git_hotfix.workflow.wording import message_values

if TYPE_CHECKING:
    from git_hotfix.execution.session import Session
    from git_hotfix.workflow.plan import AddRow
    from git_hotfix.workflow.situation import Situation


def add_row(session: Session, situation: Situation, step: AddRow) -> StepEnd:
    """Write a row into the report on the open branch; where that cannot be, queue it for the next documents."""
    _check_mitigation(situation, step)
    why = "the fix is published" if situation.is_published else _commit_row(session, situation, step)
    if step.mitigated:
        session.change(situation.hotfix, lambda memory: replace(memory, mitigated_at=step.when))
    if why is None:
        session.say(f"Noted in '{situation.report_path}'.")
        return StepEnd()
    row = TimelineRow(step.when, step.event, step.source)
    session.change(situation.hotfix, lambda memory: replace(memory, rows=(*memory.rows, row)))
    session.say(f"Noted; it goes into the report with the next documents, because {why}.")
    return StepEnd()


def _check_mitigation(situation: Situation, step: AddRow) -> None:
    """Refuse what cannot be before anything is written: users were not helped before they had the problem."""
    when = clock.from_rfc3339(step.when)
    started = situation.report.started_at if situation.report else None
    if step.mitigated and when is not None and started is not None and when <= started - TYPED_TO:
        message = f"Users were no longer affected ({when}) before the problem began ({started})."
        raise wrong_input("times-crossed", message, "give --at a time after it began, or correct 'started_at'")


def _commit_row(session: Session, situation: Situation, step: AddRow) -> str | None:
    """Make the record commit; None when done, else why it cannot be made now."""
    tip = situation.local_tip
    if tip is None:
        return f"'{situation.branch}' is not here"
    content = trees.read_file(session.repository, tip, situation.report_path)
    when = clock.from_rfc3339(step.when)
    if content is None or when is None:
        return "the branch has no report"
    if situation.report_problem is not None:
        return "the report cannot be read"
    content = add_to_table(content, Row(when, step.event, step.source), words_of(situation.config))
    if step.mitigated:
        content = set_values(content, {"mitigated_at": step.when}, situation.report_path)
    commit = _record_commit(session, situation, tip, content)
    update = Update(branch_ref(situation.branch), tip, commit)
    why = advance(session.repository.git, session.world.tree_of(situation.branch), update, reason="git hotfix note")
    session.look_here()
    return f"the report has changes that are not committed ({why})" if why else None


def _record_commit(session: Session, situation: Situation, tip: Oid, content: bytes) -> Oid:
    who = identity(session.repository.git)
    tree = trees.with_file(session.repository, trees.tree_of(session.repository, tip), situation.report_path, content)
    subject = fill_message(situation.config.message.documents, message_values(situation, situation.title))
    message = f"{subject}\n\nHotfix-Id: {situation.hotfix}\nIncident: {situation.report_path}\n"
    sign = session.git_config.boolean("commit.gpgSign") or False
    return make_commit(session.repository, tree, (tip,), message, author=who.author, committer=who.committer, sign=sign)
