"""What cannot be written changes nothing of what was done, and is no bug."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.stages import finished, fixed
from tests.support.lab import BUG, FIXED, LOGIN, standard_lab
from tests.support.processes import run

KOREAN = "로그인이 모든 비밀번호를 받아들임"
FULL = Path("/dev/full")


@pytest.mark.skipif(not FULL.exists(), reason="/dev/full is Linux's")
@pytest.mark.parametrize("command", ["status --json", "list -h"])
def test_full_disk_behind_the_output_is_told_as_that(tmp_path: Path, command: str) -> None:
    stage = finished(tmp_path)
    answer = run("sh", "-c", f"git hotfix {command} >/dev/full", directory=stage.alice.path)
    assert (answer.code, answer.err) == (1, "error: The output could not be written: No space left on device.\n")


@pytest.mark.skipif(not FULL.exists(), reason="/dev/full is Linux's")
@pytest.mark.parametrize("streams", [">/dev/full 2>&1", "2>&1 | true"])
def test_full_disk_behind_the_output_of_a_publication_changes_nothing_of_it(tmp_path: Path, streams: str) -> None:
    stage = fixed(tmp_path)
    answer = run("sh", "-c", f"git hotfix finish -y {streams}", directory=stage.alice.path)
    for branch in ("main", "develop", "release/1.1", "support/1.0"):
        assert FIXED in stage.on_server(branch, LOGIN), branch
    assert answer.code == 0
    stage.alice.hotfix("cleanup", "auth", check=0)


def test_title_that_the_terminal_cannot_show_is_published_all_the_same(tmp_path: Path) -> None:
    scene = standard_lab(tmp_path)
    alice = scene.alice
    alice.git("config", "hotfix.branches.production", "main")
    alice.git("config", "hotfix.test.command", "true")
    small = {"PYTHONIOENCODING": "cp1252:strict", "PYTHONUTF8": "0"}
    ascii_files = {"PYTHONUTF8": "0", "LC_ALL": "POSIX"}
    begun = run("git", "hotfix", "start", KOREAN, "-y", directory=alice.path, env=ascii_files)
    assert begun.code == 0, begun.err
    assert alice.git("branch", "--show-current").endswith("-로그인이-모든-비밀번호를-받아들임")
    alice.commit("Check the password", {LOGIN: alice.replace(LOGIN, BUG, FIXED)})

    answer = run("git", "hotfix", "finish", "-y", directory=alice.path, env=small)

    assert answer.code == 0, answer.err
    assert "bug" not in answer.err
    assert "Next: git hotfix cleanup" in answer.out
    for branch in ("main", "develop", "release/1.1", "support/1.0"):
        assert FIXED in scene.remote.show(f"{branch}:{LOGIN}"), branch
    told = run("git", "hotfix", "status", "--json", directory=alice.path, env=small)
    assert told.code == 0, told.err
    assert any("CHANGELOG" in each["evidence"] or each["step"] == "documents" for each in told.json()["steps"])
