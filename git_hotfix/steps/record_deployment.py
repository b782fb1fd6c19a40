"""Record what a person saw of a deployment: that it succeeded or failed, and when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from git_hotfix import clock
from git_hotfix.engine.step import Done, Refusal, Step
from git_hotfix.errors import ExitCode, Problem, command
from git_hotfix.facts.deployments import first_end
from git_hotfix.memory import Deployment
from git_hotfix.record.report import TYPED_TO
from git_hotfix.templates import readable_time

if TYPE_CHECKING:
    from datetime import datetime

    from git_hotfix.engine.run import Run
    from git_hotfix.engine.step import Due
    from git_hotfix.facts.facts import Facts
    from git_hotfix.git.world import World
    from git_hotfix.hotfix import Oid
    from git_hotfix.steps.request import DeployRequest


class RecordDeployment(Step, frozen=True):
    """Remember what a person reports about the deployment of what is in production."""

    commit: Oid
    succeeded: bool
    when: datetime
    by: str
    log: str | None

    @staticmethod
    def due(facts: Facts, request: DeployRequest) -> Due:
        """With ``deploy --done`` or ``--failed``; none ends before what it deploys is published."""
        commit, made = facts.in_production, facts.in_production_since
        if request.succeeded is None or commit is None:
            return None
        when = request.when or (first_end(facts) if request.succeeded else None) or facts.at
        if made is not None and when <= made - TYPED_TO:
            ended, published = readable_time(when), readable_time(made)
            message = f"It was published {published}, so no deployment of it can have ended {ended}."
            told = "--done" if request.succeeded else "--failed"
            remedy = command("git", "hotfix", "deploy", facts.hotfix, told, "--at", "WHEN")
            return Refusal((Problem("too-early", message, remedy, ExitCode.USAGE),))
        return RecordDeployment(commit, request.succeeded, when, request.by, request.log)

    def describe(self, world: World) -> str:
        """Return what the step does."""
        return f"record that the deployment {'succeeded' if self.succeeded else 'failed'}, reported by {self.by}"

    def perform(self, run: Run) -> Done:
        """Remember it as theirs."""
        ended = clock.rfc3339(self.when)
        state: Literal["succeeded", "failed"] = "succeeded" if self.succeeded else "failed"
        told_at = clock.rfc3339(clock.now())
        known = Deployment(self.commit, state, None, ended, None, by=self.by, log=self.log, told_at=told_at)
        run.remember(lambda memory: memory.with_deployment(known))
        run.say(f"Recorded: the deployment {known.state}, reported by {self.by}.")
        return Done()
