"""Nothing that is not published is deleted because a text says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cli.stages import Stage, finished, fixed, published
from tests.hostile.scenes import assert_no_bug, has_fix, report_text, said, saying
from tests.support.lab import LOGIN

if TYPE_CHECKING:
    from pathlib import Path

WORDS = {
    "resolved": {"status": '"resolved"', "resolved_at": '"2026-01-17T03:00:00+00:00"'},
    "cancelled": {"status": '"cancelled"'},
}


def on_server(root: Path) -> Stage:
    """Return a hotfix whose fix is committed and whose branch is on the server, unpublished."""
    stage = fixed(root)
    stage.alice.git("push", "-q", "-u", "origin", stage.branch)
    return stage


def assert_branch_stays(stage: Stage) -> None:
    assert f"refs/heads/{stage.branch}" in stage.remote.refs(), "deleted on the server"
    assert f"refs/heads/{stage.branch}" in stage.alice.refs(), "deleted here"


@pytest.mark.parametrize("command", [("cleanup", "--all"), ("cleanup", "auth")], ids=" ".join)
@pytest.mark.parametrize("word", WORDS)
def test_report_on_develop_that_says_it_is_ended_deletes_no_unmerged_fix(
    tmp_path: Path, word: str, command: tuple[str, ...]
) -> None:
    stage = on_server(tmp_path)
    stage.bob_pushes("develop", "Tidy reports", {stage.report: saying(report_text(stage), **WORDS[word])})

    answer = stage.alice.hotfix(*command)

    assert_branch_stays(stage)
    assert answer.code == 8, said(answer)


@pytest.mark.parametrize("word", WORDS)
def test_report_on_the_branch_that_says_it_is_ended_deletes_no_unmerged_fix(tmp_path: Path, word: str) -> None:
    stage = on_server(tmp_path)
    stage.bob_pushes(stage.branch, "Update the report", {stage.report: saying(report_text(stage), **WORDS[word])})

    answer = stage.alice.hotfix("cleanup", "--all")

    assert_branch_stays(stage)
    assert answer.code == 8, said(answer)


def test_report_edited_in_the_working_tree_deletes_no_unmerged_fix(tmp_path: Path) -> None:
    stage = on_server(tmp_path)
    report = saying(report_text(stage), **WORDS["resolved"])
    stage.alice.commit("It is resolved now", {stage.report: report})

    answer = stage.alice.hotfix("cleanup")

    assert_branch_stays(stage)
    assert answer.code == 8, said(answer)


def test_claim_that_it_is_ended_does_not_stop_the_publication(tmp_path: Path) -> None:
    # a stranger's word may neither delete a fix nor hold it back
    stage = on_server(tmp_path)
    stage.bob_pushes("develop", "Tidy reports", {stage.report: saying(report_text(stage), **WORDS["resolved"])})

    answer = stage.alice.hotfix("finish", "-y", "--skip-tests", "no time")

    assert_no_bug(answer)
    assert has_fix(stage.remote, "main"), said(answer)


def test_claim_that_it_is_ended_is_shown_with_the_name_of_who_claims_it(tmp_path: Path) -> None:
    stage = on_server(tmp_path)
    commit = stage.bob_pushes(
        "develop", "Tidy reports", {stage.report: saying(report_text(stage), **WORDS["resolved"])}
    )

    answer = stage.alice.hotfix("status", "auth", check=0)

    assert "Bob" in said(answer)
    assert commit[:7] in said(answer)


def test_colleague_cleans_up_what_close_has_recorded(tmp_path: Path) -> None:
    stage = on_server(tmp_path)
    bob = stage.bob
    bob.git("fetch", "-q")
    bob.git("branch", "-q", stage.branch, f"origin/{stage.branch}")
    stage.alice.hotfix("close", "auth", "--as", "cancelled", "--reason", "a false alarm", "--discard", check=0)

    bob.hotfix("cleanup", "auth", check=0)

    assert f"refs/heads/{stage.branch}" not in bob.refs()


def test_record_of_close_covers_only_the_commits_that_were_given_up(tmp_path: Path) -> None:
    stage = on_server(tmp_path)
    bob = stage.bob
    bob.git("fetch", "-q")
    bob.git("switch", "-q", "-c", stage.branch, f"origin/{stage.branch}")
    own = bob.commit("A better fix", {LOGIN: f"{bob.read(LOGIN)}# and more\n"})
    bob.git("switch", "-q", "main")
    stage.alice.hotfix("close", "auth", "--as", "cancelled", "--reason", "a false alarm", "--discard", check=0)

    answer = bob.hotfix("cleanup", "auth")

    assert bob.refs().get(f"refs/heads/{stage.branch}") == own, "bob's commit, which nobody gave up, is deleted"
    assert answer.code == 8, said(answer)


def test_ended_word_after_publication_hides_no_missing_target(tmp_path: Path) -> None:
    stage = published(tmp_path)
    stage.bob_pushes("develop", "Tidy reports", {stage.report: saying(report_text(stage), **WORDS["resolved"])})

    answer = stage.alice.hotfix("cleanup", "auth")

    assert answer.code == 8, said(answer)
    assert f"refs/heads/{stage.branch}" in stage.alice.refs()


def test_setting_on_the_branch_that_makes_the_fix_a_record_hides_no_missing_target(tmp_path: Path) -> None:
    # record paths are left out of every comparison: what decides them may not come from a pushed branch
    stage = published(tmp_path)
    bob = stage.bob
    bob.git("fetch", "-q")
    stage.alice.git("push", "-q", "origin", stage.branch)
    settings = f'[documents]\nchangelog = "{LOGIN}"\nbacklog = ".hotfix.toml"\n'
    stage.bob_pushes(stage.branch, "Settings", {".hotfix.toml": settings})

    answer = stage.alice.hotfix("finish", "auth", "-y", "--skip-tests", "no time")

    assert_no_bug(answer)
    assert answer.code != 0 or has_fix(stage.remote, "develop"), said(answer)


def test_proven_fix_is_still_deleted(tmp_path: Path) -> None:
    stage = finished(tmp_path)

    stage.alice.hotfix("cleanup", "auth", check=0)

    assert f"refs/heads/{stage.branch}" not in stage.remote.refs()
