"""What a refusal without a terminal says to type decides everything at once: that line goes on."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

import click
import pytest
from msgspec.structs import replace

from git_hotfix.cli.commands import COMMANDS
from git_hotfix.cli.main import program
from git_hotfix.config.keys import Config, CriticalTests, Deploy, Scope
from git_hotfix.engine.loop import plan
from git_hotfix.engine.step import Refusal
from git_hotfix.git.checkout import Change
from git_hotfix.steps import commands
from git_hotfix.steps.begin import START
from git_hotfix.steps.request import DeployRequest, FinishRequest, LeaveRequest, RollbackRequest, StartRequest
from tests.engine.test_team_commands import from_files
from tests.steps.test_gate import SILENT, TAKEN
from tests.support.facts import FIX, beginning, facts, published, target
from tests.test_docs import command_of

if TYPE_CHECKING:
    from git_hotfix.engine.loop import Command

UNTESTED = Config(deploy=Deploy(command="make deploy-prod"), scope=Scope(max_files=0, mode="refuse"))
TEAM = Config(test=CriticalTests(command="pytest {paths}"), deploy=Deploy(command="make deploy-prod"))
PROPOSED: dict[str, Any] = {"test_proposals": ("make test-critical",)}
GIVEN = {"REASON": "too large", "TEXT": "a word", "NAME": "Kim", "COMMAND": "true", "PATH": "tests"}


def given_by(name: str, line: str, request: Any) -> Any:
    """Return the request that a command line makes, with what a person puts in for the words in capitals."""
    words = [GIVEN.get(word, word) for word in shlex.split(line)][3:]
    assert COMMANDS[name]
    parent = click.Context(program, **program.context_settings)  # a command keeps the help option of its first parent
    with command_of(name).make_context(name, words, parent=parent) as context:
        said = {key: value for key, value in context.params.items() if value is not None and value != ()}
    said["visibility"] = "restricted" if said.get("restricted") else None
    return replace(request, **{key: value for key, value in said.items() if hasattr(request, key) and key != "title"})


@pytest.mark.parametrize(
    ("wanted", "given", "request_", "line"),
    [
        (
            commands.FINISH,
            facts(config=UNTESTED, over_scope="It changes 1 file.", **PROPOSED),
            FinishRequest(),
            "--large REASON --test-command 'make test-critical' --verified-by NAME --deploy",
        ),
        (
            commands.FINISH,
            from_files(facts(config=TEAM, files=("checks/test_it.py",), test_paths=())),
            FinishRequest(),
            "--test-path checks --verified-by NAME --deploy --trust-config",
        ),
        (commands.TEST, facts(**PROPOSED), FinishRequest(retest=True), "--test-command 'make test-critical'"),
        (commands.ROLLBACK, published(config=TEAM, targets=(target(),)), RollbackRequest(), "--deploy --yes"),
        (commands.DEPLOY, from_files(published(config=TEAM)), DeployRequest(redeploy=True), "--trust-config"),
        (commands.CLOSE, facts(fix=replace(FIX, commits=(), paths=())), LeaveRequest(), "--as cancelled --reason TEXT"),
        (
            START,
            beginning(changes=(Change(" M", "src/login.py"),)),
            StartRequest(title="auth", kind="security"),
            "--production --cannot-wait --severity critical --restricted --carry",
        ),
        (
            START,
            beginning(world=SILENT, known=TAKEN),
            StartRequest(title="auth"),
            "--offline --production --cannot-wait --severity critical --slug auth-2",
        ),
    ],
)
def test_one_line_decides_everything(wanted: Command[Any, Any], given: Any, request_: Any, line: str) -> None:
    refused = plan(wanted, given, request_).refusal
    assert refused is not None
    (told,) = {each.remedy.line(("git", "hotfix", wanted.name)) for each in refused.problems}
    assert told == f"git hotfix {wanted.name} {line}"

    found = plan(wanted, given, given_by(wanted.name, told, request_))

    assert not isinstance(found.refusal, Refusal), found.refusal
    assert found.steps
