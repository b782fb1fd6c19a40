"""Backports and the record: made in memory, pushed together, each ref leased and judged alone."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from msgspec.structs import replace

from git_hotfix.errors import ExitCode, HotfixError, Problem
from git_hotfix.execution.ending import StepEnd
from git_hotfix.execution.making import Made, Stuck, carry, with_record
from git_hotfix.execution.resolving import wait_for_person
from git_hotfix.execution.session import Session, ask_until_answered, pause
from git_hotfix.git import history
from git_hotfix.git.checkout import advance
from git_hotfix.git.objects import has_object
from git_hotfix.git.refs import RefsMoved
from git_hotfix.git.remote import Update, push
from git_hotfix.git.world import target_tip
from git_hotfix.hotfix import BranchName, Oid, branch_ref

if TYPE_CHECKING:
    from git_hotfix.facts.facts import Facts
    from git_hotfix.workflow.plan import Backport, Carry

RACE_SECONDS = 60.0


def backport(session: Session, facts: Facts, step: Backport) -> StepEnd:
    """Carry the fix to the step's targets and write the record; a conflict or refusal holds only its own target.

    The branch that keeps the record goes last, with its merge and the record in one push: the record says where the
    fix has arrived, and that is known only after the others were pushed.
    """
    waiting: dict[str, Problem] = {}
    first = [each for each in step.targets if each.branch != step.documents]
    last = [each for each in step.targets if each.branch == step.documents]
    for targets, record_on in ((first, None), (last, step.documents)):
        facts = _carry_all(session, facts, step, list(targets), record_on, waiting)
    _remember(session, facts, step, waiting)
    return StepEnd(tuple(waiting.values()))


def _carry_all(
    session: Session,
    facts: Facts,
    step: Backport,
    left: list[Carry],
    record_on: BranchName | None,
    waiting: dict[str, Problem],
) -> Facts:
    """Make, push and judge until every branch has it or waits; one that others move meanwhile is made again."""
    until = time.monotonic() + RACE_SECONDS
    while left or record_on is not None:
        made = _make_all(session, facts, step, left, record_on, waiting)
        refusals = _publish(session, made, hooks=step.hooks)
        facts = session.facts(facts.hotfix)
        moved = _judge(session, facts, made, refusals, waiting)
        left = _on_new_tips(session, [each for each in left if each.branch in moved])
        record_on = record_on if record_on in moved else None
        if moved and time.monotonic() > until:
            for branch in moved:
                waiting[branch] = _problem(session, facts, branch, "it kept moving for a minute")
            break
        if moved:
            pause(1.0)
    return facts


def _make_all(
    session: Session,
    facts: Facts,
    step: Backport,
    left: list[Carry],
    record_on: BranchName | None,
    waiting: dict[str, Problem],
) -> list[Made]:
    made: list[Made] = []
    for target in left:
        try:
            result = carry(session, facts, target, sign=step.sign)
            while isinstance(result, Stuck):
                problem = wait_for_person(session, facts, result, step.place)
                if problem is not None:
                    waiting[target.branch] = problem
                    break
                facts = session.facts(facts.hotfix)  # git resolved it by itself: known now
                result = carry(session, facts, target, sign=step.sign)
        except HotfixError as error:
            waiting[target.branch] = _problem(session, facts, target.branch, error.problems[0].message)
            continue
        if isinstance(result, Made):
            made.append(result)
    if record_on is not None and record_on not in waiting:
        recorded = with_record(session, facts, made, record_on, sign=step.sign)
        made = [each for each in made if each.branch != record_on] + ([recorded] if recorded else [])
    return made


def _publish(session: Session, made: list[Made], *, hooks: bool) -> dict[str, str]:
    """Publish what was made: one push for the branches of the server, one by one what exists only here."""
    refusals: dict[str, str] = {}
    remote = session.world.remote
    there = [each for each in made if remote is not None and (each.on_server or each.old is None)]
    if remote is not None and there:
        updates = [Update(branch_ref(each.branch), each.old, each.new) for each in there]
        said = push(session.repository.git, remote, updates, atomic=False, hooks=hooks)
        for each in there:
            words = said.refusals.get(branch_ref(each.branch), "")
            refusals[each.branch] = "; ".join(word for word in dict.fromkeys([said.reason, words]) if word)
        ask_until_answered(session, again="git hotfix backport")
    for each in made:
        if each not in there:
            update = Update(branch_ref(each.branch), each.old, each.new)
            try:
                why = advance(
                    session.repository.git,
                    session.world.tree_of(each.branch),
                    update,
                    reason="git hotfix backport",
                )
            except RefsMoved as error:
                why = error.problems[0].message
            refusals[each.branch] = why or ""
    session.look_here()
    return refusals


def _judge(
    session: Session, facts: Facts, made: list[Made], refusals: dict[str, str], waiting: dict[str, Problem]
) -> set[str]:
    """Say for each branch what the server shows; give those that someone else has moved meanwhile."""
    moved: set[str] = set()
    for each in made:
        tip = target_tip(session.world, each.branch)
        if tip is not None and (tip == each.new or _contains(session, tip, each.new)):
            session.say(f"{session.world.shown(each.branch)}: {each.said}, now at {tip[:12]}.")
        elif tip != each.old:
            moved.add(each.branch)
        else:
            shown = session.world.shown(each.branch)
            reason = refusals.get(each.branch) or "no reason was given"
            message = f"'{shown}' was refused: {reason}"
            remedy = f"git hotfix backport {facts.hotfix}"
            waiting[each.branch] = Problem("target-refused", message, remedy, ExitCode.UNFINISHED)
    return moved


def _contains(session: Session, tip: Oid, commit: Oid) -> bool:
    return has_object(session.repository, tip) and history.is_ancestor(session.repository, commit, tip)


def _on_new_tips(session: Session, again: list[Carry]) -> list[Carry]:
    found = []
    for each in again:
        tip = target_tip(session.world, each.branch)
        if tip is not None:
            found.append(replace(each, old=tip, start=tip))
    return found


def _problem(session: Session, facts: Facts, branch: str, why: str) -> Problem:
    message = f"'{session.world.shown(branch)}' does not have the fix: {why}"
    return Problem("target-pending", message, f"git hotfix backport {facts.hotfix}", ExitCode.UNFINISHED)


def _remember(session: Session, facts: Facts, step: Backport, waiting: dict[str, Problem]) -> None:
    """Keep why a target waits; edits that the record has by now no longer wait."""
    tried = {each.branch for each in step.targets}
    kept = {branch: why for branch, why in facts.memory.why_pending.items() if branch not in tried}
    kept |= {branch: problem.message for branch, problem in waiting.items()}
    if kept != facts.memory.why_pending:
        session.change(facts.hotfix, lambda memory: replace(memory, why_pending=kept))
    is_written = facts.memory.edits and step.documents is not None and step.documents not in waiting
    if is_written and facts.why_record_waits is None and not facts.record_is_due:
        # what people change in the report from now on must not be changed back by what waited here
        session.change(facts.hotfix, lambda memory: replace(memory, edits=()))
