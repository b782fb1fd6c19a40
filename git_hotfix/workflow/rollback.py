"""What ``rollback`` does: the team's own command first, then base and tag, the deployment, the record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from git_hotfix.errors import ExitCode, Problem
from git_hotfix.hotfix import Method, Oid, Verdict
from git_hotfix.repository import trees
from git_hotfix.repository.merging import Conflicted, Merged, MergeResult, unpick
from git_hotfix.workflow.arriving import settle_updates
from git_hotfix.workflow.decision import Decision, Plan, Question, Questions, Refused
from git_hotfix.workflow.documents import record_is_due
from git_hotfix.workflow.plan import Backport, Carry, CompleteTag, Publish, RunDeployment, RunRollback, Settle, Step
from git_hotfix.workflow.rounds import ROLLBACK_OF
from git_hotfix.workflow.wording import one_line

if TYPE_CHECKING:
    from git_hotfix.repository.opening import Repository
    from git_hotfix.repository.trees import RecordPaths
    from git_hotfix.workflow.request import RollbackRequest
    from git_hotfix.workflow.situation import Situation


def taken_back(repository: Repository, merges: tuple[Oid, ...], onto: Oid, record: RecordPaths) -> MergeResult:
    """Give the tree of a commit without the change that merges brought, newest first; record paths stay."""
    tree = trees.tree_of(repository, onto)
    for merge in merges:
        match unpick(repository, merge, tree, record):
            case Merged(without):
                tree = without
            case Conflicted() as conflict:
                return conflict
    return Merged(tree)


def plan_rollback(
    repository: Repository, situation: Situation, request: RollbackRequest, tried: frozenset[type[Step]]
) -> Decision:
    """Give what is left of taking a hotfix back; once it is back the same command only completes what is missing."""
    if not situation.rounds:
        message = f"'{situation.hotfix}' is not published: there is nothing to take back."
        remedy = f"git hotfix close {situation.hotfix} --as cancelled --reason TEXT"
        return Refused((Problem("not-published", message, remedy),))
    if not situation.is_rolled_back:
        return _before(situation, request, tried)
    return _after(repository, situation, request, tried)


def _before(situation: Situation, request: RollbackRequest, tried: frozenset[type[Step]]) -> Decision:
    asked = _questions(situation, request)
    if asked and not request.interactive:
        command = f"git hotfix rollback {situation.hotfix} {' '.join(each.typed for each in asked)}"
        problems = tuple(Problem("decision-missing", each.text, command, ExitCode.USAGE) for each in asked)
        return Refused(problems, questions=asked)
    if asked:
        return Questions(asked, _screen(situation))
    if request.confirmed is False:
        return Refused((Problem("not-confirmed", "Nothing was taken back.", "git hotfix status"),))
    steps: list[Step] = []
    last = situation.last_round
    first = situation.config.deploy.rollback
    if last is not None and first and situation.memory.deployment_of(last.merge, is_rollback=True) is None:
        steps.append(RunRollback(last.merge, last.tag, first))
    steps.append(_publish(situation, request))
    return Plan(situation.hotfix, tuple(step for step in steps if type(step) not in tried or isinstance(step, Publish)))


def _after(
    repository: Repository, situation: Situation, request: RollbackRequest, tried: frozenset[type[Step]]
) -> Decision:
    commit, last = situation.in_production, situation.last_round
    assert commit is not None  # noqa: S101  # rolled back
    assert last is not None  # noqa: S101
    steps: list[Step] = []
    if last.rollback_tag is None:
        steps.append(CompleteTag(commit, _tag_of(situation), request.sign, request.hooks, takes_back=True))
    if updates := settle_updates(repository, situation):
        steps.append(Settle(updates))
    deploy = situation.config.deploy
    command, key = (
        (deploy.check, "deploy.check") if deploy.effective_trigger == "push" else (deploy.command, "deploy.command")
    )
    if command and situation.deployment is None and request.deploy is not False:
        steps.append(RunDeployment(commit, last.rollback_tag, command, key))
    carried = _carries(situation) if request.targets else ()
    is_due = record_is_due(repository, situation)
    if carried or is_due:
        # the record says where the fix still is, so it is written again once it was taken back there
        on = situation.record_branch if is_due or carried else None
        steps.append(Backport(carried, on, request.sign, request.hooks))
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
    lines += [f"Published: {each.merge[:12]} on {shown}, tag {each.tag or 'none'}" for each in situation.rounds]
    lines += [f"Target:    {target.branch} ({target.verdict})" for target in situation.targets]
    return tuple(lines)


def _publish(situation: Situation, request: RollbackRequest) -> Publish:
    merges = tuple(each.merge for each in reversed(situation.rounds) if each.rollback is None)
    body = "\n".join(f"This reverts commit {merge}." for merge in merges)
    trailers = [("Hotfix-Id", str(situation.hotfix)), *((ROLLBACK_OF, merge) for merge in merges)]
    if request.reason:
        trailers.append(("Rollback-Because", one_line(request.reason)))
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
        takes_back=merges,
    )


def _tag_of(situation: Situation) -> str:
    last = situation.last_round
    return f"{last.tag}-rollback" if last is not None and last.tag else f"{situation.hotfix}-rollback"


def _carries(situation: Situation) -> tuple[Carry, ...]:
    return tuple(
        Carry(target.branch, target.tip, target.tip, target.on_server, Method.REVERT)
        for target in situation.targets
        if target.verdict is Verdict.PRESENT
    )
