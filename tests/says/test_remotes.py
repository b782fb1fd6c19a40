"""Where a hotfix is published, taken over, and what a server, a submodule or a partial clone does to it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.cli.stages import TITLE, Stage, fixed
from tests.cli.teams import push, team
from tests.says.scenes import hints, next_line, status_of, step, type_in
from tests.support.hooks import _install
from tests.support.lab import BUG, FIXED, LOGIN, Bare, Clone, Lab, Scene, introduce, run_git, standard_lab

if TYPE_CHECKING:
    from pathlib import Path

BRANCHES = ("main", "develop", "release/1.1", "support/1.0")


class Forked:
    """A company's repository, alice's fork of it that is behind, and alice's clone of the fork."""

    def __init__(self, root: Path, *, tracks: bool) -> None:
        scene = standard_lab(root)
        self.company = scene.remote
        self.fork = Bare(root / "fork.git")
        run_git(root, "clone", "-q", "--bare", str(self.company.path), str(self.fork.path))
        scene.bob.commit("Go on in the company", {"VERSION": "1.0.1\n"})
        scene.bob.git("push", "-q", "origin", "main")
        self.alice = Clone(root / "fork-of-alice", self.fork)
        run_git(root, "clone", "-q", str(self.fork.path), str(self.alice.path))
        introduce(self.alice, "alice")
        self.alice.git("remote", "add", "upstream", str(self.company.path))
        self.alice.git("fetch", "-q", "upstream")
        if tracks:
            self.alice.git("branch", "-q", "--set-upstream-to=upstream/main", "main")
        else:
            self.alice.git("branch", "-q", "--unset-upstream", "main")
        self.alice.git("config", "hotfix.test.command", "true")


def test_fork_gets_the_branch_and_the_company_the_fix(tmp_path: Path) -> None:
    scene = Forked(tmp_path, tracks=True)
    before = scene.fork.refs(), scene.company.refs()
    scene.alice.git("config", "remote.pushDefault", "nowhere")
    said = scene.alice.hotfix("start", "Mistyped", "-y", "--push", check=2)
    assert "'nowhere' is no remote" in said.err
    scene.alice.hotfix("close", check=0)
    scene.alice.git("config", "remote.pushDefault", "origin")
    scene.alice.hotfix("start", TITLE, "--slug", "auth", "-y", "--push", check=0)
    branch = scene.alice.git("branch", "--show-current")
    assert scene.company.refs() == before[1]
    assert scene.fork.rev(branch) == scene.alice.rev("HEAD") == scene.alice.rev("@{upstream}")
    assert scene.alice.show("HEAD:VERSION") == "1.0.1\n", "it begins at the company's production"
    scene.alice.commit("Check the password", {LOGIN: scene.alice.replace(LOGIN, BUG, FIXED)})
    assert "only on this machine" in scene.alice.hotfix("status", check=0).out
    scene.alice.git("push", "-q")
    assert "only on this machine" not in scene.alice.hotfix("status", check=0).out
    scene.alice.hotfix("finish", "-y", check=0)
    assert FIXED in scene.company.show(f"main:{LOGIN}")
    assert f"Deleted origin/{branch}." in scene.alice.hotfix("cleanup", check=0).err
    assert scene.fork.refs() == before[0]


def test_remote_that_two_repositories_could_be_is_asked_for_once(tmp_path: Path) -> None:
    scene = Forked(tmp_path, tracks=False)
    before = scene.alice.snapshot(without_tracking=True)
    refused = scene.alice.hotfix("start", TITLE, "--slug", "auth", "-y", check=2)
    assert "upstream" in refused.err
    assert "origin" in refused.err
    assert scene.alice.snapshot(without_tracking=True) == before
    (line,) = hints(refused)
    assert line.startswith("git config ")
    type_in(scene.alice, line, check=0)
    said = scene.alice.hotfix("start", TITLE, "--slug", "auth", "-y", "--dry-run", "--json", check=0)
    assert said.json()["outcome"] == "planned"


@pytest.mark.parametrize("command", [("finish", "-y"), ("note", "It began after the deployment", "--hotfix")])
def test_colleague_takes_a_pushed_branch_over_in_a_fresh_clone(tmp_path: Path, command: tuple[str, ...]) -> None:
    stage = fixed(tmp_path)
    stage.alice.git("push", "-q", "-u", "origin", stage.branch)
    carol = Clone(tmp_path / "carol", stage.remote)
    run_git(tmp_path, "clone", "-q", str(stage.remote.path), str(carol.path))
    introduce(carol, "carol")
    carol.git("config", "hotfix.test.command", "grep -q expected src/auth/login.py")
    carol.hotfix(*command, "auth", "--dry-run", check=0)

    carol.hotfix(*command, "auth", check=0)

    if command[0] == "note":
        assert "It began after the deployment" in carol.show(f"{stage.branch}:{stage.report}")
        assert carol.git("rev-list", "--count", f"origin/{stage.branch}..{stage.branch}@{{u}}") == "0"
    else:
        for branch in BRANCHES:
            assert FIXED in stage.on_server(branch, LOGIN), branch
        assert carol.git("branch", "--show-current") == "main"


class WithSubmodule:
    """The standard lab with a submodule "lib" on every branch, in which alice has begun a hotfix."""

    def __init__(self, root: Path) -> None:
        for folder in ("lib-server", "lab"):
            (root / folder).mkdir()
        library = Lab(root / "lib-server")
        self.library = library.remote
        first = library.clone("first")
        first.commit("Begin the library", {"lib.py": "ONE = 1\n"})
        first.git("push", "-q", "origin", "main")
        self.other = first
        scene: Scene = standard_lab(root / "lab")
        bob = scene.bob
        bob.git("submodule", "--quiet", "add", "--name", "lib", str(self.library.path), "lib")
        bob.commit("Use the library")
        for branch in ("develop", "release/1.1"):
            bob.git("switch", "-q", branch)
            bob.git("merge", "-q", "--no-edit", "main")
        bob.git("switch", "-q", "support/1.0")
        bob.git("cherry-pick", "main")
        bob.git("push", "-q", "origin", *BRANCHES)
        alice = scene.alice
        alice.git("pull", "-q")
        alice.git("config", "hotfix.branches.production", "main")
        alice.git("config", "hotfix.test.command", "true")
        self.scene, self.alice = scene, alice

    def begin(self, *options: str) -> Clone:
        """Start the hotfix; gives the tree to work in, with the submodule filled."""
        self.alice.hotfix("start", TITLE, "--slug", "auth", "-y", *options, check=0)
        listed = self.alice.git("worktree", "list", "--porcelain").split("\n")
        folders = [line.removeprefix("worktree ") for line in listed if line.startswith("worktree ")]
        there = Clone(self.alice.path.__class__(folders[-1]), self.scene.remote)
        there.git("submodule", "--quiet", "update", "--init")
        introduce(Clone(there.path / "lib"), "alice")
        return there

    def move_library(self, tree: Clone, text: str) -> str:
        """Commit in the submodule of a tree, without pushing, and take the new commit up in the tree."""
        library = Clone(tree.path / "lib", self.library)
        commit = library.commit("Mend the library", {"lib.py": text})
        tree.git("add", "lib")
        tree.commit("Take the mended library")
        return commit


def test_submodule_pointer_in_conflict_has_a_way_out(tmp_path: Path) -> None:
    scene = WithSubmodule(tmp_path)
    theirs = scene.other.commit("Another way", {"lib.py": "ONE = 3\n"})
    scene.other.git("push", "-q", "origin", "HEAD:refs/heads/other")
    bob = scene.scene.bob
    bob.git("switch", "-q", "develop")
    bob.git("update-index", "--cacheinfo", f"160000,{theirs},lib")
    bob.commit("Take the other way")
    bob.git("push", "-q", "origin", "develop")
    there = scene.begin()
    ours = scene.move_library(there, "ONE = 2\n")
    Clone(there.path / "lib", scene.library).git("push", "-q", "origin", "HEAD:refs/heads/ours")

    said = there.hotfix("finish", "-y", check=4)

    line = next_line(said)
    assert line is not None
    assert line.startswith("cd "), f"it is not laid out for a person: {line}\n{said.err}"
    told = re.search(
        rf"'lib' is a submodule, at {theirs} or {ours}; to take the last one: (git -C .* 160000,{ours},lib)", said.err
    )
    assert told is not None, said.err
    assert told[0] in there.hotfix("backport", "--continue", check=4).err
    type_in(there, f"{line}\n{told[1]}\ngit hotfix backport --continue", check=0)
    assert ours in scene.scene.remote.git("ls-tree", "develop", "lib")
    assert len(scene.alice.git("worktree", "list").split("\n")) == 1


def test_partial_clone_publishes_everything_with_what_it_had_left_out(tmp_path: Path) -> None:
    scene = team(tmp_path, {"CHANGELOG.md": "# Changelog\n\n## [Unreleased]\n\n## [1.0.0]\n\n- First\n"})
    remote = scene.remote
    for branch in BRANCHES[1:]:
        text = f"# Changelog\n\n## [Unreleased]\n\n### Added\n\n- {branch}\n\n## [1.0.0]\n\n- First\n"
        push(scene.bob, branch, "Tell of the next version", {"CHANGELOG.md": text})
    for key in ("uploadpack.allowFilter", "uploadpack.allowAnySHA1InWant"):
        remote.git("config", key, "true")
    carol = Clone(tmp_path / "carol", remote)
    run_git(tmp_path, "clone", "-q", "--filter=tree:0", f"file://{remote.path}", str(carol.path))
    introduce(carol, "carol")
    carol.git("config", "hotfix.test.command", "true")
    carol.hotfix("start", TITLE, "--slug", "auth", "-y", check=0)
    carol.commit("Check the password", {LOGIN: carol.replace(LOGIN, BUG, FIXED)})
    carol.hotfix("finish", "-y", check=0)
    for branch in BRANCHES:
        assert FIXED in remote.show(f"{branch}:{LOGIN}"), branch


def test_version_tag_is_here_too_and_told_and_in_the_report(tmp_path: Path) -> None:
    stage = fixed(tmp_path)
    stage.alice.git("config", "hotfix.tag.also", "v{next_patch}")
    said = stage.alice.hotfix("finish", "-y", check=0)
    assert stage.remote.rev("refs/tags/v1.0.1^{commit}") == stage.remote.rev(f"{stage.tag}^{{commit}}")
    assert stage.alice.git("tag", "--list", "v1.0.1") == "v1.0.1"
    assert "v1.0.1" in said.err + said.out
    assert "v1.0.1" in stage.on_server("develop")


def test_server_that_hides_its_tags_took_the_tag(tmp_path: Path) -> None:
    stage = fixed(tmp_path)
    stage.remote.git("config", "uploadpack.hideRefs", "refs/tags")
    said = stage.alice.hotfix("finish", "-y", "--no-backport", check=0)
    assert "did not take" not in said.err
    assert FIXED in stage.remote.show(f"{stage.tag}:{LOGIN}")
    again = stage.alice.hotfix("finish", "auth", "-y", "--no-backport", check=0)
    assert "did not take" not in again.err
    assert len(stage.remote.git("tag", "--list", "hotfix-*").split()) == 1
    stage.bob.git("config", "hotfix.branches.production", "main")
    seen = (stage.tag, f"{stage.tag}-rollback")
    stage.alice.hotfix("rollback", "auth", "--reason", "worse", "-y", check=0)
    word = ", as its message says; no tag is to be seen on the server"
    for clone, state, unseen in ((stage.alice, "done", ""), (stage.bob, "unknown", word)):
        said = status_of(clone, "auth")
        assert step(said, "tag") == (state, seen[0] + unseen)
        assert step(said, "rollback")[1].endswith(seen[1] + unseen)
        assert said["next"] in {None, f"git hotfix cleanup {stage.hotfix}"}


def test_tag_and_deletion_that_the_server_refuses_are_told_and_not_asked_for_again(tmp_path: Path) -> None:
    stage = fixed(tmp_path)
    stage.remote.git("config", "receive.hideRefs", "refs/tags")
    stage.remote.git("config", "receive.denyDeletes", "true")
    stage.alice.git("push", "-q", "-u", "origin", stage.branch)
    said = stage.alice.hotfix("finish", "-y", check=4)
    assert "hidden ref" in said.err
    left = status_of(stage.alice)
    assert "hidden ref" in step(left, "tag")[1]
    assert left["next"] == f"git hotfix finish {stage.hotfix}", "the tag is not there: no clean-up yet"
    said = stage.alice.hotfix("cleanup", check=4)
    assert f"'origin/{stage.branch}' stays, all other steps are done: the server refuses to delete it" in said.err
    assert hints(said) == []
    left = status_of(stage.alice, "auth")
    assert left["next"] is None
    assert step(left, "cleanup")[1].startswith(
        "all other steps are done; branch not deleted yet (on the server): the server"
    )
    assert "which refuses to delete it" in stage.alice.hotfix("list").out
    assert status_of(stage.alice)["hotfix"] is None, "it is not open for ever"
    said = stage.alice.hotfix("rollback", "auth", "--reason", "worse", "-y", check=0)  # untagged too
    assert next_line(said) is status_of(stage.alice, "auth")["next"] is None


def refusing_hook(stage: Stage, words: str) -> Path:
    """Let a hook here refuse every push with these words; gives the file that has a line for each of its runs."""
    runs = stage.root / "runs"
    _install(
        stage.alice.path / ".git/hooks/pre-push", f"cat >/dev/null\necho run >>'{runs}'\necho '{words}' >&2\nexit 1\n"
    )
    return runs


def test_hook_that_refuses_runs_once_and_is_heard_and_never_talked_around(tmp_path: Path) -> None:
    stage = fixed(tmp_path)
    runs = refusing_hook(stage, "the large files are not uploaded")
    before = stage.alice.snapshot(without_tracking=True)
    refused = stage.alice.hotfix("finish", "-y", "--skip-tests", "no time", "--no-backport")
    assert refused.code in {1, 5}
    assert runs.read_text() == "run\n"
    assert "the large files are not uploaded" in refused.err
    assert "--no-verify" not in refused.err
    assert stage.alice.snapshot(without_tracking=True) == before
    (stage.alice.path / ".git/hooks/pre-push").unlink()
    (line,) = hints(refused)
    type_in(stage.alice, line, check=0)
