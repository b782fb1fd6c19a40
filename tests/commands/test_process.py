from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pexpect
import pytest

from git_hotfix.clock import now
from git_hotfix.commands.process import Ended, Runner, check_program
from git_hotfix.errors import ExitCode, HotfixError, Problem, command

KEY = "deploy.command"
ROOT = Path(__file__).resolve().parents[2]


def run_python(code: str, directory: Path, *, log: Path | None = None) -> tuple[Ended, bytes]:
    heard = bytearray()
    runner = Runner(directory, {"PATH": os.environ["PATH"]}, heard.extend, log)
    ended = runner.run((sys.executable, "-I", "-c", textwrap.dedent(code)), key=KEY)
    return ended, bytes(heard)


def test_command_that_succeeds_is_heard_logged_and_timed(tmp_path: Path) -> None:
    log = tmp_path / "git" / "hotfix" / "logs" / "x.log"
    before = now()
    ended, heard = run_python("print('deployed'); import os; print(os.getcwd())", tmp_path, log=log)
    said = f"deployed\n{tmp_path}\n"
    assert ended == Ended(0, ended.started_at, ended.ended_at, said)
    assert before <= ended.started_at <= ended.ended_at <= now()
    assert (heard, log.read_bytes()) == (said.encode(), said.encode())
    assert stat.S_IMODE(log.stat().st_mode) == 0o600


def test_output_and_errors_arrive_in_the_order_they_were_written(tmp_path: Path) -> None:
    code = """
        import os
        for n in range(50):
            os.write(1 + n % 2, b"%d\\n" % n)
    """
    ended, heard = run_python(code, tmp_path)
    assert (ended.code, heard) == (0, b"".join(b"%d\n" % n for n in range(50)))


def test_output_is_heard_while_the_command_runs(tmp_path: Path) -> None:
    """The command waits for an answer that only a listener who heard its question can give."""
    answer = tmp_path / "answer"
    heard = bytearray()

    def on_output(piece: bytes) -> None:
        heard.extend(piece)
        if heard.endswith(b"ready? "):
            answer.touch()

    code = f"""
        import os, time
        os.write(1, b"ready? ")
        while not os.path.exists({str(answer)!r}):
            time.sleep(0.01)
        os.write(1, b"yes")
    """
    ended = Runner(tmp_path, {}, on_output).run((sys.executable, "-I", "-c", textwrap.dedent(code)), key=KEY)
    assert (ended.code, bytes(heard)) == (0, b"ready? yes")


def test_log_is_written_while_the_command_runs(tmp_path: Path) -> None:
    log = tmp_path / "x.log"
    code = f"""
        import os, time
        os.write(1, b"begun ")
        while open({str(log)!r}).read() != "begun ":
            time.sleep(0.01)
    """
    assert run_python(code, tmp_path, log=log)[0].code == 0


@pytest.mark.parametrize(
    ("code", "expected"), [("raise SystemExit(7)", 7), ("import os; os.kill(os.getpid(), 9)", 137)]
)
def test_command_that_fails_ends_with_its_code(tmp_path: Path, code: str, expected: int) -> None:
    assert run_python(code, tmp_path)[0].code == expected


def test_long_output_is_logged_whole_and_remembered_by_its_end(tmp_path: Path) -> None:
    ended, heard = run_python("print('é' * 300_000 + 'x')", tmp_path, log=tmp_path / "x.log")
    whole = "é" * 300_000 + "x\n"
    assert heard.decode() == (tmp_path / "x.log").read_text() == whole
    assert ended.tail == whole[-4000:]


def test_bytes_that_are_no_text_are_logged_as_they_are(tmp_path: Path) -> None:
    ended, heard = run_python("import os; os.write(1, bytes(range(256)))", tmp_path, log=tmp_path / "x.log")
    assert heard == (tmp_path / "x.log").read_bytes() == bytes(range(256))
    assert "�" in ended.tail


def test_second_run_with_the_same_log_is_added(tmp_path: Path) -> None:
    log = tmp_path / "x.log"
    run_python("print(1)", tmp_path, log=log)
    run_python("print(2)", tmp_path, log=log)
    assert log.read_text() == "1\n2\n"


def test_command_that_reads_without_a_terminal_finds_nothing(tmp_path: Path) -> None:
    script = tmp_path / "outer.py"
    script.write_text(_outer("import sys; print(repr(sys.stdin.read()))"))
    answer = subprocess.run(
        [sys.executable, str(script)], input=b"not for the command", capture_output=True, check=True, cwd=ROOT
    )
    assert answer.stdout == b"''\nended 0\n"


def test_command_on_a_terminal_can_ask(tmp_path: Path) -> None:
    script = tmp_path / "outer.py"
    script.write_text(_outer("print('password? ', end='', flush=True); print(f'<{input()}>')"))
    child = pexpect.spawn(sys.executable, [str(script)], cwd=str(ROOT), timeout=300, encoding="utf-8", echo=False)
    child.expect_exact("password? ")
    child.sendline("hunter2")
    child.expect_exact("<hunter2>")
    child.expect_exact("ended 0")
    child.expect(pexpect.EOF)
    child.close()


def test_program_that_is_not_there_is_wrong_input_that_names_the_key(tmp_path: Path) -> None:
    log = tmp_path / "x.log"
    with pytest.raises(HotfixError) as raised:
        Runner(tmp_path, {}, print, log).run(("no-such-program", "x"), key=KEY)
    message = "The program 'no-such-program' of deploy.command was not found."
    assert raised.value.problems == (
        Problem("command-not-started", message, command("git", "config", f"hotfix.{KEY}", "COMMAND"), ExitCode.USAGE),
    )
    assert not log.exists()


@pytest.mark.parametrize(
    ("mode", "said"), [(0o644, "is not executable"), (0o755, "could not be started: Exec format error")]
)
def test_script_that_cannot_be_executed_is_wrong_input(tmp_path: Path, mode: int, said: str) -> None:
    script = tmp_path / "deploy"
    script.write_text("no interpreter line\n")
    script.chmod(mode)
    with pytest.raises(HotfixError) as raised:
        Runner(tmp_path, {}, print).run(("./deploy",), key=KEY)
    message = f"The program './deploy' of deploy.command {said}."
    assert raised.value.problems == (
        Problem("command-not-started", message, command("git", "config", f"hotfix.{KEY}", "COMMAND"), ExitCode.USAGE),
    )


def test_folder_that_is_gone_is_refused(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    with pytest.raises(HotfixError) as raised:
        Runner(gone, {"PATH": os.defpath}, print).run(("true",), key=KEY)
    assert raised.value.problems == (
        Problem(
            "folder-gone", f"The folder '{gone}' for deploy.command does not exist.", command("git", "hotfix", "config")
        ),
    )


def test_log_that_cannot_be_written_is_refused_before_the_start(tmp_path: Path) -> None:
    (tmp_path / "logs").write_text("a file where the folder should be")
    marker = tmp_path / "ran"
    with pytest.raises(HotfixError) as raised:
        run_python(f"open({str(marker)!r}, 'w')", tmp_path, log=tmp_path / "logs" / "x.log")
    assert [problem.code for problem in raised.value.problems] == ["log-not-writable"]
    assert not marker.exists()


def test_log_through_a_symbolic_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.log").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(HotfixError, match="cannot be written"):
        run_python("print(1)", tmp_path, log=tmp_path / "x.log")
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs the device that is always full")
def test_disk_that_fills_up_does_not_end_the_command(tmp_path: Path) -> None:
    marker = tmp_path / "done"
    code = f"print('step', flush=True); open({str(marker)!r}, 'w'); print('end')"
    ended, heard = run_python(code, tmp_path, log=Path("/dev/full"))
    assert ended == Ended(0, ended.started_at, ended.ended_at, "step\nend\n")
    told = b"\ngit-hotfix: the log is incomplete: No space left on device\n"
    assert heard.replace(told, b"") == b"step\nend\n"
    assert heard.count(told) == 1
    assert marker.exists()


def test_listener_that_is_gone_does_not_end_the_command(tmp_path: Path) -> None:
    def gone(piece: bytes) -> None:
        raise BrokenPipeError

    log = tmp_path / "x.log"
    words = (sys.executable, "-I", "-c", "print(1, flush=True); import time; time.sleep(0.2); print(2)")
    ended = Runner(tmp_path, {}, gone, log).run(words, key=KEY)
    assert (ended.code, log.read_text()) == (0, "1\n2\n")


def test_process_left_in_the_background_is_not_waited_for(tmp_path: Path) -> None:
    code = """
        import subprocess, sys
        process = subprocess.Popen([sys.executable, "-I", "-c", "import time; time.sleep(1000)"])
        print(process.pid)
    """
    ended, heard = run_python(code, tmp_path)
    assert ended.code == 0
    os.kill(int(heard), signal.SIGKILL)  # it is still there


_CLEANS_UP = """
import os, signal, sys, time
def cleaned(number, frame):
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # a second one would end it here
    time.sleep(0.2)
    os.write(1, b"cleaned up\\n")  # print is not safe in a signal handler
    sys.exit(3)
signal.signal(signal.SIGINT, cleaned)
print("running", flush=True)
time.sleep(1000)
"""


def test_ctrl_c_on_a_terminal_waits_for_the_command_to_clean_up(tmp_path: Path) -> None:
    script = tmp_path / "outer.py"
    script.write_text(_outer(_CLEANS_UP))
    child = pexpect.spawn(sys.executable, [str(script)], cwd=str(ROOT), timeout=300, encoding="utf-8")
    child.expect_exact("running")
    child.sendintr()
    child.expect_exact("cleaned up")
    child.expect_exact("interrupted")
    child.expect(pexpect.EOF)
    child.close()


def test_interruption_from_elsewhere_is_passed_on(tmp_path: Path) -> None:
    script = tmp_path / "outer.py"
    script.write_text(_outer(_CLEANS_UP))
    with subprocess.Popen(
        [sys.executable, str(script)], cwd=ROOT, stdout=subprocess.PIPE, start_new_session=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"running\n"
        process.send_signal(signal.SIGINT)
        assert process.stdout.read() == b"cleaned up\ninterrupted\n"


def test_second_interruption_kills_a_command_that_will_not_end(tmp_path: Path) -> None:
    stubborn = """
import os, signal, time
signal.signal(signal.SIGINT, lambda number, frame: os.write(1, b"no\\n"))
print(os.getpid(), flush=True)
while True:
    time.sleep(1)
"""
    script = tmp_path / "outer.py"
    script.write_text(_outer(stubborn))
    with subprocess.Popen(
        [sys.executable, str(script)], cwd=ROOT, stdout=subprocess.PIPE, start_new_session=True
    ) as process:
        assert process.stdout is not None
        pid = int(process.stdout.readline())
        process.send_signal(signal.SIGINT)
        assert process.stdout.readline() == b"no\n"
        time.sleep(0.5)  # as a person would
        process.send_signal(signal.SIGINT)
        assert process.stdout.read() == b"interrupted\n"
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def _outer(code: str) -> str:
    """Write a program that runs ``code`` in a command, as git-hotfix does, and says how it went."""
    return textwrap.dedent(f"""
        import os, sys
        from pathlib import Path
        sys.path.insert(0, os.getcwd())
        from git_hotfix.commands.process import Runner
        def on_output(piece):
            os.write(1, piece)
        words = (sys.executable, "-I", "-c", {code!r})
        try:
            ended = Runner(Path("/"), {{}}, on_output).run(words, key="k")
        except KeyboardInterrupt:
            print("interrupted", flush=True)
        else:
            print("ended", ended.code, flush=True)
    """)


def test_command_is_kept_only_where_its_program_is_found(tmp_path: Path) -> None:
    (tmp_path / "run.sh").touch()
    for line in ("sh -c true", "./run.sh --all"):
        check_program(line, "your answer", tmp_path)
    with pytest.raises(HotfixError, match="The program 'y' of your answer was not found"):
        check_program("y", "your answer", tmp_path)
