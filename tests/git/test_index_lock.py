"""A locked index: whose lock it is, and when a person is told to remove it."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from git_hotfix.git import checkout
from git_hotfix.git.checkout import index_lock
from git_hotfix.git.process_tree import PROCESSES
from git_hotfix.git.program import here
from tests.support.lab import Lab

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.skipif(not PROCESSES.exists(), reason="who is at work is seen in /proc")
def test_lock_is_to_be_removed_only_where_no_git_is_at_work_and_it_is_ones_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice = Lab(tmp_path).alone("alice")
    monkeypatch.setattr(checkout, "_LOCK_SECONDS", 0.05)
    git = here().elsewhere(alice.path)
    assert index_lock(git) is None
    lock = alice.write(".git/index.lock", "")

    left = index_lock(git)
    assert left is not None
    assert left.remedy.line() == f"rm {lock}"

    program = tmp_path / "git-at-work"
    shutil.copyfile(str(shutil.which("sleep")), program)
    program.chmod(0o755)
    with subprocess.Popen((str(program), "60"), cwd=alice.path) as at_work:
        held = index_lock(git)
        at_work.kill()
    monkeypatch.setattr(os, "getuid", lambda: -1)
    foreign = index_lock(git)
    assert held is not None
    assert foreign is not None
    assert held.remedy == foreign.remedy
    assert held.remedy.is_again
