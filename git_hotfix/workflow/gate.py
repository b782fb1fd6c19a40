"""Is it a hotfix at all? Three questions and one choice, asked before anything else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from git_hotfix.errors import ExitCode, Problem
from git_hotfix.workflow.decision import Question, Questions, Refused

if TYPE_CHECKING:
    from git_hotfix.config import Config
    from git_hotfix.facts.hotfixes import Known
    from git_hotfix.git.world import World
    from git_hotfix.hotfix import HotfixId
    from git_hotfix.workflow.request import StartRequest


def ask_gate(
    world: World,
    config: Config,
    known: tuple[Known, ...],
    request: StartRequest,
    unfinished: HotfixId | None,
) -> Questions | Refused | None:
    """Return what must be answered before a hotfix is started, the refusal, or None when the way is free.

    Production not affected, or it can wait: exit 9 with the normal way. ``-y`` says "affected, cannot wait".
    """
    if not (request.title or "").strip():
        question = Question("title", "TITLE", "What is broken?")
        return _asked(request, (question,)) or _no_title()
    if unfinished is not None:
        return None
    if world.unanswered is not None and not request.offline:
        return _server_silent(world, request)
    if request.production_affected is False or request.can_wait is True:
        return _normal_way(config, request)
    if request.is_restricted and request.push:
        message = "A restricted hotfix is not pushed before 'finish': --push and --restricted contradict each other."
        return Refused((Problem("usage", message, "git hotfix start TITLE --restricted", ExitCode.USAGE),))
    if request.go_on is False:
        return Refused((Problem("not-started", "Nothing was started.", "git hotfix list"),))
    return _gate(known, request)


def _gate(known: tuple[Known, ...], request: StartRequest) -> Questions | Refused | None:
    questions: list[Question] = []
    if request.production_affected is None and not request.yes:
        text = "Is production affected?"
        questions.append(Question("production_affected", "--production", text, kind="confirm", default="yes"))
    if request.can_wait is None and not request.yes:
        text = "Can it wait for the next release?"
        questions.append(Question("can_wait", "--cannot-wait", text, kind="confirm", default="no"))
    if request.severity is None and not request.yes:
        text = "How severe is it?"
        choices = ("critical", "high")
        questions.append(
            Question("severity", "--severity", text, "choice", choices, required=False, default="critical")
        )
    if request.kind == "security" and request.visibility is None:
        text = "Public at once, or restricted: title and report stay here until they are disclosed?"
        choices = ("restricted", "public")
        questions.append(Question("visibility", "--restricted", text, "choice", choices, default="restricted"))
    opened = [str(each.hotfix) for each in known if each.is_open]
    screen = (f"Open already: {', '.join(opened)}",) if opened else ()
    if opened and request.interactive and request.go_on is None and not request.yes:
        text = "Start another hotfix?"
        questions.insert(0, Question("go_on", "--yes", text, kind="confirm", required=False, default="yes"))
    if not request.interactive:
        missing = tuple(question for question in questions if question.required)
        return _undecided(missing, request) if missing else None
    # one at a time: an answer can end it, and nobody likes questions whose answer no longer matters
    return Questions((questions[0],), screen if questions[0].field == "go_on" else ()) if questions else None


def _asked(request: StartRequest, questions: tuple[Question, ...]) -> Questions | None:
    return Questions(questions) if request.interactive else None


def _no_title() -> Refused:
    message = "A hotfix needs a title: what is broken?"
    return Refused((Problem("decision-missing", message, "git hotfix start TITLE", ExitCode.USAGE),))


def _undecided(missing: tuple[Question, ...], request: StartRequest) -> Refused:
    """Name every missing decision, and the one command line that gives them all."""
    command = request.again(*(question.typed for question in missing))
    problems = tuple(Problem("decision-missing", question.text, command, ExitCode.USAGE) for question in missing)
    return Refused(problems, questions=missing)


def _normal_way(config: Config, request: StartRequest) -> Refused:
    why = "It can wait" if request.production_affected is not False else "Production is not affected"
    redirect = config.tracker.redirect or "the next release, in the usual way"
    return Refused((Problem("not-a-hotfix", f"{why}, so it is not a hotfix.", redirect, ExitCode.NOT_A_HOTFIX),))


def _server_silent(world: World, request: StartRequest) -> Questions | Refused:
    unanswered = world.unanswered
    assert unanswered is not None  # noqa: S101  # asked by the caller
    if request.interactive:
        text = f"{unanswered.message} Start from what was last fetched?"
        return Questions((Question("offline", "--offline", text, kind="confirm", default="no"),))
    problem = Problem(unanswered.code, unanswered.message, request.again("--offline"), ExitCode.SERVER)
    return Refused((problem,))
