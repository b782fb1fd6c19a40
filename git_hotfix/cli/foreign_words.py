"""Words of git and git-flow that are no commands here."""

from __future__ import annotations

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
