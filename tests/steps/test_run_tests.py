"""Which critical tests are due, what is asked about them, what status shows: decided on facts alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from git_hotfix.config.keys import Config, CriticalTests
from git_hotfix.engine.step import Questions, Refusal
from git_hotfix.hotfix import Method
from git_hotfix.memory import Conflict, Memory, TestResult
from git_hotfix.steps.request import FinishRequest
from git_hotfix.steps.resolution_tests import RunTestsOfResolutions
from git_hotfix.steps.run_tests import RunTests
from tests.support.decisions import decided, refusal, shown
from tests.support.facts import BASE_TIP, FIX, HOTFIX, NOON, PUBLICATION, TIP, ended, facts, published

if TYPE_CHECKING:
    from git_hotfix.facts.facts import Facts

AT = NOON.isoformat()
MAKE = Config(test=CriticalTests(command="make check"))
PATHS = Config(test=CriticalTests(command="pytest {paths} -k critical"))
MAPPED = Config(test=CriticalTests(command="pytest {paths}", map=(("src/*", ("tests/auth", "tests/all")),)))
NO_FIX = replace(FIX, paths=())
PROPOSED = ("make test-critical", "npm run test:critical")
NOWHERE: dict[str, Any] = {"has_path": lambda _path: False}


def remembered(outcome: Any, fix: str = FIX.identity) -> Memory:
    return Memory(tests=(TestResult(fix, outcome, "make check", AT, 2.6),))


def test_request(**options: Any) -> FinishRequest:
    """Return what ``test`` asks for."""
    return FinishRequest(retest=True, **options)


test_request.__test__ = False  # type: ignore[attr-defined]  # its name is the command's

PASSED, FAILED, NONE = (remembered(outcome) for outcome in ("passed", "failed", "none"))


@pytest.mark.parametrize(
    ("given", "request_", "expected"),
    [
        (facts(config=MAKE), FinishRequest(), "RunTests"),
        (facts(config=MAKE, memory=PASSED), FinishRequest(), "-"),
        (facts(config=MAKE, memory=FAILED), FinishRequest(), "RunTests"),
        (facts(config=MAKE, memory=NONE), FinishRequest(), "RunTests"),
        (facts(config=MAKE, memory=remembered("passed", "another fix")), FinishRequest(), "RunTests"),
        (facts(config=MAKE, memory=PASSED), test_request(), "RunTests"),
        # the merge with a base that has moved is another thing to test
        (facts(config=MAKE, memory=PASSED, tested_identity="the merge"), FinishRequest(), "RunTests"),
        (facts(config=MAKE, memory=remembered("passed", "m"), tested_identity="m"), FinishRequest(), "-"),
        (facts(config=MAKE), FinishRequest(skip_tests="the runner is down"), "-"),
        (facts(config=MAKE), FinishRequest(skip_tests=""), "RunTests"),
        (facts(config=MAKE, fix=NO_FIX), FinishRequest(), "-"),
        (facts(config=MAKE, fix=NO_FIX), test_request(), "refused nothing-to-test"),
        (published(config=MAKE), FinishRequest(), "-"),
        (published(config=MAKE), test_request(), "refused nothing-to-test"),
        # which tests they are is not known
        (facts(), FinishRequest(), "refused tests-undecided"),
        (facts(), FinishRequest(yes=True), "refused tests-undecided"),
        (facts(), FinishRequest(interactive=True), "asks test_command"),
        (facts(), FinishRequest(interactive=True, test_command="true"), "RunTests"),
        (facts(config=PATHS), FinishRequest(), "RunTests"),
        (facts(config=PATHS, **NOWHERE), FinishRequest(), "refused tests-undecided"),
        (facts(config=PATHS, **NOWHERE), FinishRequest(interactive=True), "asks test_paths"),
        (facts(config=PATHS, **NOWHERE), FinishRequest(interactive=True, test_paths=("tests",)), "RunTests"),
        (facts(config=MAPPED, **NOWHERE), FinishRequest(), "RunTests"),
        (facts(config=PATHS, **NOWHERE), test_request(test_arguments=("-x",)), "refused tests-undecided"),
        (facts(config=PATHS, **NOWHERE), test_request(test_arguments=("tests/x",)), "RunTests"),
    ],
)
def test_when_tests_are_due(given: Facts, request_: FinishRequest, expected: str) -> None:
    assert decided(RunTests.due(given, request_)) == expected


@pytest.mark.parametrize(
    ("given", "request_", "step"),
    [
        (facts(config=MAKE), FinishRequest(), RunTests("make check", ())),
        (facts(config=MAKE), FinishRequest(test_command="true"), RunTests("true", (), keeps=True)),
        (
            facts(config=PATHS, has_path=lambda path: path == "src/tests"),
            FinishRequest(),
            RunTests("pytest {paths} -k critical", ("src/tests",)),
        ),
        (facts(config=MAPPED, **NOWHERE), FinishRequest(), RunTests("pytest {paths}", ("tests/auth", "tests/all"))),
        (
            facts(config=PATHS),
            FinishRequest(test_paths=("a", "b")),
            RunTests("pytest {paths} -k critical", ("a", "b")),
        ),
        # after --: options narrow a run, which is then not one of the whole fix
        (
            facts(config=MAKE),
            test_request(test_arguments=("-x",)),
            RunTests("make check", (), ("-x",), counts=False),
        ),
        (
            facts(config=MAPPED, **NOWHERE),
            test_request(test_arguments=("-x",)),
            RunTests("pytest {paths}", ("tests/auth", "tests/all"), ("-x",), counts=False),
        ),
        (
            facts(config=MAKE),
            test_request(test_arguments=("tests/one.py",)),
            RunTests("make check", (), ("tests/one.py",), counts=False),
        ),
        (
            facts(config=MAPPED, **NOWHERE),
            test_request(test_arguments=("tests/one.py",)),
            RunTests("pytest {paths}", (), ("tests/one.py",), counts=False),
        ),
        # only where nothing else is known to cover the fix, a person's own paths are its tests
        (
            facts(config=PATHS, **NOWHERE),
            test_request(test_arguments=("tests/one.py",)),
            RunTests("pytest {paths} -k critical", (), ("tests/one.py",)),
        ),
        (
            facts(config=PATHS, **NOWHERE),
            test_request(test_arguments=("tests/one.py", "-x")),
            RunTests("pytest {paths} -k critical", (), ("tests/one.py", "-x"), counts=False),
        ),
        (
            facts(config=PATHS, **NOWHERE),
            test_request(test_paths=("a",), test_arguments=("b",)),
            RunTests("pytest {paths} -k critical", ("a",), ("b",), counts=False),
        ),
    ],
)
def test_which_tests_run(given: Facts, request_: FinishRequest, step: RunTests) -> None:
    assert RunTests.due(given, request_) == step


def test_question_which_command_it_is() -> None:
    text = "Which command runs the critical tests? It is kept in git config. (none: publish without)"
    found = facts(test_proposals=PROPOSED)
    asked = RunTests.due(found, FinishRequest(interactive=True))
    assert isinstance(asked, Questions)
    (question,) = asked.questions
    assert (question.text, question.choices, question.default) == (text, PROPOSED, "make test-critical")
    refused = RunTests.due(found, FinishRequest(verified_by="Kim"))
    assert isinstance(refused, Refusal)
    assert refused.questions == (question,)
    message = "No command for the critical tests is configured (--skip-tests REASON publishes without)."
    line = "git hotfix finish auth --test-command"
    assert refusal(refused) == [(2, message, f"{line} 'make test-critical'")]
    assert refusal(RunTests.due(facts(), FinishRequest())) == [(2, message, f"{line} COMMAND --verified-by NAME")]
    assert refusal(RunTests.due(facts(), test_request())) == [(2, message, f"{line} COMMAND")]


def test_question_which_paths_they_are() -> None:
    fix = replace(FIX, paths=tuple(f"src/{number}?.py" for number in range(7)))
    given = facts(config=PATHS, fix=fix, **NOWHERE)
    files = "'src/0?.py', 'src/1?.py', 'src/2?.py', 'src/3?.py', 'src/4?.py' and 2 more"
    text = f"Which tests cover {files}? (paths, separated by spaces)"
    asked = RunTests.due(given, FinishRequest(interactive=True))
    assert isinstance(asked, Questions)
    assert [(each.field, each.text, each.default) for each in asked.questions] == [("test_paths", text, None)]
    why = "is not known: nothing in test.map{} and no folder of tests matches (--skip-tests REASON publishes without)."
    message, line = f"Which tests cover {files} {why}", "git hotfix finish auth --test-path"
    such = message.format(", such as 'src/**=checks',")
    there = facts(config=PATHS, fix=fix, files=("checks/test_login.py",), **NOWHERE)
    assert refusal(RunTests.due(there, FinishRequest(verified_by="Kim"))) == [(2, such, f"{line} checks")]
    assert refusal(RunTests.due(given, FinishRequest(verified_by="Kim"))) == [(2, message.format(""), f"{line} PATH")]
    typed = RunTests.due(there, FinishRequest(test_paths="a b"))
    assert typed == RunTests("pytest {paths} -k critical", ("a", "b"))


def test_nothing_to_test_is_told_with_the_way_to_status() -> None:
    refused = RunTests.due(published(), test_request())
    message = f"'{HOTFIX}' has no fix that is not published yet."
    assert refusal(refused) == [(1, message, f"git hotfix status {HOTFIX}")]


LAST = f"in 3 s, {AT} (make check)"


@pytest.mark.parametrize(
    ("given", "state", "evidence"),
    [
        (facts(), "not done", "not run for this fix"),
        (facts(fix=NO_FIX), "waiting", "after the fix"),
        (facts(fix=None), "waiting", "after the fix"),
        (facts(memory=PASSED), "done", f"passed {LAST}"),
        (facts(memory=FAILED), "not done", f"failed {LAST}"),
        (facts(memory=NONE), "not done", f"no tests ran {LAST}"),
        (facts(memory=Memory(tests=(*PASSED.tests, *FAILED.tests))), "not done", f"failed {LAST}"),
        (facts(memory=remembered("passed", "another")), "not done", "not run for this fix"),
        (ended(), "done", "not needed"),
        (published(merge_trailers={"Tests": "passed (x)"}), "done", "passed (x), says the merge of Kim"),
        (published(merge_trailers={"Tests": "failed"}), "unknown", "failed, says the merge of Kim"),
        (published(merge_trailers={"Tests-Skipped": "down"}), "done", "skipped: down, says the merge of Kim"),
        *(
            (published(merge_trailers=said), "unknown", "the merge does not say whether tests ran")
            for said in ({}, {"Tests": "passed", "Tests-Skipped": "x"})
        ),
        # commits after the publication are not tested by it
        (facts(publications=(PUBLICATION,), merge_trailers={"Tests": "x"}), "not done", "not run for this fix"),
        (facts(publications=(PUBLICATION,), memory=PASSED), "done", f"passed {LAST}"),
    ],
)
def test_what_status_shows_of_the_tests(given: Facts, state: str, evidence: str) -> None:
    assert shown(RunTests.progress(given)) == [("tests", state, evidence, None)]


def test_paths_are_looked_for_at_the_tip_only_where_the_command_names_them() -> None:
    asked = facts(config=MAKE)
    del asked.__dict__["has_path"]  # asking would touch the repository
    assert decided(RunTests.due(asked, FinishRequest())) == "RunTests"


WAITS = Conflict("develop", "/", BASE_TIP, TIP, Method.MERGE, "as git left it")
RESOLVED: dict[str, Any] = {"memory": Memory(conflicts=(WAITS,)), "unresolved": {WAITS: None}}
RESOLVED["changed"] = lambda _fork, _tip: {"src/login.py"}


def test_tests_of_a_resolution_run_where_the_conflict_was_resolved() -> None:
    team = published(config=MAKE, **RESOLVED)
    assert RunTestsOfResolutions.due(team, test_request()) == RunTestsOfResolutions(
        RunTests("make check", ()), (WAITS,)
    )
    assert RunTestsOfResolutions.due(published(memory=RESOLVED["memory"]), test_request()) is None
    assert RunTestsOfResolutions.due(published(), test_request()) is None


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        (
            Config(),
            (
                2,
                "No command for the critical tests is configured (test.command).",
                "git config hotfix.test.command COMMAND",
            ),
        ),
        (
            PATHS,
            (2, "Which tests cover 'src/login.py' is not known (test.map).", "git hotfix config test.map"),
        ),
    ],
)
def test_resolution_is_not_taken_up_untested_where_its_tests_are_not_known(
    config: Config, expected: tuple[int, str, str]
) -> None:
    given = published(config=config, **NOWHERE, **RESOLVED)
    assert refusal(RunTestsOfResolutions.due(given, test_request())) == [expected]
