"""The values of an incident: what ``start`` knows, what a report says, how a hotfix ended; the keys that hold them."""

from __future__ import annotations

from collections.abc import Callable, Mapping  # noqa: TC003  # the rules are made of the annotations
from datetime import datetime
from enum import StrEnum
from types import UnionType
from typing import TYPE_CHECKING, Annotated, Any, NewType, get_args, get_origin, get_type_hints

from msgspec import Meta, Struct, ValidationError, convert, field
from msgspec.structs import replace

from git_hotfix.clock import from_rfc3339
from git_hotfix.config.checks import ref_name
from git_hotfix.hotfix import BranchName, HotfixId, Oid, parse_id

if TYPE_CHECKING:
    from git_hotfix.git.forges import Forge
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


Severity = NewType("Severity", str)
"""How bad it is, in a team's own words (``incident.severities``); anything lower is not a hotfix."""

SEVERITIES = (Severity("critical"), Severity("high"))
"""The words where a team has none of its own, the worst first."""


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


class Report(Struct, frozen=True, kw_only=True):
    """What the front matter of a report says, in the order in which a new one has the keys; None is unknown.

    Times have an offset, ``affected_users`` counts people, ``extra`` are the keys that people added.
    """

    id: HotfixId
    title: str
    status: Status = Status.OPEN
    severity: Severity
    kind: Kind
    production_affected: bool
    can_wait: bool
    what: str
    impact: str | None = None
    affected_users: int | None = None
    data_at_risk: DataAtRisk | None = None
    reporter: str
    started_at: datetime | None = None
    detected_at: datetime | None = None
    declared_at: datetime
    mitigated_at: datetime | None = None
    resolved_at: datetime | None = None
    root_cause: str | None = None
    caused_by: str | None = None
    issue: str | None = None
    cve: str | None = None
    branch: BranchName
    base: BranchName
    tag: str | None = None
    fix_commits: tuple[Oid, ...] = ()
    checks_run: tuple[str, ...] = ()
    checks_skipped: str | None = None
    verified_by: str | None = None
    visibility: Visibility = Visibility.PUBLIC
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

    None (and an empty tuple) means "not known here". What the front matter, the timeline and, of the same merge, the
    line "Deployed" already say about it then stays (without ``status``, ``resolved_at`` too). Without
    ``production_merge`` nothing was published.
    ``forge`` has pages of commits and tags.
    ``deployed`` is a sentence part such as ``succeeded 02:40 (make deploy-prod)``; ``resolved_at`` the time
    of the successful deployment, or of the publication where none is configured; ``mitigated_at`` what a
    person reported.
    """

    status: Status | None
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
    forge: Forge | None = None
    timeline: tuple[Row, ...] = ()


class Rule(Struct, frozen=True):
    """What one key may hold: ``expected`` in words, ``example`` a value as it is written in the file.

    ``read`` makes a value of what JSON says; None where it is no such value.
    """

    read: Callable[[Any], object]
    expected: str
    example: str
    is_required: bool = False

    def refuses(self, value: object) -> str | None:
        """Return what is wrong with a value, as the end of a sentence about the key; None when nothing is."""
        if self.read(value) is not None or (value is None and not self.is_required):
            return None
        return f"must be {self.expected}" + ("" if self.is_required else ", or left out where it is unknown")


def _as(type_: Any) -> Callable[[object], object]:
    def read(value: object) -> object:
        try:
            return convert(value, type_)
        except ValidationError:
            return None

    return read


def _branch(value: object) -> str | None:
    try:
        return ref_name(value) if isinstance(value, str) else None
    except ValueError:
        return None


_RULES: dict[Any, Rule] = {
    str: Rule(_as(str), "a text in double quotes", '"…"'),
    bool: Rule(_as(bool), "true or false", "true"),
    int: Rule(_as(Annotated[int, Meta(ge=0)]), "a whole number", "120"),
    datetime: Rule(
        lambda value: from_rfc3339(value) if isinstance(value, str) else None,
        "a time with seconds and offset",
        '"2026-01-17T02:10:00+09:00"',
    ),
    tuple[str, ...]: Rule(_as(tuple[str, ...]), "a list of texts", "[]"),
    tuple[Oid, ...]: Rule(
        _as(tuple[Annotated[str, Meta(pattern=r"\A[0-9a-f]{40}\Z")], ...]), "a list of full commit ids", "[]"
    ),
    Severity: Rule(
        _as(Annotated[str, Meta(pattern=r"\A[\w.+-]{1,20}\Z")]),
        "one word, such as critical or SEV1",
        '"critical"',
    ),
    BranchName: Rule(_branch, "the name of a branch", '"…"'),
    HotfixId: Rule(
        lambda value: parse_id(value) if isinstance(value, str) else None,
        "the id of a hotfix, YYYYMMDD-slug",
        '"20260117-fix-auth-bypass"',
    ),
}


def _rule(hint: Any) -> Rule:
    """Return the rule of a field by its type: what may be unknown and lists may be missing."""
    is_optional = isinstance(hint, UnionType)
    type_ = get_args(hint)[0] if is_optional else hint
    if isinstance(type_, type) and issubclass(type_, StrEnum):
        listed = [f'"{word}"' for word in type_]
        rule = Rule(_as(type_), f"one of {', '.join(listed)}", listed[0])
    else:
        rule = _RULES[type_]
    return replace(rule, is_required=not is_optional and get_origin(type_) is not tuple)


KEYS = {
    "schema": Rule(
        lambda value: value if value == SCHEMA and not isinstance(value, bool | float) else None,
        f"{SCHEMA}, the form that this git-hotfix reads",
        str(SCHEMA),
        is_required=True,
    )
} | {name: _rule(hint) for name, hint in get_type_hints(Report).items() if name != "extra"}
"""Every known key, in the order a new report has them."""
