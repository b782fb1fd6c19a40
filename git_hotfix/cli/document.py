"""``git hotfix document``: write the part of the record that is missing, or show what would be written."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any

import click
from msgspec.structs import replace

from git_hotfix.cli.execution import run_command
from git_hotfix.cli.options import Command, by_request, hotfix_argument, misused, no_verify, options_of, sign
from git_hotfix.cli.output import Result, emit
from git_hotfix.cli.session import looking, open_run, request_of
from git_hotfix.errors import HotfixError, command, refused, wrong_input
from git_hotfix.facts.reports import report_in_the_way
from git_hotfix.git import trees
from git_hotfix.private_report import restricted_hotfixes
from git_hotfix.record.incident import Visibility
from git_hotfix.steps.commands import DOCUMENT
from git_hotfix.steps.keep_report import BeginReport, disclosed
from git_hotfix.steps.request import DocumentRequest

if TYPE_CHECKING:
    from git_hotfix.engine.run import Run
    from git_hotfix.facts.facts import Facts
    from git_hotfix.hotfix import HotfixId


@click.command(cls=Command)
@hotfix_argument
@click.option("--push", "publish", is_flag=True, help="Publish a record that is held because a push deploys.")
@click.option("--disclose", is_flag=True, help="Make a restricted hotfix public: report, changelog, backlog.")
@click.option("--cve", metavar="ID", help="With --disclose: the CVE that it got meanwhile.")
@by_request
@sign
@no_verify
@click.option("-n", "--dry-run", is_flag=True, help="Print what would be changed, as a diff; change nothing.")
@click.pass_context
def document(
    context: click.Context,
    /,
    hotfix: str | None,
    *,
    publish: bool,
    disclose: bool,
    cve: str | None,
    dry_run: bool,
    **_: Any,
) -> int:
    """Write what is missing of the record of a published hotfix: report, changelog, backlog.

    It says only what is true already, in one commit on develop (on production where there is no develop).
    """
    if cve is not None and not disclose:
        raise misused("--cve goes with --disclose.", "document", "--disclose", "--cve", "ID")
    run = open_run(context)
    if publish:
        run.override("documents.publish", "push")
    looking(context, run, must_answer=True)
    request = request_of(context, run, DocumentRequest, deploy=False)
    found = undisclosed(run) if disclose and hotfix is None else _find(run, hotfix)
    if dry_run:
        lines = changes_to_come(run.look(found), request)
        text = list(lines) or [f"{found}: nothing is left to write."]
        result = Result("document", str(found), outcome="planned", text=text, more={"diff": lines})
        return emit(options_of(context), result)
    return run_command(context, run, found, DOCUMENT, request)


def _find(run: Run, name: str | None) -> HotfixId:
    """Return the hotfix that is meant; where none is open, the refusal leads to the one that was published last."""
    try:
        return run.find(name)
    except HotfixError as error:
        if error.problems[0].code != "no-hotfix":
            raise
        newest = run.find(None, or_newest=True)
        message = f"There is no open hotfix; '{newest}' was published last."
        raise refused("no-hotfix", message, command("git", "hotfix", "document", newest)) from error


def undisclosed(run: Run) -> HotfixId:
    """Return the hotfix that is disclosed without being named: the one whose report is kept here, branch or not."""
    kept, prefix = restricted_hotfixes(run.repository.common_dir), run.config.branches.prefix
    here = [each for each in kept if each.branch(prefix) == run.world.head.branch]
    if not kept or len(kept) == 1 or here:
        return (here or kept or (run.find(None),))[0]
    listed = ", ".join(f"'{each}'" for each in kept)
    message = f"Several restricted reports are kept here: {listed}."
    raise wrong_input("ambiguous-hotfix", message, command("git", "hotfix", "list"))


def changes_to_come(facts: Facts, request: DocumentRequest) -> tuple[str, ...]:
    """Return the unified diff of the record's files as ``document`` would write them, line by line."""
    if request.disclose and facts.is_restricted and facts.private is not None and facts.report is not None:
        public = replace(facts.report, visibility=Visibility.PUBLIC)
        facts = facts.having(private=disclosed(facts, request), report=public, is_restricted=False)
    if BeginReport.due(facts, request) is not None:
        facts = facts.having(memory=replace(facts.memory, wants_report=True))
    if facts.is_kept and (foreign := report_in_the_way(facts)) is not None:
        raise HotfixError(foreign)
    tip = facts.record_tip
    if tip is None or facts.record is None:
        return ()
    lines: list[str] = []
    for path, content in sorted(facts.record.files.items()):
        before = trees.read_file(facts.repository, tip, path)
        old = f"a/{path}" if before is not None else "/dev/null"
        lines += difflib.unified_diff(_lines(before or b""), _lines(content), old, f"b/{path}", lineterm="")
    return tuple(lines)


def _lines(content: bytes) -> list[str]:
    """Return the lines of a file as a diff shows them; only a line feed ends one."""
    lines = content.decode("utf-8", "replace").split("\n")
    return lines[:-1] if lines[-1] == "" else [*lines[:-1], f"{lines[-1]}\n\\ No newline at end of file"]
