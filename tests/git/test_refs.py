"""Refs and HEAD read from files and by libgit2 are what git itself says."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from git_hotfix.git.program import GitFailed, here
from git_hotfix.git.refs import all_refs, head_here, listed_refs
from git_hotfix.git.repository import Repository, open_repository
from git_hotfix.hotfix import NULL_OID
from tests.support.lab import Lab

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.lab import Clone


@pytest.fixture
def alice(tmp_path: Path) -> Clone:
    alice = Lab(tmp_path).alone("alice")
    alice.commit("one")
    alice.commit("two")
    return alice


def opened(path: Path) -> Repository:
    return open_repository(here().elsewhere(path))


def assert_refs_as_git(path: Path) -> None:
    repository = opened(path)
    assert dict(all_refs(repository)) == dict(listed_refs(repository.git))


def test_refs_of_every_kind_are_as_git_lists_them(alice: Clone) -> None:
    alice.git("tag", "-a", "v1", "-m", "v1")
    alice.git("tag", "light")
    alice.git("branch", "a/b")
    alice.git("symbolic-ref", "refs/heads/link", "refs/heads/main")
    alice.git("symbolic-ref", "refs/heads/linked-twice", "refs/heads/link")
    alice.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/gone")
    alice.git("update-ref", "refs/hotfix/keep/긴급", "HEAD")
    alice.git("pack-refs", "--all")
    alice.git("branch", "a/loose")
    alice.git("update-ref", "refs/heads/a/b", "HEAD~")  # packed, and newer as a file
    alice.git("tag", "-d", "light")
    assert_refs_as_git(alice.path)


def test_refs_of_a_linked_tree_are_its_own_and_those_of_all(alice: Clone, tmp_path: Path) -> None:
    alice.git("worktree", "add", "-q", "-b", "other", str(tmp_path / "other"))
    alice.git("update-ref", "refs/bisect/bad", "HEAD")
    alice.git("update-ref", "refs/worktree/mine", "HEAD")
    for ref in ("refs/bisect/good", "refs/worktree/other", "refs/rewritten/x"):
        alice.git("-C", str(tmp_path / "other"), "update-ref", ref, "HEAD~")
    assert_refs_as_git(alice.path)
    assert_refs_as_git(tmp_path / "other")


def test_broken_refs_are_left_out_as_git_does(alice: Clone) -> None:
    heads = alice.path / ".git/refs/heads"
    tip = f"{alice.rev('main')}\n"
    alice.git("branch", "cut")
    alice.git("branch", "emptied")
    alice.git("branch", "nulls")
    alice.git("pack-refs", "--all")  # as after a power cut: the file is broken, an older value is packed
    wrong = {
        "cut": tip[:20],
        "emptied": "",
        "nulls": "\0" * 41,
        "garbage": "garbage\n",
        "zero": f"{NULL_OID}\n",
        "two..dots": tip,
        "being-written.lock": tip,
        "no-object": "1" * 40 + "\n",
        "no-newline": tip.strip(),
        "with words": f"{tip.strip()} words\n",
        "words-after": f"{tip.strip()} words\n",
        "upper": tip.upper(),
        "link": "ref: refs/heads/cut\n",
        "loop": "ref: refs/heads/loop\n",
    }
    for name, content in wrong.items():
        (heads / name).write_text(content)
    (heads / "empty-folder").mkdir()
    assert_refs_as_git(alice.path)


def test_broken_list_of_packed_refs_is_told_in_git_s_words(alice: Clone) -> None:
    alice.git("pack-refs", "--all")
    (alice.path / ".git/packed-refs").write_text("garbage\n")
    repository = opened(alice.path)
    with pytest.raises(GitFailed, match="packed-refs"):
        all_refs(repository)


def test_random_lives_of_refs_are_seen_fresh_by_one_handle(alice: Clone) -> None:
    chance = random.Random(11)  # noqa: S311  # repeatable, not secret
    names = [f"refs/{kind}/{name}" for kind in ("heads", "tags", "hotfix/keep") for name in ("a", "b", "c/d", "c/e")]
    repository = opened(alice.path)
    for _ in range(60):
        match chance.randrange(6):
            case 0:
                alice.git("pack-refs", "--all", *chance.choice(((), ("--no-prune",))))
            case 1:
                alice.git("update-ref", "-d", chance.choice(names))
            case 2:
                alice.git("symbolic-ref", f"refs/heads/link{chance.randrange(2)}", chance.choice(names))
            case _:
                alice.git("update-ref", chance.choice(names), chance.choice(("main", "main~")))
        assert dict(all_refs(repository)) == dict(listed_refs(repository.git))


def test_head_is_the_branch_or_the_commit_checked_out(alice: Clone) -> None:
    tip = alice.rev("main")
    found = []
    for arguments in (("main",), ("--detach", "main~"), ("-b", "a/긴급"), ("--orphan", "new")):
        alice.git("checkout", "-q", *arguments)
        head = head_here(opened(alice.path))
        found.append((head.branch, head.commit))
    assert found == [("main", tip), (None, alice.rev("main~")), ("a/긴급", alice.rev("main~")), ("new", None)]


def test_head_through_a_symbolic_branch_is_what_git_says(alice: Clone) -> None:
    alice.git("symbolic-ref", "refs/heads/link", "refs/heads/main")
    alice.git("symbolic-ref", "HEAD", "refs/heads/link")
    head = head_here(opened(alice.path))
    assert (f"refs/heads/{head.branch}", head.commit) == (alice.git("symbolic-ref", "HEAD"), alice.rev("HEAD"))


def test_head_of_an_exported_git_dir_is_read_there(
    alice: Clone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_DIR", str(alice.path / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(alice.path))
    repository = open_repository(here())
    assert (repository.top, head_here(repository).branch) == (alice.path, "main")
    assert dict(all_refs(repository)) == dict(listed_refs(repository.git))
