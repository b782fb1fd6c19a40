"""Perform one step of a plan; every step is safe to repeat."""

from __future__ import annotations

from typing import TYPE_CHECKING

from git_hotfix.execution.carrying import backport
from git_hotfix.execution.closing import delete_branch, forget, record_end
from git_hotfix.execution.noting import add_row, change_report, keep_report
from git_hotfix.execution.placing import add_worktree, check_out, delete_worktree, go_back, put_aside
from git_hotfix.execution.publishing import complete_tag, drop_attempt, publish
from git_hotfix.execution.resolving import give_up, lay_out_production
from git_hotfix.execution.running import deploy, record_deployment, run_tests
from git_hotfix.execution.settling import settle
from git_hotfix.execution.starting import make_branch, push_branch
from git_hotfix.workflow.plan import (
    AddRow,
    Backport,
    ChangeReport,
    CheckOut,
    CompleteTag,
    DeleteBranch,
    Disclose,
    DropAttempt,
    FastForward,
    Forget,
    GiveUp,
    KeepReport,
    LayOut,
    MakeBranch,
    MakeWorktree,
    Publish,
    PushBranch,
    PutAsideChanges,
    RecordDeployment,
    RecordEnd,
    RemoveWorktree,
    Return,
    RunDeployment,
    RunRollback,
    RunTests,
    Step,
)

if TYPE_CHECKING:
    from git_hotfix.execution.ending import StepEnd
    from git_hotfix.execution.session import Session
    from git_hotfix.facts.facts import Facts
    from git_hotfix.hotfix import HotfixId


def perform_start(session: Session, hotfix: HotfixId, step: Step) -> StepEnd:
    """Perform a step of ``start``: there is no facts to look at yet."""
    match step:
        case MakeBranch():
            return make_branch(session, hotfix, step)
        case PutAsideChanges():
            return put_aside(session, hotfix)
        case CheckOut():
            return check_out(session, hotfix, step.branch)
        case MakeWorktree():
            return add_worktree(session, hotfix, step.branch, step.path)
        case PushBranch():
            return push_branch(session, step.branch)
        case _:
            raise AssertionError(step)


def perform(session: Session, facts: Facts, step: Step) -> StepEnd:  # noqa: C901, PLR0912  # one line a step
    """Perform a step of a hotfix that exists."""
    match step:
        case MakeBranch() | PutAsideChanges() | CheckOut() | MakeWorktree() | PushBranch():
            return perform_start(session, facts.hotfix, step)
        case RunTests():
            return run_tests(session, facts, step)
        case Publish():
            return publish(session, facts, step)
        case LayOut():
            return lay_out_production(session, facts, step)
        case GiveUp():
            return give_up(session, facts, step)
        case DropAttempt():
            return drop_attempt(session, facts)
        case CompleteTag():
            return complete_tag(session, facts, step)
        case FastForward():
            return settle(session, step)
        case RunDeployment():
            return deploy(session, facts, step)
        case RunRollback():
            return deploy(session, facts, RunDeployment(step.merge, step.tag, step.command, "deploy.rollback"))
        case RecordDeployment():
            return record_deployment(session, facts, step)
        case Backport():
            return backport(session, facts, step)
        case Return():
            return go_back(session, facts, leaves=step.leaves)
        case AddRow():
            return add_row(session, facts, step)
        case ChangeReport():
            return change_report(session, facts, step)
        case RecordEnd():
            return record_end(session, facts, step)
        case Disclose() | KeepReport():
            return keep_report(session, facts, step.report)
        case DeleteBranch():
            return delete_branch(session, facts, step)
        case RemoveWorktree():
            return delete_worktree(session, step.path)
        case Forget():
            return forget(session, facts)
