"""What git is told to do to files, noted before: what a killed git leaves of it, the next run can end.

git writes the files of a checkout one by one, then the index, then HEAD; of a new worktree its folder, its own files
below ``worktrees``, then each file. Killed in between, it leaves files that the next git takes for the user's.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

from msgspec import Struct, convert, to_builtins

from git_hotfix.atomic_write import write_privately
from git_hotfix.git.worktrees import common_dir_of
from git_hotfix.limits import read_json, read_own

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from git_hotfix.git.program import Git
    from git_hotfix.hotfix import Oid

_NOTE = "doing.json"


class Doing(Struct, frozen=True):
    """A working tree whose files are on their way from one commit to others, or that is made for one, or removed.

    Commits, or their trees, are named by what does not change.
    """

    what: Literal["checkout", "worktree", "removal"]
    tree: str
    head: str = ""
    towards: tuple[str, ...] = ()


@contextmanager
def noted(git: Git, doing: Doing) -> Iterator[None]:
    """Note what git does; the note goes when git has ended by itself, after anything else the next run reads it."""
    note = common_dir_of(git) / "hotfix" / _NOTE
    write_privately(note, json.dumps(to_builtins(doing)).encode())
    yield
    note.unlink(missing_ok=True)


@contextmanager
def checkout_noted(git: Git, head: Oid | None, *towards: str | None) -> Iterator[None]:
    """Note that the files of this working tree are on their way from its HEAD to these commits or trees, or back."""
    tree = git.folders.top if git.folders is not None else git.directory
    if head is None or tree is None or None in towards:
        yield  # no commit yet: then there is nothing to come back to
        return
    with noted(git, Doing("checkout", str(tree), head, tuple(filter(None, towards)))):
        yield


def interrupted(common_dir: Path) -> Doing | None:
    """Return what a git was doing when it, or the run that had started it, was ended."""
    try:
        return convert(read_json(read_own(common_dir / "hotfix" / _NOTE)), Doing)
    except (OSError, ValueError, TypeError):
        return None


def forget(common_dir: Path) -> None:
    """Take the note away: what was interrupted has been ended."""
    (common_dir / "hotfix" / _NOTE).unlink(missing_ok=True)
