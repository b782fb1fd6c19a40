"""What is shown of a wait: nothing in the first second, then what it is, for how long, and git's last progress."""

from __future__ import annotations

import os
import pty
import subprocess
import termios
from typing import TYPE_CHECKING

from git_hotfix.cli.terminal import WaitingLine
from git_hotfix.git import silence
from git_hotfix.git.wait import Wait, without_progress

if TYPE_CHECKING:
    import pytest

NOBODY = 2**22 + 1
"""Beyond the numbers of processes (proc(5), pid_max)."""


def test_from_one_second_on_the_line_is_shown_once_a_second_and_taken_away() -> None:
    shown: list[str | None] = []
    wait = Wait(NOBODY, "Pushing to 'origin'", shown.append)
    wait.look()
    wait._since -= 1
    wait.look(b"Writing objects:  50% (1/2)\r")
    wait.look(b"Writing objects:  50% (1/2)\rWriting objects: 100% (2/2), done.\n")
    wait._since -= 1
    wait.look(b"Writing objects: 100% (2/2), done.\nremote: Hello\n")
    wait.end()
    line = "Pushing to 'origin'"
    assert shown == [
        f"{line} (1 s): Writing objects:  50% (1/2)",
        f"{line} (2 s): Writing objects: 100% (2/2), done.",
        "",
    ]


def test_short_wait_shows_nothing() -> None:
    shown: list[str | None] = []
    wait = Wait(NOBODY, "Asking 'origin'", shown.append)
    wait.look()
    wait.end()
    assert shown == []


def test_line_is_left_alone_while_somebody_is_asked_on_the_terminal() -> None:
    ours, theirs = pty.openpty()
    asks = "exec 3</dev/tty; echo asks; read answer <&3"
    with subprocess.Popen(("setsid", "-c", "sh", "-c", asks), stdin=theirs, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"asks\n"
        shown: list[str | None] = []
        wait = Wait(os.getpid(), "Running 'make'", shown.append)
        wait._since -= 1
        wait.look()
        assert shown == [None]
        os.write(ours, b"\n")
    os.close(ours)
    os.close(theirs)


def test_where_questions_are_not_seen_the_line_is_written_once_and_not_over_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ours, theirs = pty.openpty()
    shown: list[str | None] = []
    wait, usual = Wait(NOBODY, "Asking 'origin'", shown.append), termios.tcgetattr(theirs)
    with os.fdopen(theirs, "w") as terminal, monkeypatch.context() as patch:
        patch.setattr(silence, "running_processes", lambda: None)
        patch.setattr("sys.stderr", terminal)
        for flags in (usual[3] & ~termios.ECHO, usual[3], usual[3]):  # a password is asked for at first
            termios.tcsetattr(terminal, termios.TCSANOW, [*usual[:3], flags, *usual[4:]])
            wait._since -= 1
            wait.look()
        wait.end()
    os.close(ours)
    assert shown == [None, "Asking 'origin' (2 s)", None, ""]
    line = WaitingLine()
    for text in shown:
        line.show(text)
    assert capsys.readouterr().err == "Asking 'origin' (2 s)\n"


def test_progress_is_no_part_of_what_was_said() -> None:
    said = (
        b"Enumerating objects: 5, done.\nCounting objects:  50% (1/2)\rCounting objects: 100% (2/2), done.\n"
        b"Delta compression using up to 2 threads\nTotal 3 (delta 0), reused 0 (delta 0), pack-reused 0\n"
        b"remote: Resolving deltas: 100% (1/1), completed with 1 local object.\x1b[K\n"
        b"remote: Ticket: 42\nremote: Writing: 5\n ! [remote rejected] main -> main\n"
    )
    assert without_progress(said) == b"remote: Ticket: 42\nremote: Writing: 5\n ! [remote rejected] main -> main\n"


def test_line_of_a_terminal_that_is_gone_ends_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    line = WaitingLine()
    for text in ("Running 'a\nb' (1 s)", "x" * 200, ""):
        line.show(text)
    assert capsys.readouterr().err.split("\n") == ["Running 'a b' (1 s)", "x" * 79, ""]
