"""``git hotfix demo``: a whole hotfix to look at; nothing of the user's is touched."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from datetime import datetime
from typing import TYPE_CHECKING

from git_hotfix.cli.options import Options
from git_hotfix.cli.played_history import play_history
from git_hotfix.cli.stage import Stage, stage
from git_hotfix.clock import now
from git_hotfix.commands.process import Ended
from git_hotfix.git.process_tree import descendants, process_at, running_processes, still_running
from tests.support.lab import Clone
from tests.support.picture import drawn, to_be_drawn

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import pytest


def test_demo_plays_a_whole_hotfix_and_leaves_nothing(tmp_path: Path) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()

    answer = Clone(tmp_path).hotfix("demo", env={"TMPDIR": str(temporary)})

    assert (answer.code, answer.err) == (0, "")
    assert [line for line in answer.out.splitlines() if line.startswith("$ git")] == [
        "$ git hotfix start 'Login takes any password' --slug auth-bypass -y",
        "$ git commit -qam 'Check the password'",
        "$ git hotfix finish -y --verified-by Kim",
        "$ git hotfix cleanup auth-bypass",
        "$ git log --graph --oneline --decorate --all --color=never",
    ]
    for said in ("2 critical checks passed\n", "deploying hotfix-", "record written", "Back on 'develop'.\n"):
        assert said in answer.out
    graph = answer.out.rpartition("--color=never\n")[2].rstrip().splitlines()
    assert graph[0].startswith("* ")
    assert graph[-1].endswith(" Shop 1.0")
    assert sum("HOTFIX: Login takes any password" in line for line in graph) == 4
    assert list(tmp_path.rglob("*")) == [temporary]


def test_kept_demo_is_as_drawn_can_be_explored_and_nothing_is_overwritten(tmp_path: Path) -> None:
    kept = tmp_path / "deep" / "kept"

    answer = Clone(tmp_path).hotfix("demo", "--keep", str(kept), env={"TZ": "UTC"}, check=0)

    assert drawn() == to_be_drawn(answer.out.replace(str(kept), "/tmp/demo").splitlines())
    assert answer.out.endswith(f"It is all in '{kept}': shop is the clone, origin.git the server.\n")
    shop = Clone(kept / "shop")
    assert shop.git("branch", "--list", "hotfix/*") == ""
    assert shop.git("status", "--porcelain") == ""
    # the clone is usable: it knows who commits there
    listed = shop.hotfix("list", check=0)
    assert listed.out.startswith("past  ")
    again = Clone(tmp_path).hotfix("demo", "--keep", str(kept))
    assert (again.code, again.out) == (1, "")
    assert again.err == f"error: '{kept}' is not empty.\nhint:  git hotfix demo --keep NEW-FOLDER\n"


class Quick(Stage):
    """The stage of a demo on which the program is forked, not started."""

    def _run(self, words: Sequence[str], directory: Path, on_output: Callable[[bytes], None]) -> Ended:
        if words[:2] != ("git", "hotfix"):
            return super()._run(words, directory, on_output)
        began = now()
        answer = Clone(directory).hotfix(*words[2:], env=self.environment)
        return Ended(answer.code, began, now(), answer.out + answer.err)


def test_history_is_played_as_if_it_were_then(tmp_path: Path) -> None:
    there = Quick(tmp_path, Options(quiet=True, json=True), "shop")
    at_start = ("LANG", "LC_", "LD_", "PYTHON")  # what a fork cannot have
    there.environment = {name: value for name, value in there.environment.items() if not name.startswith(at_start)}
    play_history(there, 2)
    told = Clone(there.clone).hotfix("report", "--json", check=0).json()["report"]
    ages = [(now() - datetime.fromisoformat(each["declared_at"])).days for each in told["incidents"]]
    assert [round(age / 100) for age in ages] == [4, 7]
    assert [each["title"] for each in told["incidents"]] == ["결제가 두 번 됩니다", "Login takes any password"]
    assert all(each["seconds"]["resolve"] > each["seconds"]["declare"] > 0 for each in told["incidents"])
    (recovery,) = (each for each in told["durations"] if each["name"] == "recover")
    assert (recovery["n"], recovery["missing"]) == (1, 1)  # both say which change was the cause, one when it began
    assert {place["state"] for each in told["incidents"] for place in each["places"]} == {"present"}
    assert [each["places"][0]["exposed_seconds"] for each in told["incidents"]] == [8 * 3600, 0]
    log = Clone(there.clone).git("log", "--all", "--format=%cI")
    assert max(log.split("\n")) <= now().isoformat()


KILLED = """\
from git_hotfix.cli.options import Options
from git_hotfix.cli.stage import stage

with stage(Options(), "drill", None, "clone") as there:
    there.quiet("sh", "-c", "echo $$ >../pid.new; mv ../pid.new ../pid; sleep 1000; :", directory=there.root)
"""


def test_what_a_killed_run_has_started_ends_with_it_and_its_folder_goes_with_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed = subprocess.Popen((sys.executable, "-c", KILLED), env={**os.environ, "TMPDIR": str(tmp_path)})
    while not (tmp_path / "pid").exists():
        assert killed.poll() is None
        time.sleep(0.01)
    shell = process_at(int((tmp_path / "pid").read_text()))
    assert shell is not None
    started = (shell, *descendants(shell.number, running_processes() or ()))
    killed.kill()
    killed.wait()
    assert still_running(started, seconds=20) == []
    (tmp_path / "pid").unlink()
    assert len([*tmp_path.iterdir()]) == 1

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    dead, *foreign = (tmp_path / f"git-hotfix-{name}" for name in ("drill-dead_123", "trial", "notes", "demo-12345678"))
    for folder in (dead, *foreign):
        folder.mkdir()
    (dead / "held").write_text(f"'{dead}' is of git-hotfix, which removes it.\n")
    (tmp_path / "git-hotfix-notes/held").write_text("precious\n")
    (tmp_path / "git-hotfix-demo-12345678/held").write_text(f"'{dead}' is of git-hotfix, which removes it.\n")
    with stage(Options(), "demo", None, "clone") as first, stage(Options(), "demo", None, "clone") as second:
        assert {*tmp_path.iterdir()} == {*foreign, first.root, second.root}
        locks = "import fcntl, sys; fcntl.flock(open('held'), fcntl.LOCK_EX | fcntl.LOCK_NB)"
        first.quiet(sys.executable, "-c", locks, directory=first.root, ends=(1,))
    assert {*tmp_path.iterdir()} == {*foreign}


def test_what_is_no_empty_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "dangling").symlink_to("nowhere")
    assert Clone(tmp_path).hotfix("demo", "--keep", "a", "--history", "b", check=2).err.startswith("error: --keep and")
    told = Clone(tmp_path).hotfix("demo", "--keep", "dangling", check=1).err
    assert told == "error: 'dangling' cannot be the folder: File exists.\nhint:  git hotfix demo --keep NEW-FOLDER\n"
