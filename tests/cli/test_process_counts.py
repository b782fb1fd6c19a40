"""How many processes of git a command needs, and that none is asked what another has just answered.

Starting git is most of the time that a command takes. A ``git`` first on PATH writes down each call, whether the
program tells of it (``-v``) or not.
"""

from __future__ import annotations

import os
import shlex
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.cli.stages import TITLE, Stage, fixed
from tests.support.lab import standard_lab
from tests.support.preloaded import preloaded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.support.lab import Clone

MOST_CALLS = {"finish": 113, "start": 34, "status": 23}
"""A whole finish with a remote and one target, a start, a status; to be lowered whenever they need fewer."""

MOST_REPEATED = {"finish": 17, "start": 4, "status": 0}
"""Questions whose answer was known: the same was asked before, and nothing has been changed since."""

ANSWERS = {
    *("cat-file", "check-attr", "check-ignore", "check-ref-format", "cherry", "count-objects", "describe", "diff"),
    *("diff-files", "diff-index", "diff-tree", "for-each-ref", "log", "ls-files", "ls-remote", "ls-tree"),
    *("merge-base", "name-rev", "rev-list", "rev-parse", "show", "show-ref", "status", "var", "version"),
}
"""Commands of git that only answer."""

ANSWERS_WITH = {
    "config": ("--list", "--get", "--get-all", "--get-regexp", "--get-urlmatch", "-l"),
    "remote": ("", "get-url", "show", "-v"),
    "stash": ("list", "show"),
    "symbolic-ref": ("-q", "--short"),
    "worktree": ("list",),
}
"""Commands that only answer with one of these as the first word behind them ("" is none)."""

_WRAPPER = """\
#!/bin/sh
printf '%s\\037' "$PWD" "$@" '\036' >>{log}
exec {git} "$@"
"""


@dataclass(frozen=True, slots=True)
class Call:
    """One process of git that the program has started."""

    folder: str
    words: tuple[str, ...]

    @property
    def is_question(self) -> bool:
        """Whether it changes nothing. One that is told more on standard input may each time be another question."""
        words = [*self._command(), "", ""]
        if any(word.startswith(("--stdin", "--batch")) for word in words):
            return False
        return words[0] in ANSWERS or words[1] in ANSWERS_WITH.get(words[0], ())

    def _command(self) -> tuple[str, ...]:
        """Return the words from the command on: git's own options come before."""
        words = list(self.words)
        while words and words[0].startswith("-"):
            del words[: 2 if words[0] in {"-c", "-C"} else 1]
        return tuple(words)

    def __str__(self) -> str:
        return f"git {shlex.join(self.words)}"


def calls_of(clone: Clone, folder: Path, *arguments: str) -> list[Call]:
    """Run the program, which must succeed, and return the processes of git that it has started."""
    folder.mkdir()
    log, git = folder / "log", shutil.which("git")
    assert git is not None
    (folder / "git").write_text(_WRAPPER.format(log=shlex.quote(str(log)), git=shlex.quote(git)))
    (folder / "git").chmod(0o755)
    path = os.pathsep.join((str(folder), os.environ["PATH"]))
    said = preloaded().run(*arguments, directory=clone.path, env={"PATH": path})
    assert said.code == 0, said.err
    records = (record.split("\037")[:-1] for record in log.read_text().split("\036\037")[:-1])
    return [Call(where, tuple(words)) for where, *words in records]


def repeated(calls: list[Call]) -> Iterator[str]:
    """Return the questions that were answered before, with nothing changed in between."""
    answered: set[Call] = set()
    for call in calls:
        if not call.is_question:
            answered.clear()
        elif call in answered:
            yield str(call)
        else:
            answered.add(call)


def start(root: Path) -> tuple[Clone, tuple[str, ...]]:
    alice = standard_lab(root).alice
    alice.git("config", "hotfix.branches.production", "main")
    return alice, ("start", TITLE, "-y")


def status(root: Path) -> tuple[Clone, tuple[str, ...]]:
    return _with_one_target(fixed(root)), ("status",)


def finish(root: Path) -> tuple[Clone, tuple[str, ...]]:
    return _with_one_target(fixed(root)), ("finish", "-y")


def _with_one_target(stage: Stage) -> Clone:
    stage.alice.git("config", "hotfix.branches.release", "none/*")
    return stage.alice


@pytest.mark.parametrize("command", [finish, start, status])
def test_command_starts_no_more_processes_of_git_than_it_needs(
    tmp_path: Path, command: Callable[[Path], tuple[Clone, tuple[str, ...]]]
) -> None:
    (tmp_path / "lab").mkdir()
    clone, arguments = command(tmp_path / "lab")
    calls = calls_of(clone, tmp_path / "bin", *arguments)
    listed = "\n".join(str(call) for call in calls)
    again = list(repeated(calls))
    assert len(calls) <= MOST_CALLS[command.__name__], listed
    assert len(again) <= MOST_REPEATED[command.__name__], "\n".join(again)


def test_every_process_of_git_is_told_with_verbose(tmp_path: Path) -> None:
    (tmp_path / "lab").mkdir()
    clone, arguments = finish(tmp_path / "lab")
    told = clone.hotfix("-v", *arguments, check=0).err.count("\n+ git ")
    again, _ = finish(tmp_path / "again")
    assert told + 1 == len(calls_of(again, tmp_path / "bin", *arguments))
