"""The critical tests: which they are, what they are to see, and whether they have passed for this very fix."""

from __future__ import annotations

from typing import TYPE_CHECKING

from git_hotfix.commands.critical_tests import needs_paths
from git_hotfix.commands.test_discovery import paths_for, propose
from git_hotfix.git import trees
from git_hotfix.git.merging import Merged
from git_hotfix.git.objects import has_object
from git_hotfix.git.resolutions import merge_or_reapply
from git_hotfix.workflow.decision import Question
from git_hotfix.workflow.plan import RunTests
from git_hotfix.workflow.situation import record_paths

if TYPE_CHECKING:
    from git_hotfix.git.repository import Repository
    from git_hotfix.hotfix import Oid
    from git_hotfix.memory import TestResult
    from git_hotfix.workflow.request import FinishRequest
    from git_hotfix.workflow.situation import Situation


def merged_tree(repository: Repository, situation: Situation) -> Oid | None:
    """Return the tree the tests are to see, where that is not the branch's own.

    The merge with a base that has moved, when ``test.merged`` is set or a person has resolved a conflict of the two.
    """
    fix, tip, base = situation.fix, situation.tip, situation.base_tip
    if fix is None or tip is None or base is None or base == fix.fork:
        return None
    if not situation.config.test.merged and situation.resolutions.of(situation.base, tip) is None:
        return None
    if not has_object(repository, base) or not has_object(repository, tip):
        return None
    result = merge_or_reapply(repository, situation.resolutions, situation.base, base, tip)
    return result.tree if isinstance(result, Merged) else None


def tested_identity(repository: Repository, situation: Situation) -> str | None:
    """Return what a result of the tests belongs to: the content they see, without record paths."""
    if situation.fix is None:
        return None
    merged = merged_tree(repository, situation)
    if merged is None:
        return situation.fix.identity
    return trees.without_paths(repository, merged, record_paths(situation.config))


def last_result(repository: Repository, situation: Situation) -> TestResult | None:
    """Return the last result of the critical tests for this very fix."""
    identity = tested_identity(repository, situation)
    return situation.memory.tests_of(identity) if identity is not None else None


def passed_result(repository: Repository, situation: Situation) -> TestResult | None:
    """Return the last result for this very fix if it was a pass."""
    result = last_result(repository, situation)
    return result if result is not None and result.outcome == "passed" else None


def needed_tests(repository: Repository, situation: Situation, request: FinishRequest) -> RunTests | Question | None:
    """Say what the critical tests still need: nothing (passed, skipped), a run, or a decision."""
    if request.skip_tests is not None or passed_result(repository, situation) is not None:
        return None
    return choose_tests(repository, situation, request)


def choose_tests(repository: Repository, situation: Situation, request: FinishRequest) -> RunTests | Question:
    """Return the run of the critical tests, or the question which they are."""
    fix = situation.fix
    command = request.test_command or situation.config.test.command
    if command is None:
        proposals = propose(repository.top) if repository.top else ()
        return Question(
            "test_command",
            "--skip-tests REASON",
            "Which command runs the critical tests? It is kept in git config.",
            default=proposals[0].command if proposals else None,
            choices=tuple(each.command for each in proposals),
        )
    paths = request.test_paths
    if needs_paths(command) and not paths:
        tip = situation.tip
        changed = fix.paths if fix else ()
        paths = paths_for(
            changed,
            situation.config.test.map,
            lambda path: (
                tip is not None and trees.entry_at(repository, trees.tree_of(repository, tip), path) is not None
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
