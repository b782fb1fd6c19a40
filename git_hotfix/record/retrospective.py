"""The post-mortem in a report: five questions, each below a heading of its own, and the earlier incidents found.

What stands below a heading belongs to people. An answer is put there when nobody has changed the text since it was
read, else it is added below what they wrote. Only the list of earlier incidents is the tool's own block.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from git_hotfix.record.blocks import plain_lines, replace_block
from git_hotfix.record.frontmatter import line_end, lines_of
from git_hotfix.record.language import language_of
from git_hotfix.record.words import LANGUAGES
from git_hotfix.templates import render_bundled

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from git_hotfix.record.words import Language

BLOCK = "postmortem"
QUESTIONS = ("cause", "not_caught", "prevent", "in_backlog", "before")
"""Every question, in the order in which they are asked."""


class Words(NamedTuple):
    """The fixed words of a post-mortem in one language; the questions are the headings of its template."""

    cause: str
    not_caught: str
    prevent: str
    in_backlog: str
    before: str
    references: str
    yes: str
    no: str
    same_files: str
    same_component: str
    none_found: str
    written_as: str
    adr_title: str
    no_decision: str


WORDS: dict[Language, Words] = {
    "en": Words(
        cause="What caused it?",
        not_caught="Why was it not caught earlier?",
        prevent="How do we prevent it from happening again?",
        in_backlog="Was it in the backlog?",
        before="Has it happened before?",
        references="References",
        yes="Yes.",
        no="No.",
        same_files="the same files",
        same_component="the same component",
        none_found="No earlier report is about the same files or component.",
        written_as="It is written as a decision record:",
        adr_title="Prevent a repeat: {title}",
        no_decision="Not decided yet.",
    ),
    "ko": Words(
        cause="원인은 무엇이었나?",
        not_caught="왜 더 일찍 발견하지 못했나?",
        prevent="재발 방지 대책은 무엇인가?",
        in_backlog="백로그에 이미 있던 문제인가?",
        before="이전에도 같은 장애가 있었나?",
        references="참고 자료",
        yes="예.",
        no="아니요.",
        same_files="같은 파일",
        same_component="같은 컴포넌트",
        none_found="같은 파일이나 컴포넌트를 다룬 이전 장애 보고서가 없습니다.",
        written_as="의사결정 기록(ADR)으로 작성함:",
        adr_title="재발 방지: {title}",
        no_decision="아직 결정되지 않음.",
    ),
}

_SECTION_NAMES = {each.casefold() for words in LANGUAGES.values() for each in words.headings["postmortem"]}
_HEADING = re.compile(rb" {0,3}(#{1,6})[ \t]+(?:\d+[.)][ \t]*)?([^\n]*?)[ \t]*(?:[ \t]#+)?[ \t]*\r?\n?")
_OWN_BLOCK = re.compile(rb" {0,3}<!--[ \t]*/?git-hotfix:[a-z-]+[ \t]*-->[ \t]*\r?\n?")
_BLANK_LINES = re.compile(r"\n[ \t]*\n")


class Answer(NamedTuple):
    """What one question's text was when a person answered, and what it is to be; both are Markdown."""

    question: str
    before: str
    after: str


class _Heading(NamedTuple):
    line: int
    level: int
    title: str


def has_section(content: bytes) -> bool:
    """Return whether a report has a section for the post-mortem."""
    return _section(lines_of(content)) is not None


def read_answers(content: bytes) -> dict[str, str]:
    """Return the text below each question's heading, empty where there is none; the tool's own block is left out."""
    lines = lines_of(content)
    section = _section(lines)
    places = _bodies(lines, section) if section else {}
    return {name: _text(lines, places.get(name)) for name in QUESTIONS}


def with_section(content: bytes) -> bytes:
    """Return a report with the section, all questions unanswered, above its references (else at the end)."""
    if has_section(content):
        return content
    rendered = render_bundled(f"{language_of(content)}/postmortem.md.j2", {})
    return _put_above_references(content, rendered)


def with_answers(content: bytes, answers: Iterable[Answer]) -> bytes:
    """Return a report with these answers; twice is the same as once.

    Where the text below a heading is no longer what it was, what it lacks is added below it. A question without a
    heading gets one at the end of the section.
    """
    content = with_section(content)
    for answer in answers:
        content = _with_answer(content, answer)
    return content


def with_earlier(content: bytes, markdown: str) -> bytes:
    """Write the tool's own block: the earlier incidents, or where else the post-mortem is."""
    if not has_section(content):
        heading = LANGUAGES[language_of(content)].headings["postmortem"][0]
        own = f"## {heading}\n\n<!-- git-hotfix:{BLOCK} -->\n<!-- /git-hotfix:{BLOCK} -->\n"
        content = _put_above_references(content, own)
    return replace_block(content, BLOCK, markdown)


def questionnaire(answers: Mapping[str, str], language: Language) -> str:
    """Return the text that a person edits: each question as a heading with what is answered so far."""
    words = WORDS[language]._asdict()
    parts = [f"### {words[name]}\n\n{answers.get(name, '')}".rstrip("\n") + "\n" for name in QUESTIONS]
    return "\n".join(parts)


def read_questionnaire(text: str) -> dict[str, str]:
    """Return the answers of an edited questionnaire; a question whose heading was deleted is not in it."""
    lines = lines_of(text.encode("utf-8", "surrogateescape"))
    places = _bodies(lines, (-1, len(lines), 1))
    return {name: _text(lines, place) for name, place in places.items()}


def _with_answer(content: bytes, answer: Answer) -> bytes:
    lines = lines_of(content)
    section = _section(lines)
    assert section is not None  # noqa: S101  # made by the caller
    end = line_end(lines[section[0]])
    place = _bodies(lines, section).get(answer.question)
    if place is None:
        title = WORDS[language_of(content)]._asdict()[answer.question]
        if not lines[section[1] - 1].endswith(b"\n"):
            lines[section[1] - 1] += end
        lines[section[1] : section[1]] = [end, f"{'#' * (section[2] + 1)} {title}".encode() + end]
        place = (section[1] + 2, section[1] + 2)
    now = _text(lines, place)
    wanted = answer.after if now == answer.before else _both(now, answer)
    if wanted == now:
        return content
    body = [line.encode("utf-8", "surrogateescape") + end for line in wanted.split("\n")] if wanted else []
    space = [end] if body else []
    if not lines[place[0] - 1].endswith(b"\n"):
        lines[place[0] - 1] += end
    lines[place[0] : place[1]] = [end, *body, *space]
    return b"".join(lines)


def _both(now: str, answer: Answer) -> str:
    """Return what stands there with the paragraphs of an answer that it lacks: neither side's words are lost."""
    there = set(_BLANK_LINES.split(f"{now}\n\n{answer.before}"))
    added = [each for each in _BLANK_LINES.split(answer.after) if each.strip() and each not in there]
    return "\n\n".join([now, *added] if now else added)


def _put_above_references(content: bytes, text: str) -> bytes:
    lines = lines_of(content)
    end = line_end(lines[0]) if lines else b"\n"
    names = {words.references.casefold() for words in WORDS.values()}
    at = next((each.line for each in _headings(lines) if each.level == 2 and each.title in names), len(lines))
    if lines and not lines[-1].endswith(b"\n"):
        lines[-1] += end
    own = [line.encode() + end for line in text.rstrip("\n").split("\n")]
    above = [end] if at > 0 and lines[at - 1].strip() else []
    below = [end] if at < len(lines) else []
    return b"".join([*lines[:at], *above, *own, *below, *lines[at:]])


def _section(lines: list[bytes]) -> tuple[int, int, int] | None:
    """Return the heading's index, the index behind the section, and the heading's level."""
    headings = _headings(lines)
    for at, heading in enumerate(headings):
        if heading.title in _SECTION_NAMES:
            below = (each.line for each in headings[at + 1 :] if each.level <= heading.level)
            return heading.line, next(below, len(lines)), heading.level
    return None


def _bodies(lines: list[bytes], section: tuple[int, int, int]) -> dict[str, tuple[int, int]]:
    """Return for each question the indexes between which its text stands."""
    named = {
        title.casefold(): name
        for words in WORDS.values()
        for name, title in words._asdict().items()
        if name in QUESTIONS
    }
    start, stop, level = section
    inside = [each for each in _headings(lines) if start < each.line < stop and each.level > level]
    places: dict[str, tuple[int, int]] = {}
    for heading in inside:
        name = named.get(heading.title)
        if name is None or name in places:
            continue
        ends = [each.line for each in inside if each.line > heading.line and (each.level <= heading.level)]
        last = min(ends, default=stop)
        blocks = (at for at in range(heading.line + 1, last) if _OWN_BLOCK.fullmatch(lines[at]))
        places[name] = (heading.line + 1, next(blocks, last))
    return places


def _headings(lines: list[bytes]) -> list[_Heading]:
    matches = ((at, _HEADING.fullmatch(lines[at])) for at in plain_lines(lines))
    return [
        _Heading(at, len(match[1]), match[2].decode("utf-8", "replace").casefold()) for at, match in matches if match
    ]


def _text(lines: list[bytes], place: tuple[int, int] | None) -> str:
    if place is None:
        return ""
    text = b"".join(lines[place[0] : place[1]]).decode("utf-8", "surrogateescape")
    return text.replace("\r\n", "\n").strip("\n \t")
