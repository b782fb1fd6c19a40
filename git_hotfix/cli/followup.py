"""``git hotfix followup``: later work, in the report and from there in the backlog."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from git_hotfix.cli.execution import run_command
from git_hotfix.cli.json_object import FollowUpRow
from git_hotfix.cli.options import Command, misused, options_of
from git_hotfix.cli.output import Result, emit
from git_hotfix.cli.session import looking, looking_for, open_run, request_of
from git_hotfix.cli.terminal import rows_on_screen
from git_hotfix.errors import command, wrong_input
from git_hotfix.escapes import stripped
from git_hotfix.facts.report_now import all_follow_ups
from git_hotfix.git.world import fetch_missing, find_develop, find_production, target_tip
from git_hotfix.record.followups import Kind, Priority
from git_hotfix.record.markdown import inline, shown
from git_hotfix.steps.commands import FOLLOW_UP
from git_hotfix.steps.edit_report import due_date
from git_hotfix.steps.request import FollowUpRequest

if TYPE_CHECKING:
    from git_hotfix.engine.run import Run
    from git_hotfix.record.followups import FollowUp

_NEW = ("followup", "TEXT", "--kind", "KIND", "--due", "DATE")


@click.command(cls=Command, plans=True)
@click.argument("text", nargs=-1)
@click.option("--kind", type=click.Choice([str(kind) for kind in Kind]), help="What kind of work it is.")
@click.option(
    "--priority", type=click.Choice([str(each) for each in Priority], case_sensitive=False), help="How soon it is done."
)
@click.option("--owner", metavar="NAME", help="Who will do it.")
@click.option("--due", metavar="DATE", help="By when: 2026-02-01.")
@click.option("--trigger", metavar="TEXT", help="What makes it due, such as 'the next release'.")
@click.option("--ticket", metavar="ID", help="The ticket that it has in your tracker, or its URL.")
@click.option("--done", metavar="ID", help="This follow-up is done.")
@click.option("--all", "shows_all", is_flag=True, help="List those that are done too.")
@click.option("--hotfix", metavar="HOTFIX", help="Which hotfix, if not the one checked out; list only its own.")
@click.pass_context
def followup(
    context: click.Context,
    /,
    text: tuple[str, ...],
    *,
    done: str | None,
    shows_all: bool,
    hotfix: str | None,
    dry_run: bool,  # of every command
    **options: Any,
) -> int:
    """Register later work (TEXT) in the report, say that it is done (--done), or list what is open.

    Everything but a refactoring needs a due date or a trigger. Committed before publication, queued after it.
    """
    words = " ".join(" ".join(text).split())
    _check_use(text, done, options, shows_all=shows_all)
    if done is not None:
        name, _, number = done.rpartition("/")
        run, found = looking_for(context, name or hotfix)
        request = request_of(context, run, FollowUpRequest, text="", done=number)
        return run_command(context, run, found, FOLLOW_UP, request)
    if not words:
        run = looking(context, open_run(context, offline=True), must_answer=False)
        return _list(context, run, hotfix, shows_all=shows_all)
    if options["due"]:
        due_date(options["due"])  # refused before anything is asked
    run, found = looking_for(context, hotfix)
    request = request_of(context, run, FollowUpRequest, text=words)
    return run_command(context, run, found, FOLLOW_UP, request)


def _check_use(text: tuple[str, ...], done: str | None, options: dict[str, str | None], *, shows_all: bool) -> None:
    """Refuse options that do not go together, and a text that nobody would see."""
    words = " ".join(text)
    about_new = [f"--{name}" for name, value in options.items() if value is not None]
    if done is not None and (words or about_new or shows_all):
        raise misused("--done takes the id alone.", "followup", "--done", done)
    if text and not stripped(inline(words)):
        raise wrong_input("empty-follow-up", "The follow-up is empty.", command("git", "hotfix", *_NEW))
    if not words and about_new:
        raise misused(f"{about_new[0]} belongs to a new follow-up, and its TEXT is missing.", *_NEW)
    if words and shows_all:
        raise misused("--all is for the list, without TEXT.", "followup", "--all")


def _list(context: click.Context, run: Run, hotfix: str | None, *, shows_all: bool) -> int:
    found = run.find(hotfix) if hotfix is not None else None
    known = [each for each in run.known() if found is None or each.hotfix == found]
    production, _ = find_production(run.world, run.config)
    record_branch = find_develop(run.world, run.config) or production
    fetch_missing(run.repository, run.world, (record_branch,))
    record_tip = target_tip(run.world, record_branch)
    listed = all_follow_ups(run.repository, run.config, known, record_tip, lambda each: run.memory_file(each).read())
    for each in listed:
        if each.problem is not None:
            run.warn(f"{each.problem.message} Its follow-ups are not listed.")
    wanted = [each for report in listed for each in report.follow_ups if shows_all or not each.is_done]
    rows = [(each.id, "done" if each.is_done else "open", *_told(each)) for each in wanted]
    text = rows_on_screen(rows, indent="") or ["There is no follow-up." if shows_all else "There is no open follow-up."]
    more = {"follow_ups": tuple(map(_row, wanted))}
    return emit(options_of(context), Result("followup", str(found) if found else None, text=text, more=more))


def _told(each: FollowUp) -> tuple[str, str, str, str]:
    text = f"{each.text} ({each.ticket.strip('<>')})" if each.ticket else each.text
    kind = " ".join(filter(None, (each.kind, shown(each.priority or ""))))
    return kind or "-", shown(each.owner or "-"), shown(each.when or "-"), shown(text)


def _row(each: FollowUp) -> FollowUpRow:
    return FollowUpRow(
        each.id,
        shown(each.text),
        each.kind,
        str(each.section),
        shown(each.priority) if each.priority else None,
        shown(each.owner) if each.owner else None,
        each.due.isoformat() if each.due else None,
        shown(each.trigger) if each.trigger else None,
        shown(each.ticket.strip("<>")) if each.ticket else None,
        each.is_done,
    )
