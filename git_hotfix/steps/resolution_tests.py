"""The critical tests of a fix, run where its conflict with a target was resolved (``backport --continue --test``)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from git_hotfix.commands.critical_tests import needs_paths
from git_hotfix.commands.test_discovery import paths_for
from git_hotfix.engine.loop import Command
from git_hotfix.engine.step import Done, Refusal, Step
from git_hotfix.errors import ExitCode, Problem, command
from git_hotfix.facts.phrases import some
from git_hotfix.git.checkout import changes
from git_hotfix.hotfix import BranchName
from git_hotfix.steps.conflicts import remember_conflict
from git_hotfix.steps.run_tests import RunTests, judge, run_in

if TYPE_CHECKING:
    from git_hotfix.config.layers import TeamCommand
    from git_hotfix.engine.run import Run
    from git_hotfix.engine.step import Due
    from git_hotfix.facts.facts import Facts
    from git_hotfix.git.world import World
    from git_hotfix.memory import Conflict
    from git_hotfix.steps.request import FinishRequest


class RunTestsOfResolutions(Step, frozen=True):
    """Run the critical tests where conflicts were resolved, before what was made of them is kept."""

    ends_on_error = True
    tells_time = True

    tests: RunTests
    conflicts: tuple[Conflict, ...]

    @staticmethod
    def due(facts: Facts, request: FinishRequest) -> Due:
        """Where a conflict of the published fix is resolved; which tests they are has to be known."""
        resolved = tuple(
            e for e in facts.memory.conflicts if e.is_laid_out and not e.is_rollback and facts.unresolved[e] is None
        )
        last, found = facts.last_publication, facts.settings.command("test.command")
        if not resolved or last is None:
            return None
        changed = facts.changed(last.fork, last.tip)
        needs = found is not None and needs_paths(found.line)
        paths = paths_for(tuple(changed), facts.config.test.map, facts.has_path) if needs else ()
        if found is not None and (paths or not needs):
            return RunTestsOfResolutions(RunTests(found.line, paths), resolved)
        message = f"Which tests cover {some(sorted(changed))} is not known (test.map)."
        remedy = command("git", "hotfix", "config", "test.map")
        if found is None:
            message = "No command for the critical tests is configured (test.command)."
            remedy = command("git", "config", "hotfix.test.command", "COMMAND")
        return Refusal((Problem("tests-undecided", message, remedy, ExitCode.USAGE),))

    @staticmethod
    def commands(facts: Facts, request: FinishRequest) -> tuple[TeamCommand, ...]:
        """Return ``test.command``."""
        found = facts.settings.command("test.command")
        return (found,) if found is not None else ()

    def describe(self, world: World) -> str:
        """Return what the step does."""
        where = ", ".join(world.shown(BranchName(each.branch)) for each in self.conflicts)
        return f"{self.tests.describe(world)}, with the conflicts resolved: {where}"

    def perform(self, run: Run) -> Done:
        """Run them in the worktree of each conflict, which stays as it is; failing, or no test at all: exit 6."""
        last = run.facts.last_publication
        files = run.facts.changed(last.fork, last.tip) if last is not None else ()
        for each in self.conflicts:
            remember_conflict(run, replace(each, is_tested=True))
            folder = Path(each.path)
            ran, _ = run_in(run, folder, self.tests, changes(run.repository.git.elsewhere(folder)), sorted(files))
            judge(run, ran, command("git", "hotfix", "backport", run.facts.hotfix, "--continue"))
        return Done()


TEST_RESOLUTIONS: Command[Facts, FinishRequest] = Command("backport", (RunTestsOfResolutions,))
