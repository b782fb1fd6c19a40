"""What the figures count, and what they leave out, of incidents made by hand."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from git_hotfix.hotfix import Verdict
from git_hotfix.page.exports import report_data
from git_hotfix.page.metrics import (
    SPANS,
    ages,
    measured,
    open_gaps,
    periods,
    phases,
    recurring,
    yearly,
)
from git_hotfix.record.followups import FollowUp
from git_hotfix.record.incident import Status
from tests.support.incidents import MINUTE, NOON, chronicle, incident, place

DETECT, DECLARE, MITIGATE, RESOLVE, BACKPORT, RECOVER = SPANS


def minutes(*values: float) -> tuple[timedelta, ...]:
    return tuple(timedelta(minutes=each) for each in values)


def test_every_duration_has_two_named_ends() -> None:
    made = incident(started_at=NOON - 25 * MINUTE, caused_by="release 1.1", places=(place(),))
    values = {span.name: measured([made], span).values for span in SPANS}
    assert values == {
        "detect": minutes(15),
        "declare": minutes(10),
        "mitigate": minutes(30),
        "resolve": minutes(60),
        "backport": minutes(60),
        "recover": minutes(55),
    }


def test_unknown_time_is_counted_and_never_made_up() -> None:
    found = measured([incident(), incident(mitigated_at=None), incident(resolved_at=None)], MITIGATE)
    assert (found.values, found.missing, found.crossed) == (minutes(30, 30), 1, 0)


def test_times_that_contradict_are_counted_apart() -> None:
    found = measured([incident(detected_at=NOON + MINUTE)], DECLARE)
    assert (found.values, found.missing, found.crossed) == ((), 0, 1)


def test_median_and_percentile_need_five_values() -> None:
    def of(*values: int) -> list[timedelta | None]:
        found = measured([incident(mitigated_at=NOON + each * MINUTE) for each in values], MITIGATE)
        return [found.median, found.p90]

    assert of(1, 2, 3, 4) == [None, None]
    assert of(50, 1, 3, 2, 4) == [*minutes(3, 50)]
    assert of(*range(1, 21)) == [*minutes(10.5, 18)]


def test_recovery_time_is_of_what_a_change_has_caused() -> None:
    began = NOON - 20 * MINUTE
    known = [incident(started_at=began, caused_by="release 1.1"), incident(started_at=began), incident(caused_by="x")]
    found = measured(known, RECOVER)
    assert (found.values, found.missing) == (minutes(50), 1)


def test_cancelled_incident_and_one_without_report_have_no_durations() -> None:
    cancelled = incident(status=Status.CANCELLED)
    bare = incident(report=None)
    assert measured([cancelled, bare], RESOLVE).values == ()
    assert measured([cancelled, bare], RESOLVE).missing == 0


def test_incident_that_was_rolled_back_was_not_resolved() -> None:
    taken = [incident(status=Status.ROLLED_BACK), incident(rolled_back_at=NOON + 70 * MINUTE)]
    assert (measured(taken, RESOLVE).values, measured(taken, RESOLVE).missing) == ((), 2)
    assert [phase.name for phase in phases(taken[0])] == ["undeclared", "mitigating"]
    assert [row.resolved_at for row in report_data([chronicle(*taken)]).incidents] == [None, None]


@pytest.mark.parametrize("verdict", [Verdict.PENDING, Verdict.UNKNOWN, Verdict.REVERTED, Verdict.CONFLICT])
def test_fix_that_one_branch_lacks_is_not_backported(verdict: Verdict) -> None:
    made = incident(places=(place(), place("release/1.1", verdict)))
    assert measured([made], BACKPORT).missing == 1
    assert [(each.hotfix, where.branch) for each, where in open_gaps([made])] == [(made.hotfix, "release/1.1")]


def test_branch_that_will_not_get_it_is_not_waited_for() -> None:
    others = (place("release/1.1", Verdict.WAIVED), place("support/1.0", Verdict.NOT_APPLICABLE))
    made = incident(places=(place(), *others))
    assert measured([made], BACKPORT).values == minutes(60)
    assert open_gaps([made]) == ()


def test_fix_that_was_taken_back_is_missing_nowhere() -> None:
    assert open_gaps([incident(rolled_back_at=NOON, places=(place(verdict=Verdict.REVERTED),))]) == ()


def test_exposure_ends_when_the_fix_came_else_where_it_was_last_seen() -> None:
    at = NOON + timedelta(days=2)
    assert place().exposed(at) == 60 * MINUTE
    assert place(until=None).exposed(at) is None
    assert place(verdict=Verdict.PENDING).exposed(at) == timedelta(days=2) - 50 * MINUTE
    assert place(verdict=Verdict.WAIVED).exposed(at) is None
    assert place(verdict=Verdict.PENDING, since=None).exposed(at) is None


def test_phases_go_from_the_last_known_time_to_the_one_that_ends_them() -> None:
    def told(**known: Any) -> list[tuple[str, float, float]]:
        return [(each.name, each.begin / MINUTE, each.end / MINUTE) for each in phases(incident(**known))]

    assert told(started_at=NOON - 30 * MINUTE, places=(place(),)) == [
        ("undetected", 0, 20),
        ("undeclared", 20, 30),
        ("mitigating", 30, 60),
        ("resolving", 60, 90),
        ("backporting", 90, 140),
    ]
    assert told(detected_at=None, mitigated_at=None) == [("resolving", 0, 60)]
    assert told(mitigated_at=NOON - 5 * MINUTE) == [("undeclared", 0, 10), ("resolving", 10, 70)]
    assert told(report=None) == []
    assert told(detected_at=None, mitigated_at=None, resolved_at=None) == []


def test_what_breaks_again_is_told_by_file_and_by_component() -> None:
    one = incident(slug="one", lines=(("src/auth/login.py", 1), ("top.py", 1)))
    two = incident(slug="two", lines=(("src/auth/token.py", 1),))
    three = incident(slug="three", lines=(("src/auth/deep/er/login.py", 1), ("src/pay.py", 2)))
    four = incident(slug="four", lines=(("src/auth/login.py", 9),))
    found = [(each.path, each.is_file, len(each.incidents)) for each in recurring([four, three, two, one])]
    assert found == [("src/auth", False, 4), ("src/auth/login.py", True, 2)]


def test_component_that_is_one_file_is_told_once() -> None:
    made = [incident(slug=each, lines=(("src/auth/login.py", 1),)) for each in ("one", "two")]
    assert [each.path for each in recurring(made)] == ["src/auth/login.py"]


def test_open_follow_ups_are_told_by_age() -> None:
    def item(number: int, due: date | None = None, *, done: bool = False) -> FollowUp:
        return FollowUp(f"20260117-auth/{number}", "Test", "process", None, due, None, done)

    old = incident(NOON - timedelta(days=30), follow_ups=(item(1, date(2026, 1, 1)), item(2, done=True)))
    new = incident(follow_ups=(item(3, date(2026, 3, 1)),))
    found = ages([new, old], NOON + timedelta(days=1))
    assert [(each.age.days, each.is_overdue) for each in found] == [(31, True), (1, False)]


def test_every_month_is_there_and_a_long_time_is_told_by_quarters_and_years() -> None:
    labels, period_of = periods([incident(), incident(NOON - timedelta(days=70))])
    assert labels == ("2025-11", "2025-12", "2026-01")
    assert period_of("2025-12-31") == "2025-12"
    labels, period_of = periods([incident(), incident(NOON - timedelta(days=5 * 365))])
    assert (labels[0], labels[-1], period_of("2025-05-01")) == ("2021 Q1", "2026 Q1", "2025 Q2")
    labels, period_of = periods([incident(), incident(NOON - timedelta(days=20 * 365))])
    assert (labels[0], labels[-1], period_of("2025-05-01")) == ("2006", "2026", "2025")
    labels, _ = periods([incident(), incident(NOON.replace(year=9999, month=12))])  # anybody can push one
    assert (len(labels), labels[-1]) == (7974, "9999")


def test_durations_by_year() -> None:
    made = [incident(), incident(NOON - timedelta(days=100)), incident(NOON - timedelta(days=101))]
    assert {year: len(found.values) for year, found in yearly(made, RESOLVE).items()} == {"2026": 1, "2025": 2}
