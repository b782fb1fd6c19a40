"""How a step and a whole command end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from git_hotfix.errors import Problem


class StepEnd(Struct, frozen=True):
    """How one step ended; ``problems`` are told and do not end the run by themselves."""

    problems: tuple[Problem, ...] = ()
    repeats: bool = False
    """Whether the world has moved so that the plan must be made again from its beginning."""
