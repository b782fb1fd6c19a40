"""Reports that the tests of this folder start from."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from msgspec.structs import replace

from git_hotfix.hotfix import BranchName, HotfixId, Oid, Slug
from git_hotfix.record.timeline import Row
from git_hotfix.record.values import Carried, FixCommit, Kind, NewReport, Resolution, Severity, Status

SEOUL = timezone(timedelta(hours=9))
NAME = "docs/incidents/HOTFIX-2026-01-17-auth-bypass.md"
NASTY = 'Fix "auth": {{ 7*7 }} | <script> -->'
MERGE = Oid("a" * 40)
COMMIT = Oid("b" * 40)


def at(hour: int, minute: int, second: int = 0) -> datetime:
    return datetime(2026, 1, 17, hour, minute, second, tzinfo=SEOUL)


NEW = NewReport(
    id=HotfixId("20260117", Slug("auth-bypass")),
    title="Auth bypass",
    severity=Severity.CRITICAL,
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

NASTY_NEW = replace(NEW, title=NASTY, what=NASTY)
