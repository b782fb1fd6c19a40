"""The headings of AsciiDoc and reStructuredText read as Markdown's: every line stays on its place."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_SIGNED = r"([=#])\1{0,5}(?=[ \t]+\S)"
_MARKS = r"([~^\"*+#])\1{2,}"
"""What reStructuredText has below a heading, or above and below it; ``=`` and ``-`` are Markdown's too."""


def heading_sign(lines: Sequence[str]) -> str:
    """Return what the headings of a file begin with: ``=`` in AsciiDoc, else ``#``."""
    return "=" if {found[1] for line in lines if (found := re.match(_SIGNED, line))} == {"="} else "#"


def as_markdown(lines: Sequence[str]) -> list[str]:
    """Return the lines for a parser of Markdown."""
    if heading_sign(lines) == "=":
        return [re.sub(rf"\A{_SIGNED}", lambda signs: "#" * len(signs[0]), line) for line in lines]
    if any(re.match(_SIGNED, line) for line in lines):
        return list(lines)
    below = {at for at in range(1, len(lines)) if _is_below_title(lines[at - 1].rstrip(), lines[at].rstrip())}
    both = {at for at in range(len(lines) - 2) if at + 2 in below and lines[at].rstrip() == lines[at + 2].rstrip()}
    return ["-" * len(line.rstrip()) if at in below | both else line for at, line in enumerate(lines)]


def _is_below_title(above: str, marks: str) -> bool:
    is_title = above[:1].strip() != "" and re.fullmatch(_MARKS, above) is None
    return is_title and len(above) <= len(marks) and re.fullmatch(_MARKS, marks) is not None
