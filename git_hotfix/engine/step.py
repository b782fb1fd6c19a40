"""What a step is: data that says what is done to what, and the few questions that every kind of step answers."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from git_hotfix.errors import SAME_AGAIN, ExitCode, HotfixError, Problem, Remedy, again

if TYPE_CHECKING:
    from git_hotfix.config.layers import TeamCommand
    from git_hotfix.engine.run import Run
    from git_hotfix.git.world import World

F_contra = TypeVar("F_contra", contravariant=True)
R_contra = TypeVar("R_contra", contravariant=True)


class Question(Struct, frozen=True):
    """A decision only a person can take; ``field`` is the request's field that holds the answer.

    ``kind`` is what is asked for: text, one of ``choices`` (choice), or yes/no (confirm). A question that is not
    ``required`` is only asked on a terminal. ``option`` is how a command line gives the answer.
    """

    field: str
    option: str
    text: str
    kind: str = "text"
    choices: tuple[str, ...] = ()
    required: bool = True
    default: str | None = None
    then: tuple[Question, ...] = ()
    """What is asked at once when this one is answered with yes."""
    instead: Question | None = None
    """What is asked at once where the answer is 'none'."""
    supposed: str | None = None
    """What stands for the answer in the plan of a dry run, where there is no default."""
    undecided: Problem | None = None
    """What is refused where nobody can be asked; None: that this is not decided.

    Its remedy is that of all decisions, the option that gives the answer with them, unless it has one of its own.
    """

    @property
    def typed(self) -> tuple[str, ...]:
        """The words that give the answer: ``--deploy`` of ``--deploy (or --no-deploy)``, a text with its default."""
        option, *value = self.option.partition(" (")[0].split(" ")
        return (option, self.default) if self.default and self.kind == "text" else (option, *value)


class Questions(Struct, frozen=True):
    """What must be asked before the plan can be made; ``screen`` is shown before the questions."""

    questions: tuple[Question, ...]
    screen: tuple[str, ...] = ()


class Refusal(Struct, frozen=True):
    """What stands in the way, and the decisions that are missing; nothing was changed."""

    problems: tuple[Problem, ...]
    questions: tuple[Question, ...] = ()


def ask(request: Any, *questions: Question, screen: tuple[str, ...] = ()) -> Questions | Refusal:
    """Return the questions; where nobody can be asked, the refusal with one command line that decides them all."""
    if request.interactive:
        return Questions(questions, screen)
    missing = [(each, each.undecided or _undecided(each)) for each in questions]
    one = again(*(word for each, problem in missing if problem.remedy is SAME_AGAIN for word in each.typed))
    problems = (problem for each, problem in missing if each.required)
    given = (replace(each, remedy=one) if each.remedy is SAME_AGAIN else each for each in problems)
    return Refusal(tuple(given), questions)


def _undecided(question: Question) -> Problem:
    text = f"This is not decided yet: {question.text}"
    return Problem("decision-missing", text, SAME_AGAIN, ExitCode.USAGE)


class Note(Struct, frozen=True):
    """Why nothing is to be done, where a person asked for something."""

    text: str


class Undecided(HotfixError):
    """A refusal with the decisions that were missing, for programs that drive this one."""

    def __init__(self, problems: tuple[Problem, ...], questions: tuple[Question, ...]) -> None:
        super().__init__(*problems)
        self.questions = questions


class Done(Struct, frozen=True):
    """How a step ended; ``problems`` are reported and do not end the run by themselves."""

    problems: tuple[Problem, ...] = ()
    repeats: bool = False
    """Whether the world has moved so that the plan must be made again from its beginning."""


class Step(Struct, frozen=True):
    """One step of a plan. Its kind is its class, which also answers ``due``, ``progress`` and ``missing``."""

    does: ClassVar[str]
    """What ``describe`` returns, with the step's own fields in braces; not needed where that takes more."""
    is_repeatable: ClassVar[bool] = False
    """Whether a run performs it again when it is due again; else what is left after one try is reported."""
    tells_time: ClassVar[bool] = False
    """Whether it says itself how long it took."""
    ends_on_error: ClassVar[bool] = False
    """Whether an error ends the run also after publication."""
    ends_on_problem: ClassVar[bool] = False
    """Whether a problem ends the run: what follows would delete what this step could not leave."""

    @staticmethod
    def commands(facts: Any, request: Any) -> tuple[TeamCommand, ...]:
        """Return the team's commands that the step runs in this run, now or once others are done.

        By them it is checked that each can be started, a person is asked, and the screen before it all names them.
        """
        return ()

    @staticmethod
    def progress(facts: Any) -> tuple[Progress, ...]:
        """Return the rows that ``status`` shows of the step, done or not; most steps have none."""
        return ()

    @staticmethod
    def missing(facts: Any, request: Any) -> tuple[Problem, ...]:
        """Return what of the step is still missing, by what is observed at the end of a command."""
        return ()

    def describe(self, world: World) -> str:
        """Return what the step does, beginning with its verb, for a dry run."""
        return self.does.format(self)

    def perform(self, run: Run) -> Done:
        """Do it once, safe to repeat: what git cannot show later is remembered before it is done."""
        raise NotImplementedError


Due = Step | Refusal | Questions | Note | None


class Kind(Protocol[F_contra, R_contra]):
    """A class of steps, asked whether one of it is due."""

    is_repeatable: ClassVar[bool]

    @staticmethod
    def due(facts: F_contra, request: R_contra, /) -> Due:
        """Return the step that is due, what forbids it, what must be asked first, or None. Pure."""


class State(StrEnum):
    """Where one step stands."""

    DONE = "done"
    NEXT = "next"
    WAITING = "waiting"
    UNKNOWN = "unknown"
    NOT_DONE = "not done"


class Progress(Struct, frozen=True):
    """One row of ``status``: the step, its state, what shows it, and the command that brings it on."""

    step: str
    state: State
    evidence: str
    next: Remedy | None = None
    is_wrong: bool = False
    """Whether it has failed or is held up, and is not only to come."""
