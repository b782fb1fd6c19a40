from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from git_hotfix.config.keys import Branches, Config, CriticalTests, Scope, Worktree
from git_hotfix.errors import HotfixError, Problem, command
from git_hotfix.git.program import Git
from git_hotfix.git.settings import keep_setting, load_settings, read_git_config

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def top(tmp_path: Path) -> Path:
    subprocess.run(("git", "init", "-q", tmp_path), check=True)
    return tmp_path


def git_in(top: Path, **environment: str) -> Git:
    return Git(top, {**os.environ, **environment})


def test_kept_setting_is_read_again_and_replaces_all(top: Path) -> None:
    git = git_in(top)
    for value in ("a", "b"):
        git.run("config", "--add", "hotfix.worktree.copy", value)
    keep_setting(git, "worktree.copy", ("c", "d"))
    keep_setting(git, "test.command", "-v \"x\"; $(rm) 'y'\nz")
    keep_setting(git, "test.map", ["src/*=tests/a", "src/*=tests/b"])
    keep_setting(git, "scope.exclude", ())
    keep_setting(git, "scope.max_files", "12")
    keep_setting(git, "branches.production", "main")
    keep_setting(git, "branches.production", "live")
    config = read_git_config(git)
    assert config.all("hotfix.worktree.copy") == ("c", "d")
    assert load_settings(config, None).config == replace(
        Config(),
        branches=Branches(production="live"),
        test=CriticalTests(command="-v \"x\"; $(rm) 'y'\nz", map=(("src/*", ("tests/a", "tests/b")),)),
        scope=Scope(max_files=12, exclude=()),
        worktree=Worktree(copy=("c", "d")),
    )


def test_setting_that_would_be_refused_is_not_kept(top: Path) -> None:
    before = (top / ".git/config").read_bytes()
    with pytest.raises(HotfixError, match=r"^'branches.production' in git config must be a name that git accepts"):
        keep_setting(git_in(top), "branches.production", "-x")
    assert (top / ".git/config").read_bytes() == before


def test_locked_git_configuration_is_told_with_the_command(top: Path) -> None:
    (top / ".git/config.lock").touch()
    with pytest.raises(HotfixError) as caught:
        keep_setting(git_in(top), "test.command", "make test")
    assert caught.value.problems == (
        Problem(
            "config-not-written",
            "'hotfix.test.command' could not be kept in git config: "
            "could not lock config file .git/config: File exists.",
            command("git", "config", "--local", "--replace-all", "hotfix.test.command", "make test"),
        ),
    )
