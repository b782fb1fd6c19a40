"""``git hotfix cleanup``: nothing is deleted that was not proven, or named."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.cli.stages import TITLE, Stage, finished, fix, fixed, published, started
from tests.support.hooks import _install, accept_everything, protect, refuse_ref
from tests.support.lab import LOGIN, Clone
from tests.support.servers import Moment, smart_http

if TYPE_CHECKING:
    from pathlib import Path


def remembered(stage: Stage) -> set[str]:
    """Return what alice's memory still has, besides what she has seen of the deployment."""
    known = json.loads(stage.memory.read_text()) if stage.memory.exists() else {}
    return {name for name, value in known.items() if value} - {"schema", "hotfix", "deployments"}


def is_gone(stage: Stage) -> bool:
    """Return whether nothing of the branch is left: here, on the server, as tracked, as configured, in memory."""
    refs = (*stage.alice.refs(), *stage.remote.refs())
    configured = stage.alice.git("config", "--get-regexp", "^branch[.]hotfix/", ok=False)
    return not any(stage.hotfix in ref for ref in refs) and configured == "" and not remembered(stage)


def test_proven_fix_is_deleted_here_and_on_the_server_and_gone_is_done(tmp_path: Path) -> None:
    stage = finished(tmp_path)
    alice = stage.alice
    tip = alice.rev(stage.branch)
    before = alice.snapshot()

    planned = alice.hotfix("cleanup", "--dry-run", check=0)
    assert planned.out == (
        f"{stage.hotfix}: would\n"
        f"  delete '{stage.branch}' here and on the server\n"
        "  remove what was kept of it in this clone\n"
    )
    assert alice.snapshot() == before
    done = alice.hotfix("cleanup", check=0)
    assert is_gone(stage)
    assert done.err == (f"Deleted origin/{stage.branch}.\nDeleted '{stage.branch}' here (it was at {tip[:7]}).\n")
    shown = stage.frozen(done.out)
    assert shown.endswith("  done  cleanup               'hotfix/ID' is not here, not on the server\n")
    after = alice.snapshot()
    assert {name: value for name, value in before.items() if after.get(name) != value}.keys() == {
        f"ref refs/heads/{stage.branch}",
        f"ref refs/remotes/origin/{stage.branch}",
        f"server's ref refs/heads/{stage.branch}",
        "configuration",
    }
    again = alice.hotfix("cleanup", "auth", check=0)
    assert again.err == ""
    assert alice.snapshot() == after
    nothing = alice.hotfix("cleanup", "--all", check=0)
    assert nothing.out == "There is nothing to clean up.\n"


def test_hook_sees_the_deletion_as_that_of_git_and_can_hold_it(tmp_path: Path) -> None:
    stage = finished(tmp_path)
    alice, told, hook = stage.alice, tmp_path / "told", stage.alice.path / ".git/hooks/pre-push"
    _install(hook, f'{{ echo "$@"; cat; }} >>"{told}"\nexit 1\n')
    assert alice.try_git("push", "origin", "--delete", stage.branch).code != 0
    by_git = told.read_text()
    before = alice.snapshot()
    said = alice.hotfix("cleanup", check=8)
    assert "stays: failed to push some refs" in said.err
    assert said.err.endswith(f"hint:  git hotfix cleanup {stage.hotfix} --no-verify\n")
    assert alice.snapshot() == before
    assert told.read_text() == 2 * by_git
    alice.hotfix("cleanup", "--no-verify", check=0)
    assert is_gone(stage)


def test_what_is_missing_is_told_and_force_says_what_it_overrides(tmp_path: Path) -> None:
    stage = published(tmp_path)
    alice = stage.alice
    before = alice.snapshot()

    answer = alice.hotfix("cleanup", "--json", check=8).json()

    assert answer["outcome"] == "gap"
    why = "not backported yet"
    messages = [
        f"'origin/{branch}' does not have the fix: {why}." for branch in ("develop", "release/1.1", "support/1.0")
    ]
    assert [(each["code"], stage.frozen(each["message"]), each["remedy"]) for each in answer["problems"]] == [
        ("target-pending", message, f"git hotfix backport {stage.hotfix}") for message in messages
    ]
    assert alice.snapshot() == before
    forced = alice.hotfix("cleanup", "--force", check=0)
    for message in messages:
        assert f"Deleted all the same (--force): {message}\n" in stage.frozen(forced.err)
    assert is_gone(stage)


def test_commit_of_a_colleague_on_the_server_keeps_everything(tmp_path: Path) -> None:
    stage = finished(tmp_path)
    stage.bob_pushes(stage.branch, "One more thing", {"src/auth/more.py": "MORE = True\n"})
    before = stage.alice.snapshot(without_tracking=True)

    answer = stage.alice.hotfix("cleanup", check=8)

    assert stage.frozen(answer.err) == (
        "error: 'hotfix/ID' has commits that came after its publication: COMMIT. 'finish' publishes them too,"
        " 'start TITLE --pick COMMIT' makes a new hotfix of them.\nhint:  git hotfix status ID\n"
    )
    assert stage.alice.snapshot(without_tracking=True) == before


def test_branch_that_moves_during_the_deletion_stays_everywhere(tmp_path: Path) -> None:
    stage = finished(tmp_path)
    alice, tip = stage.alice, stage.remote.rev(stage.branch)
    with smart_http(stage.remote.path) as server:
        alice.git("remote", "set-url", "origin", server.url)
        server.once(
            Moment.SENT, lambda: stage.bob_pushes(stage.branch, "One more thing", {"src/auth/more.py": "MORE = True\n"})
        )
        answer = alice.hotfix("cleanup", check=8)

    assert f"error: 'origin/{stage.branch}' stays: it has new commits.\n" in answer.err
    assert stage.remote.rev(f"{stage.branch}^") == alice.rev(stage.branch) == tip
    assert stage.memory.exists()


def test_all_deletes_the_proven_and_lists_the_others(tmp_path: Path) -> None:
    stage = finished(tmp_path)
    alice = stage.alice
    alice.hotfix("start", "Another one", "--slug", "other", "-y", check=0)
    other = alice.git("branch", "--show-current")

    answer = alice.hotfix("cleanup", "--all", "--json", check=8).json()

    assert [(each["hotfix"], [one["code"] for one in each["problems"]]) for each in answer["hotfixes"]] == [
        (stage.hotfix, []),
        (other.removeprefix("hotfix/"), ["not-published"]),
    ]
    assert [each["message"] for each in answer["problems"]] == [
        f"{other.removeprefix('hotfix/')}: The fix is not in 'origin/main'."
    ]
    assert alice.git("branch", "--list", "hotfix/*", "--format=%(refname:short)") == other
    assert stage.remote.git("branch", "--list", "hotfix/*") == ""
    wrong = alice.hotfix("cleanup", "--all", "--force", check=2)
    assert wrong.err.startswith("error: --all takes no hotfix and no --force.\n")


def test_worktree_of_start_is_removed_but_not_with_changes_in_it(tmp_path: Path) -> None:
    stage = finished(tmp_path)
    alice = stage.alice
    alice.hotfix("cleanup", check=0)
    alice.git("switch", "-q", "-c", "feature")
    tree = tmp_path / "fixing"
    alice.hotfix("start", "Another one", "--slug", "other", "-y", "--worktree", str(tree), check=0)
    inside = Clone(tree)
    inside.commit("Mend it", {"src/billing/rounding.py": "DIGITS = 2\n"})
    inside.hotfix("finish", "--skip-tests", "no time", check=0)
    (tree / "notes.txt").write_text("mine\n")
    branch = inside.git("branch", "--show-current")

    answer = inside.hotfix("cleanup", "--json", check=8).json()

    assert [each["code"] for each in answer["problems"]] == ["worktree-stays"]
    assert answer["problems"][0]["message"].startswith(f"The worktree '{tree}' stays: ")
    assert (tree / "notes.txt").read_text() == "mine\n"
    assert inside.git("branch", "--show-current") == branch
    assert inside.rev("HEAD") == alice.rev(branch)
    (tree / "notes.txt").unlink()
    gone = inside.hotfix("cleanup", "other", inside="src", check=0)  # from the folder that goes
    assert f"Removed the worktree '{tree}'.\n" in gone.err
    assert gone.out.endswith(f"is not here, not on the server\nNext: cd {alice.path}\n")
    assert not tree.exists()
    assert alice.git("worktree", "list", "--porcelain").count("worktree ") == 1
    assert alice.git("branch", "--list", "hotfix/*") == ""
    assert alice.git("branch", "--show-current") == "feature"


def test_user_who_stayed_is_taken_back_from_a_linked_worktree_too(tmp_path: Path) -> None:
    stage = started(tmp_path)
    alice = stage.alice
    fix(stage)
    alice.hotfix("finish", "--skip-tests", "no time", "--stay", check=0)
    assert alice.git("branch", "--show-current") == stage.branch
    alice.git("worktree", "add", "-q", "--detach", str(tmp_path / "elsewhere"), "v1.0.0")

    Clone(tmp_path / "elsewhere").hotfix("cleanup", check=0)

    assert is_gone(stage)
    assert alice.git("branch", "--show-current") == "main"


def test_finish_cleans_up_by_itself_when_all_is_verified(tmp_path: Path) -> None:
    stage = fixed(tmp_path)
    stage.alice.git("config", "hotfix.cleanup.auto", "true")

    answer = stage.alice.hotfix("finish", check=0)

    assert is_gone(stage)
    assert stage.alice.git("branch", "--show-current") == "main"
    assert f"{TITLE}\n" in answer.out
    assert LOGIN not in answer.err


def test_finish_does_not_clean_up_while_a_target_waits(tmp_path: Path) -> None:
    stage = fixed(tmp_path)
    stage.alice.git("config", "hotfix.cleanup.auto", "true")
    refuse_ref(stage.remote, "refs/heads/support/*", "support is frozen")

    stage.alice.hotfix("finish", check=4)

    assert stage.alice.rev(stage.branch)


def test_note_told_after_the_record_keeps_the_branch_until_it_is_written(tmp_path: Path) -> None:
    stage = finished(tmp_path)
    alice = stage.alice
    alice.hotfix("deploy", "--done", check=0)
    alice.hotfix("note", "restarted nine workers", check=0)

    answer = alice.hotfix("cleanup", "--json", check=8).json()
    document = f"git hotfix document {stage.hotfix}"
    message = "The report on 'origin/develop' lacks notes, follow-ups, a deployment or a waiver recorded here."
    assert answer["problems"] == [{"code": "record-due", "message": message, "remedy": document}]
    assert stage.memory.exists()
    alice.hotfix("finish", check=0)
    alice.hotfix("cleanup", check=0)
    assert is_gone(stage)
    report = alice.git("grep", "-c", "restarted nine workers", "origin/develop", "--", "docs/incidents")
    assert report.endswith(":1")


def test_record_that_a_protected_develop_has_refused_is_told_after_the_clean_up(tmp_path: Path) -> None:
    stage = published(tmp_path)
    alice, bob, remote = stage.alice, stage.bob, stage.remote
    bob.git("fetch", "-q")
    bob.git("switch", "-q", "-C", "develop", "origin/develop")
    bob.git("merge", "-q", "--squash", "origin/main")  # as a pull request
    bob.git("commit", "-q", "-m", "Check the password (#7)")
    bob.git("push", "-q", "origin", "develop")
    protect(remote, "refs/heads/develop", "develop is protected")
    alice.hotfix("finish", check=4)

    answer = alice.hotfix("cleanup", check=8)

    assert "error: The report on 'origin/develop' is not complete.\n" in answer.err
    assert is_gone(stage)  # the fix is everywhere
    accept_everything(remote)
    alice.hotfix("document", stage.hotfix, check=0)  # and the record is written without the branch
    alice.hotfix("cleanup", stage.hotfix, check=0)


def test_waiver_that_only_this_repository_knows_of_keeps_the_branch(tmp_path: Path) -> None:
    stage = published(tmp_path)
    alice = stage.alice
    protect(stage.remote, "refs/heads/develop", "develop is protected")
    alice.hotfix("backport", "--skip", "develop", "--reason", "by a pull request", check=4)
    before = alice.snapshot()

    answer = alice.hotfix("cleanup", check=8)

    assert "lacks notes, follow-ups, a deployment or a waiver recorded here" in answer.err
    assert alice.snapshot() == before
