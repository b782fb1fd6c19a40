"""What ``--abort`` gives up: what waits and what was prepared; never what is published."""

from __future__ import annotations

from typing import TYPE_CHECKING

from git_hotfix.errors import Problem
from git_hotfix.workflow.decision import Decision, Plan, Refused
from git_hotfix.workflow.plan import DropAttempt, GiveUp, Return, Step

if TYPE_CHECKING:
    from git_hotfix.workflow.situation import Situation


def plan_abort(situation: Situation, tried: frozenset[type[Step]]) -> Decision:
    """Return up an unpublished finish: conflict worktree, what was prepared, and back to where the user was."""
    if situation.is_published:
        message = f"'{situation.hotfix}' is published: that is not undone, it is taken back."
        return Refused((Problem("published", message, f"git hotfix rollback {situation.hotfix}"),))
    steps = (GiveUp(is_rollback=False), DropAttempt(), Return())
    return Plan(situation.hotfix, tuple(step for step in steps if type(step) not in tried))


def plan_give_up(situation: Situation, tried: frozenset[type[Step]]) -> Decision:
    """Return up the conflicts of a backport that wait; their targets stay pending."""
    return Plan(situation.hotfix, () if tried else (GiveUp(is_rollback=False),))


def plan_keep(situation: Situation, tried: frozenset[type[Step]]) -> Decision:
    """Return up a rollback that waits (``rollback --abort``): the fix stays where it was not taken back yet."""
    attempt, notes = situation.memory.attempt, list[str]()
    steps: list[Step] = [GiveUp(is_rollback=True)]
    if not situation.is_rolled_back:
        if attempt is not None and attempt.tip in {each.merge for each in situation.publications}:
            steps.append(DropAttempt())
        last = situation.last_publication
        if last is not None and situation.memory.deployment_of(last.merge, is_rollback=True) is not None:
            notes.append(f"deploy.rollback has run; 'git hotfix deploy {situation.hotfix}' deploys the fix again.")
    return Plan(situation.hotfix, tuple(step for step in steps if type(step) not in tried), tuple(notes))
