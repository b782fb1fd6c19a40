"""How many processes of git a command costs: each takes 1.3 to 2 ms, ``status`` and ``checkout`` far more."""

from __future__ import annotations

import os
import shlex
import shutil
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.support.hooks import _install
from tests.support.lab import BUG, FIXED, LOGIN, Bare, standard_lab
from tests.support.past import add_past
from tests.support.preloaded import preloaded

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.lab import Clone

MOST_FOR_START = 12
MOST_FOR_STATUS = 8
MOST_FOR_FINISH = 25
"""The whole of it, with a server and one target."""
MOST_FOR_BACKPORT = 10
MOST_FOR_ROLLBACK = 15
"""With the target."""
MOST_FOR_CLEANUP = 8

THE_TESTS = "the tests run"


class Counting(NamedTuple):
    """A clone, and a ``git`` first on PATH that writes down what it is asked."""

    clone: Clone
    folder: Path

    def calls(self, *arguments: str) -> list[str]:
        """Run a command, and return what it asked of git, in order; the critical tests are a line of their own.

        ``-v`` shows every one of them.
        """
        log = self.folder / "log"
        log.write_text("")
        path = os.pathsep.join((str(self.folder), os.environ["PATH"]))
        answer = preloaded().run(*arguments, "-v", directory=self.clone.path, env={"PATH": path})
        assert answer.code == 0, answer.err
        calls = log.read_text().splitlines()
        shown = [line.removeprefix("+ git ") for line in answer.err.splitlines() if line.startswith("+ git ")]
        if THE_TESTS in calls:
            shown.insert(calls.index(THE_TESTS), THE_TESTS)
        assert sorted(calls) == sorted(shown)  # two that run at once may write themselves down in any order
        return shown


@pytest.fixture
def counting(tmp_path: Path) -> Counting:
    scene = standard_lab(tmp_path)
    scene.remote.git("branch", "-D", "support/1.0", "release/1.1")
    folder, git = tmp_path / "wrapped", shutil.which("git")
    folder.mkdir()
    assert git is not None
    log = shlex.quote(str(folder / "log"))
    _install(folder / "git", f'echo "$*" >>{log}\nexec {shlex.quote(git)} "$@"\n')
    _install(folder / "critical-tests", f"echo {shlex.quote(THE_TESTS)} >>{log}\n")
    scene.alice.git("fetch", "-q", "--prune")
    scene.alice.git("config", "hotfix.test.command", shlex.quote(str(folder / "critical-tests")))
    return Counting(scene.alice, folder)


def assert_few(calls: list[str], most: int) -> None:
    """Show that a command did not start too many processes, nor asked the same twice of what had not changed."""
    asked = [call for call in calls if call != THE_TESTS]
    assert len(asked) <= most, "\n".join(asked)
    tests = calls.index(THE_TESTS) if THE_TESTS in calls else len(calls)
    for part in (calls[:tests], calls[tests:]):
        reading = [call for call in part if not call.startswith("update-ref ")]  # what that does is not in its words
        assert [call for call, times in Counter(reading).items() if times > 1] == []


def test_a_hotfix_costs_few_processes_from_start_to_cleanup(counting: Counting) -> None:
    alice = counting.clone
    start = counting.calls("start", "Wrong password", "-y")
    assert_few(start, MOST_FOR_START)
    names = [call.split()[0] for call in start]
    assert names.index("status") < names.index("ls-remote")  # git looks at the files while the server is asked
    assert [call.split()[-1] for call in start if call.startswith("status ")] == ["--untracked-files=no"]
    alice.commit("Check the password", {LOGIN: alice.replace(LOGIN, BUG, FIXED)})
    assert_few(counting.calls("status"), MOST_FOR_STATUS)
    finish = counting.calls("finish", "-y")
    assert_few(finish, MOST_FOR_FINISH)
    assert THE_TESTS in finish
    assert [call.split()[0] for call in finish].count("push") == 2  # production and its tag, then develop
    assert_few(counting.calls("status"), MOST_FOR_STATUS)
    assert_few(counting.calls("cleanup"), MOST_FOR_CLEANUP)

    work = "commit refs/heads/develop\ncommitter K <k@x> 4000000000 +0000\ndata 0\n\n" * 401  # libgit2 walks 400
    begins = f"reset refs/heads/develop\nfrom {alice.rev('origin/develop')}\n\n"
    alice.git("fast-import", "--quiet", "--force", stdin=begins + work)
    alice.git("push", "-q", "origin", "develop")
    looking_back = counting.calls("status")
    assert_few(looking_back, MOST_FOR_STATUS)
    assert [call for call in looking_back if "cherry picked" in call] == []  # how it came there is not asked


def test_backport_and_rollback_cost_few_processes(counting: Counting) -> None:
    alice = counting.clone
    counting.calls("start", "Wrong password", "-y")
    alice.commit("Check the password", {LOGIN: alice.replace(LOGIN, BUG, FIXED)})
    assert_few(counting.calls("finish", "-y", "--no-backport"), MOST_FOR_FINISH)
    assert_few(counting.calls("backport"), MOST_FOR_BACKPORT)
    assert_few(counting.calls("rollback", "-y", "--targets"), MOST_FOR_ROLLBACK)


def test_server_that_has_taken_a_push_is_not_asked_again(counting: Counting) -> None:
    asked = [call.split()[0] for call in counting.calls("start", "Wrong password", "-y", "--push")]
    assert (asked.count("ls-remote"), asked.count("push")) == (1, 1)
    assert "ls-remote" not in {call.split()[0] for call in counting.calls("status", "--offline")}


def test_reports_of_the_past_cost_list_no_processes(counting: Counting) -> None:
    alice = counting.clone
    said = 'schema: 1\nid: "20260117-x{0}"\nstatus: "resolved"\nbase: "main"\nbranch: "hotfix/20260117-x{0}"\n'
    said += 'title: "Fix"\nseverity: "high"\nkind: "outage"\nproduction_affected: true\ncan_wait: false\nwhat: "x"\n'
    said += 'reporter: "Kim"\ndeclared_at: "2026-01-17T10:00:00+09:00"\nvisibility: "public"\n'
    alice.git("switch", "-q", "develop")
    alice.commit("Past", {f"docs/incidents/HOTFIX-2026-01-17-x{n}.md": f"---\n{said.format(n)}---\n" for n in range(9)})
    alice.git("push", "-q", "origin", "develop")

    assert len(counting.calls("list")) <= MOST_FOR_STATUS


def test_newest_of_many_that_are_past_is_found_with_few_processes(counting: Counting) -> None:
    add_past(Bare(counting.folder.parent / "remote.git"), 12, then=401)  # libgit2 walks 400
    counting.clone.git("fetch", "-q", "--tags")

    assert len(counting.calls("rollback", "--dry-run", "--reason", "Too early", "-y")) <= MOST_FOR_ROLLBACK
