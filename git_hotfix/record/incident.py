"""The values of an incident report: what ``start`` knows, what a report says, how a hotfix ended."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct, field

from git_hotfix.errors import wrong_input

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from git_hotfix.hotfix import BranchName, HotfixId, Oid
    from git_hotfix.record.timeline import Row

SCHEMA = 1
"""The version of the front matter that is written and read."""


class Status(StrEnum):
    """Where an incident stands."""

    OPEN = "open"
    RESOLVED = "resolved"
    CANCELLED = "cancelled"
    ROLLED_BACK = "rolled-back"


class Severity(StrEnum):
    """How bad it is; anything lower is not a hotfix."""

    CRITICAL = "critical"
    HIGH = "high"


class Kind(StrEnum):
    """What it is."""

    OUTAGE = "outage"
    DATA_LOSS = "data-loss"
    SECURITY = "security"
    CRITICAL_BUG = "critical-bug"


class DataAtRisk(StrEnum):
    """What may happen to data."""

    NONE = "none"
    EXPOSURE = "exposure"
    LOSS = "loss"
    CORRUPTION = "corruption"
    UNKNOWN = "unknown"


class Visibility(StrEnum):
    """Who may read the report."""

    PUBLIC = "public"
    RESTRICTED = "restricted"


class _Incident(Struct, frozen=True, kw_only=True):
    id: HotfixId
    title: str
    severity: Severity
    kind: Kind
    production_affected: bool
    can_wait: bool
    what: str
    reporter: str
    declared_at: datetime
    branch: BranchName
    base: BranchName
    impact: str | None = None
    affected_users: int | None = None
    data_at_risk: DataAtRisk | None = None
    started_at: datetime | None = None
    detected_at: datetime | None = None
    root_cause: str | None = None
    issue: str | None = None
    cve: str | None = None
    visibility: Visibility = Visibility.PUBLIC


class NewReport(_Incident, frozen=True, kw_only=True):
    """Everything ``start`` knows; None is unknown. Times have an offset, ``affected_users`` counts people.

    Noticed before it began is wrong input.
    """

    def __post_init__(self) -> None:
        if self.started_at and self.detected_at and self.detected_at < self.started_at:
            raise wrong_input(
                "times-crossed",
                f"The problem was noticed ({self.detected_at}) before it began ({self.started_at}).",
                "git hotfix start TITLE --since WHEN --detected LATER",
            )


class Report(_Incident, frozen=True, kw_only=True):
    """What the front matter of a report says; None is unknown, ``extra`` are the keys that people added."""

    status: Status
    mitigated_at: datetime | None = None
    resolved_at: datetime | None = None
    caused_by: str | None = None
    tag: str | None = None
    fix_commits: tuple[Oid, ...] = ()
    checks_run: tuple[str, ...] = ()
    checks_skipped: str | None = None
    verified_by: str | None = None
    postmortem: str | None = None
    recorded_in: tuple[str, ...] = ()
    """The files beside the report that name it: what people change or delete there is not written again."""
    extra: Mapping[str, object] = field(default_factory=dict)


class FixCommit(Struct, frozen=True):
    """One fix commit; ``when`` is its author's time."""

    oid: Oid
    subject: str
    when: datetime


class Carried(Struct, frozen=True):
    """What became of one target.

    ``state`` is one of the words of ``--json`` (present, pending, conflict, …), ``method`` merge or pick,
    ``commit`` what brought the fix there; ``skipped_by`` who said that it will not get the fix, and the ``reason``.
    """

    branch: BranchName
    state: str
    method: str | None = None
    commit: Oid | None = None
    skipped_by: str | None = None
    reason: str | None = None


class Resolution(Struct, frozen=True, kw_only=True):
    """How a hotfix ended, as far as it is known where the report is written.

    None (and an empty tuple) means "not known here". What the front matter, the timeline and the line
    "Deployed" already say about it then stays. Without ``production_merge`` nothing was published.
    ``deployed`` is a sentence part such as ``succeeded 02:40 (make deploy-prod)``; ``resolved_at`` the time
    of the successful deployment, or of the publication where none is configured; ``mitigated_at`` what a
    person reported.
    """

    status: Status
    base: BranchName
    tag: str | None = None
    production_merge: Oid | None = None
    published_at: datetime | None = None
    fix_commits: tuple[FixCommit, ...] = ()
    checks_run: tuple[str, ...] = ()
    checks_skipped: str | None = None
    verified_by: str | None = None
    mitigated_at: datetime | None = None
    resolved_at: datetime | None = None
    deployed: str | None = None
    targets: tuple[Carried, ...] = ()
    reason: str | None = None
    timeline: tuple[Row, ...] = ()
