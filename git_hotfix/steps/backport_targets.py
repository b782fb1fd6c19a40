"""Which branches a backport goes to, and how: the targets that lack the fix, those named, those of a rollback."""

from __future__ import annotations

from typing import TYPE_CHECKING

from git_hotfix.engine.step import Progress, Refusal, State
from git_hotfix.errors import ExitCode, HotfixError, Problem, command
from git_hotfix.facts.pull_requests import takes_no_push, what_it_waits_for
from git_hotfix.facts.targets import waived_by
from git_hotfix.git.refs import is_ref_name
from git_hotfix.git.world import target_tip
from git_hotfix.hotfix import BranchName, Method, Verdict, branch_ref
from git_hotfix.steps.backport_commits import Carry
from git_hotfix.steps.conflicts import to_resolve, to_resolve_in
from git_hotfix.steps.pull_request import to_request

if TYPE_CHECKING:
    from collections.abc import Iterator

    from git_hotfix.errors import Remedy
    from git_hotfix.facts.facts import Facts
    from git_hotfix.facts.targets import Target
    from git_hotfix.steps.request import Request


def lacking(facts: Facts, request: Request) -> tuple[Carry, ...]:
    """Return the targets that lack the fix and are to get it now, each with how."""
    wanted, unchosen = [], facts.unchosen_lines
    asked = {option.partition("=")[0] for option in request.to}
    for target in facts.pending:
        waits = facts.memory.conflict_of(target.branch)
        if waits is not None and waits.is_laid_out and not (request.goes_on and facts.unresolved[waits] is None):
            continue  # a person is at it
        if target.branch == request.skips:
            continue
        if asked and target.branch not in asked:
            continue
        if (target.branch in unchosen or target.verdict.is_refused) and target.branch not in asked:
            continue  # what people took back there is not brought again unasked
        known = target.method or (facts.method_for(target.tip) if target.verdict.is_refused else None)
        method = request.method or facts.resolved_method(target.branch) or known
        if method is not None and target.tip:
            wanted.append(Carry(target.branch, target.tip, target.tip, method))
    return tuple(wanted)


def predicted_conflicts(facts: Facts) -> Iterator[str]:
    """Return, before anything runs, which targets a person will be needed for."""
    for target in facts.pending:
        is_met = facts.memory.conflict_of(target.branch) or facts.resolutions.for_branch(target.branch)
        if target.verdict is Verdict.CONFLICT and not is_met:
            yield f"'{facts.world.shown(target.branch)}' has a conflict to resolve: {target.evidence}."


def way_to(target: Target) -> str:
    """Return how the fix will come to a target, as far as that is known before it is published."""
    waits = ", with a conflict to resolve" if target.verdict is Verdict.CONFLICT else ""
    return f"by {target.method}{waits}" if target.method else target.evidence


def lack_of(target: Target) -> str:
    """Return what a sentence says of a target that is not known to have the fix: not more than is known."""
    match target.verdict:
        case Verdict.UNKNOWN:
            return "is not known to have"
        case Verdict.REVERTED:
            return "no longer has"
        case Verdict.PARTIAL:
            return "does not have all of"
        case Verdict.DROPPED | Verdict.PENDING | Verdict.CONFLICT | Verdict.WAIVED | Verdict.NOT_APPLICABLE:
            return "does not have"
        case Verdict.PRESENT | Verdict.MODIFIED:
            raise AssertionError(target)


def lacks(facts: Facts) -> Iterator[Problem]:
    """Return the targets that are not known to have the fix, and those where taking it back waits for a person."""
    for target in facts.targets if facts.is_published else ():
        waits = facts.memory.conflict_of(target.branch, is_rollback=target.keeps_the_fix)
        remedy = to_resolve(facts, waits) if waits is not None else to_bring_it(facts, target)
        if target.keeps_the_fix and waits is not None:
            yield lack_on(target.branch, "target-conflict", target.evidence, remedy)
        elif target in facts.pending:
            message = f"'{facts.world.shown(target.branch)}' {lack_of(target)} the fix: {target.evidence}."
            if (
                waits is not None
                and waits.is_laid_out
                and target.evidence == facts.memory.why_pending.get(target.branch)
            ):
                message = target.evidence  # it says all that, and ends with what is to be typed
            yield lack_on(target.branch, "target-pending", message, remedy)


def lack_on(branch: str, code: str, message: str, remedy: Remedy) -> Problem:
    """Return a problem with a target, which holds nothing else (exit 4)."""
    return Problem(code, message, remedy, ExitCode.UNFINISHED, about=f"backport {branch}")


def to_bring_it(facts: Facts, target: Target) -> Remedy:
    """Return the command that brings the fix to a target, also one that is only carried to when it is named."""
    is_named = target.branch in facts.unchosen_lines or target.verdict.is_refused
    is_asked = takes_no_push(facts, target.branch) and not facts.memory.asks_for_requests
    more = (*(("--to", target.branch) if is_named else ()), *(("--pr",) if is_asked else ()))
    return command("git", "hotfix", "backport", facts.hotfix, *more)


def record_goes_to(facts: Facts, carried: tuple[Carry, ...], *, is_rollback: bool = False) -> BranchName | None:
    """Return the branch that the record is written to: with develop's merge, or when it can be and something is new.

    Before the publication, or the rollback, it is where the record goes once that has succeeded.
    """
    on, develop = facts.record_branch, facts.roles.develop
    comes_along = any(each.branch == develop for each in carried)
    if facts.is_published and not is_rollback:
        is_due = facts.why_record_waits is None and (bool(carried) or facts.record_is_due)
        return on if (not facts.is_restricted if comes_along else is_due) else None
    has_fix = any(each.branch == develop and each.is_settled for each in facts.targets)
    is_due = is_rollback or (facts.has_fix and (comes_along or has_fix or develop in {None, facts.base}))
    return on if is_due and not (facts.is_restricted or facts.is_held) else None


def to_roll_back(facts: Facts, request: Request) -> tuple[Carry, ...]:
    """Return the targets on which the fix is taken back now: all, or those of which a conflict was resolved.

    None where the base has the fix again: it would be taken from the hotfix that has landed it.
    """
    if facts.is_landed_again:
        return ()

    def is_wanted(branch: str) -> bool:
        waits = facts.memory.conflict_of(branch, is_rollback=True)
        if waits is not None and waits.is_laid_out:
            return False  # a person is at it
        resolved = facts.resolutions.for_branch(branch, is_rollback=True) is not None
        return bool(request.targets) or (request.targets is None and (resolved or waits is not None))

    return tuple(
        Carry(target.branch, target.tip, target.tip, Method.REVERT)
        for target in facts.targets
        if (target.verdict.is_there or target.keeps_the_fix) and not target.is_own and is_wanted(target.branch)
    )


def named(facts: Facts, request: Request) -> tuple[Carry, ...] | Refusal:
    """Return the branches of ``--to`` that are no targets of their own: any branch, or a new line (``BRANCH=REV``)."""
    problems: list[Problem] = []
    found: list[Carry] = []
    revisions: dict[str, str] = {}
    for option in request.to:
        name, _, revision = option.partition("=")
        revisions[name] = revisions.get(name) or revision
    for name, revision in revisions.items():
        branch = BranchName(name)
        if facts.target(branch) is not None:
            continue
        tip = target_tip(facts.world, branch)
        if tip is None and not revision:
            remedy = command("git", "hotfix", "backport", "--to", f"{name}=REV")
            problems.append(Problem("unknown-branch", f"There is no branch '{name}'.", remedy, ExitCode.USAGE))
        elif not is_ref_name(branch_ref(branch)) or name.startswith("-"):
            message, remedy = f"'{name}' is not a name for a branch.", command("git", "help", "check-ref-format")
            problems.append(Problem("bad-branch", message, remedy, ExitCode.USAGE))
        else:
            try:
                start = tip or facts.resolve(revision)
                method = request.method or facts.method_for(start)
            except HotfixError as error:
                problems += error.problems
                continue
            found.append(Carry(branch, tip, start, method))
    return Refusal(tuple(problems)) if problems else tuple(found)


def target_row(facts: Facts, target: Target, conflicts: list[Target]) -> Progress:
    """Return the row that ``status`` shows of a target; while some conflict, theirs is the next command."""
    name = f"backport {target.branch}"
    if target.branch in facts.live_requests and not (target.is_settled and not facts.is_rolled_back):
        what = "that reverts it there" if facts.is_rolled_back else "to it"
        evidence = f"the request {what} {what_it_waits_for(facts, target.branch)}"
        return Progress(name, State.WAITING, evidence, to_request(facts))
    if facts.is_rolled_back:
        state = State.NOT_DONE if target.keeps_the_fix else State.WAITING if is_undecided(facts, target) else State.DONE
        return Progress(name, state, _after_rollback(facts, target), is_wrong=target.keeps_the_fix)
    if target.is_settled:
        return Progress(name, State.DONE, target.evidence)
    if not facts.has_fix and not facts.publications:
        return Progress(name, State.WAITING, "after the fix")
    if not facts.is_published:
        return Progress(name, State.WAITING, f"after publication, {way_to(target)}")
    state = State.UNKNOWN if target.verdict is Verdict.UNKNOWN else State.NOT_DONE
    own, evidence, remedy = facts.memory.conflict_of(target.branch), target.evidence, to_bring_it(facts, target)
    if conflicts:
        known = facts.memory.conflict_of(conflicts[0].branch)
        remedy = to_resolve(facts, known) if known else command("git", "hotfix", "backport", facts.hotfix)
        evidence = to_resolve_in(own) if own is not None and own.is_laid_out else evidence
    is_wrong = target.verdict is Verdict.CONFLICT or target.branch in facts.memory.why_pending
    return Progress(name, state, evidence, remedy, is_wrong=is_wrong)


def is_undecided(facts: Facts, target: Target) -> bool:
    """Return whether a branch still has a fix that was rolled back, and nobody has said that it stays there."""
    is_there = facts.is_rolled_back and target.verdict.is_there and not facts.is_landed_again
    return is_there and not target.is_own and target.branch not in facts.waived


def _after_rollback(facts: Facts, target: Target) -> str:
    match target.verdict:
        case Verdict.PRESENT | Verdict.MODIFIED if facts.is_landed_again:
            return f"has the fix, which {facts.world.shown(facts.base)} has again"
        case Verdict.PRESENT | Verdict.MODIFIED if target.is_own:
            return target.evidence
        case Verdict.PRESENT | Verdict.MODIFIED if (waiver := facts.waived.get(target.branch)) is not None:
            return f"keeps the fix; {waived_by(facts, waiver)}"
        case Verdict.PRESENT | Verdict.MODIFIED:
            back = f"git hotfix rollback {facts.hotfix} --targets"
            return f"still has the fix; undecided: '{back}' reverts it"
        case Verdict.REVERTED | Verdict.DROPPED | Verdict.NOT_APPLICABLE:
            return target.evidence
        case Verdict.CONFLICT if target.keeps_the_fix:
            return target.evidence
        case Verdict.CONFLICT | Verdict.PENDING | Verdict.PARTIAL | Verdict.WAIVED | Verdict.UNKNOWN:
            return "cancelled by the rollback"
