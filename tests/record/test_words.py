"""Reports in every language: the same facts, found again whatever language they were written in."""

from __future__ import annotations

import re
from string import Formatter

import pytest
from msgspec import Struct, to_builtins
from msgspec.structs import replace

from git_hotfix.errors import HotfixError
from git_hotfix.hotfix import BranchName, Method, Verdict
from git_hotfix.memory import Waiver
from git_hotfix.record.blocks import read_block
from git_hotfix.record.headings import KINDS, Part, is_named
from git_hotfix.record.incident import Carried, Resolution, Status
from git_hotfix.record.report import read_report, render_new
from git_hotfix.record.resolution import resolve_report
from git_hotfix.record.retrospective import QUESTIONS
from git_hotfix.record.timeline import add_rows, row_in
from git_hotfix.record.words import Words, every_language, read_words
from tests.record.reports import COMMIT, EN, KO, MERGE, NAME, NASTY_NEW, NEW, RESOLVED, at, body_line, lines_of
from tests.support.source import ROOT

OTHERS = [(EN, KO), (KO, EN)]
NOTHING_KNOWN = Resolution(status=Status.RESOLVED, base=BranchName("main"), production_merge=MERGE)


def resolved(words: Words) -> Resolution:
    """Return the resolution with a timeline in one language."""
    rows = (
        row_in(words, at(2, 31), "git", lambda each: each.merged.format(base="main")),
        row_in(words, at(2, 40), "git-hotfix", lambda each: each.deployment.format(ended=each.ended["succeeded"])),
    )
    return replace(RESOLVED, timeline=rows)


def block(content: bytes, name: str) -> str:
    return (read_block(content, name) or "").strip("\n")


def body_of(content: bytes) -> str:
    lines = lines_of(content)
    return b"".join(lines[body_line(lines) :]).decode()


def texts(data: object, path: str = "") -> dict[str, str]:
    """Return every text of a file of words by the way to it."""
    if isinstance(data, str):
        return {path: data}
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return {place: text for key, value in items for place, text in texts(value, f"{path}.{key}").items()}


@pytest.mark.parametrize("words", every_language(), ids=lambda words: words.language)
def test_language_has_every_key_with_the_same_values_to_fill_in(words: Words) -> None:
    ours, english = (texts(to_builtins(each) | {"headings": {}}) for each in (words, EN))
    assert ours.keys() == english.keys()
    assert words.headings.keys() == EN.headings.keys()
    assert all(text.strip() for text in texts(to_builtins(words)).values())
    assert {key: _filled(text) for key, text in ours.items()} == {key: _filled(text) for key, text in english.items()}
    assert words.statuses.keys() == set(map(str, Status))
    assert words.verdicts.keys() == set(map(str, Verdict))
    assert tuple(words.postmortem.questions) == QUESTIONS
    assert tuple(words.kinds) == KINDS


def _filled(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("words", every_language(), ids=lambda words: words.language)
def test_every_method_has_a_word(words: Words) -> None:
    assert set(words.methods) == set(Method)


def test_every_language_has_its_words_and_nothing_else_is_there() -> None:
    languages = {words.language for words in every_language()}
    assert {path.stem for path in (ROOT / "share/words").iterdir()} == languages | {"aliases", "page"}
    assert {path.name for path in (ROOT / "share/templates").iterdir()} == languages | {"ci", "page"}


class Few(Struct, forbid_unknown_fields=True):
    """A language of two words, one of which is in no file."""

    language: str
    goodbye: str


def test_missing_key_is_one_error_that_names_file_and_key() -> None:
    with pytest.raises(HotfixError) as raised:
        read_words("words/en.toml", Few)
    (problem,) = raised.value.problems
    assert problem.code == "words-broken"
    assert problem.message.startswith("The words of git-hotfix in 'words/en.toml' are broken: ")
    with pytest.raises(HotfixError, match=r"The file 'words/xx\.toml' of git-hotfix is missing"):
        read_words("words/xx.toml", Few)


def test_heading_names_one_section_in_all_languages() -> None:
    said = [(h.casefold(), name) for words in every_language() for name, own in words.headings.items() for h in own]
    assert len({heading for heading, _ in said}) == len(said)


@pytest.mark.parametrize("part", Part)
def test_every_part_of_a_backlog_has_names(part: Part) -> None:
    assert is_named(str(part), part)


def test_new_korean_report_is_korean_below_its_front_matter() -> None:
    rendered = render_new(NASTY_NEW, KO)
    assert rendered.warnings == ()
    assert read_report(rendered.content, NAME) == read_report(render_new(NASTY_NEW, EN).content, NAME)
    body = body_of(rendered.content)
    assert [line for line in body.split("\n") if line.startswith("#")] == [
        '# 장애 보고서: Fix "auth": {{ 7*7 }} \\| &lt;script> -->',
        *(f"## {own[0]}" for name, own in KO.headings.items() if name != "postmortem"),
    ]
    assert block(render_new(NEW, KO).content, "criticality") == (
        "| 질문 | 답변 |\n| --- | --- |\n| 무엇이 문제인가? | Anyone can log in |\n"
        "| 운영 환경에 영향이 있는가? | 예 |\n| 다음 정기 배포까지 기다릴 수 있는가? | 아니요 |\n"
        "| 심각도 | critical |\n| 유형 | security |\n| 데이터 위험 | 미확인 |\n| 영향받은 사용자 수 | 미확인 |"
    )
    content = render_new(replace(NEW, started_at=at(1, 50), detected_at=at(2, 0)), KO).content
    assert block(content, "timeline") == (
        "| 시각 | 내용 | 출처 |\n| --- | --- | --- |\n"
        "| 2026-01-17 01:50:00 +09:00 | 장애 발생 | Kim <kim@example.org> |\n"
        "| 2026-01-17 02:00:00 +09:00 | 장애 인지 | Kim <kim@example.org> |\n"
        "| 2026-01-17 02:10:05 +09:00 | 핫픽스 시작: Auth bypass | git-hotfix |"
    )


def test_resolved_korean_report_says_what_the_english_one_says() -> None:
    skipped = Carried(BranchName("support/1.0"), "waived", waiver=Waiver("", "support/1.0", "End of life", "Lee", ""))
    known = replace(resolved(KO), targets=(*RESOLVED.targets, skipped), reason="재시작 | 복구")
    content = resolve_report(render_new(NEW, KO).content, NAME, known, KO)
    english = resolve_report(render_new(NEW, EN).content, NAME, replace(known, timeline=resolved(EN).timeline), EN)
    assert read_report(content, NAME) == read_report(english, NAME)
    assert block(content, "resolution") == (
        "- 상태: 해결\n- 사유: 재시작 \\| 복구\n"
        f"- 운영 반영: 2026-01-17 02:31:00 +09:00, `main` `{MERGE}`\n"
        "- 태그: `hotfix-20260117-0231`\n- 배포: succeeded 02:40 (make deploy-prod)\n- 수정 커밋:\n"
        f"  - `{COMMIT[:12]}` Close the \\| hole (2026-01-17 02:20:00 +09:00)\n- 백포트:\n"
        f"  - `develop`: 반영됨, 머지, `{MERGE[:12]}`\n  - `release/1.1`: 충돌\n"
        "  - `support/1.0`: 제외 (Lee: End of life)"
    )
    assert "  - `support/1.0`: waived (Skipped by Lee: End of life)" in block(english, "resolution")
    assert block(content, "verification") == "- 실행한 핵심 테스트:\n  - pytest tests/auth\n- 직접 확인: Lee"
    assert block(content, "timeline").split("\n")[3:] == [
        "| 2026-01-17 02:31:00 +09:00 | main 브랜치에 머지 | git |",
        "| 2026-01-17 02:40:00 +09:00 | 배포 성공 | git-hotfix |",
    ]


@pytest.mark.parametrize(("before", "after"), OTHERS, ids=["en-ko", "ko-en"])
def test_other_language_doubles_no_row_and_forgets_nothing(before: Words, after: Words) -> None:
    written = resolve_report(render_new(NEW, before).content, NAME, resolved(before), before)

    again = resolve_report(written, NAME, resolved(after), after)

    assert block(again, "timeline").split("\n")[1:] == block(written, "timeline").split("\n")[1:]
    assert read_report(again, NAME) == read_report(written, NAME)
    assert resolve_report(again, NAME, resolved(after), after) == again
    # a machine that knows neither the time of the publication nor the deployment: both stay as they were said
    less = block(resolve_report(written, NAME, NOTHING_KNOWN, after), "resolution").split("\n")
    merged = after.published_as.format(when="2026-01-17 02:31:00 +09:00", base="`main`", merge=f"`{MERGE}`")
    assert less[1] == f"- {after.label_published}: {merged}"
    assert less[3] == f"- {after.label_deployed}: succeeded 02:40 (make deploy-prod)"
    # outside the blocks every byte stays, and no section is made a second time
    assert re.findall(r"(?m)^## .*$", again.decode()) == re.findall(r"(?m)^## .*$", written.decode())


@pytest.mark.parametrize(("before", "after"), OTHERS, ids=["en-ko", "ko-en"])
def test_lost_block_is_made_below_the_heading_of_either_language(before: Words, after: Words) -> None:
    content = f"# x\n\n## 2. {before.headings['timeline'][-1]}\n\ntext\n".encode()
    row = row_in(after, at(2, 31), "git", lambda each: each.merged.format(base="main"))
    made = add_rows(content, (row,), after)
    assert made.startswith(content.removesuffix(b"\ntext\n") + b"\n<!-- git-hotfix:timeline -->\n")
    assert made.endswith(b"<!-- /git-hotfix:timeline -->\n\ntext\n")
    assert made.count(b"## ") == 1
    alone = add_rows(b"# x\n", (row,), after).decode()
    assert f"\n## {after.headings['timeline'][0]}\n" in alone
