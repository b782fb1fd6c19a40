"""``git hotfix cleanup``: delete the branch of a hotfix whose fix is proven to be everywhere."""

from __future__ import annotations

import click

from git_hotfix.cli.options import Command, dry_run, hotfix_argument, options_of
from git_hotfix.cli.output import Result, emit
from git_hotfix.cli.session import find, looking, open_run, result_of, run_command, shared
from git_hotfix.errors import ExitCode, HotfixError, Problem, command, exit_code_of, wrong_input
from git_hotfix.steps.commands import CLEANUP
from git_hotfix.steps.request import LeaveRequest


@click.command(cls=Command)
@hotfix_argument
@click.option("--all", "everything", is_flag=True, help="Every hotfix that is proven; the others are listed.")
@click.option("--force", is_flag=True, help="Delete what is not proven too; says what it overrides.")
@dry_run
@click.pass_context
def cleanup(context: click.Context, hotfix: str | None, *, everything: bool, force: bool, dry_run: bool) -> int:
    """Delete the hotfix branch, here and on the server, once the fix is proven to be in every branch."""
    if everything and (hotfix is not None or force):
        remedy = command("git", "hotfix", "cleanup", "--all")
        raise wrong_input("usage", "--all takes no hotfix and no --force.", remedy)
    run = looking(context, open_run(context), must_answer=True)
    request = LeaveRequest(**shared(context, run), force=force)
    if not everything:
        found = find(run, hotfix, "cleanup", dry_run=dry_run)
        return run_command(context, run, found, CLEANUP, request, dry_run=dry_run)
    names = [known.hotfix for known in run.known() if known.is_open]
    if not names:
        return emit(options_of(context), Result("cleanup", hotfixes=[], text=["There is nothing to clean up."]))
    results: list[Result] = []
    for name in names:
        try:
            result = result_of(run, name, CLEANUP, request, dry_run=dry_run)
        except HotfixError as error:
            result = Result("cleanup", str(name), exit_code_of(error.problems), problems=error.problems)
        results.append(result)
    code = max((each.exit_code for each in results), default=ExitCode.DONE)
    text = [line for each in results for line in each.text]
    problems = [_named(each.hotfix or "", problem) for each in results for problem in each.problems]
    return emit(
        options_of(context),
        Result("cleanup", exit_code=code, problems=problems, hotfixes=results, text=text),
    )


def _named(hotfix: str, problem: Problem) -> Problem:
    return Problem(problem.code, f"{hotfix}: {problem.message}", problem.remedy, problem.exit_code)
