"""One command that changes something at a time in a repository: flock; what a dead owner leaves is cleared."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import stat
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from msgspec import Struct, convert
from msgspec.structs import asdict

from git_hotfix import clock
from git_hotfix.atomic_write import private_folder
from git_hotfix.errors import HotfixError, Remedy, command, refused
from git_hotfix.git.interrupted import end_interrupted
from git_hotfix.git.stale_locks import remove_stale_locks
from git_hotfix.limits import read_json, read_own

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from git_hotfix.engine.run import Run

PATIENCE_SECONDS = 3.0


@contextmanager
def only_one(common_dir: Path, command: str) -> Iterator[datetime | None]:
    """Hold the repository's lock; another run that holds it for longer than three seconds refuses, naming it.

    Gives when the run before began, if it was killed on this machine: one that ends takes its name out of the file.
    """
    path = private_folder(common_dir / "hotfix") / "lock"
    descriptor = _opened(path)
    try:
        _take(descriptor, path)
        killed = _killed_run(path)
        owner = _Owner(command, os.getpid(), os.uname().nodename, clock.rfc3339(clock.now()))
        try:
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, json.dumps(asdict(owner)).encode(), 0)
        except OSError as error:
            raise _not_written(path, error) from error
        try:
            yield killed
        finally:
            os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)


def is_at_work(common_dir: Path) -> bool:
    """Return whether a run holds the lock now; nothing is written for it."""
    try:
        with (common_dir / "hotfix" / "lock").open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def was_killed(common_dir: Path) -> bool:
    """Return whether the last run here was killed, or is at work: one that ends takes its name out of the file."""
    return _killed_run(common_dir / "hotfix" / "lock") is not None


def _opened(path: Path) -> int:
    """Open the file, which nobody else may hold: no link is followed, no pipe waited for, it is the owner's alone."""
    try:
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        descriptor = os.open(path, flags, 0o600)
    except OSError as error:
        if error.errno not in {errno.ELOOP, errno.EISDIR, errno.ENXIO}:
            raise _not_written(path, error) from error
        raise _no_lock(path) from error
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode) or found.st_nlink > 1 or os.geteuid() not in {0, found.st_uid}:
        os.close(descriptor)
        raise _no_lock(path)
    os.fchmod(descriptor, 0o600)
    return descriptor


def _no_lock(path: Path) -> HotfixError:
    message = f"The lock '{path}' is a link, no regular file or another user's; nothing can be locked with it."
    return refused("bad-lock", message, command("mv", path, f"{path}.aside"))


def _take(descriptor: int, path: Path) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until:
                raise _held(path) from None
            time.sleep(0.1)
        else:
            return


def _not_written(path: Path, error: OSError) -> HotfixError:
    remedy = Remedy(("ls", "-ld", str(path.parent.parent)), then=("df", "-h", str(path.parent.parent)))
    return refused("cannot-write", f"'{path}' cannot be written: {error.strerror}.", remedy)


class _Owner(Struct):
    """Who holds the lock, or held it when it was killed."""

    command: str
    pid: int
    host: str
    since: str


def _owner(path: Path) -> _Owner | None:
    try:
        return convert(read_json(read_own(path)), _Owner)
    except (OSError, ValueError):
        return None


def _killed_run(path: Path) -> datetime | None:
    owner = _owner(path)
    return clock.from_rfc3339(owner.since) if owner is not None and owner.host == os.uname().nodename else None


def _held(path: Path) -> HotfixError:
    who, remedy = "Another git hotfix", command("git", "hotfix", "status")
    if (owner := _owner(path)) is not None:
        who = f"'git hotfix {owner.command}' (process {owner.pid} on {owner.host}, since {owner.since})"
        remedy = command("kill", owner.pid)
    return refused("locked", f"{who} is running in this repository; wait for it, or stop it.", remedy)


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
