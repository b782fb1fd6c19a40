"""``git hotfix test``: the critical tests of what the fix touches."""

from __future__ import annotations

import sys

import click

from git_hotfix.cli.options import Command, dry_run, hotfix_argument, trust_config
from git_hotfix.cli.session import looking, open_run, run_command, shared
from git_hotfix.steps.commands import TEST
from git_hotfix.steps.request import FinishRequest


@click.command(cls=Command)
@hotfix_argument
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@trust_config
@dry_run
@click.pass_context
def test(
    context: click.Context, hotfix: str | None, *, arguments: tuple[str, ...], trust: bool | None, dry_run: bool
) -> int:
    """Run the critical tests of the fix; ARGUMENTS after -- are added to the command.

    The result is remembered for this very fix: finish does not run them again.
    """
    run = looking(context, open_run(context), must_answer=False)
    if hotfix is not None and _is_argument(hotfix):
        arguments, hotfix = (hotfix, *arguments), None
    request = FinishRequest(**shared(context, run), test_arguments=arguments, retest=True, trust=trust)
    return run_command(context, run, run.find(hotfix), TEST, request, dry_run=dry_run)


def _is_argument(word: str) -> bool:
    """Return whether the first word stood after ``--``, which click drops: then it is no hotfix."""
    given = sys.argv[1:]
    return "--" in given and word not in given[: given.index("--")]
