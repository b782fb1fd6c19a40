"""git-flow's hooks and filters of a hotfix, with AVH's arguments and the environment of git-flow-next."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from git_hotfix.engine.events import runner_in
from git_hotfix.errors import HotfixError, again, refused
from git_hotfix.git.child import run_child
from git_hotfix.git.hooks import hook_path, is_program
from git_hotfix.git.messages import keeping_trailers
from git_hotfix.git.program import without_local_environment
from git_hotfix.git.settings import git_config_of

if TYPE_CHECKING:
    from git_hotfix.engine.run import Run
    from git_hotfix.git.repository import Repository


def before(run: Run, action: str, branch: str, base: str, name: str | None = None) -> None:
    """Run ``pre-flow-hotfix-ACTION``; one that fails ends the run: nothing is done yet."""
    why = _failure(run, f"pre-flow-hotfix-{action}", branch, base, name) if run.repository.habits.runs_hooks else None
    if why is not None:
        raise refused("hook-refused", why, again("--no-verify"))


def after(run: Run, action: str, branch: str, base: str, name: str | None = None) -> None:
    """Run ``post-flow-hotfix-ACTION``; that it failed, or could not be started, is reported."""
    try:
        why = _failure(run, f"post-flow-hotfix-{action}", branch, base, name)
    except HotfixError as error:
        why = error.problems[0].message
    if why is not None:
        run.warn(why)


def filtered_message(repository: Repository, message: str, tag: str) -> str:
    """Return a tag's message as ``filter-flow-hotfix-finish-tag-message`` leaves it, with its trailers.

    A filter that fails, or says nothing, leaves it as it is.
    """
    program = _program(repository, "filter-flow-hotfix-finish-tag-message")
    if program is None:
        return message
    environment = without_local_environment(repository.git.environment)
    words, folder = (str(program), message, tag), repository.top or repository.git_dir
    code, out, _ = run_child(words, folder, {**environment, "BRANCH_TYPE": "hotfix", "VERSION": tag}, b"")
    said = out.decode("utf-8", "surrogateescape").strip()
    return keeping_trailers(said, message) if code == 0 and said else message


def _failure(run: Run, hook: str, branch: str, base: str, name: str | None) -> str | None:
    """Run a hook, if there is one; return that it failed."""
    repository, world = run.repository, run.world
    program = _program(repository, hook)
    if program is None:
        return None
    short, origin = branch.removeprefix(run.config.branches.prefix), world.remote.name if world.remote else "origin"
    told = {
        "BRANCH": branch,
        "BRANCH_NAME": short,
        "BRANCH_TYPE": "hotfix",
        "BASE_BRANCH": base,
        "ORIGIN": origin,
        "VERSION": name or short,
        "EXIT_CODE": "0",
    }
    words = (str(program), name or short, origin, branch, *([base] if hook.endswith("-start") else []))
    runner = runner_in(run, repository.top or repository.git_dir, hook, told=told)
    code = runner.run(words, key=hook).code
    return f"The hook '{hook}' ended with {code}." if code else None


def _program(repository: Repository, name: str) -> Path | None:
    """Return a hook's file: in ``gitflow.path.hooks``, else where git's own hooks are."""
    folder = git_config_of(repository.git).last("gitflow.path.hooks")
    path = hook_path(repository.git, name)
    if folder:
        path = (repository.top or repository.git_dir) / Path(folder).expanduser() / name
    return path if is_program(path) else None
