"""When a fix is published, what is asked and shown before, what the merge says, what status shows of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from git_hotfix.config.keys import Config, CriticalTests, Messages, Scope, Tag
from git_hotfix.config.keys import Deploy as Deployment
from git_hotfix.engine.step import Question, Questions
from git_hotfix.errors import ExitCode
from git_hotfix.git.world import Roles
from git_hotfix.hotfix import BranchName, Method, Verdict
from git_hotfix.memory import Attempt, Conflict, Memory, TestResult
from git_hotfix.steps.publication import Wanted
from git_hotfix.steps.publish import Publish, optional_questions, screen
from git_hotfix.steps.request import FinishRequest
from tests.support.decisions import decided, refusal, report, shown
from tests.support.facts import (
    BASE_TIP,
    BRANCH,
    DEVELOP,
    FIX,
    HOTFIX,
    LINE,
    MAIN,
    MERGE,
    NOON,
    PUBLICATION,
    TIP,
    ended,
    facts,
    oid,
    published,
    target,
    world,
)

if TYPE_CHECKING:
    from git_hotfix.facts.facts import Facts

COMMAND = Config(deploy=Deployment(command="make deploy-prod"))
PUSH = Config(deploy=Deployment(trigger="push"))
SIX = tuple(BranchName(f"release/1.{number}") for number in range(6))
MANY = Roles(MAIN, guessed=False, develop=DEVELOP, lines=SIX)
AT = NOON.isoformat()
PASSED = Memory(tests=(TestResult(FIX.identity, "passed", "make check", AT, 2.6),))
FAILED = Memory(tests=(TestResult(FIX.identity, "failed", "make check", AT, 2.6),))
NO_PUSH = Memory(why_pending={MAIN: "GH006: Protected branch update failed"})
TITLE = "Login takes any password"
PATH = f"docs/incidents/{HOTFIX.report_name()}"
ON_SCREEN = Config(deploy=Deployment(command="make deploy-prod"), tag=Tag(timezone="UTC"))


@pytest.fixture(autouse=True)
def noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("git_hotfix.clock.now", lambda: NOON)


def terminal(**options: Any) -> FinishRequest:
    return FinishRequest(interactive=True, **options)


@pytest.mark.parametrize(
    ("given", "request_", "expected"),
    [
        (facts(), FinishRequest(), "Publish"),
        (facts(publications=(PUBLICATION,)), FinishRequest(), "Publish"),  # commits that came after
        (published(), FinishRequest(), "-"),
        (published(config=COMMAND), terminal(), "-"),
        # without a terminal only the deployment has to be decided
        (facts(config=COMMAND), FinishRequest(), "refused decision-missing"),
        (facts(config=COMMAND), FinishRequest(yes=True), "Publish"),
        (facts(config=COMMAND), FinishRequest(deploy=True), "Publish"),
        (facts(config=COMMAND), FinishRequest(deploy=False), "Publish"),
        (facts(config=COMMAND), FinishRequest(push=False), "Publish"),
        (facts(config=PUSH), FinishRequest(), "Publish"),
        (facts(roles=MANY), FinishRequest(), "Publish"),
        # a server that has refused a push
        (facts(memory=NO_PUSH), FinishRequest(), "Publish"),
        (facts(memory=NO_PUSH), terminal(), "asks by_request"),
        (facts(memory=NO_PUSH), terminal(by_request=False, yes=True), "Publish"),
        (facts(memory=NO_PUSH), terminal(by_request=True), "-"),
        # on a terminal all of it is asked at once
        (facts(), terminal(), "asks confirmed"),
        (facts(report=report()), terminal(), "asks confirmed"),
        (facts(config=COMMAND), terminal(), "asks confirmed"),
        (facts(config=COMMAND), terminal(deploy=False), "asks confirmed"),
        (facts(roles=MANY), terminal(), "asks lines confirmed"),
        (facts(roles=MANY), terminal(backport=False), "asks confirmed"),
        (facts(roles=MANY), terminal(lines=()), "asks confirmed"),
        (facts(roles=MANY), terminal(to=("release/1.1",)), "asks confirmed"),
        (facts(roles=replace(MANY, lines=SIX[:5])), terminal(), "asks confirmed"),
        (facts(roles=MANY), terminal(yes=True), "asks lines"),
        (facts(), terminal(yes=True), "Publish"),
        (facts(), terminal(confirmed=True), "Publish"),
        (facts(), terminal(confirmed=False), "refused not-confirmed"),
        (facts(config=COMMAND), terminal(confirmed=False, deploy=False), "refused not-confirmed"),
    ],
)
def test_when_the_fix_is_published(given: Facts, request_: FinishRequest, expected: str) -> None:
    assert decided(Publish.due(given, request_)) == expected


def test_lines_that_somebody_chose_are_not_asked_about() -> None:
    given = facts(roles=MANY)
    given.settings = replace(given.settings, origins={**given.origins, "branches.release": ".hotfix.toml:3"})
    assert decided(Publish.due(given, terminal())) == "asks confirmed"


@pytest.mark.parametrize(
    ("given", "request_", "expected"),
    [
        (
            facts(config=COMMAND),
            FinishRequest(),
            (
                2,
                "This is not decided yet: Deploy with 'make deploy-prod' after publication?",
                "git hotfix finish auth --deploy --verified-by NAME",
            ),
        ),
        (facts(), terminal(confirmed=False), (1, "Nothing was published.", "git hotfix finish auth")),
    ],
)
def test_refusals(given: Facts, request_: FinishRequest, expected: tuple[int, str, str]) -> None:
    assert refusal(Publish.due(given, request_)) == [expected]


@pytest.mark.parametrize(
    ("given", "request_", "text"),
    [
        (facts(), terminal(), "Publish to 'origin/main' when the tests have passed?"),
        (facts(memory=PASSED), terminal(), "Publish to 'origin/main'?"),
        (facts(memory=FAILED), terminal(), "Publish to 'origin/main' when the tests have passed?"),
        (facts(), terminal(skip_tests="down"), "Publish to 'origin/main'?"),
        (facts(), terminal(skip_tests=""), "Publish to 'origin/main' when the tests have passed?"),
        (facts(), terminal(push=False), "Merge into 'main' here when the tests have passed?"),
        (facts(memory=PASSED), terminal(push=False), "Merge into 'main' here?"),
        (facts(world=world(with_server=False)), terminal(), "Publish to 'main' when the tests have passed?"),
    ],
)
def test_the_last_word(given: Facts, request_: FinishRequest, text: str) -> None:
    last = Question("confirmed", "--yes", text, "confirm", required=False, default="yes")
    assert optional_questions(given, request_)[-1] == last


def test_every_optional_question() -> None:
    asked = Publish.due(facts(config=COMMAND, roles=MANY, report=report()), terminal())
    assert isinstance(asked, Questions)
    lines = "release/1.0 release/1.1 release/1.2 release/1.3 release/1.4 release/1.5"
    assert [(each.option, each.text, each.kind, each.required, each.default) for each in asked.questions] == [
        (
            "--to BRANCH",
            f"Which of these 6 release lines get fixes? {lines} (names, or all, or none)",
            "text",
            False,
            "all",
        ),
        ("--yes", "Publish to 'origin/main' when the tests have passed?", "confirm", False, "yes"),
    ]
    assert asked.screen[0] == f"{HOTFIX}: {TITLE} (critical)"


TARGETS = (
    target(DEVELOP, method=Method.MERGE),
    target(LINE, method=Method.PICK),
    target("support/1.0", Verdict.CONFLICT, evidence="conflicts in 'src/login.py'"),
)
BEGINNING = [f"{HOTFIX}: {TITLE} (critical)", "", "Commits:", "  2222222 Check the password"]
BEGINNING += [f"Files (+1 -1, and the report {PATH}):"]
FOLLOWS = [
    "Then:    origin/develop by merge",
    "Then:    origin/release/1.1 by pick",
    "Then:    origin/support/1.0 conflicts in 'src/login.py'",
]


@pytest.mark.parametrize(
    ("changed", "request_", "expected"),
    [
        (
            {"config": ON_SCREEN},
            terminal(),
            [
                *BEGINNING,
                "  src/login.py",
                "Tests:   to be chosen",
                "Publish: origin/main, tag hotfix-20260117-1200",
                *FOLLOWS,
                "Deploy:  by the command below",
            ],
        ),
        (
            {"config": replace(ON_SCREEN, tag=Tag(format="live", also=("v{next_patch}",)))},
            terminal(skip_tests="the runner\nis down", deploy=False),
            [
                *BEGINNING,
                "  src/login.py",
                "Tests:   skipped: the runner is down",
                "Publish: origin/main, tag live, v0.0.1",
                *FOLLOWS,
                "Deploy:  not now",
            ],
        ),
        (
            {"config": PUSH, "memory": PASSED},
            terminal(backport=False, tag="v2"),
            [
                *BEGINNING,
                "  src/login.py",
                f"Tests:   passed in 3 s, {AT} (make check)",
                "Publish: origin/main, tag v2",
                "Deploy:  by the push",
            ],
        ),
        (
            {"config": Config(test=CriticalTests(command="make check"))},
            terminal(wants_tag=False, backport=False),
            [
                *BEGINNING,
                "  src/login.py",
                "Tests:   run first",
                "Publish: origin/main, tag none",
                "Deploy:  none configured",
            ],
        ),
        (
            {"config": ON_SCREEN, "over_scope": "It is large.", "moved_folders": ("src",)},
            terminal(push=False, test_command="true"),
            [
                *BEGINNING,
                "  src/login.py",
                "Tests:   run first",
                "Merge:   main here only, tag hotfix-20260117-1200",
                "It is large.",
                "'origin/main' has new commits in 'src' since the branch was made.",
            ],
        ),
        (
            {"fix": replace(FIX, commits=(TIP, oid("c")), paths=tuple(f"src/{n}.py" for n in range(14)))},
            terminal(tag="v2", push=False),
            [
                *BEGINNING[:4],
                "  ccccccc Check the password",
                BEGINNING[4],
                *(f"  src/{number}.py" for number in range(12)),
                "  and 2 more",
                "Tests:   to be chosen",
                "Merge:   main here only, tag v2",
            ],
        ),
        ({"fix": None}, terminal(), []),
    ],
)
def test_the_screen_before_publication(changed: dict[str, Any], request_: FinishRequest, expected: list[str]) -> None:
    answers: dict[str, Any] = {"report": report(), "targets": TARGETS}
    given = facts(**answers | changed)
    assert list(screen(given, request_)) == expected


def test_what_will_be_published() -> None:
    messages = Messages(merge="{severity} {issue} {id}: {description}")
    given = facts(config=Config(message=messages), report=report(issue="JIRA-7"))
    step = Publish.due(given, FinishRequest(message="Compare\nit", tag="v2", push=False))
    wanted = Wanted(
        base=MAIN,
        source=given.tip,
        tag="v2",
        message=f"critical JIRA-7 {HOTFIX}: Compare it",
        trailers=(("Hotfix-Id", str(HOTFIX)), ("Incident", PATH), ("Issue", "JIRA-7"), ("Deploy", "none")),
        to_server=False,
    )
    assert step == Publish(BRANCH, wanted, ("v2",))


def test_plan_names_every_tag_that_will_be_made() -> None:
    tags = Tag(format="live", also=("v{next_patch}", "current"))
    given, none = facts(config=Config(tag=tags)), FinishRequest(wants_tag=False)
    assert shown_plan(given, FinishRequest()).endswith(", with tag live, v0.0.1, current")
    assert shown_plan(given, none).endswith(", with no tag")


def shown_plan(given: Facts, request_: FinishRequest) -> str:
    step = Publish.due(given, request_)
    assert isinstance(step, Publish)
    return step.describe(given.world)


@pytest.mark.parametrize(
    ("given", "request_", "message"),
    [
        (facts(report=report()), FinishRequest(), f"HOTFIX: {TITLE}"),
        (facts(report=report()), FinishRequest(message="  "), f"HOTFIX: {TITLE}"),
        (facts(report=report(title="Two\nlines")), FinishRequest(), "HOTFIX: Two lines"),
        (facts(), FinishRequest(), "HOTFIX: auth"),
        (facts(report=report(), is_restricted=True), FinishRequest(), "HOTFIX: auth"),
        (facts(report=report()), FinishRequest(message="{id}"), "HOTFIX: {id}"),
    ],
)
def test_subject_of_the_merge(given: Facts, request_: FinishRequest, message: str) -> None:
    step = Publish.due(given, request_)
    assert isinstance(step, Publish)
    assert step.wanted.message == message


@pytest.mark.parametrize(
    ("given", "request_", "more"),
    [
        (facts(), FinishRequest(), []),
        (facts(report=report()), FinishRequest(), [("Incident", PATH)]),
        (facts(report=report(), is_restricted=True), FinishRequest(), []),
        (facts(memory=PASSED), FinishRequest(), [("Tests", f"passed (make check, 3 s, {AT})")]),
        (facts(memory=FAILED), FinishRequest(), []),
        (
            facts(memory=PASSED),
            FinishRequest(skip_tests="the runner\n is down"),
            [("Tests-Skipped", "the runner is down")],
        ),
        (facts(memory=PASSED), FinishRequest(skip_tests=""), [("Tests", f"passed (make check, 3 s, {AT})")]),
        (facts(moved_folders=("src", "lib")), FinishRequest(), [("Production-Moved", "src, lib")]),
        (facts(), FinishRequest(verified_by="Kim\nLee"), [("Verified-By", "Kim Lee")]),
        (facts(), FinishRequest(verified_by=" "), []),
        (facts(), FinishRequest(large="the whole\nmodule"), [("Large-Because", "the whole module")]),
        (facts(), FinishRequest(large=""), []),
        (
            facts(report=report(), memory=PASSED, moved_folders=("src",)),
            FinishRequest(verified_by="Kim", large="all"),
            [
                ("Incident", PATH),
                ("Tests", f"passed (make check, 3 s, {AT})"),
                ("Production-Moved", "src"),
                ("Verified-By", "Kim"),
                ("Large-Because", "all"),
            ],
        ),
    ],
)
def test_trailers_of_the_merge(given: Facts, request_: FinishRequest, more: list[tuple[str, str]]) -> None:
    step = Publish.due(given, request_)
    assert isinstance(step, Publish)
    assert list(step.wanted.trailers) == [("Hotfix-Id", str(HOTFIX)), *more, ("Deploy", "none")]


FINISH = f"git hotfix finish {HOTFIX}"
STUCK = Memory(conflicts=(Conflict(MAIN, "/tmp", BASE_TIP, TIP, Method.MERGE, "as git"),))
ONLY_HERE = Memory(attempt=Attempt(MAIN, BASE_TIP, MERGE, TIP, (), here=True))
LACKING = ("publication", "not done", "'origin/main' does not have the fix", FINISH)
LACKING_THE_REST = (*LACKING[:2], "'origin/main' has only an earlier part of it (hotfix-20260117-1200)", FINISH)
MERGED = [("merge", "done", MERGE[:7], None), ("publication", "done", "origin/main has it", None)]
UNSEEN = ", as its message says; no tag is to be seen on the server"
UNTAGGED = replace(PUBLICATION, tags=())
HIDDEN = replace(PUBLICATION, tags=(("hotfix-20260117-1200", None),))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (facts(), [("merge", "waiting", "into origin/main", None), LACKING]),
        (facts(publications=(PUBLICATION,)), [("merge", "waiting", "into origin/main", None), LACKING_THE_REST]),
        (facts(memory=ONLY_HERE), [("merge", "done", f"{MERGE[:7]}, only here", None), LACKING]),
        (facts(memory=ONLY_HERE, tip=oid("b")), [("merge", "waiting", "into origin/main", None), LACKING]),
        (
            facts(memory=STUCK),
            [
                ("merge", "waiting", "into origin/main, conflict to resolve", None),
                ("publication", "not done", "'origin/main' does not have the fix", "cd /tmp"),
            ],
        ),
        (
            published(),
            [*MERGED[:1], ("tag", "done", "hotfix-20260117-1200", None), *MERGED[1:]],
        ),
        (
            published(publications=(UNTAGGED,), memory=Memory(published_at={MERGE: AT})),
            [
                ("merge", "done", MERGE[:7], None),
                ("tag", "unknown", "the merge has no tag", None),
                ("publication", "done", f"origin/main has it, {AT}", None),
            ],
        ),
        # a tag that the server refused: finish tries it again; what a merge says of a hidden one is its word
        (
            published(publications=(UNTAGGED,), memory=Memory(why_pending={MERGE: "it was not taken"})),
            [*MERGED[:1], ("tag", "unknown", "it was not taken", FINISH), *MERGED[1:]],
        ),
        (
            published(publications=(HIDDEN,)),
            [*MERGED[:1], ("tag", "unknown", f"hotfix-20260117-1200{UNSEEN}", None), *MERGED[1:]],
        ),
        (ended(), []),
    ],
)
def test_what_status_shows_of_the_publication(given: Facts, expected: list[tuple[str, str, str, str | None]]) -> None:
    assert shown(Publish.progress(given)) == expected


def test_scope_that_is_refused_is_no_note_on_the_screen() -> None:
    strict = facts(config=Config(scope=Scope(mode="refuse")), report=report(), over_scope="It is large.")
    assert "It is large." not in screen(strict, terminal(large="all of it", tag="v2"))


def test_merge_that_kept_the_other_side_is_no_publication_that_is_done() -> None:
    given = published(undone_in_base="444444444444 did not bring all that the fix changes")

    (found,) = Publish.missing(given, FinishRequest())

    assert (found.code, found.exit_code) == ("undone", ExitCode.UNFINISHED)
    assert found.message == f"'origin/main' does not have the fix: {given.undone_in_base}."
    assert Publish.missing(published(), FinishRequest()) == ()
