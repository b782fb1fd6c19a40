"""A picture of times over sizes, both logarithmic, one line a tool: SVG, readable on light and on dark ground."""

from __future__ import annotations

import math
from html import escape
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    Points = Sequence[tuple[float, float]]

WIDTH, HEIGHT = 420, 340
LEFT, RIGHT, TOP, BOTTOM = 56, 100, 40, 48
LABEL_PX = 14
_COLORS = ("#d55e00", "#0072b2", "#009e73", "#cc79a7")
"""Of Okabe and Ito: told apart by the colour-blind, and seen on white and on black."""
_STYLE = """\
<style>
  text { font: 12px system-ui, sans-serif; fill: #6e7781 }
  .title { font-weight: 600; font-size: 14px }
  .grid { stroke: #8888; stroke-width: 0.5 }
</style>"""
"""The grey is as far from white as from black."""


class Panel(NamedTuple):
    """One diagram: its title and the points (files, seconds) of each line."""

    title: str
    lines: Mapping[str, Points]


class Axis(NamedTuple):
    """A logarithmic axis: the powers of ten it begins and ends with, and where these are drawn."""

    low: float
    high: float
    begin: float
    end: float

    def at(self, value: float) -> float:
        """Return where a value is drawn."""
        share = (math.log10(value) - self.low) / (self.high - self.low)
        return self.begin + share * (self.end - self.begin)

    def powers(self) -> list[float]:
        """Return the powers of ten on the axis."""
        return [10.0**power for power in range(math.ceil(self.low), math.floor(self.high) + 1)]


def chart(panels: Sequence[Panel]) -> str:
    """Draw the panels side by side, with the same axes."""
    points = [point for panel in panels for line in panel.lines.values() for point in line]
    low, high = (math.log10(best(files for files, _ in points)) for best in (min, max))
    x = Axis(low, max(high, low + 0.1), LEFT, WIDTH - RIGHT)
    slow, fast = (best(seconds for _, seconds in points) for best in (max, min))
    y = Axis(math.floor(math.log10(fast)), math.ceil(math.log10(slow)), HEIGHT - BOTTOM, TOP)
    width = WIDTH * len(panels)
    size = f'width="{width}" height="{HEIGHT}" viewBox="0 0 {width} {HEIGHT}"'
    drawn = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-labelledby="title">',
        f'<title id="title">{escape(" and ".join(panel.title for panel in panels))}: seconds over files</title>',
        _STYLE,
    ]
    for at, panel in enumerate(panels):
        drawn += [f'<g transform="translate({at * WIDTH})">', *_grid(panel.title, x, y), *_lines(panel, x, y), "</g>"]
    return "\n".join([*drawn, "</svg>", ""])


def _grid(title: str, x: Axis, y: Axis) -> Iterator[str]:
    yield f'<text class="title" x="{LEFT}" y="20">{escape(title)}</text>'
    yield f'<text x="{(x.begin + x.end) / 2:.0f}" y="{HEIGHT - 10}" text-anchor="middle">files</text>'
    for value in x.powers():
        at = f"{x.at(value):.1f}"
        yield f'<line class="grid" x1="{at}" x2="{at}" y1="{y.begin}" y2="{y.end}"/>'
        yield f'<text x="{at}" y="{y.begin + 18:.0f}" text-anchor="middle">{value:,.0f}</text>'
    for value in y.powers():
        at = f"{y.at(value):.1f}"
        yield f'<line class="grid" x1="{x.begin}" x2="{x.end}" y1="{at}" y2="{at}"/>'
        yield f'<text x="{x.begin - 6}" y="{at}" dy="4" text-anchor="end">{value:g} s</text>'


def _lines(panel: Panel, x: Axis, y: Axis) -> Iterator[str]:
    """Draw each line with its name at its end, the names apart from each other."""
    ends = sorted((y.at(points[-1][1]), name) for name, points in panel.lines.items())
    labels: dict[str, float] = {}
    for at, name in ends:
        labels[name] = max(at, max(labels.values(), default=-LABEL_PX) + LABEL_PX)
    for color, (name, points) in zip(_COLORS, panel.lines.items(), strict=False):
        placed = [(x.at(files), y.at(seconds)) for files, seconds in points]
        path = " ".join(f"{left:.1f},{top:.1f}" for left, top in placed)
        yield f'<polyline points="{path}" fill="none" stroke="{color}" stroke-width="2"/>'
        yield from (f'<circle cx="{left:.1f}" cy="{top:.1f}" r="3" fill="{color}"/>' for left, top in placed)
        label = f'x="{x.end + 8}" y="{labels[name]:.1f}" dy="4" style="fill: {color}"'
        yield f"<text {label}>{escape(name)}</text>"
