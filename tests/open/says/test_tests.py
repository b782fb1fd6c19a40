"""Which tests are critical: what is proposed is what the project's own files say, and it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.says.scenes import hints, type_in
from tests.support.lab import Clone, Lab

if TYPE_CHECKING:
    from pathlib import Path

SOURCE = "src/auth/login.py"
PLAIN_TEST = "from auth import login\n\n\ndef test_login():\n    assert login.OPEN is not None\n"
MARKED = f"import pytest\n{PLAIN_TEST.replace('def test', '@pytest.mark.critical' + chr(10) + 'def test')}"
NAMED = PLAIN_TEST.replace("test_login", "test_critical_login")
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


@pytest.mark.parametrize("text", [NAMED, MARKED], ids=["name", "mark"])
def test_critical_tests_are_proposed_where_some_have_that_name_or_mark(tmp_path: Path, text: str) -> None:
    alice = project(tmp_path, {**PYTEST, "tests/auth/test_login.py": text})
    assert any("pytest" in each and "critical" in each for each in proposed(alice))


def test_critical_tests_are_not_proposed_where_no_test_has_that_name_or_mark(tmp_path: Path) -> None:
    alice = project(tmp_path, {**PYTEST, "tests/auth/test_login.py": PLAIN_TEST})
    told = proposed(alice)
    assert any("pytest" in each for each in told)
    assert not any("-k" in each or "-m critical" in each for each in told), told
    assert any("{paths}" in each for each in told), "the layout is known: tests/auth belongs to src/auth"
    line = hints(alice.hotfix("finish", "-y", "--json", check=2))[0]
    type_in(alice, line, check=0)
    alice.hotfix("finish", "auth", "-y", check=0)
    assert "Tests: passed (pytest" in alice.git("log", "-1", "--format=%B", "main")


@pytest.mark.parametrize(
    ("files", "command"),
    [
        ({"tox.ini": "[tox]\nenv_list = py\n\n[testenv]\ncommands = python -m unittest\n"}, "tox"),
        ({"noxfile.py": "import nox\n\n\n@nox.session\ndef tests(session):\n    session.run('true')\n"}, "nox"),
        ({"Makefile": ".PHONY: test\ntest:\n\ttrue\n"}, "make test"),
        ({"package.json": '{"name": "product", "scripts": {"test": "true"}}\n'}, "npm test"),
        ({"Cargo.toml": '[package]\nname = "product"\nversion = "1.0.0"\n'}, "cargo test"),
        ({"go.mod": "module example.com/product\n\ngo 1.22\n"}, "go test"),
        ({"build.gradle": "plugins { id 'java' }\n", "gradlew": "#!/bin/sh\n"}, "gradlew test"),
        ({"build.gradle.kts": "plugins { java }\n"}, "gradle test"),
        ({"pom.xml": "<project><modelVersion>4.0.0</modelVersion></project>\n"}, "mvn test"),
        (
            {
                "setup.cfg": "[options]\ninstall_requires = twisted\n",
                "auth/test/test_login.py": "from twisted.trial import unittest\n",
            },
            "trial",
        ),
    ],
    ids=["tox", "nox", "make", "npm", "cargo", "go", "gradlew", "gradle", "maven", "trial"],
)
def test_plain_tests_of_the_project_are_proposed(tmp_path: Path, files: dict[str, str], command: str) -> None:
    alice = project(tmp_path, files)
    told = proposed(alice)
    assert any(command in each for each in told), told
    assert not any("critical" in each for each in told), told


@pytest.mark.parametrize(
    ("source", "test"),
    [("lib/login.py", "t/test_login.py"), ("packages/auth/login.py", "checks/login/test_it.py")],
)
def test_hint_for_the_map_of_tests_fits_the_folders_of_the_repository(tmp_path: Path, source: str, test: str) -> None:
    alice = project(tmp_path, {test: "def test_it():\n    pass\n", **PYTEST}, source)
    alice.git("config", "hotfix.test.command", "test -e {paths}")
    before = alice.hotfix("finish", "-y", "--json", check=2)
    (line,) = hints(before)
    assert "test.map" in line
    type_in(alice, line, check=0)
    after = alice.hotfix("finish", "auth", "-y")
    assert after.code == 0, after.err
