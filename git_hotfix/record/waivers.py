"""Branches that somebody said will not get a fix: ``waivers.jsonl`` beside the reports, one JSON object a line."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING

from msgspec import MsgspecError, to_builtins
from msgspec.json import Decoder

from git_hotfix import clock
from git_hotfix.limits import MOST_BYTES
from git_hotfix.memory import Waiver

if TYPE_CHECKING:
    from collections.abc import Iterable

    from git_hotfix.hotfix import HotfixId

FILE_NAME = "waivers.jsonl"
MOST_BYTES_IN_A_LINE = 10_000


_DECODER = Decoder(Waiver)


def read_waivers(content: bytes | None, hotfix: HotfixId) -> dict[str, Waiver]:
    """Return the waivers of one hotfix by branch, the last one of each; a line that is none waives nothing."""
    return {each.branch: each for _, each in _read(content or b"")[0] if each.hotfix == str(hotfix)}


def ending(waiver: Waiver) -> str:
    """Return how a sentence goes on that tells a waiver: until when it counts."""
    return f" until {waiver.until}" if waiver.until is not None else ""


def line_of(content: bytes | None, waiver: Waiver) -> int | None:
    """Return the last line (from 1) that has a waiver; None when it is not recorded."""
    numbered = _read(content or b"")[0]
    return next((number for number, each in reversed(numbered) if each == waiver), None)


def broken_lines(content: bytes | None) -> tuple[tuple[int, str], ...]:
    """Return the lines (from 1) that waive nothing, with why, as the end of a sentence about the line."""
    return _read(content or b"")[1]


@lru_cache(maxsize=1)  # once for each hotfix that is looked at
def _read(content: bytes) -> tuple[tuple[tuple[int, Waiver], ...], tuple[tuple[int, str], ...]]:
    """Return the waivers and what is none, each with its line."""
    if len(content) > MOST_BYTES:
        return (), ((1, f"the file has {len(content):,} bytes, and {MOST_BYTES:,} are read"),)
    found, broken = [], []
    for number, line in enumerate(content.split(b"\n"), 1):
        if len(line) > MOST_BYTES_IN_A_LINE:
            broken.append((number, f"it has {len(line):,} bytes, and {MOST_BYTES_IN_A_LINE:,} are read"))
        elif line.strip():
            try:
                waiver = _DECODER.decode(line)
                if waiver.until is not None and clock.day(waiver.until) is None:
                    broken.append((number, f"its end is no day ({waiver.until})"))
                else:
                    found.append((number, waiver))
            except UnicodeDecodeError:
                broken.append((number, "it is not UTF-8 text"))
            except (MsgspecError, RecursionError) as error:
                broken.append((number, f"it is no waiver ({error})"))
    return tuple(found), tuple(broken)


def add_waivers(content: bytes | None, waivers: Iterable[Waiver]) -> bytes:
    """Add a line for each waiver that is not there yet, in whatever form; every other byte stays."""
    before = content or b""
    there = {each for _, each in _read(before)[0]}
    lines = (json.dumps(to_builtins(each), ensure_ascii=False).encode() for each in waivers if each not in there)
    added = b"".join(line + b"\n" for line in dict.fromkeys(lines))
    return before + (b"\n" if before and added and not before.endswith(b"\n") else b"") + added
