"""Commands that deploy come from git config or from the base's tip on the server, never from a hotfix branch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cli.stages import finished, fixed, published
from tests.hostile.scenes import assert_no_bug, canary, has_fix, said
from tests.support.terminal import Terminal

if TYPE_CHECKING:
    from pathlib import Path

    from tests.hostile.scenes import Canary

ENVIRONMENTS = {"as it is": {}, "in a CI that trusts the team's file": {"HOTFIX_TRUST_CONFIG": "1"}}


def deploying(bird: Canary, *, trigger: str = "command") -> str:
    """Return a configuration in which every command that deploys is the canary's."""
    keys = "".join(f'{key} = "{bird.command}"\n' for key in ("command", "check", "rollback"))
    return f'[deploy]\ntrigger = "{trigger}"\n{keys}'


@pytest.mark.parametrize("env", ENVIRONMENTS.values(), ids=ENVIRONMENTS)
@pytest.mark.parametrize("trigger", ["command", "push"])
@pytest.mark.parametrize("more", [(), ("--no-deploy",), ("--deploy",)], ids=["", "no-deploy", "deploy"])
def test_rollback_by_a_colleague_runs_nothing_that_was_pushed_to_the_hotfix_branch(
    tmp_path: Path, more: tuple[str, ...], trigger: str, env: dict[str, str]
) -> None:
    stage = finished(tmp_path)
    bird = canary(tmp_path)
    stage.bob_pushes(stage.branch, "Settings", {".hotfix.toml": deploying(bird, trigger=trigger)})
    stage.bob.git("switch", "-q", "main")

    # the colleague is alice without the branch: only the server has it
    stage.alice.git("branch", "-q", "-D", stage.branch)
    answer = stage.alice.hotfix("rollback", "auth", "-y", *more, env=env)

    assert not bird.has_run
    assert_no_bug(answer)
    if "--deploy" not in more:  # said so, and there is nothing to deploy with: that may be refused
        assert not has_fix(stage.remote, "main"), said(answer)


@pytest.mark.parametrize("env", ENVIRONMENTS.values(), ids=ENVIRONMENTS)
def test_deploy_runs_nothing_that_lies_in_the_tree_of_the_hotfix_branch(tmp_path: Path, env: dict[str, str]) -> None:
    stage = finished(tmp_path)
    bird = canary(tmp_path)
    stage.alice.git("switch", "-q", stage.branch)
    stage.alice.write(".hotfix.toml", deploying(bird))

    stage.alice.hotfix("deploy", "auth", env=env)

    assert not bird.has_run


@pytest.mark.parametrize("place", ["committed", "not committed"])
def test_finish_with_yes_runs_nothing_that_the_branch_brings(tmp_path: Path, place: str) -> None:
    stage = fixed(tmp_path)
    bird = canary(tmp_path)
    if place == "committed":
        stage.alice.commit("Settings", {".hotfix.toml": deploying(bird)})
    else:
        stage.alice.write(".hotfix.toml", deploying(bird))

    answer = stage.alice.hotfix("finish", "-y", "--skip-tests", "no time")

    assert not bird.has_run, said(answer)
    assert_no_bug(answer)


def test_no_deploy_stops_every_command_that_deploys_in_finish(tmp_path: Path) -> None:
    stage = fixed(tmp_path)
    bird = canary(tmp_path)
    for key in ("command", "check", "rollback"):
        stage.alice.git("config", f"hotfix.deploy.{key}", bird.command)

    stage.alice.hotfix("finish", "-y", "--skip-tests", "no time", "--no-deploy")

    assert not bird.has_run


def test_no_deploy_stops_every_command_that_deploys_in_rollback(tmp_path: Path) -> None:
    stage = published(tmp_path)
    bird = canary(tmp_path)
    for key in ("command", "check", "rollback"):
        stage.alice.git("config", f"hotfix.deploy.{key}", bird.command)

    answer = stage.alice.hotfix("rollback", "auth", "-y", "--no-deploy")

    assert not bird.has_run, said(answer)
    assert not has_fix(stage.remote, "main"), said(answer)


def test_screen_of_rollback_names_every_command_and_no_to_deploy_stops_all(tmp_path: Path) -> None:
    stage = published(tmp_path)
    back, deploy = canary(tmp_path, "back"), canary(tmp_path, "deploy")
    stage.alice.git("config", "hotfix.deploy.command", deploy.command)
    stage.alice.git("config", "hotfix.deploy.rollback", back.command)

    with Terminal(stage.alice, "rollback", "auth") as terminal:
        terminal.expect("[Y/n]")  # "Deploy … once it is taken back?"
        assert deploy.command in terminal.transcript
        assert back.command in terminal.transcript, "the first command that would run is not on the screen"
        terminal.answer("n")
        for _ in range(3):  # whether a question about targets comes first is the program's choice
            try:
                terminal.expect("[y/N]")
            except AssertionError:
                break
            terminal.answer("y" if "back from" in terminal.transcript.splitlines()[-1] else "n")
        terminal.finish()
        shown = terminal.transcript

    assert not deploy.has_run, shown
    assert not back.has_run, shown


def test_screen_of_finish_names_every_command_that_will_run(tmp_path: Path) -> None:
    stage = fixed(tmp_path)
    tests, deploy = canary(tmp_path, "tests"), canary(tmp_path, "deploy")
    stage.alice.git("config", "hotfix.test.command", tests.command)
    stage.alice.git("config", "hotfix.deploy.command", deploy.command)

    with Terminal(stage.alice, "finish") as terminal:
        terminal.expect("Publish: origin/main")
        terminal.expect("[Y/n]")
        shown = terminal.transcript
        terminal.interrupt()
        terminal.finish()

    assert deploy.command in shown
    assert tests.command in shown
    assert not tests.has_run
    assert not deploy.has_run
