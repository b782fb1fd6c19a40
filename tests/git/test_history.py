"""What contains what, which commits are the fix, and what messages say."""

from __future__ import annotations

import random
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest
from pygit2.enums import ObjectType

from git_hotfix.errors import HotfixError
from git_hotfix.git.history import (
    bringing_merge,
    commit_time,
    fix_commits,
    fix_of,
    has_merges,
    is_ancestor,
    merge_bases,
    subject,
    trailers,
)
from git_hotfix.git.messages import picked_from, single, subject_of, trailers_of
from git_hotfix.git.objects import MissingObject
from git_hotfix.git.program import here
from git_hotfix.git.repository import Repository, open_repository
from git_hotfix.git.trees import RecordPaths, tree_of, without_paths
from git_hotfix.hotfix import Fix, Oid
from tests.support.lab import Lab

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.lab import Clone

RECORD = RecordPaths("docs/incidents")
REPORT = "docs/incidents/HOTFIX-2026-01-17-login.md"

LINES = (
    *("", "", "", "   ", "words of text", "  goes on", "\tgoes on  ", "# remark", "---"),
    *("Key: value", "Hotfix-Id:x", "Spaced : yes", "Key:", "Tests-Skipped: why: because"),
    *("Signed-off-by: A <a@x>", "(cherry picked from commit abc)"),
    *("Two Words: no", ": none", "URL http://x", "Üml: no", "a_b: no"),
)
"""What messages are made of, trailers and what only looks like one."""


@pytest.fixture
def alice(tmp_path: Path) -> Clone:
    return Lab(tmp_path).alone("alice")


def opened(clone: Clone) -> Repository:
    return open_repository(here().elsewhere(clone.path))


def merge(clone: Clone, into: str, what: str, *options: str) -> Oid:
    clone.git("checkout", "-q", into)
    clone.git("merge", "-q", "--no-ff", "-m", f"merge {what}", *options, what)
    return clone.rev("HEAD")


def many(clone: Clone, branch: str, count: int) -> None:
    """Add empty commits on a branch with one process."""
    tip, tree = clone.rev(branch), clone.rev(f"{branch}^{{tree}}")
    one = "commit refs/heads/{0}\ncommitter A <a@example.com> 1768586400 +0900\ndata 1\nc\n"
    first = one.format(branch) + f"from {tip}\nM 040000 {tree} \n"
    clone.git("fast-import", "--quiet", stdin=first + one.format(branch) * (count - 1))


def test_ancestry_is_told_for_a_commit_itself_its_past_and_the_rest(alice: Clone) -> None:
    one, two = alice.commit("one"), alice.commit("two")
    repo = opened(alice)
    asked = [(one, two), (two, two), (two, one)]
    assert [is_ancestor(repo, *pair) for pair in asked] == [True, True, False]


def test_missing_commit_is_an_error(alice: Clone) -> None:
    one = alice.commit("one")
    repo, gone = opened(alice), Oid("1" * 40)
    for act in (
        lambda: is_ancestor(repo, gone, one),
        lambda: merge_bases(repo, one, gone),
        lambda: bringing_merge(repo, one, gone),
        lambda: fix_commits(repo, one, gone, RECORD),
        lambda: subject(repo, gone),
    ):
        with pytest.raises(HotfixError):
            act()


def test_all_merge_bases_of_a_criss_cross_are_given(alice: Clone) -> None:
    alice.commit("base")
    alice.git("branch", "side")
    one = alice.commit("one")
    alice.git("checkout", "-q", "side")
    two = alice.commit("two")
    merge(alice, "side", one)
    merge(alice, "main", two)
    alice.git("checkout", "-q", "--orphan", "alone")
    alone = alice.commit("alone")
    repo = opened(alice)
    assert set(merge_bases(repo, alice.rev("main"), alice.rev("side"))) == {one, two}
    assert merge_bases(repo, alice.rev("main"), alone) == ()


def test_fix_is_its_commits_without_merges_records_and_empty_ones(alice: Clone) -> None:
    fork = alice.commit("base", {"a": "1\n", "b": "1\n", "old name": "".join(f"{n}\n" for n in range(20))})
    alice.git("branch", "other")
    alice.git("checkout", "-q", "-b", "fix")
    alice.commit("report", {REPORT: "begun\n"})
    first = alice.commit("first", {"a": "1\n2\n"})
    alice.commit("empty")
    alice.git("mv", "old name", "new name")
    second = alice.commit("second", {"b": "2\n", REPORT: "noted\n"})
    repo = opened(alice)
    tip = alice.rev("fix")
    tree = without_paths(repo, tree_of(repo, tip), RECORD)
    assert fix_of(repo, fork, tip, RECORD) == Fix(
        fork=fork,
        tip=tip,
        commits=(first, second),
        paths=("a", "b", "new name", "old name"),
        added_lines=2,
        deleted_lines=1,
        identity=tree,
    )
    assert not has_merges(repo, fork, tip)
    alice.git("checkout", "-q", "other")
    third = alice.commit("third", {"c": "1\n"})
    tip = merge(alice, "fix", "other")
    assert has_merges(repo, fork, tip)
    assert set(fix_commits(repo, fork, tip, RECORD)) == {first, second, third}


def test_identity_is_the_content_and_not_the_commits(alice: Clone) -> None:
    fork = alice.commit("base", {"a": "1\n"})
    one = alice.commit("fix", {"a": "2\n"})
    alice.commit("report", {REPORT: "begun\n"})
    noted = alice.commit("again", {REPORT: "noted\n"})
    alice.git("checkout", "-q", fork)
    reworded = alice.commit("fix, reworded", {"a": "2\n"})
    changed = alice.commit("more", {"a": "3\n"})
    repo = opened(alice)
    identities = [fix_of(repo, fork, tip, RECORD).identity for tip in (one, noted, reworded, changed)]
    assert identities[0] == identities[1] == identities[2] != identities[3]


def test_fix_from_the_first_commit_on_has_commits(alice: Clone) -> None:
    alice.commit("unrelated", {"a": "1\n"})
    fork = alice.rev("main")
    alice.git("checkout", "-q", "--orphan", "other")
    tip = alice.commit("a history of its own", {"b": "1\n"})
    assert fix_commits(opened(alice), fork, tip, RECORD) == (tip,)


def test_merge_that_brought_a_tip_is_the_oldest_on_the_first_parent_line(alice: Clone) -> None:
    alice.commit("base", {"a": "1\n"})
    alice.git("checkout", "-q", "-b", "fix")
    tip = alice.commit("fix", {"a": "2\n"})
    alice.git("branch", "develop", "main")
    merge(alice, "develop", "fix")  # another branch has it first
    alice.git("checkout", "-q", "main")
    alice.commit("production", {"b": "1\n"})
    brought = merge(alice, "main", "fix")
    alice.commit("more", {"b": "2\n"})
    merge(alice, "main", "develop")  # brings the tip a second time
    alice.git("checkout", "-q", "fix")
    later = alice.commit("second round", {"a": "3\n"})
    again = merge(alice, "main", "fix")
    many(alice, "main", 3000)
    repo, base_tip = opened(alice), alice.rev("main")
    assert bringing_merge(repo, base_tip, tip) == brought
    assert bringing_merge(repo, base_tip, later) == again
    assert bringing_merge(repo, brought, later) is None


def test_tip_on_the_line_itself_brought_itself(alice: Clone) -> None:
    first = alice.commit("first")
    middle, last = alice.commit("middle"), alice.commit("last")
    repo = opened(alice)
    assert [bringing_merge(repo, last, tip) for tip in (first, middle, last)] == [first, middle, last]
    assert bringing_merge(repo, middle, last) is None


def test_tip_that_came_inside_another_merge_was_brought_by_that(alice: Clone) -> None:
    alice.commit("base", {"a": "1\n"})
    alice.git("checkout", "-q", "-b", "fix")
    tip = alice.commit("fix", {"a": "2\n"})
    alice.git("checkout", "-q", "-b", "develop", "main")
    alice.commit("develop", {"b": "1\n"})
    merge(alice, "develop", "fix")
    outer = merge(alice, "main", "develop")
    alice.commit("more")
    assert bringing_merge(opened(alice), alice.rev("main"), tip) == outer


def test_cut_history_says_so(tmp_path: Path) -> None:
    lab = Lab(tmp_path)
    alice = lab.clone("alice")
    alice.commit("one", {"a": "1\n"})
    tip = alice.commit("two", {"a": "2\n"})
    alice.git("push", "-q", "origin", "main")
    bob = lab.alone("bob")
    bob.git("fetch", "-q", "--depth=1", lab.remote.path.as_uri(), "main")
    repo = opened(bob)
    assert repo.is_shallow
    assert not opened(alice).is_shallow
    with pytest.raises(MissingObject):
        fix_commits(repo, alice.rev("main~"), tip, RECORD)


def test_message_of_a_signed_tag_ends_before_its_signature(alice: Clone) -> None:
    commit = alice.commit("fix")
    tag = (
        f"object {commit}\ntype commit\ntag hotfix-1\ntagger A <a@example.com> 1768586400 +0900\n\n"
        "HOTFIX: login\n\nHotfix-Id: 20260117-login\nTests: passed\n"
        "-----BEGIN SSH SIGNATURE-----\nabc\n-----END SSH SIGNATURE-----\n"
    )
    oid = Oid(alice.git("hash-object", "-t", "tag", "-w", "--stdin", stdin=tag))
    repo = opened(alice)
    assert subject(repo, oid) == "HOTFIX: login"
    assert trailers(repo, oid) == (("Hotfix-Id", "20260117-login"), ("Tests", "passed"))
    assert commit_time(repo, oid) == datetime(2026, 1, 17, 3, 0, tzinfo=timezone(timedelta(hours=9)))


def test_commit_tells_subject_trailers_and_time(alice: Clone) -> None:
    when = datetime(2026, 1, 17, 2, 10, 5, tzinfo=timezone(timedelta(hours=-3, minutes=-30)))
    oid = alice.commit("긴급 로그인\n수정\n\nWhy.\n\nHotfix-Id: x\nIncident:  a\n  b\n", when=when)
    repo = opened(alice)
    assert subject(repo, oid) == "긴급 로그인 수정"
    assert trailers(repo, oid) == (("Hotfix-Id", "x"), ("Incident", "a b"))
    assert commit_time(repo, oid) == when
    assert commit_time(repo, oid).utcoffset() == when.utcoffset()


def test_random_messages_have_the_trailers_and_subject_git_sees(alice: Clone, tmp_path: Path) -> None:
    chance = random.Random(7)  # noqa: S311  # repeatable, not secret
    tree = alice.git("mktree", stdin="")
    head = f"tree {tree}\nauthor A <a> 0 +0000\ncommitter A <a> 0 +0000\n\n"
    objects = alice.opened().odb
    messages, commits = [], []
    for _ in range(250):
        lines = chance.choices(LINES, k=chance.randint(1, 9))
        messages.append("\n".join(lines) + chance.choice(["", "\n", "\n\n"]))
        commits.append(str(objects.write(ObjectType.COMMIT, (head + messages[-1]).encode())))
    titles = alice.git("log", "--no-walk", "--stdin", "--format=%x00%H %s", stdin="\n".join(commits))
    told = dict(title.removesuffix("\n").split(" ", 1) for title in titles.split("\0")[1:])
    end = tmp_path / "end"
    end.write_text("end\n\nEnd: of message\n")
    files = [tmp_path / f"{number}" for number in range(len(messages))]
    for file, message in zip(files, messages, strict=True):
        file.write_text(message, newline="")
    words = [str(each) for file in files for each in (file, end)]  # the same file behind each tells where one ends
    parsed = alice.git("interpret-trailers", "--parse", "--no-divider", *words).split("End: of message")[:-1]
    for message, commit, by_git in zip(messages, commits, parsed, strict=True):
        ours = "\n".join(f"{key}: {value}" for key, value in trailers_of(message))
        assert ours == by_git.strip("\n"), repr(message)
        assert subject_of(message) == told[commit], repr(message)


SOURCE = "1" * 40
PICKED = f"(cherry picked from commit {SOURCE})"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"Fix\n\n{PICKED}\n", (SOURCE,)),
        (f"Fix\n\nWhy.\n\nSigned-off-by: A <a>\n{PICKED}\nHotfix-Id: x\n", (SOURCE,)),
        (f"Fix\n\n{PICKED}\n\nis what we do NOT want.\n", ()),
        (f"Fix\n\nas in {PICKED}\n", ()),
        (f"{PICKED}\n", ()),
        (f"Fix\n\n{PICKED.replace(SOURCE, SOURCE[:12])}\n", ()),
    ],
)
def test_pick_is_named_where_git_writes_it(text: str, expected: tuple[str, ...]) -> None:
    assert picked_from(text) == expected


def test_trailer_that_contradicts_itself_says_nothing() -> None:
    said = (("Tests", "passed"), ("Tests", "failed"), ("By", "Kim"), ("By", "Kim"))
    assert [single(said, key) for key in ("Tests", "By", "Other")] == [None, "Kim", None]
