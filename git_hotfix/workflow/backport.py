"""What ``backport`` still has to carry, and where to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from git_hotfix.errors import ExitCode, HotfixError, Problem
from git_hotfix.git.containment import carries_only_the_fix, merge_brings
from git_hotfix.git.world import fetch_missing, resolve_commit, target_tip
from git_hotfix.hotfix import BranchName, Method, branch_ref
from git_hotfix.workflow.arriving import backport_step
from git_hotfix.workflow.decision import Decision, Plan, Refused
from git_hotfix.workflow.finish import rolled_back
from git_hotfix.workflow.plan import Backport, Carry, FastForward, KeepReport, Step
from git_hotfix.workflow.private import kept_report

if TYPE_CHECKING:
    from git_hotfix.facts.facts import Facts
    from git_hotfix.workflow.request import FinishRequest


def plan_backport(facts: Facts, request: FinishRequest, tried: frozenset[type[Step]]) -> Decision:
    """Return the one push that carries the published fix to the targets (or to ``--to``) and writes the record."""
    if not facts.is_published:
        message = f"'{facts.hotfix}' is not published: production comes first."
        return Refused((Problem("not-published", message, f"git hotfix finish {facts.hotfix}"),))
    if facts.is_rolled_back:
        return Refused((rolled_back(facts),))
    problems: list[Problem] = []
    extra = _named(facts, request, problems)
    if problems:
        return Refused(tuple(problems))
    steps: list[Step] = []
    step = backport_step(facts, request)
    if Backport not in tried and (step is not None or extra):
        carried = (*(step.targets if step else ()), *extra)
        steps.append(Backport(carried, step.documents if step else None, request.sign, request.hooks, request.place))
    if updates := facts.fast_forwards:
        steps.append(FastForward(updates))
    kept = kept_report(facts)
    if kept is not None and KeepReport not in tried:
        steps.append(kept)
    return Plan(facts.hotfix, tuple(steps), facts.diverged)


def _named(facts: Facts, request: FinishRequest, problems: list[Problem]) -> tuple[Carry, ...]:
    """Return the branches of ``--to`` that are no targets of their own: any branch, or a new line (``BRANCH=REV``)."""
    world, last = facts.world, facts.last_publication
    own = {target.branch for target in facts.targets}
    found = []
    for said in request.to:
        name, _, revision = said.partition("=")
        branch = BranchName(name)
        tip = target_tip(world, branch)
        if branch in own or last is None:
            continue
        if tip is None and not revision:
            message = f"There is no branch '{name}'."
            remedy = f"git hotfix backport --to {name}=REV"
            problems.append(Problem("unknown-branch", message, remedy, ExitCode.USAGE))
            continue
        if facts.repository.git.ask("check-ref-format", branch_ref(branch)).code != 0 or name.startswith("-"):
            message = f"'{name}' is not a name for a branch."
            problems.append(Problem("bad-branch", message, "git help check-ref-format", ExitCode.USAGE))
            continue
        fetch_missing(facts.repository, world, (branch,))
        try:
            start = tip or resolve_commit(facts.repository, revision)
        except HotfixError as error:
            problems += error.problems
            continue
        record = facts.record_paths
        is_merge = carries_only_the_fix(facts.repository, last.fork, start, record)
        is_merge = is_merge and merge_brings(facts.repository, facts.publications[0].fork, last.tip, start, record)
        method = Method(request.method) if request.method else Method.MERGE if is_merge else Method.PICK
        on_server = world.server is not None and (tip is None or world.server.branch(branch) is not None)
        found.append(Carry(branch, tip, start, on_server, method))
    return tuple(found)
