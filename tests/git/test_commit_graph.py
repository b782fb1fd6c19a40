"""What is answered from one walk is what git answers, in random histories."""

from __future__ import annotations

import random
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pytest

from git_hotfix.git import history
from git_hotfix.git.commit_graph import CommitGraph
from git_hotfix.git.graph import rev_list
from git_hotfix.git.program import here
from git_hotfix.git.repository import Repository, open_repository
from git_hotfix.hotfix import Oid
from tests.support.lab import Lab

BRANCHES = ("main", "develop", "release")
COUNT = 60


def random_history(seed: int) -> str:
    """Return a stream for ``git fast-import``: commits and merges on three branches, a few of them named."""
    choose, tips = random.Random(seed), dict.fromkeys(BRANCHES, 0)  # noqa: S311
    stream, known = list[str](), list[int]()
    for mark in range(1, COUNT + 1):
        branch = choose.choice(BRANCHES)
        others = {choose.choice(known) for _ in range(choose.random() < 0.3)} if known else set()
        parents = [f"from :{tips[branch] or 1}"] * (mark > 1) + [f"merge :{each}" for each in others]
        name = f"x\n\nHotfix-Id: 20260117-n{mark % 5}\n"
        path = choose.choice(("docs/a.md", "docs/b.md", "src/c"))
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
    return [
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
