"""What is remembered on a shared machine is the person's alone, and nothing of it outlives its use."""

from __future__ import annotations

import fcntl
import os
import stat
from typing import TYPE_CHECKING

import pytest

from tests.cli.stages import Stage, finished, fixed, published
from tests.hostile.scenes import assert_no_bug, bounded, said
from tests.support.lab import BUG, FIXED, LOGIN, standard_lab

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.lab import Clone

SECRET = "any visitor is let in"  # noqa: S105  # what must not become known


@pytest.fixture(params=[0o022, 0o000], ids=["usual umask", "open umask"])
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    """Let what is made be readable by everybody, unless the program says otherwise."""
    before = os.umask(request.param)
    try:
        yield request.param
    finally:
        os.umask(before)


def folder_of(clone: Clone) -> Path:
    return clone.path / ".git/hotfix"


def open_to_others(folder: Path) -> list[str]:
    """Return what of a folder, itself included, the group or others may read or write."""
    found = [folder, *folder.rglob("*")]
    kept = [each for each in found if not each.is_symlink() and stat.S_IMODE(each.stat().st_mode) & 0o077]
    return sorted(f"{each.relative_to(folder)} {stat.S_IMODE(each.stat().st_mode):o}" for each in kept)


def mentions(folder: Path, text: str) -> list[str]:
    """Return the files below a folder that have a text in them."""
    files = (file for file in folder.rglob("*") if file.is_file() and not file.is_symlink())
    return sorted(str(file.relative_to(folder)) for file in files if text.encode() in file.read_bytes())


def whole_life(root: Path, env: dict[str, str]) -> Stage:
    """Play a hotfix with tests, a deployment, notes and a draft; started here, so that the umask counts."""
    scene = standard_lab(root)
    alice = scene.alice
    alice.git("config", "hotfix.branches.production", "main")
    alice.git("config", "hotfix.test.command", "echo tested")
    alice.git("config", "hotfix.deploy.command", "echo deployed")
    alice.hotfix("start", "Login takes any password", "--slug", "auth", "-y", check=0, env=env)
    hotfix = alice.git("branch", "--show-current").removeprefix("hotfix/")
    alice.hotfix("note", "told the vendor", check=0, env=env)
    alice.commit("Check the password", {LOGIN: alice.replace(LOGIN, BUG, FIXED)})
    return Stage(root, scene.remote, alice, scene.bob, hotfix)


@pytest.mark.usefixtures("umask")
def test_everything_remembered_is_for_the_owner_only(tmp_path: Path) -> None:
    started_by_git = {"PYTHONUNBUFFERED": "1"}  # a preloaded process would have the umask it was started with
    stage = whole_life(tmp_path, started_by_git)

    stage.alice.hotfix("test", check=0, env=started_by_git)
    stage.alice.hotfix("finish", "-y", "--no-backport", check=0, env=started_by_git)
    stage.alice.hotfix("postmortem", "auth", "--edit", env={**started_by_git, "GIT_EDITOR": "false"})

    assert open_to_others(folder_of(stage.alice)) == []


def test_folder_that_an_older_version_made_is_closed_too(tmp_path: Path) -> None:
    stage = fixed(tmp_path)
    folder = folder_of(stage.alice)
    folder.chmod(0o755)
    stage.memory.chmod(0o644)

    stage.alice.hotfix("test", check=0)

    assert open_to_others(folder) == []


def test_draft_of_a_failed_editor_is_private_and_goes_with_the_clean_up(tmp_path: Path) -> None:
    stage = finished(tmp_path)
    alice = stage.alice
    editor = tmp_path / "editor.sh"
    editor.write_text(f'echo "{SECRET}" >>"$1"; exit 1\n')

    failed = alice.hotfix("postmortem", "auth", "--edit", env={"GIT_EDITOR": f"sh {editor}"})

    assert failed.code == 1
    drafts = mentions(folder_of(alice), SECRET)
    assert len(drafts) == 1, "the text that was typed is kept"
    assert drafts[0].rpartition("/")[2] in said(failed)
    assert stat.S_IMODE((folder_of(alice) / drafts[0]).stat().st_mode) == 0o600
    alice.hotfix("cleanup", "auth", check=0)
    assert mentions(folder_of(alice), SECRET) == []


def test_draft_of_a_restricted_hotfix_goes_when_it_is_disclosed(tmp_path: Path) -> None:
    scene = standard_lab(tmp_path)
    alice = scene.alice
    start = ("start", f"Login: {SECRET}", "--kind", "security", "--restricted", "-y", "--json")
    hotfix = str(alice.hotfix(*start, check=0).json()["hotfix"])
    alice.commit("Stricter check", {LOGIN: alice.replace(LOGIN, BUG, FIXED)})
    alice.hotfix("finish", "-y", "--skip-tests", "no time", check=0)
    editor = tmp_path / "editor.sh"
    editor.write_text(f'echo "{SECRET}" >>"$1"; exit 1\n')
    alice.hotfix("postmortem", hotfix, "--edit", env={"GIT_EDITOR": f"sh {editor}"})
    assert open_to_others(folder_of(alice)) == []

    alice.hotfix("document", "--disclose", hotfix, check=0)

    assert mentions(folder_of(alice), SECRET) == []


@pytest.mark.parametrize("name", ["lock", "memory", "draft", "log"])
def test_link_in_the_folder_is_not_followed(tmp_path: Path, name: str) -> None:
    stage = fixed(tmp_path)
    alice, folder = stage.alice, folder_of(stage.alice)
    victim = tmp_path / "victim"
    victim.write_text("mine\n")
    places = {"lock": folder / "lock", "memory": stage.memory, "log": folder / "logs"}
    place = places.get(name, folder / f"{stage.hotfix}-postmortem.md")
    place.unlink(missing_ok=True)
    if name == "log":
        victim.unlink()
        victim.mkdir()
    place.symlink_to(victim)

    for command in (("test",), ("postmortem", "--edit")):
        answer = alice.hotfix(*command, env={"GIT_EDITOR": "true"})
        assert_no_bug(answer)

    if name == "log":
        assert list(victim.iterdir()) == []
    else:
        assert victim.read_text() == "mine\n"


def test_lock_that_is_a_link_is_told(tmp_path: Path) -> None:
    stage = fixed(tmp_path)
    lock = folder_of(stage.alice) / "lock"
    lock.unlink(missing_ok=True)
    (tmp_path / "victim").write_text('{"since": "x"}')
    lock.symlink_to(tmp_path / "victim")

    answer = stage.alice.hotfix("test")

    assert answer.code == 1, said(answer)
    assert "lock" in said(answer)
    assert "link" in said(answer)


def test_lock_can_be_held_by_nobody_else(tmp_path: Path) -> None:
    stage = fixed(tmp_path)
    stage.alice.hotfix("test", check=0)
    lock = folder_of(stage.alice) / "lock"

    # flock needs no more than reading: the file, or its folder, must not be open to others
    others = stat.S_IMODE(lock.stat().st_mode) & 0o077
    way = stat.S_IMODE(lock.parent.stat().st_mode) & 0o077

    assert others == 0
    assert way == 0
    with lock.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        answer = stage.alice.hotfix("test")
    assert answer.code == 1, said(answer)


@pytest.mark.parametrize("kind", ["pipe", "folder"])
def test_lock_that_is_no_file_is_told_in_time(tmp_path: Path, kind: str) -> None:
    stage = published(tmp_path)
    lock = folder_of(stage.alice) / "lock"
    lock.unlink(missing_ok=True)
    if kind == "pipe":
        os.mkfifo(lock)
    else:
        lock.mkdir()

    answer = bounded(stage.alice, "backport", "auth", seconds=15)

    assert_no_bug(answer)
    assert "lock" in said(answer)


def test_temporary_files_of_a_run_lie_in_no_folder_of_everybody(tmp_path: Path) -> None:
    stage = fixed(tmp_path)
    everybody = tmp_path / "tmp"
    everybody.mkdir()
    env = {"TMPDIR": str(everybody), "GIT_EDITOR": "false", "PYTHONUNBUFFERED": "1"}

    stage.alice.hotfix("postmortem", "--edit", env=env)
    stage.alice.hotfix("finish", "-y", env=env)

    assert list(everybody.rglob("*")) == []
