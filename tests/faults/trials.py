"""One trial: a command killed at one point, typed again, and compared with the run that nothing disturbed."""

from __future__ import annotations

import signal
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.faults.endstate import end_state, left_behind
from tests.faults.killing import wrapped
from tests.faults.lives import deployments

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.stages import Stage
    from tests.faults.lives import Life
    from tests.support.processes import Run

_READS = (
    "config --list",
    "config --get",
    "worktree list",
    "symbolic-ref -q",
    "stash create",
)
_EFFECTS = (
    "update-ref",
    "push",
    "fetch",
    "checkout",
    "merge ",
    "stash",
    "reset",
    "restore",
    "worktree",
    "config",
    "tag",
)


@dataclass(frozen=True, slots=True)
class Point:
    """A moment of a run: around its N-th call of git."""

    at: int
    moment: str
    is_effect: bool = True
    when: str = ""
    """What else the wrapper is told, ``CALL N``: the N-th system call of that name inside git."""


@dataclass(frozen=True, slots=True)
class Known:
    """The undisturbed run of a command: what it came to, how often it called git."""

    code: int
    state: dict[str, str]
    deployments: int
    log: tuple[str, ...]
    told: dict[str, str]
    """What it comes to when a person tells that the deployment succeeded; empty for a command that deploys nothing."""

    @property
    def calls(self) -> int:
        """How often git was called."""
        return len(self.log)


def undisturbed(life: Life, root: Path) -> Known:
    """Play a command to its end."""
    stage = life.stage(root / "whole")
    git = wrapped(root / "bin")
    said = git.run(stage.alice, *life.command)
    assert said.code == 0, said.err
    assert left_behind(stage) == []
    log = tuple(git.log)
    told: dict[str, str] = {}
    if deployments(stage):
        told = _told(life, root / "told")
    return Known(said.code, end_state(stage), deployments(stage), log, told)


def all_points(known: Known) -> list[Point]:
    """Give every moment before and after a call that has an effect, and before every other call."""
    points: list[Point] = []
    for number, line in enumerate(known.log, 1):
        is_effect = has_effect(line)
        points.append(Point(number, "before", is_effect))
        if is_effect:
            points.append(Point(number, "after"))
    return points


def inside_points(known: Known) -> list[Point]:
    """Give moments inside the calls that change files here: at the first system calls of each kind.

    Not inside a push: the server, which is a process of this machine here, would be killed with it.
    """
    here = [(number, line) for number, line in enumerate(known.log, 1) if has_effect(line)]
    numbers = [number for number, line in here if line.split()[1] not in {"push", "fetch"}]
    moments = ("rename 1", "rename 2", "unlink 1", "openat 12", "write 2", "fsync 1", "rename 3")
    return [Point(number, "inside", when=moment) for number in numbers for moment in moments]


def has_effect(line: str) -> bool:
    """Tell whether a logged call of git changes anything."""
    words = line.split(" ", 1)[1] + " "
    return words.startswith(_EFFECTS) and not words.startswith(_READS)


def try_point(life: Life, known: Known, point: Point, root: Path) -> list[str]:
    """Kill the command at a point, type it again, and say what is not as it is without the kill."""
    stage = life.stage(root / "scene")
    git = wrapped(root / "bin")
    more = dict(zip(("FAULT_CALL", "FAULT_WHEN"), point.when.split(), strict=False))
    killed = git.run_until(stage.alice, *life.command, at=point.at, moment=point.moment, **more)
    if killed.code != -signal.SIGKILL:
        return [] if killed.code == 0 and point.when else [f"was not killed: exit {killed.code} {killed.err}"]
    return end_again(life, known, stage)


def end_again(life: Life, known: Known, stage: Stage) -> list[str]:
    """Type a killed command again and say what differs from the undisturbed run."""
    was_done = end_state(stage) == known.state
    said = stage.alice.hotfix(*life.command)
    wanted = known.state
    if said.code == 7 and known.told and deployments(stage) <= known.deployments:  # begun, its end is not known
        if (told := _tell(life, stage)).code != 0:
            return [f"after deploy --done: exit {told.code}", told.err]
        wanted, said = known.told, told
    found = _differences(end_state(stage), wanted) + left_behind(stage)
    if said.code != known.code and not (was_done and said.code in {1, 2, 3}):
        found.insert(0, f"exit {said.code}")
    if deployments(stage) > known.deployments:
        found.append(f"deployed {deployments(stage)} times")
    return [*found, *said.err.splitlines()] if found else []


def _tell(life: Life, stage: Stage) -> Run:
    said = stage.alice.hotfix("deploy", stage.hotfix, "--done")
    name, *options = life.command
    return stage.alice.hotfix(name, stage.hotfix, *options) if said.code == 0 else said


def _told(life: Life, root: Path) -> dict[str, str]:
    """Play the command with a deployment that kills everything, and tell by hand that it was done."""
    stage = life.stage(root)
    was = stage.alice.git("config", "hotfix.deploy.command")
    stage.alice.git("config", "hotfix.deploy.command", f"sh -c 'echo deployed >>{root}/deployed; kill -9 $PPID'")
    assert stage.alice.hotfix(*life.command).code not in {0, 7}
    stage.alice.git("config", "hotfix.deploy.command", was)
    stage.alice.hotfix(*life.command, check=7)
    assert _tell(life, stage).code == 0
    return end_state(stage)


def _differences(found: dict[str, str], wanted: dict[str, str]) -> list[str]:
    names = sorted({*found, *wanted})
    return [f"{n}: {found.get(n)} instead of {wanted.get(n)}" for n in names if found.get(n) != wanted.get(n)]
