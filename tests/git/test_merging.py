"""Merges in memory give what git's own merge and cherry-pick give."""

from __future__ import annotations

import os
import random
from typing import TYPE_CHECKING

import pytest

from git_hotfix.errors import HotfixError
from git_hotfix.git import merging, trees
from git_hotfix.git.merging import Conflicted, Merged, merge_commits, merge_three, pick, unpick
from git_hotfix.git.program import here
from git_hotfix.git.repository import Repository, open_repository
from git_hotfix.git.trees import RecordPaths, tree_of
from git_hotfix.hotfix import Oid
from tests.support.lab import Lab

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.lab import Clone

RECORD = RecordPaths("docs/incidents")
REPORT = "docs/incidents/HOTFIX-2026-01-17-login.md"

CASES = int(os.environ.get("HOTFIX_MERGES", "200"))

Files = dict[str, tuple[str, str]]
"""A tree as path → (mode, content)."""


@pytest.fixture
def alice(tmp_path: Path) -> Clone:
    return Lab(tmp_path).alone("alice")


def opened(clone: Clone) -> Repository:
    return open_repository(here().elsewhere(clone.path))


def fork(clone: Clone, files: dict[str, str | bytes | None]) -> None:
    """Begin ``main`` with these files and a branch ``theirs`` beside it."""
    clone.commit("base", files)
    clone.git("branch", "theirs")


def on(clone: Clone, branch: str, files: dict[str, str | bytes | None]) -> Oid:
    clone.git("checkout", "-q", branch)
    return clone.commit(f"on {branch}", files)


def test_changes_to_different_files_merge(alice: Clone) -> None:
    fork(alice, {"a": "1\n", "b": "1\n"})
    ours, theirs = on(alice, "main", {"a": "2\n"}), on(alice, "theirs", {"b": "2\n"})
    result = merge_commits(opened(alice), ours, theirs)
    alice.git("checkout", "-q", "main")
    alice.git("merge", "-q", "--no-ff", "theirs")
    assert result == Merged(alice.rev("HEAD^{tree}"))


def test_changes_to_one_line_conflict_with_their_path(alice: Clone) -> None:
    fork(alice, {"긴급.txt": "1\n"})
    ours, theirs = on(alice, "main", {"긴급.txt": "2\n"}), on(alice, "theirs", {"긴급.txt": "3\n"})
    repo = opened(alice)
    assert merge_commits(repo, ours, theirs) == Conflicted(("긴급.txt",))
    base = alice.rev("main~")
    assert merge_three(repo, *(tree_of(repo, commit) for commit in (base, ours, theirs))) == Conflicted(("긴급.txt",))


def test_unrelated_histories_are_refused(alice: Clone) -> None:
    ours = alice.commit("one", {"a": "1\n"})
    alice.git("checkout", "-q", "--orphan", "other")
    theirs = alice.commit("two", {"b": "1\n"})
    with pytest.raises(HotfixError) as caught:
        merge_commits(opened(alice), ours, theirs)
    assert [problem.code for problem in caught.value.problems] == ["unrelated-histories"]


def test_missing_commit_is_an_error_with_gits_reason(alice: Clone) -> None:
    ours = alice.commit("one", {"a": "1\n"})
    with pytest.raises(HotfixError, match="git merge-base failed"):
        merge_commits(opened(alice), ours, Oid("1" * 40))


def test_criss_cross_histories_merge_as_git_does(alice: Clone) -> None:
    fork(alice, {"a": "1\n2\n3\n4\n5\n6\n7\n", "b": "1\n"})
    one, two = on(alice, "main", {"a": "one\n2\n3\n4\n5\n6\n7\n"}), on(alice, "theirs", {"b": "2\n"})
    alice.git("merge", "-q", "-m", "criss", one)
    alice.git("checkout", "-q", "main")
    alice.git("merge", "-q", "-m", "cross", two)
    ours = on(alice, "main", {"a": "one\n2\n3\n4\n5\n6\nseven\n"})
    theirs = on(alice, "theirs", {"a": "one\nTWO\n3\n4\n5\n6\n7\n"})
    result = merge_commits(opened(alice), ours, theirs)
    alice.git("merge", "-q", "-m", "again", ours)
    assert result == Merged(alice.rev("HEAD^{tree}"))


def test_merge_driver_of_the_attributes_decides(alice: Clone) -> None:
    fork(alice, {".gitattributes": "log merge=union\n", "log": "1\n"})
    ours, theirs = on(alice, "main", {"log": "1\nours\n"}), on(alice, "theirs", {"log": "1\ntheirs\n"})
    repo = opened(alice)
    base = tree_of(repo, alice.rev("main~"))
    result = merge_three(repo, base, tree_of(repo, ours), tree_of(repo, theirs))
    assert isinstance(result, Merged)
    assert trees.read_file(repo, result.tree, "log") == b"1\nours\ntheirs\n"


def test_pick_leaves_the_record_of_the_target_alone(alice: Clone) -> None:
    fork(alice, {"a": "1\n2\n3\n", "b": "1\n"})
    ours = on(alice, "main", {"b": "2\n", REPORT: "completed\n"})
    theirs = on(alice, "theirs", {"a": "1\n2\n3\nfix\n", REPORT: "begun\n", "docs/guide.md": "new\n"})
    repo = opened(alice)
    result = pick(repo, theirs, tree_of(repo, ours), RECORD)
    expected = {"a": "1\n2\n3\nfix\n", "b": "2\n", REPORT: "completed\n", "docs/guide.md": "new\n"}
    alice.git("checkout", "-q", "main")
    assert result == Merged(tree_of(repo, alice.commit("expected", expected)))


def test_pick_of_a_merge_takes_what_it_brought_to_its_first_parent(alice: Clone) -> None:
    fork(alice, {"a": "1\n", "b": "1\n"})
    on(alice, "theirs", {"a": "2\n"})
    alice.git("checkout", "-q", "-b", "production", "main")
    alice.git("merge", "-q", "--no-ff", "-m", "HOTFIX: a", "theirs")
    merge = alice.rev("production")
    ours = on(alice, "main", {"b": "2\n"})
    repo = opened(alice)
    result = pick(repo, merge, tree_of(repo, ours), RECORD)
    alice.git("cherry-pick", "-m", "1", merge)
    assert result == Merged(alice.rev("HEAD^{tree}"))


def test_pick_of_the_first_commit_adds_its_files(alice: Clone) -> None:
    first = alice.commit("first", {"a": "1\n"})
    alice.git("checkout", "-q", "--orphan", "other")
    alice.git("rm", "-q", "-rf", ".")
    other = alice.commit("other", {"b": "1\n"})
    repo = opened(alice)
    result = pick(repo, first, tree_of(repo, other), RECORD)
    assert result == Merged(tree_of(repo, alice.commit("both", {"a": "1\n"})))


def test_file_added_to_a_folder_that_ours_renamed_is_left_to_git(alice: Clone) -> None:
    fork(alice, {"old/a": "1\n2\n3\n", "old/b": "4\n5\n6\n"})
    alice.git("mv", "old", "new")
    ours = alice.commit("rename the folder")
    theirs = on(alice, "theirs", {"old/c": "7\n"})
    repo = opened(alice)
    base = alice.rev("theirs~")
    result = merge_three(repo, tree_of(repo, base), tree_of(repo, ours), tree_of(repo, theirs))
    assert result == Conflicted(("new/c",))


def test_random_histories_merge_pick_and_revert_as_git_does(alice: Clone) -> None:
    """Three related trees: the change of one is merged into, picked onto, or reverted from, the other.

    What git says in memory of each is what it does to files, of every fifth.
    """
    cases = [random_case(random.Random(seed), small=seed % 2 == 0) for seed in range(CASES)]  # noqa: S311  # repeatable, not secret
    repo = opened(alice)
    verdicts = {"clean": 0, "conflict": 0, "grafted": 0}
    for number, (base, ours, theirs, back) in enumerate(write_cases(alice, cases)):
        onto, seed = tree_of(repo, ours), f"seed {number}"
        by_git = outcome(merge_commits(repo, ours, theirs))
        assert outcome(pick(repo, theirs, onto, RECORD)) == by_git, seed
        assert outcome(unpick(repo, back, onto, RECORD)) == by_git, seed  # takes back what brought theirs to base
        if number % 5 == 0:
            words = (("cherry-pick", theirs), ("revert", back), ("merge", "--no-ff", theirs))[number // 5 % 3]
            assert really(alice, ours, *words, "--no-commit") == by_git, seed
        tree = grafted(repo, tree_of(repo, base), onto, tree_of(repo, theirs))
        assert tree in {None, by_git}, seed
        verdicts["clean" if by_git else "conflict"] += 1
        verdicts["grafted"] += tree is not None
    assert min(verdicts.values()) > CASES // 6, verdicts


def grafted(repo: Repository, base: Oid, ours: Oid, theirs: Oid) -> Oid | None:
    """Return the tree where the merge is certain without git."""
    try:
        return merging._grafted(repo, base, ours, theirs)
    except merging._NotCertainError:
        return None


def outcome(result: merging.MergeResult) -> str | None:
    """Return the tree of a clean merge, None for a conflict."""
    match result:
        case Merged(tree):
            return tree
        case Conflicted():
            return None


def really(clone: Clone, ours: Oid, *command: str) -> str | None:
    """Let git itself do it in the working tree; give the tree, None for a conflict."""
    clone.git("reset", "-q", "--hard", ours)
    clone.git("clean", "-qfdx")
    answer = clone.try_git(*command)
    assert answer.code in (0, 1), answer.err
    return None if answer.code else str(clone.opened().index.write_tree())


def write_cases(clone: Clone, cases: list[tuple[Files, Files, Files]]) -> list[tuple[Oid, ...]]:
    """Write base, ours and theirs on top of it, and base once more on top of theirs, with one process for all cases."""
    stream: list[bytes] = []
    for number, (base, ours, theirs) in enumerate(cases):
        mark = 4 * number + 1
        for at, files in enumerate((base, ours, theirs, base)):
            parent = mark + 2 * (at == 3)
            stream.append(
                b"commit refs/heads/cases\nmark :%d\ncommitter A <a@example.com> 1768586400 +0900\n" % (mark + at)
            )
            stream.append(b"data 1\nc\n" + (b"from :%d\n" % parent if at else b"") + b"deleteall\n")
            for path, (mode, content) in files.items():
                raw = content.encode()
                if mode == "160000":
                    stream.append(b"M 160000 %s %s\n" % (raw, path.encode()))
                    continue
                stream.append(b"M %s inline %s\ndata %d\n%s\n" % (mode.encode(), path.encode(), len(raw), raw))
        stream.append(b"reset refs/heads/cases\n\n")
    marks = clone.path / ".git" / "marks"
    clone.git("fast-import", "--quiet", "--force", f"--export-marks={marks}", stdin=b"".join(stream))
    by_mark = dict(line.split() for line in marks.read_text().splitlines())
    oids = [Oid(by_mark[f":{mark}"]) for mark in range(1, 4 * len(cases) + 1)]
    return [tuple(oids[at : at + 4]) for at in range(0, len(oids), 4)]


def random_case(chance: random.Random, *, small: bool = False) -> tuple[Files, Files, Files]:
    """Make a base and two trees that came from it by random edits."""
    folders = ["", "lib/", "lib/net/", "src/", "docs/incidents/"]
    base: Files = {}
    for number in range(chance.randint(3, 8)):
        lines = "".join(f"line {number} {line}\n" for line in range(chance.randint(3, 12)))
        base[f"{chance.choice(folders)}{'abcdefgh'[number]}"] = ("100644", lines)
    ours, theirs = dict(base), dict(base)
    for _ in range(chance.randint(1, 2 if small else 3)):
        edit(chance, theirs, chance.choice(["change", "add"]) if small else "")
    for _ in range(chance.randint(1, 4)):
        edit(chance, ours, "")
    if chance.random() < 0.3:
        for side in (ours, theirs):
            edit(random.Random(f"both {sorted(base)}"), side, "")  # noqa: S311
    return base, ours, theirs


def edit(chance: random.Random, files: Files, kind: str) -> None:
    """Change a tree in one way that histories know."""
    kind = kind or chance.choice(
        ["change"] * 4 + ["add", "add", "delete", "rename", "folder", "mode", "link", "clash", "top", "submodule"]
    )
    if kind == "add" or not files:
        folder = chance.choice(["", "lib/", "lib/net/", "lib/new/", "src/", "fresh/"])
        path = f"{folder}{chance.choice('abcnmo')}"
        if not any(other.startswith(f"{path}/") or path.startswith(f"{other}/") for other in files):
            files[path] = ("100644", f"added {chance.randint(0, 2)}\n")
        return
    path = chance.choice(sorted(files))
    mode, content = files[path]
    if kind == "submodule" or (kind == "change" and mode == "160000"):
        files[path] = ("160000", str(chance.randint(1, 3)) * 40)
    elif kind == "change":
        lines = content.splitlines(keepends=True)
        lines[chance.randrange(len(lines))] = f"changed {chance.randint(0, 3)}\n"
        files[path] = (mode, "".join(lines))
    elif kind == "mode":
        files[path] = ("100755" if mode == "100644" else "100644", content)
    elif kind == "link":
        files[path] = ("120000", "target")
    elif kind == "rename":
        move(files, path, f"{chance.choice(['', 'lib/', 'moved/'])}{chance.choice('xyz')}")
    elif kind in {"folder", "top"}:
        move_folder(files, "" if kind == "top" else path[: path.rfind("/") + 1])
    else:
        del files[path]
        if kind == "clash":
            files[f"{path}/inside"] = ("100644", content)


def move_folder(files: Files, folder: str) -> None:
    for old in [path for path in files if path.startswith(folder)]:
        move(files, old, f"moved/{old.removeprefix(folder)}")


def move(files: Files, old: str, new: str) -> None:
    if not any(new == other or new.startswith(f"{other}/") or other.startswith(f"{new}/") for other in files):
        files[new] = files.pop(old)
