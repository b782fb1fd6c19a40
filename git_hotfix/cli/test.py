"""``git hotfix test``: the critical tests of what the fix touches."""

from __future__ import annotations

import sys
from typing import Any

import click

from git_hotfix.cli.execution import run_command
from git_hotfix.cli.options import acting, test_command, test_path, trust_config
from git_hotfix.cli.session import looking, open_run, request_of
from git_hotfix.steps.commands import TEST
from git_hotfix.steps.request import FinishRequest


@acting
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@test_command
@test_path
@trust_config
def test(context: click.Context, hotfix: str | None, *, arguments: tuple[str, ...], **_: Any) -> int:
    """Run the critical tests of the fix; ARGUMENTS after -- are added to the command.

    The result is remembered for this very fix: finish does not run them again.
    """
    run = looking(context, open_run(context), must_answer=False)
    if hotfix is not None and _is_argument(hotfix):
        arguments, hotfix = (hotfix, *arguments), None
    request = request_of(context, run, FinishRequest, test_arguments=arguments, retest=True)
    return run_command(context, run, run.find(hotfix), TEST, request)


def _is_argument(word: str) -> bool:
    """Return whether the first word stood after ``--``, which click drops: then it is no hotfix."""
    given = sys.argv[1:]
    return "--" in given and word not in given[: given.index("--")]
