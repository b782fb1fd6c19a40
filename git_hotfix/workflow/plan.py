"""The kinds of step a plan is made of: data that says what is done to what; ``execution`` carries it out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from git_hotfix.git.remote import Update
    from git_hotfix.hotfix import BranchName, Method, Oid
    from git_hotfix.memory import Edit, PendingRollback


class MakeBranch(Struct, frozen=True):
    """Commit the report (and picked commits) on ``start`` and make the branch there."""

    branch: BranchName
    start: Oid
    report_path: str | None
    """None: the report is restricted and stays in the git directory."""
    report: bytes
    message: str
    picks: tuple[Oid, ...]
    undoes: tuple[Oid, ...] = ()
    """Rollbacks whose change is taken back first, so that the fix is there again."""
    edits: tuple[tuple[str, bytes], ...] = ()
    """Other reports that the first commit changes, by path."""


class PutAsideChanges(Struct, frozen=True):
    """Stash the tracked and staged changes of this working tree."""


class CheckOut(Struct, frozen=True):
    """Check the hotfix branch out in this working tree and remember where the user was."""

    branch: BranchName


class MakeWorktree(Struct, frozen=True):
    """Check the hotfix branch out in a new linked worktree and bring what it needs to run."""

    branch: BranchName
    path: Path


class PushBranch(Struct, frozen=True):
    """Publish the hotfix branch itself, so that colleagues see it."""

    branch: BranchName


class RunTests(Struct, frozen=True):
    """Run the critical tests of the fix."""

    command: str
    paths: tuple[str, ...]
    extra: tuple[str, ...] = ()
    counts: bool = True
    """Whether a pass is one of the whole fix; arguments of a person's own may have narrowed it."""


class Publish(Struct, frozen=True):
    """Merge into the base, tag, and publish exactly these two."""

    branch: BranchName
    base: BranchName
    tag: str | None
    wants_tag: bool
    message: str
    trailers: tuple[tuple[str, str], ...]
    to_server: bool
    sign: bool
    hooks: bool
    is_rollback: tuple[Oid, ...] = ()
    """The merges whose change is taken back, newest first; empty: the branch is merged."""
    place: Path | None = None
    """Where a conflict of taking back is laid out; None: in the common git directory."""
    said: PendingRollback | None = None
    """What was said to a rollback, to be remembered until it has ended."""


class LayOut(Struct, frozen=True):
    """Lay the conflict of the hotfix with its base out for a person."""

    branch: BranchName
    onto: Oid
    source: Oid
    place: Path | None


class GiveUp(Struct, frozen=True):
    """Remove the worktrees of conflicts that wait, and what was resolved of them."""

    is_rollback: bool | None = None
    """Only those of a rollback, only the others, or (None) all."""
    keeps_work: bool = False
    """Whether a worktree that a person has changed stays: nobody said that it may go."""


class DropAttempt(Struct, frozen=True):
    """Take back what an unpublished attempt has left, where it still is as the attempt left it."""


class CompleteTag(Struct, frozen=True):
    """Make and publish the tag that a published merge lacks."""

    merge: Oid
    tag: str | None
    sign: bool
    hooks: bool
    is_rollback: bool = False


class FastForward(Struct, frozen=True):
    """Move local branches and tags to what was published, with the files of the trees that have them checked out."""

    updates: tuple[Update, ...]


class RunDeployment(Struct, frozen=True):
    """Run the deployment, or its check when a push deploys."""

    merge: Oid
    tag: str | None
    command: str
    key: str


class RunRollback(Struct, frozen=True):
    """Run ``deploy.rollback``: production is taken back at once, before the base is."""

    merge: Oid
    tag: str | None
    command: str


class RecordDeployment(Struct, frozen=True):
    """Remember what a person says about the deployment of a merge."""

    merge: Oid
    succeeded: bool
    when: datetime
    by: str
    log: str | None


class Carry(Struct, frozen=True):
    """One target and how the fix gets there; ``old`` None makes the branch at ``start`` first."""

    branch: BranchName
    old: Oid | None
    start: Oid
    on_server: bool
    method: Method


class Backport(Struct, frozen=True):
    """Carry the fix to targets and write the record, in one push of which each ref is judged alone."""

    targets: tuple[Carry, ...]
    documents: BranchName | None
    sign: bool
    hooks: bool
    place: Path | None = None
    """Where conflicts are laid out; None: in the common git directory."""


class Return(Struct, frozen=True):
    """Take the user back to where they were, stash included; ``leaves`` goes to the base where nothing is known."""

    leaves: bool = False


class AddRow(Struct, frozen=True):
    """A row for the report's timeline: a record commit on the open branch, or queued once it is published."""

    event: str
    when: str
    source: str
    mitigated: bool = False


class ChangeReport(Struct, frozen=True):
    """Follow-ups or a post-mortem for the report: a record commit on the open branch, queued once it is published.

    ``said`` tells in words what is written, ``again`` is the command that asks for it.
    """

    edits: tuple[Edit, ...]
    said: str
    again: str


class RecordEnd(Struct, frozen=True):
    """Write the report of a hotfix that ships no code to develop (production without one)."""

    on: BranchName
    status: str
    reason: str


class Disclose(Struct, frozen=True):
    """Say in the restricted report that it is public: from then on it is written like any other."""

    report: bytes


class KeepReport(Struct, frozen=True):
    """Bring the report in the git directory up to date; None deletes it, once it is published."""

    report: bytes | None


class DeleteBranch(Struct, frozen=True):
    """Delete the hotfix branch, here and on the server, only at the ids that were proven or named."""

    branch: BranchName
    local: Oid | None
    server: Oid | None


class RemoveWorktree(Struct, frozen=True):
    """Remove the linked worktree that ``start --worktree`` made."""

    path: Path


class Forget(Struct, frozen=True):
    """Drop what was remembered of a hotfix that has ended."""


Step = (
    MakeBranch
    | PutAsideChanges
    | CheckOut
    | MakeWorktree
    | PushBranch
    | RunTests
    | Publish
    | CompleteTag
    | LayOut
    | GiveUp
    | DropAttempt
    | FastForward
    | RunDeployment
    | RunRollback
    | RecordDeployment
    | Backport
    | Return
    | AddRow
    | ChangeReport
    | RecordEnd
    | Disclose
    | KeepReport
    | DeleteBranch
    | RemoveWorktree
    | Forget
)
