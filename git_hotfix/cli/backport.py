"""``git hotfix backport``: the published fix to develop, every release line, or where ``--to`` says."""

from __future__ import annotations

import click

from git_hotfix.cli.options import Command, dry_run, hotfix_argument
from git_hotfix.cli.wiring import Asker, default_request, judge_published, looking, open_session, run_hotfix
from git_hotfix.workflow.backport import plan_backport
from git_hotfix.workflow.request import FinishRequest


@click.command(cls=Command)
@hotfix_argument
@click.option(
    "--to", metavar="BRANCH", multiple=True, help="Only to this branch; BRANCH=REV makes it first. Repeatable."
)
@click.option("--merge", "method", flag_value="merge", help="Merge the hotfix branch, whatever else that brings.")
@click.option("--pick", "method", flag_value="pick", help="Pick the fix commits.")
@click.option("-s", "--sign", is_flag=True, help="Sign the commits.")
@click.option("--no-verify", "hooks", flag_value=False, default=True, help="Run no pre-push hook.")
@dry_run
@click.pass_context
def backport(
    context: click.Context,
    hotfix: str | None,
    *,
    to: tuple[str, ...],
    method: str | None,
    sign: bool,
    hooks: bool,
    dry_run: bool,
) -> int:
    """Carry a published fix to the branches that lack it, and write the record.

    A branch that conflicts or refuses stays pending with its reason; the others get the fix.
    """
    session = looking(context, open_session(context), must_answer=True)
    said = default_request(context, session, to=to, method=method, sign=sign, hooks=hooks)
    asker = Asker(session, FinishRequest(**said))
    return run_hotfix(
        context,
        "backport",
        session,
        session.find(hotfix),
        lambda situation, tried: plan_backport(session.repository, situation, asker.request, tried),
        ask=asker,
        dry_run=dry_run,
        judge=judge_published(session, deploy=False),
    )
