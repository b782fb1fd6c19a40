"""``git hotfix rollback``: take a published hotfix back."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import click
from msgspec.structs import replace

from git_hotfix.cli.execution import run_command
from git_hotfix.cli.options import acting, by_request, conflict_options, no_verify, sign, trust_config, yes
from git_hotfix.cli.session import looking, open_run, request_of
from git_hotfix.engine.observation import published
from git_hotfix.errors import command, refused
from git_hotfix.steps.commands import ABORT_ROLLBACK, ROLLBACK
from git_hotfix.steps.conflicts import take_up_resolutions
from git_hotfix.steps.request import AbortRequest, RollbackRequest
from git_hotfix.steps.roll_back import as_begun

if TYPE_CHECKING:
    from git_hotfix.engine.run import Run
    from git_hotfix.hotfix import HotfixId
    from git_hotfix.memory import Memory


@acting
@click.option("--reason", metavar="TEXT", help="Why; it goes into the commit and the report.")
@click.option("--deploy/--no-deploy", default=None, help="Run deploy.command once it is reverted.")
@click.option("--targets/--no-targets", default=None, help="Revert it on develop and the release lines too.")
@by_request
@sign
@no_verify
@conflict_options("the conflicts that wait; the fix stays there")
@trust_config
@yes
def rollback(context: click.Context, *, hotfix: str | None, continues: bool, abort: bool, **_: Any) -> int:
    """Revert a published hotfix: its merge on production, with a tag; push, deploy, record.

    Without a name: the newest published one, which is asked about. No tests, no clean tree and no branch are needed.
    """
    run = looking(context, open_run(context, without_settings=True), must_answer=True)
    found = run.find(hotfix) if hotfix is not None else None
    if continues or abort:
        found = _begun(run, found)
    elif found is None:
        found = _newest(run)
    if abort:
        request = request_of(context, run, AbortRequest, is_rollback=True)
        return run_command(context, run, found, ABORT_ROLLBACK, request)
    wanted = request_of(context, run, RollbackRequest, confirmed=True if continues else None)  # when it began
    if hotfix is not None and not wanted.interactive:
        wanted = replace(wanted, confirmed=True)  # who names it means it; on a terminal it is shown, and why is asked
    wanted = as_begun(run.look(found), wanted)
    before = partial(take_up_resolutions, run, is_rollback=True) if continues else None
    return run_command(context, run, found, ROLLBACK, wanted, before=before)


def _newest(run: Run) -> HotfixId:
    """Return the hotfix that was published last; where nothing is in production any more, the last that was.

    One whose rollback has begun and is not done comes first: else the same command again would take back another.
    """
    found = published(run) or (published(run) if run.fetch_lines() else ())
    begun = (each for each in found if _has_begun(each.memory))
    in_order = (*begun, *(each for each in found if not each.is_rolled_back), *found)
    if in_order:
        return in_order[0].hotfix
    raise refused("nothing-published", "No hotfix is published.", command("git", "hotfix", "list"))


def _begun(run: Run, named: HotfixId | None) -> HotfixId:
    """Return the hotfix whose rollback has begun here: what was confirmed then need not be confirmed again."""
    names = [named] if named is not None else [known.hotfix for known in reversed(run.known())]
    for name in names:
        if _has_begun(run.memory_file(name).read()) or (named is not None and run.facts_of(name).is_rolled_back):
            return name
    of = f" of '{named}'" if named is not None else ""
    raise refused("no-rollback-waits", f"No rollback{of} waits here.", command("git", "hotfix", "status"))


def _has_begun(memory: Memory) -> bool:
    return memory.pending_rollback is not None or any(each.is_rollback for each in memory.conflicts)
