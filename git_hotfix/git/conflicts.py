"""A conflict laid out by git itself in a linked worktree, so that drivers, rerere, mergetool and ``--abort`` work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from git_hotfix.errors import command, refused
from git_hotfix.git.checkout import make_worktree, unmerged
from git_hotfix.git.conflict_state import is_open
from git_hotfix.git.provenance import parents
from git_hotfix.hotfix import Method

if TYPE_CHECKING:
    from pathlib import Path

    from git_hotfix.git.program import Git
    from git_hotfix.git.repository import Repository
    from git_hotfix.hotfix import Oid


def lay_out(repository: Repository, path: Path, onto: Oid, source: Oid, method: Method) -> tuple[str, ...]:
    """Merge, pick or revert ``source`` on ``onto`` in a new worktree at ``path``, left there; return what conflicts.

    No file is returned when git resolves it by itself (a merge driver, rerere).
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    make_worktree(repository.git, path, onto)
    git = repository.git.elsewhere(path)
    answer = git.ask(*_command(repository, source, method))
    files = unmerged(git)
    if answer.code != 0 and not files and not is_open(git):  # else it would be taken for "resolved by itself"
        message = f"git could not check the conflict out in '{path}': {answer.reason}"
        raise refused("worktree-failed", message, command("git", "-C", path, "status"))
    return files


def _command(repository: Repository, source: Oid, method: Method) -> tuple[str, ...]:
    match method:
        case Method.MERGE:
            return ("merge", "--no-ff", "--no-commit", "--no-autostash", "-q", source)
        case Method.REVERT:
            return ("revert", "--no-edit", source)
        case Method.PICK:
            mainline = ("-m", "1") if len(parents(repository, source)) > 1 else ()
            return ("cherry-pick", "-x", *mainline, source)


def submodules_in_conflict(git: Git, files: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Return which of these files are submodules, each with its commit on the branch and the one that comes in."""
    named = tuple(f":(top,literal){file}" for file in files)
    found: dict[str, tuple[str, ...]] = {}
    for record in git.run("ls-files", "--unmerged", "--full-name", "-z", "--", *named).records if files else ():
        entry, _, file = record.partition("\t")
        mode, oid, stage = entry.split(" ")
        if mode == "160000" and stage != "1":
            found[file] = (*found.get(file, ()), oid)
    return found


def guilty_commits(repository: Repository, path: Path, fork: Oid, onto: Oid, file: str) -> tuple[str, ...]:
    """Return the commits on the branch since the fork that changed the conflicting lines of a file.

    git blames the file as it lies there: between the markers of a conflict the branch's own lines come first.
    """
    git = repository.git.elsewhere(path)  # blame takes a path as seen from where it runs
    answer = git.ask("blame", "-s", "--line-porcelain", f"^{fork}", "--", file)
    found: dict[str, None] = {}
    commit, is_ours = "", False
    for line in answer.out.split(b"\n") if answer.code == 0 else ():
        if line.startswith(b"\t"):
            is_ours = line.startswith(b"\t<<<<<<< ") or (is_ours and not line.startswith((b"\t||||||| ", b"\t=======")))
            if is_ours and commit.strip("0"):
                found.setdefault(commit)
        elif line == b"boundary":
            commit = ""
        elif len(oid := line.partition(b" ")[0]) == 40:
            commit = oid.decode("ascii", "replace")
    if not found:
        log = git.ask("log", "--format=%H", "-5", f"{fork}..{onto}", "--", f":(top,literal){file}")
        found = dict.fromkeys(log.text.split())
    options = ("--no-walk=unsorted", "--no-show-signature", "--format=%ct %h %an: %s")
    told = (line.split(" ", 1) for line in git.run("log", *options, *found).text.split("\n")) if found else ()
    return tuple(said for when, said in told if when != "0")[:5]  # 0: a throwaway commit of ours
