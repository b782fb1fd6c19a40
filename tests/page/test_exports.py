"""The forms for programs: what a hostile report says stays a value in each of them."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import timedelta

from msgspec.json import encode

from git_hotfix.hotfix import Verdict
from git_hotfix.page.exports import csv_text, markdown_text, openmetrics_text, report_data
from git_hotfix.page.html import page_words
from tests.support.incidents import NOON, chronicle, incident, place, two_years

ENGLISH = page_words("en").say
NASTY = '=HYPERLINK("http://x","y")|<script>alert(1)</script>`'


def test_json_has_times_durations_and_places() -> None:
    made = incident(places=(place(), place("release/1.1", Verdict.PENDING)))
    data = json.loads(encode(report_data([chronicle(made)])))
    (row,) = data["incidents"]
    assert row["seconds"] == {"detect": None, "declare": 600, "mitigate": 1800, "resolve": 3600, "backport": None}
    assert (row["declared_at"], row["started_at"]) == ("2026-01-17T12:00:00+00:00", None)
    assert [(each["branch"], each["state"], each["exposed_seconds"]) for each in row["places"]] == [
        ("develop", "present", 3600),
        ("release/1.1", "pending", 10 * 86400 - 3000),
    ]
    assert (row["files"], row["lines"], row["tag"]) == (1, 4, "hotfix-20260117-1200")
    assert data["repositories"][0]["open_gaps"] == 1
    (recover,) = [each for each in data["durations"] if each["name"] == "recover"]
    assert (recover["begin"], recover["end"], recover["n"]) == ("started_at", "mitigated_at", 0)


def test_no_cell_of_csv_is_a_formula() -> None:
    rows = list(csv.DictReader(io.StringIO(csv_text([chronicle(incident(title=NASTY))]))))
    assert rows[0]["title"] == "'" + NASTY
    for begin in ("＝", "＋1", "－", "＠", "\t=", "\r1", "  =", "﹢", "@x"):
        rows = list(csv.DictReader(io.StringIO(csv_text([chronicle(incident(title=begin + "cmd"))]), newline="")))
        assert rows[0]["title"] == f"'{begin}cmd"
    assert (rows[0]["mitigate_seconds"], rows[0]["detect_seconds"]) == ("1800", "")


def test_markdown_shows_what_was_typed_and_obeys_nothing() -> None:
    text = markdown_text([chronicle(incident(title=NASTY), broken=two_years(1).broken)], ENGLISH)
    assert "<script" not in text
    (row,) = [line for line in text.split("\n") if "HYPERLINK" in line]
    assert re.sub(r"\\\|", "", row).count("|") == 7
    assert "| Time to mitigate | declared | mitigated | 1 | 0 | 30 min | – |" in text
    assert "line 4: the key 'severity' is missing" in text


def test_markdown_has_the_words_of_its_language_and_no_span_of_ends_that_contradict() -> None:
    slow, crossed = incident(), incident(NOON + timedelta(days=1), "b", resolved_at=NOON)
    text = markdown_text([chronicle(slow, crossed)], page_words("ko").say)
    rows = [line.split(" | ") for line in text.split("\n") if line.startswith("| 202601")]
    assert [row[-1] for row in rows] == ["– |", "1시간 |"]


SAMPLE = re.compile(r'(\w+)(\{(?:\w+="(?:[^"\\\n]|\\[\\"n])*",?)*\})? -?\d+')


def test_openmetrics_has_every_family_once_and_ends() -> None:
    made = two_years(20)
    other = chronicle(incident(NOON - timedelta(days=3)), name='a "quoted"\\\nname')
    lines = openmetrics_text([made, other]).split("\n")
    assert lines[-2:] == ["# EOF", ""]
    families = [line.split(" ")[2] for line in lines if line.startswith("# TYPE ")]
    assert len(families) == len(set(families))
    now = ""
    for line in lines[:-2]:
        if line.startswith("# "):
            now = line.split(" ")[2]
        else:
            found = SAMPLE.fullmatch(line)
            assert found is not None, line
            assert found[1] in {now, f"{now}_count", f"{now}_sum"}
    assert 'git_hotfix_open_gaps{repository="a \\"quoted\\"\\\\\\nname"} 0' in lines
