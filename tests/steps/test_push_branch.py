"""When the hotfix branch is published at its start."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from git_hotfix.config.keys import Config, Start
from git_hotfix.engine.step import Note
from git_hotfix.errors import Problem, command
from git_hotfix.facts.hotfixes import Known
from git_hotfix.steps.push_branch import PushBranch
from git_hotfix.steps.request import StartRequest
from tests.support.decisions import decided
from tests.support.facts import BRANCH, HOTFIX, TIP, beginning, world

if TYPE_CHECKING:
    from git_hotfix.facts.beginning import Beginning

ALWAYS = Config(start=Start(push=True))
ALONE = world(with_server=False)
SILENT = replace(world(), unanswered=Problem("offline", "not asked", command("git", "fetch")))


def start(**options: object) -> StartRequest:
    return StartRequest(title="auth", yes=True, **options)  # type: ignore[arg-type]  # options of every type


@pytest.mark.parametrize(
    ("given", "request_", "expected"),
    [
        (beginning(), start(), "-"),
        (beginning(), start(publish=True), "PushBranch"),
        (beginning(config=ALWAYS), start(), "PushBranch"),
        (beginning(config=ALWAYS), start(publish=False), "-"),
        (beginning(config=ALWAYS), start(visibility="restricted"), "-"),
        (beginning(world=ALONE), start(publish=True), "noted"),
        (beginning(world=ALONE, config=ALWAYS), start(), "-"),
        (beginning(world=SILENT), start(publish=True, offline=True), "noted"),
        (beginning(world=SILENT, config=ALWAYS), start(offline=True), "-"),
        (beginning(known=(Known(HOTFIX, TIP),)), start(publish=True), "-"),
        (beginning(known=(Known(HOTFIX, TIP),), unfinished=HOTFIX), start(publish=True), "PushBranch"),
    ],
)
def test_when_the_branch_is_pushed(given: Beginning, request_: StartRequest, expected: str) -> None:
    assert decided(PushBranch.due(given, request_)) == expected


def test_what_is_pushed_and_why_not() -> None:
    assert PushBranch.due(beginning(), start(publish=True)) == PushBranch(BRANCH)
    pushed_alone = PushBranch.due(beginning(world=ALONE), start(publish=True))
    assert pushed_alone == Note("The branch is only on this machine: there is no remote.")
    pushed_offline = PushBranch.due(beginning(world=SILENT), start(publish=True))
    assert pushed_offline == Note("The branch is only on this machine: the server was not reached.")
