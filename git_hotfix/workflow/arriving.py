"""What follows a publication: local refs, the deployment, the targets and the record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from git_hotfix.git import history
from git_hotfix.git.remote import Update
from git_hotfix.hotfix import Method, Verdict, branch_ref, tag_ref
from git_hotfix.workflow.documents import record_is_due, why_record_waits
from git_hotfix.workflow.plan import Backport, Carry, RunDeployment
from git_hotfix.workflow.situation import MANY_LINES

if TYPE_CHECKING:
    from git_hotfix.git.repository import Repository
    from git_hotfix.workflow.request import FinishRequest
    from git_hotfix.workflow.situation import Situation


def fast_forward_updates(repository: Repository, situation: Situation) -> tuple[Update, ...]:
    """Return the local branches and tags that lag behind what was published and can follow without losing anything."""
    world, last = situation.world, situation.last_publication
    if last is None:
        return ()
    tags = [(each.tag, each.tag_oid) for each in situation.publications]
    tags += [(each.rollback_tag, each.rollback_tag_oid) for each in situation.publications]
    updates = [
        Update(tag_ref(tag), None, oid)
        for tag, oid in dict.fromkeys(tags)
        if tag is not None and tag_ref(tag) not in world.local
    ]
    there_now = {Verdict.PRESENT, Verdict.REVERTED}
    present = [target.branch for target in situation.targets if target.verdict in there_now]
    for branch in (situation.base, *present):
        local, there = world.local_tip(branch), world.tip(branch)
        if local is None or there is None or local == there:
            continue
        if history.is_ancestor(repository, local, there):
            updates.append(Update(branch_ref(branch), local, there))
    return tuple(updates)


def told_left(repository: Repository, situation: Situation) -> tuple[str, ...]:
    """Say which local branches have parted from what was published: they stay where they are."""
    world, found = situation.world, []
    present = [target.branch for target in situation.targets if target not in situation.pending]
    for branch in (situation.base, *present):
        local, there = world.local_tip(branch), world.tip(branch)
        if local is None or there is None or history.is_ancestor(repository, local, there):
            continue
        if not history.is_ancestor(repository, there, local):
            shown = world.shown(branch)
            found.append(f"'{branch}' here stays where it is: it has commits that '{shown}' does not have.")
    return tuple(found)


def deployment_step(situation: Situation, request: FinishRequest) -> RunDeployment | None:
    """Return the deployment of the newest publication if it has not begun; one whose end is unknown is not repeated."""
    last, deploy = situation.last_publication, situation.config.deploy
    if last is None or situation.deployment is not None or request.deploy is False:
        return None
    if situation.documented and situation.documented.resolved_at and situation.documented.tag == last.tag:
        return None
    match deploy.effective_trigger:
        case "command" if deploy.command:
            return RunDeployment(last.merge, last.tag, deploy.command, "deploy.command")
        case "push" if deploy.check:
            return RunDeployment(last.merge, last.tag, deploy.check, "deploy.check")
        case _:
            return None


def backport_step(repository: Repository, situation: Situation, request: FinishRequest) -> Backport | None:
    """Return the push that carries the fix to the targets that lack it and writes the record."""
    carried = carries(situation, request)
    develop = situation.roles.develop
    brings_develop = any(each.branch == develop for each in carried)
    is_due = bool(carried) or record_is_due(repository, situation)  # a target that arrives is news for the record
    if not brings_develop and why_record_waits(situation) is not None:
        is_due = False
    if not carried and not is_due:
        return None
    on = situation.record_branch if is_due else None
    return Backport(carried, on, request.sign, request.hooks, request.place)


def carries(situation: Situation, request: FinishRequest) -> tuple[Carry, ...]:
    """Return the targets that lack the fix and are to get it now, each with how."""
    wanted = []
    unchosen = unchosen_lines(situation)
    for target in situation.pending:
        waits = situation.memory.conflict_of(target.branch)
        if waits is not None and waits.is_laid_out:
            continue  # a person is at it
        if request.to and target.branch not in request.to:
            continue
        if target.branch in unchosen and target.branch not in request.to:
            continue
        method = Method(request.method) if request.method else target.method
        if method is not None and target.tip:
            wanted.append(Carry(target.branch, target.tip, target.tip, target.on_server, method))
    return tuple(wanted)


def unchosen_lines(situation: Situation) -> tuple[str, ...]:
    """Return the release lines nobody chose: more than five, found by the default pattern only."""
    lines = situation.roles.lines
    return () if situation.lines_chosen or len(lines) <= MANY_LINES else lines


def is_at_rest(situation: Situation) -> bool:
    """Return whether the user is taken back: not while a deployment failed or its end is unknown."""
    memory = situation.memory
    if memory.place is None and memory.detour is None:
        return False
    return situation.deployment is None or situation.deployment.state == "succeeded"
