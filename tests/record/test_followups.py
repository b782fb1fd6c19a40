"""The table of follow-ups: written, read back, and what people typed into it."""

from __future__ import annotations

from datetime import date
from string import printable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from git_hotfix.errors import HotfixError
from git_hotfix.record.blocks import read_block
from git_hotfix.record.followups import (
    FollowUp,
    add_follow_up,
    finish_follow_up,
    follow_ups_of,
    next_number,
    section_of,
)
from git_hotfix.record.headings import Part
from git_hotfix.record.markdown import inline, shown
from git_hotfix.record.report import render_new
from tests.record.reports import EN, NASTY, NEW

ID = "20260117-auth-bypass"
REPORT = render_new(NEW, EN).content
PARSER = FollowUp(f"{ID}/1", "Replace the parser", "rfc", "Kim", date(2026, 2, 1), "the next release")
PARSER = PARSER._replace(priority="P1", ticket="SHOP-12")
SPLIT = FollowUp(f"{ID}/2", "Split login.py", "refactoring")


def table(content: bytes) -> list[str]:
    """Return the lines of the table."""
    return [line for line in (read_block(content, "followups") or "").split("\n") if line]


def with_row(content: bytes, row: str) -> bytes:
    """Return the report with a line that a person typed below the table."""
    end = b"\n\n<!-- /git-hotfix:followups -->"
    assert content.count(end) == 1
    return content.replace(end, b"\n" + row.encode() + end)


def test_new_report_has_an_empty_table() -> None:
    assert table(REPORT) == [
        "| id | what | kind | priority | owner | due or trigger | ticket | state |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    assert follow_ups_of(REPORT) == ()
    assert next_number(()) == 1


def test_what_is_written_is_read_back_and_twice_is_once() -> None:
    both = add_follow_up(add_follow_up(REPORT, PARSER), SPLIT)
    assert table(both)[2:] == [
        f"| {ID}/1 | Replace the parser | rfc | P1 | Kim | 2026-02-01; the next release | SHOP-12 | open |",
        f"| {ID}/2 | Split login.py | refactoring |  |  |  |  | open |",
    ]
    assert follow_ups_of(both) == (PARSER, SPLIT)
    assert [each.section for each in follow_ups_of(both)] == [Part.DEFERRED, Part.TECH_DEBT]
    assert add_follow_up(add_follow_up(both, PARSER), SPLIT) == both
    done = finish_follow_up(both, SPLIT.id, SPLIT.text)
    assert follow_ups_of(done) == (PARSER, SPLIT._replace(is_done=True))
    assert done == both.replace(b"|  |  | open |\n\n", b"|  |  | done |\n\n")
    assert finish_follow_up(done, SPLIT.id, SPLIT.text) == done
    assert finish_follow_up(done, f"{ID}/9", "nothing") == done


def test_number_taken_meanwhile_gives_way_and_the_right_one_is_done() -> None:
    """Two people queue a first follow-up each; the second one's record finds the number taken."""
    theirs = add_follow_up(REPORT, PARSER)
    ours = SPLIT._replace(id=PARSER.id)
    both = add_follow_up(theirs, ours)
    assert follow_ups_of(both) == (PARSER, SPLIT)
    assert add_follow_up(both, ours) == both
    assert follow_ups_of(finish_follow_up(both, ours.id, ours.text)) == (PARSER, SPLIT._replace(is_done=True))
    assert section_of("alert") is Part.DEFERRED


def test_rows_that_people_typed_stay_and_get_an_id() -> None:
    content = with_row(
        add_follow_up(REPORT, PARSER),
        "| | Add an **alert** | alert | high | @lee | soon | [7](https://x.example/7) | |",
    )
    content = with_row(content, "tell the vendor")
    content = with_row(content, "| see | the wiki |")
    content = with_row(content, f"| {ID}/7 | Old one | spec | | | 2025-02-30 | | ✅ |")
    alert = FollowUp(f"{ID}/8", "Add an **alert**", "alert", "@lee", None, "soon")
    alert = alert._replace(priority="high", ticket="[7](https://x.example/7)")
    vendor = FollowUp(f"{ID}/9", "tell the vendor", "")
    old = FollowUp(f"{ID}/7", "Old one", "spec", None, None, "2025-02-30", is_done=True)
    assert follow_ups_of(content) == (PARSER, alert, vendor, old)
    written = finish_follow_up(content, f"{ID}/9", "tell the vendor")
    assert table(written)[2:] == [
        f"| {ID}/1 | Replace the parser | rfc | P1 | Kim | 2026-02-01; the next release | SHOP-12 | open |",
        f"| {ID}/8 | Add an **alert** | alert | high | @lee | soon | [7](https://x.example/7) |  |",
        f"| {ID}/9 | tell the vendor |  |  |  |  |  | done |",
        "| see | the wiki |",
        f"| {ID}/7 | Old one | spec | | | 2025-02-30 | | ✅ |",
    ]
    assert follow_ups_of(written) == (PARSER, alert, vendor._replace(is_done=True), old)


OLDER = (
    ("| id | what | kind | owner | due or trigger | state |", f"| {ID}/1 | Old | spec | Lee | soon | open |"),
    ("| ID | 할 일 | 유형 | 담당자 | 기한 또는 착수 조건 | 상태 |", f"| {ID}/1 | Old | spec | Lee | soon | 미완료 |"),
    ("| # | task | sort | who | until | done? |", f"| {ID}/1 | Old | spec | Lee | soon | open |"),
)
OLD = FollowUp(f"{ID}/1", "Old", "spec", "Lee", None, "soon")


def with_table(head: str, *rows: str) -> bytes:
    """Return the report with another table."""
    table = "\n".join((head, "|:--" * (head.count("|") - 1) + "|", *rows))
    before, begin, rest = REPORT.partition(b"<!-- git-hotfix:followups -->\n")
    return before + begin + table.encode() + b"\n" + rest[rest.index(b"<!-- /git") :]


@pytest.mark.parametrize(("head", "row"), OLDER)
def test_table_of_an_older_report_gets_a_column_with_the_first_that_has_something_in_it(head: str, row: str) -> None:
    older = with_table(head, row)
    assert follow_ups_of(older) == (OLD,)
    new = FollowUp(f"{ID}/2", "New", "rfc", trigger="soon")
    same = add_follow_up(older, new)
    assert table(same)[:3] == [head, "|:--|:--|:--|:--|:--|:--|", row]
    assert follow_ups_of(same) == (OLD, new)
    more = add_follow_up(same, PARSER._replace(id=f"{ID}/3"))
    assert follow_ups_of(more) == (OLD, new, PARSER._replace(id=f"{ID}/3"))
    assert table(more)[0].count("|") == 9
    assert table(more)[1] == "| :-- | :-- | :-- | --- | :-- | :-- | --- | :-- |"
    assert add_follow_up(more, PARSER) == more
    assert follow_ups_of(finish_follow_up(more, OLD.id, OLD.text))[0].is_done


def test_columns_that_people_moved_deleted_or_added_keep_their_meaning() -> None:
    own = with_table(
        "| Priority | id | what | our team | state |", f"| P0 | {ID}/1 | Old | red | open |", "| | | Alert |"
    )
    old, alert = FollowUp(f"{ID}/1", "Old", "", priority="P0"), FollowUp(f"{ID}/2", "Alert", "")
    assert follow_ups_of(own) == (old, alert)
    done = finish_follow_up(own, alert.id, alert.text)
    assert table(done)[2:] == [f"| P0 | {ID}/1 | Old | red | open |", f"|  | {ID}/2 | Alert |  | done |"]
    added = add_follow_up(done, SPLIT)
    assert table(added)[0] == "| Priority | id | what | kind | our team | state |"
    assert table(added)[2:] == [
        f"| P0 | {ID}/1 | Old |  | red | open |",
        f"|  | {ID}/2 | Alert |  |  | done |",
        f"|  | {ID}/3 | Split login.py | refactoring |  | open |",
    ]
    headless = add_follow_up(REPORT, PARSER).replace("\n".join(table(REPORT)).encode() + b"\n", b"")
    assert follow_ups_of(headless) == (PARSER,)
    assert table(add_follow_up(headless, SPLIT))[:2] == table(REPORT)


def test_url_of_a_ticket_is_a_link() -> None:
    content = add_follow_up(REPORT, SPLIT._replace(ticket="https://x.example/SHOP-1"))
    assert table(content)[2].endswith("| <https://x.example/SHOP-1> | open |")
    assert follow_ups_of(content)[0].ticket == "<https://x.example/SHOP-1>"


def test_report_in_korean_has_korean_words() -> None:
    korean = REPORT
    for english, word in (
        *((b"Summary", "요약"), (b"Criticality", "심각도"), (b"Impact", "영향"), (b"Timeline", "타임라인")),
        *((b"Root cause", "근본 원인"), (b"Resolution", "조치"), (b"Verification", "검증")),
    ):
        korean = korean.replace(b"## " + english, f"## {word}".encode())
    own = korean.partition(b"<!-- git-hotfix:followups -->")
    korean = own[0] + own[1] + b"\n" + b"<!-- /git-hotfix:followups -->" + own[2].partition(b"followups -->")[2]
    added = add_follow_up(korean, SPLIT)
    assert table(added) == [
        "| ID | 할 일 | 유형 | 우선순위 | 담당자 | 기한 또는 착수 조건 | 티켓 | 상태 |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
        f"| {ID}/2 | Split login.py | refactoring |  |  |  |  | 미완료 |",
    ]
    assert follow_ups_of(finish_follow_up(added, SPLIT.id, SPLIT.text)) == (SPLIT._replace(is_done=True),)
    # a table that was begun in another language goes on in it
    assert table(add_follow_up(added.replace("## 요약".encode(), b"## Summary"), PARSER))[3].endswith("| 미완료 |")


def test_windows_line_ends_and_reports_without_the_table() -> None:
    windows = REPORT.replace(b"\n", b"\r\n")
    added = add_follow_up(windows, PARSER)
    assert added.replace(b"\r\n", b"\n") == add_follow_up(REPORT, PARSER)
    assert b"\n" not in added.replace(b"\r\n", b"")
    old = REPORT.partition(b"<!-- git-hotfix:followups -->")[0] + b"| what | kind | owner | due |\n| - | - | - | - |\n"
    assert follow_ups_of(old) == ()
    made = add_follow_up(old, PARSER)
    assert follow_ups_of(made) == (PARSER,)
    assert made.endswith(b"| what | kind | owner | due |\n| - | - | - | - |\n")
    with pytest.raises(HotfixError, match="line 1"):
        follow_ups_of(add_follow_up(REPORT, PARSER).replace(b"---\n", b"\n", 1), "report.md")


@given(st.text(st.sampled_from(printable + "é긴\u2028\u200e|\\`<&"), max_size=30))
def test_any_text_is_one_cell_and_read_back(text: str) -> None:
    words = text if inline(text) else "x"
    new = FollowUp(f"{ID}/1", words, "rfc", words, None, words, ticket=words)
    content = add_follow_up(REPORT, new)
    (read,) = follow_ups_of(content)
    assert (read.id, read.text, read.owner, read.ticket) == (new.id, *[inline(words)] * 3)
    assert finish_follow_up(content, read.id, read.text) != content
    assert add_follow_up(content, new) == content


@pytest.mark.parametrize("text", [NASTY, "a | b", "`code`", "\\|", "1. x", "# x", "&amp; <b>", "a\\nb", "plain"])
def test_what_a_reader_sees_is_what_was_typed(text: str) -> None:
    assert shown(inline(text)) == text
