"""``git hotfix backport`` and the branches of this machine: they follow, or stay with everything in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.cli.stages import published
from tests.support.lab import FIXED, LOGIN
from tests.support.processes import run

if TYPE_CHECKING:
    from pathlib import Path


def test_target_branches_of_this_machine_follow_with_their_files(tmp_path: Path) -> None:
    """Release lines that exist only here, in trees of their own: clean they follow, in the way they wait."""
    stage = published(tmp_path)
    alice = stage.alice
    alice.git("branch", "release/only-here", "origin/release/1.1")
    alice.git("worktree", "add", "-q", "-b", "release/clean", str(tmp_path / "clean"), "origin/release/1.1")
    alice.git("worktree", "add", "-q", "-b", "release/dirty", str(tmp_path / "dirty"), "origin/release/1.1")
    # develop is here too, with a commit of alice's own: it is left and said
    alice.git("switch", "-q", "-c", "develop", "origin/develop")
    own = alice.commit("Not pushed yet", {"own.txt": "mine\n"})
    dirty = tmp_path / "dirty" / LOGIN
    dirty.write_text("half an edit\n")

    answer = alice.hotfix("backport", check=4)

    for branch in ("release/only-here", "release/clean"):
        assert alice.rev(f"{branch}^2") == stage.remote.rev("main^2")
    assert "release/only-here" not in stage.remote.git("branch")
    assert FIXED in (tmp_path / "clean" / LOGIN).read_text()
    assert run("git", "status", "--porcelain", directory=tmp_path / "clean").out == ""
    assert alice.rev("release/dirty") == stage.remote.rev("release/1.1^1")
    assert dirty.read_text() == "half an edit\n"
    assert (
        f"error: 'release/dirty' was refused: Your local changes to the following files would be overwritten by "
        f"merge: {LOGIN}\n"
    ) in answer.err
    assert alice.rev("develop") == own
    assert "Local 'develop' not updated: it has commits that 'origin/develop' does not have." in answer.err


def test_local_develop_follows_in_whatever_tree_it_is_checked_out(tmp_path: Path) -> None:
    stage = published(tmp_path)
    alice = stage.alice
    alice.git("worktree", "add", "-q", "-b", "develop", str(tmp_path / "elsewhere"), "origin/develop")
    alice.git("worktree", "add", "-q", "-b", "release/1.1", str(tmp_path / "dirty"), "origin/release/1.1")
    (tmp_path / "elsewhere" / "README.md").write_text("an edit of my own\n")  # not in the way
    (tmp_path / "dirty" / LOGIN).write_text("half an edit\n")  # in the way

    answer = alice.hotfix("backport", check=0)

    assert alice.rev("develop") == stage.remote.rev("develop")
    assert FIXED in (tmp_path / "elsewhere" / LOGIN).read_text()
    assert (tmp_path / "elsewhere" / "README.md").read_text() == "an edit of my own\n"
    assert alice.rev("release/1.1") == stage.remote.rev("release/1.1^1")
    assert (tmp_path / "dirty" / LOGIN).read_text() == "half an edit\n"
    assert (
        "warning: Local 'release/1.1' not updated: Your local changes to the following files would be "
        f"overwritten by merge: {LOGIN}\n"
    ) in answer.err
