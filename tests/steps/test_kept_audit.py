"""Many hotfixes are audited by two processes; whatever befalls the second, every audit is there, in its order."""

from __future__ import annotations

import os
import select
import signal
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from git_hotfix.steps.audit import Audit
from git_hotfix.steps.kept_audit import Audited, _in_two

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def in_two(befalls: Callable[[], object]) -> list[tuple[str, bool]]:
    """Return which hotfixes were audited, and whether this process did it; in the other one something befalls first."""
    here = os.getpid()

    def audits(known: Sequence[Any]) -> tuple[Audited, ...]:
        if os.getpid() != here:
            befalls()
        return tuple(Audited(each, str(os.getpid() == here), Audit((), ())) for each in known)

    repository: Any = SimpleNamespace(files=None)
    known: Any = ["one", "two", "three", "four", "five"]
    return [(each.hotfix, each.name == "True") for each in _in_two(audits, known, repository)]


def test_half_of_the_audits_come_from_another_process_in_their_order() -> None:
    assert in_two(lambda: None) == [("one", True), ("two", True), ("three", False), ("four", False), ("five", False)]


@pytest.mark.parametrize("befalls", [lambda: os.kill(os.getpid(), signal.SIGKILL), lambda: 1 / 0, lambda: os._exit(0)])
def test_audits_of_a_process_that_ends_are_made_here(befalls: Callable[[], object]) -> None:
    assert in_two(befalls) == [(name, True) for name in ("one", "two", "three", "four", "five")]


def test_interruption_ends_the_other_process_too() -> None:
    here, (reading, writing) = os.getpid(), os.pipe()

    def audits(_: Sequence[Any]) -> tuple[Audited, ...]:
        if os.getpid() == here:
            raise KeyboardInterrupt
        os.write(writing, b"%d" % os.getpid())
        signal.pause()
        return ()

    def after_the_other(known: Sequence[Any]) -> tuple[Audited, ...]:
        if os.getpid() == here:
            others.append(int(os.read(reading, 20)))
        return audits(known)

    others: list[int] = []
    known: Any = ["one", "two"]
    repository: Any = SimpleNamespace(files=None)
    with pytest.raises(KeyboardInterrupt):
        _in_two(after_the_other, known, repository)
    with pytest.raises(ProcessLookupError):
        os.kill(others[0], 0)
    os.close(reading)
    os.close(writing)


@pytest.mark.parametrize("is_at_work", [True, False])
def test_other_process_ends_with_one_that_is_killed_and_holds_nothing_open(*, is_at_work: bool) -> None:
    reading, writing = os.pipe()

    def audits(_: Sequence[Any]) -> tuple[Audited, ...]:
        if os.getpid() != parent:
            holds_output = os.fstat(1).st_rdev != Path(os.devnull).stat().st_rdev
            os.write(writing, b"%d %d" % (os.getpid(), holds_output))
        if os.getpid() == parent or is_at_work:
            signal.pause()
        return (Audited("x" * 1_000_000, "more than a pipe holds", Audit((), ())),)

    if (killed := os.fork()) == 0:
        parent = os.getpid()
        known: Any = ["one", "two"]
        repository: Any = SimpleNamespace(files=None)
        _in_two(audits, known, repository)
    os.close(writing)
    other, holds_output = map(int, os.read(reading, 20).split())
    os.kill(killed, signal.SIGKILL)
    os.waitpid(killed, 0)

    ends = select.select([reading], [], [], 30)[0] == [reading]  # nobody has the other end any more

    os.close(reading)
    if not ends:
        os.kill(other, signal.SIGKILL)
    assert (ends, holds_output) == (True, 0)
