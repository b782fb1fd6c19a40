"""Lock files of a git that was killed with the run that had started it: only these, and only when nobody is at work."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

from git_hotfix.git.process_tree import PROCESSES, ancestors, running_processes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_TOP = ("HEAD.lock", "ORIG_HEAD.lock", "config.lock", "index.lock", "packed-refs.lock", "packed-refs.new")
_STASHING = "index.stash.*"
"""The index that ``git stash`` makes for itself, and its lock: the name ends with the number of its process."""


def remove_stale_locks(common_dir: Path, trees: Sequence[Path], *, since: float) -> tuple[Path, ...]:
    """Remove git's lock files of this user made after ``since`` (seconds of the epoch) and return their paths.

    The caller knows that the run which began then is dead. Another git that is at work in the repository may have
    made a lock since: then nothing is removed, and git says what is locked. Where the processes of the machine
    cannot be seen (no ``/proc``) nothing is removed either.
    """
    found = [path for path in _locks(common_dir) if _is_from(path, since)]
    if not found or is_git_at_work((common_dir, *trees)):
        return ()
    for path in found:
        path.unlink(missing_ok=True)
    return tuple(found)


def is_git_at_work(folders: Sequence[Path]) -> bool:
    """Return whether a git that has not started us runs in one of these folders; not knowing counts as yes."""
    running = running_processes()
    if running is None:
        return True
    own = set(ancestors(os.getpid()))
    resolved = [folder.resolve() for folder in folders]
    for process in running:
        if process.name.startswith("git") and process.number not in own:
            with suppress(OSError):  # it has ended, or is another user's: then so is its lock
                directory = (PROCESSES / str(process.number) / "cwd").readlink()
                if any(directory.is_relative_to(folder) for folder in resolved):
                    return True
    return False


def _locks(common_dir: Path) -> Iterator[Path]:
    for git_dir in (common_dir, *(common_dir / "worktrees").glob("*")):
        yield from (path for name in _TOP if (path := git_dir / name).is_file())
        yield from git_dir.glob(_STASHING)
        for folder in ("refs", "logs"):
            yield from (git_dir / folder).rglob("*.lock")


def _is_from(path: Path, since: float) -> bool:
    try:
        about = path.stat()
    except OSError:
        return False
    return about.st_uid == os.getuid() and about.st_ctime >= since
