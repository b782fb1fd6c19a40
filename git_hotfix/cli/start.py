"""``git hotfix start``: the gate, the branch from production, the incident report."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from msgspec.structs import replace

from git_hotfix import clock
from git_hotfix.cli.execution import alone, planned
from git_hotfix.cli.options import (
    Command,
    Once,
    misused,
    no_verify,
    options_of,
    repeated_words,
    trust_config,
    typed_words,
)
from git_hotfix.cli.output import emit
from git_hotfix.cli.questions import answers_to
from git_hotfix.cli.session import looking, open_run, request_of, show
from git_hotfix.errors import HotfixError, command, exit_code_of, wrong_input
from git_hotfix.facts.beginning import Beginning, name_new
from git_hotfix.facts.phrases import some
from git_hotfix.facts.relanding import relanded
from git_hotfix.facts.reports import is_base
from git_hotfix.git.checkout import begin_changes
from git_hotfix.git.objects import has_object
from git_hotfix.git.world import fetch_missing, find_production, named_roles
from git_hotfix.hotfix import BranchName, HotfixId, earliest_day, slugify
from git_hotfix.steps.begin import carry_out_start
from git_hotfix.steps.request import StartRequest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from git_hotfix.engine.run import Run
    from git_hotfix.engine.step import Questions
    from git_hotfix.facts.relanding import Relanded

_IN_PLACE = "-"  # what --worktree gets when no folder is named


class _Usual(click.Choice[str]):
    """Words that are offered; the configuration, which is not read yet, may have others instead."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:  # click's
        return str(value)


@click.command(cls=Command, plans=True)
@click.argument("title", nargs=-1)
@click.option("--slug", metavar="NAME", help="Name the branch and the report after this, not after the title.")
@click.option("--what", metavar="TEXT", help="What is broken, if the title is not enough.")
@click.option("--production/--no-production", "production_affected", default=None, help="Production is affected.")
@click.option("--can-wait/--cannot-wait", default=None, help="Whether it can wait for the next release.")
@click.option(
    "--severity", metavar="WORD", help="How severe it is: critical or high, or incident.severities (the first)."
)
@click.option("--kind", type=click.Choice(["outage", "data-loss", "security", "critical-bug"]), help="What it is.")
@click.option("--public", is_flag=True, help="Title and report may become public at once.")
@click.option("--restricted", is_flag=True, help="Publish no title and no report until disclosed.")
@click.option("--impact", metavar="TEXT", help="Who or what is affected, and how.")
@click.option("--users", type=click.IntRange(min=0), metavar="N", help="How many users are affected.")
@click.option(
    "--data-at-risk", type=click.Choice(["none", "exposure", "loss", "corruption", "unknown"]), help="Risk to data."
)
@click.option("--since", metavar="WHEN", help="When it began: 14:05, '2h ago', or an ISO time.")
@click.option("--detected", metavar="WHEN", help="When it was noticed.")
@click.option("--root-cause", metavar="TEXT", help="The cause, if it is known already.")
@click.option("--issue", metavar="REF", help="The issue or ticket.")
@click.option("--cve", metavar="ID", help="The CVE, for a security fix.")
@click.option("--on", "line", metavar="LINE", help="The release line to fix, instead of production.")
@click.option("--again", "relands", metavar="HOTFIX", help="Land a fix again that was rolled back.")
@click.option("--from", "start_from", metavar="REV", help="Begin at a commit or tag that the base contains.")
@click.option("--pick", "picks", metavar="REV", multiple=True, help="Pick an existing commit or range; repeatable.")
@click.option("--by-hand", is_flag=True, help="Leave what --pick or --again would bring to be brought in by hand.")
@click.option("--carry", cls=Once, is_flag=True, help="Take uncommitted changes along: the fix may be there already.")
@click.option("--stash", is_flag=True, help="Put uncommitted changes away; they come back at the end.")
@click.option(
    "--worktree",
    metavar="[DIR]",
    is_flag=False,
    flag_value=_IN_PLACE,
    help="Work in a linked worktree, beside this one or at DIR.",
)
@click.option("--push/--no-push", "publish", default=None, help="Publish the branch at once, for colleagues to see.")
@click.option("--offline", is_flag=True, help="Begin from what was last fetched.")
@click.option("-y", "--yes", is_flag=True, help="Production is affected and it cannot wait.")
@click.option("-F", "gitflow", is_flag=True, hidden=True, help="git-flow's: accepted, start fetches anyway.")
@no_verify
@trust_config
@click.pass_context
def start(
    context: click.Context,
    /,
    *,
    title: tuple[str, ...],
    dry_run: bool,
    worktree: str | None,
    public: bool,
    restricted: bool,
    offline: bool,
    **_: Any,
) -> int:
    """Start a hotfix: branch from production, write the incident report, check the branch out.

    TITLE says what is broken; the branch is named after it.
    """
    if public and restricted:
        raise misused("--public and --restricted exclude each other.", "start", "TITLE", "--restricted")
    if context.params["carry"] and (context.params["stash"] or worktree):
        raise misused("--carry, --stash and --worktree exclude each other.", "start", "TITLE", "--carry")
    run = open_run(context, offline=offline, begins=True)
    request = request_of(
        context,
        run,
        StartRequest,
        visibility="public" if public else "restricted" if restricted else None,
        title=" ".join(title) or None,
        worktree=Path(worktree) if worktree not in {None, _IN_PLACE} else None,
        wants_worktree=worktree is not None,
    )

    def ask(questions: Questions, asked: StartRequest) -> StartRequest:
        return replace(asked, **answers_to(questions, _why_wrong))

    try:
        with alone(run, "start", dry_run=dry_run), _looking_at_files(run, request):
            looking(context, run, must_answer=False)
            original = relanded(run.facts_of(run.find(request.relands))) if request.relands else None
            if original is not None:
                request = _relanding(request, original)
                if original.later and request.picks == original.later and not request.by_hand:
                    later = some([each[:7] for each in original.later])
                    run.note(f"Later commits of '{original.hotfix}' come along: {later}.")
            hotfix, outcome = carry_out_start(
                run, lambda current: _beginning(run, current, original), request, ask, dry_run=dry_run
            )
        if dry_run:
            return emit(options_of(context), planned("start", hotfix, outcome))
        result = show("start", run.look(hotfix))
    except HotfixError as error:
        is_carried = all(problem.code != "carry-conflict" for problem in error.problems)
        error.typed = ("git", "hotfix", "start", *(typed_words if is_carried else repeated_words)(context))
        raise
    result.typed = ("git", "hotfix", "start", *typed_words(context))
    if outcome.problems:
        result.problems, result.exit_code = outcome.problems, exit_code_of(outcome.problems)
        stashed = (each.remedy for each in outcome.problems if each.code == "stash-not-back")
        result.next = next(stashed, result.next)  # first the changes that are the fix, then the commit
    return emit(options_of(context), result)


@contextmanager
def _looking_at_files(run: Run, request: StartRequest) -> Iterator[None]:
    """Let git look for changed files, where they stand in the way, while the server is asked."""
    git = run.repository.git
    if run.repository.top is not None and not request.uses_worktree:
        begin_changes(git)
    try:
        yield
    finally:
        git.end_begun()


def _why_wrong(field: str, said: str) -> str | None:
    return "A name has a letter or a digit." if field == "slug" and not slugify(said) else None


def _relanding(request: StartRequest, original: Relanded) -> StartRequest:
    """Return the request with what is known of the hotfix that is landed again."""
    taken = {name: said for name, said in original.answers.items() if getattr(request, name) is None}
    return replace(
        request,
        **taken,
        title=request.title or original.title,
        slug=request.slug or f"{original.hotfix.slug}-again",
        line=request.line or original.base,
        picks=request.picks or original.later,
        visibility=request.visibility or original.visibility,
    )


def _beginning(run: Run, request: StartRequest, original: Relanded | None) -> Beginning:
    """Look at the base the hotfix begins from, with the configuration that the base has: it counts, not this tree's."""
    production, is_guessed = find_production(run.world, run.config)
    base = BranchName(request.line) if request.line else production
    if request.line and run.world.tip(base) is None:
        message, remedy = f"There is no branch '{run.world.shown(base)}'.", command("git", "branch", "-a")
        raise wrong_input("unknown-branch", message, remedy)
    fetch_missing(run.repository, run.world, (base,))
    tip = run.world.tip(base)
    if tip is not None and has_object(run.repository, tip):
        run.settings = run.settings_at(tip)
        if run.settings.wrong:
            raise HotfixError(*run.settings.wrong)
    if not is_base(run.world, run.config, base):
        lines = ", ".join(run.config.branches.release)
        message = f"'{base}' is neither production nor a release line (branches.release: {lines})."
        raise wrong_input("no-release-line", message, command("git", "hotfix", "config"))
    # where a hotfix that has ended is told, too: its name is taken
    fetch_missing(run.repository, run.world, named_roles(run.world, run.config))
    now = clock.now()
    known = run.known_since(earliest_day(f"{now:%Y%m%d}"))
    return Beginning(
        repository=run.repository,
        world=run.world,
        settings=run.settings,
        base=base,
        is_guessed=is_guessed and not request.line,
        known=known,
        relanded=original,
        unfinished=_unfinished(run, request, tuple(each.hotfix for each in known)),
        at=now,
    )


def _unfinished(run: Run, request: StartRequest, known: tuple[HotfixId, ...]) -> HotfixId | None:
    """Return the hotfix that this very command began before it was interrupted."""
    if not request.title:
        return None
    prefix = run.config.branches.prefix
    try:
        named = name_new(run.repository, request.title, clock.now().date(), prefix=prefix, slug=request.chosen_slug)
        numbered = [each for each in known if request.is_restricted and str(each).startswith(f"{named}-")]
        begun = (each for each in (named, *numbered) if run.memory_file(each).read().starting)
        return next(begun, None)
    except HotfixError:
        return None
