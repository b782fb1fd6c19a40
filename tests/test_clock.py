"""Times as people type them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from git_hotfix.clock import duration, from_epoch, from_rfc3339, now, rfc3339, when_told
from git_hotfix.errors import ExitCode, HotfixError

SEOUL = timezone(timedelta(hours=9))
AT = datetime(2026, 1, 17, 2, 10, 30, tzinfo=SEOUL)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("now", "2026-01-17T02:10:30+09:00"),
        ("02:10", "2026-01-17T02:10:00+09:00"),
        ("2:05", "2026-01-17T02:05:00+09:00"),
        ("02:11", "2026-01-16T02:11:00+09:00"),
        ("14:05", "2026-01-16T14:05:00+09:00"),
        (" 00:00 ", "2026-01-17T00:00:00+09:00"),
        ("2h ago", "2026-01-17T00:10:30+09:00"),
        ("yesterday", "2026-01-16T00:00:00+09:00"),
        ("yesterday 14:05", "2026-01-16T14:05:00+09:00"),
        ("today 1:00", "2026-01-17T01:00:00+09:00"),
        ("10m ago", "2026-01-17T02:00:30+09:00"),
        ("90 min ago", "2026-01-17T00:40:30+09:00"),
        ("30 s ago", "2026-01-17T02:10:00+09:00"),
        ("1 day ago", "2026-01-16T02:10:30+09:00"),
        ("2026-01-16", "2026-01-16T00:00:00+09:00"),
        ("2026-01-16T23:00", "2026-01-16T23:00:00+09:00"),
        ("2026-01-16 23:00:07", "2026-01-16T23:00:07+09:00"),
        ("2026-01-16T23:00:07.9", "2026-01-16T23:00:07+09:00"),
        ("2026-01-16T14:00Z", "2026-01-16T14:00:00+00:00"),
        ("2026-01-16T11:00:00-03:00", "2026-01-16T11:00:00-03:00"),
        ("2026-01-17T02:11:00", "2026-01-17T02:11:00+09:00"),  # a clock that is half a minute ahead
    ],
)
def test_time_as_typed_is_read(typed: str, expected: str) -> None:
    assert rfc3339(when_told(typed, at=AT)) == expected


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "24:00",
        "25:00",
        "12:60",
        "2026-02-30",
        "2026-13-01",
        "tomorrow",
        "2h",
        "-2h ago",
        "1.5h ago",
        "2 weeks ago",
        "999999d ago",
        "0001-01-01",
        "9999-12-31T23:59:59-12:00x",
        "14:05:00:00",
        "\0",
    ],
)
def test_impossible_time_is_wrong_input(typed: str) -> None:
    with pytest.raises(HotfixError) as caught:
        when_told(typed, at=AT)

    (problem,) = caught.value.problems
    assert (problem.code, problem.exit_code) == ("bad-time", ExitCode.USAGE)
    assert (
        problem.message
        == f"'{typed.strip()}' is not a time (14:05, '2h ago', 'yesterday 14:05' or 2026-01-17T02:10:00+09:00)."
    )
    assert problem.remedy.line() == "date -Iseconds"


@pytest.mark.parametrize("typed", ["2026-01-17T02:12", "2026-01-18", "2999-01-01", "9999-12-31T23:59:59-12:00"])
def test_time_to_come_is_wrong_input(typed: str) -> None:
    with pytest.raises(HotfixError) as caught:
        when_told(typed, at=AT)

    assert [(each.code, each.message) for each in caught.value.problems] == [
        ("future-time", f"'{typed}' is in the future.")
    ]


@given(st.text(max_size=30) | st.from_regex(r"\d{1,6} ?(s|m|h|d|days) ago", fullmatch=True))
def test_any_text_is_a_past_time_or_wrong_input(typed: str) -> None:
    try:
        when = when_told(typed, at=AT)
    except HotfixError:
        return
    assert when <= AT + timedelta(minutes=1)
    assert from_rfc3339(rfc3339(when)) == when


@given(st.integers(0, 23), st.integers(0, 59))
def test_time_of_day_is_the_last_one_past(hour: int, minute: int) -> None:
    when = when_told(f"{hour}:{minute:02}", at=AT)

    assert (when.hour, when.minute, when.second) == (hour, minute, 0)
    assert AT - timedelta(days=1) < when <= AT


ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(st.datetimes(datetime(2, 1, 1), datetime(9998, 12, 31), timezones=ZONES))  # noqa: DTZ001  # beyond no offset can be added
def test_time_survives_writing_and_reading(when: datetime) -> None:
    assert from_rfc3339(rfc3339(when)) == when.replace(microsecond=0)


@pytest.mark.parametrize("text", ["", "2026-01-17T02:10:00", "2026-01-17", "soon", "02:10"])
def test_time_without_offset_is_none(text: str) -> None:
    assert from_rfc3339(text) is None


def test_time_of_a_signature_keeps_its_offset() -> None:
    assert rfc3339(from_epoch(1768583400, 540)) == "2026-01-17T02:10:00+09:00"
    assert rfc3339(from_epoch(1768583400, -210)) == "2026-01-16T13:40:00-03:30"


def test_now_has_the_local_offset_and_whole_seconds() -> None:
    before = datetime.now(UTC).replace(microsecond=0)

    at = now()

    assert (at.utcoffset(), at.microsecond) == (timedelta(hours=9), 0)
    assert before <= at <= datetime.now(UTC)


@pytest.mark.parametrize(
    ("span", "said"),
    [
        (timedelta(0), "0 s"),
        (timedelta(seconds=-5), "0 s"),
        (timedelta(seconds=40.9), "40 s"),
        (timedelta(hours=2, minutes=5, seconds=9), "2 h 5 min"),
        (timedelta(hours=2, seconds=9), "2 h 9 s"),
        (timedelta(days=3, hours=4), "3 d 4 h"),
    ],
)
def test_span_is_said_in_its_largest_units(span: timedelta, said: str) -> None:
    assert duration(span) == said


@pytest.mark.parametrize(("seconds", "offset"), [(99999999999999, 0), (-99999999999999, 0), (0, 99 * 60)])
def test_time_of_a_commit_that_no_clock_has_is_still_a_time(seconds: int, offset: int) -> None:
    when = from_epoch(seconds, offset)
    assert from_rfc3339(rfc3339(when)) == when


def test_time_of_a_played_past_is_the_present(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTFIX_NOW", rfc3339(AT))
    assert now() == AT
    monkeypatch.setenv("HOTFIX_NOW", "soon")
    assert now() > AT + timedelta(days=30)
