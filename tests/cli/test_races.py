"""The server moves, loses its answer, cannot do atomic pushes, or takes half: one merge and one tag in the end."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from tests.cli.publication_scenes import (
    FINISH,
    Ready,
    assert_at_rest,
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
)
from tests.support.hooks import _install, accept_everything, during_first_push, refuse_ref, without_atomic
from tests.support.lab import LOGIN
from tests.support.processes import TIME_LIMIT_SECONDS, begin, end, run, wait_for
from tests.support.servers import Moment, smart_http

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("moment", [Moment.ASKED, Moment.SENT])
def test_server_moved_between_look_and_push_is_prepared_again(tmp_path: Path, moment: Moment) -> None:
    scene = ready(tmp_path)
    theirs: list[str] = []
    with smart_http(scene.remote.path) as server:
        scene.alice.git("remote", "set-url", "origin", server.url)
        server.once(moment, lambda: theirs.append(push_to(scene.bob, "main", "NEWS.md", "news\n")))
        said = scene.finish("--no-backport")
    assert_published(scene, on=theirs[0])
    assert "'origin/main' has moved: preparing the merge again." in said.err.splitlines()
    assert scene.remote.show("main:NEWS.md") == "news\n"
    assert_at_rest(scene)


def test_server_moved_into_a_conflict_waits_for_a_person_and_changes_nothing(tmp_path: Path) -> None:
    scene = ready(tmp_path)
    alice, remote = scene.alice, scene.remote
    theirs = scene.bob.replace(LOGIN, "    return True\n", "    return bool(password)\n")
    with smart_http(remote.path) as server:
        alice.git("remote", "set-url", "origin", server.url)
        server.once(Moment.ASKED, lambda: push_to(scene.bob, "main", LOGIN, theirs))
        before = {name: fact for name, fact in alice.snapshot(without_tracking=True).items() if "server's" not in name}
        said = scene.finish(check=3)
    after = {name: fact for name, fact in alice.snapshot(without_tracking=True).items() if "server's" not in name}
    assert after == before
    assert problems(said) == [f"The fix conflicts with 'origin/main' in '{LOGIN}'; nothing was published."]
    assert tags(remote) == []
    assert merges_of(remote, scene.id) == []


def test_of_two_who_publish_at_once_the_second_leaves_the_deployment_to_the_first(tmp_path: Path) -> None:
    scene, log = ready(tmp_path), tmp_path / "log"
    alice, bob = scene.alice, scene.bob
    alice.git("push", "-q", "origin", scene.branch)
    for clone in (alice, bob):
        clone.git("config", "hotfix.deploy.command", f"""sh -c 'echo {clone.path.name} >> "{log}"'""")
    so_far = ("git", "hotfix", *FINISH, "--no-deploy", "--no-backport", scene.id)
    with smart_http(scene.remote.path) as server:
        alice.git("remote", "set-url", "origin", server.url)
        server.once(Moment.SENT, lambda: run(*so_far, directory=bob.path))
        said = scene.finish(check=4)
        assert problems(said)[0] == (
            "Bob has published it at the same moment, and that run deploys it; when it has ended, the same command"
            " does what is left."
        )
        assert not log.exists()
        assert "waiting" in next(row for row in said.out.splitlines() if "  deploy " in row)
        assert f"\nNext: git hotfix backport {scene.id}\n" in said.out, "what waits for the other comes last"
        scene.finish()
    assert log.read_text() == "alice\n"


def test_branch_that_a_colleague_goes_on_with_meanwhile_is_looked_at_again_before_it_is_published(
    tmp_path: Path,
) -> None:
    scene = ready(tmp_path)
    alice, bob, remote = scene.alice, scene.bob, scene.remote
    alice.git("push", "-q", "origin", scene.branch)
    bob.git("fetch", "-q")

    def colleague() -> None:
        push_to(bob, "main", "NEWS.md", "news\n")
        bob.git("checkout", "-q", scene.branch)
        bob.commit("Half a thought", {"src/auth/half.py": "HALF = 1\n"})
        bob.git("push", "-q", "origin", scene.branch)

    with smart_http(remote.path) as server:
        alice.git("remote", "set-url", "origin", server.url)
        server.once(Moment.SENT, colleague)
        before = {name: fact for name, fact in alice.snapshot(without_tracking=True).items() if "server's" not in name}
        said = scene.finish(check=1)
    after = {name: fact for name, fact in alice.snapshot(without_tracking=True).items() if "server's" not in name}
    assert after == before
    assert problems(said) == [
        f"'origin/{scene.branch}' has commits that are not in the branch here.",
    ]
    assert tags(remote) == []
    assert merges_of(remote, scene.id) == []


@pytest.mark.parametrize("is_topped", [False, True])
def test_answer_lost_after_acceptance_never_makes_a_second_merge(tmp_path: Path, *, is_topped: bool) -> None:
    scene = ready(tmp_path)
    with smart_http(scene.remote.path) as server:
        scene.alice.git("remote", "set-url", "origin", server.url)
        if is_topped:
            server.once(Moment.DONE, lambda: push_to(scene.bob, "main", "NEWS.md", "news\n"))
        server.swallow_next_answer()
        scene.finish("--no-backport")
    merge = assert_published(scene)
    assert (scene.remote.rev("main") != merge) == is_topped
    assert len([refs for refs in pushes(scene.remote) if the_tag_ref(scene) in refs]) == 1
    assert_at_rest(scene)


def test_server_gone_for_good_after_acceptance_is_not_known_and_never_makes_a_second_merge(tmp_path: Path) -> None:
    scene = ready(tmp_path)
    alice, remote = scene.alice, scene.remote
    alice.git("config", "hotfix.remote.timeout", "1")  # asked for twice as long
    with smart_http(remote.path) as server:
        alice.git("remote", "set-url", "origin", server.url)
        server.go_after_next_push()
        before = {name: fact for name, fact in alice.snapshot().items() if "server's" not in name}
        said = scene.finish(check=5)
        merge = assert_published(scene)
        (told,) = problems(said)
        assert told.startswith("It is not known whether the server took it: 'origin' could not be read: ")
        assert hints(said) == [f"git hotfix finish {scene.id} -y --skip-tests 'production is down'"]
        held = alice.git("for-each-ref", "--format=%(refname)", "refs/hotfix").split()
        after = {name: fact for name, fact in alice.snapshot().items() if "server's" not in name}
        changed = {name for name in {*before, *after} if before.get(name) != after.get(name)}
        assert changed == {f"ref {held[0]}"}
        assert held == [f"refs/hotfix/keep/{scene.id}"]
        (still,) = problems(scene.finish(check=5))
        assert still.startswith("'origin' could not be read: ")
        server.is_gone = False
        theirs = push_to(scene.bob, "main", "NEWS.md", "news\n")
        scene.finish()
        assert alice.rev("refs/remotes/origin/main") == theirs
    assert assert_published(scene) == merge
    assert remote.rev("main") == theirs
    assert_everywhere(scene)


def the_tag_ref(scene: Ready) -> str:
    return f"refs/tags/{the_tag(scene.remote)}"


def test_server_without_atomic_gets_one_leased_push_of_both(tmp_path: Path) -> None:
    scene = ready(tmp_path)
    without_atomic(scene.remote)
    said = scene.finish("--no-backport")
    assert_published(scene)
    assert pushes(scene.remote)[0] == ["refs/heads/main", the_tag_ref(scene)]
    assert "'origin' does not support atomic pushes: base and tag go in one push, each with a lease." in said.err
    assert_at_rest(scene)


@pytest.mark.parametrize("refused", ["*", "v*"])
def test_server_without_atomic_that_takes_production_first_gets_the_very_tags_later(
    tmp_path: Path, refused: str
) -> None:
    scene = ready(tmp_path)
    alice, remote = scene.alice, scene.remote
    alice.git("config", "--add", "hotfix.tag.also", "v{next_patch}")
    without_atomic(remote)
    refuse_ref(remote, f"refs/tags/{refused}", "tags are closed")
    said = scene.finish("--no-backport", check=4)
    merge = remote.rev("main")
    assert merges_of(remote, scene.id) == [merge]
    assert len(tags(remote)) == (0 if refused == "*" else 1)
    (told,) = problems(said)
    first = "hotfix-" if refused == "*" else "v1.0.1"
    assert told.startswith(f"The fix is published, but the server did not take the tag '{first}")
    assert "hook declined" in told
    held = alice.rev(f"refs/hotfix/keep/{scene.id}")
    accept_everything(remote)
    scene.finish()
    assert assert_published(scene) == merge
    assert remote.rev(the_tag_ref(scene)) == held
    assert remote.rev("v1.0.1^{commit}") == merge
    assert_everywhere(scene)


def test_server_without_atomic_that_takes_only_the_tag_is_left_without_it(tmp_path: Path) -> None:
    scene = ready(tmp_path)
    without_atomic(scene.remote)
    refuse_ref(scene.remote, "refs/heads/main", "main is closed")
    said = scene.refuse(*FINISH, check=5)
    (told,) = problems(said)
    assert told.startswith("'origin' did not take the push; nothing was published: main is closed")
    accept_everything(scene.remote)
    scene.finish("--no-backport")
    assert_published(scene)
    assert_at_rest(scene)


def test_refused_develop_stays_pending_and_backport_completes_it(tmp_path: Path) -> None:
    scene = ready(tmp_path)
    alice, remote = scene.alice, scene.remote
    develop = remote.rev("develop")
    refuse_ref(remote, "refs/heads/develop", "develop is frozen")
    said = scene.finish(check=4)
    merge = assert_published(scene)
    assert remote.rev("develop") == develop
    assert remote.show(f"release/1.1:{LOGIN}") == remote.show(f"main:{LOGIN}").replace(
        'f"Account of {user}"', 'f"{user}: account"'
    )
    (told,) = problems(said)
    assert told.startswith("'origin/develop' was refused: ")
    assert "develop is frozen" in told
    assert alice.git("status", "--porcelain", "-uall") == ""
    shown = alice.hotfix("status", scene.id, "--json", check=0).json()
    (target,) = (each for each in shown["targets"] if each["branch"] == "develop")
    assert target["state"] == "pending"
    assert "develop is frozen" in target["evidence"]
    assert shown["next"] == f"git hotfix backport {scene.id}"
    accept_everything(remote)
    alice.hotfix("backport", scene.id, check=0)
    assert parents(remote, "develop^") == [develop, scene.tip]
    assert assert_published(scene) == merge
    assert_everywhere(scene)


def test_develop_moved_during_its_push_is_merged_again(tmp_path: Path) -> None:
    scene = ready(tmp_path)
    theirs: list[str] = []
    with smart_http(scene.remote.path) as server:
        scene.alice.git("remote", "set-url", "origin", server.url)
        scene.finish("--no-backport")

        def during_the_next_push() -> None:  # the lines are pushed first, then develop
            server.once(Moment.SENT, lambda: theirs.append(push_to(scene.bob, "develop", "NEWS.md", "new\n")))

        server.once(Moment.DONE, during_the_next_push)
        scene.alice.hotfix("backport", scene.id, check=0)
    assert theirs[0] in scene.remote.git("rev-list", "develop").split()
    assert len(merges_of(scene.remote, scene.id, "develop")) == 1
    assert_everywhere(scene)


@pytest.mark.parametrize("continue_", [False, True])
def test_killed_after_the_server_took_it_finish_again_ends_the_same(tmp_path: Path, *, continue_: bool) -> None:
    scene = ready(tmp_path)
    alice = scene.alice
    killed = threading.Event()
    with smart_http(scene.remote.path) as server:
        alice.git("remote", "set-url", "origin", server.url)
        process = begin("git", "hotfix", *FINISH, directory=alice.path)

        def kill() -> None:
            end(process)
            killed.set()

        server.once(Moment.DONE, kill)
        assert killed.wait(TIME_LIMIT_SECONDS)
        process.communicate()
        merge = scene.remote.rev("main")
        assert alice.rev("main") != merge
        if continue_:
            alice.commit("Refuse empty passwords", {"src/auth/empty.py": "EMPTY = False\n"})
        scene.finish("--no-backport")
    assert alice.git("for-each-ref", "refs/hotfix") == ""
    assert alice.rev("refs/remotes/origin/main") == scene.remote.rev("main")
    if continue_:  # the tag of the first round is published: never taken back
        publications = merges_of(scene.remote, scene.id)
        assert publications[1:] == [merge]
        assert {scene.remote.rev(f"{tag}^{{commit}}") for tag in tags(scene.remote)} == set(publications)
    else:
        assert assert_published(scene) == merge
    assert_at_rest(scene)


def test_killed_in_its_push_before_anything_was_sent_finish_again_ends_the_same(tmp_path: Path) -> None:
    scene = ready(tmp_path)
    alice = scene.alice
    waiting = during_first_push(alice, "exec sleep 1000")
    process = begin("git", "hotfix", *FINISH, directory=alice.path)
    wait_for(waiting, process)
    before = alice.snapshot()
    held = alice.rev(f"refs/hotfix/keep/{scene.id}^{{commit}}")
    end(process)
    process.communicate()
    assert alice.snapshot() == before
    assert pushes(scene.remote) == []
    scene.finish("--no-backport")
    assert assert_published(scene) == held  # the very commits of the interrupted run
    assert_at_rest(scene)


def test_killed_between_publication_and_the_targets_finish_again_ends_the_same(tmp_path: Path) -> None:
    scene = ready(tmp_path)
    alice, remote = scene.alice, scene.remote
    # the second push (release lines) kills the whole run: all of it is one process group
    hook = alice.path / ".git/hooks/pre-push"
    marker = hook.with_name("first-push")
    _install(hook, f'if [ -e "{marker}" ]; then rm "$0"; kill -9 0; fi; : >"{marker}"\n')
    alice.hotfix(*FINISH, check=-9, apart=True)
    merge = remote.rev("main")
    assert alice.rev("main") == merge
    assert parents(remote, "develop") != [remote.rev("develop^1"), scene.tip]
    scene.finish()
    assert assert_published(scene) == merge
    assert len(merges_of(remote, scene.id, "develop")) == 1
    assert_everywhere(scene)
