"""The keys of a report's front matter, in their order, and what each may hold."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from git_hotfix.clock import from_rfc3339
from git_hotfix.hotfix import parse_id
from git_hotfix.record.incident import SCHEMA, DataAtRisk, Kind, Severity, Status, Visibility

if TYPE_CHECKING:
    from collections.abc import Callable
    from enum import StrEnum


class Rule(Struct, frozen=True):
    """What one key may hold: ``expected`` in words, ``example`` a value as it is written in the file.

    ``read`` makes a value of what JSON says; None where it is no such value.
    """

    read: Callable[[object], object]
    expected: str
    example: str
    is_required: bool = False

    def refuses(self, value: object) -> str | None:
        """Say what is wrong with a value, as the end of a sentence about the key; None when nothing is."""
        if self.read(value) is not None or (value is None and not self.is_required):
            return None
        return f"must be {self.expected}" + ("" if self.is_required else ", or null where it is unknown")


def _texts(value: object, pattern: str = "(?s).*") -> tuple[str, ...] | None:
    is_list = isinstance(value, list) and all(isinstance(each, str) and re.fullmatch(pattern, each) for each in value)
    return tuple(value) if isinstance(value, list) and is_list else None


def _number(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _text(*, is_required: bool = False) -> Rule:
    def read(value: object) -> str | None:
        return value if isinstance(value, str) else None

    return Rule(read, "a text in double quotes", '"…"' if is_required else "null", is_required)


def _list(expected: str, pattern: str = "(?s).*") -> Rule:
    return Rule(lambda value: _texts(value, pattern), f"a list of {expected}", "[]")


def _time(*, is_required: bool = False) -> Rule:
    def read(value: object) -> object:
        return from_rfc3339(value) if isinstance(value, str) else None

    return Rule(read, "a time with seconds and offset", '"2026-01-17T02:10:00+09:00"', is_required)


def _boolean() -> Rule:
    return Rule(lambda value: value if isinstance(value, bool) else None, "true or false", "true", is_required=True)


def _one_of(words: type[StrEnum], *, is_required: bool = True) -> Rule:
    known = {str(word): word for word in words}
    listed = ", ".join(f'"{word}"' for word in known)

    def read(value: object) -> StrEnum | None:
        return known.get(value) if isinstance(value, str) else None

    return Rule(read, f"one of {listed}", f'"{next(iter(known))}"', is_required)


_ID = Rule(
    lambda value: parse_id(value) if isinstance(value, str) else None,
    "the id of a hotfix, YYYYMMDD-slug",
    '"20260117-fix-auth-bypass"',
    is_required=True,
)
_SCHEMA = Rule(
    lambda value: value if value == SCHEMA and not isinstance(value, bool | float) else None,
    f"{SCHEMA}, the form that this git-hotfix reads",
    str(SCHEMA),
    is_required=True,
)

KEYS: dict[str, Rule] = {
    "schema": _SCHEMA,
    "id": _ID,
    "title": _text(is_required=True),
    "status": _one_of(Status),
    "severity": _one_of(Severity),
    "kind": _one_of(Kind),
    "production_affected": _boolean(),
    "can_wait": _boolean(),
    "what": _text(is_required=True),
    "impact": _text(),
    "affected_users": Rule(_number, "a whole number", "120"),
    "data_at_risk": _one_of(DataAtRisk, is_required=False),
    "reporter": _text(is_required=True),
    "started_at": _time(),
    "detected_at": _time(),
    "declared_at": _time(is_required=True),
    "mitigated_at": _time(),
    "resolved_at": _time(),
    "root_cause": _text(),
    "caused_by": _text(),
    "issue": _text(),
    "cve": _text(),
    "branch": _text(is_required=True),
    "base": _text(is_required=True),
    "tag": _text(),
    "fix_commits": _list("full commit ids", "[0-9a-f]{40}"),
    "checks_run": _list("texts"),
    "checks_skipped": _text(),
    "verified_by": _text(),
    "visibility": _one_of(Visibility),
    "postmortem": _text(),
    "recorded_in": _list("texts"),
}
"""Every known key, in the order a new report has them."""
