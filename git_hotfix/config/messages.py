"""Commit messages with ``{placeholders}``: replaced by name, nothing else is interpreted."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from git_hotfix.escapes import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping

PLACEHOLDERS = ("description", "id", "slug", "issue", "severity", "tag")
"""The names a message may use."""

_PLACEHOLDER = r"\{([A-Za-z_]\w*)\}"


def fill_message(pattern: str, values: Mapping[str, str]) -> str:
    """Replace each ``{name}`` of ``pattern`` by its value on one line, once: all other braces are text.

    A placeholder without a value becomes nothing; ``{issue}``, which a hotfix may not have, with the blank before it,
    or after it where it begins the message. Patterns are checked where they are configured; ``-m`` texts are values and
    never patterns.
    """

    def filled(match: re.Match[str]) -> str:
        value = one_line(values.get(match[2], ""))
        return f"{match[1]}{value}" if value or match[2] != "issue" else ""

    text = re.sub(f"( ?){_PLACEHOLDER}", filled, pattern)
    return text.lstrip(" ") if pattern.startswith("{issue}") else text


def check_message(pattern: str) -> str:
    """Return the pattern back; ``ValueError`` says which placeholder nobody knows."""
    for name in re.findall(_PLACEHOLDER, pattern):
        if name not in PLACEHOLDERS:
            known = " ".join(f"{{{known}}}" for known in PLACEHOLDERS)
            raise ValueError(f"uses the unknown placeholder '{{{name}}}' (known: {known})")
    return pattern
