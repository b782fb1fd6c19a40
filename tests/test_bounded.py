"""What runs in a process of its own has an end, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
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
        with pytest.raises(Overrun):
            bounded(lambda: str(os.fstat(lock.fileno())).encode())
        assert os.fstat(lock.fileno()).st_size == 0


def _kill() -> bytes:
    os.kill(os.getpid(), signal.SIGSEGV)
    return b""


def _raise() -> bytes:
    raise ValueError("nonsense")


@pytest.mark.parametrize(
    ("work", "why"),
    [
        (lambda: b"x" * 2_000_000_000, "it needs too much memory, or brings the process down"),
        (_kill, "it needs too much memory, or brings the process down"),
        (_raise, "it needs too much memory, or brings the process down"),
        (lambda: b"x" * (MOST_ANSWER_BYTES + 1), "it gives back too much"),
    ],
)
def test_what_overruns_its_limits_is_told(work: Callable[[], bytes], why: str) -> None:
    with pytest.raises(Overrun) as raised:
        bounded(work)
    assert str(raised.value) == why
