from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from git_hotfix.record.blocks import read_block, replace_block
from git_hotfix.record.timeline import Row, add_rows, rows_alone
from tests.record.reports import EN, at

HEAD = "| time | event | source |\n| --- | --- | --- |"

ROWS = st.lists(
    st.builds(
        Row,
        st.datetimes(
            min_value=datetime(1900, 1, 2),  # noqa: DTZ001  # hypothesis adds the zone
            max_value=datetime(2100, 1, 1),  # noqa: DTZ001
            timezones=st.sampled_from(
                [UTC, timezone(timedelta(hours=9)), timezone(-timedelta(hours=3, minutes=30, seconds=7))]
            ),
        ),
        st.text(),
        st.text(),
    ),
    max_size=5,
)


def table(content: bytes) -> str:
    return (read_block(content, "timeline") or "").strip("\n")


def test_rows_are_sorted_by_time_across_offsets() -> None:
    utc = datetime(2026, 1, 16, 17, 0, 0, tzinfo=UTC)
    content = add_rows(b"", [Row(at(2, 10, 5), "second", "kim"), Row(utc, "first", "alert")], EN)
    assert table(content) == (
        f"{HEAD}\n| 2026-01-16 17:00:00 +00:00 | first | alert |\n| 2026-01-17 02:10:05 +09:00 | second | kim |"
    )


def test_same_time_and_event_is_one_row() -> None:
    content = add_rows(b"", (Row(at(2, 10), "restarted", "kim"),), EN)
    assert add_rows(content, (Row(at(2, 10).astimezone(UTC), "restarted", "lee"),), EN) == content


def test_rows_that_people_typed_stay_in_their_place() -> None:
    typed = (
        f"{HEAD}\n| 2026-01-17 02:10 +09:00 | **paged** | pager |\n"
        "| about 02:15 | coffee \\| tea | kim |\nand a plain line"
    )
    content = replace_block(b"", "timeline", typed, EN)
    content = add_rows(content, [Row(at(2, 20), "after", "x"), Row(at(1, 50), "before", "x")], EN)
    assert table(content) == (
        f"{HEAD}\n| 2026-01-17 01:50:00 +09:00 | before | x |\n"
        "| 2026-01-17 02:10 +09:00 | **paged** | pager |\n| about 02:15 | coffee \\| tea | kim |\n"
        "| | and a plain line | |\n| 2026-01-17 02:20:00 +09:00 | after | x |"
    )


def test_bytes_that_are_no_utf8_stay_in_a_typed_row() -> None:
    content = b"<!-- git-hotfix:timeline -->\n| x | \xff | y |\n<!-- /git-hotfix:timeline -->\n"
    assert b"| x | \xff | y |\n" in add_rows(content, (Row(at(2, 10), "e", "s"),), EN)


@given(ROWS, ROWS)
def test_adding_rows_in_one_or_two_steps_is_the_same_and_repeating_changes_nothing(
    some: list[Row], others: list[Row]
) -> None:
    together = add_rows(b"# x\n", [*some, *others], EN)
    assert add_rows(add_rows(b"# x\n", some, EN), others, EN) == together
    assert add_rows(together, [*others, *some], EN) == together
    keys = {(row.when.replace(microsecond=0), row.event) for row in (*some, *others)}
    assert table(together).count("\n") - 1 <= len(keys)


def test_event_with_pipes_line_ends_and_sentinels_is_one_cell() -> None:
    event = "a | b\n<!-- /git-hotfix:timeline -->\n```\n| c |"
    content = add_rows(b"", (Row(at(2, 10), event, "kim\\"),), EN)
    assert table(content) == (
        f"{HEAD}\n| 2026-01-17 02:10:00 +09:00 | "
        "a \\| b &lt;!-- /git-hotfix:timeline --> \\`\\`\\` \\| c \\| | kim\\\\ |"
    )


def test_rows_alone_go_into_another_version_and_anything_else_does_not() -> None:
    before = add_rows(b"# Report\n", (Row(at(2, 10), "declared", "kim"),), EN)
    after = add_rows(before, (Row(at(4, 0), "landed again", "git-hotfix"),), EN)
    onto = add_rows(before.replace(b"# Report", b"# Renamed"), (Row(at(3, 0), "rolled back", "git"),), EN)
    expected = add_rows(onto, (Row(at(4, 0), "landed again", "git-hotfix"),), EN)
    assert rows_alone(before, after, onto, EN) == expected
    assert rows_alone(before, after, expected, EN) == expected
    assert rows_alone(before, after.replace(b"# Report", b"# Other"), onto, EN) is None
    assert rows_alone(before, after, b"# No timeline\n", EN) is None
