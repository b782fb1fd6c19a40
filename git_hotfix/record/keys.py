"""The keys of a report's front matter, in their order, and what each may hold."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from git_hotfix.clock import from_rfc3339
from git_hotfix.hotfix import parse_id
from git_hotfix.record.values import SCHEMA, DataAtRisk, Kind, Severity, Status, Visibility

if TYPE_CHECKING:
    from collections.abc import Callable
    from enum import StrEnum


class Rule(Struct, frozen=True):
    """What one key may hold: ``expected`` in words, ``example`` a value as it is written in the file."""

    accepts: Callable[[object], bool]
    expected: str
    example: str
    is_required: bool

    def refuses(self, value: object) -> str | None:
        """Say what is wrong with a value, as the end of a sentence about the key; None when nothing is."""
        if self.accepts(value) or (value is None and not self.is_required):
            return None
        return f"must be {self.expected}" + ("" if self.is_required else ", or null where it is unknown")


def _text(value: object) -> bool:
    return isinstance(value, str)


def _texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _commits(value: object) -> bool:
    return isinstance(value, list) and all(
        isinstance(item, str) and re.fullmatch("[0-9a-f]{40}", item) for item in value
    )


def _time(value: object) -> bool:
    return isinstance(value, str) and from_rfc3339(value) is not None


def _number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _one_of(words: type[StrEnum], *, is_required: bool = True) -> Rule:
    known = [str(word) for word in words]
    listed = ", ".join(f'"{word}"' for word in known)
    return Rule(lambda value: value in known, f"one of {listed}", f'"{known[0]}"', is_required)


_TIME = "a time with seconds and offset"
_TIME_EXAMPLE = '"2026-01-17T02:10:00+09:00"'
_REQUIRED_TEXT = Rule(_text, "a text in double quotes", '"…"', is_required=True)
_TEXT = Rule(_text, "a text in double quotes", "null", is_required=False)
_SOME_TIME = Rule(_time, _TIME, _TIME_EXAMPLE, is_required=False)
_BOOLEAN = Rule(lambda value: isinstance(value, bool), "true or false", "true", is_required=True)
_ID = Rule(
    lambda value: isinstance(value, str) and parse_id(value) is not None,
    "the id of a hotfix, YYYYMMDD-slug",
    '"20260117-fix-auth-bypass"',
    is_required=True,
)
_SCHEMA = Rule(
    lambda value: value == SCHEMA and not isinstance(value, bool | float),
    f"{SCHEMA}, the form that this git-hotfix reads",
    str(SCHEMA),
    is_required=True,
)

KEYS: dict[str, Rule] = {
    "schema": _SCHEMA,
    "id": _ID,
    "title": _REQUIRED_TEXT,
    "status": _one_of(Status),
    "severity": _one_of(Severity),
    "kind": _one_of(Kind),
    "production_affected": _BOOLEAN,
    "can_wait": _BOOLEAN,
    "what": _REQUIRED_TEXT,
    "impact": _TEXT,
    "affected_users": Rule(_number, "a whole number", "120", is_required=False),
    "data_at_risk": _one_of(DataAtRisk, is_required=False),
    "reporter": _REQUIRED_TEXT,
    "started_at": _SOME_TIME,
    "detected_at": _SOME_TIME,
    "declared_at": Rule(_time, _TIME, _TIME_EXAMPLE, is_required=True),
    "mitigated_at": _SOME_TIME,
    "resolved_at": _SOME_TIME,
    "root_cause": _TEXT,
    "caused_by": _TEXT,
    "issue": _TEXT,
    "cve": _TEXT,
    "branch": _REQUIRED_TEXT,
    "base": _REQUIRED_TEXT,
    "tag": _TEXT,
    "fix_commits": Rule(_commits, "a list of full commit ids", "[]", is_required=False),
    "checks_run": Rule(_texts, "a list of texts", "[]", is_required=False),
    "checks_skipped": _TEXT,
    "verified_by": _TEXT,
    "visibility": _one_of(Visibility),
    "postmortem": _TEXT,
    "recorded_in": Rule(_texts, "a list of texts", "[]", is_required=False),
}
"""Every known key, in the order a new report has them (SPEC section 7)."""
