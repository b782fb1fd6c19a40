"""Deploy what was published: run the team's command, or record what a person saw."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from msgspec.structs import replace

from git_hotfix import clock
from git_hotfix.commands.process import Ended, ignoring_interrupts, log_path, run_deployment
from git_hotfix.commands.split import first_word
from git_hotfix.engine.events import runner_in
from git_hotfix.engine.step import Done, Progress, Question, Refusal, State, Step, ask
from git_hotfix.errors import ExitCode, HotfixError, Interrupted, Problem, command, refused
from git_hotfix.git.checkout import changes
from git_hotfix.hotfix import Oid
from git_hotfix.memory import BACK, Deployment, Memory
from git_hotfix.steps.place import at_commit
from git_hotfix.steps.redeployment import decision_before, overtaken, replace_later
from git_hotfix.steps.request import DeployRequest, FinishRequest, RollbackRequest

if TYPE_CHECKING:
    from pathlib import Path

    from git_hotfix.config.layers import TeamCommand
    from git_hotfix.engine.run import Run
    from git_hotfix.engine.step import Due
    from git_hotfix.errors import Remedy
    from git_hotfix.facts.facts import Facts
    from git_hotfix.steps.request import Request

NOT_YET = Oid("")
"""The commit of a deployment that is only predicted."""


class Deploy(Step, frozen=True):
    """Run the deployment, its check when a push deploys, or ``deploy.rollback``."""

    does = "run {0.key}: {0.line}"

    commit: Oid
    tag: str | None
    line: str
    key: str

    @staticmethod
    def due(facts: Facts, request: Request) -> Due:
        """Where what is in production has not been deployed; one that began and whose end is unknown is not repeated.

        Before the publication, or before it is taken back, it is predicted.
        """
        wanted = next(iter(Deploy.commands(facts, request)), None)
        if isinstance(request, FinishRequest) and request.deploy and _is_unconfigured(facts):
            message = "No deployment is configured: --deploy has nothing to run."
            remedy = command("git", "config", "hotfix.deploy.command", "COMMAND")
            return Refusal((Problem("nothing-to-run", message, remedy, ExitCode.USAGE),))
        is_there = facts.is_published or (request.redeploy and facts.publications)  # later commits do not hold it
        if not is_there or (isinstance(request, RollbackRequest) and not facts.is_rolled_back):
            if wanted is None or wanted.key != "deploy.command":
                return None
            return Deploy(NOT_YET, None, wanted.line, wanted.key)
        last, commit = facts.last_publication, facts.in_production
        if last is None or commit is None or (wanted is None and not request.redeploy):
            return None
        if (first := decision_before(facts, request, wanted.key if wanted is not None else None)) is not None:
            return first
        question = None if facts.is_rolled_back or request.redeploy else deploy_question(facts, request)
        if question is not None:
            return ask(request, question)
        if wanted is None:
            guide = f"; the guide is '{facts.guide}'" if facts.guide is not None else ""
            message = f"No deploy command is configured (deploy.command){guide}."
            return Refusal((Problem("nothing-to-run", message, to_deploy(facts), ExitCode.USAGE),))
        return Deploy(commit, last.rollback_tag or last.tag, wanted.line, wanted.key)

    @staticmethod
    def commands(facts: Facts, request: Request) -> tuple[TeamCommand, ...]:
        """Return what deploys, or shows that a push has: unless that is known, or not wanted, or done by a person."""
        is_reported = isinstance(request, DeployRequest) and request.succeeded is not None
        if is_reported or request.deploy is False or not request.push or facts.settings.is_in_doubt("deploy."):
            return ()  # a person says how it ended or that it is not to be, or what deploys is not known
        is_taken_back = isinstance(request, RollbackRequest) and not facts.is_rolled_back
        is_known = facts.is_published and _is_settled(facts, request) and not is_taken_back
        if (facts.trigger in {"manual", "none"} or is_known) and not request.redeploy:
            return ()
        found = _deploying(facts)
        return (found,) if found is not None else ()

    @staticmethod
    def progress(facts: Facts) -> tuple[Progress, ...]:
        """Return how the deployment of what is in production ended, as far as it is known here or recorded."""
        if facts.is_ended:
            return (Progress("deploy", State.DONE, "not needed"),)
        if not facts.is_published or facts.settings.is_in_doubt("deploy."):
            why = "the configuration is broken" if facts.is_published else "after publication"
            return (Progress("deploy", State.WAITING, why),)
        stands = facts.deployed
        if stands.is_done:
            return (Progress("deploy", State.DONE, stands.evidence),)
        if stands.state == "claimed":  # whoever cleans up, or looks back, has nothing to do for it
            accept = to_deploy(facts) if facts.known.is_open else None
            return (Progress("deploy", State.UNKNOWN, stands.evidence, accept),)
        others = _left_to_others(facts)
        waits = others is not None or (stands.state == "awaited" and _is_seen_by_person(facts))
        if stands.state == "begun":
            return (Progress("deploy", State.UNKNOWN, stands.evidence, to_deploy(facts)),)
        state, evidence = State.WAITING if waits else State.NOT_DONE, others or stands.evidence
        return (Progress("deploy", state, evidence, to_deploy(facts), is_wrong=stands.state == "failed"),)

    @staticmethod
    def missing(facts: Facts, request: Request) -> tuple[Problem, ...]:
        """Return that the deployment failed or that its end is unknown (exit 7)."""
        if request.deploy is False or not facts.is_published:
            return ()
        wanted = () if request.redeploy or facts.trigger != "command" else Deploy.commands(facts, request)
        if wanted and (late := overtaken(facts)) is not None:
            return (late,)
        if facts.deployed.state in {"awaited", "published"}:
            return ()
        lack = lack_of_deployment(facts)
        return (lack,) if lack is not None else ()

    def perform(self, run: Run) -> Done:
        """Run it at the published commit; what began is remembered before it begins."""
        hotfix = run.facts.hotfix
        log = log_path(run.repository.common_dir, str(hotfix), clock.now())
        is_rollback, run_again = self.key == BACK, command("git", "hotfix", "deploy", hotfix)
        try:
            directory, needs_commit = self._tree(run)
            if needs_commit:
                with at_commit(run, directory, self.commit):
                    ended = self._perform_in(run, directory, log)
            else:
                ended = self._perform_in(run, directory, log)
        except HotfixError as error:
            what = "production was not rolled back" if is_rollback else "not deployed"
            first = error.problems[0]
            message = f"The fix is published, but {what}: {first.message}"
            remedy = first.remedy if first.code in {"uncommitted", "in-progress", "no-working-tree"} else run_again
            return Done((Problem("not-deployed", message, remedy, ExitCode.DEPLOYMENT, about="deploy"),))
        if ended.code == 0:
            run.say(f"{'Production is rolled back' if is_rollback else 'Deployed'} ({self.line}).")
            return Done()
        if is_rollback:  # what is on the base is reverted and deployed all the same: by that it is judged at the end
            run.warn(f"deploy.rollback failed: '{self.line}' ended with exit {ended.code} (log: '{log}').")
            return Done()
        what = "could not be verified" if self.key == "deploy.check" else "failed"
        message = f"The deployment {what}: '{self.line}' ended with exit {ended.code} (log: '{log}')."
        message += _way_back(run.facts)
        return Done((Problem("deployment-failed", message, run_again, ExitCode.DEPLOYMENT, about="deploy"),))

    def _perform_in(self, run: Run, directory: Path, log: Path) -> Ended:
        now, before = clock.rfc3339(clock.now()), run.facts.deployed
        wanted = run.facts.settings.command(self.key)
        is_public = wanted is not None and not wanted.is_personal and wanted.line == self.line
        name = self.line if is_public else first_word(self.line)
        begun = Deployment(self.commit, "begun", now, None, name, log=str(log), key=self.key)
        lost = replace_later(run, self.commit) if self.key == "deploy.command" else ()
        run.remember(lambda memory: memory.with_deployment(begun))
        runner, hotfix = runner_in(run, directory, self.line, log), str(run.facts.hotfix)
        try:
            ended = run_deployment(runner, self.line, key=self.key, hotfix_id=hotfix, tag=self.tag, commit=self.commit)
        except KeyboardInterrupt:
            with ignoring_interrupts():
                problem = lack_of_deployment(run.look())
            if problem is None:
                raise
            raise Interrupted(problem) from None
        except HotfixError:  # it could not be started: then it has not begun
            run.remember(lambda known: replace(known, deployments=tuple(d for d in known.deployments if d != begun)))
            for file, had in lost:
                file.change(partial(Memory.with_deployment, deployment=had))
            raise
        state = "succeeded" if ended.code == 0 else "failed"
        known = replace(begun, state=state, ended_at=clock.rfc3339(ended.ended_at))
        if state == before.state and state == "succeeded" and before.known is not None:  # it was there before
            known = replace(known, began_at=before.known.began_at, ended_at=before.known.ended_at)
        run.remember(lambda memory: memory.with_deployment(known))
        return ended

    def _tree(self, run: Run) -> tuple[Path, bool]:
        """Return the tree that has production checked out, else this one; and whether to check the commit out there."""
        facts, top = run.facts, run.repository.top
        tree = run.world.tree_of(facts.base)
        if tree is not None and tree.head == self.commit:
            changed = [each.path for each in changes(run.repository.git.elsewhere(tree.path), untracked=False)]
            listed = ", ".join(f"'{path}'" for path in changed[:5])
            message = f"'{tree.path}' has '{facts.base}' checked out with unpublished changes: {listed}."
            if changed and facts.is_rolled_back:
                run.warn(message)  # what is broken in production does not wait for a clean tree
            elif changed and self.key == "deploy.command":
                raise refused("uncommitted", message, command("git", "-C", tree.path, "stash"))
            return tree.path, False
        if self.key == BACK:
            return top or run.repository.git.directory, False  # at once, from where the user is
        if top is None:
            message = "The deployment needs a working tree, and this repository is bare."
            remedy = command("git", "worktree", "add", "../deploy", facts.base)
            raise refused("no-working-tree", message, remedy)
        return top, True


def to_deploy(facts: Facts) -> Remedy:
    """Return the one command that brings a deployment on: a person says how one ended that only a person can see."""
    if facts.deployed.is_back and facts.memory.pending_rollback is not None and not facts.is_rolled_back:
        return command("git", "hotfix", "rollback", facts.hotfix)
    if _left_to_others(facts) is not None:
        return command("git", "hotfix", "finish", facts.hotfix)
    state, deploy = facts.deployed.state, ("git", "hotfix", "deploy", facts.hotfix)
    if state == "claimed":
        return command(*deploy, "--done")
    if _is_seen_by_person(facts):  # what has failed is not to be called done
        return command(*deploy, "--done") if state == "awaited" else command("git", "hotfix", "deploy", "-h")
    late = overtaken(facts) if facts.trigger == "command" and not facts.is_rolled_back else None
    if late is not None:
        return late.remedy
    return command(*deploy)  # where its end is unknown this asks first


def _left_to_others(facts: Facts) -> str | None:
    """Return that the run of a colleague, who published at the same moment, deploys it; None once more is known."""
    return facts.memory.why_pending.get(f"deploy {facts.in_production}") if facts.deployed.state == "awaited" else None


def _is_settled(facts: Facts, request: Request) -> bool:
    """Return whether nothing runs by itself; what failed or others recorded holds no explicit ``--deploy``."""
    stands = facts.deployed
    if not request.deploy or stands.state == "begun":
        return facts.deployment is not None
    return not stands.is_from_record and (stands.state == "succeeded" or stands.is_back)


def _is_unconfigured(facts: Facts) -> bool:
    return facts.trigger == "none" and not facts.settings.is_in_doubt("deploy.") and _deploying(facts) is None


def _is_seen_by_person(facts: Facts) -> bool:
    """Return whether no command of the team's deploys or checks it."""
    return _deploying(facts) is None or facts.trigger in {"manual", "none"}


def lack_of_deployment(facts: Facts) -> Problem | None:
    """Return that what is in production is not known to be deployed; None where it is, or nobody has to."""
    stands = facts.deployed
    if stands.is_done:
        return None
    back = _way_back(facts) if not stands.is_from_record else ""
    told = f" If it is deployed, run: git hotfix deploy {facts.hotfix} --done" if stands.claim else ""
    code, message = "not-deployed", f"The fix is not deployed: {stands.evidence}.{told}"
    if stands.is_back:
        code = "deployment-unknown" if stands.state == "begun" else "deployment-failed"
        rest = "is reverted, and nothing has deployed that" if facts.is_rolled_back else "still has the fix"
        message = f"Production: {stands.evidence}; '{facts.world.shown(facts.base)}' {rest}."
    elif stands.state == "failed":
        code, message = "deployment-failed", f"The deployment {stands.evidence}.{told}{back}"
    elif stands.state == "begun":
        code = "deployment-unknown"
        message = (
            f"Production is published; it is not known whether it is deployed: the deployment {stands.evidence}."
            f" {_once_more(facts)}{back}"
        )
    elif stands.state == "claimed":
        code = "deployment-claimed"
        runs = "" if _deploying(facts) is None else f", 'git hotfix deploy {facts.hotfix}' to deploy it"
        message = f"The deployment is {stands.evidence}. Use --done to confirm it{runs}."
    summary = _once_more(facts) if code == "deployment-unknown" and not stands.is_back else None
    return Problem(code, message, to_deploy(facts), ExitCode.DEPLOYMENT, about="deploy", summary=summary)


def _once_more(facts: Facts) -> str:
    deploy = f"git hotfix deploy {facts.hotfix}"
    return f"It is not repeated by itself: '{deploy}' asks first, --done or --failed say how it ended."


def _way_back(facts: Facts) -> str:
    return "" if facts.is_rolled_back else f" 'git hotfix rollback {facts.hotfix}' reverts the fix."


def deploy_question(facts: Facts, request: Request) -> Question | None:
    """Return the question whether the configured deployment runs, where nobody decided and it has not begun."""
    deploy = facts.config.deploy
    if deploy.command is None or facts.trigger != "command":
        return None
    if not request.push or request.deploy is not None or request.yes or request.confirmed:
        return None
    if facts.is_published and facts.deployment is not None:
        return None
    text = f"Deploy with '{deploy.command}'{'' if facts.is_published else ' after publication'}?"
    if facts.is_published and facts.deployed.claim is not None:
        text = f"{text} ({facts.deployed.evidence})"
    return Question("deploy", "--deploy (or --no-deploy)", text, kind="confirm", default="yes")


def _deploying(facts: Facts) -> TeamCommand | None:
    """Return the command that deploys, or that checks whether a push has."""
    return facts.settings.command("deploy.check" if facts.trigger == "push" else "deploy.command")
