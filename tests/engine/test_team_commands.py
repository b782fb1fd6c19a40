"""Which of the team's commands a plan runs, whether they can be started, and whether somebody has said yes to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from git_hotfix.config.keys import Config, CriticalTests, Deploy, Worktree
from git_hotfix.config.layers import TeamCommand
from git_hotfix.engine.consent import commands_of, held_back, lines
from git_hotfix.engine.loop import plan
from git_hotfix.errors import ExitCode
from git_hotfix.memory import Deployment, Memory, TestResult
from git_hotfix.steps import commands
from git_hotfix.steps.begin import START
from git_hotfix.steps.request import DeployRequest, FinishRequest, Request, RollbackRequest, StartRequest
from tests.support.decisions import told
from tests.support.facts import FIX, MERGE, beginning, facts, published, rolled_back

if TYPE_CHECKING:
    from git_hotfix.engine.loop import Command

PIPE = "make test | tee log"
TEAM = Config(
    test=CriticalTests(command="make test"),
    deploy=Deploy(command="make deploy", check="make check", rollback="make back"),
    worktree=Worktree(setup="npm ci"),
)
PUSH = replace(TEAM, deploy=replace(TEAM.deploy, trigger="push"))
BY_HAND = replace(TEAM, deploy=replace(TEAM.deploy, trigger="manual"))
PASSED = Memory(tests=(TestResult(FIX.identity, "passed", "make test", "2026-01-17T12:00:00+09:00", 3),))
DEPLOYED = Memory(deployments=(Deployment(MERGE, "succeeded", None, "2026-01-17T12:00:00+09:00", None),))
BACK = Memory(
    deployments=(Deployment(MERGE, "succeeded", None, "2026-01-17T12:00:00+09:00", None, key="deploy.rollback"),)
)


def from_files(given: Any) -> Any:
    """Return the facts with settings that all came with the repository's files."""
    given.settings = replace(
        given.settings, origins=dict.fromkeys(given.settings.origins, ".hotfix.toml:7"), personal=frozenset()
    )
    return given


@pytest.mark.parametrize(
    ("command", "given", "request_", "expected"),
    [
        (commands.TEST, facts(config=TEAM), FinishRequest(retest=True), "test.command"),
        (commands.TEST, facts(config=TEAM, memory=PASSED), FinishRequest(retest=True), "test.command"),
        (commands.FINISH, facts(config=TEAM), FinishRequest(), "test.command deploy.command"),
        (commands.FINISH, facts(config=PUSH), FinishRequest(), "test.command deploy.check"),
        (commands.FINISH, facts(config=BY_HAND), FinishRequest(), "test.command"),
        (commands.FINISH, facts(config=TEAM, memory=PASSED), FinishRequest(), "deploy.command"),
        (commands.FINISH, facts(config=TEAM), FinishRequest(skip_tests="no time"), "deploy.command"),
        (commands.FINISH, facts(config=TEAM), FinishRequest(skip_tests=""), "test.command deploy.command"),
        (commands.FINISH, facts(config=TEAM), FinishRequest(deploy=False), "test.command"),
        (commands.FINISH, facts(config=PUSH), FinishRequest(deploy=False), "test.command"),
        (commands.FINISH, facts(config=TEAM), FinishRequest(push=False), "test.command"),
        (commands.FINISH, published(config=TEAM), FinishRequest(), "deploy.command"),
        (commands.FINISH, published(config=TEAM, memory=DEPLOYED), FinishRequest(), ""),
        (commands.DEPLOY, published(config=TEAM, memory=DEPLOYED), DeployRequest(redeploy=True), "deploy.command"),
        (commands.DEPLOY, published(config=BY_HAND), DeployRequest(redeploy=True), "deploy.command"),
        (commands.DEPLOY, published(config=TEAM), DeployRequest(succeeded=True), ""),
        (commands.ROLLBACK, published(config=TEAM), RollbackRequest(), "deploy.rollback deploy.command"),
        (
            commands.ROLLBACK,
            published(config=TEAM, memory=DEPLOYED),
            RollbackRequest(),
            "deploy.rollback deploy.command",
        ),
        (commands.ROLLBACK, published(config=TEAM, memory=BACK), RollbackRequest(), "deploy.command"),
        (commands.ROLLBACK, published(config=PUSH), RollbackRequest(), "deploy.rollback deploy.check"),
        (commands.ROLLBACK, published(config=BY_HAND), RollbackRequest(), "deploy.rollback"),
        (commands.ROLLBACK, published(config=TEAM), RollbackRequest(deploy=False), ""),
        (commands.ROLLBACK, rolled_back(config=TEAM), RollbackRequest(), "deploy.command"),
        (START, beginning(config=TEAM), StartRequest(title="auth"), ""),
        (START, beginning(config=TEAM), StartRequest(title="auth", wants_worktree=True), "worktree.setup"),
        (START, beginning(top=None, config=TEAM), StartRequest(title="auth", wants_worktree=True), ""),
        (commands.BACKPORT, published(config=TEAM), Request(), ""),
        (commands.DOCUMENT, published(config=TEAM), Request(), ""),
        (commands.CLEANUP, published(config=TEAM), Request(), ""),
    ],
)
def test_what_a_command_runs(command: Command[Any, Any], given: Any, request_: Any, expected: str) -> None:
    assert " ".join(each.key for each in commands_of(command.steps, given, request_)) == expected


@pytest.mark.parametrize(
    ("config", "request_", "expected"),
    [
        (
            {"test": CriticalTests(command=PIPE)},
            FinishRequest(),
            ["test.command 'sh -c '\\''make test | tee log'\\'''"],
        ),
        ({"test": CriticalTests(command=PIPE)}, FinishRequest(skip_tests="no time"), []),
        ({"test": CriticalTests(command=PIPE)}, FinishRequest(test_command="true"), []),
        ({"deploy": Deploy(command="a && b")}, FinishRequest(yes=True), ["deploy.command 'sh -c '\\''a && b'\\'''"]),
        ({"deploy": Deploy(command="a && b")}, FinishRequest(deploy=False), []),
        ({"deploy": Deploy(command="a && b")}, FinishRequest(yes=True, push=False), []),
        ({"deploy": Deploy(trigger="push", check="a | b")}, FinishRequest(), ["deploy.check 'sh -c '\\''a | b'\\'''"]),
    ],
)
def test_what_only_a_shell_can_start_is_refused_before_anything(
    config: dict[str, Any], request_: FinishRequest, expected: list[str]
) -> None:
    found = plan(commands.FINISH, facts(config=Config(**config)), request_)
    problems = found.refusal.problems if found.refusal is not None else ()
    needing = [each for each in told(problems) if each[0] == "needs-shell"]
    assert needing == [("needs-shell", 2, None, f"git config hotfix.{line}") for line in expected]


def test_what_cannot_be_split_is_mended_where_it_is_written() -> None:
    given = from_files(facts(config=Config(test=CriticalTests(command="pytest 'tests"))))
    found = plan(commands.FINISH, given, FinishRequest(trusts_once=True))
    assert found.refusal is not None
    assert told(found.refusal.problems) == [("bad-command", 2, None, "$(git var GIT_EDITOR) .hotfix.toml")]


def test_without_a_terminal_one_line_says_all_that_is_missing() -> None:
    found = plan(commands.FINISH, from_files(facts(config=TEAM)), FinishRequest())
    assert found.refusal is not None
    line = "git hotfix finish auth --deploy --verified-by NAME --trust-config"
    assert told(found.refusal.problems) == [("decision-missing", 2, None, line), ("consent-missing", 2, None, line)]
    assert found.refusal.problems[1].message == (
        "These commands of the repository's files are not approved yet: "
        "'make test' (test.command in .hotfix.toml:7), 'make deploy' (deploy.command in .hotfix.toml:7)."
    )
    assert [each.field for each in found.refusal.questions] == ["deploy", "verified_by", "trust"]


def fingerprint(key: str, line: str) -> str:
    return TeamCommand(key, line, "wherever").fingerprint


@pytest.mark.parametrize(
    ("changed", "request_", "new"),
    [
        ({}, {}, "make test, make deploy"),
        ({"consents": {fingerprint("test.command", "make test")}}, {}, "make deploy"),
        ({"consents": {fingerprint("deploy.command", "make test")}}, {}, "make test, make deploy"),
        ({"consents": {fingerprint("test.command", "make  test")}}, {}, "make test, make deploy"),
        ({}, {"agreed": frozenset({fingerprint("deploy.command", "make deploy")})}, "make test"),
        ({}, {"trusts_once": True}, ""),
        ({}, {"test_command": "true"}, "make deploy"),
    ],
)
def test_a_yes_is_one_to_exactly_this_text_for_this_key(
    changed: dict[str, Any], request_: dict[str, Any], new: str
) -> None:
    given = from_files(facts(config=TEAM, **changed))
    found = plan(commands.FINISH, given, FinishRequest(yes=True, **request_))
    assert ", ".join(each.line for each in found.new) == new
    codes = [each.code for each in found.refusal.problems] if found.refusal is not None else []
    assert codes == (["consent-missing"] if new else [])


def test_option_says_yes_to_what_is_planned() -> None:
    found = plan(commands.FINISH, from_files(facts(config=TEAM)), FinishRequest(yes=True, trust=True))
    assert [type(step).__name__ for step in found.steps[:2]] == ["RunTests", "Publish"]
    assert [each.key for each in found.new] == ["test.command", "deploy.command"]


def test_screen_names_every_command_in_full_and_marks_what_is_new() -> None:
    given = from_files(facts(config=TEAM, consents={fingerprint("test.command", "make test")}))
    found = plan(commands.FINISH, given, FinishRequest(interactive=True))
    assert found.questions is not None
    assert found.questions.screen[-2:] == (
        "Runs:    make test  (test.command in .hotfix.toml:7)",
        "Runs:    make deploy  (deploy.command in .hotfix.toml:7; new: your yes approves it)",
    )
    assert [each.field for each in found.questions.questions] == ["confirmed"]


def test_without_a_last_word_a_person_is_asked_for_the_commands_alone() -> None:
    found = plan(commands.FINISH, from_files(facts(config=TEAM)), FinishRequest(interactive=True, yes=True))
    assert found.questions is not None
    assert [each.field for each in found.questions.questions] == ["trust"]
    assert len(found.questions.screen) == 2
    said_no = plan(
        commands.FINISH, from_files(facts(config=TEAM)), FinishRequest(interactive=True, yes=True, trust=False)
    )
    assert said_no.refusal is not None
    assert [each.code for each in said_no.refusal.problems] == ["consent-missing"]


def test_what_hides_in_a_command_is_shown() -> None:
    hidden = TeamCommand("test.command", "sh -c 'true\n\x1b[2K\u202e\tx'", "f")
    assert list(lines((hidden,), ())) == [r"Runs:    sh -c 'true\n\x1b[2K\u202e\tx'  (test.command in f)"]


def test_after_publication_nothing_is_asked_again() -> None:
    given = from_files(published(config=TEAM))
    found = plan(commands.FINISH, given, FinishRequest(yes=True), past_return=True)
    assert (found.refusal, found.questions, found.new) == (None, None, ())


@pytest.mark.parametrize(
    ("key", "is_published", "expected"),
    [
        ("deploy.command", True, ExitCode.DEPLOYMENT),
        ("test.command", True, ExitCode.UNFINISHED),
        ("worktree.setup", True, ExitCode.UNFINISHED),
        ("test.command", False, ExitCode.USAGE),
    ],
)
def test_command_that_is_held_back_ends_as_what_it_is_for(
    key: str,
    is_published: bool,  # noqa: FBT001  # a case
    expected: ExitCode,
) -> None:
    new = (TeamCommand(key, "make it", ".hotfix.toml:7"),)
    problem = held_back(new, after_publication=is_published)
    assert (problem.code, problem.exit_code) == ("consent-missing", expected)
