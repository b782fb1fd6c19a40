"""``git hotfix report``: the incidents of one or several repositories, as a page or for programs.

Nothing is changed, no command of a repository is run, and nothing is fetched unasked: it shows the state of the last
fetch, the same bytes as long as nothing changes.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

import click
from msgspec import to_builtins
from msgspec.structs import replace

from git_hotfix import clock
from git_hotfix.atomic_write import write_atomically, write_privately
from git_hotfix.cli.options import Command, misused, options_of
from git_hotfix.cli.output import Result, emit
from git_hotfix.cli.session import looking, open_run
from git_hotfix.cli.terminal import json_text, pass_on
from git_hotfix.cli.verify import result_of
from git_hotfix.engine.observation import as_fetched, take_settings_of_production
from git_hotfix.errors import ExitCode, HotfixError, command, exit_code_of, refused
from git_hotfix.facts.coverage import coverage
from git_hotfix.facts.hotfixes import find_hotfix
from git_hotfix.git import history
from git_hotfix.git.forges import forge_at
from git_hotfix.git.history import resolve_commit
from git_hotfix.git.world import find_develop, find_production, target_tip
from git_hotfix.page.chronicle import incidents_in
from git_hotfix.page.exports import csv_text, markdown_text, openmetrics_text, report_data
from git_hotfix.page.html import page, page_words
from git_hotfix.page.incidents import Broken, Chronicle, brief
from git_hotfix.record.waivers import FILE_NAME
from git_hotfix.steps.audit import broken_waivers
from git_hotfix.steps.kept_audit import audit_all

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from git_hotfix.engine.run import Run
    from git_hotfix.errors import Problem
    from git_hotfix.page.rows import ReportData

Form = Literal["html", "json", "csv", "markdown", "openmetrics"]


@click.command(cls=Command)
@click.argument("hotfix", metavar="[HOTFIX | DIR...]", nargs=-1)
@click.option("--format", "form", type=click.Choice([*get_args(Form)]), help="What is made (html, the page).")
@click.option("--revision", metavar="REV", help="Read the reports of this revision (the tip of develop).")
@click.option("--since", metavar="TAG|DATE", help="Only incidents of that day or later.")
@click.option("--fetch", is_flag=True, help="Fetch first all that is needed.")
@click.option("--output", metavar="FILE", type=click.Path(path_type=Path), help="Write it there.")
@click.option("--open", "opens", is_flag=True, help="Show the page in the browser.")
@click.pass_context
def report(
    context: click.Context, hotfix: tuple[str, ...], *, form: Form | None, revision: str | None, since: str | None,
    fetch: bool, output: Path | None, opens: bool,
) -> int:  # fmt: skip
    """Make a page of all incidents: gaps, times, what breaks again; or their figures for programs."""
    if opens and form not in {None, "html"}:
        raise misused("A browser opens the page: --open goes with no other --format.", "report", "--open")
    if options_of(context).json and form is not None and output is None:
        raise misused("'--json' is one form of the report, '--format' names others.", "report", "--json")
    if output is not None and not output.absolute().parent.is_dir():
        missing = output.absolute().parent
        raise refused("folder-gone", f"There is no folder '{missing}'.", command("mkdir", "-p", missing))
    folders = tuple({Path(each).resolve(): Path(each) for each in hotfix if _is_repository(Path(each))}.values())
    names = tuple(each for each in hotfix if not _is_repository(Path(each)))
    if len(names) > 1 or (names and (folders or since is not None)) or (revision is not None and len(folders) > 1):
        message = "A report is about one hotfix, or about repositories, --since a day; --revision is of one of them."
        raise misused(message, "report", "DIR", "DIR")
    chronicles: list[Chronicle] = []
    problems: list[Problem] = []
    runs: list[Run] = []
    for folder, name in zip(folders or (None,), _names_of(folders), strict=True):
        try:
            run = open_run(context, offline=not fetch, folder=folder)
            looking(context, run, must_answer=False, fetches=False)
            with as_fetched(run, command("git", "hotfix", "report", "--fetch"), ExitCode.REFUSED, fetches=fetch):
                take_settings_of_production(run)
                chronicles.append(_chronicle(run, name or _name_of(run), revision, names, _first_day(run, since)))
            runs.append(run)
        except HotfixError as error:
            if len(folders) < 2:
                raise
            problems += (replace(each, message=f"{name}: {each.message}") for each in error.problems)
    if not runs:
        raise HotfixError(*problems)
    result = Result("report", exit_code=exit_code_of(tuple(problems)) if problems else ExitCode.DONE, problems=problems)
    result.hotfix = chronicles[0].incidents[0].hotfix if names else None
    return _told(context, runs[0], chronicles, form or "html", result, output, opens=opens, is_one=bool(names))


def _is_repository(path: Path) -> bool:
    return (path / ".git").exists() or ((path / "HEAD").is_file() and (path / "objects").is_dir())


def _names_of(folders: Sequence[Path]) -> tuple[str | None, ...]:
    """Return the names of repositories: of their folders, where those are unique, else their paths."""
    names = [each.resolve().name for each in folders]
    return tuple(name if names.count(name) == 1 else str(each) for name, each in zip(names, folders, strict=True)) or (
        None,
    )


def _name_of(run: Run) -> str:
    folder = run.repository.common_dir
    return (folder.parent if folder.name == ".git" else folder).name.removesuffix(".git")


def _chronicle(run: Run, name: str, revision: str | None, names: tuple[str, ...], since: date | None) -> Chronicle:
    audits = audit_all(run, (), {})
    branch = find_develop(run.world, run.config) or find_production(run.world, run.config)[0]
    tip = target_tip(run.world, branch)
    at = resolve_commit(run.repository, revision or tip or branch)
    every, broken = incidents_in(run, name, at, audits, only_reported=revision is not None)
    incidents = every
    if names:
        wanted = str(find_hotfix(names[0], run.known(), run.world, run.config).hotfix)
        incidents, broken = tuple(each for each in every if each.hotfix == wanted), ()
        if not incidents:
            message = f"There is nothing to show of '{wanted}': no report of it can be read in the revision."
            raise refused("nothing-to-tell", message, command("git", "hotfix", "verify", wanted))
    elif since is not None:
        incidents = tuple(each for each in incidents if each.day >= f"{since}")
    told = {each.hotfix for each in incidents}
    seen = coverage(run.repository, run.world, run.config, lambda _: False)
    for sentence in seen.unseen:
        run.warn_once(f"{name}: {sentence}")
    tips = [oid for _, oid in seen.branches] or [at]
    return Chronicle(
        name=name,
        revision=at,
        branch=revision or run.world.shown(branch),
        seen_at=max(history.commit_time(run.repository, oid) for oid in tips),
        branches=tuple(each for each, _ in seen.branches if not each.startswith(run.config.branches.prefix)),
        most_files=run.config.scope.max_files,
        most_lines=run.config.scope.max_lines,
        severities=run.config.incident.choices,
        forge=forge_at(run.repository.git, run.world.remote, run.config.remote.forge),
        incidents=incidents,
        every=every,
        audits=tuple(each for each in audits if each.hotfix in told),
        broken=(*broken, *_broken_waivers(run, name)),
        unseen=tuple(map(brief, seen.unseen)),
    )


def _broken_waivers(run: Run, name: str) -> tuple[Broken, ...]:
    path = f"{run.config.incident.directory}/{FILE_NAME}"
    found = broken_waivers(run.repository, run.world, run.config)
    return tuple(Broken(name, path, brief(each.message)) for each in found)


def _first_day(run: Run, text: str | None) -> date | None:
    """Return the first day that counts: that of a commit, or one that a person typed."""
    if text is None:
        return None
    try:
        return history.commit_time(run.repository, resolve_commit(run.repository, text)).date()
    except HotfixError:
        return clock.when_told(text, at=clock.now()).date()


def _told(
    context: click.Context, run: Run, chronicles: Sequence[Chronicle], form: Form, result: Result,
    output: Path | None, *, opens: bool, is_one: bool,
) -> int:  # fmt: skip
    """Write the report to the file named, else to standard output; a page for a person into the git directory."""
    options, data = options_of(context), report_data(chronicles)
    result.more = {"report": data}
    result.hotfixes = [result_of(each) for one in chronicles for each in one.audits]
    write = write_atomically
    if output is None and form == "html" and (opens or (sys.stdout.isatty() and not options.json)):
        output, write = run.repository.common_dir / "hotfix" / "report.html", write_privately
    if output is None and options.json:
        return emit(options, result)
    content = _content(form, run, chronicles, data, is_one=is_one).encode("utf-8", "backslashreplace")
    if output is None:
        pass_on(content, sys.stdout)
        return emit(options, result)
    write(output.absolute(), content)
    run.say(f"Written to '{output.absolute()}'.")
    if opens and click.launch(str(output.absolute())) != 0:
        run.warn("No browser could be started: open the file in one.")
    return emit(options, result)


def _content(form: Form, run: Run, chronicles: Sequence[Chronicle], data: ReportData, *, is_one: bool) -> str:
    words = page_words(run.config.incident.language)
    match form:
        case "html":
            return page(chronicles, words, is_one=is_one)
        case "json":
            return json_text(to_builtins(data)) + "\n"
        case "csv":
            return csv_text(chronicles)
        case "markdown":
            return markdown_text(chronicles, words.say)
        case "openmetrics":
            return openmetrics_text(chronicles)
