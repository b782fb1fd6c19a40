"""A team whose changelog, backlog and settings are on every branch before an incident begins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.lab import standard_lab

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.lab import Clone, Scene


CHANGES = """\
변경 기록
=========

Unreleased
----------

* 인보이스 화면을 정리했습니다.

1.0.0 (2026-01-05)
------------------

* 첫 배포
"""

BOARD = """\
# 백로그

## ✅ 완료

| 완료일 | 담당 | 작업 |
|---|---|---|
| 2026-01-05 | @bob | 로그인 화면 |

## 🕒 보류

- 월간 보고서 (담당: @bob)
"""

TRUNK = """\
[branches]
production = "main"

[incident]
language = "ko"

[documents]
publish = "hold"

[test]
command = "test -f src/auth/login.py"
"""

TRUNK_TEAM = {"CHANGES.md": CHANGES, "BACKLOG.md": BOARD, ".hotfix.toml": TRUNK}
"""A Korean team without a develop branch, which deploys by hand and publishes its records by hand too."""


def team(root: Path, files: dict[str, str]) -> Scene:
    """Build the standard lab with these files on every branch, as they come from production."""
    scene = standard_lab(root)
    bob = scene.bob
    bob.commit("Keep a changelog", files)
    for branch in ("develop", "release/1.1"):
        bob.git("switch", "-q", branch)
        bob.git("merge", "-q", "--no-edit", "main")
    bob.git("switch", "-q", "support/1.0")
    bob.git("cherry-pick", "main")
    bob.git("push", "-q", "origin", "main", "develop", "release/1.1", "support/1.0")
    return scene


def push(clone: Clone, branch: str, message: str, files: dict[str, str]) -> None:
    """Commit files on a branch of the server."""
    clone.git("switch", "-q", branch)
    clone.commit(message, files)
    clone.git("push", "-q", "origin", branch)


def begin(clone: Clone, *arguments: str) -> str:
    """Start a hotfix and give its id."""
    return str(clone.hotfix("start", *arguments, "-y", "--json", check=0).json()["hotfix"])


def report_of(hotfix: str) -> str:
    """Return the path of the report of a hotfix."""
    return f"docs/incidents/HOTFIX-{hotfix[:4]}-{hotfix[4:6]}-{hotfix[6:8]}{hotfix[8:]}.md"
