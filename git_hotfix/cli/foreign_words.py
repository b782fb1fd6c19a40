"""Words that are no commands here: of git and git-flow, and mistyped ones."""

from __future__ import annotations

from difflib import get_close_matches
from os.path import commonprefix

from git_hotfix.cli.commands import COMMANDS, READING
from git_hotfix.errors import did_you_mean

_WAITS = "it is an option of finish, backport and rollback, and the status names the one that waits"
_BRANCH = "'git push -u REMOTE BRANCH' shares a hotfix branch, 'finish' puts the fix into production"
FOREIGN: dict[str, tuple[str, tuple[str, ...]]] = {
    "abort": (_WAITS, ("status",)),
    "continue": (_WAITS, ("status",)),
    "publish": (_BRANCH, ("finish", "--dry-run")),
    "push": (_BRANCH, ("finish", "--dry-run")),
    "track": ("'git switch' takes over the branch of a colleague, and 'list' names it", ("list",)),
    "delete": (
        "'cleanup' deletes the branch of a fix that is everywhere, 'close' one without a fix",
        ("cleanup",),
    ),
    "undo": ("'rollback' reverts a published fix, and asks first", ("rollback",)),
    "revert": ("'rollback' reverts a published fix, and asks first", ("rollback",)),
}
"""Words of git and git-flow: what they mean here, and the command that answers them."""

HARMLESS = READING | {"start", "test", "note", "init", "drill", "demo"}
"""The commands that a mistyped word is completed to; of others the help is offered."""


def meaning_of(word: str) -> tuple[str, tuple[str, ...]]:
    """Return the sentence that refuses a word that is no command, and the words of the command that was meant.

    Of the commands that look like a mistyped word it is the one with which it has the longest beginning in common.
    """
    if word in FOREIGN:
        meaning, words = FOREIGN[word]
        return f"There is no command '{word}': {meaning}.", words
    found = [*get_close_matches(word, COMMANDS, 9), *(each for each in COMMANDS if word and each.startswith(word))]
    near = max(found, key=lambda each: (len(commonprefix((word, each))), each in HARMLESS), default=None)  # noqa: RUF071  # letters are meant
    return f"There is no command '{word}'.{did_you_mean(near)}", (near,) if near else ()
