"""A commit of the record put on a branch, published where the branch is; a branch that moves is followed."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from git_hotfix.config import fill_message
from git_hotfix.engine.run import ask_until_answered, pause
from git_hotfix.errors import Remedy, command, refused, server_failed
from git_hotfix.facts.phrases import message_values
from git_hotfix.git.checkout import advance
from git_hotfix.git.remote import Update, push
from git_hotfix.git.world import fetch_missing, target_tip
from git_hotfix.hotfix import branch_ref
from git_hotfix.steps.backport_commits import record_commit

if TYPE_CHECKING:
    from collections.abc import Callable

    from git_hotfix.engine.run import Run
    from git_hotfix.hotfix import Oid

RACE_SECONDS = 60.0


def commit_record(run: Run, tip: Oid, files: dict[str, bytes]) -> Oid | None:
    """Make a commit with these files of the record on top of a tip; None when they are there already."""
    facts = run.facts
    subject = fill_message(facts.config.message.documents, message_values(facts, facts.title))
    message = f"{subject}\n\nHotfix-Id: {facts.hotfix}\nIncident: {facts.report_path}\n"
    sign = run.git_config.boolean("commit.gpgSign") or False
    return record_commit(facts, tip, files, message, sign=sign)


def put_on_branch(run: Run, branch: str, make: Callable[[Oid], Oid | None], *, reason: str, remedy: Remedy) -> bool:
    """Put what ``make`` gives for a tip on a branch; return whether there was anything to put there.

    ``reason`` goes into the reflog, ``remedy`` is what helps when the server refuses it.
    """
    until = time.monotonic() + RACE_SECONDS
    while True:
        fetch_missing(run.repository, run.world, (branch,))
        tip = target_tip(run.world, branch)
        if tip is None:
            raise refused("branch-gone", f"'{branch}' does not exist.", command("git", "hotfix", "config"))
        made = make(tip)
        if made is None:
            return False
        words = _publish(run, branch, Update(branch_ref(branch), tip, made), reason)
        now = target_tip(run.world, branch)
        if now == made:
            return True
        shown = run.world.shown(branch)
        if now == tip:
            raise server_failed("push-refused", f"'{shown}' was refused: {words}", remedy)
        if time.monotonic() > until:
            raise server_failed("push-refused", f"'{shown}' kept moving.", remedy)
        pause(1.0)


def _publish(run: Run, branch: str, update: Update, reason: str) -> str:
    git, world = run.repository.git, run.world
    if world.remote is None or world.server is None or world.server.branch(branch) is None:
        why = advance(git, world.tree_of(branch), update, reason=reason)
        run.look_here()
        return why or ""
    answer = push(git, world.remote, [update], atomic=False, hooks=True)
    ask_until_answered(run, command("git", "hotfix", "status"))
    if run.world.local_tip(branch) == update.old and target_tip(run.world, branch) == update.new:
        why = advance(git, run.world.tree_of(branch), update, reason=reason)
        if why is not None:
            run.warn(f"'{branch}' here stays where it is: {why}")
        run.look_here()
    return answer.reason
