"""After a run that was killed: what it and its git have left lying about, before anything else is done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from git_hotfix.git.interrupted import end_interrupted
from git_hotfix.git.stale_locks import remove_stale_locks

if TYPE_CHECKING:
    from datetime import datetime

    from git_hotfix.engine.run import Run


def clear_leftovers(run: Run, began: datetime | None) -> None:
    """Remove half-written memory and the locks of the git that was killed with a run that began then, if one was.

    Files that git was writing are set back, also after a run that was interrupted by its user.
    """
    git, common_dir = run.repository.git, run.repository.common_dir
    if began is not None:
        for half in (common_dir / "hotfix").glob("*.new"):
            half.unlink(missing_ok=True)
        trees = tuple(git.folders.trees()) if git.folders is not None else ()
        for path in remove_stale_locks(common_dir, trees, since=began.timestamp()):
            run.warn(f"Removed '{path}': the git of an interrupted run had left it.")
    stays = end_interrupted(git, common_dir)
    if stays is not None:
        run.warn(f"'{stays}' stays: an interrupted run began to make this worktree, and others wrote into it.")
