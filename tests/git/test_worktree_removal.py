"""A worktree with submodules is removed when nothing is lost with it, and stays otherwise."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from git_hotfix.git.interrupted import end_interrupted
from git_hotfix.git.program import here
from git_hotfix.git.worktree_removal import remove_worktree
from tests.support.lab import Clone, Lab, introduce, run_git

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def linked(tmp_path: Path) -> Clone:
    """Return a linked worktree of alice's with a submodule that a server has."""
    alice = Lab(tmp_path).alone("alice")
    run_git(tmp_path, "init", "-q", "--bare", "lib.git")
    first = Lab.at(tmp_path).clone("first", url=str(tmp_path / "lib.git"))
    first.commit("ONE = 1")
    first.git("push", "-q", "origin", "HEAD")
    alice.git("submodule", "--quiet", "add", str(tmp_path / "lib.git"), "lib")
    alice.commit("Use the library")
    alice.git("worktree", "add", "-q", "--detach", str(tmp_path / "linked"))
    linked = Clone(tmp_path / "linked")
    linked.git("submodule", "--quiet", "update", "--init")
    introduce(Clone(linked.path / "lib"), "alice")
    return linked


def removed(linked: Clone) -> str | None:
    return remove_worktree(here().elsewhere(linked.path.parent / "alice"), linked.path)


def test_worktree_with_submodules_goes_when_all_is_elsewhere_too(linked: Clone) -> None:
    assert removed(linked) is None
    assert not linked.path.exists()


def test_worktree_stays_with_what_is_only_in_its_submodule(linked: Clone) -> None:
    library = Clone(linked.path / "lib")
    library.write("new.py", "x")
    assert removed(linked) == "it has changes ('lib')."
    library.git("switch", "-q", "-c", "mine")
    library.git("add", "new.py")
    library.commit("Only here")
    library.git("switch", "-q", "--detach", "HEAD^")
    assert removed(linked) == "commits in the submodule 'lib' are on none of its remotes."
    assert library.rev("mine")


@pytest.mark.parametrize("file", [".git", ".gitmodules"])
def test_worktree_that_a_killed_git_has_half_removed_goes_at_last(linked: Clone, file: str) -> None:
    alice = Clone(linked.path.parent / "alice")
    git = here().elsewhere(alice.path)
    (linked.path / file).unlink()
    alice.write(".git/hotfix/doing.json", json.dumps({"what": "removal", "tree": str(linked.path)}))
    end_interrupted(git, alice.path / ".git")
    assert not linked.path.exists()
    assert alice.git("worktree", "list", "--porcelain").count("worktree ") == 1
    end_interrupted(git, alice.path / ".git")  # nothing more to end


def test_worktree_stays_with_commits_on_no_branch_and_in_the_middle_of_a_rebase(tmp_path: Path) -> None:
    alice = Lab(tmp_path).alone("alice")
    alice.commit("One", {"a.txt": "a\n"})
    alice.git("worktree", "add", "-q", "--detach", str(tmp_path / "linked"))
    linked = Clone(tmp_path / "linked")
    own = linked.commit("Only here", {"b.txt": "b\n"})
    assert removed(linked) == "its HEAD has commits that are on no branch."
    linked.git("branch", "mine")
    (alice.path / ".git/worktrees/linked/rebase-merge").mkdir()
    assert removed(linked) == "a rebase is unfinished there."
    (alice.path / ".git/worktrees/linked/rebase-merge").rmdir()
    assert removed(linked) is None
    assert alice.rev("mine") == own
