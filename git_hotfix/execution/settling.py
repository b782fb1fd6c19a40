"""After publication: local branches and tags follow, with the files of the trees that have them checked out."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from git_hotfix.errors import HotfixError
from git_hotfix.execution.ending import StepEnd
from git_hotfix.git.checkout import advance
from git_hotfix.git.objects import has_object
from git_hotfix.git.refs import RefsMoved, move_refs
from git_hotfix.git.remote import Update
from git_hotfix.git.world import rebased_in

if TYPE_CHECKING:
    from git_hotfix.execution.session import Session
    from git_hotfix.facts.facts import Facts
    from git_hotfix.workflow.plan import FastForward


def follow_server(session: Session, facts: Facts) -> Facts:
    """Move remote-tracking refs to what the server has, where a push that was killed could not.

    git moves them when the server has answered; what was published is here already, so no fetch brings them there.
    Gives the facts after it.
    """
    world = session.world
    if world.remote is None or world.server is None or world.unanswered is not None:
        return facts
    updates = []
    for branch in dict.fromkeys((facts.base, *(target.branch for target in facts.targets))):
        seen, there = world.local.get(world.remote.tracking(branch)), world.server.branch(branch)
        if seen is not None and there not in {None, seen} and has_object(session.repository, there):
            updates.append(Update(world.remote.tracking(branch), seen, there))
    if not updates:
        return facts
    with suppress(RefsMoved):  # somebody fetches here at this moment
        move_refs(session.repository.git, updates, reason="git hotfix: as the server has it")
    session.look_here()
    return session.facts(facts.hotfix)


def settle(session: Session, step: FastForward) -> StepEnd:
    """Move local refs to what was published; one that cannot follow without losing something stays, and is told."""
    for update in step.updates:
        name = update.ref.split("/", 2)[2]
        is_branch = update.ref.startswith("refs/heads/")
        try:
            if is_branch:
                rebased = rebased_in(session.repository, session.world, name)
                why = f"it is being rebased in '{rebased.path}'" if rebased is not None else None
                why = why or advance(session.repository.git, session.world.tree_of(name), update, reason="git hotfix")
            else:
                move_refs(session.repository.git, [update], reason="git hotfix")
                why = None
        except HotfixError as error:
            why = error.problems[0].message
        if why is not None:
            session.warn(f"'{name}' here stays where it is: {why}")
        elif is_branch and update.new is not None:
            session.say(f"'{name}' here is at {update.new[:12]} too.")
    session.look_here()
    return StepEnd()
