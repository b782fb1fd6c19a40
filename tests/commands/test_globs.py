from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from git_hotfix.commands.globs import matches


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("src/auth/**", "src/auth/login.py"),
        ("src/auth/**", "src/auth/deep/er/login.py"),
        ("**/auth/*.py", "auth/login.py"),
        ("**/auth/*.py", "a/b/auth/login.py"),
        ("src/**/login.py", "src/login.py"),
        ("src/**/login.py", "src/a/b/login.py"),
        ("**", "a/b"),
        ("**", "a"),
        ("*.lock", "poetry.lock"),
        ("*.lock", "deep/er/poetry.lock"),
        ("Makefile", "sub/Makefile"),
        ("/Makefile", "Makefile"),
        ("./src/*.py", "src/a.py"),
        ("vendor/", "vendor/a/b.c"),
        ("vendor/", "lib/vendor/b.c"),
        ("lib/vendor/", "lib/vendor/b.c"),
        ("src/?.py", "src/a.py"),
        ("src/[ab].py", "src/b.py"),
        ("src/[!ab].py", "src/c.py"),
        ("src/*", "src/.env"),
        ("긴급/**", "긴급/로그인.py"),
        ("a [[]1].txt", "x/a [1].txt"),
        ("src/*", "src/two\nlines"),
    ],
)
def test_pattern_that_means_the_path_matches(pattern: str, path: str) -> None:
    assert matches(pattern, path)


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("src/auth/**", "src/auth"),
        ("src/auth/**", "lib/src/auth/login.py"),
        ("src/auth/**", "src/authentic/login.py"),
        ("src/*", "src/a/b.py"),
        ("src/*.py", "src/a.pyc"),
        ("*.lock", "poetry.lock/file"),
        ("/Makefile", "sub/Makefile"),
        ("vendor/", "vendor"),
        ("lib/vendor/", "x/lib/vendor/b.c"),
        ("src/?.py", "src/ab.py"),
        ("a?b", "a/b"),
        ("src/[ab].py", "src/c.py"),
        ("*.LOCK", "poetry.lock"),
        ("src.auth/**", "src-auth/a"),
    ],
)
def test_pattern_that_means_another_path_does_not_match(pattern: str, path: str) -> None:
    assert not matches(pattern, path)


_NAME = st.text("ab.-", min_size=1, max_size=3)
_PATH = st.lists(_NAME, min_size=1, max_size=5).map("/".join)


@given(_PATH)
def test_any_path_matches_itself_and_its_folders(path: str) -> None:
    folder = path.rpartition("/")[0]
    assert matches(f"/{path}", path)
    assert matches("**", path)
    assert not folder or matches(f"/{folder}/", path)
    assert matches("/".join("*" for _ in path.split("/")), path)


def test_many_stars_are_matched_without_backtracking() -> None:
    assert not matches("**/" * 40 + "x", "a/" * 200 + "y")
    assert not matches("*a" * 30 + "b", "a" * 2000)
