from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from git_hotfix.errors import ExitCode, HotfixError, Problem
from git_hotfix.record.frontmatter import (
    json_value,
    read_front_matter,
    read_json,
    set_values,
)
from git_hotfix.record.report import read_report, render_new
from tests.record.reports import EN, NAME, NASTY, NEW, at, body_line, lines_of

NOT_SET = {
    b"\nreporter:": b"\nimpact: null\naffected_users: null\ndata_at_risk: null",
    b"\ndeclared_at:": b"\nstarted_at: null\ndetected_at: null",
    b"\nvisibility:": b"\ntag: null\nfix_commits: []\nchecks_run: []\nchecks_skipped: null\nverified_by: null",
}


def older(report: bytes) -> bytes:
    """Return a report as it was written once, with a line for each key that is not set."""
    for before, lines in NOT_SET.items():
        report = report.replace(before, lines + before, 1)
    return report


REPORT = older(render_new(NEW, EN).content)

PLAIN_TEXT = st.text(st.characters(exclude_categories=["Cs"]))
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), PLAIN_TEXT)


def problem_of(content: bytes) -> Problem:
    with pytest.raises(HotfixError) as raised:
        read_front_matter(content, NAME)
    (problem,) = raised.value.problems
    assert problem.exit_code is ExitCode.USAGE
    return problem


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("긴급 로그인", '"긴급 로그인"'),
        (None, "null"),
        (True, "true"),
        (["a", 'b"'], '["a", "b\\""]'),
        (at(2, 10), '"2026-01-17T02:10:00+09:00"'),
        ("one\ntwo\u2028\x85\ufeff\u202e", '"one\\ntwo\\u2028\\u0085\\ufeff\\u202e"'),
        (NASTY, '"Fix \\"auth\\": {{ 7*7 }} | \\u003cscript> -->"'),
        ("a < b <kim@example.org> <!-- x", '"a < b <kim@example.org> \\u003c!-- x"'),
        ("\udcff", '"\ufffd"'),
    ],
)
def test_value_is_json_on_one_line_that_starts_no_tag(value: object, written: str) -> None:
    assert json_value(value) == written


@given(st.one_of(SCALARS, st.lists(SCALARS)))
def test_value_reads_back_as_it_was_and_ends_no_line(value: object) -> None:
    written = json_value(value)
    assert read_json(written) == value
    assert len(written.splitlines()) == 1


def test_values_come_in_the_order_of_the_file() -> None:
    content = b'---\nteam: "payments"\n\n# ours:\nratio: 0.5\n' + REPORT.removeprefix(b"---\n")
    front = read_front_matter(content, NAME)
    assert list(front)[:4] == ["team", "ratio", "schema", "id"]
    assert front["ratio"] == 0.5


def test_byte_order_mark_and_windows_line_ends_change_no_value() -> None:
    windows = b"\xef\xbb\xbf" + REPORT.replace(b"\n", b"\r\n")
    assert read_front_matter(windows, NAME) == read_front_matter(REPORT, NAME)


@pytest.mark.parametrize(
    ("old", "new", "message", "mend"),
    [
        ('status: "open"', "status: open", "line 5: the value of 'status' is not a JSON", 'status: "open"'),
        ('status: "open"', 'status: "done"', "line 5: 'status' must be one of \"open\", ", 'status: "open"'),
        ("started_at: null", "started_at: 21:05", "'started_at' is not a JSON", 'started_at: "2026-'),
        (
            "started_at: null",
            'started_at: "21:05"',
            "must be a time with seconds and offset, or left out",
            "2026-",
        ),
        ("can_wait: false", "can_wait: no", "'can_wait' is not a JSON", "can_wait: true"),
        ("can_wait: false", 'can_wait: "no"', "'can_wait' must be true or false", "can_wait: true"),
        (
            "affected_users: null",
            "affected_users: true",
            "must be a whole number, or left out",
            "affected_users: 120",
        ),
        (
            "affected_users: null",
            "affected_users: -1",
            "must be a whole number, or left out",
            "affected_users: 120",
        ),
        ("impact: null", "impact:", "'impact' is not a JSON", 'impact: "…"'),
        ("impact: null", 'impact: {"a": 1}', "'impact' is not a JSON", "impact: "),
        ("impact: null", "impact: NaN", "'impact' is not a JSON", 'impact: "NaN"'),
        ("impact: null", "impact: 1e999", "'impact' is not a JSON", 'impact: "1e999"'),
        ("impact: null", "impact: null\nimpact: null", "the key 'impact' is there twice", "only one line"),
        ("impact: null", "impact: null\n  - nested", "is not of the form 'key: value'", 'key: "value"'),
        ("fix_commits: []", 'fix_commits: ["abc"]', "must be a list of full commit ids", "fix_commits: []"),
        ('branch: "hotfix/20260117-auth-bypass"\n', "", "the key 'branch' is missing", 'branch: "…"'),
        ('id: "20260117-auth-bypass"', 'id: "20261317-x"', "'id' must be the id of a hotfix", "id: "),
        ("schema: 1", "schema: 1.0", "'schema' must be 1", "schema: 1"),
    ],
)
def test_nonsense_is_named_with_file_line_key_and_mend(old: str, new: str, message: str, mend: str) -> None:
    assert REPORT.count(f"\n{old}".encode()) == 1
    problem = problem_of(REPORT.replace(f"\n{old}".encode(), f"\n{new}".encode()))
    assert problem.code == "report-broken"
    assert problem.message.startswith(f"'{NAME}' line ")
    assert message in problem.message
    assert mend in problem.message.partition("; it should be ")[2]
    assert problem.remedy.line() == f"$(git var GIT_EDITOR) {NAME}"


def test_report_of_a_newer_version_asks_for_an_upgrade() -> None:
    problem = problem_of(REPORT.replace(b"schema: 1", b"schema: 2"))
    assert (problem.code, problem.remedy.line()) == ("report-newer", "pip install --upgrade git-hotfix")


@pytest.mark.parametrize("content", [b"", b"# Report\n", b"---\nschema: 1\n"])
def test_report_without_front_matter_names_its_first_line(content: bytes) -> None:
    assert f"'{NAME}' line 1: the report does not begin with front matter" in problem_of(content).message


def test_front_matter_that_is_no_utf8_names_its_line() -> None:
    assert "line 4: the line is not UTF-8" in problem_of(REPORT.replace(b'"Auth bypass"', b'"\xff"')).message


def test_setting_values_changes_only_their_lines() -> None:
    content = b'\xef\xbb\xbf---\r\nid: "x"  \r\nmine:   [1]\t\r\nstatus: "open" \r\n--- \r\ntext\r\n\xff'
    changed = set_values(content, {"status": "resolved", "id": "x"})
    assert changed == content.replace(b'status: "open" ', b'status: "resolved"')


def test_lines_of_older_reports_that_say_nothing_read_the_same_and_go_with_the_next_change() -> None:
    new = render_new(NEW, EN).content
    mine = new.replace(b"\nvisibility:", b"\n# ours:\nteam: null\nlist: []\nvisibility:")
    assert read_report(REPORT, NAME) == read_report(new, NAME)
    assert set_values(older(mine), {"status": "open", "cve": None, "checks_run": []}) == older(mine)
    assert set_values(older(mine), {"status": "resolved"}) == mine.replace(b'"open"', b'"resolved"')
    assert set_values(set_values(mine, {"tag": "t", "impact": "x"}), {"tag": None, "impact": ""}) == mine


def test_missing_keys_come_below_their_predecessors() -> None:
    content = b'---\r\nid: "x"\r\nbase: "main"\r\nmine: 1\r\n---\r\n'
    changed = set_values(content, {"tag": "t", "schema": 1, "other": 2, "resolved_at": at(2, 40)})
    assert changed == (
        b'---\r\nschema: 1\r\nid: "x"\r\nresolved_at: "2026-01-17T02:40:00+09:00"\r\nbase: "main"\r\n'
        b'tag: "t"\r\nmine: 1\r\nother: 2\r\n---\r\n'
    )


@given(
    st.dictionaries(
        st.sampled_from(["impact", "tag", "checks_run", "mine", "딴"]), st.one_of(SCALARS, st.lists(SCALARS))
    ),
    st.binary(),
)
def test_values_that_were_set_read_back_and_the_rest_is_untouched(changes: dict[str, object], body: bytes) -> None:
    head = REPORT[: REPORT.index(b"\n---\n") + 5]
    changed = set_values(head + body, changes)
    lines = lines_of(changed)
    assert b"".join(lines[body_line(lines) :]) == body
    assert set_values(changed, changes) == changed
    kept = {line for line in lines_of(head) if line.split(b":")[0].decode() not in changes}
    kept -= {line for line in kept if line.endswith((b": null\n", b": []\n"))}
    assert kept <= set(lines)
