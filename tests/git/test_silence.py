"""Who is waited for: the server, or somebody and something here."""

from __future__ import annotations

import pytest

from git_hotfix.git.silence import Seen, is_held


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (("git",), False),
        (("git", "git-remote-http"), False),
        (("git", "git-remote-http", "git"), False),
        (("git", "git-remote-http", "ksshaskpass"), True),
        (("git", "git-remote-http", "git-credential-m"), True),
        (("git", "sh", "ssh"), False),
        (("git", "ssh", "cloudflared"), False),
        (("git", "ssh", "ssh-askpass"), True),
        (("git", "pre-push", "sleep"), True),
        (("git", "pre-push", "git"), True),
        (("git", "gpg"), True),
        (("git", "git-receive-pac", "pre-receive"), True),
        (("git", "git-remote-slow", "sleep"), False),
    ],
)
def test_silence_counts_only_while_nothing_here_is_waited_for(names: tuple[str, ...], expected: bool) -> None:  # noqa: FBT001  # what is expected
    top = 2**22 + 1  # beyond the numbers of processes (proc(5), pid_max): none of these has a terminal open
    tree = {top + at: Seen(name, top + at - 1, 0, 0) for at, name in enumerate(names)}
    assert is_held(tree, top) == expected
