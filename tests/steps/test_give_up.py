"""What ``--abort`` gives up, and what goes with a hotfix that is left."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from git_hotfix.hotfix import Method
from git_hotfix.memory import Attempt, Conflict, Memory
from git_hotfix.steps.give_up import DropAttempt, GiveUpConflicts
from git_hotfix.steps.request import AbortRequest, LeaveRequest, Request
from tests.support.facts import BASE_TIP, MAIN, MERGE, ROLLBACK, TIP, facts, published, rolled_back

if TYPE_CHECKING:
    from git_hotfix.facts.facts import Facts

STUCK = Memory(conflicts=(Conflict(MAIN, "/tmp/x", BASE_TIP, TIP, Method.MERGE),))
BRINGING = Memory(attempt=Attempt(MAIN, BASE_TIP, MERGE, TIP, ()))
TAKING_BACK = Memory(attempt=Attempt(MAIN, MERGE, ROLLBACK, MERGE, ()))
OF_ROLLBACK = AbortRequest(is_rollback=True)


@pytest.mark.parametrize(
    ("given", "request_", "expected"),
    [
        (facts(), AbortRequest(), GiveUpConflicts(is_rollback=False)),
        (facts(memory=STUCK), AbortRequest(), GiveUpConflicts(is_rollback=False)),
        (published(), OF_ROLLBACK, GiveUpConflicts(is_rollback=True)),
        (facts(), LeaveRequest(), None),
        (facts(memory=STUCK), LeaveRequest(), GiveUpConflicts(keeps_work=True)),
        (facts(memory=STUCK), LeaveRequest(force=True), GiveUpConflicts(keeps_work=True)),
        (facts(memory=STUCK), Request(), GiveUpConflicts(keeps_work=True)),
    ],
)
def test_which_conflicts_are_given_up(given: Facts, request_: Request, expected: GiveUpConflicts | None) -> None:
    assert GiveUpConflicts.due(given, request_) == expected


@pytest.mark.parametrize(
    ("given", "request_", "expected"),
    [
        (facts(), AbortRequest(), DropAttempt()),
        (facts(memory=BRINGING), AbortRequest(), DropAttempt()),
        (published(), OF_ROLLBACK, None),
        (published(memory=BRINGING), OF_ROLLBACK, None),  # that one is not the rollback's
        (published(memory=TAKING_BACK), OF_ROLLBACK, DropAttempt()),
        (rolled_back(memory=TAKING_BACK), OF_ROLLBACK, None),
    ],
)
def test_when_an_attempt_is_taken_back(given: Facts, request_: AbortRequest, expected: DropAttempt | None) -> None:
    assert DropAttempt.due(given, request_) == expected
