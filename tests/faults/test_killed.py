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
from tests.faults.moments import Kill
from tests.faults.trials import (
    after_kill,
    points_of,
    try_failing,
    try_hanging,
    try_kill,
    try_moment,
    try_point,
    undisturbed,
)
from tests.support.changes import can_stop
from tests.support.preloaded import preloaded

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from tests.conftest import Tried

T = TypeVar("T")
MOMENTS = {"finish": 12, "rollback": 12, "start": 12, "backport": 12, "cleanup": 12, "close": 12}
"""Moments of each command at which a kill is tried when nothing else is said, the end of the run among them."""
HANGS = ("finish", "rollback")
"""The commands of which a git hangs when nothing else is said: an interrupt is handled the same in all."""


def wanted(few: int) -> int | None:
    """Return how many are to be tried, ``few`` when nothing else is said; None is all."""
    said = os.environ.get("HOTFIX_KILL_POINTS", str(few))
    return None if said == "all" else int(said)


def spread(points: Sequence[T], few: int) -> list[T]:
    """Return points from all over a run: always the same ones, ``few`` when nothing else is said."""
    count = wanted(few)
    if count is None:
        return list(points)
    count = min(count, len(points))
    return [points[(2 * number + 1) * len(points) // (2 * count)] for number in range(count)]


def play(trials: Mapping[str, Callable[[Path], list[str]]], root: Path) -> list[str]:
    """Make each trial in a scene of its own, and say which failed."""
    failed: list[str] = []
    for number, (name, trial) in enumerate(trials.items()):
        folder = root / f"{number}"
        if found := trial(folder):
            failed.append("\n".join((name, *found)))
        shutil.rmtree(folder, ignore_errors=True)
    return failed


@pytest.mark.parametrize("name", LIVES)
def test_killed_failing_or_hanging_anywhere_the_same_command_ends_the_same(
    tmp_path: Path, name: str, tried: Tried
) -> None:
    life = LIVES[name]
    known = undisturbed(life, tmp_path / "known", wanted(MOMENTS[name]) if can_stop() else 0)
    moments = [*spread(known.moments.kept[:-1], MOMENTS[name] - 1), known.moments.kept[-1]]
    trials = {f"killed before {each.number}: {each.name}": partial(try_moment, life, known, each) for each in moments}
    if can_stop():  # what is killed really is as what was copied
        at = moments[len(moments) // 2].number
        trials[f"really killed before {at}"] = partial(try_kill, life, known, at)
    else:
        points = spread(points_of(known.log), 2)
        trials |= {f"{each} ({known.log[each.at - 1]})": partial(try_point, life, known, each) for each in points}
    calls = range(1, len(known.log) + 1)
    fails, hangs = spread(calls, 1), spread(calls[:-1], 1 if name in HANGS else 0)
    kills = len(trials)
    for at in fails:
        trials[f"'{known.log[at - 1]}' fails"] = partial(try_failing, life, known, at, 128 if at % 2 else 1)
    for at in hangs:
        trials[f"'{known.log[at - 1]}' hangs"] = partial(try_hanging, life, known, at)
    failed = play(trials, tmp_path)
    tried(kills, known.moments.seen + 1, f"moments at which '{name}' is killed")
    tried(len(fails), len(calls), f"calls of git that fail in '{name}'")
    tried(len(hangs), len(calls), f"calls of git that hang in '{name}'")
    assert failed == []


@pytest.mark.skipif(not can_stop(), reason="this system cannot stop a program before it changes a file")
def test_killed_while_git_makes_the_worktree_start_again_ends_the_same(tmp_path: Path, tried: Tried) -> None:
    known = undisturbed(IN_WORKTREE, tmp_path / "known", None)
    moments = [each for each in known.moments.kept if " worktree add " in each.name]
    chosen = spread(moments, 4)
    failed = play({each.name: partial(try_moment, IN_WORKTREE, known, each) for each in chosen}, tmp_path)
    tried(len(chosen), len(moments), "moments at which 'git worktree add' is killed")
    assert failed == []


@pytest.mark.skipif(not can_stop(), reason="this system cannot stop a program before it changes a file")
def test_killed_with_the_server_between_branch_and_tag_finish_again_ends_the_same(tmp_path: Path) -> None:
    life = LIVES["finish"]
    known = undisturbed(life, tmp_path / "known", 0)
    stage = life.stage(tmp_path / "scene")
    tags = f"{stage.remote.path}/refs/tags/"
    kill = Kill(lambda change: change.name == "rename" and change.path.startswith(tags))
    said = preloaded().run(*life.command, directory=stage.alice.path, before_change=kill)
    assert after_kill(life, known, stage, said) == []
