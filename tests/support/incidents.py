"""Incidents made by hand: a page and its figures are tested on what they are told, without a repository."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

from git_hotfix.git.forges import Forge
from git_hotfix.hotfix import BranchName, HotfixId, Slug, Verdict
from git_hotfix.page.incidents import Broken, Chronicle, Event, Incident, Place
from git_hotfix.record.followups import FollowUp
from git_hotfix.record.incident import SEVERITIES, Kind, Report, Status
from tests.support.facts import oid

NOON = datetime(2026, 1, 17, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
TITLES = (
    "Login takes any password",
    "결제가 두 번 됩니다",
    "Search returns nothing",
    "주문 목록이 비어 있음",
    "Prices are rounded",
)
PATHS = ("src/auth/login.py", "src/pay/card.py", "src/search/index.py", "src/orders/list.py", "src/prices.py")
BRANCHES = ("develop", "release/1.1", "support/1.0")


def incident(declared: datetime = NOON, slug: str = "auth", **known: Any) -> Incident:
    """Return an incident that was declared then; what is a key of a report is said there, the rest seen by git.

    Without more it was noticed 10 minutes before, mitigated after 30 and resolved after 60.
    """
    hotfix = HotfixId(f"{declared:%Y%m%d}", Slug(slug))
    said: dict[str, Any] = {
        "id": hotfix,
        "title": "Login takes any password",
        "severity": SEVERITIES[0],
        "kind": Kind.SECURITY,
        "status": Status.RESOLVED,
        "production_affected": True,
        "can_wait": False,
        "what": "Anyone can log in",
        "reporter": "Kim",
        "detected_at": declared - 10 * MINUTE,
        "declared_at": declared,
        "mitigated_at": declared + 30 * MINUTE,
        "resolved_at": declared + 60 * MINUTE,
        "branch": BranchName(f"hotfix/{hotfix}"),
        "base": BranchName("main"),
        "tag": f"hotfix-{declared:%Y%m%d-%H%M}",
        "fix_commits": (oid("b"),),
    }
    said |= {name: known.pop(name) for name in tuple(known) if name in Report.__struct_fields__ and name != "path"}
    report = Report(**said)
    seen: dict[str, Any] = {
        "repository": "shop",
        "hotfix": str(hotfix),
        "title": report.title,
        "path": f"docs/incidents/{hotfix.report_name()}",
        "report": report,
        "merge": oid("a"),
        "published_at": declared + 50 * MINUTE,
        "lines": (("src/auth/login.py", 4),),
        "events": (
            Event(declared, f"Hotfix declared: {report.title}", "git-hotfix"),
            Event(declared + 50 * MINUTE, "Published to main", "git-hotfix"),
            Event(None, "somebody restarted the workers", "Kim"),
        ),
    }
    return Incident(**seen | known)


def place(branch: str = "develop", verdict: Verdict = Verdict.PRESENT, **more: Any) -> Place:
    """Return a branch that has the fix an hour after it was published, or lacks it."""
    until = NOON + 110 * MINUTE if verdict.is_there else None
    return Place(branch, verdict, f"{verdict} by hand", **{"since": NOON + 50 * MINUTE, "until": until} | more)


def chronicle(*incidents: Incident, **more: Any) -> Chronicle:
    """Return a repository with these incidents, seen ten days after noon."""
    known: dict[str, Any] = {
        "name": "shop",
        "revision": oid("c"),
        "branch": "origin/develop",
        "seen_at": NOON + timedelta(days=10),
        "branches": ("main", *BRANCHES),
        "most_files": 10,
        "most_lines": 200,
        "forge": Forge("github", "github.com", "acme/shop"),
        "incidents": tuple(sorted(incidents, key=lambda each: each.hotfix, reverse=True)),
        "every": tuple(incidents),
    }
    return Chronicle(**known | more)


def two_years(count: int = 40, *, branches: tuple[str, ...] = BRANCHES, years: int = 2) -> Chronicle:
    """Return a repository with so many incidents of all kinds, the same every time; one report is broken."""
    chance = random.Random(1)  # noqa: S311  # repeatable, not secret
    found = []
    for number in range(count):
        declared = NOON - timedelta(days=years * 365 * number / count, minutes=chance.randrange(600))
        found.append(_any(chance, declared, number, branches))
    why = "'docs/incidents/HOTFIX-2025-03-01-x.md' line 4: the key 'severity' is missing above it."
    broken = (Broken("shop", "docs/incidents/HOTFIX-2025-03-01-x.md", why),)
    return chronicle(*found, broken=broken)


def _any(chance: random.Random, declared: datetime, number: int, branches: tuple[str, ...]) -> Incident:
    undetected, undeclared, helped, solved = (
        timedelta(seconds=int(60 * chance.lognormvariate(mean, 1))) for mean in (2, 1.5, 3.3, 3)
    )
    resolved, back = declared + helped + solved, number % 13 == 7
    places = tuple(_somewhere(chance, branch, None if back else resolved) for branch in branches)
    return incident(
        declared,
        f"hotfix-{number}",
        title=TITLES[number % len(TITLES)],
        severity=chance.choice(SEVERITIES),
        kind=chance.choice(list(Kind)),
        status=Status.ROLLED_BACK if back else Status.RESOLVED,
        started_at=declared - undetected - undeclared if chance.random() < 0.7 else None,
        detected_at=declared - undeclared,
        mitigated_at=declared + helped if chance.random() < 0.8 else None,
        resolved_at=None if back else resolved,
        caused_by="the release 1.1" if chance.random() < 0.4 else None,
        published_at=resolved,
        lines=tuple((path, int(chance.lognormvariate(2.5, 1.2)) + 1) for path in chance.sample(PATHS, 1 + number % 2)),
        places=places,
        follow_ups=(_follow_up(declared, number),) if chance.random() < 0.5 else (),
        gaps=() if all(each.verdict.is_settled for each in places) else ("A branch does not have it.",),
        rolled_back_at=resolved + timedelta(hours=1) if back else None,
        rolled_back_because="It made things worse" if back else None,
    )


def _somewhere(chance: random.Random, branch: str, since: datetime | None) -> Place:
    verdict = chance.choices(list(Verdict), [80, 6, 1, 4, 1, 1, 1, 2, 3, 1])[0]
    until = since + timedelta(minutes=chance.lognormvariate(3, 2)) if since and verdict.is_there else None
    last_day = "2026-06-30" if verdict is Verdict.WAIVED else None
    return place(branch, verdict, since=since, until=until, waived_until=last_day)


def _follow_up(declared: datetime, number: int) -> FollowUp:
    due = (declared + timedelta(days=60)).date()
    return FollowUp(f"{declared:%Y%m%d}-hotfix-{number}/1", "Test it", "process", "Lee", due, None, number % 3 != 0)
