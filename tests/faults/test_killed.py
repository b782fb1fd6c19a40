"""Killed anywhere, the same command again ends as if nothing had happened.

``HOTFIX_KILL_POINTS=all`` tries every moment instead of a spread of them; a number tries so many for each command.
"""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.faults.lives import LIVES
from tests.faults.trials import Point, all_points, inside_points, try_point, undisturbed

if TYPE_CHECKING:
    from pathlib import Path

    from tests.faults.lives import Life
    from tests.faults.trials import Known

FEW = 2
"""Moments of a command, when nothing else is said."""


def spread(points: list[Point], few: int) -> list[Point]:
    """Give points from all over a run: always the same ones."""
    wanted = os.environ.get("HOTFIX_KILL_POINTS", str(few))
    if wanted == "all":
        return points
    count = min(int(wanted), len(points))
    return [points[(2 * number + 1) * len(points) // (2 * count)] for number in range(count)]


def play(life: Life, known: Known, points: list[Point], root: Path) -> list[str]:
    """Try each point in a scene of its own, and say which failed."""
    failed: list[str] = []
    for number, point in enumerate(points):
        folder = root / f"{number}"
        found = try_point(life, known, point, folder)
        if found:
            failed.append("\n".join((f"{point} ({known.log[point.at - 1]})", *found)))
        shutil.rmtree(folder)
    return failed


@pytest.mark.parametrize("name", LIVES)
def test_killed_around_a_call_of_git_the_same_command_ends_the_same(tmp_path: Path, name: str) -> None:
    known = undisturbed(LIVES[name], tmp_path / "known")
    points = all_points(known)
    effects = [point for point in points if point.is_effect]
    tried = points if os.environ.get("HOTFIX_KILL_POINTS") == "all" else spread(effects, FEW)
    failed = play(LIVES[name], known, tried, tmp_path)
    print(f"{name}: {len(tried)} of {len(points)} kill points tried")  # noqa: T201  # the number is part of the claim
    assert failed == []


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is missing (package 'strace')")
@pytest.mark.parametrize("name", LIVES if "HOTFIX_KILL_POINTS" in os.environ else ["start"])
def test_killed_inside_git_the_same_command_ends_the_same(tmp_path: Path, name: str) -> None:
    known = undisturbed(LIVES[name], tmp_path / "known")
    points = inside_points(known)
    tried = spread(points, FEW)
    failed = play(LIVES[name], known, tried, tmp_path)
    print(f"{name}: {len(tried)} of {len(points)} kill points inside git tried")  # noqa: T201
    assert failed == []
