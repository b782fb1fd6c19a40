"""The whole life of three incidents, and what is written down of each: whole files, byte for byte."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from git_hotfix import clock
from tests.cli.golden import check_files, check_none_is_left, known_commits, known_of_report, known_tag
from tests.support.lab import BUG, FIXED, LOGIN, Clone, Scene, standard_lab

if TYPE_CHECKING:
    from pathlib import Path

CHANGELOG = """\
# Changelog

All notable changes to this project will be documented in this file.

The format is based on [Keep a Changelog](https://keepachangelog.com/en/1.1.0/).

## [Unreleased]

### Added

- Weekly reports.

### Fixed

- The title of a page says whose account it is.

## [1.0.0] - 2026-01-05

### Added

- Everything.

[Unreleased]: https://example.com/product/compare/v1.0.0...develop
[1.0.0]: https://example.com/product/releases/tag/v1.0.0
"""

RELEASED = CHANGELOG.replace("## [Unreleased]\n", "## [Unreleased]\n\n## [1.1.0] - 2026-02-03\n").replace(
    "v1.0.0...develop\n", "v1.1.0...develop\n[1.1.0]: https://example.com/product/compare/v1.0.0...v1.1.0\n"
)

BACKLOG = """\
# 백로그 (Backlog)

## 1. 진행 중 (In Progress)

- [ ] 월간 보고서 - @bob

## 2. 보류 (Deferred Work)

| ID | 작업 | 담당자 | 조건 |
| --- | --- | --- | --- |
| D-1 | 비밀번호 해시 교체 | @kim | 보안 감사 |

## 3. 기술 부채 (Tech Debt)

- [ ] 인보이스 모듈 분리

## 4. 완료 (Done)

### 2026-01

- [x] **HOTFIX-2026-01-17-invoice-tax** - 세율 오류 수정 (2026-01-17)
- [x] 로그인 화면 (2026-01-05)
"""

SETTINGS = """\
[branches]
production = "main"
develop = "develop"

[test]
command = "test -f src/auth/login.py"

[deploy]
command = "test -f VERSION"
"""

REPORT = "docs/incidents/HOTFIX-{day}-{slug}.md"


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
    """Give the path of the report of a hotfix."""
    return f"docs/incidents/HOTFIX-{hotfix[:4]}-{hotfix[4:6]}-{hotfix[6:8]}{hotfix[8:]}.md"


def ago(minutes: int) -> str:
    """Give a time that is some minutes past."""
    return clock.rfc3339(clock.now() - timedelta(minutes=minutes))


def test_outage_with_develop_and_two_release_lines(tmp_path: Path) -> None:
    scene = team(tmp_path, {"CHANGELOG.md": CHANGELOG, "BACKLOG.md": BACKLOG, ".hotfix.toml": SETTINGS})
    alice, remote = scene.alice, scene.remote
    life = "outage"
    facts = ("--what", "Every password is taken as right", "--impact", "All accounts | orders", "--users", "1200")
    hotfix = begin(
        *(alice, "Login takes *any* password", "--slug", "login", *facts, "--kind", "outage"),
        *("--since", "2h ago", "--detected", "90m ago", "--issue", "#77"),
    )
    path = report_of(hotfix)
    alice.hotfix("note", "Restarted the workers", "--at", ago(60), check=0)
    alice.hotfix("note", "Login is switched off", "--mitigated", "--at", ago(50), check=0)
    alice.hotfix("followup", "Hash the passwords", "--kind", "rfc", "--trigger", "the next audit", check=0)
    alice.hotfix("followup", "Split login.py", "--kind", "refactoring", "--owner", "Kim", check=0)
    report = alice.read(path)
    noted = {line.split(" | ")[1]: line[2:28] for line in report.splitlines() if line.startswith("| 2")}
    known = known_of_report(report, hotfix) | {"time of restart": noted["Restarted the workers"]}
    check_files(life, {"1-branch-report.md": report}, known)

    fix = alice.commit("Compare the password", {LOGIN: alice.replace(LOGIN, BUG, FIXED)})
    push(scene.bob, "develop", "Release 1.1.0", {"CHANGELOG.md": RELEASED})
    alice.hotfix("finish", "-y", "--verified-by", "Kim", check=0)
    alice.hotfix("postmortem", hotfix, "--cause", "A forgotten `return`", "--prevent", "Test it", check=0)
    alice.hotfix("followup", "--done", f"{hotfix}/2", check=0)
    alice.hotfix("document", hotfix, check=0)
    alice.hotfix("cleanup", hotfix, check=0)
    done = remote.refs()
    alice.hotfix("document", hotfix, check=0)
    assert remote.refs() == done

    (tag,) = remote.git("tag", "--list", "hotfix-*").split()
    known |= known_tag(remote, "tag", tag) | known_commits(
        remote,
        {"fix": fix, "develop": "develop^^", "release": "release/1.1", "support": "support/1.0"},
    )
    end = {
        "2-develop-report.md": remote.show(f"develop:{path}"),
        "2-develop-CHANGELOG.md": remote.show("develop:CHANGELOG.md"),
        "2-develop-BACKLOG.md": remote.show("develop:BACKLOG.md"),
        "2-main-report.md": remote.show(f"main:{path}"),
    }
    check_files(life, end, known | known_of_report(end["2-develop-report.md"], hotfix))
    check_none_is_left(life, {"1-branch-report.md", *end})
    for branch in ("main", "release/1.1", "support/1.0"):
        assert remote.show(f"{branch}:CHANGELOG.md") == CHANGELOG
        assert remote.show(f"{branch}:BACKLOG.md") == BACKLOG
