"""``git hotfix rollback``: take a published hotfix back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from msgspec.structs import replace

from git_hotfix.cli.options import Command, dry_run, hotfix_argument, yes
from git_hotfix.cli.questions import answers_to
from git_hotfix.cli.wiring import default_request, judge_published, looking, open_session, run_hotfix
from git_hotfix.errors import ExitCode, HotfixError, refused, wrong_input
from git_hotfix.execution.resolving import take_up
from git_hotfix.workflow.aborting import plan_keep
from git_hotfix.workflow.request import RollbackRequest
from git_hotfix.workflow.rollback import plan_rollback

if TYPE_CHECKING:
    from git_hotfix.execution.session import Session
    from git_hotfix.facts.facts import Facts
    from git_hotfix.hotfix import HotfixId
    from git_hotfix.workflow.decision import Decision, Questions
    from git_hotfix.workflow.plan import Step


@click.command(cls=Command)
@hotfix_argument
@click.option("--reason", metavar="TEXT", help="Why; it goes into the commit and the report.")
@click.option("--deploy/--no-deploy", default=None, help="Run deploy.command once it is taken back.")
@click.option("--targets/--no-targets", default=None, help="Take it back on develop and the release lines too.")
@click.option("-s", "--sign", is_flag=True, help="Sign commits and tag (commit.gpgSign does it too).")
@click.option("--no-verify", "hooks", flag_value=False, default=True, help="Run no pre-push hook.")
@click.option("--continue", "continue_", is_flag=True, help="Go on with the conflicts that you have resolved.")
@click.option("--abort", "abort", is_flag=True, help="Give up the conflicts that wait; the fix stays there.")
@click.option(
    "--worktree", "place", metavar="DIR", type=click.Path(path_type=Path), help="Lay conflicts out below DIR."
)
@yes
@dry_run
@click.pass_context
def rollback(
    context: click.Context,
    /,
    hotfix: str | None,
    *,
    dry_run: bool,
    continue_: bool,
    abort: bool,
    place: Path | None,
    **said: Any,
) -> int:
    """Take a published hotfix back: revert its merge, tag, push, deploy, record.

    Without a name: the newest published one. No tests, no clean tree and no branch are needed.
    """
    if continue_ and abort:
        raise wrong_input("usage", "--continue and --abort exclude each other.", "git hotfix rollback --continue")
    session = looking(context, open_session(context), must_answer=True)
    where = place.resolve() if place else None
    request = RollbackRequest(place=where, **default_request(context, session, **said))
    found = session.find(hotfix) if hotfix is not None else None
    if continue_ or abort:
        found = _begun(session, found)
        request = replace(request, confirmed=True)  # when it began
    elif found is None:
        found = _newest(session)

    def plan(facts: Facts, tried: frozenset[type[Step]]) -> Decision:
        if abort:
            return plan_keep(facts, tried)
        return plan_rollback(facts, request, tried)

    def ask(questions: Questions) -> None:
        nonlocal request
        request = replace(request, **answers_to(questions))

    def go_on(facts: Facts) -> None:
        problems = take_up(session, facts, is_rollback=True)
        if any(problem.exit_code is ExitCode.WAITING for problem in problems):
            raise HotfixError(*problems)
        for problem in problems:
            session.warn(problem.message)

    return run_hotfix(
        context,
        "rollback",
        session,
        found,
        plan,
        ask=ask,
        dry_run=dry_run,
        judge=judge_published(session, deploy=request.deploy is not False and not abort),
        before=go_on if continue_ else None,
    )


def _newest(session: Session) -> HotfixId:
    """Return the hotfix that was published last, by the time of its newest publication; also after its clean-up.

    One whose rollback has begun and is not done counts as published: else the same command again would take back the
    one before.
    """
    published = []
    for known in reversed(session.known()):
        facts = session.facts(known.hotfix)
        if _has_begun(facts):
            return known.hotfix
        if facts.last_publication is not None and not facts.is_rolled_back:
            published.append((session.time_of(facts.last_publication.merge), known.hotfix))
    if not published:
        raise refused("nothing-published", "No hotfix is published.", "git hotfix list")
    return max(published)[1]


def _begun(session: Session, named: HotfixId | None) -> HotfixId:
    """Return the hotfix whose rollback has begun here: what was confirmed then need not be confirmed again."""
    names = [named] if named is not None else [known.hotfix for known in reversed(session.known())]
    for name in names:
        facts = session.facts(name)
        if _has_begun(facts) or (named is not None and facts.is_rolled_back):
            return name
    of = f" of '{named}'" if named is not None else ""
    raise refused("no-rollback-waits", f"No rollback{of} waits here.", "git hotfix status")


def _has_begun(facts: Facts) -> bool:
    memory = facts.memory
    return memory.pending_rollback is not None or any(each.is_rollback for each in memory.conflicts)
