"""The support of the tests, tested: a snapshot that sees nothing would let every refusal pass."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.support import hooks
from tests.support.lab import BUG, CRITICAL_TEST, FIXED, LOGIN, Clone, standard_lab
from tests.support.processes import begin, end
from tests.support.servers import Moment, git_daemon, silent_server, smart_http
from tests.support.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def alice(tmp_path: Path) -> Clone:
    return standard_lab(tmp_path).alice


def changed(clone: Clone, change: Callable[[], object]) -> list[str]:
    before = clone.snapshot()
    change()
    after = clone.snapshot()
    return sorted(fact for fact in before.keys() | after.keys() if before.get(fact) != after.get(fact))


def test_scene_is_built_as_drawn(tmp_path: Path) -> None:
    scene = standard_lab(tmp_path)
    assert sorted(scene.remote.refs()) == [
        "refs/heads/develop",
        "refs/heads/main",
        "refs/heads/release/1.1",
        "refs/heads/support/1.0",
        "refs/tags/v1.0.0",
    ]
    assert scene.remote.git("rev-list", "--count", "--branches") == "7"
    assert scene.remote.git("merge-base", "main", "develop") == scene.remote.rev("main")
    assert scene.remote.git("merge-base", "main", "support/1.0") == scene.remote.rev("main~1")
    assert scene.remote.rev("main^{}") == scene.remote.rev("v1.0.0^{}")
    assert scene.alice.git("var", "GIT_AUTHOR_IDENT").startswith("Alice <alice@example.com>")
    assert scene.bob.git("var", "GIT_AUTHOR_IDENT").startswith("Bob <bob@example.com>")


def test_scene_is_known_to_its_index_as_git_knows_it(alice: Clone) -> None:
    index = (alice.path / ".git/index").read_bytes()
    alice.git("update-index", "-q", "--refresh")  # writes only what it did not know
    assert (alice.path / ".git/index").read_bytes() == index


@pytest.mark.parametrize("target", ["develop", "release/1.1", "support/1.0"])
def test_scene_takes_the_fix_everywhere(alice: Clone, target: str) -> None:
    fix = alice.commit("Check the password", {LOGIN: alice.replace(LOGIN, BUG, FIXED)})
    alice.git("checkout", "-q", target)
    alice.git("cherry-pick", fix)
    assert FIXED in alice.read(LOGIN)


def test_scene_passes_its_critical_tests(alice: Clone) -> None:
    answer = subprocess.run(
        (sys.executable, "-m", "pytest", "-q", CRITICAL_TEST, "-k", "critical"),
        cwd=alice.path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stdout
    assert alice.git("status", "--porcelain") == ""


def test_snapshot_taken_twice_is_equal(alice: Clone) -> None:
    alice.write("README.md", "# Other\n")
    index = (alice.path / ".git/index").read_bytes()
    assert alice.snapshot() == alice.snapshot()
    assert (alice.path / ".git/index").read_bytes() == index


def test_snapshot_notices_every_kind_of_change(alice: Clone) -> None:
    server = alice.server
    assert server is not None
    readme = alice.path / "README.md"
    assert changed(alice, lambda: alice.git("branch", "new")) == ["ref refs/heads/new"]
    assert changed(alice, lambda: server.git("tag", "new", "main")) == ["server's ref refs/tags/new"]
    assert changed(alice, lambda: alice.git("checkout", "-q", "new")) == ["HEAD"]
    assert changed(alice, lambda: readme.chmod(0o755)) == ["file README.md", "status"]
    assert changed(alice, lambda: alice.git("add", "README.md")) == ["index README.md 0", "status"]
    assert changed(alice, lambda: alice.write(".env", "A=1\n")) == ["file .env", "status"]
    assert changed(alice, lambda: alice.write(".env", "A=2\n")) == ["file .env"]
    assert changed(alice, (alice.path / "empty").mkdir) == ["folder empty"]
    assert changed(alice, lambda: (alice.path / "link").symlink_to("nowhere")) == ["file link", "status"]
    assert changed(alice, lambda: alice.git("config", "a.b", "c")) == ["configuration"]
    assert changed(alice, lambda: alice.git("config", "--global", "a.b", "c")) == ["user's configuration"]
    linked = ["worktree tree HEAD", "worktree tree gitdir"]
    assert changed(alice, lambda: alice.git("worktree", "add", "-q", "../tree", "main")) == linked
    assert changed(alice, lambda: alice.git("worktree", "lock", "../tree")) == ["worktree tree locked"]
    assert changed(alice, lambda: alice.git("-C", "../tree", "checkout", "-q", "--detach")) == linked[:1]
    assert changed(alice, lambda: alice.git("stash")) == [
        "file README.md",
        "index README.md 0",
        "ref refs/stash",
        "stash 0",
        "status",
    ]


def test_snapshot_can_leave_remote_tracking_refs_out(alice: Clone) -> None:
    server = alice.server
    assert server is not None
    server.git("branch", "new", "main")
    before = alice.snapshot()
    quiet = alice.snapshot(without_tracking=True)
    alice.git("fetch", "-q")
    assert alice.snapshot() != before
    assert alice.snapshot(without_tracking=True) == quiet


def test_git_daemon_accepts_a_clone_and_a_push(tmp_path: Path) -> None:
    lab = standard_lab(tmp_path).lab
    with git_daemon(lab.remote.path) as url:
        carol = lab.clone("carol", url=url)
        fix = carol.commit("Fix", {"README.md": "# Fixed\n"})
        carol.git("push", "-q", "--atomic", "origin", "main", "HEAD:refs/tags/new")
        assert lab.remote.rev("main") == fix
    assert carol.try_git("ls-remote").code == 128


def test_smart_http_accepts_a_clone_and_long_and_short_pushes(tmp_path: Path) -> None:
    lab = standard_lab(tmp_path).lab
    with smart_http(lab.remote.path) as server:
        carol = lab.clone("carol", url=server.url)
        carol.git("push", "-q", "--atomic", "origin", "main:refs/heads/short", "main:refs/tags/short")
        noise = b"".join(number.to_bytes(4, "big") for number in range(200_000))
        carol.git("config", "core.compression", "0")
        long = carol.commit("Much", {"noise.bin": noise})
        carol.git("push", "-q", "origin", "main")
        # More than http.postBuffer goes in chunks.
        other = carol.commit("More", {"noise.bin": noise[::-1]})
        carol.git("-c", "http.postBuffer=65536", "push", "-q", "origin", "main")
        assert lab.remote.rev("main") == other
        assert lab.remote.rev("main~1") == long
        # The trial push shows that the second was in chunks.
        assert server.requests[-2:] == ["POST /remote.git/git-receive-pack"] * 2
    assert carol.try_git("ls-remote").code == 128


def test_smart_http_understands_a_compressed_request(tmp_path: Path) -> None:
    """git compresses what it wants from 1024 bytes on."""
    lab = standard_lab(tmp_path).lab
    for number in range(30):
        commit = lab.remote.git("commit-tree", "-m", str(number), "main^{tree}")
        lab.remote.git("update-ref", f"refs/heads/number-{number}", commit)
    with smart_http(lab.remote.path) as server:
        carol = lab.clone("carol", url=server.url)
        assert len(carol.git("branch", "-r", "--list", "origin/number-*").split("\n")) == 30


def test_smart_http_with_a_password_refuses_strangers(tmp_path: Path) -> None:
    lab = standard_lab(tmp_path).lab
    word = "letmein"
    with smart_http(lab.remote.path, password=word) as server:
        answer = lab.remote.try_git("ls-remote", server.url)
        assert answer.code == 128
        assert "could not read Username" in answer.err
        known = server.url.replace("//", f"//carol:{word}@")
        assert lab.remote.git("ls-remote", known, "refs/heads/main") != ""


def test_smart_http_swallowing_an_answer_moves_the_ref_and_fails_the_push(tmp_path: Path) -> None:
    lab = standard_lab(tmp_path).lab
    with smart_http(lab.remote.path) as server:
        carol = lab.clone("carol", url=server.url)
        fix = carol.commit("Fix")
        server.swallow_next_answer()
        assert carol.try_git("push", "origin", "main").code == 1
        assert lab.remote.rev("main") == fix
        assert sum(request.startswith("POST") and "receive" in request for request in server.requests) == 1


@pytest.mark.parametrize(("moment", "word"), [(Moment.ASKED, "stale info"), (Moment.SENT, "remote rejected")])
def test_smart_http_lets_somebody_else_push_first(tmp_path: Path, moment: Moment, word: str) -> None:
    scene = standard_lab(tmp_path)
    with smart_http(scene.remote.path) as server:
        carol = scene.lab.clone("carol", url=server.url)
        seen = carol.rev("main")
        carol.commit("Fix")
        faster = scene.bob.commit("Faster")
        server.once(moment, lambda: scene.bob.git("push", "-q", "origin", "main"))
        answer = carol.try_git("push", "--porcelain", f"--force-with-lease=main:{seen}", "origin", "main")
        assert answer.code == 1
        assert word in answer.out
        assert scene.remote.rev("main") == faster


def test_silent_server_keeps_git_waiting(tmp_path: Path) -> None:
    with silent_server() as url:
        process = begin("git", "ls-remote", url, directory=tmp_path)
        with pytest.raises(subprocess.TimeoutExpired):
            process.communicate(timeout=0.5)
        end(process)
        process.communicate()


def test_protected_branch_refuses_the_whole_push(tmp_path: Path) -> None:
    scene = standard_lab(tmp_path)
    hooks.protect(scene.remote, "refs/heads/main", "GH006: it's a protected branch")
    before = scene.alice.snapshot()
    head = scene.alice.git("commit-tree", "-p", "HEAD", "-m", "Fix", "HEAD^{tree}")
    answer = scene.alice.try_git("push", "origin", f"{head}:refs/heads/main", f"{head}:refs/tags/new")
    assert answer.code == 1
    assert "remote: GH006: it's a protected branch" in answer.err
    assert scene.alice.snapshot() == before
    hooks.accept_everything(scene.remote)
    scene.alice.git("push", "-q", "origin", f"{head}:refs/heads/main")


def test_refused_tags_let_the_branch_pass(tmp_path: Path) -> None:
    scene = standard_lab(tmp_path)
    hooks.refuse_ref(scene.remote, "refs/tags/*", "no tags here")
    fix = scene.alice.commit("Fix")
    answer = scene.alice.try_git("push", "origin", "main", "HEAD:refs/tags/new")
    assert answer.code == 1
    assert "no tags here" in answer.err
    assert scene.remote.rev("main") == fix
    assert "refs/tags/new" not in scene.remote.refs()


def test_server_without_atomic_is_told_by_git(tmp_path: Path) -> None:
    scene = standard_lab(tmp_path)
    hooks.without_atomic(scene.remote)
    answer = scene.alice.try_git("push", "--atomic", "origin", "main:refs/heads/new")
    assert answer.code == 128
    assert "does not support --atomic" in answer.err


def test_script_during_the_first_push_runs_once(tmp_path: Path) -> None:
    scene = standard_lab(tmp_path)
    faster = scene.bob.commit("Faster")
    marker = hooks.during_first_push(scene.alice, f"git -C '{scene.bob.path}' push -q origin main")
    scene.alice.commit("Fix")
    answer = scene.alice.try_git("push", "origin", "main")
    assert answer.code == 1
    assert marker.exists()
    assert scene.remote.rev("main") == faster
    scene.alice.git("pull", "-q", "--rebase")
    scene.alice.git("push", "-q", "origin", "main")


def test_terminal_is_real_and_its_transcript_plain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stand-in for the program: what is tested is the terminal."""
    programs = tmp_path / "programs"
    programs.mkdir()
    stand_in = programs / "git-hotfix"
    stand_in.write_text(
        "#!/bin/sh\n"
        "test -t 0 && test -t 1 && stty size\n"
        "printf '\\033[1;31mWhat\\033[0m is broken? '\n"
        'read -r answer; echo "broken: $answer"; exit 9\n'
    )
    stand_in.chmod(0o755)
    monkeypatch.setenv("PATH", str(programs), prepend=":")
    alice = standard_lab(tmp_path).alice
    with Terminal(alice, "start") as terminal:
        terminal.expect("40 100")
        terminal.expect("What is broken?")
        terminal.answer("sign-in, 로그인")
        terminal.expect("broken: sign-in, 로그인")
        assert terminal.finish() == 9
        assert terminal.transcript == "40 100\nWhat is broken? sign-in, 로그인\nbroken: sign-in, 로그인\n"
    run = alice.hotfix("start", stdin="x\n", check=9)
    assert run.out.endswith("broken: x\n")
    with pytest.raises(AssertionError, match="exit 9, not 0"):
        alice.hotfix("start", check=0)
