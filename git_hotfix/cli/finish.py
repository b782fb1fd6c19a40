"""``git hotfix finish``: tests, merge, tag, one push, deployment, backports, the record."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from msgspec.structs import replace

from git_hotfix.cli.execution import alone, find, run_command
from git_hotfix.cli.options import (
    UntilDone,
    acting,
    by_request,
    conflict_options,
    misused,
    no_verify,
    once,
    sign,
    test_command,
    test_path,
    trust_config,
    yes,
)
from git_hotfix.cli.session import looking, open_run, request_of
from git_hotfix.errors import ExitCode, HotfixError, command
from git_hotfix.steps.bundle import Taken, leave_nothing, take_publication
from git_hotfix.steps.commands import ABORT, CLEANUP, FINISH, is_wholly_done
from git_hotfix.steps.conflicts import take_up_resolutions
from git_hotfix.steps.open_pull_request import tell_merged
from git_hotfix.steps.request import AbortRequest, FinishRequest

if TYPE_CHECKING:
    from git_hotfix.engine.loop import Command as Engine
    from git_hotfix.engine.run import Run
    from git_hotfix.errors import Problem
    from git_hotfix.facts.facts import Facts


_GITFLOW = {
    "-n": ("no tag", "--no-tag is that here, and a plan without effect is --dry-run", ("--no-tag",)),
    "-T": ("the tag's name", "--tag is that here", ("--tag",)),
    "-b": ("no back-merge", "--no-backport is that here", ("--no-backport",)),
    "-u": ("the key", "git's user.signingKey is that here", ("--sign",)),
    "-f": ("a file with the message", "-m is that here", ("-m", "TEXT")),
    "-S": ("squash", "here the branch is merged, so that what it brought can be seen, and reverted", ()),
    "-r": ("delete the branch there", "'git hotfix cleanup' does it once the fix is everywhere", ()),
    "-D": ("delete the branch by force", "'git hotfix cleanup' deletes it once the fix is everywhere", ()),
}
"""Options of git-flow's finish that mean something else here, or nothing: what each is there, and the answer."""


def _explained(context: click.Context, /, parameter: click.Parameter, value: object) -> None:
    if value:
        option = parameter.opts[0]
        theirs, answer, words = _GITFLOW[option]
        words += (str(value),) if option == "-T" else ()
        wrong = misused(f"git-flow's {option} ({theirs}): {answer}.", "finish", *words)
        if option == "-u":
            remedy = command("git", "-c", f"user.signingKey={value}", *wrong.problems[0].remedy.words[1:])
            wrong = HotfixError(replace(wrong.problems[0], remedy=remedy))
        raise wrong


def _gitflow_options(function: Any) -> Any:
    for name in _GITFLOW:
        takes: dict[str, Any] = {"metavar": "VALUE"} if name in {"-T", "-u", "-f"} else {"is_flag": True}
        hidden = click.option(name, f"gitflow_{name[1]}", hidden=True, expose_value=False, callback=_explained, **takes)
        function = hidden(function)
    return function


@acting
@click.option("-m", "--message", metavar="TEXT", help="Say what was fixed, for the merge's subject and the changelog.")
@click.option("--verified-by", metavar="NAME", help="Who has verified the fix by hand.")
@test_command
@test_path
@click.option("--skip-tests", metavar="REASON", help="Publish without the critical tests, recorded.")
@click.option("--large", metavar="REASON", help="Publish a fix beyond the limits of scope.mode.")
@click.option(
    *("--no-report", "report"),
    flag_value=False,
    default=None,
    help="Write no report of what git-flow, or a person, has begun.",
)
@click.option("--deploy/--no-deploy", default=None, help="Run deploy.command after publication.")
@click.option("--no-backport", "backport", flag_value=False, default=True, help="Leave the targets for later.")
@once("--no-push", "push", flag_value=False, default=True, help="Merge and tag here only, publish later.")
@by_request
@click.option(
    "--wait",
    cls=UntilDone,
    metavar="SECONDS",
    type=click.IntRange(min=1),
    help="Wait so long for the pull request to be merged.",
)
@click.option(
    "--bundle",
    metavar="FILE",
    type=click.Path(dir_okay=False, resolve_path=True, path_type=Path),
    help="Write what would be published into FILE, for somebody who may push.",
)
@click.option(
    "--from-bundle",
    cls=UntilDone,
    metavar="FILE",
    type=click.Path(dir_okay=False, resolve_path=True, path_type=Path),
    help="Publish what is in FILE, as it is.",
)
@once("--merged", metavar="COMMIT", help="Say that others merged the fix by this commit, which does not show it.")
@click.option("--tag", metavar="NAME", help="Name the tag.")
@click.option("--no-tag", "wants_tag", flag_value=False, default=True, help="Make no tag.")
@sign
@no_verify
@click.option("--stay", is_flag=True, help="Stay where you are, do not go back to where you were before.")
@conflict_options("what is not published: the conflict, what waits")
@click.option("-p", "-F", "-k", "gitflow", is_flag=True, help="git-flow's: accepted, finish does so anyway.")
@_gitflow_options
@trust_config
@yes
def finish(context: click.Context, /, *, continues: bool, abort: bool, **_: Any) -> int:
    """Finish a hotfix: test, merge into production, tag, push, deploy, backport, record.

    Interrupted, refused or half done by a colleague: the same command goes on from what the server has.
    """
    given = context.params
    _check_bundles(given, is_otherwise=bool(abort or given["by_request"] or given["merged"] or not given["push"]))
    bundle = given["from_bundle"]
    run = looking(context, open_run(context, without_settings=True), must_answer=True)
    taken: Taken | None = None
    if bundle is not None:
        with alone(run, "finish", dry_run=False):
            taken = take_publication(run, bundle)
        found = taken.hotfix
    else:
        found = find(context, run)
    if abort:
        return run_command(context, run, found, ABORT, request_of(context, run, AbortRequest))
    request = request_of(context, run, FinishRequest, goes_on=continues)

    def then(facts: Facts) -> Engine[Facts, Any] | None:
        return CLEANUP if facts.config.cleanup.auto and is_wholly_done(facts) else None

    def ahead() -> tuple[Problem, ...]:
        file = given["bundle"]
        if bundle is None and (into := str(file) if file is not None else None) != run.facts.memory.bundle:
            run.remember(lambda memory: replace(memory, bundle=into))
        if given["merged"] is not None:
            tell_merged(run, given["merged"])
        return take_up_resolutions(run) if continues else ()

    try:
        code = run_command(context, run, found, FINISH, request, before=ahead, then=then)
    except (HotfixError, KeyboardInterrupt):
        _leave_nothing(run, taken)  # a no, or a server that took nothing
        raise
    if code == ExitCode.DONE:
        _leave_nothing(run, taken)
    return code


def _check_bundles(given: dict[str, Any], *, is_otherwise: bool) -> None:
    bundle = given["from_bundle"]
    if bundle is not None and (is_otherwise or given["dry_run"] or given["bundle"] or given["hotfix"]):
        message = "--from-bundle names the hotfix, and is shown before it is published, in no other way."
        raise misused(message, "finish", "--from-bundle", "FILE")
    if bundle is not None and (given["verified_by"] or given["message"]):
        message = "What --from-bundle publishes is made already: --verified-by and -m are for whoever writes it."
        raise misused(message, "finish", "--from-bundle", bundle)
    if given["bundle"] is not None and is_otherwise:
        raise misused("--bundle publishes nothing, and gives nothing up.", "finish", "--bundle", "FILE")


def _leave_nothing(run: Run, taken: Taken | None) -> None:
    if taken is not None:
        with alone(run, "finish", dry_run=False):
            leave_nothing(run, taken)
