"""``git hotfix backport``: the published fix to develop, every release line, or where ``--to`` says."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from git_hotfix.cli.options import REASON, Command, dry_run, hotfix_argument, once
from git_hotfix.cli.session import looking, open_run, run_command, shared
from git_hotfix.errors import command, wrong_input
from git_hotfix.hotfix import Method
from git_hotfix.steps.commands import ABORT_BACKPORT, BACKPORT
from git_hotfix.steps.conflicts import skip_target, take_up_resolutions
from git_hotfix.steps.request import AbortRequest, Request

if TYPE_CHECKING:
    from collections.abc import Callable

    from git_hotfix.errors import Problem


def _by_a_method(command: Callable[..., int]) -> Callable[..., int]:
    """Add an option for each method that a person can choose."""
    for each in reversed(Method):
        if each.chosen is not None:
            command = click.option(f"--{each}", "method", flag_value=each, type=Method, help=each.chosen)(command)
    return command


@click.command(cls=Command)
@hotfix_argument
@click.option(
    "--to", metavar="BRANCH", multiple=True, help="Only to this branch; BRANCH=REV makes it first. Repeatable."
)
@_by_a_method
@once("--continue", "continue_", is_flag=True, help="Go on with the conflicts that you have resolved.")
@click.option("--skip", metavar="BRANCH", help="This branch will not get the fix; needs --reason.")
@click.option("--reason", metavar="TEXT", type=REASON, help="Why a branch is skipped; it stays visible.")
@once("--abort", "abort", is_flag=True, help="Give up the conflicts that wait; their branches stay pending.")
@click.option(
    "--worktree", "place", metavar="DIR", type=click.Path(path_type=Path), help="Lay conflicts out below DIR."
)
@click.option("-s", "--sign", is_flag=True, help="Sign the commits.")
@click.option("--no-verify", "hooks", flag_value=False, default=True, help="Run no pre-push hook.")
@dry_run
@click.pass_context
def backport(
    context: click.Context,
    hotfix: str | None,
    *,
    to: tuple[str, ...],
    method: Method | None,
    continue_: bool,
    skip: str | None,
    reason: str | None,
    abort: bool,
    place: Path | None,
    sign: bool,
    hooks: bool,
    dry_run: bool,
) -> int:
    """Carry a published fix to the branches that lack it, and write the record.

    A branch that conflicts waits in a worktree of its own, one that refuses stays pending; others get the fix.
    """
    if (skip is None) != (reason is None):
        remedy = command("git", "hotfix", "backport", "--skip", "BRANCH", "--reason", "TEXT")
        raise wrong_input("usage", "--skip and --reason go together.", remedy)
    run = looking(context, open_run(context, without_settings=True), must_answer=True)
    request = Request(
        **shared(context, run, sign=sign),
        to=to,
        method=method,
        hooks=hooks,
        place=place.resolve() if place else None,
        skips=skip if dry_run else None,
        goes_on=continue_,
    )

    def ahead() -> tuple[Problem, ...]:
        problems = take_up_resolutions(run) if continue_ else ()
        if skip is not None and reason is not None:
            skip_target(run, skip, reason)
        return problems

    wanted = ABORT_BACKPORT if abort else BACKPORT
    if abort:
        request = AbortRequest(**shared(context, run))
    return run_command(context, run, run.find(hotfix), wanted, request, dry_run=dry_run, before=ahead)
