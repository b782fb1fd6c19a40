"""A rollback takes back what was put there, says why, and every way out of it is open."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from tests.cli.stages import THEIRS, TITLE, rolled_back
from tests.says.scenes import GUIDED, TARGETS, fixed_by, hints, next_line, type_in
from tests.support.lab import BUG, FIXED, LOGIN, Clone, standard_lab
from tests.support.terminal import Terminal

if TYPE_CHECKING:
    from tests.cli.stages import Stage

BUT_NULL = "    return True or None\n"
WITH_NULL = "    return password == expected or None\n"
RESOLVED = ("develop", "support/1.0")
"""A branch that gets the fix by a merge, and one that gets it by a pick."""


def resolved(root: Path) -> tuple[Stage, dict[str, str]]:
    """Return a hotfix whose backports conflicted and were resolved by alice, and the files before it, by branch."""
    stage = fixed_by(root, GUIDED)
    before = {}
    for branch in RESOLVED:
        before[branch] = stage.on_server(branch, LOGIN).replace("    return True\n", BUT_NULL)
        stage.bob_pushes(branch, "Return null for nobody", {LOGIN: before[branch]})
    said = stage.alice.hotfix("finish", "-y", check=4)
    for line in hints(said):
        there = Clone(Path(shlex.split(line)[1]), stage.remote)
        branch = "develop" if there.path.name == "develop" else "support/1.0"
        there.write(LOGIN, before[branch].replace(BUT_NULL, WITH_NULL))
        there.git("add", LOGIN)
    type_in(stage.alice, next_line(stage.alice.hotfix("status", check=0)) or "false", check=0)
    assert all(WITH_NULL in stage.on_server(branch, LOGIN) for branch in RESOLVED)
    return stage, before


def test_rollback_takes_resolved_backports_back_without_a_conflict_and_leads_to_its_end(tmp_path: Path) -> None:
    stage, before = resolved(tmp_path)
    alice = stage.alice
    back = alice.hotfix("rollback", "auth", "-y", "--targets", "--reason", "search is broken", check=0)

    assert {branch: stage.on_server(branch, LOGIN) for branch in RESOLVED} == before
    assert "rolled-back" in stage.on_server("develop")  # the record stays there
    for branch in ("main", *TARGETS):
        told = stage.remote.git("log", "-3", "--format=%(trailers:key=Rollback-Because,valueonly)", branch)
        assert "search is broken" in told, branch
    line = next_line(back)
    assert line == f"git hotfix deploy {stage.hotfix} --done"
    assert hints(alice.hotfix("cleanup", "auth", check=8)) == [line]
    assert type_in(alice, line, check=0).out.endswith(f"Next: git hotfix cleanup {stage.hotfix}\n")
    alice.hotfix("cleanup", "auth", check=0)
    assert alice.git("branch", "--list", "hotfix/*") == ""
    for clone in (alice, stage.bob):
        assert re.search(r"(?m)^past .* rolled back ", clone.hotfix("list", check=0).out)
    # without a name and with nothing left in production it is the same one, which is done
    assert alice.hotfix("rollback", "--json", check=0).json()["hotfix"] == stage.hotfix


def test_fix_that_conflicts_when_it_lands_again_is_brought_in_by_hand(tmp_path: Path) -> None:
    stage = rolled_back(tmp_path)
    alice = stage.alice
    theirs = stage.bob_pushes("main", "Change the check", {LOGIN: stage.on_server("main", LOGIN).replace(BUG, THEIRS)})
    before = alice.snapshot(without_tracking=True)

    refused = alice.hotfix("start", "--again", "auth", "-y", check=1)

    assert alice.snapshot(without_tracking=True) == before
    (line,) = hints(refused)
    assert type_in(alice, line).code == 1  # as git ends where it conflicts
    assert alice.git("branch", "--show-current") == f"{stage.branch}-again"
    assert alice.rev("HEAD~") == theirs
    assert f'title: "{TITLE}"' in (report := alice.read(stage.report.replace("auth", "auth-again")))
    assert stage.hotfix in report
    assert alice.git("diff", "--name-only", "--diff-filter=U") == LOGIN
    alice.write(LOGIN, alice.show(f"{stage.branch}:{LOGIN}"))
    alice.git("add", LOGIN)
    alice.git("-c", "core.editor=true", "revert", "--continue")
    assert alice.hotfix("status", check=0).out.endswith(f"Next: git hotfix finish {stage.hotfix}-again\n")


def test_merge_that_conflicts_is_picked_by_hand_and_an_empty_commit_has_nothing(tmp_path: Path) -> None:
    scene = standard_lab(tmp_path)
    alice = scene.alice
    alice.git("switch", "-q", "-c", "theirs", "origin/develop")
    alice.git("switch", "-q", "-c", "topic")
    alice.commit("Change the title", {LOGIN: alice.read(LOGIN).replace('"{user}: account"', '"{user}"')})
    alice.git("switch", "-q", "theirs")
    alice.git("merge", "-q", "--no-ff", "-m", "Topic", "topic")
    merge, empty = alice.rev("HEAD"), alice.commit("Empty")
    alice.git("switch", "-q", "main")

    (line,) = hints(alice.hotfix("start", "auth", "-y", "--pick", merge, "--pick", empty, check=1))

    assert line.endswith(f"--by-hand && git cherry-pick -x -m1 {merge[:7]} {empty[:7]}")
    assert type_in(alice, line).code == 1
    assert alice.git("diff", "--name-only", "--diff-filter=U") == LOGIN
    alice.git("cherry-pick", "--abort")
    alice.git("switch", "-q", "main")
    said = alice.hotfix("start", "other", "-y", "--pick", empty, check=0)
    assert f"Commit {empty[:7]} has nothing that the base lacks." in said.err


def test_rollback_on_a_terminal_asks_why_and_keeps_the_answer(tmp_path: Path) -> None:
    stage = fixed_by(tmp_path, GUIDED)
    stage.alice.hotfix("finish", "-y", "--no-backport")
    with Terminal(stage.alice, "rollback", "auth") as terminal:
        terminal.expect("on 'origin/main'?")
        terminal.answer("y")
        terminal.expect("Why")
        terminal.answer("search is broken")
        assert terminal.finish() == 0
    told = stage.remote.git("log", "-1", "--format=%(trailers:key=Rollback-Because,valueonly)", "main")
    assert told.strip() == "search is broken"
    assert FIXED not in stage.on_server("main", LOGIN)
