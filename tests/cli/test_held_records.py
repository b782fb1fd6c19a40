"""Without a develop branch, where a push deploys: the record waits for the next publication."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.support.lab import standard_lab

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.lab import Clone

FINISH = ("finish", "-y", "--skip-tests", "no time")


def _publish(clone: Clone, title: str, file: str) -> str:
    hotfix = str(json.loads(clone.hotfix("start", title, "-y", "--json", check=0).out)["hotfix"])
    clone.commit(title, {file: f"{title}\n"})
    said = json.loads(clone.hotfix(*FINISH, "--json", check=0).out)
    assert {step["step"]: step["state"] for step in said["steps"]}["documents"] == "waiting"
    return hotfix


def test_held_record_goes_out_below_the_next_publication(tmp_path: Path) -> None:
    scene = standard_lab(tmp_path)
    alice, remote = scene.alice, scene.remote
    remote.git("branch", "-D", "develop")
    alice.git("fetch", "-q", "--prune")
    for key, value in (("branches.release", "none/*"), ("deploy.trigger", "push")):
        alice.git("config", f"hotfix.{key}", value)
    first = _publish(alice, "First outage", "first.txt")
    merge = remote.rev("main")
    assert remote.git("ls-tree", "-r", "--name-only", "main", "CHANGELOG.md") == ""
    second = _publish(alice, "Second outage", "second.txt")
    subjects = remote.git("log", "--first-parent", "--format=%s", f"{merge}..main").split("\n")
    assert subjects == ["HOTFIX: Second outage", "Record HOTFIX: First outage"]
    assert remote.git("rev-parse", f"{remote.git('tag', '--points-at', 'main')}^{{}}") == remote.rev("main")
    assert first in remote.show("main:CHANGELOG.md")
    assert second not in remote.show("main:CHANGELOG.md")
    assert 'status: "resolved"' in remote.show(f"main:docs/incidents/{_report(first)}")
    assert 'status: "open"' in remote.show(f"main:docs/incidents/{_report(second)}")
    alice.hotfix("document", "--push", second, check=0)
    assert second in remote.show("main:CHANGELOG.md")
    tip = remote.rev("main")
    alice.hotfix("document", "--push", first, check=0)
    assert remote.rev("main") == tip


def _report(hotfix: str) -> str:
    day, _, slug = hotfix.partition("-")
    return f"HOTFIX-{day[:4]}-{day[4:6]}-{day[6:]}-{slug}.md"
