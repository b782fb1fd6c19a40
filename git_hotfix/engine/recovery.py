"""After a run that was killed: what it and its git have left lying about, before anything else is done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from git_hotfix.git.checkout_recovery import recover_checkout
from git_hotfix.git.stale_locks import remove_stale_locks
from git_hotfix.git.worktree_recovery import recover_worktree
from git_hotfix.git.worktree_removal import end_removal
from git_hotfix.git.worktrees import worktrees

if TYPE_CHECKING:
    from datetime import datetime

    from git_hotfix.engine.run import Run


def clear_leftovers(run: Run, began: datetime | None) -> None:
    """Remove half-written memory and the locks of the git that was killed with a run that began then, if one was.

    Files that git was writing are set back, also after a run that was interrupted by its user.
    """
    repository = run.repository
    end_removal(repository.git, repository.common_dir)
    stays = recover_worktree(repository.git, repository.common_dir)  # first: git cannot list one that is half built
    if stays is not None:
        run.warn(f"'{stays}' stays: an interrupted run began to make this worktree, and others wrote into it.")
    if began is not None:
        for half in (repository.common_dir / "hotfix").glob("*.new"):
            half.unlink(missing_ok=True)
        trees = [tree.path for tree in worktrees(repository)]
        for path in remove_stale_locks(repository.common_dir, trees, since=began.timestamp()):
            run.warn(f"Removed '{path}': the git of an interrupted run had left it.")
    recover_checkout(repository.git, repository.common_dir)
