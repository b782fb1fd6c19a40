"""Plans that end with leaving: once everything is proven, or asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from git_hotfix.workflow.decision import Decision, Plan, Refused
from git_hotfix.workflow.documents import record_is_due
from git_hotfix.workflow.ending import plan_cleanup
from git_hotfix.workflow.plan import Forget, Step

if TYPE_CHECKING:
    from git_hotfix.git.repository import Repository
    from git_hotfix.workflow.situation import Situation


def once(decision: Decision, tried: frozenset[type[Step]]) -> Decision:
    """Return a plan without the kinds of step that this run has carried out: a later look may find them done."""
    if tried and isinstance(decision, Refused):
        return decision
    if isinstance(decision, Plan):
        steps = tuple(step for step in decision.steps if type(step) not in tried)
        return Plan(decision.hotfix, steps, decision.notes)
    return decision


def then_clean(
    repository: Repository, situation: Situation, decision: Decision, tried: frozenset[type[Step]] = frozenset()
) -> Decision:
    """End a wholly verified finish with the clean-up, where ``cleanup.auto`` says so."""
    if not isinstance(decision, Plan) or decision.steps or not situation.config.cleanup.auto:
        return decision
    deployed = situation.deployment is None or situation.deployment.state == "succeeded"
    if not situation.is_published or not deployed or record_is_due(repository, situation) or Forget in tried:
        return decision
    cleaned = plan_cleanup(repository, situation, force=False)
    return once(cleaned, tried) if isinstance(cleaned, Plan) else decision
