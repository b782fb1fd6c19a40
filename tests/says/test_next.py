"""From every state one Next, typed as it stands, again and again, leads to the end.

A few states that lead through most others are walked from; ``HOTFIX_WALKS=all`` walks from all of them.
"""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.stages import Stage, built_on, conflicting, finished, fixed, published, started
from tests.says.scenes import TARGETS, fixed_by, guided, hints, next_line, status_of, type_in
from tests.support.hooks import accept_everything, protect, refuse_ref
from tests.support.lab import BUG, FIXED, LOGIN, Clone, introduce, run_git
from tests.support.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.processes import Run

ANY = "    return bool(expected)\n"
BOTH = "    return bool(expected) and password == expected\n"
BUILT = "    return password == expected and not locked(user)\n"
WITHOUT = "    return not locked(user)\n"
"""What ``conflicting`` and ``built_on`` have in the line of the fix, and how a person resolves it."""

MOST_LINES = 12
"""No hotfix needs more commands than this from anywhere to its end."""

Scene = tuple[Stage, Clone]


def just_started(root: Path) -> Scene:
    stage = started(root)
    return stage, stage.alice


def started_and_elsewhere(root: Path) -> Scene:
    stage = started(root)
    stage.alice.git("switch", "-q", "main")
    return stage, stage.alice


def started_in_a_worktree(root: Path) -> Scene:
    stage = started(root)
    stage.alice.git("switch", "-q", "main")
    stage.alice.git("worktree", "add", "-q", str(root / "a tree"), stage.branch)
    return stage, stage.alice


def with_a_fix(root: Path) -> Scene:
    stage = fixed(root)
    return stage, stage.alice


def with_a_deployment_to_decide(root: Path) -> Scene:
    stage = fixed(root)
    stage.alice.git("config", "hotfix.deploy.command", "true")
    return stage, stage.alice


def with_failed_tests(root: Path) -> Scene:
    stage = fixed(root)
    stage.alice.git("config", "hotfix.test.command", f"test -e {root}/mended")
    stage.alice.hotfix("finish", "-y", check=6)
    (root / "mended").touch()
    return stage, stage.alice


def pushed_and_taken_over(root: Path) -> Scene:
    stage = fixed(root)
    stage.alice.git("push", "-q", "-u", "origin", stage.branch)
    carol = Clone(root / "carol", stage.remote)
    run_git(root, "clone", "-q", str(stage.remote.path), str(carol.path))
    introduce(carol, "carol")
    carol.git("config", "hotfix.test.command", "true")
    return stage, carol


def refused_by_the_server(root: Path) -> Scene:
    stage = fixed(root)
    protect(stage.remote, "refs/heads/main", "production is protected")
    stage.alice.hotfix("finish", "-y", check=5)
    accept_everything(stage.remote)
    return stage, stage.alice


def merged_here_only(root: Path) -> Scene:
    stage = fixed(root)
    stage.alice.hotfix("finish", "-y", "--no-push", check=0)
    return stage, stage.alice


def in_conflict_with_production(root: Path) -> Scene:
    stage = conflicting(root, "main")
    return stage, stage.alice


def published_alone(root: Path) -> Scene:
    stage = published(root)
    return stage, stage.alice


def published_alone_seen_by_a_colleague(root: Path) -> Scene:
    stage = published(root)
    stage.bob.git("config", "hotfix.branches.production", "main")
    return stage, stage.bob


def in_conflict_with_a_target(root: Path) -> Scene:
    stage = conflicting(root, "develop")
    return stage, stage.alice


def with_a_target_that_refused(root: Path) -> Scene:
    stage = fixed(root)
    refuse_ref(stage.remote, "refs/heads/support/*", "support is frozen")
    stage.alice.hotfix("finish", "-y", check=4)
    accept_everything(stage.remote)
    return stage, stage.alice


def with_a_failed_deployment(root: Path) -> Scene:
    stage = fixed(root)
    stage.alice.git("config", "hotfix.deploy.command", f"test -e {root}/mended")
    stage.alice.hotfix("finish", "-y", check=7)
    (root / "mended").touch()
    return stage, stage.alice


def with_an_interrupted_deployment(root: Path) -> Scene:
    stage = fixed(root)
    stage.alice.git("config", "hotfix.deploy.command", f"sh -c 'test -e {root}/mended || sleep 50'")
    with Terminal(stage.alice, "finish", "-y") as terminal:
        terminal.expect("Published:")
        terminal.expect("$ sh -c")
        terminal.interrupt()
        terminal.finish()
    (root / "mended").touch()
    return stage, stage.alice


def not_deployed(root: Path) -> Scene:
    stage = fixed(root)
    stage.alice.git("config", "hotfix.deploy.command", "true")
    stage.alice.hotfix("finish", "-y", "--no-deploy")
    return stage, stage.alice


def to_be_deployed_by_hand(root: Path) -> Scene:
    stage = guided(root)
    return stage, stage.alice


def to_be_deployed_by_hand_seen_by_a_colleague(root: Path) -> Scene:
    stage, _ = to_be_deployed_by_hand(root)
    return stage, stage.bob


def with_a_second_round(root: Path) -> Scene:
    stage = finished(root)
    stage.alice.git("switch", "-q", stage.branch)
    stage.alice.commit("Check it twice", {"src/auth/twice.py": "twice = True\n"})
    return stage, stage.alice


def with_a_note_after_publication(root: Path) -> Scene:
    stage = finished(root)
    stage.alice.hotfix("note", "the queue is empty again", check=0)
    return stage, stage.alice


def everything_finished(root: Path) -> Scene:
    stage = finished(root)
    return stage, stage.alice


def closed(root: Path) -> Scene:
    stage = started(root)
    stage.alice.hotfix("close", "--as", "cancelled", "--reason", "it was the vendor", check=0)
    return stage, stage.alice


def rolled_back(root: Path) -> Scene:
    stage = finished(root)
    stage.alice.hotfix("rollback", "auth", "-y", "--reason", "worse", check=0)
    return stage, stage.alice


def rolled_back_everywhere(root: Path) -> Scene:
    stage = guided(root)
    stage.alice.hotfix("rollback", "auth", "-y", "--targets", "--reason", "worse", check=0)
    return stage, stage.alice


def rolled_back_and_its_deployment_failed(root: Path) -> Scene:
    stage = finished(root)
    stage.alice.git("config", "hotfix.deploy.command", f"test -e {root}/mended")
    stage.alice.hotfix("rollback", "auth", "-y", "--reason", "worse", check=7)
    (root / "mended").touch()
    return stage, stage.alice


def rollback_in_conflict_with_production(root: Path) -> Scene:
    stage = built_on(root, "main")
    stage.alice.hotfix("rollback", "auth", "-y", "--reason", "worse", check=3)
    return stage, stage.alice


def rollback_in_conflict_with_a_target(root: Path) -> Scene:
    stage = built_on(root, "develop")
    stage.alice.hotfix("rollback", "auth", "-y", "--targets", "--reason", "worse", check=4)
    return stage, stage.alice


def merged_by_other_hands(root: Path) -> Scene:
    stage = fixed(root)
    bob = stage.bob
    stage.alice.git("push", "-q", "-u", "origin", stage.branch)
    bob.git("fetch", "-q")
    bob.git("switch", "-q", "main")
    bob.git("merge", "-q", "--no-ff", "-m", "Merge pull request #1 from alice", f"origin/{stage.branch}")
    bob.git("push", "-q", "origin", "main")
    return stage, stage.alice


def with_a_changelog_that_is_not_understood(root: Path) -> Scene:
    stage = fixed_by(root, {"CHANGELOG.md": "# Changelog\n\n## 2026-01-05\n\n- First release\n"})
    said = stage.alice.hotfix("finish", "-y", "--json", check=4).json()
    (message,) = [each["message"] for each in said["problems"] if "CHANGELOG.md" in each["message"]]
    text = stage.on_server("develop", "CHANGELOG.md") + message.partition("by hand: ")[2] + "\n"
    stage.bob_pushes("develop", "Add to the changelog", {"CHANGELOG.md": text})
    return stage, stage.alice


FORWARD: tuple[Callable[[Path], Scene], ...] = (
    just_started,
    started_and_elsewhere,
    started_in_a_worktree,
    with_a_fix,
    with_a_deployment_to_decide,
    with_failed_tests,
    pushed_and_taken_over,
    refused_by_the_server,
    merged_here_only,
    in_conflict_with_production,
    published_alone,
    published_alone_seen_by_a_colleague,
    in_conflict_with_a_target,
    with_a_target_that_refused,
    with_a_failed_deployment,
    with_an_interrupted_deployment,
    not_deployed,
    to_be_deployed_by_hand,
    to_be_deployed_by_hand_seen_by_a_colleague,
    with_a_second_round,
    with_a_note_after_publication,
    everything_finished,
    merged_by_other_hands,
    with_a_changelog_that_is_not_understood,
)
"""States from which Next leads to a fix that is everywhere."""

BACK: tuple[Callable[[Path], Scene], ...] = (
    closed,
    rolled_back,
    rolled_back_everywhere,
    rolled_back_and_its_deployment_failed,
    rollback_in_conflict_with_production,
    rollback_in_conflict_with_a_target,
)
"""States of a hotfix that was ended or taken back."""


SHORT = {in_conflict_with_a_target, rollback_in_conflict_with_a_target}
"""The states that are walked from when nobody asks for more."""


def walked(states: tuple[Callable[[Path], Scene], ...]) -> list[Callable[[Path], Scene]]:
    """Return the states to walk from in this run."""
    return [state for state in states if os.environ.get("HOTFIX_WALKS") == "all" or state in SHORT]


def name_of(state: Callable[[Path], Scene]) -> str:
    return state.__name__.replace("_", " ")


def one_next(clone: Clone, hotfix: str) -> tuple[str | None, Any]:
    """Return the Next of a status: the same in text and in JSON, once, and last on the screen; and all that is so."""
    shown, said = clone.hotfix("status", hotfix, check=0), status_of(clone, hotfix)
    line = next_line(shown)
    assert line == said["next"]
    if line is not None:
        assert shown.out.rstrip("\n").split("\n")[-1] == f"Next: {line}"
    return line, (said["steps"], line, clone.git("branch", "--show-current"))


def act_as_a_person(stage: Stage, clone: Clone, line: str) -> Clone:
    """Do what a person does where Next leads to work: commit the fix, resolve the conflict; gives where they are."""
    if line == "git commit -a":
        clone.commit("Check the password", {LOGIN: clone.replace(LOGIN, BUG, FIXED)})
        return clone
    folder = Path(shlex.split(line)[1])
    assert folder.is_dir(), line
    there = Clone(folder, stage.remote)
    if there.git("ls-files", "--unmerged"):
        text = there.git("show", f"HEAD:{LOGIN}") + "\n"
        there.write(LOGIN, text.replace(ANY, BOTH).replace(BUILT, WITHOUT))
        there.git("add", LOGIN)
    return there


def walk(stage: Stage, clone: Clone) -> list[str]:
    """Type Next, and where it is refused its hint, until there is none; gives what was typed."""
    typed: list[str] = []
    home = clone
    line, state = one_next(clone, stage.hotfix)
    while line is not None:
        assert len(typed) < MOST_LINES, typed
        typed.append(line)
        before, had = line, state
        if line == "git commit -a" or line.startswith("cd "):
            clone = act_as_a_person(stage, clone, line)
            line, state = one_next(clone, stage.hotfix)
            assert line != before, f"it leads to where one stands: {typed}"
            continue
        answer = type_in(clone, line)
        if answer.code != 0:
            answer = _follow(clone, line, answer, typed)
        if not clone.path.exists():
            clone = home
        line, state = one_next(clone, stage.hotfix)
        assert state != had, f"nothing came of it: {typed}\n{answer.out}\n{answer.err}"
    return typed


def _follow(clone: Clone, line: str, answer: Run, typed: list[str]) -> Run:
    """Type the one hint of a Next that was not enough; it must be another command."""
    offered = [each for each in (*hints(answer), next_line(answer)) if each is not None]
    assert len(set(offered)) == 1, f"{typed}: exit {answer.code}, offered {offered}\n{answer.err}"
    assert offered[0] != line, f"{typed}: it only says itself\n{answer.err}"
    if offered[0].startswith("cd "):
        return answer
    typed.append(offered[0])
    return type_in(clone, offered[0])


@pytest.mark.parametrize("state", walked(FORWARD), ids=name_of)
def test_next_leads_to_a_fix_that_is_everywhere(tmp_path: Path, state: Callable[[Path], Scene]) -> None:
    stage, clone = state(tmp_path)
    walk(stage, clone)
    for branch in ("main", *TARGETS):
        assert "password == expected" in stage.on_server(branch, LOGIN), branch
    assert_ended(stage, clone)


@pytest.mark.parametrize("state", walked(BACK), ids=name_of)
def test_next_leads_to_the_end_of_what_was_taken_back(tmp_path: Path, state: Callable[[Path], Scene]) -> None:
    stage, clone = state(tmp_path)
    typed = walk(stage, clone)
    assert "password == expected" not in stage.on_server("main", LOGIN)
    assert not any("start" in line.split() for line in typed)
    assert_ended(stage, clone)


def assert_ended(stage: Stage, clone: Clone) -> None:
    """Check that nothing is left of the hotfix in this clone and on the server, and that every step is done."""
    said = status_of(clone, stage.hotfix)
    assert said["next"] is None
    assert {each["step"]: each["state"] for each in said["steps"] if each["state"] != "done"} == {}
    assert clone.git("branch", "--list", "hotfix/*") == ""
    assert stage.remote.git("branch", "--list", "hotfix/*") == ""
    clone.hotfix("cleanup", stage.hotfix, check=0)
