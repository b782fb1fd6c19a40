"""The post-mortem: what is asked, which earlier incidents it is compared with, and where it is written."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, NamedTuple

from git_hotfix import clock
from git_hotfix.engine.step import Note, Question, Refusal
from git_hotfix.errors import ExitCode, Problem, command, refused
from git_hotfix.git import trees
from git_hotfix.memory import Edit
from git_hotfix.record.adr import find_style, next_place, write_record
from git_hotfix.record.frontmatter import read_front_matter
from git_hotfix.record.markdown import inline, way_to
from git_hotfix.record.report_edits import edit_report, is_beside
from git_hotfix.record.retrospective import QUESTIONS, questionnaire, read_answers, read_questionnaire
from git_hotfix.record.words import language_of, words_in
from git_hotfix.steps.edit_report import EditReport
from git_hotfix.steps.request import Request

if TYPE_CHECKING:
    from collections.abc import Mapping

    from git_hotfix.engine.step import Due
    from git_hotfix.facts.earlier_incidents import Earlier
    from git_hotfix.facts.facts import Facts
    from git_hotfix.record.words import Language

_TITLE = re.compile(r"^# +(?:(?:ADR[- ]?)?\d+[.:]? )?(.+?) *$", re.MULTILINE | re.IGNORECASE)


class Draft(NamedTuple):
    """A post-mortem before it is written: the report as it is, its answers, and what is put there.

    ``answers`` are those that stand in the report, ``wanted`` what they are to be; ``text`` is the decision record,
    None for a post-mortem in the report itself. ``guide`` is what the editor shows above the questions.
    ``was_given`` is set where an option answered, were it only with what stands there.
    """

    language: Language
    answers: Mapping[str, str]
    wanted: Mapping[str, str]
    earlier: tuple[Earlier, ...]
    title: str
    guide: str = ""
    text: str | None = None
    number: int | None = None
    was_edited: bool = False
    was_given: bool = False

    @property
    def is_answered(self) -> bool:
        """Whether a person answered anything, or a text is there that was not."""
        return self.was_given or dict(self.wanted) != dict(self.answers)


def draft_postmortem(facts: Facts, given: Mapping[str, str | None], *, as_adr: bool) -> Draft:
    """Put together the answers of the report and of the options; a post-mortem written elsewhere is refused."""
    if as_adr and facts.is_restricted:
        message = f"'{facts.hotfix}' is restricted: a decision record of it would be public."
        raise refused("restricted", message, command("git", "hotfix", "document", "--disclose", facts.hotfix))
    content = facts.report_now
    _refuse_second(facts, content)
    language = language_of(content)
    answers = read_answers(content)
    wanted = {name: _with_answer(answers[name], given.get(name), name, language) for name in answers}
    title = words_in(language).postmortem.adr_title.format(title=facts.title)
    guide, was_given = _guide(facts, language), any(given.values())
    draft = Draft(language, answers, wanted, facts.earlier_incidents, title, guide, was_given=was_given)
    return _as_record(facts, draft) if as_adr else draft


def questions_of(draft: Draft) -> tuple[Question, ...]:
    """Return the questions that have no answer yet; none has to be answered."""
    words = words_in(draft.language).postmortem.questions
    return tuple(
        Question(name, f"--{name.replace('_', '-')} TEXT", f"{words[name]} (empty: skip)", required=False, default="")
        for name in QUESTIONS
        if not draft.wanted[name]
    )


def with_answers(facts: Facts, draft: Draft, given: Mapping[str, str]) -> Draft:
    """Return a draft with what was answered on the terminal."""
    wanted = {name: _with_answer(text, given.get(name), name, draft.language) for name, text in draft.wanted.items()}
    draft = draft._replace(wanted=wanted)
    return draft if draft.text is None else _as_record(facts, draft)


def text_to_edit(draft: Draft) -> str:
    """Return the text that opens in the editor: the decision record, or the questions below what is known."""
    return f"{draft.guide}\n{questionnaire(draft.wanted, draft.language)}" if draft.text is None else draft.text


def _guide(facts: Facts, language: Language) -> str:
    """Return a comment with what is known."""
    known = "\n".join(_links(facts, facts.earlier_incidents, language, beside=facts.report_path))
    known = known or words_in(language).postmortem.none_found
    guide = f"{facts.hotfix}: {inline(facts.title)}\n\n{known}".replace("-->", "--&gt;")
    return f"<!--\n{guide}\n-->\n"


def with_edited(draft: Draft, text: str) -> Draft:
    """Return a draft with what was saved in the editor."""
    if draft.text is not None:
        was_edited = bool(text.strip()) and text != draft.text
        match = _TITLE.search(text)
        title = match[1] if match else draft.title
        return draft._replace(text=text.strip("\n") + "\n", title=title, was_edited=was_edited)
    above, mark, asked = text.partition("### ")
    offered = {*filter(None, draft.guide.split("\n"))}
    typed = "\n".join(line for line in above.split("\n") if line not in offered)  # within the comment, too
    return draft._replace(wanted={**draft.wanted, **read_questionnaire(typed + mark + asked)})


class PostmortemRequest(Request, frozen=True, kw_only=True):
    """The options of ``postmortem``, and what was edited or answered."""

    draft: Draft


class WritePostmortem(EditReport, frozen=True):
    """Write a post-mortem into the report, or beside it as a decision record."""

    @staticmethod
    def due(facts: Facts, request: PostmortemRequest) -> Due:
        """With ``postmortem``; nothing answered at all is refused."""
        draft = request.draft
        is_answered = draft.is_answered if draft.text is None else draft.was_edited or any(draft.wanted.values())
        if not is_answered or draft.text == "\n":
            return Refusal((_unanswered(facts),), questions_of(draft))
        words = ("git", "hotfix", "postmortem", facts.hotfix)
        if draft.text is not None:
            what = f"post-mortem as a decision record, '{draft.title}'"
            return WritePostmortem((Edit("adr", _record_values(draft)),), what, command(*words, "--adr"))
        edits = _answer_edits(facts, draft)
        content = facts.report_now
        if edit_report(content, edits, facts.report_path) == content:
            return Note("It stands there already.")
        return WritePostmortem(edits, "post-mortem", command(*words))


def _record_values(draft: Draft) -> dict[str, str]:
    return {
        "title": draft.title,
        "day": clock.now().date().isoformat(),
        "number": str(draft.number or ""),
        "text": draft.text or "",
    }


def _answer_edits(facts: Facts, draft: Draft) -> tuple[Edit, ...]:
    """Return the edits that write the answers that changed, and the links to earlier incidents."""
    edits = [
        Edit("answer", {"question": name, "before": draft.answers[name], "after": draft.wanted[name]})
        for name in draft.wanted
        if draft.wanted[name] != draft.answers[name]
    ]
    links = _links(facts, draft.earlier, draft.language, beside=facts.report_path)
    earlier = Edit("earlier", {"markdown": "\n".join(links) or words_in(draft.language).postmortem.none_found})
    return (*edits, earlier)


def _unanswered(facts: Facts) -> Problem:
    answers = (word for option in ("--cause", "--not-caught", "--prevent") for word in (option, "TEXT"))
    remedy = command("git", "hotfix", "postmortem", facts.hotfix, *answers)
    return Problem("nothing-said", "No question of the post-mortem is answered.", remedy, ExitCode.USAGE)


def _as_record(facts: Facts, draft: Draft) -> Draft:
    tip = facts.record_tip or facts.tip
    assert tip is not None  # noqa: S101  # current_report has read it

    def names(folder: str) -> tuple[str, ...]:
        return trees.names_in(facts.repository, tip, folder)

    style = find_style(lambda path: trees.read_file(facts.repository, tip, path), names)
    day = clock.now().date()
    place = next_place(style, draft.title, names, day=day)
    links = _links(facts, draft.earlier, draft.language, beside=place.path)
    answers = dict(draft.wanted)
    answers["before"] = "\n\n".join(part for part in (answers["before"], "\n".join(links)) if part)
    text = write_record(
        style,
        place,
        draft.title,
        answers,
        draft.language,
        day=day.isoformat(),
        incident=str(facts.hotfix),
        report=way_to(facts.report_path, style.folder),
    )
    return draft._replace(text=text, number=place.number)


def _refuse_second(facts: Facts, content: bytes) -> None:
    """Refuse where a decision record is written, or waits to be: it is edited like any other file."""
    if any(edit.kind == "adr" for edit in facts.memory.edits):
        message = f"The post-mortem of '{facts.hotfix}' waits as a decision record for the next documents."
        raise refused("postmortem-elsewhere", message, command("git", "hotfix", "finish", facts.hotfix))
    written = read_front_matter(content, facts.report_path).get("postmortem")
    if isinstance(written, str) and is_beside(written):
        message = f"The post-mortem of '{facts.hotfix}' is written already: '{written}'."
        raise refused("postmortem-elsewhere", message, command("git", "log", "-p", "--", written))


def _with_answer(text: str, given: str | None, name: str, language: Language) -> str:
    """Return the text of an answer with that of an option, below what stands there."""
    words, answer = words_in(language).postmortem, inline(given) if given else ""
    if name == "in_backlog" and answer.casefold() in {"yes", "no"}:
        answer = words.yes if answer.casefold() == "yes" else words.no
    if not answer or answer in text.split("\n\n"):
        return text
    return f"{text}\n\n{answer}" if text else answer


def _links(facts: Facts, earlier: tuple[Earlier, ...], language: Language, *, beside: str) -> list[str]:
    words = words_in(language).postmortem
    folder = posixpath.dirname(beside) or "."
    lines = []
    for each in earlier:
        title = inline(each.report.title).replace("[", "\\[").replace("]", "\\]")
        what = words.same_files if each.files else words.same_component
        shared = ", ".join(f"`{path}`" for path in (each.files or each.folders)[:5])
        way = way_to(each.path, folder).replace(" ", "%20")
        lines.append(f"- [{title}]({way}) ({each.report.declared_at:%Y-%m-%d}): {what}, {shared}")
    return lines
