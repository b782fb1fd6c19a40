"""Whether what was read from a file fits the annotations of the values it became: nothing is believed unseen."""

from __future__ import annotations

import math
import re
from dataclasses import fields, is_dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from git_hotfix.hotfix import Method

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Moment = str
"""A time with its UTC offset, as ``clock.rfc3339`` writes it."""

MethodName = str
"""``merge``, ``pick`` or ``revert`` (``hotfix.Method``)."""

_OID = re.compile(r"[0-9a-f]{40}\Z")


def check_fields(value: Any) -> None:
    """Check each field of a value against its annotation; ``ValueError`` names one that does not fit.

    Each kind of annotation that is used here has its rule in ``_fits``: an unknown one is a ``KeyError``.
    """
    for each in fields(value):
        content = getattr(value, each.name)
        if not _fits(str(each.type), content):
            raise ValueError(each.name)


def _fits(kind: str, value: Any) -> bool:
    if kind.endswith(" | None"):
        return value is None or _fits(kind.removesuffix(" | None"), value)
    if kind.startswith("Literal["):
        return isinstance(value, str) and value in re.findall(r"'([^']+)'", kind)
    if kind.startswith("Mapping["):
        _, of = kind.removeprefix("Mapping[").removesuffix("]").split(", ")
        return isinstance(value, dict) and all(_is_text(name) and _fits(of, each) for name, each in value.items())
    if kind == "tuple[tuple[str, Oid], ...]":
        return all(_is_text(name) and _fits("Oid", oid) for name, oid in value)
    if kind.startswith("tuple["):
        return all(_fits(kind.removeprefix("tuple[").removesuffix(", ...]"), each) for each in value)
    if is_dataclass(value):
        check_fields(value)
        return type(value).__name__ == kind
    return _SCALARS[kind](value)


def _is_text(value: object) -> bool:
    """Tell whether a value is text that can be an argument of a command and a file name."""
    try:
        return isinstance(value, str) and b"\0" not in value.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return False


def _is_moment(value: object) -> bool:
    return isinstance(value, str) and datetime.fromisoformat(value).tzinfo is not None


_SCALARS: Mapping[str, Callable[[Any], bool]] = {
    "bool": lambda value: isinstance(value, bool),
    "float": lambda value: type(value) in {int, float} and math.isfinite(value) and value >= 0,
    "str": _is_text,
    "Oid": lambda value: isinstance(value, str) and _OID.match(value) is not None,
    "Moment": _is_moment,
    "MethodName": lambda value: value in set(Method),
}
