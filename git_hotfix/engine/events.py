"""What is reported while steps run; who listens decides how it looks."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct


class Said(Struct, frozen=True):
    """A sentence about what was just observed."""

    text: str


class Warned(Struct, frozen=True):
    """A sentence the user should not miss."""

    text: str


class Noted(Struct, frozen=True):
    """A sentence about the plan, before it is carried out."""

    text: str


class Running(Struct, frozen=True):
    """A command of the team's is about to run."""

    command: str
    directory: str


class Output(Struct, frozen=True):
    """A piece of output of a running command, as it came."""

    piece: bytes


class Waiting(Struct, frozen=True):
    """What is being waited for, in the place of what was shown before; nothing takes that away, None leaves it."""

    text: str | None


Event = Said | Warned | Noted | Running | Output | Waiting
Tell = Callable[[Event], None]
