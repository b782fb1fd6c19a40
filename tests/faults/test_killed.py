"""Killed anywhere, a git that fails or hangs: the same command again ends as if nothing had happened.

``HOTFIX_KILL_POINTS=all`` tries every moment instead of a spread of them; a number tries so many of each kind for each
command.
"""

from __future__ import annotations

import os
import shutil
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import pytest

from tests.faults.lives import IN_WORKTREE, LIVES
from tests.faults.trials import all_points, try_failing, try_hanging, try_moment, undisturbed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from tests.conftest import Tried
    from tests.faults.killing import SystemCall
    from tests.faults.trials import Point

T = TypeVar("T")
HANGS = ("finish", "rollback")
"""The commands of which a git hangs when nothing else is said: an interrupt is handled the same in all."""


def spread(points: Sequence[T], few: int) -> list[T]:
    """Return points from all over a run: always the same ones, ``few`` when nothing else is said."""
    wanted = os.environ.get("HOTFIX_KILL_POINTS", str(few))
    if wanted == "all":
        return list(points)
    count = min(int(wanted), len(points))
    return [points[(2 * number + 1) * len(points) // (2 * count)] for number in range(count)]


def play(trials: Mapping[str, Callable[[Path], list[str]]], root: Path) -> list[str]:
    """Make each trial in a scene of its own, and say which failed."""
    failed: list[str] = []
    for number, (name, trial) in enumerate(trials.items()):
        folder = root / f"{number}"
        if found := trial(folder):
            failed.append("\n".join((name, *found)))
        shutil.rmtree(folder)
    return failed


@pytest.mark.parametrize("name", LIVES)
def test_killed_failing_or_hanging_anywhere_the_same_command_ends_the_same(
    tmp_path: Path, name: str, tried: Tried
) -> None:
    life = LIVES[name]
    is_traced = shutil.which("strace") is not None  # without it only around the calls of git
    known = undisturbed(life, tmp_path / "known", traced=is_traced)
    around, calls = all_points(known), range(1, known.calls + 1)
    effects = around if os.environ.get("HOTFIX_KILL_POINTS") == "all" else [each for each in around if each.is_effect]
    kills: list[Point | SystemCall] = [*spread(effects, 1), *spread(known.system_calls, 1)]
    kills += [each for each in known.system_calls[-1:] if each not in kills]  # nothing is left to do after it
    fails, hangs = spread(calls, 1), spread(calls[:-1], 1 if name in HANGS else 0)
    trials = {f"killed at {known.name(each)}": partial(try_moment, life, known, each) for each in kills}
    for at in fails:
        trials[f"'{known.log[at - 1]}' fails"] = partial(try_failing, life, known, at, 128 if at % 2 else 1)
    for at in hangs:
        trials[f"'{known.log[at - 1]}' hangs"] = partial(try_hanging, life, known, at)
    failed = play(trials, tmp_path)
    tried(len(kills), len(around) + len(known.system_calls), f"moments at which '{name}' is killed")
    tried(len(fails), len(calls), f"calls of git that fail in '{name}'")
    tried(len(hangs), len(calls), f"calls of git that hang in '{name}'")
    assert failed == []


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is missing (package 'strace')")
def test_killed_while_git_makes_the_worktree_start_again_ends_the_same(tmp_path: Path, tried: Tried) -> None:
    known = undisturbed(IN_WORKTREE, tmp_path / "known", traced=True)
    (at,) = (number for number, line in enumerate(known.log, 1) if "worktree add" in line)
    calls = [each for each in known.system_calls if each.at == at]
    failed = play(
        {known.name(each): partial(try_moment, IN_WORKTREE, known, each) for each in spread(calls, 2)}, tmp_path
    )
    tried(len(spread(calls, 2)), len(calls), "moments at which 'git worktree add' is killed")
    assert failed == []
