"""What is remembered on a shared machine is the person's alone, and nothing of it outlives its use."""

from __future__ import annotations

import os
import stat
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from git_hotfix.atomic_write import private_folder, write_privately
from git_hotfix.engine.lock import only_one
from git_hotfix.errors import HotfixError
from git_hotfix.limits import read_file, read_own
from tests.cli.stages import finished, fixed
from tests.hostile.scenes import assert_no_bug, said
from tests.support.lab import BUG, FIXED, LOGIN, standard_lab

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.lab import Clone

SECRET = "any visitor is let in"  # noqa: S105  # what must not become known


@contextmanager
def open_umask() -> Iterator[None]:
    """Let what is made be open to everybody, unless the program says otherwise."""
    before = os.umask(0)
    try:
        yield
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
    place = places.get(name, folder / f"POSTMORTEM-{stage.hotfix}.md")
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


def test_what_is_written_privately_is_for_its_owner_only_whatever_the_umask(tmp_path: Path) -> None:
    file = tmp_path / "hotfix" / "a.json"

    with open_umask():
        write_privately(file, b"{}")
        with only_one(tmp_path, "test"):
            assert open_to_others(tmp_path / "hotfix") == []


def test_folder_that_was_open_is_closed_and_no_link_is_taken_for_one(tmp_path: Path) -> None:
    folder, link, file = (tmp_path / name for name in ("folder", "link", "file"))
    folder.mkdir()
    folder.chmod(0o777)
    link.symlink_to(folder)
    file.write_text("")

    for other in (link, file):
        with pytest.raises(HotfixError, match="folder"):
            private_folder(other)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o777

    assert private_folder(folder) == folder
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.parametrize("kind", ["link", "hard link", "pipe", "folder"])
def test_lock_that_is_no_file_of_ours_is_told_at_once(tmp_path: Path, kind: str) -> None:
    victim = tmp_path / "victim"
    victim.write_text("mine")
    lock = private_folder(tmp_path / "hotfix") / "lock"
    if kind == "pipe":
        os.mkfifo(lock)
    elif kind == "folder":
        lock.mkdir()
    elif kind == "link":
        lock.symlink_to(victim)
    else:
        lock.hardlink_to(victim)

    with pytest.raises(HotfixError, match="lock"), only_one(tmp_path, "test"):
        pass

    assert victim.read_text() == "mine"


@pytest.mark.parametrize("kind", ["link", "pipe", "folder", "device", "large"])
def test_nothing_but_a_regular_file_of_some_size_is_read(tmp_path: Path, kind: str) -> None:
    file = tmp_path / "file"
    if kind == "pipe":
        os.mkfifo(file)
    elif kind == "folder":
        file.mkdir()
    elif kind == "large":
        file.write_bytes(b"x" * 2_000_001)
    else:
        file.symlink_to("/dev/zero" if kind == "device" else __file__)

    with pytest.raises(OSError, match=r"link|regular|director|larger"):
        (read_file if kind == "device" else read_own)(file)


def test_file_of_ours_that_somebody_else_may_have_written_is_not_believed(tmp_path: Path) -> None:
    file = private_folder(tmp_path / "hotfix") / "audit.cache"
    write_privately(file, b"told")
    assert read_own(file) == b"told"

    file.chmod(0o620)
    with pytest.raises(OSError, match="others may write it"):
        read_own(file)
    tmp_path.chmod(0o770)  # who may write the git directory could write its hooks as well
    assert read_own(file) == b"told"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_file_of_another_user_is_not_believed_unless_the_git_directory_is_his(tmp_path: Path) -> None:
    file = private_folder(tmp_path / "hotfix") / "audit.cache"
    write_privately(file, b"told")
    os.chown(file, 65534, -1)

    with pytest.raises(OSError, match="it belongs to another user"):
        read_own(file)
    os.chown(tmp_path, 65534, -1)
    assert read_own(file) == b"told"
