"""What a kill would leave, without killing: while a run goes on, its scene is copied at many moments of it.

A killed program leaves what is on the disk. The run stands still before each change of a file, so a copy made then is
what the kill leaves; one run gives as many as are wanted. ``kill`` is for making sure of just that.
"""

from __future__ import annotations

import os
import shutil
import signal
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.copies import copy_tree

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.changes import Change

OBJECTS = "/objects/"
"""In here git only adds; a moment that differs just in an object that nothing names yet is tried when all are."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A copy of a scene as it was before a change of a file."""

    number: int
    """How many changes of the run came before it."""
    name: str
    copy: Path


@dataclass(slots=True)
class Moments:
    """Copies a scene at moments from all over a run, at least ``few`` and fewer than twice as many.

    How many there will be is known at the end only. So every moment is kept until there are twice as many as wanted;
    then every other copy is dropped, and from there on every other moment is passed over, and so on.
    """

    scene: Path
    shelf: Path
    few: int | None
    """None keeps all, also those within ``objects``."""
    kept: list[Moment] = field(default_factory=list)
    seen: int = 0
    """All changes in the scene."""
    _candidates: int = 0
    _stride: int = 1

    def __call__(self, change: Change) -> None:
        """Look at a change that is about to happen."""
        if not change.path.startswith(f"{self.scene}/"):
            return
        self.seen += 1
        if self.few is not None and OBJECTS in change.path:
            return
        self._candidates += 1
        if self._candidates % self._stride:
            return
        name = f"{change.name} {change.path.removeprefix(f'{self.scene}/')} by {change.program}"
        moment = Moment(self.seen, name, self.shelf / f"{self.seen}")
        copy(self.scene, moment.copy)
        self.kept.append(moment)
        if self.few is not None and len(self.kept) == 2 * self.few:
            for each in self.kept[::2]:
                shutil.rmtree(each.copy)
            del self.kept[::2]
            self._stride *= 2


@dataclass(slots=True)
class Kill:
    """Kills a run with all its processes before its N-th change that is asked for."""

    is_asked_for: Callable[[Change], bool]
    at: int = 1
    seen: int = 0

    def __call__(self, change: Change) -> None:
        """Look at a change that is about to happen."""
        if self.is_asked_for(change):
            self.seen += 1
            if self.seen == self.at:
                os.killpg(os.getpgid(change.process), signal.SIGKILL)
                while not _is_dead(change.process):  # an answer that comes before the kill would let the change happen
                    time.sleep(0.001)


def _is_dead(process: int) -> bool:
    try:
        return "\nState:\tZ" in Path(f"/proc/{process}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return True


def copy(source: Path, target: Path) -> None:
    """Copy a folder with its times; git's objects, which nobody changes once they have their names, are linked."""
    copy_tree(source, target, lambda path: OBJECTS in path and "/tmp_" not in path)


def put_back(kept: Path, scene: Path) -> None:
    """Let a scene be as it was when it was copied; its folder is the same, for paths that are written down in it."""
    shutil.rmtree(scene)
    copy(kept, scene)
