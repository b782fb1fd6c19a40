"""What a person sees at the end: the colour of each row, and the worst problem once, in short."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from git_hotfix.cli.output import Result, _beside, _color
from git_hotfix.cli.session import show
from git_hotfix.engine.step import Progress, State
from git_hotfix.errors import ExitCode, Problem, command
from git_hotfix.hotfix import Verdict
from git_hotfix.steps.deploy import lack_of_deployment
from git_hotfix.steps.progress import rows_of
from tests.steps.test_backport import waits
from tests.support.facts import LINE, published, target
from tests.support.situations import CONFIG, deployed

if TYPE_CHECKING:
    from pathlib import Path

AFTER: dict[str, Any] = {"config": CONFIG, "record_is_due": False, "why_record_waits": "later"}


def problem(code: str, about: str | None, exit_code: ExitCode, summary: str | None = None) -> Problem:
    return Problem(code, f"all about {code}", command(code), exit_code, about=about, summary=summary)


@pytest.mark.parametrize(
    ("row", "wrong", "color"),
    [
        (Progress("deploy", State.DONE, ""), {"deploy"}, "green"),
        (Progress("deploy", State.NEXT, ""), set(), "yellow"),
        (Progress("deploy", State.NEXT, "", is_wrong=True), set(), "red"),
        (Progress("deploy", State.NEXT, ""), {"deploy"}, "red"),
        (Progress("deploy", State.UNKNOWN, ""), {"deploy"}, "yellow"),
        (Progress("deploy", State.NOT_DONE, ""), set(), "bright_black"),
        (Progress("merge", State.WAITING, "", is_wrong=True), set(), "red"),
        (Progress("documents", State.WAITING, ""), {"documents"}, "bright_black"),
    ],
)
def test_red_is_what_is_wrong_and_grey_what_is_not_due(row: Progress, wrong: set[str | None], color: str) -> None:
    assert _color(row, wrong) == color


def test_status_knows_by_itself_what_is_wrong(tmp_path: Path) -> None:
    both = (target(verdict=Verdict.CONFLICT), target(LINE))
    memory = replace(deployed("failed"), conflicts=waits(path=str(tmp_path)).conflicts)
    rows = rows_of(published(targets=both, memory=memory, **AFTER))
    assert [each.step for each in rows if each.is_wrong] == ["deploy", "backport develop"]


def test_worst_problem_is_told_once_and_what_no_row_shows() -> None:
    steps = [Progress("deploy", State.NEXT, "failed"), Progress("backport develop", State.NOT_DONE, "conflict")]
    conflict = problem("conflict", "backport develop", ExitCode.UNFINISHED)
    failed = problem("failed", "deploy", ExitCode.DEPLOYMENT, summary="in short")
    other = problem("other", None, ExitCode.UNFINISHED)
    found = _beside(Result("finish", steps=steps, problems=[conflict, failed, other], exit_code=ExitCode.DEPLOYMENT))
    assert [each.message for each in found] == ["in short", "all about other"]


@pytest.mark.parametrize(
    ("state", "headline", "is_reached"),
    [
        ("succeeded", "PRODUCTION HAS THE FIX.", True),
        ("failed", "PUBLISHED, NOT DEPLOYED YET.", False),
        ("begun", "PUBLISHED. WHETHER IT IS DEPLOYED IS NOT KNOWN.", False),
    ],
)
def test_headline_says_no_more_than_is_known(state: str, headline: str, *, is_reached: bool) -> None:
    found = show("finish", published(targets=(), memory=deployed(state), **AFTER))
    assert (found.headline, found.is_reached) == (headline, is_reached)


def test_deployment_whose_end_is_unknown_says_in_short_what_to_do() -> None:
    found = lack_of_deployment(published(memory=deployed("begun"), **AFTER))
    assert found is not None
    assert found.summary is not None
    assert "began" not in found.summary  # as its row says
