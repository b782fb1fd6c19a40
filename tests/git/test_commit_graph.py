"""What is answered from one walk is what git answers, in random histories."""

from __future__ import annotations

import random
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pytest

from git_hotfix.git import history, provenance
from git_hotfix.git.commit_graph import CommitGraph
from git_hotfix.git.effects import difference_of
from git_hotfix.git.graph import rev_list
from git_hotfix.git.objects import MissingObject, content_of
from git_hotfix.git.program import here
from git_hotfix.git.repository import Repository, open_repository
from git_hotfix.git.trees import changes, changes_between, file_at, tree_of
from git_hotfix.hotfix import Oid
from tests.support.lab import Clone, Lab

BRANCHES = ("main", "develop", "release")
COUNT = 60
PATHS = ("docs/a.md", "docs/b.md", "src/c")


def random_history(seed: int) -> str:
    """Return a stream for ``git fast-import``: commits and merges on three branches, a few of them named."""
    choose, tips = random.Random(seed), dict.fromkeys(BRANCHES, 0)  # noqa: S311
    stream, known = list[str](), list[int]()
    for mark in range(1, COUNT + 1):
        branch = choose.choice(BRANCHES)
        others = {choose.choice(known) for _ in range(choose.random() < 0.3)} if known else set()
        parents = [f"from :{tips[branch] or 1}"] * (mark > 1) + [f"merge :{each}" for each in others]
        name = f"x\n\nHotfix-Id: 20260117-n{mark % 5}\n"
        path = choose.choice(PATHS)
        stream.append(
            f"commit refs/heads/{branch}\nmark :{mark}\ncommitter K <k@example.org> {1_700_000_000 + mark * 60} +0000\n"
            f"data {len(name)}\n{name}"
            + "".join(f"{line}\n" for line in dict.fromkeys(parents))
            + f"M 644 inline {path}\n"
            f"data {len(str(mark))}\n{mark}\n\n"
        )
        tips[branch] = mark
        known.append(mark)
    return "".join(stream) + "".join(f"reset refs/heads/{name}\nfrom :{tip or 1}\n\n" for name, tip in tips.items())


@cache
def repository(seed: int) -> tuple[Repository, tuple[Oid, ...], tuple[Oid, ...]]:
    """Return a repository with a random history, its tips and its commits."""
    made = Lab(Path(mkdtemp(prefix="git-hotfix-graph-"))).remote
    made.git("fast-import", "--quiet", stdin=random_history(seed))
    tips = tuple(made.rev(branch) for branch in BRANCHES)
    commits = tuple(map(Oid, made.git("rev-list", "--all").split()))
    return open_repository(here().elsewhere(made.path)), tips, commits


def answers(repo: Repository, one: Oid, other: Oid) -> list[object]:
    """Return what is answered about two commits."""
    trees = (tree_of(repo, other), tree_of(repo, one))
    differences = (changes_between(repo, other, one), changes(repo, *trees), changes(repo, *difference_of(repo, one)))
    return [
        [file_at(repo, one, path) for path in (*PATHS, "docs", "src/c/d")],
        [sorted(each, key=lambda change: change.path) for each in differences],
        provenance.touches(repo, one, PATHS[:1]),
        history.is_ancestor(repo, one, other),
        history.merge_bases(repo, one, other),
        history.bringing_merge(repo, other, one),
        rev_list(repo, other, without=one, first_parents=True),
        rev_list(repo, other, first_parents=True, since=1_700_000_000 + COUNT * 20, most=5),
    ]


@pytest.mark.parametrize("seed", range(4))
def test_loaded_history_answers_as_git_does(seed: int) -> None:
    repo, tips, commits = repository(seed)
    choose = random.Random(seed)  # noqa: S311
    pairs = [(choose.choice(commits), choose.choice(commits)) for _ in range(60)]
    pairs += [(choose.choice(commits), tip) for tip in tips for _ in range(20)]
    asked = [answers(repo, *pair) for pair in pairs]
    repo.graph = CommitGraph(repo, (), tips)
    repo.past.known = {}
    answered = [answers(repo, *pair) for pair in pairs]
    repo.graph = None
    assert answered == asked


def test_what_was_asked_of_messages_and_paths_is_a_part_of_what_git_lists() -> None:
    repo, tips, commits = repository(0)
    repo.graph = CommitGraph(repo, (), tips)
    for tip in tips:
        named = rev_list(repo, tip, naming="Hotfix-Id: 20260117-n3")
        changed = rev_list(repo, tip, first_parents=True, paths=("docs/a.md",))
        git = repo.git.run("rev-list", "--grep=Hotfix-Id: 20260117-n3", tip).text.split()
        log = repo.git.run("log", "--first-parent", "-m", "--format=%H", tip, "--", "docs/a.md").text.split()
        assert (set(named), list(changed)) == (set(git), log)
    assert set(repo.graph.hotfixes_named()) == {f"20260117-n{each}" for each in range(5)}
    assert repo.graph.is_ancestor(Oid("0" * 40), commits[0]) is None
    repo.graph = None


def graph_of(clone: Clone, line: Oid) -> CommitGraph:
    return CommitGraph(open_repository(here().elsewhere(clone.path)), (), (line,))


def written(clone: Clone, head: str, message: bytes = b"x\n") -> Oid:
    """Write a commit on the present one as it stands there, whatever git thinks of it, and go on from it."""
    tree, parent = clone.git("rev-parse", "HEAD^{tree}", "HEAD").split()
    begin = f"tree {tree}\nparent {parent}\nauthor E <e@x> 1700000000 +0000\n"
    raw = begin.encode() + head.encode() + b"\n" + message
    oid = clone.git("hash-object", "-t", "commit", "-w", "--literally", "--stdin", stdin=raw)
    clone.git("update-ref", "HEAD", oid)
    return Oid(oid)


def test_commits_that_git_did_not_make_are_read(tmp_path: Path) -> None:
    clone = Lab(tmp_path).alone("mallory")
    clone.commit("begin", {"a": "1\n"})
    for when in ("abc", "99999999999999999999999", "18446744073709551614", "-5"):
        written(clone, f"committer E <e@x> {when} +0000\n")
    written(clone, "")
    broken = written(clone, "committer E <e@x> 1700000000 +0000\nencoding UTF-16\n")
    tip = written(clone, "committer E <e@x> 1700000000 +0000\n")

    graph = graph_of(clone, tip)

    assert graph.is_ancestor(broken, tip)
    listed = graph.listed(tip, without=None, since=5, first_parents=True, naming=None, paths=(), most=1)
    assert listed == (tip,)


def test_names_of_files_hide_no_change(tmp_path: Path) -> None:
    clone = Lab(tmp_path).alone("mallory")
    first = clone.commit("begin", {"app.txt": "1\n"})
    files = {first: "x\n", ":100644 z": "x\n", "\n": "x\n", "\n:y": "x\n", "app.txt": "2\n"}
    for name, content in files.items():
        clone.write(name, content)
    clone.git("add", "-A")
    clone.git("commit", "-q", "-m", "end")
    second = clone.rev("HEAD")

    graph = graph_of(clone, second)

    assert graph.files is not None
    assert graph.files.changes_of(second) is not None
    assert {*(graph.files.changes_of(second) or ())} == {*map(str, files)}
    assert graph.files.entry_at(first, ":100644 z") == (None,)


def test_name_with_a_slash_is_not_the_file_of_a_folder(tmp_path: Path) -> None:
    clone = Lab(tmp_path).alone("mallory")
    begin = clone.commit("begin", {"src/app.py": "1\n", "fixed": "2\n"})
    repo = open_repository(here().elsewhere(clone.path))
    fixed = bytes.fromhex(clone.git("rev-parse", "HEAD:fixed"))
    forged = content_of(repo, tree_of(repo, begin)) + b"100644 src/app.py\0" + fixed
    tree = clone.git("hash-object", "-t", "tree", "--literally", "-w", "--stdin", stdin=forged)
    tip = Oid(clone.git("commit-tree", "-p", "HEAD", "-m", "end", tree))
    repo.graph = CommitGraph(repo, (), (tip,))

    with pytest.raises(MissingObject):
        file_at(repo, tip, "src/app.py")


def test_only_the_trailer_of_a_commit_names_a_hotfix_and_only_one(tmp_path: Path) -> None:
    clone = Lab(tmp_path).alone("mallory")
    clone.commit("begin", {"a": "1\n"})
    many = "\n".join(f"Hotfix-Id: 20260101-x{each}" for each in range(2000))
    for message in (
        f"x\n\n{many}\n\nHotfix-Id: 20260101-a\n",
        f"x\n\n{many}\n",
        f"x\n\nHotfix-Id: a{' ' * 200_000}b\n",
        "x\n\nHotfix-Id: c\n" + " d\n" * 200_000,
        f"{'hotfix/' * 20_000}\n",
    ):
        written(clone, "committer E <e@x> 1700000000 +0000\n", message.encode())

    named = [each[:40] for each in graph_of(clone, Oid(clone.git("rev-parse", "HEAD"))).hotfixes_named()]

    assert named == ["20260101-a", f"a{' ' * 39}", "c" + " d" * 19 + " "]
