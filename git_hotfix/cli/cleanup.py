"""``git hotfix cleanup``: delete the branch of a hotfix whose fix is proven to be everywhere."""

from __future__ import annotations

import click

from git_hotfix.cli.options import Command, dry_run, hotfix_argument, options_of
from git_hotfix.cli.output import Result, emit, outcome_word
from git_hotfix.cli.wiring import find, looking, open_session, result_of
from git_hotfix.errors import ExitCode, HotfixError, Problem, exit_code_of, wrong_input
from git_hotfix.workflow.cleaning import once
from git_hotfix.workflow.ending import plan_cleanup


@click.command(cls=Command)
@hotfix_argument
@click.option("--all", "everything", is_flag=True, help="Every hotfix that is proven; the others are listed.")
@click.option("--force", is_flag=True, help="Delete what is not proven too; says what it overrides.")
@dry_run
@click.pass_context
def cleanup(context: click.Context, hotfix: str | None, *, everything: bool, force: bool, dry_run: bool) -> int:
    """Delete the hotfix branch, here and on the server, once the fix is proven to be in every branch."""
    if everything and (hotfix is not None or force):
        raise wrong_input("usage", "--all takes no hotfix and no --force.", "git hotfix cleanup --all")
    session = looking(context, open_session(context), must_answer=True)
    if not everything:
        names = [find(session, hotfix, "cleanup", dry_run=dry_run)]
    else:
        names = [known.hotfix for known in session.known() if known.is_open]
        if not names:
            return emit(options_of(context), Result("cleanup", hotfixes=[], text=["There is nothing to clean up."]))
    results: list[Result] = []
    for name in names:
        try:
            result = result_of(
                "cleanup",
                session,
                name,
                lambda facts, tried: once(plan_cleanup(facts, force=force), tried),
                dry_run=dry_run,
            )
        except HotfixError as error:
            if not everything:
                raise
            result = Result("cleanup", str(name), exit_code_of(error.problems), problems=error.problems)
        if not everything:
            return emit(options_of(context), result)
        results.append(result)
    code = max((each.exit_code for each in results), default=ExitCode.DONE)
    text = [line for each in results for line in each.text]
    problems = [_named(each.hotfix or "", problem) for each in results for problem in each.problems]
    return emit(
        options_of(context),
        Result("cleanup", exit_code=code, outcome=outcome_word(code), problems=problems, hotfixes=results, text=text),
    )


def _named(hotfix: str, problem: Problem) -> Problem:
    return Problem(problem.code, f"{hotfix}: {problem.message}", problem.remedy, problem.exit_code)
