"""A worktree that a killed git was making: made again, unless somebody has put files into it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from git_hotfix.git.checkout import make_worktree
from git_hotfix.git.interrupted import end_interrupted
from git_hotfix.git.program import here
from tests.support.lab import Lab

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.lab import Clone


@pytest.fixture
def alice(tmp_path: Path) -> Clone:
    alice = Lab(tmp_path).alone("alice")
    alice.commit("base", {"a": "0\n", "b/c": "long enough to be cut\n", ".gitattributes": "a eol=crlf\n"})
    alice.git("branch", "fix")
    return alice


def killed(alice: Clone, path: Path) -> Path:
    """Make a worktree and leave it as a git that is killed in its files does: locked, with the note of what it is."""
    git = here().elsewhere(alice.path)
    make_worktree(git, path, alice.rev("fix"), "fix")
    (alice.path / f".git/worktrees/{path.name}/locked").write_text("initializing\n")
    (alice.path / f".git/worktrees/{path.name}/index").unlink()
    (path / "b/c").write_text("long enou")
    note = alice.path / ".git/hotfix/doing.json"
    assert not note.exists()
    note.write_text(json.dumps({"what": "worktree", "tree": str(path), "head": alice.rev("fix")}))
    return note


def test_half_built_worktree_is_removed_and_can_be_made_again(alice: Clone, tmp_path: Path) -> None:
    path, git = tmp_path / "tree", here().elsewhere(alice.path)
    note = killed(alice, path)
    assert end_interrupted(git, alice.path / ".git") is None
    assert not path.exists()
    assert not note.exists()
    assert alice.git("worktree", "list").count("\n") == 0
    make_worktree(git, path, alice.rev("fix"), "fix")
    assert (path / "a").read_bytes() == b"0\r\n"
    assert end_interrupted(git, alice.path / ".git") is None  # nothing was being made
    assert path.exists()


@pytest.mark.parametrize(
    ("name", "content"), [("notes", "mine\n"), ("a", "mine\n"), ("b/c", "long enough, and mine\n")]
)
def test_half_built_worktree_with_a_file_of_somebody_else_stays(
    alice: Clone, tmp_path: Path, name: str, content: str
) -> None:
    path = tmp_path / "tree"
    note = killed(alice, path)
    (path / name).write_text(content)
    assert end_interrupted(here().elsewhere(alice.path), alice.path / ".git") == path
    assert (path / name).read_text() == content
    assert not note.exists()


@pytest.mark.parametrize("is_named", [False, True])
def test_entry_that_git_has_only_begun_is_removed_and_others_stay(
    alice: Clone, tmp_path: Path, *, is_named: bool
) -> None:
    path, git = tmp_path / "tree", here().elsewhere(alice.path)
    make_worktree(git, tmp_path / "other", alice.rev("fix"), "fix")
    begun = alice.path / ".git/worktrees/tree"
    begun.mkdir()
    (begun / "locked").write_text("initializing\n")
    path.mkdir()
    if is_named:
        (begun / "gitdir").write_text(f"{path}/.git\n")
        (path / ".git").touch()
    note = {"what": "worktree", "tree": str(path), "head": alice.rev("fix")}
    (alice.path / ".git/hotfix/doing.json").write_text(json.dumps(note))
    assert end_interrupted(git, alice.path / ".git") is None
    assert [each.name for each in begun.parent.iterdir()] == ["other"]
    assert not path.exists()
