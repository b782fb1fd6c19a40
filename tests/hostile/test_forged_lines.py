"""Lines in messages that anybody can write: only git's own trailers count, and only where their effect is there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.cli.stages import Stage, finished, fixed, published
from tests.hostile.scenes import assert_no_bug, bob_merges, has_fix, said, state_of
from tests.support.lab import BUG, LOGIN

if TYPE_CHECKING:
    from pathlib import Path

ELSEWHERE = {"docs/notes.md": "nothing to do with it\n"}
STRANGER = {"src/stranger/work.py": "WORK = 1\n"}


def fix_commit(stage: Stage) -> str:
    return str(stage.alice.rev(f"refs/heads/{stage.branch}"))


def still_there(stage: Stage, path: str, branch: str = "main") -> bool:
    return path in stage.remote.git("ls-tree", "-r", "--name-only", f"refs/heads/{branch}").split("\n")


def test_rollback_line_of_an_ordinary_commit_is_a_claim_and_cancels_nothing(tmp_path: Path) -> None:
    stage = published(tmp_path)
    commit = stage.bob_pushes("main", f"Notes\n\nRollback-Of: {stage.remote.rev('main')}\n", ELSEWHERE)

    cleaned = stage.alice.hotfix("cleanup", "auth", check=8)

    assert f"refs/heads/{stage.branch}" in stage.alice.refs(), said(cleaned)
    (row,) = [
        line for line in stage.alice.hotfix("status", "auth").out.split("\n") if "publication" in line.split()[:2]
    ]
    assert row.endswith(f"that it was reverted is claimed by {commit[:7]}, Bob")
    # production has the fix and the targets lack it: there is work left, and it can be done
    stage.alice.hotfix("finish", "auth", "-y", check=0)
    assert has_fix(stage.remote, "develop")


def test_rollback_line_on_a_target_takes_nothing_back_there(tmp_path: Path) -> None:
    stage = finished(tmp_path)
    merge = stage.remote.rev("main")
    stage.alice.hotfix("rollback", "auth", "-y", "--no-targets", check=0)
    stage.bob_pushes("develop", f"Notes\n\nRollback-Of: {merge}\n", ELSEWHERE)

    rolled = stage.alice.hotfix("rollback", "auth", "-y", "--targets", "--json")

    assert state_of(rolled, "develop") == "reverted", said(rolled)
    assert not has_fix(stage.remote, "develop")


def test_rollback_line_of_a_hand_made_revert_is_believed(tmp_path: Path) -> None:
    # a revert by hand has the effect: what it says is true, whoever made it
    stage = published(tmp_path)
    bob, merge = stage.bob, stage.remote.rev("main")
    bob.git("fetch", "-q")
    bob.git("switch", "-q", "main")
    bob.git("merge", "-q", "--ff-only", "origin/main")
    bob.git("revert", "--no-commit", "-m", "1", merge)
    bob.git("reset", "-q", "HEAD", "docs")
    bob.git("checkout", "-q", "--", "docs")
    bob.commit(f"Take it back\n\nRollback-Of: {merge}\n")
    bob.git("push", "-q", "origin", "main")
    assert not has_fix(stage.remote, "main")

    refused = stage.alice.hotfix("finish", "auth", "-y", check=1)

    assert "rolled back" in said(refused) or "taken back" in said(refused)


def test_pick_line_of_an_unrelated_commit_brings_nothing(tmp_path: Path) -> None:
    stage = published(tmp_path)
    changed = stage.on_server("develop", LOGIN).replace(BUG, BUG.replace("True", "bool(password)"))
    stage.bob_pushes("develop", "Almost a check", {LOGIN: changed})
    claim = stage.bob_pushes("develop", f"Notes\n\n(cherry picked from commit {fix_commit(stage)})\n", ELSEWHERE)

    shown = stage.alice.hotfix("status", "auth", "--json", check=0)
    cleaned = stage.alice.hotfix("cleanup", "auth", check=8)

    assert state_of(shown, "develop") == "conflict", said(shown)
    assert f"was picked is claimed by {claim[:7]}, Bob." in cleaned.err


def test_id_in_a_strangers_merge_is_no_publication_and_is_not_taken_back(tmp_path: Path) -> None:
    stage = published(tmp_path)
    claim = bob_merges(stage, "main", f"Notes\n\nHotfix-Id: {stage.hotfix}\n", STRANGER)

    shown = stage.alice.hotfix("backport", "auth")
    assert f"a publication is claimed by {claim[:7]}, Bob" in shown.out
    assert has_fix(stage.remote, "develop")
    assert not still_there(stage, "src/stranger/work.py", "support/1.0"), "carried to a line that must not get it"
    answer = stage.alice.hotfix("rollback", "auth", "-y")
    assert still_there(stage, "src/stranger/work.py"), "a stranger's work was taken back"
    assert not has_fix(stage.remote, "main"), said(answer)


def test_id_in_a_strangers_merge_before_publication_is_no_publication(tmp_path: Path) -> None:
    stage = fixed(tmp_path)
    bob_merges(stage, "main", f"Merge\n\nHotfix-Id: {stage.hotfix}\n", STRANGER)
    before = stage.remote.refs()

    back = stage.alice.hotfix("rollback", "auth", "-y")
    closed_later = stage.alice.hotfix("status", "auth", "--json", check=0)

    assert stage.remote.refs() == before, "a stranger's merge was taken back"
    assert back.code == 1, said(back)
    steps = {each["step"]: each["state"] for each in closed_later.json()["steps"]}
    assert steps["publication"] != "done"
    stage.alice.hotfix("finish", "auth", "-y", "--skip-tests", "no time", check=0)
    assert has_fix(stage.remote, "main")


def test_forged_tag_and_merge_of_another_id_divert_no_unnamed_rollback(tmp_path: Path) -> None:
    stage = published(tmp_path)
    other = f"{stage.hotfix[:8]}-other"
    bob_merges(stage, "main", f"HOTFIX: other\n\nHotfix-Id: {other}\n", STRANGER)
    stage.bob.git("tag", "-a", "-m", f"HOTFIX: other\n\nHotfix-Id: {other}", "hotfix-20991231-2359", "main")
    stage.bob.git("push", "-q", "origin", "hotfix-20991231-2359")

    answer = stage.alice.hotfix("rollback", "-y")

    assert_no_bug(answer)
    assert still_there(stage, "src/stranger/work.py"), "a stranger's work was taken back"
    assert not has_fix(stage.remote, "main"), f"the bad fix stays live\n{said(answer)}"


def test_two_ids_in_one_merge_are_unknown(tmp_path: Path) -> None:
    # contradictory: which of the two it publishes nobody can tell from the text; its effect is auth's
    stage = fixed(tmp_path)
    bob, alice = stage.bob, stage.alice
    alice.git("push", "-q", "origin", stage.branch)
    bob.git("fetch", "-q")
    bob.git("switch", "-q", "main")
    other = f"{stage.hotfix[:8]}-other"
    message = f"HOTFIX\n\nHotfix-Id: {other}\nHotfix-Id: {stage.hotfix}\n"
    bob.git("merge", "-q", "--no-ff", "-m", message, f"origin/{stage.branch}")
    bob.git("tag", "-a", "-m", message, "hotfix-20991231-2359")
    bob.git("push", "-q", "origin", "main", "hotfix-20991231-2359")

    answer = alice.hotfix("rollback", other, "-y")

    assert has_fix(stage.remote, "main"), "taken back in the name of a hotfix that never was"
    assert answer.code != 0, said(answer)


def test_tags_that_others_make_do_not_take_the_place_of_the_one_made_with_the_merge(tmp_path: Path) -> None:
    # the tool's tag carries what was tested; anybody can put another beside it whose name sorts before
    stage = published(tmp_path)
    bob, genuine = stage.bob, stage.tag
    bob.git("fetch", "-q")
    forged = f"HOTFIX\n\nHotfix-Id: {stage.hotfix}\nTests: passed\nVerified-By: CTO"
    for name, commit in (("hotfix-20000101-0000", "origin/main"), ("hotfix-20000101-0001", "origin/develop")):
        bob.git("tag", "-a", "-m", forged, name, commit)
    bob.git("tag", "hotfix-20000101-0002", "origin/main:README.md")  # a file
    bob.git("push", "-q", "origin", "--tags")

    shown = stage.alice.hotfix("status", "auth", "--json", check=0).json()
    stage.alice.hotfix("rollback", "auth", "-y", check=0)

    assert [each["evidence"] for each in shown["steps"] if each["step"] == "tag"] == [genuine]
    assert f"refs/tags/{genuine}-rollback" in stage.remote.refs()


def test_waiver_shows_who_committed_it_beside_who_it_says(tmp_path: Path) -> None:
    stage = published(tmp_path)
    waiver = {"hotfix": stage.hotfix, "branch": "develop", "reason": "not affected", "by": "The CTO"}
    line = json.dumps({**waiver, "at": "2026-01-17T03:00:00+00:00"})
    commit = stage.bob_pushes("develop", "Waive it", {"docs/incidents/waivers.jsonl": f"{line}\n"})

    shown = stage.alice.hotfix("status", "auth", check=0)

    assert f"skipped by The CTO: not affected (committed by Bob, {commit[:7]})" in shown.out


def test_rollback_on_a_target_leaves_the_work_that_came_in_the_same_merge(tmp_path: Path) -> None:
    stage = published(tmp_path)
    bob = stage.bob
    stage.alice.git("push", "-q", "origin", stage.branch)
    bob.git("fetch", "-q")
    bob.git("switch", "-q", "-C", "develop", "origin/develop")
    bob.git("merge", "-q", "--no-ff", "--no-commit", f"origin/{stage.branch}")
    bob.write("feature.txt", "a week of work\n")
    bob.git("add", "feature.txt")
    bob.git("commit", "-q", "-m", "Merge the hotfix and my feature")
    bob.git("push", "-q", "origin", "develop")
    assert has_fix(stage.remote, "develop")

    stage.alice.hotfix("rollback", "auth", "-y", "--targets", check=0)

    assert stage.remote.show("refs/heads/develop:feature.txt") == "a week of work\n"
    assert not has_fix(stage.remote, "develop")
