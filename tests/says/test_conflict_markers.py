"""A conflict marker is what a conflict has left: not a heading, and not the text of another file."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import pytest

from tests.cli.stages import Stage, conflicting, started
from tests.says.scenes import hints, next_line, problems_of
from tests.support.lab import BUG, FIXED, LOGIN, Clone

if TYPE_CHECKING:
    from pathlib import Path

HEADING = "Notes\n=======\n\nWho signs in needs a password.\n"
MARKED = "How to read a conflict\n\n<<<<<<< HEAD\nours\n=======\ntheirs\n>>>>>>> branch\n"
THEIRS = "    return bool(expected)\n"
"""What somebody has made of the same line on the branch that conflicts."""


def tree_of(stage: Stage, branch: str) -> Clone:
    """Return the tree of a conflict with a branch."""
    return Clone(stage.alice.path / f".git/hotfix/conflicts/{stage.hotfix}/{branch}", stage.remote)


def resolved(there: Clone, branch: str, more: str = "") -> None:
    """Resolve the conflict in a tree, with something more in the file."""
    text = there.git("show", f"HEAD:{LOGIN}") + "\n"
    assert THEIRS in text, branch
    there.write(LOGIN, text.replace(THEIRS, "    return bool(expected) and password == expected\n") + more)
    there.git("add", "-A")


def test_heading_and_the_text_of_another_file_are_no_conflict_markers(tmp_path: Path) -> None:
    files = {"docs/notes.rst": HEADING, "docs/conflicts.md": MARKED}
    stage = started(tmp_path)
    alice = stage.alice
    alice.commit("Check the password", {LOGIN: alice.replace(LOGIN, BUG, FIXED), **files})
    theirs = stage.on_server("develop", LOGIN).replace("    return True\n", THEIRS)
    stage.bob_pushes("develop", "Ask for any password", {LOGIN: theirs})
    alice.hotfix("finish", "-y", check=4)
    there = tree_of(stage, "develop")
    resolved(there, "develop", f'\nHELP = """\n{HEADING}"""\n')
    there.hotfix("backport", "--continue", check=0)
    assert HEADING in stage.on_server("develop", LOGIN)
    for path, text in files.items():
        assert stage.on_server("develop", path) == text


@pytest.mark.parametrize("branch", ["develop", "main"])
def test_markers_that_are_left_are_refused_and_named_in_the_problems(tmp_path: Path, branch: str) -> None:
    stage = conflicting(tmp_path, branch)
    there = tree_of(stage, branch)
    assert "<<<<<<<" in there.read(LOGIN)
    there.git("add", LOGIN)  # as it is, markers and all
    command = ("finish", "-y") if branch == "main" else ("backport",)
    code = 3 if branch == "main" else 4
    refused = there.hotfix(*command, "--continue", "--json", check=code)
    assert any(f"{LOGIN}:" in each and "marker" in each for each in problems_of(refused)), problems_of(refused)
    assert "<<<<<<<" not in stage.on_server(branch, LOGIN)
    for line in (*hints(refused), next_line(there.hotfix("status"))):
        assert line == "git status", "who stands there already needs no way there"
    (line,) = hints(stage.alice.hotfix(*command, "--continue", check=code))
    assert line == next_line(stage.alice.hotfix("status")) == f"cd {shlex.quote(str(there.path))}"
    resolved(there, branch, ">>>>>>> 82064b5\n")
    refused = there.hotfix(*command, "--continue", "--json", check=code)
    assert any(LOGIN in each for each in problems_of(refused)), problems_of(refused)
    resolved(there, branch)
    there.hotfix(*command, "--continue", check=0)
    assert "bool(expected) and" in stage.on_server(branch, LOGIN)
