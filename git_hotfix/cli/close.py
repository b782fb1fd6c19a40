"""``git hotfix close``: end a hotfix that ships no code."""

from __future__ import annotations

import click

from git_hotfix.cli.options import REASON, Command, dry_run, hotfix_argument
from git_hotfix.cli.session import find, looking, open_run, run_command, shared
from git_hotfix.steps.commands import CLOSE
from git_hotfix.steps.request import LeaveRequest


@click.command(cls=Command)
@hotfix_argument
@click.option(
    "--as",
    "status",
    type=click.Choice(["cancelled", "resolved"]),
    required=True,
    help="Not needed, or solved without code (configuration, restart, vendor).",
)
@click.option("--reason", metavar="TEXT", type=REASON, help="Why; it goes into the report.")
@click.option("--discard", is_flag=True, help="Give up the fix commits on the branch; their ids are printed.")
@click.option("--drop-report", is_flag=True, help="Do not write the report to develop.")
@dry_run
@click.pass_context
def close(
    context: click.Context,
    hotfix: str | None,
    *,
    status: str,
    reason: str | None,
    discard: bool,
    drop_report: bool,
    dry_run: bool,
) -> int:
    """End a hotfix that ships no code: the report goes to develop, the branch is deleted."""
    run = looking(context, open_run(context), must_answer=True)
    request = LeaveRequest(
        **shared(context, run), status=status, reason=reason or "", discard=discard, drop_report=drop_report
    )
    found = find(run, hotfix, "close", dry_run=dry_run)
    return run_command(context, run, found, CLOSE, request, dry_run=dry_run)
