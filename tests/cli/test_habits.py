"""git's habits: the hooks of a repository see what is done there, colours and large files are as git has them."""

from __future__ import annotations

import io
import shutil
from typing import TYPE_CHECKING

import pytest

from git_hotfix.cli.options import Options
from tests.cli.publication_scenes import FINISH, begin_hotfix, hints, problems
from tests.support.hooks import _install
from tests.support.lab import Lab

if TYPE_CHECKING:
    from pathlib import Path


def test_rule_for_messages_is_met_by_the_issue_from_the_first_commit(tmp_path: Path) -> None:
    alice = Lab(tmp_path).alone("alice")
    alice.commit("JIRA-1 Begin", {"a": "1\n"})
    _install(alice.path / ".git/hooks/commit-msg", 'grep -q "JIRA-[0-9]" "$1" || { echo no ticket >&2; exit 1; }\n')
    _install(alice.path / ".git/hooks/post-checkout", "exit 0\n")
    before = alice.snapshot()
    said = alice.hotfix("start", "Login", "-y", check=1)
    assert problems(said) == ["The hook 'commit-msg' refuses the commit 'Incident report: Login': no ticket"]
    assert alice.snapshot() == before
    said = alice.hotfix("start", "Login", "-y", "--issue", "JIRA-7", "-v", check=0)
    assert [line for line in said.err.split("\n") if line.startswith("+ hook ")] == [
        "+ hook commit-msg",
        "+ hook post-checkout",
    ]


@pytest.mark.parametrize(
    ("options", "environment", "expected"),
    [
        (Options(), {}, False),
        (Options(), {"FORCE_COLOR": "1"}, True),
        (Options(), {"GIT_PAGER_IN_USE": "true"}, True),
        (Options(), {"GIT_PAGER_IN_USE": "true", "NO_COLOR": "1"}, False),
        (Options(ui="always"), {"NO_COLOR": "1"}, True),
        (Options(ui="never"), {"FORCE_COLOR": "1"}, False),
        (Options(ui="always", color="never"), {}, False),
        (Options(ui="never", color="always"), {}, True),
    ],
)
def test_colours(
    monkeypatch: pytest.MonkeyPatch, options: Options, environment: dict[str, str], *, expected: bool
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert options.colors(io.StringIO()) is expected


def test_colours_are_those_of_git(tmp_path: Path) -> None:
    alice = Lab(tmp_path).alone("alice")
    alice.git("config", "color.ui", "always")
    assert "\x1b[" in alice.hotfix("finish", check=1).err


@pytest.mark.skipif(shutil.which("git-lfs") is None, reason="git-lfs is not here (Debian: git-lfs)")
def test_server_gets_the_large_files_of_the_fix_and_the_options_of_a_push(tmp_path: Path) -> None:
    lab = Lab(tmp_path)
    alice = lab.clone("alice", url=lab.remote.path.as_uri())
    lab.remote.git("config", "receive.advertisePushOptions", "true")
    _install(lab.remote.path / "hooks/post-receive", 'cat >/dev/null; echo "$GIT_PUSH_OPTION_0" >>options\n')
    alice.git("config", "push.pushOption", "ci.skip")
    alice.git("lfs", "install", "--local")
    alice.commit("Begin", {".gitattributes": "*.bin filter=lfs diff=lfs merge=lfs -text\n", "logo.bin": b"old\n" * 50})
    alice.git("branch", "-M", "main")
    alice.git("push", "-q", "origin", "main", "main:develop")
    hotfix = begin_hotfix(alice, "Logo is wrong")
    alice.commit("Draw it anew", {"logo.bin": b"new\n" * 50})
    alice.hotfix(*FINISH, hotfix, check=0)
    bob = lab.clone("bob", url=lab.remote.path.as_uri())
    bob.git("lfs", "install", "--local")
    for branch in ("main", "develop"):
        bob.git("checkout", "-q", branch)
        bob.git("lfs", "pull")
        assert bob.read("logo.bin") == "new\n" * 50
    assert {*(lab.remote.path / "options").read_text().split()} == {"ci.skip"}


def test_options_of_git_flow_are_answered_by_what_to_type(tmp_path: Path) -> None:
    alice = Lab(tmp_path).alone("alice")
    said = alice.hotfix("finish", "-T", "v1.2.1", check=2)
    assert problems(said) == ["git-flow's -T (the tag's name): --tag is that here."]
    assert hints(alice.hotfix("finish", "-u", "KEY", check=2)) == ["git -c user.signingKey=KEY hotfix finish --sign"]
    assert hints(said) == ["git hotfix finish --tag v1.2.1"]
