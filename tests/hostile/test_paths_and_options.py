"""Paths that are git's own, revisions that are options, names that are others' too."""

from __future__ import annotations

import json
import os
import re
import shutil
from typing import TYPE_CHECKING

import pytest

from git_hotfix.config.checks import inner_path, is_gits_own
from tests.cli.stages import fixed
from tests.hostile.scenes import assert_no_bug, has_fix, said
from tests.support.lab import standard_lab
from tests.support.processes import run

if TYPE_CHECKING:
    from pathlib import Path

FINISH = ("finish", "-y", "--skip-tests", "no time")

FOLDERS = {
    "zero width": ".g\u200cit",
    "joiner": ".\u200dgit/hooks",
    "short name": "git~1",
    "short name in capitals": "GIT~1/hooks",
    "space": ".git ",
    "dot": ".git.",
    "stream": ".git::$INDEX_ALLOCATION",
    "capitals": ".GIT",
    "below": "docs/.Git/hooks",
    "byte order mark": "\ufeff.git",
    "override": "docs/\u202egit.",
    "newline": "docs\nx",
    "escape": "docs/\x1b[2J",
}


@pytest.mark.parametrize("folder", FOLDERS.values(), ids=FOLDERS)
def test_path_that_is_gits_own_is_no_path_inside(folder: str) -> None:
    with pytest.raises(ValueError, match="must"):
        inner_path(folder)


@pytest.mark.parametrize("part", [".github", ".gitignore", "git", "git~2", ".git-hooks", "x.git", "agit~1", "긴급"])
def test_name_that_only_looks_like_gits_own_is_allowed(part: str) -> None:
    assert not is_gits_own(part)
    assert inner_path(f"docs/{part}") == f"docs/{part}"


@pytest.mark.parametrize(("folder", "place"), [(".g\u200cit", "file"), ("git~1", "git config")])
def test_folder_that_is_gits_own_is_refused(tmp_path: Path, folder: str, place: str) -> None:
    alice = standard_lab(tmp_path).alice
    if place == "file":
        alice.commit("Settings", {".hotfix.toml": f"[incident]\ndirectory = {json.dumps(folder)}\n"})
        alice.git("push", "-q", "origin", "main")
    else:
        alice.git("config", "hotfix.incident.directory", folder)
    before = alice.snapshot(without_tracking=True)

    refused = alice.hotfix("start", "auth", "-y")

    assert refused.code == 2, said(refused)
    assert "incident" in said(refused)
    assert alice.snapshot(without_tracking=True) == before


@pytest.mark.parametrize(
    ("command", "option"), [("pick", "--output={}..main"), ("pick", "main..--output={}"), ("from", "--output={}")]
)
def test_option_in_the_place_of_a_revision_writes_nothing(tmp_path: Path, option: str, command: str) -> None:
    alice = standard_lab(tmp_path).alice
    victims = [tmp_path / name for name in ("victim", "victim..main", "victim..")]
    for victim in victims:
        victim.write_text("mine\n")
    before = alice.snapshot(without_tracking=True)

    refused = alice.hotfix("start", "auth", "-y", f"--{command}={option.format(victims[0])}")

    assert [victim.read_text() for victim in victims] == ["mine\n"] * 3
    assert refused.code == 2, said(refused)
    assert alice.snapshot(without_tracking=True) == before


@pytest.mark.parametrize("target", ["outside", "itself"])
def test_incident_folder_that_is_a_link_is_not_followed(tmp_path: Path, target: str) -> None:
    scene = standard_lab(tmp_path)
    outside = tmp_path / "outside"
    outside.mkdir()
    to = {"outside": str(outside), "inside": "../src", ".git/hooks": "../.git/hooks", "itself": "incidents"}[target]
    bob = scene.bob
    (bob.path / "docs").mkdir()
    (bob.path / "docs/incidents").symlink_to(to)
    bob.git("add", "docs")
    bob.git("commit", "-q", "-m", "A link")
    bob.git("push", "-q", "origin", "main")
    before = scene.alice.snapshot(without_tracking=True)
    hooks = scene.alice.path / ".git/hooks"
    hooks.mkdir(exist_ok=True)
    hooks_before = sorted(each.name for each in hooks.iterdir())

    answer = scene.alice.hotfix("start", "auth", "-y")

    assert_no_bug(answer)
    assert list(outside.iterdir()) == []
    assert sorted(each.name for each in hooks.iterdir()) == hooks_before
    # replacing somebody's link by a folder is no answer either
    assert answer.code in {1, 2}, said(answer)
    assert "docs/incidents" in said(answer)
    assert scene.alice.snapshot(without_tracking=True) == before


@pytest.mark.parametrize("kind", ["submodule", "link above"])
def test_incident_folder_that_is_none_is_refused(tmp_path: Path, kind: str) -> None:
    scene = standard_lab(tmp_path)
    bob = scene.bob
    if kind == "submodule":
        bob.git("update-index", "--add", "--cacheinfo", f"160000,{bob.rev('HEAD')},docs/incidents")
    elif kind == "link above":
        (bob.path / "docs").symlink_to("src")
        bob.git("add", "docs")
    else:
        bob.write("docs" if kind == "file above" else "docs/incidents", "a file\n")
        bob.git("add", "docs")
    bob.git("commit", "-q", "-m", "In the way")
    bob.git("push", "-q", "origin", "main")
    before = scene.alice.snapshot(without_tracking=True)

    answer = scene.alice.hotfix("start", "auth", "-y")

    assert_no_bug(answer)
    assert answer.code in {1, 2}, said(answer)
    assert "docs" in said(answer)
    assert scene.alice.snapshot(without_tracking=True) == before


@pytest.mark.parametrize("tag", ["{id}"])
def test_tags_named_like_ids_and_branches_mean_nothing(tmp_path: Path, tag: str) -> None:
    stage = fixed(tmp_path)
    alice, bob = stage.alice, stage.bob
    name = tag.format(id=stage.hotfix)
    bob.git("tag", "-a", "-m", f"x\n\nHotfix-Id: {stage.hotfix}", name, "origin/support/1.0")
    bob.git("push", "-q", "origin", f"refs/tags/{name}")
    alice.git("fetch", "-q", "--tags")

    alice.hotfix(*FINISH, check=0)

    for branch in ("main", "develop", "support/1.0"):
        assert has_fix(stage.remote, branch)
    alice.hotfix("cleanup", "auth", check=0)
    assert f"refs/heads/{stage.branch}" not in alice.refs()
    assert f"refs/tags/{name}" in stage.remote.refs()


def break_git(folder: Path) -> str:
    """Return a PATH on which git answers one question with nonsense: no version of it does."""
    real = shutil.which("git")
    git = folder / "git"
    odd = r"""case "$*" in *for-each-ref*|*"config --list"*) printf 'x\0y\0z\0a'; exit 0;; esac"""
    git.write_text(f'#!/bin/sh\n{odd}\nexec {real} "$@"\n')
    git.chmod(0o755)
    return os.pathsep.join((str(folder), os.environ["PATH"]))


def test_log_of_a_bug_is_one_private_file_in_the_git_directory_and_is_said(tmp_path: Path) -> None:
    stage = fixed(tmp_path)
    tools, everybody = tmp_path / "tools", tmp_path / "tmp"
    tools.mkdir()
    everybody.mkdir()
    env = {"PATH": break_git(tools), "TMPDIR": str(everybody)}

    answers = [run("git-hotfix", "status", directory=stage.alice.path, env=env) for _ in range(2)]

    assert list(everybody.rglob("*")) == []
    for answer in answers:
        assert answer.code != 0
        if answer.code != 70:  # nonsense that was foreseen is no bug
            continue
        (said_path,) = re.findall(r"'(/[^']+)'", answer.err)
        log = stage.alice.path.parent / said_path
        assert (stage.alice.path / ".git") in log.parents
        assert log.stat().st_mode & 0o077 == 0
    logs = {path for path in (stage.alice.path / ".git/hotfix").rglob("*") if "trace" in path.name}
    assert len(logs) <= 1
