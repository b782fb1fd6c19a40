"""How large a fix is, and whether production has moved under it."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from git_hotfix.commands.globs import matches
from git_hotfix.commands.test_discovery import is_test
from git_hotfix.git import trees
from git_hotfix.git.history import changed_lines
from git_hotfix.git.provenance import newer_on_line

if TYPE_CHECKING:
    from git_hotfix.facts.facts import Facts


TOP = "the top folder"


def over_scope(facts: Facts) -> str | None:
    """Return by how much the fix is larger than a hotfix should be; tests and record paths do not count."""
    fix, scope = facts.fix, facts.config.scope
    if fix is None or not fix.paths:
        return None
    counted = [path for path in fix.paths if not is_test(path) and not any(matches(p, path) for p in scope.exclude)]
    before, after = (facts.without_record(trees.tree_of(facts.repository, end)) for end in (fix.fork, fix.tip))
    lines = sum(changed_lines(facts.repository, before, after, counted)) if counted else 0
    if len(counted) <= scope.max_files and lines <= scope.max_lines:
        return None
    return (
        f"The fix changes {len(counted)} files and {lines} lines;"
        f" a hotfix should stay within {scope.max_files} files and {scope.max_lines} lines."
    )


def moved_by(facts: Facts) -> int:
    """Return how many commits, merges as one, the base has got since the branch began."""
    fix, base = facts.fix, facts.base_tip
    is_known = fix is not None and base is not None and base != fix.fork and facts.has(base)
    return len(newer_on_line(facts.repository, fix.fork, base)) if is_known and fix and base else 0


def moved_folders(facts: Facts) -> tuple[str, ...]:
    """Return the folders of the fix in which the base has changed since the branch began."""
    fix, base = facts.fix, facts.base_tip
    if fix is None or base is None or base == fix.fork or not facts.has(base):
        return ()
    ends = (trees.tree_of(facts.repository, fix.fork), trees.tree_of(facts.repository, base))
    there = {str(PurePosixPath(path).parent) for path in trees.changed_paths(facts.repository, *ends)}
    here = {str(PurePosixPath(path).parent) for path in fix.paths}
    return tuple(sorted(TOP if folder == "." else folder for folder in here & there))
