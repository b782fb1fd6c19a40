"""Later work: what is asked about it, what is there already, where it is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from git_hotfix.config.keys import Config, Deploy
from git_hotfix.engine.step import Refusal
from git_hotfix.git.world import Roles
from git_hotfix.record.followups import FollowUp
from git_hotfix.steps.edit_report import EditReport
from git_hotfix.steps.follow_ups import AddFollowUp, FinishFollowUp, not_held
from git_hotfix.steps.request import FollowUpRequest
from tests.support.facts import MAIN, ended, facts, published, report_with, rolled_back, shown, told

if TYPE_CHECKING:
    from git_hotfix.facts.facts import Facts

HASH = FollowUp("20260117-auth/1", "Hash it", "rfc", trigger="v2")
DONE = FollowUp("20260117-auth/2", "Split it", "refactoring", is_done=True)
GIVEN: dict[str, Any] = {"report_now": report_with(HASH, DONE)}
NEW = "git hotfix followup TEXT --kind KIND --due DATE"


def add(text: str = "Test it", **more: Any) -> FollowUpRequest:
    return FollowUpRequest(text=text, **more)


def written(given: Facts, request: FollowUpRequest) -> str:
    """Return what is written of a follow-up, or what is said instead."""
    found = [kind.due(given, request) for kind in (AddFollowUp, FinishFollowUp)]
    (due,) = [each for each in found if each is not None]
    if not isinstance(due, EditReport):
        return shown(lambda: due)
    (edit,) = due.edits
    return " ".join(f"{key}={value}" for key, value in edit.values.items() if value).removeprefix("id=20260117-auth/")


@pytest.mark.parametrize(
    ("given", "request_", "expected"),
    [
        # what is not decided is asked one after the other; without a terminal all at once
        (facts(**GIVEN), add(interactive=True), "asks kind"),
        (facts(**GIVEN), add(kind="rfc", interactive=True), "asks when"),
        (facts(**GIVEN), add(), "refused decision-missing decision-missing"),
        (facts(**GIVEN), add(kind="process"), "refused decision-missing"),
        (facts(**GIVEN), add(due="2099-02-01"), "refused decision-missing"),
        (facts(**GIVEN), add(kind="rfc", due="2099-02-01"), "3 text=Test it kind=rfc due=2099-02-01"),
        (facts(**GIVEN), add(kind="rfc", trigger="v3"), "3 text=Test it kind=rfc trigger=v3"),
        (facts(**GIVEN), add(kind="rfc", when="v3"), "3 text=Test it kind=rfc trigger=v3"),
        (facts(**GIVEN), add(kind="rfc", when="2099-02-01"), "3 text=Test it kind=rfc due=2099-02-01"),
        (facts(**GIVEN), add(kind="refactoring"), "3 text=Test it kind=refactoring"),
        (published(**GIVEN), add(kind="refactoring", owner="Kim"), "3 text=Test it kind=refactoring owner=Kim"),
        (
            facts(**GIVEN),
            add(kind="refactoring", priority="P0", ticket="A-1"),
            "3 text=Test it kind=refactoring priority=P0 ticket=A-1",
        ),
        (facts(report_now=report_with()), add(kind="refactoring"), "1 text=Test it kind=refactoring"),
        # what is there already, in these words
        (facts(**GIVEN), add("Hash it", kind="rfc", trigger="v2"), "note It is there already: 20260117-auth/1."),
        (facts(**GIVEN), add("Hash it", kind="spec", trigger="v2"), "3 text=Hash it kind=spec trigger=v2"),
        # done
        (facts(**GIVEN), FollowUpRequest(done="1"), "1 text=Hash it"),
        (rolled_back(**GIVEN), FollowUpRequest(done="1"), "1 text=Hash it"),
        (facts(**GIVEN), FollowUpRequest(done="2"), "note 20260117-auth/2 is done already."),
    ],
)
def test_what_becomes_of_later_work(given: Facts, request_: FollowUpRequest, expected: str) -> None:
    assert written(given, request_) == expected


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (add(kind="rfc", due="soon"), "refused bad-date"),
        (add(kind="rfc", due="2020-01-01"), "refused past-date"),
        (add(kind="rfc", when="2026-13-01"), "refused bad-date"),
        (FollowUpRequest(done="7"), "refused unknown-follow-up"),
    ],
)
def test_what_cannot_be_is_refused(request_: FollowUpRequest, expected: str) -> None:
    kind = FinishFollowUp if request_.done else AddFollowUp
    assert shown(lambda: kind.due(facts(**GIVEN), request_)) == expected


def test_missing_decisions_are_told_with_one_line_that_gives_them_all() -> None:
    due = AddFollowUp.due(facts(**GIVEN), add("Look at it"))
    assert isinstance(due, Refusal)
    line = "git hotfix followup 'Look at it' --hotfix 20260117-auth --kind KIND --due DATE"
    assert told(due.problems) == [("decision-missing", 2, None, line)] * 2
    assert [each.field for each in due.questions] == ["kind", "when"]


def test_step_says_what_is_written_and_how_it_is_asked_for_again() -> None:
    due = AddFollowUp.due(facts(**GIVEN), add("Look at it", kind="rfc", due="2099-02-01"))
    assert isinstance(due, AddFollowUp)
    assert due.what == "follow-up 20260117-auth/3: Look at it"
    words = "git hotfix followup 'Look at it' --kind rfc --due 2099-02-01 --hotfix 20260117-auth"
    assert due.remedy.line() == words
    done = FinishFollowUp.due(facts(**GIVEN), FollowUpRequest(done="1"))
    assert isinstance(done, FinishFollowUp)
    assert (done.what, done.remedy.line()) == (
        "follow-up 20260117-auth/1 is done",
        "git hotfix followup --done 20260117-auth/1",
    )


TRUNK = Roles(MAIN, guessed=False, develop=None, lines=())
PUSH = Config(deploy=Deploy(trigger="push"))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (facts(), "nothing"),
        (ended(), "nothing"),
        (ended(config=PUSH), "nothing"),
        (ended(roles=TRUNK), "nothing"),
        (ended(roles=TRUNK, config=PUSH), "refused record-held"),
        (facts(roles=TRUNK, config=PUSH), "nothing"),
        (published(roles=TRUNK, config=PUSH), "nothing"),
    ],
)
def test_report_of_a_closed_hotfix_is_not_written_where_that_deploys(given: Facts, expected: str) -> None:
    assert shown(lambda: not_held(given, FollowUpRequest())) == expected
