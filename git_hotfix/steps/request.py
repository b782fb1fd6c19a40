"""What a person asked for: the command line as values; None means: not given."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from git_hotfix.hotfix import Method


NEUTRAL_SLUG = "maintenance"
"""The name of a restricted hotfix: branch and tag are seen by everybody as soon as the fix is."""

UNDONE = "undone"
"""The end of what was begun by mistake."""


class Request(Struct, frozen=True, kw_only=True):
    """The options that several commands share."""

    deploy: bool | None = None
    """Whether the deployment runs after publication."""
    redeploy: bool = False
    """Whether it runs again, whatever is known of the last one (``deploy``)."""
    backport: bool = True
    to: tuple[str, ...] = ()
    method: Method | None = None
    """Overrides the rule of backport."""
    skips: str | None = None
    """The target that a dry run takes to be skipped."""
    goes_on: bool = False
    """Whether conflicts that are resolved are taken up (``--continue``)."""
    targets: bool | None = None
    """Whether a rollback takes the fix back on the targets too."""
    lines: tuple[str, ...] | None = None
    push: bool = True
    by_request: bool | None = None
    """Whether branches are changed by pull request, whatever the configuration says (``--pr``, or the answer)."""
    tag: str | None = None
    wants_tag: bool = True
    stay: bool = False
    place: Path | None = None
    """Where conflicts are laid out; None: in the common git directory."""
    confirmed: bool | None = None
    trust: bool | None = None
    """Whether the commands of the repository's files may run (``--trust-config``, or the answer): it is kept."""
    trusts_once: bool = False
    """Whether they may in this run, and nothing is kept (``HOTFIX_TRUST_CONFIG``)."""
    agreed: frozenset[str] = frozenset()
    """The commands that were said yes to in this run, by their fingerprints."""
    yes: bool = False
    interactive: bool = False
    is_brief: bool = False
    """Whether only what is needed is asked (``-q``, or the environment of a CI)."""


class FinishRequest(Request, frozen=True, kw_only=True):
    """The options of ``finish`` and ``test``."""

    message: str | None = None
    verified_by: str | None = None
    skip_tests: str | None = None
    test_command: str | None = None
    test_paths: tuple[str, ...] | str = ()
    """Those of ``--test-path``, or the answer, in which spaces separate them."""
    test_arguments: tuple[str, ...] = ()
    """What ``test`` adds to the command."""
    retest: bool = False
    """Whether the tests run although they have passed for this very fix (``test``)."""
    large: str | None = None
    report: bool | None = None
    """Whether a hotfix that other hands have begun gets a report; None: it does, unless that was decided before."""
    wait: int | None = None
    """How many seconds a pull request may wait to be merged."""
    bundle: Path | None = None
    """The file that what would be published is written into, for somebody else to publish."""
    from_bundle: Path | None = None
    """The file that what is published comes from."""

    @property
    def named_paths(self) -> tuple[str, ...]:
        """What becomes ``{paths}`` this time; none: what the configuration or a folder says."""
        return tuple(self.test_paths.split()) if isinstance(self.test_paths, str) else self.test_paths


class RollbackRequest(Request, frozen=True, kw_only=True):
    """The options of ``rollback``."""

    reason: str | None = None


class AbortRequest(Request, frozen=True, kw_only=True):
    """Which conflicts are given up: of a rollback, or the others."""

    is_rollback: bool = False


class LeaveRequest(Request, frozen=True, kw_only=True):
    """The options of ``cleanup`` and ``close``."""

    force: bool = False
    status: str | None = None
    """How ``close`` ends the hotfix; None: ``cleanup``."""
    reason: str = ""
    discard: bool = False
    drop_report: bool = False


class DeployRequest(Request, frozen=True, kw_only=True):
    """The options of ``deploy``: what a person reports about a deployment, if anything."""

    succeeded: bool | None = None
    when: datetime | None = None
    by: str = ""
    log: str | None = None
    older: bool | None = None
    """Whether it is deployed although production loses what was published later by that."""


class DocumentRequest(Request, frozen=True, kw_only=True):
    """The options of ``document``; ``cve`` is known when a restricted hotfix is disclosed."""

    disclose: bool = False
    report: bool = True
    """Whether one that other hands have begun gets a report."""
    cve: str | None = None


class NoteRequest(Request, frozen=True, kw_only=True):
    """The options of ``note``: a row for the timeline."""

    event: str
    when: str
    source: str
    mitigated: bool = False


class FollowUpRequest(Request, frozen=True, kw_only=True):
    """The options of ``followup`` with a text, or with the number of one that is ``done``."""

    text: str = ""
    done: str | None = None
    kind: str | None = None
    priority: str | None = None
    ticket: str | None = None
    owner: str | None = None
    due: str | None = None
    trigger: str | None = None
    when: str | None = None
    """The answer to when: a date, or what triggers it."""


class StartRequest(Request, frozen=True, kw_only=True):
    """The options of ``start``."""

    title: str | None
    slug: str | None = None
    what: str | None = None
    production_affected: bool | None = None
    can_wait: bool | None = None
    severity: str | None = None
    kind: str | None = None
    visibility: str | None = None
    """``public`` or ``restricted``."""
    impact: str | None = None
    users: int | None = None
    data_at_risk: str | None = None
    since: str | None = None
    detected: str | None = None
    root_cause: str | None = None
    issue: str | None = None
    cve: str | None = None
    line: str | None = None
    relands: str | None = None
    """The hotfix that was rolled back and is landed again."""
    by_hand: bool = False
    """Whether a person brings in what is picked or landed again."""
    start_from: str | None = None
    picks: tuple[str, ...] = ()
    picks_unpublished: bool | None = None
    """The answer to whether commits that only the base here has are the fix."""
    stash: bool = False
    carry: bool = False
    worktree: Path | None = None
    wants_worktree: bool = False
    dirty: str | None = None
    """The answer to what happens to uncommitted changes: ``carry``, ``stash`` or ``worktree``."""
    publish: bool | None = None
    """Whether the branch is pushed at once."""
    offline: bool = False
    from_fetched: bool | None = None
    """The answer to whether it begins from what was last fetched, where the server is silent."""
    go_on: bool | None = None

    @property
    def is_restricted(self) -> bool:
        """Whether nothing that describes the problem may be published."""
        return self.visibility == "restricted"

    @property
    def chosen_slug(self) -> str | None:
        """The name that was chosen; a restricted hotfix is not named after its title."""
        return NEUTRAL_SLUG if self.is_restricted and self.slug is None else self.slug

    @property
    def uses_worktree(self) -> bool:
        """Whether the branch is checked out in a linked worktree."""
        return self.wants_worktree or self.dirty == "worktree"

    @property
    def uses_stash(self) -> bool:
        """Whether uncommitted changes are stashed, if only until the branch is checked out."""
        return (self.stash or self.dirty == "stash" or self.carries) and not self.uses_worktree

    @property
    def carries(self) -> bool:
        """Whether uncommitted changes come along to the branch."""
        return (self.carry or self.dirty == "carry") and not self.uses_worktree
