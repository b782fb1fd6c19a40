"""``git hotfix status`` and ``git hotfix list``: where hotfixes stand; nothing is changed."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from git_hotfix import clock
from git_hotfix.cli.options import Command, hotfix_argument, options_of
from git_hotfix.cli.output import Result, emit
from git_hotfix.cli.session import looking, open_run, show
from git_hotfix.cli.terminal import rows_on_screen
from git_hotfix.engine.run import LOOKED_BACK
from git_hotfix.errors import HotfixError, command, wrong_input
from git_hotfix.escapes import one_line
from git_hotfix.facts.deployments import is_unfinished
from git_hotfix.git import history, provenance
from git_hotfix.record.incident import Status
from git_hotfix.steps.progress import current_row, next_command, rows_in

if TYPE_CHECKING:
    from git_hotfix.engine.run import Run
    from git_hotfix.errors import Remedy
    from git_hotfix.facts.facts import Facts
    from git_hotfix.facts.hotfixes import Known
    from git_hotfix.hotfix import HotfixId

offline_option = click.option("--offline", is_flag=True, help="Do not ask the server; use what was last fetched.")


@click.command(cls=Command)
@hotfix_argument
@offline_option
@click.option("--format", "form", type=click.Choice(["text", "markdown"]), help="markdown: lines for the chat (text).")
@click.option("--template", metavar="FILE", type=Path, help="Write those lines by your own Jinja2 template.")
@click.pass_context
def status(
    context: click.Context, hotfix: str | None, *, offline: bool, form: str | None = None, template: Path | None = None
) -> int:
    """Show every step of a hotfix with its evidence, and the next command."""
    options = options_of(context)
    announces = template is not None or form == "markdown"
    _check_form(context, form, template)
    run = _looking(context, offline=offline)
    if hotfix is None and not run.open() and not (run.fetch_lines() and run.open()):
        newest = f" among the {LOOKED_BACK} newest" if len(run.known()) > LOOKED_BACK else ""
        text = [f"There is no open hotfix{newest}."]
        return emit(options, Result("status", text=text, next=_left_of_newest(run)))
    try:
        found = run.find(hotfix)
    except HotfixError as error:
        if hotfix is not None or announces or error.problems[0].code != "ambiguous-hotfix":
            raise
        return _list(context, run, "status", run.open())
    if announces:
        from git_hotfix.cli.announcing import announcement  # noqa: PLC0415  # not for a plain status

        facts = run.facts_of(found)
        if facts.is_restricted:
            run.warn("This hotfix is restricted: what follows describes it.")
        text = announcement(facts, template)
        return emit(options, Result("status", str(found), text=text))
    facts = run.facts_of(found)
    _tell_what_is_broken(run, facts)
    return emit(options, show("status", facts))


def _left_of_newest(run: Run) -> Remedy:
    """Return what is left of the newest hotfix where none is open, as its record where git-flow has finished it."""
    for known in run.known()[-1:]:
        with suppress(HotfixError):  # what is wrong with it is told where it is looked at
            facts = run.facts_of(known.hotfix)
            is_open = facts.documented is not None and facts.documented.status is Status.OPEN  # asks git for nothing
            if is_open and facts.is_published and (left := next_command(facts, tuple(rows_in(facts)))):
                return left
    return command("git", "hotfix", "start", "TITLE")


def _check_form(context: click.Context, form: str | None, template: Path | None) -> None:
    """Refuse forms that exclude each other before anything is looked at."""
    if options_of(context).json and (form is not None or template is not None):
        message = "'--json' is one form of status, '--format' and '--template' are others."
        raise wrong_input("forms-exclude", message, command("git", "hotfix", "status", "--json"))
    if form == "text" and template is not None:
        message = "'--template' writes Markdown, not the form 'text'."
        raise wrong_input("forms-exclude", message, command("git", "hotfix", "status", "--template", template))


@click.command(cls=Command, name="list")
@offline_option
@click.pass_context
def list_hotfixes(context: click.Context, *, offline: bool) -> int:
    """List open and past hotfixes with their step, age, who reported them, and gaps."""
    from git_hotfix.engine.observation import read_history  # noqa: PLC0415  # not for status

    run = _looking(context, offline=offline)
    read_history(run)
    if not run.known() and run.fetch_lines():
        read_history(run)
    return _list(context, run, "list", tuple(each.hotfix for each in run.known()))


def _looking(context: click.Context, *, offline: bool) -> Run:
    run = looking(context, open_run(context, offline=offline), must_answer=False)
    if offline and run.world.remote is not None:
        run.note("As of the last fetch (--offline).")
    return run


def _tell_what_is_broken(run: Run, facts: Facts) -> None:
    """Tell which lines and files count for nothing, each once."""
    for sentence in facts.broken_waivers:
        run.warn_once(sentence)
    for problem in facts.settings.problems:
        run.warn_once(f"The settings of '{facts.hotfix}' are ignored: {problem.message}")
    run.go_on_without(facts.settings.unknown)


def _seen(run: Run, known: Known) -> Facts:
    """Return the facts about a hotfix; where it cannot be seen whether it is open, as in a shallow clone, that."""
    from git_hotfix.engine.observation import facts_about  # noqa: PLC0415  # not for one hotfix

    facts = facts_about(run, known, is_brief=False)
    if facts.lost is not None and facts.lost.code == "history-cut" and not known.is_open:
        raise HotfixError(facts.lost)
    return facts


def _list(context: click.Context, run: Run, command: str, wanted: tuple[HotfixId, ...]) -> int:
    """List hotfixes; what only the JSON object has, and git has to be asked for, is left out of the table."""
    results = []
    rows = []
    for known in run.known():
        if known.hotfix not in wanted:
            continue
        try:
            facts = _seen(run, known)
            result = show(command, facts) if options_of(context).json else Result(command, str(known.hotfix))
            step = current_row(result.steps or rows_in(facts))
        except HotfixError as error:  # what is broken about one stops no other
            results.append(Result(command, str(known.hotfix), problems=error.problems, row={"is_open": known.is_open}))
            rows.append(("open" if known.is_open else "past", str(known.hotfix), "", "unknown", "", "", str(error)))
            continue
        _tell_what_is_broken(run, facts)
        results.append(result)
        declared = facts.report.declared_at if facts.report else None
        last = facts.last_publication
        declared = declared or (history.commit_time(facts.repository, last.merge) if last is not None else None)
        age = clock.duration(clock.now() - declared) if declared else "unknown age"
        gaps = [target.branch for target in facts.pending] if facts.is_published else []
        where = "open" if known.is_open or is_unfinished(facts) else "past"
        ends = ("rolled back",) if facts.is_rolled_back else ("closed",) if facts.is_ended else ()
        at = ", ".join((*ends, *((f"{step.step} ({step.state})",) if step else ()))) or "complete"
        title = facts.title
        title = f"{title}. Missing on: {', '.join(gaps)}" if gaps else title
        title = f"{title}. Its branch is still on the server, which refuses to delete it" if known.stays else title
        by = one_line(provenance.committer_name(facts.repository, last.merge)) if last is not None else ""
        who = (facts.report.reporter if facts.report else by) or ""
        severity, is_here = str(facts.report.severity) if facts.report else "", run.world.head.branch == facts.branch
        result.row = {"title": facts.title, "severity": severity or None, "owner": who or None, "is_here": is_here}
        result.row |= {"branch": facts.branch, "is_open": where == "open", "stands": at}
        for key in ("declared_at", "mitigated_at", "resolved_at"):
            when = getattr(facts.documented or facts.report, key, None)
            result.row[key] = clock.rfc3339(when) if when is not None else None
        rows.append((f"{where} *" if is_here else where, str(known.hotfix), severity, at, age, who, title))
    text = rows_on_screen(rows, indent="") or ["There is no hotfix."]
    return emit(options_of(context), Result(command, hotfixes=results, text=text))
