"""Lay the conflict of the fix with its base out for a person; nothing is published until it is resolved."""

from __future__ import annotations

from typing import TYPE_CHECKING

from git_hotfix.engine.step import Done, Refusal, Step
from git_hotfix.errors import HotfixError
from git_hotfix.hotfix import BranchName, Method, Oid
from git_hotfix.memory import Conflict
from git_hotfix.steps.conflicts import lay_out_conflict
from git_hotfix.steps.preflight import CONFLICT, preflight
from git_hotfix.steps.pull_request import remember_wanted

if TYPE_CHECKING:
    from pathlib import Path

    from git_hotfix.engine.run import Run
    from git_hotfix.engine.step import Due
    from git_hotfix.facts.facts import Facts
    from git_hotfix.git.world import World
    from git_hotfix.steps.request import FinishRequest


class LayOutConflict(Step, frozen=True):
    """Lay the conflict of the branch with its base out in a worktree."""

    base: BranchName
    onto: Oid
    source: Oid
    place: Path | None
    by_request: bool | None = None

    @staticmethod
    def due(facts: Facts, request: FinishRequest) -> Due:
        """Return what forbids the publication; a conflict that is all there is gets laid out."""
        problems = preflight(facts, request) if not facts.is_published else ()
        if [problem.code for problem in problems] == [CONFLICT] and facts.base_tip and facts.tip:
            return LayOutConflict(facts.base, facts.base_tip, facts.tip, request.place, request.by_request)
        return Refusal(problems) if problems else None

    def describe(self, world: World) -> str:
        """Return what the step does."""
        return f"check the conflict with {world.shown(self.base)} out in a worktree"

    def perform(self, run: Run) -> Done:
        """Lay it out and end with exit 3; git may have resolved it by itself (rerere, a merge driver)."""
        remember_wanted(run, is_wanted=self.by_request)
        conflict = Conflict(self.base, "", self.onto, self.source, Method.MERGE)
        problem = lay_out_conflict(run, conflict, self.source, self.place)
        if problem is not None:
            raise HotfixError(problem)
        return Done()
