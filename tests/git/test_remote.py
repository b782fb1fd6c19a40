"""Which remote, which URLs, which hook: read from git's configuration as git itself reads it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from git_hotfix.errors import HotfixError, Unclear
from git_hotfix.git.hooks import has_hook
from git_hotfix.git.program import Answer, Git
from git_hotfix.git.remote import joined, server_words
from git_hotfix.git.remote_names import Remote, certain_remote, find_remote, remote_names, remote_of
from git_hotfix.git.repository import Repository, open_repository
from git_hotfix.git.settings import _LIST, Entry, GitConfig, read_git_config
from git_hotfix.hotfix import RefName
from tests.support.lab import Lab

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.lab import Clone

URL = "https://example.com/product.git"
OTHER = "git@example.com:other.git"


@pytest.fixture
def alice(tmp_path: Path) -> Clone:
    return Lab(tmp_path).alone("alice")


def opened(path: Path, asked: list[str], **environment: str) -> Repository:
    git = Git(path, {**os.environ, **environment}, lambda arguments: asked.append(" ".join(arguments)))
    repository = open_repository(git)
    asked.clear()
    return repository


def found_by_git(alice: Clone, name: str) -> Remote:
    pushes = alice.git("remote", "get-url", "--push", "--all", name).split("\n")
    return Remote(name, name if alice.git("remote", "get-url", name) == pushes[0] else pushes[0], pushes[0])


@pytest.mark.parametrize(
    ("settings", "processes"),
    [
        ([("remote.origin.url", URL)], 0),
        ([("remote.Mixed.Case.url", URL), ("remote.Mixed.Case.pushURL", OTHER)], 0),
        ([("remote.origin.url", URL), ("remote.origin.pushurl", URL)], 0),
        ([("remote.origin.url", URL), ("remote.other.url", OTHER), ("remote.pushDefault", "other")], 0),
        ([("remote.origin.url", "ex:product.git"), ("url.https://example.com/.insteadOf", "ex:")], 2),
        ([("remote.origin.url", URL), ("url.ssh://example.com/.pushInsteadOf", "https://example.com/")], 2),
        ([("remote.origin.url", ""), ("remote.origin.url", URL)], 2),
        ([("remote.origin.url", URL), ("remote.origin.mirror", "true")], 0),
    ],
)
def test_remote_and_its_urls_are_those_git_names(alice: Clone, settings: list[tuple[str, str]], processes: int) -> None:
    for key, value in settings:
        alice.git("config", "--add", key, value)
    asked: list[str] = []
    repository = opened(alice.path, asked)
    config = read_git_config(repository.git)
    names = remote_names(config)
    assert list(names) == alice.git("remote").split("\n")
    asked.clear()
    name = "origin" if "origin" in names else names[0]
    try:
        found: Remote | str = find_remote(repository.git, None) or ""
    except HotfixError as error:
        found = error.problems[0].code
    expected = found_by_git(alice, name) if settings[0][1] else "several-push-urls"
    assert (found, len(asked)) == (expected, processes)


def test_remote_that_is_not_there_and_several_are_told(alice: Clone) -> None:
    codes = []
    for settings in ({}, {"remote.a.url": URL}, {"remote.b.url": OTHER}):
        for key, value in settings.items():
            alice.git("config", key, value)
        try:
            found = find_remote(opened(alice.path, []).git, None)
            codes.append(found.name if found else "none")
        except HotfixError as error:
            codes.append(error.problems[0].code)
    with pytest.raises(HotfixError, match="There is no remote 'c'"):
        find_remote(opened(alice.path, []).git, "c")
    assert codes == ["none", "a", "several-remotes"]


@pytest.mark.parametrize(
    ("settings", "refs", "expected"),
    [
        ({}, (), None),
        ({}, ("origin/main",), "origin"),
        ({}, ("upstream/main", "origin/develop"), "upstream"),
        ({"branch.main.remote": "upstream"}, ("origin/main", "upstream/main"), "upstream"),
        ({"branch.develop.remote": "upstream"}, ("origin/main",), "origin"),
        ({"branch.main.remote": "."}, ("origin/main",), "origin"),
        ({}, ("origin/main", "upstream/main"), "remote-unclear: git config hotfix.remote.name upstream"),
        (
            {"branch.main.remote": "upstream", "branch.master.remote": "origin"},
            (),
            "remote-unclear: git config hotfix.remote.name upstream",
        ),
    ],
)
def test_remote_of_production_is_the_one_it_tracks_else_the_only_one_that_has_it(
    settings: dict[str, str], refs: tuple[str, ...], expected: str | None
) -> None:
    both = {f"remote.{name}.url": URL for name in ("origin", "upstream")} | settings
    config = GitConfig(tuple(Entry("local", key, value) for key, value in both.items()))
    known = {RefName(f"refs/remotes/{ref}") for ref in refs}
    try:
        found = remote_of(config, known, ("main", "master"))
    except Unclear as unclear:
        found = f"{unclear.problems[0].code}: {unclear.problems[0].remedy.line()}"
    assert found == expected


def test_mirror_setting_that_is_no_truth_value_is_told_before_anything_moves(alice: Clone) -> None:
    alice.git("config", "remote.origin.url", URL)
    alice.git("config", "remote.origin.mirror", "perhaps")
    with pytest.raises(HotfixError, match="must be true or false, not 'perhaps'"):
        find_remote(opened(alice.path, []).git, None)


def test_hook_is_found_where_git_runs_it(alice: Clone, tmp_path: Path) -> None:
    alice.commit("one")
    alice.git("worktree", "add", "-q", str(tmp_path / "linked"))
    asked: list[str] = []
    places = [opened(path, asked) for path in (alice.path, tmp_path / "linked")]
    for repository in places:
        read_git_config(repository.git)
    asked.clear()
    found = [[has_hook(repository.git, "pre-push") for repository in places]]
    hook = alice.write(".git/hooks/pre-push", "#!/bin/sh\n")
    found.append([has_hook(repository.git, "pre-push") for repository in places])
    hook.chmod(0o755)
    found.append([has_hook(repository.git, "pre-push") for repository in places])
    assert (found, asked) == ([[False, False], [False, False], [True, True]], [])
    alice.git("config", "core.hooksPath", "own")
    (tmp_path / "linked/own").mkdir()
    own = tmp_path / "linked/own/pre-push"
    own.write_text("#!/bin/sh\n")
    own.chmod(0o755)
    assert [has_hook(opened(path, []).git, "pre-push") for path in (alice.path, tmp_path / "linked")] == [False, True]


@pytest.mark.parametrize(
    ("settings", "configured", "expected"),
    [
        ({"remote.fork.url": URL}, None, "fork"),
        ({"remote.origin.url": URL, "remote.fork.url": OTHER}, None, None),  # the refs here decide
        ({"remote.origin.url": URL, "remote.fork.url": OTHER}, "fork", "fork"),
        ({"remote.origin.url": URL}, "gone", None),
        ({"remote.origin.url": URL, "extensions.refStorage": "reftable"}, None, None),
        ({}, None, None),
    ],
)
def test_server_is_asked_ahead_only_where_it_is_certain_which_one(
    alice: Clone, settings: dict[str, str], configured: str | None, expected: str | None
) -> None:
    entries = "".join(f"local\0file:.git/config\0{key.lower()}\n{value}\0" for key, value in settings.items())
    git = Git(alice.path, {})
    git.answers[_LIST] = Answer(0, entries.encode(), b"")
    found = certain_remote(git, configured)
    assert (found.name if found is not None else None) == expected


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (
            (
                "error: GH006: Protected branch update failed for refs/heads/main.\n"
                "error: At least 1 approving review is required by reviewers with write access."
            ),
            (
                "GH006: Protected branch update failed for refs/heads/main. At least 1 approving review is required by"
                " reviewers with write access."
            ),
        ),
        (
            (
                "error: GH013: Repository rule violations found for refs/heads/main.\n\n"
                "- Changes must be made through a pull request.\n"
            ),
            "GH013: Repository rule violations found for refs/heads/main. Changes must be made through a pull request.",
        ),
        (
            "\n====\n\nERROR: You are not allowed to push code to protected branches on this project.\n\n====\n",
            "ERROR: You are not allowed to push code to protected branches on this project.",
        ),
        ("the branch is frozen\nask the release team", "the branch is frozen; ask the release team"),
    ],
    ids=["GitHub's protection", "GitHub's rules", "GitLab", "a hook"],
)
def test_what_a_server_says_of_a_push_becomes_sentences(said: str, told: str) -> None:
    assert joined(server_words(f"remote: {line}" for line in said.split("\n"))) == told
