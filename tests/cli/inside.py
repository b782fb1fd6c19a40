"""The program run inside the test's own process: what starting Python costs is saved where many runs are compared."""

from __future__ import annotations

import contextlib
import io
import sys
from typing import TYPE_CHECKING

import pytest

from git_hotfix.cli.main import run
from tests.support.processes import Run

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.support.lab import Clone


def hotfix_inside(clone: Clone, *arguments: str, check: int | None = None, env: Mapping[str, str] | None = None) -> Run:
    """Run ``git hotfix`` through its one entrance, error boundary included, in a clone's folder; no terminal."""
    out, err = io.BytesIO(), io.BytesIO()
    streams = (io.TextIOWrapper(out, "utf-8", write_through=True), io.TextIOWrapper(err, "utf-8", write_through=True))
    with (
        pytest.MonkeyPatch.context() as patch,
        contextlib.chdir(clone.path),
        contextlib.redirect_stdout(streams[0]),
        contextlib.redirect_stderr(streams[1]),
    ):
        patch.setattr(sys, "argv", ["git-hotfix", *arguments])
        for name, value in (env or {}).items():
            patch.setenv(name, value)
        code = run()
    answer = Run(code, out.getvalue().decode(), err.getvalue().decode())
    if check is not None:
        assert code == check, f"git hotfix {' '.join(arguments)}: exit {code}, not {check}\n{answer.out}\n{answer.err}"
    return answer
