"""Commits of the record: made in memory on top of a branch, published where the branch is."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from git_hotfix.config import fill_message
from git_hotfix.errors import refused, server_failed
from git_hotfix.execution.session import Session, ask_until_answered, pause
from git_hotfix.facts.phrases import message_values
from git_hotfix.git import trees
from git_hotfix.git.checkout import advance
from git_hotfix.git.commits import make_commit
from git_hotfix.git.identity import identity
from git_hotfix.git.remote import Update, push
from git_hotfix.git.world import fetch_missing, target_tip
from git_hotfix.hotfix import Oid, branch_ref

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from git_hotfix.facts.facts import Facts

RACE_SECONDS = 60.0


def record_commit(session: Session, facts: Facts, tip: Oid, files: Mapping[str, bytes]) -> Oid | None:
    """Make a commit with these files of the record on top of a tip; None when they are there already."""
    repository = session.repository
    tree = own = trees.tree_of(repository, tip)
    for path, content in files.items():
        tree = trees.with_file(repository, tree, path, content)
    if tree == own:
        return None
    who = identity(repository.git)
    subject = fill_message(facts.config.message.documents, message_values(facts, facts.title))
    message = f"{subject}\n\nHotfix-Id: {facts.hotfix}\nIncident: {facts.report_path}\n"
    sign = session.git_config.boolean("commit.gpgSign") or False
    return make_commit(repository, tree, (tip,), message, author=who.author, committer=who.committer, sign=sign)


def put_on(session: Session, branch: str, make: Callable[[Oid], Oid | None], *, command: str, remedy: str) -> bool:
    """Put what ``make`` gives for a tip on a branch, published where that is; a branch that moves is followed.

    Gives whether there was anything to put there. ``remedy`` is what helps when the server refuses it.
    """
    until = time.monotonic() + RACE_SECONDS
    while True:
        fetch_missing(session.repository, session.world, (branch,))
        tip = target_tip(session.world, branch)
        if tip is None:
            raise refused("branch-gone", f"'{branch}' does not exist.", "git hotfix config")
        made = make(tip)
        if made is None:
            return False
        reason = _publish(session, branch, Update(branch_ref(branch), tip, made), command)
        now = target_tip(session.world, branch)
        if now == made:
            return True
        if now == tip:
            message = f"'{session.world.shown(branch)}' was refused: {reason}"
            raise server_failed("push-refused", message, remedy)
        if time.monotonic() > until:
            raise server_failed("push-refused", f"'{session.world.shown(branch)}' kept moving.", command)
        pause(1.0)


def _publish(session: Session, branch: str, update: Update, command: str) -> str:
    git, world = session.repository.git, session.world
    if world.remote is not None and world.server is not None and world.server.branch(branch) is not None:
        said = push(git, world.remote, [update], atomic=False, hooks=True)
        ask_until_answered(session, again="git hotfix status")
        local = session.world.local_tip(branch)
        if local == update.old and target_tip(session.world, branch) == update.new:
            why = advance(git, session.world.tree_of(branch), update, reason=command)
            if why is not None:
                session.warn(f"'{branch}' here stays where it is: {why}")
            session.look_here()
        return said.reason
    why = advance(git, world.tree_of(branch), update, reason=command)
    session.look_here()
    return why or ""
