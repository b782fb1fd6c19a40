"""The post-mortem: what is asked, which earlier incidents it is compared with, and where it is written."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, NamedTuple

from git_hotfix import clock
from git_hotfix.errors import ExitCode, HotfixError, Problem, refused
from git_hotfix.git import history, trees
from git_hotfix.git.objects import has_object
from git_hotfix.git.world import target_tip
from git_hotfix.hotfix import shell_word
from git_hotfix.memory import Edit
from git_hotfix.record.adr import find_style, next_place, write_record
from git_hotfix.record.frontmatter import read_front_matter
from git_hotfix.record.language import language_of
from git_hotfix.record.markdown import inline, way_to
from git_hotfix.record.report import read_report
from git_hotfix.record.report_edits import edit_report, is_beside
from git_hotfix.record.retrospective import QUESTIONS, WORDS, questionnaire, read_answers, read_questionnaire
from git_hotfix.workflow.decision import Decision, Plan, Question, Refused
from git_hotfix.workflow.followups import current_report, refuse_held
from git_hotfix.workflow.plan import ChangeReport, Step

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from git_hotfix.facts.facts import Facts
    from git_hotfix.git.repository import Repository
    from git_hotfix.hotfix import Oid
    from git_hotfix.record.values import Report
    from git_hotfix.record.words import Language

_TITLE = re.compile(r"^# +(?:(?:ADR[- ]?)?\d+[.:]? )?(.+?) *$", re.MULTILINE | re.IGNORECASE)

MOST_EARLIER = 10
"""How many earlier incidents are linked: the newest."""


class Earlier(NamedTuple):
    """An earlier incident: its report, and the files or else the folders that its fix changed as well."""

    report: Report
    path: str
    files: tuple[str, ...]
    folders: tuple[str, ...]


class Draft(NamedTuple):
    """A post-mortem before it is written: the report as it is, its answers, and what is put there.

    ``answers`` are those that stand in the report, ``wanted`` what they are to be; ``text`` is the decision record,
    None for a post-mortem in the report itself.
    ``was_told`` tells whether an option answered, were it only what stands there.
    """

    language: Language
    answers: Mapping[str, str]
    wanted: Mapping[str, str]
    earlier: tuple[Earlier, ...]
    title: str
    text: str | None = None
    number: int | None = None
    was_edited: bool = False
    was_told: bool = False

    @property
    def is_answered(self) -> bool:
        """Whether a person has said anything, or a text is there that was not."""
        return self.was_told or dict(self.wanted) != dict(self.answers)


def draft_postmortem(facts: Facts, told: Mapping[str, str | None], *, as_adr: bool) -> Draft:
    """Put together what the report says and what the options say; a post-mortem written elsewhere is refused."""
    refuse_held(facts)
    if as_adr and facts.is_restricted:
        message = f"'{facts.hotfix}' is restricted: a decision record of it would be public."
        raise refused("restricted", message, f"git hotfix document --disclose {facts.hotfix}")
    content = current_report(facts)
    _refuse_second(facts, content)
    language = language_of(content)
    answers = read_answers(content)
    wanted = {name: _with_told(answers[name], told.get(name), name, language) for name in QUESTIONS}
    title = WORDS[language].adr_title.format(title=facts.title)
    earlier = earlier_incidents(facts)
    draft = Draft(language, answers, wanted, earlier, title, was_told=any(told.values()))
    return _as_record(facts, draft) if as_adr else draft


def questions_of(draft: Draft) -> tuple[Question, ...]:
    """Return the questions that nothing is said about yet; none has to be answered."""
    words = WORDS[draft.language]._asdict()
    return tuple(
        Question(name, _option(name), f"{words[name]} (empty: skip)", required=False, default="")
        for name in QUESTIONS
        if not draft.wanted[name]
    )


def with_told(facts: Facts, draft: Draft, told: Mapping[str, str]) -> Draft:
    """Return a draft with what was answered on the terminal."""
    wanted = {name: _with_told(draft.wanted[name], told.get(name), name, draft.language) for name in QUESTIONS}
    draft = draft._replace(wanted=wanted)
    return draft if draft.text is None else _as_record(facts, draft)


def text_to_edit(facts: Facts, draft: Draft) -> str:
    """Return the text that opens in the editor: the decision record, or the questions below what is known."""
    if draft.text is not None:
        return draft.text
    known = "\n".join(_links(facts, draft.earlier, draft.language, beside=facts.report_path))
    known = known or WORDS[draft.language].none_found
    guide = f"{facts.hotfix}: {inline(facts.title)}\n\n{known}".replace("-->", "--&gt;")
    return f"<!--\n{guide}\n-->\n\n{questionnaire(draft.wanted, draft.language)}"


def with_edited(draft: Draft, text: str) -> Draft:
    """Return a draft with what was saved in the editor."""
    if draft.text is not None:
        was_edited = bool(text.strip()) and text != draft.text
        match = _TITLE.search(text)
        title = match[1] if match else draft.title
        return draft._replace(text=text.strip("\n") + "\n", title=title, was_edited=was_edited)
    return draft._replace(wanted={**draft.wanted, **read_questionnaire(text)})


def plan_postmortem(facts: Facts, draft: Draft, tried: frozenset[type[Step]]) -> Decision:
    """Write a draft into the report, or beside it as a decision record; nothing said at all is refused."""
    if ChangeReport in tried:
        return Plan(facts.hotfix, ())
    is_said = draft.is_answered if draft.text is None else draft.was_edited or any(draft.wanted.values())
    if not is_said or draft.text == "\n":
        return Refused((unanswered(facts),), questions=questions_of(draft))
    again = f"git hotfix postmortem {facts.hotfix}"
    if draft.text is not None:
        values = {
            "title": draft.title,
            "day": clock.now().date().isoformat(),
            "number": str(draft.number or ""),
            "text": draft.text,
        }
        said = f"post-mortem as a decision record, '{draft.title}'"
        return Plan(facts.hotfix, (ChangeReport((Edit("adr", values),), said, f"{again} --adr"),))
    edits = tuple(
        Edit("answer", {"question": name, "before": draft.answers[name], "after": draft.wanted[name]})
        for name in QUESTIONS
        if draft.wanted[name] != draft.answers[name]
    )
    links = _links(facts, draft.earlier, draft.language, beside=facts.report_path)
    earlier = Edit("earlier", {"markdown": "\n".join(links) or WORDS[draft.language].none_found})
    content = current_report(facts)
    if edit_report(content, (*edits, earlier), facts.report_path) == content:
        return Plan(facts.hotfix, (), ("It stands there already.",))
    return Plan(facts.hotfix, (ChangeReport((*edits, earlier), "post-mortem", again),))


def unanswered(facts: Facts) -> Problem:
    """Say that nobody has said anything, with the options that do."""
    remedy = f"git hotfix postmortem {facts.hotfix} --cause TEXT --not-caught TEXT --prevent TEXT"
    return Problem("nothing-said", "No question of the post-mortem is answered.", remedy, ExitCode.USAGE)


def earlier_incidents(facts: Facts) -> tuple[Earlier, ...]:
    """Return the earlier incidents whose fixes changed the same files, then those in the same folders, newest first.

    The reports are those beside this one, on the branch that keeps the record and on the hotfix branch. One that
    cannot be read, and one whose commits are not here, tells nothing.
    """
    ours = _changed(facts)
    folders = {posixpath.dirname(path) for path in ours} - {""}
    own = facts.documented or facts.report
    found: dict[str, Earlier] = {}
    for path, report in _other_reports(facts):
        if path in found or (own is not None and report.declared_at > own.declared_at):
            continue
        theirs = {name for oid in report.fix_commits for name in _changed_by(facts.repository, oid)}
        files = tuple(sorted(theirs & ours))
        same = tuple(sorted({posixpath.dirname(name) for name in theirs} & folders))
        if files or same:
            found[path] = Earlier(report, path, files, same)
    newest = sorted(found.values(), key=lambda each: (bool(each.files), each.report.declared_at), reverse=True)
    return tuple(newest[:MOST_EARLIER])


def _as_record(facts: Facts, draft: Draft) -> Draft:
    tip = target_tip(facts.world, facts.record_branch) or facts.tip
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
        raise refused("postmortem-elsewhere", message, f"git hotfix finish {facts.hotfix}")
    written = read_front_matter(content, facts.report_path).values.get("postmortem")
    if isinstance(written, str) and is_beside(written):
        message = f"The post-mortem of '{facts.hotfix}' is written already: '{written}'."
        raise refused("postmortem-elsewhere", message, f"git log -p -- {shell_word(written)}")


def _with_told(text: str, told: str | None, name: str, language: Language) -> str:
    """Return the text of an answer with what an option says, below what stands there."""
    said = inline(told) if told else ""
    if name == "in_backlog" and said.casefold() in {"yes", "no"}:
        said = WORDS[language].yes if said.casefold() == "yes" else WORDS[language].no
    if not said or said in text.split("\n\n"):
        return text
    return f"{text}\n\n{said}" if text else said


def _links(facts: Facts, earlier: tuple[Earlier, ...], language: Language, *, beside: str) -> list[str]:
    words = WORDS[language]
    folder = posixpath.dirname(beside) or "."
    lines = []
    for each in earlier:
        title = inline(each.report.title).replace("[", "\\[").replace("]", "\\]")
        what = words.same_files if each.files else words.same_component
        shared = ", ".join(f"`{path}`" for path in (each.files or each.folders)[:5])
        way = way_to(each.path, folder).replace(" ", "%20")
        lines.append(f"- [{title}]({way}) ({each.report.declared_at:%Y-%m-%d}): {what}, {shared}")
    return lines


def _other_reports(facts: Facts) -> Iterator[tuple[str, Report]]:
    folder = facts.config.incident.directory
    on_record = target_tip(facts.world, facts.record_branch)
    for tip in (on_record, facts.tip):
        if tip is None or not facts.has(tip):
            continue
        for name in trees.names_in(facts.repository, tip, folder):
            path = f"{folder}/{name}"
            try:
                report = read_report(trees.read_file(facts.repository, tip, path) or b"", path)
            except HotfixError:
                continue  # no report, a folder, or one that cannot be read
            if report.id != facts.hotfix:
                yield path, report


def _changed(facts: Facts) -> set[str]:
    """Return the files that this hotfix changes, published or not; records do not count."""
    record = facts.record_paths
    paths = set(facts.fix.paths) if facts.fix is not None else set()
    for each in facts.publications:
        before, after = (trees.tree_of(facts.repository, commit) for commit in (each.fork, each.tip))
        paths |= {path for path in trees.changed_paths(facts.repository, before, after) if not record.holds(path)}
    return paths


def _changed_by(repository: Repository, commit: Oid) -> tuple[str, ...]:
    if not has_object(repository, commit):
        return ()
    parent = history.first_parent(repository, commit)
    if parent is None or not has_object(repository, parent):
        return ()
    return trees.changed_paths(repository, trees.tree_of(repository, parent), trees.tree_of(repository, commit))


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')} TEXT"
