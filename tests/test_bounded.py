"""What runs in a process of its own has an end, and leaves nothing behind."""

from __future__ import annotations

import os
import resource
import signal
import time
from typing import TYPE_CHECKING

import pytest

from git_hotfix.bounded import MOST_ANSWER_BYTES, Overrun, bounded

if TYPE_CHECKING:
    from collections.abc import Callable


def test_answer_comes_back_whole() -> None:
    given = bytes(range(256)) * 4_000
    assert bounded(lambda: given) == given


def test_child_has_none_of_the_files_that_are_open_here(tmp_path: object) -> None:
    with open(f"{tmp_path}/lock", "wb") as lock:  # noqa: PTH123  # the descriptor matters
        with pytest.raises(RuntimeError, match="Bad file descriptor"):
            bounded(lambda: str(os.fstat(lock.fileno())).encode())
        assert os.fstat(lock.fileno()).st_size == 0


def _kill() -> bytes:
    os.kill(os.getpid(), signal.SIGSEGV)
    return b""


def _sleep() -> bytes:
    time.sleep(60)
    return b""


def _raise() -> bytes:
    raise ValueError("nonsense")


@pytest.mark.parametrize(
    ("work", "why"),
    [
        (lambda: b"x" * 2_000_000_000, "it needs too much memory, or brings the process down"),
        (_kill, "it needs too much memory, or brings the process down"),
        (lambda: b"x" * (MOST_ANSWER_BYTES + 1), "it gives back too much"),
    ],
)
def test_what_overruns_its_limits_is_told(work: Callable[[], bytes], why: str) -> None:
    with pytest.raises(Overrun) as raised:
        bounded(work)
    assert str(raised.value) == why


def test_error_of_the_program_is_told_as_one_and_is_no_overrun() -> None:
    with pytest.raises(RuntimeError, match="ValueError: nonsense"):
        bounded(_raise)


def test_waiting_in_vain_is_told_with_the_time_it_took(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("git_hotfix.bounded.PATIENCE_SECONDS", 0.2)
    with pytest.raises(Overrun, match=r"\Ait takes longer than 0\.2 s\Z"):
        bounded(_sleep)


def test_limits_that_are_lower_already_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    real = resource.getrlimit

    def lower() -> bytes:
        for kind in (resource.RLIMIT_CPU, resource.RLIMIT_AS):
            resource.setrlimit(kind, real(kind)[:1] * 2)
        return bounded(lambda: b"answer", seconds=100)

    assert bounded(lower) == b"answer"


def test_ctrl_c_at_the_fork_stays_in_the_parent(monkeypatch: pytest.MonkeyPatch) -> None:
    real, children = os.fork, []

    def interrupted() -> int:
        child = real()
        children.append(child)
        signal.raise_signal(signal.SIGINT)
        return child

    monkeypatch.setattr(os, "fork", interrupted)
    own = os.getpid()
    with pytest.raises(KeyboardInterrupt):
        bounded(lambda: b"answer")
    assert os.getpid() == own
    with pytest.raises(ChildProcessError):
        os.waitpid(children[0], os.WNOHANG)


def test_answer_counts_where_the_system_reaps_children_itself() -> None:
    before = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        assert bounded(lambda: b"answer") == b"answer"
    finally:
        signal.signal(signal.SIGCHLD, before)
