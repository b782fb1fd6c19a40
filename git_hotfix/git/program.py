"""The one place that starts git: environment, terminal, time limits, what came back."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from git_hotfix.errors import HotfixError, Problem, command, refused
from git_hotfix.git.child import NO_FETCHING, Child, end_child, hear_child, start_child
from git_hotfix.git.silence import HELD_SECONDS
from git_hotfix.git.wait import Wait

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from git_hotfix.git.wait import ShowWait

LOCAL_ENVIRONMENT = (
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_DIR",
    "GIT_GRAFT_FILE",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_NO_REPLACE_OBJECTS",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
    "GIT_REPLACE_REF_BASE",
    "GIT_SHALLOW_FILE",
    "GIT_WORK_TREE",
)
"""What ``git rev-parse --local-env-vars`` lists, but configuration: it ties git to one repository."""


_NO_REASON = ("[GNUPG:]", "Please ", "and the repository exists.", "Aborting", "To ", "error: failed to push")
"""How lines begin that say nothing, or what to do."""


_KIND = re.compile(r"(error|fatal):\s*")


class Answer(Struct, frozen=True):
    """What a git process gave: its exit code and what it wrote."""

    code: int
    out: bytes
    err: bytes

    @property
    def text(self) -> str:
        """Standard output as text, without the last newline; bytes that are not UTF-8 survive a round trip."""
        return self.out.decode("utf-8", "surrogateescape").rstrip("\n")

    @property
    def reason(self) -> str:
        """What git said on standard error, without colours, hints and empty lines."""
        lines = self.err.decode("utf-8", "replace").splitlines()
        return "\n".join(line for line in lines if line.strip() and not line.startswith("hint:"))

    @property
    def why(self) -> str:
        """What git said, on one line: without its advice, and without the word that every reason begins with."""
        lines = [line.strip() for line in self.reason.split("\n") if line.strip()]
        words = [line for line in lines if not line.startswith(_NO_REASON)] or lines
        return " ".join(filter(None, (_KIND.sub("", word) for word in words))) or "git gave no reason"

    @property
    def failure(self) -> str | None:
        """Why it did not end well; None when it did."""
        return None if self.code == 0 else self.why

    @property
    def records(self) -> list[str]:
        """The NUL-terminated records of a ``-z`` format."""
        return [piece.decode("utf-8", "surrogateescape") for piece in self.out.split(b"\0") if piece]


class GitFailed(HotfixError):
    """A git command that had to succeed did not; its own words are in the message."""

    def __init__(self, arguments: Sequence[str], answer: Answer) -> None:
        self.answer = answer
        said = answer.reason or f"exit {answer.code}"
        if "promisor remote" in said:
            said = "What this partial clone has left out is needed, and could not be fetched."
            super().__init__(Problem("object-missing", said, command("git", "fetch", "--refetch", "--no-filter")))
            return
        super().__init__(Problem("git-failed", f"git {arguments[0]} failed: {said}", command("git", "status")))


class Folders(Struct, frozen=True):
    """Where git found its repository: this worktree's git directory, the one all worktrees share, the tree's top.

    ``top`` is None in a bare repository, and where the user stands in the git directory itself.
    """

    git_dir: Path
    common_dir: Path
    top: Path | None
    is_bare: bool

    def trees(self) -> Iterator[Path]:
        """Return the folders of the working trees of the repository (gitrepository-layout(5), ``worktrees``)."""
        if self.common_dir.name == ".git":
            yield self.common_dir.parent.resolve()
        for link in self.common_dir.glob("worktrees/*/gitdir"):
            with suppress(OSError, ValueError):
                pointer = Path(link.read_text("utf-8", "surrogateescape").rstrip("\n"))
                yield (link.parent / pointer.parent).resolve()  # relative with worktree.useRelativePaths (git 2.48)


class Git(Struct, frozen=True):
    """The git program, run in ``directory`` with ``environment``; argument lists only, never a shell."""

    directory: Path
    environment: Mapping[str, str]
    watches: Callable[[Sequence[str]], None] | None = None
    """Gets the arguments of every git process that is started (``-v``)."""
    tells: Callable[[str], None] | None = None
    """Gets a sentence when something on this machine holds a git that talks to a server."""
    shows: ShowWait | None = None
    """Shows what is waited for, where a person looks on."""
    folders: Folders | None = None
    """Where the repository of ``directory`` is, once that was asked."""
    answers: dict[tuple[str, ...], Answer] = field(default_factory=dict)
    """What ``once`` was told."""
    begun: dict[tuple[str, ...], Child] = field(default_factory=dict)
    """The processes that ``begin`` started."""

    def ask(
        self,
        *arguments: str,
        stdin: bytes = b"",
        extra: Mapping[str, str] | None = None,
        seconds: float | None = None,
        held_seconds: float = HELD_SECONDS,
        what: str = "",
    ) -> Answer:
        """Run git and return its answer, whatever the exit code.

        Messages are untranslated. So many ``seconds`` of a server's silence end it with ``TimedOut``, and so do
        ``held_seconds`` in which something here does nothing. The terminal stays attached, so that password prompts
        work; who waits there is shown ``what`` is being done.
        """
        child = self.begun.pop(arguments, None) or self._start(arguments, stdin, extra or {})
        wait = Wait(child.pid, what, self.shows) if what else None
        return Answer(*hear_child(child, seconds, self.tells, wait, held_seconds))

    def begin(self, *arguments: str, extra: Mapping[str, str] | None = None) -> None:
        """Start what ``ask`` is certainly asked soon, to go on meanwhile; ``end_begun`` ends it if it is not."""
        self.begun[arguments] = self._start(arguments, b"", extra or {})

    def end_begun(self, word: str = "") -> None:
        """End what was begun and never asked; of that only commands with this word, if one is given."""
        for arguments in [each for each in self.begun if not word or word in each]:
            end_child(self.begun.pop(arguments))

    def _start(self, arguments: tuple[str, ...], stdin: bytes, extra: Mapping[str, str]) -> Child:
        environment = {**self.environment, "LC_ALL": "C.UTF-8", "LANGUAGE": "C", **extra}
        if self.watches is not None:
            self.watches(arguments)
        try:
            return start_child(("git", *arguments), self.directory, environment, stdin)
        except OSError as error:
            message = f"git could not be started: {error.strerror}."
            raise refused("git-missing", message, command("git", "--version")) from error

    def run(self, *arguments: str, stdin: bytes = b"", extra: Mapping[str, str] | None = None) -> Answer:
        """Run git and return its answer; a non-zero exit raises ``GitFailed`` with git's own reason."""
        answer = self.ask(*arguments, stdin=stdin, extra=extra)
        if answer.code != 0:
            raise GitFailed(arguments, answer)
        return answer

    def once(self, *arguments: str) -> Answer:
        """Return what ``ask`` gives, asked once in a run: for what stays as it is. What failed is asked again."""
        known = self.answers.get(arguments)
        if known is None:
            known = self.ask(*arguments)
            if known.code == 0:
                self.answers[arguments] = known
        return known

    def forget(self, *arguments: str) -> None:
        """Let ``once`` ask this again."""
        self.answers.pop(arguments, None)

    @property
    def is_tied(self) -> bool:
        """Whether the environment ties git to one repository (``GIT_DIR`` and the like), not the folder it runs in."""
        return any(name in self.environment for name in LOCAL_ENVIRONMENT if name != "GIT_PREFIX")

    def look_up(self, *arguments: str) -> str | None:
        """Return what git answers; None where it says no, which is exit 1 without an error; else ``GitFailed``.

        A git that fails must not be taken for one that says "there is none".
        """
        return answer_or_none(arguments, self.ask(*arguments))

    def elsewhere(self, directory: Path) -> Git:
        """Return git for another folder: what ties the environment to this repository is dropped.

        With ``GIT_DIR`` exported, ``git -C OTHER-WORKTREE`` would work on the main git directory.
        """
        return Git(directory, without_local_environment(self.environment), self.watches, self.tells, self.shows)

    def with_own_index(self) -> Git:
        """Return git without an exported ``GIT_INDEX_FILE``: a new worktree's files would be written into that one."""
        environment = {name: value for name, value in self.environment.items() if name != "GIT_INDEX_FILE"}
        return Git(self.directory, environment, self.watches, self.tells, self.shows)


def answer_or_none(arguments: Sequence[str], answer: Answer) -> str | None:
    """Return the text of an answer; None for exit 1 without an error, which is git's "no"; else ``GitFailed``."""
    if answer.code == 0:
        return answer.text
    has_failed = any(line.startswith(("fatal: ", "error: ")) for line in answer.reason.split("\n"))
    if answer.code != 1 or has_failed:
        raise GitFailed(arguments, answer)
    return None


def without_local_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Drop what ties git to one repository, for commands that act elsewhere and for other people's commands."""
    return {name: value for name, value in environment.items() if name not in LOCAL_ENVIRONMENT}


def without_fetching(git: Git) -> Git:
    """Return git that fetches nothing a partial clone has left out."""
    return replace(git, environment={**git.environment, **NO_FETCHING})


def here() -> Git:
    """Return git for the current folder with the environment this program was started in."""
    try:
        directory = Path.cwd()
    except OSError as error:
        raise refused("folder-gone", "The current folder no longer exists.", command("cd", "FOLDER")) from error
    return Git(directory, dict(os.environ))
