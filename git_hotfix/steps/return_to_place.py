"""Take the user back to where they were, stash included; what stands in the way is reported and left."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from git_hotfix.engine.step import Done, Step
from git_hotfix.errors import HotfixError, Problem, command
from git_hotfix.git.checkout import detach_at, in_progress
from git_hotfix.git.stash import NotBack, entry_of, restore_stash
from git_hotfix.hotfix import Oid
from git_hotfix.memory import Place
from git_hotfix.steps.deploy import Deploy
from git_hotfix.steps.place import check_out_place, git_in, hook_failure, not_back
from git_hotfix.steps.request import AbortRequest, LeaveRequest

if TYPE_CHECKING:
    from git_hotfix.engine.run import Run
    from git_hotfix.engine.step import Due
    from git_hotfix.errors import Remedy
    from git_hotfix.facts.facts import Facts
    from git_hotfix.git.worktrees import Worktree
    from git_hotfix.steps.request import Request


class ReturnToPlace(Step, frozen=True):
    """Take the user back to where they were; ``leaves`` goes to the base where nothing is known."""

    does = "go back to where you were"
    ends_on_problem = True

    leaves: bool = False

    @staticmethod
    def due(facts: Facts, request: Request) -> Due:
        """At the end, unless the deployment failed or nothing here shows its end; always when the hotfix is left."""
        memory = facts.memory
        if isinstance(request, LeaveRequest):
            tree = facts.world.tree_of(facts.branch)
            if tree is not None and str(tree.path) != memory.worktree:
                return ReturnToPlace(leaves=True)
            return ReturnToPlace() if memory.place is not None else None
        if isinstance(request, AbortRequest):
            return None if request.is_rollback else ReturnToPlace()
        if request.stay or (memory.place is None and memory.detour is None):
            return None
        if not facts.is_published:
            return ReturnToPlace() if request.push and memory.place is not None else None
        if isinstance(Deploy.due(facts, request), Deploy):
            return None  # it could not be started
        return None if facts.deployed.state in {"failed", "begun", "claimed"} else ReturnToPlace()

    def perform(self, run: Run) -> Done:
        """Check out what was checked out, then put the stash back; where that can be later, it is tried again."""
        problems: list[Problem] = []
        left: Place | None = None
        facts, memory = run.facts, run.facts.memory
        place = memory.place or memory.detour or (_base_instead(facts) if self.leaves else None)
        if place is None:
            return Done()
        if place.branch is not None and run.world.local_tip(place.branch) is None and facts.base_tip is not None:
            run.warn(f"'{place.branch}', where you were, is not here any more.")
            place = replace(place, branch=None, commit=facts.base_tip)
        tree = run.world.tree_at(place.tree)
        other = run.world.tree_of(place.branch) if place.branch else None
        if tree is not None and other is not None and other != tree:
            run.warn(f"You are still on '{facts.branch}': '{place.branch}' is checked out in '{other.path}' now.")
            if self.leaves:
                commit = facts.base_tip or facts.tip or Oid("HEAD")
                detach_at(git_in(run, place.tree), commit, head=tree.head)
        elif tree is not None and _is_ours(facts, tree):
            why = _move_back(run, place, tree)
            if why is not None:
                message = f"You are still on '{facts.branch}': {why}"
                return Done((Problem("not-back", message, _go_there(place)),))
            run.look_here()
        if place.stash is not None:
            found = _put_stash_back(run, place, place.stash)
            if found is None:
                run.say("Your stashed changes are back.")
            else:
                problems.append(not_back(place.stash, found))
                left = place if found.entry is None else None
        run.remember(lambda known: replace(known, place=left, detour=None))
        run.look_here()
        return Done(tuple(problems))


def _put_stash_back(run: Run, place: Place, stash: Oid) -> NotBack | None:
    """Put the stash back where it was taken; elsewhere, or in the middle of a rebase, it would be mixed with that."""
    tree, not_back = run.world.tree_at(place.tree), "it could not be put back"
    if tree is None:
        entry = entry_of(run.repository.git, stash)
        return NotBack(f"{not_back}: the working tree '{place.tree}' is gone", entry) if entry is not None else None
    git = git_in(run, place.tree)
    if tree.branch is not None and tree.branch != place.branch:
        return NotBack(f"{not_back}: '{tree.branch}' is checked out in '{place.tree}' now.")
    if unfinished := in_progress(git):
        return NotBack(f"{not_back}: {unfinished[0]} is unfinished in '{place.tree}'.")
    return restore_stash(git, stash)


def _base_instead(facts: Facts) -> Place | None:
    """Return the base as the place to go to, for a tree that has the branch checked out."""
    world = facts.world
    tree = world.tree_of(facts.branch)
    if tree is None or str(tree.path) == facts.memory.worktree:
        return None
    base = facts.base if world.local_tip(facts.base) is not None else None
    if base is not None and world.tree_of(base) is not None:
        base = None  # another tree has it
    return Place(str(tree.path), base, facts.base_tip)


def _is_ours(facts: Facts, tree: Worktree) -> bool:
    """Return whether the tree still is where this hotfix took it: else the user has gone elsewhere and stays there."""
    return tree.branch == facts.branch or (tree.branch is None and facts.memory.detour is not None)


def _move_back(run: Run, place: Place, tree: Worktree) -> str | None:
    try:
        failed = check_out_place(run, place, head=tree.head)
    except HotfixError as error:
        return error.problems[0].message
    run.say(f"Back on '{place.branch or (place.commit or '')[:7]}'.{hook_failure(failed)}")
    return None


def _go_there(place: Place) -> Remedy:
    if place.branch is not None:
        return command("git", "switch", place.branch)
    return command("git", "checkout", "--detach", place.commit)
