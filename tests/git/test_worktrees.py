"""Working trees read from git's files are those that ``git worktree list`` names."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from git_hotfix.git.checkout import in_progress
from git_hotfix.git.program import Git, GitFailed, here
from git_hotfix.git.repository import Repository, open_repository
from git_hotfix.git.worktrees import Worktree, git_dir_of, listed_worktrees, worktrees
from tests.support.lab import Lab, run_git

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.support.lab import Clone


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return Lab(tmp_path)


@pytest.fixture
def alice(lab: Lab) -> Clone:
    alice = lab.alone("alice")
    alice.commit("one", {"a": "1\n"})
    alice.commit("two", {"a": "2\n"})
    return alice


class Counted:
    """Git in a folder, and what was asked of it."""

    def __init__(self, path: Path) -> None:
        self.asked: list[str] = []
        environment = {name: value for name, value in os.environ.items() if name != "PWD"}  # git names a link by it
        self.git = Git(path, environment, self._note)

    def _note(self, arguments: Sequence[str]) -> None:
        self.asked.append(" ".join(arguments))

    def opened(self) -> Repository:
        return open_repository(self.git)


def assert_trees_as_git(*paths: Path, processes: int = 0) -> None:
    """Compare seen from each path; ``processes`` is how many ``git worktree list`` it takes."""
    for path in paths:
        counted = Counted(path)
        repository = counted.opened()
        found = worktrees(repository)
        assert sum(line.startswith("worktree list") for line in counted.asked) == processes, path
        assert found == listed_worktrees(repository.git)


def test_linked_trees_of_every_kind_are_as_git_lists_them(alice: Clone, tmp_path: Path) -> None:
    places = {name: tmp_path / name for name in ("z", "a b", "긴급", "gone", "gone but locked", "detached", "unborn")}
    for name, path in places.items():
        alice.git("worktree", "add", "-q", "--detach", str(path))
        if name not in {"detached", "unborn"}:
            alice.git("-C", str(path), "checkout", "-q", "-b", name.replace(" ", "-"))
    alice.git("-C", str(places["unborn"]), "checkout", "-q", "--orphan", "new")
    alice.git("worktree", "lock", str(places["gone but locked"]))
    alice.git("worktree", "lock", str(places["a b"]))
    for name in ("gone", "gone but locked"):
        shutil.rmtree(places[name])
    alice.git("symbolic-ref", "refs/heads/link", "refs/heads/main")
    alice.git("symbolic-ref", "HEAD", "refs/heads/link")
    assert_trees_as_git(alice.path, alice.path / ".git", places["z"], places["긴급"])


def test_folder_with_line_breaks_in_its_name_is_opened(alice: Clone, tmp_path: Path) -> None:
    place, bare = tmp_path / "a\nb\n", tmp_path / "bare\n\n"
    alice.path.rename(place)
    run_git(tmp_path, "clone", "-q", "--bare", str(place), str(bare))
    for folder, git_dir, top in ((place, place / ".git", place), (bare, bare, None)):
        found = Counted(folder).opened()
        assert (found.git_dir, found.common_dir, found.top) == (git_dir, git_dir, top)
        assert found.handle.head.shorthand == "main"


def test_head_of_each_tree_is_seen_afresh(alice: Clone, tmp_path: Path) -> None:
    other = tmp_path / "other"
    alice.git("worktree", "add", "-q", "-b", "other", str(other))
    repository = open_repository(here().elsewhere(alice.path))
    before = worktrees(repository)
    alice.git("checkout", "-q", "--detach", "main~")
    alice.git("-C", str(other), "commit", "-q", "--allow-empty", "-m", "three")
    after = worktrees(repository)
    assert (before != after, after) == (True, listed_worktrees(repository.git))


def test_bare_repository_with_trees_is_as_git_lists_it(lab: Lab, alice: Clone, tmp_path: Path) -> None:
    alice.git("push", "-q", str(lab.remote.path), "main")
    one, other = tmp_path / "one", tmp_path / "other"
    lab.remote.git("worktree", "add", "-q", str(one), "main")
    lab.remote.git("worktree", "add", "-q", "--detach", str(other), "main")
    assert_trees_as_git(lab.remote.path, one, other)
    hidden = tmp_path / "project"  # the layout with the repository in a folder of its own
    hidden.mkdir()
    shutil.copytree(lab.remote.path, hidden / ".git", ignore=shutil.ignore_patterns("worktrees"))
    run_git(hidden, "worktree", "add", "-q", "main")
    assert_trees_as_git(hidden, hidden / "main")


def test_configuration_of_each_tree_is_as_git_reads_it(alice: Clone, tmp_path: Path) -> None:
    other = tmp_path / "other"
    alice.git("worktree", "add", "-q", "-b", "other", str(other))
    alice.git("config", "extensions.worktreeConfig", "true")
    alice.git("config", "--worktree", "core.bare", "false")
    assert_trees_as_git(alice.path, other)
    alice.git("config", "--worktree", "core.bare", "true")
    assert_trees_as_git(alice.path, other)


def test_core_worktree_and_separate_git_dir_are_as_git_lists_them(lab: Lab, alice: Clone, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    alice.git("config", "core.worktree", str(elsewhere))
    assert_trees_as_git(alice.path / ".git")
    run_git(tmp_path, "init", "-q", "--separate-git-dir", str(tmp_path / "kept"), str(tmp_path / "tree"))
    run_git(tmp_path / "tree", "commit", "-q", "--allow-empty", "-m", "one")
    run_git(tmp_path / "tree", "worktree", "add", "-q", "-b", "x", str(tmp_path / "linked"))
    assert_trees_as_git(tmp_path / "tree", tmp_path / "linked")


def test_trees_inside_a_submodule_are_as_git_lists_them(lab: Lab, alice: Clone, tmp_path: Path) -> None:
    bob = lab.alone("bob")
    bob.git("submodule", "--quiet", "add", str(alice.path), "sub")
    bob.commit("with a submodule")
    run_git(bob.path / "sub", "worktree", "add", "-q", "-b", "x", str(bob.path / "sub-linked"))
    assert_trees_as_git(bob.path, bob.path / "sub", bob.path / "sub-linked")


def test_tree_reached_through_a_link_has_its_real_path(alice: Clone, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(alice.path)
    assert_trees_as_git(link)


def test_exported_git_dir_and_work_tree_are_git_s_to_read(
    alice: Clone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice.git("worktree", "add", "-q", "-b", "other", str(tmp_path / "other"))
    monkeypatch.setenv("GIT_DIR", str(alice.path / ".git"))
    assert_trees_as_git(alice.path, processes=1)
    monkeypatch.setenv("GIT_WORK_TREE", str(tmp_path))
    assert_trees_as_git(tmp_path, processes=1)
    monkeypatch.setenv("GIT_DIR", str(alice.path / ".git/worktrees/other"))
    assert_trees_as_git(tmp_path, processes=1)


def test_relative_and_foreign_pointers_are_git_s_to_read(alice: Clone, tmp_path: Path) -> None:
    alice.git("worktree", "add", "-q", "-b", "other", str(tmp_path / "other"))
    entry = alice.path / ".git/worktrees/other"
    (entry / "gitdir").write_text("../../../../other/.git\n")
    assert_trees_as_git(alice.path, processes=1)


@pytest.mark.parametrize("name", ["gitdir", "commondir", "HEAD"])
@pytest.mark.parametrize("content", [None, "", "x", "0" * 40 + "\n", "ref: refs/heads/\n", "..\n"])
def test_half_built_tree_is_listed_or_fails_as_with_git(
    alice: Clone, tmp_path: Path, name: str, content: str | None
) -> None:
    """``git worktree add`` locks the entry, then writes these files: killed in between it leaves such a one."""
    alice.git("worktree", "add", "-q", "--lock", "-b", "other", str(tmp_path / "other"))
    file = alice.path / ".git/worktrees/other" / name
    file.unlink()
    if content is not None:
        file.write_text(content)
    repository = open_repository(here().elsewhere(alice.path))
    outcomes = [outcome(lambda: worktrees(repository)), outcome(lambda: listed_worktrees(repository.git))]
    assert outcomes[0] == outcomes[1]


def outcome(act: Callable[[], tuple[Worktree, ...]]) -> tuple[Worktree, ...] | str:
    try:
        return act()
    except GitFailed as error:
        return str(error)


def test_git_directory_of_a_tree_is_found_without_a_process(lab: Lab, alice: Clone, tmp_path: Path) -> None:
    other = tmp_path / "other"
    alice.git("worktree", "add", "-q", "-b", "other", str(other))
    bob = lab.alone("bob")
    bob.git("submodule", "--quiet", "add", str(alice.path), "sub")
    for path, processes in ((alice.path, 0), (other, 0), (bob.path / "sub", 0), (alice.path / ".git", 1)):
        counted = Counted(path)
        found = git_dir_of(counted.git)
        assert len(counted.asked) == processes
        assert found.resolve() == Path(counted.git.run("rev-parse", "--absolute-git-dir").text)
    (tmp_path / "other/deeper").mkdir()
    counted = Counted(tmp_path / "other/deeper")
    assert git_dir_of(counted.git) == alice.path / ".git/worktrees/other"


def test_what_is_in_progress_is_found_in_the_tree_s_own_directory(alice: Clone, tmp_path: Path) -> None:
    other = tmp_path / "other"
    alice.git("worktree", "add", "-q", "--detach", str(other), "main~")
    run_git(other, "commit", "-q", "--allow-empty", "-m", "aside")
    (other / "a").write_text("3\n")
    run_git(other, "commit", "-q", "-am", "in conflict")
    assert alice.try_git("-C", str(other), "merge", "-q", "main").code == 1
    git = here().elsewhere(other)
    assert in_progress(git) == ("a merge", "git merge --continue")
    assert in_progress(git.elsewhere(alice.path)) is None
