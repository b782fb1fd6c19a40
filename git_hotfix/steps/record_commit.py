"""A commit of the record put on a branch, published where the branch is; how far the record has come."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from git_hotfix.engine.step import Progress, State
from git_hotfix.errors import HotfixError, Remedy, again, command, refused, server_failed
from git_hotfix.facts.closing import closing_trailers
from git_hotfix.facts.deployments import deployment_trailers
from git_hotfix.facts.evidence import asked_tips
from git_hotfix.facts.pull_requests import is_by_request, request_branch, request_to, what_it_waits_for
from git_hotfix.facts.targets import target_at
from git_hotfix.facts.written_record import written_record
from git_hotfix.git import history, trees
from git_hotfix.git.checkout import advance
from git_hotfix.git.commits import make_commit
from git_hotfix.git.forges import is_refused_for_a_request
from git_hotfix.git.publish import Pushed, push_while_moving
from git_hotfix.git.remote import Update
from git_hotfix.git.world import fetch_missing, target_tip
from git_hotfix.hotfix import BranchName, branch_ref
from git_hotfix.private_report import PrivateReport
from git_hotfix.steps.backport_commits import Made, message_of
from git_hotfix.steps.pull_request import END, Asked, open_request, to_request

if TYPE_CHECKING:
    from collections.abc import Callable

    from git_hotfix.engine.run import Run
    from git_hotfix.facts.facts import Facts
    from git_hotfix.hotfix import Oid


WITHOUT_REPORT = "none: it was not made by git hotfix"
"""What is said of the report of a hotfix that git-flow, or a person, has begun."""


def made_record(run: Run, facts: Facts, made: list[Made], branch: BranchName) -> Made | None:
    """Make the record of a hotfix on top of what was made for a branch (or of its tip), ready to be pushed.

    The record is seen only on that branch, so what it says of the branch itself is true wherever it can be read. A
    report that is disclosed with it is kept as it goes out before it goes out: whoever comes after a crash knows it by
    its bytes, on the server or not.
    """
    before = next((each for each in made if each.branch == branch), None)
    tip = before.new if before else target_tip(facts.world, branch)
    seen = _as_if_carried(facts, branch, before.new if before else None)
    if tip is None or seen.why_record_waits is not None:
        return before
    record, last, commit = written_record(seen, tip), facts.last_publication, None
    pattern, merge, notes = facts.config.message.documents, last.merge if last else None, [*record.notes]
    ended = closing_trailers(facts.closing.status) if facts.closing is not None else deployment_trailers(facts)
    message = message_of(facts, pattern, merge, *ended)
    try:
        commit = _commit(facts, tip, record.files, message)
    except HotfixError as error:  # what cannot be written holds no fix back; it is told as missing
        notes += [each.message for each in error.problems]
    for note in notes:
        run.note(note)
    if commit is None:
        return before
    report = record.files.get(facts.documented_path)
    if facts.is_kept and report is not None:
        PrivateReport(run.repository.common_dir, facts.hotfix).write(report)
    if before is not None:
        return replace(before, new=commit, what=f"{before.what}, record written")
    return Made(branch, tip, commit, "record written")


def _as_if_carried(facts: Facts, branch: BranchName, commit: Oid | None) -> Facts:
    """Return the facts as they will be once the push of this branch is accepted: only then is the record seen at all.

    A record that says anything else would be written a second time at the next look.
    """
    if commit is None:
        return facts  # a branch that was skipped, or has the fix already, gets the record alone
    carried = target_at(facts, branch, commit)
    return facts.having(targets=tuple(carried if each.branch == branch else each for each in facts.targets))


def commit_record(run: Run, tip: Oid, files: dict[str, bytes], *trailers: tuple[str, object]) -> Oid | None:
    """Make a commit with these files of the record, and these trailers, on top of a tip; None when they are there."""
    message = message_of(run.facts, run.facts.config.message.documents, None, *trailers)
    return _commit(run.facts, tip, files, message)


def _commit(facts: Facts, tip: Oid, files: dict[str, bytes], message: str) -> Oid | None:
    tree = own = trees.tree_of(facts.repository, tip)
    for path, content in files.items():
        tree = trees.with_file(facts.repository, tree, path, content)
    return make_commit(facts.repository, tree, (tip,), message) if tree != own else None


def put_on_branch(
    run: Run,
    branch: BranchName,
    make: Callable[[Oid], Oid | None],
    *,
    reason: str,
    remedy: Remedy,
    about: str = "documents",
    by_request: bool | None = None,
) -> bool:
    """Put what ``make`` gives for a tip on a branch; return whether there was anything to put there.

    ``reason`` goes into the reflog, ``remedy`` is what helps when the server refuses it. A branch that is changed by
    request gets it so: that it waits is an error, and the same command goes on once it is merged.
    """
    if run.world.remote is not None and (by_request or is_by_request(run.facts, branch)):
        return _ask_for(run, branch, make, about)
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
    to = run.destination()
    pushed = push_while_moving(to, made, atomic=False).known(command("git", "hotfix", "status"))
    if updates and not pushed.has_arrived:
        is_request = is_refused_for_a_request(pushed.reason)
        if is_request and run.facts.memory.asks_for_requests:
            return _ask_for(run, branch, make, about)
        what = "kept moving." if pushed.moved else f"was refused: {pushed.reason}"
        way = command("git", "config", "--add", "hotfix.remote.pullRequest", branch)
        way = again("--pr") if about == END else way
        raise server_failed("push-refused", f"'{shown}' {what}", way if is_request else remedy)
    if updates and run.world.local_tip(branch) == updates[0].old and run.world.tip(branch) == updates[0].new:
        why = _advance(run, branch, updates[0], reason)
        if why is not None:
            run.warn(f"Local '{branch}' not updated: {why}")
    return bool(updates)


def _ask_for(run: Run, branch: BranchName, make: Callable[[Oid], Oid | None], about: str) -> bool:
    """Ask for a commit of the record by a request; one that waits already gets it on top."""
    facts, head = run.facts, request_branch(run.facts, branch)
    fetch_missing(run.repository, run.world, (branch, head))
    there, last = request_to(facts, branch), facts.last_publication
    is_live = there is not None and there.comes_to == "more" and there.tip in asked_tips(facts, branch)
    tip = there.tip if there is not None and is_live else target_tip(run.world, branch)
    new = make(tip) if tip is not None else None
    if tip is None or (new is None and not is_live):
        return False
    said = history.trailers(run.repository, new or tip)
    brings = last.tip if last is not None else facts.tip or tip
    title = history.subject(run.repository, new or tip)
    asked = Asked(
        branch=branch, head=head, tip=new or tip, brings=brings, title=title, about=about, said=said, record=title
    )
    raise HotfixError(open_request(run, asked))


def _advance(run: Run, branch: str, update: Update, reason: str) -> str | None:
    why = advance(run.repository.git, run.world.tree_of(branch), update, reason=reason)
    run.look_here()
    return why


def to_complete_record(facts: Facts) -> Remedy:
    """Return the one command that writes what the record lacks, and nothing else."""
    return command("git", "hotfix", "document", *(("--disclose",) if facts.is_ended else ()), facts.hotfix)


def record_progress(facts: Facts) -> Progress:
    """Return the row that ``status`` shows of report, changelog and backlog."""
    if facts.is_ended and not facts.record_is_due:
        return _of_ended(facts)
    if not facts.is_published and not facts.is_ended:
        return Progress("documents", State.WAITING, "after publication")
    shown = facts.world.shown(facts.record_branch)
    again = to_complete_record(facts)
    if facts.why_record_waits is not None:
        return Progress("documents", State.WAITING, facts.why_record_waits)
    if facts.record_is_due and facts.record_branch in facts.live_requests:
        evidence = f"the request to {shown} {what_it_waits_for(facts, facts.record_branch)}"
        return Progress("documents", State.WAITING, evidence, again if facts.is_ended else to_request(facts))
    if facts.record_is_due:
        evidence = f"{facts.documented_path} on {shown} is not complete"
        return Progress("documents", State.NOT_DONE, evidence, again)
    if facts.record_gaps:
        gaps = " ".join(gap.summary or gap.message for gap in facts.record_gaps)
        return Progress("documents", State.NOT_DONE, gaps, facts.record_gaps[0].remedy)
    if facts.deleted_report is not None:
        return Progress("documents", State.DONE, f"the report was deleted from {shown}")
    if facts.documented is None:
        is_foreign = facts.known.branch is not None
        none = Progress("documents", State.DONE, WITHOUT_REPORT)
        return none if is_foreign else Progress("documents", State.UNKNOWN, f"there is no report on {shown}", again)
    if facts.removed_entry is not None:
        return Progress("documents", State.UNKNOWN, facts.removed_entry.rstrip("."))
    return Progress("documents", State.DONE, f"{facts.documented_path} on {shown}")


def _of_ended(facts: Facts) -> Progress:
    if facts.is_restricted:
        kept = "the report stays in the git directory, because it is restricted"
        return Progress("documents", State.DONE, kept)
    if facts.is_kept and facts.why_record_waits is not None:
        return Progress("documents", State.WAITING, facts.why_record_waits)
    return Progress("documents", State.DONE, facts.report_path)
