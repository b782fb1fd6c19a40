"""Run the team's deployment with the names it needs in its environment."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from git_hotfix.commands.process import Ended, run_streamed
from git_hotfix.commands.split import fill_words, split_command

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path


def run_deployment(
    command: str,
    *,
    key: str,
    directory: Path,
    environment: Mapping[str, str],
    hotfix_id: str,
    tag: str | None,
    commit: str,
    on_output: Callable[[bytes], None],
    log: Path | None,
) -> Ended:
    """Run ``command`` (of ``key``: ``deploy.command``, ``deploy.check``) in ``directory``; say how it ended.

    It finds the hotfix in ``HOTFIX_ID``, ``HOTFIX_TAG`` (empty without a tag) and ``HOTFIX_COMMIT``. Errors
    are those of ``split_command`` and ``run_streamed``: nothing was started then.
    """
    words = fill_words(split_command(command, key=key), {})
    variables = {"HOTFIX_ID": hotfix_id, "HOTFIX_TAG": tag or "", "HOTFIX_COMMIT": commit}
    return run_streamed(
        words, key=key, directory=directory, environment={**environment, **variables}, on_output=on_output, log=log
    )


def log_path(common_dir: Path, hotfix_id: str, started: datetime) -> Path:
    """Return the log of a deployment that began at ``started``, in the common git directory (named in UTC)."""
    stamp = started.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    return common_dir / "hotfix" / "logs" / f"{hotfix_id}-deploy-{stamp}.log"
