"""What a drill plays: a hotfix, a colleague's conflicting change, requests that others merge, a rollback."""

from __future__ import annotations

import os
import re
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from msgspec import Struct

from git_hotfix.commands.test_discovery import paths_for
from git_hotfix.engine.step import Progress, State
from git_hotfix.errors import ExitCode, Problem, command, refused
from git_hotfix.facts.pull_requests import takes_requests_only
from git_hotfix.git.world import target_tip

if TYPE_CHECKING:
    from git_hotfix.cli.stage import Stage
    from git_hotfix.config.layers import Settings
    from git_hotfix.engine.run import Run
    from git_hotfix.git.world import Roles

_SKIPPED = "The critical tests do not pass in this drill"
_COLOURS = re.compile(r"\x1b\[[\d;]*m")
_ERROR = re.compile(r"^error: (.+)$", re.MULTILINE)
_PLAIN = (".md", ".rst", ".txt", ".lock", ".json", ".csv", ".svg")
"""Endings of files that a fix seldom changes."""
_MOST_REQUESTS = 5
"""So many times a command is played again because what it had asked for was merged."""


class Plan(Struct, frozen=True):
    """What is rehearsed: which branches, with which configuration, and what deploys."""

    roles: Roles
    settings: Settings
    trigger: str
    deploy_command: str | None
    hooks: bool
    """Whether the hooks of this repository run."""
    issue: str | None

    @property
    def conflicts_on(self) -> str:
        """The branch on which a colleague changes the same lines: a target, else production itself."""
        return self.roles.develop or next(iter(self.roles.lines), self.roles.production)

    @property
    def asks_for(self) -> tuple[str, ...]:
        """The branches that are changed by request only (wildcards)."""
        return self.settings.config.remote.pull_request


class Rehearsal:
    """The commands that were played, how each ended, and what was not as it should be."""

    def __init__(self, there: Stage, plan: Plan | None = None) -> None:
        self.there = there
        self.plan = plan
        self.branch = ""
        """The hotfix branch, once it is begun."""
        self.rows: list[Progress] = []
        self.found: list[Problem] = []

    def play(self, step: str, *words: str, expected: int = 0) -> int:
        """Play a command and return its exit code; another one than is expected is found to be wrong.

        What it asks for by request a colleague merges, and it is played again, as a person would.
        """
        code, seconds, tail = self.there.play(*words)
        again = tuple(word for word in words if word != "--continue")
        for _ in range(_MOST_REQUESTS):
            if code not in {ExitCode.WAITING, ExitCode.UNFINISHED} or not self._merge_requests():
                break
            self.rows.append(Progress(step, State.DONE, f"{seconds:.1f} s, asked for by request"))
            step = f"{step.removesuffix(', merged')}, merged"
            code, seconds, tail = self.there.play(*again)
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

    def _merge_requests(self) -> bool:
        """Let a colleague merge what waits in request branches; return whether there was something."""
        if self.plan is None or not self.plan.asks_for or not self.branch:
            return False
        there, ref = self.there, f"refs/remotes/origin/{self.branch}"
        git, colleague = ("git", "-c", "commit.gpgSign=false"), there.root / "colleague"
        there.quiet(*git, "fetch", "-q", "origin", directory=colleague)
        patterns = (ref, f"{ref}-to-*", f"{ref}-to-*/*")
        found = there.quiet(*git, "for-each-ref", "--format=%(refname:lstrip=3)", *patterns, directory=colleague)
        merged = False
        for head in found.split():
            to = head.removeprefix(self.branch).removeprefix("-to-") or self.plan.roles.production
            is_news = there.quiet(*git, "rev-list", "-n1", f"origin/{to}..origin/{head}", directory=colleague)
            if is_news and takes_requests_only(self.plan.settings.config, to):
                there.tell(f"# a colleague merges the request from {head} into {to}", fg="bright_black")
                there.quiet(*git, "checkout", "-q", "-B", to, f"origin/{to}", directory=colleague)
                there.quiet(*git, "merge", "-q", "--no-ff", "-m", "Merge", f"origin/{head}", directory=colleague)
                there.quiet(*git, "push", "-q", "origin", to, directory=colleague)
                merged = True
        return merged


def rehearse(rehearsal: Rehearsal, run: Run, plan: Plan) -> None:
    """Play the hotfix; where a command does not do what it should, the next that a person would try."""
    there, play, hotfix = rehearsal.there, rehearsal.play, ("git", "hotfix")
    where = plan.conflicts_on
    there.tell(
        f"A copy of this repository, with a server of its own. A colleague will change the same lines on '{where}'.\n"
    )
    issue = ("--issue", plan.issue) if plan.issue else ()
    if play("start", *hotfix, "start", "Drill", "--slug", "drill", "-y", *issue):
        return
    rehearsal.branch = there.quiet("git", "branch", "--show-current").strip()
    name = rehearsal.branch.removeprefix(plan.settings.config.branches.prefix)  # git-flow's filter may have its own
    file = _file_to_fix(there.clone, run, plan)
    there.tell(f"# the fix: a blank line at the end of {file}", fg="bright_black")
    _append(there.clone / file)
    message = f"{plan.issue}: a blank line" if plan.issue else "A blank line"
    if play("fix", "git", "commit", "-qam", message):
        play("fix without hooks", "git", "commit", "-qam", message, "--no-verify")
    _let_colleague_change(there, file, where)
    is_held = where == plan.roles.production
    finish = (*hotfix, "finish", name, "-y", "--verified-by", "Drill")
    waits = ExitCode.WAITING if is_held else ExitCode.UNFINISHED
    if rehearsal.publish("finish", *finish, expected=waits) not in {waits, ExitCode.DEPLOYMENT}:
        return
    _resolve(there, file)
    going_on = finish if is_held else (*hotfix, "backport", name)
    if rehearsal.publish("resolved conflict", *going_on, "--continue", expected=0) not in {0, ExitCode.DEPLOYMENT}:
        return
    if plan.trigger == "manual":
        play("deploy", *hotfix, "deploy", name, "--done")
    play("rollback", *hotfix, "rollback", name, "-y", "--targets", "--reason", "It was a drill")
    if plan.trigger == "manual":
        play("deploy the rollback", *hotfix, "deploy", name, "--done")
    play("cleanup", *hotfix, "cleanup", name)


def _file_to_fix(clone: Path, run: Run, plan: Plan) -> str:
    """Return the file that was changed last of those that a fix may change, and that is the same on both branches.

    Best is one whose tests are known.
    """
    tip, other = (str(target_tip(run.world, each)) for each in (plan.roles.production, plan.conflicts_on))
    git, test = run.repository.git, plan.settings.config.test
    log = git.run("log", "-n", "500", "--no-merges", "--format=", "--name-only", "-z", tip).records
    others = frozenset(git.run("diff", "--name-only", "-z", tip, other).records)
    names = [name for name in dict.fromkeys(map(str.strip, log)) if _is_fit(clone, name)]
    names = [name for name in names if others.isdisjoint(map(str, PurePath(name).parents))]  # no folder there
    names = [name for name in names if name not in others] or names
    code = [name for name in names if not name.startswith(".") and not name.endswith(_PLAIN)] or names
    tested = [name for name in code[:200] if paths_for([name], test.map, lambda path: (clone / path).exists())]
    found = next(iter((*tested, *code)), None)
    if found is None:
        raise refused("nothing-to-fix", "No text file was changed in the last 500 commits.", command("git", "log"))
    return found


def _leads_out(folder: Path, name: str) -> bool:
    """Return whether a link that the repository has leads from a file of the copy to one of the person's."""
    place, root = (Path(os.path.realpath(each)) for each in (folder / name, folder))  # no error where links are a loop
    return not place.is_relative_to(root)


def _is_fit(clone: Path, name: str) -> bool:
    file = clone / name
    if _leads_out(clone, name) or file.is_symlink() or not file.is_file() or file.stat().st_size > 500_000:
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
    if _leads_out(colleague, file):
        message = f"'{file}' is behind a symbolic link on '{branch}', which a drill does not follow."
        raise refused("nothing-to-fix", message, command("git", "ls-tree", "-r", branch))
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
        if (folder / file).is_file() and not _leads_out(folder, file):
            _append(folder / file)
        there.quiet("git", "add", "-A", directory=folder)
