"""Every way of saying no: what is the case, what to type about it, the exit code. Prints nothing."""

from __future__ import annotations

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


SAME_AGAIN = ""
"""The remedy that is the same command again; the command line writes it out as it was typed."""


class Problem(Struct, frozen=True):
    """One thing that stands in the way.

    ``code`` is a stable word for programs, ``message`` one full sentence that says what is the case, ``remedy``
    one command to type, with words in capitals to be replaced (or ``SAME_AGAIN``).
    """

    code: str
    message: str
    remedy: str
    exit_code: ExitCode = ExitCode.REFUSED


class HotfixError(Exception):
    """Ends a command with one or more problems; the command line prints them and exits with ``exit_code``.

    ``hotfix`` is the id of the hotfix it is about, once that is known.
    """

    hotfix: str | None = None

    def __init__(self, *problems: Problem) -> None:
        super().__init__("; ".join(problem.message for problem in problems))
        self.problems = problems

    @property
    def exit_code(self) -> ExitCode:
        """The one code for all problems: a missing decision first, then the server, then any other."""
        return exit_code_of(self.problems)


def exit_code_of(problems: tuple[Problem, ...]) -> ExitCode:
    """Return the exit code for several problems at once (2 before 5 before the first one's own)."""
    codes = [problem.exit_code for problem in problems]
    for first in (ExitCode.USAGE, ExitCode.SERVER):
        if first in codes:
            return first
    return codes[0]


def refused(code: str, message: str, remedy: str) -> HotfixError:
    """Exit 1: nothing was changed."""
    return HotfixError(Problem(code, message, remedy, ExitCode.REFUSED))


def wrong_input(code: str, message: str, remedy: str) -> HotfixError:
    """Exit 2: the command line, an answer or the configuration is missing or wrong."""
    return HotfixError(Problem(code, message, remedy, ExitCode.USAGE))


def server_failed(code: str, message: str, remedy: str) -> HotfixError:
    """Exit 5: the server refused or could not be reached; nothing was published."""
    return HotfixError(Problem(code, message, remedy, ExitCode.SERVER))
