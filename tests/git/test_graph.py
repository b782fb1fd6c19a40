"""What is walked here about histories is what git says about them."""

from __future__ import annotations

import os
import random
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from git_hotfix.git import graph
from git_hotfix.git.history import bringing_merge, fix_commits, has_merges, is_ancestor, merge_bases
from git_hotfix.git.program import Git
from git_hotfix.git.provenance import (
    commit_that_added,
    commits_naming,
    first_own_commit,
    first_with,
    message,
    newer_naming,
    newest_on_line,
    versions_of,
)
from git_hotfix.git.repository import Repository, open_repository
from git_hotfix.git.trees import RecordPaths
from git_hotfix.hotfix import Oid
from tests.support.histories import LINES, NOON, PATHS, ancestors_in, parents_of, random_history
from tests.support.lab import Lab, run_git

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.support.lab import Bare

RECORD = RecordPaths("docs/incidents")


class Watched:
    """A repository, and what git was asked in it."""

    def __init__(self, path: Path) -> None:
        self.asked: list[str] = []
        self.repo: Repository = open_repository(Git(path, dict(os.environ), self._note))
        self.asked.clear()

    def _note(self, arguments: Sequence[str]) -> None:
        self.asked.append(arguments[0])


def pairs(commits: Sequence[Oid], count: int, seed: int = 1) -> list[tuple[Oid, Oid]]:
    chance = random.Random(seed)  # noqa: S311
    return [(chance.choice(commits), chance.choice(commits)) for _ in range(count)]


def by_git(repository: Bare, *arguments: str) -> list[Oid]:
    return [Oid(line) for line in repository.git(*arguments, ok=False).split()]


def brought_by(parents: dict[Oid, tuple[Oid, ...]], past: dict[Oid, frozenset[Oid]], base: Oid, tip: Oid) -> Oid | None:
    """Return the oldest commit on the first-parent line of ``base`` that contains ``tip``, by looking at each."""
    at: Oid | None = base
    oldest = None
    while at is not None and tip in past[at]:
        oldest, at = at, next(iter(parents[at]), None)
    return oldest


@pytest.mark.parametrize("skewed", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_every_pair_of_a_random_history_is_told_right(tmp_path: Path, seed: int, *, skewed: bool) -> None:
    """The truth is reachability itself; git's own answers are compared below."""
    bare = Lab(tmp_path).remote
    commits = random_history(bare, seed, skewed=skewed)
    parents = dict(parents_of(bare))
    past = dict(ancestors_in(parents))
    watched = Watched(bare.path)
    for one in commits:
        for other in commits:
            assert is_ancestor(watched.repo, one, other) == (one in past[other])
            assert bringing_merge(watched.repo, other, one) == brought_by(parents, past, other, one)
    assert watched.asked == []
    for one, other in pairs(commits, 150):
        common = past[one] & past[other]
        best = {oid for oid in common if not any(oid in past[each] for each in common - {oid})}
        assert set(merge_bases(watched.repo, one, other)) == best
        wanted = {oid for oid in past[other] - past[one] if len(parents[oid]) > 1}
        assert has_merges(watched.repo, one, other) == bool(wanted)
    assert set(watched.asked) <= {"merge-base"}  # several bases


@pytest.mark.parametrize("seed", range(2))
def test_ranges_and_lines_of_a_random_history_are_as_git_lists_them(tmp_path: Path, seed: int) -> None:
    bare = Lab(tmp_path).remote
    commits = random_history(bare, seed)
    watched = Watched(bare.path)
    for old, tip in pairs(commits, 25, seed):
        listed = by_git(bare, "rev-list", "--topo-order", "--reverse", f"{old}..{tip}")
        order = [oid for oid in listed if oid in set(fix_commits(watched.repo, old, tip, RECORD))]
        assert list(fix_commits(watched.repo, old, tip, RECORD)) == order
        assert has_merges(watched.repo, old, tip) == bool(by_git(bare, "rev-list", "-1", "--merges", f"{old}..{tip}"))
        for line in LINES[:2]:
            found = by_git(bare, "rev-list", "--first-parent", "-F", f"--grep={line}", f"{old}..{tip}")
            assert list(newer_naming(watched.repo, old, tip, line)) == found
        own = by_git(bare, "rev-list", "--first-parent", f"{old}..{tip}")
        assert first_own_commit(watched.repo, old, tip) == (own[-1] if own else None)
    assert watched.asked == []


@pytest.mark.parametrize("skewed", [False, True])
def test_lines_since_a_time_are_as_git_lists_them(tmp_path: Path, *, skewed: bool) -> None:
    bare = Lab(tmp_path).remote
    commits = random_history(bare, 5, skewed=skewed)
    watched = Watched(bare.path)
    for tip, _ in pairs(commits, 25):
        at = NOON + 60 * random.Random(tip).randrange(40)  # noqa: S311
        since = datetime.fromtimestamp(at, UTC)
        options = ("--first-parent", f"--since={at}")
        found = by_git(bare, "rev-list", f"--since={at}", "-F", f"--grep={LINES[0]}", tip)
        assert set(commits_naming(watched.repo, tip, LINES[0], since=since)) == set(found)
        for path in (PATHS[0], "docs/b", "docs", "gone"):
            changed = by_git(bare, "rev-list", *options, tip, "--", path)
            assert [oid for oid, _ in versions_of(watched.repo, tip, path, since=since)] == changed
    assert watched.asked == []


def test_far_questions_are_git_s_and_answered_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bare = Lab(tmp_path).remote
    commits = random_history(bare, 3)
    near, far = Watched(bare.path), Watched(bare.path)
    since = datetime.fromtimestamp(NOON, UTC)
    for one, other in pairs(commits, 12):
        answers = []
        for watched, bound in ((near, 400), (far, 2)):
            monkeypatch.setattr(graph, "MOST_COMMITS", bound)
            repo = watched.repo
            answers.append(
                (
                    is_ancestor(repo, one, other),
                    merge_bases(repo, one, other),
                    bringing_merge(repo, other, one),
                    has_merges(repo, one, other),
                    fix_commits(repo, one, other, RECORD),
                    newer_naming(repo, one, other, LINES[0]),
                    first_own_commit(repo, one, other),
                    tuple(newest_on_line(repo, other)),
                    first_with(repo, other, PATHS[0], since=since),
                    set(commits_naming(repo, other, LINES[0], since=since)),
                    versions_of(repo, other, PATHS[0], since=since),
                )
            )
        assert answers[0] == answers[1]
    assert {"merge-base", "rev-list"} <= set(far.asked)


@pytest.mark.parametrize("kind", ["replaced", "packed", "grafted", "shallow"])
def test_history_that_is_not_as_written_is_git_s_to_tell(tmp_path: Path, kind: str) -> None:
    lab = Lab(tmp_path)
    commits = random_history(lab.remote, 4)
    told = lab.remote
    if kind == "shallow":
        tip = commits[-1]
        alice = lab.alone("alice")
        alice.git("fetch", "-q", "--depth=6", lab.remote.path.as_uri(), f"{tip}:refs/heads/cut")
        told = alice
        commits = by_git(alice, "rev-list", "cut")
    elif kind == "grafted":
        (told.path / "info").mkdir(exist_ok=True)
        (told.path / "info/grafts").write_text(f"{commits[-1]} {commits[0]}\n{commits[20]}\n")
    else:
        for oid in (commits[-1], commits[20]):
            told.git("replace", "--graft", oid, *([commits[0]] if oid == commits[-1] else []))
        if kind == "packed":
            told.git("pack-refs", "--all")
    watched = Watched(told.path)
    for one, other in [*pairs(commits, 20), (commits[0], commits[-1])]:
        assert is_ancestor(watched.repo, one, other) == (
            told.try_git("merge-base", "--is-ancestor", one, other).code == 0
        )
        assert list(merge_bases(watched.repo, one, other)) == by_git(told, "merge-base", "--all", one, other)
    assert "merge-base" in watched.asked


def test_octopus_and_unrelated_histories_have_the_bases_git_finds(tmp_path: Path) -> None:
    lab = Lab(tmp_path)
    alice = lab.alone("alice")
    for name in ("main", "other"):
        alice.git("checkout", "-q", "--orphan", name)
        alice.commit(name)
    repo = Watched(alice.path).repo
    assert merge_bases(repo, alice.rev("main"), alice.rev("other")) == ()
    assert not is_ancestor(repo, alice.rev("main"), alice.rev("other"))


def test_commit_that_added_a_file_is_its_oldest_change(tmp_path: Path) -> None:
    bare = Lab(tmp_path).remote
    commits = random_history(bare, 6)
    repo = Watched(bare.path).repo
    for tip, _ in pairs(commits, 10):
        found = by_git(bare, "rev-list", "--no-merges", tip, "--", "docs/b")
        assert commit_that_added(repo, tip, "docs/b") == (found[-1] if found else None)


RAW_MESSAGES = (
    (None, "긴급 수정\n\nHotfix-Id: x\n".encode()),
    (None, b"\n\n  begins late\n\n\n"),
    (None, b"not UTF-8: \xe9\n"),
    (None, b""),
    ("EUC-KR", "긴급 수정\n\nHotfix-Id: x\n".encode("euc-kr")),
    ("ISO-8859-1", "résumé\n".encode("latin-1")),
    ("UTF-8", "é\n".encode()),
    ("utf8", b"\xff\n"),
    ("no-such-encoding", "é\n".encode()),
    ("EUC-KR", b"\xff\xff broken\n"),
)


@pytest.mark.parametrize(("encoding", "content"), RAW_MESSAGES)
@pytest.mark.parametrize("signed", [False, True])
def test_message_is_decoded_as_git_log_does(
    tmp_path: Path, encoding: str | None, content: bytes, *, signed: bool
) -> None:
    bare = Lab(tmp_path).remote
    tree = bare.git("mktree", stdin="")
    lines = [f"tree {tree}", "author A <a> 0 +0000", "committer A <a> 0 -0330"]
    lines += [f"encoding {encoding}"] if encoding else []
    lines += (
        ["gpgsig -----BEGIN PGP SIGNATURE-----", " ", " encoding x", " -----END PGP SIGNATURE-----"] if signed else []
    )
    raw = "\n".join([*lines, "", ""]).encode() + content
    oid = Oid(bare.git("hash-object", "-t", "commit", "-w", "--stdin", stdin=raw))
    shown = bare.try_git("-c", "i18n.logOutputEncoding=UTF-8", "log", "-1", "--format=%B", oid).out.rstrip("\n")
    assert message(Watched(bare.path).repo, oid) == shown


def test_fetch_and_push_of_git_are_seen_by_a_handle_that_is_open(tmp_path: Path) -> None:
    """Git writes packs and removes the old ones; what was found missing before is found."""
    lab = Lab(tmp_path)
    commits = random_history(lab.remote, 7)
    alice = lab.alone("alice")
    alice.git("remote", "add", "origin", str(lab.remote.path))
    repo = Watched(alice.path).repo
    assert commits[-1] not in repo.handle
    alice.git("-c", "fetch.unpackLimit=1", "fetch", "-q", "origin")
    assert is_ancestor(repo, commits[0], commits[1]) == (commits[0] in by_git(alice, "rev-list", commits[1]))
    alice.git("repack", "-q", "-a", "-d", "-f")
    alice.commit("loose")
    alice.git("gc", "-q", "--prune=now")
    assert [oid for oid in (*commits, alice.rev("HEAD")) if oid not in repo.handle] == []
    run_git(tmp_path, "-C", str(alice.path), "push", "-q", "origin", "HEAD:refs/heads/pushed")
    server = Watched(lab.remote.path).repo
    assert alice.rev("HEAD") in server.handle


def test_fetch_lets_what_was_denied_be_asked_again(tmp_path: Path) -> None:
    lab = Lab(tmp_path)
    commits = random_history(lab.remote, 4)
    alice = lab.alone("alice")
    alice.git("fetch", "-q", "--depth=2", lab.remote.path.as_uri(), f"{commits[-1]}:refs/heads/cut")
    repo = Watched(alice.path).repo
    root = by_git(lab.remote, "rev-list", "--max-parents=0", commits[-1])[-1]
    assert repo.past.look_up("rev-list", "-1", f"{commits[-1]}", f"^{commits[-1]}") == ""
    assert repo.is_shallow
    alice.git("fetch", "-q", "--unshallow", lab.remote.path.as_uri(), commits[-1])
    repo.forget_absent()
    assert not repo.is_shallow
    assert is_ancestor(repo, root, commits[-1])
