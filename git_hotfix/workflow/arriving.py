"""What follows a publication: local refs, the deployment, the targets and the record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from git_hotfix.hotfix import Method
from git_hotfix.workflow.plan import Backport, Carry, RunDeployment

if TYPE_CHECKING:
    from git_hotfix.facts.facts import Facts
    from git_hotfix.workflow.request import FinishRequest


def deployment_step(facts: Facts, request: FinishRequest) -> RunDeployment | None:
    """Return the deployment of the newest publication if it has not begun; one whose end is unknown is not repeated."""
    last, deploy = facts.last_publication, facts.config.deploy
    if last is None or facts.deployment is not None or request.deploy is False:
        return None
    if facts.documented and facts.documented.resolved_at and facts.documented.tag == last.tag:
        return None
    match deploy.effective_trigger:
        case "command" if deploy.command:
            return RunDeployment(last.merge, last.tag, deploy.command, "deploy.command")
        case "push" if deploy.check:
            return RunDeployment(last.merge, last.tag, deploy.check, "deploy.check")
        case _:
            return None


def backport_step(facts: Facts, request: FinishRequest) -> Backport | None:
    """Return the push that carries the fix to the targets that lack it and writes the record."""
    carried = carries(facts, request)
    develop = facts.roles.develop
    brings_develop = any(each.branch == develop for each in carried)
    is_due = bool(carried) or facts.record_is_due  # a target that arrives is news for the record
    if not brings_develop and facts.why_record_waits is not None:
        is_due = False
    if not carried and not is_due:
        return None
    on = facts.record_branch if is_due else None
    return Backport(carried, on, request.sign, request.hooks, request.place)


def carries(facts: Facts, request: FinishRequest) -> tuple[Carry, ...]:
    """Return the targets that lack the fix and are to get it now, each with how."""
    wanted = []
    unchosen = facts.unchosen_lines
    for target in facts.pending:
        waits = facts.memory.conflict_of(target.branch)
        if waits is not None and waits.is_laid_out:
            continue  # a person is at it
        if request.to and target.branch not in request.to:
            continue
        if target.branch in unchosen and target.branch not in request.to:
            continue
        method = Method(request.method) if request.method else target.method
        if method is not None and target.tip:
            wanted.append(Carry(target.branch, target.tip, target.tip, target.on_server, method))
    return tuple(wanted)


def is_at_rest(facts: Facts) -> bool:
    """Return whether the user is taken back: not while a deployment failed or its end is unknown."""
    memory = facts.memory
    if memory.place is None and memory.detour is None:
        return False
    return facts.deployment is None or facts.deployment.state == "succeeded"
