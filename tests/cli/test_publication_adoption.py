"""What a colleague did by hand is adopted; a colleague takes over; a colleague's work is never lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.cli.publication_scenes import (
    FINISH,
    assert_everywhere,
    assert_published,
    hints,
    merges_of,
    parents,
    problems,
    push_to,
    pushes,
    ready,
    tags,
    the_tag,
    trailers,
)
from tests.support.lab import BUG, FIXED, LOGIN

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.publication_scenes import Ready
    from tests.support.lab import Clone


def fetch_branch(scene: Ready, clone: Clone) -> None:
    scene.alice.git("push", "-q", "origin", scene.branch)
    clone.git("fetch", "-q")


def test_merge_by_hand_is_adopted_and_only_the_tag_is_made(tmp_path: Path) -> None:
    scene = ready(tmp_path)
    alice, bob, remote = scene.alice, scene.bob, scene.remote
    fetch_branch(scene, bob)
    bob.git("merge", "-q", "--no-ff", "-m", "Merge the fix of Alice", f"origin/{scene.branch}")
    bob.git("push", "-q", "origin", "main")
    theirs = bob.rev("main")
    later = push_to(bob, "main", "NEWS.md", "news\n")
    so_far = len(pushes(remote))
    planned = alice.hotfix("status", scene.id, check=0)
    assert theirs[:7] in planned.out
    scene.finish()
    assert remote.rev("main") == later
    tag = the_tag(remote)
    assert remote.rev(f"{tag}^{{commit}}") == theirs
    assert pushes(remote)[so_far] == [f"refs/tags/{tag}"]
    assert ("Hotfix-Id", scene.id) in trailers(remote, f"refs/tags/{tag}")
    assert f'tag: "{tag}"' in remote.show(f"develop:{scene.report}")
    assert_everywhere(scene)
    before = alice.snapshot()
    alice.hotfix("finish", scene.id, "-y", check=0)
    assert alice.snapshot() == before


def test_fast_forward_by_hand_is_adopted(tmp_path: Path) -> None:
    scene = ready(tmp_path)
    alice, remote = scene.alice, scene.remote
    alice.git("push", "-q", "origin", f"{scene.branch}:main")
    scene.finish()
    assert remote.rev("main") == scene.tip
    assert remote.rev(f"{the_tag(remote)}^{{commit}}") == scene.tip
    assert parents(remote, "develop^")[1] == scene.tip
    assert_everywhere(scene)
    alice.hotfix("cleanup", scene.id, check=0)
    assert f"refs/heads/{scene.branch}" not in alice.refs()


def test_fix_that_somebody_made_in_production_is_recorded_and_can_be_taken_back(tmp_path: Path) -> None:
    scene = ready(tmp_path)
    alice, bob, remote = scene.alice, scene.bob, scene.remote
    theirs = push_to(bob, "main", LOGIN, bob.replace(LOGIN, BUG, FIXED))

    run = scene.finish()

    assert "'origin/main' already has every change of the fix, though not by a merge" in run.err
    assert parents(remote, "main") == [theirs, scene.tip]
    assert remote.rev(f"{the_tag(remote)}^{{commit}}") == remote.rev("main")
    assert_everywhere(scene)
    alice.hotfix("rollback", scene.id, check=0)
    assert BUG in remote.show(f"main:{LOGIN}")


def test_no_push_and_then_a_colleague_published_takes_the_merge_here_back(tmp_path: Path) -> None:
    scene = ready(tmp_path)
    alice, bob, remote = scene.alice, scene.bob, scene.remote
    scene.finish("--no-push")
    (stale,) = tags(alice)
    fetch_branch(scene, bob)
    bob.git("merge", "-q", "--no-ff", "-m", "Merge the fix of Alice", f"origin/{scene.branch}")
    bob.git("push", "-q", "origin", "main")
    alice.git("switch", "-q", scene.branch)
    scene.finish("--tag", "hotfix-by-hand", "--stay")
    assert tags(remote) == ["hotfix-by-hand"]
    assert stale not in alice.git("tag").split()
    assert alice.rev("main") == remote.rev("main") == bob.rev("main")


def test_colleague_who_only_cloned_finishes_by_id_and_the_author_understands(tmp_path: Path) -> None:
    scene = ready(tmp_path)
    alice, bob, remote = scene.alice, scene.bob, scene.remote
    tip = scene.tip
    alice.git("push", "-q", "origin", scene.branch)
    here = bob.refs().keys()
    bob.hotfix(*FINISH, scene.id, check=0)
    merge = assert_published(scene)
    assert remote.git("show", "-s", "--format=%an", merge) == "Bob"
    assert {ref for ref in bob.refs().keys() - here if not ref.startswith("refs/remotes/")} == {
        f"refs/tags/{the_tag(remote)}"
    }
    assert bob.rev("main") == merge
    server = remote.refs()
    shown = alice.hotfix("status", scene.id, "--json", check=0).json()
    states = {step["step"]: step["state"] for step in shown["steps"]}
    assert {step for step, state in states.items() if state != "done"} == {"cleanup"}
    alice.hotfix("finish", check=0)
    assert remote.refs() == server
    assert_everywhere(scene)
    alice.hotfix("cleanup", scene.id, check=0)
    assert {f"refs/heads/{scene.branch}"} == server.keys() - remote.refs().keys()
    assert f"refs/heads/{scene.branch}" not in alice.refs()
    assert remote.try_git("merge-base", "--is-ancestor", tip, "main").code == 0


def test_colleagues_commit_on_the_branch_is_refused_and_then_published_too(tmp_path: Path) -> None:
    scene = ready(tmp_path)
    alice, remote = scene.alice, scene.remote
    alice.git("push", "-q", "origin", scene.branch)
    theirs = push_to(scene.bob, scene.branch, "src/auth/more.py", "MORE = 1\n")
    said = scene.refuse(*FINISH, check=1)
    assert problems(said) == [f"'origin/{scene.branch}' has commits that are not in the branch here."]
    assert hints(said) == [f"git switch {scene.branch} && git pull --ff-only"]
    alice.git("pull", "-q", "--ff-only", "origin", scene.branch)
    scene.finish()
    assert assert_published(scene, tip=theirs)
    assert remote.show("main:src/auth/more.py") == "MORE = 1\n"
    # one more commit of the colleague after publication: the branch stays, a second finish publishes it
    last = push_to(scene.bob, scene.branch, "src/auth/last.py", "LAST = 1\n")
    kept = alice.hotfix("cleanup", scene.id, check=8)
    assert remote.rev(scene.branch) == last
    assert any("commits" in line or "not in 'origin/main'" in line for line in problems(kept))
    alice.hotfix(*FINISH, scene.id, check=1)
    alice.git("switch", "-q", scene.branch)
    alice.git("pull", "-q", "--ff-only", "origin", scene.branch)
    scene.finish("--stay")
    assert len(merges_of(remote, scene.id)) == 2
    assert remote.show(f"develop:{LOGIN}").count("password == expected") == 1
    assert remote.show("develop:src/auth/last.py") == "LAST = 1\n"
