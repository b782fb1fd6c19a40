"""Taking a published hotfix back: when, what is asked and shown, what the commit says, what status shows of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from git_hotfix.config.keys import Config
from git_hotfix.config.keys import Deploy as Deployment_
from git_hotfix.engine.step import Note, Question, Questions, Refusal
from git_hotfix.errors import Problem, command
from git_hotfix.git.merging import Merged
from git_hotfix.git.resolutions import StuckBack
from git_hotfix.hotfix import Method, Verdict
from git_hotfix.memory import Conflict, Deployment, Memory, PendingRollback
from git_hotfix.steps.publication import Wanted
from git_hotfix.steps.request import RollbackRequest
from git_hotfix.steps.roll_back import WHY, RollBack, RunRollbackCommand, as_begun, rollback_notes
from tests.support.decisions import decided, refusal, report, shown
from tests.support.facts import (
    BASE_TIP,
    DEVELOP,
    FIX,
    HOTFIX,
    LINE,
    MAIN,
    MERGE,
    NOON,
    PUBLICATION,
    ROLLBACK,
    TAKEN_BACK,
    facts,
    oid,
    published,
    rolled_back,
    target,
)

if TYPE_CHECKING:
    from git_hotfix.engine.step import Due
    from git_hotfix.facts.facts import Facts

TYPED = ("git", "hotfix", "rollback", "auth")
COMMAND = Config(deploy=Deployment_(command="make deploy-prod"))
BACK = Config(deploy=Deployment_(rollback="make back"))
AT = NOON.isoformat()
ANSWERS = PendingRollback(None, deploy=True, targets=None)
CLEAN: dict[str, Any] = {"rolled_back_on": lambda _onto, _merges: Merged(oid("e"))}
PATHS = ("src/login.py", "src/a b")
STUCK: dict[str, Any] = {"rolled_back_on": lambda onto, _merges: StuckBack(onto, MERGE, oid("e"), PATHS)}
UNDEPLOYED = Memory(pending_rollback=PendingRollback(None, deploy=False, targets=None))
THERE = (target(DEVELOP, Verdict.PRESENT), target(LINE, Verdict.PENDING))
SECOND = replace(PUBLICATION, merge=oid("c"), tags=(("hotfix-20260117-1300", None),))
LAID_OUT = Memory(conflicts=(Conflict(MAIN, "/tmp/x", BASE_TIP, MERGE, Method.REVERT),))
IN_FILES = "It conflicts with later commits on origin/main in {}: resolve that first."
CONFLICT = IN_FILES.format("'src/login.py', 'src/a b'")


def on_terminal(**options: Any) -> RollbackRequest:
    return RollbackRequest(interactive=True, **options)


def ran(*keys: str, merge: str = MERGE, state: Any = "succeeded") -> Memory:
    return Memory(deployments=tuple(Deployment(merge, state, AT, AT, "x", key=key) for key in keys))  # type: ignore[arg-type]  # ids


@pytest.mark.parametrize(
    ("given", "request_", "expected"),
    [
        (facts(), RollbackRequest(yes=True), "refused not-published"),
        (
            facts(lost=Problem("lost", "It is not known.", command("git", "log"))),
            RollbackRequest(yes=True),
            "refused lost",
        ),
        (rolled_back(), RollbackRequest(), "-"),
        (published(), RollbackRequest(), "refused decision-missing"),
        (published(), RollbackRequest(yes=True), "RollBack"),
        (published(), RollbackRequest(confirmed=True), "RollBack"),
        (facts(publications=(PUBLICATION,)), RollbackRequest(yes=True), "RollBack"),  # with commits that came after
        (published(publications=(TAKEN_BACK, SECOND)), RollbackRequest(yes=True), "RollBack"),
        (published(config=COMMAND), RollbackRequest(), "refused decision-missing decision-missing"),
        (published(config=COMMAND), RollbackRequest(deploy=False), "refused decision-missing"),
        (published(config=COMMAND), RollbackRequest(yes=True), "RollBack"),
        (published(config=COMMAND), RollbackRequest(confirmed=True, deploy=True), "RollBack"),
        (published(targets=THERE), RollbackRequest(), "refused decision-missing"),
        # on a terminal
        (published(**CLEAN), on_terminal(), "asks confirmed"),
        (published(**CLEAN), on_terminal(confirmed=False), "refused not-confirmed"),
        (published(**CLEAN), on_terminal(confirmed=True), "RollBack"),
        (published(targets=THERE, **CLEAN), on_terminal(), "asks targets confirmed"),
        (published(targets=THERE, **CLEAN), on_terminal(targets=False), "asks confirmed"),
        (published(targets=THERE, **CLEAN), on_terminal(confirmed=True), "asks targets"),
        (published(targets=THERE[1:], **CLEAN), on_terminal(), "asks confirmed"),
        (published(config=COMMAND, targets=THERE, **CLEAN), on_terminal(), "asks deploy targets confirmed"),
        (published(config=COMMAND, targets=THERE), on_terminal(yes=True), "RollBack"),
        (published(config=Config(deploy=Deployment_(trigger="push")), **CLEAN), on_terminal(), "asks confirmed"),
        # restricted: the reason would be published
        (published(is_restricted=True), RollbackRequest(yes=True), "RollBack"),
        (published(is_restricted=True), RollbackRequest(yes=True, reason="it leaks"), "refused restricted"),
        # as it began
        (
            published(config=COMMAND, memory=UNDEPLOYED),
            RollbackRequest(confirmed=True),
            "RollBack",
        ),
        (
            published(
                is_restricted=True, memory=Memory(pending_rollback=PendingRollback("x", deploy=None, targets=None))
            ),
            RollbackRequest(yes=True),
            "refused restricted",
        ),
    ],
)
def test_when_the_fix_is_taken_back(given: Facts, request_: RollbackRequest, expected: str) -> None:
    assert decided(RollBack.due(given, request_)) == expected


@pytest.mark.parametrize(
    ("given", "request_", "expected"),
    [
        (
            facts(),
            RollbackRequest(),
            [
                (
                    1,
                    f"'{HOTFIX}' is not published: there is nothing to roll back.",
                    f"git hotfix status {HOTFIX}",
                )
            ],
        ),
        (
            published(config=COMMAND, report=report(title="Login")),
            RollbackRequest(),
            [
                (
                    2,
                    "This is not decided yet: Deploy with 'make deploy-prod' once it is reverted?",
                    "git hotfix rollback auth --deploy --yes",
                ),
                (
                    2,
                    f"This is not decided yet: Revert '{HOTFIX}' (Login) on 'origin/main'?",
                    "git hotfix rollback auth --deploy --yes",
                ),
            ],
        ),
        (
            published(),
            on_terminal(confirmed=False),
            [(1, "Nothing was rolled back.", f"git hotfix status {HOTFIX}")],
        ),
        (
            published(is_restricted=True),
            RollbackRequest(reason="it leaks"),
            [
                (
                    2,
                    "The fix is restricted, and the reason would be published with the revert.",
                    f"git hotfix note TEXT --hotfix {HOTFIX}",
                )
            ],
        ),
    ],
)
def test_refusals(given: Facts, request_: RollbackRequest, expected: list[tuple[int, str, str]]) -> None:
    assert refusal(RollBack.due(given, request_), TYPED) == expected


def test_questions_and_the_screen() -> None:
    given = published(config=COMMAND, targets=THERE, report=report(title="Login"), **STUCK)
    asked = RollBack.due(given, on_terminal())
    deploy = "Deploy with 'make deploy-prod' once it is reverted?"
    assert asked == Questions(
        (
            Question("deploy", "--deploy (or --no-deploy)", deploy, "confirm", default="yes"),
            Question("targets", "--targets", "Revert it on develop too?", "confirm", required=False, default="no"),
            Question(
                "confirmed",
                "--yes",
                f"Revert '{HOTFIX}' (Login) on 'origin/main'?",
                "confirm",
                default="no",
                then=(Question("reason", "--reason TEXT", WHY, required=False, default=""),),
            ),
        ),
        (
            f"{HOTFIX}: Login",
            f"Revert:  {MERGE[:7]} on origin/main, tag hotfix-20260117-1200",
            "Target:  develop (present)",
            "Target:  release/1.1 (pending)",
            CONFLICT,
        ),
    )
    refused = RollBack.due(given, RollbackRequest())
    assert isinstance(refused, Refusal)
    assert [each.field for each in refused.questions] == ["deploy", "confirmed"]
    untagged = published(publications=(replace(PUBLICATION, tags=()),), **CLEAN)
    asked = RollBack.due(untagged, on_terminal())
    assert isinstance(asked, Questions)
    assert asked.screen == (f"{HOTFIX}: auth", f"Revert:  {MERGE[:7]} on origin/main, tag none")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (published(**STUCK), (CONFLICT,)),
        (
            published(rolled_back_on=lambda onto, _: StuckBack(onto, MERGE, oid("e"), tuple("abcdefg"))),
            (IN_FILES.format("'a', 'b', 'c', 'd', 'e' and 2 more"),),
        ),
        (published(**CLEAN), ()),
        (facts(), ()),
        (rolled_back(), ()),
        (published(memory=LAID_OUT), ()),  # a person is at it
        (published(base="support/9"), ()),
    ],
)
def test_notes_of_a_rollback(given: Facts, expected: tuple[str, ...]) -> None:
    assert rollback_notes(given, RollbackRequest()) == expected


def test_what_takes_it_back() -> None:
    place = Path("/tmp/conflicts")
    given = published(publications=(PUBLICATION, SECOND), report=report(title="Two\nlines"))
    step = RollBack.due(given, RollbackRequest(yes=True, reason="search\nis broken", place=place))
    wanted = Wanted(
        base=MAIN,
        source=SECOND.merge,
        tag="hotfix-20260117-1300-rollback",
        message=(f"Rollback HOTFIX: Two lines\n\nThis reverts commit {SECOND.merge}.\nThis reverts commit {MERGE}."),
        trailers=(
            ("Hotfix-Id", str(HOTFIX)),
            ("Incident", "docs/incidents/HOTFIX-2026-01-17-auth.md"),
            ("Rollback-Of", SECOND.merge),
            ("Rollback-Of", MERGE),
            ("Rollback-Because", "search is broken"),
        ),
        is_rollback=True,
    )
    answers = PendingRollback("search\nis broken", deploy=True, targets=None)
    assert step == RollBack((SECOND.merge, MERGE), wanted, place, answers)


@pytest.mark.parametrize(
    ("given", "request_", "merges", "trailers", "answers"),
    [
        (published(), RollbackRequest(confirmed=True), (MERGE,), 2, PendingRollback(None, deploy=None, targets=None)),
        (
            published(),
            RollbackRequest(yes=True, reason=" "),
            (MERGE,),
            2,
            PendingRollback(" ", deploy=True, targets=None),
        ),
        (
            published(),
            RollbackRequest(yes=True, deploy=False, targets=True),
            (MERGE,),
            2,
            PendingRollback(None, deploy=False, targets=True),
        ),
        # only what is still there is taken back
        (
            published(publications=(TAKEN_BACK, SECOND)),
            RollbackRequest(yes=True),
            (SECOND.merge,),
            2,
            PendingRollback(None, deploy=True, targets=None),
        ),
        (
            published(memory=Memory(pending_rollback=PendingRollback("x", deploy=False, targets=True))),
            RollbackRequest(yes=True),
            (MERGE,),
            3,
            PendingRollback("x", deploy=False, targets=True),
        ),
    ],
)
def test_what_is_taken_back_and_remembered(
    given: Facts,
    request_: RollbackRequest,
    merges: tuple[str, ...],
    trailers: int,
    answers: PendingRollback,
) -> None:
    step = RollBack.due(given, request_)
    assert isinstance(step, RollBack)
    assert (step.merges, len(step.wanted.trailers), step.answers) == (merges, trailers, answers)


BEGUN = Memory(pending_rollback=PendingRollback("it leaks", deploy=True, targets=False))


@pytest.mark.parametrize(
    ("memory", "request_", "expected"),
    [
        (Memory(), RollbackRequest(reason="x"), ("x", None, None)),
        (BEGUN, RollbackRequest(), ("it leaks", True, False)),
        (BEGUN, RollbackRequest(reason="x", deploy=False, targets=True), ("x", False, True)),
        (BEGUN, RollbackRequest(targets=True), ("it leaks", True, True)),
    ],
)
def test_what_was_answered_when_it_began_holds(
    memory: Memory, request_: RollbackRequest, expected: tuple[str | None, bool | None, bool | None]
) -> None:
    found = as_begun(published(memory=memory), request_)
    assert (found.reason, found.deploy, found.targets) == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (published(), None),
        (facts(config=BACK), None),
        (rolled_back(config=BACK), None),
        (published(config=BACK), RunRollbackCommand(MERGE, "hotfix-20260117-1200", "make back", ANSWERS)),
        (published(config=BACK, memory=ran("deploy.rollback")), None),
        (
            published(config=BACK, memory=ran("deploy.command")),
            RunRollbackCommand(MERGE, "hotfix-20260117-1200", "make back", ANSWERS),
        ),
        # it was deployed again after it was taken back: the fix runs there once more
        (
            published(config=BACK, memory=ran("deploy.rollback", "deploy.command")),
            RunRollbackCommand(MERGE, "hotfix-20260117-1200", "make back", ANSWERS),
        ),
        (published(config=BACK, memory=ran("deploy.command", "deploy.rollback")), None),
        (
            published(config=BACK, memory=ran("deploy.rollback", state="failed")),
            RunRollbackCommand(MERGE, "hotfix-20260117-1200", "make back", ANSWERS),
        ),
        (
            published(config=BACK, memory=ran("deploy.rollback", state="begun")),
            Note(f"deploy.rollback began {AT}, its end is not known (x). It is not run again automatically."),
        ),
        (
            published(config=BACK, publications=(PUBLICATION, SECOND), memory=ran("deploy.rollback")),
            RunRollbackCommand(SECOND.merge, "hotfix-20260117-1300", "make back", ANSWERS),
        ),
    ],
)
def test_when_the_teams_own_command_takes_production_back(given: Facts, expected: Due) -> None:
    assert RunRollbackCommand.due(given, RollbackRequest(yes=True)) == expected


AGAIN = f"git hotfix rollback {HOTFIX}"
NOT_TAGGED = replace(TAKEN_BACK, rollback_tags=())


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (facts(), []),
        (published(), []),
        (facts(publications=(PUBLICATION,), fix=FIX), []),
        (
            published(memory=LAID_OUT),
            [("rollback", "waiting", "from origin/main, conflict to resolve", AGAIN)],
        ),
        (
            rolled_back(memory=LAID_OUT),
            [
                (
                    "rollback",
                    "done",
                    f"reverted on origin/main by {ROLLBACK[:7]}, hotfix-20260117-1200-rollback",
                    None,
                )
            ],
        ),
        (
            rolled_back(publications=(NOT_TAGGED,)),
            [("rollback", "not done", f"reverted on origin/main by {ROLLBACK[:7]}, not tagged yet", AGAIN)],
        ),
        (
            rolled_back(fix=FIX),  # with commits that came after
            [("rollback", "done", f"reverted on origin/main by {ROLLBACK[:7]}, hotfix-20260117-1200-rollback", None)],
        ),
        (published(publications=(TAKEN_BACK, SECOND)), []),
    ],
)
def test_what_status_shows_of_a_rollback(given: Facts, expected: list[tuple[str, str, str, str | None]]) -> None:
    assert shown(RollBack.progress(given)) == expected
