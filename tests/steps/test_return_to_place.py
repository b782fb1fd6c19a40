"""When the user is taken back to where they were, for every command that does it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from git_hotfix.config.keys import Config
from git_hotfix.config.keys import Deploy as Settings
from git_hotfix.git.worktrees import Worktree
from git_hotfix.hotfix import BranchName
from git_hotfix.memory import Deployment, Memory, Place
from git_hotfix.steps.request import AbortRequest, FinishRequest, LeaveRequest
from git_hotfix.steps.return_to_place import ReturnToPlace
from tests.support.facts import BRANCH, FIX, MERGE, NOON, ROLLBACK, TIP, facts, published, rolled_back, world

if TYPE_CHECKING:
    from git_hotfix.facts.facts import Facts
    from git_hotfix.git.world import World
    from git_hotfix.steps.request import Request

NOW = NOON.isoformat()
PLACE = Place("/shop", "main", None)
COMMAND = Config(deploy=Settings(command="make deploy-prod"))
BACK, AWAY = ReturnToPlace(), ReturnToPlace(leaves=True)
AT_PLACE, NOWHERE, DETOUR = Memory(place=PLACE), Memory(), Memory(detour=PLACE)


def after(state: Any, commit: Any = MERGE) -> Memory:
    """Return a memory of the place, and of a deployment that ended so."""
    ended = None if state == "begun" else NOW
    return Memory(place=PLACE, deployments=(Deployment(commit, state, NOW, ended, "make"),))


def checked_out(branch: str | None = BRANCH, path: str = "/shop") -> World:
    return replace(world(), trees=(Worktree(Path(path), TIP, BranchName(branch) if branch else None, bare=False),))


FINISH, LEAVE = FinishRequest(), LeaveRequest()


@pytest.mark.parametrize(
    ("given", "request_", "expected"),
    [
        # finish: predicted before the publication, then at the end; not after a deployment that is not known to be good
        (facts(memory=NOWHERE), FINISH, None),
        (facts(memory=AT_PLACE), FINISH, BACK),
        (facts(memory=DETOUR), FINISH, None),
        (facts(memory=AT_PLACE), FinishRequest(push=False), None),
        (facts(memory=AT_PLACE), FinishRequest(stay=True), None),
        (published(memory=NOWHERE), FINISH, None),
        (published(memory=AT_PLACE), FINISH, BACK),
        (published(memory=DETOUR), FINISH, BACK),
        (published(memory=AT_PLACE), FinishRequest(stay=True), None),
        (published(memory=AT_PLACE, fix=FIX), FINISH, BACK),
        (published(memory=AT_PLACE, config=COMMAND), FinishRequest(deploy=False), BACK),
        (published(memory=AT_PLACE, config=COMMAND), FinishRequest(deploy=True), None),  # it could not be started
        (published(memory=after("succeeded"), config=COMMAND), FINISH, BACK),
        (published(memory=after("failed"), config=COMMAND), FINISH, None),
        (published(memory=after("begun"), config=COMMAND), FINISH, None),
        (rolled_back(memory=after("failed")), FINISH, BACK),
        (rolled_back(memory=after("failed", ROLLBACK)), FINISH, None),
        # given up: always, but a rollback has moved nobody
        (facts(memory=NOWHERE), AbortRequest(), BACK),
        (facts(memory=AT_PLACE), AbortRequest(), BACK),
        (published(memory=AT_PLACE), AbortRequest(is_rollback=True), None),
        # left: from the branch that is deleted to the base where nothing is known; the tree of start goes with it
        (published(memory=NOWHERE), LEAVE, None),
        (published(memory=AT_PLACE), LEAVE, BACK),
        (published(memory=after("failed")), LEAVE, BACK),
        (published(memory=NOWHERE, world=checked_out()), LEAVE, AWAY),
        (published(memory=AT_PLACE, world=checked_out()), LEAVE, AWAY),
        (published(memory=NOWHERE, world=checked_out("main")), LEAVE, None),
        (published(memory=NOWHERE, world=checked_out(None)), LEAVE, None),
        (published(memory=Memory(worktree="/fixing"), world=checked_out(path="/fixing")), LEAVE, None),
        (published(memory=Memory(worktree="/fixing", place=PLACE), world=checked_out(path="/fixing")), LEAVE, BACK),
        (facts(memory=AT_PLACE), LeaveRequest(status="cancelled", reason="no"), BACK),
    ],
)
def test_when_the_user_is_taken_back(given: Facts, request_: Request, expected: ReturnToPlace | None) -> None:
    assert ReturnToPlace.due(given, request_) == expected
