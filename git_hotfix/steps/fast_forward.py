"""Local branches and tags follow what was published, with the files of the trees that have them checked out."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from git_hotfix.engine.step import Done, Step
from git_hotfix.errors import HotfixError
from git_hotfix.git.checkout import advance
from git_hotfix.git.refs import RefsMoved, move_refs
from git_hotfix.git.remote import Update
from git_hotfix.git.world import rebased_in

if TYPE_CHECKING:
    from git_hotfix.engine.run import Run
    from git_hotfix.engine.step import Due
    from git_hotfix.facts.facts import Facts
    from git_hotfix.git.worktrees import Worktree
    from git_hotfix.git.world import World
    from git_hotfix.steps.request import Request


class FastForward(Step, frozen=True):
    """Move local branches and tags to what was published; one that cannot follow without losing something stays."""

    is_repeatable = True

    updates: tuple[Update, ...]

    @staticmethod
    def due(facts: Facts, request: Request) -> Due:
        """After every publication, of whatever lags behind it."""
        if not facts.is_published or not facts.fast_forwards:
            return None
        return FastForward(facts.fast_forwards)

    def describe(self, world: World) -> str:
        """Return what the step does."""
        names = ", ".join(update.ref.split("/", 2)[2] for update in self.updates)
        return f"update locally what is published: {names}"

    def perform(self, run: Run) -> Done:
        """Move each that this run has not tried yet; one that stays is reported once."""
        updates = [update for update in self.updates if update not in run.tried_updates]
        run.tried_updates.update(updates)
        together = [update for update in updates if _tree_of(run, update) is None]
        try:
            move_refs(run.repository.git, together, reason="git hotfix")
        except RefsMoved:  # one of them is in the way of the others
            together = []
        for update in updates:
            name = update.ref.split("/", 2)[2]
            why = _move(run, update) if update not in together else None
            if why is not None:
                run.warn(f"Local '{name}' not updated: {why}")
            elif update.ref.startswith("refs/heads/") and update.new is not None:
                run.say(f"Updated local '{name}' to {update.new[:7]}.")
        run.look_here()
        return Done()


def _tree_of(run: Run, update: Update) -> Worktree | None:
    """Return the working tree that has a branch checked out, or rebases it."""
    name = update.ref.removeprefix("refs/heads/")
    return None if name == update.ref else run.world.tree_of(name) or rebased_in(run.repository, run.world, name)


def _move(run: Run, update: Update) -> str | None:
    tree = _tree_of(run, update)
    if tree is not None and tree.branch is None:
        return f"it is being rebased in '{tree.path}'"
    try:
        return advance(run.repository.git, tree, update, reason="git hotfix")
    except HotfixError as error:
        return error.problems[0].message


def follow_server(run: Run) -> None:
    """Move remote-tracking refs to what the server has, where a push that was killed could not.

    git moves them when the server has answered; what was published is here already, so no fetch brings them there.
    """
    facts, world = run.facts, run.world
    if world.remote is None or world.server is None or world.unanswered is not None:
        return
    updates = []
    for branch in dict.fromkeys((facts.base, *(target.branch for target in facts.targets))):
        seen, there = world.local.get(world.remote.tracking(branch)), world.server.branch(branch)
        if seen is not None and there is not None and there != seen and facts.has(there):
            updates.append(Update(world.remote.tracking(branch), seen, there))
    if not updates:
        return
    with suppress(RefsMoved):  # somebody fetches here at this moment
        move_refs(run.repository.git, updates, reason="git hotfix: as the server has it")
    run.look_here()
    run.look()
