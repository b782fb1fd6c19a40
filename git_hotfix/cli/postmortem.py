"""``git hotfix postmortem``: the look back, in the report or as a decision record."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from git_hotfix.cli.options import Command, dry_run, hotfix_argument, options_of
from git_hotfix.cli.questions import answers_to
from git_hotfix.cli.wiring import looking_for, run_hotfix
from git_hotfix.commands.editor import edit_text
from git_hotfix.git.identity import editor
from git_hotfix.git.program import without_local_environment
from git_hotfix.workflow.decision import Questions
from git_hotfix.workflow.postmortem import (
    draft_postmortem,
    plan_postmortem,
    questions_of,
    text_to_edit,
    with_edited,
    with_told,
)

if TYPE_CHECKING:
    from pathlib import Path

    from git_hotfix.execution.session import Session
    from git_hotfix.facts.facts import Facts
    from git_hotfix.workflow.postmortem import Draft


@click.command(cls=Command)
@hotfix_argument
@click.option("--adr", "as_adr", is_flag=True, help="Write it as a decision record, in the repository's own style.")
@click.option("--cause", metavar="TEXT", help="What caused it.")
@click.option("--not-caught", metavar="TEXT", help="Why it was not caught earlier.")
@click.option("--prevent", metavar="TEXT", help="How it is prevented from happening again.")
@click.option("--in-backlog", metavar="TEXT", help="Whether it was in the backlog: yes, no, or more words.")
@click.option("--before", metavar="TEXT", help="Whether it has happened before; earlier reports are linked anyway.")
@click.option(
    "--edit/--no-edit", "edits", default=None, help="Open the editor (on a terminal, where nothing is given)."
)
@dry_run
@click.pass_context
def postmortem(
    context: click.Context,
    /,
    hotfix: str | None,
    *,
    as_adr: bool,
    edits: bool | None,
    dry_run: bool,
    **told: str | None,
) -> int:
    """Look back on a hotfix: what caused it, why was it not caught, how is it prevented.

    An answer is added below what stands there already. Committed before publication, queued after it.
    """
    session, found = looking_for(context, hotfix)
    facts = session.facts(found)
    draft = draft_postmortem(facts, told, as_adr=as_adr)
    asks = options_of(context).interactive and not draft.is_answered
    opens = edits or (edits is None and asks and not options_of(context).is_brief and not dry_run)
    if opens:
        draft = _edited(session, facts, draft, asks=asks)
    elif asks and not options_of(context).is_brief:
        draft = _asked(session, facts, draft)
    final = draft
    code = run_hotfix(
        context,
        "postmortem",
        session,
        found,
        lambda facts, tried: plan_postmortem(facts, final, tried),
        dry_run=dry_run,
    )
    if opens and not dry_run:  # only now: what was typed is not lost with a run that was refused
        _file(session, facts).unlink(missing_ok=True)
    return code


def _file(session: Session, facts: Facts) -> Path:
    return session.repository.common_dir / "hotfix" / f"POSTMORTEM-{facts.hotfix}.md"


def _edited(session: Session, facts: Facts, draft: Draft, *, asks: bool) -> Draft:
    """Let the person edit, in git's editor; where git has none to open, ask."""
    git = session.repository.git
    command = editor(git)
    if command is None:
        return _asked(session, facts, draft) if asks else draft
    text = edit_text(
        text_to_edit(facts, draft),
        command,
        file=_file(session, facts),
        directory=session.repository.top or git.directory,
        environment=without_local_environment(git.environment),
    )
    return with_edited(draft, text)


def _asked(session: Session, facts: Facts, draft: Draft) -> Draft:
    return with_told(facts, draft, answers_to(Questions(questions_of(draft))))
