"""``git hotfix drill``: a whole hotfix rehearsed on a throwaway clone of this repository with a throwaway server.

What is copied is history, and the settings that say how a hotfix goes; nothing that leads back: no hook, no remote, no
credential, no consent, no command that deploys.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec import Struct

from git_hotfix import clock
from git_hotfix.cli.options import Command, options_of, trust_config
from git_hotfix.cli.output import Result, emit
from git_hotfix.cli.questions import answers_to
from git_hotfix.cli.session import open_run
from git_hotfix.cli.stage import stage
from git_hotfix.cli.terminal import table
from git_hotfix.commands.test_discovery import paths_for
from git_hotfix.engine.consent import lines, not_consented
from git_hotfix.engine.step import Progress, Question, Questions, State
from git_hotfix.errors import ExitCode, HotfixError, Problem, command, refused, shell_word
from git_hotfix.facts.deployments import trigger_in
from git_hotfix.git.consent import kept_consents
from git_hotfix.git.identity import identity
from git_hotfix.git.world import find_roles, target_tip

if TYPE_CHECKING:
    from collections.abc import Iterator

    from git_hotfix.cli.stage import Stage
    from git_hotfix.config.layers import Settings
    from git_hotfix.engine.run import Run
    from git_hotfix.git.world import Roles

_NAME, _SKIPPED = "drill", "The critical tests do not pass in this drill"
_CARRIED = re.compile(r"hotfix\.(?!deploy\.|remote\.|consent\.)|gitflow\.(branch|prefix)\.")
"""The settings of git's configuration that say how a hotfix goes, and lead to nothing."""
_COLOURS = re.compile(r"\x1b\[[\d;]*m")
_ERROR = re.compile(r"^error: (.+)$", re.MULTILINE)
_PLAIN = (".md", ".rst", ".txt", ".lock", ".json", ".csv", ".svg")
"""Endings of files that a fix seldom changes."""


class Plan(Struct, frozen=True):
    """What is rehearsed: which branches, with which configuration, and what deploys."""

    roles: Roles
    settings: Settings
    trigger: str
    deploy_command: str | None

    @property
    def conflicts_on(self) -> str:
        """The branch on which a colleague changes the same lines: a target, else production itself."""
        return self.roles.develop or next(iter(self.roles.lines), self.roles.production)


@click.command(cls=Command)
@click.option("--deploy-command", metavar="COMMAND", help="Run this, which must be harmless, as the deployment.")
@click.option("--keep", metavar="DIR", type=click.Path(path_type=Path), help="Leave clone and server in DIR.")
@trust_config
@click.pass_context
def drill(context: click.Context, *, deploy_command: str | None, keep: Path | None, trust: bool | None) -> int:
    """Rehearse a hotfix on a throwaway clone of this repository: publication, conflict, rollback; deploy nothing."""
    options = options_of(context)
    run = open_run(context, offline=True)
    plan = _planned(run, deploy_command)
    _ask_for_consent(run, plan, is_agreed=bool(trust), is_asked=options.interactive)
    with stage(options, "drill", keep, "clone") as there:
        _copy(there, run, plan)
        rehearsal = Rehearsal(there)
        _rehearse(rehearsal, run, plan)
    text = ["How long each step took:", *table([(each.step, each.evidence) for each in rehearsal.rows])]
    if keep is not None:
        text.append(f"It is all in '{there.root}': clone is the clone, origin.git the server.")
    text.append(
        "Hooks, signing, credentials and what the server forbids are not rehearsed: 'git hotfix doctor' looks at them."
    )
    found = rehearsal.found
    text.append("At 3 a.m. this would have gone wrong:" if found else "Nothing would have gone wrong at 3 a.m.")
    code = ExitCode.GAP if found else ExitCode.DONE
    return emit(options, Result("drill", exit_code=code, steps=rehearsal.rows, problems=found, text=text))


def _planned(run: Run, deploy_command: str | None) -> Plan:
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
    return Plan(roles, settings, trigger, deploy_command)


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
        pass  # 'doctor' says so
    for entry in run.git_config.entries:
        if _CARRIED.match(entry.key) and entry.file is None:
            yield entry.key, "true" if entry.value is None else entry.value
    yield "hotfix.branches.production", plan.roles.production
    yield from (
        ("hotfix.remote.name", "origin"),
        ("hotfix.remote.pullRequest", ""),
        ("hotfix.deploy.trigger", plan.trigger),
    )
    for name in ("command", "check", "rollback"):
        line = getattr(plan.settings.config.deploy, name)
        if name == "command" and plan.deploy_command:
            yield "hotfix.deploy.command", plan.deploy_command
        elif line:
            shown = f"not run in a drill: {line}".translate({ord("{"): "(", ord("}"): ")"})
            yield f"hotfix.deploy.{name}", f"echo {shell_word(shown)}"


class Rehearsal:
    """The commands that were played, how each ended, and what was not as it should be."""

    def __init__(self, there: Stage) -> None:
        self.there = there
        self.rows: list[Progress] = []
        self.found: list[Problem] = []

    def play(self, step: str, *words: str, expected: int = 0) -> int:
        """Play one command and return its exit code; another one than is expected is found to be wrong."""
        code, seconds, tail = self.there.play(*words)
        is_right = code == expected
        state = State.DONE if is_right else State.NOT_DONE
        self.rows.append(Progress(step, state, f"{seconds:.1f} s{'' if is_right else f', exit {code}'}"))
        if not is_right:
            said = _ERROR.findall(_COLOURS.sub("", tail))
            message = f"'{' '.join(words[:3])}' ended with exit {code}: {' '.join(said) or 'it gave no reason.'}"
            look = command("git", "hotfix", "drill", "--keep", "NEW-FOLDER")
            if message not in {each.message for each in self.found}:
                self.found.append(Problem(f"drill-{step.replace(' ', '-')}", message, look))
        return code

    def publish(self, step: str, *words: str, expected: int) -> int:
        """Play a command that runs the critical tests; where they do not pass, or nobody knows them, without them."""
        code = self.play(step, *words, expected=expected)
        if code not in {ExitCode.USAGE, ExitCode.TESTS} or "finish" not in words:
            return code
        return self.play(f"{step} without tests", *words, "--skip-tests", _SKIPPED, expected=expected)


def _rehearse(rehearsal: Rehearsal, run: Run, plan: Plan) -> None:
    """Play the hotfix; where a command does not do what it should, the next that a person would try."""
    there, play, hotfix = rehearsal.there, rehearsal.play, ("git", "hotfix")
    where = plan.conflicts_on
    there.tell(
        f"A copy of this repository, with a server of its own. A colleague will change the same lines on '{where}'.\n"
    )
    if play("start", *hotfix, "start", "Drill", "--slug", _NAME, "-y"):
        return
    file = _file_to_fix(there.clone, run, plan)
    there.tell(f"# the fix: a blank line at the end of {file}", fg="bright_black")
    _append(there.clone / file)
    play("fix", "git", "commit", "-qam", "A blank line")
    _let_colleague_change(there, file, where)
    is_held = where == plan.roles.production
    finish = (*hotfix, "finish", _NAME, "-y", "--verified-by", "Drill")
    waits = ExitCode.WAITING if is_held else ExitCode.UNFINISHED
    if rehearsal.publish("finish", *finish, expected=waits) not in {waits, ExitCode.DEPLOYMENT}:
        return
    _resolve(there, file)
    going_on = finish if is_held else (*hotfix, "backport", _NAME)
    if rehearsal.publish("resolved conflict", *going_on, "--continue", expected=0) not in {0, ExitCode.DEPLOYMENT}:
        return
    if plan.trigger == "manual":
        play("deploy", *hotfix, "deploy", _NAME, "--done")
    play("rollback", *hotfix, "rollback", _NAME, "-y", "--targets", "--reason", "It was a drill")
    if plan.trigger == "manual":
        play("deploy the rollback", *hotfix, "deploy", _NAME, "--done")
    play("cleanup", *hotfix, "cleanup", _NAME)


def _file_to_fix(clone: Path, run: Run, plan: Plan) -> str:
    """Return the file that was changed last of those that a fix may change, and that is the same on both branches.

    Best is one whose tests are known.
    """
    tip, other = (str(target_tip(run.world, each)) for each in (plan.roles.production, plan.conflicts_on))
    git, test = run.repository.git, plan.settings.config.test
    log = git.run("log", "-n", "500", "--no-merges", "--format=", "--name-only", "-z", tip).records
    others = frozenset(git.run("diff", "--name-only", "-z", tip, other).records)
    names = [name for name in dict.fromkeys(map(str.strip, log)) if _is_fit(clone / name)]
    names = [name for name in names if name not in others] or names
    code = [name for name in names if not name.startswith(".") and not name.endswith(_PLAIN)] or names
    tested = [name for name in code[:200] if paths_for([name], test.map, lambda path: (clone / path).exists())]
    found = next(iter((*tested, *code)), None)
    if found is None:
        raise refused("nothing-to-fix", "No text file was changed in the last 500 commits.", command("git", "log"))
    return found


def _is_fit(file: Path) -> bool:
    if file.is_symlink() or not file.is_file() or file.stat().st_size > 500_000:
        return False
    content = file.read_bytes()
    return content.endswith(b"\n") and not content.endswith(b"\n\n") and b"\0" not in content


def _append(file: Path) -> None:
    file.write_bytes(file.read_bytes().rstrip(b"\n") + b"\n\n")


def _let_colleague_change(there: Stage, file: str, branch: str) -> None:
    """Push a change of the last line from another clone: the line end at the end of the file goes."""
    colleague = there.root / "colleague"
    there.quiet(
        "git", "clone", "-q", "--template=", "-b", branch, str(there.server), str(colleague), directory=there.root
    )
    (colleague / file).parent.mkdir(parents=True, exist_ok=True)
    before = (colleague / file).read_bytes() if (colleague / file).is_file() else b"another file\n"
    (colleague / file).write_bytes(before.rstrip(b"\n"))
    there.quiet("git", "add", "-A", directory=colleague)
    there.quiet("git", "commit", "-q", "-m", "A colleague's change", directory=colleague)
    there.quiet("git", "push", "-q", "origin", "HEAD", directory=colleague)


def _resolve(there: Stage, file: str) -> None:
    """Resolve the conflict that waits as a person would: both changes, staged."""
    for folder in (there.clone / ".git/hotfix/conflicts").glob("*/*/"):
        there.tell(
            f"# resolved in {folder.relative_to(there.clone)}, with the fix's blank line; git add", fg="bright_black"
        )
        there.quiet("git", "checkout", "-q", "--ours", "--", ".", directory=folder)
        _append(folder / file)
        there.quiet("git", "add", "-A", directory=folder)
