"""Steps in words, for a dry run."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
    from git_hotfix.git.world import World


def describe(step: Step, world: World) -> str:  # noqa: C901, PLR0912  # one line a kind of step
    """Say what a step does, beginning with its verb."""
    match step:
        case MakeBranch():
            picks = f" and {len(step.picks)} picked commits" if step.picks else ""
            report = f"'{step.report_path}'" if step.report_path else "its report in the git directory"
            return f"make '{step.branch}' at {step.start[:12]} with {report}{picks}"
        case PutAsideChanges():
            return "stash the uncommitted changes"
        case CheckOut():
            return f"check '{step.branch}' out"
        case MakeWorktree():
            return f"make the worktree '{step.path}' for '{step.branch}'"
        case PushBranch():
            return f"push '{step.branch}'"
        case RunTests():
            return f"run the critical tests: {step.command} ({' '.join(step.paths) or 'no paths'})"
        case Publish():
            return _publication(step, world)
        case LayOut():
            return f"lay the conflict with {world.shown(step.branch)} out in a worktree"
        case GiveUp():
            return "remove the worktrees of the conflicts that wait"
        case DropAttempt():
            return "take back what was prepared and is not published"
        case CompleteTag():
            return f"tag {step.merge[:12]}, which is published without one"
        case FastForward():
            names = ", ".join(update.ref.split("/", 2)[2] for update in step.updates)
            return f"move here to what is published: {names}"
        case RunDeployment():
            return f"run {step.key}: {step.command}"
        case RunRollback():
            return f"run deploy.rollback: {step.command}"
        case RecordDeployment():
            return f"record that the deployment {'succeeded' if step.succeeded else 'failed'}, told by {step.by}"
        case Backport():
            parts = [f"{world.shown(each.branch)} by {each.method}" for each in step.targets]
            if step.documents is not None:
                parts.append(f"the record to {world.shown(step.documents)}")
            return f"carry the fix to {', '.join(parts)}"
        case Return():
            return "go back to where you were"
        case AddRow():
            return f"add to the timeline at {step.when}: {step.event}"
        case ChangeReport():
            return f"write into the report: {step.said}"
        case RecordEnd():
            return f"write the report as {step.status} to {world.shown(step.on)}"
        case DeleteBranch():
            places = [name for name, tip in (("here", step.local), ("on the server", step.server)) if tip]
            return f"delete '{step.branch}' {' and '.join(places)}"
        case Disclose() | KeepReport() | RemoveWorktree() | Forget():
            return _describe_here(step)


def _describe_here(step: Disclose | KeepReport | RemoveWorktree | Forget) -> str:
    """Say what a step does to what is only on this machine."""
    match step:
        case Disclose():
            return "make the restricted report public"
        case KeepReport(None):
            return "delete the report in the git directory, which is public now"
        case KeepReport():
            return "write the report in the git directory"
        case RemoveWorktree():
            return f"remove the worktree '{step.path}'"
        case Forget():
            return "forget what was remembered of it on this machine"


def _publication(step: Publish, world: World) -> str:
    if step.is_rollback:
        merges = ", ".join(merge[:12] for merge in step.is_rollback)
        return f"take {merges} back from {world.shown(step.base)}, with the tag {step.tag}"
    tag = step.tag or "a tag" if step.wants_tag else "no tag"
    where = world.shown(step.base) if step.to_server else f"'{step.base}' here"
    return f"merge '{step.branch}' into {where} as '{step.message}', with {tag}"
