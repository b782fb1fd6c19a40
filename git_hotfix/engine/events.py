"""What is reported while steps run; who listens decides how it looks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from msgspec import Struct

from git_hotfix.commands.process import Runner
from git_hotfix.git.program import without_local_environment
from git_hotfix.hotfix import Once
from git_hotfix.memory_file import is_news

if TYPE_CHECKING:
    from pathlib import Path

    from git_hotfix.engine.run import Run
    from git_hotfix.errors import Problem
    from git_hotfix.git.repository import Repository


class Said(Struct, frozen=True):
    """A sentence about what was just observed."""

    text: str


class Warned(Struct, frozen=True):
    """A sentence the user should not miss."""

    text: str


class Noted(Struct, frozen=True):
    """A sentence about the plan, before it is carried out."""

    text: str


class Stepped(Struct, frozen=True):
    """A planned step begins, or has taken a while."""

    text: str


class Running(Struct, frozen=True):
    """A command of the team's is about to run."""

    command: str
    directory: str


class Output(Struct, frozen=True):
    """A piece of output of a running command, as it came."""

    piece: bytes


class Waiting(Struct, frozen=True):
    """What is being waited for, in the place of what was shown before; nothing takes that away, None leaves it."""

    text: str | None


Event = Said | Warned | Noted | Stepped | Running | Output | Waiting
Tell = Callable[[Event], None]


class Telling:
    """Who tells what was observed, and remembers what was told."""

    repository: Repository

    def __init__(self, tell: Tell) -> None:
        self.tell = tell
        self.is_alone = False
        """Whether the lock is held, and what is kept here may be changed."""
        self.noted: list[str] = []
        """What was noted and warned of, for the answer to programs."""
        self._warned: set[str] = set()
        self._heard: set[str] = set()
        self.asked_hooks: set[str] = set()
        """The hooks of git-flow that have let this run go on, with their branch: each is asked once."""

    def say(self, text: str) -> None:
        """Report what was observed."""
        self.tell(Said(text))

    def hear(self, line: str) -> None:
        """Report what the server says of a push, each line once: "Create a pull request by visiting ..."."""
        if line not in self._heard:
            self._heard.add(line)
            self.say(line)

    def note(self, text: str) -> None:
        """Report something about the plan."""
        if not isinstance(text, Once) or is_news(self.repository.common_dir, text, keeps=self.is_alone):
            self.noted.append(str(text))
            self.tell(Noted(text))

    def warn_once(self, text: str) -> None:
        """Report what should not be missed, the first time."""
        if text not in self._warned:
            self._warned.add(text)
            self.warn(text)

    def go_on_without(self, wrong: Iterable[Problem]) -> None:
        """Report what is wrong with the configuration and counts for nothing."""
        for problem in wrong:
            self.warn_once(f"{problem.message} It is ignored.")

    def warn(self, text: str) -> None:
        """Report what should not be missed."""
        self.noted.append(text)
        self.tell(Warned(text))


def runner_in(
    run: Run, directory: Path, line: str | None, log: Path | None = None, told: Mapping[str, str] | None = None
) -> Runner:
    """Tell that a command of the team's is about to run in a folder; return what runs it there and tells its output.

    ``told`` is what it finds in its environment.
    """
    git = run.repository.git
    if line:
        run.tell(Running(line, str(directory)))
    environment = {**without_local_environment(git.environment), **(told or {})}
    return Runner(directory, environment, lambda piece: run.tell(Output(piece)), log, git.shows)
