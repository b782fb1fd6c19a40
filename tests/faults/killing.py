"""Killing the program: a ``git`` first on PATH that ends the whole process group around its N-th call."""

from __future__ import annotations

import os
import shlex
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from tests.support.processes import Run, run

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.support.lab import Clone

Moment = Literal["before", "after"]

_WRAPPER = """\
#!/bin/sh
read number <{count}
number=$((number + 1))
echo $number >{count}
echo "$number $1 $2 $3" >>{log}
if [ $number -ne "${{FAULT_AT:-0}}" ]; then exec {git} "$@"; fi
case $FAULT in
before) kill -9 0 ;;
after) {git} "$@"; kill -9 0 ;;
fail) echo "fatal: the disk is on fire" >&2; exit 128 ;;
hang) exec sleep 300 ;;
inside)
    {strace} -qq -f -o /dev/null -e trace=$FAULT_CALL -e "inject=$FAULT_CALL:signal=SIGKILL:when=$FAULT_WHEN" \\
        {git} "$@"
    code=$?
    if [ $code -ge 128 ]; then kill -9 0; fi
    exit $code ;;
esac
"""


@dataclass(frozen=True, slots=True)
class Wrapped:
    """A ``git`` that counts its calls, in a folder that goes first on PATH."""

    folder: Path

    @property
    def log(self) -> list[str]:
        """The calls of the last run, each with its number and first arguments."""
        return (self.folder / "log").read_text().splitlines()

    def run(self, clone: Clone, *arguments: str, env: Mapping[str, str] | None = None) -> Run:
        """Run the installed program with this git in front."""
        (self.folder / "count").write_text("0\n")
        (self.folder / "log").write_text("")
        path = os.pathsep.join((str(self.folder), os.environ["PATH"]))
        program = shutil.which("git-hotfix")
        assert program is not None
        return run(program, *arguments, directory=clone.path, env={**(env or {}), "PATH": path})

    def run_until(self, clone: Clone, *arguments: str, at: int, moment: str, **more: str) -> Run:
        """Run the program with a fault at the N-th call of git."""
        return self.run(clone, *arguments, env={"FAULT_AT": str(at), "FAULT": moment, **more})


def wrapped(folder: Path) -> Wrapped:
    """Make the counting ``git``."""
    folder.mkdir(parents=True, exist_ok=True)
    git = shutil.which("git")
    assert git is not None
    script = _WRAPPER.format(
        count=shlex.quote(str(folder / "count")),
        log=shlex.quote(str(folder / "log")),
        git=shlex.quote(git),
        strace=shlex.quote(shutil.which("strace") or "strace"),
    )
    (folder / "git").write_text(script)
    (folder / "git").chmod(0o755)
    return Wrapped(folder)
