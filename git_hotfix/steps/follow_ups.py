"""Later work: what ``followup`` adds to the report, and what it marks as done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from git_hotfix.engine.step import Note, Question, Refusal, ask
from git_hotfix.errors import ExitCode, Problem, command, wrong_input
from git_hotfix.facts.report_now import is_closed
from git_hotfix.memory import Edit
from git_hotfix.record.followups import FollowUp, Kind, follow_ups_of, next_number, section_of
from git_hotfix.record.headings import Part
from git_hotfix.record.markdown import inline
from git_hotfix.record.report_edits import follow_up_edit
from git_hotfix.steps.edit_report import EditReport, date_or_trigger, due_date

if TYPE_CHECKING:
    from datetime import date

    from git_hotfix.engine.step import Due
    from git_hotfix.facts.facts import Facts
    from git_hotfix.steps.request import FollowUpRequest, Request

_KINDS = tuple(str(kind) for kind in Kind)


class AddFollowUp(EditReport, frozen=True):
    """Add one follow-up."""

    @staticmethod
    def due(facts: Facts, request: FollowUpRequest) -> Due:
        """With ``followup TEXT``; what is not decided is asked, or refused with the options that decide it."""
        if request.done is not None:
            return None
        if missing := _missing(facts, request):
            return ask(request, *missing)
        there = follow_ups_of(facts.report_now, facts.report_path)
        wanted = (inline(request.text), request.kind)
        if (same := next((each for each in there if (each.text, each.kind) == wanted), None)) is not None:
            return Note(f"It is there already: {same.id}.")
        due, trigger = _when(request)
        number = f"{facts.hotfix}/{next_number(there)}"
        new = FollowUp(number, request.text, request.kind or "", request.owner, due, trigger)
        new = new._replace(priority=request.priority, ticket=request.ticket)
        when = ("--due", str(due)) if due else ("--trigger", trigger) if trigger else ()
        words = ("followup", new.text, "--kind", new.kind, *when, *_given(request), "--hotfix", facts.hotfix)
        return AddFollowUp((follow_up_edit(new),), f"follow-up {new.id}: {new.text}", command("git", "hotfix", *words))


class FinishFollowUp(EditReport, frozen=True):
    """Mark a follow-up as done."""

    @staticmethod
    def due(facts: Facts, request: FollowUpRequest) -> Due:
        """With ``followup --done``."""
        if request.done is None:
            return None
        found = _wanted(facts, request.done)
        if found.is_done:
            return Note(f"{found.id} is done already.")
        edit = Edit("follow-up-done", {"id": found.id, "text": found.text})
        remedy = command("git", "hotfix", "followup", "--done", found.id)
        return FinishFollowUp((edit,), f"follow-up {found.id} is done", remedy)


def not_held(facts: Facts, request: Request) -> Refusal | None:
    """Refuse to write into a closed report where the push would deploy production."""
    if not is_closed(facts) or not facts.is_held:
        return None
    message = f"'{facts.hotfix}' is closed, and a push of its report to '{facts.base}' deploys."
    return Refusal((Problem("record-held", message, command("git", "config", "hotfix.documents.publish", "push")),))


def _wanted(facts: Facts, number: str) -> FollowUp:
    wanted = f"{facts.hotfix}/{number}"
    there = follow_ups_of(facts.report_now, facts.report_path)
    found = next((each for each in there if each.id == wanted), None)
    if found is None:
        ids = ", ".join(each.id for each in there) or "none"
        message = f"There is no follow-up '{wanted}'. Of this hotfix there are: {ids}."
        raise wrong_input("unknown-follow-up", message, command("git", "hotfix", "followup"))
    return found


def _missing(facts: Facts, request: FollowUpRequest) -> tuple[Question, ...]:
    missing = []
    if request.kind is None:
        missing.append(Question("kind", "--kind KIND", "What kind of work is it?", kind="choice", choices=_KINDS))
    is_deferred = request.kind is None or section_of(request.kind) is Part.DEFERRED
    is_known = bool(request.due or request.trigger or request.when)
    if is_deferred and not is_known and (request.kind or not request.interactive):
        text = "By when is it due, or what triggers it?"
        missing.append(Question("when", "--due DATE (or --trigger TEXT)", text))
    kind = ("--kind", request.kind or "KIND")
    words = ("followup", request.text, "--hotfix", facts.hotfix, *_given(request), *kind, "--due", "DATE")
    whole = command("git", "hotfix", *words)
    return tuple(
        replace(each, undecided=Problem("decision-missing", each.text, whole, ExitCode.USAGE)) for each in missing
    )


def _given(request: FollowUpRequest) -> tuple[str, ...]:
    """Return the options of which nothing is asked."""
    given = {"--priority": request.priority, "--owner": request.owner, "--ticket": request.ticket}
    return tuple(word for option, value in given.items() if value for word in (option, value))


def _when(request: FollowUpRequest) -> tuple[date | None, str | None]:
    if request.when and not request.due and not request.trigger:
        return date_or_trigger(request.when)
    return due_date(request.due) if request.due else None, request.trigger
