"""The loop: look, plan, perform one step, look again, until nothing is left."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from git_hotfix.errors import ExitCode, HotfixError, Problem
from git_hotfix.execution.attempts import end_attempt, keep_ref
from git_hotfix.execution.ending import StepEnd
from git_hotfix.execution.placing import end_detour
from git_hotfix.execution.resolving import end_settled
from git_hotfix.execution.settling import follow_server
from git_hotfix.execution.steps import perform, perform_start
from git_hotfix.git.refs import drop_ref, move_refs
from git_hotfix.git.remote import Update
from git_hotfix.git.stash import restore_stash
from git_hotfix.hotfix import branch_ref
from git_hotfix.private_report import PrivateReport
from git_hotfix.workflow.decision import Decision, Plan, Questions, Refused
from git_hotfix.workflow.plan import (
    DeleteBranch,
    FastForward,
    Publish,
    PutAsideChanges,
    RemoveWorktree,
    Return,
    RunTests,
    Step,
)

if TYPE_CHECKING:
    from git_hotfix.execution.session import Session
    from git_hotfix.facts.facts import Facts
    from git_hotfix.hotfix import HotfixId, Oid, RefName

Planner = Callable[["Facts", frozenset[type[Step]]], Decision]
Ask = Callable[[Questions], None]
S = TypeVar("S", bound="Step")


class Outcome(Struct, frozen=True):
    """What a run came to: the facts as it was last seen, and what is not as it should be."""

    facts: Facts
    problems: tuple[Problem, ...]
    planned: tuple[Step, ...]
    notes: tuple[str, ...]


def carry_out(session: Session, hotfix: HotfixId, plan: Planner, ask: Ask, *, dry_run: bool) -> Outcome:
    """Bring a hotfix to the state its plan is about; a refusal before anything was done raises.

    Each kind of step is carried out once in a run (but settling, which follows every publication): what is still
    left after that is told as a problem, not tried for ever.
    """
    done: list[Step] = []
    problems: list[Problem] = []
    notes: list[str] = []
    facts = session.facts(hotfix) if dry_run else _after_a_crash(session, hotfix)
    while True:
        decision = plan(facts, frozenset(type(step) for step in done if not isinstance(step, FastForward)))
        if isinstance(decision, Questions):
            ask(decision)
            continue
        if isinstance(decision, Refused):
            if not done:
                raise decision.error()
            problems += decision.problems
            break
        _tell_notes(session, decision.notes, notes)
        step = next((each for each in decision.steps if not _is_done(each, done)), None)
        if dry_run:
            return Outcome(facts, tuple(problems), decision.steps, tuple(notes))
        if step is None:
            break
        step = _untried(step, done)
        done.append(step)
        ended = _perform(session, facts, step)
        problems += ended.problems
        facts = session.facts(hotfix)
        if ended.repeats:
            done.clear()
        if ended.problems and isinstance(step, Return | RemoveWorktree | DeleteBranch):
            break  # what follows would delete what this step could not leave
    end_settled(session, facts)
    waits = any(each.is_rollback for each in session.memory_of(hotfix).read().conflicts)
    if facts.memory.pending_rollback is not None and not waits and not problems:
        session.change(hotfix, lambda memory: replace(memory, pending_rollback=None))
    return Outcome(facts, tuple(problems), (), tuple(notes))


def _after_a_crash(session: Session, hotfix: HotfixId) -> Facts:
    """Return the facts, after what an interrupted run has left half-done here was ended."""
    facts = follow_server(session, session.facts(hotfix))
    if facts.memory.detour is not None:
        end_detour(session, facts)
        facts = session.facts(hotfix)
    if facts.memory.attempt is None and keep_ref(hotfix) in session.world.local:
        drop_ref(session.repository.git, keep_ref(hotfix))  # killed before the attempt was remembered
    if facts.memory.attempt is not None and facts.is_published:
        end_attempt(session, facts)
        facts = session.facts(hotfix)
    return facts


def carry_out_start(session: Session, plan: Plan) -> tuple[Problem, ...]:
    """Perform the steps of a start; one that fails takes back what this run has made.

    What is left to do after the branch was made (its publication was refused) is given back.
    """
    problems: list[Problem] = []
    hotfix = plan.hotfix
    session.change(hotfix, lambda memory: replace(memory, starting=True))
    branches = session.world.local
    try:
        for step in plan.steps:
            problems += perform_start(session, hotfix, step).problems
    except HotfixError:
        _take_back_start(session, hotfix, branches, plan)
        raise
    session.change(hotfix, lambda memory: replace(memory, starting=bool(problems)))
    return tuple(problems)


def _take_back_start(session: Session, hotfix: HotfixId, before: Mapping[RefName, Oid], plan: Plan) -> None:
    """Delete the branch this run made and put the stash back: a refused start leaves nothing.

    Where the branch is checked out already, everything stays: the same command goes on.
    """
    session.look_here()
    ref = branch_ref(hotfix.branch(session.config.branches.prefix))
    made = session.world.local.get(ref)
    if session.world.tree_of(ref.removeprefix("refs/heads/")) is not None:
        return
    if made is not None and ref not in before:
        move_refs(session.repository.git, [Update(ref, made, None)], reason="git hotfix start: taken back")
    place = session.memory_of(hotfix).read().place
    if place is not None and place.stash is not None and any(isinstance(s, PutAsideChanges) for s in plan.steps):
        why = restore_stash(session.repository.git, place.stash)
        if why is not None:
            session.warn(f"Your changes are still stashed: {why}")
            return
    PrivateReport(session.repository.common_dir, hotfix).forget()
    session.memory_of(hotfix).forget()


def _perform(session: Session, facts: Facts, step: Step) -> StepEnd:
    """Perform a step; after publication a failure is told and the rest goes on, before it the run ends."""
    try:
        return perform(session, facts, step)
    except HotfixError as error:
        if not facts.is_published or isinstance(step, RunTests | Publish):
            raise
        after = {ExitCode.UNFINISHED, ExitCode.DEPLOYMENT, ExitCode.GAP}
        return StepEnd(
            tuple(
                problem if problem.exit_code in after else replace(problem, exit_code=ExitCode.UNFINISHED)
                for problem in error.problems
            )
        )


def _is_done(step: Step, done: list[Step]) -> bool:
    if isinstance(step, FastForward):
        return not _untried(step, done).updates
    return any(type(step) is type(each) for each in done)


def _untried(step: S, done: list[Step]) -> S:
    """Return a step without the local refs that this run has tried to move: one that stays is told once."""
    if not isinstance(step, FastForward):
        return step
    tried = {update for each in done if isinstance(each, FastForward) for update in each.updates}
    return replace(step, updates=tuple(update for update in step.updates if update not in tried))


def _tell_notes(session: Session, notes: tuple[str, ...], told: list[str]) -> None:
    for note in notes:
        if note not in told:
            told.append(note)
            session.note(note)
