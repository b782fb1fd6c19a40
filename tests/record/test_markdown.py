from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from git_hotfix.record.markdown import code, inline


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("Fix auth bypass!", "Fix auth bypass!"),
        ("긴급 로그인 수정", "긴급 로그인 수정"),
        ("user_id is C:\\temp", "user_id is C:\\temp"),
        ("a | b", "a \\| b"),
        ("ends with \\", "ends with \\\\"),
        ("\\| is \\\\", "\\\\\\| is \\\\\\\\"),
        ("one\r\ntwo\u2028three\x85four\tfive\0six", "one two three four five six"),
        ("<b>x</b> <!-- y --> a < b", "&lt;b>x&lt;/b> &lt;!-- y --> a < b"),
        ("Kim <kim@example.org>", "Kim <kim@example.org>"),
        ("<!-- /git-hotfix:timeline -->", "&lt;!-- /git-hotfix:timeline -->"),
        ("&lt; a & b", "&amp;lt; a & b"),
        ("`id` ```", "\\`id\\` \\`\\`\\`"),
        ("# no heading", "\\# no heading"),
        ("#12 closes", "#12 closes"),
        ("- no list", "\\- no list"),
        ("-5 users", "-5 users"),
        ("1. no list", "1\\. no list"),
        ("> no quote", "\\> no quote"),
        ("--- ", "\\---"),
        ("[x]: no definition", "\\[x]: no definition"),
        ("Fix C ##", "Fix C \\##"),
        ("Fix C#", "Fix C#"),
        ("safe \u202eetad", "safe etad"),
        ("bad \udcff byte", "bad \ufffd byte"),
    ],
)
def test_text_of_people_is_written_so_that_it_shows_what_was_typed(typed: str, written: str) -> None:
    assert inline(typed) == written


@given(st.text())
def test_any_text_is_one_line_without_cell_end_tag_or_comment(text: str) -> None:
    written = inline(text)
    written.encode()
    assert len(written.splitlines()) <= 1
    assert "<!--" not in written
    assert not re.search(r"<[A-Za-z/][A-Za-z0-9-]*[\s/>]", written)
    assert all(len(run) % 2 == 1 for run in re.findall(r"(\\*)\|", written))


@pytest.mark.parametrize(
    ("name", "written"),
    [("main", "`main`"), ("a`b", "``a`b``"), ("`a``", "``` `a`` ```"), ("a|<b>", "`a|<b>`")],
)
def test_name_is_a_code_span_whatever_it_holds(name: str, written: str) -> None:
    assert code(name) == written
