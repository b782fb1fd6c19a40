"""git over the network: ended when its server falls silent, and with each password asked for once in a run."""

from __future__ import annotations

import atexit
import shutil
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from git_hotfix.errors import shell_word
from git_hotfix.git.child import run_child
from git_hotfix.git.settings import git_config_of
from git_hotfix.git.wait import without_progress

if TYPE_CHECKING:
    from git_hotfix.git.program import Answer, Git
    from git_hotfix.git.remote_names import Remote

_SOCKET = "socket"
_FORGET_SECONDS = 900
"""How long a password is known at most, should this run be killed."""


def over_network(git: Git, remote: Remote, what: str, *arguments: str, patience: float = 1.0) -> Answer:
    """Run git against a remote; ``TimedOut`` where the server is silent for ``patience`` times as long as it may be.

    ``what`` is being done ("Pushing to") is shown to a person who waits, with git's progress, which is no part of the
    answer.
    """
    seconds = patience * remote.patience_seconds
    answer = git.ask(*passwords(git, remote), *arguments, seconds=seconds, what=f"{what} '{remote.name}'")
    return replace(answer, err=without_progress(answer.err))


def passwords(git: Git, remote: Remote) -> tuple[str, ...]:
    """Return the options by which git remembers a password until this run ends, where nobody else does.

    It is git's own helper (git-credential-cache(1)): one that was wrong is forgotten and asked for again.
    """
    if not remote.url.startswith(("http://", "https://")):
        return ()
    keys = (entry.key for entry in git_config_of(git).entries)
    if any(key.startswith("credential.") and key.endswith(".helper") for key in keys):
        return ()
    socket = shell_word(str(_cache_folder() / _SOCKET))
    return ("-c", f"credential.helper=cache --timeout={_FORGET_SECONDS} --socket={socket}")


@cache
def _cache_folder() -> Path:
    """Make a folder for this person and this run alone; what is remembered there ends with the run."""
    import tempfile  # noqa: PLC0415  # 3 ms

    folder = Path(tempfile.mkdtemp(prefix="git-hotfix-"))
    atexit.register(_forget, folder)
    return folder


def _forget(folder: Path) -> None:
    socket = folder / _SOCKET
    if socket.exists():
        run_child(("git", "credential-cache", f"--socket={socket}", "exit"), folder, None, b"", 5)
    shutil.rmtree(folder, ignore_errors=True)
