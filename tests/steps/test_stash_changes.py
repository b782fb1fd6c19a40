"""What happens to uncommitted changes at a start: stashed, asked about, or refused with what else is in the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from git_hotfix.engine.step import Question, Questions
from git_hotfix.errors import Problem, command
from git_hotfix.facts.hotfixes import Known
from git_hotfix.git.checkout import Change
from git_hotfix.steps.request import StartRequest
from git_hotfix.steps.stash_changes import StashChanges
from tests.support.decisions import START, decided, refusal
from tests.support.facts import HOTFIX, TIP, beginning

if TYPE_CHECKING:
    from git_hotfix.facts.beginning import Beginning

CHANGED = (Change(" M", "src/login.py"), Change("A ", "new file"))
MANY = tuple(Change(" M", f"{number}.py") for number in range(7))
LOCKED = Problem("index-locked", "'.git/index.lock' locks the index.", command("rm", ".git/index.lock"))
REBASE = ("a rebase", "rebase --continue")
IN_THE_WAY = "refused in-progress uncommitted"
WORKTREE = "git hotfix start auth --worktree"


def start(**options: object) -> StartRequest:
    return StartRequest(title="auth", yes=True, **options)  # type: ignore[arg-type]  # options of every type


@pytest.mark.parametrize(
    ("given", "request_", "expected"),
    [
        (beginning(), start(), "-"),
        (beginning(), start(stash=True), "StashChanges"),
        (beginning(), start(dirty="stash"), "StashChanges"),
        (beginning(), start(stash=True, wants_worktree=True), "-"),
        (beginning(changes=CHANGED), start(stash=True), "StashChanges"),
        (beginning(changes=CHANGED), start(), "refused uncommitted"),
        (beginning(changes=CHANGED), start(interactive=True), "asks dirty"),
        (beginning(changes=CHANGED), start(interactive=True, dirty="stash"), "StashChanges"),
        (beginning(changes=CHANGED), start(carry=True), "StashChanges"),
        (beginning(changes=CHANGED), start(carry=True, wants_worktree=True), "-"),
        (beginning(changes=CHANGED), start(interactive=True, dirty="worktree"), "-"),
        (beginning(changes=CHANGED), start(wants_worktree=True), "-"),
        (beginning(operation=REBASE), start(), "refused in-progress"),
        (beginning(operation=REBASE), start(stash=True), "refused in-progress"),
        (beginning(operation=REBASE), start(wants_worktree=True), "-"),
        (beginning(index_lock=LOCKED), start(), "refused index-locked"),
        (beginning(index_lock=LOCKED), start(wants_worktree=True), "-"),
        (beginning(index_lock=LOCKED, unfinished=HOTFIX), start(), "refused index-locked"),
        (beginning(operation=REBASE, changes=CHANGED), start(), IN_THE_WAY),
        (beginning(changes=CHANGED, changed_submodules=("lib",)), start(stash=True), "refused uncommitted"),
        (beginning(changes=CHANGED, changed_submodules=("lib",)), start(interactive=True), "refused uncommitted"),
        (beginning(top=None, changes=CHANGED), start(), "refused no-working-tree"),
        (beginning(top=None), start(wants_worktree=True), "-"),
        # the same command goes on: its changes are in the stash already, what is changed now is the fix
        (beginning(unfinished=HOTFIX, changes=CHANGED), start(), "-"),
        (beginning(unfinished=HOTFIX, changes=CHANGED), start(stash=True), "StashChanges"),
        (beginning(unfinished=HOTFIX, changes=CHANGED, changed_submodules=("lib",)), start(), "-"),
        (beginning(unfinished=HOTFIX, operation=REBASE), start(), "refused in-progress"),
        # what is wrong with the name is said by the branch
        (beginning(known=(Known(HOTFIX, TIP),)), start(stash=True), "-"),
    ],
)
def test_when_changes_are_stashed(given: Beginning, request_: StartRequest, expected: str) -> None:
    assert decided(StashChanges.due(given, request_)) == expected


def test_the_stash_belongs_to_the_hotfix() -> None:
    given = beginning()
    assert StashChanges.due(given, start(stash=True)) == StashChanges(HOTFIX)
    assert StashChanges.due(given, start(carry=True)) == StashChanges(HOTFIX, comes_along=True, onto=given.base_tip)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (
            beginning(changes=CHANGED),
            [(1, "There are uncommitted changes: 'src/login.py', 'new file'.", "git hotfix start auth --carry")],
        ),
        (
            beginning(changes=MANY),
            [
                (
                    1,
                    "There are uncommitted changes: '0.py', '1.py', '2.py', '3.py', '4.py' and 2 more.",
                    "git hotfix start auth --carry",
                )
            ],
        ),
        (
            beginning(changes=CHANGED, changed_submodules=("lib", "vendor")),
            [
                (
                    1,
                    "There are changes in submodules, which a stash cannot hold: 'lib', 'vendor'.",
                    "git hotfix start auth --worktree",
                )
            ],
        ),
        (beginning(operation=REBASE), [(1, "A rebase is unfinished here.", "git hotfix start auth --worktree")]),
        (
            beginning(top=None),
            [(1, "This repository is bare: the hotfix needs a working tree.", "git hotfix start auth --worktree DIR")],
        ),
    ],
)
def test_what_is_in_the_way(given: Beginning, expected: list[tuple[int, str, str]]) -> None:
    assert refusal(StashChanges.due(given, start()), START) == expected


def test_question_about_changes() -> None:
    asked = StashChanges.due(beginning(changes=CHANGED), start(interactive=True))
    text = (
        "There are uncommitted changes ('src/login.py', 'new file')."
        " Take them along (carry), stash them, or work in another worktree?"
    )
    options, choices = "--carry (or --stash, --worktree)", ("carry", "stash", "worktree")
    assert asked == Questions((Question("dirty", options, text, "choice", choices, default="carry"),))
    (question,) = asked.questions
    assert question.typed == ("--carry",)


def test_an_unfinished_operation_is_refused_before_changes_are_asked_about() -> None:
    both = beginning(operation=REBASE, changes=CHANGED)
    for request in (start(interactive=True), start()):
        assert refusal(StashChanges.due(both, request), START) == [
            (1, "A rebase is unfinished here.", WORKTREE),
            (1, "There are uncommitted changes: 'src/login.py', 'new file'.", WORKTREE),
        ]
