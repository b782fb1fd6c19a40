"""``git hotfix deploy``: run the deployment again, or record what a person saw."""

from __future__ import annotations

from typing import Any

import click

from git_hotfix import clock
from git_hotfix.cli.execution import run_command
from git_hotfix.cli.options import acting, misused, trust_config, yes
from git_hotfix.cli.session import looking, open_run, request_of
from git_hotfix.credentials import masked
from git_hotfix.git.identity import identity
from git_hotfix.steps.commands import DEPLOY
from git_hotfix.steps.request import DeployRequest


@acting
@click.option("--done", is_flag=True, help="It was deployed by hand.")
@click.option("--failed", is_flag=True, help="The deployment failed.")
@click.option("--at", metavar="WHEN", help="When it ended: 14:05, '10m ago', or an ISO time (now).")
@click.option("--by", metavar="NAME", help="Who says so (you).")
@click.option("--log", metavar="URL", help="Where its log is.")
@click.option("--older", is_flag=True, default=None, help="Deploy it although production loses what came later.")
@yes
@trust_config
def deploy(
    context: click.Context,
    /,
    hotfix: str | None,
    *,
    done: bool,
    failed: bool,
    at: str | None,
    by: str | None,
    log: str | None,
    **_: Any,
) -> int:
    """Run deploy.command for a published hotfix again, or record a deployment made by hand."""
    if done and failed:
        raise misused("--done and --failed contradict each other.", "deploy", "-h")
    if not (done or failed) and (at or by or log):
        raise misused("--at, --by and --log go with --done or --failed.", "deploy", "-h")
    run = looking(context, open_run(context), must_answer=True)
    told: dict[str, Any] = {"redeploy": True}
    if done or failed:
        told = {
            "succeeded": done,
            "when": clock.when_told(at, at=clock.now()) if at else None,
            "by": by or identity(run.repository.git).committer.name,
            "log": masked(log) if log else None,
        }
    request = request_of(context, run, DeployRequest, backport=False, **told)
    return run_command(context, run, run.find(hotfix, or_newest=done or failed), DEPLOY, request)
