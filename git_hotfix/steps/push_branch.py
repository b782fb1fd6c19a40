"""Publish the hotfix branch itself, so that colleagues see it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from git_hotfix.engine import gitflow_hooks
from git_hotfix.engine.step import Done, Note, Step
from git_hotfix.errors import ExitCode, HotfixError, Problem, command
from git_hotfix.git.checkout import follow
from git_hotfix.git.publish import elsewhere, push_and_observe
from git_hotfix.git.remote import Update
from git_hotfix.git.remote_names import push_remote
from git_hotfix.git.world import find_production
from git_hotfix.hotfix import BranchName, HotfixId, branch_ref
from git_hotfix.steps.gate import name_of

if TYPE_CHECKING:
    from git_hotfix.engine.run import Run
    from git_hotfix.engine.step import Due
    from git_hotfix.facts.beginning import Beginning
    from git_hotfix.steps.request import StartRequest


class PushBranch(Step, frozen=True):
    """Push the hotfix branch; a server that refuses does not undo the start."""

    does = "push '{0.branch}'"

    branch: BranchName

    @staticmethod
    def due(facts: Beginning, request: StartRequest) -> Due:
        """Where it is wanted and there is a server to push to; never for a restricted hotfix."""
        wants_push = request.publish if request.publish is not None else facts.config.start.push
        if not wants_push or request.is_restricted:
            return None
        if facts.world.remote is None or facts.world.unanswered is not None:
            why = "there is no remote" if facts.world.remote is None else "the server was not reached"
            return Note(f"The branch is only on this machine: {why}.") if request.publish else None
        hotfix = name_of(facts, request)
        return PushBranch(hotfix.branch(facts.config.branches.prefix)) if isinstance(hotfix, HotfixId) else None

    def perform(self, run: Run) -> Done:
        """Push to where git would, and let the branch track what was pushed, as after ``git push -u``."""
        tip, base = run.world.local_tip(self.branch), find_production(run.world, run.config)[0]
        try:
            remote = push_remote(run.repository.git, self.branch, run.world.remote)
            if remote is None or tip is None:
                return Done()
            remedy = command("git", "push", "-u", remote.name, self.branch)
            there = run.world.server_tip(self.branch) if remote == run.world.remote else None
            gitflow_hooks.before(run, "publish", self.branch, base)
            update = Update(branch_ref(self.branch), there, tip)
            pushed = push_and_observe(elsewhere(run.destination(), remote), [update], atomic=False).known(remedy)
        except HotfixError as error:
            return Done(error.problems)
        if pushed.has_arrived:
            follow(run.repository.git, self.branch, remote.name)
            run.say(f"Published '{self.branch}' to '{remote.name}'.")
            gitflow_hooks.after(run, "publish", self.branch, base)
            return Done()
        why = pushed.reason or "somebody has pushed one of that name meanwhile."
        message = f"The branch is here, but '{remote.name}' did not take it: {why}"
        return Done((Problem("branch-not-pushed", message, remedy, ExitCode.SERVER),))
