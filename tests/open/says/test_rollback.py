"""A rollback takes back what was put there, says why, and every way out of it is open."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from tests.cli.stages import Stage, finished, fixed
from tests.says.scenes import GUIDED, TARGETS, fixed_by, hints, next_line, status_of, targets_of, type_in
from tests.support.lab import FIXED, LOGIN, Clone
from tests.support.terminal import Terminal

BUT_NULL = "    return True or None\n"
WITH_NULL = "    return password == expected or None\n"


def resolved_on(root: Path, branch: str) -> tuple[Stage, str]:
    """Return a hotfix whose backport to a branch conflicted and was resolved by alice, and the file before it."""
    stage = fixed(root)
    alice = stage.alice
    before = stage.on_server(branch, LOGIN).replace("    return True\n", BUT_NULL)
    stage.bob_pushes(branch, "Return null for nobody", {LOGIN: before})
    said = alice.hotfix("finish", "-y", check=4)
    place = next(words[1] for line in hints(said) if (words := shlex.split(line))[0] == "cd")
    there = Clone(Path(place), stage.remote)
    there.write(LOGIN, before.replace(BUT_NULL, WITH_NULL))
    there.git("add", LOGIN)
    there.hotfix("backport", "--continue", check=0)
    assert WITH_NULL in stage.on_server(branch, LOGIN)
    return stage, before


def test_rollback_takes_a_resolved_merge_back_without_a_conflict(tmp_path: Path) -> None:
    stage, before = resolved_on(tmp_path, "develop")
    stage.alice.hotfix("rollback", "auth", "-y", "--targets", check=0)
    assert stage.on_server("develop", LOGIN) == before
    assert "rolled-back" in stage.on_server("develop")  # the record stays there


def test_rollback_takes_a_resolved_pick_back_without_a_conflict(tmp_path: Path) -> None:
    stage, before = resolved_on(tmp_path, "support/1.0")
    stage.alice.hotfix("rollback", "auth", "-y", "--targets", check=0)
    assert stage.on_server("support/1.0", LOGIN) == before


def test_rollback_on_a_target_conflicts_only_with_later_changes(tmp_path: Path) -> None:
    stage, before = resolved_on(tmp_path, "develop")
    alice = stage.alice
    later = before.replace(BUT_NULL, "    return bool(password == expected) or None\n")
    stage.bob_pushes("develop", "Later work", {LOGIN: later})
    said = alice.hotfix("rollback", "auth", "-y", "--targets", check=4)
    assert stage.on_server("develop", LOGIN) == later
    assert "password == expected" not in stage.on_server("release/1.1", LOGIN)
    for answer in (said, alice.hotfix("rollback", "auth", "-y", check=4)):
        offered = [line for line in dict.fromkeys([*hints(answer), next_line(answer)]) if line is not None]
        assert len(offered) == 1, f"more than one way on: {offered}"
        type_in(alice, offered[0], check=0)


def test_reason_of_a_rollback_is_in_its_commits_on_the_targets_too(tmp_path: Path) -> None:
    stage = finished(tmp_path)
    stage.alice.hotfix("rollback", "auth", "-y", "--targets", "--reason", "search is broken", check=0)
    for branch in ("main", *TARGETS):
        told = stage.remote.git("log", "-3", "--format=%(trailers:key=Rollback-Because,valueonly)", branch)
        assert told.split("\n\n")[0].strip() == "search is broken" or "search is broken" in told, branch


def test_cleanup_after_a_rollback_everywhere_and_its_deployment_leads_to_its_end(tmp_path: Path) -> None:
    stage = fixed_by(tmp_path, GUIDED)
    alice = stage.alice
    alice.hotfix("finish", "-y", check=0)
    alice.hotfix("rollback", "auth", "-y", "--targets", "--reason", "worse", check=0)
    alice.hotfix("deploy", "auth", "--done", check=0)
    tries = 0
    while (cleaned := alice.hotfix("cleanup", "auth")).code != 0:
        (line,) = hints(cleaned)
        assert "start --again" not in line
        type_in(alice, line, check=0)
        tries += 1
        assert tries < 4, cleaned.err
    assert alice.git("branch", "--list", "hotfix/*") == ""


def test_list_says_that_a_hotfix_was_rolled_back(tmp_path: Path) -> None:
    stage = finished(tmp_path)
    alice = stage.alice
    alice.hotfix("rollback", "auth", "-y", "--targets", check=0)
    alice.hotfix("cleanup", "auth", check=0)
    for clone in (alice, stage.bob):
        listed = clone.hotfix("list", check=0).out
        assert re.search(r"(?i)rolled.back", listed), listed
        assert "complete" not in listed


def test_target_that_never_got_the_fix_is_not_called_reverted(tmp_path: Path) -> None:
    stage = fixed(tmp_path)
    alice = stage.alice
    alice.hotfix("finish", "-y", "--no-backport")
    alice.hotfix("rollback", "auth", "-y", check=0)
    assert all(each["state"] != "reverted" for each in targets_of(status_of(alice, "auth")).values())


def test_rollback_on_a_terminal_asks_why_and_keeps_the_answer(tmp_path: Path) -> None:
    stage = finished(tmp_path)
    with Terminal(stage.alice, "rollback", "auth", "--no-targets") as terminal:
        questions = {"Why": "search is broken", "back from 'origin/main'?": "y"}
        while questions:
            terminal.answer(questions.pop(terminal.expect(*questions)))
        assert terminal.finish() == 0
    told = stage.remote.git("log", "-1", "--format=%(trailers:key=Rollback-Because,valueonly)", "main")
    assert told.strip() == "search is broken"
    assert FIXED not in stage.on_server("main", LOGIN)
