"""``git hotfix document``: write the part of the record that is missing, or show what would be written."""

from __future__ import annotations

import click

from git_hotfix.cli.options import Command, hotfix_argument, options_of
from git_hotfix.cli.output import Result, emit
from git_hotfix.cli.wiring import default_request, judge_published, looking, open_session, run_hotfix
from git_hotfix.errors import wrong_input
from git_hotfix.workflow.document import DocumentRequest, changes_to_come, plan_document


@click.command(cls=Command)
@hotfix_argument
@click.option("--push", "publish", is_flag=True, help="Publish a record that is held because a push deploys.")
@click.option("--disclose", is_flag=True, help="Make a restricted hotfix public: report, changelog, backlog.")
@click.option("--cve", metavar="ID", help="With --disclose: the CVE that it got meanwhile.")
@click.option("-s", "--sign", is_flag=True, help="Sign the commit.")
@click.option("--no-verify", "hooks", flag_value=False, default=True, help="Run no pre-push hook.")
@click.option("-n", "--dry-run", is_flag=True, help="Print what would be changed, as a diff; change nothing.")
@click.pass_context
def document(
    context: click.Context,
    hotfix: str | None,
    *,
    publish: bool,
    disclose: bool,
    cve: str | None,
    sign: bool,
    hooks: bool,
    dry_run: bool,
) -> int:
    """Write what is missing of the record of a published hotfix: report, changelog, backlog.

    It says only what is true already, in one commit on develop (on production where there is no develop).
    """
    if cve is not None and not disclose:
        raise wrong_input("usage", "--cve goes with --disclose.", "git hotfix document --disclose --cve ID")
    session = open_session(context)
    if publish:
        session.override("documents.publish", "push")
    looking(context, session, must_answer=True)
    said = default_request(context, session, sign=sign)
    request = DocumentRequest(disclose=disclose, cve=cve, sign=said["sign"], hooks=hooks)
    found = session.find(hotfix)
    if dry_run:
        facts = session.facts(found)
        lines = changes_to_come(facts, request)
        text = list(lines) or [f"{found}: nothing is left to write."]
        result = Result("document", str(found), outcome="planned", text=text, more={"diff": list(lines)})
        return emit(options_of(context), result)
    return run_hotfix(
        context,
        "document",
        session,
        found,
        lambda facts, tried: plan_document(facts, request, tried),
        dry_run=False,
        judge=judge_published(session, deploy=False),
    )
