"""A hint is typed by people in a hurry: it works as it stands, and never costs what they did not ask to lose."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.cli.stages import Stage, finished, fixed, started
from tests.says.scenes import TARGETS, harmless, hints, next_line, type_in
from tests.support.lab import FIXED, LOGIN

if TYPE_CHECKING:
    from pathlib import Path


def squashed(root: Path) -> Stage:
    """Return a hotfix that a forge has squashed into production: its commits are not there, its change is."""
    stage = fixed(root)
    stage.alice.git("push", "-q", "-u", "origin", stage.branch)
    bob = stage.bob
    bob.git("fetch", "-q")
    bob.git("switch", "-q", "main")
    bob.git("merge", "-q", "--squash", f"origin/{stage.branch}")
    bob.commit("Login takes any password (#1)")
    bob.git("push", "-q", "origin", "main")
    return stage


def test_squashed_request_never_costs_the_branch(tmp_path: Path) -> None:
    stage = squashed(tmp_path)
    said = stage.alice.hotfix("finish", "-y")
    assert said.code in {0, 1, 4}
    assert harmless([*hints(said)]), hints(said)
    for line in hints(said):
        type_in(stage.alice, line)
    assert FIXED in stage.alice.show(f"{stage.branch}:{LOGIN}")
    assert FIXED in stage.remote.show(f"{stage.branch}:{LOGIN}")


def test_squashed_request_has_a_way_to_the_targets(tmp_path: Path) -> None:
    stage = squashed(tmp_path)
    said = stage.alice.hotfix("finish", "-y")
    for _ in range(4):
        line = next(iter(hints(said)), next_line(said))
        if line is None or FIXED in stage.on_server("develop", LOGIN):
            break
        assert harmless([line]), line
        said = type_in(stage.alice, line)
    for branch in TARGETS:
        assert FIXED in stage.on_server(branch, LOGIN), branch


@pytest.mark.parametrize("word", ["abort", "delete", "undo", "publish", "track", "continue"])
def test_words_of_git_and_git_flow_are_answered_by_what_they_mean(tmp_path: Path, word: str) -> None:
    stage = started(tmp_path)
    before = stage.alice.snapshot(without_tracking=True)
    said = stage.alice.hotfix(word, check=2)
    assert f"'{word}'" in said.err
    assert hints(said)
    asked = {"delete": ("cleanup", "close"), "undo": ("rollback",)}.get(word, ())
    for line in hints(said):
        named = re.findall(r"git hotfix ([a-z]+)", line)
        assert harmless([line]) or (named and named[0] in asked), line
        assert line != "git hotfix backport", "nobody asked for a backport"
        assert not line.startswith("git hotfix -h"), "that is no answer"
    assert stage.alice.snapshot(without_tracking=True) == before


@pytest.mark.parametrize("typed", ["rolback", "clenup", "cleanu", "closee", "finsh", "finihs"])
def test_mistyped_command_is_never_completed_to_one_that_publishes_deletes_or_takes_back(
    tmp_path: Path, typed: str
) -> None:
    stage = started(tmp_path)
    said = stage.alice.hotfix(typed, "-y", check=2)
    assert harmless(hints(said)), hints(said)
    assert not any("git hotfix finish" in line for line in hints(said))


def test_mistyped_command_that_only_shows_is_completed(tmp_path: Path) -> None:
    stage = started(tmp_path)
    (line,) = hints(stage.alice.hotfix("statsu", check=2))
    assert line == "git hotfix status"
    type_in(stage.alice, line, check=0)


EMPTY = ("", " ", "\t\n")


@pytest.mark.parametrize("reason", EMPTY)
def test_empty_reason_does_not_skip_failing_tests(tmp_path: Path, reason: str) -> None:
    stage = fixed(tmp_path)
    stage.alice.git("config", "hotfix.test.command", "false")
    before = stage.alice.snapshot(without_tracking=True)
    said = stage.alice.hotfix("finish", "-y", "--skip-tests", reason, check=2)
    assert "skip-tests" in said.err
    assert stage.alice.snapshot(without_tracking=True) == before


@pytest.mark.parametrize("reason", EMPTY[:2])
def test_empty_reason_does_not_publish_what_is_too_large(tmp_path: Path, reason: str) -> None:
    stage = fixed(tmp_path)
    stage.alice.git("config", "hotfix.scope.mode", "refuse")
    stage.alice.git("config", "hotfix.scope.maxLines", "1")
    before = stage.alice.snapshot(without_tracking=True)
    said = stage.alice.hotfix("finish", "-y", "--large", reason, check=2)
    assert "large" in said.err
    assert stage.alice.snapshot(without_tracking=True) == before


@pytest.mark.parametrize(
    "words",
    [
        ("backport", "auth", "--skip", "develop", "--reason", ""),
        ("backport", "auth", "--skip", "develop", "--reason", "  "),
        ("rollback", "auth", "-y", "--reason", ""),
        ("rollback", "auth", "-y", "--reason", " "),
    ],
)
def test_empty_reason_neither_skips_nor_takes_back(tmp_path: Path, words: tuple[str, ...]) -> None:
    stage = finished(tmp_path)
    before = stage.alice.snapshot(without_tracking=True)
    said = stage.alice.hotfix(*words, check=2)
    assert "reason" in said.err
    assert stage.alice.snapshot(without_tracking=True) == before


@pytest.mark.parametrize("reason", EMPTY[:2])
def test_empty_reason_closes_nothing(tmp_path: Path, reason: str) -> None:
    stage = started(tmp_path)
    before = stage.alice.snapshot(without_tracking=True)
    said = stage.alice.hotfix("close", "--as", "cancelled", "--reason", reason, check=2)
    assert "reason" in said.err
    assert stage.alice.snapshot(without_tracking=True) == before


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("branches.production", "main"),
        ("branches.develop", "develop"),
        ("remote.name", "origin"),
        ("test.command", "pytest"),
    ],
)
def test_config_shows_what_was_detected(tmp_path: Path, key: str, value: str) -> None:
    stage = started(tmp_path)
    alice = stage.alice
    for each in ("branches.production", "test.command"):
        alice.git("config", "--unset", f"hotfix.{each}")
    (line,) = [line for line in alice.hotfix("config", check=0).out.splitlines() if line.startswith(f"{key} ")]
    assert value in line
    assert "not set" not in line
    assert "default" not in line, "it was detected"


def test_config_shows_which_trigger_counts(tmp_path: Path) -> None:
    stage = started(tmp_path)
    (line,) = [
        line for line in stage.alice.hotfix("config", check=0).out.splitlines() if line.startswith("deploy.trigger ")
    ]
    assert "none" in line
