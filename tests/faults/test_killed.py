"""Killed anywhere, the same command again ends as if nothing had happened.

``HOTFIX_KILL_POINTS=all`` tries every moment instead of a spread of them; a number tries so many for each command.
"""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING, TypeVar

import pytest

from tests.faults.lives import LIVES
from tests.faults.trials import all_points, try_moment, undisturbed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.conftest import Tried
    from tests.faults.killing import SystemCall
    from tests.faults.lives import Life
    from tests.faults.trials import Known, Point

FEW = 2
"""Moments of a command, when nothing else is said."""

_T = TypeVar("_T")


def spread(points: Sequence[_T], few: int) -> list[_T]:
    """Give points from all over a run: always the same ones."""
    wanted = os.environ.get("HOTFIX_KILL_POINTS", str(few))
    if wanted == "all":
        return list(points)
    count = min(int(wanted), len(points))
    return [points[(2 * number + 1) * len(points) // (2 * count)] for number in range(count)]


def play(life: Life, known: Known, moments: Sequence[Point | SystemCall], root: Path) -> list[str]:
    """Try each moment in a scene of its own, and say which failed."""
    failed: list[str] = []
    for number, moment in enumerate(moments):
        folder = root / f"{number}"
        found = try_moment(life, known, moment, folder)
        if found:
            failed.append("\n".join((known.name(moment), *found)))
        shutil.rmtree(folder)
    return failed


@pytest.mark.parametrize("name", LIVES)
def test_killed_anywhere_the_same_command_ends_the_same(tmp_path: Path, name: str, tried: Tried) -> None:
    is_traced = shutil.which("strace") is not None  # without it only around the calls of git
    known = undisturbed(LIVES[name], tmp_path / "known", traced=is_traced)
    around = all_points(known)
    effects = around if os.environ.get("HOTFIX_KILL_POINTS") == "all" else [each for each in around if each.is_effect]
    moments: list[Point | SystemCall] = [*spread(effects, FEW), *spread(known.system_calls, FEW)]
    failed = play(LIVES[name], known, moments, tmp_path)
    tried(len(moments), len(around) + len(known.system_calls), f"moments at which '{name}' is killed")
    assert failed == []
