"""Later work: what ``followup`` and the questions of ``finish`` write, and what all reports say."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from git_hotfix import clock
from git_hotfix.errors import ExitCode, HotfixError, Problem, refused, wrong_input
from git_hotfix.git import trees
from git_hotfix.git.objects import has_object
from git_hotfix.git.world import fetch_missing, find_production, find_roles, target_tip
from git_hotfix.hotfix import Oid, shell_word
from git_hotfix.memory import Edit
from git_hotfix.private_report import PrivateReport
from git_hotfix.record.followups import FollowUp, Kind, follow_ups_of, next_number, section_of
from git_hotfix.record.headings import Part
from git_hotfix.record.markdown import inline
from git_hotfix.record.report_edits import edit_report, follow_up_edit
from git_hotfix.workflow.decision import Decision, Plan, Question, Questions, Refused
from git_hotfix.workflow.documents import is_held
from git_hotfix.workflow.plan import ChangeReport, Step
from git_hotfix.workflow.situation import report_path_in
from git_hotfix.workflow.wording import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from git_hotfix.config import Config
    from git_hotfix.git.repository import Repository
    from git_hotfix.git.world import World
    from git_hotfix.hotfix import HotfixId
    from git_hotfix.memory import Memory
    from git_hotfix.workflow.naming import Known
    from git_hotfix.workflow.request import FinishRequest, FollowUpRequest
    from git_hotfix.workflow.situation import Situation

LATER_WHEN = "the next planning"
"""What triggers deferred work of which nobody said when, at the end of a hotfix: somebody looks at it then."""

_KINDS = tuple(str(kind) for kind in Kind)
_LATER = (
    ("later_fix", Kind.RFC, "A permanent fix, because this one was quick? (what; empty: no)"),
    ("later_spec", Kind.SPEC, "A specification to update? (which; empty: no)"),
    ("later_test", Kind.REGRESSION_TEST, "A regression test to write? (which; empty: no)"),
    ("later_refactoring", Kind.REFACTORING, "Something to refactor? (what; empty: no)"),
)


class Listed(NamedTuple):
    """The follow-ups of one hotfix, or the problem that keeps its report from being read."""

    hotfix: HotfixId
    follow_ups: tuple[FollowUp, ...]
    problem: Problem | None = None


def current_report(repository: Repository, situation: Situation) -> bytes:
    """Return the report as it is now, with what waits for the next documents; none anywhere is refused.

    After publication that is the one of the branch that keeps the record, as soon as it is there.
    """
    on_record = target_tip(situation.world, situation.record_branch)
    tips = (on_record, situation.tip) if situation.publications or situation.tip is None else (situation.tip, on_record)
    content = situation.private
    if not situation.is_restricted:
        content = _first(repository, tips, situation.config, situation.hotfix)
    if content is None:
        raise refused("no-report", f"'{situation.hotfix}' has no report.", "git hotfix list")
    return edit_report(content, situation.memory.edits, situation.report_path)


def is_closed(situation: Situation) -> bool:
    """Return whether it was closed without code: its report is on the branch of the record, nothing else will come."""
    return situation.tip is None and not situation.publications


def refuse_held(situation: Situation) -> None:
    """Refuse to write into a closed report where the push would deploy production."""
    if is_closed(situation) and is_held(situation):
        raise refused(
            "record-held",
            f"'{situation.hotfix}' is closed, and a push of its report to '{situation.base}' deploys.",
            "git config hotfix.documents.publish push",
        )


def plan_follow_up(
    repository: Repository, situation: Situation, request: FollowUpRequest, tried: frozenset[type[Step]]
) -> Decision:
    """Add one follow-up; what is not decided is asked, or told with the options that decide it."""
    if ChangeReport in tried:
        return Plan(situation.hotfix, ())
    refuse_held(situation)
    missing = _missing(request)
    if missing and request.interactive:
        return Questions(missing)
    if missing:
        options = " ".join(("--kind KIND",) * any(each.field == "kind" for each in missing) + ("--due DATE",))
        remedy = f"git hotfix followup {shell_word(request.text)} --hotfix {situation.hotfix}"
        told = f"--kind {request.kind} " if request.kind else ""
        problems = [
            Problem("decision-missing", each.text, f"{remedy} {told}{options}", ExitCode.USAGE) for each in missing
        ]
        return Refused(tuple(problems), questions=missing)
    due, trigger = _when(request)
    kind = request.kind or ""
    report = current_report(repository, situation)
    there = follow_ups_of(report, situation.report_path)
    same = next((each for each in there if (each.text, each.kind) == (inline(request.text), kind)), None)
    if same is not None:
        return Plan(situation.hotfix, (), (f"It is there already: {same.id}.",))
    new = FollowUp(f"{situation.hotfix}/{next_number(there)}", request.text, kind, request.owner, due, trigger)
    when = f"--due {due}" if due else f"--trigger {shell_word(trigger)}" if trigger else ""
    again = f"git hotfix followup {shell_word(new.text)} --kind {kind} {when} --hotfix {situation.hotfix}"
    step = ChangeReport((follow_up_edit(new),), f"follow-up {new.id}: {new.text}", again.replace("  ", " "))
    return Plan(situation.hotfix, (step,))


def plan_done(repository: Repository, situation: Situation, number: str, tried: frozenset[type[Step]]) -> Decision:
    """Say of a follow-up that it is done."""
    if ChangeReport in tried:
        return Plan(situation.hotfix, ())
    refuse_held(situation)
    wanted = f"{situation.hotfix}/{number}"
    there = follow_ups_of(current_report(repository, situation), situation.report_path)
    found = next((each for each in there if each.id == wanted), None)
    if found is None:
        ids = ", ".join(each.id for each in there) or "none"
        message = f"There is no follow-up '{wanted}'. Of this hotfix there are: {ids}."
        raise wrong_input("unknown-follow-up", message, "git hotfix followup")
    if found.is_done:
        return Plan(situation.hotfix, (), (f"{wanted} is done already.",))
    edit = Edit("follow-up-done", {"id": found.id, "text": found.text})
    step = ChangeReport((edit,), f"follow-up {wanted} is done", f"git hotfix followup --done {wanted}")
    return Plan(situation.hotfix, (step,))


def later_question() -> Question:
    """Ask once, before the publication, whether something is left for later; only a yes asks what."""
    what = tuple(Question(field, "git hotfix followup", text, required=False, default="") for field, _, text in _LATER)
    when = Question(
        "later_when",
        "git hotfix followup --due DATE",
        "By when (2026-02-01), or triggered by what?",
        required=False,
        default=LATER_WHEN,
    )
    text = "Is anything left for later (a permanent fix, specifications, regression tests, refactoring)?"
    return Question(
        "has_later", "git hotfix followup", text, kind="confirm", required=False, default="no", then=(*what, when)
    )


def later_step(repository: Repository, situation: Situation, request: FinishRequest) -> ChangeReport | None:
    """Return the step that writes what was answered into the report; None when nothing was."""
    told = [(getattr(request, field), kind) for field, kind, _ in _LATER if getattr(request, field)]
    if not request.has_later or not told:
        return None
    due, trigger = _date_or_trigger(request.later_when or LATER_WHEN)
    try:
        number = next_number(follow_ups_of(current_report(repository, situation), situation.report_path))
    except HotfixError:
        number = 1  # a report that cannot be read is told elsewhere, and holds no publication: this waits for it
    new = [
        FollowUp(f"{situation.hotfix}/{at}", one_line(text), kind, None, due, trigger)
        if section_of(kind) is Part.DEFERRED
        else FollowUp(f"{situation.hotfix}/{at}", one_line(text), kind)
        for at, (text, kind) in enumerate(told, number)
    ]
    listed = "; ".join(f"{each.id}: {each.text}" for each in new)
    again = f"git hotfix finish {situation.hotfix}"
    return ChangeReport(tuple(map(follow_up_edit, new)), f"for later {listed}", again)


def all_follow_ups(
    repository: Repository,
    world: World,
    config: Config,
    known: Iterable[Known],
    memory_of: Callable[[HotfixId], Memory],
) -> tuple[Listed, ...]:
    """Return what the reports of these hotfixes say, with what waits on this machine; oldest hotfix first."""
    production, _ = find_production(world, config)
    fetch_missing(repository, world, (production,))
    develop = find_roles(repository, world, config, at=clock.now()).develop
    fetch_missing(repository, world, (develop,) if develop else ())
    on_record = target_tip(world, develop or production)
    found = []
    for each in known:
        path = f"{config.incident.directory}/{each.hotfix.report_name()}"
        content = _first(repository, (on_record,), config, each.hotfix)
        content = content or PrivateReport(repository.common_dir, each.hotfix).read()
        content = content or _first(repository, (each.local, each.server), config, each.hotfix)
        if content is None:
            continue
        try:
            content = edit_report(content, memory_of(each.hotfix).edits, path)
            found.append(Listed(each.hotfix, follow_ups_of(content, path)))
        except HotfixError as error:
            found.append(Listed(each.hotfix, (), error.problems[0]))
    return tuple(found)


def _missing(request: FollowUpRequest) -> tuple[Question, ...]:
    missing = []
    if request.kind is None:
        missing.append(Question("kind", "--kind KIND", "What kind of work is it?", kind="choice", choices=_KINDS))
    is_deferred = request.kind is None or section_of(request.kind) is Part.DEFERRED
    if (
        is_deferred
        and not (request.due or request.trigger or request.when)
        and (request.kind or not request.interactive)
    ):
        text = "By when is it due, or what triggers it?"
        missing.append(Question("when", "--due DATE (or --trigger TEXT)", text))
    return tuple(missing)


def _when(request: FollowUpRequest) -> tuple[date | None, str | None]:
    due = due_date(request.due) if request.due else None
    if request.when and not request.due and not request.trigger:
        return _date_or_trigger(request.when)
    return due, request.trigger


def _date_or_trigger(text: str) -> tuple[date | None, str | None]:
    return (due_date(text), None) if re.fullmatch(r"\d{4}-\d{1,2}-\d{1,2}", text.strip()) else (None, one_line(text))


def due_date(text: str) -> date:
    """Read a due date; one that does not exist or is past is wrong input."""
    try:
        due = date.fromisoformat(text.strip())
    except ValueError as error:
        message = f"'{text}' is not a date such as 2026-02-01."
        raise wrong_input("bad-date", message, "git hotfix followup TEXT --kind KIND --due DATE") from error
    if due < clock.now().date():
        message = f"'{text}' is past; a due date is today or later."
        raise wrong_input("past-date", message, "git hotfix followup TEXT --kind KIND --due DATE")
    return due


def _first(repository: Repository, tips: Iterable[Oid | None], config: Config, hotfix: HotfixId) -> bytes | None:
    """Return the report of the first of these commits that has it, wherever people moved it."""
    for tip in tips:
        if tip is not None and has_object(repository, tip):
            path = report_path_in(repository, tip, config, hotfix)
            content = trees.read_file(repository, tip, path) if path is not None else None
            if content is not None:
                return content
    return None
