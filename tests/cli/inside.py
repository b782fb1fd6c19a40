"""``Clone.hotfix`` by its older name."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.support.lab import Clone
    from tests.support.processes import Run


def hotfix_inside(clone: Clone, *arguments: str, check: int | None = None, env: Mapping[str, str] | None = None) -> Run:
    """Run ``git hotfix`` in a clone's folder."""
    return clone.hotfix(*arguments, check=check, env=env)
