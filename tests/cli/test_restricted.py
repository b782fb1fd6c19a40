"""A fix that must not be talked about yet: nothing of it is published before it is disclosed."""

from __future__ import annotations

import re
import stat
from typing import TYPE_CHECKING

from tests.cli.teams import report_of
from tests.support.hooks import accept_everything, refuse_ref
from tests.support.lab import BUG, FIXED, LOGIN, standard_lab

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.lab import Bare, Clone

TITLE = "Login takes any password"
WORDS = ("password", "any user", "ticket-77", "login takes")
"""What nobody may read before it is disclosed; the fix itself and its message are the person's own words."""
START = ("start", TITLE, "--kind", "security", "--restricted", "-y", "--impact", "any user", "--issue", "TICKET-77")
FINISH = ("finish", "-y", "--skip-tests", "no time")


def _start(clone: Clone) -> str:
    clone.git("config", "hotfix.start.push", "true")
    answer = clone.hotfix(*START, "--json", check=0)
    return str(answer.json()["hotfix"])


def _fix(clone: Clone) -> None:
    clone.commit("Stricter check", {LOGIN: clone.replace(LOGIN, BUG, FIXED)})


def _kept(clone: Clone, hotfix: str) -> Path:
    day, _, slug = hotfix.partition("-")
    return clone.path / ".git/hotfix" / f"HOTFIX-{day[:4]}-{day[4:6]}-{day[6:]}-{slug}.md"


def _published(remote: Bare) -> str:
    """Return all that the server tells of: names, messages, and every file but the sources."""
    refs = remote.git("for-each-ref", "--format=%(refname) %(contents)")
    log = remote.git("log", "--all", "--format=%B")
    files = [name for name in remote.git("ls-tree", "-r", "--name-only", "develop").split("\n") if "docs/" in name]
    return "\n".join([refs, log, *files, *(remote.show(f"develop:{name}") for name in files)]).lower()


def test_restricted_hotfix_is_published_without_a_word_of_it_and_disclosed_later(tmp_path: Path) -> None:
    scene = standard_lab(tmp_path)
    alice, remote = scene.alice, scene.remote
    before = remote.refs()
    hotfix = _start(alice)
    assert hotfix.endswith("-maintenance")
    assert remote.refs() == before  # start.push does not count
    kept = _kept(alice, hotfix)
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    alice.hotfix("note", "told the vendor about any user", check=0)
    alice.hotfix("followup", "Hash the password", "--kind", "rfc", "--trigger", "disclosure", check=0)
    assert alice.hotfix("followup", check=0).out == f"{hotfix}/1  open  rfc  -  disclosure  Hash the password\n"
    _fix(alice)
    done = alice.hotfix(*FINISH, "--json", check=0)
    steps = {step["step"]: step for step in done.json()["steps"]}
    assert steps["documents"]["state"] == "waiting"
    assert "--disclose" in steps["documents"]["evidence"]
    told = _published(remote)
    assert [word for word in WORDS if word in told] == []
    assert "hotfix: maintenance" in told
    assert remote.git("log", "--format=%s", "main", "-1") == "HOTFIX: maintenance"
    assert remote.show("develop:src/auth/login.py").count(FIXED) == 1
    alice.hotfix("cleanup", hotfix, check=0)
    assert b'status: "resolved"' in kept.read_bytes()  # what only the memory knew is in it
    assert b"told the vendor" in kept.read_bytes()
    snapshot = alice.snapshot(without_tracking=True)
    nothing = alice.hotfix("document", hotfix, check=0)
    assert "restricted" in nothing.err
    audit = scene.bob.hotfix("verify", "--fetch", "--json", hotfix)
    assert [(each["code"], each["message"]) for each in audit.json()["problems"]] == []
    refused = scene.bob.hotfix("document", "--disclose", hotfix, check=1)
    assert "is not here: it is disclosed where the hotfix was started" in refused.err
    shown = alice.hotfix("document", "-n", "--disclose", hotfix, check=0)
    assert "+## Summary" in shown.out
    assert alice.snapshot(without_tracking=True) == snapshot
    alice.hotfix("document", "--disclose", "--cve", "CVE-2026-1234", check=0)
    report = remote.show(f"develop:docs/incidents/{kept.name}")
    assert f'title: "{TITLE}"' in report
    assert 'visibility: "public"' in report
    assert 'cve: "CVE-2026-1234"' in report
    assert not kept.exists()
    tip = remote.rev("develop")
    refused = alice.hotfix("document", "--disclose", "--cve", "CVE-2026-2", hotfix, check=1)
    assert "is disclosed already, as 'CVE-2026-1234'" in refused.err
    alice.hotfix("document", "--disclose", hotfix, check=0)
    assert remote.rev("develop") == tip


def test_restricted_hotfixes_get_a_number_and_close_without_a_word(tmp_path: Path) -> None:
    scene = standard_lab(tmp_path)
    alice = scene.alice
    first = _start(alice)
    assert alice.hotfix("start", "Another hole", "--restricted", "-y", "--push", check=2).out == ""
    second = alice.hotfix("start", "Another hole", "--restricted", "-y", "--json", check=0).json()["hotfix"]
    assert second == f"{first}-2"
    before = scene.remote.refs()
    alice.git("switch", "-q", "main")
    several = alice.hotfix("document", "--disclose", check=2)
    assert f"Several restricted reports are kept here: '{first}', '{second}'." in several.err
    alice.git("switch", "-q", f"hotfix/{second}")
    alice.hotfix("followup", "Look for others", "--kind", "refactoring", "--hotfix", second, check=0)
    assert "Look for others" in _kept(alice, second).read_text()
    alice.hotfix("close", second, "--as", "cancelled", "--reason", "it was no hole", check=0)
    assert scene.remote.refs() == before
    assert alice.hotfix("status", second, "--json", check=0).json()["next"] is None
    report = _kept(alice, second).read_text()
    assert 'status: "cancelled"' in report
    assert "it was no hole" in report
    assert alice.git("branch", "--list", f"hotfix/{second}") == ""
    refuse_ref(scene.remote, "refs/heads/develop", "not now")
    refused = alice.hotfix("document", second, "--disclose", "--json", check=4).json()
    assert [each["remedy"] for each in refused["problems"]] == [f"git hotfix document {second} --disclose --json"]
    accept_everything(scene.remote)
    assert refused["next"] == f"git hotfix document --disclose {second}"
    alice.hotfix("document", "--disclose", second, check=0)
    assert not _kept(alice, second).exists()
    assert "it was no hole" in scene.remote.git("show", f"develop:{report_of(second)}")
    assert re.search(rf"(?m)^past +{second} +critical +closed ", scene.bob.hotfix("list", check=0).out)


def test_security_without_a_terminal_asks_what_becomes_public(tmp_path: Path) -> None:
    alice = standard_lab(tmp_path).alice
    before = alice.snapshot()
    alice.hotfix("start", "A hole", "--public", "--restricted", "-y", check=2)
    answer = alice.hotfix("start", "A hole", "--kind", "security", "-y", check=2)
    assert "hint:  git hotfix start 'A hole' --kind security -y --restricted" in answer.err
    assert alice.snapshot() == before
