"""Lines in messages that anybody can write: only git's own trailers count, and only where their effect is there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.cli.stages import Stage, finished, fixed, published
from tests.hostile.scenes import assert_no_bug, bob_merges, has_fix, said, state_of
from tests.support.lab import BUG, LOGIN

if TYPE_CHECKING:
    from pathlib import Path

ELSEWHERE = {"docs/notes.md": "nothing to do with it\n"}
STRANGER = {"src/stranger/work.py": "WORK = 1\n"}
PLACES = {
    "as a trailer": "Notes\n\n{line}\n",
    "as a trailer beside others": "Notes\n\nWhy it matters.\n\nReviewed-by: Eve\n{line}\nSigned-off-by: Eve <e@x>\n",
    "in the middle": "Notes\n\n{line}\n\nThis is what the line above means.\n",
    "in the subject": "{line}\n",
}


def fix_commit(stage: Stage) -> str:
    return str(stage.alice.rev(f"refs/heads/{stage.branch}"))


def still_there(stage: Stage, path: str, branch: str = "main") -> bool:
    return path in stage.remote.git("ls-tree", "-r", "--name-only", f"refs/heads/{branch}").split("\n")


@pytest.mark.parametrize("message", PLACES.values(), ids=PLACES)
def test_rollback_line_of_an_ordinary_commit_cancels_nothing(tmp_path: Path, message: str) -> None:
    stage = published(tmp_path)
    line = f"Rollback-Of: {stage.remote.rev('main')}"
    stage.bob_pushes("main", message.format(line=line), ELSEWHERE)

    cleaned = stage.alice.hotfix("cleanup", "auth")

    assert f"refs/heads/{stage.branch}" in stage.alice.refs(), said(cleaned)
    assert cleaned.code == 8, said(cleaned)
    # production has the fix and the targets lack it: there is work left, and it can be done
    stage.alice.hotfix("finish", "auth", "-y", check=0)
    assert has_fix(stage.remote, "develop")


def test_rollback_line_is_shown_as_a_claim_with_commit_and_name(tmp_path: Path) -> None:
    stage = published(tmp_path)
    commit = stage.bob_pushes("main", f"Notes\n\nRollback-Of: {stage.remote.rev('main')}\n", ELSEWHERE)

    shown = stage.alice.hotfix("status", "auth", check=0)

    assert "claim" in said(shown)
    assert commit[:7] in said(shown)
    assert "Bob" in said(shown)


@pytest.mark.parametrize("message", [PLACES["as a trailer"], PLACES["in the middle"]], ids=["trailer", "middle"])
def test_rollback_line_on_a_target_takes_nothing_back_there(tmp_path: Path, message: str) -> None:
    stage = finished(tmp_path)
    merge = stage.remote.rev("main")
    stage.alice.hotfix("rollback", "auth", "-y", "--no-targets", check=0)
    stage.bob_pushes("develop", message.format(line=f"Rollback-Of: {merge}"), ELSEWHERE)
    assert has_fix(stage.remote, "develop")

    shown = stage.alice.hotfix("status", "auth", "--json", check=0)
    stage.alice.hotfix("rollback", "auth", "-y", "--targets")

    assert state_of(shown, "develop") != "reverted", said(shown)
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


@pytest.mark.parametrize("files", [ELSEWHERE, {}], ids=["unrelated", "empty"])
def test_pick_line_of_an_unrelated_commit_brings_nothing(tmp_path: Path, files: dict[str, str]) -> None:
    stage = published(tmp_path)
    message = f"Notes\n\n(cherry picked from commit {fix_commit(stage)})\n"
    stage.bob_pushes("develop", message, files)

    shown = stage.alice.hotfix("status", "auth", "--json", check=0)
    cleaned = stage.alice.hotfix("cleanup", "auth")

    assert state_of(shown, "develop") not in {"present", "modified"}, said(shown)
    assert cleaned.code == 8, said(cleaned)
    stage.alice.hotfix("finish", "auth", "-y", check=0)
    assert has_fix(stage.remote, "develop")


def test_pick_line_in_the_middle_of_a_message_brings_nothing(tmp_path: Path) -> None:
    # git's -x writes it into the last paragraph; a discussion of the pick is none, though it touches the file
    stage = published(tmp_path)
    message = f"Explain\n\n(cherry picked from commit {fix_commit(stage)})\n\nis what we do NOT want here yet.\n"
    login = stage.on_server("develop", LOGIN)
    stage.bob_pushes("develop", message, {LOGIN: f"# see the incident\n{login}"})

    shown = stage.alice.hotfix("status", "auth", "--json", check=0)

    assert state_of(shown, "develop") not in {"present", "modified"}, said(shown)


def test_pick_line_for_a_line_that_conflicts_brings_nothing(tmp_path: Path) -> None:
    stage = published(tmp_path)
    changed = stage.on_server("develop", LOGIN).replace(BUG, BUG.replace("True", "bool(password)"))
    stage.bob_pushes("develop", "Almost a check", {LOGIN: changed})
    stage.bob_pushes("develop", f"Notes\n\n(cherry picked from commit {fix_commit(stage)})\n", ELSEWHERE)

    cleaned = stage.alice.hotfix("cleanup", "auth")

    assert cleaned.code == 8, said(cleaned)
    assert "develop" in cleaned.err


def test_line_that_claims_the_revert_of_a_pick_takes_nothing_away(tmp_path: Path) -> None:
    stage = published(tmp_path)
    stage.alice.hotfix("finish", "auth", "-y", check=0)
    adapted = stage.on_server("support/1.0", LOGIN).replace("password == expected", "expected == password")
    pick = stage.remote.rev("support/1.0")
    assert f"(cherry picked from commit {fix_commit(stage)})" in stage.remote.git("log", "-1", "--format=%B", pick)
    stage.bob_pushes("support/1.0", "The other way round", {LOGIN: adapted})
    before = stage.alice.hotfix("status", "auth", "--json", check=0)
    assert state_of(before, "support/1.0") in {"present", "modified"}
    stage.bob_pushes("support/1.0", f"Notes\n\nThis reverts commit {pick}.\n", ELSEWHERE)

    shown = stage.alice.hotfix("status", "auth", "--json", check=0)

    assert state_of(shown, "support/1.0") in {"present", "modified"}, said(shown)


@pytest.mark.parametrize("message", PLACES.values(), ids=PLACES)
def test_id_in_a_strangers_merge_is_no_publication_and_is_not_taken_back(tmp_path: Path, message: str) -> None:
    stage = published(tmp_path)
    bob_merges(stage, "main", message.format(line=f"Hotfix-Id: {stage.hotfix}"), STRANGER)

    answer = stage.alice.hotfix("rollback", "auth", "-y")

    assert_no_bug(answer)
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


def test_forged_merge_in_an_unlucky_order_diverts_no_finish_of_a_colleague(tmp_path: Path) -> None:
    stage = published(tmp_path)
    bob_merges(stage, "main", f"HOTFIX: auth\n\nHotfix-Id: {stage.hotfix}\n", STRANGER)

    answer = stage.alice.hotfix("backport", "auth")

    assert_no_bug(answer)
    assert has_fix(stage.remote, "develop"), said(answer)
    assert not still_there(stage, "src/stranger/work.py", "support/1.0"), "carried to a line that must not get it"


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


def test_tag_with_our_trailer_on_another_commit_is_not_the_tag_of_a_publication(tmp_path: Path) -> None:
    stage = published(tmp_path)
    bob = stage.bob
    bob.git("fetch", "-q")
    genuine = stage.tag
    bob.git("tag", "-a", "-m", f"HOTFIX\n\nHotfix-Id: {stage.hotfix}", "hotfix-20000101-0000", "origin/develop")
    bob.git("push", "-q", "origin", "hotfix-20000101-0000")

    shown = stage.alice.hotfix("status", "auth", "--json", check=0).json()

    (tag,) = [each["evidence"] for each in shown["steps"] if each["step"] == "tag"]
    assert genuine in tag
    assert "hotfix-20000101-0000" not in tag


def test_second_tag_on_the_merge_does_not_take_the_place_of_the_recorded_one(tmp_path: Path) -> None:
    # the tool's tag carries what was tested; anybody can put another beside it whose name sorts before
    stage = published(tmp_path)
    bob, genuine = stage.bob, stage.tag
    bob.git("fetch", "-q")
    forged = f"HOTFIX\n\nHotfix-Id: {stage.hotfix}\nTests: passed\nVerified-By: CTO"
    bob.git("tag", "-a", "-m", forged, "hotfix-20000101-0000", "origin/main")
    bob.git("push", "-q", "origin", "hotfix-20000101-0000")

    shown = stage.alice.hotfix("status", "auth", "--json", check=0).json()
    stage.alice.hotfix("rollback", "auth", "-y", check=0)

    (tag,) = [each["evidence"] for each in shown["steps"] if each["step"] == "tag"]
    assert genuine in tag
    assert f"refs/tags/{genuine}-rollback" in stage.remote.refs()


def test_waiver_shows_who_committed_it_beside_who_it_says(tmp_path: Path) -> None:
    stage = published(tmp_path)
    waiver = {"hotfix": stage.hotfix, "branch": "develop", "reason": "not affected", "by": "The CTO"}
    line = json.dumps({**waiver, "at": "2026-01-17T03:00:00+00:00"})
    commit = stage.bob_pushes("develop", "Waive it", {"docs/incidents/waivers.jsonl": f"{line}\n"})

    shown = stage.alice.hotfix("status", "auth", check=0)

    assert "The CTO" in said(shown)
    assert "Bob" in said(shown)
    assert commit[:7] in said(shown)


@pytest.mark.parametrize("branch", ["main", "*", "release/*", ""])
def test_waiver_of_no_target_waives_nothing(tmp_path: Path, branch: str) -> None:
    stage = published(tmp_path)
    waiver = {"hotfix": stage.hotfix, "branch": branch, "reason": "all of them", "by": "The CTO"}
    line = json.dumps({**waiver, "at": "2026-01-17T03:00:00+00:00"})
    stage.bob_pushes("develop", "Waive all", {"docs/incidents/waivers.jsonl": f"{line}\n"})

    stage.alice.hotfix("cleanup", "auth", check=8)
