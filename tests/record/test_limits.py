"""Files that are too large, too deep, or made to take for ever: one clear answer, and soon."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from git_hotfix.errors import HotfixError
from git_hotfix.limits import MOST_BYTES
from git_hotfix.memory import Waiver
from git_hotfix.record.backlog import add_done, add_follow_up, finish_follow_up, remove_done
from git_hotfix.record.blocks import read_block, replace_block
from git_hotfix.record.changelog import add_entry, remove_entry
from git_hotfix.record.changelog_tools import Look, read_table, read_text
from git_hotfix.record.followups import follow_ups_of
from git_hotfix.record.frontmatter import MOST_LINES, id_in, set_values
from git_hotfix.record.headings import kind_of
from git_hotfix.record.manual_entry import readd_text
from git_hotfix.record.markdown_reader import Document
from git_hotfix.record.report import read_report, render_new
from git_hotfix.record.resolution import resolve_report
from git_hotfix.record.retrospective import read_answers
from git_hotfix.record.splice import Inserted, NotUnderstood
from git_hotfix.record.waivers import add_waivers, broken_lines, read_waivers
from git_hotfix.record.words import language_of
from tests.record.examples import DEFERRED, DONE, ENTRY, HOTFIX
from tests.record.reports import EN, NAME, NEW, RESOLVED

if TYPE_CHECKING:
    from collections.abc import Callable

    from git_hotfix.record.splice import Edit

REPORT = render_new(NEW, EN).content
EDITS: dict[str, Callable[[bytes], Edit]] = {
    "entry": lambda content: add_entry(content, ENTRY),
    "by hand": lambda content: readd_text(content, b"- x\n", "Fixed"),
    "done": lambda content: add_done(content, DONE),
    "later": lambda content: add_follow_up(content, DEFERRED),
    "finished": lambda content: finish_follow_up(content, DEFERRED),
}
HOSTILE = {
    "comments": b"<!--\n" * 3_000,
    "fences that never end": b"```x\n" * 3_000,
    "fences of every length": b"".join(b"`" * length + b"x\n```\n" for length in range(600, 3, -1)),
    "conflicts without an end": b"<<<<<<< x\n" * 1_000,
    "headings of blanks": b"# a" + b" " * 100_000 + b"b\n" + b"# a\t#" * 3_000,
    "headings of brackets": b"# " + b"![<a" * 20_000,
    "done": b"# Done\n" * 1_000,
    "quotations": b">" * 100_000,
    "lists": b"- " * 30_000 + b"a\n",
    "cells": b"|" * 20_000 + b"\n" + b"|-" * 20_000,
    "an item of blanks": b"# Done\n\n- a" + b" " * 100_000 + b"b 2026-01-01 x\n",
}


@pytest.mark.parametrize("name", EDITS)
def test_file_that_is_too_large_is_refused_with_the_limit(name: str) -> None:
    made = EDITS[name](b"## Done\n\n" + b"x" * MOST_BYTES)
    assert isinstance(made, NotUnderstood)
    assert made.reason == f"The file has {MOST_BYTES + 9:,} bytes, and 2,000,000 are read."
    large = b"x" * (MOST_BYTES + 1)
    assert remove_entry(large, ENTRY) is None is remove_done(large, DONE)


@pytest.mark.parametrize("name", EDITS)
@pytest.mark.parametrize("sign", [b"> ", b"- ", b"1. > "])
def test_file_that_is_nested_too_deep_is_refused_with_the_line(name: str, sign: bytes) -> None:
    made = EDITS[name](b"## Done\n\n" + sign * 1000 + b"a\n")
    assert isinstance(made, NotUnderstood)
    assert made.reason == "The file has lists and quotations in each other deeper than is read (line 3)."


def test_nine_lists_in_each_other_are_read() -> None:
    nested = b"".join(b"  " * depth + b"- a\n" for depth in range(9))
    made = add_entry(b"## Unreleased\n\n" + nested, ENTRY)
    assert isinstance(made, Inserted)
    assert made.line == 12


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_changelog_and_backlog_are_answered(name: str) -> None:
    for edit in EDITS.values():
        edit(b"## Unreleased\n\n" + HOSTILE[name])


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_report_is_read_and_written(name: str) -> None:
    content = resolve_report(REPORT + HOSTILE[name], NAME, RESOLVED, EN)
    assert read_report(content, NAME).tag == RESOLVED.tag
    assert language_of(content) == "en"
    assert read_answers(content)["cause"] == ""
    assert read_block(replace_block(content, "timeline", "x", EN), "timeline") == "\nx\n\n"


def test_report_that_is_too_large_is_named_with_the_limit() -> None:
    large = REPORT + b"x" * MOST_BYTES
    for read in (read_report, lambda content, name: set_values(content, {"tag": "x"}, name)):
        with pytest.raises(HotfixError) as raised:
            read(large, NAME)
        (problem,) = raised.value.problems
        assert problem.code == "report-too-large"
        assert problem.message == f"The report '{NAME}' has {len(large):,} bytes, and 2,000,000 are read."
    assert id_in(large) == str(NEW.id)


def test_front_matter_that_is_too_long_is_named_with_the_limit() -> None:
    long = REPORT.replace(b"---\n", b"---\n" + b"# x\n" * MOST_LINES, 1)
    with pytest.raises(HotfixError, match="line 1001: the front matter is longer than 1,000 lines"):
        read_report(long, NAME)


@pytest.mark.parametrize("value", [b"[" * 100_000, b'{"a":' * 100_000, b"9" * 100_000, b"-" * 1_000_000])
def test_value_that_no_reader_can_take_is_named_with_its_line(value: bytes) -> None:
    with pytest.raises(HotfixError, match=r"line 11: the value of 'impact' is not a JSON text"):
        read_report(REPORT.replace(b"\nreporter:", b"\nimpact: " + value + b"\nreporter:"), NAME)


def test_table_of_many_follow_ups_is_read() -> None:
    rows = b"".join(b"| | Do %d | rfc | | | |\n" % number for number in range(5000))
    content = REPORT.replace(b"\n<!-- /git-hotfix:followups -->", rows + b"<!-- /git-hotfix:followups -->")
    assert follow_ups_of(content, NAME)[-1].id == f"{NEW.id}/5000"


def test_settings_that_are_too_large_count_as_none() -> None:
    look = Look(lambda _: b" " * 1_000_001, lambda _: ())
    assert read_text(look, "x") is None
    assert read_table(look, "x.toml") == read_table(look, "x.json") == {}


def test_long_heading_is_no_name() -> None:
    assert kind_of("Fixed" + " " * 10) == "Fixed"
    assert kind_of("Fixed" + " " * 1000) is None


def test_document_keeps_what_it_is_made_of() -> None:
    for raw in HOSTILE.values():
        document = Document(raw)
        assert "".join(map("".join, zip(document.lines, document.ends, strict=True))).encode() == raw


# Waivers.

WAIVER = Waiver(str(HOTFIX), "support/1.0", "End of life", "Lee", "2026-01-17T02:10:00+09:00")
LINE = add_waivers(None, [WAIVER])


def test_waiver_that_somebody_recorded_in_another_form_is_not_recorded_again() -> None:
    """The commit of the line tells who waived the branch: a second line would be by whoever writes the record."""
    theirs = LINE.replace(b'": "', b'":"')
    assert theirs != LINE
    assert add_waivers(theirs, [WAIVER]) == theirs


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"{", "it is no waiver (Input data was truncated)"),
        (b"[]", "it is no waiver (Expected `object`, got `array`)"),
        (LINE.replace(b'"Lee"', b"7").strip(), "it is no waiver (Expected `str`, got `int` - at `$.by`)"),
        (b'{"hotfix": "x"}', "it is no waiver (Object missing required field `branch`)"),
        (b"<<<<<<< HEAD", "it is no waiver (JSON is malformed: invalid character (byte 0))"),
        (b'{"hotfix": "\xff"}', "it is not UTF-8 text"),
        (b"[" * 5000, "it is no waiver (Expected `object`, got `array`)"),
        (b'{"more": ' + b"[" * 5000, None),
        (b"x" * 10_001, "it has 10,001 bytes, and 10,000 are read"),
    ],
)
def test_line_that_is_no_waiver_waives_nothing_and_is_reported(line: bytes, why: str | None) -> None:
    content = LINE + b"\n" + line + b"\n" + LINE.replace(b"1.0", b"2.0")
    assert list(read_waivers(content, HOTFIX)) == ["support/1.0", "support/2.0"]
    ((number, said),) = broken_lines(content)
    assert number == 3
    assert why is None or said == why


def test_waivers_that_are_too_many_waive_nothing_and_are_reported() -> None:
    content = LINE * 20_000
    assert read_waivers(content, HOTFIX) == {}
    assert broken_lines(content) == ((1, f"the file has {len(content):,} bytes, and 2,000,000 are read"),)
    assert read_waivers(None, HOTFIX) == {}
    assert broken_lines(None) == ()


def test_waiver_is_added_once_and_every_other_byte_stays() -> None:
    assert LINE == (
        b'{"hotfix": "20260117-fix-auth-bypass", "branch": "support/1.0", "reason": "End of life", '
        b'"by": "Lee", "at": "2026-01-17T02:10:00+09:00"}\n'
    )
    assert add_waivers(LINE, [WAIVER, WAIVER]) == LINE
    assert add_waivers(b"{broken", [WAIVER]) == b"{broken\n" + LINE
    assert add_waivers(None, [WAIVER, WAIVER]) == LINE
