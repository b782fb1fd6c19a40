"""``git hotfix finish``: tests, merge, tag, one push, deployment, backports, the record."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from git_hotfix.cli.options import REASON, Command, dry_run, hotfix_argument, once, trust_config, yes
from git_hotfix.cli.session import find, looking, open_run, run_command, shared
from git_hotfix.errors import command, wrong_input
from git_hotfix.steps.commands import ABORT, CLEANUP, FINISH, is_wholly_done
from git_hotfix.steps.conflicts import take_up_resolutions
from git_hotfix.steps.request import AbortRequest, FinishRequest

if TYPE_CHECKING:
    from git_hotfix.engine.loop import Command as Engine
    from git_hotfix.facts.facts import Facts


def _gitflow_n(context: click.Context, parameter: click.Parameter, value: bool) -> None:  # noqa: FBT001  # click's signature
    if value:
        raise wrong_input(
            "gitflow-n",
            "git-flow's -n (no tag) is --no-tag here, and a plan without effect is --dry-run.",
            command("git", "hotfix", "finish", "--no-tag"),
        )


@click.command(cls=Command)
@hotfix_argument
@click.option("-m", "--message", metavar="TEXT", help="Describe the fix in the merge's subject (the title).")
@click.option("--verified-by", metavar="NAME", help="Who has verified the fix by hand.")
@click.option("--skip-tests", metavar="REASON", type=REASON, help="Publish without the critical tests, recorded.")
@click.option("--large", metavar="REASON", type=REASON, help="Publish a fix beyond the limits of scope.mode.")
@click.option("--deploy/--no-deploy", default=None, help="Run deploy.command after publication.")
@click.option("--no-backport", "backport", flag_value=False, default=True, help="Leave the targets for later.")
@once("--no-push", "push", flag_value=False, default=True, help="Merge and tag here only, publish later.")
@click.option("--tag", metavar="NAME", help="Name the tag.")
@click.option("--no-tag", "wants_tag", flag_value=False, default=True, help="Make no tag.")
@click.option("-s", "--sign", is_flag=True, help="Sign commits and tag (commit.gpgSign does it too).")
@click.option("--no-verify", "hooks", flag_value=False, default=True, help="Run no pre-push hook.")
@click.option("--stay", is_flag=True, help="Stay where you are, do not go back to where you were before.")
@once("--continue", "continue_", is_flag=True, help="Go on with the conflict that you have resolved.")
@once("--abort", "abort", is_flag=True, help="Give up what is not published: the conflict, what waits.")
@click.option(
    "--worktree", "place", metavar="DIR", type=click.Path(path_type=Path), help="Lay a conflict out below DIR."
)
@click.option("-p", "-F", "-k", "gitflow", is_flag=True, help="git-flow's: accepted, finish does so anyway.")
@click.option("-n", is_flag=True, hidden=True, expose_value=False, callback=_gitflow_n)
@trust_config
@yes
@dry_run
@click.pass_context
def finish(
    context: click.Context,
    /,
    hotfix: str | None,
    *,
    dry_run: bool,
    gitflow: bool,
    continue_: bool,
    abort: bool,
    place: Path | None,
    **options: Any,
) -> int:
    """Finish a hotfix: test, merge into production, tag, push, deploy, backport, record.

    Interrupted, refused or half done by a colleague: the same command goes on from what the server has.
    """
    if continue_ and abort:
        raise wrong_input(
            "usage", "--continue and --abort exclude each other.", command("git", "hotfix", "finish", "--continue")
        )
    run = looking(context, open_run(context, without_settings=True), must_answer=True)
    found = find(run, hotfix, "finish", dry_run=dry_run)
    if abort:
        return run_command(context, run, found, ABORT, AbortRequest(**shared(context, run)), dry_run=dry_run)
    sign = options.pop("sign")
    place = place.resolve() if place else None
    request = FinishRequest(**shared(context, run, sign=sign), place=place, goes_on=continue_, **options)

    def then(facts: Facts) -> Engine[Facts, Any] | None:
        return CLEANUP if facts.config.cleanup.auto and is_wholly_done(facts) else None

    before = partial(take_up_resolutions, run) if continue_ else None
    return run_command(context, run, found, FINISH, request, dry_run=dry_run, before=before, then=then)
