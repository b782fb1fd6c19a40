"""Running programs as a user's shell does, but without a terminal and never for ever."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from git_hotfix.cli.json_object import Answer

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

TIME_LIMIT_SECONDS = 300
"""After this nothing is waited for any more: so long that a machine busy with other work does not reach it."""


@dataclass(frozen=True, slots=True)
class Run:
    """What a program gave: its exit code and what it wrote."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        """Read standard output as the one JSON object that the schema describes."""
        data = json.loads(self.out)
        assert json.loads(msgspec.json.encode(msgspec.convert(data, Answer))) == data  # and has nothing else
        return data


def run(
    *command: str,
    directory: Path,
    stdin: str | bytes | None = None,
    env: Mapping[str, str] | None = None,
) -> Run:
    """Run a program without a terminal and give what came back; after the time limit the test fails."""
    process = begin(*command, directory=directory, env=env)
    data = stdin.encode() if isinstance(stdin, str) else stdin or b""
    try:
        out, err = process.communicate(data, timeout=TIME_LIMIT_SECONDS)
    except subprocess.TimeoutExpired:
        end(process)
        out, err = process.communicate()
        said = err.decode(errors="replace")
        raise AssertionError(f"{' '.join(command)} did not end in {TIME_LIMIT_SECONDS} s\n{said}") from None
    return Run(process.returncode, text(out), text(err))


def begin(*command: str, directory: Path, env: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
    """Start a program in a session of its own: it has no terminal, and ``end`` reaches its children."""
    return subprocess.Popen(
        command,
        cwd=directory,
        env={**os.environ, **(env or {})},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def wait_for(file: Path, process: subprocess.Popen[bytes]) -> None:
    """Wait until a program that ``begin`` started has made a file; that it ends before fails the test."""
    until = time.monotonic() + TIME_LIMIT_SECONDS
    while not file.exists():
        assert process.poll() is None, f"exit {process.returncode} before there was {file}"
        assert time.monotonic() < until, f"there was no {file} in {TIME_LIMIT_SECONDS} s"
        time.sleep(0.02)


def end(process: subprocess.Popen[bytes]) -> None:
    """Kill a program that ``begin`` started, and its children, as a power cut would."""
    with contextlib.suppress(ProcessLookupError):  # it ended by itself meanwhile
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def require_installed() -> None:
    """Fail when ``git hotfix`` would not find the program: git's own answer, exit 1, looks like a refusal."""
    if shutil.which("git-hotfix") is None:
        raise AssertionError("'git-hotfix' is not beside this Python: pip install -e .")


def text(raw: bytes) -> str:
    """Return what a program wrote; bytes that are not UTF-8 survive a round trip."""
    return raw.decode("utf-8", "surrogateescape")
