"""Where a start checks the hotfix branch out: here, or in a worktree of its own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from git_hotfix.errors import ExitCode, Problem, command
from git_hotfix.facts.hotfixes import Known
from git_hotfix.steps.check_out import CheckOut, MakeWorktree
from git_hotfix.steps.request import StartRequest
from tests.support.decisions import START, decided, refusal
from tests.support.facts import BRANCH, HOTFIX, MAIN, TIP, beginning

if TYPE_CHECKING:
    from git_hotfix.facts.beginning import Beginning

TAKEN = (Known(HOTFIX, TIP),)
WRONG = Problem("bad-setting", "'worktree.copy' names '../x'.", command("git", "hotfix", "config"), ExitCode.USAGE)
BARE = Path("/srv/shop.git")


def start(**options: object) -> StartRequest:
    return StartRequest(title="auth", yes=True, **options)  # type: ignore[arg-type]  # options of every type


@pytest.mark.parametrize(
    ("given", "request_", "here", "beside"),
    [
        (beginning(), start(), "CheckOut", "-"),
        (beginning(), start(stash=True), "CheckOut", "-"),
        (beginning(), start(dirty="stash"), "CheckOut", "-"),
        (beginning(), start(wants_worktree=True), "-", "MakeWorktree"),
        (beginning(), start(dirty="worktree"), "-", "MakeWorktree"),
        (beginning(top=None), start(), "-", "-"),
        (beginning(top=None, main_folder=BARE), start(wants_worktree=True), "-", "MakeWorktree"),
        (beginning(worktree_problems=(WRONG,)), start(), "CheckOut", "-"),
        (beginning(worktree_problems=(WRONG,)), start(wants_worktree=True), "-", "refused bad-setting"),
        (beginning(known=TAKEN), start(), "-", "-"),
        (beginning(known=TAKEN), start(wants_worktree=True), "-", "-"),
        (beginning(known=TAKEN, unfinished=HOTFIX), start(), "CheckOut", "-"),
    ],
)
def test_where_the_branch_is_checked_out(given: Beginning, request_: StartRequest, here: str, beside: str) -> None:
    assert decided(CheckOut.due(given, request_)) == here
    assert decided(MakeWorktree.due(given, request_)) == beside


@pytest.mark.parametrize(
    ("given", "folder", "path"),
    [
        (beginning(), None, f"/shop-{HOTFIX}"),
        (beginning(main_folder=Path("/home/kim/shop")), None, f"/home/kim/shop-{HOTFIX}"),
        (beginning(top=None, main_folder=BARE), None, f"/srv/shop-{HOTFIX}"),
        (beginning(directory=Path("/shop/src")), Path("../../fix it"), "/fix it"),
        (beginning(directory=Path("/shop/src")), Path("/tmp/x"), "/tmp/x"),
    ],
)
def test_folder_of_the_worktree(given: Beginning, folder: Path | None, path: str) -> None:
    step = MakeWorktree.due(given, start(wants_worktree=True, worktree=folder))
    assert step == MakeWorktree(HOTFIX, BRANCH, Path(path))


def test_settings_of_the_worktree_are_refused_before_it_is_made() -> None:
    refused = MakeWorktree.due(beginning(worktree_problems=(WRONG,)), start(wants_worktree=True))
    assert refusal(refused, START) == [(2, "'worktree.copy' names '../x'.", "git hotfix config")]
    assert CheckOut.due(beginning(), start()) == CheckOut(HOTFIX, BRANCH, MAIN)
