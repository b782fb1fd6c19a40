"""Plans that end with leaving: once everything is proven, or asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from git_hotfix.workflow.decision import Decision, Plan, Refused
from git_hotfix.workflow.ending import plan_cleanup
from git_hotfix.workflow.plan import Forget, Step

if TYPE_CHECKING:
    from git_hotfix.facts.facts import Facts


def once(decision: Decision, tried: frozenset[type[Step]]) -> Decision:
    """Return a plan without the kinds of step that this run has carried out: a later look may find them done."""
    if tried and isinstance(decision, Refused):
        return decision
    if isinstance(decision, Plan):
        steps = tuple(step for step in decision.steps if type(step) not in tried)
        return Plan(decision.hotfix, steps, decision.notes)
    return decision


def then_clean(facts: Facts, decision: Decision, tried: frozenset[type[Step]] = frozenset()) -> Decision:
    """End a wholly verified finish with the clean-up, where ``cleanup.auto`` says so."""
    if not isinstance(decision, Plan) or decision.steps or not facts.config.cleanup.auto:
        return decision
    deployed = facts.deployment is None or facts.deployment.state == "succeeded"
    if not facts.is_published or not deployed or facts.record_is_due or Forget in tried:
        return decision
    cleaned = plan_cleanup(facts, force=False)
    return once(cleaned, tried) if isinstance(cleaned, Plan) else decision
