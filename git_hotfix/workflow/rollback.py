"""What ``rollback`` does: the team's own command first, then base and tag, the deployment, the record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from git_hotfix.errors import ExitCode, Problem
from git_hotfix.git import provenance, trees
from git_hotfix.git.resolutions import Brought, StuckBack, take_back
from git_hotfix.hotfix import Method, Oid, Verdict
from git_hotfix.memory import PendingRollback
from git_hotfix.workflow.arriving import fast_forward_updates
from git_hotfix.workflow.decision import Decision, Plan, Question, Questions, Refused
from git_hotfix.workflow.documents import kept_report, record_is_due
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
from git_hotfix.workflow.publications import ROLLBACK_OF
from git_hotfix.workflow.situation import record_paths
from git_hotfix.workflow.wording import one_line

if TYPE_CHECKING:
    from git_hotfix.git.merging import Merged
    from git_hotfix.git.repository import Repository
    from git_hotfix.hotfix import Publication
    from git_hotfix.workflow.request import RollbackRequest
    from git_hotfix.workflow.situation import Situation


def taken_back(repository: Repository, situation: Situation, merges: tuple[Oid, ...], onto: Oid) -> Merged | StuckBack:
    """Return the tree of a commit of the base without the change that merges brought, newest first."""
    publications = {each.merge: each for each in situation.publications}
    brought = [_brought(repository, publications[merge]) for merge in merges]
    known, record = situation.resolutions, record_paths(situation.config)
    return take_back(repository, known, situation.base, onto, brought, record)


def _brought(repository: Repository, published: Publication) -> Brought:
    """Return what a publication brought to its base: ``git revert -m 1``, and all commits of a fast-forward."""
    parents = provenance.parents(repository, published.merge)
    before = parents[0] if len(parents) > 1 else published.fork
    return Brought(published.merge, trees.tree_of(repository, before), trees.tree_of(repository, published.merge))


def plan_rollback(
    repository: Repository, situation: Situation, request: RollbackRequest, tried: frozenset[type[Step]]
) -> Decision:
    """Return what is left of taking a hotfix back; once it is back the same command only completes what is missing."""
    if not situation.publications:
        message = f"'{situation.hotfix}' is not published: there is nothing to take back."
        remedy = f"git hotfix close {situation.hotfix} --as cancelled --reason TEXT"
        return Refused((Problem("not-published", message, remedy),))
    request = _as_said_before(situation, request)
    if not situation.is_rolled_back:
        return _before(repository, situation, request, tried)
    return _after(repository, situation, request, tried)


def _as_said_before(situation: Situation, request: RollbackRequest) -> RollbackRequest:
    """Add what was said when this rollback began."""
    said = situation.memory.pending_rollback
    if said is None:
        return request
    deploy = said.deploy if request.deploy is None else request.deploy
    targets = said.targets if request.targets is None else request.targets
    return replace(request, reason=request.reason or said.reason, deploy=deploy, targets=targets)


def _before(
    repository: Repository, situation: Situation, request: RollbackRequest, tried: frozenset[type[Step]]
) -> Decision:
    if situation.is_restricted and request.reason:
        message = "The fix is restricted, and the reason would be published with the commit that takes it back."
        remedy = f"git hotfix note TEXT --hotfix {situation.hotfix}"
        return Refused((Problem("restricted", message, remedy, ExitCode.USAGE),))
    asked = _questions(situation, request)
    publish = _publish(situation, request)
    waits = _why_it_waits(repository, situation, publish.is_rollback)
    if asked and not request.interactive:
        command = f"git hotfix rollback {situation.hotfix} {' '.join(each.typed for each in asked)}"
        problems = tuple(Problem("decision-missing", each.text, command, ExitCode.USAGE) for each in asked)
        return Refused(problems, questions=asked)
    if asked:
        return Questions(asked, (*_screen(situation), *waits))
    if request.confirmed is False:
        return Refused((Problem("not-confirmed", "Nothing was taken back.", "git hotfix status"),))
    steps: list[Step] = []
    last = situation.last_publication
    first = situation.config.deploy.rollback
    ran = next((each for each in reversed(situation.memory.deployments) if last and each.merge == last.merge), None)
    if last is not None and first and (ran is None or ran.key != "deploy.rollback"):  # the fix runs there (again)
        steps.append(RunRollback(last.merge, last.tag, first))
    steps.append(publish)
    left = tuple(step for step in steps if type(step) not in tried or isinstance(step, Publish))
    return Plan(situation.hotfix, left, waits)


def _why_it_waits(repository: Repository, situation: Situation, merges: tuple[Oid, ...]) -> tuple[str, ...]:
    """Say before anything runs that a person will be needed, and for which files."""
    if situation.base_tip is None or situation.memory.conflict_of(situation.base, is_rollback=True) is not None:
        return ()
    found = taken_back(repository, situation, merges, situation.base_tip)
    if not isinstance(found, StuckBack):
        return ()
    files, shown = ", ".join(f"'{path}'" for path in found.paths[:5]), situation.world.shown(situation.base)
    return (f"It conflicts with later commits on {shown} in {files}: a person has to resolve that first.",)


def _after(
    repository: Repository, situation: Situation, request: RollbackRequest, tried: frozenset[type[Step]]
) -> Decision:
    commit, last = situation.in_production, situation.last_publication
    assert commit is not None  # noqa: S101  # rolled back
    assert last is not None  # noqa: S101
    steps: list[Step] = []
    if last.rollback_tag is None:
        steps.append(CompleteTag(commit, _tag_of(situation), request.sign, request.hooks, is_rollback=True))
    if updates := fast_forward_updates(repository, situation):
        steps.append(FastForward(updates))
    deploy = situation.config.deploy
    command, key = (
        (deploy.check, "deploy.check") if deploy.effective_trigger == "push" else (deploy.command, "deploy.command")
    )
    if command and situation.deployment is None and request.deploy is not False:
        steps.append(RunDeployment(commit, last.rollback_tag, command, key))
    carried = _carries(situation, request)
    is_due = record_is_due(repository, situation)
    if carried or is_due:
        # the record says where the fix still is, so it is written again once it was taken back there
        on = situation.record_branch if is_due or carried else None
        steps.append(Backport(carried, on, request.sign, request.hooks, request.place))
    if kept := kept_report(repository, situation):
        steps.append(kept)
    return Plan(situation.hotfix, tuple(step for step in steps if type(step) not in tried))


def _questions(situation: Situation, request: RollbackRequest) -> tuple[Question, ...]:
    asked: list[Question] = []
    shown = situation.world.shown(situation.base)
    there = [target.branch for target in situation.targets if target.verdict is Verdict.PRESENT]
    deploy = situation.config.deploy
    if deploy.effective_trigger == "command" and request.deploy is None and not request.yes:
        text = f"Deploy with '{deploy.command}' once it is taken back?"
        asked.append(Question("deploy", "--deploy (or --no-deploy)", text, "confirm", default="yes"))
    if there and request.targets is None and request.interactive and not request.yes:
        text = f"Take it back on {', '.join(there)} too?"
        asked.append(Question("targets", "--targets", text, "confirm", required=False, default="no"))
    if request.confirmed is None and not request.yes:
        text = f"Take '{situation.hotfix}' ({situation.title}) back from '{shown}'?"
        asked.append(Question("confirmed", "--yes", text, "confirm", default="no"))
    return tuple(asked)


def _screen(situation: Situation) -> tuple[str, ...]:
    shown = situation.world.shown(situation.base)
    lines = [f"{situation.hotfix}: {situation.title}"]
    lines += [f"Published: {each.merge[:12]} on {shown}, tag {each.tag or 'none'}" for each in situation.publications]
    lines += [f"Target:    {target.branch} ({target.verdict})" for target in situation.targets]
    return tuple(lines)


def _publish(situation: Situation, request: RollbackRequest) -> Publish:
    merges = tuple(each.merge for each in reversed(situation.publications) if each.rollback is None)
    body = "\n".join(f"This reverts commit {merge}." for merge in merges)
    trailers = [("Hotfix-Id", str(situation.hotfix)), *((ROLLBACK_OF, merge) for merge in merges)]
    if request.reason:
        trailers.append(("Rollback-Because", one_line(request.reason)))
    deploy = True if request.deploy is None and request.yes else request.deploy
    return Publish(
        situation.branch,
        situation.base,
        _tag_of(situation),
        wants_tag=True,
        message=f"Rollback HOTFIX: {one_line(situation.title)}\n\n{body}",
        trailers=tuple(trailers),
        to_server=True,
        sign=request.sign,
        hooks=request.hooks,
        is_rollback=merges,
        place=request.place,
        said=PendingRollback(request.reason, deploy, request.targets),
    )


def _tag_of(situation: Situation) -> str:
    last = situation.last_publication
    return f"{last.tag}-rollback" if last is not None and last.tag else f"{situation.hotfix}-rollback"


def _carries(situation: Situation, request: RollbackRequest) -> tuple[Carry, ...]:
    """Return the targets on which the fix is taken back now: all, or those of which a conflict was resolved."""

    def is_wanted(branch: str) -> bool:
        waits, known = situation.memory.conflict_of(branch, is_rollback=True), situation.resolutions
        if waits is not None and waits.is_laid_out:
            return False  # a person is at it
        resolved = any(known.of(branch, each.merge, is_rollback=True) for each in situation.publications)
        return bool(request.targets) or (request.targets is None and (resolved or waits is not None))

    return tuple(
        Carry(target.branch, target.tip, target.tip, target.on_server, Method.REVERT)
        for target in situation.targets
        if (target.verdict is Verdict.PRESENT or target.keeps_the_fix) and is_wanted(target.branch)
    )
