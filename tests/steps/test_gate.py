"""Whether it is a hotfix at all, and its name: every answer, asked one at a time, or named together in a refusal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from git_hotfix.config.keys import Config, Names, Tracker
from git_hotfix.engine.step import Question, Questions, Refusal
from git_hotfix.errors import ExitCode, Problem, command
from git_hotfix.facts.hotfixes import Known
from git_hotfix.hotfix import BranchName, HotfixId, Slug
from git_hotfix.steps.gate import gate, name_of
from git_hotfix.steps.request import StartRequest
from tests.support.decisions import START, decided, refusal, told
from tests.support.facts import HOTFIX, LINE, TIP, beginning, world

if TYPE_CHECKING:
    from git_hotfix.facts.beginning import Beginning
    from git_hotfix.git.world import World

SILENT = replace(
    world(), unanswered=Problem("no-answer", "'origin' did not answer.", command("git", "ls-remote"), ExitCode.SERVER)
)
OPEN = (Known(HotfixId("20260116", Slug("tax")), TIP, None),)
TAKEN = (Known(HOTFIX, TIP, None),)
TRACKED = Config(tracker=Tracker(redirect="/create-issue"))
ASCII = Config(names=Names(ascii=True))
DECIDED: dict[str, Any] = {"production_affected": True, "can_wait": False}
ASKED: dict[str, Any] = {"interactive": True, "severity": "high", **DECIDED}
AFFECTED, WAIT = "Is production affected?", "Can it wait for the next release?"
PUBLIC = "Public at once, or restricted: title and report stay here until they are disclosed?"


def with_branch(name: str) -> World:
    branches: dict[str, Any] = {name: TIP}
    return world(**branches)


def start(title: str | None = "auth", **options: Any) -> StartRequest:
    return StartRequest(title=title, **options)


def test_leftover_of_others_that_the_base_has_is_no_open_hotfix() -> None:
    known = (Known(HOTFIX, TIP, branch=BranchName("hotfix/auth")),)
    assert beginning(known=known, is_ancestor=lambda _one, _other: True).open_hotfixes == ()
    assert beginning(known=known, is_ancestor=lambda _one, _other: False).open_hotfixes == (HOTFIX,)


@pytest.mark.parametrize(
    ("given", "request_", "expected"),
    [
        # without a title nothing can be asked about
        (beginning(), start(None, yes=True), "refused decision-missing"),
        (beginning(), start("  ", interactive=True), "asks title"),
        # as git-flow is used to be asked
        (beginning(), start("1.2.1", yes=True), "refused decision-missing"),
        (beginning(), start("v1.2.1-rc1", interactive=True), "asks title"),
        (beginning(world=with_branch(LINE)), start(f"1.2.1 {LINE}", yes=True), "refused decision-missing"),
        (beginning(), start("1.2.1 is slow", yes=True), "-"),
        (beginning(), start("1.2.1", what="Login takes any password", yes=True), "-"),
        (beginning(known=OPEN, allows_several=False), start(yes=True), "refused several-hotfixes"),
        (beginning(world=with_branch("hotfix/1.2.1")), start("1.2.1", yes=True), "refused name-taken"),
        (beginning(world=with_branch("hotfix/login")), start("hotfix/login", yes=True), "refused name-taken"),
        # a start that was interrupted was let through before
        (beginning(unfinished=HOTFIX), start(), "-"),
        (beginning(unfinished=HOTFIX, world=SILENT), start(can_wait=True), "-"),
        # a silent server comes before all other questions
        (beginning(world=SILENT), start(yes=True), "refused no-answer"),
        (beginning(world=SILENT), start(yes=True, offline=True), "-"),
        (beginning(world=SILENT), start(yes=True, interactive=True), "asks from_fetched"),
        (beginning(world=SILENT), start(yes=True, interactive=True, from_fetched=True), "-"),
        (beginning(world=SILENT), start(yes=True, interactive=True, from_fetched=False), "refused no-answer"),
        # what is not a hotfix
        (beginning(), start(production_affected=False), "refused not-a-hotfix"),
        (beginning(), start(can_wait=True), "refused not-a-hotfix"),
        (beginning(), start(can_wait=True, yes=True), "refused not-a-hotfix"),
        (beginning(), start(interactive=True, production_affected=False), "refused not-a-hotfix"),
        # without a terminal all that is missing comes together
        (beginning(), start(), "refused decision-missing decision-missing"),
        (beginning(), start(production_affected=True), "refused decision-missing"),
        (beginning(), start(kind="security"), "refused decision-missing decision-missing decision-missing"),
        (beginning(), start(yes=True, kind="security"), "refused decision-missing"),
        (beginning(), start(yes=True, kind="security", visibility="public"), "-"),
        (beginning(), start(**DECIDED), "-"),
        (beginning(), start(yes=True), "-"),
        (beginning(known=OPEN), start(yes=True), "-"),
        (beginning(known=OPEN), start(**DECIDED), "-"),
        (beginning(), start(yes=True, visibility="restricted", publish=True), "refused usage"),
        (beginning(), start(yes=True, visibility="restricted", publish=False), "-"),
        # on a terminal one question at a time: an answer can end it
        (beginning(known=OPEN), start(interactive=True), "asks go_on"),
        (beginning(known=OPEN), start(interactive=True, go_on=False), "refused not-started"),
        (beginning(known=OPEN), start(interactive=True, go_on=True), "asks production_affected"),
        (beginning(known=OPEN), start(interactive=True, yes=True), "-"),
        (beginning(), start(interactive=True), "asks production_affected"),
        (beginning(), start(interactive=True, production_affected=True), "asks can_wait"),
        (beginning(), start(interactive=True, **DECIDED), "asks severity"),
        (beginning(), start(**ASKED), "-"),
        (beginning(), start(kind="security", **ASKED), "asks visibility"),
        (beginning(), start(kind="security", visibility="restricted", **ASKED), "-"),
        # the name last
        (beginning(known=TAKEN), start(go_on=True, **ASKED), "asks slug"),
        (beginning(known=TAKEN), start(go_on=True, slug="other", **ASKED), "-"),
        (beginning(config=ASCII), start("긴급 수정", **ASKED), "asks slug"),
        (beginning(known=TAKEN), start(yes=True), "-"),  # refused with what else is wrong, by the branch
    ],
)
def test_who_is_let_through(given: Beginning, request_: StartRequest, expected: str) -> None:
    assert decided(gate(given, request_)) == expected


@pytest.mark.parametrize(
    ("given", "request_", "expected"),
    [
        (
            beginning(),
            start(None),
            [(2, "A hotfix needs a title: what is broken?", "git hotfix start TITLE")],
        ),
        (
            beginning(),
            start("None"),
            [(2, "A hotfix needs a title: what is broken?", "git hotfix start TITLE")],
        ),
        (
            beginning(world=SILENT),
            start(**DECIDED),
            [(5, "'origin' did not answer.", "git hotfix start auth --offline")],
        ),
        (
            beginning(),
            start(can_wait=True),
            [(9, "It can wait, so it is not a hotfix.", "the next release, in the usual way")],
        ),
        (
            beginning(config=TRACKED),
            start(production_affected=False, can_wait=True),
            [(9, "Production is not affected, so it is not a hotfix.", "/create-issue")],
        ),
        (
            beginning(),
            start(visibility="restricted", publish=True),
            [
                (
                    2,
                    "A restricted hotfix is not pushed before 'finish': --push and --restricted contradict each other.",
                    "git hotfix start TITLE --restricted",
                )
            ],
        ),
        (beginning(), start(interactive=True, go_on=False), [(1, "Nothing was started.", "git hotfix list")]),
        (
            beginning(),
            start("1.2.1", **DECIDED),
            [
                (
                    2,
                    "'1.2.1' is a version, as git-flow names hotfixes: the title says what is broken.",
                    "git hotfix start 'Hotfix 1.2.1'",
                )
            ],
        ),
        (
            beginning(),
            start(kind="security"),
            [
                (2, text, "git hotfix start auth --production --cannot-wait --severity critical --restricted")
                for text in (f"This is not decided yet: {each}" for each in (AFFECTED, WAIT, PUBLIC))
            ],
        ),
    ],
)
def test_refusals_of_the_gate(given: Beginning, request_: StartRequest, expected: list[tuple[int, str, str]]) -> None:
    assert refusal(gate(given, request_), START) == expected


def test_words_after_a_double_dash_stay_the_title() -> None:
    refused = gate(beginning(), start("-auth", production_affected=True))
    typed = ("git", "hotfix", "start", "--production", "--", "-auth")
    assert refusal(refused, typed) == [
        (
            2,
            f"This is not decided yet: {WAIT}",
            "git hotfix start --production --cannot-wait --severity critical -- -auth",
        )
    ]


@pytest.mark.parametrize(
    ("given", "request_", "question", "screen"),
    [
        (
            beginning(known=OPEN),
            start(interactive=True),
            Question("go_on", "--yes", "Start another hotfix?", "confirm", required=False, default="yes"),
            ("Open already: 20260116-tax",),
        ),
        (
            beginning(),
            start(interactive=True),
            Question("production_affected", "--production", AFFECTED, "confirm", default="yes"),
            (),
        ),
        (
            beginning(),
            start(interactive=True, production_affected=True),
            Question("can_wait", "--cannot-wait", WAIT, "confirm", default="no"),
            (),
        ),
        (
            beginning(),
            start(interactive=True, **DECIDED),
            Question(
                "severity",
                "--severity critical (or high)",
                "How severe is it?",
                "choice",
                ("critical", "high"),
                required=False,
                default="critical",
            ),
            (),
        ),
        (
            beginning(),
            start(kind="security", **ASKED),
            Question(
                "visibility",
                "--restricted (or --public)",
                PUBLIC,
                "choice",
                ("restricted", "public"),
                default="restricted",
            ),
            (),
        ),
        (
            beginning(world=SILENT),
            start(interactive=True),
            Question(
                "from_fetched",
                "--offline",
                "Start from what was last fetched?",
                "confirm",
                default="no",
            ),
            (),
        ),
        (
            beginning(known=TAKEN),
            start(go_on=True, **ASKED),
            Question("slug", "--slug NAME", f"'{HOTFIX}' exists already. Another name?", default="auth-2"),
            (),
        ),
        (
            beginning(config=ASCII),
            start("긴급 수정", **ASKED),
            Question("slug", "--slug NAME", "An ASCII name for '긴급 수정'?"),
            (),
        ),
    ],
)
def test_questions_of_the_gate(
    given: Beginning, request_: StartRequest, question: Question, screen: tuple[str, ...]
) -> None:
    assert gate(given, request_) == Questions((question,), screen)


def test_missing_decisions_are_questions_for_programs_too() -> None:
    refused = gate(beginning(), start())
    assert isinstance(refused, Refusal)
    assert [(each.field, each.option) for each in refused.questions] == [
        ("production_affected", "--production"),
        ("can_wait", "--cannot-wait"),
        ("severity", "--severity critical (or high)"),
    ]


@pytest.mark.parametrize(
    ("given", "request_", "expected"),
    [
        (beginning(), start("auth"), "20260117-auth"),
        (beginning(), start("Fix auth bypass!"), "20260117-fix-auth-bypass"),
        (beginning(), start("긴급 로그인 수정"), "20260117-긴급-로그인-수정"),
        (beginning(), start("hotfix/20251224-Auth"), "20251224-auth"),
        (beginning(), start("Login is open!", slug="My Login"), "20260117-my-login"),
        (beginning(config=ASCII), start("auth"), "20260117-auth"),
        (beginning(config=ASCII), start("긴급", slug="urgent"), "20260117-urgent"),
        (beginning(known=OPEN), start("tax"), "20260117-tax"),  # that one was on another day
        (beginning(unfinished=HOTFIX, known=TAKEN), start("anything"), "20260117-auth"),
        (beginning(), start("Anybody can log in", visibility="restricted"), "20260117-maintenance"),
        (beginning(), start("Anybody can log in", visibility="restricted", slug="work"), "20260117-work"),
        (
            beginning(known=(Known(HotfixId("20260117", Slug("maintenance")), TIP),)),
            start("Anybody can log in", visibility="restricted"),
            "20260117-maintenance-2",
        ),
    ],
)
def test_names(given: Beginning, request_: StartRequest, expected: str) -> None:
    found = name_of(given, request_)
    assert isinstance(found, HotfixId)
    assert str(found) == expected


@pytest.mark.parametrize(
    ("given", "request_", "expected"),
    [
        (beginning(), start("🔥🚒", yes=True), ("empty-slug", 2, None, "git hotfix start auth --slug NAME")),
        (beginning(config=ASCII), start("긴급"), ("name-not-ascii", 2, None, "git hotfix start auth --slug NAME")),
        (beginning(known=TAKEN), start(), ("name-taken", 1, None, "git hotfix start auth --slug auth-2")),
        (
            beginning(known=(*TAKEN, Known(HotfixId("20260117", Slug("auth-2"))))),
            start(),
            ("name-taken", 1, None, "git hotfix start auth --slug auth-3"),
        ),
        (
            beginning(known=OPEN),
            start("20260116-tax"),
            ("name-taken", 1, None, "git hotfix start auth --slug 20260116-tax-2"),
        ),
        (
            beginning(known=(Known(HotfixId("20260117", Slug("a" * 60))),)),
            start("a" * 60),
            ("name-taken", 1, None, f"git hotfix start auth --slug {'a' * 58}-2"),
        ),
        (
            beginning(known=TAKEN),
            start(yes=True, interactive=True),
            ("name-taken", 1, None, "git hotfix start auth --slug auth-2"),
        ),
        (
            beginning(known=TAKEN),
            start("Anybody can log in", slug="auth", visibility="restricted"),
            ("name-taken", 1, None, "git hotfix start auth --slug auth-2"),
        ),
    ],
)
def test_names_that_are_refused(given: Beginning, request_: StartRequest, expected: tuple[str, int, None, str]) -> None:
    found = name_of(given, request_)
    assert isinstance(found, Problem)
    assert told([found], START) == [expected]
