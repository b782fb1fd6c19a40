"""``git hotfix followup``: later work, in the report and from there in the backlog."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
from msgspec.structs import replace

from git_hotfix.cli.options import Command, dry_run, options_of
from git_hotfix.cli.output import Result, emit, table
from git_hotfix.cli.questions import answers_to
from git_hotfix.cli.wiring import looking, looking_for, open_session, run_hotfix
from git_hotfix.errors import wrong_input
from git_hotfix.record.followups import Kind
from git_hotfix.record.markdown import inline, shown
from git_hotfix.workflow.followups import all_follow_ups, due_date, plan_done, plan_follow_up
from git_hotfix.workflow.request import FollowUpRequest

if TYPE_CHECKING:
    from git_hotfix.execution.session import Session
    from git_hotfix.facts.facts import Facts
    from git_hotfix.record.followups import FollowUp
    from git_hotfix.workflow.decision import Decision, Questions
    from git_hotfix.workflow.plan import Step


@click.command(cls=Command)
@click.argument("text", nargs=-1)
@click.option("--kind", type=click.Choice([str(kind) for kind in Kind]), help="What kind of work it is.")
@click.option("--owner", metavar="NAME", help="Who will do it.")
@click.option("--due", metavar="DATE", help="By when: 2026-02-01.")
@click.option("--trigger", metavar="TEXT", help="What makes it due, such as 'the next release'.")
@click.option("--done", metavar="ID", help="This follow-up is done.")
@click.option("--all", "shows_all", is_flag=True, help="List those that are done too.")
@click.option("--hotfix", metavar="HOTFIX", help="Which hotfix, if not the one checked out; list only its own.")
@dry_run
@click.pass_context
def followup(
    context: click.Context,
    /,
    text: tuple[str, ...],
    *,
    done: str | None,
    shows_all: bool,
    hotfix: str | None,
    dry_run: bool,
    **said: str | None,
) -> int:
    """Register later work (TEXT) in the report, say that it is done (--done), or list what is open.

    Everything but a refactoring needs a due date or a trigger. Committed before publication, queued after it.
    """
    words = " ".join(" ".join(text).split())
    _check_use(text, done, said, shows_all=shows_all)
    if done is not None:
        name, _, number = done.rpartition("/")
        session, found = looking_for(context, name or hotfix)
        return run_hotfix(
            context,
            "followup",
            session,
            found,
            lambda facts, tried: plan_done(facts, number, tried),
            dry_run=dry_run,
        )
    if not words:
        session = looking(context, open_session(context, offline=True), must_answer=False)
        return _list(context, session, hotfix, shows_all=shows_all)
    if said["due"]:
        due_date(said["due"])  # told before anything is asked
    session, found = looking_for(context, hotfix)
    asker = _Asker(FollowUpRequest(text=words, interactive=options_of(context).interactive, **said))

    def plan(facts: Facts, tried: frozenset[type[Step]]) -> Decision:
        return plan_follow_up(facts, asker.request, tried)

    return run_hotfix(context, "followup", session, found, plan, ask=asker, dry_run=dry_run)


class _Asker:
    """Holds the request and fills in what a person answers."""

    def __init__(self, request: FollowUpRequest) -> None:
        self.request = request

    def __call__(self, questions: Questions) -> None:
        self.request = replace(self.request, **answers_to(questions))


def _check_use(text: tuple[str, ...], done: str | None, said: dict[str, str | None], *, shows_all: bool) -> None:
    """Refuse options that do not go together, and a text that nobody would see."""
    words = " ".join(text)
    about_new = [f"--{name}" for name, value in said.items() if value is not None]
    if done is not None and (words or about_new or shows_all):
        raise wrong_input("usage", "--done takes the id alone.", f"git hotfix followup --done {done}")
    if text and not inline(words):
        raise wrong_input(
            "empty-follow-up", "The follow-up is empty.", "git hotfix followup TEXT --kind KIND --due DATE"
        )
    if not words and about_new:
        message = f"{about_new[0]} belongs to a new follow-up, and its TEXT is missing."
        raise wrong_input("usage", message, "git hotfix followup TEXT --kind KIND --due DATE")
    if words and shows_all:
        raise wrong_input("usage", "--all is for the list, without TEXT.", "git hotfix followup --all")


def _list(context: click.Context, session: Session, hotfix: str | None, *, shows_all: bool) -> int:
    found = session.find(hotfix) if hotfix is not None else None
    known = [each for each in session.known() if found is None or each.hotfix == found]
    listed = all_follow_ups(
        session.repository, session.world, session.config, known, lambda each: session.memory_of(each).read()
    )
    for each in listed:
        if each.problem is not None:
            session.warn(f"{each.problem.message} Its follow-ups are not listed.")
    wanted = [each for report in listed for each in report.follow_ups if shows_all or not each.is_done]
    rows = [(each.id, "done" if each.is_done else "open", *_told(each)) for each in wanted]
    text = table(rows, indent="") or ["There is no follow-up." if shows_all else "There is no open follow-up."]
    more = {"follow_ups": [_object(each) for each in wanted]}
    return emit(options_of(context), Result("followup", str(found) if found else None, text=text, more=more))


def _told(each: FollowUp) -> tuple[str, str, str, str]:
    return each.kind or "-", shown(each.owner or "-"), shown(each.when or "-"), shown(each.text)


def _object(each: FollowUp) -> dict[str, Any]:
    return {
        "id": each.id,
        "text": shown(each.text),
        "kind": each.kind,
        "section": str(each.section),
        "owner": shown(each.owner) if each.owner else None,
        "due": each.due.isoformat() if each.due else None,
        "trigger": shown(each.trigger) if each.trigger else None,
        "done": each.is_done,
    }
