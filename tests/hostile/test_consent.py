"""Commands from the repository's files run only after this person has said yes to exactly this text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.cli.stages import Stage, finished
from tests.hostile.scenes import assert_no_bug, canary, said
from tests.support.hooks import during_first_push
from tests.support.lab import Clone, standard_lab
from tests.support.terminal import Terminal

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.lab import Scene

TRUST = {"HOTFIX_TRUST_CONFIG": "1"}
PUBLISH = ("finish", "-y", "--skip-tests", "no time")


def team(root: Path, settings: str, name: str = ".hotfix.toml") -> Scene:
    """Return the standard scene with a configuration that came to main long ago, whoever wrote it."""
    scene = standard_lab(root)
    scene.bob.commit("Settings", {name: settings})
    scene.bob.git("push", "-q", "origin", "main")
    scene.alice.git("pull", "-q")
    scene.alice.git("config", "hotfix.branches.production", "main")
    return scene


def with_fix(scene: Scene) -> Clone:
    """Let alice have a hotfix with a fix."""
    alice = scene.alice
    alice.hotfix("start", "auth", "-y", check=0)
    alice.commit("Mend it", {"src/auth/more.py": "MORE = True\n"})
    return alice


def critical_tests(command: str) -> str:
    return f'[test]\ncommand = "{command}"\n'


def test_tests_of_the_teams_file_do_not_run_without_consent(tmp_path: Path) -> None:
    bird = canary(tmp_path)
    settings = critical_tests(bird.command).replace("[test]", "[tool.git-hotfix.test]")
    alice = with_fix(team(tmp_path, settings, "pyproject.toml"))

    refused = alice.hotfix("test")

    assert not bird.has_run
    assert refused.code == 2, said(refused)
    assert bird.command in refused.err
    assert "--trust-config" in refused.err


def test_yes_of_finish_is_no_consent(tmp_path: Path) -> None:
    bird = canary(tmp_path)
    scene = team(tmp_path, critical_tests(bird.command))
    alice = with_fix(scene)
    before = alice.snapshot(without_tracking=True)

    refused = alice.hotfix("finish", "-y")

    assert not bird.has_run
    assert refused.code == 2, said(refused)
    assert bird.command in refused.err
    assert "--trust-config" in refused.err
    assert alice.snapshot(without_tracking=True) == before


def test_consent_is_kept_for_exactly_this_text_and_holds_no_text(tmp_path: Path) -> None:
    bird = canary(tmp_path)
    alice = with_fix(team(tmp_path, critical_tests(bird.command)))
    before = alice.git("config", "--local", "--list").split("\n")

    alice.hotfix("test", "--trust-config", check=0)

    assert bird.has_run
    kept = [line for line in alice.git("config", "--local", "--list").split("\n") if line not in before]
    assert kept, "the consent was not kept in local git config"
    assert not any(str(bird.path) in line for line in kept)
    bird.path.unlink()
    alice.hotfix("test", check=0)
    assert bird.has_run
    other = canary(tmp_path, "other")
    alice.write(".hotfix.toml", critical_tests(other.command))
    refused = alice.hotfix("test")
    assert not other.has_run
    assert refused.code == 2, said(refused)
    assert other.command in refused.err


def test_trust_of_a_ci_runs_and_keeps_nothing(tmp_path: Path) -> None:
    bird = canary(tmp_path)
    alice = with_fix(team(tmp_path, critical_tests(bird.command)))

    alice.hotfix("test", check=0, env=TRUST)

    assert bird.has_run
    bird.path.unlink()
    refused = alice.hotfix("test")
    assert not bird.has_run
    assert refused.code == 2, said(refused)


def test_deployment_of_the_teams_file_does_not_run_without_consent(tmp_path: Path) -> None:
    bird = canary(tmp_path)
    scene = team(tmp_path, f'[deploy]\ntrigger = "push"\ncheck = "{bird.command}"\n')
    alice = with_fix(scene)
    before = scene.remote.refs()

    refused = alice.hotfix(*PUBLISH)

    assert not bird.has_run
    assert scene.remote.refs() == before  # asked early: nothing was published
    assert refused.code == 2, said(refused)
    assert bird.command in refused.err
    alice.hotfix(*PUBLISH, "--trust-config", check=0)
    assert bird.has_run


def test_rollback_command_of_the_teams_file_does_not_run_without_consent(tmp_path: Path) -> None:
    bird = canary(tmp_path)
    scene = team(tmp_path, f'[deploy]\ntrigger = "manual"\nrollback = "{bird.command}"\n')
    alice = with_fix(scene)
    alice.hotfix(*PUBLISH, check=0)
    before = scene.remote.refs()

    refused = alice.hotfix("rollback", "auth", "-y")

    assert not bird.has_run
    assert refused.code == 2, said(refused)
    assert bird.command in refused.err
    assert scene.remote.refs() == before
    alice.hotfix("rollback", "auth", "-y", "--trust-config")
    assert bird.has_run


def test_setup_of_a_worktree_does_not_run_without_consent(tmp_path: Path) -> None:
    bird = canary(tmp_path)
    scene = team(tmp_path, f'[worktree]\nsetup = "{bird.command}"\n')
    alice = scene.alice
    before = alice.snapshot(without_tracking=True)
    start = ("start", "auth", "-y", "--worktree", str(tmp_path / "tree"))

    refused = alice.hotfix(*start)

    assert not bird.has_run
    assert refused.code == 2, said(refused)
    assert bird.command in refused.err
    assert alice.snapshot(without_tracking=True) == before
    alice.hotfix(*start, "--trust-config", check=0)
    assert bird.has_run


def test_normal_way_of_the_teams_file_is_not_run_without_consent(tmp_path: Path) -> None:
    bird = canary(tmp_path)
    scene = team(tmp_path, f'[tracker]\nredirect = "{bird.command}"\n')

    answer = scene.alice.hotfix("start", "auth", "-y", "--can-wait")

    assert not bird.has_run
    assert answer.code in {2, 9}, said(answer)


def test_no_on_the_terminal_runs_nothing_and_the_text_is_shown_in_full(tmp_path: Path) -> None:
    bird = canary(tmp_path)
    alice = with_fix(team(tmp_path, critical_tests(bird.command)))

    with Terminal(alice, "test") as terminal:
        terminal.expect(bird.command)
        terminal.answer("n")
        code = terminal.finish()

    assert not bird.has_run, terminal.transcript
    assert code != 0


def test_looking_runs_nothing_ever(tmp_path: Path) -> None:
    stage: Stage = finished(tmp_path)
    bird = canary(tmp_path)
    keys = ("command", "check", "rollback")
    deploy = "".join(f'{key} = "{bird.command}"\n' for key in keys)
    settings = (
        f'{critical_tests(bird.command)}[worktree]\nsetup = "{bird.command}"\n[deploy]\ntrigger = "push"\n{deploy}'
    )
    stage.alice.write(".hotfix.toml", settings)
    for branch in ("main", stage.branch):
        stage.bob_pushes(branch, "Settings", {".hotfix.toml": settings})
    for key in keys:
        stage.alice.git("config", f"hotfix.deploy.{key}", bird.command)

    for command in (("status",), ("config",)):
        answer = stage.alice.hotfix(*command, env=TRUST)
        assert not bird.has_run
        assert_no_bug(answer)


def test_yes_to_the_screen_of_finish_counts_for_what_runs_then_and_for_nothing_else(tmp_path: Path) -> None:
    tests, deploy = canary(tmp_path, "tests"), canary(tmp_path, "deploy")
    scene = team(tmp_path, f'{critical_tests(tests.command)}[deploy]\ncommand = "{deploy.command}"\n')
    alice = with_fix(scene)

    with Terminal(alice, "finish", "--no-deploy") as terminal:
        terminal.expect(f"Runs:    {tests.command}")
        terminal.expect("(test.command in .hotfix.toml:2; new: your yes approves it)\n")
        terminal.expect("Publish to")
        terminal.answer("y")
        assert terminal.finish() == 0

    assert tests.has_run
    assert deploy.command not in terminal.transcript
    refused = alice.hotfix("deploy", "auth")
    assert (refused.code, deploy.has_run) == (2, False), said(refused)


def test_command_that_changes_while_the_fix_is_published_does_not_run(tmp_path: Path) -> None:
    known, other = canary(tmp_path, "known"), canary(tmp_path, "other")
    scene = team(tmp_path, f'[deploy]\ncommand = "{known.command}"\n')
    alice, bob = with_fix(scene), scene.bob
    bob.git("switch", "-q", "main")
    bob.commit("Deploy so", {".hotfix.toml": f'[deploy]\ncommand = "{other.command}"\n'})
    during_first_push(alice, f"unset GIT_DIR; git -C {bob.path} push -q origin main")

    answer = alice.hotfix(*PUBLISH, "--trust-config")

    assert (answer.code, known.has_run, other.has_run) == (7, False, False), said(answer)
    assert other.command in answer.err
    assert "--trust-config" in answer.err
    alice.hotfix("finish", "auth", "-y", "--trust-config", check=0)
    assert other.has_run
