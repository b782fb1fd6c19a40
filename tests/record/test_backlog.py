from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from git_hotfix.record.backlog import add_done, add_follow_up, finish_follow_up
from git_hotfix.record.backlog_items import follow_up_text, shape_of
from git_hotfix.record.followups import FollowUp
from git_hotfix.record.headings import Part, is_named
from git_hotfix.record.markdown_reader import read_document
from git_hotfix.record.splice import AlreadyThere, Inserted, NotUnderstood
from tests.record.examples import DEBT, DEFERRED, DONE
from tests.record.reports import EN, KO
from tests.record.test_changelog import ENTRIES, HIDING, LINE_ENDS
from tests.record.test_corpus import is_one_insertion

BARE = replace(DONE, tag=None, report_path=None)
ID = "20260117-fix-auth-bypass"


@pytest.mark.parametrize(
    ("neighbour", "written"),
    [
        ("Login", f"Fix auth bypass (`{ID}`)"),
        ("[x] Login", f"Fix auth bypass (`{ID}`)"),
        ("2026-01-10: Login", f"2026-01-17: Fix auth bypass (`{ID}`)"),
        ("2026-01-10 Login", f"2026-01-17 Fix auth bypass (`{ID}`)"),
        ("2026-01-10 - Login", f"2026-01-17 - Fix auth bypass (`{ID}`)"),
        ("[2026-01-10] Login", f"[2026-01-17] Fix auth bypass (`{ID}`)"),
        ("**2026.01.10**: Login", f"**2026.01.17**: Fix auth bypass (`{ID}`)"),
        ("`2026/01/10` | Login", f"`2026/01/17` | Fix auth bypass (`{ID}`)"),
        ("Login (2026-01-10)", f"Fix auth bypass (`{ID}`) (2026-01-17)"),
        ("Login - 2026-01-10", f"Fix auth bypass (`{ID}`) - 2026-01-17"),
        ("Login ✅ 2026-01-10", f"Fix auth bypass (`{ID}`) ✅ 2026-01-17"),
        ("Login _done:2026-01-10_", f"Fix auth bypass (`{ID}`) _done:2026-01-17_"),
        ("Login @done(2026-01-10)", f"Fix auth bypass (`{ID}`) @done(2026-01-17)"),
        ("Login (done 2026-01-10)", f"Fix auth bypass (`{ID}`) (done 2026-01-17)"),
        ("Login, due 2026-01-10 at noon", f"Fix auth bypass (`{ID}`)"),
        ("2026년 1월 10일: 로그인", f"2026년 1월 17일: Fix auth bypass (`{ID}`)"),
        ("Jan 10, 2026: Login", f"Jan 17, 2026: Fix auth bypass (`{ID}`)"),
        ("**Login**", f"**Fix auth bypass** (`{ID}`)"),
        ("**LOGIN-1**: Login", f"**{ID}**: Fix auth bypass"),
        ("**HOTFIX-2026-01-10-login** — Login", "**HOTFIX-2026-01-17-fix-auth-bypass** — Fix auth bypass"),
        ("__LOGIN-1__ - Login (2026-01-10)", f"__{ID}__ - Fix auth bypass (2026-01-17)"),
    ],
)
def test_finished_item_is_written_like_its_neighbour(neighbour: str, written: str) -> None:
    assert shape_of(neighbour).write(BARE) == written
    content = f"## Done\n\n- {neighbour}\n".encode()
    made = add_done(content, BARE)
    box = "[x] " if neighbour.startswith("[x]") else ""
    assert made == Inserted(content + f"- {box}{written}\n".encode(), 4)
    assert add_done(made.content, BARE) == AlreadyThere(4)


def test_finished_item_without_such_a_section_is_refused_with_the_line() -> None:
    to_add = (
        f"- [x] Fix auth bypass (`hotfix-20260117-0310`, [{ID}](docs/incidents/HOTFIX-2026-01-17-fix-auth-bypass.md))"
    )
    assert add_done(b"# Backlog\n", DONE) == NotUnderstood("There is no 'Done' heading.", to_add)
    assert add_done(b"\xff\xfe#\0", DONE) == NotUnderstood("The file is UTF-16 text, not UTF-8.", to_add)


def test_day_of_a_new_division_keeps_the_order() -> None:
    content = b"## Done\n\n### 2026-02-01\n\n- c\n\n### 2026-01-01\n\n- a\n"
    expected = content.replace(
        b"### 2026-01-01", f"### 2026-01-17\n\n- Fix auth bypass (`{ID}`)\n\n### 2026-01-01".encode()
    )
    assert add_done(content, BARE) == Inserted(expected, 9)
    rising = b"## Done\n\n### 2026-01\n\n- a\n\n### 2026-03\n\n- c\n\n## Other\n"
    inside = rising.replace(b"- a\n", f"- a\n- Fix auth bypass (`{ID}`)\n".encode())
    assert add_done(rising, BARE) == Inserted(inside, 6)
    later = replace(BARE, day=date(2026, 4, 2))
    at_end = rising.replace(b"- c\n", f"- c\n\n### 2026-04\n\n- Fix auth bypass (`{ID}`)\n".encode())
    assert add_done(rising, later) == Inserted(at_end, 13)


def test_follow_up_tells_what_it_knows() -> None:
    known = f"Write the spec (`{ID}-f1`, @kim, due 2026-02-01, trigger: the next release)"
    assert follow_up_text(DEFERRED, EN) == known
    assert follow_up_text(DEFERRED, KO) == known.replace("due", "기한").replace("trigger", "조건")
    assert follow_up_text(DEBT, EN) == follow_up_text(DEBT, KO) == f"Split the parser (`{ID}-f2`)"


def test_priority_and_ticket_of_a_follow_up_are_told_in_its_item_or_in_their_columns() -> None:
    urgent = DEBT._replace(priority="P1", ticket="<https://x.example/7>")
    assert follow_up_text(urgent, EN) == f"Split the parser (`{ID}-f2`, P1, <https://x.example/7>)"
    content = b"## Tech debt\n\n| ID | Task | Priority | Issue |\n|---|---|---|---|\n| A | x | P0 | 6 |\n"
    row = f"| {ID}-f2 | Split the parser | P1 | <https://x.example/7> |\n".encode()
    assert add_follow_up(content, urgent) == Inserted(content + row, 6)


F1 = FollowUp(id="F1", text="a", kind="spec")


def test_follow_up_is_found_by_its_whole_id() -> None:
    content = b"## Later\n\n- [ ] a (`F10`)\n- [ ] b (`F1`)\n"
    assert finish_follow_up(content, F1) == Inserted(content.replace(b"[ ] b", b"[x] b"), 4)
    assert finish_follow_up(content, F1._replace(id="F2")) == AlreadyThere(0)


@pytest.mark.parametrize(
    ("line", "finished"),
    [
        ("* [ ] a [ ] (F1)", "* [x] a [ ] (F1)"),
        ("  1. [ ] a (F1)", "  1. [x] a (F1)"),
        ("- [x] a (F1)", None),
        ("- [X] a (F1)", None),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_box_of_a_follow_up_is_ticked(line: str, finished: str | None, end: str) -> None:
    content = f"# B{end}{end}{line}{end}{end}last".encode()
    made = finish_follow_up(content, F1)
    if finished is None:
        assert made == AlreadyThere(3)
    else:
        assert made == Inserted(content.replace(line.encode(), finished.encode()), 3)


@pytest.mark.parametrize(
    ("row", "finished"),
    [
        ("| F1 | a | Open |", "| F1 | a | Done |"),
        (r"| F1 | a \| b | Open |", r"| F1 | a \| b | Done |"),
        ("F1 | a | Open", "F1 | a | Done "),
        ("| F1 | a | 대기 |", "| F1 | a | 완료 |"),
        ("| F1 | a | [ ] now |", "| F1 | a | [x] now |"),
        ("| F1 | a | Done |", None),
        ("| F1 | a | ✅ |", None),
    ],
)
def test_status_of_a_follow_up_in_a_table_is_told_as_done(row: str, finished: str | None) -> None:
    content = f"| ID | Task | Status |\n|---|---|---|\n| F0 | x | Open |\n{row}\n".encode()
    made = finish_follow_up(content, F1)
    if finished is None:
        assert made == AlreadyThere(4)
    else:
        assert made == Inserted(content.replace(row.encode(), finished.encode()), 4)


@pytest.mark.parametrize(
    ("before", "ours", "after"),
    [
        ("# Later\n\n- x\n", "- a (`F1`)\n", "- y\n"),
        ("# Later\n\n- x\n", "* a\n  (`F1`)\n", ""),
        ("| ID | Task |\n|---|---|\n| F0 | x |\n", "| F1 | a |\n", "| F2 | y |\n"),
    ],
)
def test_done_follow_up_without_box_and_status_is_taken_out_unless_people_changed_it(
    before: str, ours: str, after: str
) -> None:
    content = f"{before}{ours}{after}".encode()
    assert finish_follow_up(content, F1) == Inserted(f"{before}{after}".encode(), before.count("\n") + 1)
    changed = content.replace(b"a", b"b")
    reason = f"The follow-up 'F1' (line {before.count(chr(10)) + 1}) has no box and no status that say it is done."
    assert finish_follow_up(changed, F1) == NotUnderstood(reason, "")


def test_follow_up_in_a_table_without_columns_for_it_is_told_in_the_text() -> None:
    content = b"## Tech Debt\n\nTask | Status\n--- | ---\nold | done\n"
    assert add_follow_up(content, DEBT) == Inserted(content + f"Split the parser (`{ID}-f2`) | Open\n".encode(), 6)


HEADINGS = (
    *(
        "# Backlog",
        "## Done",
        "## 3. 완료 (Done)",
        "### 2026-01-10",
        "### 2026-01",
        "## Definition of Done",
        "**Done**",
    ),
    *("## Definition of Done", "## Deferred Work", "## 보류", "## Tech Debt", "### Hotfixes", "Done", "====", "----"),
)
ITEMS = ("- [x] a (2026-01-02)", "- [ ] b", "- [x] **X-1**: c", "- d _done:2026-01-09", "| Date | Task |", "|---|---|")
PARTS = st.lists(st.sampled_from(HEADINGS + ITEMS + ENTRIES + HIDING), max_size=25)


@given(PARTS, LINE_ENDS, st.sampled_from(["", "\n"]))
def test_any_file_gets_each_item_once_and_in_its_section_or_is_refused(parts: list[str], end: str, last: str) -> None:
    content = (end.join(parts) + last).encode()
    made = add_done(content, DONE)
    if isinstance(made, Inserted):
        assert is_one_insertion(content, made.content)
        there = add_done(made.content, DONE)
        assert isinstance(there, AlreadyThere)
        assert there.line == made.line
        above = [block.text for block in read_document(made.content).blocks if block.start < made.line - 1]
        assert any(is_named(text, Part.DONE) for text in above)
        content = made.content
    for item in (DEFERRED, DEBT):
        later = add_follow_up(content, item)
        if isinstance(later, Inserted):
            assert is_one_insertion(content, later.content)
            again = add_follow_up(later.content, item)
            assert isinstance(again, AlreadyThere)
            assert again.line == later.line
            content = later.content
            if isinstance(finished := finish_follow_up(content, item), Inserted):
                assert finished.line == later.line
                assert isinstance(finish_follow_up(finished.content, item), AlreadyThere)
