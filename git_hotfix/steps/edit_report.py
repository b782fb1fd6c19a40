"""News for the report: a timeline row, follow-ups, a post-mortem. Committed on the open branch, else queued."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

from msgspec.structs import replace

from git_hotfix import clock
from git_hotfix.engine.step import Done, Refusal, Step
from git_hotfix.errors import ExitCode, HotfixError, Problem, Remedy, command, wrong_input
from git_hotfix.escapes import one_line
from git_hotfix.facts.report_now import is_closed
from git_hotfix.facts.written_record import report_record
from git_hotfix.git import trees
from git_hotfix.git.checkout import advance
from git_hotfix.git.remote import Update
from git_hotfix.git.world import rebased_in
from git_hotfix.hotfix import branch_ref
from git_hotfix.memory import Edit, TimelineRow
from git_hotfix.private_report import PrivateReport
from git_hotfix.record.frontmatter import set_values
from git_hotfix.record.report import TYPED_TO
from git_hotfix.record.report_edits import BESIDE, edit_report
from git_hotfix.record.timeline import Row, add_rows
from git_hotfix.record.words import words_of
from git_hotfix.steps.place import tip_here
from git_hotfix.steps.record_commit import commit_record, put_on_branch

if TYPE_CHECKING:
    from collections.abc import Callable

    from git_hotfix.engine.run import Run
    from git_hotfix.engine.step import Due
    from git_hotfix.facts.facts import Facts
    from git_hotfix.hotfix import Oid
    from git_hotfix.steps.request import NoteRequest


class AddRow(Step, frozen=True):
    """Add a row to the report's timeline: a record commit on the open branch, or queued once it is published."""

    does = "add to the timeline at {0.when}: {0.event}"

    event: str
    when: str
    source: str
    mitigated: bool = False

    @staticmethod
    def due(facts: Facts, request: NoteRequest) -> Due:
        """With ``note``, where there is a report for it and the time can be."""
        deleted = facts.deleted_report
        is_to_begin = facts.known.branch is not None and facts.report_problem is None  # with the record
        if (facts.report is None and not is_to_begin) or deleted is not None:
            if facts.report_problem is not None:
                return Refusal((facts.report_problem,))
            message = deleted or f"'{facts.hotfix}' has no report to note it in."
            return Refusal((Problem("no-report", message, command("git", "hotfix", "status", facts.hotfix)),))
        if is_closed(facts) and not facts.is_restricted:
            message = f"'{facts.hotfix}' was closed: no record of it will be written in which the note could be."
            return Refusal((Problem("closed", message, command("git", "hotfix", "status", facts.hotfix)),))
        when, started = clock.from_rfc3339(request.when), facts.report.started_at if facts.report else None
        if request.mitigated and when is not None and started is not None and when <= started - TYPED_TO:
            message = f"Users were no longer affected ({when}) before the problem began ({started})."
            remedy = command("git", "hotfix", "note", "TEXT", "--mitigated", "--at", "WHEN")
            return Refusal((Problem("times-crossed", message, remedy, ExitCode.USAGE),))
        return AddRow(request.event, request.when, request.source, request.mitigated)

    def perform(self, run: Run) -> Done:
        """Write it; where that cannot be, queue it for the next documents."""
        facts = run.facts
        why = _commit(run, lambda content: self._written(facts, content), reason="git hotfix note")
        if self.mitigated:
            run.remember(lambda memory: replace(memory, mitigated_at=self.when))
        if why is None:
            run.say(f"Noted in '{_report_file(run)}'.")
            return Done()
        row = TimelineRow(self.when, self.event, self.source)
        run.remember(lambda memory: replace(memory, rows=(*memory.rows, row), wants_report=True))
        run.say(f"Saved here: {why}. To publish the report, run: git hotfix document {facts.hotfix}")
        return Done()

    def _written(self, facts: Facts, content: bytes) -> bytes:
        when = clock.from_rfc3339(self.when)
        if when is not None:
            content = add_rows(content, (Row(when, self.event, self.source),), words_of(facts.config))
        return set_values(content, {"mitigated_at": self.when}, facts.report_path) if self.mitigated else content


class EditReport(Step, frozen=True):
    """Write follow-ups or a post-mortem: a record commit on the open branch, queued once it is published."""

    does = "write into the report: {0.what}"

    edits: tuple[Edit, ...]
    what: str
    """What is written, in words."""
    remedy: Remedy
    """The command that asks for it again."""

    def perform(self, run: Run) -> Done:
        """Write it; what lies beside the report is always queued: on the branch it would be taken for the fix."""
        facts = run.facts
        if is_closed(facts) and not facts.is_restricted:
            return self._put_on_record(run)
        if any(edit.kind in BESIDE for edit in self.edits):
            why: str | None = f"it is a file of its own on '{facts.record_branch}'"
        else:
            path = facts.report_path
            why = _commit(run, lambda content: edit_report(content, self.edits, path), reason="git hotfix")
        if why is None:
            run.say(f"Written into '{_report_file(run)}': {self.what}.")
            return Done()
        run.remember(lambda memory: replace(memory, edits=(*memory.edits, *self.edits)))
        run.say(f"Saved here ({self.what}): {why}. To publish the report, run: git hotfix document {facts.hotfix}")
        return Done()

    def _put_on_record(self, run: Run) -> Done:
        """Write into the report of a hotfix that was closed: no other commit of documents will come."""
        facts, on = run.facts, run.facts.record_branch
        path = facts.documented_path

        def make(tip: Oid) -> Oid | None:
            before = trees.read_file(run.repository, tip, path)
            if before is None:
                return None
            record = report_record(facts, path, before, tip, self.edits)
            for problem in record.problems:
                run.warn(problem.message)
            return commit_record(run, tip, record.files)

        put_on_branch(run, on, make, reason="git hotfix", remedy=self.remedy)
        run.say(f"Written into '{path}' on {run.world.shown(on)}: {self.what}.")
        return Done()


ADD_FOLLOW_UP = command("git", "hotfix", "followup", "TEXT", "--kind", "KIND", "--due", "DATE")


def due_date(text: str) -> date:
    """Read a due date; one that does not exist or is past is wrong input."""
    try:
        due = date.fromisoformat(text.strip())
    except ValueError as error:
        raise wrong_input("bad-date", f"'{text}' is not a date such as 2026-02-01.", ADD_FOLLOW_UP) from error
    if due < clock.now().date():
        raise wrong_input("past-date", f"'{text}' is past; a due date is today or later.", ADD_FOLLOW_UP)
    return due


def date_or_trigger(text: str) -> tuple[date | None, str | None]:
    """Read an answer to "by when?": a date, or what triggers it."""
    return (due_date(text), None) if re.fullmatch(r"\d{4}-\d{1,2}-\d{1,2}", text.strip()) else (None, one_line(text))


def _report_file(run: Run) -> str:
    kept = PrivateReport(run.repository.common_dir, run.facts.hotfix).path
    return str(kept) if run.facts.is_restricted else run.facts.report_path


def _commit(run: Run, edit: Callable[[bytes], bytes], *, reason: str) -> str | None:
    """Make the record commit; None when done, else why it cannot be made now."""
    facts = run.facts
    if facts.is_restricted and facts.private is not None and facts.report_problem is None:
        PrivateReport(run.repository.common_dir, facts.hotfix).write(edit(facts.private))
        return None
    if (
        facts.publications
    ):  # also before another publication: the record goes on elsewhere, and would conflict with this
        return "the fix is published"
    if facts.tip is None or not facts.has(facts.tip) or (tip := tip_here(run, facts.branch)) is None:
        return f"'{facts.branch}' is not here"
    if rebased_in(run.repository, run.world, facts.branch) is not None:  # it could not end on a branch that has moved
        return f"'{facts.branch}' is being rebased"
    before = trees.read_file(run.repository, tip, facts.report_path)
    if before is None:
        return "the branch has no report"
    if facts.report_problem is not None:
        return "the report cannot be read"
    try:
        commit = commit_record(run, tip, {facts.report_path: edit(before)})
    except HotfixError as error:  # a hook refuses it, or the signer
        return error.problems[0].message
    if commit is None:
        return None
    update = Update(branch_ref(facts.branch), tip, commit)
    why = advance(run.repository.git, run.world.tree_of(facts.branch), update, reason=reason)
    run.look_here()
    return f"the report has changes that are not committed ({why})" if why else None
