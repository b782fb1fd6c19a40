"""Running other people's commands: the critical tests and the deployment, remembered as they begin and end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from git_hotfix import clock
from git_hotfix.commands.critical_tests import run_critical_tests
from git_hotfix.commands.deployment import log_path, run_deployment
from git_hotfix.errors import ExitCode, HotfixError, Problem, refused
from git_hotfix.execution.ending import StepEnd
from git_hotfix.execution.events import Heard, Running
from git_hotfix.execution.placing import at_commit, check_out
from git_hotfix.git.checkout import changes
from git_hotfix.git.commits import make_commit
from git_hotfix.git.identity import identity as identity_of
from git_hotfix.git.program import without_local_environment
from git_hotfix.memory import Deployment, TestResult

if TYPE_CHECKING:
    from pathlib import Path

    from git_hotfix.commands.process import Ended
    from git_hotfix.execution.session import Session
    from git_hotfix.facts.facts import Facts
    from git_hotfix.hotfix import Oid
    from git_hotfix.workflow.plan import RecordDeployment, RunDeployment, RunTests


def run_tests(session: Session, facts: Facts, step: RunTests) -> StepEnd:
    """Run the critical tests in the tree that has the branch; the result belongs to this very fix.

    With ``test.merged`` and a base that has moved they see the merged tree, checked out there for the while.
    Failing, or no test at all: exit 6. A run that changed tracked files does not count.
    """
    identity = facts.tested_identity
    if identity is None:
        raise refused("nothing-to-test", f"'{facts.hotfix}' has no unpublished fix.", "git hotfix status")
    directory = _tree_with_branch(session, facts)
    merged = facts.merged_tree
    if merged is None:
        return _test_in(session, facts, step, directory, identity)
    with at_commit(session, facts.hotfix, directory, _merge_to_test(session, facts, merged)):
        return _test_in(session, facts, step, directory, identity)


def _test_in(session: Session, facts: Facts, step: RunTests, directory: Path, identity: str) -> StepEnd:
    git = session.repository.git.elsewhere(directory)
    before = changes(git)
    session.tell(Running(step.command, str(directory)))
    ran = run_critical_tests(
        step.command,
        paths=step.paths,
        files=facts.fix.paths if facts.fix else (),
        base=facts.base,
        extra=step.extra,
        directory=directory,
        environment=without_local_environment(session.repository.git.environment),
        on_output=lambda piece: session.tell(Heard(piece)),
        log=session.repository.common_dir / "hotfix" / "logs" / f"{facts.hotfix}-tests.log",
        none_pattern=facts.config.test.none_pattern,
    )
    changed = [change.path for change in changes(git) if change.tracked and change not in before]
    if changed:
        listed = ", ".join(f"'{path}'" for path in changed[:5])
        raise _tests_failed(f"The tests changed files that git tracks ({listed}); this run does not count.", "git diff")
    seconds = (ran.ended_at - ran.started_at).total_seconds()
    result = TestResult(identity, ran.outcome, ran.command, clock.rfc3339(ran.ended_at), seconds)
    if step.counts or ran.outcome != "passed":
        session.change(facts.hotfix, lambda memory: replace(memory, tests=(*memory.tests, result)))
    match ran.outcome:
        case "passed":
            session.say(f"The critical tests passed ({ran.command}, {seconds:.0f} s).")
            if not step.counts:
                session.say("This run does not count for 'finish': your arguments may have left tests out.")
            return StepEnd()
        case "failed":
            raise _tests_failed(f"The critical tests failed ({ran.command}, exit {ran.code}).", "git hotfix test")
        case "none":
            remedy = f"git hotfix finish {facts.hotfix} --skip-tests REASON"
            raise _tests_failed(f"No test ran ({ran.command}): that is not a pass.", remedy)


def _merge_to_test(session: Session, facts: Facts, tree: Oid) -> Oid:
    """Make the merge that will be published as an object, for its tree to be checked out."""
    who = identity_of(session.repository.git)
    parents = [oid for oid in (facts.base_tip, facts.tip) if oid is not None]
    message = "The merge that the critical tests see\n"
    return make_commit(
        session.repository, tree, parents, message, author=who.author, committer=who.committer, sign=False
    )


def deploy(session: Session, facts: Facts, step: RunDeployment) -> StepEnd:
    """Run the deployment (or its check) at the published commit; what began is remembered before it begins."""
    began = clock.now()
    log = log_path(session.repository.common_dir, str(facts.hotfix), began)
    try:
        directory, needs_commit = _tree_for_deployment(session, facts, step)
        if needs_commit:
            with at_commit(session, facts.hotfix, directory, step.merge):
                ended = _deploy_in(session, facts, step, directory, log)
        else:
            ended = _deploy_in(session, facts, step, directory, log)
    except HotfixError as error:
        problem = error.problems[0]
        what = "production was not taken back" if step.key == "deploy.rollback" else "not deployed"
        message = f"The fix is published, but {what}: {problem.message}"
        remedy = f"git hotfix deploy {facts.hotfix}"
        return StepEnd((Problem("not-deployed", message, remedy, ExitCode.DEPLOYMENT),))
    if ended.code == 0:
        done = "Production is taken back" if step.key == "deploy.rollback" else "Deployed"
        session.say(f"{done} ({step.command}).")
        return StepEnd()
    what = "is not shown to be live" if step.key == "deploy.check" else "failed"
    message = f"The deployment {what}: '{step.command}' ended with exit {ended.code} (log: '{log}')."
    remedy = f"git hotfix deploy {facts.hotfix}"
    return StepEnd((Problem("deployment-failed", message, remedy, ExitCode.DEPLOYMENT),))


def record_deployment(session: Session, facts: Facts, step: RecordDeployment) -> StepEnd:
    """Remember what a person says about the deployment; it is reported as theirs."""
    known = Deployment(
        step.merge,
        "succeeded" if step.succeeded else "failed",
        None,
        clock.rfc3339(step.when),
        None,
        by=step.by,
        log=step.log,
    )
    session.change(facts.hotfix, lambda memory: memory.with_deployment(known))
    session.say(f"Recorded: the deployment {known.state}, told by {step.by}.")
    return StepEnd()


def _deploy_in(session: Session, facts: Facts, step: RunDeployment, directory: Path, log: Path) -> Ended:
    begun = Deployment(step.merge, "begun", clock.rfc3339(clock.now()), None, step.command, log=str(log), key=step.key)
    session.change(facts.hotfix, lambda memory: memory.with_deployment(begun))
    session.tell(Running(step.command, str(directory)))
    try:
        ended = run_deployment(
            step.command,
            key=step.key,
            directory=directory,
            environment=without_local_environment(session.repository.git.environment),
            hotfix_id=str(facts.hotfix),
            tag=step.tag,
            commit=step.merge,
            on_output=lambda piece: session.tell(Heard(piece)),
            log=log,
        )
    except HotfixError:  # it could not be started: then it has not begun
        session.change(
            facts.hotfix,
            lambda memory: replace(memory, deployments=tuple(each for each in memory.deployments if each != begun)),
        )
        raise
    known = replace(begun, state="succeeded" if ended.code == 0 else "failed", ended_at=clock.rfc3339(ended.ended_at))
    session.change(facts.hotfix, lambda memory: memory.with_deployment(known))
    return ended


def _tree_with_branch(session: Session, facts: Facts) -> Path:
    """Return the working tree that has the branch checked out; else check it out here, the place remembered."""
    tree = session.world.tree_of(facts.branch)
    if tree is not None:
        return tree.path
    if session.repository.top is None:
        raise refused(
            "no-working-tree",
            "The critical tests need a working tree, and this repository is bare.",
            f"git worktree add ../{facts.hotfix.slug} {facts.branch}",
        )
    check_out(session, facts.hotfix, facts.branch)
    return session.repository.top


def _tree_for_deployment(session: Session, facts: Facts, step: RunDeployment) -> tuple[Path, bool]:
    """Return the tree that has production checked out; else this one, to check the published commit out in."""
    tree = session.world.tree_of(facts.base)
    if tree is not None and tree.head == step.merge:
        changed = [each.path for each in changes(session.repository.git.elsewhere(tree.path)) if each.tracked]
        listed = ", ".join(f"'{path}'" for path in changed[:5])
        message = f"'{tree.path}' has '{facts.base}' checked out with unpublished changes: {listed}."
        if changed and facts.is_rolled_back:
            session.warn(message)  # what is broken in production does not wait for a clean tree
        elif changed and step.key == "deploy.command":
            raise refused("uncommitted", message, f"git -C '{tree.path}' stash")
        return tree.path, False
    if step.key == "deploy.rollback":
        return session.repository.top or session.repository.git.directory, False  # at once, from where the user is
    if session.repository.top is None:
        raise refused(
            "no-working-tree",
            "The deployment needs a working tree, and this repository is bare.",
            f"git worktree add ../deploy {facts.base}",
        )
    return session.repository.top, True


def _tests_failed(message: str, remedy: str) -> HotfixError:
    return HotfixError(Problem("tests-failed", message, remedy, ExitCode.TESTS))
