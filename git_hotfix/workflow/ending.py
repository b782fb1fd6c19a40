"""What ``cleanup`` and ``close`` do: nothing is deleted that was not proven, or named."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from git_hotfix.errors import ExitCode, Problem
from git_hotfix.git import history
from git_hotfix.git.objects import has_object
from git_hotfix.hotfix import Verdict
from git_hotfix.workflow.decision import Decision, Plan, Refused
from git_hotfix.workflow.documents import kept_report, record_is_due, why_record_waits
from git_hotfix.workflow.plan import DeleteBranch, Forget, GiveUp, RecordEnd, RemoveWorktree, Return, Step

if TYPE_CHECKING:
    from git_hotfix.git.repository import Repository
    from git_hotfix.hotfix import Oid
    from git_hotfix.workflow.situation import Situation


def plan_cleanup(repository: Repository, situation: Situation, *, force: bool) -> Decision:
    """Delete the branch, here and on the server, only when the fix is proven to be in its base and every target."""
    gaps = tuple(gaps_of(repository, situation))
    if gaps and not force:
        return Refused(gaps)
    notes = tuple(f"Deleted all the same (--force): {gap.message}" for gap in gaps)
    kept = kept_report(repository, situation)  # what only the memory knows is in it before that is dropped
    steps = ((kept,) if kept else ()) + _leaving(situation)
    return Plan(situation.hotfix, steps, notes)


def gaps_of(repository: Repository, situation: Situation) -> list[Problem]:
    """Return everything that is not proven yet."""
    if situation.is_ended:
        return []
    gaps: list[Problem] = []
    finish = f"git hotfix finish {situation.hotfix}"
    if not situation.is_published:
        if situation.tip is None:
            return []
        shown = situation.world.shown(situation.base)
        gaps.append(_gap("not-published", f"The fix is not in '{shown}'.", finish))
    deployment = situation.deployment
    if deployment is not None and deployment.state != "succeeded":
        ended = "failed" if deployment.state == "failed" else "began, and its end is not known"
        message = f"The deployment {ended}, and only this repository knows of it."
        gaps.append(_gap("not-deployed", message, f"git hotfix deploy {situation.hotfix}"))
    for target in situation.pending if situation.is_published else ():
        shown = situation.world.shown(target.branch) if target.on_server else target.branch
        what = "is not known to have" if target.verdict is Verdict.UNKNOWN else "does not have"
        message = f"'{shown}' {what} the fix. {target.evidence}"
        gaps.append(_gap("target-pending", message, f"git hotfix backport {situation.hotfix}"))
    memory = situation.memory
    tells = bool(memory.rows or memory.edits or memory.deployments)  # what only this repository knows
    if tells and not gaps and record_is_due(repository, situation):
        shown = situation.world.shown(situation.record_branch)
        message = f"The report on '{shown}' lacks notes, follow-ups or a deployment told here."
        gaps.append(_gap("record-due", message, finish))
    if situation.world.unanswered is not None:
        gaps.append(_gap("server-not-asked", situation.world.unanswered.message, "git fetch"))
    server, base = situation.server_tip, situation.base_tip
    if situation.is_published and server is not None and base is not None and not _is_in(repository, server, base):
        shown = situation.world.shown(situation.branch)
        gaps.append(_gap("branch-not-merged", f"'{shown}' has commits that are not published.", finish))
    return gaps


def plan_close(
    repository: Repository, situation: Situation, *, status: str, reason: str, discard: bool, drop_report: bool
) -> Decision:
    """End a hotfix that ships no code; fix commits are only given up when that is said."""
    problems: list[Problem] = []
    notes: list[str] = []
    if situation.publications:
        problems.append(
            Problem(
                "published",
                f"'{situation.hotfix}' is published; 'close' is for a hotfix that ships no code.",
                f"git hotfix finish {situation.hotfix}",
            )
        )
    fix = situation.fix
    if fix is not None and fix.commits and not situation.publications:
        listed = ", ".join(oid[:12] for oid in fix.commits)
        if discard:
            notes.append(f"Given up: {listed} (git branch NAME {fix.tip[:12]} brings them back).")
        else:
            command = f"git hotfix close {situation.hotfix} --discard"
            problems.append(Problem("has-fix", f"The branch has fix commits: {listed}.", command))
    held = situation.roles.develop is None and why_record_waits(situation)
    steps: list[Step] = []
    if not drop_report and situation.report is not None:
        if held and not situation.is_restricted and situation.config.deploy.effective_trigger == "push":
            problems.append(
                Problem(
                    "record-held",
                    f"The report would go to '{situation.base}', and a push there deploys.",
                    f"git hotfix close {situation.hotfix} --drop-report",
                )
            )
        steps.append(RecordEnd(situation.record_branch, status, reason))
    if problems:
        return Refused(tuple(problems))
    return Plan(situation.hotfix, (*steps, *_leaving(situation)), tuple(notes))


def _leaving(situation: Situation) -> tuple[Step, ...]:
    """Return the steps that leave a hotfix: the user back, worktree and branch deleted, memory dropped."""
    steps: list[Step] = []
    if situation.memory.conflicts:  # nothing waits for them any more
        steps.append(GiveUp(keeps_work=True))
    made = situation.memory.worktree
    tree = situation.world.tree_of(situation.branch)
    if tree is not None and str(tree.path) != made:
        steps.append(Return(leaves=True))
    elif situation.memory.place is not None:
        steps.append(Return())
    if made is not None and any(str(each.path) == made for each in situation.world.trees):
        steps.append(RemoveWorktree(Path(made)))
    if situation.local_tip is not None or situation.server_tip is not None:
        steps.append(DeleteBranch(situation.branch, situation.local_tip, situation.server_tip))
    return (*steps, Forget())


def _is_in(repository: Repository, commit: Oid, branch_tip: Oid) -> bool:
    return has_object(repository, commit) and history.is_ancestor(repository, commit, branch_tip)


def _gap(code: str, message: str, remedy: str) -> Problem:
    return Problem(code, message, remedy, ExitCode.GAP)
