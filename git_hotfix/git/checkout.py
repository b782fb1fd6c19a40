"""HEAD and files: what is changed, what is checked out. Nothing here overwrites a file that git does not have."""

from __future__ import annotations

import os
import time
from contextlib import nullcontext
from typing import TYPE_CHECKING

from msgspec import Struct

from git_hotfix.errors import SAME_AGAIN, HotfixError, Problem, command, refused
from git_hotfix.git.journal import Doing, checkout_noted, noted
from git_hotfix.git.refs import move_refs
from git_hotfix.git.worktrees import git_dir_of, listed_worktrees
from git_hotfix.hotfix import Oid, branch_ref

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from git_hotfix.git.program import Answer, Git
    from git_hotfix.git.remote import Update
    from git_hotfix.git.worktrees import Worktree


class Change(Struct, frozen=True):
    """One line of ``git status``: the two letters of its porcelain format and the path."""

    letters: str
    path: str

    @property
    def tracked(self) -> bool:
        """Whether git has the file (an untracked one is not in the way of anything)."""
        return self.letters != "??"


_IN_PROGRESS = {
    "MERGE_HEAD": ("a merge", "merge --continue"),
    "rebase-merge": ("a rebase", "rebase --continue"),
    "rebase-apply/applying": ("a series of patches (git am)", "am --continue"),
    "rebase-apply": ("a rebase", "rebase --continue"),
    "CHERRY_PICK_HEAD": ("a cherry-pick", "cherry-pick --continue"),
    "REVERT_HEAD": ("a revert", "revert --continue"),
    "sequencer": ("a cherry-pick or revert", "status"),  # between two commits of several
    "BISECT_LOG": ("a bisect", "bisect reset"),
}
"""What git leaves in its folder meanwhile, and how it is ended without losing what the user has resolved."""


def tracked_files(git: Git) -> tuple[str, ...]:
    """Return the files in the index of this working tree, from its top."""
    return tuple(git.run("ls-files", "--full-name", "-z", ":/").records)


# what was built in a submodule is no more the user's work than here
_STATUS = ("status", "--porcelain=v1", "-z", "--ignore-submodules=untracked")
_LOCK_SECONDS = 1.0
_NO_LOCKS = {"GIT_OPTIONAL_LOCKS": "0"}


def begin_changes(git: Git) -> None:
    """Begin what ``changes`` is asked soon, without the untracked files: git looks at every file meanwhile."""
    git.begin(*_STATUS, "--untracked-files=no", extra=_NO_LOCKS)


def changes(git: Git, *, untracked: bool = True) -> tuple[Change, ...]:
    """Return what differs from HEAD in this working tree, with the untracked files: for those all folders are read."""
    answer = git.run(*_STATUS, f"--untracked-files={'normal' if untracked else 'no'}", extra=_NO_LOCKS)
    found = []
    records = iter(answer.records)
    for record in records:
        found.append(Change(record[:2], record[3:]))
        if "R" in record[:2] or "C" in record[:2]:
            next(records, None)  # the old name of a rename
    return tuple(found)


def unmerged(git: Git) -> tuple[str, ...]:
    """Return the files of this working tree that still are in conflict."""
    records = git.run("ls-files", "--unmerged", "-z").records
    return tuple(dict.fromkeys(record.partition("\t")[2] for record in records))


def submodules_in(git: Git, paths: Iterable[str]) -> tuple[str, ...]:
    """Return which of these paths are submodules: no stash can hold what was changed in one."""
    wanted = [f":(top,literal){path}" for path in paths]
    records = git.run("ls-files", "--stage", "--full-name", "-z", "--", *wanted).records if wanted else []
    return tuple(record.partition("\t")[2] for record in records if record.startswith("160000 "))


def in_progress(git: Git) -> tuple[str, str] | None:
    """Return what is unfinished in this working tree ("a rebase") and the command that goes on with it."""
    git_dir = git_dir_of(git)
    for name, (what, words) in _IN_PROGRESS.items():
        if (git_dir / name).exists():
            return what, f"git {words}"
    return None


def index_lock(git: Git) -> Problem | None:
    """Return that the index of this working tree is locked: one that works with it is waited for briefly.

    That a killed git has left it is said only of a file of this user's that was there before and after no git was.
    """
    lock, until = git_dir_of(git) / "index.lock", time.monotonic() + _LOCK_SECONDS
    while lock.exists() and time.monotonic() < until:
        time.sleep(_LOCK_SECONDS / 20)
    before = _made(lock)
    if before is None:
        return None
    from git_hotfix.git.stale_locks import is_git_at_work  # noqa: PLC0415  # hardly ever

    is_at_work, after = is_git_at_work((git.directory, lock.parent)), _made(lock)
    if after is None:
        return None
    if is_at_work or before != after or before[0] != os.getuid():
        message = f"'{lock}' locks the index: a git that works here may hold it."
        return Problem("index-locked", message, SAME_AGAIN)
    message = f"'{lock}' locks the index, and no git is at work here: one that was killed has left it."
    return Problem("index-locked", message, command("rm", lock))


def _made(lock: Path) -> tuple[int, int, int] | None:
    """Return whose a lock is, and which file: None where it is gone."""
    try:
        about = lock.lstat()
    except OSError:
        return None
    return about.st_uid, about.st_ino, about.st_ctime_ns


def switch_to(git: Git, branch: str, *, head: Oid | None, tip: Oid | None) -> str | None:
    """Check a branch, which is at ``tip``, out in this working tree, whose HEAD is at ``head``.

    A file of the user's in the way, ignored or not, refuses. Returns what a post-checkout hook said that failed
    afterwards: git moves HEAD before it runs (githooks(5)).
    """
    with checkout_noted(git, head, tip):
        answer = _checkout(git, "--no-guess", branch, "--")
    if answer.code != 0 and git.ask("symbolic-ref", "-q", "HEAD").text != branch_ref(branch):
        raise _not_checked_out(answer, branch)
    return answer.failure


def follow(git: Git, branch: str, remote: str) -> None:
    """Let a branch here track the one of that name on a remote, as after ``git push -u``."""
    git.run("config", "--local", f"branch.{branch}.remote", remote)
    git.run("config", "--local", f"branch.{branch}.merge", branch_ref(branch))


def detach_at(git: Git, commit: Oid, *, head: Oid | None) -> str | None:
    """Check a commit out without a branch; return what a failing post-checkout hook said, as ``switch_to`` does."""
    with checkout_noted(git, head, commit):
        answer = _checkout(git, "--detach", commit)
    is_there = answer.code == 0 or git.ask("rev-parse", "-q", "--verify", "HEAD").text == commit
    if not is_there or (answer.code != 0 and git.ask("symbolic-ref", "-q", "HEAD").code == 0):
        raise _not_checked_out(answer, commit[:7])
    return answer.failure


def advance(git: Git, tree: Worktree | None, update: Update, *, reason: str) -> str | None:
    """Move a local branch forward to a commit that contains it, with the files of the tree that has it checked out.

    Returns None when done, else git's reason why it was left where it is (changed or untracked files in the way).
    """
    if tree is None or tree.bare:
        move_refs(git, [update], reason=reason)
        return None
    assert update.new is not None  # noqa: S101  # a branch is never deleted here
    there = git.elsewhere(tree.path)
    if unfinished := in_progress(there):
        return f"{unfinished[0]} is unfinished in '{tree.path}'"
    # --no-squash: branch.NAME.mergeOptions may ask for it, and then git would move nothing and say nothing
    options = ("--ff-only", "--no-squash", "--no-overwrite-ignore", "--no-autostash", "--no-verify-signatures", "-q")
    with checkout_noted(there, tree.head, update.new):
        answer = there.ask("merge", *options, update.new, extra={"GIT_REFLOG_ACTION": reason})
    return answer.failure


def make_worktree(git: Git, path: Path, commit: Oid, branch: str | None = None) -> str | None:
    """Check a commit, and the branch that is at it, out in a new linked worktree at ``path``.

    Returns what a failing post-checkout hook said, as ``switch_to`` does.
    """
    what = (branch,) if branch is not None else ("--detach", commit)
    is_refused = path.is_dir() and any(path.iterdir())  # by git: nothing of it is git's
    with nullcontext() if is_refused else noted(git, Doing("worktree", str(path), commit)):
        answer = git.with_own_index().ask("worktree", "add", "-q", str(path), *what)
    if answer.code == 0:
        return None
    made = next((tree for tree in listed_worktrees(git) if tree.path == path.resolve()), None)
    if made is None or what[-1] not in {made.branch, made.head}:
        message = f"The worktree '{path}' could not be made: {answer.why}"
        raise refused("worktree-failed", message, command("ls", "-ld", path))
    return answer.why


def _checkout(git: Git, *arguments: str) -> Answer:
    return git.ask("checkout", "-q", "--no-overwrite-ignore", *arguments)


def _not_checked_out(answer: Answer, name: str) -> HotfixError:
    return refused(
        "checkout-failed",
        f"'{name}' could not be checked out: {answer.why}",
        command("git", "checkout", name),
    )


def reset_keeping(git: Git, tree: Worktree, commit: Oid) -> str | None:
    """Move a checked-out branch back to a commit, keeping the user's changes; None when done, else git's reason."""
    return git.elsewhere(tree.path).ask("reset", "--keep", "-q", commit).failure
