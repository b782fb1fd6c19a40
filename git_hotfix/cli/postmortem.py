"""``git hotfix postmortem``: the look back, in the report or as a decision record."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from git_hotfix.cli.execution import run_command
from git_hotfix.cli.options import acting, options_of
from git_hotfix.cli.questions import answers_to
from git_hotfix.cli.session import looking_for, request_of
from git_hotfix.commands.editor import edit_text
from git_hotfix.engine.step import Questions
from git_hotfix.git.identity import editor
from git_hotfix.git.program import without_local_environment
from git_hotfix.private_report import postmortem_draft
from git_hotfix.steps.commands import POSTMORTEM
from git_hotfix.steps.post_mortem import (
    PostmortemRequest,
    draft_postmortem,
    questions_of,
    text_to_edit,
    with_answers,
    with_edited,
)

if TYPE_CHECKING:
    from git_hotfix.engine.run import Run
    from git_hotfix.facts.facts import Facts
    from git_hotfix.steps.post_mortem import Draft


@acting
@click.option("--adr", "as_adr", is_flag=True, help="Write it as a decision record, in the repository's own style.")
@click.option("--cause", metavar="TEXT", help="What caused it.")
@click.option("--not-caught", metavar="TEXT", help="Why it was not caught earlier.")
@click.option("--prevent", metavar="TEXT", help="How it is prevented from happening again.")
@click.option("--lessons", metavar="TEXT", help="What went well, what went wrong, where you were lucky.")
@click.option("--in-backlog", metavar="TEXT", help="Whether it was in the backlog: yes, no, or more words.")
@click.option("--before", metavar="TEXT", help="Whether it has happened before; earlier reports are linked anyway.")
@click.option(
    "--edit/--no-edit", "edits", default=None, help="Open the editor (on a terminal, where nothing is given)."
)
def postmortem(
    context: click.Context,
    /,
    hotfix: str | None,
    *,
    as_adr: bool,
    edits: bool | None,
    dry_run: bool,
    **answers: str | None,
) -> int:
    """Look back on a hotfix: what caused it, why was it not caught, how is it prevented.

    An answer is added below what stands there already. Committed before publication, queued after it.
    """
    run, found = looking_for(context, hotfix, or_newest=True)
    facts, options = run.look(found), options_of(context)
    draft = draft_postmortem(facts, answers, as_adr=as_adr)
    asks = options.interactive and not draft.is_answered
    opens = edits or (edits is None and asks and not options.is_brief and not dry_run)
    if opens:
        draft = _edited(run, draft, asks=asks)
    elif asks and not options.is_brief:
        draft = _asked(facts, draft)
    code = run_command(context, run, found, POSTMORTEM, request_of(context, run, PostmortemRequest, draft=draft))
    if opens and not dry_run:  # only now: what was typed is not lost with a run that was refused
        postmortem_draft(run.repository.common_dir, found).unlink(missing_ok=True)
    return code


def _edited(run: Run, draft: Draft, *, asks: bool) -> Draft:
    """Let the person edit, in git's editor; where git has none to open, ask."""
    facts, git = run.facts, run.repository.git
    line = editor(git)
    if line is None:
        return _asked(facts, draft) if asks else draft
    text = edit_text(
        text_to_edit(draft),
        line,
        file=postmortem_draft(run.repository.common_dir, facts.hotfix),
        directory=run.repository.top or git.directory,
        environment=without_local_environment(git.environment),
    )
    return with_edited(draft, text)


def _asked(facts: Facts, draft: Draft) -> Draft:
    return with_answers(facts, draft, answers_to(Questions(questions_of(draft))))
