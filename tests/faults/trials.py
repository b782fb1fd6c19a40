"""One trial: a command killed at one point, typed again, and compared with the run that nothing disturbed."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from git_hotfix.errors import ExitCode
from tests.faults.endstate import end_state, left_behind, without_history
from tests.faults.killing import Moment, SystemCall, wrapped
from tests.faults.lives import deployment, deployments
from tests.support.processes import TIME_LIMIT_SECONDS, Run, begin, end, text

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
    """A moment of a run: around its N-th call of git."""

    at: int
    moment: Moment
    is_effect: bool = True


@dataclass(frozen=True, slots=True)
class Known:
    """The undisturbed run of a command: what it came to, how often it called git."""

    code: int
    state: dict[str, str]
    deployments: int
    log: tuple[str, ...]
    system_calls: tuple[SystemCall, ...]
    told: dict[str, str]
    """What it comes to when a person tells that the deployment succeeded; empty for a command that deploys nothing."""

    @property
    def calls(self) -> int:
        """How often git was called."""
        return len(self.log)

    def name(self, moment: Point | SystemCall) -> str:
        """Say where in the run a moment is."""
        return f"{moment} ({self.log[moment.at - 1] if moment.at else 'the program itself'})"


def undisturbed(life: Life, root: Path, *, traced: bool = False) -> Known:
    """Play a command to its end; ``traced`` notes the system calls too."""
    stage = life.stage(root / "whole")
    git = wrapped(root / "bin")
    said = (git.run_traced if traced else git.run)(stage.alice, *life.command)
    assert said.code == 0, said.err
    assert left_behind(stage, trees=life.trees) == []
    log = tuple(git.log)
    system_calls = git.system_calls() if traced else ()
    told: dict[str, str] = {}
    if deployments(stage):
        told = _told(life, root / "told")
    return Known(said.code, end_state(stage), deployments(stage), log, system_calls, told)


def all_points(known: Known) -> list[Point]:
    """Return every moment before and after a call that has an effect, and before every other call."""
    points: list[Point] = []
    for number, line in enumerate(known.log, 1):
        is_effect = has_effect(line)
        points.append(Point(number, "before", is_effect))
        if is_effect:
            points.append(Point(number, "after"))
    return points


def has_effect(line: str) -> bool:
    """Return whether a logged call of git changes anything."""
    words = line.split(" ", 1)[1] + " "
    return words.startswith(_EFFECTS) and not words.startswith(_READS)


def try_moment(life: Life, known: Known, moment: Point | SystemCall, root: Path) -> list[str]:
    """Kill the command at a moment, type it again, and say what is not as it is without the kill."""
    stage = life.stage(root / "scene")
    git = wrapped(root / "bin")
    if isinstance(moment, SystemCall):
        killed = git.run_until_call(stage.alice, *life.command, call=moment)
    else:
        killed = git.run_until(stage.alice, *life.command, at=moment.at, moment=moment.moment)
    if killed.code != -signal.SIGKILL:
        return [f"was not killed: exit {killed.code} {killed.err}"]
    for lock in stage.remote.path.rglob("*.lock"):  # the server is a process of ours here and died too: its own
        lock.unlink()  # people end that, as git tells who pushes
    return end_again(life, known, stage)


def try_failing(life: Life, known: Known, at: int, exit_code: int, root: Path) -> list[str]:
    """Let one call of git fail, type the command again, and say what was not told well or is not as undisturbed."""
    stage = life.stage(root / "scene")
    git = wrapped(root / "bin")
    said = git.run_until(stage.alice, *life.command, at=at, moment="fail", FAULT_CODE=str(exit_code))
    found = told_badly(said, f"the disk is on fire at call {at}")
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
    until = time.monotonic() + TIME_LIMIT_SECONDS
    while not git.hangs.exists() and process.poll() is None and time.monotonic() < until:
        time.sleep(0.02)
    if not git.hangs.exists():
        end(process)
        return [f"call {at} was not reached: exit {process.returncode}"]
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


def end_again(life: Life, known: Known, stage: Stage, *, histories_differ: bool = False) -> list[str]:
    """Type a killed command again and say what differs from the undisturbed run."""
    was_done = end_state(stage) == known.state
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
    script = deployment(stage)
    usual = script.read_text()
    script.write_text(f"{usual}kill -9 $PPID\n")
    assert stage.alice.hotfix(*life.command).code not in {0, 7}
    script.write_text(usual)
    stage.alice.hotfix(*life.command, check=7)
    assert _tell(life, stage).code == 0
    return end_state(stage)


def _differences(found: dict[str, str], wanted: dict[str, str]) -> list[str]:
    names = sorted({*found, *wanted})
    return [f"{n}: {found.get(n)} instead of {wanted.get(n)}" for n in names if found.get(n) != wanted.get(n)]
