"""Reports that the tests of this folder start from."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

from msgspec.structs import replace

from git_hotfix.hotfix import BranchName, HotfixId, Oid, Slug
from git_hotfix.record.incident import SEVERITIES, Carried, FixCommit, Kind, Report, Resolution, Status
from git_hotfix.record.timeline import Row
from git_hotfix.record.words import words_in

EN, KO = words_in("en"), words_in("ko")
SEOUL = timezone(timedelta(hours=9))
NAME = "docs/incidents/HOTFIX-2026-01-17-auth-bypass.md"
NASTY = 'Fix "auth": {{ 7*7 }} | <script> -->'
MERGE = Oid("a" * 40)
COMMIT = Oid("b" * 40)


def at(hour: int, minute: int, second: int = 0) -> datetime:
    return datetime(2026, 1, 17, hour, minute, second, tzinfo=SEOUL)


NEW = Report(
    id=HotfixId("20260117", Slug("auth-bypass")),
    title="Auth bypass",
    severity=SEVERITIES[0],
    kind=Kind.SECURITY,
    production_affected=True,
    can_wait=False,
    what="Anyone can log in",
    reporter="Kim <kim@example.org>",
    declared_at=at(2, 10, 5),
    branch=BranchName("hotfix/20260117-auth-bypass"),
    base=BranchName("main"),
)

RESOLVED = Resolution(
    status=Status.RESOLVED,
    base=BranchName("main"),
    tag="hotfix-20260117-0231",
    production_merge=MERGE,
    published_at=at(2, 31),
    fix_commits=(FixCommit(COMMIT, "Close the | hole", at(2, 20)),),
    checks_run=("pytest tests/auth",),
    verified_by="Lee",
    resolved_at=at(2, 40),
    deployed="succeeded 02:40 (make deploy-prod)",
    targets=(
        Carried(BranchName("develop"), "present", "merge", MERGE),
        Carried(BranchName("release/1.1"), "conflict"),
    ),
    timeline=(Row(at(2, 31), "Published to main", "git"), Row(at(2, 40), "Deployed", "git-hotfix")),
)


def lines_of(content: bytes) -> list[bytes]:
    """Split a report at line feeds, which stay."""
    return re.findall(rb"[^\n]*\n|[^\n]+\Z", content)


def body_line(lines: list[bytes]) -> int:
    """Return the index of the first line below the front matter."""
    return [line.strip(b"\xef\xbb\xbf\r\n") for line in lines].index(b"---", 1) + 1


NASTY_NEW = replace(NEW, title=NASTY, what=NASTY)
