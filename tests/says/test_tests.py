"""Which tests are critical: what is proposed is what the project's own files say, and it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.says.scenes import hints, type_in
from tests.support.lab import Clone, Lab

if TYPE_CHECKING:
    from pathlib import Path

SOURCE = "src/auth/login.py"
PLAIN_TEST = "from auth import login\n\n\ndef test_login():\n    assert login.OPEN is not None\n"
PYTEST = {"pytest.ini": "[pytest]\npythonpath = src\nmarkers =\n    critical: what must never fail\n"}


def project(root: Path, files: dict[str, str], source: str = SOURCE) -> Clone:
    """Return a repository of its own with a hotfix whose fix is committed; nobody has said which tests are critical."""
    alice = Lab(root).alone("alice")
    alice.commit("Begin", {source: "OPEN = True\n", ".gitignore": "__pycache__/\n.pytest_cache/\n", **files})
    alice.hotfix("start", "Login takes any password", "--slug", "auth", "-y", check=0)
    alice.commit("Close it", {source: "OPEN = False\n"})
    return alice


def proposed(alice: Clone) -> list[str]:
    """Return every command that is proposed for the critical tests where nobody can be asked."""
    said = alice.hotfix("finish", "-y", "--json", check=2).json()
    told = [each["remedy"] for each in said["problems"]]
    for question in said["questions"]:
        told += [question["default"] or "", *question["choices"]]
    return told


def test_critical_tests_are_not_proposed_where_no_test_has_that_name_or_mark(tmp_path: Path) -> None:
    alice = project(tmp_path, {**PYTEST, "tests/auth/test_login.py": PLAIN_TEST})
    told = proposed(alice)
    assert any("pytest" in each for each in told)
    assert not any("-k" in each or "-m critical" in each for each in told), told
    assert any("{paths}" in each for each in told), "the layout is known: tests/auth belongs to src/auth"
    line = hints(alice.hotfix("finish", "-y", "--json", check=2))[0]
    type_in(alice, line, check=0)
    assert "Tests: passed (pytest" in alice.git("log", "--format=%B", "main")


def test_hint_for_the_paths_of_tests_fits_the_folders_of_the_repository(tmp_path: Path) -> None:
    test = {"checks/login/test_it.py": "def test_it():\n    pass\n"}
    alice = project(tmp_path, {**test, **PYTEST}, "packages/auth/login.py")
    alice.git("config", "hotfix.test.command", "test -e {paths}")
    told = alice.hotfix("finish", "-y", "--json", check=2)
    (line,) = hints(told)
    assert line.endswith(" -y --json --test-path checks/login")
    assert "such as 'packages/auth/**=checks/login'" in told.out
    type_in(alice, line, check=0)
