"""The critical tests: which they are, what they are to see, and whether they have passed for this very fix."""

from __future__ import annotations

from typing import TYPE_CHECKING

from git_hotfix.commands.critical_tests import needs_paths
from git_hotfix.commands.test_discovery import paths_for, propose
from git_hotfix.git import trees
from git_hotfix.workflow.decision import Question
from git_hotfix.workflow.plan import RunTests

if TYPE_CHECKING:
    from git_hotfix.facts.facts import Facts
    from git_hotfix.workflow.request import FinishRequest


def needed_tests(facts: Facts, request: FinishRequest) -> RunTests | Question | None:
    """Say what the critical tests still need: nothing (passed, skipped), a run, or a decision."""
    if request.skip_tests is not None or facts.passed_tests is not None:
        return None
    return choose_tests(facts, request)


def choose_tests(facts: Facts, request: FinishRequest) -> RunTests | Question:
    """Return the run of the critical tests, or the question which they are."""
    fix = facts.fix
    command = request.test_command or facts.config.test.command
    if command is None:
        proposals = propose(facts.repository.top) if facts.repository.top else ()
        return Question(
            "test_command",
            "--skip-tests REASON",
            "Which command runs the critical tests? It is kept in git config.",
            default=proposals[0].command if proposals else None,
            choices=tuple(each.command for each in proposals),
        )
    paths = request.test_paths
    if needs_paths(command) and not paths:
        tip = facts.tip
        changed = fix.paths if fix else ()
        paths = paths_for(
            changed,
            facts.config.test.map,
            lambda path: (
                tip is not None
                and trees.entry_at(facts.repository, trees.tree_of(facts.repository, tip), path) is not None
            ),
        )
        if not paths:
            listed = ", ".join(f"'{path}'" for path in changed[:5])
            return Question(
                "test_paths",
                "--skip-tests REASON",
                f"Which tests cover {listed}? (paths, separated by spaces)",
            )
    return RunTests(command, paths)
