"""What is told while steps run; who listens decides how it looks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence about what was just observed."""

    text: str


@dataclass(frozen=True, slots=True)
class Warned:
    """A sentence the user should not miss."""

    text: str


@dataclass(frozen=True, slots=True)
class Noted:
    """A sentence about the plan, before it is carried out."""

    text: str


@dataclass(frozen=True, slots=True)
class Running:
    """A command of the team's is about to run."""

    command: str
    directory: str


@dataclass(frozen=True, slots=True)
class Heard:
    """A piece of output of a running command, as it came."""

    piece: bytes


Event = Said | Warned | Noted | Running | Heard
Tell = Callable[[Event], None]
