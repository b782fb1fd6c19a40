"""A disk that is full, a folder that cannot be written, a clock that goes backwards: a sentence, and a way on."""

from __future__ import annotations

import os
import re
import resource
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.cli.publication_scenes import assert_everywhere, problems, ready
from tests.faults.trials import told_badly
from tests.support.processes import Run, run

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.lab import Clone

FINISHES = ("finish", "-y", "--skip-tests", "production is down")


def assert_told(said: Run) -> None:
    """Check that whatever happened was told in a sentence."""
    assert told_badly(said) == [], said.err
    assert all(each.endswith((".", "!", ")", "'")) or ": " in each for each in problems(said)), said.err


@pytest.mark.parametrize("most_bytes", [0, 150, 400, 1500])
def test_full_disk_is_told_and_the_same_command_afterwards_ends_the_same(tmp_path: Path, most_bytes: int) -> None:
    scene = ready(tmp_path)
    assert_told(_limited(scene.alice, most_bytes, *FINISHES))
    scene.finish()
    assert_everywhere(scene)


def test_git_directory_that_cannot_be_written_is_told_and_changes_nothing(tmp_path: Path) -> None:
    scene = ready(tmp_path)
    allowed = []
    if os.geteuid() == 0:  # root may write everywhere, unless that is taken away
        if shutil.which("setpriv") is None:
            pytest.skip("setpriv is missing (package 'util-linux'), and root may write everywhere")
        allowed = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--"]
    git_dir = scene.alice.path / ".git"
    before = scene.alice.snapshot()
    mode = git_dir.stat().st_mode
    folders = [path for path in (git_dir, *git_dir.rglob("*")) if path.is_dir()]
    for folder in folders:
        folder.chmod(0o555)
    try:
        said = run(*allowed, "git", "hotfix", *FINISHES, directory=scene.alice.path)
    finally:
        for folder in folders:
            folder.chmod(mode)
    assert_told(said)
    assert said.code != 0
    assert re.search(r"cannot be written|denied", said.err)
    assert scene.alice.snapshot() == before


@pytest.mark.skipif(shutil.which("faketime") is None, reason="faketime is missing (package 'faketime')")
def test_clock_that_goes_backwards_changes_nothing_but_times(tmp_path: Path) -> None:
    scene = ready(tmp_path)
    yesterday = subprocess.run(
        ["faketime", "-f", "-1d", "git", "hotfix", *FINISHES],
        cwd=scene.alice.path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert_told(Run(yesterday.returncode, yesterday.stdout, yesterday.stderr))
    scene.finish()
    assert_everywhere(scene)


def _limited(clone: Clone, most_bytes: int, *arguments: str) -> Run:
    """Run the program where no file can be larger: a write fails as on a full disk (EFBIG, setrlimit(2))."""
    done = subprocess.run(
        ["git", "hotfix", *arguments],
        cwd=clone.path,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, most_bytes)),
    )
    return Run(done.returncode, done.stdout, done.stderr)
