"""When a conflict with production is laid out, and when it is only one of several refusals."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from git_hotfix.errors import Problem, command
from git_hotfix.git.merging import Conflicted
from git_hotfix.steps.lay_out_conflict import LayOutConflict
from git_hotfix.steps.request import FinishRequest
from tests.support.decisions import decided, refusal
from tests.support.facts import BASE_TIP, BRANCH, MAIN, TIP, facts, published

if TYPE_CHECKING:
    from git_hotfix.facts.facts import Facts

NO_KEY = Problem(
    "signing-failed", "Nothing can be signed: no secret key", command("git", "config", "user.signingKey", "KEY")
)
STUCK = Conflicted(("src/login.py",))


@pytest.mark.parametrize(
    ("given", "request_", "expected"),
    [
        (facts(), FinishRequest(), "-"),
        (facts(predicted_merge=STUCK), FinishRequest(), "LayOutConflict"),
        (facts(predicted_merge=STUCK, signing_problem=NO_KEY), FinishRequest(), "LayOutConflict"),
        (facts(predicted_merge=STUCK), FinishRequest(tag="a..b"), "refused bad-tag conflict-with-production"),
        (
            facts(predicted_merge=STUCK, base="support/9"),
            FinishRequest(),
            "refused base-gone conflict-with-production",
        ),
        (facts(is_in_base_already=True), FinishRequest(), "-"),
        (facts(fix=None, tip=None), FinishRequest(), "refused branch-gone"),
        (published(predicted_merge=STUCK, is_cut_off=True), FinishRequest(tag="a..b"), "-"),
    ],
)
def test_when_a_conflict_is_laid_out(given: Facts, request_: FinishRequest, expected: str) -> None:
    assert decided(LayOutConflict.due(given, request_)) == expected


def test_what_is_laid_out_and_where() -> None:
    given, place = facts(predicted_merge=STUCK), Path("/tmp/conflicts")
    assert LayOutConflict.due(given, FinishRequest()) == LayOutConflict(MAIN, BASE_TIP, TIP, None)
    assert LayOutConflict.due(given, FinishRequest(place=place)) == LayOutConflict(MAIN, BASE_TIP, TIP, place)


def test_conflict_beside_another_problem_is_told_with_a_merge_by_hand() -> None:
    refused = LayOutConflict.due(facts(predicted_merge=STUCK, is_cut_off=True), FinishRequest())
    assert [(code, line) for code, _, line in refusal(refused)] == [
        (1, "git fetch --unshallow"),
        (3, f"git switch {BRANCH} && git merge origin/main"),
    ]
