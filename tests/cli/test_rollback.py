"""A published hotfix is taken back: in the base, tagged, deployed, recorded."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.cli.stages import Stage, built_on, finished, published, rolled_back, started
from tests.support.hooks import accept_everything, protect, refuse_ref, without_atomic
from tests.support.lab import BUG, FIXED, LOGIN
from tests.support.terminal import Terminal

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.lab import Clone


def report_of(clone: Clone) -> str:
    """Return the path of the one report on develop."""
    names = clone.git("ls-tree", "-r", "--name-only", "origin/develop", "docs/incidents").split()
    return next(name for name in names if name.endswith("-auth.md"))


def tags(scene: Stage) -> list[str]:
    """Return the hotfix tags of the server."""
    return sorted(ref.rpartition("/")[2] for ref in scene.remote.refs() if "/hotfix-" in ref)


def test_rollback_reverts_the_fix_and_keeps_the_report(tmp_path: Path) -> None:
    scene = finished(tmp_path)
    alice = scene.alice
    merge = scene.remote.rev("refs/heads/main")
    alice.write("scratch.txt", "a dirty tree does not matter\n")
    alice.write(LOGIN, "nor does this\n")
    run = alice.hotfix("rollback", "-y", "--reason", "search is broken", check=0)
    assert scene.remote.git("rev-parse", "main~1").strip() == merge
    assert scene.remote.git("diff", "--name-only", f"{merge}~1", "main").split() == [report_of(alice)]
    assert BUG in scene.remote.show(f"main:{LOGIN}")
    message = scene.remote.git("log", "-1", "--format=%B", "main")
    assert f"This reverts commit {merge}." in message
    assert f"Rollback-Of: {merge}" in message
    assert "Rollback-Because: search is broken" in message
    first, second = tags(scene)
    assert second == f"{first}-rollback"
    assert scene.remote.rev(f"refs/tags/{second}^{{commit}}") == scene.remote.rev("refs/heads/main")
    record = scene.remote.show(f"develop:{report_of(alice)}")
    assert 'status: "rolled-back"' in record
    assert "search is broken" in record
    assert "| Rolled back on main |" in record
    assert alice.read(LOGIN) == "nor does this\n"
    assert "still has the fix" in run.out


def test_rollback_twice_is_once(tmp_path: Path) -> None:
    scene = rolled_back(tmp_path)
    before = scene.remote.refs()
    scene.alice.hotfix("rollback", "auth", "-y", check=0)
    assert scene.remote.refs() == before
    scene.bob.git("fetch", "-q")
    scene.bob.hotfix("rollback", "auth", "-y", check=0)
    assert scene.remote.refs() == before


def test_rollback_after_cleanup_by_a_colleague_without_a_name(tmp_path: Path) -> None:
    scene = finished(tmp_path)
    scene.alice.hotfix("cleanup", "auth", check=0)
    scene.bob.git("pull", "-q")
    scene.bob.hotfix("rollback", "-y", "--targets", check=0)
    for branch in ("main", "develop", "release/1.1", "support/1.0"):
        assert BUG in scene.remote.show(f"{branch}:{LOGIN}"), branch
    found = scene.bob.hotfix("status", "auth", "--json").json()["targets"]
    assert {each["branch"]: each["state"] for each in found} == {
        "develop": "reverted",
        "release/1.1": "reverted",
        "support/1.0": "reverted",
    }


def test_rollback_cancels_pending_backports_and_cleanup_is_content(tmp_path: Path) -> None:
    scene = published(tmp_path)
    alice = scene.alice
    alice.hotfix("rollback", "auth", check=0)
    assert BUG in scene.remote.show(f"develop:{LOGIN}")
    assert 'status: "rolled-back"' in scene.remote.show(f"develop:{report_of(alice)}")
    before = alice.snapshot()
    run = alice.hotfix("finish", "auth", check=1)
    assert re.search(r"git hotfix start --again \d{8}-auth", run.err)
    assert alice.snapshot() == before
    alice.hotfix("cleanup", "auth", check=0)
    assert alice.git("branch", "--list", "hotfix/*") == ""


def test_rollback_of_two_rounds_takes_both_back(tmp_path: Path) -> None:
    scene = finished(tmp_path)
    alice = scene.alice
    alice.git("switch", "-q", alice.git("branch", "--list", "hotfix/*").strip())
    alice.commit("Check it twice", {"src/auth/twice.py": "twice = True\n"})
    alice.hotfix("finish", "--skip-tests", "x", check=0)
    alice.hotfix("rollback", "auth", "-y", check=0)
    assert BUG in scene.remote.show(f"main:{LOGIN}")
    assert "src/auth/twice.py" not in scene.remote.git("ls-tree", "-r", "--name-only", "main")


def test_rollback_deploys_and_runs_the_teams_own_command_first(tmp_path: Path) -> None:
    scene = finished(tmp_path)
    alice = scene.alice
    log = tmp_path / "log"
    alice.git("config", "hotfix.deploy.rollback", f"""sh -c 'echo back $HOTFIX_TAG >> "{log}"'""")
    alice.git("config", "hotfix.deploy.command", f"""sh -c 'echo deploy $HOTFIX_TAG >> "{log}"'""")
    alice.hotfix("rollback", "auth", "-y", check=0)
    first, second = tags(scene)
    assert log.read_text() == f"back {first}\ndeploy {second}\n"


def test_rollback_asked_on_a_terminal_and_declined(tmp_path: Path) -> None:
    scene = finished(tmp_path)
    before = scene.alice.snapshot()
    with Terminal(scene.alice, "rollback") as terminal:
        terminal.expect("Revert it on")
        terminal.answer("n")
        terminal.expect("on 'origin/main'?")
        terminal.answer("n")
        assert terminal.finish() == 1
    assert scene.alice.snapshot() == before


def test_rollback_that_conflicts_changes_nothing_but_a_worktree_of_its_own(tmp_path: Path) -> None:
    scene = built_on(tmp_path, "main")
    before = scene.alice.snapshot(without_tracking=True)
    run = scene.alice.hotfix("rollback", "auth", "-y", check=3)
    assert f"'{LOGIN}'" in run.err
    after = scene.alice.snapshot(without_tracking=True)
    assert {fact for fact in before.keys() | after.keys() if before.get(fact) != after.get(fact)} == {
        f"worktree main-rollback {name}" for name in ("HEAD", "gitdir", "REVERT_HEAD")
    }


def test_protected_production_refuses_the_rollback(tmp_path: Path) -> None:
    scene = finished(tmp_path)
    protect(scene.remote, "refs/heads/main", "main is protected")
    before = scene.alice.snapshot(without_tracking=True)
    run = scene.alice.hotfix("rollback", "auth", "-y", check=5)
    assert "main is protected" in run.err
    assert scene.alice.snapshot(without_tracking=True) == before


def test_refused_rollback_tag_is_completed_later(tmp_path: Path) -> None:
    scene = finished(tmp_path)
    without_atomic(scene.remote)
    refuse_ref(scene.remote, "refs/tags/*", "no tags today")
    assert "no tags today" in scene.alice.hotfix("rollback", "auth", "-y", check=4).err
    accept_everything(scene.remote)
    scene.alice.hotfix("rollback", "auth", "-y", check=0)
    first, second = tags(scene)
    assert second == f"{first}-rollback"


def test_dry_run_changes_nothing(tmp_path: Path) -> None:
    scene = finished(tmp_path)
    before = scene.alice.snapshot()
    run = scene.alice.hotfix("rollback", "auth", "-y", "--dry-run", check=0)
    assert "revert " in run.out
    said = scene.alice.hotfix("rollback", "auth", "--dry-run", "--json", check=0).json()
    assert [(each["option"], each["required"]) for each in said["questions"]] == [
        ("--targets", False),
        ("--reason TEXT", False),
    ]
    assert scene.alice.snapshot() == before


def test_start_again_asks_nothing_that_is_answered_and_begins_with_the_revert_of_the_rollback(tmp_path: Path) -> None:
    scene = rolled_back(tmp_path)
    alice = scene.alice
    rollback = scene.remote.rev("refs/heads/main")
    alice.git("switch", "-q", alice.git("branch", "--list", "hotfix/*", "--format=%(refname:short)"))
    alice.commit("And the search", {"src/auth/search.py": "search = True\n"})
    assert re.search(r"\nNext: git hotfix start --again \d{8}-auth\n", alice.hotfix("status", check=0).out)
    started = alice.hotfix("start", "--again", "auth", "--json", check=0).json()
    assert re.fullmatch(r"\d{8}-auth-again", started["hotfix"])
    assert FIXED in alice.read(LOGIN)
    assert f"This reverts commit {rollback}." in alice.git("log", "-1", "--format=%B", "HEAD^")
    old = report_of(alice)
    new = old.replace("-auth.md", "-auth-again.md")
    assert f"| Landed again as {started['hotfix']} |" in alice.read(old)
    assert "again, which was rolled back |" in alice.read(new)
    assert re.search(r"\nNext: git hotfix cleanup \d{8}-auth\n", alice.hotfix("status", "auth", check=0).out)
    alice.hotfix("finish", "--skip-tests", "x", check=0)
    kept = alice.hotfix("rollback", started["hotfix"].removesuffix("-again"), "--targets", check=0)
    assert "note: origin/main has the fix again; it stays on the other branches too." in kept.err
    for branch in ("main", "develop", "release/1.1", "support/1.0"):
        assert FIXED in scene.remote.show(f"{branch}:{LOGIN}"), branch
        assert scene.remote.show(f"{branch}:src/auth/search.py") == "search = True\n"
    for each in ("auth", started["hotfix"]):
        alice.hotfix("cleanup", each, check=0)


def test_better_fix_leaves_nothing_to_do_for_the_one_that_it_lands_again(tmp_path: Path) -> None:
    stage = started(tmp_path)
    alice, name, right = stage.alice, "src/price.py", "return -(-x*119//100)\n"
    for branch in ("main", "develop", "release/1.1", "support/1.0"):
        stage.bob_pushes(branch, "Prices", {name: "def price(x):\n    return x*119//100\n"})
    alice.git("pull", "-q", "--no-rebase", "--no-edit", "origin", "main")
    alice.commit("Round up", {name: f"def price(x):\n    {right}"})
    alice.hotfix("finish", "--skip-tests", "x", check=0)

    back = alice.hotfix("rollback", "auth", "--json", check=0).json()
    states = {each["step"]: each["state"] for each in back["steps"]}
    assert {each for step, each in states.items() if step.startswith("backport ")} == {"waiting"}
    assert " rolled back, 4 gaps " in alice.hotfix("verify", check=8).out  # its branch, and three that have it
    alice.git("switch", "-q", stage.branch)
    begun = alice.hotfix("start", "--again", "auth", check=0)
    assert "Open already" not in begun.err
    assert begun.out.endswith("\nNext: git commit -a\n")
    alice.commit("Round up at last", {name: "def price(x):\n    return (x*119+99)//100\n"})
    alice.hotfix("finish", "--skip-tests", "x", check=0)
    assert alice.git("branch", "--show-current") == "main"
    newer = f"{stage.hotfix}-again"
    assert (
        f"'{stage.hotfix}' was rolled back, and '{newer}' lands it again" in alice.hotfix("finish", "auth", check=1).err
    )
    for each in ("auth", "auth-again"):
        alice.hotfix("cleanup", each, check=0)

    verified = alice.hotfix("verify", check=0)
    assert re.search(r"-auth +rolled back ", verified.out)
    assert re.search(r"-auth-again +complete ", verified.out)
    stage.bob.hotfix("cleanup", "auth", check=0)


def test_start_again_refuses_what_was_not_rolled_back(tmp_path: Path) -> None:
    scene = finished(tmp_path)
    before = scene.alice.snapshot()
    run = scene.alice.hotfix("start", "--again", "auth", "-y", check=1)
    assert "was not rolled back" in run.err
    assert scene.alice.snapshot() == before
