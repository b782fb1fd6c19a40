"""``git hotfix start``: the gate, the branch from production, the incident report."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from msgspec.structs import replace

from git_hotfix import clock
from git_hotfix.cli.options import Command, dry_run, options_of, typed_words
from git_hotfix.cli.output import Result, emit
from git_hotfix.cli.questions import answers_to
from git_hotfix.cli.wiring import alone, looking, open_session, show_situation
from git_hotfix.errors import HotfixError, exit_code_of, wrong_input
from git_hotfix.execution.executor import carry_out_start
from git_hotfix.facts.relanding import Again, relanded
from git_hotfix.git.world import fetch_missing, find_production
from git_hotfix.hotfix import BranchName, HotfixId, new_id
from git_hotfix.workflow.decision import Plan, Questions, Refused
from git_hotfix.workflow.describe import describe
from git_hotfix.workflow.request import StartRequest
from git_hotfix.workflow.start import Beginning, plan_start

if TYPE_CHECKING:
    from git_hotfix.execution.session import Session

_IN_PLACE = "-"  # what --worktree gets when no folder is named


@click.command(cls=Command)
@click.argument("title", nargs=-1)
@click.option("--slug", metavar="NAME", help="Name the branch and the report after this, not after the title.")
@click.option("--what", metavar="TEXT", help="What is broken, if the title is not enough.")
@click.option("--production/--no-production", "production_affected", default=None, help="Production is affected.")
@click.option("--can-wait/--cannot-wait", default=None, help="Whether it can wait for the next release.")
@click.option("--severity", type=click.Choice(["critical", "high"]), help="How severe it is (critical).")
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
@click.option("--stash", is_flag=True, help="Put uncommitted changes away; they come back at the end.")
@click.option(
    "--worktree",
    metavar="[DIR]",
    is_flag=False,
    flag_value=_IN_PLACE,
    help="Work in a linked worktree, beside this one or at DIR.",
)
@click.option("--push/--no-push", default=None, help="Publish the branch at once, for colleagues to see.")
@click.option("--offline", is_flag=True, help="Begin from what was last fetched.")
@click.option("-y", "--yes", is_flag=True, help="Production is affected and it cannot wait.")
@dry_run
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
    **said: Any,
) -> int:
    """Start a hotfix: branch from production, write the incident report, check the branch out.

    TITLE says what is broken; the branch is named after it.
    """
    if public and restricted:
        command = "git hotfix start TITLE --restricted"
        raise wrong_input("usage", "--public and --restricted exclude each other.", command)
    request = StartRequest(
        visibility="public" if public else "restricted" if restricted else None,
        title=" ".join(title) or None,
        typed=typed_words(context),
        worktree=Path(worktree) if worktree not in {None, _IN_PLACE} else None,
        wants_worktree=worktree is not None,
        interactive=options_of(context).interactive,
        **said,
    )
    session = open_session(context, offline=request.offline)
    with alone(session, "start", dry_run=dry_run):
        looking(context, session, must_answer=False)
        again = relanded(session.facts(session.find(request.relands))) if request.relands else None
        if again is not None:
            request = replace(
                request,
                title=request.title or again.title,
                slug=request.slug or f"{again.hotfix.slug}-again",
                line=request.line or again.base,
                visibility=request.visibility or again.visibility,
            )
        beginning = _beginning(session, request, again)
        decision = plan_start(session.repository, beginning, request)
        while isinstance(decision, Questions):
            request = replace(request, **answers_to(decision))
            beginning = _beginning(session, request, again)
            decision = plan_start(session.repository, beginning, request)
        if isinstance(decision, Refused):
            raise decision.error()
        for note in _others(beginning, request) + list(decision.notes):
            session.note(note)
        if dry_run:
            return _planned(context, session, decision)
        session.settings = replace(session.settings, config=beginning.config)  # the base's file counts, not this tree's
        problems = carry_out_start(session, decision)
    result = show_situation(session, "start", session.facts(decision.hotfix))
    if problems:
        result.problems, result.exit_code = problems, exit_code_of(problems)
    return emit(options_of(context), result)


def _beginning(session: Session, request: StartRequest, again: Again | None) -> Beginning:
    """Look at the base the hotfix begins from, with the configuration that the base has."""
    production, guessed = find_production(session.world, session.config)
    base = BranchName(request.line) if request.line else production
    if request.line and session.world.tip(base) is None:
        shown = session.world.shown(base)
        raise wrong_input("unknown-branch", f"There is no branch '{shown}'.", "git branch -a")
    if session.world.unanswered is None:
        fetch_missing(session.repository, session.world, (base,))
    tip = session.world.tip(base)
    known = session.known()
    at = clock.now()
    config = session.config
    if tip is not None and tip in session.repository.handle:
        config = session.config_at(tip)
    return Beginning(
        world=session.world,
        config=config,
        base=base,
        base_tip=tip,
        guessed=guessed and not request.line,
        known=known,
        again=again,
        unfinished=_unfinished(session, request, tuple(each.hotfix for each in known)),
        at=at,
    )


def _unfinished(session: Session, request: StartRequest, known: tuple[HotfixId, ...]) -> HotfixId | None:
    """Return the hotfix that this very command began before it was interrupted."""
    if not request.title:
        return None
    prefix = session.config.branches.prefix
    try:
        named = new_id(request.title, clock.now().date(), prefix=prefix, slug=request.chosen_slug)
        numbered = [each for each in known if request.is_restricted and str(each).startswith(f"{named}-")]
        begun = (each for each in (named, *numbered) if session.memory_of(each).read().starting)
        return next(begun, None)
    except HotfixError:
        return None


def _others(beginning: Beginning, request: StartRequest) -> list[str]:
    opened = [str(each.hotfix) for each in beginning.known if each.is_open and each.hotfix != beginning.unfinished]
    return [f"Open already: {', '.join(opened)}."] if opened and not request.interactive else []


def _planned(context: click.Context, session: Session, plan: Plan) -> int:
    lines = [describe(step, session.world) for step in plan.steps]
    text = [f"{plan.hotfix}: would", *(f"  {line}" for line in lines)]
    return emit(
        options_of(context), Result("start", str(plan.hotfix), outcome="planned", text=text, more={"plan": lines})
    )
