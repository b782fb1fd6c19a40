from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from git_hotfix.commands.test_discovery import Proposal, paths_for, propose

if TYPE_CHECKING:
    from pathlib import Path

PYTEST = 'pytest {paths} -k "critical"'


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Makefile", "test-critical:\n\tpytest\n"),
        ("Makefile", "all: x\n\ntest-critical : deps\n"),
        ("makefile", ".PHONY: test-critical\ntest test-critical other:\n"),
        ("GNUmakefile", "test-critical:: deps\n"),
        ("Makefile", "test-critical: ; pytest\n"),
    ],
)
def test_makefile_with_the_target_is_proposed(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    assert propose(tmp_path) == (Proposal("make test-critical", f"{name} has the target 'test-critical'"),)


@pytest.mark.parametrize(
    "text",
    [
        ".PHONY: test-critical\n",
        "all: test-critical\n",
        "\ttest-critical: x\n",
        "test-critical := x\n",
        "test-critical ::= x\n",
        "test-critical :::= x\n",
        "test-critical = a:b\n",
        "test-critical-more:\n",
        "# test-critical:\n",
        "run-test-critical:\n",
    ],
)
def test_makefile_without_the_target_is_not_proposed(tmp_path: Path, text: str) -> None:
    (tmp_path / "Makefile").write_text(text)
    assert propose(tmp_path) == ()


def test_makefile_that_make_does_not_read_is_not_proposed(tmp_path: Path) -> None:
    (tmp_path / "GNUmakefile").write_text("all:\n")
    (tmp_path / "Makefile").write_text("test-critical:\n")
    assert propose(tmp_path) == ()


@pytest.mark.parametrize(
    ("lock", "runner"),
    [
        ("package-lock.json", "npm"),
        ("pnpm-lock.yaml", "pnpm"),
        ("yarn.lock", "yarn"),
        ("bun.lock", "bun"),
        ("bun.lockb", "bun"),
    ],
)
def test_package_script_is_proposed_with_the_runner_of_its_lock_file(tmp_path: Path, lock: str, runner: str) -> None:
    (tmp_path / "package.json").write_text('{"scripts": {"test:critical": "jest -t critical"}}')
    (tmp_path / lock).touch()
    why = "package.json has the script 'test:critical'"
    assert propose(tmp_path) == (Proposal(f"{runner} run test:critical", why),)


@pytest.mark.parametrize("text", ['{"scripts": {"test": "jest"}}', "{", "[]", '{"scripts": 1}', "{}", "\udcff"])
def test_package_without_the_script_is_not_proposed(tmp_path: Path, text: str) -> None:
    (tmp_path / "package.json").write_bytes(text.encode("utf-8", "surrogateescape"))
    assert propose(tmp_path) == ()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pytest.ini", "[pytest]\n"),
        ("pyproject.toml", "[project]\n[tool.pytest.ini_options]\n"),
        ("pyproject.toml", "[tool.pytest]\n"),
        ("setup.cfg", "[tool:pytest]\n"),
        ("tox.ini", "[tox]\n[pytest]\n"),
        ("conftest.py", ""),
        ("tests/conftest.py", ""),
    ],
)
def test_pytest_is_proposed_where_it_is_used(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text(text)
    assert propose(tmp_path) == (Proposal(PYTEST, f"{name} shows that pytest is used"),)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pyproject.toml", "[tool.pytester]\n# [tool.pytest]\n"),
        ("setup.cfg", "[metadata]\n"),
        ("tox.ini", "[testenv]\ndeps = pytest\n"),
    ],
)
def test_pytest_is_not_proposed_elsewhere(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    assert propose(tmp_path) == ()


def test_everything_at_once_is_proposed_in_order(tmp_path: Path) -> None:
    (tmp_path / "Makefile").write_text("test-critical:\n")
    (tmp_path / "package.json").write_text('{"scripts": {"test:critical": "jest"}}')
    (tmp_path / "pytest.ini").touch()
    commands = [proposal.command for proposal in propose(tmp_path)]
    assert commands == ["make test-critical", "npm run test:critical", PYTEST]


def paths(changed: list[str], *there: str) -> tuple[str, ...]:
    return paths_for(changed, (), set(there).__contains__)


@pytest.mark.parametrize(
    ("changed", "there", "expected"),
    [
        (
            ["src/auth/login.py"],
            ["auth/tests", "src/auth/tests", "tests/auth", "tests", "docs/tests"],
            ("tests/auth", "src/auth/tests", "auth/tests"),
        ),
        (
            ["src/auth/login.py"],
            ["tests/src", "tests/auth", "tests/login"],
            ("tests/login", "tests/auth", "tests/src"),
        ),
        (["auth/login.py"], ["auth/tests"], ("auth/tests",)),
        (["auth.py"], ["tests/auth"], ("tests/auth",)),
        (["src/auth/login.rb"], ["test/auth"], ("test/auth",)),
        (["src/auth/login.py"], ["tests"], ()),
        (["README.md"], ["tests"], ()),
        ([], ["tests"], ()),
        (["pay/b.py", "auth/a.py", "pay/c.py"], ["tests/auth", "tests/pay"], ("tests/pay", "tests/auth")),
    ],
)
def test_changed_file_gives_the_test_folders_of_its_components(
    changed: list[str], there: list[str], expected: tuple[str, ...]
) -> None:
    assert paths(changed, *there) == expected


@pytest.mark.parametrize(
    "path",
    [
        "tests/auth/test_login.py",
        "test_login.py",
        "src/auth/login_test.go",
        "src/auth/login.test.ts",
        "src/auth/login.spec.tsx",
        "spec/models/user_spec.rb",
        "src/test/java/app/LoginTest.java",
        "src/login-test.js",
        "tests/a b/test_$(x).py",
    ],
)
def test_changed_test_is_its_own_path(path: str) -> None:
    assert paths([path], path, "tests/auth") == (path,)


def test_deleted_test_is_not_run() -> None:
    assert paths(["tests/auth/test_login.py"], "tests/auth") == ()


@pytest.mark.parametrize("name", ["conftest.py", "users.json", "__init__.py"])
def test_changed_file_among_tests_gives_its_folder(name: str) -> None:
    assert paths([f"tests/auth/{name}"], "tests/auth", "tests") == ("tests/auth",)


def test_map_comes_before_the_folders_and_is_taken_at_its_word() -> None:
    mapping = [
        ("src/auth/**", ("checks/auth", "checks/login.py::test_it")),
        ("**/login.py", ("checks/auth", "checks/ui")),
        ("docs/**", ("checks/docs",)),
    ]
    exists = {"tests/auth", "tests/pay"}.__contains__
    expected = ("checks/auth", "checks/login.py::test_it", "checks/ui", "tests/pay")
    assert paths_for(["src/auth/login.py", "src/pay/card.py"], mapping, exists) == expected
