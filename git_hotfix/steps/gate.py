"""Is it a hotfix at all? Three questions and one choice, asked before anything else; then its name."""

from __future__ import annotations

import re
from itertools import count
from typing import TYPE_CHECKING

from msgspec.structs import replace

from git_hotfix.engine.step import Question, Questions, Refusal, ask
from git_hotfix.errors import ExitCode, HotfixError, Problem, Remedy, again, command
from git_hotfix.escapes import stripped
from git_hotfix.facts.hotfixes import is_foreign
from git_hotfix.facts.phrases import some
from git_hotfix.hotfix import SLUG_BYTES, HotfixId, Slug, slugify

_VERSION = re.compile(r"v?\d+(\.\d+)+([-+.]\w+)*")

if TYPE_CHECKING:
    from datetime import datetime

    from git_hotfix.facts.beginning import Beginning
    from git_hotfix.steps.request import StartRequest


def gate(facts: Beginning, request: StartRequest) -> Questions | Refusal | None:
    """Return what must be answered before a hotfix is started, the refusal, or None when the way is free.

    Production not affected, or it can wait: exit 9 with the normal way. ``-y`` says "affected, cannot wait".
    """
    if stripped(request.title or "").casefold() in {"", "none"}:
        message, remedy = "A hotfix needs a title: what is broken?", command("git", "hotfix", "start", "TITLE")
        missing = Problem("decision-missing", message, remedy, ExitCode.USAGE)
        return ask(request, Question("title", "TITLE", "What is broken?", undecided=missing))
    severities = facts.config.incident.choices
    if request.severity is not None and request.severity not in severities and facts.relanded is None:
        message = f"'{request.severity}' is not a severity: {', '.join(severities)} (incident.severities)."
        remedy = command("git", "hotfix", "config", "incident.severities")
        return Refusal((Problem("unknown-severity", message, remedy, ExitCode.USAGE),))
    if facts.unfinished is not None:
        return None
    if (begun := _begun_by_gitflow(facts, request)) is not None:
        return begun
    silent = _server_silent(facts, request)
    if isinstance(silent, Questions) or (silent is not None and request.interactive):
        return silent
    if request.production_affected is False or request.can_wait is True:
        return _normal_way(facts, request)
    if request.is_restricted and request.publish:
        message = "A restricted hotfix is not pushed before 'finish': --push and --restricted contradict each other."
        remedy = command("git", "hotfix", "start", "TITLE", "--restricted")
        return Refusal((Problem("usage", message, remedy, ExitCode.USAGE),))
    if request.go_on is False:
        remedy = command("git", "hotfix", "list")
        return Refusal((Problem("not-started", "Nothing was started.", remedy),))
    asked = _questions(facts, request)
    if silent is not None and not isinstance(asked, Questions):  # nobody is asked: both are told
        also = asked or Refusal(())
        return Refusal((*silent.problems, *also.problems), also.questions)
    return asked or _name_question(facts, request)


def _begun_by_gitflow(facts: Beginning, request: StartRequest) -> Questions | Refusal | None:
    """Answer who types what git-flow takes: a version for a title, one whose branch exists, one of several."""
    title, prefix = (request.title or "").removeprefix(facts.config.branches.prefix), facts.config.branches.prefix
    if prefix + title in facts.world.branches and is_foreign(prefix + title, prefix):
        message = f"'{prefix}{title}' was not started by git hotfix; continue there, as it is."
        return Refusal((Problem("name-taken", message, command("git", "switch", prefix + title)),))
    if facts.open_hotfixes and not facts.allows_several:
        message = f"'{facts.open_hotfixes[0]}' is open, and gitflow.multi-hotfix forbids another one."
        remedy = command("git", "config", "gitflow.multi-hotfix", "true")
        return Refusal((Problem("several-hotfixes", message, remedy),))
    version, _, base = title.partition(" ")
    if not _VERSION.fullmatch(version) or request.what is not None or (base and base not in facts.world.branches):
        return None
    on = ("--on", base) if base else ()
    message = f"'{version}' is a version, as git-flow names hotfixes: the title says what is broken."
    remedy = command("git", "hotfix", "start", f"Hotfix {version}", *on)
    missing = Problem("decision-missing", message, remedy, ExitCode.USAGE)
    return ask(request, Question("title", "TITLE", f"'{version}' is a version. What is broken?", undecided=missing))


def name_of(facts: Beginning, request: StartRequest) -> HotfixId | Question | Problem:
    """Return the name of the hotfix; a name that is taken is offered again with a number."""
    if facts.unfinished is not None:
        return facts.unfinished
    if isinstance(begun := _begun_by_gitflow(facts, request), Refusal):
        return begun.problems[0]  # nobody's filter is asked for the name of what is refused
    title = request.title or ""
    taken = {each.hotfix for each in facts.known}
    try:
        hotfix = facts.name(title, request.chosen_slug)
    except HotfixError as error:
        refused = error.problems[0]
        return replace(refused, remedy=again("--slug", "NAME")) if refused.code == "empty-slug" else refused
    if facts.config.names.ascii and not hotfix.slug.isascii():
        if request.interactive:
            return Question("slug", "--slug NAME", f"An ASCII name for '{title}'?")
        message = f"The name '{hotfix.slug}' is not ASCII (names.ascii)."
        return Problem("name-not-ascii", message, again("--slug", "NAME"), ExitCode.USAGE)
    if hotfix not in taken:
        return hotfix
    free = _free_name(hotfix, taken, facts.at)
    if request.chosen_slug != request.slug:
        return facts.name(title, free)  # nobody chose the neutral one
    if request.interactive and not request.yes:
        return Question("slug", "--slug NAME", f"'{hotfix}' exists already. Another name?", default=free)
    return Problem("name-taken", f"The hotfix '{hotfix}' exists already.", again("--slug", free))


def _free_name(hotfix: HotfixId, taken: set[HotfixId], at: datetime) -> str:
    """Return what to type for the first numbered name that is free: the slug, with its day if that is not today."""

    def numbered(number: int) -> HotfixId:
        slug, ending = str(hotfix.slug), f"-{number}"
        while len((slug + ending).encode()) > SLUG_BYTES:
            slug = slug[:-1]
        return HotfixId(hotfix.day, Slug(slugify(slug + ending)))

    free = next(each for each in map(numbered, count(2)) if each not in taken)
    return free.slug if free.day == f"{at:%Y%m%d}" else str(free)


def _name_question(facts: Beginning, request: StartRequest) -> Questions | None:
    found = name_of(facts, request)
    return Questions((found,)) if isinstance(found, Question) else None


def _questions(facts: Beginning, request: StartRequest) -> Questions | Refusal | None:
    questions: list[Question] = []
    if request.production_affected is None and not request.yes:
        text = "Is production affected?"
        questions.append(Question("production_affected", "--production", text, kind="confirm", default="yes"))
    if request.can_wait is None and not request.yes:
        text = "Can it wait for the next release?"
        questions.append(Question("can_wait", "--cannot-wait", text, kind="confirm", default="no"))
    if request.severity is None and not request.yes:
        text, choices = "How severe is it?", facts.config.incident.choices
        option = f"--severity {choices[0]} (or {', '.join(choices[1:])})"
        question = Question("severity", option, text, "choice", choices, required=False, default=choices[0])
        questions.append(question)
    if request.kind == "security" and request.visibility is None:
        text = "Public at once, or restricted: title and report stay here until they are disclosed?"
        choices = ("restricted", "public")
        questions.append(
            Question("visibility", "--restricted (or --public)", text, "choice", choices, default="restricted")
        )
    is_open = request.picks_unpublished is None and not request.picks and facts.relanded is None
    if request.interactive and is_open and facts.unpublished:
        listed = some([f"{oid[:7]} {facts.subject(oid)}" for oid in facts.unpublished])
        text = f"'{facts.base}' here has commits that are not published: {listed}. Are they the fix (pick them)?"
        questions.append(
            Question("picks_unpublished", "--pick REV", text, kind="confirm", required=False, default="no")
        )
    screen: tuple[str, ...] = ()
    if facts.open_hotfixes and request.interactive and request.go_on is None and not request.yes:
        text = "Start another hotfix?"
        questions.insert(0, Question("go_on", "--yes", text, kind="confirm", required=False, default="yes"))
        screen = (f"Open already: {', '.join(map(str, facts.open_hotfixes))}",)
    if request.interactive:  # one at a time: nobody likes questions whose answer no longer matters
        return Questions((questions[0],), screen) if questions else None
    return ask(request, *questions) if any(question.required for question in questions) else None


def _normal_way(facts: Beginning, request: StartRequest) -> Refusal:
    why = "It can wait" if request.production_affected is not False else "Production is not affected"
    redirect = facts.config.tracker.redirect or "the next release, in the usual way"
    message = f"{why}, so it is not a hotfix."
    return Refusal((Problem("not-a-hotfix", message, Remedy(text=redirect), ExitCode.NOT_A_HOTFIX),))


def _server_silent(facts: Beginning, request: StartRequest) -> Questions | Refusal | None:
    unanswered = facts.world.unanswered
    if unanswered is None or request.offline or request.from_fetched:
        return None
    if request.interactive and request.from_fetched is None:
        text = "Start from what was last fetched?"  # that it did not answer was told when it was asked
        return Questions((Question("from_fetched", "--offline", text, kind="confirm", default="no"),))
    return Refusal((Problem(unanswered.code, unanswered.message, again("--offline"), ExitCode.SERVER),))
