"""How far a hotfix has come: every step with its state and evidence, and the one next command."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from git_hotfix.engine.step import Progress, State
from git_hotfix.errors import Remedy, command
from git_hotfix.facts.phrases import closed, to_the_commit, told_end
from git_hotfix.facts.relanding import to_take_along
from git_hotfix.facts.reports import report_in_the_way, told_claims
from git_hotfix.hotfix import branch_ref
from git_hotfix.steps.backport import Backport
from git_hotfix.steps.conflicts import to_resolve
from git_hotfix.steps.deploy import Deploy
from git_hotfix.steps.leave import DeleteBranch
from git_hotfix.steps.publish import Publish
from git_hotfix.steps.record_commit import WITHOUT_REPORT
from git_hotfix.steps.roll_back import RollBack
from git_hotfix.steps.run_tests import RunTests

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from git_hotfix.errors import Problem
    from git_hotfix.facts.facts import Facts
    from git_hotfix.hotfix import RefName

SHOWN = (RunTests, Publish, RollBack, Deploy, Backport, DeleteBranch)
"""The steps of which ``status`` shows rows, in this order."""


def rows_of(facts: Facts) -> tuple[Progress, ...]:
    """Return every step in order; the first that is not done and waits for nothing is ``next``."""
    return tuple(rows_in(facts))


def rows_in(facts: Facts) -> Iterator[Progress]:
    """Return the same rows one by one: what is asked of facts may take processes."""
    asked: tuple[Callable[[Facts], Iterable[Progress]], ...] = (
        lambda facts: (_report(facts),),
        lambda facts: (_fix(facts),),
        *(step.progress for step in SHOWN),
    )
    is_next = True
    for rows in asked:
        for row in rows(facts):
            is_first = is_next and row.state is State.NOT_DONE
            is_next = is_next and not is_first
            yield replace(row, state=State.NEXT) if is_first else row


def next_command(facts: Facts, rows: tuple[Progress, ...]) -> Remedy | None:
    """Return the one command that brings the hotfix on; None when nothing is left."""
    conflicts = facts.memory.conflicts
    back = next((each for each in conflicts if each.is_rollback and facts.needs(each)), None)
    if back is not None and not facts.is_ended:
        return to_resolve(facts, back)
    waiting = sorted(rows, key=lambda row: row.state is State.WAITING)  # what waits for a person comes last
    return next((row.next for row in waiting if row.next is not None), None)


def current_row(rows: Iterable[Progress]) -> Progress | None:
    """Return the row that a hotfix has come to: what is to be done, else what it waits for; None at its end."""
    left = []
    for row in rows:
        if row.state is State.NEXT or (row.state is State.UNKNOWN and row.next is not None):
            return row
        cannot_be_known = (row.step, row.state) == ("tests", State.UNKNOWN)  # of a merge that does not say it
        left += [row] if row.state is not State.DONE and not cannot_be_known else []
    return min(left, key=lambda row: row.next is None, default=None)


def last_seen(facts: Facts, pushed: tuple[RefName, ...] = ()) -> str:
    """Return what was last seen of a publication, for a run that is interrupted: nothing is looked at for it.

    ``pushed`` are the refs that were pushed since: nothing is said of them but that.
    """
    known, last = facts.__dict__, facts.__dict__.get("publications", ())[-1:]
    begun = f" {push_begun(pushed)}" if pushed else ""
    if branch_ref(facts.base) in pushed:
        return begun.lstrip()
    if not {"publications", "fix"} <= known.keys():
        return f"It was not looked at yet what is published.{begun}"
    tags = ", ".join(name for each in last for name, _ in each.rollback_tags or each.tags)
    named = f"({facts.branch}{f' tagged {tags}' if tags else ''})"
    so = f"production has the fix {named}"
    if not last:
        so = "nothing is published"
    elif facts.is_rolled_back:
        so = f"production is rolled back {named}"
    elif not facts.is_published:
        so += "; later commits are not published"
    elif "deployed" in known and not facts.deployed.is_done:
        so = f"published, but not deployed yet {named}"
    pending = facts.pending if facts.is_published and "targets" in known else ()
    left = ", ".join(each.branch for each in pending if branch_ref(each.branch) not in pushed)
    so += f"; not yet in {left}." if left else "."
    return f"{so[0].upper()}{so[1:]}{begun}"


def push_begun(pushed: tuple[RefName, ...]) -> str:
    """Return that a push of these refs had begun: of tags only where there is no branch among them."""
    names = [ref.removeprefix("refs/heads/") for ref in pushed if ref.startswith("refs/heads/")]
    listed = ", ".join(dict.fromkeys(names or [ref.removeprefix("refs/tags/") for ref in pushed]))
    return f"A push to {listed} had begun; whether it arrived is not known."


def _report(facts: Facts) -> Progress:
    if facts.report_problem is not None:
        problem = facts.report_problem
        return Progress("report", State.NOT_DONE, problem.message, _to_mend_it(facts, problem))
    if facts.report is None and facts.known.branch is not None:
        if not facts.is_published and facts.memory.wants_report is not False:
            return Progress("report", State.WAITING, "'finish' begins it, with what git knows")
        return Progress("report", State.DONE, WITHOUT_REPORT)
    if facts.report is None:
        return Progress("report", State.UNKNOWN, f"'{facts.report_path}' is not on the branch")
    if facts.is_kept and not facts.is_published and (foreign := report_in_the_way(facts)) is not None:
        return Progress("report", State.NOT_DONE, foreign.message, foreign.remedy)
    if facts.is_restricted:
        evidence = "in the git directory, because it is restricted"
        return Progress("report", State.DONE, ". ".join((evidence, *told_claims(facts))))
    claimed = told_end(facts)
    return Progress("report", State.DONE, f"{facts.report_path}; {claimed}" if claimed else facts.report_path)


def _to_mend_it(facts: Facts, problem: Problem) -> Remedy | None:
    """Return what mends a report that cannot be read: nothing else brings the hotfix on before its publication."""
    if facts.is_published:
        return None
    if facts.world.head.branch != facts.branch and not facts.is_restricted:
        return to_the_commit(facts)
    return Remedy(text=problem.remedy.line())


def _fix(facts: Facts) -> Progress:
    fix, count = facts.fix, len(facts.publications)
    if facts.is_ended:
        return Progress("fix", State.DONE, closed(facts))
    if fix is None and count:
        return Progress("fix", State.DONE, "published" if count == 1 else f"published in {count} rounds")
    if fix is None and facts.tip is None:
        return Progress("fix", State.UNKNOWN, f"'{facts.branch}' no longer exists")
    if fix is None:
        return Progress("fix", State.UNKNOWN, "its commits are not in this repository", to_the_commit(facts))
    if facts.is_cut_off:
        why = "this clone is shallow and lacks its first commit"
        return Progress("fix", State.UNKNOWN, why, command("git", "fetch", "--unshallow"))
    if not fix.paths:
        return Progress("fix", State.NOT_DONE, "no fix committed yet", to_the_commit(facts))
    if facts.only_lands_again:
        why = "only the fix that was rolled back; commit what makes it better, or finish it as it is"
        return Progress("fix", State.NOT_DONE, why, to_the_commit(facts))
    if facts.is_rolled_back:
        later = ", ".join(each[:7] for each in fix.commits)
        return Progress("fix", State.NOT_DONE, f"rolled back; only '{facts.branch}' has {later}", to_take_along(facts))
    only_here = "" if _is_pushed(facts) or not facts.world.remote else "; only on this machine"
    size = f"{_count(len(fix.commits), 'commit')}, {_count(len(fix.paths), 'file')}"
    evidence = f"{size}, +{fix.added_lines} -{fix.deleted_lines}{only_here}"
    return Progress("fix", State.DONE, f"{evidence}. {facts.over_scope}" if facts.over_scope else evidence)


def _is_pushed(facts: Facts) -> bool:
    """Return whether the branch's tip is on the server, or was pushed to another remote, such as a fork."""
    remote, world = facts.world.remote, facts.world
    own = remote.tracking(facts.branch) if remote is not None else None
    beside = {oid for ref, oid in world.local.items() if ref.startswith("refs/remotes/") and ref != own}
    return facts.tip == facts.server_tip or facts.tip in beside


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
