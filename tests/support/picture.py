"""The picture of the demo in the README: ``python docs/make_picture.py`` draws it again."""

from __future__ import annotations

import importlib.util
import re
import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING

from tests.support.source import ROOT

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType


def drawn() -> list[str]:
    """Return the lines of the picture; names of objects, times and the graph differ each time, and are left out."""
    picture = ET.fromstring((ROOT / "docs/demo.svg").read_text("utf-8"))  # noqa: S314  # our own file
    return _steady(["".join(text.itertext()) for text in picture.iter("{http://www.w3.org/2000/svg}text")])


def to_be_drawn(printed: Sequence[str]) -> list[str]:
    """Return the lines that a picture of these would have."""
    maker = picture_maker()
    lines = [maker.without_colors(line) for line in maker.chosen(list(printed))]
    return _steady([line for line in lines if line])


def picture_maker() -> ModuleType:
    """Load ``docs/make_picture.py``, which is no module of the package."""
    spec = importlib.util.spec_from_file_location("make_picture", ROOT / "docs/make_picture.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _steady(lines: list[str]) -> list[str]:
    """Return the lines before the graph, without what differs from run to run."""
    graph = next(at for at, line in enumerate(lines) if line.startswith("$ git log"))
    text = "\n".join(lines[: graph + 1])
    text = re.sub(r"\d{4}-\d\d-\d\dT[\d:+-]+", "TIME", text)
    text = re.sub(r"\b\d{4}-?\d\d-?\d\d\b", "DAY", text)
    text = re.sub(r"DAY-\d{4}\b", "DAY-TIME", text)
    text = re.sub(r"\b\d+ s\b", "SECONDS", text)
    return re.sub(r"\b[0-9a-f]{7,12}\b", "OBJECT", text).split("\n")
