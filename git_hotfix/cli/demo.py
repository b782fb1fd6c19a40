"""``git hotfix demo``: a whole hotfix in a throwaway repository with a real bare remote; each command is printed."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from git_hotfix.cli.options import Command, options_of
from git_hotfix.cli.output import Result, emit
from git_hotfix.cli.terminal import pass_on, print_answer
from git_hotfix.commands.process import Runner
from git_hotfix.errors import command, refused, shell_word

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from git_hotfix.cli.options import Options
    from git_hotfix.commands.process import Ended

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


class Stage:
    """The throwaway repositories, and the commands played in them."""

    def __init__(self, root: Path, stream: TextIO, options: Options) -> None:
        self.root = root
        self.clone = root / "shop"
        self.stream = stream
        self.colors = options.colors(stream)
        self.environment = _environment(root, colors=self.colors)

    def quiet(self, *words: str, directory: Path | None = None) -> None:
        """Run a command that only prepares the stage."""
        ended = self._run(words, directory or self.clone, lambda _: None)
        if ended.code != 0:
            raise refused("demo-failed", f"'{' '.join(words)}' failed: {ended.tail}", command("git", "--version"))

    def tell(self, text: str, **style: object) -> None:
        """Print a line between the commands."""
        print_answer(text, style=style, color=self.colors, stream=self.stream)
        self.stream.flush()

    def play(self, *words: str) -> None:
        """Print a command and run it, as a user would; one that fails ends the demo."""
        self.tell("$ " + " ".join(shell_word(word) for word in words), bold=True)
        ended = self._run(words, self.clone, lambda piece: pass_on(piece, self.stream))
        self.tell("")
        if ended.code != 0:
            raise refused(
                "demo-failed",
                f"'{' '.join(words)}' ended with exit {ended.code}.",
                command("git", "hotfix", "demo", "-v"),
            )

    def _run(self, words: Sequence[str], directory: Path, on_output: Callable[[bytes], None]) -> Ended:
        return Runner(directory, self.environment, on_output).run(words, key="demo")

    def write(self, files: Mapping[str, str]) -> None:
        """Write files into the clone."""
        for name, content in files.items():
            (self.clone / name).write_text(content, "utf-8")

    def commit(self, message: str, files: Mapping[str, str]) -> None:
        """Write and commit files while the stage is prepared."""
        self.write(files)
        self.quiet("git", "add", "-A")
        self.quiet("git", "commit", "-q", "-m", message)


@click.command(cls=Command)
@click.option("--keep", metavar="DIR", type=click.Path(path_type=Path), help="Leave the repositories in DIR.")
@click.pass_context
def demo(context: click.Context, *, keep: Path | None) -> int:
    """Play a whole hotfix in a throwaway repository with a bare remote, printing each command."""
    options = options_of(context)
    if keep is not None and keep.exists() and any(keep.iterdir()):
        raise refused(
            "folder-not-empty", f"'{keep}' is not empty.", command("git", "hotfix", "demo", "--keep", "NEW-FOLDER")
        )
    root = keep.absolute() if keep is not None else Path(tempfile.mkdtemp(prefix="git-hotfix-demo-"))
    try:
        root.mkdir(parents=True, exist_ok=True)
        stage = Stage(root, sys.stderr if options.json else sys.stdout, options)
        _prepare(stage)
        _hotfix(stage)
    finally:
        if keep is None:
            shutil.rmtree(root, ignore_errors=True)
    text = [f"It is all in '{root}': shop is the clone, origin.git the server."] if keep is not None else []
    return emit(options, Result("demo", text=text))


def _prepare(stage: Stage) -> None:
    """Make a server with main, a develop that has moved on, and an open release branch."""
    stage.tell("A shop whose login takes any password. Its server has main, develop and release/1.1.\n")
    stage.quiet("git", "init", "-q", "--bare", "-b", "main", str(stage.root / "origin.git"), directory=stage.root)
    stage.quiet("git", "clone", "-q", str(stage.root / "origin.git"), "shop", directory=stage.root)
    stage.quiet("git", "checkout", "-q", "-B", "main")
    python = "python3" if shutil.which("python3") else sys.executable
    stage.commit(
        "Shop 1.0",
        {
            "login.py": _LOGIN,
            "critical.py": _TEST,
            "deploy.py": _DEPLOY,
            ".hotfix.toml": _CONFIG.format(python=python),
            ".gitignore": "__pycache__/\n",
        },
    )
    stage.quiet("git", "tag", "-a", "v1.0.0", "-m", "Shop 1.0")
    stage.quiet("git", "switch", "-q", "-c", "develop")
    stage.commit("Start the search", {"search.py": "def search(words):\n    return []\n"})
    stage.quiet("git", "branch", "release/1.1")
    stage.commit("Rank the search", {"ranking.py": "def rank(found):\n    return sorted(found)\n"})
    stage.quiet("git", "push", "-q", "origin", "main", "develop", "release/1.1", "v1.0.0")


def _hotfix(stage: Stage) -> None:
    stage.play("git", "hotfix", "start", "Login takes any password", "--slug", "auth-bypass", "-y")
    stage.tell(f"# the fix: '{_BUG}…' becomes '{_FIX}…' in login.py", fg="bright_black")
    stage.write({"login.py": _LOGIN.replace(_BUG, _FIX)})
    stage.play("git", "commit", "-qam", "Check the password")
    stage.play("git", "hotfix", "finish", "-y", "--verified-by", "Kim")
    stage.play("git", "hotfix", "cleanup", "auth-bypass")
    stage.play("git", "log", "--graph", "--oneline", "--decorate", "--all", "--color=never")


def _environment(root: Path, *, colors: bool) -> dict[str, str]:
    """Return an environment that nothing of the user's configuration reaches, with this very program on PATH.

    What is played writes to a pipe: whether it has colours is for the outer terminal to say.
    """
    dropped = ("GIT_", "NO_COLOR", "FORCE_COLOR")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
    config = root / "gitconfig"
    config.write_text("[user]\n\tname = Demo\n\temail = demo@example.org\n[init]\n\tdefaultBranch = main\n", "utf-8")
    return {
        **kept,
        "GIT_CONFIG_GLOBAL": str(config),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_PAGER": "cat",
        "HOTFIX_TRUST_CONFIG": "1",  # what is played runs nothing but the demo's own
        "FORCE_COLOR" if colors else "NO_COLOR": "1",
        "PATH": f"{Path(sys.argv[0]).absolute().parent}{os.pathsep}{os.environ.get('PATH', '')}",
    }
