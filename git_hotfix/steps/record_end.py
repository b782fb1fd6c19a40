"""Write the end of a hotfix that ships no code into its report: what ``close`` is for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from git_hotfix import clock
from git_hotfix.engine.step import Done, Refusal, Step
from git_hotfix.errors import Problem, command
from git_hotfix.git.identity import identity
from git_hotfix.private_report import PrivateReport
from git_hotfix.record.incident import Resolution, Status
from git_hotfix.record.resolution import resolve_report
from git_hotfix.record.timeline import row_in
from git_hotfix.record.words import words_of
from git_hotfix.steps.record_commit import commit_record, put_on_branch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from git_hotfix.engine.run import Run
    from git_hotfix.engine.step import Due
    from git_hotfix.facts.facts import Facts
    from git_hotfix.git.world import World
    from git_hotfix.hotfix import BranchName, Oid
    from git_hotfix.steps.request import LeaveRequest


class RecordEnd(Step, frozen=True):
    """Write the report of a hotfix that ships no code to develop (production without one)."""

    on: BranchName
    status: Status
    reason: str

    @staticmethod
    def due(facts: Facts, request: LeaveRequest) -> Due:
        """With ``close``, unless the report is dropped, or says so already."""
        if request.status is None or request.drop_report or facts.report is None:
            return None
        told = facts.documented
        if told is not None and told.status == request.status and not facts.is_restricted:
            return None  # a run was killed between the report and the branch
        held = facts.roles.develop is None and facts.why_record_waits
        if held and not facts.is_restricted and facts.trigger == "push":
            message = f"The report would go to '{facts.base}', and a push there deploys."
            remedy = command("git", "hotfix", "close", facts.hotfix, "--drop-report")
            return Refusal((Problem("record-held", message, remedy),))
        return RecordEnd(facts.record_branch, Status(request.status), request.reason)

    def describe(self, world: World) -> str:
        """Return what the step does."""
        return f"write the report as {self.status} to {world.shown(self.on)}"

    def perform(self, run: Run) -> Done:
        """Commit the report with its end; a branch that moves is followed."""
        facts = run.facts
        if facts.is_restricted and facts.private is not None:
            PrivateReport(run.repository.common_dir, facts.hotfix).write(self._ended(run, facts.private))
            return Done()
        remedy = command("git", "hotfix", "close", facts.hotfix, "--drop-report")
        is_new = put_on_branch(
            run, self.on, lambda tip: self._ended_on(run, tip), reason="git hotfix close", remedy=remedy
        )
        if is_new:
            run.say(f"The report is on {run.world.shown(self.on)}: {self.status}.")
        return Done()

    def _ended_on(self, run: Run, tip: Oid) -> Oid | None:
        """Make the commit with the ended report on top of a tip; None when the report there has it already."""
        from git_hotfix.facts.written_record import closed_record, report_to_write  # noqa: PLC0415  # slow, only here

        facts = run.facts
        found = report_to_write(facts, tip)
        if found is None:
            if facts.deleted_report is not None:
                run.warn(facts.deleted_report)
            return None
        path, content = found
        if facts.documented is not None and facts.documented.status == self.status:
            return None
        record = closed_record(facts, path, self._ended(run, content), tip, facts.memory.edits)
        for problem in record.problems:
            run.warn(problem.message)
        return commit_record(run, tip, record.files)

    def _ended(self, run: Run, report: bytes) -> bytes:
        """Return the report with how and why it ended."""
        from git_hotfix.facts.timeline_rows import queued_rows  # noqa: PLC0415  # as above

        facts, now = run.facts, clock.now()
        words, who = words_of(facts.config), identity(run.repository.git).committer.name
        row = row_in(words, now, who, lambda w: w.closed.format(status=w.statuses[self.status], reason=self.reason))
        resolution = Resolution(
            status=self.status,
            base=facts.base,
            resolved_at=now if self.status is Status.RESOLVED else None,
            reason=self.reason,
            timeline=(*queued_rows(facts.memory), row),
        )
        return resolve_report(report, facts.report_path, resolution, words)


def ships_no_code(facts: Facts, request: LeaveRequest) -> Refusal | None:
    """Refuse ``close`` for a hotfix that is published, or has fix commits that ``--discard`` does not give up."""
    problems: list[Problem] = []
    if facts.publications:
        message = f"'{facts.hotfix}' is published; 'close' is for a hotfix that ships no code."
        problems.append(Problem("published", message, command("git", "hotfix", "finish", facts.hotfix)))
    elif facts.fix is not None and facts.fix.commits and not request.discard:
        listed = ", ".join(oid[:12] for oid in facts.fix.commits)
        remedy = command("git", "hotfix", "close", facts.hotfix, "--discard")
        problems.append(Problem("has-fix", f"The branch has fix commits: {listed}.", remedy))
    return Refusal(tuple(problems)) if problems else None


def close_notes(facts: Facts, request: LeaveRequest) -> Iterator[str]:
    """Return what ``close --discard`` gives up, and how it comes back."""
    fix = facts.fix
    if fix is not None and fix.commits and not facts.publications:
        listed = ", ".join(oid[:12] for oid in fix.commits)
        yield f"Given up: {listed} (git branch NAME {fix.tip[:12]} brings them back)."
