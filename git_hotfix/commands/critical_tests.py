"""The critical tests of what a fix touches: which command, which folders, and whether any test ran at all."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Literal

from msgspec.structs import asdict, replace

from git_hotfix.bounded import Overrun, bounded
from git_hotfix.commands.process import Ended
from git_hotfix.commands.split import BASE, FILES, PATHS, fill_words, shown, split_command
from git_hotfix.errors import ExitCode, HotfixError, Problem, command, wrong_input

if TYPE_CHECKING:
    from collections.abc import Sequence

    from git_hotfix.commands.process import Runner

KEY = "test.command"
"""Where the command of the critical tests is configured."""

_COLOUR = r"\x1b\[[0-9;]*m"
_LINE_CHARACTERS = 10_000
_KEPT_BYTES = 1_000_000
_PYTEST_NO_TESTS = 5


_SIGNS = (
    (  # pytest: "=== 2 passed, 1 skipped in 0.01s ==="; tests that were all deselected or skipped did not run
        r"(=+ )?(no tests ran|(\d+ (deselected|skipped|warnings?)(, )?)+) in \d[\d.]*s\b",
        r"(=+ )?(\d+ [a-z ]+, )*\d+ (passed|failed|errors?|xfailed|xpassed)\b.* in \d[\d.]*s\b",
    ),
    (r"Ran 0 tests in |NO TESTS RAN$", r"Ran [1-9]\d* tests? in "),  # unittest, trial
    (  # go, one line a package: "ok  \tapp/auth\t0.003s [no tests to run]", "?   \tapp\t[no test files]"
        r"(ok|\?)\s+\S+\s.*\[no tests? (to run|files)\]$",
        r"(ok|FAIL)\s+\S+\s+(\(cached\)|\d[\d.]*s\b|\[\w+ failed\])",
    ),
    (r"test result: \w+\. 0 passed; 0 failed; ", r"test result: \w+\. \d+ passed; \d+ failed; "),  # cargo
    (  # jest, vitest
        r"No tests? (files? )?found\b|\s*Tests:?\s+\d+ (skipped|todo)\b(?!.*\b(passed|failed)\b)",
        r"\s*Tests:?\s+.*\b[1-9]\d* (passed|failed)\b",
    ),
    (r"\s*0 passing \(", r"\s*[1-9]\d* passing \("),  # mocha
    (r"(\[\w+\] )?(No tests to run\.|Tests run: 0, )", r"(\[\w+\] )?Tests run: [1-9]\d*, "),  # Maven
    (r"> Task :(\S+:)?test NO-SOURCE$", r"> Task :(\S+:)?test( UP-TO-DATE| FAILED| FROM-CACHE)?$"),  # Gradle
)
"""How each test runner reports in a line that nothing ran, or that something did (the first that matches)."""


class TestRun(Ended, frozen=True, kw_only=True):
    """What a run of the critical tests gave.

    ``none`` means that no test ran, whatever the exit code: it is not a pass. ``command`` is what was run, as
    one would type it.
    """

    __test__ = False  # not a class of tests for pytest

    outcome: Literal["passed", "failed", "none"]
    command: str


def needs_paths(command: str) -> bool:
    """Return whether the command names ``{paths}``, so that the tests of the changed files must be known."""
    return f"{{{PATHS}}}" in command


def run_critical_tests(
    runner: Runner,
    line: str,
    *,
    paths: Sequence[str],
    files: Sequence[str],
    base: str,
    extra: Sequence[str],
    none_pattern: str | None,
) -> TestRun:
    """Run ``line`` (``test.command``) with its places filled, ``extra`` behind; judge it.

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
        runner.on_output(piece)

    ended = replace(runner, on_output=hear).run(words, key=KEY)
    outcome: Literal["passed", "failed", "none"] = "passed" if ended.code == 0 else "failed"
    if reading.is_none_ran(words, ended.code):
        outcome = "none"
    if reading.overrun is not None and outcome == "passed":
        message = f"Whether a test ran is not known; test.none_pattern is '{none_pattern}', and {reading.overrun}."
        remedy = command("git", "config", "hotfix.test.nonePattern", "PATTERN")
        raise HotfixError(Problem("tests-failed", message, remedy, ExitCode.TESTS))
    return TestRun(**asdict(ended), outcome=outcome, command=shown(words))


class Reading:
    """Reads output piece by piece and keeps only what it means."""

    def __init__(self, none_pattern: re.Pattern[str] | None) -> None:
        self._none_pattern = none_pattern
        self._signs = [(re.compile(none), re.compile(ran)) for none, ran in _SIGNS]
        self._to_match: list[str] = []
        self._bytes = 0
        self.overrun: Overrun | None = None
        """Why it is not known whether a line matches the team's own pattern: finding that out did not end."""
        self._line = b""
        self._is_told = False
        self._says_none = False
        self._says_ran = False

    def take(self, piece: bytes) -> None:
        """Read the next piece; a line may come in several."""
        *lines, self._line = (self._line + piece).split(b"\n")
        for line in lines:
            self._read(line)
        self._line = self._line[-_LINE_CHARACTERS:]

    def is_none_ran(self, words: Sequence[str], code: int) -> bool:
        """Return, at the end, whether no test ran.

        It is so when a line matches the team's own pattern; when some runner reports that it ran nothing and
        none that it ran something (a command may start several); when pytest, started by ``words``, ends with
        exit code 5.
        """
        self._read(self._line)
        self._line = b""
        self._match()
        if self._is_told:
            return True
        if self._says_none and not self._says_ran:
            return True
        starts_pytest = any(PurePosixPath(word).name in {"pytest", "py.test"} for word in words)
        return code == _PYTEST_NO_TESTS and starts_pytest

    def _read(self, line: bytes) -> None:
        text = re.sub(_COLOUR, "", line[:_LINE_CHARACTERS].decode("utf-8", "replace")).rstrip()
        if self._none_pattern is not None:
            self._to_match.append(text)
            self._bytes += len(line)
            if self._bytes > _KEPT_BYTES:
                self._match()
        for none, ran in self._signs:
            if none.match(text):
                self._says_none = True
                return
            if ran.match(text):
                self._says_ran = True
                return

    def _match(self) -> None:
        """Ask the team's own pattern about the lines since it was asked last; a pattern may backtrack for ever."""
        pattern, lines = self._none_pattern, self._to_match
        self._to_match, self._bytes = [], 0
        if pattern is None or self._is_told or self.overrun is not None:
            return
        try:
            self._is_told = bounded(lambda: b"told" if any(map(pattern.search, lines)) else b"") == b"told"
        except Overrun as overrun:
            self.overrun = overrun
