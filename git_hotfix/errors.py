"""Every way of saying no: what is the case, what to type about it, the exit code. Prints nothing."""

from __future__ import annotations

import re
from enum import IntEnum

from msgspec import Struct


class ExitCode(IntEnum):
    """The exit codes of every command (git-hotfix(1), EXIT STATUS)."""

    DONE = 0
    REFUSED = 1
    USAGE = 2
    WAITING = 3
    UNFINISHED = 4
    SERVER = 5
    TESTS = 6
    DEPLOYMENT = 7
    GAP = 8
    NOT_A_HOTFIX = 9
    BUG = 70
    INTERRUPTED = 130


class Remedy(Struct, frozen=True):
    """One command line that helps: its words, unquoted, and a second command that follows the first with ``&&``.

    Words in capitals are for the person to replace. ``is_again`` stands for the command that was typed, with these
    words added at its end; ``in_editor`` opens the file that the words name in git's editor; ``text`` is what a team
    configured as the way to go, shown as it is.
    """

    words: tuple[str, ...] = ()
    then: tuple[str, ...] = ()
    is_again: bool = False
    in_editor: bool = False
    text: str | None = None

    def line(self, typed: tuple[str, ...] = ()) -> str:
        """Return it as it is typed in a shell; ``typed`` are the words of the present command."""
        if self.text is not None:
            return self.text
        words = self.words
        if self.is_again:  # options go before a "--"
            end = typed.index("--") if "--" in typed else len(typed)
            words = (*typed[:end], *self.words, *typed[end:])
        first = " ".join(map(shell_word, words))
        if self.in_editor:
            first = f"$(git var GIT_EDITOR) {first}"
        return f"{first} && {' '.join(map(shell_word, self.then))}" if self.then else first


SAME_AGAIN = Remedy(is_again=True)
"""The remedy that is the same command again."""


def command(*words: object) -> Remedy:
    """Return the remedy that types these words."""
    return Remedy(tuple(map(str, words)))


def again(*more: object) -> Remedy:
    """Return the remedy that is the same command once more, with these options in addition."""
    return Remedy(tuple(map(str, more)), is_again=True)


def did_you_mean(near: str | None) -> str:
    """Return the question that follows the sentence of an unknown word; none where nothing is near."""
    return f" Did you mean '{near}'?" if near else ""


def shell_word(text: str) -> str:
    """Quote one word for a command line that is shown to a person."""
    if text and re.fullmatch(r"[\w@%+=:,./-]+", text):
        return text
    return "'" + text.replace("'", "'\\''") + "'"


class Problem(Struct, frozen=True):
    """One thing that stands in the way.

    ``code`` is a stable word for programs, ``message`` one full sentence that says what is the case. ``about`` is the
    step it concerns, as ``status`` names it ("deploy", "backport develop"): what a step reported is not repeated by
    what is observed at the end.
    """

    code: str
    message: str
    remedy: Remedy
    exit_code: ExitCode = ExitCode.REFUSED
    about: str | None = None
    summary: str | None = None
    """The message for one row of ``status``, where that is shorter."""


class HotfixError(Exception):
    """Ends a command with one or more problems; the command line prints them and exits with ``exit_code``.

    ``hotfix`` is the id of the hotfix it is about, ``typed`` the command that was typed, once they are known.
    """

    hotfix: str | None = None
    typed: tuple[str, ...] | None = None

    def __init__(self, *problems: Problem) -> None:
        super().__init__("; ".join(problem.message for problem in problems))
        self.problems = problems

    @property
    def exit_code(self) -> ExitCode:
        """The one code for all problems: a missing decision first, then the server, then any other."""
        return exit_code_of(self.problems)


class Interrupted(KeyboardInterrupt):
    """An interruption after which the same command does not simply go on; ``problem`` says what is so now."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


def told_by(stop: BaseException) -> Problem | None:
    """Return what an interruption says, or one that it came upon: git hands on a Ctrl-C that we had already."""
    at: BaseException | None = stop
    while at is not None and not isinstance(at, Interrupted):
        at = at.__context__
    return at.problem if at is not None else None


class Unclear(HotfixError):
    """Exit 2: a setting that was found in several ways; a person is asked once for one of the candidates."""

    def __init__(self, code: str, what: str, *, question: str, setting: str, candidates: tuple[str, ...]) -> None:
        listed = ", ".join(f"'{name}'" for name in candidates)
        remedy = command("git", "config", f"hotfix.{setting}", candidates[0])
        super().__init__(Problem(code, f"{what}: {listed}.", remedy, ExitCode.USAGE))
        self.question = question
        self.setting = setting
        self.candidates = candidates


def exit_code_of(problems: tuple[Problem, ...]) -> ExitCode:
    """Return the exit code for several problems at once (2 before 5 before the first one's own)."""
    codes = [problem.exit_code for problem in problems]
    for first in (ExitCode.USAGE, ExitCode.SERVER):
        if first in codes:
            return first
    return codes[0]


def refused(code: str, message: str, remedy: Remedy) -> HotfixError:
    """Exit 1: nothing was changed."""
    return HotfixError(Problem(code, message, remedy, ExitCode.REFUSED))


def wrong_input(code: str, message: str, remedy: Remedy) -> HotfixError:
    """Exit 2: the command line, an answer or the configuration is missing or wrong."""
    return HotfixError(Problem(code, message, remedy, ExitCode.USAGE))


def server_failed(code: str, message: str, remedy: Remedy) -> HotfixError:
    """Exit 5: the server refused or could not be reached; nothing was published."""
    return HotfixError(Problem(code, message, remedy, ExitCode.SERVER))
