"""Removing linked worktrees: a person's only when nothing is lost with it, our own also when a killed git began to."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from git_hotfix.git.worktrees import git_dir_of

if TYPE_CHECKING:
    from pathlib import Path

    from git_hotfix.git.program import Git

_ONLY_HERE = 'test -z "$(git rev-list -n 1 HEAD --branches --glob=refs/stash --not --remotes)" || echo "$displaypath"'
"""What git runs in each submodule: its name is told where commits or a stash in it are on none of its remotes."""


def remove_worktree(git: Git, path: Path) -> str | None:
    """Remove a linked worktree; None when done, else why it stays: it has changes of the user's.

    git refuses one with submodules whatever is in them, unless it is forced; what it looks at else is looked at here.
    """
    answer = git.ask("worktree", "remove", str(path))
    if answer.code == 0:
        return None
    there = git.elsewhere(path)
    if not path.is_dir() or not any(each.startswith("160000 ") for each in there.run("ls-files", "-s", "-z").records):
        return answer.reason
    if changed := there.run("status", "--porcelain", "-z", "--ignore-submodules=none").records:
        return f"it has changes ({changed[0][3:]})."
    if (left := only_in_submodules(there)) is not None:
        return left
    answer = git.ask("worktree", "remove", "--force", str(path))
    return None if answer.code == 0 else answer.reason


def only_in_submodules(git: Git) -> str | None:
    """Return which submodules of a working tree have commits that its removal would lose, as a sentence."""
    if not (git_dir_of(git) / "modules").is_dir():
        return None
    found = git.run("submodule", "--quiet", "foreach", "--recursive", _ONLY_HERE).text.split()
    return f"commits in the submodule '{found[0]}' are on none of its remotes." if found else None


def discard_worktree(git: Git, path: Path) -> None:
    """Remove a linked worktree with all that is in it; one that git was removing when it was killed goes too."""
    answer = git.ask("worktree", "remove", "--force", str(path))
    if answer.code != 0 and path.is_dir() and not (path / ".git").exists():
        shutil.rmtree(path)
        git.ask("worktree", "remove", "--force", str(path))
