"""``git hotfix doctor``: whether everything is here that a hotfix will need, and what mends what is not.

Nothing is changed, here or on the server, and no command of the repository's files is run.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING
from uuid import uuid4

import click

from git_hotfix import __version__, clock
from git_hotfix.cli.config import detected
from git_hotfix.cli.help import manual_place
from git_hotfix.cli.options import Command, options_of
from git_hotfix.cli.output import Result, emit
from git_hotfix.cli.session import open_run
from git_hotfix.cli.terminal import rows_on_screen
from git_hotfix.commands.forge_tools import TOOLS, ForgeTool, ToolFailed
from git_hotfix.commands.process import check_program
from git_hotfix.engine.lock import is_at_work, was_killed
from git_hotfix.engine.run import Run
from git_hotfix.engine.step import Progress, State
from git_hotfix.errors import ExitCode, HotfixError, Problem, command, refused
from git_hotfix.escapes import visible
from git_hotfix.facts.deployments import trigger_in
from git_hotfix.facts.pull_requests import takes_requests_only
from git_hotfix.git.checkout import index_lock
from git_hotfix.git.commits import signing_problem
from git_hotfix.git.conflict_state import conflict_places
from git_hotfix.git.consent import CONSENT_KEY, kept_consents
from git_hotfix.git.forges import forge_at
from git_hotfix.git.identity import identity
from git_hotfix.git.journal import interrupted
from git_hotfix.git.objects import has_object
from git_hotfix.git.program import here
from git_hotfix.git.remote import rehearse_push
from git_hotfix.git.repository import check_git_version, libgit2_version, open_repository
from git_hotfix.git.world import find_production, find_roles, target_tip
from git_hotfix.hotfix import branch_ref

if TYPE_CHECKING:
    from collections.abc import Callable

    from git_hotfix.config.layers import Settings, TeamCommand
    from git_hotfix.git.remote_names import Remote
    from git_hotfix.hotfix import Oid

_DEPLOYING = ("deploy.command", "deploy.check", "deploy.rollback")
_COMMANDS = ("test.command", "worktree.setup", *_DEPLOYING)


class Unseen(Exception):  # what is the case, like the other names here
    """What cannot be looked at: no fault, and no all-clear either."""


class Examination:
    """What was looked at so far, and what is to be mended."""

    def __init__(self) -> None:
        self.rows: list[Progress] = []
        self.problems: list[Problem] = []

    def look(self, what: str, check: Callable[[], str]) -> bool:
        """Look at one thing: ``check`` returns what it saw, or raises what is wrong; return whether it is well."""
        try:
            self.rows.append(Progress(what, State.DONE, check()))
        except Unseen as unseen:
            self.rows.append(Progress(what, State.UNKNOWN, str(unseen)))
        except HotfixError as error:
            self.rows.append(Progress(what, State.NOT_DONE, error.problems[0].message))
            self.problems += error.problems
            return False
        return True


@click.command(cls=Command)
@click.pass_context
def doctor(context: click.Context) -> int:
    """Look whether everything is here that a hotfix will need; change nothing."""
    seen = Examination()
    seen.look("git", _git)
    seen.look("program", lambda: f"git-hotfix {__version__}, {libgit2_version()}, Python {sys.version.split(' ')[0]}")
    seen.look("manual", _manual)
    opened = list[Run]()
    if seen.look("repository", _repository):
        seen.look("configuration", lambda: _settings(context, opened))
    for run in opened:
        _look_at_repository(seen, run)
    marks = {State.DONE: "ok", State.UNKNOWN: "?", State.NOT_DONE: "wrong"}
    rows = [
        (marks[each.state], each.step, "see below" if each.state is State.NOT_DONE else each.evidence)
        for each in seen.rows
    ]
    code = ExitCode.GAP if seen.problems else ExitCode.DONE
    result = Result("doctor", exit_code=code, steps=seen.rows, problems=seen.problems, text=rows_on_screen(rows))
    return emit(options_of(context), result)


def _repository() -> str:
    found = open_repository(here())
    _ = found.handle  # a format that libgit2 cannot read is refused
    return str(found.top or found.common_dir)


def _look_at_repository(seen: Examination, run: Run) -> None:
    seen.look("identity", lambda: identity(run.repository.git).author.shown_name)
    seen.look("signing", lambda: _signing(run))
    answers = seen.look("server", lambda: _server(run))
    if not answers and not _is_seen_here(run):
        return
    if seen.look("branches", lambda: _branches(run)):
        remote, settings = run.world.remote, run.settings_at(_production_tip(run))
        if answers and remote is not None:
            seen.look("right to push", lambda: _push(run, remote))
            seen.look("protection", lambda: _protection(run, remote))
        if set(settings.wrong) - set(seen.problems):
            seen.look("production's settings", lambda: _configuration(settings, *seen.problems))
        seen.look("tests", lambda: _tests(run, settings))
        seen.look("deployment", lambda: _deployment(run, settings))
        seen.look("consent", lambda: _consent(run, settings))
    seen.look("leftovers", lambda: _leftovers(run))


def _git() -> str:
    git = here()
    check_git_version(git)
    return git.run("version").text


def _manual() -> str:
    place = manual_place()
    if place is None:
        message = "'git hotfix --help' finds no page of the manual; 'git hotfix help' shows it."
        raise refused("manual-not-found", message, command("git", "hotfix", "help", "--link"))
    return str(place)


def _settings(context: click.Context, opened: list[Run]) -> str:
    opened.append(open_run(context, without_settings=True))
    return _configuration(opened[0].settings)


def _configuration(settings: Settings, *told: Problem) -> str:
    if wrong := [each for each in settings.wrong if each not in told]:
        raise HotfixError(*wrong)
    origins = dict.fromkeys(each.partition(":")[0] for each in settings.origins.values() if each != "default")
    return ", ".join(origins) or "nothing is set: what is detected counts"


def _signing(run: Run) -> str:
    habits = run.repository.habits
    if (problem := signing_problem(run.repository)) is not None:
        raise HotfixError(problem)
    signed = [what for what, signs in (("commits", habits.signs_commits), ("tags", habits.signs_tags)) if signs]
    return f"{' and '.join(signed)} can be signed" if signed else "nothing is signed (commit.gpgSign, tag.gpgSign)"


def _server(run: Run) -> str:
    run.look_at_server(must_answer=True, fetches=False)
    if run.world.remote is None or run.world.server is None:
        return "there is no remote: a hotfix is published here only"
    return f"'{run.world.remote.name}' answers, with {len(run.world.server.refs)} refs"


def _is_seen_here(run: Run) -> bool:
    """Look at what was last fetched; return whether that can be: what forbids it was told of the server."""
    run.offline = True
    try:
        run.look_at_server(must_answer=False, fetches=False)
    except HotfixError:
        return False
    return True


def _branches(run: Run) -> str:
    roles = find_roles(run.repository, run.world, run.config, at=clock.now())
    guessed = " (a guess: git config hotfix.branches.production)" if roles.guessed else ""
    targets = ", ".join(f"'{each}'" for each in (roles.develop, *roles.lines) if each)
    return f"production '{run.world.shown(roles.production)}'{guessed}; targets: {targets or 'none'}"


def _production_tip(run: Run) -> Oid | None:
    """Return production's tip; where the server's is not here, the one that was last fetched."""
    production, remote = find_production(run.world, run.config)[0], run.world.remote
    tip = target_tip(run.world, production)
    is_here = remote is None or tip is None or has_object(run.repository, tip)
    return tip if is_here or remote is None else run.world.local.get(remote.tracking(production))


def _push(run: Run, remote: Remote) -> str:
    """Push production to a branch that is not there, as a dry run: who may not push is told so before anything is."""
    tip = _production_tip(run)
    if tip is None:
        raise Unseen("no commit of the server's is here (git fetch)")
    answer = rehearse_push(run.repository.git, remote, tip, branch_ref(f"{run.config.branches.prefix}{uuid4()}"))
    if "does not support --atomic" in answer.reason:
        raise Unseen(f"'{remote.name}' takes no atomic push: merge and tag may arrive one after the other")
    if answer.code != 0:
        message = f"'{remote.name}' lets nobody push from here: {answer.why}"
        raise HotfixError(Problem("push-refused", message, command("git", "push", "--dry-run"), ExitCode.SERVER))
    return f"'{remote.name}' takes an atomic push from here (a dry run)"


def _protection(run: Run, remote: Remote) -> str:
    production = find_production(run.world, run.config)[0]
    if takes_requests_only(run.config, production):
        return f"'{production}' is changed by request (remote.pull_request)"
    forge = forge_at(run.repository.git, remote, run.config.remote.forge)
    if forge is None or forge.kind not in TOOLS:
        raise Unseen(f"no dry run sees a hook there that refuses '{production}' (if one does: remote.pull_request)")
    try:
        tool = ForgeTool(forge, remote.name, run.repository.git.directory, run.repository.git.environment)
        is_protected = tool.is_protected(production)
    except ToolFailed as failed:
        raise Unseen(f"whether '{production}' is protected is not known: {failed}") from failed
    if is_protected:
        message = f"'{production}' is protected on the server, and would be pushed to."
        remedy = command("git", "config", "--add", "hotfix.remote.pullRequest", production)
        raise refused("protected", message, remedy)
    return f"'{production}' is not protected on the server"


def _tests(run: Run, settings: Settings) -> str:
    tests = settings.command("test.command")
    found = detected(run).get("test.command") if tests is None else None
    if tests is not None:
        _check(run, tests)
        return f"'{visible(tests.line)}' ({tests.origin})"
    if found is not None:
        return f"'{found}' is proposed when it comes to it"
    if settings.is_in_doubt("test."):
        raise Unseen("not known while the configuration is broken")
    message = "Nobody knows which tests are critical."
    raise refused("tests-unknown", message, command("git", "config", "hotfix.test.command", "COMMAND"))


def _check(run: Run, each: TeamCommand) -> None:
    """Refuse a command that could not be started."""
    check_program(each.line, each.key, run.repository.top or run.repository.git.directory, f" in {each.origin}")


def _deployment(run: Run, settings: Settings) -> str:
    trigger = trigger_in(run.repository, settings.config.deploy, _production_tip(run))
    for each in filter(None, map(settings.command, _DEPLOYING)):
        _check(run, each)
    line = settings.config.deploy.command
    if line is None and settings.is_in_doubt("deploy."):
        raise Unseen("not known while the configuration is broken")
    says = {
        "command": f"'{visible(line or '')}'",
        "push": "the push to production deploys",
        "manual": f"a person deploys, as in '{settings.config.deploy.guide}'",
        "none": "nothing deploys: publication is the end",
    }
    return says[trigger]


def _consent(run: Run, settings: Settings) -> str:
    wanted = [each for each in map(settings.command, _COMMANDS) if each is not None and not each.is_personal]
    known = kept_consents(run.repository.git)
    new = [each for each in wanted if each.fingerprint not in known]
    if new and os.environ.get("HOTFIX_TRUST_CONFIG") != "1":
        raise HotfixError(
            *(
                Problem(
                    "consent-missing",
                    f"Nobody here has said yes to '{visible(each.line)}' ({each.key} in {each.origin}) yet.",
                    command("git", "config", "--local", "--add", CONSENT_KEY, each.fingerprint),
                )
                for each in new
            )
        )
    return f"given to all {len(wanted)} commands of the repository's files" if wanted else "no file has a command"


def _leftovers(run: Run) -> str:
    common_dir = run.repository.common_dir
    if is_at_work(common_dir):
        return "another git hotfix is at work here"
    waiting = [f"'{folder}'" for folder in conflict_places(common_dir)]
    left = [f"a conflict that waits in {each}" for each in waiting]
    if was_killed(common_dir) or interrupted(common_dir) is not None:
        left += ["what a killed run has left: the next command that changes something ends it"]
    if left:
        raise Unseen("; ".join(left))
    if (locked := index_lock(run.repository.git)) is not None:
        raise HotfixError(locked)
    return "none"
