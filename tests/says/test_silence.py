"""A server that goes away is told as that, soon; a person is asked for a password once."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tests.cli.stages import Stage, fixed
from tests.says.scenes import hints, problems_of, type_in
from tests.support.lab import FIXED, LOGIN
from tests.support.servers import ConnectionLost, HttpServer, Moment, smart_http
from tests.support.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SOON_SECONDS = 40
"""Far more than any time limit that is set here, and far less than an hour of waiting for nothing."""


WORD = "open sesame"


def on(stage: Stage, url: str, *, seconds: int = 2) -> None:
    """Let alice's remote be this server, and give it so long to answer."""
    stage.alice.git("remote", "set-url", "origin", url)
    stage.alice.git("config", "hotfix.remote.timeout", str(seconds))


def every_time(site: HttpServer, moment: Moment, action: Callable[[], object]) -> None:
    """Do something at a moment of this push and of all that follow."""

    def again() -> None:
        site.once(moment, again)
        action()

    site.once(moment, again)


def drop() -> None:
    """Break the connection off."""
    raise ConnectionLost


def test_connection_that_drops_is_told_as_that(tmp_path: Path) -> None:
    stage = fixed(tmp_path)
    with smart_http(stage.remote.path) as site:
        on(stage, site.url)
        every_time(site, Moment.SENT, drop)
        before = stage.remote.refs()
        began = time.monotonic()
        said = stage.alice.hotfix("finish", "-y", "--skip-tests", "no time", "--no-backport", check=5)
        assert time.monotonic() - began < SOON_SECONDS
        assert "kept moving" not in "\n".join(problems_of(said))
        assert stage.remote.refs() == before
        site.waiting.clear()
        (line,) = hints(said)
        type_in(stage.alice, line, check=0)
    assert FIXED in stage.on_server("main", LOGIN)


def answer_prompts(terminal: Terminal, until: str) -> int:
    """Type user and password whenever git asks, until a text is shown; gives how often the password was asked."""
    asked = 0
    while True:
        seen = terminal.expect("Username for", "Password for", until)
        if seen == until:
            return asked
        terminal.answer("alice" if seen.startswith("User") else WORD)
        asked += seen.startswith("Pass")


def test_password_is_asked_for_once_in_a_command(tmp_path: Path) -> None:
    stage = fixed(tmp_path)
    with smart_http(stage.remote.path, password=WORD) as site:
        on(stage, site.url, seconds=10)
        with Terminal(stage.alice, "finish", "-y", env={"GIT_TERMINAL_PROMPT": "1"}) as terminal:
            asked = answer_prompts(terminal, "Next:")
            assert terminal.finish() == 0
    assert asked == 1, terminal.transcript
    assert FIXED in stage.on_server("develop", LOGIN)
