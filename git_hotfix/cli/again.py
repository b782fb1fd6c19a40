"""What a remedy says that means: the same command once more, with the options it was given."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from git_hotfix.cli.options import typed_words
from git_hotfix.hotfix import shell_word

if TYPE_CHECKING:
    from collections.abc import Sequence

    import click

    from git_hotfix.errors import Problem
    from git_hotfix.hotfix import HotfixId

_ONCE = frozenset({"--json", "-q", "--quiet", "-v", "--verbose", "--dry-run", "--continue", "--abort", "--no-push"})
"""What was meant for one run only."""
_REPEATED = frozenset({"finish", "rollback", "close"})


class Again:
    """Completes remedies of one command line: 'git hotfix finish' gets what was typed after 'finish'."""

    def __init__(self, context: click.Context, command: str, hotfix: HotfixId) -> None:
        words = [shell_word(word) for word in typed_words(context) if word not in _ONCE]
        if context.params.get("hotfix") is None:
            words.insert(0, str(hotfix))
        self._line = " ".join(("git hotfix", command, *words))
        self._plain = f"git hotfix {command}"
        self._named = f"{self._plain} {hotfix}"
        self._repeats = command in _REPEATED

    def command(self, remedy: str) -> str:
        """Return a remedy as it is typed: none at all is the same command again, and more options go to its end."""
        if not remedy or (self._repeats and remedy in {self._plain, self._named}):
            return self._line
        more = remedy.removeprefix(f"{self._named} ")
        if self._repeats and more != remedy and "--abort" not in more:
            return f"{self._line} {more}"
        return remedy

    def problems(self, problems: Sequence[Problem]) -> tuple[Problem, ...]:
        """Return problems with completed remedies."""
        return tuple(replace(problem, remedy=self.command(problem.remedy)) for problem in problems)
