"""What ``rollback`` does: the team's own command first, then base and tag, the deployment, the record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from git_hotfix.errors import ExitCode, Problem
from git_hotfix.facts.phrases import one_line
from git_hotfix.facts.publications import ROLLBACK_OF
from git_hotfix.git import provenance, trees
from git_hotfix.git.resolutions import Brought, StuckBack, take_back
from git_hotfix.hotfix import Method, Oid, Verdict
from git_hotfix.memory import PendingRollback
from git_hotfix.workflow.decision import Decision, Plan, Question, Questions, Refused
from git_hotfix.workflow.plan import (
    Backport,
    Carry,
    CompleteTag,
    FastForward,
    Publish,
    RunDeployment,
    RunRollback,
    Step,
)
from git_hotfix.workflow.private import kept_report

if TYPE_CHECKING:
    from git_hotfix.facts.facts import Facts
    from git_hotfix.git.merging import Merged
    from git_hotfix.git.repository import Repository
    from git_hotfix.hotfix import Publication
    from git_hotfix.workflow.request import RollbackRequest


def taken_back(facts: Facts, merges: tuple[Oid, ...], onto: Oid) -> Merged | StuckBack:
    """Return the tree of a commit of the base without the change that merges brought, newest first."""
    publications = {each.merge: each for each in facts.publications}
    brought = [_brought(facts.repository, publications[merge]) for merge in merges]
    known, record = facts.resolutions, facts.record_paths
    return take_back(facts.repository, known, facts.base, onto, brought, record)


def _brought(repository: Repository, published: Publication) -> Brought:
    """Return what a publication brought to its base: ``git revert -m 1``, and all commits of a fast-forward."""
    parents = provenance.parents(repository, published.merge)
    before = parents[0] if len(parents) > 1 else published.fork
    return Brought(published.merge, trees.tree_of(repository, before), trees.tree_of(repository, published.merge))


def plan_rollback(facts: Facts, request: RollbackRequest, tried: frozenset[type[Step]]) -> Decision:
    """Return what is left of taking a hotfix back; once it is back the same command only completes what is missing."""
    if not facts.publications:
        message = f"'{facts.hotfix}' is not published: there is nothing to take back."
        remedy = f"git hotfix close {facts.hotfix} --as cancelled --reason TEXT"
        return Refused((Problem("not-published", message, remedy),))
    request = _as_said_before(facts, request)
    if not facts.is_rolled_back:
        return _before(facts, request, tried)
    return _after(facts, request, tried)


def _as_said_before(facts: Facts, request: RollbackRequest) -> RollbackRequest:
    """Add what was said when this rollback began."""
    said = facts.memory.pending_rollback
    if said is None:
        return request
    deploy = said.deploy if request.deploy is None else request.deploy
    targets = said.targets if request.targets is None else request.targets
    return replace(request, reason=request.reason or said.reason, deploy=deploy, targets=targets)


def _before(facts: Facts, request: RollbackRequest, tried: frozenset[type[Step]]) -> Decision:
    if facts.is_restricted and request.reason:
        message = "The fix is restricted, and the reason would be published with the commit that takes it back."
        remedy = f"git hotfix note TEXT --hotfix {facts.hotfix}"
        return Refused((Problem("restricted", message, remedy, ExitCode.USAGE),))
    asked = _questions(facts, request)
    publish = _publish(facts, request)
    waits = _why_it_waits(facts, publish.is_rollback)
    if asked and not request.interactive:
        command = f"git hotfix rollback {facts.hotfix} {' '.join(each.typed for each in asked)}"
        problems = tuple(Problem("decision-missing", each.text, command, ExitCode.USAGE) for each in asked)
        return Refused(problems, questions=asked)
    if asked:
        return Questions(asked, (*_screen(facts), *waits))
    if request.confirmed is False:
        return Refused((Problem("not-confirmed", "Nothing was taken back.", "git hotfix status"),))
    steps: list[Step] = []
    last = facts.last_publication
    first = facts.config.deploy.rollback
    ran = next((each for each in reversed(facts.memory.deployments) if last and each.merge == last.merge), None)
    if last is not None and first and (ran is None or ran.key != "deploy.rollback"):  # the fix runs there (again)
        steps.append(RunRollback(last.merge, last.tag, first))
    steps.append(publish)
    left = tuple(step for step in steps if type(step) not in tried or isinstance(step, Publish))
    return Plan(facts.hotfix, left, waits)


def _why_it_waits(facts: Facts, merges: tuple[Oid, ...]) -> tuple[str, ...]:
    """Say before anything runs that a person will be needed, and for which files."""
    if facts.base_tip is None or facts.memory.conflict_of(facts.base, is_rollback=True) is not None:
        return ()
    found = taken_back(facts, merges, facts.base_tip)
    if not isinstance(found, StuckBack):
        return ()
    files, shown = ", ".join(f"'{path}'" for path in found.paths[:5]), facts.world.shown(facts.base)
    return (f"It conflicts with later commits on {shown} in {files}: a person has to resolve that first.",)


def _after(facts: Facts, request: RollbackRequest, tried: frozenset[type[Step]]) -> Decision:
    commit, last = facts.in_production, facts.last_publication
    assert commit is not None  # noqa: S101  # rolled back
    assert last is not None  # noqa: S101
    steps: list[Step] = []
    if last.rollback_tag is None:
        steps.append(CompleteTag(commit, _tag_of(facts), request.sign, request.hooks, is_rollback=True))
    if updates := facts.fast_forwards:
        steps.append(FastForward(updates))
    deploy = facts.config.deploy
    command, key = (
        (deploy.check, "deploy.check") if deploy.effective_trigger == "push" else (deploy.command, "deploy.command")
    )
    if command and facts.deployment is None and request.deploy is not False:
        steps.append(RunDeployment(commit, last.rollback_tag, command, key))
    carried = _carries(facts, request)
    is_due = facts.record_is_due
    if carried or is_due:
        # the record says where the fix still is, so it is written again once it was taken back there
        on = facts.record_branch if is_due or carried else None
        steps.append(Backport(carried, on, request.sign, request.hooks, request.place))
    if kept := kept_report(facts):
        steps.append(kept)
    return Plan(facts.hotfix, tuple(step for step in steps if type(step) not in tried))


def _questions(facts: Facts, request: RollbackRequest) -> tuple[Question, ...]:
    asked: list[Question] = []
    shown = facts.world.shown(facts.base)
    there = [target.branch for target in facts.targets if target.verdict is Verdict.PRESENT]
    deploy = facts.config.deploy
    if deploy.effective_trigger == "command" and request.deploy is None and not request.yes:
        text = f"Deploy with '{deploy.command}' once it is taken back?"
        asked.append(Question("deploy", "--deploy (or --no-deploy)", text, "confirm", default="yes"))
    if there and request.targets is None and request.interactive and not request.yes:
        text = f"Take it back on {', '.join(there)} too?"
        asked.append(Question("targets", "--targets", text, "confirm", required=False, default="no"))
    if request.confirmed is None and not request.yes:
        text = f"Take '{facts.hotfix}' ({facts.title}) back from '{shown}'?"
        asked.append(Question("confirmed", "--yes", text, "confirm", default="no"))
    return tuple(asked)


def _screen(facts: Facts) -> tuple[str, ...]:
    shown = facts.world.shown(facts.base)
    lines = [f"{facts.hotfix}: {facts.title}"]
    lines += [f"Published: {each.merge[:12]} on {shown}, tag {each.tag or 'none'}" for each in facts.publications]
    lines += [f"Target:    {target.branch} ({target.verdict})" for target in facts.targets]
    return tuple(lines)


def _publish(facts: Facts, request: RollbackRequest) -> Publish:
    merges = tuple(each.merge for each in reversed(facts.publications) if each.rollback is None)
    body = "\n".join(f"This reverts commit {merge}." for merge in merges)
    trailers = [("Hotfix-Id", str(facts.hotfix)), *((ROLLBACK_OF, merge) for merge in merges)]
    if request.reason:
        trailers.append(("Rollback-Because", one_line(request.reason)))
    deploy = True if request.deploy is None and request.yes else request.deploy
    return Publish(
        facts.branch,
        facts.base,
        _tag_of(facts),
        wants_tag=True,
        message=f"Rollback HOTFIX: {one_line(facts.title)}\n\n{body}",
        trailers=tuple(trailers),
        to_server=True,
        sign=request.sign,
        hooks=request.hooks,
        is_rollback=merges,
        place=request.place,
        said=PendingRollback(request.reason, deploy, request.targets),
    )


def _tag_of(facts: Facts) -> str:
    last = facts.last_publication
    return f"{last.tag}-rollback" if last is not None and last.tag else f"{facts.hotfix}-rollback"


def _carries(facts: Facts, request: RollbackRequest) -> tuple[Carry, ...]:
    """Return the targets on which the fix is taken back now: all, or those of which a conflict was resolved."""

    def is_wanted(branch: str) -> bool:
        waits, known = facts.memory.conflict_of(branch, is_rollback=True), facts.resolutions
        if waits is not None and waits.is_laid_out:
            return False  # a person is at it
        resolved = any(known.of(branch, each.merge, is_rollback=True) for each in facts.publications)
        return bool(request.targets) or (request.targets is None and (resolved or waits is not None))

    return tuple(
        Carry(target.branch, target.tip, target.tip, target.on_server, Method.REVERT)
        for target in facts.targets
        if (target.verdict is Verdict.PRESENT or target.keeps_the_fix) and is_wanted(target.branch)
    )
