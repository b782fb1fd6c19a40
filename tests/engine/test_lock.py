"""One command at a time: whoever holds the lock is waited for and named, and a dead owner holds nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import datetime
from typing import TYPE_CHECKING

import pytest

from git_hotfix.engine import lock
from git_hotfix.engine.lock import only_one
from git_hotfix.errors import ExitCode, HotfixError
from tests.support.processes import TIME_LIMIT_SECONDS

if TYPE_CHECKING:
    from pathlib import Path

OWNER = """\
import sys, time
from pathlib import Path
from git_hotfix.engine.lock import only_one
with only_one(Path(sys.argv[1]), "finish"):
    print("held", flush=True)
    time.sleep(float(sys.argv[2]))
"""


def owner_of(common_dir: Path, seconds: float) -> subprocess.Popen[str]:
    """Start a process that holds the lock for so long, and wait until it does."""
    words = (sys.executable, "-c", OWNER, str(common_dir), str(seconds))
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    process.stdout.close()
    return process


def test_owner_that_soon_ends_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "PATIENCE_SECONDS", TIME_LIMIT_SECONDS)  # soon is later on a busy machine
    process = owner_of(tmp_path, 0.5)
    with only_one(tmp_path, "backport") as killed:
        assert process.wait() == 0
        assert killed is None
    assert (tmp_path / "hotfix/lock").read_bytes() == b""


def test_owner_that_goes_on_is_named_and_a_killed_one_holds_nothing_but_told_when_it_began(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock, "PATIENCE_SECONDS", 0.3)
    process = owner_of(tmp_path, 1000)
    owner = json.loads((tmp_path / "hotfix/lock").read_text())
    with pytest.raises(HotfixError) as caught, only_one(tmp_path, "backport"):
        pass
    (problem,) = caught.value.problems
    who = f"process {process.pid} on {os.uname().nodename}, since {owner['since']}"
    assert (problem.message, problem.remedy.line(), problem.exit_code) == (
        f"'git hotfix finish' ({who}) is running in this repository; wait for it, or stop it.",
        f"kill {process.pid}",
        ExitCode.REFUSED,
    )
    process.kill()
    process.wait()
    with only_one(tmp_path, "backport") as killed:
        assert killed == datetime.fromisoformat(owner["since"])
    with only_one(tmp_path, "backport") as killed:
        assert killed is None
