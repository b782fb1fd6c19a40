"""A hint is typed by people in a hurry: it works as it stands, and never costs what they did not ask to lose."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.cli.stages import fixed, started
from tests.says.scenes import TARGETS, harmless, hints, next_line, type_in
from tests.support.lab import FIXED, LOGIN

if TYPE_CHECKING:
    from pathlib import Path

ASKED_FOR = {"delete": ("cleanup", "close"), "undo": ("rollback",), "revert": ("rollback",)}
"""Words that mean a command that deletes or takes back: who types them has asked for it."""

EMPTY = (
    ("finish", "-y", "--skip-tests", ""),
    ("finish", "-y", "--skip-tests", "\t\n"),
    ("finish", "-y", "--large", " \u200b\u3000"),
    ("backport", "auth", "--skip", "develop", "--reason", ""),
    ("rollback", "auth", "-y", "--reason", " "),
    ("close", "--as", "cancelled", "--reason", " "),
    ("finish", "-y", "--verified-by", ""),
    ("deploy", "--done", "--by", "\u200b"),
    ("followup", "later", "--owner", "\u2060"),
    ("postmortem", "--cause", ""),
)
"""What is given with an option and says nothing, to the eye."""


def test_words_of_git_and_git_flow_and_mistyped_ones_are_answered_and_change_nothing(tmp_path: Path) -> None:
    alice = started(tmp_path).alice
    before = alice.snapshot(without_tracking=True)
    for word in ("abort", "delete", "undo", "publish", "track", "continue", "push", "revert"):
        said = alice.hotfix(word, check=2)
        assert f"'{word}'" in said.err
        (line,) = hints(said)
        (named,) = re.findall(r"git hotfix ([a-z]+)", line)
        assert harmless([line]) or named in ASKED_FOR.get(word, ()), line
        assert line != "git hotfix backport", "nobody asked for a backport"
    meanings = {"finsh": "finish", "rolback": "rollback", "clenup": "cleanup", "clsoe": "close", "backprot": "backport"}
    for typed, meant in meanings.items():
        said = alice.hotfix(typed, "-y", check=2)
        assert said.err.startswith(f"error: There is no command '{typed}'. Did you mean '{meant}'?\n")
        assert hints(said) == [f"git hotfix {meant} -h"], "what publishes, deletes or takes back is typed by oneself"
    assert hints(alice.hotfix("statsu", "a b", check=2)) == ["git hotfix status 'a b'"]
    assert hints(alice.hotfix("stat", check=2)) == ["git hotfix status"], "the longest beginning in common"
    assert hints(alice.hotfix("zzz", check=2)) == ["git hotfix -h"]
    assert hints(alice.hotfix("help", "publish", check=2)) == ["git hotfix help finish"]
    assert hints(alice.hotfix("help", "start", "--link", check=2)) == ["git hotfix help --link"]
    assert "There is no folder '" in alice.hotfix("report", "--output", "missing/page.html", check=1).err
    assert "Did you mean" not in alice.hotfix("close", "--discrd", check=2).err
    assert "Did you mean one of: '--json', '--reason'?" in alice.hotfix("close", "--reson", check=2).err
    for words in EMPTY:
        said = alice.hotfix(*words, check=2)
        (what,) = re.findall(rf"{words[-2]} is empty: an empty (reason|name|text) is no \1\.", said.err)
        assert hints(said) == [
            f"git hotfix {words[0]} {words[-2]} {'TEXT' if words[-2] == '--reason' else what.upper()}"
        ]
    for blank in (("start", "\u200b", "--slug", "x", "-y"), ("note", "\u2060 \x01"), ("followup", "\u200b")):
        alice.hotfix(*blank, check=2)
    assert alice.snapshot(without_tracking=True) == before


def test_refusal_publishes_nothing_by_its_hint(tmp_path: Path) -> None:
    alice = fixed(tmp_path).alice
    (alice.path / ".git/hotfix").mkdir(exist_ok=True)
    status = "git hotfix status " + alice.git("branch", "--show-current").removeprefix("hotfix/")
    words = (("deploy", "--done"), ("document",), ("backport",), ("cleanup",))
    for each in (*words, ("close", "--as", "cancelled", "--reason", "x")):
        assert hints(alice.hotfix(*each)) == [status], each


def test_squashed_request_has_a_way_to_the_targets(tmp_path: Path) -> None:
    stage = fixed(tmp_path)
    stage.alice.git("push", "-q", "-u", "origin", stage.branch)
    bob = stage.bob
    bob.git("fetch", "-q")
    bob.git("switch", "-q", "main")
    bob.git("merge", "-q", "--squash", f"origin/{stage.branch}")
    bob.commit("Login takes any password (#1)")
    bob.git("push", "-q", "origin", "main")
    said = stage.alice.hotfix("finish", "-y")
    for _ in range(4):
        line = next(iter(hints(said)), next_line(said))
        if line is None or FIXED in stage.on_server("develop", LOGIN):
            break
        assert harmless([line]), line
        said = type_in(stage.alice, line)
    for branch in TARGETS:
        assert FIXED in stage.on_server(branch, LOGIN), branch
