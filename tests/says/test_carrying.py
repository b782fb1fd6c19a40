"""How the fix gets to other branches: the way that is clean, said as it was; and branches that nobody named."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.cli.stages import Stage, fixed
from tests.says.scenes import status_of, targets_of, type_in
from tests.support.lab import BUG, LOGIN, standard_lab

if TYPE_CHECKING:
    from pathlib import Path

ONCE = '    """Return whether the password is right, now and here."""\n    return True\n'
NOW = '    """Return whether the password is right, now and here."""\n    return password == expected\n'


def rebased(root: Path) -> Stage:
    """Return a hotfix of lines that production has changed before, and of which develop has a copy with another id.

    Merging production there alone would change nothing, so a merge would bring only the fix; but it conflicts, because
    for git both sides have changed the lines since they parted. A pick is clean.
    """
    scene = standard_lab(root)
    alice, bob = scene.alice, scene.bob
    changed = bob.commit("Say when", {LOGIN: bob.replace(LOGIN, BUG, ONCE)})
    bob.git("push", "-q", "origin", "main")
    bob.git("switch", "-q", "develop")
    bob.git("cherry-pick", changed)
    bob.git("push", "-q", "origin", "develop")
    for clone in (alice, bob):
        clone.git("config", "hotfix.branches.production", "main")
    alice.git("config", "hotfix.test.command", "true")
    alice.git("config", "hotfix.branches.release", "none/*")
    alice.hotfix("start", "Login takes any password", "--slug", "auth", "-y", check=0)
    alice.commit("Check the password", {LOGIN: alice.replace(LOGIN, ONCE, NOW)})
    hotfix = alice.git("branch", "--show-current").removeprefix("hotfix/")
    return Stage(root, scene.remote, alice, bob, hotfix)


def test_rebased_copies_on_develop_get_a_pick_where_a_merge_would_conflict(tmp_path: Path) -> None:
    stage = rebased(tmp_path)
    planned = stage.alice.hotfix("finish", "-y", "--dry-run", "--json", check=0)
    before = targets_of(planned.json())["develop"]
    assert (before["state"], before["method"]) == ("pending", "pick")

    said = stage.alice.hotfix("finish", "-y", "--json", check=0)

    assert targets_of(said.json())["develop"]["state"] == "present"
    assert "origin/develop: picked" in said.err
    assert NOW in stage.on_server("develop", LOGIN)
    told = stage.remote.git("log", "-5", "--format=%B", "develop")
    assert f"(cherry picked from commit {stage.alice.rev(stage.branch)})" in told


def with_branches(root: Path) -> Stage:
    """Return a hotfix in a team with branches that are no target: "bugfix" and "next" go on from production."""
    stage = fixed(root)
    bob = stage.bob
    for name in ("bugfix", "next"):
        bob.git("switch", "-q", "-c", name, "origin/main")
        bob.commit(f"Work on {name}", {f"src/{name}.py": "WORK = True\n"})
        bob.git("push", "-q", "origin", name)
    bob.git("switch", "-q", "-c", "feature/old", "v1.0.0~1")
    bob.commit("Work of long ago", {"src/old.py": "OLD = True\n"})
    bob.git("push", "-q", "origin", "feature/old")
    stage.alice.git("fetch", "-q")  # nothing is fetched for a hint
    return stage


def test_active_branches_that_nobody_named_are_mentioned_once_with_the_line_that_names_them(tmp_path: Path) -> None:
    stage = with_branches(tmp_path)
    alice = stage.alice
    said = alice.hotfix("finish", "-y", "--no-backport")
    (told,) = [line for line in (said.err + said.out).splitlines() if "bugfix" in line]
    assert "'next'" in told
    assert "feature/old" not in told, "it lacks production: nobody builds a release from it"
    again = alice.hotfix("finish", "auth", "-y", check=0)
    assert "bugfix" not in again.err + again.out
    assert set(targets_of(status_of(alice, "auth"))) == {"develop", "release/1.1", "support/1.0"}
    type_in(alice, told.partition("This makes them targets: ")[2], check=0)
    assert set(targets_of(status_of(alice, "auth"))) == {"develop", "release/1.1", "support/1.0", "bugfix", "next"}
