"""Edited trees are what git itself would have written; comparisons see every path."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from git_hotfix.config.keys import Config, Documents
from git_hotfix.errors import HotfixError
from git_hotfix.facts.changelog_backlog import changelogs_in
from git_hotfix.facts.targets import record_paths_of
from git_hotfix.git.history import changed_lines
from git_hotfix.git.objects import EMPTY_TREE, MissingObject, entries_of, write_tree
from git_hotfix.git.program import here
from git_hotfix.git.repository import Repository, open_repository
from git_hotfix.git.trees import (
    RecordPaths,
    changed_paths,
    read_file,
    regular_file,
    tree_of,
    with_entries_of,
    with_file,
    without_paths,
)
from git_hotfix.hotfix import Oid
from tests.support.lab import Lab

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.lab import Clone

RECORD = RecordPaths("docs/incidents")
REPORT = "docs/incidents/HOTFIX-2026-01-17-login.md"
OTHER_REPORT = "docs/incidents/HOTFIX-2026-01-18-logout.md"


@pytest.fixture
def alice(tmp_path: Path) -> Clone:
    return Lab(tmp_path).alone("alice")


def opened(clone: Clone) -> Repository:
    return open_repository(here().elsewhere(clone.path))


def written(clone: Clone, files: dict[str, str | bytes]) -> Oid:
    """Let git write a tree of just these files."""
    clone.git("read-tree", "--empty")
    for path, content in files.items():
        clone.write(path, content)
        clone.git("add", "-f", "--", path)
    return Oid(clone.git("write-tree"))


def listing(clone: Clone, tree: Oid) -> list[str]:
    clone.git("fsck", "--strict", "--no-dangling", tree)
    return clone.git("ls-tree", "-r", "--name-only", "-z", tree).split("\0")[:-1]


def test_changelogs_are_found_by_any_of_their_names_the_surest_first(alice: Clone) -> None:
    known = ["CHANGELOG.md", "ChangeLog", "changelog.RST", "CHANGES", "Changes.pod", "RELEASE_NOTES.md", "HISTORY.rst"]
    others = [
        "changes.py",
        "history.js",
        "docs/CHANGELOG.md",
        "CHANGES.md/x",
        "news.html",
        "MY_CHANGES.md",
        "news/1.md",
    ]
    tree = written(alice, dict.fromkeys([*known, "NEWS", *others], ""))
    assert changelogs_in(opened(alice), tree, Documents()) == [*known, "NEWS"]
    own = Documents(changelog="docs/CHANGELOG.md")
    assert changelogs_in(opened(alice), tree, own) == ["docs/CHANGELOG.md"]
    record = record_paths_of(Config())
    assert [path for path in (*known, "NEWS", *others) if record.holds(path)] == [*known, "NEWS"]


def codes(caught: pytest.ExceptionInfo[HotfixError]) -> list[str]:
    return [problem.code for problem in caught.value.problems]


def test_tree_written_again_from_its_entries_is_the_same(alice: Clone) -> None:
    files: dict[str, str | bytes] = {"a.b": "1", "a/x": "2", "a-b": "3", "a0": "4", "긴급": "5"}
    tree = written(alice, files)
    repo = opened(alice)
    assert write_tree(repo, entries_of(repo, tree)) == tree


def test_tree_of_a_commit_of_a_tag_and_of_itself_is_one(alice: Clone) -> None:
    commit = alice.commit("one", {"a": "1\n"})
    alice.git("tag", "-a", "-m", "one", "v1")
    repo = opened(alice)
    tree = alice.rev("HEAD^{tree}")
    assert [tree_of(repo, oid) for oid in (commit, alice.rev("v1"), tree)] == [tree] * 3


def test_missing_tree_is_named(alice: Clone) -> None:
    with pytest.raises(MissingObject, match="'1111"):
        tree_of(opened(alice), Oid("1" * 40))


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (REPORT, True),
        ("CHANGELOG.md", True),
        ("docs/incidents/notes.md", False),
        ("docs/incidents/old/HOTFIX-2025-01-01-x.md", False),
        ("docs/incidents/hotfix-x.md", False),
        ("HOTFIX-x.md", False),
        ("docs/CHANGELOG.md", False),
    ],
)
def test_record_paths_hold_reports_and_named_files_only(path: str, *, expected: bool) -> None:
    assert RecordPaths("./docs/incidents/", ("CHANGELOG.md",)).holds(path) is expected


def test_record_in_the_top_folder_is_recognised(alice: Clone) -> None:
    repo = opened(alice)
    tree = written(alice, {"HOTFIX-x.md": "1\n", "a": "1\n"})
    assert RecordPaths(".").holds("HOTFIX-x.md")
    assert listing(alice, without_paths(repo, tree, RecordPaths("."))) == ["a"]


def test_without_paths_drops_the_record_and_the_folders_it_leaves_empty(alice: Clone) -> None:
    repo = opened(alice)
    tree = written(alice, {"a": "1\n", REPORT: "report\n", "docs/CHANGELOG.md": "changes\n"})
    record = RecordPaths("docs/incidents", ("docs/CHANGELOG.md",))
    assert without_paths(repo, tree, RECORD) == written(alice, {"a": "1\n", "docs/CHANGELOG.md": "changes\n"})
    assert without_paths(repo, tree, record) == written(alice, {"a": "1\n"})
    assert without_paths(repo, written(alice, {REPORT: "report\n"}), RECORD) == EMPTY_TREE


def test_without_paths_takes_the_record_of_the_other_tree(alice: Clone) -> None:
    repo = opened(alice)
    tree = written(alice, {"a": "1\n", REPORT: "begun\n", "docs/incidents/notes.md": "kept\n"})
    like = written(alice, {"a": "2\n", OTHER_REPORT: "other\n", "docs/incidents/plan.md": "not taken\n"})
    expected: dict[str, str | bytes] = {
        "a": "1\n",
        "docs/incidents/notes.md": "kept\n",
        OTHER_REPORT: "other\n",
    }
    assert without_paths(repo, tree, RECORD, like=like) == written(alice, expected)
    nothing = written(alice, {"a": "1\n"})
    assert without_paths(repo, nothing, RECORD, like=like) == written(alice, {"a": "1\n", OTHER_REPORT: "other\n"})


def test_entries_of_another_tree_are_put_into_each_folder_at_once(alice: Clone) -> None:
    repo = opened(alice)
    names = [f"docs/incidents/HOTFIX-{number}.md" for number in range(9)]
    ours = written(alice, {"a": "1\n", "src/gone": "1\n", "src/kept": "1\n", **dict.fromkeys(names, "begun\n")})
    theirs = written(alice, {"a": "2\n", "src/kept": "2\n", **dict.fromkeys(names, "ended\n")})
    before = int(alice.git("count-objects").split()[0])
    found = with_entries_of(repo, ours, ["src", "src/gone", *names], theirs)  # a folder is no file
    assert int(alice.git("count-objects").split()[0]) - before <= 3  # src, and the top twice
    assert found == written(alice, {"a": "1\n", "src/kept": "1\n", **dict.fromkeys(names, "ended\n")})


def test_tree_without_a_record_stays_the_same(alice: Clone) -> None:
    repo = opened(alice)
    plain = written(alice, {"a": "1\n", "docs/guide.md": "guide\n"})
    clash = written(alice, {"a": "1\n", f"{REPORT}/not-a-report": "x\n"})
    assert without_paths(repo, plain, RECORD) == plain
    assert without_paths(repo, clash, RECORD) == clash
    file = Oid(alice.git("mktree", stdin=f"100644 blob {alice.git('hash-object', '-w', '--stdin', stdin='x')}\tdocs\n"))
    assert without_paths(repo, file, RECORD, like=written(alice, {OTHER_REPORT: "x\n"})) == file


def test_with_file_adds_changes_and_keeps_the_mode(alice: Clone) -> None:
    repo = opened(alice)
    alice.write("run", "1\n").chmod(0o755)
    tree = written(alice, {"a/b": "1\n"})
    alice.git("add", "run")
    tree = Oid(alice.git("write-tree"))
    tree = with_file(repo, tree, "a/c/긴급.md", b"new\r\n")
    tree = with_file(repo, tree, "run", b"2\n")
    tree = with_file(repo, tree, "start", b"3\n", 0o100755)
    modes = [line.split()[0] for line in alice.git("ls-tree", "-r", tree).split("\n")]
    assert listing(alice, tree) == ["a/b", "a/c/긴급.md", "run", "start"]
    assert modes == ["100644", "100644", "100755", "100755"]
    assert read_file(repo, tree, "a/c/긴급.md") == b"new\r\n"


def test_read_file_gives_none_where_nothing_is(alice: Clone) -> None:
    repo = opened(alice)
    commit = alice.commit("one", {"a/b": "1\n"})
    assert [read_file(repo, commit, path) for path in ("a/b", "a/x", "x/y", "a/b/c")] == [
        b"1\n",
        None,
        None,
        None,
    ]


def test_file_of_a_size_that_nobody_writes_is_not_read(alice: Clone) -> None:
    tree = written(alice, {"a.md": b"\0" * 20_000_001, "b.md": "small\n"})
    repository = opened(alice)

    assert regular_file(repository, tree, "a.md") is None
    assert regular_file(repository, tree, "b.md") == b"small\n"
    with pytest.raises(HotfixError) as caught:
        read_file(repository, tree, "a.md")
    assert codes(caught) == ["too-large"]


def test_link_is_neither_read_nor_written_through(alice: Clone) -> None:
    repo = opened(alice)
    (alice.path / "CHANGELOG.md").symlink_to("docs/CHANGES")
    (alice.path / "docs").symlink_to("/tmp")
    alice.git("add", ".")
    tree = Oid(alice.git("write-tree"))
    for act in (
        lambda: read_file(repo, tree, "CHANGELOG.md"),
        lambda: with_file(repo, tree, "CHANGELOG.md", b""),
    ):
        with pytest.raises(HotfixError, match=r"'CHANGELOG\.md' is a symbolic link") as caught:
            act()
        assert codes(caught) == ["not-a-file"]
    with pytest.raises(HotfixError) as caught:
        with_file(repo, tree, "docs/x", b"")
    assert codes(caught) == ["not-a-folder"]


@pytest.mark.parametrize("path", ["../x", "/x", "a//b", "a/../b", ".git/config", "a/.GIT/x", "./x"])
def test_path_that_leads_out_of_the_tree_is_wrong_input(alice: Clone, path: str) -> None:
    with pytest.raises(HotfixError) as caught:
        with_file(opened(alice), EMPTY_TREE, path, b"")
    assert codes(caught) == ["bad-path"]


def test_changed_paths_are_what_git_names(alice: Clone) -> None:
    repo = opened(alice)
    strange = os.fsdecode(b"sub/\xff\xfe.txt")
    old = alice.commit("old", {"same/a": "1\n", "sub/b": "1\n", "gone": "1\n", "clash": "1\n", "긴급": "1\n"})
    alice.git("rm", "-q", "clash")
    new = alice.commit(
        "new",
        {"gone": None, "sub/b": "2\n", strange: "3\n", "clash/inside": "1\n", "긴급": "2\n", "same/a\n": "x"},
    )
    by_git = alice.git("diff-tree", "-r", "-z", "--name-only", "--no-renames", old, new).split("\0")[:-1]
    paths = changed_paths(repo, tree_of(repo, old), tree_of(repo, new))
    assert sorted(paths) == sorted(by_git)
    assert list(paths) == sorted(paths)
    assert strange in paths


def test_changed_lines_count_as_the_diffstat_does(alice: Clone) -> None:
    repo = opened(alice)
    old = alice.commit("old", {"a": "1\n2\n3\n", "b": "".join(f"{n}\n" for n in range(50)), "picture": b"\0\1"})
    alice.git("mv", "b", "c")
    new = alice.commit("new", {"a": "1\nx\ny\n3\n", "picture": b"\0\2", "d e": "1\n"})
    before, after = tree_of(repo, old), tree_of(repo, new)
    assert changed_lines(repo, before, after) == (3, 1)
    assert changed_lines(repo, before, after, ["a"]) == (2, 1)
    assert changed_lines(repo, before, after, ["d e", "b"]) == (1, 0)
    assert changed_lines(repo, after, after) == (0, 0)
