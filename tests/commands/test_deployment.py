from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

import pytest

from git_hotfix.commands.process import Ended, Runner, log_path, run_deployment
from git_hotfix.errors import HotfixError

SCRIPT = """#!/bin/sh
echo "$HOTFIX_ID|${HOTFIX_TAG-unset}|$HOTFIX_COMMIT|$OTHER|$1|$(pwd)"
echo trouble >&2
exit 3
"""


def deploy(command: str, directory: Path, *, tag: str | None, log: Path) -> tuple[Ended, str]:
    heard = bytearray()
    environment = {"PATH": os.environ["PATH"], "OTHER": "kept", "HOTFIX_TAG": "of another"}
    runner = Runner(directory, environment, heard.extend, log)
    known = {"key": "deploy.command", "hotfix_id": "20260117-fix", "commit": "c" * 40}
    ended = run_deployment(runner, command, tag=tag, **known)
    return ended, heard.decode()


@pytest.mark.parametrize(("tag", "told"), [("hotfix-20260117-0210", "hotfix-20260117-0210"), (None, "")])
def test_deployment_is_told_the_hotfix_and_logged(tmp_path: Path, tag: str | None, told: str) -> None:
    (tmp_path / "deploy").write_text(SCRIPT)
    (tmp_path / "deploy").chmod(0o755)
    log = log_path(tmp_path / ".git", "20260117-fix", datetime.fromisoformat("2026-01-17T02:10:05+09:00"))
    ended, heard = deploy("./deploy '*.py'", tmp_path, tag=tag, log=log)
    said = f"20260117-fix|{told}|{'c' * 40}|kept|*.py|{tmp_path}\ntrouble\n"
    assert ended == Ended(3, ended.started_at, ended.ended_at, said)
    assert heard == log.read_text() == said


def test_log_of_a_deployment_is_named_by_its_hotfix_and_start_in_utc() -> None:
    started = datetime.fromisoformat("2026-01-17T02:10:05+09:00")
    expected = Path("/r/.git/hotfix/logs/20260117-fix-deploy-20260116T171005Z.log")
    assert log_path(Path("/r/.git"), "20260117-fix", started) == expected


@pytest.mark.parametrize(
    ("command", "code"), [("a | b", "needs-shell"), ("x {paths}", "no-such-place"), ("", "bad-command")]
)
def test_deployment_that_cannot_be_run_is_refused_before_the_start(tmp_path: Path, command: str, code: str) -> None:
    with pytest.raises(HotfixError) as raised:
        deploy(command, tmp_path, tag=None, log=tmp_path / "log")
    assert [problem.code for problem in raised.value.problems] == [code]
    assert list(tmp_path.iterdir()) == []
