"""A server that says nothing, or goes away, is told as that, soon; a person at a prompt has all the time."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli.stages import Stage, fixed, started
from tests.says.scenes import hints, problems_of, type_in
from tests.support.lab import FIXED, LOGIN
from tests.support.processes import begin, end
from tests.support.servers import ConnectionLost, HttpServer, Moment, silent_server, smart_http
from tests.support.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Callable

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


def test_server_that_falls_silent_during_a_push_is_told_and_ended(tmp_path: Path) -> None:
    stage = fixed(tmp_path)
    gate = threading.Event()
    with smart_http(stage.remote.path) as site:
        on(stage, site.url)
        site.once(Moment.SENT, lambda: gate.wait(55))
        began = time.monotonic()
        try:
            said = stage.alice.hotfix("finish", "-y", "--skip-tests", "no time", "--no-backport")
            took = time.monotonic() - began
        finally:
            gate.set()
        assert took < SOON_SECONDS, "it was waited for without a word"
        assert said.code == 5
        assert "answer" in said.err or "silent" in said.err
        assert "kept moving" not in said.err
        time.sleep(1)  # what was under way ends, one way or the other
        (line,) = hints(said)
        type_in(stage.alice, line, check=0)
    assert FIXED in stage.on_server("main", LOGIN)


@pytest.mark.parametrize("moment", [Moment.ASKED, Moment.SENT])
def test_connection_that_drops_is_told_as_that(tmp_path: Path, moment: Moment) -> None:
    stage = fixed(tmp_path)
    with smart_http(stage.remote.path) as site:
        on(stage, site.url)
        every_time(site, moment, drop)
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


def test_connection_that_drops_after_a_minute_of_silence_is_no_server_that_kept_moving(tmp_path: Path) -> None:
    stage = fixed(tmp_path)
    gate = threading.Event()

    def hang_up() -> None:
        gate.wait(62)
        drop()

    with smart_http(stage.remote.path) as site:
        on(stage, site.url)
        site.once(Moment.SENT, hang_up)
        process = begin("git", "hotfix", "finish", "-y", "--skip-tests", "no time", directory=stage.alice.path)
        try:
            _, said = process.communicate(timeout=100)
        finally:
            gate.set()
            end(process)
    assert process.returncode == 5
    assert b"kept moving" not in said


def answer_prompts(terminal: Terminal, until: str, *, after_seconds: float = 0) -> int:
    """Type user and password whenever git asks, until a text is shown; gives how often the password was asked."""
    asked = 0
    while True:
        seen = terminal.expect("Username for", "Password for", until)
        if seen == until:
            return asked
        time.sleep(after_seconds)
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


def test_prompt_is_not_cut_off_while_somebody_types(tmp_path: Path) -> None:
    stage = started(tmp_path)
    with smart_http(stage.remote.path, password=WORD) as site:
        on(stage, site.url, seconds=1)
        with Terminal(stage.alice, "status", env={"GIT_TERMINAL_PROMPT": "1"}) as terminal:
            answer_prompts(terminal, "Next:", after_seconds=2)
            assert terminal.finish() == 0
    assert "did not answer" not in terminal.transcript


def test_no_to_what_was_last_fetched_ends_the_start(tmp_path: Path) -> None:
    stage = started(tmp_path)
    with silent_server() as url:
        on(stage, url, seconds=1)
        with Terminal(stage.alice, "start", "Mails are lost", "-y") as terminal:
            terminal.expect("Start from what was last fetched?")
            terminal.answer("n")
            assert terminal.finish() in {1, 5}
    assert terminal.transcript.count("Start from what was last fetched?") == 1
    assert stage.alice.git("branch", "--list", "*mails*") == ""


def running_with(word: str) -> list[str]:
    """Return the command lines of the running processes that have a word in them."""
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = file.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if word in line:
            found.append(line)
    return found


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="processes are listed in /proc")
def test_process_that_is_ended_after_its_time_takes_its_children_along(tmp_path: Path) -> None:
    stage = started(tmp_path)
    with silent_server() as url:
        on(stage, url, seconds=1)
        stage.alice.hotfix("status", check=0)
        until = time.monotonic() + 5
        while (left := running_with(url)) and time.monotonic() < until:
            time.sleep(0.1)
        assert left == []
