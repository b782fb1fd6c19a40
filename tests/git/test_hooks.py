"""Hooks of a commit that is made in memory: what they see, what they write, and what they refuse."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from git_hotfix.errors import HotfixError
from git_hotfix.git import hooks
from git_hotfix.git.commits import make_commit
from git_hotfix.git.hooks import filtered
from git_hotfix.git.messages import keeping_trailers, trailers_of
from git_hotfix.git.program import Git
from git_hotfix.git.repository import open_repository
from git_hotfix.hotfix import Oid
from tests.support.hooks import _install
from tests.support.lab import Lab

if TYPE_CHECKING:
    from pathlib import Path

    from git_hotfix.git.repository import Repository
    from tests.support.lab import Clone

MESSAGE = "HOTFIX: Login\n\nHotfix-Id: 20260117-login\nIncident: a.md\n"


@pytest.fixture
def alice(tmp_path: Path) -> Clone:
    alice = Lab(tmp_path).alone("alice")
    alice.commit("Begin", {"a": "1\n"})
    alice.commit("Then", {"a": "2\n"})
    return alice


def opened(alice: Clone) -> Repository:
    return open_repository(Git(alice.path, dict(os.environ)))


def made(alice: Clone, repository: Repository | None = None, parents: tuple[str, ...] = ("HEAD",)) -> str:
    tips = tuple(alice.rev(each) for each in parents)
    commit = make_commit(repository or opened(alice), Oid(alice.rev("HEAD~^{tree}")), tips, MESSAGE)
    return alice.git("log", "-1", "--format=%B", commit)


def test_what_hooks_write_goes_into_the_message_and_trailers_stay(alice: Clone) -> None:
    folder = alice.path / ".git/hooks"
    _install(folder / "prepare-commit-msg", 'sed -i "1s/^/JIRA-7 $2 /" "$1"; git diff --cached --name-only >>"$1"\n')
    _install(folder / "commit-msg", 'printf "\\nSigned-off-by: Kim <k@x>\\n" >>"$1"; pwd >seen\n')
    said = made(alice, parents=("HEAD", "HEAD~"))
    assert said.split("\n")[0] == "JIRA-7 merge HOTFIX: Login"
    assert "\na\n" in said
    assert said.endswith("\n\nSigned-off-by: Kim <k@x>\nHotfix-Id: 20260117-login\nIncident: a.md\n")
    assert alice.read("seen").strip() == str(alice.path)
    assert alice.git("status", "--porcelain") == "?? seen"


@pytest.mark.parametrize(
    ("name", "parents"),
    [("commit-msg", ("HEAD",)), ("pre-merge-commit", ("HEAD", "HEAD~")), ("prepare-commit-msg", ("HEAD",))],
)
def test_hook_that_refuses_is_told_and_can_be_skipped(alice: Clone, name: str, parents: tuple[str, ...]) -> None:
    _install(alice.path / ".git/hooks" / name, "echo no ticket >&2; exit 1\n")
    before, repository = alice.snapshot(), opened(alice)
    with pytest.raises(HotfixError) as refusal:
        made(alice, repository, parents)
    assert str(refusal.value) == f"The hook '{name}' refuses the commit 'HOTFIX: Login': no ticket"
    assert refusal.value.problems[0].remedy.line(("git", "hotfix", "start")) == "git hotfix start --no-verify"
    assert alice.snapshot() == before
    repository.habits = replace(repository.habits, runs_hooks=False)
    assert made(alice, repository, parents) == MESSAGE


@pytest.mark.parametrize(
    ("does", "why"),
    [
        (': >"$1"', "it is empty"),
        ('echo "Signed-off-by: Kim <k@x>" >"$1"', "it is empty"),
        ('rm "$1"', "it cannot be read (No such file or directory)"),
        ('rm "$1"; mkfifo "$1"', "it cannot be read (it is no regular file)"),
    ],
)
def test_hook_that_leaves_no_message_commits_nothing_as_with_git(alice: Clone, does: str, why: str) -> None:
    _install(alice.path / ".git/hooks/commit-msg", does + "\n")
    with pytest.raises(HotfixError) as refusal:
        made(alice)
    assert str(refusal.value) == f"The commit 'HOTFIX: Login' has no message left after the hook 'commit-msg': {why}."
    (alice.path / ".git/hooks/commit-msg").rename(alice.path / ".git/hooks/prepare-commit-msg")
    repository = opened(alice)
    repository.habits = replace(repository.habits, runs_hooks=False)
    assert made(alice, repository) == MESSAGE


@pytest.mark.parametrize("does", ["#!/nonexistent/interpreter", "no program", "#!/bin/sh\nsleep 1000", "#!/bin/sh\n"])
def test_filter_that_cannot_start_or_hangs_says_nothing(
    alice: Clone, does: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hooks, "FILTER_SECONDS", 0.2)
    path = alice.path / ".git/hooks/filter-flow-hotfix-finish-tag-message"
    _install(path, "")
    path.write_text(does)
    assert filtered(opened(alice), "finish-tag-message", "Hotfix", "v1") is None
    alice.git("config", "gitflow.path.hooks", "~nobody-of-this-name/hooks")
    assert filtered(opened(alice), "finish-tag-message", "Hotfix", "v1") == "Hotfix"


def test_line_that_a_hook_adds_as_a_paragraph_of_its_own_leaves_each_trailer_once() -> None:
    kept = keeping_trailers(MESSAGE + "\nSigned-off-by: Kim <kim@x.org>\n", MESSAGE)
    assert kept == ("HOTFIX: Login\n\nSigned-off-by: Kim <kim@x.org>\nHotfix-Id: 20260117-login\nIncident: a.md\n")


@pytest.mark.parametrize(
    "left", [MESSAGE, MESSAGE + "\nSee JIRA-7\n", "Another\n", MESSAGE.replace("Incident: a.md\n", "")]
)
def test_trailers_survive_what_is_written_over_them(left: str) -> None:
    kept = keeping_trailers(left, MESSAGE)
    assert {*trailers_of(kept)} == {("Hotfix-Id", "20260117-login"), ("Incident", "a.md")}
    assert kept == left or left != MESSAGE
