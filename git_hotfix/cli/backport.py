"""``git hotfix backport``: the published fix to develop, every release line, or where ``--to`` says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from git_hotfix.cli.days import LAST_DAY
from git_hotfix.cli.execution import asking, run_command
from git_hotfix.cli.options import (
    UntilDone,
    acting,
    by_request,
    conflict_options,
    misused,
    no_verify,
    sign,
    trust_config,
)
from git_hotfix.cli.session import looking, open_run, request_of
from git_hotfix.hotfix import Method
from git_hotfix.steps.commands import ABORT_BACKPORT, BACKPORT, carry_out_command
from git_hotfix.steps.conflicts import skip_target, take_up_resolutions
from git_hotfix.steps.request import AbortRequest, FinishRequest, Request
from git_hotfix.steps.resolution_tests import TEST_RESOLUTIONS
from git_hotfix.steps.waive import new_waiver

if TYPE_CHECKING:
    from collections.abc import Callable

    from git_hotfix.errors import Problem


def _by_a_method(command: Callable[..., int]) -> Callable[..., int]:
    """Add an option for each method that a person can choose."""
    for each in reversed(Method):
        if each.chosen is not None:
            command = click.option(f"--{each}", "method", flag_value=each, type=Method, help=each.chosen)(command)
    return command


@acting
@click.option(
    "--to", metavar="BRANCH", multiple=True, help="Only to this branch; BRANCH=REV makes it first. Repeatable."
)
@_by_a_method
@click.option("--skip", metavar="BRANCH", help="This branch will not get the fix; needs --reason.")
@click.option("--reason", metavar="TEXT", help="Why a branch is skipped; it stays visible.")
@click.option("--until", metavar="DATE", type=LAST_DAY, help="The last day on which it is skipped, such as 2026-02-01.")
@conflict_options("the conflicts that wait; their branches stay pending")
@click.option(
    "--test", "tests", cls=UntilDone, is_flag=True, help="With --continue: run the critical tests there first."
)
@trust_config
@by_request
@sign
@no_verify
def backport(
    context: click.Context,
    /,
    hotfix: str | None,
    *,
    skip: str | None,
    reason: str | None,
    until: str | None,
    continues: bool,
    abort: bool,
    tests: bool,
    dry_run: bool,
    **_: Any,
) -> int:
    """Backport a published fix to the branches that lack it, and write the record.

    A branch that conflicts waits in a worktree of its own, one that refuses stays pending; others get the fix.
    """
    if (skip is None) != (reason is None) or (until is not None and skip is None):
        raise misused("--skip and --reason go together.", "backport", "--skip", "BRANCH", "--reason", "TEXT")
    if tests and not continues:
        raise misused("--test goes with --continue.", "backport", "--continue", "--test")
    run = looking(context, open_run(context, without_settings=True), must_answer=True)

    def ahead() -> tuple[Problem, ...]:
        if tests:
            tested = request_of(context, run, FinishRequest)
            carry_out_command(run, found, TEST_RESOLUTIONS, tested, asking(run), dry_run=False)
        problems = take_up_resolutions(run) if continues else ()
        if skip is not None and reason is not None:
            skip_target(run, new_waiver(run, skip, reason, until))
        return problems

    found = run.find(hotfix)
    if abort:
        return run_command(context, run, found, ABORT_BACKPORT, request_of(context, run, AbortRequest), before=ahead)
    request = request_of(context, run, Request, skips=skip if dry_run else None, goes_on=continues)
    return run_command(context, run, found, BACKPORT, request, before=ahead)
