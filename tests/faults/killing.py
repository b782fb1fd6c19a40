"""Killing the program around its N-th call of ``git``, or letting that call fail or hang: a ``git`` first on PATH."""

from __future__ import annotations

import os
import shlex
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from tests.support.preloaded import preloaded

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from tests.support.changes import Change
    from tests.support.lab import Clone
    from tests.support.processes import Run

Fault = Literal["before", "after", "fail", "hang"]
"""Killed before or after a call of git; one that fails, or never ends."""

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
fail) echo "fatal: the disk is on fire at call $number" >&2; exit "${{FAULT_CODE:-128}}" ;;
hang) : >{folder}/hangs; exec sleep 1000 ;;
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

    @property
    def hangs(self) -> Path:
        """The file that is there once a call hangs."""
        return self.folder / "hangs"

    def run(
        self,
        clone: Clone,
        *arguments: str,
        env: Mapping[str, str] | None = None,
        before_change: Callable[[Change], None] | None = None,
    ) -> Run:
        """Run the installed program with this git in front."""
        environment = self.environment(env)
        return preloaded().run(*arguments, directory=clone.path, env=environment, before_change=before_change)

    def environment(self, env: Mapping[str, str] | None = None) -> dict[str, str]:
        """Begin to count and give the environment of a run."""
        (self.folder / "count").write_text("0\n")
        (self.folder / "log").write_text("")
        return {**(env or {}), "PATH": os.pathsep.join((str(self.folder), os.environ["PATH"]))}

    def run_until(self, clone: Clone, *arguments: str, at: int, fault: Fault, **more: str) -> Run:
        """Run the program with a fault at the N-th call of git."""
        return self.run(clone, *arguments, env={"FAULT_AT": str(at), "FAULT": fault, **more})


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
    )
    (folder / "git").write_text(script)
    (folder / "git").chmod(0o755)
    return Wrapped(folder)
