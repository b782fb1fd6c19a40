"""When local branches and tags follow what was published."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from git_hotfix.git.remote import Update
from git_hotfix.hotfix import branch_ref, tag_ref
from git_hotfix.steps.fast_forward import FastForward
from git_hotfix.steps.request import Request
from tests.support.decisions import decided
from tests.support.facts import BASE_TIP, MERGE, TAG, facts, published, rolled_back, world

if TYPE_CHECKING:
    from git_hotfix.facts.facts import Facts

MOVES = (Update(branch_ref("main"), BASE_TIP, MERGE), Update(tag_ref("live"), None, TAG))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (facts(), "-"),
        (facts(fast_forwards=MOVES), "-"),
        (published(), "-"),
        (published(fast_forwards=MOVES), "FastForward"),
        (rolled_back(fast_forwards=MOVES), "FastForward"),
    ],
)
def test_when_local_refs_follow(given: Facts, expected: str) -> None:
    assert decided(FastForward.due(given, Request())) == expected


def test_all_that_lags_behind_moves_in_one_step() -> None:
    step = FastForward.due(published(fast_forwards=MOVES), Request())
    assert step == FastForward(MOVES)
    assert step.describe(world()) == "update locally what is published: main, live"
    assert FastForward.is_repeatable
