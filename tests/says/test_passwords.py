"""A person is asked for a password once in a command, and it is known to nobody when the command has ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.cli.stages import fixed
from tests.support.lab import FIXED, LOGIN
from tests.support.servers import smart_http
from tests.support.terminal import Terminal

if TYPE_CHECKING:
    from pathlib import Path

WORD = "open sesame"


def test_password_is_asked_for_once_in_a_command(tmp_path: Path) -> None:
    stage, asked = fixed(tmp_path), []
    (tmp_path / "passing").mkdir()
    with smart_http(stage.remote.path, password=WORD) as site:
        stage.alice.git("remote", "set-url", "origin", site.url)
        given = {"GIT_TERMINAL_PROMPT": "1", "TMPDIR": str(tmp_path / "passing")}
        with Terminal(stage.alice, "finish", "-y", env=given) as terminal:
            while (seen := terminal.expect("Username for", "Password for", "Next:")) != "Next:":
                asked.append(seen)
                terminal.answer(WORD if seen == "Password for" else "alice")
            assert terminal.finish() == 0
    assert asked == ["Username for", "Password for"]
    assert FIXED in stage.on_server("develop", LOGIN)
    assert list((tmp_path / "passing").iterdir()) == []
