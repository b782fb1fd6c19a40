"""A commit of the record put on a branch, published where the branch is; how far the record has come."""

from __future__ import annotations

from typing import TYPE_CHECKING

from git_hotfix.config.messages import fill_message
from git_hotfix.engine.step import Progress, State
from git_hotfix.errors import Remedy, command, refused, server_failed
from git_hotfix.facts.phrases import message_values
from git_hotfix.git.checkout import advance
from git_hotfix.git.messages import with_trailers
from git_hotfix.git.publish import Pushed, push_while_moving
from git_hotfix.git.remote import Update
from git_hotfix.git.world import fetch_missing, target_tip
from git_hotfix.hotfix import HOTFIX_ID, branch_ref
from git_hotfix.steps.backport_commits import record_commit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from git_hotfix.engine.run import Run
    from git_hotfix.facts.facts import Facts
    from git_hotfix.hotfix import Oid


def commit_record(
    run: Run, tip: Oid, files: dict[str, bytes], trailers: Iterable[tuple[str, object]] = ()
) -> Oid | None:
    """Make a commit with these files of the record, and these trailers, on top of a tip; None when they are there."""
    facts = run.facts
    subject = fill_message(facts.config.message.documents, message_values(facts, facts.title))
    message = with_trailers(subject, ((HOTFIX_ID, facts.hotfix), ("Incident", facts.report_path), *trailers))
    sign = run.git_config.boolean("commit.gpgSign") or False
    return record_commit(facts, tip, files, message, sign=sign)


def put_on_branch(run: Run, branch: str, make: Callable[[Oid], Oid | None], *, reason: str, remedy: Remedy) -> bool:
    """Put what ``make`` gives for a tip on a branch; return whether there was anything to put there.

    ``reason`` goes into the reflog, ``remedy`` is what helps when the server refuses it.
    """
    updates: list[Update] = []

    def made(_: Pushed) -> list[Update]:
        fetch_missing(run.repository, run.world, (branch,))
        tip = target_tip(run.world, branch)
        if tip is None:
            raise refused("branch-gone", f"'{branch}' does not exist.", command("git", "hotfix", "config"))
        new = make(tip)
        updates[:] = [Update(branch_ref(branch), tip, new)] if new is not None else []
        return updates

    shown = run.world.shown(branch)
    if run.world.remote is None or run.world.tip(branch) is None:  # it is only here
        if made(Pushed()) and (why := _advance(run, branch, updates[0], reason)) is not None:
            raise server_failed("push-refused", f"'{shown}' was refused: {why}", remedy)
        return bool(updates)
    to = run.destination(hooks=True)
    pushed = push_while_moving(to, made, atomic=False).known(command("git", "hotfix", "status"))
    if updates and not pushed.has_arrived:
        what = "kept moving." if pushed.moved else f"was refused: {pushed.reason}"
        raise server_failed("push-refused", f"'{shown}' {what}", remedy)
    if updates and run.world.local_tip(branch) == updates[0].old and run.world.tip(branch) == updates[0].new:
        why = _advance(run, branch, updates[0], reason)
        if why is not None:
            run.warn(f"'{branch}' here stays where it is: {why}")
    return bool(updates)


def _advance(run: Run, branch: str, update: Update, reason: str) -> str | None:
    why = advance(run.repository.git, run.world.tree_of(branch), update, reason=reason)
    run.look_here()
    return why


def to_complete_record(facts: Facts) -> Remedy:
    """Return the one command that writes what the record lacks; after a rollback ``finish`` is refused."""
    return command("git", "hotfix", "document" if facts.is_rolled_back else "finish", facts.hotfix)


def record_progress(facts: Facts) -> Progress:
    """Return the row that ``status`` shows of report, changelog and backlog."""
    if facts.is_ended:
        kept = "the report stays in the git directory, because it is restricted"
        return Progress("documents", State.DONE, kept if facts.is_restricted else facts.report_path)
    if not facts.is_published:
        return Progress("documents", State.WAITING, "for the publication")
    shown = facts.world.shown(facts.record_branch)
    again = to_complete_record(facts)
    if facts.why_record_waits is not None:
        return Progress("documents", State.WAITING, facts.why_record_waits)
    if facts.record_is_due:
        evidence = f"{facts.documented_path} on {shown} is not complete"
        return Progress("documents", State.NOT_DONE, evidence, again)
    if facts.record_gaps:
        gaps = " ".join(gap.summary or gap.message for gap in facts.record_gaps)
        return Progress("documents", State.NOT_DONE, gaps, facts.record_gaps[0].remedy)
    if facts.deleted_report is not None:
        return Progress("documents", State.DONE, f"the report was deleted from {shown}")
    if facts.documented is None:
        return Progress("documents", State.UNKNOWN, f"there is no report on {shown}", again)
    return Progress("documents", State.DONE, f"{facts.documented_path} on {shown}")
