"""The whole life of three incidents, and what is written down of each: whole files, byte for byte."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING

from git_hotfix import clock
from tests.cli.golden import check_files, check_none_is_left, known_commits, known_of_report, known_tag
from tests.cli.teams import TRUNK_TEAM, begin, push, report_of, team
from tests.support.lab import BUG, FIXED, LOGIN, standard_lab

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.lab import Bare

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


def ago(minutes: int) -> str:
    """Return a time that is some minutes past."""
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


def test_trunk_based_by_hand_in_korean_in_two_rounds(tmp_path: Path) -> None:
    scene = standard_lab(tmp_path)
    alice, remote = scene.alice, scene.remote
    remote.git("branch", "-q", "-D", "develop", "release/1.1", "support/1.0")
    push(scene.bob, "main", "변경 기록", TRUNK_TEAM)
    life = "trunk"
    alice.git("pull", "-q")
    facts = ("--impact", "전체 로그인", "--users", "1200", "--root-cause", "비교문 누락", "--data-at-risk", "exposure")
    hotfix = begin(
        alice, "아무 비밀번호로나 로그인됨", *facts, "--detected", "1h ago", "--issue", "https://example.com/77"
    )
    path = report_of(hotfix)
    first = alice.commit("비밀번호 비교", {LOGIN: alice.replace(LOGIN, BUG, FIXED)})
    alice.hotfix("followup", "비밀번호 해시 적용", "--kind", "spec", "--due", "2999-01-01", "--owner", "하나", check=0)
    alice.hotfix("finish", "-y", check=0)
    merge = remote.rev("main")
    by = ("--by", "하나", "--log", "https://ci.example.com/1")
    alice.hotfix("deploy", hotfix, "--done", "--at", "now", *by, check=0)
    held = alice.hotfix("document", hotfix, check=0).err
    why = "it is held (documents.publish): it goes out with the next publication, or by git hotfix document --push"
    assert held == f"note: The record is not written yet: {why}.\n"
    assert remote.rev("main") == merge
    alice.hotfix("document", hotfix, "--push", check=0)
    assert remote.rev("main^") == merge
    report = remote.show(f"main:{path}")
    (tag,) = remote.git("tag", "--list", "hotfix-*").split()
    known = known_tag(remote, "tag", tag) | known_commits(remote, {"fix": first})
    files = {
        "1-main-report.md": report,
        "1-main-CHANGES.md": remote.show("main:CHANGES.md"),
        "1-main-BACKLOG.md": remote.show("main:BACKLOG.md"),
    }
    times = known_of_report(report, hotfix)
    known["time of first publication"] = times["published"]
    known["time of first deployment"] = times["resolved_at"]
    check_files(life, files, known | times)

    time.sleep(1 - time.time() % 1)  # rows of two publications that are alike to the second would be one row
    alice.git("switch", "-q", f"hotfix/{hotfix}")
    stricter = alice.replace(LOGIN, "return password == expected", "return bool(password) and password == expected")
    second = alice.commit("빈 비밀번호 거부", {LOGIN: stricter})
    alice.hotfix("followup", "--done", "1", "--hotfix", hotfix, check=0)
    alice.hotfix("postmortem", hotfix, "--cause", "비교문이 없었음", "--in-backlog", "yes", check=0)
    alice.hotfix("finish", "-y", "--verified-by", "하나", check=0)
    alice.hotfix("deploy", hotfix, "--done", "--by", "하나", check=0)
    alice.hotfix("document", hotfix, "--push", check=0)
    alice.hotfix("cleanup", hotfix, check=0)
    report = remote.show(f"main:{path}")
    (other,) = set(remote.git("tag", "--list", "hotfix-*").split()) - {tag}
    known |= known_tag(remote, "second tag", other) | known_commits(remote, {"second fix": second})
    end = {
        "2-main-report.md": report,
        "2-main-CHANGES.md": remote.show("main:CHANGES.md"),
        "2-main-BACKLOG.md": remote.show("main:BACKLOG.md"),
    }
    check_files(life, end, known | known_of_report(report, hotfix))
    check_none_is_left(life, {*files, *end})


PLAIN = """\
# Release notes

## Unreleased

### Security
- CVE-2026-0001: Sessions end after a day.

## 1.0.0
- Everything.
"""

TODO = """\
# Backlog

## Done

- 2026-01-05: Login page

## Deferred

- [ ] Monthly reports
"""


def test_restricted_security_fix_is_disclosed_later_with_its_cve(tmp_path: Path) -> None:
    settings = SETTINGS.partition("[deploy]")[0]
    scene = team(tmp_path, {"CHANGELOG.md": PLAIN, "BACKLOG.md": TODO, ".hotfix.toml": settings})
    alice, remote = scene.alice, scene.remote
    life = "restricted"
    hotfix = begin(
        *(alice, "Login takes any password", "--kind", "security", "--restricted", "--impact", "Every account"),
        *("--data-at-risk", "exposure", "--issue", "TICKET-77"),
    )
    path = report_of(hotfix)
    kept = alice.path / ".git/hotfix" / path.rpartition("/")[2]
    alice.hotfix("followup", "Hash the passwords", "--kind", "rfc", "--trigger", "disclosure", check=0)
    fix = alice.commit("Stricter check", {LOGIN: alice.replace(LOGIN, BUG, FIXED)})
    alice.hotfix("finish", "-y", "--verified-by", "Kim", check=0)
    alice.hotfix("postmortem", hotfix, "--cause", "No test of a wrong password", check=0)
    alice.hotfix("cleanup", hotfix, check=0)
    (tag,) = remote.git("tag", "--list", "hotfix-*").split()
    names = {"start": f"{fix}^", "fix": fix, "release": "release/1.1", "support": "support/1.0", "develop": "develop"}
    known = known_tag(remote, "tag", tag) | known_commits(remote, names)
    private = {"1-kept-report.md": kept.read_text(), "1-public.txt": public(remote, tag, *names.values())}
    check_files(life, private, known | known_of_report(private["1-kept-report.md"], hotfix))

    tip = remote.rev("develop")
    diff = alice.hotfix("document", "-n", "--disclose", hotfix, check=0).out
    scene.bob.git("fetch", "-q")
    scene.bob.git("switch", "-q", "--detach", "origin/develop")
    scene.bob.git("apply", "-", stdin=diff)
    alice.hotfix("document", "--disclose", "--cve", "CVE-2026-1234", hotfix, check=0)
    assert remote.rev("develop^") == tip
    end = {
        "2-develop-report.md": remote.show(f"develop:{path}"),
        "2-develop-CHANGELOG.md": remote.show("develop:CHANGELOG.md"),
        "2-develop-BACKLOG.md": remote.show("develop:BACKLOG.md"),
    }
    check_files(life, end, known | known_of_report(end["2-develop-report.md"], hotfix))
    check_none_is_left(life, {*private, *end})
    # what -n has shown is what was written, but for the CVE
    assert scene.bob.read(path) == end["2-develop-report.md"].replace('cve: "CVE-2026-1234"\n', "")
    assert scene.bob.read("CHANGELOG.md") == end["2-develop-CHANGELOG.md"].replace("CVE-2026-1234: ", "")
    assert scene.bob.read("BACKLOG.md") == end["2-develop-BACKLOG.md"]


def public(remote: Bare, *revisions: str) -> str:
    """Return what a server tells of the hotfix: names and messages of refs and of these commits, and their files."""
    refs = remote.git("for-each-ref", "--format=%(refname)%0a%(contents)", "refs/heads/hotfix", "refs/tags/hotfix-*")
    log = remote.git("log", "--no-walk=unsorted", "--format=%H%n%B", "--name-only", *revisions)
    return f"{refs}\n{log}\n"
