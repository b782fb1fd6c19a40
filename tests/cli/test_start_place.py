"""Where a start leaves the user: stash, worktree, the place that is come back to."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from tests.cli.starting import day, problems, push_to_main
from tests.support.lab import BUG, FIXED, LOGIN, standard_lab
from tests.support.terminal import Terminal

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.lab import Scene


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return standard_lab(tmp_path)


def test_file_in_the_way_of_the_checkout_takes_the_start_back(scene: Scene) -> None:
    alice = scene.alice
    alice.git("checkout", "-q", "-b", "old", "main~1")
    push_to_main(scene.bob, {"config.env": "from git\n"})
    alice.write("config.env", "my secrets\n")
    alice.write("VERSION", "staged\n")
    alice.git("add", "VERSION")
    alice.write("README.md", "worked on\n")

    code, said = problems(alice, "x", "-y", "--stash", "--push")

    assert (code, [each[0] for each in said]) == (1, ["checkout-failed"])
    assert "config.env" in said[0][1]


def test_stashed_changes_come_back_with_finish_staged_ones_as_staged(scene: Scene) -> None:
    alice = scene.alice
    alice.git("checkout", "-q", "develop")
    alice.write("README.md", "staged\n")
    alice.write("new.txt", "new and staged\n")
    alice.git("add", "README.md", "new.txt")
    alice.write("VERSION", "worked on\n")
    alice.write("notes.txt", "untracked\n")
    before = alice.git("status", "--porcelain", "-uall")

    started = alice.hotfix("start", "x", "-y", "--stash", check=0)
    assert alice.git("status", "--porcelain", "-uall") == "?? notes.txt"
    assert "Your changes are stashed" in started.err
    assert alice.git("stash", "list", "--format=%gs") == "git hotfix start: put back by finish, cleanup or close"
    alice.commit("Fix", {LOGIN: alice.replace(LOGIN, BUG, FIXED)})
    alice.hotfix("finish", "-y", "--skip-tests", "none here", check=0)

    assert alice.git("branch", "--show-current") == "develop"
    assert alice.git("status", "--porcelain", "-uall") == before
    assert (alice.read("VERSION"), alice.read("README.md")) == ("worked on\n", "staged\n")
    assert alice.git("stash", "list") == ""
    assert alice.rev("develop") == scene.remote.rev("develop")


@pytest.mark.parametrize("conflicts", ["", "with production's newer commit", "with what only develop has"])
def test_changes_come_along_unless_they_conflict_with_production(scene: Scene, *, conflicts: str) -> None:
    alice = scene.alice
    alice.git("checkout", "-q", "develop")
    if "develop" in conflicts:
        alice.commit("Two lines", {"VERSION": f"{alice.read('VERSION')}second\n"})
        alice.write("VERSION", "the fix\nthird\n")
    else:
        alice.write("VERSION", "the fix\n")
    alice.write(LOGIN, alice.read(LOGIN).replace(BUG, FIXED))
    alice.git("add", LOGIN)
    if "newer" in conflicts:
        scene.bob.git("switch", "-q", "main")
        scene.bob.commit("Other", {"VERSION": "another\n"})
        scene.bob.git("push", "-q", "origin", "main")
    before = alice.snapshot(without_tracking=True)

    started = alice.hotfix("start", "x", "-y", "--carry", check=1 if conflicts else 0)

    if conflicts:
        said = f"The uncommitted changes conflict with production ({scene.remote.rev('main')[:7]}), so they cannot come"
        assert f"{said} along. --stash puts them away until the end, --worktree leaves them here;" in started.err
        assert "hint:  git hotfix start x -y --stash" in started.err
        assert alice.snapshot(without_tracking=True) == before
        return
    assert alice.git("branch", "--show-current").startswith("hotfix/")
    assert alice.git("status", "--porcelain") == f" M VERSION\nM  {LOGIN}"
    assert alice.git("stash", "list") == ""
    assert "until the branch is checked out." in started.err
    assert "come back with" not in started.err
    alice.git("commit", "-qam", "Fix")
    alice.hotfix("finish", "-y", "--skip-tests", "none here", "--no-backport", check=0)
    assert (alice.git("branch", "--show-current"), alice.git("status", "--porcelain")) == ("develop", "")


def test_changes_that_conflict_with_what_was_picked_stay_on_the_list(scene: Scene) -> None:
    alice = scene.alice
    alice.git("checkout", "-q", "-b", "other", "origin/main")
    picked = alice.commit("Picked", {"VERSION": "picked\n"})
    alice.git("checkout", "-q", "develop")
    alice.write("VERSION", "the fix\n")

    started = alice.hotfix("start", "x", "-y", "--carry", "--pick", picked, "--json", check=4)

    assert started.json()["problems"][0]["code"] == "stash-not-back"
    assert started.json()["next"] == "git stash apply 'stash@{0}'"
    assert (alice.git("status", "--porcelain"), alice.read("VERSION")) == ("", "picked\n")
    assert len(alice.git("stash", "list").splitlines()) == 1


def test_fix_that_is_committed_on_local_production_is_offered(scene: Scene) -> None:
    alice = scene.alice
    alice.git("checkout", "-q", "main")
    fix = alice.commit("Fix", {LOGIN: alice.replace(LOGIN, BUG, FIXED)})

    with Terminal(alice, "start", "x", "--production", "--cannot-wait", "--severity", "high") as terminal:
        terminal.expect(
            f"'main' here has commits that are not published: '{fix[:7]} Fix'. Are they the fix (pick them)? [y/N]"
        )
        terminal.answer("perhaps")
        terminal.expect("Please answer y or n.")
        terminal.answer("y")
        assert terminal.finish() == 0

    assert alice.git("log", "--format=%s", "-2") == "Fix\nIncident report: x"
    told = alice.hotfix("start", "another", "-y", "--dry-run", check=0).err
    assert f"note: 'main' here has commits that are not published; --pick {fix[:7]} takes them along.\n" in told


def test_detached_place_is_come_back_to(scene: Scene) -> None:
    alice = scene.alice
    alice.git("checkout", "-q", "--detach", "main~1")
    place = alice.rev("HEAD")

    alice.hotfix("start", "x", "-y", check=0)
    alice.hotfix("close", "--as", "cancelled", "--reason", "a mistake", check=0)

    assert alice.git("symbolic-ref", "-q", "HEAD", ok=False) == ""
    assert alice.rev("HEAD") == place


def test_worktree_gets_what_git_does_not_bring(scene: Scene) -> None:
    alice = scene.alice
    toml = (
        "[worktree]\ncopy = ['.env', 'absent.txt']\nlink = ['node_modules']\n"
        "setup = 'python3 -c \"import os; print(sorted(os.listdir()))\"'\n"
    )
    push_to_main(scene.bob, {".hotfix.toml": toml, ".gitignore": ".env\nnode_modules\n"})
    alice.write(".env", "SECRET=1\n")
    alice.write("node_modules/a.js", "a\n")
    alice.write("VERSION", "worked on\n")
    before = alice.snapshot(without_tracking=True)

    answer = alice.hotfix("start", "x", "-y", "--worktree", "../with spaces", check=0)

    tree = scene.lab.root / "with spaces"
    assert (tree / ".env").read_text() == "SECRET=1\n"
    assert (tree / "node_modules").readlink() == alice.path / "node_modules"
    assert '$ python3 -c "import os; print(sorted(os.listdir()))"' in answer.err
    assert "'.env'" in answer.err.rpartition("[")[2]
    assert "absent.txt" in answer.err
    after = alice.snapshot(without_tracking=True)
    made = {f"ref refs/heads/hotfix/{day()}-x", "worktree with-spaces HEAD", "worktree with-spaces gitdir"}
    assert {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)} == made
    alice.git("-C", str(tree), "diff", "--exit-code", "--stat", f"hotfix/{day()}-x")


def test_worktree_stands_beside_this_one_unless_told(scene: Scene) -> None:
    scene.alice.hotfix("start", "x", "-y", "--worktree", check=0)

    tree = scene.lab.root / f"alice-{day()}-x"
    assert scene.alice.git("-C", str(tree), "branch", "--show-current") == f"hotfix/{day()}-x"
    assert scene.alice.git("branch", "--show-current") == "main"


def test_worktree_that_cannot_be_made_takes_the_start_back(scene: Scene) -> None:
    (scene.lab.root / "taken").mkdir()
    (scene.lab.root / "taken/file").write_text("mine")

    code, said = problems(scene.alice, "x", "-y", "--worktree", "../taken")

    assert (code, [each[0] for each in said]) == (1, ["worktree-failed"])
    assert "already exists" in said[0][1]


def test_failing_post_checkout_hook_is_told_and_takes_nothing_back(scene: Scene) -> None:
    alice = scene.alice
    hook = alice.write(".git/hooks/post-checkout", "#!/bin/sh\necho no database >&2\nexit 1\n")
    hook.chmod(0o755)
    answer = alice.hotfix("start", "x", "-y", check=0)
    assert f"Switched to 'hotfix/{day()}-x'. A hook failed there: no database\n" in answer.err
    assert alice.git("branch", "--show-current") == f"hotfix/{day()}-x"


def test_stash_made_again_within_one_second_is_not_dropped(scene: Scene) -> None:
    # a start that was killed between making the stash and keeping it: its successor makes the very same commit
    alice = scene.alice
    changed = alice.replace(LOGIN, "    return True\n", "    return False\n")
    alice.write(LOGIN, changed)
    moment = {"GIT_AUTHOR_DATE": "@1790000000 +0000", "GIT_COMMITTER_DATE": "@1790000000 +0000"}
    stash = alice.git("stash", "create", "git hotfix start", env=moment).strip()
    hotfix = f"{day()}-x"
    place = {"tree": str(alice.path), "branch": "main", "commit": None, "stash": stash}
    alice.write(
        f".git/hotfix/{hotfix}.json", json.dumps({"schema": 1, "hotfix": hotfix, "place": place, "starting": True})
    )
    alice.hotfix("start", "x", "-y", "--stash", env=moment, check=0)
    assert alice.git("stash", "list", "--format=%H").split() == [stash]
    assert alice.git("status", "--porcelain") == ""
    alice.hotfix("close", "--as", "cancelled", "--reason", "r", check=0)
    assert alice.read(LOGIN) == changed


def test_file_that_is_newer_but_the_same_is_no_change_to_stash(scene: Scene) -> None:
    alice = scene.alice
    alice.git("config", "hotfix.branches.production", "main")
    alice.write("notes.txt", "untracked\n")
    os.utime(alice.path / "README.md", (1_000_000_000, 1_000_000_000))
    alice.hotfix("start", "x", "-y", "--stash", check=0)
    assert alice.git("stash", "list") == ""
