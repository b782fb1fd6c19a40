"""Which command of this repository may be its critical tests, and where the tests of a changed file are."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from git_hotfix.commands.globs import matches
from git_hotfix.limits import read_file, read_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

MOST_TESTS = 2000
"""In more files of tests than these nobody looks for critical ones."""

_TEST_FOLDERS = frozenset({"tests", "test", "spec", "specs", "__tests__"})
_TEST_NAME = r"test_.+|.+_(test|spec)\.\w+|.+[.-](test|spec)\.\w+|.+(Test|Tests|Spec)\.\w+"
_RULE = r"(?m)^(?:[^\s:#=]+[ \t]+)*{}(?:[ \t]+[^\s:#=]+)*[ \t]*:(?!:{{0,2}}=)"
"""A rule line whose targets name it, not ".PHONY: test-critical" and not a variable (":=", "::=", "=")."""
_MAKEFILES = ("GNUmakefile", "makefile", "Makefile")  # make reads the first it finds
_LOCK_FILES = (("pnpm-lock.yaml", "pnpm"), ("yarn.lock", "yarn"), ("bun.lock", "bun"), ("bun.lockb", "bun"))
_CRITICAL = r"(?i)\b(?:def|class)\s+\w*critical|\bmark\.critical\b"
_PYTEST = (
    ("pyproject.toml", r"(?m)^\s*\[tool\.pytest[\].]|^[^#\n]*[\"']pytest[\"'\s<>=~!\[]"),
    ("setup.cfg", r"(?m)^\s*\[tool:pytest\]"),
    ("tox.ini", r"(?m)^\s*\[pytest\]"),
    *((name, "") for name in ("pytest.ini", ".pytest.ini", "pytest.toml", "conftest.py")),
    *((f"{folder}/conftest.py", "") for folder in ("tests", "test")),
)
_OTHERS = (
    ("tox.ini", r"(?m)^\s*\[(?:tox|testenv)\b", "tox"),
    ("pyproject.toml", r"(?m)^\s*\[tool\.tox[\].]", "tox"),
    ("noxfile.py", "", "nox"),
    *((name, _RULE.format("test"), "make test") for name in _MAKEFILES),
    ("Cargo.toml", "", "cargo test"),
    ("go.mod", "", "go test ./..."),
    ("gradlew", "", "./gradlew test"),
    *((f"build.gradle{end}", "", "gradle test") for end in ("", ".kts")),
    ("mvnw", "", "./mvnw test"),
    ("pom.xml", "", "mvn test"),
)
"""Files, what is in them, and the command for the tests that they tell of."""


def propose(top: Path, files: Sequence[str], *, has_paths: bool) -> tuple[str, ...]:
    """Return the commands that may be the critical tests of a working tree with these files, surest first.

    Critical ones come first, then all there are; ``has_paths`` says that the tests of what was changed are known. Files
    are read, none is run.
    """
    paths = " {paths}" * has_paths
    texts = [_text(top / name) for name in _tests_in(files, ".py")[:MOST_TESTS]]
    is_critical = any(re.search(_CRITICAL, text) for text in texts) or any(
        "critical" in name for name in _tests_in(files, ".py")
    )
    pytest = ["pytest"] if any(_has(top, name, pattern) for name, pattern in _PYTEST) else []
    makefile = next((name for name in _MAKEFILES if (top / name).is_file()), "")
    found = ["make test-critical"] if makefile and _has(top, makefile, _RULE.format("test-critical")) else []
    found += _scripts(top, "test:critical")
    found += [f'{each}{paths} -k "critical"' for each in pytest if is_critical]
    found += [f"{each}{paths}" for each in pytest]
    found += [f"trial{paths}"] if any("twisted.trial" in text for text in texts) else []
    found += [
        command
        for name, pattern, command in _OTHERS
        if _has(top, name, pattern) and (name not in _MAKEFILES or name == makefile)
    ]
    return tuple(dict.fromkeys((*found, *_scripts(top, "test"))))


def paths_for(
    changed: Sequence[str],
    mapping: Sequence[tuple[str, tuple[str, ...]]],
    exists: Callable[[str], bool],
) -> tuple[str, ...]:
    """Return the tests of the changed files (``{paths}``), each once, in the files' order; empty: none known.

    For each file: what every matching pattern of ``mapping`` (``test.map``) names, unseen. Else, if it is a
    test, or lies among tests (a fixture), itself or its folder. Else the folders ``tests/<component>`` and
    ``<component>/tests`` that exist, ``component`` being each part of its path, the most specific first:
    ``src/auth/login.py`` → ``tests/auth``, ``src/auth/tests``, ``auth/tests``. ``exists`` is asked about a
    path relative to the top.
    """
    found: dict[str, None] = {}
    for path in changed:
        mapped = [test for pattern, tests in mapping if matches(pattern, path) for test in tests]
        candidates = mapped or [candidate for candidate in _nearby(PurePosixPath(path)) if exists(candidate)]
        found.update(dict.fromkeys(candidates))
    return tuple(found)


def mapping_for(changed: Sequence[str], files: Sequence[str]) -> str | None:
    """Return what ``test.map`` may say (``GLOB=PATH``) of the first changed file in a repository with these files.

    The tests are the folder that shares most of its names with the file, else the one with most tests below.
    """
    tests = Counter(folder for name in _tests_in(files) for folder in PurePosixPath(name).parents if str(folder) != ".")
    if not changed or not tests:
        return None
    ends = {PurePosixPath(name).suffix for name in _tests_in(files)}
    path = PurePosixPath(next((name for name in changed if PurePosixPath(name).suffix in ends), changed[0]))
    parts = {*path.parent.parts, path.stem}
    folder = max(tests, key=lambda each: (len(parts & {*each.parts}), tests[each], -len(each.parts)))
    return f"{path.parent}/**={folder}" if path.parent.parts else f"{path}={folder}"


def is_test(path: str) -> bool:
    """Return whether a file belongs to the tests, by its name or a folder that it is in."""
    own = PurePosixPath(path)
    is_named = own.name == "conftest.py" or re.fullmatch(_TEST_NAME, own.name) is not None
    return is_named or not _TEST_FOLDERS.isdisjoint(own.parent.parts)


def _tests_in(files: Iterable[str], end: str = "") -> list[str]:
    return [name for name in files if name.endswith(end) and re.fullmatch(_TEST_NAME, name.rpartition("/")[2])]


def _nearby(path: PurePosixPath) -> Iterator[str]:
    if re.fullmatch(_TEST_NAME, path.name):
        yield str(path)
        return
    if not _TEST_FOLDERS.isdisjoint(path.parent.parts):
        yield str(path.parent)
    parts = (*path.parent.parts, path.stem)
    for count in range(len(parts), 0, -1):
        component = parts[count - 1]
        for folder in ("tests", "test"):
            yield f"{folder}/{component}"
            yield "/".join((*parts[:count], folder))
            yield f"{component}/{folder}"  # often the same; it is kept once


def _scripts(top: Path, script: str) -> list[str]:
    """Return the command for a script of package.json; the one that npm writes there only says that there is none."""
    try:
        package = read_json(_text(top / "package.json"))
    except ValueError:
        return []
    scripts = package.get("scripts") if isinstance(package, dict) else None
    text = scripts.get(script) if isinstance(scripts, dict) else None
    if not isinstance(text, str) or "no test specified" in text:
        return []
    runner = next((runner for lock, runner in _LOCK_FILES if (top / lock).is_file()), "npm")
    return [f"{runner} test" if script == "test" and runner != "bun" else f"{runner} run {script}"]


def _has(top: Path, name: str, pattern: str) -> bool:
    return (top / name).is_file() and bool(re.search(pattern, _text(top / name)))


def _text(path: Path) -> str:
    """Return a file's text, empty where there is none to read: a proposal is only a guess."""
    try:
        return read_file(path).decode("utf-8", "replace")
    except OSError:
        return ""
