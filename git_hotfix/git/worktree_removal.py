"""Removing linked worktrees: a person's only when nothing is lost with it, our own also when a killed git began to."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from git_hotfix.git.checkout import in_progress
from git_hotfix.git.journal import Doing, noted
from git_hotfix.git.worktrees import git_dir_of

if TYPE_CHECKING:
    from pathlib import Path

    from git_hotfix.git.program import Git

_ONLY_HERE = 'test -z "$(git rev-list -n 1 HEAD --branches --glob=refs/stash --not --remotes)" || echo "$displaypath"'
"""What git runs in each submodule: its name is told where commits or a stash in it are on none of its remotes."""


def remove_worktree(git: Git, path: Path) -> str | None:
    """Remove a linked worktree; None when done, else why it stays: it has changes of the user's.

    What git looks at before it removes one is looked at here: unless forced, it refuses every one with submodules.
    """
    there = git.elsewhere(path)
    if changed := there.run("status", "--porcelain", "-z", "--ignore-submodules=none").records:
        return f"it has changes ('{changed[0][3:]}')."
    if (operation := in_progress(there)) is not None:
        return f"{operation[0]} is unfinished there."
    if there.run("rev-list", "-n", "1", "HEAD", "--not", "--branches", "--tags", "--remotes", "--").text:
        return "its HEAD has commits that are on no branch."
    return only_in_submodules(there) or discard_worktree(git, path)


def only_in_submodules(git: Git) -> str | None:
    """Return which submodules of a working tree have commits that its removal would lose, as a sentence."""
    if not (git_dir_of(git) / "modules").is_dir():
        return None
    found = git.run("submodule", "--quiet", "foreach", "--recursive", _ONLY_HERE).text.split()
    return f"commits in the submodule '{found[0]}' are on none of its remotes." if found else None


def discard_worktree(git: Git, path: Path) -> str | None:
    """Remove a linked worktree with all that is in it; None when done, else git's reason.

    That it is to go is noted before: what a git leaves that is killed meanwhile is nobody's work.
    """
    with noted(git, Doing("removal", str(path))):
        answer = git.ask("worktree", "remove", "--force", str(path))
        if answer.code != 0 and path.is_dir() and not (path / ".git").exists():  # a git was killed half-way
            shutil.rmtree(path)
            answer = git.ask("worktree", "remove", "--force", str(path))
    return answer.failure
