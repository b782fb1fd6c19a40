"""The post-mortem in a report: six questions, each below a heading of its own, and the earlier incidents found.

What stands below a heading belongs to people. An answer is put there when nobody has changed the text since it was
read, else it is added below what they wrote. Only the list of earlier incidents is the tool's own block.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from git_hotfix.record.blocks import headings_of, insert_section, replace_block, with_last_end
from git_hotfix.record.markdown_reader import Document, Heading, document_of
from git_hotfix.record.words import every_language, language_of, words_in
from git_hotfix.templates import render_bundled

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from git_hotfix.record.words import Language

BLOCK = "postmortem"
QUESTIONS = ("cause", "not_caught", "prevent", "lessons", "in_backlog", "before")
"""Every question, in the order in which they are asked."""
ABOVE = "above"
"""Stands for what is written above the first question, which nobody asks for."""

_DEEPER = 4
"""The level below that of the questions in the questionnaire."""
_BLANK_LINES = r"\n[ \t]*\n"


class Answer(NamedTuple):
    """What one question's text was (or that above them) when a person answered, and what it is to be, in Markdown."""

    question: str
    before: str
    after: str


def has_section(content: bytes) -> bool:
    """Return whether a report has a section for the post-mortem."""
    return next(headings_of(document_of(content), BLOCK), None) is not None


def read_answers(content: bytes) -> dict[str, str]:
    """Return the text below each question's heading and above the first; the tool's own block is left out."""
    document = document_of(content)
    section = next(headings_of(document, BLOCK), None)
    places = _places(document, section) if section else {}
    return {name: _text(document, places[name]) if name in places else "" for name in (ABOVE, *QUESTIONS)}


def with_section(content: bytes) -> bytes:
    """Return a report with the section, all questions unanswered, above its references (else at the end)."""
    if has_section(content):
        return content
    return _put_above_references(content, render_bundled(f"{language_of(content)}/postmortem.md.j2", {}))


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
    words = words_in(language_of(content))
    if not has_section(content):
        own = f"## {words.headings[BLOCK][0]}\n\n<!-- git-hotfix:{BLOCK} -->\n<!-- /git-hotfix:{BLOCK} -->\n"
        content = _put_above_references(content, own)
    return replace_block(content, BLOCK, markdown, words)


def questionnaire(answers: Mapping[str, str], language: Language) -> str:
    """Return the text that a person edits: each question as a heading with what is answered so far."""
    questions = words_in(language).postmortem.questions
    above = [answers[ABOVE] + "\n"] if answers.get(ABOVE) else []
    asked = (f"### {questions[name]}\n\n{answers.get(name, '')}".rstrip("\n") + "\n" for name in QUESTIONS)
    return "\n".join([*above, *asked])


def read_questionnaire(text: str) -> dict[str, str]:
    """Return the answers of an edited questionnaire; a question whose heading was deleted is not in it.

    A heading that is no question belongs to the text that it stands in, one level below the questions.
    """
    document = document_of(text.encode("utf-8", "surrogateescape"))
    named = _questions_by_title()
    for heading in document.headings():
        if heading.level < _DEEPER and heading.title.casefold() not in named:
            line = "#" * _DEEPER + document.lines[heading.line].lstrip(" ").lstrip("#")
            document = Document(document.replaced(range(heading.line, heading.line + 1), [line]))
    places = _places(document, Heading(-1, 0, "", len(document.lines)))
    return {name: _text(document, place) for name, place in places.items()}


def _with_answer(content: bytes, answer: Answer) -> bytes:
    document = document_of(content)
    section = next(headings_of(document, BLOCK))  # made by the caller
    place = _places(document, section).get(answer.question)
    if place is None:
        end = section.end
        document = with_last_end(document) if end == len(document.lines) else document
        title = words_in(language_of(content)).postmortem.questions[answer.question]
        heading = f"{'#' * (section.level + 1)} {title}"
        document = Document(document.inserted(end, ["", heading]))
        place = range(end + 2, end + 2)
    now = _text(document, place)
    wanted = answer.after if now == answer.before else _both(now, answer)
    if wanted == now:
        return content
    if place.stop == len(document.lines):
        document = with_last_end(document)
    return document.replaced(place, ["", *wanted.split("\n"), ""] if wanted else [""])


def _both(now: str, answer: Answer) -> str:
    """Return what stands there with the paragraphs of an answer that it lacks: neither side's words are lost."""
    there = set(re.split(_BLANK_LINES, f"{now}\n\n{answer.before}"))
    added = [each for each in re.split(_BLANK_LINES, answer.after) if each.strip() and each not in there]
    return "\n\n".join([now, *added] if now else added)


def _put_above_references(content: bytes, text: str) -> bytes:
    document = document_of(content)
    found = (each.line for each in headings_of(document, "references") if each.level == 2)
    return insert_section(document, next(found, len(document.lines)), text.rstrip("\n").split("\n"))


def _places(document: Document, section: Heading) -> dict[str, range]:
    """Return for each question the lines of its text, and those above the questions."""
    named, lines = _questions_by_title(), range(section.line + 1, section.end)
    inside = [each for each in document.headings() if each.line in lines and each.level > section.level]
    levels = [each.level for each in inside if each.title.casefold() in named]
    above = section._replace(level=max(levels, default=section.level + 1))  # whose text no question ends up in
    places: dict[str, range] = {}
    for name, heading in ((ABOVE, above), *((named.get(each.title.casefold()), each) for each in inside)):
        if name is None or name in places:
            continue
        ends = (each.line for each in inside if each.line > heading.line and each.level <= heading.level)
        stop = min(ends, default=section.end)
        own = (at for at in range(heading.line + 1, stop) if document.is_sentinel(at))
        places[name] = range(heading.line + 1, next(own, stop))
    return places


def _questions_by_title() -> dict[str, str]:
    return {title.casefold(): name for words in every_language() for name, title in words.postmortem.questions.items()}


def _text(document: Document, place: range) -> str:
    return document.text(place).strip("\n \t")
