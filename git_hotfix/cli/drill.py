"""``git hotfix drill``: a whole hotfix rehearsed on a throwaway clone of this repository with a throwaway server.

What is copied is history, and the settings that say how a hotfix goes and is signed; nothing that leads back: no
remote, no credential, no consent, no command that deploys, and only when asked for the hooks.
"""

from __future__ import annotations

import os
import re
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec.structs import replace

from git_hotfix import clock
from git_hotfix.cli.options import Command, options_of, trust_config
from git_hotfix.cli.output import Result, emit
from git_hotfix.cli.questions import answers_to
from git_hotfix.cli.rehearsal import Plan, Rehearsal, rehearse
from git_hotfix.cli.session import open_run
from git_hotfix.cli.stage import stage
from git_hotfix.cli.terminal import rows_on_screen
from git_hotfix.engine.consent import lines, not_consented
from git_hotfix.engine.step import Question, Questions
from git_hotfix.errors import ExitCode, HotfixError, Problem, command, refused, shell_word
from git_hotfix.facts.deployments import trigger_in
from git_hotfix.git.commits import signing_problem
from git_hotfix.git.consent import kept_consents
from git_hotfix.git.hooks import hooks_here
from git_hotfix.git.identity import identity
from git_hotfix.git.objects import EMPTY_TREE
from git_hotfix.git.world import find_roles, target_tip

if TYPE_CHECKING:
    from collections.abc import Iterator

    from git_hotfix.cli.stage import Stage
    from git_hotfix.engine.run import Run

_CARRIED = re.compile(r"hotfix\.(?!deploy\.|remote\.|consent\.)|gitflow\.(branch|prefix)\.")
"""The settings of git's configuration that say how a hotfix goes, and lead to nothing."""
_SIGNING = re.compile(r"(commit|tag)\.gpgsign$|tag\.forcesignannotated$|user\.signingkey$|gpg\.")
"""Those by which commits and tags are signed."""


@click.command(cls=Command)
@click.option("--deploy-command", metavar="COMMAND", help="Run this, which must be harmless, as the deployment.")
@click.option("--keep", metavar="DIR", type=click.Path(path_type=Path), help="Leave clone and server in DIR.")
@click.option("--hooks", is_flag=True, help="Run the hooks of this repository too: they may reach a real server.")
@click.option("--issue", metavar="REF", help="The ticket that your rule for messages wants.")
@trust_config
@click.pass_context
def drill(
    context: click.Context,
    *,
    deploy_command: str | None,
    keep: Path | None,
    hooks: bool,
    issue: str | None,
    trust: bool | None,
) -> int:
    """Rehearse a hotfix on a throwaway clone of this repository: publication, conflict, rollback; deploy nothing."""
    options = options_of(context)
    with _as_gaps():
        run = open_run(context, offline=True)
        plan = _planned(run, deploy_command, issue, hooks=hooks)
    _ask_for_consent(run, plan, is_agreed=bool(trust), is_asked=options.interactive)
    with stage(options, "drill", keep, "clone") as there, _as_gaps():
        _copy(there, run, plan)
        rehearsal = Rehearsal(there, plan)
        rehearsal.found += unknown_author(run)
        left = [*take_over_hooks(there, run, plan), *take_over_signing(there, run, rehearsal)]
        rehearse(rehearsal, run, plan)
    text = ["How long each step took:", *rows_on_screen([(each.step, each.evidence) for each in rehearsal.rows])]
    if keep is not None:
        text.append(f"It is all in '{there.root}': clone is the clone, origin.git the server.")
    notes = tuple(f"Not rehearsed: {each}." for each in left)
    text += notes
    text.append("The server, credentials and what it forbids are not rehearsed: 'git hotfix doctor' looks at them.")
    found = rehearsal.found
    text.append("At 3 a.m. this would have gone wrong:" if found else "Nothing would have gone wrong at 3 a.m.")
    code = ExitCode.GAP if found else ExitCode.DONE
    more = {"notes": notes} if notes else {}
    return emit(options, Result("drill", exit_code=code, steps=rehearsal.rows, problems=found, text=text, more=more))


@contextmanager
def _as_gaps() -> Iterator[None]:
    """Let what holds a rehearsal up be what would hold a hotfix up."""
    try:
        yield
    except HotfixError as error:
        raise HotfixError(*(replace(each, exit_code=ExitCode.GAP) for each in error.problems)) from error


def unknown_author(run: Run) -> tuple[Problem, ...]:
    """Return that git does not know who commits: the copy knows somebody."""
    try:
        identity(run.repository.git)
    except HotfixError as error:
        return error.problems
    return ()


def _planned(run: Run, deploy_command: str | None, issue: str | None, *, hooks: bool) -> Plan:
    """Find out what would be done here; no server is asked, and nothing is fetched."""
    if run.repository.is_shallow or run.repository.is_partial:
        message = "This clone does not have the whole history, so neither would its copy."
        raise refused("history-cut", message, command("git", "clone", "URL", "NEW-FOLDER"))
    run.look_at_server(must_answer=False, fetches=False)
    roles = find_roles(run.repository, run.world, run.config, at=clock.now())
    tip = target_tip(run.world, roles.production)
    settings = run.settings_at(tip)
    if settings.problems:
        raise HotfixError(*settings.problems)
    trigger = "command" if deploy_command else trigger_in(run.repository, settings.config.deploy, tip)
    return Plan(roles, settings, trigger, deploy_command, hooks, issue)


def _ask_for_consent(run: Run, plan: Plan, *, is_agreed: bool, is_asked: bool) -> None:
    """Let a person say yes to the critical tests, if they come with the repository; it counts for this drill."""
    tests = plan.settings.command("test.command")
    is_trusted = is_agreed or run.repository.git.environment.get("HOTFIX_TRUST_CONFIG") == "1"
    if tests is None or tests.is_personal or is_trusted:
        return
    if tests.fingerprint in kept_consents(run.repository.git):
        return
    question = Question("trust", "--trust-config", "Run this command in the drill?", "confirm", default="no")
    if not is_asked or not answers_to(Questions((question,), tuple(lines([tests], []))))["trust"]:
        raise HotfixError(not_consented([tests]))


def _copy(there: Stage, run: Run, plan: Plan) -> None:
    """Make the server, with the branches that ours was last seen to have, and a clone of it."""
    world, source, root = run.world, str(run.repository.common_dir), there.root
    heads = f"refs/remotes/{world.remote.name}" if world.remote is not None else "refs/heads"
    there.quiet(
        "git", "init", "-q", "--bare", "--template=", "-b", plan.roles.production, str(there.server), directory=root
    )
    for key, value in _settings(run, plan):
        there.quiet("git", "config", "--global", "--add", key, value, directory=root)
    specs = (f"+{heads}/*:refs/heads/*", "+refs/tags/*:refs/tags/*", f"^{heads}/HEAD")
    there.quiet("git", "fetch", "-q", "--no-auto-maintenance", source, *specs, directory=there.server)
    there.quiet("git", "clone", "-q", "--template=", str(there.server), str(there.clone), directory=root)


def _settings(run: Run, plan: Plan) -> Iterator[tuple[str, str]]:
    """Return the configuration of the copy: what a person here has set, and nothing that leads anywhere else."""
    yield "safe.directory", "*"  # whoever owns this repository: git has trusted it
    yield "gc.auto", "0"
    try:
        who = identity(run.repository.git).author
        yield from (("user.name", who.name), ("user.email", who.email))
    except HotfixError:
        pass  # it is told in the end
    for entry in run.git_config.entries:
        if _CARRIED.match(entry.key) and entry.file is None:
            yield entry.key, "true" if entry.value is None else entry.value
    yield "hotfix.branches.production", plan.roles.production
    yield from (
        ("hotfix.remote.name", "origin"),
        ("hotfix.deploy.trigger", plan.trigger),
    )
    yield from (("hotfix.remote.pullRequest", each) for each in plan.asks_for or ("",))
    for name in ("command", "check", "rollback"):
        line = getattr(plan.settings.config.deploy, name)
        if name == "command" and plan.deploy_command:
            yield "hotfix.deploy.command", plan.deploy_command
        elif line:
            shown = f"not run in a drill: {line}".translate({ord("{"): "(", ord("}"): ")"})
            yield f"hotfix.deploy.{name}", f"echo {shell_word(shown)}"


def take_over_hooks(there: Stage, run: Run, plan: Plan) -> Iterator[str]:
    """Let the clone run the hooks that are here, in their own folders, if that is asked for; else say which are not."""
    found = hooks_here(run.repository)
    if not plan.hooks:
        names = sorted({name for names in found.values() for name in names})
        if names:
            yield f"the hooks {', '.join(names)} (--hooks runs them, and they may reach a real server)"
        return
    for key, folder in found:
        there.quiet("git", "config", key, str(folder))


def take_over_signing(there: Stage, run: Run, rehearsal: Rehearsal) -> Iterator[str]:
    """Let the clone sign as commits and tags are signed here; where that fails in the clone alone, say so.

    A phrase that has to be typed cannot be: what is played does not have the terminal.
    """
    habits, config = run.repository.habits, run.git_config
    if not (habits.signs_commits or habits.signs_tags):
        return
    for entry in config.entries:
        if _SIGNING.match(entry.key) and entry.file is None:
            there.quiet("git", "config", entry.key, "true" if entry.value is None else entry.value)
    if config.last("gpg.format") == "ssh" and (agent := os.environ.get("SSH_AUTH_SOCK")) is not None:
        there.environment["SSH_AUTH_SOCK"] = agent
    why = there.failure("git", "commit-tree", "-S", "-m", "can it be signed?", EMPTY_TREE)
    if why is None:
        return
    for key in ("commit.gpgSign", "tag.gpgSign", "tag.forceSignAnnotated"):
        there.quiet("git", "config", key, "false")
    if (problem := signing_problem(run.repository)) is not None:
        rehearsal.found.append(problem)
    yield f"signing, which fails here without a terminal ({why})"
