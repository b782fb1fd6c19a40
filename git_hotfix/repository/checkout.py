"""HEAD and files: where the user is, worktrees. Nothing here overwrites a file that git does not have."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from git_hotfix.errors import refused
from git_hotfix.hotfix import BranchName, Oid, shell_word
from git_hotfix.repository.building import building
from git_hotfix.repository.halfway import moving
from git_hotfix.repository.refs import move_refs

if TYPE_CHECKING:
    from git_hotfix.repository.program import Answer, Git
    from git_hotfix.repository.remote import Update


@dataclass(frozen=True, slots=True)
class Worktree:
    """One working tree; ``branch`` is None when its HEAD is detached."""

    path: Path
    head: Oid | None
    branch: BranchName | None
    bare: bool


@dataclass(frozen=True, slots=True)
class Change:
    """One line of ``git status``: the two letters of its porcelain format and the path."""

    letters: str
    path: str

    @property
    def tracked(self) -> bool:
        """Whether git has the file (an untracked one is not in the way of anything)."""
        return self.letters != "??"


_IN_PROGRESS = {
    "MERGE_HEAD": ("a merge", "git merge --abort"),
    "rebase-merge": ("a rebase", "git rebase --abort"),
    "rebase-apply": ("a rebase", "git rebase --abort"),
    "CHERRY_PICK_HEAD": ("a cherry-pick", "git cherry-pick --abort"),
    "REVERT_HEAD": ("a revert", "git revert --abort"),
    "BISECT_LOG": ("a bisect", "git bisect reset"),
}


def worktrees(git: Git) -> tuple[Worktree, ...]:
    """Give all working trees of the repository, the main one first."""
    found = []
    for block in git.run("worktree", "list", "--porcelain", "-z").out.decode("utf-8", "surrogateescape").split("\0\0"):
        fields = {line.partition(" ")[0]: line.partition(" ")[2] for line in block.split("\0") if line}
        if "worktree" not in fields or "prunable" in fields:
            continue
        branch = fields.get("branch")
        head = fields.get("HEAD")
        found.append(
            Worktree(
                Path(fields["worktree"]),
                Oid(head) if head and head.strip("0") else None,
                BranchName(branch.removeprefix("refs/heads/")) if branch else None,
                "bare" in fields,
            )
        )
    return tuple(found)


def changes(git: Git) -> tuple[Change, ...]:
    """Give what differs from HEAD in this working tree, untracked files included, ignored ones not."""
    answer = git.run(
        "status",
        "--porcelain=v1",
        "-z",
        "--untracked-files=normal",
        "--ignore-submodules=none",
        extra={"GIT_OPTIONAL_LOCKS": "0"},
    )
    found = []
    records = iter(answer.records)
    for record in records:
        found.append(Change(record[:2], record[3:]))
        if "R" in record[:2] or "C" in record[:2]:
            next(records, None)  # the old name of a rename
    return tuple(found)


def in_progress(git: Git) -> tuple[str, str] | None:
    """Give what is unfinished in this working tree ("a rebase") and the command that ends it."""
    git_dir = Path(git.run("rev-parse", "--absolute-git-dir").text)
    for name, told in _IN_PROGRESS.items():
        if (git_dir / name).exists():
            return told
    return None


def switch_to(git: Git, branch: str) -> None:
    """Check a branch out in this working tree; a file of the user's in the way, ignored or not, refuses."""
    with moving(git, f"refs/heads/{branch}"):
        answer = _checkout(git, "--no-guess", branch, "--")
    _require(answer, branch)


def detach_at(git: Git, commit: Oid) -> None:
    """Check a commit out without a branch."""
    with moving(git, commit):
        answer = _checkout(git, "--detach", commit)
    _require(answer, commit[:12])


def advance(git: Git, tree: Worktree | None, update: Update, *, reason: str) -> str | None:
    """Move a local branch forward to a commit that contains it, with the files of the tree that has it checked out.

    Gives None when done, else git's reason why it was left where it is (changed or untracked files in the way).
    """
    if tree is None or tree.bare:
        move_refs(git, [update], reason=reason)
        return None
    assert update.new is not None  # noqa: S101  # a branch is never deleted here
    there = git.elsewhere(tree.path)
    options = ("--ff-only", "--no-overwrite-ignore", "--no-autostash", "--no-verify-signatures", "-q")
    with moving(there, update.new):
        answer = there.ask("merge", *options, update.new, extra={"GIT_REFLOG_ACTION": reason})
    return None if answer.code == 0 else in_the_way(answer)


def make_worktree(git: Git, path: Path, branch: str) -> None:
    """Check a branch out in a new linked worktree at ``path``."""
    with building(git, path, f"refs/heads/{branch}"):
        answer = git.ask("worktree", "add", "-q", str(path), branch)
    if answer.code != 0:
        raise refused("worktree-failed", f"The worktree '{path}' could not be made: {answer.reason}")


def remove_worktree(git: Git, path: Path) -> str | None:
    """Remove a linked worktree; None when done, else git's reason (it has changes of the user's)."""
    answer = git.ask("worktree", "remove", str(path))
    return None if answer.code == 0 else answer.reason


def is_checked_out(trees: tuple[Worktree, ...], branch: str) -> Worktree | None:
    """Give the working tree that has a branch checked out."""
    return next((tree for tree in trees if tree.branch == branch), None)


def _checkout(git: Git, *arguments: str) -> Answer:
    return git.ask("checkout", "-q", "--no-overwrite-ignore", *arguments)


def _require(answer: Answer, name: str) -> None:
    if answer.code != 0:
        raise refused(
            "checkout-failed",
            f"'{name}' could not be checked out: {in_the_way(answer)}",
            f"git checkout {shell_word(name)}",
        )


def in_the_way(answer: Answer) -> str:
    """Give git's reason on one line, without its advice."""
    lines = [line.strip() for line in answer.reason.split("\n")]
    words = [line for line in lines if line and not line.startswith(("Please ", "Aborting"))]
    return " ".join(word.removeprefix("error: ").removeprefix("fatal: ") for word in words) or "git gave no reason"


def reset_keeping(git: Git, tree: Worktree, commit: Oid) -> str | None:
    """Move a checked-out branch back to a commit, keeping the user's changes; None when done, else git's reason."""
    answer = git.elsewhere(tree.path).ask("reset", "--keep", "-q", commit)
    return None if answer.code == 0 else in_the_way(answer)
