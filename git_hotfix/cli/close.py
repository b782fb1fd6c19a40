"""``git hotfix close``: end a hotfix that ships no code."""

from __future__ import annotations

from typing import Any

import click
from msgspec.structs import replace

from git_hotfix.cli.execution import find, run_command
from git_hotfix.cli.options import acting, by_request, no_verify
from git_hotfix.cli.session import looking, open_run, request_of
from git_hotfix.facts.closing import is_untouched
from git_hotfix.steps.commands import CLOSE
from git_hotfix.steps.request import UNDONE, LeaveRequest


@acting
@click.option(
    "--as",
    "status",
    type=click.Choice(["cancelled", "resolved", "undone"]),
    help="Not needed; solved without code (configuration, restart, vendor); begun by mistake: no report is left.",
)
@click.option("--reason", metavar="TEXT", help="Why; it goes into the report.")
@click.option("--discard", is_flag=True, help="Delete the fix commits on the branch; their ids are printed.")
@click.option("--drop-report", is_flag=True, help="Do not write the report to develop.")
@by_request
@no_verify
def close(context: click.Context, /, **_: Any) -> int:
    """End a hotfix that ships no code: the report goes to develop, the branch is deleted."""
    run = looking(context, open_run(context), must_answer=True)
    request = request_of(context, run, LeaveRequest)
    found = find(context, run)
    if request.status is None and not request.reason and is_untouched(run.look(found)):
        request = replace(request, status=UNDONE)  # a mistyped 'start'
    return run_command(context, run, found, CLOSE, request)
