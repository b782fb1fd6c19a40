"""Hooks of a commit that is made in memory: what they see, what they write, and what they refuse."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from git_hotfix.errors import HotfixError
from git_hotfix.git.commits import make_commit
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
    hooks = alice.path / ".git/hooks"
    _install(hooks / "prepare-commit-msg", 'sed -i "1s/^/JIRA-7 $2 /" "$1"; git diff --cached --name-only >>"$1"\n')
    _install(hooks / "commit-msg", 'printf "\\nSigned-off-by: Kim <k@x>\\n" >>"$1"; pwd >seen\n')
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
    "left", [MESSAGE, MESSAGE + "\nSee JIRA-7\n", "Another\n", MESSAGE.replace("Incident: a.md\n", "")]
)
def test_trailers_survive_what_is_written_over_them(left: str) -> None:
    kept = keeping_trailers(left, MESSAGE)
    assert {*trailers_of(kept)} == {("Hotfix-Id", "20260117-login"), ("Incident", "a.md")}
    assert kept == left or left != MESSAGE
