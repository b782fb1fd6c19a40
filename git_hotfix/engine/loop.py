"""The loop: look, plan, perform one step, look again, until nothing is left."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from msgspec.structs import replace

from git_hotfix.clock import duration
from git_hotfix.engine import consent
from git_hotfix.engine.consent import agree, commands_of, held_back, unconsented
from git_hotfix.engine.events import Stepped
from git_hotfix.engine.step import Done, Note, Question, Questions, Refusal, Step, Undecided
from git_hotfix.errors import ExitCode, HotfixError, Problem, again

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from git_hotfix.config.layers import TeamCommand
    from git_hotfix.engine.run import Run
    from git_hotfix.engine.step import Due, Kind

F = TypeVar("F")
R = TypeVar("R")

LAST_WORD = "confirmed"
"""The field of the one question whose yes lets everything on the screen happen."""


class Command(NamedTuple, Generic[F, R]):
    """What a command is: the conditions it is refused by, its steps in order, and what is noted about its plan."""

    name: str
    steps: tuple[type[Step], ...]
    conditions: tuple[Callable[[F, R], Refusal | Questions | None], ...] = ()
    notes: Callable[[F, R], Iterable[str]] = lambda _facts, _request: ()
    optional: Callable[[F, R], Iterable[Question]] = lambda _facts, _request: ()
    """The questions of its plan that nobody has to answer: a dry run lists them."""
    incomplete: ExitCode = ExitCode.UNFINISHED
    """The exit code where something is left that has no code of its own."""
    observed: tuple[type[Step], ...] | None = None
    """The steps of which it is reported what is still missing at the end; None: the command's own."""


class Outcome(NamedTuple, Generic[F]):
    """What a run came to: the facts as they were last seen, and what is not as it should be."""

    facts: F
    problems: tuple[Problem, ...]
    planned: tuple[Step, ...] = ()
    notes: tuple[str, ...] = ()
    questions: tuple[Question, ...] = ()
    """With a dry run: what would be asked."""


class Plan(NamedTuple):
    """The steps that are due, or what comes before any of them."""

    steps: tuple[Step, ...]
    refusal: Refusal | None = None
    questions: Questions | None = None
    notes: tuple[str, ...] = ()
    new: tuple[TeamCommand, ...] = ()
    """The commands it runs that a person has to say yes to, or just has (``--trust-config``)."""


def plan(
    command: Command[F, R], facts: F, request: R, done: Iterable[type[Step]] = (), *, past_return: bool = False
) -> Plan:
    """Ask every step that this run has not performed whether it is due; all problems and questions come together.

    ``past_return``: the run has published already; what it may run was decided before.
    """
    asked: list[Due] = [condition(facts, request) for condition in command.conditions]
    wanted: tuple[TeamCommand, ...] = ()
    if all(due is None or _lacks_decisions(due) for due in asked):
        kinds: list[Kind[F, R]] = [kind for kind in command.steps if kind.is_repeatable or kind not in done]  # type: ignore[misc]  # checked by the tests of every command
        asked += [kind.due(facts, request) for kind in kinds]
        wanted = () if past_return else commands_of(command.steps, facts, request)
    new = unconsented(wanted, facts, request)  # type: ignore[arg-type]  # checked by the tests of every command
    questions = [each for each in asked if isinstance(each, Questions)]
    asked.append(consent.why_not_startable(wanted))
    if not questions:
        asked.append(consent.asked(new, request))
    refusals = [each for each in asked if isinstance(each, Refusal)]
    if refusals:
        problems = tuple(dict.fromkeys(problem for each in refusals for problem in each.problems))
        missing = tuple(dict.fromkeys(each for one in refusals for each in one.questions))
        return Plan((), Refusal(_with_one_line(problems), missing), new=new)
    questions = [each for each in asked if isinstance(each, Questions)]
    if questions:
        together = tuple(dict.fromkeys(question for each in questions for question in each.questions))
        screen = next((each.screen for each in questions if each.screen), ())
        is_last_word = any(question.field == LAST_WORD for question in together)
        runs = tuple(consent.lines(wanted, new)) if is_last_word else ()
        return Plan((), None, Questions(together, (*screen, *runs)), new=new)
    notes = tuple(each.text for each in asked if isinstance(each, Note))
    return Plan(tuple(each for each in asked if isinstance(each, Step)), notes=notes, new=new)


def _lacks_decisions(due: Due) -> bool:
    """Return whether nothing but options is missing: then what else stands in the way is told with it."""
    return isinstance(due, Refusal) and all(map(_is_decided_by_options, due.problems))


def _is_decided_by_options(problem: Problem) -> bool:
    return problem.remedy.is_again and bool(problem.remedy.words)


def _with_one_line(problems: tuple[Problem, ...]) -> tuple[Problem, ...]:
    """Let all problems that options of the same command settle have one remedy: the command line with all of them."""
    settled = [each for each in problems if _is_decided_by_options(each)]
    options: list[tuple[str, ...]] = []
    for word in (word for each in settled for word in each.remedy.words):
        options[-1:] = [(*options[-1], word)] if options and not word.startswith("-") else [*options[-1:], (word,)]
    words = (word for option in dict.fromkeys(options) for word in option)
    one = again(*words)
    return tuple(replace(each, remedy=one) if each in settled else each for each in problems)


def carry_out(
    command: Command[F, R],
    run: Run,
    look: Callable[[], F],
    request: R,
    ask: Callable[[Questions, R], R],
    *,
    is_published: Callable[[F], bool],
    dry_run: bool,
) -> tuple[Outcome[F], R]:
    """Bring a hotfix to the state its command is about; return what that came to, and the request with the answers.

    A refusal raises before anything was done, and before publication. Each kind of step is performed once in a run (but
    repeatable ones, never twice the same): what is still left after that is reported as a problem, not tried for ever.
    """
    done: list[Step] = []
    problems: list[Problem] = []
    notes: list[str] = []
    shown: set[str] = set()
    asked: list[Question] = []
    facts = look()
    while True:
        past_return = bool(done) and is_published(facts)
        found = plan(command, facts, request, [type(step) for step in done], past_return=past_return)
        if dry_run and (supposed := _supposed(found, request)):
            _note_new(run, supposed.values(), notes, shown)
            asked, request = [*asked, *supposed], _with_answers(request, supposed)
            continue
        if found.questions is not None:
            request = _answered(command, run, facts, ask(_news(found.questions, shown), request), found)
            facts = look()  # a person takes time to answer, and some answers are settings
            continue
        if found.refusal is not None:
            if not past_return:
                raise _as_error(found.refusal, problems, done)
            problems += found.refusal.problems
            break
        _note_new(run, (*found.notes, *command.notes(facts, request)), notes, shown)
        steps = tuple(step for step in found.steps if step not in done)
        if dry_run:
            left = tuple(command.optional(facts, request))
            _note_new(run, (f"This can be answered ({each.option}): {each.text}" for each in left), notes, shown)
            return Outcome(facts, (), steps, tuple(notes), (*asked, *left)), request
        if not steps:
            break
        request = agree(run, request, found.new, is_told=True)
        done.append(steps[0])
        after_publication = is_published(facts)
        ended = _unconsented(steps[0], facts, request, after_publication=after_publication) or _perform(
            run, steps[0], after_publication=after_publication
        )
        problems += ended.problems
        facts = look()
        if ended.repeats:
            done.clear()
        if ended.problems and steps[0].ends_on_problem:
            break
    return Outcome(facts, tuple(problems), (), tuple(notes)), request


def _news(questions: Questions, shown: set[str]) -> Questions:
    """Return the questions with those lines of their screen that a person has not read in this run."""
    new = tuple(line for line in questions.screen if line not in shown)
    shown.update(new)
    return replace(questions, screen=new)


def _as_error(refusal: Refusal, problems: list[Problem], done: list[Step]) -> HotfixError:
    """Return what ends a run that has published nothing."""
    return HotfixError(*problems, *refusal.problems) if done else Undecided(refusal.problems, refusal.questions)


def _answered(command: Command[F, R], run: Run, facts: F, request: R, found: Plan) -> R:
    """Return the request with the answers; a yes to what was on the screen is the consent to what runs by them."""
    known: Any = request
    fields = {question.field for question in found.questions.questions} if found.questions is not None else set()
    if not (LAST_WORD in fields and known.confirmed) and not ("trust" in fields and known.trust):
        return request
    still = commands_of(command.steps, facts, request)
    return agree(run, request, [each for each in found.new if each in still])


def _supposed(found: Plan, request: R) -> dict[Question, str]:
    """Return the missing decisions that a dry run takes to be taken, and what it says of each.

    One that has no answer to suppose stays, and so does one that an answer has not taken: without it there is no plan.
    """
    missing = found.refusal.questions if found.refusal is not None else ()
    told: dict[Question, str] = {}
    for each in missing:
        if hasattr(request, each.field) and _answer(each) not in {None, getattr(request, each.field)}:
            what = consent.not_consented(found.new).message if each.field == "trust" else each.text
            told[each] = f"This would be asked ({each.option}): {what}"
    return told


def _with_answers(request: R, supposed: Iterable[Question]) -> R:
    known: Any = request
    answered: R = replace(known, **{question.field: _answer(question) for question in supposed})
    return answered


def _answer(question: Question) -> object:
    """Return the answer that goes on: yes to the last word and to what would run, else what an empty line answers."""
    if question.field in {LAST_WORD, "trust"}:
        return True
    if question.kind == "confirm" and question.default:
        return question.default == "yes"
    return question.supposed if question.default is None else question.default


def _unconsented(step: Step, facts: F, request: R, *, after_publication: bool) -> Done | None:
    """Hold a step back whose command has changed since a person agreed: the base moved while it was published."""
    new = unconsented(step.commands(facts, request), facts, request)  # type: ignore[arg-type]  # as above
    return Done((held_back(new, after_publication=after_publication),)) if new else None


def _note_new(run: Run, notes: Iterable[str], noted: list[str], shown: set[str]) -> None:
    """Report each note once; one that a person has read on a screen of questions is not repeated."""
    for note in notes:
        if note not in noted:
            noted.append(str(note))
            if note not in shown:
                run.note(note)


def _perform(run: Run, step: Step, *, after_publication: bool) -> Done:
    """Perform a step; after publication a failure is reported and the rest goes on, before it the run ends."""
    began = time.monotonic()
    run.tell(Stepped(step.describe(run.world)))
    try:
        ended = step.perform(run)
    except HotfixError as error:
        if not after_publication or step.ends_on_error:
            raise
        after = {ExitCode.UNFINISHED, ExitCode.DEPLOYMENT, ExitCode.GAP}
        ended = Done(
            tuple(
                problem if problem.exit_code in after else replace(problem, exit_code=ExitCode.UNFINISHED)
                for problem in error.problems
            )
        )
    took = timedelta(seconds=time.monotonic() - began)
    if took >= timedelta(seconds=1) and not step.tells_time:
        run.tell(Stepped(f"took {duration(took)}"))
    return ended


def exit_code(command: Command[F, R], problems: Iterable[Problem]) -> ExitCode:
    """Return the code of a run that has done something: 0 when nothing is missing.

    What is not published yet and waits for a person (3) comes first, then a deployment (7).
    """
    codes = {problem.exit_code for problem in problems}
    if not codes:
        return ExitCode.DONE
    if command.incomplete is ExitCode.UNFINISHED:
        for first in (ExitCode.WAITING, ExitCode.DEPLOYMENT):
            if first in codes:
                return first
    return ExitCode.UNFINISHED if codes == {ExitCode.UNFINISHED} else command.incomplete
