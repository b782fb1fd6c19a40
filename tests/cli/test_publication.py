"""A whole publication over every transport, hotfixes in a row, a second round, what a publication leaves alone."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest

from tests.cli.publication_scenes import (
    BRANCHES,
    FINISH,
    SUBJECT,
    TITLE,
    Ready,
    assert_at_rest,
    assert_everywhere,
    assert_published,
    begin_hotfix,
    merges_of,
    notes,
    parents,
    push_to,
    pushes,
    ready,
    tags,
    the_tag,
    trailers,
    warnings,
)
from tests.support.durations import without_durations
from tests.support.lab import LOGIN
from tests.support.processes import run
from tests.support.servers import git_daemon, smart_http

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextlib.contextmanager
def served(scene: Ready, transport: str) -> Iterator[str]:
    match transport:
        case "daemon":
            with git_daemon(scene.remote.path) as url:
                yield url
        case "http":
            with smart_http(scene.remote.path) as server:
                yield server.url
        case _:
            yield str(scene.remote.path)


@pytest.mark.parametrize("transport", ["path", "daemon", "http"])
def test_finish_publishes_base_and_tag_then_the_targets(tmp_path: Path, transport: str) -> None:
    scene = ready(tmp_path)
    alice, remote, tip = scene.alice, scene.remote, scene.tip
    before = {branch: remote.rev(branch) for branch in BRANCHES}
    other_refs = set(remote.refs())
    alice.git("config", "hotfix.test.command", "sh -c 'exit 0'")
    with served(scene, transport) as url:
        alice.git("remote", "set-url", "origin", url)
        ended = alice.hotfix("finish", "-y", "--verified-by", "Carol Ops", check=0)
    tag = the_tag(remote)
    assert pushes(remote) == [
        ["refs/heads/main", f"refs/tags/{tag}"],
        ["refs/heads/release/1.1", "refs/heads/support/1.0"],
        ["refs/heads/develop"],
    ]
    assert set(remote.refs()) == {*other_refs, f"refs/tags/{tag}"}

    merge = remote.rev("main")
    assert parents(remote, merge) == [before["main"], tip]
    assert remote.rev(f"{merge}^{{tree}}") == remote.rev(f"{tip}^{{tree}}")
    assert remote.git("show", "-s", "--format=%s|%an <%ae>|%cn", merge) == (
        f"HOTFIX: {TITLE}|Alice <alice@example.com>|Alice"
    )
    told = trailers(remote, merge)
    assert [key for key, _ in told] == ["Hotfix-Id", "Incident", "Tests", "Verified-By", "Deploy", "Hotfix-Tag"]
    assert told[:2] == [("Hotfix-Id", scene.id), ("Incident", scene.report)]
    assert without_durations(told[2][1]).startswith("passed (sh, N s, ")
    assert told[3] == ("Verified-By", "Carol Ops")
    assert remote.rev(f"{tag}^{{commit}}") == merge
    assert trailers(remote, f"refs/tags/{tag}") == told[:-1]
    assert told[-1] == ("Hotfix-Tag", tag)
    assert remote.git("for-each-ref", "--format=%(contents:subject)", f"refs/tags/{tag}") == (
        f"Hotfix {scene.id}: {TITLE}"
    )

    backport = [("Hotfix-Id", scene.id), ("Incident", scene.report), ("Backport-Of", merge)]
    assert parents(remote, "release/1.1") == [before["release/1.1"], tip]
    assert trailers(remote, "release/1.1") == backport
    assert parents(remote, "support/1.0") == [before["support/1.0"]]
    assert remote.git("show", "-s", "--format=%s|%an", "support/1.0") == f"{SUBJECT}|Alice"
    assert f"(cherry picked from commit {tip})" in remote.git("show", "-s", "--format=%B", "support/1.0")
    assert parents(remote, "develop^") == [before["develop"], tip]
    assert remote.git("diff", "--name-only", "develop^1^1", "develop").split() == ["CHANGELOG.md", scene.report, LOGIN]
    assert 'status: "resolved"' in remote.show(f"develop:{scene.report}")
    assert f'tag: "{tag}"' in remote.show(f"develop:{scene.report}")

    assert_everywhere(scene)
    assert alice.rev(f"refs/tags/{tag}") == remote.rev(f"refs/tags/{tag}")
    if transport == "path":
        published = alice.snapshot()
        assert alice.hotfix("finish", scene.id, "-y", check=0).out == ended.out
        assert alice.snapshot() == published
        alice.hotfix("cleanup", scene.id, check=0)
        assert set(remote.refs()) == {*other_refs, f"refs/tags/{tag}"}
        assert f"refs/heads/{scene.branch}" not in alice.refs()


def test_three_hotfixes_in_a_row_each_reach_develop_as_a_merge_with_only_the_fix(tmp_path: Path) -> None:
    scene = ready(tmp_path)
    alice, remote = scene.alice, scene.remote
    ids = [scene.id]
    files = [LOGIN]
    scene.finish()
    for number in (2, 3):
        ids.append(begin_hotfix(alice, f"Broken part {number}"))
        files.append(f"src/part{number}.py")
        alice.commit(f"Mend part {number}", {files[-1]: f"PART = {number}\n"})
        alice.hotfix(*FINISH, check=0)
    first_parents = remote.git("log", "--first-parent", "--format=%s", "develop").split("\n")[:6]
    assert first_parents == [
        "Record HOTFIX: Broken part 3",
        "Backport HOTFIX: Broken part 3",
        "Record HOTFIX: Broken part 2",
        "Backport HOTFIX: Broken part 2",
        f"Record HOTFIX: {TITLE}",
        f"Backport HOTFIX: {TITLE}",
    ]
    for hotfix, file in zip(ids, files, strict=True):
        for branch in ("develop", "release/1.1"):
            (merge,) = merges_of(remote, hotfix, branch)
            assert len(parents(remote, merge)) == 2
            changed = remote.git("diff", "--name-only", f"{merge}^1", merge).split()
            assert [path for path in changed if not path.startswith("docs/incidents/")] == [file]
        assert merges_of(remote, hotfix, "support/1.0") == []
    assert len(set(tags(remote))) == 3
    assert remote.git("rev-list", "--count", "--first-parent", "v1.0.0..main") == "3"


def test_commits_after_publication_are_a_second_round_with_the_same_report(tmp_path: Path) -> None:
    scene = ready(tmp_path)
    alice, remote = scene.alice, scene.remote
    scene.finish()
    first, first_tag = remote.rev("main"), the_tag(remote)
    alice.git("switch", "-q", scene.branch)
    alice.commit("Refuse empty passwords", {"src/auth/empty.py": "EMPTY = False\n"})
    scene.finish()
    second = remote.rev("main")
    assert parents(remote, second) == [first, scene.tip]
    assert merges_of(remote, scene.id) == [second, first]
    assert len(tags(remote)) == 2
    (second_tag,) = set(tags(remote)) - {first_tag}
    assert remote.rev(f"{second_tag}^{{commit}}") == second
    assert remote.rev(f"{first_tag}^{{commit}}") == first
    for branch in BRANCHES:
        assert remote.show(f"{branch}:src/auth/empty.py") == "EMPTY = False\n"
    report = remote.show(f"develop:{scene.report}")
    assert f'tag: "{second_tag}"' in report
    assert remote.git("ls-tree", "-r", "--name-only", "develop", "docs/incidents").split() == [scene.report]
    assert SUBJECT in report
    assert "Refuse empty passwords" in report
    before = alice.snapshot()
    scene.alice.hotfix("finish", scene.id, "-y", check=0)
    assert alice.snapshot() == before


def test_no_push_merges_here_and_a_later_finish_publishes_these_very_commits(tmp_path: Path) -> None:
    scene = ready(tmp_path)
    alice, remote = scene.alice, scene.remote
    server = remote.refs()
    said = scene.finish("--no-push")
    assert "no longer" not in said.out
    assert remote.refs() == server
    merge, tag = alice.rev("main"), the_tag(alice)
    tag_object = alice.rev(f"refs/tags/{tag}")
    assert parents(alice, merge) == [remote.rev("main"), scene.tip]
    assert alice.rev(f"{tag}^{{commit}}") == merge
    assert "Merged into 'main' here only; to publish it, run: git hotfix finish" in said.err
    assert said.out.endswith(f"Next: git hotfix finish {scene.id} -y --skip-tests 'production is down'\n")
    scene.finish()
    assert assert_published(scene) == merge == remote.rev("main")
    assert remote.rev(f"refs/tags/{tag}") == tag_object
    assert_everywhere(scene)


def test_no_push_and_then_the_server_moved_is_prepared_again(tmp_path: Path) -> None:
    scene = ready(tmp_path)
    alice, remote = scene.alice, scene.remote
    scene.finish("--no-push")
    stale = alice.rev("main")
    theirs = push_to(scene.bob, "main", "NEWS.md", "news\n")
    scene.finish("--no-backport")
    merge = assert_published(scene, on=theirs)
    assert merge != stale
    assert remote.show("main:NEWS.md") == "news\n"
    assert_at_rest(scene)


def test_tag_options_decide_which_tags_are_published(tmp_path: Path) -> None:
    scene = ready(tmp_path)
    alice, remote = scene.alice, scene.remote
    alice.git("config", "--add", "hotfix.tag.also", "v{next_patch}")
    # a private tag that push.followTags would publish, and a branch that is called as the tag will be
    alice.git("config", "push.followTags", "true")
    alice.git("tag", "-a", "-m", "mine", "private", scene.branch)
    alice.git("branch", "release-tag", "main")
    scene.finish("--tag", "release-tag", "--no-backport")
    assert sorted(remote.git("tag").split()) == ["release-tag", "v1.0.0", "v1.0.1"]
    merge = remote.rev("main")
    assert remote.rev("refs/tags/release-tag^{commit}") == merge == remote.rev("v1.0.1^{commit}")
    assert pushes(remote) == [["refs/heads/main", "refs/tags/release-tag", "refs/tags/v1.0.1"]]
    assert alice.rev("refs/heads/release-tag") == remote.rev("v1.0.0^{commit}")
    assert alice.rev("refs/heads/main") == merge
    before = alice.snapshot()
    assert "release-tag" in alice.hotfix("finish", scene.id, "-y", "--no-backport", check=0).out
    assert alice.snapshot() == before


def test_tag_name_that_is_taken_here_or_on_the_server_is_counted_on(tmp_path: Path) -> None:
    scene = ready(tmp_path)
    scene.alice.git("config", "hotfix.tag.format", "live")
    scene.alice.git("tag", "live", "v1.0.0")
    scene.remote.git("tag", "live-2", "v1.0.0")
    scene.finish("--no-backport")
    assert sorted(scene.remote.git("tag").split()) == ["live-2", "live-3", "v1.0.0"]
    assert scene.remote.rev("live-3^{commit}") == scene.remote.rev("main")
    assert scene.remote.git("cat-file", "-t", "live-3") == "tag"


def test_no_tag_publishes_without_a_tag_and_stays_so(tmp_path: Path) -> None:
    scene = ready(tmp_path)
    scene.finish("--no-tag", "--no-backport")
    remote = scene.remote
    assert tags(remote) == []
    assert ("Hotfix-Tag", "none") in trailers(remote, "main")
    assert_at_rest(scene)
    scene.alice.hotfix("finish", scene.id, "-y", "--no-backport", check=0)
    assert tags(remote) == []
    assert len(merges_of(remote, scene.id)) == 1


def test_sign_signs_every_commit_and_the_tag(tmp_path: Path) -> None:
    scene = ready(tmp_path)
    alice, remote = scene.alice, scene.remote
    make_key(scene)
    scene.finish("--sign")
    assert_published(scene)
    assert_everywhere(scene)
    tag = the_tag(alice)
    assert alice.try_git("verify-tag", tag).code == 0
    for rev in ("main", "develop", "develop^", "release/1.1", "support/1.0"):
        assert "-----BEGIN SSH SIGNATURE-----" in remote.git("cat-file", "commit", rev), rev
    assert alice.try_git("verify-commit", "main").code == 0


def make_key(scene: Ready) -> None:
    """Let alice sign with an ssh key and trust it."""
    key = scene.alice.path.parent / "key"
    made = run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key), directory=key.parent)
    assert made.code == 0, made.err
    allowed = key.with_name("allowed")
    allowed.write_text(f"alice@example.com {key.with_suffix('.pub').read_text()}")
    for name, value in (
        ("gpg.format", "ssh"),
        ("user.signingKey", str(key)),
        ("gpg.ssh.allowedSignersFile", str(allowed)),
    ):
        scene.alice.git("config", name, value)


def test_git_dir_exported_publishes_all_the_same(tmp_path: Path) -> None:
    scene = ready(tmp_path)
    alice = scene.alice
    env = {"GIT_DIR": str(alice.path / ".git"), "GIT_WORK_TREE": str(alice.path)}
    linked = alice.path.parent / "production"
    alice.git("worktree", "add", "-q", str(linked), "main")
    alice.git("config", "hotfix.deploy.command", "sh -c 'git rev-parse HEAD >../deployed; pwd >>../deployed'")
    alice.hotfix(*FINISH, "--stay", env=env, check=0)
    merge = assert_published(scene)
    assert (linked.parent / "deployed").read_text().split() == [merge, str(linked)]
    assert (linked / LOGIN).read_text() == scene.remote.show(f"main:{LOGIN}")


def test_production_checked_out_clean_in_another_worktree_is_refreshed_there(tmp_path: Path) -> None:
    scene = ready(tmp_path)
    alice, linked = scene.alice, tmp_path / "production"
    alice.git("worktree", "add", "-q", str(linked), "main")
    (linked / ".env").write_text("SECRET=1\n")
    scene.finish("--no-backport", "--stay")
    assert_published(scene)
    assert (linked / LOGIN).read_text() == scene.remote.show(f"main:{LOGIN}")
    assert alice.git("-C", str(linked), "status", "--porcelain") == ""
    assert alice.git("-C", str(linked), "rev-parse", "HEAD") == scene.remote.rev("main")
    assert (linked / ".env").read_text() == "SECRET=1\n"


@pytest.mark.parametrize("way", ["changed", "diverged", "ignored"])
def test_local_production_that_cannot_follow_stays_and_is_told(tmp_path: Path, way: str) -> None:
    scene = ready(tmp_path)
    alice, linked = scene.alice, tmp_path / "production"
    alice.git("worktree", "add", "-q", str(linked), "main")
    precious = linked / LOGIN
    match way:
        case "changed":
            precious.write_text("my own work\n")
        case "diverged":
            (linked / "own.txt").write_text("mine\n")
            alice.git("-C", str(linked), "add", "own.txt")
            alice.git("-C", str(linked), "commit", "-qm", "My own commit")
            precious = linked / "own.txt"
        case _:
            alice.commit("Track the environment", {".env": "SECRET=theirs\n"})
            precious = linked / ".env"
            precious.write_text("SECRET=mine\n")
    kept, local = precious.read_text(), alice.rev("main")
    said = scene.finish("--no-backport", "--stay")
    assert_published(scene)
    assert alice.rev("main") == local
    assert precious.read_text() == kept
    if way == "diverged":
        expected = ["Local 'main' not updated: it has commits that 'origin/main' does not have."]
        assert notes(said) == expected
        assert warnings(said) == []
    else:
        (told,) = warnings(said)
        assert told.startswith("Local 'main' not updated: ")
        assert (LOGIN if way == "changed" else ".env") in told
