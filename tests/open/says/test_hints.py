"""A hint is typed by people in a hurry: it works as it stands, and never costs what they did not ask to lose."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.cli.stages import Stage, fixed
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
