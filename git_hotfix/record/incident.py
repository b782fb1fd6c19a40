"""The values of an incident: what ``start`` knows, what a report says, how a hotfix ended; the keys that hold them."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

from msgspec import Meta, Struct, ValidationError, convert, field
from msgspec.structs import replace

from git_hotfix.clock import from_rfc3339
from git_hotfix.config.checks import ref_name
from git_hotfix.errors import command, wrong_input
from git_hotfix.hotfix import parse_id

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from git_hotfix.hotfix import BranchName, HotfixId, Oid
    from git_hotfix.memory import Waiver
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
                command("git", "hotfix", "start", "TITLE", "--since", "WHEN", "--detected", "LATER"),
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
    ``commit`` what brought the fix there; ``waiver`` says that it will not get the fix.
    """

    branch: BranchName
    state: str
    method: str | None = None
    commit: Oid | None = None
    waiver: Waiver | None = None


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
    other_tags: tuple[str, ...] = ()
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


class Rule(Struct, frozen=True):
    """What one key may hold: ``expected`` in words, ``example`` a value as it is written in the file.

    ``read`` makes a value of what JSON says; None where it is no such value.
    """

    read: Callable[[object], object]
    expected: str
    example: str
    is_required: bool = False

    def refuses(self, value: object) -> str | None:
        """Return what is wrong with a value, as the end of a sentence about the key; None when nothing is."""
        if self.read(value) is not None or (value is None and not self.is_required):
            return None
        return f"must be {self.expected}" + ("" if self.is_required else ", or null where it is unknown")


def _as(type_: Any) -> Callable[[object], object]:
    def read(value: object) -> object:
        try:
            return convert(value, type_)
        except ValidationError:
            return None

    return read


def _one_of(words: type[StrEnum], *, is_required: bool = True) -> Rule:
    listed = [f'"{word}"' for word in words]
    return Rule(_as(words), f"one of {', '.join(listed)}", listed[0], is_required)


_TEXT = Rule(_as(str), "a text in double quotes", "null")
_WANTED_TEXT = Rule(_as(str), "a text in double quotes", '"…"', is_required=True)
_TEXTS = Rule(_as(tuple[str, ...]), "a list of texts", "[]")
_OIDS = Rule(_as(tuple[Annotated[str, Meta(pattern=r"\A[0-9a-f]{40}\Z")], ...]), "a list of full commit ids", "[]")
_BOOLEAN = Rule(_as(bool), "true or false", "true", is_required=True)
_TIME = Rule(
    lambda value: from_rfc3339(value) if isinstance(value, str) else None,
    "a time with seconds and offset",
    '"2026-01-17T02:10:00+09:00"',
)
_ID = Rule(
    lambda value: parse_id(value) if isinstance(value, str) else None,
    "the id of a hotfix, YYYYMMDD-slug",
    '"20260117-fix-auth-bypass"',
    is_required=True,
)


def _branch(value: object) -> str | None:
    try:
        return ref_name(value) if isinstance(value, str) else None
    except ValueError:
        return None


_BRANCH = Rule(_branch, "the name of a branch", '"…"', is_required=True)
_SCHEMA = Rule(
    lambda value: value if value == SCHEMA and not isinstance(value, bool | float) else None,
    f"{SCHEMA}, the form that this git-hotfix reads",
    str(SCHEMA),
    is_required=True,
)

KEYS: dict[str, Rule] = {
    "schema": _SCHEMA,
    "id": _ID,
    "title": _WANTED_TEXT,
    "status": _one_of(Status),
    "severity": _one_of(Severity),
    "kind": _one_of(Kind),
    "production_affected": _BOOLEAN,
    "can_wait": _BOOLEAN,
    "what": _WANTED_TEXT,
    "impact": _TEXT,
    "affected_users": Rule(_as(Annotated[int, Meta(ge=0)]), "a whole number", "120"),
    "data_at_risk": _one_of(DataAtRisk, is_required=False),
    "reporter": _WANTED_TEXT,
    "started_at": _TIME,
    "detected_at": _TIME,
    "declared_at": replace(_TIME, is_required=True),
    "mitigated_at": _TIME,
    "resolved_at": _TIME,
    "root_cause": _TEXT,
    "caused_by": _TEXT,
    "issue": _TEXT,
    "cve": _TEXT,
    "branch": _BRANCH,
    "base": _BRANCH,
    "tag": _TEXT,
    "fix_commits": _OIDS,
    "checks_run": _TEXTS,
    "checks_skipped": _TEXT,
    "verified_by": _TEXT,
    "visibility": _one_of(Visibility),
    "postmortem": _TEXT,
    "recorded_in": _TEXTS,
}
"""Every known key, in the order a new report has them."""
