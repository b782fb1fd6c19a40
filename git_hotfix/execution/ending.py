"""How a step and a whole command end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from git_hotfix.errors import Problem


@dataclass(frozen=True, slots=True)
class StepEnd:
    """How one step ended; ``problems`` do not end the run unless it ``stops``."""

    problems: tuple[Problem, ...] = ()
    stops: bool = False
