"""The section of the post-mortem: people's words stay, whatever is added."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from git_hotfix.memory import Edit
from git_hotfix.record.frontmatter import read_front_matter
from git_hotfix.record.report import render_new
from git_hotfix.record.report_edits import edit_report
from git_hotfix.record.retrospective import (
    ABOVE,
    QUESTIONS,
    Answer,
    questionnaire,
    read_answers,
    read_questionnaire,
    with_answers,
    with_earlier,
    with_section,
)
from git_hotfix.record.words import Language, language_of, words_in
from git_hotfix.templates import render_bundled
from tests.record.reports import EN, NEW

REPORT = render_new(NEW, EN).content
NOTHING = dict.fromkeys((ABOVE, *QUESTIONS), "")


def section(content: bytes) -> str:
    """Return the section as it stands."""
    return content.decode().partition("## Post-mortem\n")[2].partition("\n## ")[0]


def test_section_stands_above_the_references_and_is_made_once() -> None:
    made = with_section(REPORT)
    assert section(made) == (
        "\n### What caused it?\n\n### Why was it not caught earlier?\n\n"
        "### How do we prevent it from happening again?\n\n"
        "### What went well, what went wrong, where were we lucky?\n\n### Was it in the backlog?\n\n"
        "### Has it happened before?\n\n<!-- git-hotfix:postmortem -->\n<!-- /git-hotfix:postmortem -->\n"
    )
    own = made.partition(b"## Post-mortem")
    assert own[0] + b"## References" + own[2].partition(b"\n## References")[2] == REPORT
    assert with_section(made) == made
    assert read_answers(made) == NOTHING == read_answers(REPORT)


def test_answers_are_written_and_others_stay() -> None:
    once = with_answers(REPORT, [Answer("cause", "", "A race.\n\n- two writers"), Answer("before", "", "Never.")])
    assert read_answers(once) == {**NOTHING, "cause": "A race.\n\n- two writers", "before": "Never."}
    assert section(once).startswith("\n### What caused it?\n\nA race.\n\n- two writers\n\n### Why was it not")
    assert with_answers(once, [Answer("cause", "", "A race.\n\n- two writers")]) == once
    changed = with_answers(once, [Answer("prevent", "", "A lock."), Answer("cause", "A race.\n\n- two writers", "A")])
    assert read_answers(changed) == {**NOTHING, "cause": "A", "before": "Never.", "prevent": "A lock."}


def test_answer_meets_words_that_people_wrote_meanwhile() -> None:
    theirs = with_answers(REPORT, [Answer("cause", "", "The cache.")])
    both = with_answers(theirs, [Answer("cause", "", "A race.\n\nThe cache.")])
    assert read_answers(both)["cause"] == "The cache.\n\nA race."
    assert with_answers(both, [Answer("cause", "", "A race.\n\nThe cache.")]) == both


def test_question_whose_heading_was_deleted_gets_one_again() -> None:
    made = with_section(REPORT)
    made = made.replace(b"### Was it in the backlog?\n\n", b"### Our own\n\ntext\n\n")
    again = with_answers(made, [Answer("in_backlog", "", "No.")])
    assert read_answers(again) == {**NOTHING, "in_backlog": "No."}
    assert "### Our own\n\ntext\n" in section(again)
    last = b"# x\n\n# Retrospective"
    report = REPORT.partition(b"# HOTFIX")[0] + last
    assert with_answers(report, [Answer("cause", "", "A.")]).endswith(last + b"\n\n## What caused it?\n\nA.\n\n")


def test_earlier_incidents_are_replaced_and_the_report_says_where() -> None:
    edits = [Edit("answer", {"question": "cause", "before": "", "after": "A."}), Edit("earlier", {"markdown": "- one"})]
    once = edit_report(REPORT, edits, "x")
    assert read_front_matter(once, "x")["postmortem"] == "#post-mortem"
    assert edit_report(once, edits, "x") == once
    twice = edit_report(once, [Edit("earlier", {"markdown": "- two"}), Edit("of another version", {})], "x")
    assert twice == once.replace(b"- one", b"- two")
    pointer = with_earlier(REPORT, "elsewhere")
    assert section(pointer) == ("\n<!-- git-hotfix:postmortem -->\n\nelsewhere\n\n<!-- /git-hotfix:postmortem -->\n")


@pytest.mark.parametrize("language", ["en", "ko"])
def test_headings_of_the_template_are_the_questions(language: Language) -> None:
    words = words_in(language)
    rendered = render_bundled(f"{language}/postmortem.md.j2", {})
    headings = [line.lstrip("# ") for line in rendered.split("\n") if line.startswith("#")]
    assert headings == [words.headings["postmortem"][0], *(words.postmortem.questions[name] for name in QUESTIONS)]


def test_language_is_that_of_the_headings() -> None:
    assert language_of(REPORT) == "en"
    assert language_of(b"# x\n\n## \xea\xb0\x80\n\n```\n## a\n## b\n```\n") == "ko"
    assert language_of(b"") == language_of("# 로그인 장애\n".encode()) == "en"
    korean = "# x\n\n## 요약\n\n## 참고 자료\n".encode()
    made = with_answers(korean, [Answer("prevent", "", "잠금")]).decode()
    assert made.startswith("# x\n\n## 요약\n\n## 포스트모템(회고)\n\n### 원인은 무엇이었나?\n")
    assert "### 재발 방지 대책은 무엇인가?\n\n잠금\n\n### 잘된 점" in made
    assert made.endswith("<!-- /git-hotfix:postmortem -->\n\n## 참고 자료\n")


TEXTS = st.sampled_from(
    ["", "a", "a\n\nb", "```\n### What caused it?\n```", "- x\n- y", "#### deeper\n\nz", "긴\u2028x"]
)


@given(st.fixed_dictionaries(dict.fromkeys((ABOVE, *QUESTIONS), TEXTS)), st.sampled_from(["en", "ko"]))
def test_questionnaire_is_read_back(answers: dict[str, str], language: str) -> None:
    text = questionnaire(answers, language)  # type: ignore[arg-type]  # both are languages
    assert read_questionnaire(text) == answers
    guide = "<!--\nguide\n## What caused it?\n-->"
    assert read_questionnaire(f"{guide}\n\n{text}") == {**answers, ABOVE: f"{guide}\n\n{answers[ABOVE]}".strip()}


@given(st.lists(st.tuples(st.sampled_from(QUESTIONS), TEXTS), max_size=6), st.booleans())
def test_every_byte_of_people_stays(told: list[tuple[str, str]], is_windows: bool) -> None:  # noqa: FBT001
    report = with_answers(REPORT, [Answer("cause", "", "By people.\n\nTwo paragraphs.")])
    report = report.replace(b"\n", b"\r\n") if is_windows else report
    after = with_answers(report, [Answer(name, "", text) for name, text in told])
    assert with_answers(after, [Answer(name, "", text) for name, text in told]) == after
    left = iter(after.split(b"\n"))
    assert all(line in left for line in report.split(b"\n") if line.strip())  # in this order
    assert (b"\r\n" in after) == is_windows
