"""Commands that deploy come from git config or from the base's tip on the server, never from a hotfix branch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.cli.stages import finished, fixed, published
from tests.hostile.scenes import assert_no_bug, canary, has_fix, said
from tests.support.terminal import Terminal

if TYPE_CHECKING:
    from pathlib import Path

    from tests.hostile.scenes import Canary

TRUST = {"HOTFIX_TRUST_CONFIG": "1"}
"""Even where every file is trusted, a branch does not decide how it is deployed."""


def deploying(bird: Canary) -> str:
    """Return a configuration in which every command that deploys is the canary's."""
    keys = "".join(f'{key} = "{bird.command}"\n' for key in ("command", "check", "rollback"))
    return f'[deploy]\ntrigger = "command"\n{keys}'


def test_rollback_by_a_colleague_runs_nothing_that_was_pushed_to_the_hotfix_branch(tmp_path: Path) -> None:
    stage = finished(tmp_path)
    bird = canary(tmp_path)
    stage.bob_pushes(stage.branch, "Settings", {".hotfix.toml": deploying(bird)})
    stage.bob.git("switch", "-q", "main")

    # the colleague is alice without the branch: only the server has it
    stage.alice.git("branch", "-q", "-D", stage.branch)
    answer = stage.alice.hotfix("rollback", "auth", "-y", env=TRUST)

    assert not bird.has_run
    assert_no_bug(answer)
    assert not has_fix(stage.remote, "main"), said(answer)


def test_deploy_runs_nothing_that_lies_in_the_tree_of_the_hotfix_branch(tmp_path: Path) -> None:
    stage = finished(tmp_path)
    bird = canary(tmp_path)
    stage.alice.git("switch", "-q", stage.branch)
    stage.alice.write(".hotfix.toml", deploying(bird))

    stage.alice.hotfix("deploy", "auth", env=TRUST)

    assert not bird.has_run


def test_finish_with_yes_runs_nothing_that_the_branch_brings(tmp_path: Path) -> None:
    stage = fixed(tmp_path)
    bird = canary(tmp_path)
    stage.alice.commit("Settings", {".hotfix.toml": deploying(bird)})

    answer = stage.alice.hotfix("finish", "-y", "--skip-tests", "no time", env=TRUST)

    assert not bird.has_run, said(answer)
    assert_no_bug(answer)


def test_screen_of_rollback_names_every_command_and_no_to_deploy_stops_all(tmp_path: Path) -> None:
    stage = published(tmp_path)
    back, deploy = canary(tmp_path, "back"), canary(tmp_path, "deploy")
    stage.alice.git("config", "hotfix.deploy.command", deploy.command)
    stage.alice.git("config", "hotfix.deploy.rollback", back.command)

    with Terminal(stage.alice, "rollback", "auth") as terminal:
        terminal.expect("[Y/n]")  # "Deploy … once it is reverted?"
        assert deploy.command in terminal.transcript
        assert back.command in terminal.transcript, "the first command that would run is not on the screen"
        terminal.answer("n")
        terminal.expect("on 'origin/main'? [y/N]")
        terminal.answer("y")
        terminal.expect("Why is it rolled back?")
        terminal.answer("")
        terminal.finish()
        shown = terminal.transcript

    assert not deploy.has_run, shown
    assert not back.has_run, shown
