"""Stash what is uncommitted here, to be put back at once or at the end; an interrupted start goes on with its stash."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from git_hotfix.engine.step import Done, Question, Questions, Refusal, Step
from git_hotfix.errors import ExitCode, Problem, again, refused
from git_hotfix.facts.phrases import some
from git_hotfix.git.stash import clean, drop_stash, fits, is_kept, is_part_of, keep_stash, make_stash, restore_stash
from git_hotfix.hotfix import HotfixId, Oid
from git_hotfix.steps.gate import name_of
from git_hotfix.steps.place import current_place, not_back, remember_start

if TYPE_CHECKING:
    from git_hotfix.engine.run import Run
    from git_hotfix.engine.step import Due
    from git_hotfix.facts.beginning import Beginning
    from git_hotfix.steps.request import StartRequest


class StashChanges(Step, frozen=True):
    """Stash the tracked and staged changes of this working tree."""

    does = "stash the uncommitted changes"

    hotfix: HotfixId
    comes_along: bool = False
    """Whether they are put into the files of the new branch at once."""
    onto: Oid | None = None
    """Where that branch begins, as far as it is known: there they have to fit."""

    @staticmethod
    def due(facts: Beginning, request: StartRequest) -> Due:
        """Where it was asked for; what else stands in the way in this working tree is asked about, or refused."""
        if not request.uses_worktree and (blocked := _blocked(facts, request)) is not None:
            return blocked
        hotfix = name_of(facts, request)
        return (
            StashChanges(hotfix, comes_along=request.carries, onto=facts.base_tip if request.carries else None)
            if request.uses_stash and isinstance(hotfix, HotfixId)
            else None
        )

    def perform(self, run: Run) -> Done:
        """Stash and remember the stash with the place; a stash that a killed run kept counts.

        Changes that are to come along and do not fit are refused before anything is made.
        """
        remember_start(run, self.hotfix)
        git = run.repository.git
        stash, known = make_stash(git), run.memory_file(self.hotfix).read().place
        if known is not None and known.stash is not None and is_kept(git, known.stash):
            if stash is None or is_part_of(git, stash, known.stash):
                clean(git, known.stash)
                run.say(self._stashed(known.stash))
                return Done()
            run.warn(f"An interrupted start stashed other changes ({known.stash[:7]}); they stay in 'git stash list'.")
        if stash is None and known is not None:
            return Done()  # that run has remembered where the user was
        if stash is not None and self.onto is not None and not fits(git, stash, self.onto):
            message = (
                f"The uncommitted changes conflict with production ({self.onto[:7]}), so they cannot come along."
                " --stash puts them away until the end, --worktree leaves them here; nothing was made."
            )
            raise refused("carry-conflict", message, again("--stash"))
        place = replace(current_place(run), stash=stash)
        run.remember(lambda memory: replace(memory, place=place), self.hotfix)
        if stash is not None:
            keep_stash(git, stash)
            before = known.stash if known is not None else None  # made in the same second, the two are one commit
            if before is not None and before != stash and is_part_of(git, before, stash):
                drop_stash(git, before)  # git was killed while it put it on the list
            clean(git, stash)
            run.say(self._stashed(stash))
        return Done()

    def _stashed(self, stash: Oid) -> str:
        until = "until the branch is checked out" if self.comes_along else "and come back with finish, cleanup or close"
        return f"Your changes are stashed ({stash[:7]}) {until}."


class CarryChanges(Step, frozen=True):
    """Put the changes that were uncommitted where the user was into the files of the new branch."""

    does = "take the uncommitted changes along"

    hotfix: HotfixId

    @staticmethod
    def due(facts: Beginning, request: StartRequest) -> Due:
        """Where it was asked for; by then they are stashed, and the branch is checked out."""
        hotfix = name_of(facts, request)
        return CarryChanges(hotfix) if request.carries and isinstance(hotfix, HotfixId) else None

    def perform(self, run: Run) -> Done:
        """Put the stash back; one that does not fit, with what was picked say, stays on the list: exit 4."""
        place = run.memory_file(self.hotfix).read().place
        if place is None or place.stash is None:
            return Done()
        found = restore_stash(run.repository.git, Oid(place.stash))
        if found is None or found.entry is not None:
            run.remember(lambda memory: replace(memory, place=replace(place, stash=None)), self.hotfix)
        if found is not None:
            return Done((replace(not_back(Oid(place.stash), found), exit_code=ExitCode.UNFINISHED),))
        run.say("Your uncommitted changes are here now.")
        return Done()


def _blocked(facts: Beginning, request: StartRequest) -> Refusal | Questions | None:
    """Return what in this working tree stands in the way: unfinished business, uncommitted changes, no tree at all."""
    if facts.repository.top is None:
        message = "This repository is bare: the hotfix needs a working tree."
        return Refusal((Problem("no-working-tree", message, again("--worktree", "DIR")),))
    problems: list[Problem] = []
    if facts.operation is not None:
        message = f"{facts.operation[0].capitalize()} is unfinished here."
        problems.append(Problem("in-progress", message, again("--worktree")))
    if facts.index_lock is not None:
        problems.append(facts.index_lock)
    if facts.unfinished is not None:  # what is changed here was looked at before it began
        return Refusal(tuple(problems)) if problems else None
    changed = some([change.path for change in facts.changes])
    if facts.changed_submodules:
        message = f"There are changes in submodules, which a stash cannot hold: {some(facts.changed_submodules)}."
        problems.append(Problem("uncommitted", message, again("--worktree")))
    elif changed and not request.uses_stash:
        if request.interactive and facts.operation is None:
            return Questions((_stash_or_worktree(changed),))
        remedy = again("--carry" if facts.operation is None else "--worktree")
        problems.append(Problem("uncommitted", f"There are uncommitted changes: {changed}.", remedy))
    return Refusal(tuple(problems)) if problems else None


def _stash_or_worktree(changed: str) -> Question:
    text = (
        f"There are uncommitted changes ({changed}). Take them along (carry), stash them, or work in another worktree?"
    )
    choices = ("carry", "stash", "worktree")
    return Question("dirty", "--carry (or --stash, --worktree)", text, "choice", choices, default="carry")
