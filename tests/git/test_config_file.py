from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from git_hotfix.errors import HotfixError
from git_hotfix.git.config_file import ConfigFile, committed_file, table_of, working_tree_file
from git_hotfix.git.program import Git
from git_hotfix.git.repository import Repository, open_repository
from git_hotfix.hotfix import Oid

if TYPE_CHECKING:
    from pathlib import Path

OWN = b"[scope]\nmax_files = 1\n"
NO_FILE = [
    (
        "file-unreadable",
        "'.hotfix.toml' in the commit is no regular file, nor a link to one.",
        "git ls-files --stage -- .hotfix.toml",
    )
]
SHARED = b"[project]\nname = 'x'\n[tool.git-hotfix.scope]\nmax_files = 2\n"


@pytest.fixture
def top(tmp_path: Path) -> Path:
    top = tmp_path / "repository"
    subprocess.run(("git", "init", "-q", top), check=True)
    return top


def commit(top: Path) -> tuple[Repository, Oid]:
    subprocess.run(("git", "add", "-A"), cwd=top, check=True)
    subprocess.run(("git", "commit", "-q", "--allow-empty", "-m", "x"), cwd=top, check=True)
    git = Git(top, dict(os.environ))
    return open_repository(git), Oid(git.run("rev-parse", "HEAD").text)


def both(top: Path) -> ConfigFile | None:
    """Return what the working tree and a commit of it agree on."""
    found = working_tree_file(top)
    assert committed_file(*commit(top)) == found
    return found


def refusals(top: Path) -> list[tuple[str, str, str]]:
    """Return code, message and remedy from the working tree."""
    with pytest.raises(HotfixError) as caught:
        working_tree_file(top)
    return [(problem.code, problem.message, problem.remedy.line()) for problem in caught.value.problems]


def committed_refusals(top: Path) -> list[tuple[str, str, str]]:
    with pytest.raises(HotfixError) as caught:
        committed_file(*commit(top))
    return [(problem.code, problem.message, problem.remedy.line()) for problem in caught.value.problems]


def test_repository_without_a_file_has_none(top: Path) -> None:
    assert both(top) is None


def test_own_file_is_found(top: Path) -> None:
    (top / ".hotfix.toml").write_bytes(OWN)
    assert both(top) == ConfigFile(".hotfix.toml", OWN)


def test_table_in_pyproject_is_found(top: Path) -> None:
    (top / "pyproject.toml").write_bytes(SHARED)
    found = both(top)
    assert found == ConfigFile("pyproject.toml", SHARED)
    assert table_of(found) == {"scope": {"max_files": 2}}


def test_own_file_wins_and_names_the_other(top: Path) -> None:
    (top / ".hotfix.toml").write_bytes(OWN)
    (top / "pyproject.toml").write_bytes(SHARED)
    assert both(top) == ConfigFile(".hotfix.toml", OWN, overshadowed="pyproject.toml")


@pytest.mark.parametrize(
    "content",
    [
        b"[project]\n",
        b"[project]\ndependencies = ['git-hotfix']\n",
        b"broken [\n",
        b"tool = 'git-hotfix'\n",
        b"",
    ],
)
def test_pyproject_of_others_does_not_concern_us(top: Path, content: bytes) -> None:
    (top / "pyproject.toml").write_bytes(content)
    assert both(top) is None


@pytest.mark.parametrize("content", [b"[tool.git-hotfix\n", b"tool.git-hotfix = 3\n"])
def test_broken_pyproject_that_mentions_us_is_told_unless_the_own_file_counts(top: Path, content: bytes) -> None:
    (top / "pyproject.toml").write_bytes(content)
    with pytest.raises(HotfixError, match=r"pyproject\.toml"):
        working_tree_file(top)
    with pytest.raises(HotfixError, match=r"pyproject\.toml"):
        committed_file(*commit(top))
    (top / ".hotfix.toml").write_bytes(OWN)
    assert both(top) == ConfigFile(".hotfix.toml", OWN)


def test_working_tree_and_commit_may_differ(top: Path) -> None:
    (top / ".hotfix.toml").write_bytes(OWN)
    repository, made = commit(top)
    (top / ".hotfix.toml").write_bytes(b"")
    assert working_tree_file(top) == ConfigFile(".hotfix.toml", b"")
    assert committed_file(repository, made) == ConfigFile(".hotfix.toml", OWN)


def test_link_inside_the_repository_is_followed(top: Path) -> None:
    (top / "etc").mkdir()
    (top / "etc/team.toml").write_bytes(OWN)
    (top / "etc/current.toml").symlink_to("team.toml")
    (top / ".hotfix.toml").symlink_to("etc/current.toml")
    assert both(top) == ConfigFile(".hotfix.toml", OWN)


@pytest.mark.parametrize("is_absolute", [False, True])
def test_link_out_of_the_repository_is_refused(top: Path, *, is_absolute: bool) -> None:
    (top.parent / "secret.toml").write_bytes(OWN)
    (top / ".hotfix.toml").symlink_to(top.parent / "secret.toml" if is_absolute else "../secret.toml")
    expected = [("link-outside", "'.hotfix.toml' is a symbolic link that leaves the repository.", "rm .hotfix.toml")]
    assert refusals(top) == expected
    assert committed_refusals(top) == expected


def test_pyproject_link_out_of_the_repository_is_refused_unless_the_own_file_counts(top: Path) -> None:
    (top / "pyproject.toml").symlink_to("../pyproject.toml")
    expected = [
        (
            "link-outside",
            "'pyproject.toml' is a symbolic link that leaves the repository.",
            "touch .hotfix.toml",
        )
    ]
    assert refusals(top) == expected
    assert committed_refusals(top) == expected
    (top / ".hotfix.toml").touch()
    assert both(top) == ConfigFile(".hotfix.toml", b"")


def test_link_to_nothing_is_refused(top: Path) -> None:
    (top / ".hotfix.toml").symlink_to("gone.toml")
    assert refusals(top) == [
        ("file-unreadable", "'.hotfix.toml' cannot be read: No such file or directory.", "ls -l .hotfix.toml")
    ]
    assert committed_refusals(top) == NO_FILE


def test_link_to_itself_is_refused(top: Path) -> None:
    (top / ".hotfix.toml").symlink_to(".hotfix.toml")
    assert [code for code, _, _ in refusals(top)] == ["file-unreadable"]
    assert [code for code, _, _ in committed_refusals(top)] == ["file-unreadable"]


def test_folder_of_that_name_is_refused(top: Path) -> None:
    (top / ".hotfix.toml").mkdir()
    (top / ".hotfix.toml/x").touch()
    assert refusals(top) == [
        ("file-unreadable", "'.hotfix.toml' cannot be read: Is a directory.", "ls -l .hotfix.toml")
    ]
    assert committed_refusals(top) == NO_FILE


def test_pipe_of_that_name_is_refused_and_not_waited_for(top: Path) -> None:
    os.mkfifo(top / ".hotfix.toml")
    assert [code for code, _, _ in refusals(top)] == ["file-unreadable"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_file_without_permission_is_refused(top: Path) -> None:
    (top / ".hotfix.toml").touch(mode=0)
    assert refusals(top) == [
        ("file-unreadable", "'.hotfix.toml' cannot be read: Permission denied.", "ls -l .hotfix.toml")
    ]


def test_missing_commit_is_told(top: Path) -> None:
    repository, _ = commit(top)
    with pytest.raises(HotfixError) as caught:
        committed_file(repository, Oid("1" * 40))
    assert [problem.code for problem in caught.value.problems] == ["commit-unreadable"]
