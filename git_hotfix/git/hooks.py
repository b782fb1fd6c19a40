"""Hooks of git that run here where git itself would run them: those of a commit and of a merge (githooks(5)).

And the files of git-flow's hooks, and its filters.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from git_hotfix.errors import again, refused
from git_hotfix.git.child import TimedOut, hear_child, start_child
from git_hotfix.git.messages import keeping_trailers, subject_of
from git_hotfix.git.past import found_once
from git_hotfix.git.program import without_local_environment
from git_hotfix.git.settings import git_config_of
from git_hotfix.limits import read_file

if TYPE_CHECKING:
    from git_hotfix.git.program import Git
    from git_hotfix.git.repository import Repository
    from git_hotfix.hotfix import Oid

FILTER_SECONDS = 30.0
"""How long a filter may do nothing: a rollback waits for it."""
_STOPS = 127
"""The exit code by which a filter of AVH's stops what is being done."""


def hook_path(git: Git, name: str) -> Path:
    """Return where a hook of that name is looked for (``core.hooksPath``)."""
    if git.folders is None or git.is_tied or git_config_of(git).entries_of("core.hooksPath"):
        return git.directory / git.once("rev-parse", "--git-path", f"hooks/{name}").text
    return git.folders.common_dir / "hooks" / name


def has_hook(git: Git, name: str) -> bool:
    """Return whether a hook of that name is there to run."""
    return is_program(hook_path(git, name))


def is_program(path: Path) -> bool:
    """Return whether a file is there that can be run."""
    return path.is_file() and os.access(path, os.X_OK)


def as_hooks_leave_it(repository: Repository, tree: Oid, message: str, *, is_merge: bool) -> str:
    """Return the message of a commit as the hooks leave it that git runs before it; one that refuses ends the run.

    They see the commit's files as the index. Trailers of the message stay its trailers, whatever is written behind.
    Where they leave no message nothing is committed, as by git.
    """
    git, verifies = repository.git, repository.habits.runs_hooks
    names = ["pre-merge-commit"] * (is_merge and verifies) + ["prepare-commit-msg"] + ["commit-msg"] * verifies
    there = [name for name in names if has_hook(git, name)]
    if not there:
        return message
    import tempfile  # noqa: PLC0415  # 3 ms

    with tempfile.TemporaryDirectory(prefix="git-hotfix-") as folder:
        file = Path(folder) / "COMMIT_EDITMSG"
        file.write_bytes(message.encode("utf-8", "surrogateescape"))
        extra = {"GIT_INDEX_FILE": f"{folder}/index", "GIT_EDITOR": ":"}
        git.run("read-tree", tree, extra=extra)
        arguments: dict[str, tuple[str, ...]] = {
            "prepare-commit-msg": (str(file), "merge" if is_merge else "message"),
            "commit-msg": (str(file),),
        }
        for name in there:
            answer = git.ask("hook", "run", name, "--", *arguments.get(name, ()), extra=extra)
            if answer.code != 0 and not verifies:
                return message  # git runs prepare-commit-msg all the same; it holds nobody back who says --no-verify
            if answer.code != 0:
                said = f"The hook '{name}' refuses the commit '{subject_of(message)}': {answer.why}"
                raise refused("hook-refused", said, again("--no-verify"))
        try:
            left, why = read_file(file).decode("utf-8", "surrogateescape"), "it is empty"
        except OSError as error:
            left, why = "", f"it cannot be read ({error.strerror})"
    if any(line.strip() and not line.startswith("Signed-off-by: ") for line in left.split("\n")):
        return keeping_trailers(left, message)
    if not verifies:
        return message
    said = f"The commit '{subject_of(message)}' has no message left after the hook '{there[-1]}': {why}."
    raise refused("hook-refused", said, again("--no-verify"))  # "Aborting commit due to empty commit message"


def gitflow_path(repository: Repository, name: str) -> Path:
    """Return where a hook or filter of git-flow's is: in ``gitflow.path.hooks``, else where git's own hooks are."""
    folder = git_config_of(repository.git).last("gitflow.path.hooks")
    if not folder:
        return hook_path(repository.git, name)
    own = os.path.expanduser(folder)  # noqa: PTH111  # of a user who is not here it stays as it is
    return (repository.top or repository.git_dir) / own / name


def gitflow_program(repository: Repository, name: str) -> Path | None:
    """Return the file of such a hook, where it can be run."""
    path = gitflow_path(repository, name)
    return path if is_program(path) else None


def hooks_here(repository: Repository) -> dict[tuple[str, Path], tuple[str, ...]]:
    """Return the names of the hooks that are here, by the setting that names their folder, and the folder."""
    folders = {("core.hooksPath", hook_path(repository.git, "pre-push").parent)}
    if git_config_of(repository.git).last("gitflow.path.hooks"):
        folders.add(("gitflow.path.hooks", gitflow_path(repository, "pre-flow-hotfix-start").parent))
    found = ((key, folder.resolve()) for key, folder in sorted(folders) if folder.is_dir())
    return {
        (key, folder): tuple(each.name for each in sorted(folder.iterdir()) if is_program(each) and not each.suffix)
        for key, folder in found
    }


@found_once
def filtered(repository: Repository, name: str, said: str, *more: str) -> str | None:
    """Return what the filter ``filter-flow-hotfix-NAME`` makes of a text, once in a run; the text, where there is none.

    As with AVH all that it prints counts, whatever its exit code; None where it ends with 127, or prints nothing.
    One that cannot be started, or does nothing for a while, prints nothing.
    """
    program = gitflow_program(repository, f"filter-flow-hotfix-{name}")
    if program is None:
        return said
    config = git_config_of(repository.git)
    told = {
        "MASTER_BRANCH": config.last("gitflow.branch.master") or "",
        "DEVELOP_BRANCH": config.last("gitflow.branch.develop") or "",
        "BRANCH_TYPE": "hotfix",
        "VERSION": more[-1] if more else said,
    }
    environment = {**without_local_environment(repository.git.environment), **told}
    try:
        child = start_child((str(program), said, *more), repository.top or repository.git_dir, environment)
        code, out, _ = hear_child(child, FILTER_SECONDS, held_seconds=FILTER_SECONDS)
    except (OSError, TimedOut):
        return None
    made = out.decode("utf-8", "surrogateescape").strip()
    return made if made and code != _STOPS else None
