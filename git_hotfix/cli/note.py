"""``git hotfix note``: a row for the timeline, while it happens."""

from __future__ import annotations

import click

from git_hotfix import clock
from git_hotfix.cli.options import Command, dry_run
from git_hotfix.cli.wiring import looking, open_session, run_hotfix
from git_hotfix.errors import wrong_input
from git_hotfix.git.identity import identity
from git_hotfix.workflow.cleaning import once
from git_hotfix.workflow.decision import Plan
from git_hotfix.workflow.plan import AddRow


@click.command(cls=Command)
@click.argument("text", nargs=-1, required=True)
@click.option("--hotfix", metavar="HOTFIX", help="Which hotfix, if not the one checked out.")
@click.option("--at", metavar="WHEN", help="When it happened: 14:05, '10m ago', or an ISO time (now).")
@click.option("--mitigated", is_flag=True, help="From then on users were no longer affected.")
@dry_run
@click.pass_context
def note(
    context: click.Context, text: tuple[str, ...], *, hotfix: str | None, at: str | None, mitigated: bool, dry_run: bool
) -> int:
    """Add TEXT to the timeline of the report: committed before publication, queued after it."""
    session = looking(context, open_session(context, offline=True), must_answer=False)
    said = " ".join(" ".join(text).split())
    if not said:
        raise wrong_input("empty-note", "The note is empty.", "git hotfix note TEXT")
    now = clock.now()
    when = clock.rfc3339(clock.when_told(at, at=now) if at else now)
    source = identity(session.repository.git).author.name
    found = session.find(hotfix)
    return run_hotfix(
        context,
        "note",
        session,
        found,
        lambda _facts, tried: once(Plan(found, (AddRow(said, when, source, mitigated),)), tried),
        dry_run=dry_run,
    )
