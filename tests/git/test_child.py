"""Git processes: fed, heard, ended with all that they started, and with the terminal still theirs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

import pexpect
import pytest
from msgspec.structs import replace

from git_hotfix.git.child import TimedOut, run_child
from git_hotfix.git.process_tree import (
    LIST_PROCESSES,
    Process,
    descendants,
    end_all,
    listed_processes,
    process_at,
    running_processes,
)
from git_hotfix.git.program import Git
from tests.support.source import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PATIENCE_SECONDS = 200


def python(code: str, tmp_path: Path, *, given: bytes = b"") -> tuple[int, bytes, bytes]:
    return run_child((sys.executable, "-I", "-c", code), tmp_path, dict(os.environ), given)


def helper(tmp_path: Path, script: str) -> Git:
    """Return git with a remote helper: ``slow::address`` runs this shell script."""
    programs = tmp_path / "programs"
    programs.mkdir()
    program = programs / "git-remote-slow"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return Git(tmp_path, {**os.environ, "PATH": os.pathsep.join((str(programs), os.environ["PATH"]))})


def wait_until(is_so: Callable[[], bool]) -> bool:
    until = time.monotonic() + PATIENCE_SECONDS
    while not is_so() and time.monotonic() < until:
        time.sleep(0.02)
    return is_so()


def numbers(file: Path) -> list[int]:
    return [int(word) for word in file.read_text().split()] if file.exists() else []


def are_gone(file: Path, count: int) -> bool:
    """Whether this many processes have noted their numbers, and have ended."""
    noted = set(numbers(file))  # one that was interrupted by the terminal and by git notes itself twice
    return len(noted) == count and all(process_at(number) is None for number in noted)


def test_much_is_given_and_taken_at_once(tmp_path: Path) -> None:
    code = "import sys\nfor line in sys.stdin.buffer: sys.stdout.buffer.write(line); sys.stderr.buffer.write(line)"
    given = b"".join(b"%d\n" % number for number in range(300_000))
    assert python(code, tmp_path, given=given) == (0, given, given)


def test_program_that_does_not_read_what_it_is_given_ends_as_it_likes(tmp_path: Path) -> None:
    assert python("print('no')", tmp_path, given=b"x" * 5_000_000) == (0, b"no\n", b"")


def test_program_that_closes_its_output_is_waited_for(tmp_path: Path) -> None:
    assert python("import os, time; os.close(1); os.close(2); time.sleep(0.3); os._exit(7)", tmp_path)[0] == 7


def test_exit_by_a_signal_is_its_negative_number(tmp_path: Path) -> None:
    assert python("import os; print('x', flush=True); os.kill(os.getpid(), 9)", tmp_path) == (-9, b"x\n", b"")


def test_program_that_cannot_be_started_is_an_error_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        run_child(("no-such-program",), tmp_path, dict(os.environ), b"")


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let what is told to end have less time for that."""
    monkeypatch.setattr("git_hotfix.git.child._END_SECONDS", 0.3)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("trap", ["", "trap '' TERM\n"])
def test_git_that_takes_too_long_is_ended_with_its_helpers(tmp_path: Path, trap: str) -> None:
    noted = tmp_path / "noted"
    git = helper(tmp_path, f"{trap}echo $$ >>{noted}\nsleep 300 &\necho $! >>{noted}\nwait\nsleep 300")
    began = time.monotonic()
    with pytest.raises(TimedOut):
        git.ask("ls-remote", "slow::server", seconds=1.0)
    assert wait_until(lambda: are_gone(noted, 2))
    assert time.monotonic() - began < PATIENCE_SECONDS


def test_what_was_begun_is_taken_up_by_the_same_question_alone(tmp_path: Path) -> None:
    noted, asked = tmp_path / "noted", list[tuple[str, ...]]()
    git = replace(helper(tmp_path, f"echo $$ >>{noted}\nexec sleep 300"), watches=lambda words: asked.append((*words,)))
    git.begin("version")
    git.begin("ls-remote", "slow::server")
    assert git.ask("rev-parse", "--git-dir").code == 128
    assert git.ask("version").text.startswith("git version ")
    assert asked == [("version",), ("ls-remote", "slow::server"), ("rev-parse", "--git-dir")]
    assert wait_until(lambda: numbers(noted) != [])
    git.end_begun()
    assert process_at(numbers(noted)[0]) is None
    assert git.begun == {}


def test_helper_that_outlives_its_git_holds_nobody_up(tmp_path: Path) -> None:
    noted = tmp_path / "noted"
    git = helper(tmp_path, f"echo $$ >{noted}\necho said >&2\nkill -9 $(ps -o ppid= -p $PPID) $PPID\nexec sleep 60")
    began = time.monotonic()
    answer = git.ask("ls-remote", "slow::server")
    assert (answer.code, answer.reason) == (-signal.SIGKILL, "said")
    assert time.monotonic() - began < PATIENCE_SECONDS
    left = process_at(numbers(noted)[0])
    assert left is not None  # a git that was killed by others is not ours to tidy up after
    end_all((left,), seconds=2)


@pytest.mark.usefixtures("impatient")
def test_interruption_ends_git_and_its_helpers(tmp_path: Path) -> None:
    noted = tmp_path / "noted"
    git = helper(tmp_path, f"echo $$ >>{noted}\nexec sleep 300")

    was_interrupted = threading.Event()

    def interrupt() -> None:
        wait_until(lambda: len(numbers(noted)) == 1)
        while not was_interrupted.is_set():  # one that falls into a callback of the interpreter is lost
            signal.raise_signal(signal.SIGINT)  # to this process alone, as by 'kill'
            was_interrupted.wait(20)

    interrupting = threading.Thread(target=interrupt)
    interrupting.start()
    with pytest.raises(KeyboardInterrupt):
        git.ask("ls-remote", "slow::server")
    was_interrupted.set()
    interrupting.join()
    assert wait_until(lambda: are_gone(noted, 1))


ASKING = """
import os, pathlib, sys
from git_hotfix.git.program import Git
try:
    answer = Git(pathlib.Path.cwd(), dict(os.environ)).ask("ls-remote", "slow::server", seconds=0.5)
    print("exit", answer.code, answer.text, flush=True)
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""


def on_terminal(git: Git) -> pexpect.spawn[str]:
    environment = {**git.environment, "PYTHONPATH": str(ROOT)}
    return pexpect.spawn(
        sys.executable, ["-c", ASKING], cwd=str(git.directory), env=environment, encoding="utf-8", timeout=200
    )


def test_helper_asks_for_a_password_on_the_terminal(tmp_path: Path) -> None:
    """As ssh does, with the echo off: a process in the background would be stopped by either."""
    script = """
read command; printf 'import\\n\\n'
stty -echo </dev/tty; printf 'Password: ' >/dev/tty; read secret </dev/tty; stty echo </dev/tty
read command; echo "1111111111111111111111111111111111111111 refs/heads/$secret"; echo
cat >/dev/null"""
    child = on_terminal(helper(tmp_path, script))
    child.expect("Password: ")
    time.sleep(1)  # longer than a server may be silent
    child.sendline("sesame")
    child.expect("exit 0 1{40}\trefs/heads/sesame")
    child.close()


def test_ctrl_c_reaches_git_and_its_helpers(tmp_path: Path) -> None:
    noted = tmp_path / "noted"
    # the terminal hangs up as soon as the program has ended, which may be before the helper has come to its trap
    traps = f"trap '' HUP\ntrap 'echo $$ >>{noted}; exit' INT\n"
    child = on_terminal(helper(tmp_path, f"{traps}echo ready >/dev/tty\nwhile sleep 0.1; do :; done"))
    child.expect("ready")
    child.sendintr()
    child.expect("interrupted")
    assert wait_until(lambda: are_gone(noted, 1))
    child.close()


def test_descendants_are_found_in_what_proc_shows_and_ps_lists(tmp_path: Path) -> None:
    shell = subprocess.Popen(("sh", "-c", "sleep 300 & sleep 300 & echo; wait"), stdout=subprocess.PIPE)
    with shell:
        assert shell.stdout is not None
        shell.stdout.readline()
        seen = running_processes()
        assert seen is not None
        found = descendants(shell.pid, seen)
        assert [process.parent for process in found] == [shell.pid] * 2
        listed = subprocess.run(LIST_PROCESSES, capture_output=True, text=True, check=True).stdout
        by_ps = descendants(shell.pid, listed_processes(listed))
        assert {each.number for each in by_ps} == {each.number for each in found}
        assert all(each.is_running for each in (*found, *by_ps))
        end_all((*found, *(each for each in seen if each.number == shell.pid)), seconds=2)
    assert not any(each.is_running for each in found)


def test_number_that_another_process_has_by_now_is_not_the_process() -> None:
    me = process_at(os.getpid())
    assert me is not None
    assert (me.is_running, Process(me.number, me.parent, "1").is_running) == (True, False)
