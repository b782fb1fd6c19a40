"""The commands: each a list of steps on the one engine, with what refuses it and what is noted about its plan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from git_hotfix.engine.loop import Command, Outcome, carry_out
from git_hotfix.engine.step import Question, Questions, Refusal
from git_hotfix.errors import ExitCode, Problem, command
from git_hotfix.facts.phrases import closed, later_commits, to_the_commit
from git_hotfix.facts.relanding import to_take_along
from git_hotfix.facts.reports import report_in_the_way, told_claims
from git_hotfix.private_report import PrivateReport
from git_hotfix.steps.attempts import drop_keep_ref, end_attempt
from git_hotfix.steps.backport import Backport
from git_hotfix.steps.backport_targets import predicted_conflicts
from git_hotfix.steps.bundle import WriteBundle
from git_hotfix.steps.conflicts import remove_settled_conflicts
from git_hotfix.steps.deploy import Deploy
from git_hotfix.steps.edit_report import AddRow
from git_hotfix.steps.fast_forward import FastForward, follow_server
from git_hotfix.steps.follow_ups import AddFollowUp, FinishFollowUp, not_held
from git_hotfix.steps.give_up import DropAttempt, GiveUpConflicts
from git_hotfix.steps.keep_report import BeginReport, Disclose, KeepReport
from git_hotfix.steps.lay_out_conflict import LayOutConflict
from git_hotfix.steps.leave import (
    DeleteBranch,
    Forget,
    RemoveWorktree,
    force_notes,
    gaps_of,
    proven,
)
from git_hotfix.steps.open_pull_request import OpenPullRequest
from git_hotfix.steps.place import end_detour
from git_hotfix.steps.post_mortem import WritePostmortem
from git_hotfix.steps.preflight import can_be_taken_back, finish_notes
from git_hotfix.steps.publish import Publish, lines_question, optional_questions
from git_hotfix.steps.pull_request import DeleteRequestBranches, kept_requests
from git_hotfix.steps.record_deployment import RecordDeployment
from git_hotfix.steps.record_end import RecordEnd, close_notes, ships_no_code, why_closed
from git_hotfix.steps.return_to_place import ReturnToPlace
from git_hotfix.steps.roll_back import RollBack, RunRollbackCommand, rollback_notes, unasked_questions
from git_hotfix.steps.run_tests import RunTests, who_verified
from git_hotfix.steps.tags import CompleteTag

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from git_hotfix.engine.run import Run
    from git_hotfix.facts.facts import Facts
    from git_hotfix.hotfix import HotfixId
    from git_hotfix.steps.request import (
        AbortRequest,
        DocumentRequest,
        FinishRequest,
        LeaveRequest,
        NoteRequest,
        Request,
    )


# What refuses a command.


def _not_rolled_back(facts: Facts, request: Request) -> Refusal | None:
    if not facts.is_rolled_back:
        return None
    nothing = f"'{facts.hotfix}' was rolled back; merging its branch again would change nothing."
    message, remedy = later_commits(facts) or nothing, to_take_along(facts)
    if facts.fix is None and (newer := facts.landed_again_by) is not None:
        message = f"'{facts.hotfix}' was rolled back, and '{newer}' lands it again in its place."
        remedy = command("git", "hotfix", "status", newer)
    return Refusal((Problem("rolled-back", message, remedy),))


def _not_ended(facts: Facts, request: Request) -> Refusal | None:
    if not facts.is_ended:
        return None
    message, remedy = f"'{facts.hotfix}' was {closed(facts)}.", command("git", "hotfix", "status", facts.hotfix)
    if facts.is_restricted:
        message += f" Its report is '{PrivateReport(facts.repository.common_dir, facts.hotfix).path}'."
    tip = facts.local_tip
    if tip is not None and facts.fix_commits_at(tip):  # anybody may have pushed that record
        message += " To continue with its fix, add one more commit to the branch."
        remedy = to_the_commit(facts, "--allow-empty", "-m", "Not given up")
    return Refusal((Problem("hotfix-ended", message, remedy),))


def _published(why: str) -> Callable[[Facts, Any], Refusal | None]:
    """Return the condition that the hotfix is published; ``why`` ends the sentence of the refusal."""

    def condition(facts: Facts, request: Request) -> Refusal | None:
        if facts.is_published or facts.is_ended:
            return _not_ended(facts, request) if not facts.is_published else None
        message = f"'{facts.hotfix}' is not published: {why}"
        known = facts.lost or Problem("not-published", message, command("git", "hotfix", "status", facts.hotfix))
        return Refusal((replace(known, exit_code=ExitCode.REFUSED),))

    return condition


def _something_published(facts: Facts, request: Request) -> Refusal | None:
    """Refuse where no round of the hotfix is published; later commits on the branch hold no deployment."""
    return None if facts.publications else _published("there is nothing to deploy.")(facts, request)


def _not_published(facts: Facts, request: AbortRequest) -> Refusal | None:
    if not facts.is_published:
        return None
    message = f"'{facts.hotfix}' is published: it cannot be aborted, only rolled back."
    return Refusal((Problem("published", message, command("git", "hotfix", "rollback", facts.hotfix)),))


def _can_document(facts: Facts, request: DocumentRequest) -> Refusal | None:
    if not (request.disclose and facts.is_ended):
        refusal = _published("the record only says what has happened.")(facts, request)
        if refusal is not None:
            return refusal
    name, record = facts.hotfix, facts.documented
    problem = facts.report_problem
    if request.disclose and facts.is_kept:
        problem = problem or report_in_the_way(facts)
    if request.disclose and facts.report is None:
        message = f"The report of '{name}' is not here: it is disclosed where the hotfix was started."
        problem = Problem("no-report", message, command("git", "hotfix", "status", name))
    elif request.cve is not None and record is not None and record.cve != request.cve:
        message = f"'{name}' is disclosed already, as '{record.cve}': its report and changelog are yours to edit."
        place = f"{facts.world.shown(facts.record_branch)}:{facts.documented_path}"
        problem = Problem("disclosed", message, command("git", "show", place))
    elif _waits_for_its_branch(facts):
        message, remedy = _waits(facts), command("git", "hotfix", "backport", name)
        problem = problem or Problem("record-waits", message, remedy, ExitCode.UNFINISHED)
    return Refusal((problem,)) if problem is not None else None


def _waits_for_its_branch(facts: Facts) -> bool:
    """Return whether the record waits for the fix to be where it is written, and not for a deployment or a person."""
    if facts.is_restricted or facts.why_record_waits is None or not facts.is_published:
        return False
    return any(target.branch == facts.record_branch for target in facts.pending)


def _lines_chosen(facts: Facts, request: FinishRequest) -> Questions | None:
    """Ask which of many release lines get the fix, where it is published already."""
    if not facts.is_published or not request.backport or not request.interactive:
        return None
    question = lines_question(facts, request)
    return Questions((question,)) if question is not None else None


# What is noted about a plan.


def _waits(facts: Facts) -> str:
    return f"The record is not written yet: {facts.why_record_waits}."


def _finish_notes(facts: Facts, request: FinishRequest) -> Iterator[str]:
    yield from predicted_conflicts(facts) if request.backport else ()
    if not facts.is_published:
        yield from finish_notes(facts, request)
        return
    yield from (*facts.diverged, *facts.contradictions, *facts.broken_waivers, *told_claims(facts))
    if facts.why_record_waits is None and facts.deleted_report is not None:
        yield facts.deleted_report


def _document_notes(facts: Facts, request: DocumentRequest) -> Iterator[str]:
    if facts.why_record_waits is not None and not (request.disclose and facts.is_restricted):
        yield _waits(facts)
    yield from told_claims(facts)


def _cleanup_notes(facts: Facts, request: LeaveRequest) -> Iterator[str]:
    yield from (*force_notes(facts, request), *kept_requests(facts), *told_claims(facts))


def _abort_notes(facts: Facts, request: AbortRequest) -> Iterator[str]:
    if request.is_rollback and facts.deployed.is_back and not facts.is_rolled_back:
        yield f"deploy.rollback has run; 'git hotfix deploy {facts.hotfix}' deploys the fix again."


def _unasked_by_finish(facts: Facts, request: FinishRequest) -> tuple[Question, ...]:
    """Return what a plan does not depend on: what a terminal asks before the publication, and who has verified it."""
    if facts.is_published:
        return ()
    return (*optional_questions(facts, replace(request, interactive=True)), *who_verified(request))


# The commands.

_LEAVE = (GiveUpConflicts, ReturnToPlace, RemoveWorktree, DeleteRequestBranches, DeleteBranch, Forget)

TEST: Command[Facts, FinishRequest] = Command("test", (RunTests,))
FINISH = Command(
    "finish",
    (
        LayOutConflict,
        RunTests,
        WriteBundle,
        OpenPullRequest,
        Publish,
        CompleteTag,
        FastForward,
        Deploy,
        BeginReport,
        Backport,
        KeepReport,
        ReturnToPlace,
    ),
    (_not_rolled_back, _not_ended, _lines_chosen),
    _finish_notes,
    _unasked_by_finish,
)
ABORT = Command("finish", (GiveUpConflicts, DropAttempt, ReturnToPlace), (_not_published,))
DEPLOY = Command("deploy", (RecordDeployment, Deploy, Backport, KeepReport, FastForward), (_something_published,))
BACKPORT = Command(
    "backport",
    (Backport, FastForward, KeepReport),
    (_published("production comes first."), _not_rolled_back),
    lambda facts, _request: (*predicted_conflicts(facts), *facts.diverged, *facts.broken_waivers, *told_claims(facts)),
)
ABORT_BACKPORT: Command[Facts, AbortRequest] = Command("backport", (GiveUpConflicts,), observed=(Backport,))
DOCUMENT = Command(
    "document",
    (Disclose, BeginReport, Backport, KeepReport, FastForward),
    (_can_document,),
    _document_notes,
)
NOTE: Command[Facts, NoteRequest] = Command("note", (AddRow,))
FOLLOW_UP = Command("followup", (AddFollowUp, FinishFollowUp), (not_held,))
POSTMORTEM = Command("postmortem", (WritePostmortem,), (not_held,))
ROLLBACK = Command(
    "rollback",
    (RunRollbackCommand, RollBack, CompleteTag, FastForward, Deploy, Backport, KeepReport),
    (can_be_taken_back,),
    rollback_notes,
    unasked_questions,
)
ABORT_ROLLBACK = Command("rollback", (GiveUpConflicts, DropAttempt), (), _abort_notes, observed=(Backport,))
CLOSE = Command("close", (RecordEnd, *_LEAVE), (ships_no_code, why_closed), close_notes, incomplete=ExitCode.WAITING)
CLEANUP = Command("cleanup", (KeepReport, *_LEAVE), (proven,), _cleanup_notes, incomplete=ExitCode.GAP)


def carry_out_command(
    run: Run,
    hotfix: HotfixId,
    wanted: Command[Facts, Any],
    request: Any,
    ask: Callable[[Questions, Any], Any],
    *,
    dry_run: bool,
) -> tuple[Outcome[Facts], tuple[Problem, ...], Any]:
    """Carry a command out; return what it came to, what is missing by what is observed then, the request as answered.

    What an interrupted run has left half-done here is ended first.
    """
    branches = tuple(each.partition("=")[0] for each in request.to)
    run.look(hotfix, branches=branches)
    if not dry_run:
        _end_interrupted_run(run)
    outcome, request = carry_out(
        wanted, run, run.look, request, ask, is_published=lambda facts: facts.is_published, dry_run=dry_run
    )
    if dry_run:
        return outcome, (), request
    remove_settled_conflicts(run)
    memory = run.memory_file(hotfix).read()
    waits = any(each.is_rollback for each in memory.conflicts)
    is_back = outcome.facts.is_rolled_back and not waits and not outcome.problems
    if memory.pending_rollback is not None and is_back:
        run.remember(lambda known: replace(known, pending_rollback=None), hotfix)
    kinds = wanted.steps if wanted.observed is None else wanted.observed
    observed = tuple(problem for kind in kinds for problem in kind.missing(outcome.facts, request))
    unread = outcome.facts.settings.problems
    observed += tuple(replace(problem, exit_code=ExitCode.UNFINISHED) for problem in unread)
    reported = {problem.about for problem in outcome.problems} - {None}
    return outcome, tuple(problem for problem in observed if problem.about not in reported), request


def _end_interrupted_run(run: Run) -> None:
    follow_server(run)
    if run.facts.memory.detour is not None:
        end_detour(run)
        run.look()
    if run.facts.memory.attempt is None:
        drop_keep_ref(run)  # killed before the attempt was remembered
    if run.facts.memory.attempt is not None and run.facts.is_published:
        end_attempt(run)
        run.look()


def is_wholly_done(facts: Facts) -> bool:
    """Return whether a finished hotfix can be cleaned up: everything is proven, deployed and written down."""
    return facts.is_published and not facts.record_is_due and not gaps_of(facts)
