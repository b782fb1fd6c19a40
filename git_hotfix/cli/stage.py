"""Throwaway repositories in which commands are played as a person types them; nothing of the person's is reached."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import sys
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TextIO

from git_hotfix.cli.terminal import pass_on, print_answer
from git_hotfix.commands.process import Runner, leashed
from git_hotfix.errors import command, refused, shell_word
from git_hotfix.limits import read_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from git_hotfix.cli.options import Options
    from git_hotfix.commands.process import Ended

_KEYS = ("GIT_", "HOTFIX_", "SSH_", "GH_", "GITHUB_", "GITLAB_", "GITEA_", "GLAB_")
_DROPPED = (*_KEYS, "NO_COLOR", "FORCE_COLOR", "PWD", "OLDPWD")
"""How the variables begin by which git, a forge's tool or a command would find the person's repository and keys."""

_HELD = "held"
"""The file of a folder that those who work in it have locked."""
_STAGE = re.compile(r"git-hotfix-(demo|drill)-[a-z0-9_]{8}")


class Played(NamedTuple):
    """How a command ended: its exit code, how long it took, and the last of what it printed."""

    code: int
    seconds: float
    tail: str


class Stage:
    """The throwaway repositories, a server and a clone of it, and the commands played in them."""

    def __init__(self, root: Path, options: Options, name: str, group: int | None = None) -> None:
        self.root = root
        self.group = group
        self.server = root / "origin.git"
        self.clone = root / name
        self.stream: TextIO = sys.stderr if options.json else sys.stdout
        self.colors = options.colors(self.stream)
        self.environment = _environment(root, colors=self.colors)

    def quiet(self, *words: str, directory: Path | None = None, ends: tuple[int, ...] = (0,)) -> str:
        """Run a command that only prepares the stage and ends with one of these codes; return what it printed."""
        ended = self._run(words, directory or self.clone, lambda _: None)
        if ended.code not in ends:
            message = f"'{' '.join(words[:2])}' failed: {' '.join(ended.tail.split())}"
            raise refused("stage-failed", message, command("git", "--version"))
        return ended.tail

    def failure(self, *words: str) -> str | None:
        """Run a command in the clone and return the last line of what it printed, where it fails."""
        ended = self._run(words, self.clone, lambda _: None)
        return None if ended.code == 0 else ended.tail.strip().rpartition("\n")[2] or "it gave no reason"

    def tell(self, text: str, **style: object) -> None:
        """Print a line between the commands."""
        print_answer(text, style=style, color=self.colors, stream=self.stream)
        self.stream.flush()

    def play(self, *words: str) -> Played:
        """Print a command and run it, as a user would."""
        self.tell("$ " + " ".join(shell_word(word) for word in words), bold=True)
        began = time.monotonic()
        ended = self._run(words, self.clone, lambda piece: pass_on(piece, self.stream))
        self.tell("")
        return Played(ended.code, time.monotonic() - began, ended.tail)

    def _run(self, words: Sequence[str], directory: Path, on_output: Callable[[bytes], None]) -> Ended:
        return Runner(directory, self.environment, on_output, group=self.group).run(words, key="stage")

    def make_server(self) -> None:
        """Make an empty server and a clone of it, which is on main."""
        self.quiet("git", "init", "-q", "--bare", "-b", "main", str(self.server), directory=self.root)
        self.quiet("git", "clone", "-q", str(self.server), str(self.clone), directory=self.root)
        self.quiet("git", "checkout", "-q", "-B", "main")

    def write(self, files: Mapping[str, str]) -> None:
        """Write files into the clone."""
        for name, content in files.items():
            (self.clone / name).write_text(content, "utf-8")

    def commit(self, message: str, files: Mapping[str, str]) -> None:
        """Write and commit files while the stage is prepared."""
        self.write(files)
        self.quiet("git", "add", "-A")
        self.quiet("git", "commit", "-q", "-m", message)


@contextmanager
def stage(options: Options, played: str, keep: Path | None, name: str) -> Iterator[Stage]:
    """Give a stage in an empty folder: ``keep``, or one that goes when all is played."""
    if keep is not None:
        with leashed() as group:
            yield Stage(_emptied(keep, played), options, name, group)
        return
    _remove_left()
    root = Path(tempfile.mkdtemp(prefix=f"git-hotfix-{played}-"))
    try:
        with (root / "held.new").open("wb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            lock.write(_proof(root))
            lock.flush()
            (root / "held.new").rename(root / _HELD)
            with leashed() as group:
                yield Stage(root, options, name, group)
    finally:
        shutil.rmtree(root, ignore_errors=True)


def _emptied(keep: Path, played: str) -> Path:
    """Return the folder that a person named, made where it is not there; what is no empty folder is refused."""
    another = command("git", "hotfix", played, "--keep", "NEW-FOLDER")
    try:
        keep.mkdir(parents=True, exist_ok=True)
        if any(keep.iterdir()):
            raise refused("folder-not-empty", f"'{keep}' is not empty.", another)
    except OSError as error:
        raise refused("no-folder", f"'{keep}' cannot be the folder: {error.strerror}.", another) from error
    return keep.absolute()


def _remove_left() -> None:
    """Remove the folders of stages that were killed: those of this user in which nobody works any more.

    That it is one is shown by its file, which names it, in a folder named as ``mkdtemp`` does: not by its name alone.
    """
    for root in Path(tempfile.gettempdir()).glob("git-hotfix-*"):
        with suppress(OSError):
            is_ours = _STAGE.fullmatch(root.name) and root.lstat().st_uid == os.geteuid()
            if is_ours and read_file(root / _HELD) == _proof(root):
                with (root / _HELD).open("rb") as lock:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    shutil.rmtree(root, ignore_errors=True)


def _proof(root: Path) -> bytes:
    return f"'{root}' is of git-hotfix, which removes it.\n".encode("utf-8", "surrogateescape")


def _environment(root: Path, *, colors: bool) -> dict[str, str]:
    """Return an environment that nothing of the user's configuration reaches, with this very program on PATH.

    git talks to repositories on this machine only. What is played writes to a pipe: whether it has colours is for the
    outer terminal to say.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_DROPPED)}
    config = root / "gitconfig"
    config.write_text("[user]\n\tname = Demo\n\temail = demo@example.org\n[init]\n\tdefaultBranch = main\n", "utf-8")
    return {
        **kept,
        "GIT_ALLOW_PROTOCOL": "file",
        "GIT_CONFIG_GLOBAL": str(config),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "SSH_ASKPASS": "false",  # a key whose phrase has to be typed fails at once
        "SSH_ASKPASS_REQUIRE": "force",
        "GIT_PAGER": "cat",
        "PYTHONDONTWRITEBYTECODE": "1",  # a virtual environment on PATH may be the repository's own
        "HOTFIX_TRUST_CONFIG": "1",  # what is played runs nothing but what it says
        "FORCE_COLOR" if colors else "NO_COLOR": "1",
        "PATH": f"{Path(sys.argv[0]).absolute().parent}{os.pathsep}{os.environ.get('PATH', '')}",
    }
