"""Run one command of the team: heard while it runs, logged, timed; its end is waited for."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import IO, TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from git_hotfix.clock import now
from git_hotfix.commands.split import fill_words, split_command
from git_hotfix.config.table import all_keys
from git_hotfix.errors import HotfixError, command, refused, wrong_input
from git_hotfix.git.child import has_ended
from git_hotfix.git.wait import Wait

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from git_hotfix.git.wait import ShowWait

TAIL_CHARACTERS = 4000
_LOOK_SECONDS = 0.1


@contextmanager
def ignoring_interrupts() -> Iterator[None]:
    """Let no Ctrl-C end this program meanwhile: one that it had already is handed on by git (run-command.c)."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def leashed() -> Iterator[int]:
    """Give a process group that ends with this program, however it does, kill -9 included.

    Its keeper reads from a pipe that only we hold open. Who is in it is not in the foreground of the terminal: what
    reads from there gets an error, where it would be stopped for ever.
    """
    end, held = os.pipe()
    words = ("sh", "-c", "trap '' INT TERM HUP; read -r _; kill -9 0")
    keeper = subprocess.Popen(words, stdin=end, stdout=subprocess.DEVNULL, process_group=0)
    os.close(end)
    before = signal.signal(signal.SIGTTIN, signal.SIG_IGN)
    try:
        yield keeper.pid
    finally:
        signal.signal(signal.SIGTTIN, before)
        os.close(held)
        has_ended(keeper, 0)


class Ended(Struct, frozen=True):
    """How a command ended: its exit code (128 + n for signal n, as in a shell), when, and its last output.

    ``tail`` are the last 4000 characters of standard output and standard error together, as they came.
    """

    code: int
    started_at: datetime
    ended_at: datetime
    tail: str


class Runner(Struct, frozen=True):
    """Where commands of the team's run, and who hears them.

    ``environment`` must already be free of git's local variables (``without_local_environment``). Standard output and
    error, merged, go piece by piece to ``on_output`` and, byte for byte, into ``log`` (added to; made with its folders,
    readable by the owner only). ``shows`` gets what is being waited for while a command says nothing, and the last
    line that it has said has an end. ``group`` is the process group (``leashed``) that a command is started in.
    """

    directory: Path
    environment: Mapping[str, str]
    on_output: Callable[[bytes], None]
    log: Path | None = None
    shows: ShowWait | None = None
    group: int | None = None

    def run(self, words: Sequence[str], *, key: str) -> Ended:
        """Run a command and wait for the end.

        Standard input is the terminal if there is one, else empty.
        A command that cannot be started is wrong input that names ``key``; a log that cannot be written is
        refused before the start. After the start neither a full disk nor a listener that is gone ends the
        command. An interruption reaches the command too; its end is waited for, then the ``KeyboardInterrupt``
        goes on; a second one kills it. A process that the command left in the background is not waited for.
        """
        ear = _Ear(self.on_output, _open_log(self.log))
        try:
            started_at = now()
            process, pipe = _start(words, key, self)
            ear.wait = Wait(process.pid, f"Running '{words[0].rpartition('/')[2]}'", self.shows)
            with pipe:
                _attend(process, pipe, ear, self.group)
            ended_at = now()
        except HotfixError:
            if self.log is not None and self.log.stat().st_size == 0:
                self.log.unlink()  # nothing was started
            raise
        finally:
            ear.close()
        code = process.returncode
        return Ended(code if code >= 0 else 128 - code, started_at, ended_at, ear.tail())


def run_deployment(runner: Runner, command: str, *, key: str, hotfix_id: str, tag: str | None, commit: str) -> Ended:
    """Run ``command`` (of ``key``: ``deploy.command``, ``deploy.check``); say how it ended.

    It finds the hotfix in ``HOTFIX_ID``, ``HOTFIX_TAG`` (empty without a tag) and ``HOTFIX_COMMIT``. Errors
    are those of ``split_command`` and ``Runner.run``: nothing was started then.
    """
    words = fill_words(split_command(command, key=key), {})
    variables = {"HOTFIX_ID": hotfix_id, "HOTFIX_TAG": tag or "", "HOTFIX_COMMIT": commit}
    return replace(runner, environment={**runner.environment, **variables}).run(words, key=key)


class _Ear:
    """Takes the output: remembers its end, writes the log, passes it on; between two pieces it shows the wait."""

    wait: Wait

    def __init__(self, on_output: Callable[[bytes], None], log: int | None) -> None:
        self._on_output: Callable[[bytes], None] | None = on_output
        self._log = log
        self._last = bytearray()

    def hear_nothing(self) -> None:
        if not self._last or self._last.endswith(b"\n"):
            self.wait.look()

    def take(self, piece: bytes) -> None:
        self.wait.end()
        self._last += piece
        del self._last[: -4 * TAIL_CHARACTERS]  # a character has at most four bytes
        problem = self._write(piece)
        self._tell(piece)
        if problem:
            self._tell(f"\ngit-hotfix: the log is incomplete: {problem}\n".encode())

    def tail(self) -> str:
        return self._last.decode("utf-8", "replace")[-TAIL_CHARACTERS:]

    def close(self) -> None:
        if self._log is not None:
            os.close(self._log)

    def _write(self, piece: bytes) -> str | None:
        """Write to the log at once, so that a kill leaves it whole; give the reason when it is given up."""
        if self._log is None:
            return None
        rest = memoryview(piece)
        try:
            while rest:
                rest = rest[os.write(self._log, rest) :]
        except OSError as error:
            self.close()
            self._log = None
            return error.strerror
        return None

    def _tell(self, piece: bytes) -> None:
        if self._on_output is None:
            return
        try:
            self._on_output(piece)
        except OSError:
            self._on_output = None  # a closed terminal or pipe must not end a deployment half-way


def log_path(common_dir: Path, hotfix_id: str, started: datetime) -> Path:
    """Return the log of a deployment that began at ``started``, in the common git directory (named in UTC)."""
    stamp = started.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    return common_dir / "hotfix" / "logs" / f"{hotfix_id}-deploy-{stamp}.log"


def _open_log(log: Path | None) -> int | None:
    if log is None:
        return None
    try:
        log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder = os.open(log.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
            return os.open(log.name, flags, 0o600, dir_fd=folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise refused(
            "log-not-writable",
            f"The log '{log}' cannot be written: {error.strerror}.",
            command("ls", "-ld", log.parent),
        ) from error


def _start(words: Sequence[str], key: str, runner: Runner) -> tuple[subprocess.Popen[bytes], IO[bytes]]:
    try:
        process = subprocess.Popen(
            tuple(words),
            cwd=runner.directory,
            env=runner.environment,
            process_group=runner.group,
            stdin=None if os.isatty(0) and runner.group is None else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
    except OSError as error:
        raise _not_started(words[0], key, runner.directory, error) from error
    assert process.stdout is not None  # noqa: S101  # given as PIPE above, for mypy
    return process, process.stdout


def check_program(line: str, key: str, directory: Path, origin: str = "") -> None:
    """Refuse a command whose program is found nowhere, before it is kept; ``origin`` is where the key has it from."""
    import shutil  # noqa: PLC0415  # 2 ms: only for an answer

    program = split_command(line, key=key)[0]
    if shutil.which(program) is None and not (directory / program).is_file():
        raise _not_started(program, key, directory, FileNotFoundError(), origin)


def _not_started(program: str, key: str, directory: Path, error: OSError, origin: str = "") -> HotfixError:
    setting, remedy = all_keys().get(key), command("git", "hotfix", "config")
    if not directory.is_dir():
        return refused("folder-gone", f"The folder '{directory}' for {key} does not exist.", remedy)
    remedy = command("git", "config", setting.git_name, "COMMAND") if setting else remedy
    why = {
        FileNotFoundError: "was not found",
        PermissionError: "is not executable",
    }.get(type(error), f"could not be started: {error.strerror}")
    return wrong_input("command-not-started", f"The program '{program}' of {key}{origin} {why}.", remedy)


def _attend(process: subprocess.Popen[bytes], pipe: IO[bytes], ear: _Ear, group: int | None) -> None:
    """Listen until the command has ended; whatever happens, it is not left running unheard."""
    try:
        _listen(process, pipe, ear)
    except KeyboardInterrupt:
        if group is not None:
            os.killpg(group, signal.SIGINT)
        elif not _is_told_by_terminal():
            process.send_signal(signal.SIGINT)
        try:
            _listen(process, pipe, ear)
        except KeyboardInterrupt:
            process.kill()
            has_ended(process, 0)
        raise
    except BaseException:
        process.terminate()
        has_ended(process, 0)
        raise


def _listen(process: subprocess.Popen[bytes], pipe: IO[bytes], ear: _Ear) -> None:
    with selectors.DefaultSelector() as selector:
        selector.register(pipe, selectors.EVENT_READ)
        while True:
            # Looked at before the pipe, so that nothing written before the end is missed. A process left in
            # the background holds the pipe open: its end is not awaited.
            is_over = has_ended(process, os.WNOHANG)
            if selector.select(0 if is_over else _LOOK_SECONDS):
                piece = os.read(pipe.fileno(), 65536)
                if not piece:
                    break
                ear.take(piece)
            elif is_over:
                break
            else:
                ear.hear_nothing()
    has_ended(process, 0)


def _is_told_by_terminal() -> bool:
    """Whether Ctrl-C went to our whole group: a second SIGINT would cut the command's clean-up short."""
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return False
    finally:
        os.close(terminal)
