"""What ``deploy`` does: run the configured command, or take a person's word."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from git_hotfix.errors import ExitCode, Problem
from git_hotfix.workflow.decision import Decision, Plan, Refused
from git_hotfix.workflow.plan import RecordDeployment, RunDeployment, Step

if TYPE_CHECKING:
    from datetime import datetime

    from git_hotfix.facts.facts import Facts


class Told(Struct, frozen=True):
    """What a person says about a deployment."""

    succeeded: bool
    when: datetime
    by: str
    log: str | None


def plan_deployment(facts: Facts, told: Told | None, tried: frozenset[type[Step]]) -> Decision:
    """Return the deployment of the newest publication, or the word of a person about it."""
    last, deploy, commit = facts.last_publication, facts.config.deploy, facts.in_production
    if tried:
        return Plan(facts.hotfix, ())
    if last is None or commit is None or not facts.is_published:
        message = f"'{facts.hotfix}' is not published: there is nothing to deploy."
        return Refused((Problem("not-published", message, f"git hotfix finish {facts.hotfix}"),))
    if told is not None:
        return Plan(facts.hotfix, (RecordDeployment(commit, told.succeeded, told.when, told.by, told.log),))
    command, key = deploy.command, "deploy.command"
    if deploy.effective_trigger == "push":
        command, key = deploy.check, "deploy.check"
    if command is None:
        message = f"No command deploys here; the guide is '{deploy.guide}'."
        remedy = f"git hotfix deploy {facts.hotfix} --done"
        return Refused((Problem("nothing-to-run", message, remedy, ExitCode.USAGE),))
    return Plan(facts.hotfix, (RunDeployment(commit, last.rollback_tag or last.tag, command, key),))
