"""Give up what waits: the worktrees of conflicts, what was resolved of them, an unpublished attempt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from git_hotfix.engine.step import Done, Step
from git_hotfix.steps.attempts import withdraw
from git_hotfix.steps.conflicts import give_up_conflicts
from git_hotfix.steps.request import AbortRequest

if TYPE_CHECKING:
    from git_hotfix.engine.run import Run
    from git_hotfix.engine.step import Due
    from git_hotfix.facts.facts import Facts
    from git_hotfix.steps.request import Request


class GiveUpConflicts(Step, frozen=True):
    """Remove the worktrees of conflicts that wait, and what was resolved of them."""

    does = "remove the worktrees of the conflicts that wait"

    is_rollback: bool | None = None
    """Only those of a rollback, only the others, or (None) all."""
    keeps_work: bool = False
    """Whether a worktree that a person has changed stays: nobody asked for it to go."""

    @staticmethod
    def due(facts: Facts, request: Request) -> Due:
        """With ``--abort``; and with a hotfix that is left, for which nothing waits any more."""
        if isinstance(request, AbortRequest):
            return GiveUpConflicts(request.is_rollback)
        return GiveUpConflicts(keeps_work=True) if facts.memory.conflicts else None

    def perform(self, run: Run) -> Done:
        """Remove them; nothing else has changed."""
        give_up_conflicts(run, is_rollback=self.is_rollback, keeps_work=self.keeps_work)
        if self.is_rollback:
            run.remember(lambda memory: replace(memory, pending_rollback=None))
        return Done()


class DropAttempt(Step, frozen=True):
    """Take back what an unpublished attempt has left, where it still is as the attempt left it."""

    does = "drop the prepared merge, which is not published"

    @staticmethod
    def due(facts: Facts, request: AbortRequest) -> Due:
        """With ``--abort``: of ``finish`` always, of ``rollback`` the attempt to take this hotfix back."""
        attempt = facts.memory.attempt
        if not request.is_rollback:
            return DropAttempt()
        is_ours = attempt is not None and attempt.tip in {each.merge for each in facts.publications}
        return DropAttempt() if is_ours and not facts.is_rolled_back else None

    def perform(self, run: Run) -> Done:
        """Withdraw the attempt, here and on the server."""
        if run.facts.memory.attempt is not None:
            withdraw(run, run.facts.memory.attempt)
            run.say("Dropped the prepared merge.")
        return Done()
