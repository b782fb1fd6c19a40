"""A merge, rebase, cherry-pick, revert, bisect or series of patches of the user's stays as it is, and can be ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.cli.publication_scenes import hints, problems, warnings
from tests.cli.stages import TITLE, fixed
from tests.cli.starting import problems as start_problems
from tests.support.lab import BUG, FIXED, LOGIN, Clone, standard_lab

if TYPE_CHECKING:
    from pathlib import Path

LEFT = {
    "main": ("A merge", "git merge -q --no-ff --no-commit theirs"),
    "develop": ("A rebase", "git rebase -q --exec false HEAD~1"),
    "release/1.1": ("A cherry-pick", "git cherry-pick v1.0.0"),
    "reverted": ("A revert", "git revert --no-edit v1.0.0"),
    "mailed": ("A series of patches (git am)", "git format-patch -1 --stdout v1.0.0 | git am -q"),
    "bisected": ("A bisect", "git bisect start origin/develop v1.0.0"),
    "between": ("A cherry-pick or revert", "git cherry-pick v1.0.0 theirs; git reset -q --hard"),
}
"""By branch: what is left unfinished there, and how it comes to that."""
AGAIN = "git hotfix start Another -y --stash --worktree"
ENDED = {"main": "merge --continue", "develop": "rebase --continue", "release/1.1": "cherry-pick --abort"}


def own(tree: Clone) -> dict[str, str]:
    """Return what the user has in one working tree: HEAD, files, index, and what is unfinished."""
    return {name: said for name, said in tree.snapshot().items() if not name.startswith(("ref ", "server's", "work"))}


def test_what_is_unfinished_in_other_trees_stays_and_can_be_ended(tmp_path: Path) -> None:
    stage = fixed(tmp_path)
    alice = stage.alice
    alice.git("branch", "theirs", alice.git("commit-tree", "-p", "main~1", "-m", "Theirs", "main~1^{tree}"))
    trees = {}
    for branch, (_, script) in LEFT.items():
        tree = Clone(tmp_path / f"tree-{branch.replace('/', '-')}", stage.remote)
        start = f"origin/{branch}" if branch in ENDED else "origin/release/1.1"
        new = () if branch == "main" else ("-b", branch, "--no-track")
        alice.git("worktree", "add", "-q", *new, str(tree.path), branch if branch == "main" else start)
        tree.git("-c", "alias.x=!" + script, "x", ok=False)
        trees[branch] = tree
    before = {branch: own(tree) for branch, tree in trees.items()}
    for branch, tree in trees.items():
        code, told = start_problems(tree, "Another", "-y", "--stash")
        assert code == 1
        assert ("in-progress", f"{LEFT[branch][0]} is unfinished here.", AGAIN) in told

    said = alice.hotfix("finish", "-y", stage.hotfix, check=0)

    assert warnings(said) == [
        f"Local 'main' not updated: a merge is unfinished in '{trees['main'].path}'",
        f"Local 'develop' not updated: it is being rebased in '{trees['develop'].path}'",
        f"Local 'release/1.1' not updated: a cherry-pick is unfinished in '{trees['release/1.1'].path}'",
        f"You are still on '{stage.branch}': 'main' is checked out in '{trees['main'].path}' now.",
    ]
    assert {branch: own(tree) for branch, tree in trees.items()} == before
    for branch, command in ENDED.items():
        trees[branch].git(*command.split(), env={"GIT_EDITOR": "true"})


def test_stash_is_kept_while_the_user_is_in_the_middle_of_something_else(tmp_path: Path) -> None:
    scene = standard_lab(tmp_path)
    alice = scene.alice
    alice.git("config", "hotfix.branches.production", "main")
    alice.write("README.md", "worked on\n")
    alice.hotfix("start", TITLE, "--slug", "auth", "-y", "--stash", check=0)
    hotfix = alice.git("branch", "--show-current").removeprefix("hotfix/")
    alice.commit("Fix", {LOGIN: alice.replace(LOGIN, BUG, FIXED)})
    alice.git("switch", "-q", "main")
    alice.git("rebase", "-q", "--exec", "false", "HEAD~1", ok=False)
    before = own(alice)

    said = alice.hotfix("finish", "-y", "--skip-tests", "none", hotfix, check=4)

    assert problems(said) == [
        f"Your stash is kept, it could not be put back: a rebase is unfinished in '{alice.path}'.",
    ]
    assert own(alice) == before
    alice.git("rebase", "--abort")
    (hint,) = hints(said)
    alice.git(*hint.split()[1:])
    assert alice.read("README.md") == "worked on\n"
