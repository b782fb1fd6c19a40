"""The types of a report for programs: JSON, its schema and the columns of CSV are made from them."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct


class PlaceRow(Struct, frozen=True):
    """A branch that must have a fix."""

    branch: str
    state: str
    exposed_seconds: Annotated[int | None, Meta(description="How long production had the fix and it did not.")]
    waived_until: str | None
    evidence: str


class IncidentRow(Struct, frozen=True):
    """One incident; times are RFC 3339, null is unknown."""

    repository: str
    hotfix: str
    title: str
    status: str
    severity: str | None
    kind: str | None
    started_at: str | None
    detected_at: str | None
    declared_at: str | None
    mitigated_at: str | None
    resolved_at: str | None
    published_at: str | None
    backported_at: str | None
    rolled_back_at: str | None
    seconds: Annotated[dict[str, int | None], Meta(description="Each duration by its name.")]
    tag: str | None
    files: int
    lines: int
    places: tuple[PlaceRow, ...]
    gaps: tuple[str, ...]
    open_follow_ups: int
    path: Annotated[str | None, Meta(description="The report, in the revision.")]


class DurationRow(Struct, frozen=True):
    """A duration over all incidents; with fewer than five values median and percentile are null."""

    name: str
    begin: str
    end: str
    n: int
    missing: int
    contradictory: int
    median_seconds: int | None
    p90_seconds: int | None


class RepositoryRow(Struct, frozen=True):
    """What was read of one repository."""

    name: str
    revision: str
    as_of: str
    incidents: int
    open_gaps: int
    unseen: Annotated[tuple[str, ...], Meta(description="What could not be seen, a sentence each.")]


class BrokenRow(Struct, frozen=True):
    """A report that cannot be read."""

    repository: str
    path: str
    why: str


class ReportData(Struct, frozen=True):
    """A whole report for programs."""

    schema: int
    repositories: tuple[RepositoryRow, ...]
    durations: tuple[DurationRow, ...]
    incidents: tuple[IncidentRow, ...]
    broken: tuple[BrokenRow, ...]
