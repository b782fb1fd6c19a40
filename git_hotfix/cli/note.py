"""``git hotfix note``: a row for the timeline, while it happens."""

from __future__ import annotations

from typing import Any

import click

from git_hotfix import clock
from git_hotfix.cli.execution import run_command
from git_hotfix.cli.options import Command
from git_hotfix.cli.session import looking_for, request_of
from git_hotfix.errors import command, wrong_input
from git_hotfix.escapes import stripped
from git_hotfix.git.identity import identity
from git_hotfix.steps.commands import NOTE
from git_hotfix.steps.request import NoteRequest


@click.command(cls=Command, plans=True)
@click.argument("text", nargs=-1, required=True)
@click.option("--hotfix", metavar="HOTFIX", help="Which hotfix, if not the one checked out.")
@click.option("--at", metavar="WHEN", help="When it happened: 14:05, '10m ago', or an ISO time (now).")
@click.option("--mitigated", is_flag=True, help="From then on users were no longer affected.")
@click.pass_context
def note(context: click.Context, /, text: tuple[str, ...], *, hotfix: str | None, at: str | None, **_: Any) -> int:
    """Add TEXT to the timeline of the report: committed before publication, queued after it."""
    run, found = looking_for(context, hotfix, or_newest=True)
    event = stripped(" ".join(" ".join(text).split()))
    if not event:
        raise wrong_input("empty-note", "The note is empty.", command("git", "hotfix", "note", "TEXT"))
    when = clock.rfc3339(clock.when_told(at, at=clock.now()) if at else clock.now())
    source = identity(run.repository.git).author.name
    request = request_of(context, run, NoteRequest, event=event, when=when, source=source)
    return run_command(context, run, found, NOTE, request)
