"""Leave a hotfix: its end in the report, its worktree and branch deleted where that is proven, its memory dropped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from git_hotfix.engine import gitflow_hooks
from git_hotfix.engine.step import Done, Progress, Refusal, State, Step
from git_hotfix.errors import ExitCode, HotfixError, Problem, Remedy, again, command
from git_hotfix.facts.closing import tips_of
from git_hotfix.facts.evidence import ASKED
from git_hotfix.facts.phrases import alike, closed, later_commits, told_end, without_fix
from git_hotfix.facts.pull_requests import what_it_waits_for
from git_hotfix.facts.relanding import to_take_along
from git_hotfix.git.bundles import BUNDLED
from git_hotfix.git.publish import push_and_observe
from git_hotfix.git.refs import drop_refs, move_refs
from git_hotfix.git.remote import Update
from git_hotfix.git.worktree_removal import remove_worktree
from git_hotfix.hotfix import BranchName, Oid, branch_ref
from git_hotfix.memory import Memory
from git_hotfix.private_report import PrivateReport, postmortem_draft
from git_hotfix.steps.attempts import drop_keep_ref
from git_hotfix.steps.backport_targets import lacks
from git_hotfix.steps.conflicts import give_up_conflicts
from git_hotfix.steps.deploy import lack_of_deployment
from git_hotfix.steps.place import delete_where_pushed, forget_upstream
from git_hotfix.steps.record_commit import to_complete_record
from git_hotfix.steps.request import UNDONE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from git_hotfix.engine.run import Run
    from git_hotfix.engine.step import Due
    from git_hotfix.facts.facts import Facts
    from git_hotfix.git.world import World
    from git_hotfix.steps.request import LeaveRequest


class RemoveWorktree(Step, frozen=True):
    """Remove the linked worktree that ``start --worktree`` made."""

    does = "remove the worktree '{0.path}'"
    ends_on_problem = True

    path: Path

    @staticmethod
    def due(facts: Facts, request: LeaveRequest) -> Due:
        """While it is there."""
        tree = facts.world.tree_at(facts.memory.worktree)
        is_users = tree is not None and tree.branch not in {None, facts.branch}  # another branch: the user works there
        return RemoveWorktree(tree.path) if tree is not None and not is_users else None

    def perform(self, run: Run) -> Done:
        """Remove it; one with changes of the user's stays."""
        if run.world.tree_at(self.path) is None:
            return Done()
        why = remove_worktree(run.repository.git, self.path)
        if why is None and run.repository.git.directory.is_relative_to(self.path):
            run.repository.leave_tree()  # nothing can be started in a folder that is gone
        run.look_here()
        if why is not None:
            remedy = command("git", "worktree", "remove", self.path)
            return Done((Problem("worktree-stays", f"The worktree '{self.path}' stays: {why}", remedy),))
        run.say(f"Removed the worktree '{self.path}'.")
        return Done()


class DeleteBranch(Step, frozen=True):
    """Delete the hotfix branch, here and on the server, only at the ids that were proven or named."""

    ends_on_problem = True

    branch: BranchName
    local: Oid | None
    server: Oid | None

    @staticmethod
    def due(facts: Facts, request: LeaveRequest) -> Due:
        """While it exists anywhere."""
        if facts.local_tip is None and facts.server_tip is None:
            return None
        return DeleteBranch(facts.branch, facts.local_tip, facts.server_tip)

    def describe(self, world: World) -> str:
        """Return what the step does."""
        places = [name for name, tip in (("here", self.local), ("on the server", self.server)) if tip]
        return f"delete '{self.branch}' {' and '.join(places)}"

    @staticmethod
    def progress(facts: Facts) -> tuple[Progress, ...]:
        """Return where the branch still exists."""
        if facts.local_tip is None and facts.server_tip is None:
            is_asked = facts.world.remote is not None and facts.world.server is not None
            nor_there = ", not on the server" if is_asked else ""  # whether it ever was, nobody knows
            return (Progress("cleanup", State.DONE, f"'{facts.branch}' is not here{nor_there}"),)
        there = (("here", facts.local_tip), ("on the server", facts.server_tip))
        evidence = f"branch not deleted yet ({' and '.join(place for place, tip in there if tip)})"
        if not facts.is_published and not facts.is_ended:
            return (Progress("cleanup", State.WAITING, evidence),)
        lacks = [gap for gap in gaps_of(facts) if gap.code != "server-not-asked"]
        if lacks:  # it would be refused: what it waits for is what comes next
            return (Progress("cleanup", State.WAITING, evidence, lacks[0].remedy),)
        if facts.local_tip is None and (why := facts.memory.why_it_stays(facts.branch, facts.server_tip)):
            return (Progress("cleanup", State.WAITING, f"all other steps are done; {evidence}: {why}"),)
        return (Progress("cleanup", State.NOT_DONE, evidence, command("git", "hotfix", "cleanup", facts.hotfix)),)

    def perform(self, run: Run) -> Done:
        """Delete it on the server, then here; already gone is done.

        What is remembered goes before the branch here: without a branch nobody would find it again after a crash.
        """
        git, ref, base = run.repository.git, branch_ref(self.branch), run.facts.base
        gitflow_hooks.before(run, "delete", self.branch, base)
        why = self._delete_there(run, self.server) if self.server is not None and run.world.remote is not None else None
        tracking = run.world.remote.tracking(self.branch) if run.world.remote else None
        run.look_here()
        updates, is_there = [], run.world.server_tip(self.branch) is not None
        if tracking is not None and (seen := run.world.local.get(tracking)) is not None and not is_there:
            updates.append(Update(tracking, seen, None))
        if self.local is not None:
            delete_where_pushed(run, self.branch, self.local)
            forget_upstream(run, self.branch)
            forget(run)
        if self.local is not None and run.world.local.get(ref) == self.local:
            updates.append(Update(ref, self.local, None))
        move_refs(git, updates, reason="git hotfix cleanup")
        run.look_here()
        if self.local is not None:
            run.say(f"Deleted '{self.branch}' here (it was at {self.local[:7]}).")
        gitflow_hooks.after(run, "delete", self.branch, base)
        if why is None:
            return Done()
        run.remember(lambda memory: memory.with_refusal(f"{self.branch} {self.server}", why))
        message = f"'{run.world.shown(self.branch)}' stays, all other steps are done: {why}"
        return Done((Problem("branch-stays", message, Remedy(), ExitCode.UNFINISHED, about="cleanup"),))

    def _delete_there(self, run: Run, proven: Oid) -> str | None:
        """Delete it on the server; return that the server refuses to. New commits there, or a hook here, end it."""
        hotfix, shown = run.facts.hotfix, run.world.shown(self.branch)
        update, remedy = Update(branch_ref(self.branch), proven, None), command("git", "hotfix", "cleanup", hotfix)
        pushed = push_and_observe(run.destination(), [update], atomic=False).known(remedy)
        if pushed.moved:
            finish = command("git", "hotfix", "finish", hotfix)
            raise HotfixError(Problem("branch-stays", f"'{shown}' stays: it has new commits.", finish, ExitCode.GAP))
        if pushed.is_held_here:
            message = f"'{shown}' stays: {pushed.reason}."
            raise HotfixError(Problem("hook-refused", message, again("--no-verify"), ExitCode.GAP))
        if not pushed.has_arrived:
            return f"the server refuses to delete it; only its administrator can ({pushed.reason})"
        run.say(f"Deleted {shown}.")
        return None


class Forget(Step, frozen=True):
    """Drop what was remembered of a hotfix that has ended."""

    does = "remove what was kept of it in this clone"

    with_report: bool = False
    """Whether a report that is kept in the git directory goes too: nothing is left of what was begun by mistake."""

    @staticmethod
    def due(facts: Facts, request: LeaveRequest) -> Due:
        """At the end."""
        return Forget(with_report=request.status == UNDONE and not facts.publications)

    @staticmethod
    def missing(facts: Facts, request: LeaveRequest) -> tuple[Problem, ...]:
        """Return that the record is not written: by what git can tell it still can be, without the branch."""
        if not facts.record_is_due or request.force:
            return ()
        message = f"The report on '{facts.world.shown(facts.record_branch)}' is not complete."
        return (_gap("record-due", message, to_complete_record(facts)),)

    def perform(self, run: Run) -> Done:
        """Drop the memory, and the ref that held an attempt."""
        forget(run)
        if self.with_report:
            PrivateReport(run.repository.common_dir, run.facts.hotfix).forget()
        return Done()


def forget(run: Run) -> None:
    """Drop what was remembered of the hotfix in hand and the ref that held an attempt.

    What was seen here of its deployment stays, and of how a published fix came to its branches, in a request or by a
    person's hand: of what the record says of that, nobody can tell who wrote it.
    """
    give_up_conflicts(run, is_rollback=None, keeps_work=True)
    drop_keep_ref(run)
    is_asked = run.facts.closing is not None and run.facts.closing.is_asked  # by nothing else its end is known here
    is_kept = is_asked or bool(run.facts.publications)
    held = tuple(f"{each}{run.facts.hotfix}/" for each in (BUNDLED, *(() if is_kept else (ASKED,))))
    drop_refs(run.repository.git, [ref for ref in run.world.local if ref.startswith(held)])
    postmortem_draft(run.repository.common_dir, run.facts.hotfix).unlink(missing_ok=True)
    file = run.memory_file(run.facts.hotfix)
    if seen := file.read().deployments:
        file.change(lambda _: Memory(deployments=seen))
    else:
        file.forget()


def proven(facts: Facts, request: LeaveRequest) -> Refusal | None:
    """Refuse ``cleanup`` while the fix is not proven to be in its base and every target; ``--force`` overrides."""
    gaps = tuple(gaps_of(facts))
    return Refusal(gaps) if gaps and not request.force else None


def force_notes(facts: Facts, request: LeaveRequest) -> Iterator[str]:
    """Return what ``cleanup --force`` overrides."""
    for gap in gaps_of(facts):
        yield f"Deleted all the same (--force): {gap.message}"


def gaps_of(facts: Facts) -> list[Problem]:
    """Return everything that is not proven yet."""
    if facts.is_ended and (given_up := _only_on_the_branch(facts)) is not None:
        return [given_up]
    if facts.is_ended or (not facts.is_published and facts.tip is None and facts.lost is None):
        return []
    gaps = [*_base_gaps(facts), *(replace(each, exit_code=ExitCode.GAP, about=None) for each in lacks(facts))]
    memory = facts.memory
    only_here = memory.rows or memory.edits or memory.deployments or memory.waivers
    if only_here and not gaps and facts.record_is_due:
        shown = facts.world.shown(facts.record_branch)
        message = f"The report on '{shown}' lacks notes, follow-ups, a deployment or a waiver recorded here."
        gaps.append(_gap("record-due", message, to_complete_record(facts)))
    is_asked = not gaps and memory.pull_request_to(facts.record_branch) is not None
    if is_asked and facts.record_branch in facts.live_requests:
        shown = facts.world.shown(facts.record_branch)
        message = f"The request with the record to '{shown}' {what_it_waits_for(facts, facts.record_branch)}."
        gaps.append(_gap("record-waits", message, command("git", "hotfix", "document", facts.hotfix)))
    if facts.world.unanswered is not None:
        gaps.append(_gap("server-not-asked", facts.world.unanswered.message, command("git", "fetch")))
    server, ends = facts.server_tip, (facts.base_tip, facts.tip)
    is_here = server is None or facts.has(server)
    is_in = is_here and any(server is None or (end is not None and facts.is_ancestor(server, end)) for end in ends)
    if facts.is_published and not is_in:
        message = f"'{facts.world.shown(facts.branch)}' has commits that are not published."
        gaps.append(_gap("branch-not-merged", message, command("git", "hotfix", "finish", facts.hotfix)))
    return gaps


def _only_on_the_branch(facts: Facts) -> Problem | None:
    """Return that a record gives up fix commits that are nowhere else: who may push can make one; None without them.

    ``close`` itself deletes the branch that it gives up; where it still is, a person decides.
    """
    if (
        facts.closing is None
        or facts.closing.commit is None
        or facts.closing.is_asked
        or not any(facts.fix_commits_at(tip) for tip in tips_of(facts))
    ):
        return None
    message = (
        f"'{facts.branch}' has fix commits that are nowhere else; it was {closed(facts)}."
        " --force deletes them; one more commit on the branch continues with it."
    )
    return _gap("given-up", message, command("git", "show", facts.closing.commit))


def _base_gaps(facts: Facts) -> Iterator[Problem]:
    """Return what is not proven of the base: that the fix is there, or taken back from there, and deployed."""
    if facts.memory.pending_rollback is not None and not facts.is_rolled_back:
        message = "A rollback of it is unfinished here (--abort drops it)."
        yield _gap("rollback-begun", message, command("git", "hotfix", "rollback", facts.hotfix))
    if not facts.is_published:
        message = later_commits(facts) or f"The fix is not in '{facts.world.shown(facts.base)}'."
        message += f" {said}." if (said := told_end(facts)) else ""
        status = command("git", "hotfix", "status", facts.hotfix)
        yield facts.lost or _gap("not-published", message, to_take_along(facts) if facts.is_rolled_back else status)
    if (told := facts.only_told) is not None:
        message = (
            f"{told.by} said that {told.commit[:7]} is the fix (--merged), and nothing else shows it: that is no proof"
            f" for deleting '{facts.branch}'. --force deletes it all the same."
        )
        yield _gap("only-told", message, command("git", "show", "--stat", told.commit))
    if (guess := alike(facts)) is not None:
        shown, (phrase, remedy) = facts.world.shown(facts.base), guess
        had = "had" if facts.is_rolled_back else "has"
        message = f"'{shown}' {had} the fix {phrase}: that is no proof for deleting '{facts.branch}'."
        yield _gap("only-alike", message, remedy)
    if facts.is_published and facts.undone_in_base is not None:
        yield _gap("undone", without_fix(facts), command("git", "hotfix", "status", facts.hotfix))
    lack = lack_of_deployment(facts) if facts.is_published and facts.deployed.is_left else None
    if lack is not None:
        yield _gap("not-deployed", lack.message, lack.remedy)


def _gap(code: str, message: str, remedy: Remedy) -> Problem:
    return Problem(code, message, remedy, ExitCode.GAP)
