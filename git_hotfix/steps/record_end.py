"""Write the end of a hotfix that ships no code into its report: what ``close`` is for."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from msgspec.structs import replace

from git_hotfix import clock
from git_hotfix.engine.step import Done, Question, Questions, Refusal, Step, ask
from git_hotfix.errors import ExitCode, Problem, again, command, refused
from git_hotfix.facts.closing import CLOSED_AS, closing_trailers, tips_of
from git_hotfix.facts.evidence import asked_tips
from git_hotfix.facts.reports import report_in_the_way
from git_hotfix.facts.timeline_rows import queued_rows
from git_hotfix.facts.written_record import report_record, report_to_write
from git_hotfix.git import history
from git_hotfix.git.identity import identity
from git_hotfix.git.messages import single
from git_hotfix.private_report import PrivateReport
from git_hotfix.record.incident import Resolution, Status
from git_hotfix.record.resolution import resolve_report
from git_hotfix.record.timeline import row_in
from git_hotfix.record.words import words_of
from git_hotfix.steps.pull_request import END
from git_hotfix.steps.record_commit import commit_record, put_on_branch
from git_hotfix.steps.request import UNDONE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from git_hotfix.engine.run import Run
    from git_hotfix.engine.step import Due
    from git_hotfix.facts.facts import Facts
    from git_hotfix.git.world import World
    from git_hotfix.hotfix import BranchName, Oid
    from git_hotfix.steps.request import LeaveRequest


_ENDS = ("cancelled", "resolved")


class RecordEnd(Step, frozen=True):
    """Write the report of a hotfix that ships no code to develop (production without one)."""

    on: BranchName
    status: Status
    reason: str
    tips: tuple[Oid, ...] = ()
    """The tips that the branch has, here and on the server."""
    given_up: tuple[Oid, ...] = ()
    """Those of them that have fix commits."""
    by_request: bool | None = None

    @staticmethod
    def due(facts: Facts, request: LeaveRequest) -> Due:
        """With ``close``, unless the report is dropped, or that is recorded already."""
        if request.status in {None, UNDONE} or request.drop_report or facts.report is None:
            return None
        is_recorded = facts.closing is not None and facts.closing.status == request.status
        if is_recorded and (facts.is_ended or facts.is_kept):
            return None  # a run was killed between the report and the branch
        held = facts.roles.develop is None and facts.why_record_waits
        if held and not facts.is_restricted and facts.trigger == "push":
            message = f"The report would go to '{facts.base}', and a push there deploys; --drop-report leaves it out."
            remedy = command("git", "hotfix", "status", facts.hotfix)
            return Refusal((Problem("record-held", message, remedy),))
        if not facts.is_kept and (foreign := report_in_the_way(facts)) is not None:
            return Refusal((foreign,))
        tips = tips_of(facts)
        given_up = tuple(tip for tip in tips if facts.fix_commits_at(tip))
        return RecordEnd(
            facts.record_branch, Status(request.status), request.reason, tips, given_up, request.by_request
        )

    def describe(self, world: World) -> str:
        """Return what the step does."""
        return f"write the report as {self.status} to {world.shown(self.on)}"

    def perform(self, run: Run) -> Done:
        """Commit the report with its end; a branch that moves is followed."""
        facts = run.facts
        if facts.is_kept and facts.private is not None:
            PrivateReport(run.repository.common_dir, facts.hotfix).write(self._ended(run, facts.private))
            return Done()
        remedy = command("git", "hotfix", "close", facts.hotfix, "--drop-report")
        is_new = put_on_branch(
            *(run, self.on, partial(self._ended_on, run)),
            reason="git hotfix close",
            remedy=remedy,
            about=END,
            by_request=self.by_request,
        )
        if is_new:
            run.say(f"The report is on {run.world.shown(self.on)}: {self.status}.")
        return Done()

    def _ended_on(self, run: Run, tip: Oid) -> Oid | None:
        """Make the commit with the ended report on top of a tip; None when the report there has it already."""
        facts = run.facts
        found = report_to_write(facts, tip)
        if found is None:
            if facts.deleted_report is not None:
                run.warn(facts.deleted_report)
            return None
        if tips_of(facts.having(world=run.world)) != self.tips:  # the server was asked again
            message = f"'{facts.branch}' has moved meanwhile: its new commits were not deleted."
            raise refused("branch-moved", message, again())
        path, content = found
        said = single(history.trailers(run.repository, tip), CLOSED_AS)
        if said == self.status and tip in asked_tips(facts, self.on):
            return None  # in the request that waits
        record = report_record(facts, path, self._ended(run, content), tip, facts.memory.edits)
        for problem in record.problems:
            run.warn(problem.message)
        return commit_record(run, tip, record.files, *closing_trailers(self.status, self.given_up))

    def _ended(self, run: Run, report: bytes) -> bytes:
        """Return the report with how and why it ended."""
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
    """Refuse ``close`` for a hotfix that is published, or has fix commits that ``--discard`` does not give up.

    That somebody has recorded an end gives up nothing here: who may push can make such a record.
    """
    problems: list[Problem] = []
    if facts.publications:
        message = f"'{facts.hotfix}' is published; 'close' is for a hotfix that ships no code."
        remedy = command("git", "hotfix", "finish", facts.hotfix)
        if request.discard and facts.fix is not None:
            message += " Of this one, 'cleanup --force' deletes the commits that are not published."
            remedy = command("git", "hotfix", "cleanup", facts.hotfix, "--force")
        problems.append(Problem("published", message, remedy))
    elif facts.lost is not None:
        problems.append(replace(facts.lost, exit_code=ExitCode.REFUSED))
    else:
        fixes = _fixes(facts)
        if any(commits is None for commits in fixes.values()):
            message = f"Not every commit of '{facts.branch}' is here: what would be deleted is unknown."
            problems.append(Problem("branch-not-here", message, command("git", "fetch")))
        elif any(fixes.values()) and not request.discard:
            listed = _listed(commit for commits in fixes.values() for commit in commits or ())
            message = f"The branch has fix commits, which --discard deletes: {listed}."
            problems.append(Problem("has-fix", message, command("git", "hotfix", "status", facts.hotfix)))
    return Refusal(tuple(problems)) if problems else None


def why_closed(facts: Facts, request: LeaveRequest) -> Refusal | Questions | None:
    """Ask how and why it is closed, where nobody has said so."""
    if facts.is_ended:
        return None
    text, ways = "Cancelled (not needed), resolved without code, or undone (no report is left)?", (*_ENDS, UNDONE)
    how = Question("status", "--as cancelled (or resolved)", text, "choice", ways)
    why = Question("reason", "--reason TEXT", "Why is it closed? It goes into the report.")
    missing = [each for each, said in ((how, request.status), (why, request.reason)) if not said]
    if request.status == UNDONE or (how in missing and request.interactive):
        missing = [each for each in missing if each is how]  # whether a reason is wanted depends on it
    return ask(request, *missing) if missing else None


def close_notes(facts: Facts, request: LeaveRequest) -> Iterator[str]:
    """Return what ``close --discard`` gives up, and how it comes back."""
    is_given_up = not facts.publications and facts.lost is None
    fixes = {tip: commits for tip, commits in _fixes(facts).items() if commits} if is_given_up else {}
    for tip, commits in fixes.items():
        if not any(set(commits) < set(others or ()) for others in fixes.values()):
            yield f"Deleted commits: {_listed(commits)}. To restore them: git branch NAME {tip[:7]}"


def _fixes(facts: Facts) -> dict[Oid, tuple[Oid, ...] | None]:
    """Return the fix commits of each tip that the branch has, here and on the server; None where they are not known."""
    return {tip: facts.fix_commits_at(tip) for tip in tips_of(facts)}


def _listed(commits: Iterable[Oid]) -> str:
    return ", ".join(oid[:7] for oid in dict.fromkeys(commits))
