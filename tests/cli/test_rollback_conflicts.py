"""A rollback that conflicts waits in a worktree of its own, as every other conflict does."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from tests.cli.stages import LATER, built_on, finished, started
from tests.support.lab import BUG, FIXED, LOGIN

if TYPE_CHECKING:
    from tests.support.lab import Clone

WITHOUT = '    """Return whether the password is right."""\n    return not locked(user)\n'


def place_of(clone: Clone, branch: str) -> Path:
    """Return the worktree of a conflict."""
    lines = clone.git("worktree", "list", "--porcelain").split("\n")
    name = "/" + branch.replace("/", "-") + "-rollback"
    return Path(next(line for line in lines if line.endswith(name)).removeprefix("worktree "))


def resolve(place: Path, text: str = WITHOUT) -> None:
    """Write what a person would."""
    content = (place / LOGIN).read_text()
    start, end = content.index("<<<<<<< "), content.index("\n", content.index(">>>>>>> ")) + 1
    (place / LOGIN).write_text(content[:start] + text.split("\n", 1)[1] + content[end:])


def steps(clone: Clone, name: str) -> dict[str, str]:
    """Return one step of the status, without its name."""
    found = clone.hotfix("status", "auth", "--json").json()["steps"]
    return next(({"state": e["state"], "evidence": e["evidence"]} for e in found if e["step"] == name), {})


def states(clone: Clone) -> dict[str, str]:
    """Return the state of each target."""
    return {each["branch"]: each["state"] for each in clone.hotfix("status", "auth", "--json").json()["targets"]}


def test_rollback_that_conflicts_waits_and_goes_on_once_resolved(tmp_path: Path) -> None:
    scene = built_on(tmp_path, "main")
    alice = scene.alice
    before, merge = scene.remote.refs(), scene.remote.rev("refs/heads/main~1")
    alice.write("scratch.txt", "mine\n")
    here = (alice.rev("HEAD"), alice.git("status", "--porcelain"))
    run = alice.hotfix("rollback", "auth", "-y", "--reason", "search is broken", "--targets", check=3)
    said = rf"Reverting the fix conflicts with later commits on 'origin/main' in '{LOGIN}' "
    assert re.search(rf"{said}\(changed there by [0-9a-f]+ Bob: Lock accounts on main\)\.", run.err)
    place = place_of(alice, "main")
    assert (
        place == alice.path / ".git/hotfix/conflicts" / str(run.err.split("/conflicts/")[1].split("/")[0]) / place.name
    )
    assert "git hotfix rollback" in run.err
    assert (scene.remote.refs(), alice.rev("HEAD"), alice.git("status", "--porcelain")) == (before, *here)

    said = f"from origin/main, conflict to resolve in '{LOGIN}'"
    assert steps(alice, "rollback") == {"state": "waiting", "evidence": said}
    assert alice.hotfix("status", "auth", "--json").json()["next"] == f"cd {place}"
    assert str(place) in alice.hotfix("rollback", "auth", "-y", check=3).err  # leaves the person's work alone
    assert "is not resolved yet" in alice.hotfix("rollback", "--continue", check=3).err
    alice.git("-C", str(place), "add", LOGIN)
    assert f"still has conflict markers: '{LOGIN}:13'" in alice.hotfix("rollback", "--continue", check=3).err
    assert scene.remote.refs() == before

    resolve(place)
    moved = scene.bob_pushes("main", "Meanwhile", {"meanwhile.txt": "more\n"})
    alice.git("-C", str(place), "add", LOGIN)
    alice.hotfix("rollback", "--continue", inside=str(place.relative_to(alice.path)), check=0)
    assert scene.remote.git("rev-list", "--parents", "-1", "main").split()[1:] == [moved]
    assert scene.remote.git("diff", "--name-only", "main~1", "main").split() == [LOGIN]
    assert WITHOUT in scene.remote.show(f"main:{LOGIN}")
    message = scene.remote.git("log", "-1", "--format=%B", "main")
    assert f"Rollback-Of: {merge}\nRollback-Because: search is broken" in message
    first, second = sorted(ref for ref in scene.remote.refs() if "/hotfix-" in ref)
    assert second == f"{first}-rollback"
    assert scene.remote.rev(f"{second}^{{commit}}") == scene.remote.rev("refs/heads/main")
    assert states(alice) == dict.fromkeys(("develop", "release/1.1", "support/1.0"), "reverted")  # as was said at first
    assert not place.exists()
    assert (alice.path / "scratch.txt").exists()

    started = alice.hotfix("start", "--again", "auth", "-y", "--json", check=0).json()["hotfix"]
    assert LATER in alice.read(LOGIN)
    reports = {name: alice.read(name) for name in alice.git("ls-files", "docs/incidents").split()}
    old = next(text for name, text in reports.items() if name.endswith("-auth.md"))
    new = next(text for name, text in reports.items() if name.endswith("-auth-again.md"))
    assert f"| Landed again as {started} |" in old
    assert f"| Lands {started.removesuffix('-again')} again, which was rolled back |" in new


def test_rollback_given_up_leaves_nothing(tmp_path: Path) -> None:
    scene = built_on(tmp_path, "main")
    alice = scene.alice
    alice.git("config", "hotfix.deploy.rollback", f"sh -c 'echo back >>{tmp_path}/log'")
    alice.git("config", "hotfix.deploy.command", "true")
    before = scene.remote.rev("refs/heads/main")
    alice.hotfix("rollback", "auth", "-y", "--worktree", "../here", check=3)
    place = place_of(alice, "main")
    assert place == tmp_path / "here/main-rollback"
    memory = next((alice.path / ".git/hotfix").glob("*-auth.json"))
    memory.write_text(re.sub('"laid_out": "[0-9a-f]+"', '"laid_out": ""', memory.read_text()))
    alice.git("-C", str(place), "revert", "--abort")  # as if the run was killed before git had laid it out
    assert "After git add there, run: " in alice.hotfix("rollback", "--continue", "--worktree", "../here", check=3).err
    assert "<<<<<<< " in (place / LOGIN).read_text()
    alice.git("-C", str(place), "revert", "--abort")
    assert "was aborted there" in alice.hotfix("rollback", "--continue", check=3).err
    alice.hotfix("finish", "auth", "--no-deploy", check=0)  # is about something else: the rollback still waits
    alice.hotfix("backport", "auth", "--abort", check=0)
    assert place.is_dir()
    run = alice.hotfix("rollback", "--abort", check=0)
    assert re.search(r"deploy.rollback has run; 'git hotfix deploy \d+-auth' deploys the fix again.", run.err)
    shown = alice.hotfix("status", "auth", check=0).out
    assert "rolled back by deploy.rollback (" in shown
    assert re.search(r"Next: git hotfix deploy \d+-auth$", shown.strip(), re.MULTILINE)
    assert not place.exists()
    assert "refs/hotfix/" not in alice.git("for-each-ref", "--format=%(refname)")
    assert scene.remote.rev("refs/heads/main") == before
    for option in ("--continue", "--abort"):
        assert "No rollback waits here." in alice.hotfix("rollback", option, check=1).err
    assert "No rollback of '" in alice.hotfix("rollback", "auth", "--continue", check=1).err
    assert alice.hotfix("rollback", "--continue", "--abort", check=2).out == ""
    run = alice.hotfix("rollback", "auth", "-y", "--dry-run", check=0)
    assert f"It conflicts with later commits on origin/main in '{LOGIN}'" in run.out + run.err

    assert (tmp_path / "log").read_text() == "back\n"  # once, though it was typed again and again
    alice.hotfix("deploy", "auth", check=0)
    alice.hotfix("rollback", "auth", "-y", check=3)
    assert (tmp_path / "log").read_text() == "back\nback\n"  # the fix was deployed again meanwhile
    words = f"Take it back by hand\n\nRollback-Of: {scene.remote.rev('main~1')}\n"
    text = scene.on_server("main", LOGIN).replace(LATER, WITHOUT)
    by_hand = scene.bob_pushes("main", words, {LOGIN: text})
    run = alice.hotfix("rollback", "--continue", check=0)
    assert "The conflict with 'main' no longer has to be resolved: removed '" in run.err
    assert scene.remote.rev("refs/heads/main") == by_hand


def test_target_that_conflicts_waits_alone_and_the_others_are_taken_back(tmp_path: Path) -> None:
    scene = built_on(tmp_path, "develop", "support/1.0")
    alice = scene.alice
    run = alice.hotfix("rollback", "auth", "-y", "--targets", check=4)
    assert "Bob: Lock accounts on develop" in run.err
    assert "Bob: Lock accounts on support/1.0" in run.err
    assert "Alice: " not in run.err  # the fix itself is not guilty, merged or picked
    place, old = place_of(alice, "develop"), place_of(alice, "support/1.0")
    assert states(alice) == {"develop": "conflict", "release/1.1": "reverted", "support/1.0": "conflict"}
    assert BUG in scene.remote.show(f"main:{LOGIN}")
    assert LATER in scene.remote.show(f"develop:{LOGIN}")
    report = next(n for n in scene.remote.git("ls-tree", "-r", "--name-only", "develop").split() if "-auth.md" in n)
    assert "  - `develop`: present" in scene.remote.show(f"develop:{report}")  # for everybody
    assert str(place) in alice.hotfix("rollback", "auth", "-y", check=4).err
    assert "is not resolved yet" in alice.hotfix("rollback", "--continue", check=4).err
    alice.git("-C", str(place), "revert", "--abort")
    alice.hotfix("rollback", "--abort", check=0)
    assert states(alice)["develop"] == "modified"
    alice.hotfix("rollback", "auth", "--targets", "-y", check=4)
    resolve(place)
    resolve(old)
    alice.git("-C", str(old), "add", LOGIN)
    alice.git("-C", str(place), "commit", "-qam", "as Bob says")
    alice.hotfix("rollback", "--continue", check=0)
    assert states(alice) == dict.fromkeys(("develop", "release/1.1", "support/1.0"), "reverted")
    assert WITHOUT in scene.remote.show(f"develop:{LOGIN}")
    assert "  - `develop`: reverted" in scene.remote.show(f"develop:{report}")
    assert not place.exists()
    alice.hotfix("cleanup", "auth", check=0)
    assert states(alice) == dict.fromkeys(("develop", "release/1.1", "support/1.0"), "reverted")


def test_two_rounds_that_conflict_are_asked_for_one_after_the_other(tmp_path: Path) -> None:
    scene = finished(tmp_path)
    alice = scene.alice
    alice.git("switch", "-q", scene.branch)
    alice.commit("Bill it", {"src/billing/invoice.py": "TAX_PERCENT = 11\n"})
    alice.hotfix("finish", "--skip-tests", "x", check=4)  # the old line has another tax
    text = scene.on_server("main", LOGIN).replace(FIXED, LATER)
    scene.bob_pushes("main", "Build on both", {LOGIN: text, "src/billing/invoice.py": "TAX_PERCENT = 12\n"})
    alice.git("config", "rerere.enabled", "true")
    run = alice.hotfix("rollback", "auth", "-y", check=3)
    place = place_of(alice, "main")
    assert " in 'src/billing/invoice.py' (changed there by" in run.err
    assert f"'{LOGIN}'" not in run.err
    alice.git("-C", str(place), "checkout", "--ours", "src/billing/invoice.py")  # an empty result
    alice.git("-C", str(place), "add", "src/billing/invoice.py")
    run = alice.hotfix("rollback", "--continue", check=3)
    assert f" in '{LOGIN}' (changed there by" in run.err
    assert "Bob: Build on both" in run.err
    resolve(place)
    alice.git("-C", str(place), "add", LOGIN)
    alice.hotfix("rollback", "--continue", check=0)
    assert scene.remote.git("diff", "--name-only", "main~1", "main").split() == [LOGIN]
    assert WITHOUT in scene.remote.show(f"main:{LOGIN}")
    assert scene.remote.git("log", "-1", "--format=%B", "main").count("Rollback-Of: ") == 2


def test_rerere_takes_back_without_asking(tmp_path: Path) -> None:
    scene = built_on(tmp_path, "main")
    alice = scene.alice
    alice.git("config", "rerere.enabled", "true")
    alice.git("config", "rerere.autoUpdate", "true")
    alice.hotfix("rollback", "auth", "-y", check=3)
    place = place_of(alice, "main")
    resolve(place)
    alice.git("-C", str(place), "commit", "-qam", "resolved")  # rerere learns
    alice.hotfix("rollback", "--abort", check=0)
    run = alice.hotfix("rollback", "auth", "-y", check=0)
    assert "git resolved the conflict with 'main' by itself" in run.err
    assert WITHOUT in scene.remote.show(f"main:{LOGIN}")


def test_fast_forwarded_fix_is_taken_back_whole(tmp_path: Path) -> None:
    scene = started(tmp_path)
    alice = scene.alice
    alice.commit("Check the password", {LOGIN: alice.replace(LOGIN, BUG, FIXED)})
    alice.commit("And note it", {"src/auth/note.py": "noted = True\n"})
    alice.git("push", "-q", "origin", "HEAD:main")
    alice.hotfix("rollback", "auth", "-y", check=0)
    assert BUG in scene.remote.show(f"main:{LOGIN}")
    assert "src/auth/note.py" not in scene.remote.git("ls-tree", "-r", "--name-only", "main").split()
    assert "docs/incidents/" in scene.remote.git("ls-tree", "-r", "--name-only", "main")
