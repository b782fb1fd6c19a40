"""Two years of a team's hotfixes, played by this program itself, for 'report' and 'verify' to show.

Every command runs as if it were then (``HOTFIX_NOW``); what is played is the same each time, counted from today.
"""

from __future__ import annotations

import random
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from git_hotfix import clock
from git_hotfix.errors import ExitCode

if TYPE_CHECKING:
    from datetime import datetime

    from git_hotfix.cli.stage import Stage

INCIDENTS = 40
_DAYS = 730
_LINES = 60
"""Every file has so many steps, each with room around it, so that no two fixes touch the same lines."""
_FILES = ("src/auth/login.py", "src/auth/token.py", "src/pay/card.py", "src/search/index.py", "src/orders/list.py")
_TITLES = (
    ("Login takes any password", "security", 0),
    ("결제가 두 번 됩니다", "data-loss", 2),
    ("The search returns nothing", "critical-bug", 3),
    ("Tokens never expire", "security", 1),
    ("주문 목록이 비어 있음", "critical-bug", 4),
    ("The shop is down", "outage", 0),
    ("Cards of one bank are refused", "critical-bug", 2),
    ("로그인 서버가 응답하지 않음", "outage", 1),
    ("Orders are shown to strangers", "security", 4),
    ("Everything is sold for nothing", "data-loss", 2),
)
_CONFIG = """\
[test]
command = "true"

[deploy]
command = "true"

[cleanup]
auto = true
"""


class _Incident(NamedTuple):
    """One incident: what breaks, when it is declared, and the minutes from then until it is mitigated and resolved."""

    number: int
    title: str
    kind: str
    file: str
    declared: datetime
    undetected: int
    undeclared: int
    mitigated: int
    resolved: int
    size: int


def play_history(there: Stage, count: int = INCIDENTS) -> None:
    """Play so many incidents in an empty folder, with a server and one clone of it."""
    chance = random.Random(17)  # noqa: S311  # the same every time, not secret
    today = clock.now().replace(hour=9, minute=0, second=0)
    _at(there, today - timedelta(days=_DAYS + 30))
    _prepare(there)
    for number in range(count):
        days = _DAYS * (count - number) // count + chance.randrange(-4, 5) + 2
        _play(there, _incident(chance, number, today - timedelta(days=days, minutes=chance.randrange(1200))))
    _at(there, today)
    there.quiet("git", "fetch", "-q", "--prune", "--tags")


def _incident(chance: random.Random, number: int, declared: datetime) -> _Incident:
    title, kind, file = _TITLES[number % len(_TITLES)]
    undetected, undeclared, mitigated, more = (int(chance.lognormvariate(mean, 0.8)) + 1 for mean in (2, 1.4, 3.1, 3.2))
    size = 150 if number % 17 == 5 else int(chance.lognormvariate(1.5, 1)) + 1
    ends = (mitigated, mitigated + more)
    return _Incident(number, title, kind, _FILES[file], declared, undetected, undeclared, *ends, size)


def _prepare(there: Stage) -> None:
    """Make a server with main, develop and two release branches."""
    there.make_server()
    for file in _FILES:
        (there.clone / file).parent.mkdir(parents=True, exist_ok=True)
    steps = "".join(f"def step_{number}():\n    return {number}\n\n\n\n\n" for number in range(_LINES))
    there.commit("Shop 1.0", {**dict.fromkeys(_FILES, steps), ".hotfix.toml": _CONFIG})
    there.quiet("git", "branch", "release/1.0")
    there.quiet("git", "branch", "release/1.1")
    there.quiet("git", "switch", "-q", "-c", "develop")
    there.commit("Begin the next release", {"next.py": "NEXT = True\n"})
    there.quiet("git", "push", "-q", "origin", "main", "develop", "release/1.0", "release/1.1")


def _play(there: Stage, each: _Incident) -> None:
    minute, number = timedelta(minutes=1), each.number
    there.tell(f"{each.declared:%Y-%m-%d}  {each.title}")
    detected = each.declared - each.undeclared * minute
    words = ["start", each.title, "-y", "--kind", each.kind, "--severity", "high" if number % 3 else "critical"]
    words += ["--detected", clock.rfc3339(detected), "--slug", f"{each.file.split('/')[1]}-{number + 1}"]
    words += ["--public"] * (each.kind == "security")
    words += ["--since", clock.rfc3339(detected - each.undetected * minute)] * (number % 4 != 1)
    words += ["--users", str(10 * number + 7)] * (number % 2)
    words += ["--root-cause", "A change nobody tested"] * (number % 5 == 2)
    _hotfix(there, each.declared, *words)
    if number % 20 == 11:
        why = ("--as", "cancelled", "--reason", "It was the network")
        _hotfix(there, each.declared + each.resolved * minute, "close", *why)
        return
    helped = each.declared + each.mitigated * minute
    if number % 3 != 2:
        _hotfix(there, helped, "note", "The old version serves again", "--mitigated")
    if number % 4 == 2:
        due = f"{each.declared + timedelta(days=45):%Y-%m-%d}"
        way = ["--kind", "regression-test", "--owner", "Lee", "--due", due]
        _hotfix(there, helped, "followup", f"Test {each.file}", *way)
    _fix(there, each)
    _end(there, each, each.declared + each.resolved * minute)


def _fix(there: Stage, each: _Incident) -> None:
    """Commit the fix; write into some reports which change was the cause, as people do."""
    old = (there.clone / each.file).read_text("utf-8")
    wrong = f"    return {each.number}\n"
    more = "".join(f"    value = {line}\n" for line in range(each.size - 1))
    files = {each.file: old.replace(wrong, f"{more}    return {each.number} + 0\n", 1)}
    if each.number % 5 < 2:
        (report,) = (there.clone / "docs/incidents").glob(f"HOTFIX-*-{each.number + 1}.md")
        told = report.read_text("utf-8").replace("\n---\n", '\ncaused_by: "the release before"\n---\n', 1)
        files[str(report.relative_to(there.clone))] = told
    there.commit(f"Correct step {each.number}", files)


def _end(there: Stage, each: _Incident, when: datetime) -> None:
    """Publish the fix; backport it at once, later or only in part; roll some back."""
    number, branch = each.number, there.quiet("git", "branch", "--show-current").strip()
    hotfix, later = branch.removeprefix("hotfix/"), when + timedelta(hours=7 * (number % 9) + 1)
    is_late, to = number % 3 == 1, ("develop",) if number % 12 == 10 else ("develop", "release/1.1")
    _hotfix(there, when, "finish", "-y", *["--verified-by", "Kim"] * (number % 2), *["--no-backport"] * is_late)
    if is_late:
        only = [word for name in to for word in ("--to", name)] if number % 12 in {4, 10} else []
        _hotfix(there, later, "backport", hotfix, *only)
    if number % 12 == 4:
        _hotfix(there, later, "verify", "--waive", hotfix, "release/1.0", "--reason", "Nobody uses it there")
    if number % 14 == 8:
        why = ("-y", "--targets", "--reason", "It made it worse")
        _hotfix(there, when + timedelta(minutes=35), "rollback", hotfix, *why)


def _hotfix(there: Stage, when: datetime, *words: str) -> None:
    _at(there, when)
    there.quiet("git", "hotfix", *words, ends=(ExitCode.DONE, ExitCode.UNFINISHED))


def _at(there: Stage, when: datetime) -> None:
    """Let everything that is played happen at a time."""
    now = clock.rfc3339(when)
    there.environment |= {clock.NOW: now, "GIT_AUTHOR_DATE": now, "GIT_COMMITTER_DATE": now}
