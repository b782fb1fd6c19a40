"""``git hotfix rollback``: take a published hotfix back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from git_hotfix.cli.options import Command, dry_run, hotfix_argument, yes
from git_hotfix.cli.questions import answers_to
from git_hotfix.cli.wiring import default_request, judge_published, looking, open_session, run_hotfix
from git_hotfix.errors import refused
from git_hotfix.workflow.request import RollbackRequest
from git_hotfix.workflow.rollback import plan_rollback

if TYPE_CHECKING:
    from git_hotfix.execution.session import Session
    from git_hotfix.hotfix import HotfixId
    from git_hotfix.workflow.decision import Questions


@click.command(cls=Command)
@hotfix_argument
@click.option("--reason", metavar="TEXT", help="Why; it goes into the commit and the report.")
@click.option("--deploy/--no-deploy", default=None, help="Run deploy.command once it is taken back.")
@click.option("--targets/--no-targets", default=None, help="Take it back on develop and the release lines too.")
@click.option("-s", "--sign", is_flag=True, help="Sign commits and tag (commit.gpgSign does it too).")
@click.option("--no-verify", "hooks", flag_value=False, default=True, help="Run no pre-push hook.")
@yes
@dry_run
@click.pass_context
def rollback(context: click.Context, /, hotfix: str | None, *, dry_run: bool, **said: Any) -> int:
    """Take a published hotfix back: revert its merge, tag, push, deploy, record.

    Without a name: the newest published one. No tests, no clean tree and no branch are needed.
    """
    session = looking(context, open_session(context), must_answer=True)
    request = RollbackRequest(**default_request(context, session, **said))
    found = session.find(hotfix) if hotfix is not None else _newest(session)

    def ask(questions: Questions) -> None:
        nonlocal request
        request = replace(request, **answers_to(questions))

    return run_hotfix(
        context,
        "rollback",
        session,
        found,
        lambda situation, tried: plan_rollback(session.repository, situation, request, tried),
        ask=ask,
        dry_run=dry_run,
        judge=judge_published(session, deploy=request.deploy is not False),
    )


def _newest(session: Session) -> HotfixId:
    """Give the hotfix that was published last, by the time of its newest publication; also after its clean-up.

    One whose rollback has begun and is not done counts as published: else the same command again would take back the
    one before.
    """
    published = []
    for known in reversed(session.known()):
        situation = session.situation(known.hotfix)
        is_due = situation.memory.taking_back or not situation.is_rolled_back
        if situation.last_round is not None and is_due:
            published.append((session.time_of(situation.last_round.merge), known.hotfix))
    if not published:
        raise refused("nothing-published", "No hotfix is published.", "git hotfix list")
    return max(published)[1]
