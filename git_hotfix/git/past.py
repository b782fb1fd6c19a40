"""What is known about commits named by their full ids: it does not change, so it is found out once in a run."""

from __future__ import annotations

from collections.abc import Sized
from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from git_hotfix.git.program import GitFailed, answer_or_none

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from git_hotfix.git.program import Answer
    from git_hotfix.git.repository import Repository

P = ParamSpec("P")
T = TypeVar("T")
S = TypeVar("S", bound=Sized)

MOST_NAMES = 500_000
"""How many names the last large answers that are kept may have together: 10,000 take 2 MB."""

_A_NAME = 200
"""So many bytes of a file count as one."""


class Past:
    """Answers of git and of libgit2 about full ids, kept for the whole run.

    The world is looked at afresh before every step, and most of what is asked then is about the same commits. Errors
    are not kept: the next one who asks may have fetched what was missing.
    """

    def __init__(self, ask: Callable[..., Answer]) -> None:
        self._ask = ask
        self._answers: dict[tuple[str, ...], Answer] = {}
        self._recent: dict[Hashable, Any] = {}
        self._names = 0
        self.known: dict[Hashable, Any] = {}
        """What functions that are ``found_once`` have found, by their names and arguments."""

    def ask(self, *arguments: str) -> Answer:
        """Return what git answers, whatever the exit code; kept when it is 0 or 1 without a word of complaint."""
        known = self._answers.get(arguments)
        if known is not None:
            return known
        answer = self._ask(*arguments)
        if answer.code <= 1 and not answer.err:
            self._answers[arguments] = answer
        return answer

    def run(self, *arguments: str) -> Answer:
        """Return what git says; a non-zero exit raises ``GitFailed``."""
        answer = self.ask(*arguments)
        if answer.code != 0:
            raise GitFailed(arguments, answer)
        return answer

    def look_up(self, *arguments: str) -> str | None:
        """Return what git says, None where it says no, as ``Git.look_up`` does."""
        return answer_or_none(arguments, self.ask(*arguments))

    def recent(self, key: Hashable, find: Callable[[], S]) -> S:
        """Return the names that are known by a key, found out by ``find``; only so many of the last are kept."""
        known: S | None = self._recent.get(key)
        if known is not None:
            return known
        found = self._recent[key] = find()
        self._names += _names(found)
        while self._names > MOST_NAMES and len(self._recent) > 1:
            self._names -= _names(self._recent.pop(next(iter(self._recent))))
        return found

    def forget_absent(self, *, all_answers: bool) -> None:
        """Find out again what was denied: a fetch may have brought commits that were missing.

        With ``all_answers`` everything that was derived from history: a fetch into a shallow repository lengthens it.
        """
        self._answers = {} if all_answers else {key: said for key, said in self._answers.items() if _affirms(said)}
        self.known = {} if all_answers else {key: found for key, found in self.known.items() if found}


def found_once(find: Callable[Concatenate[Repository, P], T]) -> Callable[Concatenate[Repository, P], T]:
    """Let a function of full ids, and of what else does not change, find each answer out once in a run."""

    @wraps(find)
    def found(repo: Repository, /, *arguments: P.args, **options: P.kwargs) -> T:
        key = (find, arguments, *options.items())
        try:
            answer: T = repo.past.known[key]
        except KeyError:
            answer = repo.past.known[key] = find(repo, *arguments, **options)
        return answer

    return found


def _names(found: Sized) -> int:
    return 1 + (len(found) // _A_NAME if isinstance(found, bytes) else len(found))


def _affirms(answer: Answer) -> bool:
    return answer.code == 0 and bool(answer.out)
