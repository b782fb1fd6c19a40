"""One command that changes something at a time in a repository: flock, so that a dead owner holds nothing."""

from __future__ import annotations

import fcntl
import json
import os
import socket
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from git_hotfix import clock
from git_hotfix.errors import HotfixError, refused

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PATIENCE_SECONDS = 3.0


@contextmanager
def only_one(common_dir: Path, command: str) -> Iterator[None]:
    """Hold the repository's lock; another run that holds it for longer than three seconds refuses, naming it."""
    path = common_dir / "hotfix" / "lock"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise refused(
            "cannot-write", f"'{path}' cannot be written: {error.strerror}.", f"ls -ld '{common_dir}'"
        ) from error
    try:
        _take(descriptor, path)
        owner = {
            "command": command,
            "pid": os.getpid(),
            "host": socket.gethostname(),
            "since": clock.rfc3339(clock.now()),
        }
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps(owner).encode(), 0)
        yield
    finally:
        os.close(descriptor)


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


def _held(path: Path) -> HotfixError:
    try:
        owner = json.loads(path.read_bytes())
        who = f"'git hotfix {owner['command']}' (process {owner['pid']} on {owner['host']}, since {owner['since']})"
        remedy = f"wait for it, or: kill {owner['pid']}"
    except (OSError, ValueError, KeyError, TypeError):
        who, remedy = "Another git hotfix", "wait for it"
    return refused("locked", f"{who} is at work in this repository.", remedy)
