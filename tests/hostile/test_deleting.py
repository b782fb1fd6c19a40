"""Nothing that is not published is deleted because a text says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.cli.stages import Stage, fixed, published
from tests.hostile.scenes import has_fix, report_text, said, saying
from tests.support.lab import LOGIN

if TYPE_CHECKING:
    from pathlib import Path

RESOLVED = {"status": '"resolved"', "resolved_at": '"2026-01-17T03:00:00+00:00"'}
FINISH = ("finish", "-y", "--skip-tests", "no time")


def on_server(root: Path) -> Stage:
    """Return a hotfix whose fix is committed and whose branch is on the server, unpublished."""
    stage = fixed(root)
    stage.alice.git("push", "-q", "-u", "origin", stage.branch)
    return stage


def assert_branch_stays(stage: Stage) -> None:
    assert f"refs/heads/{stage.branch}" in stage.remote.refs(), "deleted on the server"
    assert f"refs/heads/{stage.branch}" in stage.alice.refs(), "deleted here"


def test_report_on_develop_that_says_it_is_ended_is_told_as_a_claim_and_decides_nothing(tmp_path: Path) -> None:
    stage = on_server(tmp_path)
    claimed = saying(report_text(stage), **RESOLVED)
    commit = stage.bob_pushes("develop", "Tidy reports", {stage.report: claimed})
    claim = f"'{stage.report}' on 'origin/develop' says that it is resolved, claimed by {commit[:7]}, Bob"

    everything = stage.alice.hotfix("cleanup", "--all")
    shown = stage.alice.hotfix("status", "auth", check=0)

    assert_branch_stays(stage)
    assert everything.code == 8, said(everything)
    assert f"The fix is not in 'origin/main'. {claim}." in everything.err
    assert claim in shown.out
    # a stranger's word may neither delete a fix nor hold it back
    answer = stage.alice.hotfix(*FINISH, check=0)
    assert f"note: {claim}; nothing is skipped for that." in answer.err
    assert has_fix(stage.remote, "main")
    assert has_fix(stage.remote, "develop")


def test_report_on_the_branch_that_says_it_is_ended_deletes_no_unmerged_fix(tmp_path: Path) -> None:
    stage = on_server(tmp_path)
    claimed = saying(report_text(stage), status='"cancelled"')
    stage.bob_pushes(stage.branch, "Update the report", {stage.report: claimed})

    answer = stage.alice.hotfix("cleanup", "auth")

    assert_branch_stays(stage)
    assert answer.code == 8, said(answer)


def test_record_of_close_covers_only_the_commits_that_were_given_up(tmp_path: Path) -> None:
    stage = on_server(tmp_path)
    bob = stage.bob
    bob.git("fetch", "-q")
    bob.git("switch", "-q", "-c", stage.branch, f"origin/{stage.branch}")
    given_up = bob.rev("HEAD")
    own = bob.commit("A better fix", {LOGIN: f"{bob.read(LOGIN)}# and more\n"})
    bob.git("switch", "-q", "main")
    stage.alice.hotfix("close", "auth", "--as", "cancelled", "--reason", "a false alarm", "--discard", check=0)
    closed = stage.remote.git("log", "-1", "--format=%(trailers:only)", "develop")
    assert f"Closed-As: cancelled\nGiven-Up: {given_up}" in closed

    answer = bob.hotfix("cleanup", "auth")

    assert bob.refs().get(f"refs/heads/{stage.branch}") == own, "bob's commit, which nobody gave up, is deleted"
    assert answer.code == 8, said(answer)
    bob.git("branch", "-q", "-f", stage.branch, given_up)
    refused = bob.hotfix("finish", "auth", check=1)  # no decision is asked for
    record = stage.remote.rev("develop")[:7]
    assert refused.err == (
        f"error: '{stage.hotfix}' was closed without code by Alice in {record}. To continue with its"
        " fix, add one more commit to the branch.\n"
        f"hint:  git switch {stage.branch} && git commit --allow-empty -m 'Not given up'\n"
    )
    # whoever may push to develop can make such a record: what is nowhere else goes only by bob's own word
    kept = bob.hotfix("cleanup", "auth", check=8)
    assert f"has fix commits that are nowhere else; it was closed without code by Alice in {record}" in kept.err
    assert bob.rev(stage.branch) == given_up
    bob.hotfix("cleanup", "auth", "--force", check=0)
    assert f"refs/heads/{stage.branch}" not in bob.refs()


def test_record_of_close_that_somebody_made_by_hand_is_checked_by_what_it_does(tmp_path: Path) -> None:
    stage = on_server(tmp_path)
    tip, report = stage.alice.rev(stage.branch), saying(report_text(stage), **RESOLVED)
    words = f"Closed\n\nHotfix-Id: {stage.hotfix}\nClosed-As: resolved\nGiven-Up: {tip}"
    # the report was ended by a commit that says nothing; those that say so do something else
    stage.bob_pushes("develop", "Tidy", {stage.report: report})
    stage.bob_pushes("develop", words, {"README.md": "closed\n"})
    stage.bob_pushes("develop", words, {stage.report: f"{report}\n", "README.md": "and code\n"})
    stage.bob_pushes("develop", f"{words}\nClosed-As: cancelled", {stage.report: f"{report}\n\n"})
    stage.bob_pushes("develop", words.replace("Hotfix-Id: ", "Hotfix-Id: 20200101-"), {stage.report: f"{report}\n.\n"})

    answer = stage.alice.hotfix("cleanup", "auth")

    assert answer.code == 8, said(answer)
    assert_branch_stays(stage)


def test_setting_on_the_branch_that_makes_the_fix_a_record_hides_no_missing_target(tmp_path: Path) -> None:
    # record paths are left out of every comparison: what decides them may not come from a pushed branch
    stage = published(tmp_path)
    bob = stage.bob
    bob.git("fetch", "-q")
    stage.alice.git("push", "-q", "origin", stage.branch)
    settings = f'[documents]\nchangelog = "{LOGIN}"\nbacklog = ".hotfix.toml"\n'
    stage.bob_pushes(stage.branch, "Settings", {".hotfix.toml": settings})

    # somebody who has no branch of her own has no other file that could count
    stage.alice.git("branch", "-q", "-D", stage.branch)

    cleaned = stage.alice.hotfix("cleanup", "--all")

    assert cleaned.code == 8, said(cleaned)
    assert f"refs/heads/{stage.branch}" in stage.remote.refs()
    shown = stage.alice.hotfix("status", "auth", "--json", check=0)
    assert {each["state"] for each in shown.json()["targets"]} == {"pending"}
