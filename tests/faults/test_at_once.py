"""Several people, or several programs, at the same moment."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from tests.cli.publication_scenes import FINISH, begin_hotfix, merges_of, parents, problems, ready, tags
from tests.cli.stages import published, started
from tests.support.hooks import during_first_push
from tests.support.lab import LOGIN, standard_lab
from tests.support.processes import TIME_LIMIT_SECONDS, begin, wait_for

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

    from tests.support.lab import Clone

CLONES = 4


def test_four_clones_finish_four_hotfixes_at_once_and_nothing_is_lost(tmp_path: Path) -> None:
    scene = standard_lab(tmp_path)
    names = [f"person{number}" for number in range(CLONES)]
    hotfixes: dict[str, str] = {}
    clones: dict[str, Clone] = {}
    for name in names:
        clone = clones[name] = scene.lab.clone(name)
        clone.git("config", "hotfix.branches.production", "main")
        clone.git("config", "hotfix.branches.release", "none/*")
        hotfixes[name] = begin_hotfix(clone, f"Fix of {name}")
        clone.commit(f"Fix by {name}", {f"src/{name}.py": "FIXED = True\n"})
    running = [begin("git", "hotfix", *FINISH, directory=clones[name].path) for name in names]
    codes = {name: _end(process) for name, process in zip(names, running, strict=True)}
    assert codes == dict.fromkeys(names, 0)
    assert len(tags(scene.remote)) == CLONES
    for name, hotfix in hotfixes.items():
        for branch in ("main", "develop"):
            (merge,) = merges_of(scene.remote, hotfix, branch)
            assert scene.remote.git("diff", "--name-only", f"{merge}^1", merge).split()  # no empty merge
            assert scene.remote.show(f"{branch}:src/{name}.py") == "FIXED = True\n"
        told = scene.remote.git("tag", "--points-at", merges_of(scene.remote, hotfix)[0])
        assert told in tags(scene.remote)
    assert scene.remote.git("fsck", "--strict", "--no-progress", "--no-dangling") == ""


def test_two_people_finish_the_same_hotfix_at_once_and_there_is_one_merge_and_one_tag(tmp_path: Path) -> None:
    scene = ready(tmp_path)
    scene.alice.git("push", "-q", "origin", scene.branch)
    scene.bob.git("fetch", "-q")
    people = (scene.alice, scene.bob)
    running = [begin("git", "hotfix", *FINISH, scene.id, directory=clone.path) for clone in people]
    assert [_end(process) for process in running] == [0, 0]
    (merge,) = merges_of(scene.remote, scene.id)
    assert parents(scene.remote, merge)[1] == scene.tip
    assert len(tags(scene.remote)) == 1
    assert len(merges_of(scene.remote, scene.id, "develop")) == 1
    subjects = scene.remote.git("log", "--format=%s", "develop").split("\n")
    assert len([each for each in subjects if each.startswith("Record HOTFIX")]) == 1
    for clone in people:
        assert clone.git("for-each-ref", "refs/hotfix") == ""


def test_two_people_roll_back_at_once_and_there_is_one_revert_and_one_tag(tmp_path: Path) -> None:
    stage = published(tmp_path)
    stage.bob.git("config", "hotfix.branches.production", "main")
    stage.bob.git("fetch", "-q", "--tags")
    merge, tag = stage.remote.rev("main"), stage.tag
    rollback = ("rollback", "-y", "--reason", "it broke the shop", stage.hotfix)
    running = [begin("git", "hotfix", *rollback, directory=clone.path) for clone in (stage.alice, stage.bob)]
    assert [_end(process) for process in running] == [0, 0]
    assert parents(stage.remote, "main") == [merge]
    assert stage.remote.show(f"main:{LOGIN}") == stage.remote.show(f"v1.0.0:{LOGIN}")
    assert tags(stage.remote) == [tag, f"{tag}-rollback"]
    for clone in (stage.alice, stage.bob):
        assert clone.git("for-each-ref", "refs/hotfix") == ""


def test_production_moves_during_a_rollback_and_it_is_made_again_on_top(tmp_path: Path) -> None:
    stage = published(tmp_path)
    alice, bob, remote = stage.alice, stage.bob, stage.remote
    bob.git("pull", "-q", "origin", "main")
    theirs = bob.commit("Meanwhile", {"NEWS.md": "news\n"})
    marker = during_first_push(alice, f"git -C {bob.path} push -q origin main")
    alice.hotfix("rollback", "-y", "--reason", "it broke the shop", check=0)
    assert marker.exists()
    assert parents(remote, "main") == [theirs]
    assert remote.show("main:NEWS.md") == "news\n"
    assert remote.show(f"main:{LOGIN}") == remote.show(f"v1.0.0:{LOGIN}")
    assert len(tags(remote)) == 2
    assert alice.git("for-each-ref", "refs/hotfix") == ""


def test_develop_moves_during_a_close_and_the_record_is_made_again_on_top(tmp_path: Path) -> None:
    stage = started(tmp_path)
    bob, remote = stage.bob, stage.remote
    bob.git("switch", "-q", "develop")
    theirs = bob.commit("Meanwhile", {"NEWS.md": "news\n"})
    marker = during_first_push(stage.alice, f"git -C {bob.path} push -q origin develop")
    stage.alice.hotfix("close", "--as", "cancelled", "--reason", "A false alarm", check=0)
    assert marker.exists()
    assert remote.rev("develop^") == theirs
    assert remote.git("diff", "--name-only", "develop^", "develop") == stage.report
    assert stage.branch not in stage.alice.git("branch", "--format=%(refname:short)").split()


def test_second_program_in_one_clone_is_refused_with_who_and_since_when(tmp_path: Path) -> None:
    scene = ready(tmp_path)
    deploying, go_on = tmp_path / "deploying", tmp_path / "go-on"
    script = f": >{deploying}; until [ -e {go_on} ]; do sleep 0.05; done"
    scene.alice.git("config", "hotfix.deploy.command", f"sh -c '{script}'")
    process = begin("git", "hotfix", *FINISH, "--no-backport", directory=scene.alice.path)
    wait_for(deploying, process)
    owner = json.loads((scene.alice.path / ".git/hotfix/lock").read_text())
    said = scene.alice.hotfix("backport", scene.id)
    go_on.touch()
    assert _end(process) == 0
    assert said.code == 1
    who = f"process {owner['pid']} on {os.uname().nodename}, since {owner['since']}"
    assert problems(said) == [f"'git hotfix finish' ({who}) is running in this repository; wait for it, or stop it."]
    assert scene.alice.hotfix("backport", scene.id).code == 0


def _end(process: subprocess.Popen[bytes]) -> int:
    process.communicate(timeout=TIME_LIMIT_SECONDS)
    return process.returncode
