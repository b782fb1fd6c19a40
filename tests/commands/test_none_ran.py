from __future__ import annotations

import re

import pytest

from git_hotfix.commands.critical_tests import Reading

NONE = [
    ("=========== no tests ran in 0.01s ===========", 5),
    ("no tests ran in 0.00s", 5),
    ("=========== 3 deselected in 0.01s ===========", 5),
    ("=========== 2 skipped, 3 deselected, 1 warning in 61.20s (0:01:01) ===========", 0),
    ("2 skipped in 0.02s", 0),
    ("\x1b[33m=== \x1b[0m\x1b[33mno tests ran\x1b[0m\x1b[33m in 0.01s\x1b[0m\x1b[33m ===\x1b[0m", 2),
    ("-----\nRan 0 tests in 0.000s\n\nOK", 0),
    ("-----\nRan 0 tests in 0.000s\n\nNO TESTS RAN", 5),
    ("ok  \tapp/auth\t0.003s [no tests to run]", 0),
    ("ok  \tapp/auth\t(cached) [no tests to run]", 0),
    ("testing: warning: no tests to run\nPASS\nok  \tapp/auth\t0.003s [no tests to run]", 0),
    ("?   \tapp\t[no test files]\nok  \tapp/auth\t0.003s\tcoverage: 0.0% of statements [no tests to run]", 0),
    ("No tests found, exiting with code 1\nRun with `--passWithNoTests` to exit with code 0", 1),
    ("No tests found, exiting with code 0", 0),
    ("Test Suites: 1 skipped, 0 of 1 total\nTests:       3 skipped, 3 total", 0),
    ("No test files found, exiting with code 1", 1),
    (" Test Files  1 skipped (1)\n      Tests  3 skipped (3)", 0),
    ("running 0 tests\n\ntest result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 5 filtered out", 0),
    ("[INFO] No tests to run.\n[INFO] BUILD SUCCESS", 0),
    ("[INFO] Tests run: 0, Failures: 0, Errors: 0, Skipped: 0", 0),
    ("> Task :compileTestJava NO-SOURCE\n> Task :app:test NO-SOURCE\n\nBUILD SUCCESSFUL in 1s", 0),
    ("\n  0 passing (2ms)\n", 0),
]

RAN = [
    ("=========== 2 passed in 0.01s ===========", 0),
    ("2 passed, 1 skipped, 5 deselected in 0.01s", 0),
    ("=========== 1 failed, 2 passed in 0.01s ===========", 1),
    ("1 error in 0.05s", 2),
    ("1 skipped, 1 xfailed in 0.05s", 0),
    ("no tests ran in 0.01s\nmake: next suite\n2 passed in 0.01s", 0),
    ("Ran 2 tests in 0.000s\n\nOK", 0),
    ("ok  \tapp/auth\t0.003s\n?   \tapp\t[no test files]", 0),
    ("ok  \tapp/auth\t(cached)\nok  \tapp\t0.1s [no tests to run]", 0),
    ("FAIL\tapp/auth [build failed]\n?   \tapp\t[no test files]", 1),
    ("ok  \tapp/auth\t0.003s\tcoverage: 50.0% of statements\n?   \tapp\t[no test files]", 0),
    ("Tests:       1 skipped, 2 passed, 3 total", 0),
    ("      Tests  2 passed | 1 skipped (3)", 0),
    ("Tests:       1 failed, 3 total\nNo tests found, exiting with code 1", 1),
    ("test result: ok. 0 passed; 0 failed; \ntest result: ok. 2 passed; 0 failed; 0 ignored", 0),
    ("[INFO] Tests run: 0, Failures: 0\n[INFO] Tests run: 3, Failures: 0, Errors: 0, Skipped: 0", 0),
    ("> Task :lib:test NO-SOURCE\n> Task :app:test\n\nBUILD SUCCESSFUL in 1s", 0),
    ("  10 passing (2ms)\n", 0),
    ("", 0),
    ("all is well", 0),
    ("deployed with no tests found wanting", 0),
]


@pytest.mark.parametrize(("output", "code"), NONE)
def test_output_of_a_runner_that_ran_nothing_is_recognised(output: str, code: int) -> None:
    assert read(output).is_none_ran(("make", "test-critical"), code)


@pytest.mark.parametrize(("output", "code"), RAN)
def test_output_of_a_runner_that_ran_something_is_not_taken_for_none(output: str, code: int) -> None:
    assert not read(output).is_none_ran(("make", "test-critical"), code)


@pytest.mark.parametrize(
    ("words", "code", "expected"),
    [
        (("pytest", "-qq"), 5, True),
        (("/x/bin/pytest", "-qq"), 5, True),
        (("python", "-m", "pytest", "-qq"), 5, True),
        (("pytest", "-qq"), 1, False),
        (("./run-tests",), 5, False),
    ],
)
def test_exit_code_5_means_none_for_pytest_alone(words: tuple[str, ...], code: int, *, expected: bool) -> None:
    assert read("").is_none_ran(words, code) is expected


def test_line_that_matches_the_own_pattern_outweighs_everything() -> None:
    reading = read("2 passed in 0.1s\n0 critical checks\n", re.compile(r"^0 critical"))
    assert reading.is_none_ran(("run",), 0)


def test_own_pattern_that_matches_nothing_changes_nothing() -> None:
    assert not read("2 passed in 0.1s", re.compile("^0 critical")).is_none_ran(("run",), 0)


@pytest.mark.parametrize("size", [1, 3, 7])
def test_line_that_comes_in_pieces_is_read_whole(size: int) -> None:
    reading = Reading(None)
    output = b"collected 3 items\n=== 3 deselected in 0.01s ===\n"
    for start in range(0, len(output), size):
        reading.take(output[start : start + size])
    assert reading.is_none_ran(("make",), 0)


def test_evidence_is_kept_however_much_output_follows() -> None:
    reading = read("ok  \tapp/auth\t0.003s\n")
    for _ in range(1000):
        reading.take(b"?   \tapp/x\t[no test files]\n" * 100)
    reading.take(b"x" * 1_000_000)
    assert not reading.is_none_ran(("go", "test", "./..."), 0)


def read(output: str, pattern: re.Pattern[str] | None = None) -> Reading:
    reading = Reading(pattern)
    reading.take(output.encode())
    return reading


def test_pattern_of_the_team_is_asked_about_every_line() -> None:
    reading = read("x\n" * 10 + "nothing to do\n", re.compile("^nothing to do$"))
    for _ in range(20):
        reading.take(b"." * 99_999 + b"\n")
    assert reading.is_none_ran(("make",), 0)
    assert reading.overrun is None


def test_pattern_that_backtracks_for_ever_has_an_end() -> None:
    reading = read("a" * 60 + "!\n", re.compile("(a|aa)+$"))
    assert not reading.is_none_ran(("make",), 0)
    assert str(reading.overrun) == "it takes longer than 1 s"
