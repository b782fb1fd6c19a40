"""Where the fix is, and was: shown by what git has, not by what a report says, and deleted only when that is proven."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cli.stages import Stage, finished, fixed, played_once
from tests.says.scenes import (
    harmless,
    hints,
    next_line,
    problems_of,
    state_of,
    status_of,
    step,
    targets_of,
    type_in,
)
from tests.support.hooks import accept_everything, refuse_ref
from tests.support.lab import FIXED, LOGIN, Clone

if TYPE_CHECKING:
    from pathlib import Path


def open_branches(clone: Clone) -> str:
    """Return the hotfix branches of a clone and of its server."""
    assert clone.server is not None
    return "\n".join(repository.git("branch", "--list", "hotfix/*") for repository in (clone, clone.server)).strip()


def test_branch_that_only_a_colleague_has_is_not_called_deleted(tmp_path: Path) -> None:
    stage = finished(tmp_path)
    stage.alice.git("push", "-q", "origin", f":{stage.branch}")
    assert open_branches(stage.alice)
    _, evidence = step(status_of(stage.bob, "auth"), "cleanup")
    assert "deleted" not in evidence
    assert "not here" in evidence
    assert "not on the server" in evidence


@pytest.mark.parametrize(("clone_of", "options"), [("alice", ()), ("bob", ("--no-tag",))])
def test_fix_that_a_forced_push_removed_from_production_is_neither_closed_nor_deleted(
    tmp_path: Path, clone_of: str, options: tuple[str, ...]
) -> None:
    stage = finished_with(tmp_path, *options) if options else finished(tmp_path)
    stage.bob.git("push", "-q", "-f", "origin", "v1.0.0^{commit}:refs/heads/main")
    clone = stage.alice if clone_of == "alice" else stage.bob

    said = status_of(clone, "auth")
    assert not any("closed without code" in each["evidence"] for each in said["steps"])
    assert not any("not needed" in each["evidence"] for each in said["steps"])
    shown = clone.hotfix("status", "auth", check=0)
    assert "no longer in" in shown.out
    if not options:
        assert stage.tag in shown.out
    assert "cleanup" not in (next_line(shown) or "")
    before = open_branches(stage.alice)
    refused = clone.hotfix("cleanup", "auth", check=8)
    assert "no longer in" in "\n".join(problems_of(refused))
    assert harmless(hints(refused))
    assert open_branches(stage.alice) == before
    assert before


@played_once
def finished_with(root: Path, *options: str) -> Stage:
    """Return a hotfix that alice has finished, its branch on the server too."""
    stage = fixed(root)
    stage.alice.git("push", "-q", "-u", "origin", stage.branch)
    stage.alice.hotfix("finish", "-y", *options, check=0)
    return stage


def test_backport_that_somebody_reverted_is_not_there_and_comes_again_when_it_is_named(tmp_path: Path) -> None:
    stage, branch = finished(tmp_path), "develop"
    bob = stage.bob
    bob.git("fetch", "-q")
    bob.git("switch", "-q", "-C", branch, f"origin/{branch}")
    brought = bob.git("log", "-1", "--first-parent", "--format=%H", "--", LOGIN)
    mainline = ("-m", "1") if len(bob.git("show", "-s", "--format=%P", brought).split()) > 1 else ()
    bob.git("revert", "--no-commit", *mainline, brought, ok=False)  # the report was completed since, and stays
    for path in ("docs", "CHANGELOG.md"):
        bob.git("checkout", "-q", "HEAD", "--", path, ok=False)
    bob.git("revert", "--quit")
    bob.git("commit", "-q", "-m", f"Revert the backport\n\nThis reverts commit {brought}.")
    bob.git("push", "-q", "origin", branch)
    assert FIXED not in stage.on_server(branch, LOGIN)
    by = bob.rev("HEAD")
    alice = stage.alice
    before = open_branches(alice)
    refused = alice.hotfix("cleanup", "auth", check=8)
    said = f"undone by {by[:7]} (Bob: Revert the backport)"
    assert f"'origin/develop' no longer has the fix: {said}." in problems_of(refused)
    assert harmless(hints(refused))
    assert open_branches(alice) == before
    assert targets_of(status_of(alice, "auth"))[branch]["state"] == "reverted"
    left = alice.hotfix("finish", "auth", "-y", check=4)  # what people took back is not brought again unasked
    assert FIXED not in stage.on_server(branch, LOGIN)
    line = next_line(left)
    assert line == f"git hotfix backport {stage.hotfix} --to develop"
    type_in(alice, line, check=0)
    assert FIXED in stage.on_server(branch, LOGIN)
    alice.hotfix("cleanup", "auth", check=0)


def test_picked_branch_is_reported_as_picked_with_its_commit(tmp_path: Path) -> None:
    stage = finished(tmp_path)
    for clone in (stage.alice, stage.bob):
        found = targets_of(status_of(clone, "auth"))["support/1.0"]
        assert (found["state"], found["method"]) == ("present", "pick")
        assert found["commit"] == stage.remote.rev("support/1.0")
        assert "changes nothing" not in found["evidence"]
        assert found["commit"][:7] in found["evidence"]


def merged_by_hand(root: Path) -> Stage:
    """Return a hotfix that a forge has merged in its own words and whose branch is deleted everywhere."""
    stage = fixed(root)
    alice, bob = stage.alice, stage.bob
    alice.git("push", "-q", "origin", stage.branch)
    bob.git("fetch", "-q")
    bob.git("switch", "-q", "main")
    bob.git("merge", "-q", "--no-ff", "-m", "Merge pull request #1 from alice", f"origin/{stage.branch}")
    bob.git("push", "-q", "origin", "main", f":refs/heads/{stage.branch}")
    bob.git("fetch", "-q", "--prune")
    alice.git("switch", "-q", "main")
    alice.git("branch", "-q", "-D", stage.branch)
    alice.git("fetch", "-q", "--prune")
    return stage


def test_hotfix_merged_by_other_hands_and_deleted_everywhere_goes_on(tmp_path: Path) -> None:
    stage = merged_by_hand(tmp_path)
    clone = stage.bob
    shown = clone.hotfix("status", check=0)
    assert stage.hotfix in shown.out
    assert step(status_of(clone, stage.hotfix), "publication")[0] == "done"
    clone.hotfix("cleanup", stage.hotfix, check=8)  # develop lacks it
    line = next_line(shown)
    assert line is not None
    type_in(clone, line, check=0)
    for branch in ("develop", "release/1.1", "support/1.0"):
        assert FIXED in stage.on_server(branch, LOGIN), branch
    clone.hotfix("cleanup", stage.hotfix, check=0)
    clone.hotfix("rollback", "auth", "-y", "--reason", "worse", check=0)
    assert FIXED not in stage.on_server("main", LOGIN)


@pytest.mark.parametrize("how", ["squashed", "rebased", "with others' work"])
def test_fix_that_other_hands_brought_their_way_is_published_to_the_end(tmp_path: Path, how: str) -> None:
    stage = fixed(tmp_path)
    alice, bob, theirs = stage.alice, stage.bob, f"origin/{stage.branch}"
    alice.git("push", "-q", "origin", stage.branch)
    bob.git("fetch", "-q")
    bob.git("switch", "-q", "main")
    work = bob.commit("Something else", {"src/else.py": "ELSE = 1\n"})
    if how == "squashed":
        bob.git("merge", "-q", "--squash", theirs)
        bob.commit("Login takes any password (#1)")
    elif how == "rebased":
        bob.git("cherry-pick", f"{theirs}~2..{theirs}")
    else:
        bob.git("merge", "-q", "--no-ff", "-m", "Take the fix", theirs)
        bob.git("switch", "-q", "-c", "production", "origin/main")
        bob.git("merge", "-q", "--no-ff", "-m", "Release it", "main")
    bob.git("push", "-q", "origin", "HEAD:main")

    alice.hotfix("finish", "-y", check=0)
    alice.hotfix("cleanup", "auth", check=0)
    assert not open_branches(alice)
    assert state_of(status_of(alice, "auth"), "documents") == "done"
    alice.hotfix("rollback", "auth", "-y", check=0)

    assert FIXED not in stage.on_server("main", LOGIN)
    assert stage.remote.git("merge-base", "--is-ancestor", work, "main") == ""
    assert "ELSE" in stage.remote.show("main:src/else.py")


def test_words_in_a_report_prove_no_publication(tmp_path: Path) -> None:
    """The hotfix's first commit in production's history carries its id; anybody can write the id elsewhere."""
    stage = fixed(tmp_path)
    stage.bob_pushes("main", f"Talk of it\n\nHotfix-Id: {stage.hotfix}\n", {"README.md": "# Talk\n"})
    assert state_of(status_of(stage.alice, "auth"), "publication") != "done"
    stage.alice.hotfix("cleanup", "auth", check=8)


def test_branch_that_the_server_keeps_is_told_and_everything_else_is_done(tmp_path: Path) -> None:
    stage = finished(tmp_path)
    alice = stage.alice
    refuse_ref(stage.remote, "refs/heads/hotfix/*", "branches stay here")

    said = alice.hotfix("cleanup", "auth", "--json", check=4).json()

    told = "\n".join(each["message"] for each in said["problems"])
    assert "branches stay here" in told
    assert "proven" not in told
    assert said["outcome"] != "gap"
    assert alice.git("branch", "--list", "hotfix/*") == ""
    assert "hotfix/" in stage.remote.git("branch", "--list", "hotfix/*")
    assert harmless(each["remedy"] for each in said["problems"] if "cleanup" not in each["remedy"])
    accept_everything(stage.remote)
    alice.hotfix("cleanup", "auth", check=0)
    assert not open_branches(alice)
