"""Whether the times of a report can be true together: what is odd is told, never mended by an invention."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from git_hotfix.templates import readable_time

if TYPE_CHECKING:
    from git_hotfix.record.values import Report

TYPED_TO = timedelta(minutes=1)
"""People type ``14:05`` for 14:05:40: less than this is no contradiction."""

_ORDER = (
    ("started_at", ("detected_at", "declared_at", "mitigated_at", "resolved_at")),
    ("detected_at", ("declared_at", "resolved_at")),
    ("declared_at", ("resolved_at",)),
    ("mitigated_at", ("resolved_at",)),
)
"""What comes before what. Users may be helped (``mitigated_at``) before anybody declares or even notices it."""


def odd_times(report: Report) -> tuple[str, ...]:
    """Say which times of a report contradict each other, one sentence a pair; an unknown time contradicts nothing."""
    said = []
    for first, laters in _ORDER:
        for later in laters:
            begin, end = getattr(report, first), getattr(report, later)
            if begin is not None and end is not None and end <= begin - TYPED_TO:
                said.append(
                    f"In the report '{later}' ({readable_time(end)}) is before '{first}' ({readable_time(begin)})."
                )
    return tuple(said)
