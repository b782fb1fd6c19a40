"""What ``--abort`` gives up: what waits and what was prepared; never what is published."""

from __future__ import annotations

from typing import TYPE_CHECKING

from git_hotfix.errors import Problem
from git_hotfix.workflow.decision import Decision, Plan, Refused
from git_hotfix.workflow.plan import DropAttempt, GiveUp, Return, Step

if TYPE_CHECKING:
    from git_hotfix.facts.facts import Facts


def plan_abort(facts: Facts, tried: frozenset[type[Step]]) -> Decision:
    """Return up an unpublished finish: conflict worktree, what was prepared, and back to where the user was."""
    if facts.is_published:
        message = f"'{facts.hotfix}' is published: that is not undone, it is taken back."
        return Refused((Problem("published", message, f"git hotfix rollback {facts.hotfix}"),))
    steps = (GiveUp(is_rollback=False), DropAttempt(), Return())
    return Plan(facts.hotfix, tuple(step for step in steps if type(step) not in tried))


def plan_give_up(facts: Facts, tried: frozenset[type[Step]]) -> Decision:
    """Return up the conflicts of a backport that wait; their targets stay pending."""
    return Plan(facts.hotfix, () if tried else (GiveUp(is_rollback=False),))


def plan_keep(facts: Facts, tried: frozenset[type[Step]]) -> Decision:
    """Return up a rollback that waits (``rollback --abort``): the fix stays where it was not taken back yet."""
    attempt, notes = facts.memory.attempt, list[str]()
    steps: list[Step] = [GiveUp(is_rollback=True)]
    if not facts.is_rolled_back:
        if attempt is not None and attempt.tip in {each.merge for each in facts.publications}:
            steps.append(DropAttempt())
        last = facts.last_publication
        if last is not None and facts.memory.deployment_of(last.merge, is_rollback=True) is not None:
            notes.append(f"deploy.rollback has run; 'git hotfix deploy {facts.hotfix}' deploys the fix again.")
    return Plan(facts.hotfix, tuple(step for step in steps if type(step) not in tried), tuple(notes))
