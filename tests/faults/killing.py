"""Killing the program: around its N-th call of ``git``, inside that, or at a system call of its own.

A ``git`` first on PATH counts the calls. Inside a process strace kills at a system call, and with it goes the whole
process group, as in a power cut.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

from tests.support.processes import Run, run

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tests.support.lab import Clone

Moment = Literal["before", "after", "inside", "fail", "hang"]

ITSELF = 0
"""The number of the program's own process; the calls of git are counted from 1."""

RENAMES_AND_DELETIONS = ("rename", "renameat", "renameat2", "unlink", "unlinkat")
WRITES = ("write", "pwrite64", "fsync", "fdatasync")

_TRACED = re.compile(r"(?:(\d+) +)?([a-z0-9]+)\((.*)")
_ON_GIT_DIR = re.compile(r"\d+<[^>]*\.git/")

# not --seccomp-bpf: with it the system call is carried out before the signal kills (strace 6.1)
_TRACE = f"-qq -y -e trace={','.join(('execve', *RENAMES_AND_DELETIONS, *WRITES))}"
"""With ``execve`` the first line of a trace is of the process that strace has started."""
_KILL = "-qq -o '|grep -q \"killed by SIGKILL\" && kill -9 0'"

_WRAPPER = f"""\
#!/bin/sh
read number <{{count}}
number=$((number + 1))
echo $number >{{count}}
echo "$number $1 $2 $3" >>{{log}}
if [ "$FAULT" = trace ]; then exec {{strace}} -f -o {{folder}}/trace.$number {_TRACE} {{git}} "$@"; fi
if [ $number -ne "${{{{FAULT_AT:-0}}}}" ]; then exec {{git}} "$@"; fi
case $FAULT in
before) kill -9 0 ;;
after) {{git}} "$@"; kill -9 0 ;;
fail) echo "fatal: the disk is on fire at call $number" >&2; exit "${{{{FAULT_CODE:-128}}}}" ;;
hang) : >{{folder}}/hangs; exec sleep 300 ;;
inside)
    exec {{strace}} $FAULT_FOLLOWS {_KILL} -e trace=$FAULT_CALL \\
        -e "inject=$FAULT_CALL:signal=SIGKILL:when=$FAULT_WHEN" {{git}} "$@" ;;
esac
"""


class SystemCall(NamedTuple):
    """A system call that changes something below a git directory: the N-th of its name in a process."""

    at: int
    """Which process: a call of git with the processes that it starts, or ``ITSELF``."""
    name: str
    number: int
    of_child: bool
    """Whether a process that the call of git has started makes it: the first that comes to this number is killed."""


@dataclass(frozen=True, slots=True)
class Wrapped:
    """A ``git`` that counts its calls, in a folder that goes first on PATH."""

    folder: Path

    @property
    def log(self) -> list[str]:
        """The calls of the last run, each with its number and first arguments."""
        return (self.folder / "log").read_text().splitlines()

    @property
    def hangs(self) -> Path:
        """The file that is there once a call hangs."""
        return self.folder / "hangs"

    def run(
        self, clone: Clone, *arguments: str, env: Mapping[str, str] | None = None, under: tuple[str, ...] = ()
    ) -> Run:
        """Run the installed program with this git in front, by the program ``under`` if there is one."""
        environment = self.environment(env)
        program = shutil.which("git-hotfix")
        assert program is not None
        return run(*under, program, *arguments, directory=clone.path, env=environment)

    def environment(self, env: Mapping[str, str] | None = None) -> dict[str, str]:
        """Begin to count and give the environment of a run."""
        (self.folder / "count").write_text("0\n")
        (self.folder / "log").write_text("")
        return {**(env or {}), "PATH": os.pathsep.join((str(self.folder), os.environ["PATH"]))}

    def run_until(self, clone: Clone, *arguments: str, at: int, moment: Moment, **more: str) -> Run:
        """Run the program with a fault at the N-th call of git."""
        return self.run(clone, *arguments, env={"FAULT_AT": str(at), "FAULT": moment, **more})

    def run_until_call(self, clone: Clone, *arguments: str, call: SystemCall) -> Run:
        """Run the program and kill it just before a system call."""
        if call.at != ITSELF:
            more = {"FAULT_CALL": call.name, "FAULT_WHEN": str(call.number), "FAULT_FOLLOWS": "-f" * call.of_child}
            return self.run_until(clone, *arguments, at=call.at, moment="inside", **more)
        options = f"{_KILL} -e trace={call.name} -e inject={call.name}:signal=SIGKILL:when={call.number}"
        return self.run(clone, *arguments, under=("strace", *shlex.split(options)))

    def run_traced(self, clone: Clone, *arguments: str) -> Run:
        """Run the program and note what ``system_calls`` then gives."""
        under = ("strace", "-o", str(self.folder / f"trace.{ITSELF}"), *shlex.split(_TRACE))
        return self.run(clone, *arguments, env={"FAULT": "trace"}, under=under)

    def system_calls(self) -> tuple[SystemCall, ...]:
        """Return the system calls of the last traced run that change something, in the order of its processes."""
        numbers = range(len(self.log) + 1)
        files = ((number, self.folder / f"trace.{number}") for number in numbers)
        found = (call for number, file in files if file.exists() for call in _calls(number, file.read_text()))
        return tuple(dict.fromkeys(found))


def _calls(at: int, trace: str) -> Iterator[SystemCall]:
    """Read a trace: strace counts the calls of each process for itself."""
    counted: dict[tuple[str, str], int] = {}
    first: str | None = None
    for line in trace.splitlines():
        if match := _TRACED.match(line):
            process, name, arguments = match.groups()
            first = process if first is None else first
            number = counted[process, name] = counted.get((process, name), 0) + 1
            if name in RENAMES_AND_DELETIONS or _ON_GIT_DIR.match(arguments):
                yield SystemCall(at, name, number, of_child=process != first)


def wrapped(folder: Path) -> Wrapped:
    """Make the counting ``git``."""
    folder.mkdir(parents=True, exist_ok=True)
    git = shutil.which("git")
    assert git is not None
    script = _WRAPPER.format(
        count=shlex.quote(str(folder / "count")),
        log=shlex.quote(str(folder / "log")),
        folder=shlex.quote(str(folder)),
        git=shlex.quote(git),
        strace=shlex.quote(shutil.which("strace") or "strace"),
    )
    (folder / "git").write_text(script)
    (folder / "git").chmod(0o755)
    return Wrapped(folder)
