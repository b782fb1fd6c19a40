"""Where git-flow loses work: each sentence of that list, shown not to happen here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cli.publication_scenes import (
    FINISH,
    assert_everywhere,
    assert_published,
    begin_hotfix,
    hints,
    merges_of,
    problems,
    push_to,
    pushes,
    ready,
    tags,
    the_tag,
)
from tests.support.hooks import _install, protect, refuse_ref
from tests.support.lab import LOGIN

if TYPE_CHECKING:
    from pathlib import Path


def test_run_again_on_develop_never_tags_unreleased_work(tmp_path: Path) -> None:
    scene = ready(tmp_path)
    alice, remote = scene.alice, scene.remote
    refuse_ref(remote, "refs/heads/develop", "frozen")
    scene.finish("--stay", check=4)
    alice.git("switch", "-q", "develop")
    unreleased = alice.commit("Unreleased", {"src/unreleased.py": "NEW = 1\n"})
    alice.hotfix(*FINISH, "--stay", scene.id, check=4)
    merge = assert_published(scene)
    assert tags(alice) == tags(remote)
    assert alice.rev("develop") == unreleased
    assert unreleased not in alice.git("rev-list", the_tag(alice)).split()
    assert alice.rev("main") == merge


def test_tag_named_like_the_branch_does_not_hide_the_branch(tmp_path: Path) -> None:
    scene = ready(tmp_path)
    alice = scene.alice
    for name in (scene.branch, "main", "develop", "origin/main"):
        alice.git("tag", name, "v1.0.0")
    scene.finish()
    assert_published(scene, tip=alice.rev(f"refs/heads/{scene.branch}"))
    assert alice.rev("refs/heads/main") == scene.remote.rev("refs/heads/main")
    assert "return password == expected" in scene.remote.show(f"refs/heads/develop:{LOGIN}")
    assert alice.git("symbolic-ref", "HEAD") == "refs/heads/main"
    assert scene.remote.git("tag").split() == [the_tag(scene.remote), "v1.0.0"]


def test_conflict_on_develop_does_not_hold_production_back(tmp_path: Path) -> None:
    scene = ready(tmp_path)
    alice, remote = scene.alice, scene.remote
    theirs = scene.remote.show(f"develop:{LOGIN}").replace("    return True\n", "    return bool(expected)\n")
    develop = push_to(scene.bob, "develop", LOGIN, theirs)
    said = scene.finish(check=4)
    assert_published(scene)
    assert remote.rev("develop") == develop
    assert [line for line in problems(said) if line.startswith("The fix conflicts with 'origin/develop' in ")]
    assert len(problems(said)) == 1
    assert alice.rev("main") == remote.rev("main")
    assert alice.git("status", "--porcelain", "-uall") == ""
    assert "return password == expected" in remote.show(f"release/1.1:{LOGIN}")


def test_hotfix_branch_on_the_server_stays_until_everything_is_proven(tmp_path: Path) -> None:
    scene = ready(tmp_path)
    alice, remote = scene.alice, scene.remote
    alice.git("push", "-q", "origin", scene.branch)
    protect(remote, "refs/heads/main", "protected")
    scene.refuse(*FINISH, check=5)
    assert remote.rev(scene.branch) == scene.tip
    said = alice.hotfix("cleanup", scene.id, check=8)
    assert problems(said)[0] == "The fix is not in 'origin/main'."
    assert hints(said)[0] == f"git hotfix status {scene.id}"
    assert remote.rev(scene.branch) == scene.tip == alice.rev(f"refs/heads/{scene.branch}")
    # develop and the lines did not get ahead of production
    assert pushes(remote) == [[f"refs/heads/{scene.branch}"]]


def test_ignored_file_that_develop_tracks_is_not_overwritten(tmp_path: Path) -> None:
    scene = ready(tmp_path)
    alice = scene.alice
    push_to(scene.bob, "develop", ".env", "SECRET=develop\n")
    alice.git("switch", "-q", "-c", "develop", "--no-track", "origin/develop")  # before it tracked the file
    secret = alice.write(".env", "SECRET=mine\n")
    local = alice.rev("develop")
    said = scene.alice.hotfix(*FINISH, "--stay", scene.id, check=0)
    assert_published(scene)
    assert secret.read_text() == "SECRET=mine\n"
    assert alice.rev("develop") == local
    assert "Local 'develop' not updated: " in said.err
    assert ".env" in said.err
    assert alice.git("status", "--porcelain", "-uall") == ""


def test_branch_without_commits_is_not_released(tmp_path: Path) -> None:
    scene = ready(tmp_path)
    hotfix = begin_hotfix(scene.alice, "Nothing yet")
    said = scene.refuse(*FINISH, hotfix, check=1)
    assert problems(said) == [f"There is no fix on 'hotfix/{hotfix}' yet: only the report is committed."]
    scene.alice.git("branch", "-f", "empty", "main")
    scene.alice.git("switch", "-q", "empty")
    scene.alice.git("branch", "-q", "-D", f"hotfix/{hotfix}", scene.branch)
    scene.alice.git("switch", "-q", "-c", "hotfix/20260117-no-commit-at-all")
    said = scene.refuse(*FINISH, check=1)
    assert problems(said)[0].startswith("There is no fix on 'hotfix/20260117-no-commit-at-all' yet")
    assert tags(scene.remote) == []


def test_refused_push_moves_no_tag_and_no_branch_here(tmp_path: Path) -> None:
    """A kill between the steps left git-flow's production tagged without the fix; here both come at once."""
    scene = ready(tmp_path)
    hook = scene.alice.path / ".git/hooks/pre-push"
    _install(hook, "kill -9 0\n")
    before = scene.alice.snapshot()
    scene.alice.hotfix(*FINISH, check=-9, apart=True)
    after = scene.alice.snapshot()
    assert {name for name in after if before.get(name) != after[name]} == {f"ref refs/hotfix/keep/{scene.id}"}
    hook.unlink()
    scene.finish()
    assert_published(scene)
    assert_everywhere(scene)


@pytest.mark.parametrize("way", ["signing", "hook"])
def test_failed_signing_and_hooks_are_told_as_what_they_are(tmp_path: Path, way: str) -> None:
    scene = ready(tmp_path)
    alice = scene.alice
    if way == "signing":
        for key, value in (("tag.gpgSign", "true"), ("gpg.format", "ssh"), ("user.signingKey", "/nowhere/key")):
            alice.git("config", key, value)
        said = scene.refuse(*FINISH, check=1)
        assert problems(said)[0].startswith("Nothing can be signed: ")
        assert hints(said) == ["git config user.signingKey KEY"]
    else:
        _install(alice.path / ".git/hooks/pre-push", 'echo "run the linter"; echo "first" >&2; exit 1\n')
        said = scene.refuse(*FINISH, check=5)
        assert "run the linter; first" in problems(said)[0]
    assert "conflict" not in said.err.lower()


def test_message_with_shell_code_is_only_text(tmp_path: Path) -> None:
    scene = ready(tmp_path)
    alice = scene.alice
    message = "Fix $(touch ../owned) `touch ../owned`; touch ../owned; \"quoted\" 'too' %s\n긴급"
    scene.finish("-m", message, "--no-backport")
    assert not (tmp_path / "owned").exists()
    assert scene.remote.git("show", "-s", "--format=%s", "main") == "HOTFIX: " + " ".join(message.split())
    assert alice.git("status", "--porcelain", "-uall") == ""


def test_linked_worktree_and_subfolder_publish_like_the_main_tree(tmp_path: Path) -> None:
    scene = ready(tmp_path)
    alice, linked = scene.alice, tmp_path / "linked"
    alice.git("switch", "-q", "main")
    alice.git("worktree", "add", "-q", str(linked), scene.branch)
    answer = type(alice)(linked, scene.remote).hotfix(*FINISH, "--stay", inside="src/auth", check=0)
    assert answer.out.splitlines()[-1] == f"Next: git hotfix cleanup {scene.id}"
    merge = assert_published(scene)
    assert alice.rev("main") == merge
    assert alice.git("status", "--porcelain", "-uall") == ""
    assert "return password == expected" in alice.read(LOGIN)
    # open release branches, git-flow's oldest complaint, have it too
    assert merges_of(scene.remote, scene.id, "release/1.1")
    assert "return password == expected" in scene.remote.show(f"support/1.0:{LOGIN}")
