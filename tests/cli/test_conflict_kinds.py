"""Every kind of conflict that git knows can be resolved in its worktree, with git's own means."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tests.cli.stages import fixed, started
from tests.support.lab import BUG, FIXED, LOGIN, standard_lab

if TYPE_CHECKING:
    from tests.support.lab import Clone

HERE = '    """Return whether the password is right."""\n    return bool(expected)\n'
INVOICE = "src/billing/invoice.py"


def place_of(clone: Clone, branch: str) -> Path:
    """Return the worktree of a conflict."""
    lines = clone.git("worktree", "list", "--porcelain").split("\n")
    return Path(next(e for e in lines if e.endswith("/" + branch.replace("/", "-"))).removeprefix("worktree "))


def states(clone: Clone) -> dict[str, str]:
    """Return the state of each target."""
    return {each["branch"]: each["state"] for each in clone.hotfix("status", "auth", "--json").json()["targets"]}


def test_every_kind_of_conflict_is_named_and_taken_up(tmp_path: Path) -> None:
    scene = standard_lab(tmp_path)
    alice, bob = scene.alice, scene.bob
    sub = [scene.remote.rev(name) for name in ("main~1", "main", "develop")]
    scene.remote.git("branch", "-q", "-D", "release/1.1", "support/1.0")
    own: dict[str, str | bytes | None] = {
        "gone.txt": "a\nb\nc\n",
        "moved.txt": "1\n2\n3\n4\n5\n",
        "logo.png": b"\x89PNG\0\1",
        "versions.lst": "1\n",
    }
    bob.git("switch", "-q", "main")
    bob.git("update-index", "--add", "--cacheinfo", f"160000,{sub[0]},vendor")
    bob.write(".gitmodules", f'[submodule "vendor"]\n\tpath = vendor\n\turl = {scene.remote.path}\n')
    bob.git("add", ".gitmodules")
    bob.commit("More kinds of file", {**own, ".gitattributes": "*.lst merge=ours-first\n"})
    bob.git("push", "-q", "origin", "main", "main:develop", "--force")
    bob.git("switch", "-q", "-C", "develop", "main")
    bob.git("update-index", "--cacheinfo", f"160000,{sub[1]},vendor")
    bob.git("mv", "moved.txt", "elsewhere.txt")
    here = {"gone.txt": None, "logo.png": b"\x89PNG\0\2", "versions.lst": "2\n", LOGIN: bob.replace(LOGIN, BUG, HERE)}
    bob.commit("Change all of it on develop", here)
    bob.git("push", "-q", "origin", "develop")
    alice.git("config", "merge.ours-first.driver", "cat %B >> %A")
    alice.git("config", "merge.conflictStyle", "zdiff3")
    alice.git("config", "merge.tool", "theirs")
    alice.git("config", "mergetool.theirs.cmd", 'cp "$REMOTE" "$MERGED"')
    alice.git("config", "mergetool.theirs.trustExitCode", "true")
    alice.hotfix("start", "auth", "-y", check=0)
    alice.git("update-index", "--cacheinfo", f"160000,{sub[2]},vendor")
    there = {"gone.txt": "a\nB\nc\n", "moved.txt": None, "logo.png": b"\x89PNG\0\3", "versions.lst": "3\n"}
    alice.commit("Fix all of it", {**there, LOGIN: alice.replace(LOGIN, BUG, FIXED)})
    run = alice.hotfix("finish", "--skip-tests", "x", check=4)
    place = place_of(alice, "develop")
    for file in ("gone.txt", "elsewhere.txt", "logo.png", "vendor", LOGIN):
        assert f"'{file}'" in run.err, file
    assert "'versions.lst'" not in run.err
    assert (place / "versions.lst").read_text() == "2\n3\n"  # the driver's work
    assert "||||||| " in (place / LOGIN).read_text()
    inside = alice.__class__(place)
    inside.git("mergetool", "-y", LOGIN)
    inside.git("rm", "-q", "gone.txt", "elsewhere.txt")
    inside.git("checkout", "--theirs", "logo.png")
    inside.git("add", "logo.png")
    assert "is not resolved yet: 'vendor'" in alice.hotfix("backport", "--continue", check=4).err
    inside.git("update-index", "--cacheinfo", f"160000,{sub[2]},vendor")
    alice.hotfix("backport", "--continue", check=0)
    assert FIXED in scene.remote.show(f"develop:{LOGIN}")
    assert scene.remote.show("develop:versions.lst") == "2\n3\n"
    assert scene.remote.rev("develop:vendor") == sub[2]
    assert scene.remote.rev("develop:logo.png") == scene.remote.rev("main:logo.png")
    assert not {"gone.txt", "elsewhere.txt", "moved.txt"} & set(
        scene.remote.git("ls-tree", "--name-only", "develop").split()
    )
    assert not place.exists()


def test_pick_resolved_while_the_line_moved_and_one_that_comes_to_nothing(tmp_path: Path) -> None:
    scene = fixed(tmp_path)
    alice = scene.alice
    for branch in ("support/1.0", "release/1.1"):
        scene.bob_pushes(branch, "Change it", {LOGIN: scene.on_server(branch, LOGIN).replace(BUG, HERE)})
    alice.git("sparse-checkout", "set", "--no-cone", "/*", "!/src/auth/")
    alice.hotfix("finish", "--skip-tests", "x", check=4)
    old, new = place_of(alice, "support/1.0"), place_of(alice, "release/1.1")
    assert states(alice) == {"develop": "present", "release/1.1": "conflict", "support/1.0": "conflict"}
    for branch in ("support/1.0", "release/1.1"):
        scene.bob_pushes(branch, "Meanwhile", {"meanwhile.txt": "more\n"})
    for place, text in ((old, HERE), (new, FIXED)):
        content = (place / LOGIN).read_text()  # though it is left out of the sparse checkout
        start, end = content.index("<<<<<<< "), content.index("\n", content.index(">>>>>>> ")) + 1
        (place / LOGIN).write_text(content[:start] + text.split("\n", 1)[1] + content[end:])
        alice.git("-C", str(place), "add", "--sparse", LOGIN)
    run = alice.hotfix("backport", "--continue", check=0)
    assert "Conflict with 'support/1.0' resolved; " in run.err
    assert HERE in scene.remote.show(f"support/1.0:{LOGIN}")  # what is there already is the answer
    assert "(cherry picked from commit " in scene.remote.git("log", "-1", "--format=%B", "support/1.0")
    assert scene.remote.git("diff", "--name-only", "support/1.0~1", "support/1.0") == ""
    assert FIXED in scene.remote.show(f"release/1.1:{LOGIN}")
    for branch in ("support/1.0", "release/1.1"):
        assert scene.remote.show(f"{branch}:meanwhile.txt") == "more\n"
    assert states(alice) == {"develop": "present", "release/1.1": "present", "support/1.0": "modified"}


def test_conflict_settled_elsewhere_goes_but_not_a_persons_work(tmp_path: Path) -> None:
    scene = fixed(tmp_path)
    alice, bob = scene.alice, scene.bob
    for branch in ("develop", "release/1.1"):
        scene.bob_pushes(branch, "Change it", {LOGIN: scene.on_server(branch, LOGIN).replace(BUG, HERE)})
    alice.git("worktree", "add", "-q", "--detach", "../places/develop")
    (tmp_path / "places/develop/mine.txt").write_text("another worktree of hers\n")
    alice.hotfix("finish", "--skip-tests", "x", "--worktree", "../places", check=4)
    idle, touched = tmp_path / "places/develop-2", place_of(alice, "release/1.1")
    assert idle.is_dir()
    (touched / LOGIN).write_text("half done\n")
    bob.git("fetch", "-q")
    for branch in ("develop", "release/1.1"):
        bob.git("switch", "-q", "-C", branch, f"origin/{branch}")
        bob.git("merge", "-q", "-X", "theirs", "origin/main")
        bob.git("push", "-q", "origin", branch)
    run = alice.hotfix("backport", "--continue", check=0)
    assert f"The conflict with 'develop' no longer has to be resolved: removed '{idle}'." in run.err
    assert f"'{touched}' stays because it has changes of yours" in run.err
    assert not idle.exists()
    assert (touched / LOGIN).read_text() == "half done\n"
    run = alice.hotfix("cleanup", "auth", check=0)
    assert f"'{touched}' has changes of yours and stays; to remove it: git worktree remove --force {touched}" in run.err
    assert (touched / LOGIN).read_text() == "half done\n"
    assert (tmp_path / "places/develop/mine.txt").read_text() == "another worktree of hers\n"
    assert "refs/hotfix/" not in alice.git("for-each-ref", "--format=%(refname)")


def test_fix_that_changes_its_report_too_conflicts_only_in_the_code(tmp_path: Path) -> None:
    scene = started(tmp_path)
    alice, report = scene.alice, scene.report
    scene.bob_pushes("support/1.0", "Change it", {LOGIN: scene.on_server("support/1.0", LOGIN).replace(BUG, HERE)})
    noted = alice.read(report) + "\nSomething to know.\n"
    alice.commit("Check the password", {LOGIN: alice.replace(LOGIN, BUG, FIXED), report: noted})
    run = alice.hotfix("finish", "--skip-tests", "x", check=4)
    assert f"The fix conflicts with 'origin/support/1.0' in '{LOGIN}' (changed there by " in run.err
    place = place_of(alice, "support/1.0")
    alice.git("-C", str(place), "checkout", "--theirs", LOGIN)
    alice.git("-C", str(place), "add", LOGIN)
    alice.hotfix("backport", "--continue", check=0)
    assert FIXED in scene.remote.show(f"support/1.0:{LOGIN}")
    assert scene.remote.git("diff", "--name-only", "support/1.0~1", "support/1.0") == LOGIN
    assert "Alice: Check the password" in scene.remote.git("log", "-1", "--format=%an: %s", "support/1.0")
