"""Branches that somebody said will not get a fix: ``waivers.jsonl`` beside the reports, one JSON object a line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterable

    from git_hotfix.hotfix import HotfixId

FILE_NAME = "waivers.jsonl"


class Waiver(Struct, frozen=True):
    """One branch that will not get one fix, why, who said so, and when (RFC 3339)."""

    hotfix: str
    branch: str
    reason: str
    by: str
    at: str


def read_waivers(content: bytes | None, hotfix: HotfixId) -> dict[str, Waiver]:
    """Return the waivers of one hotfix by branch; a line that is not one is passed over: it waives nothing."""
    found: dict[str, Waiver] = {}
    for line in (content or b"").split(b"\n"):
        try:
            data = json.loads(line)
            waiver = Waiver(*(str(data[key]) for key in ("hotfix", "branch", "reason", "by", "at")))
        except (ValueError, KeyError, TypeError):
            continue
        if waiver.hotfix == str(hotfix):
            found[waiver.branch] = waiver
    return found


def add_waivers(content: bytes | None, waivers: Iterable[Waiver]) -> bytes:
    """Add a line for each waiver that is not there yet; every other byte stays."""
    before = content or b""
    added = []
    for waiver in waivers:
        data = {key: getattr(waiver, key) for key in ("hotfix", "branch", "reason", "by", "at")}
        line = json.dumps(data, ensure_ascii=False).encode() + b"\n"
        if line.rstrip(b"\n") not in before.split(b"\n"):
            added.append(line)
    if before and added and not before.endswith(b"\n"):
        added.insert(0, b"\n")
    return before + b"".join(added)
