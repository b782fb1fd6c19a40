"""A whole finish on a terminal: every question before publication, each once, and every way of saying no."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from tests.cli.stages import fixed
from tests.support.durations import without_durations
from tests.support.hooks import _install
from tests.support.terminal import Terminal

if TYPE_CHECKING:
    from pathlib import Path

LINES = ("release/1.1", "release/1.2", "release/1.3", "release/1.4", "release/1.5", "release/1.6", "support/1.0")


def test_every_question_answered_publishes_deploys_and_carries(tmp_path: Path) -> None:
    stage = fixed(tmp_path)
    alice, remote = stage.alice, stage.remote
    for key in ("branches.production", "test.command"):
        alice.git("config", "--unset", f"hotfix.{key}")
    alice.git("config", "hotfix.deploy.command", "git rev-parse HEAD")
    remote.git("branch", "prod", "main")
    for line in LINES[1:-1]:
        remote.git("branch", line, "release/1.1")

    with Terminal(alice, "finish", "--verified-by", "Kim Lee") as terminal:
        terminal.expect("Which branch is production? (main, prod):")
        terminal.answer("neither")
        terminal.expect("Please answer main or prod.")
        terminal.answer("main")
        terminal.expect("Commits:\n")
        terminal.expect("Check the password\n")
        terminal.expect("  src/auth/login.py\n")
        terminal.expect("Publish: origin/main, tag hotfix-")
        terminal.expect("Then:    origin/develop by merge\n")
        terminal.expect("Then:    origin/support/1.0 by pick\n")
        terminal.expect("Runs:    git rev-parse HEAD  (deploy.command in git config (local))\n")
        terminal.expect("Which command runs the critical tests? It is kept in git config.")
        terminal.answer("no-such-program")
        terminal.expect("The program 'no-such-program' of your answer was not found.")
        terminal.answer("true {files}")
        terminal.expect(f"Which of these {len(LINES)} release lines get fixes?")
        terminal.answer("release/1.0")
        terminal.expect("There is no 'release/1.0'.")
        terminal.answer("release/1.1 support/1.0")
        terminal.expect("Publish to 'origin/main' when the tests have passed? [Y/n]")
        terminal.answer("")
        terminal.expect("The critical tests passed (true src/auth/login.py, ")
        terminal.expect("Deployed (git rev-parse HEAD).")
        terminal.expect("Next: git hotfix cleanup")
        assert terminal.finish() == 0

    published = remote.rev("main")
    assert f"\n{published}\n" in terminal.transcript
    kept = alice.git("config", "--get-regexp", r"^hotfix\.(branches|test)\.").split("\n")
    assert sorted(kept) == [
        "hotfix.branches.production main",
        "hotfix.branches.release release/1.1",
        "hotfix.branches.release support/1.0",
        "hotfix.test.command true {files}",
    ]
    trailers = remote.git("log", "-1", "--format=%(trailers:key=Verified-By,key=Tests)", "main")
    assert "Verified-By: Kim Lee" in trailers
    assert "Tests: passed (true, N s, " in without_durations(trailers)
    assert remote.rev("prod") != published
    for line in LINES:
        has_fix = "password == expected" in stage.on_server(line, "src/auth/login.py")
        assert has_fix == (line in {"release/1.1", "support/1.0"}), line
    assert terminal.transcript.count("Which branch is production?") == 2  # asked, and again after nonsense
    with Terminal(alice, "status", "auth") as terminal:
        terminal.expect("Next: git hotfix cleanup")
        assert terminal.finish() == 0
    assert "Which" not in terminal.transcript


def test_no_and_interrupt_at_any_question_change_nothing(tmp_path: Path) -> None:
    stage = fixed(tmp_path)
    alice = stage.alice
    alice.git("config", "hotfix.deploy.command", "git rev-parse HEAD")
    before = alice.snapshot()

    with Terminal(alice, "finish") as terminal:
        terminal.expect("Publish to 'origin/main' when the tests have passed? [Y/n]")
        terminal.answer("n")
        terminal.expect("stop: Nothing was published.")
        terminal.expect("git hotfix finish")
        assert terminal.finish() == 1
    assert alice.snapshot() == before

    with Terminal(alice, "finish", "--deploy", "--skip-tests", "none") as terminal:
        terminal.expect("Publish to 'origin/main'? [Y/n]")
        terminal.interrupt()
        terminal.expect("Interrupted.")
        terminal.expect("Nothing is published.")
        terminal.expect(f"git hotfix finish {stage.hotfix} --deploy --skip-tests none")
        assert terminal.finish() == 130
    assert alice.snapshot() == before

    alice.git("config", "--unset", "hotfix.test.command")
    before = alice.snapshot()
    for _ in range(2):  # git hands the Ctrl-C that we had already on to us, at any moment of the end
        with Terminal(alice, "finish", "--no-deploy", by_git=True) as terminal:
            terminal.expect("Which command runs the critical tests?")
            terminal.interrupt()
            assert terminal.finish() == 130
        assert "Traceback" not in terminal.transcript
    assert alice.snapshot() == before
    assert not (alice.path / ".git/refs/hotfix").exists()
    assert "Traceback" not in terminal.transcript


def test_uncommitted_changes_are_asked_about_at_the_start(tmp_path: Path) -> None:
    stage = fixed(tmp_path)
    alice = stage.alice
    alice.git("checkout", "-q", "main")
    alice.write("VERSION", "worked on\n")

    with Terminal(alice, "start", "tax", "-y") as terminal:
        terminal.expect("There are uncommitted changes ('VERSION').")
        terminal.expect("(carry, stash, worktree) [carry]:")
        terminal.answer("worktree")
        assert terminal.finish() == 0

    assert alice.git("status", "--porcelain") == " M VERSION"
    assert alice.git("branch", "--show-current") == "main"
    assert len(alice.git("worktree", "list").split("\n")) == 2


def test_what_is_waited_for_is_shown_and_an_interrupted_wait_goes_on(tmp_path: Path) -> None:
    stage = fixed(tmp_path)
    alice, tested, taken = stage.alice, tmp_path / "tested", tmp_path / "taken"

    def until(file: Path) -> str:
        return f"while [ ! -e {shlex.quote(str(file))} ]; do sleep 0.05; done\n"

    _install(tmp_path / "critical", until(tested))
    _install(stage.remote.path / "hooks/pre-receive", f"{until(taken)}echo Look at me >&2\n")
    alice.git("config", "hotfix.test.command", str(tmp_path / "critical"))

    with Terminal(alice, "finish", "-y") as terminal:
        terminal.expect("Running 'critical' (")
        tested.touch()
        terminal.expect("Pushing to 'origin' (")
        terminal.expect(" s): Writing objects: 100% ")
        terminal.interrupt()
        terminal.expect("Interrupted.")
        terminal.expect("A push to main had begun; whether it arrived is not known.")
        assert terminal.finish() == 130
    taken.touch()
    with Terminal(alice, "finish", "-y") as terminal:
        assert terminal.finish() == 0
    assert terminal.transcript.count("Look at me") == 1
    assert not {"Writing objects", "Total "} & set(terminal.transcript.split(":"))
    assert "password == expected" in stage.on_server("main", "src/auth/login.py")
