"""Objects that git did not make: a server without fsck takes them, and what can be read of them is read."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from git_hotfix.git.commits import signature_of_author
from git_hotfix.git.history import commit_time, subject, trailers
from git_hotfix.git.objects import (
    EMPTY_TREE,
    Entry,
    MissingObject,
    commit_at,
    entries_of,
    entry_in,
    has_object,
    peeled,
    peeled_tree,
    write_object,
    write_tree,
)
from git_hotfix.git.program import GitFailed, here, without_fetching
from git_hotfix.git.provenance import committer_name, tag_time
from git_hotfix.git.repository import open_repository
from git_hotfix.hotfix import Oid
from tests.support.lab import Lab

if TYPE_CHECKING:
    from pathlib import Path

    from git_hotfix.git.repository import Repository

EVE = b"Eve <eve@example.com> 1700000000 +0100"
MESSAGE = b"\nNotes\n\nHotfix-Id: x\n"
COMMIT, TREE, TAG = 1, 2, 4


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    repo = open_repository(here().elsewhere(Lab(tmp_path).alone("alice").path))
    write_object(repo, TREE, b"")
    return repo


def test_folder_that_a_clone_has_left_out_is_fetched_and_its_failure_named(tmp_path: Path) -> None:
    alice, partial = Lab(tmp_path).alone("alice"), tmp_path / "partial"
    alice.commit("One", {"src/a": "1"})
    alice.git("config", "uploadpack.allowFilter", "true")
    alice.git("config", "uploadpack.allowAnySHA1InWant", "true")
    alice.git("clone", "-q", "--no-checkout", "--filter=tree:0", alice.path.as_uri(), str(partial))
    repository = open_repository(here().elsewhere(partial))
    assert peeled_tree(repository, Oid(alice.rev("HEAD:src"))) == alice.rev("HEAD:src")

    with pytest.raises(GitFailed) as caught:
        without_fetching(repository.git).run("log", "--raw", "--root")
    assert caught.value.problems[0].code == "object-missing"


@pytest.mark.parametrize("seed", range(20))
def test_one_name_of_a_folder_is_what_reading_all_of_it_says(repository: Repository, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311  # repeatable, not secret
    words = [b"HOTFIX-2026-01-17-login.md", b"HOTFIX-2026-01-17-log", b"a", b"100644 HOTFIX-2026-01-17-x.md", b"x" * 19]
    words += [b"1" * 20, b"40000", b"0" * 25, b"HOTFIX-2026-01-17-login.md2"]
    oids = [b"\0" * 20, b" " * 20, b"1" * 20, *((b" %s\0" % word * 3)[:20] for word in words)]
    oids += [(b"100644 %s" % word * 2)[-20:] for word in words]
    modes = (0o100644, 0o100755, 0o100664, 0o120000, 0o160000, 0o40000, 0o140000)
    names = chance.sample(words, chance.randrange(len(words)))
    folder = {name: Entry(chance.choice(modes), Oid(chance.choice(oids).ljust(20, b"1").hex())) for name in names}
    tree = write_tree(repository, folder)
    assert {word: entry_in(repository, tree, word) for word in words} == {word: folder.get(word) for word in words}


def people(author: bytes | None, committer: bytes | None) -> bytes:
    lines = ((b"author", author), (b"committer", committer))
    return b"".join(b"%s %s\n" % line for line in lines if line[1] is not None)


@pytest.mark.parametrize(
    ("lines", "seconds", "committer", "author"),
    [
        (people(EVE, EVE), 1700000000, "Eve", "Eve"),
        (people(EVE, None), 0, "nobody", "Eve"),
        (people(None, EVE), 0, "nobody", "nobody"),
        (people(None, None), 0, "nobody", "nobody"),
        (people(b"<> 0", b""), 0, "nobody", "nobody"),
        (people(b"Eve", b"Eve <e@x"), 0, "nobody", "nobody"),
        (people(b"<e@x> 5", b"Eve <e@x> abc +0000"), 0, "Eve", "e@x"),
        (people(b"E>v\0e <<e>> <x> 1", b"Eve <e@x> 99999999999999999999 +9999"), 253339228800, "Eve", "Eve"),
        (people(b"E\xff <x> 1", b"E\xff <e@x> -5 +0000") + b"encoding latin-1\n", 0, "E\xff", "E\xff"),
        *((people(EVE, EVE) + b"encoding %s\n" % each, 1700000000, "Eve", "Eve") for each in (b"undefined", b"x\0y")),
        (people(EVE, EVE) + b"encoding punycode\n", 1700000000, "Eve", "Eve"),
    ],
)
def test_commit_is_read_as_leniently_as_git_reads_it(
    repository: Repository, lines: bytes, seconds: int, committer: str, author: str
) -> None:
    oid = write_object(repository, COMMIT, b"tree %s\n%s" % (EMPTY_TREE.encode(), lines) + MESSAGE)

    assert int(commit_time(repository, oid).timestamp()) == seconds
    assert (committer_name(repository, oid), signature_of_author(repository, oid).name) == (committer, author)
    assert (subject(repository, oid), trailers(repository, oid)) == ("Notes", (("Hotfix-Id", "x"),))
    assert has_object(repository, oid)
    assert peeled(repository, oid) == oid


@pytest.mark.parametrize("raw", [b"", b"\n", b"author x\n", b"tree z\n", b"tree 12\n" + MESSAGE])
def test_commit_that_nothing_can_read_is_a_problem_that_names_it(repository: Repository, raw: bytes) -> None:
    oid = write_object(repository, COMMIT, raw)
    with pytest.raises(MissingObject, match=oid):
        commit_at(repository, oid)
    assert peeled(repository, oid) is None


@pytest.mark.parametrize("raw", [b"x", b"100644 x", b"888 x\0" + b"x" * 20, b"100644 a/b\0" + b"x" * 20])
def test_tree_that_nothing_can_read_is_a_problem_that_names_it(repository: Repository, raw: bytes) -> None:
    oid = write_object(repository, TREE, raw)
    with pytest.raises(MissingObject, match=oid):
        entries_of(repository, oid)


@pytest.mark.parametrize(
    ("lines", "seconds"),
    [
        (b"tag x\ntagger %s\n" % EVE, 1700000000),
        (b"tag x\n", None),
        (b"", None),
        (b"tag x\ntagger \n", 0),
        (b"tag x\ntagger Eve <e> abc\n", 0),
    ],
)
def test_tag_is_read_as_leniently_as_git_reads_it(repository: Repository, lines: bytes, seconds: int | None) -> None:
    tree = EMPTY_TREE.encode()
    commit = write_object(repository, COMMIT, b"tree %s\n%s" % (tree, people(EVE, EVE)) + MESSAGE)
    tag = write_object(repository, TAG, b"object %s\ntype commit\n%s" % (commit.encode(), lines) + MESSAGE)

    made = tag_time(repository, tag)
    assert (int(made.timestamp()) if made else None) == seconds
    assert int(commit_time(repository, tag).timestamp()) == (1700000000 if seconds is None else seconds)
    assert peeled(repository, tag) == commit
    assert trailers(repository, tag) == (("Hotfix-Id", "x"),)
