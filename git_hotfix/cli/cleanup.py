"""``git hotfix cleanup``: delete the branch of a hotfix whose fix is proven to be everywhere."""

from __future__ import annotations

from typing import Any

import click
from msgspec.structs import replace

from git_hotfix.cli.execution import find, result_of, run_command
from git_hotfix.cli.options import acting, misused, no_verify, options_of
from git_hotfix.cli.output import Result, emit
from git_hotfix.cli.session import looking, open_run, request_of
from git_hotfix.errors import ExitCode, HotfixError, exit_code_of
from git_hotfix.steps.commands import CLEANUP
from git_hotfix.steps.request import LeaveRequest


@acting
@click.option("--all", "everything", is_flag=True, help="Every hotfix that is proven; the others are listed.")
@click.option("--force", is_flag=True, help="Delete what is not proven too; says what it overrides.")
@no_verify
def cleanup(
    context: click.Context, hotfix: str | None, *, everything: bool, force: bool, dry_run: bool, **_: Any
) -> int:
    """Delete the hotfix branch, here and on the server, once the fix is proven to be in every branch."""
    if everything and (hotfix is not None or force):
        raise misused("--all takes no hotfix and no --force.", "cleanup", "--all")
    run = looking(context, open_run(context), must_answer=True)
    request = request_of(context, run, LeaveRequest)
    if not everything:
        return run_command(context, run, find(context, run), CLEANUP, request)
    results: list[Result] = []
    for name in [known.hotfix for known in run.known() if (known.local or known.server) and known.branch is None]:
        try:
            result = result_of(run, name, CLEANUP, request, dry_run=dry_run)
        except HotfixError as error:
            result = Result("cleanup", str(name), exit_code_of(error.problems), problems=error.problems)
        results.append(result)
    code = max((each.exit_code for each in results), default=ExitCode.DONE)
    text = [line for each in results for line in each.text] if results else ["There is nothing to clean up."]
    problems = [
        replace(problem, message=f"{each.hotfix}: {problem.message}") for each in results for problem in each.problems
    ]
    return emit(options_of(context), Result("cleanup", exit_code=code, problems=problems, hotfixes=results, text=text))
