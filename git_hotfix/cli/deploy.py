"""``git hotfix deploy``: run the deployment again, or record what a person saw."""

from __future__ import annotations

import click
from msgspec.structs import replace

from git_hotfix import clock
from git_hotfix.cli.options import Command, dry_run, hotfix_argument, trust_config, yes
from git_hotfix.cli.session import looking, open_run, run_command, shared
from git_hotfix.credentials import masked
from git_hotfix.errors import command, wrong_input
from git_hotfix.git.identity import identity
from git_hotfix.steps.commands import DEPLOY
from git_hotfix.steps.request import DeployRequest


@click.command(cls=Command)
@hotfix_argument
@click.option("--done", is_flag=True, help="It was deployed by hand.")
@click.option("--failed", is_flag=True, help="The deployment failed.")
@click.option("--at", metavar="WHEN", help="When it ended: 14:05, '10m ago', or an ISO time (now).")
@click.option("--by", metavar="NAME", help="Who says so (you).")
@click.option("--log", metavar="URL", help="Where its log is.")
@yes
@trust_config
@dry_run
@click.pass_context
def deploy(
    context: click.Context,
    hotfix: str | None,
    *,
    done: bool,
    failed: bool,
    at: str | None,
    by: str | None,
    log: str | None,
    yes: bool,
    trust: bool | None,
    dry_run: bool,
) -> int:
    """Run deploy.command for a published hotfix again, or record a deployment made by hand."""
    if done and failed:
        raise wrong_input(
            "usage", "--done and --failed contradict each other.", command("git", "hotfix", "deploy", "-h")
        )
    if not (done or failed) and (at or by or log):
        raise wrong_input(
            "usage", "--at, --by and --log go with --done or --failed.", command("git", "hotfix", "deploy", "--done")
        )
    run = looking(context, open_run(context), must_answer=True)
    own = shared(context, run)
    request = DeployRequest(**own, redeploy=not (done or failed), backport=False, yes=yes, trust=trust)
    if done or failed:
        now = clock.now()
        when = clock.when_told(at, at=now) if at else now
        who = by or identity(run.repository.git).committer.name
        request = replace(request, succeeded=done, when=when, by=who, log=masked(log) if log else None)
    return run_command(context, run, run.find(hotfix, or_newest=True), DEPLOY, request, dry_run=dry_run)
