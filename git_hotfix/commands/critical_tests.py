"""The critical tests of what a fix touches: which command, which folders, and whether any test ran at all."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from git_hotfix.commands.none_ran import Reading
from git_hotfix.commands.process import run_streamed
from git_hotfix.commands.split import BASE, FILES, PATHS, fill_words, shown, split_command
from git_hotfix.errors import ExitCode, HotfixError, Problem, command, wrong_input

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

KEY = "test.command"
"""Where the command of the critical tests is configured."""


class TestRun(Struct, frozen=True):
    """What a run of the critical tests gave.

    ``none`` means that no test ran, whatever the exit code: it is not a pass. ``command`` is what was run, as
    one would type it; ``tail`` the last 4000 characters of its output.
    """

    __test__ = False  # not a class of tests for pytest

    outcome: Literal["passed", "failed", "none"]
    command: str
    code: int
    started_at: datetime
    ended_at: datetime
    tail: str


def needs_paths(command: str) -> bool:
    """Return whether the command names ``{paths}``, so that the tests of the changed files must be known."""
    return f"{{{PATHS}}}" in command


def run_critical_tests(
    line: str,
    *,
    paths: Sequence[str],
    files: Sequence[str],
    base: str,
    extra: Sequence[str],
    directory: Path,
    environment: Mapping[str, str],
    on_output: Callable[[bytes], None],
    log: Path | None,
    none_pattern: str | None,
) -> TestRun:
    """Run ``line`` (``test.command``) in ``directory`` with its places filled, ``extra`` behind; judge it.

    ``none_pattern`` (``test.none_pattern``) is a regular expression for a line of output that says "no test
    ran"; None or empty: there is none. Wrong input, before anything runs: what ``split_command`` and
    ``fill_words`` refuse, and ``{paths}`` without a path, unless ``extra`` names one.
    """
    words = split_command(line, key=KEY)
    if needs_paths(line) and not paths and all(word.startswith("-") for word in extra):
        raise wrong_input(
            "no-test-paths",
            f"'{{paths}}' of {KEY} stands for nothing: no folder of tests is known for the changed files "
            "(test.map in .hotfix.toml names them).",
            command("git", "hotfix", "test", "--", "tests"),
        )
    words = (*fill_words(words, {PATHS: paths, FILES: files, BASE: (base,)}), *extra)
    reading = Reading(re.compile(none_pattern) if none_pattern else None)

    def hear(piece: bytes) -> None:
        reading.take(piece)
        on_output(piece)

    ended = run_streamed(words, key=KEY, directory=directory, environment=environment, on_output=hear, log=log)
    outcome: Literal["passed", "failed", "none"] = "passed" if ended.code == 0 else "failed"
    if reading.is_none_ran(words, ended.code):
        outcome = "none"
    if reading.overrun is not None and outcome == "passed":
        message = f"Whether a test ran is not known; test.none_pattern is '{none_pattern}', and {reading.overrun}."
        remedy = command("git", "config", "hotfix.test.nonePattern", "PATTERN")
        raise HotfixError(Problem("tests-failed", message, remedy, ExitCode.TESTS))
    return TestRun(outcome, shown(words), ended.code, ended.started_at, ended.ended_at, ended.tail)
