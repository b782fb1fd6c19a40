"""The copies that stand for kills, tested: a copy is what a kill leaves, and copies come from all over a run."""

from __future__ import annotations

import hashlib
import signal
from typing import TYPE_CHECKING

import pytest

from tests.faults.lives import LIVES
from tests.faults.moments import OBJECTS, Kill, Moments, copy, put_back
from tests.support.changes import Change, can_stop
from tests.support.preloaded import preloaded

if TYPE_CHECKING:
    from pathlib import Path


def contents(folder: Path) -> dict[str, str]:
    """Return every file of a folder with its mode, time and content."""
    found = {}
    for path in sorted(folder.rglob("*")):
        about = path.lstat()
        content = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
        times = about.st_mtime_ns if path.is_file() else 0
        found[str(path.relative_to(folder))] = f"{about.st_mode:o} {times} {content}"
    return found


@pytest.mark.skipif(not can_stop(), reason="this system cannot stop a program before it changes a file")
@pytest.mark.parametrize("at", [40, 150])
def test_copy_is_what_a_kill_at_that_moment_leaves(tmp_path: Path, at: int) -> None:
    life = LIVES["start"]
    stage = life.stage(tmp_path / "scene")
    top = f"{stage.root}/"
    kill = Kill(lambda change: change.path.startswith(top), at)

    def look(change: Change) -> None:
        if change.path.startswith(top) and kill.seen == at - 1:
            copy(stage.root, tmp_path / "copy")
        kill(change)

    assert preloaded().run(*life.command, directory=stage.alice.path, before_change=look).code == -signal.SIGKILL
    assert contents(tmp_path / "copy") == contents(stage.root)
    (stage.root / "alice/new").touch()
    put_back(tmp_path / "copy", stage.root)
    assert contents(tmp_path / "copy") == contents(stage.root)


@pytest.mark.parametrize(("changes", "few"), [(3, 4), (7, 4), (8, 4), (1000, 4), (1000, 12)])
def test_moments_are_from_all_over_a_run_of_any_length(tmp_path: Path, changes: int, few: int) -> None:
    scene = tmp_path / "scene"
    scene.mkdir()
    moments = Moments(scene, tmp_path / "moments", few)
    for number in range(1, changes + 1):
        (scene / "file").write_text(str(number))
        for path in ("/elsewhere/file", f"{scene}/file", f"{scene}/.git{OBJECTS}12/34"):
            moments(Change(0, "write", path))
    assert moments.seen == 2 * changes
    assert min(changes, few) <= len(moments.kept) < 2 * few
    numbers = [int((each.copy / "file").read_text()) for each in moments.kept]
    steps = {after - before for before, after in zip([0, *numbers], numbers, strict=False)}
    assert len(steps) == 1
    assert changes - numbers[-1] < steps.pop()
    assert len(list((tmp_path / "moments").iterdir())) == len(moments.kept)


def test_every_moment_is_kept_when_all_are_wanted(tmp_path: Path) -> None:
    (tmp_path / "scene").mkdir()
    moments = Moments(tmp_path / "scene", tmp_path / "moments", None)
    for _ in range(50):
        moments(Change(0, "write", f"{tmp_path}/scene/.git{OBJECTS}12/34"))
    assert len(moments.kept) == moments.seen == 50
