"""What ``cleanup`` and ``close`` do: nothing is deleted that was not proven, or named."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from git_hotfix.errors import ExitCode, Problem
from git_hotfix.git import history
from git_hotfix.git.objects import has_object
from git_hotfix.hotfix import Verdict
from git_hotfix.workflow.decision import Decision, Plan, Refused
from git_hotfix.workflow.plan import DeleteBranch, Forget, GiveUp, RecordEnd, RemoveWorktree, Return, Step
from git_hotfix.workflow.private import kept_report

if TYPE_CHECKING:
    from git_hotfix.facts.facts import Facts
    from git_hotfix.git.repository import Repository
    from git_hotfix.hotfix import Oid


def plan_cleanup(facts: Facts, *, force: bool) -> Decision:
    """Delete the branch, here and on the server, only when the fix is proven to be in its base and every target."""
    gaps = tuple(gaps_of(facts))
    if gaps and not force:
        return Refused(gaps)
    notes = tuple(f"Deleted all the same (--force): {gap.message}" for gap in gaps)
    kept = kept_report(facts)  # what only the memory knows is in it before that is dropped
    steps = ((kept,) if kept else ()) + _leaving(facts)
    return Plan(facts.hotfix, steps, notes)


def gaps_of(facts: Facts) -> list[Problem]:
    """Return everything that is not proven yet."""
    if facts.is_ended:
        return []
    gaps: list[Problem] = []
    finish = f"git hotfix finish {facts.hotfix}"
    if not facts.is_published:
        if facts.tip is None:
            return []
        shown = facts.world.shown(facts.base)
        gaps.append(_gap("not-published", f"The fix is not in '{shown}'.", finish))
    deployment = facts.deployment
    if deployment is not None and deployment.state != "succeeded":
        ended = "failed" if deployment.state == "failed" else "began, and its end is not known"
        message = f"The deployment {ended}, and only this repository knows of it."
        gaps.append(_gap("not-deployed", message, f"git hotfix deploy {facts.hotfix}"))
    for target in facts.pending if facts.is_published else ():
        shown = facts.world.shown(target.branch) if target.on_server else target.branch
        what = "is not known to have" if target.verdict is Verdict.UNKNOWN else "does not have"
        message = f"'{shown}' {what} the fix. {target.evidence}"
        gaps.append(_gap("target-pending", message, f"git hotfix backport {facts.hotfix}"))
    memory = facts.memory
    tells = bool(memory.rows or memory.edits or memory.deployments)  # what only this repository knows
    if tells and not gaps and facts.record_is_due:
        shown = facts.world.shown(facts.record_branch)
        message = f"The report on '{shown}' lacks notes, follow-ups or a deployment told here."
        gaps.append(_gap("record-due", message, finish))
    if facts.world.unanswered is not None:
        gaps.append(_gap("server-not-asked", facts.world.unanswered.message, "git fetch"))
    server, base = facts.server_tip, facts.base_tip
    if facts.is_published and server is not None and base is not None and not _is_in(facts.repository, server, base):
        shown = facts.world.shown(facts.branch)
        gaps.append(_gap("branch-not-merged", f"'{shown}' has commits that are not published.", finish))
    return gaps


def plan_close(facts: Facts, *, status: str, reason: str, discard: bool, drop_report: bool) -> Decision:
    """End a hotfix that ships no code; fix commits are only given up when that is said."""
    problems: list[Problem] = []
    notes: list[str] = []
    if facts.publications:
        problems.append(
            Problem(
                "published",
                f"'{facts.hotfix}' is published; 'close' is for a hotfix that ships no code.",
                f"git hotfix finish {facts.hotfix}",
            )
        )
    fix = facts.fix
    if fix is not None and fix.commits and not facts.publications:
        listed = ", ".join(oid[:12] for oid in fix.commits)
        if discard:
            notes.append(f"Given up: {listed} (git branch NAME {fix.tip[:12]} brings them back).")
        else:
            command = f"git hotfix close {facts.hotfix} --discard"
            problems.append(Problem("has-fix", f"The branch has fix commits: {listed}.", command))
    held = facts.roles.develop is None and facts.why_record_waits
    steps: list[Step] = []
    if not drop_report and facts.report is not None:
        if held and not facts.is_restricted and facts.config.deploy.effective_trigger == "push":
            problems.append(
                Problem(
                    "record-held",
                    f"The report would go to '{facts.base}', and a push there deploys.",
                    f"git hotfix close {facts.hotfix} --drop-report",
                )
            )
        steps.append(RecordEnd(facts.record_branch, status, reason))
    if problems:
        return Refused(tuple(problems))
    return Plan(facts.hotfix, (*steps, *_leaving(facts)), tuple(notes))


def _leaving(facts: Facts) -> tuple[Step, ...]:
    """Return the steps that leave a hotfix: the user back, worktree and branch deleted, memory dropped."""
    steps: list[Step] = []
    if facts.memory.conflicts:  # nothing waits for them any more
        steps.append(GiveUp(keeps_work=True))
    made = facts.memory.worktree
    tree = facts.world.tree_of(facts.branch)
    if tree is not None and str(tree.path) != made:
        steps.append(Return(leaves=True))
    elif facts.memory.place is not None:
        steps.append(Return())
    if made is not None and any(str(each.path) == made for each in facts.world.trees):
        steps.append(RemoveWorktree(Path(made)))
    if facts.local_tip is not None or facts.server_tip is not None:
        steps.append(DeleteBranch(facts.branch, facts.local_tip, facts.server_tip))
    return (*steps, Forget())


def _is_in(repository: Repository, commit: Oid, branch_tip: Oid) -> bool:
    return has_object(repository, commit) and history.is_ancestor(repository, commit, branch_tip)


def _gap(code: str, message: str, remedy: str) -> Problem:
    return Problem(code, message, remedy, ExitCode.GAP)
