"""Which command of this repository may be its critical tests, and where the tests of a changed file are."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from msgspec import Struct

from git_hotfix.commands.globs import matches
from git_hotfix.limits import read_file, read_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_TEST_FOLDERS = frozenset({"tests", "test", "spec", "specs", "__tests__"})
_TEST_NAME = re.compile(r"test_.+|.+_(test|spec)\.\w+|.+[.-](test|spec)\.\w+|.+(Test|Tests|Spec)\.\w+")
# A rule line whose targets name it, not ".PHONY: test-critical" and not a variable (":=", "::=", "=").
_RULE = re.compile(r"^(?:[^\s:#=]+[ \t]+)*test-critical(?:[ \t]+[^\s:#=]+)*[ \t]*:(?!:{0,2}=)", re.MULTILINE)
_MAKEFILES = ("GNUmakefile", "makefile", "Makefile")  # make reads the first it finds
_LOCK_FILES = (("pnpm-lock.yaml", "pnpm"), ("yarn.lock", "yarn"), ("bun.lock", "bun"), ("bun.lockb", "bun"))
_PYTEST_SECTIONS = (
    ("pyproject.toml", r"\[tool\.pytest[\].]"),
    ("setup.cfg", r"\[tool:pytest\]"),
    ("tox.ini", r"\[pytest\]"),
)
_PYTEST_FILES = (
    "pytest.ini",
    ".pytest.ini",
    "pytest.toml",
    "conftest.py",
    "tests/conftest.py",
    "test/conftest.py",
)


class Proposal(Struct, frozen=True):
    """A command for the critical tests, and why it is proposed, as a clause."""

    command: str
    why: str


def propose(top: Path) -> tuple[Proposal, ...]:
    """Look in the working tree at ``top`` for critical tests, surest first; files are read, none is run."""
    return (*_from_make(top), *_from_package(top), *_from_pytest(top))


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


def _nearby(path: PurePosixPath) -> Iterator[str]:
    if _TEST_NAME.fullmatch(path.name):
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


def _from_make(top: Path) -> Iterator[Proposal]:
    name = next((name for name in _MAKEFILES if (top / name).is_file()), None)
    if name is not None and _RULE.search(_text(top / name)):
        yield Proposal("make test-critical", f"{name} has the target 'test-critical'")


def _from_package(top: Path) -> Iterator[Proposal]:
    try:
        package = read_json(_text(top / "package.json"))
    except ValueError:
        return
    scripts = package.get("scripts") if isinstance(package, dict) else None
    if isinstance(scripts, dict) and "test:critical" in scripts:
        runner = next((runner for lock, runner in _LOCK_FILES if (top / lock).is_file()), "npm")
        yield Proposal(f"{runner} run test:critical", "package.json has the script 'test:critical'")


def _from_pytest(top: Path) -> Iterator[Proposal]:
    found = next((name for name in _PYTEST_FILES if (top / name).is_file()), None)
    if found is None:
        for name, section in _PYTEST_SECTIONS:
            if re.search(rf"(?m)^\s*{section}", _text(top / name)):
                found = name
                break
    if found is not None:
        yield Proposal('pytest {paths} -k "critical"', f"{found} shows that pytest is used")


def _text(path: Path) -> str:
    """Return a file's text, empty where there is none to read: a proposal is only a guess."""
    try:
        return read_file(path).decode("utf-8", "replace")
    except OSError:
        return ""
