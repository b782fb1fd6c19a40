"""``git hotfix backport``: the published fix to develop, every release line, or where ``--to`` says."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from git_hotfix.cli.options import Command, dry_run, hotfix_argument
from git_hotfix.cli.wiring import Asker, default_request, judge_published, looking, open_session, run_hotfix
from git_hotfix.errors import wrong_input
from git_hotfix.execution.resolving import skip_target, take_up
from git_hotfix.workflow.aborting import plan_give_up
from git_hotfix.workflow.backport import plan_backport
from git_hotfix.workflow.request import FinishRequest

if TYPE_CHECKING:
    from git_hotfix.facts.facts import Facts
    from git_hotfix.workflow.decision import Decision
    from git_hotfix.workflow.plan import Step


@click.command(cls=Command)
@hotfix_argument
@click.option(
    "--to", metavar="BRANCH", multiple=True, help="Only to this branch; BRANCH=REV makes it first. Repeatable."
)
@click.option("--merge", "method", flag_value="merge", help="Merge the hotfix branch, whatever else that brings.")
@click.option("--pick", "method", flag_value="pick", help="Pick the fix commits.")
@click.option("--continue", "continue_", is_flag=True, help="Go on with the conflicts that you have resolved.")
@click.option("--skip", metavar="BRANCH", help="This branch will not get the fix; needs --reason.")
@click.option("--reason", metavar="TEXT", help="Why a branch is skipped; it stays visible.")
@click.option("--abort", "abort", is_flag=True, help="Give up the conflicts that wait; their branches stay pending.")
@click.option(
    "--worktree", "place", metavar="DIR", type=click.Path(path_type=Path), help="Lay conflicts out below DIR."
)
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
    continue_: bool,
    skip: str | None,
    reason: str | None,
    abort: bool,
    place: Path | None,
    sign: bool,
    hooks: bool,
    dry_run: bool,
) -> int:
    """Carry a published fix to the branches that lack it, and write the record.

    A branch that conflicts waits in a worktree of its own, one that refuses stays pending; others get the fix.
    """
    if (skip is None) != (reason is None):
        raise wrong_input(
            "usage", "--skip and --reason go together.", "git hotfix backport --skip BRANCH --reason TEXT"
        )
    session = looking(context, open_session(context), must_answer=True)
    where = place.resolve() if place else None
    said = default_request(context, session, to=to, method=method, sign=sign, hooks=hooks, place=where)
    asker = Asker(session, FinishRequest(**said))

    def plan(facts: Facts, tried: frozenset[type[Step]]) -> Decision:
        if abort:
            return plan_give_up(facts, tried)
        return plan_backport(facts, asker.request, tried)

    def ahead(facts: Facts) -> None:
        if continue_:
            for problem in take_up(session, facts):
                session.warn(problem.message)
        if skip is not None and reason is not None:
            skip_target(session, facts, skip, reason)

    return run_hotfix(
        context,
        "backport",
        session,
        session.find(hotfix),
        plan,
        ask=asker,
        dry_run=dry_run,
        judge=judge_published(session, deploy=False),
        before=ahead,
    )
