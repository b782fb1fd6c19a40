"""A conflict waits in a worktree of its own; everything else goes on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tests.cli.stages import THEIRS, Stage, conflicting, finished, fixed
from tests.support.hooks import during_first_push
from tests.support.lab import BUG, LOGIN

if TYPE_CHECKING:
    from tests.support.lab import Clone

BOTH = '    """Return whether the password is right."""\n    return bool(expected) and password == expected\n'


def changed_on(stage: Stage, branch: str) -> None:
    """Let bob change the very lines of the fix on a branch, which he has checked out then."""
    bob = stage.bob
    bob.git("switch", "-q", branch)
    bob.commit(f"Change the check on {branch}", {LOGIN: bob.replace(LOGIN, BUG, THEIRS)})
    bob.git("push", "-q", "origin", branch)


def place_of(clone: Clone, branch: str) -> Path:
    """Return the worktree of a conflict."""
    found = [line for line in clone.git("worktree", "list", "--porcelain").split("\n") if line.startswith("worktree ")]
    return Path(next(line for line in found if line.endswith("/" + branch.replace("/", "-"))).removeprefix("worktree "))


def resolve(place: Path, text: str = BOTH) -> None:
    """Write what a person would."""
    file = place / LOGIN
    content = file.read_text()
    start, end = content.index("<<<<<<< "), content.index(">>>>>>> ")
    end = content.index("\n", end) + 1
    file.write_text(content[:start] + text.split("\n", 1)[1] + content[end:])


def states(clone: Clone) -> dict[str, str]:
    """Return the state of each target."""
    return {each["branch"]: each["state"] for each in clone.hotfix("status", "auth", "--json").json()["targets"]}


def test_conflict_on_develop_holds_only_develop(tmp_path: Path) -> None:
    scene = conflicting(tmp_path, "develop")
    alice = scene.alice
    assert states(alice) == {"develop": "conflict", "release/1.1": "present", "support/1.0": "present"}
    assert alice.git("status", "--porcelain") == ""
    place = place_of(alice, "develop")
    assert "<<<<<<< HEAD" in (place / LOGIN).read_text()

    again = alice.hotfix("backport", check=4)  # a plain run leaves the person's work alone
    assert str(place) in again.err
    assert "Change the check on develop" in again.err
    assert f" in '{LOGIN}' (changed there by" in again.err
    assert place_of(alice, "develop") == place

    unresolved = alice.hotfix("backport", "--continue", check=4)
    assert f"The conflict with 'develop' is not resolved yet: '{LOGIN}'" in unresolved.err


def test_resolved_by_add_is_merged_with_both_parents(tmp_path: Path) -> None:
    scene = conflicting(tmp_path, "develop")
    alice = scene.alice
    tip = alice.rev("refs/heads/hotfix/" + alice.git("branch", "--list", "hotfix/*").strip(" *").partition("/")[2])
    before = scene.remote.rev("refs/heads/develop")
    place = place_of(alice, "develop")
    resolve(place)
    alice.git("-C", str(place), "add", LOGIN)
    alice.git("config", "hotfix.test.command", "test -e good.txt")
    failed = alice.hotfix("backport", "--continue", "--test", check=6)
    assert f"$ test -e good.txt  ({place})\nerror: The critical tests failed (test -e good.txt, exit 1)." in failed.err
    going_on = f"git hotfix backport {scene.hotfix} --continue --test"
    assert alice.hotfix("status", "auth", "--json").json()["next"] == going_on
    (place / "good.txt").touch()
    alice.hotfix("backport", "--continue", "--test", check=0)
    merge = scene.remote.rev("refs/heads/develop~1")
    assert scene.remote.git("rev-list", "--parents", "-1", merge).split()[1:] == [before, tip]
    assert BOTH in scene.remote.show(f"develop:{LOGIN}")
    assert not place.parent.exists()
    assert "hotfix/resolved" in alice.git("for-each-ref", "--format=%(refname)")
    alice.hotfix("cleanup", "auth", check=0)
    refs = alice.git("for-each-ref", "--format=%(refname)").split()
    assert {each[:20] for each in refs if "refs/hotfix/" in each} == {"refs/hotfix/resolved"}


def test_resolved_by_commit_inside_the_worktree_is_taken(tmp_path: Path) -> None:
    scene = conflicting(tmp_path, "develop")
    alice = scene.alice
    place = place_of(alice, "develop")
    resolve(place)
    alice.git("-C", str(place), "commit", "-qam", "resolved")
    run = alice.hotfix("backport", "--continue", inside=str(place.relative_to(alice.path)), check=0)
    assert run.out.endswith(
        f"\nNext: cd {alice.path} && git hotfix cleanup {scene.hotfix}\n"
    )  # it stood in what is gone
    assert "Conflict with 'develop' resolved; " in run.err
    assert BOTH in scene.remote.show(f"develop:{LOGIN}")
    assert "Backport HOTFIX: Login takes any password" in scene.subjects("develop~2..develop")


def test_merge_aborted_by_hand_is_not_a_resolution(tmp_path: Path) -> None:
    scene = conflicting(tmp_path, "develop")
    alice = scene.alice
    place = place_of(alice, "develop")
    alice.git("-C", str(place), "merge", "--abort")
    run = alice.hotfix("backport", "--continue", check=4)
    assert "The conflict with 'develop' was aborted there" in run.err
    alice.hotfix("backport", "--abort", check=4)
    assert not place.exists()
    alice.hotfix("backport", check=4)
    assert "<<<<<<< " in (place_of(alice, "develop") / LOGIN).read_text()


def test_develop_moved_while_resolving_is_asked_again_only_for_the_same_lines(tmp_path: Path) -> None:
    scene = conflicting(tmp_path, "develop")
    alice = scene.alice
    place = place_of(alice, "develop")
    resolve(place)
    text = scene.on_server("develop", LOGIN).replace(THEIRS, THEIRS.replace("bool", "len"))
    scene.bob_pushes("develop", "Meanwhile, the same lines", {LOGIN: text})
    alice.git("-C", str(place), "add", LOGIN)
    run = alice.hotfix("backport", "--continue", check=4)  # it must be asked once more
    assert "Bob: Meanwhile, the same lines" in run.err
    resolve(place)
    scene.bob_pushes("develop", "Meanwhile", {"meanwhile.txt": "more\n"})
    alice.git("-C", str(place), "add", LOGIN)
    alice.hotfix("backport", "--continue", check=0)
    assert BOTH in scene.remote.show(f"develop:{LOGIN}")
    assert scene.remote.show("develop:meanwhile.txt") == "more\n"


def test_picked_conflict_resolved_counts_as_modified(tmp_path: Path) -> None:
    scene = conflicting(tmp_path, "support/1.0")
    alice = scene.alice
    place = place_of(alice, "support/1.0")
    resolve(place)
    alice.git("-C", str(place), "add", LOGIN)
    alice.hotfix("backport", "--continue", check=0)
    picked = scene.remote.git("log", "-1", "--format=%an|%B", "support/1.0")
    assert picked.startswith("Alice|Check the password")
    assert "(cherry picked from commit " in picked
    assert len(scene.remote.git("rev-list", "--parents", "-1", "support/1.0").split()) == 2
    assert scene.remote.git("diff", "--name-only", "support/1.0~1", "support/1.0").split() == [LOGIN]
    assert states(alice)["support/1.0"] == "modified"
    alice.hotfix("cleanup", "auth", check=0)
    assert states(alice)["support/1.0"] == "modified"


def test_pick_that_was_resolved_to_nothing_is_recorded_though_another_commit_claims_it(tmp_path: Path) -> None:
    scene = conflicting(tmp_path, "support/1.0")
    alice = scene.alice
    place, fix = place_of(alice, "support/1.0"), alice.rev(f"refs/heads/{scene.branch}")
    scene.remote.commit_on("support/1.0", f"Mine\n\n(cherry picked from commit {fix})\n", {"mine.txt": "1\n"})
    alice.git("-C", str(place), "checkout", "-q", "--ours", LOGIN)
    alice.git("-C", str(place), "add", LOGIN)
    assert "support/1.0: picked" in alice.hotfix("backport", "--continue", check=0).err
    assert scene.remote.git("diff", "support/1.0~1", "support/1.0") == ""
    assert states(alice)["support/1.0"] in {"present", "modified"}


def test_skipped_target_stays_visible_for_everybody(tmp_path: Path) -> None:
    scene = conflicting(tmp_path, "support/1.0")
    alice = scene.alice
    assert alice.hotfix("backport", "--skip", "nowhere", "--reason", "r", check=2).out == ""
    alice.hotfix("backport", "--skip", "support/1.0", "--reason", "end of life", check=0)
    assert states(alice)["support/1.0"] == "waived"
    alice.hotfix("cleanup", "auth", check=0)
    scene.bob.git("fetch", "-q")
    assert states(scene.bob)["support/1.0"] == "waived"
    assert "end of life" in scene.remote.show("develop:docs/incidents/waivers.jsonl")


def test_skipped_develop_gets_the_record_without_the_fix(tmp_path: Path) -> None:
    scene = conflicting(tmp_path, "develop")
    alice = scene.alice
    alice.hotfix("backport", "--skip", "develop", "--reason", "rewritten there", check=0)
    waivers = scene.remote.show("develop:docs/incidents/waivers.jsonl")
    assert '"branch": "develop", "reason": "rewritten there"' in waivers
    changed = scene.remote.git("diff", "--name-only", "develop~1", "develop").split()
    assert len(changed) == 2  # the report and the waivers
    report = scene.remote.show(f"develop:{next(name for name in changed if name.endswith('-auth.md'))}")
    assert "  - `develop`: waived (Skipped by Alice: rewritten there)" in report
    assert THEIRS in scene.remote.show(f"develop:{LOGIN}")
    alice.hotfix("cleanup", "auth", check=0)
    scene.bob.git("fetch", "-q")
    assert states(scene.bob)["develop"] == "waived"


def test_conflict_with_production_waits_and_publishes_nothing(tmp_path: Path) -> None:
    scene = fixed(tmp_path)
    alice = scene.alice
    changed_on(scene, "main")
    before = scene.remote.refs()
    run = alice.hotfix("finish", "--skip-tests", "x", check=3)
    assert "The fix conflicts with 'origin/main'" in run.err
    assert scene.remote.refs() == before
    place = place_of(alice, "main")
    status = alice.hotfix("status", "--json").json()
    assert status["next"] == f"cd {place}"
    assert {
        "step": "merge",
        "state": "waiting",
        "evidence": f"into origin/main, conflict to resolve in '{LOGIN}'",
    } in status["steps"]
    assert "not resolved yet" in alice.hotfix("finish", "--skip-tests", "x", "--continue", check=3).err
    resolve(place)
    scene.bob.commit("Meanwhile", {"meanwhile.txt": "more\n"})
    scene.bob.git("push", "-q", "origin", "main")
    alice.git("-C", str(place), "add", LOGIN)
    alice.hotfix("finish", "--continue", "--skip-tests", "x", "--no-backport", check=0)
    assert BOTH in scene.remote.show(f"main:{LOGIN}")
    assert scene.remote.show("main:meanwhile.txt") == "more\n"
    assert len(scene.remote.git("rev-list", "--parents", "-1", "main").split()) == 3
    assert not place.exists()


def test_tests_see_the_resolved_tree_and_again_where_production_moves_before_the_push(tmp_path: Path) -> None:
    scene = fixed(tmp_path)
    alice, bob = scene.alice, scene.bob
    changed_on(scene, "main")
    tested = tmp_path / "tested"
    alice.git("config", "hotfix.test.command", f"sh -c \"grep 'bool(expected) and' {LOGIN} VERSION >>'{tested}'\"")
    alice.hotfix("finish", check=3)
    place = place_of(alice, "main")
    resolve(place)
    alice.git("-C", str(place), "add", LOGIN)
    theirs = bob.commit("Meanwhile", {"VERSION": "2.0.0 bool(expected) and\n"})
    during_first_push(alice, f"git -C {bob.path} push -q origin main")
    alice.hotfix("finish", "--continue", "--no-backport", check=0)
    assert "Tests: passed" in scene.remote.git("log", "-1", "--format=%B", "main")
    assert scene.remote.rev("main^1") == theirs
    assert [line.split(":")[0] for line in tested.read_text().splitlines()] == [LOGIN, LOGIN, "VERSION"]


def test_abort_before_publication_leaves_nothing_and_goes_back(tmp_path: Path) -> None:
    scene = conflicting(tmp_path, "main")
    alice = scene.alice
    place = place_of(alice, "main")
    alice.hotfix("finish", "--abort", check=0)
    assert not place.exists()
    assert alice.git("symbolic-ref", "--short", "HEAD") == "main"
    assert "refs/hotfix/" not in alice.git("for-each-ref", "--format=%(refname)")


def test_abort_after_publication_names_rollback(tmp_path: Path) -> None:
    scene = finished(tmp_path)
    before = scene.alice.snapshot()
    run = scene.alice.hotfix("finish", "auth", "--abort", check=1)
    assert "git hotfix rollback" in run.err
    assert scene.alice.snapshot() == before


def test_cleanup_takes_away_what_a_colleague_has_resolved(tmp_path: Path) -> None:
    scene = conflicting(tmp_path, "develop")
    alice, bob = scene.alice, scene.bob
    place = place_of(alice, "develop")
    bob.git("fetch", "-q")
    bob.git("switch", "-q", "develop")
    bob.git("merge", "-q", "-X", "theirs", "origin/main")
    bob.git("push", "-q", "origin", "develop")
    alice.hotfix("backport", check=0)
    alice.hotfix("cleanup", "auth", check=0)
    assert not place.exists()
    assert len(alice.git("worktree", "list").split("\n")) == 1


def test_conflict_laid_out_where_the_user_says(tmp_path: Path) -> None:
    scene = fixed(tmp_path)
    changed_on(scene, "develop")
    alice = scene.alice
    alice.hotfix("finish", "--skip-tests", "x", "--worktree", "../conflicts", check=4)
    place = place_of(alice, "develop")
    assert place == tmp_path / "conflicts" / "develop"
    resolve(place)
    alice.git("-C", str(place), "add", LOGIN)
    alice.hotfix("backport", "--continue", inside="../conflicts/develop", check=0)
    assert not place.exists()


def test_rerere_resolves_without_asking(tmp_path: Path) -> None:
    scene = fixed(tmp_path)
    changed_on(scene, "develop")
    alice = scene.alice
    alice.git("config", "rerere.enabled", "true")
    alice.git("config", "rerere.autoUpdate", "true")
    alice.hotfix("finish", "--skip-tests", "x", check=4)
    place = place_of(alice, "develop")
    resolve(place)
    alice.git("-C", str(place), "commit", "-qam", "resolved")  # rerere learns
    alice.hotfix("backport", "--abort", check=4)
    run = alice.hotfix("backport", check=0)
    assert "git resolved the conflict with 'develop' by itself" in run.err
    assert BOTH in scene.remote.show(f"develop:{LOGIN}")
