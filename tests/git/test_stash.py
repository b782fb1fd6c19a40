"""The list of stashes is the log of one ref: a git that is killed between the two leaves nobody's stash behind."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from git_hotfix.git.program import Git, here
from git_hotfix.git.stale_locks import remove_stale_locks
from git_hotfix.git.stash import NotBack, clean, drop_stash, fits, is_kept, keep_stash, make_stash, restore_stash
from tests.support.lab import Lab

if TYPE_CHECKING:
    from git_hotfix.hotfix import Oid
    from tests.support.lab import Clone

OLDER = ["On main: third", "On main: second", "On main: first"]


@pytest.fixture
def alice(tmp_path: Path) -> Clone:
    """Alice has three stashes, and changes in one file."""
    alice = Lab(tmp_path).alone("alice")
    alice.commit("base", {"a": "0\n"})
    for name in ("first", "second", "third"):
        alice.write("a", f"{name}\n")
        alice.git("stash", "push", "-q", "-m", name)
    alice.write("a", "now\n")
    return alice


def git_of(clone: Clone) -> Git:
    return here().elsewhere(clone.path)


def listed(clone: Clone) -> list[str]:
    """Return the list of stashes; its ref must be at the newest."""
    entries = clone.git("stash", "list", "--format=%H %gs").split("\n")
    assert entries[0].split(" ")[0] == clone.rev("refs/stash")
    return [re.sub(r"^\w+ ", "", entry) for entry in entries]


def made(clone: Clone) -> Oid:
    stash = make_stash(git_of(clone))
    assert stash is not None
    return stash


def stash_files(clone: Clone) -> tuple[Path, Path]:
    """Return the file of the ref and the file of its log, in which git writes the log first (refs/files-backend.c)."""
    git_dir = clone.path / ".git"
    return git_dir / "refs/stash", git_dir / "logs/refs/stash"


def test_killed_between_log_and_ref_of_a_new_stash_it_is_kept_once(alice: Clone) -> None:
    stash, (ref, _) = made(alice), stash_files(alice)
    before = ref.read_bytes()
    keep_stash(git_of(alice), stash)
    ref.write_bytes(before)
    assert is_kept(git_of(alice), stash)
    assert listed(alice) == ["git hotfix start: put back by finish, cleanup or close", *OLDER]
    drop_stash(git_of(alice), stash)
    assert listed(alice) == OLDER


def test_killed_between_log_and_ref_of_the_first_stash_it_can_be_kept(alice: Clone) -> None:
    alice.git("stash", "clear")
    stash, (ref, _) = made(alice), stash_files(alice)
    keep_stash(git_of(alice), stash)
    ref.unlink()
    assert not is_kept(git_of(alice), stash)
    keep_stash(git_of(alice), stash)
    assert listed(alice) == ["git hotfix start: put back by finish, cleanup or close"]


def test_killed_between_log_and_ref_of_a_dropped_stash_the_others_stay(alice: Clone) -> None:
    stash, (ref, _) = made(alice), stash_files(alice)
    keep_stash(git_of(alice), stash)
    before = ref.read_bytes()
    drop_stash(git_of(alice), stash)
    ref.write_bytes(before)
    assert restore_stash(git_of(alice), stash) is None
    assert listed(alice) == OLDER
    assert alice.read("a") == "now\n"  # as it was: what is not on the list was put back before


def test_killed_between_log_and_ref_of_the_last_dropped_stash_none_is_left(alice: Clone) -> None:
    alice.git("stash", "clear")
    stash, (ref, log) = made(alice), stash_files(alice)
    keep_stash(git_of(alice), stash)
    log.write_bytes(b"")
    assert ref.exists()
    assert restore_stash(git_of(alice), stash) is None
    assert "refs/stash" not in alice.refs()
    assert alice.git("stash", "list") == ""


def test_index_of_a_killed_stash_is_removed_with_its_lock(alice: Clone) -> None:
    git_dir = alice.path / ".git"
    left = [git_dir / name for name in ("index.stash.17", "index.stash.17.lock", "packed-refs.new", "index.lock")]
    for path in left:
        path.touch()
    began = left[0].stat().st_ctime
    (git_dir / "index.mine").touch()
    if not Path("/proc/self/stat").exists():
        pytest.skip("there is no /proc: whether another git is at work cannot be seen")
    assert remove_stale_locks(git_dir, [alice.path], since=began + 60) == ()
    assert set(remove_stale_locks(git_dir, [alice.path], since=began)) == set(left)
    assert (git_dir / "index.mine").exists()


def test_stash_that_git_cannot_put_back_or_take_off_the_list_is_told_and_tried_again(alice: Clone) -> None:
    git, stash = git_of(alice), made(alice)
    keep_stash(git, stash)
    clean(git, stash)
    for lock, told in (
        ("index.lock", "it could not be put back: "),
        ("refs/stash.lock", "it was put back, but not taken off the list: "),
    ):
        path = alice.path / ".git" / lock
        path.touch()
        found = restore_stash(git, stash)
        path.unlink()
        assert found is not None
        assert found.why.startswith(told)
        assert found.entry is None
        assert is_kept(git, stash)
    assert restore_stash(git, stash) is None
    assert listed(alice) == OLDER
    assert alice.read("a") == "now\n"
    assert alice.git("stash", "show", "-p", "stash@{0}") != ""


@pytest.mark.parametrize("staged", [True, False])
def test_stash_that_conflicts_is_not_applied_and_is_named(alice: Clone, *, staged: bool) -> None:
    git = git_of(alice)
    if staged:
        alice.git("add", "a")
    stash = made(alice)
    keep_stash(git, stash)
    clean(git, stash)
    tip = alice.commit("the fix", {"a": "fixed\n"})
    alice.write("a", "later\n")
    alice.git("stash", "push", "-q", "-m", "later")
    found = restore_stash(git, stash)
    assert found == NotBack("it conflicts with what is here now", "stash@{1}")
    assert (alice.rev("HEAD"), alice.git("status", "--porcelain"), alice.read("a")) == (tip, "", "fixed\n")
    assert is_kept(git, stash)


def test_stash_that_conflicts_only_with_what_is_staged_is_not_applied(alice: Clone) -> None:
    git, stash = git_of(alice), made(alice)
    keep_stash(git, stash)
    clean(git, stash)
    alice.write("a", "mine\n")
    alice.git("add", "a")
    found = restore_stash(git, stash)
    assert found is not None
    assert found.entry == "stash@{0}"
    assert (alice.git("status", "--porcelain"), alice.read("a")) == ("M  a", "mine\n")


def test_stash_is_merged_from_the_commit_it_was_made_on_not_from_where_histories_part(alice: Clone) -> None:
    """What only the other branch has is no part of the change: where that is missing, the change conflicts."""
    git, production = git_of(alice), alice.rev("HEAD")
    alice.git("stash", "push", "-q", "-m", "now")
    alice.commit("develop", {"a": "0\nof develop\n", "b": "of develop\n"})
    alice.write("a", "mine\nalso mine\n")
    conflicting = made(alice)
    alice.git("restore", "a")
    alice.write("c", "mine\n")
    alice.git("add", "c")
    fitting = made(alice)
    alice.git("restore", "--staged", "c")
    (alice.path / "c").unlink()
    alice.git("switch", "-q", "--detach", production)
    assert not fits(git, conflicting, "HEAD")
    for stash in (conflicting, fitting):
        keep_stash(git, stash)
    assert restore_stash(git, conflicting) == NotBack("it conflicts with what is here now", "stash@{1}")
    assert alice.git("status", "--porcelain") == ""
    assert restore_stash(git, fitting) is None
    assert alice.git("status", "--porcelain") == "A  c"


def test_stash_whose_merge_ends_otherwise_than_foreseen_leaves_nothing(alice: Clone) -> None:
    """A merge driver is asked twice: in memory, and by git's own apply."""
    git, stash, driver = git_of(alice), made(alice), alice.path.parent / "driver"
    keep_stash(git, stash)
    clean(git, stash)
    alice.commit("other", {"a": "other\n", ".gitattributes": "a merge=twice\n"})
    driver.write_text('#!/bin/sh\n[ ! -e "$0.again" ] || exit 1\n')
    driver.chmod(0o755)
    alice.git("config", "merge.twice.driver", str(driver))
    hook = alice.path / ".git/hooks/post-index-change"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch '{driver}.again'\n")
    hook.chmod(0o755)
    found = restore_stash(git, stash)
    assert found is not None
    assert found.why.startswith("it could not be put back")
    assert is_kept(git, stash)
    assert (alice.git("status", "--porcelain"), alice.read("a")) == ("", "other\n")
