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
from git_hotfix.record.markdown import inline, way_to
from git_hotfix.record.report import read_report
from git_hotfix.record.report_edits import edit_report, is_beside
from git_hotfix.record.retrospective import QUESTIONS, questionnaire, read_answers, read_questionnaire
from git_hotfix.record.words import language_of, words_in
from git_hotfix.workflow.decision import Decision, Plan, Question, Refused
from git_hotfix.workflow.followups import current_report, refuse_held
from git_hotfix.workflow.plan import ChangeReport, Step
from git_hotfix.workflow.situation import record_paths

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from git_hotfix.git.repository import Repository
    from git_hotfix.hotfix import Oid
    from git_hotfix.record.incident import Report
    from git_hotfix.record.words import Language
    from git_hotfix.workflow.situation import Situation

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


def draft_postmortem(
    repository: Repository, situation: Situation, told: Mapping[str, str | None], *, as_adr: bool
) -> Draft:
    """Put together what the report says and what the options say; a post-mortem written elsewhere is refused."""
    refuse_held(situation)
    if as_adr and situation.is_restricted:
        message = f"'{situation.hotfix}' is restricted: a decision record of it would be public."
        raise refused("restricted", message, f"git hotfix document --disclose {situation.hotfix}")
    content = current_report(repository, situation)
    _refuse_second(repository, situation, content)
    language = language_of(content)
    answers = read_answers(content)
    wanted = {name: _with_told(answers[name], told.get(name), name, language) for name in QUESTIONS}
    title = words_in(language).postmortem.adr_title.format(title=situation.title)
    earlier = earlier_incidents(repository, situation)
    draft = Draft(language, answers, wanted, earlier, title, was_told=any(told.values()))
    return _as_record(repository, situation, draft) if as_adr else draft


def questions_of(draft: Draft) -> tuple[Question, ...]:
    """Return the questions that nothing is said about yet; none has to be answered."""
    words = words_in(draft.language).postmortem.questions
    return tuple(
        Question(name, _option(name), f"{words[name]} (empty: skip)", required=False, default="")
        for name in QUESTIONS
        if not draft.wanted[name]
    )


def with_told(repository: Repository, situation: Situation, draft: Draft, told: Mapping[str, str]) -> Draft:
    """Return a draft with what was answered on the terminal."""
    wanted = {name: _with_told(draft.wanted[name], told.get(name), name, draft.language) for name in QUESTIONS}
    draft = draft._replace(wanted=wanted)
    return draft if draft.text is None else _as_record(repository, situation, draft)


def text_to_edit(situation: Situation, draft: Draft) -> str:
    """Return the text that opens in the editor: the decision record, or the questions below what is known."""
    if draft.text is not None:
        return draft.text
    known = "\n".join(_links(situation, draft.earlier, draft.language, beside=situation.report_path))
    known = known or words_in(draft.language).postmortem.none_found
    guide = f"{situation.hotfix}: {inline(situation.title)}\n\n{known}".replace("-->", "--&gt;")
    return f"<!--\n{guide}\n-->\n\n{questionnaire(draft.wanted, draft.language)}"


def with_edited(draft: Draft, text: str) -> Draft:
    """Return a draft with what was saved in the editor."""
    if draft.text is not None:
        was_edited = bool(text.strip()) and text != draft.text
        match = _TITLE.search(text)
        title = match[1] if match else draft.title
        return draft._replace(text=text.strip("\n") + "\n", title=title, was_edited=was_edited)
    return draft._replace(wanted={**draft.wanted, **read_questionnaire(text)})


def plan_postmortem(
    repository: Repository, situation: Situation, draft: Draft, tried: frozenset[type[Step]]
) -> Decision:
    """Write a draft into the report, or beside it as a decision record; nothing said at all is refused."""
    if ChangeReport in tried:
        return Plan(situation.hotfix, ())
    is_said = draft.is_answered if draft.text is None else draft.was_edited or any(draft.wanted.values())
    if not is_said or draft.text == "\n":
        return Refused((unanswered(situation),), questions=questions_of(draft))
    again = f"git hotfix postmortem {situation.hotfix}"
    if draft.text is not None:
        values = {
            "title": draft.title,
            "day": clock.now().date().isoformat(),
            "number": str(draft.number or ""),
            "text": draft.text,
        }
        said = f"post-mortem as a decision record, '{draft.title}'"
        return Plan(situation.hotfix, (ChangeReport((Edit("adr", values),), said, f"{again} --adr"),))
    edits = tuple(
        Edit("answer", {"question": name, "before": draft.answers[name], "after": draft.wanted[name]})
        for name in QUESTIONS
        if draft.wanted[name] != draft.answers[name]
    )
    links = _links(situation, draft.earlier, draft.language, beside=situation.report_path)
    earlier = Edit("earlier", {"markdown": "\n".join(links) or words_in(draft.language).postmortem.none_found})
    content = current_report(repository, situation)
    if edit_report(content, (*edits, earlier), situation.report_path) == content:
        return Plan(situation.hotfix, (), ("It stands there already.",))
    return Plan(situation.hotfix, (ChangeReport((*edits, earlier), "post-mortem", again),))


def unanswered(situation: Situation) -> Problem:
    """Say that nobody has said anything, with the options that do."""
    remedy = f"git hotfix postmortem {situation.hotfix} --cause TEXT --not-caught TEXT --prevent TEXT"
    return Problem("nothing-said", "No question of the post-mortem is answered.", remedy, ExitCode.USAGE)


def earlier_incidents(repository: Repository, situation: Situation) -> tuple[Earlier, ...]:
    """Return the earlier incidents whose fixes changed the same files, then those in the same folders, newest first.

    The reports are those beside this one, on the branch that keeps the record and on the hotfix branch. One that
    cannot be read, and one whose commits are not here, tells nothing.
    """
    ours = _changed(repository, situation)
    folders = {posixpath.dirname(path) for path in ours} - {""}
    own = situation.documented or situation.report
    found: dict[str, Earlier] = {}
    for path, report in _other_reports(repository, situation):
        if path in found or (own is not None and report.declared_at > own.declared_at):
            continue
        theirs = {name for oid in report.fix_commits for name in _changed_by(repository, oid)}
        files = tuple(sorted(theirs & ours))
        same = tuple(sorted({posixpath.dirname(name) for name in theirs} & folders))
        if files or same:
            found[path] = Earlier(report, path, files, same)
    newest = sorted(found.values(), key=lambda each: (bool(each.files), each.report.declared_at), reverse=True)
    return tuple(newest[:MOST_EARLIER])


def _as_record(repository: Repository, situation: Situation, draft: Draft) -> Draft:
    tip = target_tip(situation.world, situation.record_branch) or situation.tip
    assert tip is not None  # noqa: S101  # current_report has read it

    def names(folder: str) -> tuple[str, ...]:
        return trees.names_in(repository, tip, folder)

    style = find_style(lambda path: trees.read_file(repository, tip, path), names)
    day = clock.now().date()
    place = next_place(style, draft.title, names, day=day)
    links = _links(situation, draft.earlier, draft.language, beside=place.path)
    answers = dict(draft.wanted)
    answers["before"] = "\n\n".join(part for part in (answers["before"], "\n".join(links)) if part)
    text = write_record(
        style,
        place,
        draft.title,
        answers,
        draft.language,
        day=day.isoformat(),
        incident=str(situation.hotfix),
        report=way_to(situation.report_path, style.folder),
    )
    return draft._replace(text=text, number=place.number)


def _refuse_second(repository: Repository, situation: Situation, content: bytes) -> None:
    """Refuse where a decision record is written, or waits to be: it is edited like any other file."""
    if any(edit.kind == "adr" for edit in situation.memory.edits):
        message = f"The post-mortem of '{situation.hotfix}' waits as a decision record for the next documents."
        raise refused("postmortem-elsewhere", message, f"git hotfix finish {situation.hotfix}")
    written = read_front_matter(content, situation.report_path).values.get("postmortem")
    if isinstance(written, str) and is_beside(written):
        message = f"The post-mortem of '{situation.hotfix}' is written already: '{written}'."
        raise refused("postmortem-elsewhere", message, f"git log -p -- {shell_word(written)}")


def _with_told(text: str, told: str | None, name: str, language: Language) -> str:
    """Return the text of an answer with what an option says, below what stands there."""
    words, said = words_in(language).postmortem, inline(told) if told else ""
    if name == "in_backlog" and said.casefold() in {"yes", "no"}:
        said = words.yes if said.casefold() == "yes" else words.no
    if not said or said in text.split("\n\n"):
        return text
    return f"{text}\n\n{said}" if text else said


def _links(situation: Situation, earlier: tuple[Earlier, ...], language: Language, *, beside: str) -> list[str]:
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


def _other_reports(repository: Repository, situation: Situation) -> Iterator[tuple[str, Report]]:
    folder = situation.config.incident.directory
    on_record = target_tip(situation.world, situation.record_branch)
    for tip in (on_record, situation.tip):
        if tip is None or not has_object(repository, tip):
            continue
        for name in trees.names_in(repository, tip, folder):
            path = f"{folder}/{name}"
            try:
                report = read_report(trees.read_file(repository, tip, path) or b"", path)
            except HotfixError:
                continue  # no report, a folder, or one that cannot be read
            if report.id != situation.hotfix:
                yield path, report


def _changed(repository: Repository, situation: Situation) -> set[str]:
    """Return the files that this hotfix changes, published or not; records do not count."""
    record = record_paths(situation.config)
    paths = set(situation.fix.paths) if situation.fix is not None else set()
    for each in situation.publications:
        before, after = (trees.tree_of(repository, commit) for commit in (each.fork, each.tip))
        paths |= {path for path in trees.changed_paths(repository, before, after) if not record.holds(path)}
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
