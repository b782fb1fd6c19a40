from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from git_hotfix.commands.critical_tests import TestRun, needs_paths, run_critical_tests
from git_hotfix.commands.process import Runner
from git_hotfix.errors import ExitCode, HotfixError, Problem, command

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

PYTEST = f"'{sys.executable}' -m pytest -q -p no:cacheprovider {{paths}} -k critical"


def run(
    command: str,
    directory: Path,
    *,
    paths: Sequence[str] = (),
    files: Sequence[str] = ("src/a.py",),
    extra: Sequence[str] = (),
    none_pattern: str | None = None,
) -> tuple[TestRun, str]:
    heard = bytearray()
    environment = {"PATH": os.environ["PATH"], "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    runner = Runner(directory, environment, heard.extend, directory / "log")
    ended = run_critical_tests(
        runner, command, paths=paths, files=files, base="main", extra=extra, none_pattern=none_pattern
    )
    assert (directory / "log").read_bytes() == heard
    return ended, heard.decode()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    for name, body in {
        "ok": "def test_critical_login(): pass\ndef test_other(): assert False\n",
        "bad": "def test_critical_login(): assert False\n",
        "other": "def test_other(): pass\n",
        "skipped": "import pytest\n@pytest.mark.skip\ndef test_critical(): pass\n",
        "a b'c": "def test_critical_login(): pass\n",
        "-k": "def test_critical_login(): pass\n",
    }.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / f"test_{len(name)}{name[:2].strip('-')}.py").write_text(body)
    return tmp_path


@pytest.mark.parametrize(
    ("paths", "outcome", "code"),
    [
        (["ok"], "passed", 0),
        (["bad"], "failed", 1),
        (["ok", "bad"], "failed", 1),
        (["other"], "none", 5),
        (["other", "ok"], "passed", 0),
        (["skipped"], "none", 0),
        (["a b'c", "-k"], "passed", 0),
    ],
)
def test_pytest_is_judged_by_what_it_ran(project: Path, paths: list[str], outcome: str, code: int) -> None:
    ended, heard = run(PYTEST, project, paths=paths)
    assert (ended.outcome, ended.code, ended.tail) == (outcome, code, heard)


def test_run_shows_the_command_with_its_places_filled_and_the_rest_behind(tmp_path: Path) -> None:
    ended, heard = run(
        "printf '%s|' {paths} {files} --base={base}",
        tmp_path,
        paths=["a b"],
        files=["$(x)"],
        extra=["-x", "{paths}"],
    )
    shown = "printf '%s|' 'a b' '$(x)' --base=main -x '{paths}'"
    said = "a b|$(x)|--base=main|-x|{paths}|"
    times = {"started_at": ended.started_at, "ended_at": ended.ended_at}
    assert ended == TestRun(outcome="passed", command=shown, code=0, tail=said, **times)
    assert heard == said


@pytest.mark.parametrize(
    ("script", "outcome"),
    [
        (r"printf 'ok  \tapp\t0.1s [no tests to run]\n'", "none"),
        (r"printf 'ok  \tapp\t0.1s\n?   \tx\t[no test files]\n'", "passed"),
        ("echo 'No tests found, exiting with code 1' >&2; exit 1", "none"),
        ("echo '0 checks'", "none"),
        ("echo '10 checks'", "passed"),
        ("exit 5", "failed"),
    ],
)
def test_other_runners_are_judged_by_their_output(tmp_path: Path, script: str, outcome: str) -> None:
    (tmp_path / "check").write_text(f"#!/bin/sh\n{script}\n")
    (tmp_path / "check").chmod(0o755)
    assert run("./check", tmp_path, none_pattern="^0 checks")[0].outcome == outcome


def test_paths_that_are_not_known_are_wrong_input(tmp_path: Path) -> None:
    with pytest.raises(HotfixError) as raised:
        run(PYTEST, tmp_path, extra=["-x"])
    message = (
        "'{paths}' of test.command stands for nothing: no folder of tests is known for the changed files "
        "(test.map in .hotfix.toml names them)."
    )
    assert raised.value.problems == (
        Problem("no-test-paths", message, command("git", "hotfix", "test", "--", "tests"), ExitCode.USAGE),
    )


def test_paths_that_are_given_behind_the_command_are_enough(project: Path) -> None:
    assert run(PYTEST, project, extra=["ok"])[0].outcome == "passed"


def test_command_needs_paths_only_if_it_names_them() -> None:
    assert needs_paths("pytest {paths}")
    assert not needs_paths("make test-critical")
