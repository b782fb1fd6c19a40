"""Who is waited for: the server, or somebody and something here."""

from __future__ import annotations

import os
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from git_hotfix.git.child import TimedOut, run_child
from git_hotfix.git.silence import Seen, Silence, holder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (("git",), False),
        (("git", "git-remote-http"), False),
        (("git", "git-remote-http", "git"), False),
        (("git", "git-remote-http", "ksshaskpass"), True),
        (("git", "git-remote-http", "git-credential-m"), True),
        (("git", "sh*", "ssh*"), False),
        (("git", "ssh*", "cloudflared"), False),
        (("git", "ssh*", "ssh-askpass"), True),
        (("git", "dbclient*"), False),
        (("git", "sh*", "tsh*", "tsh"), False),
        (("git", "sh*", "git-receive-pac", "pre-receive"), True),
        (("git", "pre-push", "sleep"), True),
        (("git", "pre-push", "git"), True),
        (("git", "gpg"), True),
        (("git", "git-receive-pac", "pre-receive"), True),
        (("git", "git-remote-slow", "sleep"), False),
    ],
)
def test_silence_counts_only_while_nothing_here_is_waited_for(names: tuple[str, ...], expected: bool) -> None:  # noqa: FBT001  # what is expected
    """A star stands for arguments that name the service on the server: the process is what git reaches it through."""
    top = 2**22 + 1  # beyond the numbers of processes (proc(5), pid_max): none of these has a terminal open
    tree = {top + at: Seen(name.rstrip("*"), top + at - 1, 0, 0, "*" in name) for at, name in enumerate(names)}
    assert (holder(tree, top) is not None) == expected


@pytest.fixture
def hook(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Start a process that looks like a git whose hook says nothing and does nothing."""
    git, name = tmp_path / "git", tmp_path / "pre-push"
    name.write_text("#!/bin/sh\nread never\n")
    git.write_text(f"#!/bin/sh\n{name}\n:\n")
    for each in (git, name):
        each.chmod(0o755)
    with subprocess.Popen((git,), stdin=subprocess.PIPE) as process:
        yield process
        process.kill()


def test_hook_that_does_nothing_is_named_once_and_has_an_end_too(hook: subprocess.Popen[bytes]) -> None:
    said: list[str] = []
    silence = Silence(hook.pid, 0.2, said.append, held_seconds=0.8)
    begun = time.monotonic()
    while not silence.is_over and time.monotonic() < begun + 20:
        time.sleep(0.02)
    assert time.monotonic() - begun >= 0.8
    assert silence.waited_for == "pre-push"
    assert said == ["Waiting for 'pre-push', which has done nothing for 0.2 s; it is ended after 0.8 s."]


@pytest.mark.parametrize("variant", ["auto", "simple"])  # git asks the program first which one it is
def test_connection_is_known_by_its_arguments_whatever_it_is_called(tmp_path: Path, variant: str) -> None:
    noted = tmp_path / "noted"
    ssh = {"GIT_SSH_COMMAND": f"echo >{noted}; sleep 60; :", "GIT_SSH_VARIANT": variant}
    with pytest.raises(TimedOut) as raised:
        run_child(("git", "ls-remote", "ssh://nobody@localhost/x"), tmp_path, {**os.environ, **ssh}, b"", 0.5)
    assert raised.value.waited_for is None
    assert noted.exists()
