"""What the attacks share: people who push what the tool believes, canaries, and runs that are held to limits."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.support.preloaded import preloaded

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from git_hotfix.hotfix import Oid
    from tests.cli.stages import Stage
    from tests.support.lab import Bare, Clone
    from tests.support.processes import Run

BRANCHES = ("main", "develop", "release/1.1", "support/1.0")
FIX_LINE = "return password == expected"
MEMORY_BYTES = 3 << 30
"""Address space of a run that is held to limits: a test must not take the machine down with it."""


@dataclass(frozen=True, slots=True)
class Canary:
    """A file that exists once somebody's command has run."""

    path: Path

    @property
    def command(self) -> str:
        """A command that needs no shell."""
        return f"touch {self.path}"

    @property
    def has_run(self) -> bool:
        return self.path.exists()


def canary(root: Path, name: str = "canary") -> Canary:
    """Return a canary beside the repositories; its path needs no quoting."""
    assert re.fullmatch(r"[\w./-]+", str(root)), root
    return Canary(root / name)


def report_text(stage: Stage) -> str:
    """Return the report as the hotfix branch here has it."""
    return stage.alice.show(f"refs/heads/{stage.branch}:{stage.report}")


def saying(report: str, **values: str) -> str:
    """Return a report in which keys of the front matter have these values, given as they are written there."""
    for key, value in values.items():
        line = f"{key}: {value}"
        report, count = re.subn(rf"(?m)^{key}: .*$", lambda _, line=line: line, report)  # type: ignore[misc]
        if count == 0:
            report = report.replace("\nstatus: ", f"\n{line}\nstatus: ", 1)
    return report


def bob_merges(stage: Stage, branch: str, message: str, files: Mapping[str, str]) -> Oid:
    """Let bob merge work of his own into a branch of the server, with a message of his own."""
    bob = stage.bob
    bob.git("fetch", "-q")
    bob.git("switch", "-q", "-C", "feature", f"origin/{branch}")
    bob.commit("Work of a stranger", dict(files))
    bob.git("switch", "-q", "-C", branch, f"origin/{branch}")
    bob.git("merge", "-q", "--no-ff", "-m", message, "feature")
    bob.git("push", "-q", "origin", branch)
    return bob.rev("HEAD")


def has_fix(remote: Bare, branch: str) -> bool:
    """Return whether a branch of the server has the fix, by what its file says."""
    return FIX_LINE in remote.show(f"refs/heads/{branch}:src/auth/login.py")


def said(run: Run) -> str:
    """Return all that a run wrote; bytes that are no text are escaped, so that a failed test can show it."""
    return (run.out + run.err).encode("utf-8", "backslashreplace").decode()


def assert_no_bug(run: Run) -> None:
    """Check that a run ended in a way that it had foreseen."""
    assert run.code != 70, said(run)
    assert run.code >= 0, f"ended by signal {-run.code}\n{said(run)}"
    assert "Traceback" not in said(run)


def state_of(answer: Run, branch: str) -> str:
    """Return the state of a target in a JSON answer."""
    return next(str(each["state"]) for each in answer.json()["targets"] if each["branch"] == branch)


def unsafe_in(run: Run | str) -> list[str]:
    """Return what a terminal would obey or hide: C0 but tab and line feed, DEL, C1, format characters, half bytes.

    ``text`` of processes.py gives bytes that are not UTF-8 as halves of surrogate pairs.
    """
    shown = run if isinstance(run, str) else run.out + run.err
    bad = [char for char in shown if char not in "\n\t" and unicodedata.category(char) in {"Cc", "Cf", "Cs"}]
    return sorted({f"U+{ord(char):04X}" for char in bad})


def bounded(clone: Clone, *arguments: str, seconds: float, env: Mapping[str, str] | None = None) -> Run:
    """Run ``git hotfix``; longer than this fails the test, and memory has an end too."""
    return preloaded().hotfix(*arguments, directory=clone.path, env=env, seconds=seconds, memory_bytes=MEMORY_BYTES)
