"""Inline SVG: elements, a figure with its description, a logarithmic scale.

Horizontal positions are percentages, vertical ones pixels: a figure takes the width there is, and its text keeps its
size. Text and the values of attributes are escaped here.
"""

from __future__ import annotations

import math
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_AT_EDGE = 0.04
"""A text nearer to the left or right edge than this part of the width begins, or ends, at its place."""


def element(name: str, *inside: str, **attributes: object) -> str:
    """Return an element; ``inside`` is SVG already, ``class_`` and ``text_anchor`` are written as SVG has them.

    An attribute that is None is left out.
    """
    known = ((key.rstrip("_").replace("_", "-"), value) for key, value in attributes.items() if value is not None)
    said = "".join(f' {key}="{escape(number(value))}"' for key, value in known)
    content = "".join(inside)
    return f"<{name}{said}>{content}</{name}>" if content else f"<{name}{said}/>"


def title(words: str, **attributes: object) -> str:
    """Return the tooltip of the element around it."""
    return element("title", escape(words), **attributes)


def number(value: object) -> str:
    """Return a value as an attribute has it, floats with one decimal at most."""
    return f"{value:.1f}".removesuffix(".0") if isinstance(value, float) else str(value)


def percent(part: float) -> str:
    """Return a horizontal position: 0 is the left edge, 1 the right one."""
    return f"{part * 100:.2f}".rstrip("0").rstrip(".") + "%"


def text(words: str, part: float, y: float, class_: str) -> str:
    """Return a text centred at a position; near an edge of the figure it begins, or ends, there."""
    anchor = None if part < _AT_EDGE else "end" if part > 1 - _AT_EDGE else "middle"
    return element("text", escape(words), x=percent(part), y=y, text_anchor=anchor, class_=class_)


def figure(name: str, told: tuple[str, str], height: int, parts: Iterable[str]) -> str:
    """Return a figure of full width; ``name`` is unique on the page, ``told`` is its title and its description."""
    known = title(told[0], id=f"{name}-t") + element("desc", escape(told[1]), id=f"{name}-d")
    attributes = {"role": "img", "aria_labelledby": f"{name}-t {name}-d", "width": "100%", "height": height}
    return element("svg", known, *parts, class_="chart", **attributes)


class Logarithmic:
    """A vertical logarithmic scale, upwards: small values stay apart however large others are."""

    def __init__(self, values: Sequence[float], height: float, *, top: float, least: float) -> None:
        low, high = max(least, min(values, default=least)), max(least * 10, *values, least * 10)
        self._low, self._high = math.log(low / 1.3), math.log(high * 1.3)
        self._height, self._top = height, top

    def place(self, value: float) -> float:
        """Return the position of a value; one outside the scale is at its edge."""
        part = (math.log(max(value, 1e-9)) - self._low) / (self._high - self._low)
        return self._top + (1 - min(1.0, max(0.0, part))) * (self._height - self._top)

    def has(self, value: float) -> bool:
        """Return whether a value is within the scale."""
        return self._low <= math.log(value) <= self._high
