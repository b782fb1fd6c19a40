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
    from git_hotfix.hotfix import HotfixId
    from git_hotfix.workflow.situation import Situation


def perform_start(session: Session, hotfix: HotfixId, step: Step) -> StepEnd:
    """Perform a step of ``start``: there is no situation to look at yet."""
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


def perform(session: Session, situation: Situation, step: Step) -> StepEnd:  # noqa: C901, PLR0912  # one line a step
    """Perform a step of a hotfix that exists."""
    match step:
        case MakeBranch() | PutAsideChanges() | CheckOut() | MakeWorktree() | PushBranch():
            return perform_start(session, situation.hotfix, step)
        case RunTests():
            return run_tests(session, situation, step)
        case Publish():
            return publish(session, situation, step)
        case LayOut():
            return lay_out_production(session, situation, step)
        case GiveUp():
            return give_up(session, situation, step)
        case DropAttempt():
            return drop_attempt(session, situation)
        case CompleteTag():
            return complete_tag(session, situation, step)
        case FastForward():
            return settle(session, step)
        case RunDeployment():
            return deploy(session, situation, step)
        case RunRollback():
            return deploy(session, situation, RunDeployment(step.merge, step.tag, step.command, "deploy.rollback"))
        case RecordDeployment():
            return record_deployment(session, situation, step)
        case Backport():
            return backport(session, situation, step)
        case Return():
            return go_back(session, situation, leaves=step.leaves)
        case AddRow():
            return add_row(session, situation, step)
        case ChangeReport():
            return change_report(session, situation, step)
        case RecordEnd():
            return record_end(session, situation, step)
        case Disclose() | KeepReport():
            return keep_report(session, situation, step.report)
        case DeleteBranch():
            return delete_branch(session, situation, step)
        case RemoveWorktree():
            return delete_worktree(session, step.path)
        case Forget():
            return forget(session, situation)
