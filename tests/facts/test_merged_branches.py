"""Which branch a merge names and what of it came to its base: no merge of another branch makes the fix smaller."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from git_hotfix.config.keys import Config
from git_hotfix.facts.facts import Facts
from git_hotfix.facts.hotfixes import Known, known_hotfixes
from git_hotfix.facts.merged_branches import MOST_OTHERS, merged_branches, named_branch, rounds_by_name
from git_hotfix.git.commit_graph import CommitGraph
from git_hotfix.git.program import here
from git_hotfix.git.repository import open_repository
from git_hotfix.hotfix import BranchName, Oid, Publication, branch_ref
from git_hotfix.memory import Memory
from tests.support.facts import HOTFIX, NOON, settings, world
from tests.support.lab import Clone, Lab

if TYPE_CHECKING:
    from pathlib import Path

NAME = "hotfix/1.2.3"


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("Merge branch 'hotfix/1.2.1'", "hotfix/1.2.1"),
        ("Merge branch 'hotfix/1.2.1' into develop", "hotfix/1.2.1"),
        ("Merge remote-tracking branch 'origin/hotfix/1.2.1'", "hotfix/1.2.1"),
        ("Merge pull request #12 from team/hotfix/login", "hotfix/login"),
        ("Merged in hotfix/login (pull request #3)", "hotfix/login"),
        ("Merge branch 'hotfix/login' into 'main'", "hotfix/login"),
        ("Merge branch 'hotfix/20260117-로그인' of example.org:shop", "hotfix/20260117-로그인"),
        ("Merge branch 'main' into hotfix/1.2.1", None),
        ("Merge branch 'hotfix/a' into hotfix/b", None),
        ("Merge branch 'main' into 'hotfix/1.2.1'", None),
        ("Merge branch 'nohotfix/1'", None),
        ("Merge the hotfix/ prefix", None),
    ],
)
def test_branch_that_a_merge_names(subject: str, expected: str | None) -> None:
    assert named_branch(subject, "hotfix/") == expected


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    """Return a clone with a hotfix branch of two commits on main, and a develop that has more."""
    made = Lab(tmp_path).alone("mallory")
    made.git("switch", "-q", "-C", "main")
    made.commit("Begin", {"a.py": "A = 1\n", "b.py": "B = 1\n"})
    made.git("switch", "-q", "-c", "develop")
    made.commit("Next", {"c.py": "C = 1\n"})
    made.git("switch", "-q", "-c", NAME, "main")
    made.commit("Half", {"a.py": "A = 2\n"})
    made.commit("Whole", {"b.py": "B = 2\n"})
    return made


def merged(clone: Clone, onto: str, what: str, subject: str | None = None) -> Oid:
    """Merge a revision into a branch without a change, as anybody can write it, long ago."""
    long_ago = {"GIT_COMMITTER_DATE": "2001-02-03T04:05:06Z"}
    message = subject or f"Merge branch '{NAME}' into {onto}"
    made = clone.git("commit-tree", "-p", onto, "-p", what, "-m", message, f"{onto}^{{tree}}", env=long_ago)
    clone.git("update-ref", f"refs/heads/{onto}", made)
    return Oid(made)


def publications(clone: Clone) -> list[tuple[Publication, ...]]:
    """Return how each branch that merges name came to main."""
    tips = {name: clone.rev(name) for name in ("main", "develop")}
    repository = open_repository(here().elsewhere(clone.path))
    repository.graph = CommitGraph(repository, (), tips.values())
    known = Known(HOTFIX, None, None)
    facts = Facts(repository, world(with_server=False, **tips), settings(), known, Memory(), at=NOON)
    return [rounds_by_name(facts, each) for each in merged_branches(repository, "hotfix/")]


def test_merges_of_another_branch_make_the_fix_of_the_base_no_smaller(clone: Clone) -> None:
    fork, tip = clone.rev("main"), clone.rev(NAME)
    merged(clone, "develop", f"{NAME}~1")
    merged(clone, "develop", NAME, "tidy")
    merged(clone, "develop", NAME)
    clone.git("switch", "-q", "main")
    clone.git("merge", "-q", "--no-ff", NAME)

    assert publications(clone) == [(Publication(clone.rev("main"), tip, fork),)]


def test_branch_that_went_on_came_in_rounds_whether_it_is_still_here_or_not(clone: Clone) -> None:
    fork, ends = clone.rev("main"), (clone.rev(f"{NAME}~1"), clone.rev(NAME))
    clone.git("switch", "-q", "main")
    merges = []
    for end in ends:
        clone.git("merge", "-q", "--no-ff", "-m", f"HOTFIX: {NAME}\n\nHotfix-Id: {HOTFIX}", end)
        merges.append(clone.rev("main"))
    rounds = (Publication(merges[0], ends[0], fork), Publication(merges[1], ends[1], ends[0]))
    assert publications(clone) == [rounds]
    repository = open_repository(here().elsewhere(clone.path))
    seen = world(with_server=False, main=merges[1], **{NAME: ends[1]})
    known = Known(HOTFIX, Oid(ends[1]), branch=BranchName(NAME))
    facts = Facts(repository, seen, settings(), known, Memory(), at=NOON)
    assert tuple(replace(each, tags=()) for each in facts.publications) == rounds
    assert (
        facts.having(targets=()).__dict__["publications"] == facts.publications
    )  # what only a merge names is not lost
    assert "publications" not in facts.having().__dict__
    merged(clone, "main", ends[0])  # which takes nothing away
    assert publications(clone) == [rounds]


def test_fix_that_came_by_another_branch_is_all_of_it_and_not_nothing(clone: Clone) -> None:
    fork, tip = clone.rev("main"), clone.rev(NAME)
    merged(clone, "develop", NAME)
    clone.git("switch", "-q", "main")
    clone.git("merge", "-q", "--no-ff", "develop", "-m", "Release")
    release = clone.rev("main")
    merged(clone, "develop", f"{NAME}~1", f"Merge branch '{NAME}'")

    assert publications(clone) == [(Publication(release, tip, fork),)]

    clone.git("switch", "-q", "-c", "back", NAME)
    clone.git("revert", "--no-edit", "HEAD", "HEAD~1")
    merged(clone, "develop", "back")
    merged(clone, "main", "develop", "Release")

    assert publications(clone) == [()]


def test_branch_of_a_line_keeps_id_and_base_when_it_goes_on_is_merged_and_deleted(clone: Clone) -> None:
    line, name, first = "support/1.0", "hotfix/1.0.1", datetime(2026, 1, 17, 12, tzinfo=UTC)
    clone.git("switch", "-q", "-c", line, "main~0")
    clone.commit("Old", {"old.py": "OLD = 1\n"}, when=first - timedelta(days=9))
    clone.git("switch", "-q", "-c", name)
    seen = []
    for day in range(2):
        clone.commit("Mend", {"old.py": f"OLD = {day}\n"}, when=first + timedelta(days=day))
        seen.append(others(clone))
    clone.git("switch", "-q", line)
    clone.git("merge", "-q", "--no-ff", name)
    seen.append(others(clone, is_read=True))
    clone.git("branch", "-q", "-D", name)
    seen.append(others(clone, is_read=True))
    assert seen == [("20260117-1-0-1", line)] * 4


def others(clone: Clone, *, is_read: bool = False) -> tuple[str, str]:
    """Return id and base of the newest branch that is no hotfix of ours, with or without history read."""
    refs = {ref.removeprefix("refs/heads/"): Oid(oid) for ref, oid in clone.refs().items()}
    repository = open_repository(here().elsewhere(clone.path))
    seen = world(with_server=False, **refs)
    seen = replace(seen, local={branch_ref(name): tip for name, tip in refs.items()})
    repository.graph = CommitGraph(repository, (), refs.values()) if is_read else None
    known = next(each for each in known_hotfixes(repository, seen, Config()) if each.hotfix.slug == "1-0-1")
    return str(known.hotfix), Facts(repository, seen, settings(), known, Memory(), at=NOON).base


@pytest.mark.parametrize("line", ["develop", "release/1.2"])
def test_branch_of_a_request_is_none_of_its_own_where_its_hotfix_is_not_known(clone: Clone, line: str) -> None:
    clone.git("switch", "-q", "-C", line, "main")
    clone.git("branch", "-D", NAME)
    names = {"20260117-auth": "docs/incidents/HOTFIX-2026-01-17-auth.md", "20260118-tax": None, "20260119-way": "w"}
    for name, report in names.items():
        clone.git("switch", "-q", "-c", f"hotfix/{name}-to-{line}", "main")
        clone.commit("x" if report else f"x\n\nHotfix-Id: {name}", {report or "tax": "x"})
    repository = open_repository(here().elsewhere(clone.path))
    refs = {ref.removeprefix("refs/heads/"): Oid(oid) for ref, oid in clone.refs().items()}
    seen = world(with_server=False, **refs)
    seen = replace(seen, local={branch_ref(name): tip for name, tip in refs.items()})
    (left,) = known_hotfixes(repository, seen, Config())
    assert left.name("hotfix/") == f"hotfix/20260119-way-to-{line}"


def test_only_a_few_branches_of_others_count_where_history_is_not_read(clone: Clone) -> None:
    for number in range(2 * MOST_OTHERS):
        clone.git("branch", f"hotfix/{number}.0.0", NAME)
    tip, repository = clone.rev(NAME), open_repository(here().elsewhere(clone.path))
    refs = {f"hotfix/{number}.0.0": tip for number in range(2 * MOST_OTHERS)}
    seen = world(with_server=False, main=clone.rev("main"), develop=clone.rev("develop"), **refs)
    assert len(known_hotfixes(repository, seen, Config())) == MOST_OTHERS + 1  # and the dated one
    named = known_hotfixes(repository, seen, Config(), [BranchName("hotfix/3.0.0")])
    assert "3-0-0" in {each.hotfix.slug for each in named}
