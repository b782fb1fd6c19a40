"""What planning comes to: the steps that are left, the problems that forbid them, or the questions that come first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from git_hotfix.errors import HotfixError, Problem

if TYPE_CHECKING:
    from git_hotfix.hotfix import HotfixId
    from git_hotfix.workflow.plan import Step


class Question(Struct, frozen=True):
    """A decision only a person can take; ``field`` is the request's field that holds the answer.

    ``kind`` says what is asked for: free text, one of ``choices``, or yes/no. A question that is not ``required``
    is only asked on a terminal. ``option`` is how a command line gives the answer.
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

    @property
    def typed(self) -> str:
        """The option alone, as a command line has it: ``--deploy`` of ``--deploy (or --no-deploy)``."""
        return self.option.partition(" (")[0]


class Plan(Struct, frozen=True):
    """The steps that are left, in order; ``notes`` are told before anything runs."""

    hotfix: HotfixId
    steps: tuple[Step, ...]
    notes: tuple[str, ...] = ()


class Undecided(HotfixError):
    """A refusal with the decisions that were missing, for programs that drive this one."""

    def __init__(self, problems: tuple[Problem, ...], questions: tuple[Question, ...]) -> None:
        super().__init__(*problems)
        self.questions = questions


class Refused(Struct, frozen=True):
    """Everything that stands in the way, together; nothing was changed."""

    problems: tuple[Problem, ...]
    notes: tuple[str, ...] = ()
    questions: tuple[Question, ...] = ()

    def error(self) -> Undecided:
        """Return the refusal as the error the command line ends with."""
        return Undecided(self.problems, self.questions)


class Questions(Struct, frozen=True):
    """What must be asked before the plan can be made; ``screen`` is shown before the questions."""

    questions: tuple[Question, ...]
    screen: tuple[str, ...] = ()


Decision = Plan | Refused | Questions
