"""``git hotfix demo``: a whole hotfix in a throwaway repository with a real bare remote; each command is printed."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from git_hotfix.cli.options import Command, misused, options_of
from git_hotfix.cli.output import Result, emit
from git_hotfix.cli.stage import stage
from git_hotfix.errors import command, refused

if TYPE_CHECKING:
    from git_hotfix.cli.stage import Stage

_LOGIN = """\
SESSIONS = {}


def login(user, password):
    if password or user.password == password:
        SESSIONS[user.name] = True
    return user.name in SESSIONS


def logout(user):
    SESSIONS.pop(user.name, None)
"""
_BUG, _FIX = "if password or user", "if password and user"
_TEST = """\
from login import login


class User:
    name, password = "kim", "secret"


assert not login(User, "wrong"), "a wrong password must not log in"
assert login(User, "secret")
print("2 critical checks passed")
"""
_CONFIG = """\
[test]
command = "{python} critical.py"

[deploy]
command = "{python} deploy.py"
"""
_DEPLOY = """\
import os
print("deploying", os.environ["HOTFIX_TAG"], "to production")
"""


@click.command(cls=Command)
@click.option("--keep", metavar="DIR", type=click.Path(path_type=Path), help="Leave the repositories in DIR.")
@click.option(
    "--history",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Play forty hotfixes of two years into DIR instead.",
)
@click.pass_context
def demo(context: click.Context, *, keep: Path | None, history: Path | None) -> int:
    """Play a whole hotfix in a throwaway repository with a bare remote, printing each command."""
    options = options_of(context)
    if history is not None and keep is not None:
        raise misused("--keep and --history exclude each other.", "demo", "--history", "DIR")
    if history is not None:
        from git_hotfix.cli.played_history import play_history  # noqa: PLC0415  # not for a whole hotfix

        with stage(options, "demo", history, "shop") as there:
            play_history(there)
        text = [f"It is all in '{there.clone}': look at it there with 'git hotfix report --open'."]
        return emit(options, Result("demo", text=text))
    with stage(options, "demo", keep, "shop") as there:
        _prepare(there)
        _hotfix(there)
    text = [f"It is all in '{there.root}': shop is the clone, origin.git the server."] if keep is not None else []
    return emit(options, Result("demo", text=text))


def _prepare(there: Stage) -> None:
    """Make a server with main, a develop that has moved on, and an open release branch."""
    there.tell("A shop whose login takes any password. Its server has main, develop and release/1.1.\n")
    there.make_server()
    python = "python3" if shutil.which("python3") else sys.executable
    there.commit(
        "Shop 1.0",
        {
            "login.py": _LOGIN,
            "critical.py": _TEST,
            "deploy.py": _DEPLOY,
            ".hotfix.toml": _CONFIG.format(python=python),
            ".gitignore": "__pycache__/\n",
        },
    )
    there.quiet("git", "tag", "-a", "v1.0.0", "-m", "Shop 1.0")
    there.quiet("git", "switch", "-q", "-c", "develop")
    there.commit("Start the search", {"search.py": "def search(words):\n    return []\n"})
    there.quiet("git", "branch", "release/1.1")
    there.commit("Rank the search", {"ranking.py": "def rank(found):\n    return sorted(found)\n"})
    there.quiet("git", "push", "-q", "origin", "main", "develop", "release/1.1", "v1.0.0")


def _hotfix(there: Stage) -> None:
    _play(there, "git", "hotfix", "start", "Login takes any password", "--slug", "auth-bypass", "-y")
    there.tell(f"# the fix: '{_BUG}…' becomes '{_FIX}…' in login.py", fg="bright_black")
    there.write({"login.py": _LOGIN.replace(_BUG, _FIX)})
    _play(there, "git", "commit", "-qam", "Check the password")
    _play(there, "git", "hotfix", "finish", "-y", "--verified-by", "Kim")
    _play(there, "git", "hotfix", "cleanup", "auth-bypass")
    _play(there, "git", "log", "--graph", "--oneline", "--decorate", "--all", "--color=never")


def _play(there: Stage, *words: str) -> None:
    """Play a command; one that fails ends the demo."""
    code = there.play(*words).code
    if code != 0:
        message = f"'{' '.join(words)}' ended with exit {code}."
        raise refused("demo-failed", message, command("git", "hotfix", "demo", "-v"))
