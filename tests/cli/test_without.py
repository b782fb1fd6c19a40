"""What a repository may lack, or have too much of: it works, or says in one sentence why not and changes nothing."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.cli.stages import fixed
from tests.support.lab import BUG, FIXED, LOGIN, Bare, Clone, Lab, introduce, run_git, standard_lab
from tests.support.processes import run

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.processes import Run

FINISH = ("finish", "-y", "--skip-tests", "none yet")
NOBODY = {"GIT_CONFIG_GLOBAL": os.devnull}


def said(answer: Run) -> list[tuple[str, str]]:
    return [(each["code"], each["message"]) for each in answer.json()["problems"]]


def refused(clone: Clone, *arguments: str, check: int, env: dict[str, str] | None = None) -> list[tuple[str, str]]:
    """Return the problems of a refused command; nothing may have changed."""
    before = clone.snapshot()
    answer = clone.hotfix("--json", *arguments, check=check, env=env)
    assert clone.snapshot() == before
    return said(answer)


def fix(clone: Clone) -> None:
    clone.commit("Fix", {LOGIN: clone.replace(LOGIN, BUG, FIXED)})


def states(answer: Run) -> dict[str, str]:
    return {each["step"]: each["state"] for each in answer.json()["steps"]}


def test_no_remote_no_develop_no_tests_no_configuration_is_a_whole_hotfix(tmp_path: Path) -> None:
    clone = Lab(tmp_path).alone("alice")
    clone.commit("Begin", {LOGIN: BUG})
    base = clone.rev("main")

    clone.hotfix("start", "auth", "-y", check=0)
    fix(clone)
    branch, tip = clone.git("branch", "--show-current"), clone.rev("HEAD")
    answer = clone.hotfix(*FINISH, "--json", check=0)

    assert clone.git("branch", "--show-current") == "main"
    merge, (tag,) = clone.rev("main^{/^HOTFIX: auth}"), clone.git("tag").split("\n")
    assert clone.git("rev-list", "--parents", "-1", merge) == f"{merge} {base} {tip}"
    assert clone.rev(f"{tag}^{{}}") == merge
    assert clone.read(LOGIN) == FIXED
    assert {name: state for name, state in states(answer).items() if state != "done"} == {"cleanup": "next"}
    assert answer.json()["targets"] == []
    clone.hotfix("cleanup", check=0)
    assert clone.git("branch", "--format=%(refname:short)") == "main"
    assert clone.git("status", "--porcelain", "-uall", "--ignored") == ""
    assert branch not in clone.git("for-each-ref")


def test_master_is_production_where_there_is_no_main(tmp_path: Path) -> None:
    clone = Lab(tmp_path).alone("alice")
    clone.commit("Begin", {LOGIN: BUG})
    clone.git("branch", "-m", "main", "master")

    answer = clone.hotfix("start", "auth", "-y", "--dry-run", check=0)

    assert f"at {clone.rev('master')[:7]} with" in answer.out
    assert "Production is taken to be 'master'" in answer.err
    clone.git("branch", "main")
    assert refused(clone, "start", "auth", "-y", check=2) == [
        ("production-unclear", "Several branches could be production: 'main', 'master'.")
    ]
    human = clone.hotfix("status", check=2)
    assert human.err.endswith("hint:  git config hotfix.branches.production main\n")
    clone.git("config", "hotfix.branches.production", "master")
    answer = clone.hotfix("start", "auth", "-y", "--dry-run", check=0)
    assert "Production is taken" not in answer.err


def test_no_commit_here_or_on_the_server_is_said(tmp_path: Path) -> None:
    lab = Lab(tmp_path)
    here, cloned = lab.alone("alice"), lab.clone("bob")

    nothing = "a hotfix needs something that is in production."
    assert refused(here, "start", "x", "-y", check=1) == [("no-commit", f"There is no commit yet: {nothing}")]
    assert refused(cloned, "start", "x", "-y", check=1) == [("no-commit", f"'origin' has no branch yet: {nothing}")]


def test_unborn_branch_is_no_place_to_come_back_to(tmp_path: Path) -> None:
    scene = standard_lab(tmp_path)
    scene.alice.git("switch", "-q", "--orphan", "nothing-yet")

    scene.alice.hotfix("start", "x", "-y", check=0)
    fix(scene.alice)
    scene.alice.hotfix(*FINISH, check=0)

    assert scene.alice.rev("origin/main^2") == scene.alice.rev("HEAD")


@pytest.mark.parametrize("how", ["--depth=1", "--filter=blob:none"])
def test_cut_clone_works_or_names_what_is_missing(tmp_path: Path, how: str) -> None:
    scene = standard_lab(tmp_path)
    scene.remote.git("config", "uploadpack.allowFilter", "true")
    scene.remote.git("config", "uploadpack.allowAnySHA1InWant", "true")
    run_git(tmp_path, "clone", "-q", how, f"file://{scene.remote.path}", "cut")
    clone = Clone(tmp_path / "cut", scene.remote)
    introduce(clone, "kim")

    clone.hotfix("start", "x", "-y", check=0)
    fix(clone)
    answer = clone.hotfix(*FINISH, "--json", check=0)

    assert scene.remote.rev("main^2^{/^Fix}") == clone.rev("refs/remotes/origin/main^2")
    assert {each["branch"]: each["state"] for each in answer.json()["targets"]} == dict.fromkeys(
        ("develop", "release/1.1", "support/1.0"), "present"
    )
    for branch in ("main", "develop", "release/1.1", "support/1.0"):
        assert FIXED in scene.remote.show(f"{branch}:{LOGIN}")
    docs, fixed_file = scene.remote.git("diff", "--name-only", "main^", "main").split("\n")
    assert (docs.startswith("docs/incidents/HOTFIX-"), fixed_file) == (True, LOGIN)
    assert clone.git("branch", "--show-current") == "main"
    if how == "--depth=1":
        assert (clone.path / ".git/shallow").exists()


def test_bare_repository_asks_for_a_worktree_and_works_in_one(tmp_path: Path) -> None:
    scene = standard_lab(tmp_path)
    bare = Clone(scene.remote.path)
    before = bare.refs()

    answer = bare.hotfix("start", "x", "-y", check=1)

    assert answer.err == (
        "error: This repository is bare: the hotfix needs a working tree.\n"
        "hint:  git hotfix start x -y --worktree DIR\n"
    )
    assert bare.refs() == before
    bare.hotfix("start", "x", "-y", "--worktree", "../tree", check=0)
    tree = Clone(tmp_path / "tree")
    introduce(tree, "kim")
    fix(tree)
    tree.hotfix(*FINISH, check=0)
    assert FIXED in bare.show(f"main:{LOGIN}")
    bare.hotfix("cleanup", check=0)
    assert not tree.path.exists()
    assert not [ref for ref in bare.refs() if "hotfix/" in ref and ref.startswith("refs/heads/")]


def refused_as_unreadable(clone: Clone) -> list[tuple[str, str]]:
    """Return the problems of a start where libgit2 opens nothing; git shows that nothing has changed."""
    introduce(clone, "kim")
    clone.git("commit", "-q", "--allow-empty", "-m", "Begin")
    before = clone.git("for-each-ref"), clone.git("status", "--porcelain")
    answer = clone.hotfix("--json", "start", "x", "-y", check=1)
    assert (clone.git("for-each-ref"), clone.git("status", "--porcelain")) == before
    return said(answer)


def test_format_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    run_git(tmp_path, "init", "-q", "--object-format=sha256", "sha256")
    message = "libgit2 cannot read this repository: objects are named by SHA-256."
    assert refused_as_unreadable(Clone(tmp_path / "sha256")) == [("format-unsupported", message)]


def test_reftable_is_named(tmp_path: Path) -> None:
    clone = Clone(tmp_path / "reftable")
    if Bare(tmp_path).try_git("init", "-q", "--ref-format=reftable", str(clone.path)).code == 0:
        message = "libgit2 cannot read this repository: refs are stored as reftables."
        assert refused_as_unreadable(clone) == [("format-unsupported", message)]
        return
    # git before 2.45 makes none, and refuses itself to open one
    run_git(tmp_path, "init", "-q", str(clone.path))
    clone.git("config", "core.repositoryFormatVersion", "1")
    clone.git("config", "extensions.refStorage", "reftable")
    ((code, message),) = said(clone.hotfix("--json", "status", check=1))
    assert code == "cannot-open"
    assert "refstorage" in message


def test_git_that_is_too_old_is_refused(tmp_path: Path) -> None:
    scene = standard_lab(tmp_path)
    real = shutil.which("git")
    old = tmp_path / "bin/git"
    old.parent.mkdir()
    old.write_text(f'#!/bin/sh\n[ "$1" = version ] && echo git version 2.37.1 && exit\nexec {real} "$@"\n')
    old.chmod(0o755)
    before = scene.alice.snapshot()
    path = {"PATH": f"{old.parent}{os.pathsep}{os.environ['PATH']}"}

    # not through git: it would put its own folder of programs before ours
    answer = run("git-hotfix", "--json", "status", directory=scene.alice.path, env=path)

    assert answer.code == 1
    assert said(answer) == [
        ("git-too-old", "git 2.37 is too old: git-hotfix needs git 2.38 or newer to merge in memory.")
    ]
    assert scene.alice.snapshot() == before


def test_outside_a_repository_is_said(tmp_path: Path) -> None:
    folder = Clone(tmp_path / "plain")
    folder.path.mkdir()

    for arguments in (("start", "x", "-y"), ("status",), ("finish",), ("init",)):
        answer = folder.hotfix(*arguments, "--json", check=1)
        assert said(answer) == [("not-a-repository", f"'{folder.path}' is not in a git repository.")]
    assert list(folder.path.iterdir()) == []
    folder.hotfix("start", "-h", check=0)


def test_detached_head_needs_a_name_where_several_are_open(tmp_path: Path) -> None:
    stage = fixed(tmp_path)
    alice = stage.alice
    alice.git("checkout", "-q", "--detach", "main")
    assert alice.hotfix("status", "--json", check=0).json()["hotfix"] == stage.hotfix
    alice.git("branch", "hotfix/20260101-other", "main")

    assert refused(alice, *FINISH, check=2) == [
        ("ambiguous-hotfix", f"Several hotfixes are open: '20260101-other', '{stage.hotfix}'.")
    ]
    alice.hotfix(*FINISH, "auth", "--no-backport", check=0)
    assert alice.git("symbolic-ref", "-q", "HEAD", ok=False) == ""
    assert stage.remote.rev("main^2") == alice.rev(stage.branch)


def test_nobody_to_commit_as_is_said_once_with_git_s_words(tmp_path: Path) -> None:
    scene = standard_lab(tmp_path)
    for key in ("user.name", "user.email"):
        scene.alice.git("config", "--unset", key)
    scene.alice.git("config", "user.useConfigOnly", "true")
    unknown = "git does not know who the author is: no email was given and auto-detection is disabled."

    assert refused(scene.alice, "start", "x", "-y", check=2, env=NOBODY) == [("no-identity", unknown)]
    scene.alice.hotfix("status", check=0, env=NOBODY)
