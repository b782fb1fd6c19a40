"""git-flow's hooks of a hotfix, with AVH's arguments and the environment of git-flow-next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from git_hotfix.engine.events import runner_in
from git_hotfix.errors import HotfixError, again, refused
from git_hotfix.git.hooks import gitflow_program

if TYPE_CHECKING:
    from git_hotfix.engine.run import Run


def before(run: Run, action: str, branch: str, base: str, name: str | None = None) -> None:
    """Run ``pre-flow-hotfix-ACTION``, once in a run; one that fails ends the run: nothing is done yet."""
    asked = f"{action} {branch}"
    if not run.repository.habits.runs_hooks or asked in run.asked_hooks:
        return
    why = _failure(run, f"pre-flow-hotfix-{action}", branch, base, name)
    if why is not None:
        raise refused("hook-refused", why, again("--no-verify"))
    run.asked_hooks.add(asked)


def after(run: Run, action: str, branch: str, base: str, name: str | None = None) -> None:
    """Run ``post-flow-hotfix-ACTION``; that it failed, or could not be started, is reported."""
    try:
        why = _failure(run, f"post-flow-hotfix-{action}", branch, base, name)
    except HotfixError as error:
        why = error.problems[0].message
    if why is not None:
        run.warn(why)


def _failure(run: Run, hook: str, branch: str, base: str, name: str | None) -> str | None:
    """Run a hook, if there is one; return that it failed.

    Its first argument is the tag; of a start and a publication the one that is to come (AVH's ``git-flow-hotfix``).
    """
    repository, world = run.repository, run.world
    program = gitflow_program(repository, hook)
    if program is None:
        return None
    short, origin = branch.removeprefix(run.config.branches.prefix), world.remote.name if world.remote else "origin"
    if name is None and hook.endswith(("-start", "-publish")):
        from git_hotfix.git.gitflow import version_prefix  # noqa: PLC0415  # seldom

        name = f"{version_prefix(run.git_config)}{short}"
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
