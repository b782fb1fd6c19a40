"""One trial: a command killed at one point, typed again, and compared with the run that nothing disturbed."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from git_hotfix.errors import ExitCode
from tests.faults.endstate import end_state, left_behind, without_history
from tests.faults.killing import Fault, wrapped
from tests.faults.lives import deployment, deployments
from tests.faults.moments import Kill, Moment, Moments, copy, put_back
from tests.support.processes import TIME_LIMIT_SECONDS, Run, begin, end, text, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.cli.stages import Stage
    from tests.faults.lives import Life

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
    """A kill before or after the N-th call of git of a run."""

    at: int
    fault: Fault


@dataclass(frozen=True, slots=True)
class Known:
    """The undisturbed run of a command: what it came to, how often it called git."""

    stage: Stage
    code: int
    state: dict[str, str]
    deployments: int
    log: tuple[str, ...]
    moments: Moments
    told: dict[str, str]
    """What it comes to when a person tells that the deployment succeeded; empty for a command that deploys nothing."""


def undisturbed(life: Life, root: Path, moments: int | None) -> Known:
    """Play a command to its end, and copy the scene at so many moments (None: all) and at the end."""
    stage = life.stage(root / "scene")
    git = wrapped(root / "bin")
    copies = Moments(stage.root, root / "moments", moments)
    said = git.run(stage.alice, *life.command, before_change=None if moments == 0 else copies)
    assert said.code == 0, said.err
    assert left_behind(stage, trees=life.trees) == []
    copy(stage.root, root / "end")
    copies.kept.append(Moment(copies.seen, "nothing: all is done", root / "end"))
    told: dict[str, str] = {}
    if deployments(stage):
        told = _told(life, root / "told")
    return Known(stage, said.code, end_state(stage), deployments(stage), tuple(git.log), copies, told)


def points_of(log: tuple[str, ...]) -> list[Point]:
    """Return every moment before and after a call that has an effect."""
    calls = [number for number, line in enumerate(log, 1) if _has_effect(line)]
    faults: tuple[Fault, ...] = ("before", "after")
    return [Point(number, fault) for number in calls for fault in faults]


def _has_effect(line: str) -> bool:
    """Return whether a logged call of git changes anything."""
    words = line.split(" ", 1)[1] + " "
    return words.startswith(_EFFECTS) and not words.startswith(_READS)


def try_moment(life: Life, known: Known, moment: Moment, root: Path) -> list[str]:
    """Take what a kill would have left, type the command again, and say what is not as it is without the kill."""
    put_back(moment.copy, known.stage.root)
    unlock_server(known.stage)
    return end_again(life, known, known.stage, before=moment.copy)


def try_kill(life: Life, known: Known, at: int, root: Path) -> list[str]:
    """Kill the command before one of its changes, type it again, and say what is not as it is without the kill."""
    stage = life.stage(root / "scene")
    top = f"{stage.root}/"
    kill = Kill(lambda change: change.path.startswith(top), at)
    return after_kill(life, known, stage, wrapped(root / "bin").run(stage.alice, *life.command, before_change=kill))


def try_point(life: Life, known: Known, point: Point, root: Path) -> list[str]:
    """Kill the command around a call of git, type it again, and say what is not as it is without the kill."""
    stage = life.stage(root / "scene")
    git = wrapped(root / "bin")
    killed = git.run_until(stage.alice, *life.command, at=point.at, fault=point.fault)
    return after_kill(life, known, stage, killed)


def after_kill(life: Life, known: Known, stage: Stage, killed: Run) -> list[str]:
    """Type a command again whose run was killed, and say what is not as it is without the kill."""
    if killed.code != -signal.SIGKILL:
        return [f"was not killed: exit {killed.code} {killed.err}"]
    unlock_server(stage)
    return end_again(life, known, stage)


def unlock_server(stage: Stage) -> None:
    """Take away the locks of the server, a process of ours here that was killed too: its own people end that."""
    for lock in stage.remote.path.rglob("*.lock"):
        lock.unlink()


def try_failing(life: Life, known: Known, at: int, exit_code: int, root: Path) -> list[str]:
    """Let one call of git fail, type the command again, and say what was not told well or is not as undisturbed."""
    stage = life.stage(root / "scene")
    git = wrapped(root / "bin")
    said = git.run_until(stage.alice, *life.command, at=at, fault="fail", FAULT_CODE=str(exit_code))
    found = told_badly(said, f"the disk is on fire at call {at}")
    if "-rollback' here stays where it is" in said.err:  # the tag of what is all done comes with the next fetch
        stage.alice.git("fetch", "-q")
    found += end_again(life, known, stage, histories_differ=said.code in {ExitCode.UNFINISHED, ExitCode.DEPLOYMENT})
    return [*found, f"exit {said.code}", *said.err.splitlines()] if found else []


def try_hanging(life: Life, known: Known, at: int, root: Path) -> list[str]:
    """Let one call of git hang, interrupt everything with a Ctrl-C, type the command again, and say what is wrong."""
    stage = life.stage(root / "scene")
    git = wrapped(root / "bin")
    environment = git.environment({"FAULT_AT": str(at), "FAULT": "hang"})
    program = shutil.which("git-hotfix")
    assert program is not None
    with _with_interrupts():
        process = begin(program, *life.command, directory=stage.alice.path, env=environment)
    wait_for(git.hangs, process)
    os.killpg(process.pid, signal.SIGINT)
    try:
        out, err = process.communicate(timeout=TIME_LIMIT_SECONDS)
    except subprocess.TimeoutExpired:
        end(process)
        return ["an interrupt did not end it"]
    said = Run(process.returncode, text(out), text(err))
    found = [] if said.code == 130 else [f"exit {said.code}, not 130"]
    found += told_badly(replace(said, code=1), "Interrupted")
    found += end_again(life, known, stage)
    return [*found, f"exit {said.code}", *said.err.splitlines()] if found else []


@contextmanager
def _with_interrupts() -> Iterator[None]:
    """Have what is started here end at a Ctrl-C, also where the tests run in the background, which ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def told_badly(said: Run, reason: str = "") -> list[str]:
    """Say what a person misses in what a run that failed has told: a sentence, the reason, a code with a meaning."""
    found = [] if said.code in range(10) else [f"exit {said.code} has no meaning here"]
    found += [word for word in ("Traceback", "bug in git-hotfix") if word in said.err]
    told = [line for line in said.err.splitlines() if line.startswith("error: ")]
    if said.code and not told:
        found.append("nothing is told")
    if said.code and reason not in said.err:
        found.append(f"the reason is not told: {reason}")
    return found


def end_again(
    life: Life, known: Known, stage: Stage, *, before: Path | None = None, histories_differ: bool = False
) -> list[str]:
    """Type a killed command again and say what differs from the undisturbed run; ``before`` is a copy of the stage."""
    if before is None:
        before = stage.root.with_name(f"{stage.root.name}-before")
        copy(stage.root, before)
    said = stage.alice.hotfix(*life.command)
    wanted = known.state
    if said.code == 7 and known.told and deployments(stage) <= known.deployments:  # begun, its end is not known
        if (told := _tell(life, stage)).code != 0:
            return [f"after deploy --done: exit {told.code}", told.err]
        wanted, said = known.told, told
    seen = end_state(stage)
    if histories_differ:
        seen, wanted = without_history(seen), without_history(wanted)
    found = _differences(seen, wanted) + left_behind(stage, trees=life.trees)
    if deployments(stage) > known.deployments:
        found.append(f"deployed {deployments(stage)} times")
    if said.code != known.code and not (said.code in {1, 2, 3} and _was_done(known, stage, before)):
        found.insert(0, f"exit {said.code}")
    return [*found, *said.err.splitlines()] if found else []


def _was_done(known: Known, stage: Stage, before: Path) -> bool:
    """Return whether the killed run had nothing left to do; the stage is then as it was before the second run."""
    put_back(before, stage.root)
    return end_state(stage) == known.state


def _tell(life: Life, stage: Stage) -> Run:
    said = stage.alice.hotfix("deploy", stage.hotfix, "--done")
    name, *options = life.command
    return stage.alice.hotfix(name, stage.hotfix, *options) if said.code == 0 else said


def _told(life: Life, root: Path) -> dict[str, str]:
    """Play the command with a deployment that kills everything, and tell by hand that it was done."""
    stage = life.stage(root)
    script = deployment(stage)
    usual = script.read_text()
    script.write_text(f"{usual}kill -9 $PPID\n")
    assert stage.alice.hotfix(*life.command, apart=True).code not in {0, 7}
    script.write_text(usual)
    stage.alice.hotfix(*life.command, check=7)
    assert _tell(life, stage).code == 0
    return end_state(stage)


def _differences(found: dict[str, str], wanted: dict[str, str]) -> list[str]:
    names = sorted({*found, *wanted})
    return [f"{n}: {found.get(n)} instead of {wanted.get(n)}" for n in names if found.get(n) != wanted.get(n)]
