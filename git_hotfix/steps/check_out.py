"""Check the hotfix branch out: here, or in a linked worktree of its own with what it needs to run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from git_hotfix.commands.worktree_setup import prepare_worktree
from git_hotfix.engine.events import runner_in
from git_hotfix.engine.step import Done, Refusal, Step
from git_hotfix.git.checkout import make_worktree
from git_hotfix.hotfix import BranchName, HotfixId
from git_hotfix.steps.gate import name_of
from git_hotfix.steps.place import check_out_branch, hook_failure, remember_start

if TYPE_CHECKING:
    from pathlib import Path

    from git_hotfix.config.layers import TeamCommand
    from git_hotfix.engine.run import Run
    from git_hotfix.engine.step import Due
    from git_hotfix.facts.beginning import Beginning
    from git_hotfix.steps.request import StartRequest


class CheckOut(Step, frozen=True):
    """Check the hotfix branch out in this working tree and remember where the user was."""

    does = "check '{0.branch}' out"

    hotfix: HotfixId
    branch: BranchName
    base: BranchName
    relands: HotfixId | None = None
    """The hotfix that is landed again: its branch is no place to come back to."""

    @staticmethod
    def due(facts: Beginning, request: StartRequest) -> Due:
        """Unless a worktree was asked for."""
        if request.uses_worktree:
            return None
        hotfix = name_of(facts, request)
        if not isinstance(hotfix, HotfixId) or facts.repository.top is None:
            return None
        relands = facts.relanded.hotfix if facts.relanded is not None else None
        return CheckOut(hotfix, hotfix.branch(facts.config.branches.prefix), facts.base, relands)

    def perform(self, run: Run) -> Done:
        """Check it out; nothing to do where it is checked out already."""
        remember_start(run, self.hotfix)
        check_out_branch(run, self.hotfix, self.branch)
        place = run.memory_file(self.hotfix).read().place
        if self.relands is not None and place is not None and place.stash is None:
            before = run.memory_file(self.relands).read().place
            if place.branch == self.relands.branch(run.config.branches.prefix):
                is_known = before is not None and before.tree == place.tree and before.stash is None
                place = before if is_known else replace(place, branch=self.base)
                run.remember(lambda memory: replace(memory, place=place), self.hotfix)
        return Done()


class MakeWorktree(Step, frozen=True):
    """Check the hotfix branch out in a new linked worktree and bring what it needs to run."""

    does = "make the worktree '{0.path}' for '{0.branch}'"

    hotfix: HotfixId
    branch: BranchName
    path: Path

    @staticmethod
    def due(facts: Beginning, request: StartRequest) -> Due:
        """Where a worktree was asked for; settings that cannot be carried out are refused."""
        if not request.uses_worktree:
            return None
        if facts.worktree_problems:
            return Refusal(facts.worktree_problems)
        hotfix = name_of(facts, request)
        if not isinstance(hotfix, HotfixId):
            return None
        return MakeWorktree(hotfix, hotfix.branch(facts.config.branches.prefix), _path(facts, request, hotfix))

    @staticmethod
    def commands(facts: Beginning, request: StartRequest) -> tuple[TeamCommand, ...]:
        """Return ``worktree.setup``."""
        setup = facts.settings.command("worktree.setup") if request.uses_worktree else None
        return (setup,) if setup is not None and facts.repository.top is not None else ()

    def perform(self, run: Run) -> Done:
        """Make it, or go on with the one that an interrupted start has made."""
        remember_start(run, self.hotfix)
        made, tip, failed = run.world.tree_of(self.branch), run.world.local_tip(self.branch), None
        if made is None or made.path != self.path:
            assert tip is not None  # noqa: S101  # the step before has made it
            failed = make_worktree(run.repository.git, self.path, tip, self.branch)
        run.remember(lambda memory: replace(memory, worktree=str(self.path)), self.hotfix)
        run.look_here()
        run.say(f"The worktree is '{self.path}'.{hook_failure(failed)}")
        wanted, source = run.config.worktree, run.repository.top
        if source is None:
            return Done()
        runner = runner_in(run, self.path, wanted.setup)
        for sentence in prepare_worktree(source, runner, copy=wanted.copy, link=wanted.link, setup=wanted.setup):
            run.say(sentence)
        return Done()


def _path(facts: Beginning, request: StartRequest, hotfix: HotfixId) -> Path:
    if request.worktree is not None:
        return (facts.directory / request.worktree).resolve()  # as git lists it
    beside = facts.main_folder
    return beside.parent / f"{beside.name.removesuffix('.git')}-{hotfix}"
