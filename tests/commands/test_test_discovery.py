from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from git_hotfix.commands.test_discovery import is_test, mapping_for, paths_for, propose

if TYPE_CHECKING:
    from pathlib import Path

TEST = "tests/auth/test_login.py"


def proposed(top: Path, files: dict[str, str], *, has_paths: bool = True) -> tuple[str, ...]:
    """Return what is proposed in a working tree with these files."""
    for name, text in files.items():
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_bytes(text.encode("utf-8", "surrogateescape"))
    return propose(top, tuple(files), has_paths=has_paths)


@pytest.mark.parametrize("target", ["test-critical", "test"])
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Makefile", "{}:\n\tpytest\n"),
        ("Makefile", "all: x\n\n{} : deps\n"),
        ("makefile", ".PHONY: {}\nfirst {} other:\n"),
        ("GNUmakefile", "{}:: deps\n"),
        ("Makefile", "{}: ; pytest\n"),
    ],
)
def test_makefile_with_the_target_is_proposed(tmp_path: Path, name: str, text: str, target: str) -> None:
    assert proposed(tmp_path, {name: text.replace("{}", target)}) == (f"make {target}",)


@pytest.mark.parametrize("target", ["test-critical", "test"])
@pytest.mark.parametrize(
    "text",
    [
        ".PHONY: {}\n",
        "all: {}\n",
        "\t{}: x\n",
        "{} := x\n",
        "{} ::= x\n",
        "{} :::= x\n",
        "{} = a:b\n",
        "{}-more:\n",
        "# {}:\n",
        "run-{}:\n",
    ],
)
def test_makefile_without_the_target_is_not_proposed(tmp_path: Path, text: str, target: str) -> None:
    assert proposed(tmp_path, {"Makefile": text.replace("{}", target)}) == ()


def test_makefile_that_make_does_not_read_is_not_proposed(tmp_path: Path) -> None:
    assert proposed(tmp_path, {"GNUmakefile": "all:\n", "Makefile": "test-critical:\ntest:\n"}) == ()


@pytest.mark.parametrize(
    ("lock", "critical", "plain"),
    [
        ("package-lock.json", "npm run test:critical", "npm test"),
        ("pnpm-lock.yaml", "pnpm run test:critical", "pnpm test"),
        ("yarn.lock", "yarn run test:critical", "yarn test"),
        ("bun.lock", "bun run test:critical", "bun run test"),
        ("bun.lockb", "bun run test:critical", "bun run test"),
    ],
)
def test_package_scripts_are_proposed_with_the_runner_of_its_lock_file(
    tmp_path: Path, lock: str, critical: str, plain: str
) -> None:
    package = '{"scripts": {"test": "jest", "test:critical": "jest -t critical"}}'
    assert proposed(tmp_path, {"package.json": package, lock: ""}) == (critical, plain)


@pytest.mark.parametrize(
    "text",
    [
        r'{"scripts": {"test": "echo \"Error: no test specified\" && exit 1"}}',
        '{"scripts": {"test": 1}}',
        *("{", "[]", '{"scripts": 1}', "{}", "\udcff"),
    ],
)
def test_package_without_a_script_is_not_proposed(tmp_path: Path, text: str) -> None:
    assert proposed(tmp_path, {"package.json": text}) == ()


PYTEST_USED = [
    ("pytest.ini", "[pytest]\n"),
    ("pyproject.toml", "[project]\n[tool.pytest.ini_options]\n"),
    ("pyproject.toml", "[tool.pytest]\n"),
    ("pyproject.toml", '[project.optional-dependencies]\ntest = ["pytest>=8", "ruff"]\n'),
    ("setup.cfg", "[tool:pytest]\n"),
    ("conftest.py", ""),
    ("tests/conftest.py", ""),
]


@pytest.mark.parametrize(("name", "text"), PYTEST_USED)
def test_pytest_is_proposed_where_it_is_used(tmp_path: Path, name: str, text: str) -> None:
    assert proposed(tmp_path, {name: text}) == ("pytest {paths}",)
    assert propose(tmp_path, (), has_paths=False) == ("pytest",)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pyproject.toml", "[tool.pytester]\n# [tool.pytest]\n"),
        ("pyproject.toml", '[project]\ndependencies = ["pytest-httpx"]\n'),
        ("setup.cfg", "[metadata]\n"),
    ],
)
def test_pytest_is_not_proposed_elsewhere(tmp_path: Path, name: str, text: str) -> None:
    assert proposed(tmp_path, {name: text}) == ()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (TEST, "def test_critical_login(): ...\n"),
        (TEST, "class TestCriticalPaths:\n    def test_login(self): ...\n"),
        (TEST, "@pytest.mark.critical\ndef test_login(): ...\n"),
        ("tests/critical/test_login.py", "def test_login(): ...\n"),
    ],
)
def test_critical_tests_of_pytest_are_proposed_where_there_are_some(tmp_path: Path, name: str, text: str) -> None:
    found = proposed(tmp_path, {"pytest.ini": "", name: text})
    assert found == ('pytest {paths} -k "critical"', "pytest {paths}")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (TEST, "def test_login():  # critical\n    critical = 1\n"),
        ("src/critical.py", "def critical_part(): ...\n"),
        ("pytest.ini", "[pytest]\nmarkers =\n    critical: must pass\n"),
    ],
)
def test_critical_tests_of_pytest_are_not_proposed_elsewhere(tmp_path: Path, name: str, text: str) -> None:
    assert proposed(tmp_path, {"pytest.ini": "", name: text}) == ("pytest {paths}",)


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"tox.ini": "[tox]\nenv_list = py\n"}, "tox"),
        ({"tox.ini": "[testenv]\ndeps = pytest\n"}, "tox"),
        ({"pyproject.toml": "[tool.tox]\n"}, "tox"),
        ({"noxfile.py": "import nox\n"}, "nox"),
        ({"Cargo.toml": "[package]\n"}, "cargo test"),
        ({"go.mod": "module example.com/x\n"}, "go test ./..."),
        ({"build.gradle": "", "gradlew": ""}, "./gradlew test"),
        ({"build.gradle.kts": ""}, "gradle test"),
        ({"pom.xml": ""}, "mvn test"),
        ({"pom.xml": "", "mvnw": ""}, "./mvnw test"),
        ({"auth/test/test_login.py": "from twisted.trial import unittest\n"}, "trial {paths}"),
    ],
)
def test_plain_tests_of_the_project_are_proposed(tmp_path: Path, files: dict[str, str], expected: str) -> None:
    assert proposed(tmp_path, files)[0] == expected


def test_everything_at_once_is_proposed_in_order(tmp_path: Path) -> None:
    files = {
        "Makefile": "test:\ntest-critical:\n",
        "package.json": '{"scripts": {"test": "jest", "test:critical": "jest"}}',
        "pytest.ini": "",
        "tox.ini": "[tox]\n",
        TEST: "def test_critical(): ...\n",
    }
    critical = ("make test-critical", "npm run test:critical", 'pytest -k "critical"')
    assert proposed(tmp_path, files, has_paths=False) == (*critical, "pytest", "tox", "make test", "npm test")


@pytest.mark.parametrize(
    ("changed", "tests", "expected"),
    [
        (["lib/login.py"], ["t/test_login.py"], "lib/**=t"),
        (["packages/auth/login.py"], ["checks/login/test_it.py"], "packages/auth/**=checks/login"),
        (["src/a.py"], ["tests/unit/test_x.py", "tests/unit/test_y.py", "it/test_z.py"], "src/**=tests"),
        (["README.md", "src/pay/card.py"], ["tests/pay/test_a.py", "tests/b/test_b.py"], "src/pay/**=tests/pay"),
        (["login.py"], ["t/test_login.py"], "login.py=t"),
        (["login.py"], ["test_login.py", "src/other.py"], None),
        ([], ["t/test_login.py"], None),
    ],
)
def test_map_that_is_hinted_at_fits_the_folders(changed: list[str], tests: list[str], expected: str | None) -> None:
    assert mapping_for(changed, [*changed, *tests]) == expected


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


@pytest.mark.parametrize(
    ("path", "expected"),
    [("src/test/java/LoginTest.java", True), ("conftest.py", True), ("tests/users.json", True), ("src/auth.py", False)],
)
def test_what_belongs_to_the_tests_is_no_part_of_the_size_of_a_fix(path: str, *, expected: bool) -> None:
    assert is_test(path) is expected
