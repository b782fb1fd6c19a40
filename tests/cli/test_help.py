"""``git hotfix help``: each page of the manual, wherever the program is."""

from __future__ import annotations

import os
import re
import shutil
import sysconfig
from pathlib import Path

import pytest

from git_hotfix.cli.manual import pages, plain
from tests.support.lab import Clone
from tests.support.source import ROOT


def test_page_of_a_command_is_shown_without_man(tmp_path: Path) -> None:
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in ("git", "git-hotfix"):
        (tools / name).symlink_to(str(shutil.which(name)))
    told = Clone(tmp_path).hotfix("help", "backport", env={"PATH": str(tools)}, check=0)
    assert told.out.startswith("NAME\ngit-hotfix-backport - bring the fix to branches\n")
    assert "\n--skip BRANCH\n    This target will not get the fix; needs --reason." in told.out


@pytest.mark.skipif(shutil.which("manpath") is None, reason="needs the package 'man-db'")
def test_page_of_a_command_is_shown_by_man_as_git_shows_its_own(tmp_path: Path) -> None:
    told = Clone(tmp_path).hotfix("help", "ci", env={"MANPAGER": "cat", "MANWIDTH": "80"}, check=0, apart=True)
    assert told.out.split("\n")[0].startswith("GIT-HOTFIX-CI(7)")


def test_mistyped_command_is_answered_with_the_nearest(tmp_path: Path) -> None:
    told = Clone(tmp_path).hotfix("help", "bakport", check=2)
    assert (
        told.err == "error: There is no command 'bakport'. Did you mean 'backport'?\nhint:  git hotfix help backport\n"
    )


def test_pages_are_linked_to_where_man_looks(tmp_path: Path) -> None:
    installed = Path(sysconfig.get_path("data"), "share/man/man1/git-hotfix.1")
    if not installed.is_file() or shutil.which("manpath") is None:
        pytest.skip("needs the package 'man-db', and the program installed with its pages")
    program = tmp_path / "bin/git-hotfix"
    program.parent.mkdir()
    program.symlink_to(str(shutil.which("git-hotfix")))
    env = {"PATH": f"{program.parent}{os.pathsep}/usr/bin{os.pathsep}/bin"}
    for _ in range(2):  # a second time finds it done
        told = Clone(tmp_path).hotfix("help", "--link", env=env, check=0)
        linked = tmp_path / "share/man/man1/git-hotfix.1"
        assert told.out == f"'git hotfix --help' shows '{installed}'.\n"
        assert linked.resolve() == installed


def test_pages_have_all_of_the_source_and_its_text_is_readable() -> None:
    source = (ROOT / "man/git-hotfix.1").read_text("utf-8").split("\n")
    made = {line for text in pages().values() for line in text.split("\n")}
    missing = [
        line for line in source if line not in made and not line.startswith((".D1 ", ".Ss ")) and "Sx" not in line
    ]
    assert set(missing) <= {".Nm", ".Nm ,", ".Nm ;"}
    for text in pages().values():
        assert not re.search(r"^\.[A-Z][a-z]|\b(?:Fl|Ar|Cm|Pq) ", plain(text), re.MULTILINE)
