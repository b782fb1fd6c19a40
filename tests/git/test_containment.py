"""Whether a fix is in a branch, however it came there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from git_hotfix.git import graph
from git_hotfix.git.containment import Containment, carries_only_the_fix, merge_brings, verdict_of
from git_hotfix.git.history import common_past
from git_hotfix.git.program import here
from git_hotfix.git.provenance import commits_with_trailer, picks_of
from git_hotfix.git.repository import Repository, open_repository
from git_hotfix.git.trees import RecordPaths
from git_hotfix.hotfix import Oid, Verdict
from tests.support.lab import BUG, FIXED, LOGIN, Lab, standard_lab

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.lab import Clone, Scene

RECORD = RecordPaths("docs/incidents")
REPORT = "docs/incidents/HOTFIX-2026-01-17-login.md"
TARGETS = ("main", "develop", "release/1.1", "support/1.0")


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    """Return the standard lab; alice stands on a hotfix branch with the fix and its report."""
    scene = standard_lab(tmp_path)
    alice = scene.alice
    alice.git("checkout", "-q", "-b", "fix", "origin/main")
    alice.commit("report", {REPORT: "begun\n"})
    alice.commit("fix", {LOGIN: alice.replace(LOGIN, BUG, FIXED), "src/auth/hash.py": "SALT = 1\n"})
    return scene


def opened(clone: Clone) -> Repository:
    return open_repository(here().elsewhere(clone.path))


def verdict(clone: Clone, target: str, *, fork: str = "v1.0.0^{commit}") -> Verdict:
    return verdict_of(opened(clone), clone.rev(fork), clone.rev("fix"), clone.rev(target), RECORD).verdict


def test_new_fix_is_pending_everywhere(scene: Scene) -> None:
    alice = scene.alice
    verdicts = {target: verdict(alice, f"origin/{target}") for target in TARGETS}
    assert verdicts == dict.fromkeys(TARGETS, Verdict.PENDING)


def test_merged_fix_is_present_with_evidence(scene: Scene) -> None:
    alice = scene.alice
    alice.git("checkout", "-q", "--no-track", "-b", "target", "origin/develop")
    alice.git("merge", "-q", "--no-ff", "-m", "Backport HOTFIX", "fix")
    tip, target = alice.rev("fix"), alice.rev("target")
    found = verdict_of(opened(alice), alice.rev("origin/main"), tip, target, RECORD)
    assert found == Containment(Verdict.PRESENT, f"contains the fix ({tip[:7]})")


@pytest.mark.parametrize("target", ["develop", "support/1.0"])
def test_picked_fix_is_present_though_its_report_was_completed_there(scene: Scene, target: str) -> None:
    alice = scene.alice
    alice.git("checkout", "-q", "--no-track", "-b", "target", f"origin/{target}")
    alice.git("cherry-pick", "fix")
    alice.commit("document", {REPORT: "completed\n"})
    alice.commit("later", {"src/other.py": "1\n"})
    assert verdict(alice, "target") is Verdict.PRESENT


def test_conflicting_target_is_told_with_the_file(scene: Scene) -> None:
    alice = scene.alice
    alice.git("checkout", "-q", "--no-track", "-b", "target", "origin/develop")
    target = alice.commit("own way", {LOGIN: alice.replace(LOGIN, "return True", "return bool(password)")})
    tip = alice.rev("fix")
    found = verdict_of(opened(alice), alice.rev("origin/main"), tip, target, RECORD)
    assert found == Containment(
        Verdict.CONFLICT,
        f"conflicts in '{LOGIN}'",
    )


def test_missing_commit_is_unknown(scene: Scene) -> None:
    alice = scene.alice
    gone = Oid("1" * 40)
    found = verdict_of(opened(alice), alice.rev("origin/main"), alice.rev("fix"), gone, RECORD)
    assert found == Containment(Verdict.UNKNOWN, "commit 1111111 is not in this repository")


def test_cut_history_is_unknown_only_where_the_answer_may_lie_below_the_cut(scene: Scene) -> None:
    alice, lab = scene.alice, scene.lab
    alice.git("push", "-q", "origin", "fix")
    alice.git("checkout", "-q", "--no-track", "-b", "target", "origin/main")
    alice.git("merge", "-q", "--no-ff", "-m", "HOTFIX", "fix")
    alice.commit("changed since", {LOGIN: alice.replace(LOGIN, "password == expected", "False")})
    alice.commit("more", {"b": "1\n"})
    alice.git("push", "-q", "origin", "target")
    bob = lab.alone("shallow")
    url = lab.remote.path.as_uri()
    bob.git("fetch", "-q", "--depth=3", url, "fix:fix", "main:production")
    assert verdict(bob, "production", fork="production") is Verdict.PENDING
    bob.git("fetch", "-q", "--depth=1", url, "target:target")
    assert verdict(bob, "target", fork="production") is Verdict.UNKNOWN


def test_damaged_repository_is_unknown(tmp_path: Path) -> None:
    alice = Lab(tmp_path).alone("alice")
    fork = alice.commit("base", {"a": "1\n"})
    alice.git("checkout", "-q", "-b", "fix")
    tip = alice.commit("fix", {"a": "2\n"})
    alice.git("checkout", "-q", "main")
    target = alice.commit("other", {"a": "3\n"})
    blob = alice.rev("fix:a")
    (alice.path / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    assert verdict_of(opened(alice), fork, tip, target, RECORD).verdict is Verdict.UNKNOWN


def test_merge_carries_only_the_fix_where_production_is_known(scene: Scene) -> None:
    alice = scene.alice
    repo, fork = opened(alice), alice.rev("origin/main")
    carried = {target: carries_only_the_fix(repo, fork, alice.rev(f"origin/{target}"), RECORD) for target in TARGETS}
    assert carried == {"main": True, "develop": True, "release/1.1": True, "support/1.0": False}


def test_merge_carries_only_the_fix_after_an_earlier_hotfix_came_by_its_branch(scene: Scene) -> None:
    """Production's merge of the first hotfix, and the report as production has it, never reach develop."""
    alice = scene.alice
    for branch, start in (("production", "origin/main"), ("target", "origin/develop")):
        alice.git("checkout", "-q", "--no-track", "-b", branch, start)
        alice.git("merge", "-q", "--no-ff", "-m", branch, "fix")
    alice.commit("document", {REPORT: "completed\n"})
    alice.git("checkout", "-q", "production")
    fork = alice.commit("note", {REPORT: "another end\n"})
    assert carries_only_the_fix(opened(alice), fork, alice.rev("target"), RECORD)


def test_merge_carries_more_where_production_alone_changed_its_changelog(scene: Scene) -> None:
    alice = scene.alice
    record = RecordPaths("docs/incidents", ("docs/incidents/waivers.jsonl", "CHANGELOG.md"))
    alice.git("checkout", "-q", "-b", "production", "origin/main")
    waived = alice.commit("waive", {"docs/incidents/waivers.jsonl": "{}\n"})
    changed = alice.commit("release", {"CHANGELOG.md": "## 1.0.1\n"})
    target, repo = alice.rev("origin/develop"), opened(alice)
    assert carries_only_the_fix(repo, waived, target, record)
    assert not carries_only_the_fix(repo, changed, target, record)


def test_merge_brings_nothing_where_an_earlier_one_was_taken_back(scene: Scene) -> None:
    """Also where the merge itself would conflict in the report, which is left out."""
    alice = scene.alice
    repo, first, fork = opened(alice), alice.rev("fix"), alice.rev("origin/main")
    assert merge_brings(repo, fork, first, alice.rev("origin/develop"), RECORD)
    for branch, start in (("production", "origin/main"), ("target", "origin/develop")):
        alice.git("checkout", "-q", "--no-track", "-b", branch, start)
        alice.git("merge", "-q", "--no-ff", "-m", branch, "fix")
        taken_back = {LOGIN: alice.replace(LOGIN, FIXED, BUG), "src/auth/hash.py": None, REPORT: f"{branch}\n"}
        alice.commit("take back", taken_back)
    alice.git("checkout", "-q", "-b", "again", "production")
    alice.commit("fix", {LOGIN: alice.replace(LOGIN, BUG, FIXED), "src/auth/hash.py": "SALT = 1\n"})
    fork, tip, target = alice.rev("production"), alice.rev("again"), alice.rev("target")
    assert carries_only_the_fix(repo, fork, target, RECORD)
    assert not merge_brings(repo, fork, tip, target, RECORD)
    assert merge_brings(repo, fork, tip, alice.rev("origin/develop"), RECORD)


def test_merge_that_conflicts_where_a_pick_is_clean_brings_nothing(scene: Scene) -> None:
    alice = scene.alice
    said, fixed = BUG.replace("return", "return bool(password) or"), BUG.replace("True", "password == expected")
    alice.git("checkout", "-q", "--no-track", "-b", "production", "origin/main")
    fork = alice.commit("say", {LOGIN: alice.replace(LOGIN, BUG, said)})
    alice.git("checkout", "-q", "--no-track", "-b", "target", "origin/develop")
    alice.git("cherry-pick", fork)
    alice.git("checkout", "-q", "-b", "again", "production")
    tip, target = alice.commit("fix", {LOGIN: alice.replace(LOGIN, said, fixed)}), alice.rev("target")
    assert carries_only_the_fix(opened(alice), fork, target, RECORD)
    assert not merge_brings(opened(alice), fork, tip, target, RECORD)


def test_merge_into_an_unrelated_history_carries_more(scene: Scene) -> None:
    alice = scene.alice
    alice.git("checkout", "-q", "--orphan", "alone")
    alone = alice.commit("alone")
    assert not carries_only_the_fix(opened(alice), alice.rev("origin/main"), alone, RECORD)


def changed_login(clone: Clone, old: str, new: str) -> dict[str, str | None]:
    return {LOGIN: clone.replace(LOGIN, old, new)}


@pytest.mark.parametrize("how", ["merged", "picked"])
def test_fix_that_came_is_judged_by_the_newest_state_that_tells(scene: Scene, how: str) -> None:
    alice = scene.alice
    alice.git("checkout", "-q", "--no-track", "-b", "target", "origin/main")
    if how == "merged":
        alice.git("merge", "-q", "--no-ff", "-m", "merge", "fix")
    else:
        alice.git("cherry-pick", "fix")
    arrival = alice.rev("HEAD")

    def found() -> tuple[Verdict, Oid | None]:
        ends = (alice.rev("origin/main"), alice.rev("fix"), alice.rev("target"))
        said = verdict_of(opened(alice), *ends, RECORD, arrival=None if how == "merged" else arrival)
        return said.verdict, said.commit

    assert found() == (Verdict.PRESENT, None)
    built_on = FIXED.replace("expected", "expected and not locked(user)")
    alice.commit("build on it", changed_login(alice, FIXED, built_on))
    assert found() == (Verdict.MODIFIED, None)
    alice.commit("back to it", changed_login(alice, built_on, FIXED))
    half = alice.commit("half of it goes", {"src/auth/hash.py": None})
    alice.commit("nothing to do with it", {"src/other.py": "1\n"})
    assert found() == (Verdict.REVERTED, half)
    alice.commit("the rest too", changed_login(alice, FIXED, BUG))
    assert found() == (Verdict.REVERTED, half)
    alice.commit("on the bug", changed_login(alice, BUG, BUG.replace("True", "bool(password)")))
    assert found()[0] is Verdict.REVERTED
    alice.git("cherry-pick", "--strategy-option=theirs", "fix")
    assert found() == (Verdict.PRESENT, None)


def test_many_common_ancestors_and_picks_are_asked_about_once(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both branches merge the same commits, which anybody can push: git would first merge all these with each other."""
    alice, asked = scene.alice, list[tuple[str, ...]]()
    start, sides = alice.rev("origin/main"), [f":{number}" for number in range(1, 22)]
    lines = [
        f"commit refs/side/x\nmark {each}\ncommitter M <m@x> {each[1:]} +0000\ndata 0\nfrom {start}\n" for each in sides
    ]
    merges = "".join(f"merge {each}\n" for each in sides)
    for name, tip in (("ours", alice.rev("origin/develop")), ("theirs", alice.rev("fix"))):
        lines.append(f"commit refs/heads/{name}\ncommitter M <m@x> 2 +0000\ndata 0\nfrom {tip}\n{merges}")
    alice.git("fast-import", "--quiet", "--force", stdin="".join(lines))
    repo = open_repository(replace(here().elsewhere(alice.path), watches=lambda words: asked.append(tuple(words))))
    ours, theirs = alice.rev("ours"), alice.rev("theirs")
    assert not carries_only_the_fix(repo, theirs, ours, RECORD)
    assert not merge_brings(repo, start, theirs, ours, RECORD)
    assert not any("merge-tree" in words and {ours, theirs} <= {*words} for words in asked)
    monkeypatch.setattr(graph, "MOST_COMMITS", 3)
    picks = [picks_of(repo, start, ours, Oid(str(number) * 40)) for number in range(9)]
    assert picks == [()] * 9
    assert sum("--first-parent" in words for words in asked) == 1


def test_many_picks_on_a_branch_are_told_from_its_past_by_few_questions(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice, asked, picked = scene.alice, list[tuple[str, ...]](), "7" * 40
    said = f"Pick\n\n(cherry picked from commit {picked})\n"
    pick = f"commit refs/heads/picks\ncommitter M <m@x> 2 +0000\ndata {len(said)}\n{said}"
    alice.git("fast-import", "--quiet", stdin=f"reset refs/heads/picks\nfrom {alice.rev('origin/main')}\n\n{pick * 40}")
    repo = open_repository(replace(here().elsewhere(alice.path), watches=lambda words: asked.append(tuple(words))))
    monkeypatch.setattr(graph, "MOST_COMMITS", 3)
    line = alice.git("rev-list", "picks").split()
    for old in (line[-1], line[10]):
        assert picks_of(repo, Oid(old), Oid(line[0]), Oid(picked)) == tuple(line[: min(line.index(old), 40)])
    assert sum("merge-base" in words for words in asked) < 14


def test_trailers_of_several_hotfixes_are_found_by_one_search(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    alice, asked = scene.alice, list[tuple[str, ...]]()
    said = [f"Record\n\nHotfix-Id: 20260117-x{number}\n" for number in range(9)]
    lines = [f"commit refs/heads/records\ncommitter M <m@x> 2 +0000\ndata {len(each)}\n{each}\n" for each in said]
    begins = f"reset refs/heads/records\nfrom {alice.rev('origin/main')}\n"
    alice.git("fast-import", "--quiet", stdin=begins + "".join(lines))
    repo = open_repository(replace(here().elsewhere(alice.path), watches=lambda words: asked.append(tuple(words))))
    monkeypatch.setattr(graph, "MOST_COMMITS", 3)
    *newest, begin = map(Oid, alice.git("rev-list", "-10", "records").split())
    repo.common_past = common_past(repo, newest[5:])
    assert repo.common_past == newest[-1]
    repo.common_past = begin
    olds = (*newest[1:], begin)
    ids = (f"20260117-x{number}" for number in reversed(range(9)))
    found = [commits_with_trailer(repo, old, newest[0], "Hotfix-Id", each) for old, each in zip(olds, ids, strict=True)]
    assert found == [(each,) for each in newest]
    assert sum("rev-list" in words for words in asked) == 1
