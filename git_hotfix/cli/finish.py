"""``git hotfix finish``: tests, merge, tag, one push, deployment, backports, the record."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from git_hotfix.cli.options import Command, dry_run, hotfix_argument, options_of, yes
from git_hotfix.cli.wiring import Asker, default_request, find, judge_published, looking, open_session, run_hotfix
from git_hotfix.errors import ExitCode, HotfixError, wrong_input
from git_hotfix.execution.resolving import take_up
from git_hotfix.workflow.aborting import plan_abort
from git_hotfix.workflow.cleaning import then_clean
from git_hotfix.workflow.finish import plan_finish
from git_hotfix.workflow.request import FinishRequest

if TYPE_CHECKING:
    from git_hotfix.facts.facts import Facts
    from git_hotfix.workflow.decision import Decision
    from git_hotfix.workflow.plan import Step


def _gitflow_n(context: click.Context, parameter: click.Parameter, value: bool) -> None:  # noqa: FBT001  # click's signature
    if value:
        raise wrong_input(
            "gitflow-n",
            "git-flow's -n (no tag) is --no-tag here, and a plan without effect is --dry-run.",
            "git hotfix finish --no-tag",
        )


@click.command(cls=Command)
@hotfix_argument
@click.option("-m", "--message", metavar="TEXT", help="Describe the fix in the merge's subject (the title).")
@click.option("--verified-by", metavar="NAME", help="Who has verified the fix by hand.")
@click.option("--skip-tests", metavar="REASON", help="Publish without the critical tests; the reason is recorded.")
@click.option("--large", metavar="REASON", help="Publish a fix beyond the limits of scope.mode = 'refuse'.")
@click.option("--deploy/--no-deploy", default=None, help="Run deploy.command after publication.")
@click.option("--no-backport", "backport", flag_value=False, default=True, help="Leave the targets for later.")
@click.option("--no-push", "push", flag_value=False, default=True, help="Merge and tag here only, publish later.")
@click.option("--tag", metavar="NAME", help="Name the tag.")
@click.option("--no-tag", "wants_tag", flag_value=False, default=True, help="Make no tag.")
@click.option("-s", "--sign", is_flag=True, help="Sign commits and tag (commit.gpgSign does it too).")
@click.option("--no-verify", "hooks", flag_value=False, default=True, help="Run no pre-push hook.")
@click.option("--stay", is_flag=True, help="Stay where you are, do not go back to where you were before.")
@click.option("--continue", "continue_", is_flag=True, help="Go on with the conflict that you have resolved.")
@click.option("--abort", "abort", is_flag=True, help="Give up what is not published: the conflict, what waits.")
@click.option(
    "--worktree", "place", metavar="DIR", type=click.Path(path_type=Path), help="Lay a conflict out below DIR."
)
@click.option("-p", "-F", "-k", "gitflow", is_flag=True, help="git-flow's: accepted, finish does so anyway.")
@click.option("-n", is_flag=True, hidden=True, expose_value=False, callback=_gitflow_n)
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
    **said: Any,
) -> int:
    """Finish a hotfix: test, merge into production, tag, push, deploy, backport, record.

    Interrupted, refused or half done by a colleague: the same command goes on from what the server has.
    """
    if continue_ and abort:
        raise wrong_input("usage", "--continue and --abort exclude each other.", "git hotfix finish --continue")
    session = looking(context, open_session(context), must_answer=True)
    where = place.resolve() if place else None
    is_brief = options_of(context).is_brief
    request = FinishRequest(place=where, is_brief=is_brief, **default_request(context, session, **said))
    asker = Asker(session, request)

    def plan(facts: Facts, tried: frozenset[type[Step]]) -> Decision:
        if abort:
            return plan_abort(facts, tried)
        decision = plan_finish(facts, asker.request, tried)
        return then_clean(facts, decision, tried)

    def go_on(facts: Facts) -> None:
        problems = take_up(session, facts)
        if any(problem.exit_code is ExitCode.WAITING for problem in problems):
            raise HotfixError(*problems)

    return run_hotfix(
        context,
        "finish",
        session,
        find(session, hotfix, "finish", dry_run=dry_run),
        plan,
        ask=asker,
        dry_run=dry_run,
        judge=judge_published(session, backport=request.backport, deploy=request.deploy is not False),
        before=go_on if continue_ else None,
    )
