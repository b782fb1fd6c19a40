"""What merging a fix would do is told without git where one file decides it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from git_hotfix.git.containment import Effect
from git_hotfix.git.foreseen import foreseen
from git_hotfix.git.program import here
from git_hotfix.git.repository import open_repository
from git_hotfix.git.trees import RecordPaths
from tests.support.lab import Lab

if TYPE_CHECKING:
    from pathlib import Path


def test_one_file_that_conflicts_decides_whatever_became_of_renamed_ones(tmp_path: Path) -> None:
    alice, record = Lab(tmp_path).alone("alice"), RecordPaths("docs/incidents")
    long = "".join(f"line {each}\n" for each in range(20))
    fork = alice.commit("begin", {"app.py": "1\n", "old.py": long})
    tip = alice.commit("fix", {"app.py": "2\n", "old.py": f"{long}fixed\n"})
    alice.git("checkout", "-q", fork)
    renamed = alice.commit("rename", {"old.py": None, "new.py": long})
    both = alice.commit("change", {"app.py": "3\n"})
    repo = open_repository(here().elsewhere(alice.path))

    assert foreseen(repo, fork, tip, renamed, record) is None
    assert foreseen(repo, fork, tip, both, record) is Effect.CONFLICT
