"""What a terminal would obey or hide reaches none raw; JSON is JSON, Markdown shows what was written."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from tests.cli.stages import Stage, finished, fixed, published
from tests.hostile.scenes import assert_no_bug, report_text, said, saying, unsafe_in
from tests.support.hooks import refuse_ref
from tests.support.lab import BUG, LOGIN
from tests.support.processes import run, text
from tests.support.terminal import Terminal

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.processes import Run

FINISH = ("finish", "-y", "--skip-tests", "no time")
BRANCHES = {
    "C1": "release/1\u009b31m",
    "next line": "release/1\u0085done",
    "override": "release/\u202e1.1\u2066x",
    "zero width": "release/1\u200b.1",
    "mark": "release/1\u200f",
    "tag characters": "release/1\U000e0041",
    "line separator": "release/1\u2028done",
}
ESCAPES = {
    "ESC": "\x1b[2J\x1b]0;owned\x07",
    "C1": "\u009b2J\u009d0;owned\u009c",
    "return": "harmless\rdone      publication",
    "backspace": "no" + "\b" * 2 + "yes",
    "override": "\u202eyes\u2066",
}


def line_on_server(stage: Stage, name: str | bytes) -> None:
    """Make a release line of this name on the server: no client stands in the way of its bytes."""
    tip = stage.remote.rev("support/1.0")
    raw = name if isinstance(name, bytes) else name.encode()
    stage.remote.git("update-ref", "--stdin", stdin=b"create refs/heads/" + raw + b" " + tip.encode() + b"\n")


def assert_clean(answer: Run) -> None:
    assert_no_bug(answer)
    assert unsafe_in(answer) == [], repr(said(answer))


@pytest.mark.parametrize("name", BRANCHES.values(), ids=BRANCHES)
def test_branch_with_characters_that_hide_is_shown_escaped(tmp_path: Path, name: str) -> None:
    stage = published(tmp_path)
    line_on_server(stage, name)

    for command in (
        ("status", "auth"),
        ("list",),
        ("cleanup", "auth"),
        ("backport", "auth", "--dry-run"),
        ("finish", "auth", "-y"),
        ("status", "auth"),
        ("status", "auth", "--format", "markdown"),
        ("rollback", "auth", "-y", "--targets"),
    ):
        assert_clean(stage.alice.hotfix(*command))


@pytest.mark.parametrize("name", BRANCHES.values(), ids=BRANCHES)
def test_branch_with_characters_that_hide_is_shown_escaped_where_git_is_shown(tmp_path: Path, name: str) -> None:
    stage = published(tmp_path)
    line_on_server(stage, name)

    assert_clean(stage.alice.hotfix("finish", "auth", "-y", "-v"))


def json_of(answer: Run) -> dict[str, object]:
    """Read an answer as a strict reader of UTF-8 and JSON does."""
    assert_no_bug(answer)
    raw = answer.out.encode("utf-8", "surrogateescape")
    value = json.loads(raw.decode("utf-8"))
    assert isinstance(value, dict)
    return value


@pytest.mark.parametrize("name", [b"release/1\xff", b"release/\xed\xa0\x80", b"release/\xc3"])
def test_branch_that_is_no_text_is_shown_escaped_and_leaves_json_valid(tmp_path: Path, name: bytes) -> None:
    stage = published(tmp_path)
    line_on_server(stage, name)

    for command in (("status", "auth"), ("list",), ("cleanup", "auth"), ("backport", "auth", "--dry-run")):
        json_of(stage.alice.hotfix(*command, "--json"))
        assert_clean(stage.alice.hotfix(*command))
    carried = stage.alice.hotfix("finish", "auth", "-y", "--json")
    assert json_of(carried)["exit_code"] in {0, 4}


def test_file_that_is_no_text_leaves_json_valid(tmp_path: Path) -> None:
    stage = fixed(tmp_path)
    alice = stage.alice
    name = text(b"src/\xff.py")
    alice.commit("A file", {name: "A = 1\n"})
    alice.write(name, "A = 2\n")

    json_of(alice.hotfix(*FINISH, "--json"))
    assert_clean(alice.hotfix(*FINISH))
    alice.git("checkout", "-q", ".")
    stage.bob_pushes("main", "The same", {name: "A = 3\n"})
    json_of(alice.hotfix(*FINISH, "--json"))
    assert_clean(alice.hotfix("status"))


@pytest.mark.parametrize("mark", ["\\n", "\\r\\n", "\\u2028", "\\u0085", "\\u000b", "\\r"])
def test_title_of_several_lines_forges_no_line_of_status(tmp_path: Path, mark: str) -> None:
    stage = fixed(tmp_path)
    forged = "done      publication           origin/main has it"
    last = "Next: git push --force origin main"
    title = f'"Login{mark}  {forged}{mark}{last}"'
    stage.alice.commit("Title", {stage.report: saying(report_text(stage), title=title, what=title)})

    for command in (("status",), ("list",), ("status", "--format", "markdown"), ("finish", "--dry-run", "-y")):
        answer = stage.alice.hotfix(*command)
        assert_clean(answer)
        lines = [line.strip() for line in re.split(r"[\n\r\v\f\x1c-\x1e\u0085\u2028\u2029]", said(answer))]
        assert forged not in lines, said(answer)
        assert last not in lines, said(answer)


@pytest.mark.parametrize("escape", ESCAPES.values(), ids=ESCAPES)
def test_title_with_escapes_is_shown_escaped(tmp_path: Path, escape: str) -> None:
    stage = fixed(tmp_path)
    written = json.dumps(f"Login {escape}")
    stage.alice.commit("Title", {stage.report: saying(report_text(stage), title=written, what=written)})

    for command in (("status",), ("list",), ("status", "--format", "markdown"), FINISH, ("rollback", "auth", "-y")):
        assert_clean(stage.alice.hotfix(*command))


@pytest.mark.parametrize("escape", [ESCAPES["ESC"], ESCAPES["C1"], ESCAPES["override"]], ids=["ESC", "C1", "override"])
def test_commit_subject_with_escapes_is_shown_escaped_on_the_screen(tmp_path: Path, escape: str) -> None:
    stage = fixed(tmp_path)
    stage.alice.commit(f"More {escape}", {"src/auth/more.py": "MORE = True\n"})
    raw = ""
    with Terminal(stage.alice, "finish", "--skip-tests", "no time", "--color", "never") as terminal:
        terminal.expect("Commits:")
        terminal.expect("src/auth/more.py")
        terminal.expect("?")
        raw = terminal._raw
        terminal.interrupt()
        terminal.finish()

    assert unsafe_in(raw.replace("\r\n", "\n").replace("\r", "")) == [], repr(raw)


def test_commits_named_beside_a_conflict_are_shown_escaped(tmp_path: Path) -> None:
    stage = published(tmp_path)
    changed = stage.on_server("develop", LOGIN).replace(BUG, BUG.replace("True", "bool(password)"))
    stage.bob_pushes("develop", f"Almost {ESCAPES['ESC']}{ESCAPES['override']}", {LOGIN: changed})
    stage.bob.git("config", "user.name", "Bob \x1b[31m\u202e")

    assert_clean(stage.alice.hotfix("finish", "auth", "-y"))
    assert_clean(stage.alice.hotfix("status", "auth"))


def test_file_with_escapes_in_its_name_is_shown_escaped(tmp_path: Path) -> None:
    stage = fixed(tmp_path)
    name = f"src/{ESCAPES['ESC']}\u202e.py"
    stage.alice.commit("A file", {name: "A = 1\n"})
    stage.alice.write(name, "A = 2\n")

    assert_clean(stage.alice.hotfix(*FINISH))
    assert_clean(stage.alice.hotfix("start", "x", "-y"))
    stage.alice.git("checkout", "-q", ".")
    stage.bob_pushes("main", "The same", {name: "A = 3\n"})
    assert_clean(stage.alice.hotfix(*FINISH))


def test_words_of_the_server_are_shown_escaped(tmp_path: Path) -> None:
    stage = fixed(tmp_path)
    refuse_ref(stage.remote, "refs/*", f"frozen {ESCAPES['ESC']}{ESCAPES['C1']}\u202e")

    answer = stage.alice.hotfix(*FINISH)

    assert answer.code == 5
    assert_clean(answer)


def test_settings_with_escapes_are_shown_escaped(tmp_path: Path) -> None:
    stage = fixed(tmp_path)
    guide = "docs/\\u001b[2J\\u202e\\u009bx.md"
    stage.alice.write(".hotfix.toml", f'[deploy]\nguide = "{guide}"\n[tracker]\nredirect = "{guide}"\n')

    for command in (("config",), ("status",), ("start", "x", "-y", "--can-wait")):
        assert_clean(stage.alice.hotfix(*command))


def test_unknown_setting_with_escapes_is_shown_escaped(tmp_path: Path) -> None:
    stage = fixed(tmp_path)
    stage.alice.write(".hotfix.toml", '[deploy]\n"gu\\u001b[2J\\u202eide" = 1\n"\\u009b" = 1\n')

    assert_clean(stage.alice.hotfix("status"))


def test_words_of_the_person_with_escapes_are_shown_escaped(tmp_path: Path) -> None:
    stage = fixed(tmp_path)

    for command in (
        ("status", f"x{ESCAPES['ESC']}\u202e"),
        ("start", f"x{ESCAPES['ESC']}\u202e", "--bad"),
        (f"x{ESCAPES['ESC']}\u202e",),
        ("config", f"x{ESCAPES['ESC']}\u202e"),
        ("backport", "auth", "--to", f"x{ESCAPES['ESC']}\u202e"),
    ):
        assert_clean(stage.alice.hotfix(*command))


def test_waiver_and_name_with_escapes_are_shown_escaped(tmp_path: Path) -> None:
    stage = published(tmp_path)
    bad = f"x{ESCAPES['ESC']}\u202e\nNext: git push"
    waiver = {"hotfix": stage.hotfix, "branch": "develop", "reason": bad, "by": bad, "at": bad}
    stage.bob.git("config", "user.name", "Bob \x1b[31m\u202e")
    stage.bob_pushes("develop", "Waive", {"docs/incidents/waivers.jsonl": json.dumps(waiver) + "\n"})

    answer = stage.alice.hotfix("status", "auth")

    assert_clean(answer)
    assert not any(line.startswith("Next: git push") for line in said(answer).split("\n"))


def test_title_does_not_become_markdown(tmp_path: Path) -> None:
    stage = fixed(tmp_path)
    title = json.dumps("<img src=x onerror=alert(1)> | a | ![x](http://evil) <!-- `</details>")
    stage.alice.commit("Title", {stage.report: saying(report_text(stage), title=title, what=title)})

    shown = stage.alice.hotfix("status", "--format", "markdown", check=0)
    stage.alice.hotfix(*FINISH, check=0)

    for place in (shown.out, stage.on_server("develop", "CHANGELOG.md")):
        assert "<img" not in place
        assert "<!--" not in place
        assert "</details>" not in place


def test_branch_does_not_become_markdown(tmp_path: Path) -> None:
    stage = published(tmp_path)
    line_on_server(stage, "release/1|<img/src=x>`|")

    shown = stage.alice.hotfix("status", "auth", "--format", "markdown", check=0)
    stage.alice.hotfix("finish", "auth", "-y", check=0)

    for place in (shown.out, stage.on_server("develop")):
        outside_code = re.sub(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)", "", place)
        assert "<img" not in outside_code, outside_code


def test_output_without_utf8_is_no_bug(tmp_path: Path) -> None:
    stage = finished(tmp_path)
    line_on_server(stage, "release/긴급")
    env = {"LC_ALL": "C", "PYTHONIOENCODING": "ascii"}

    for command in (("status", "auth"), ("status", "auth", "--json"), ("list",)):
        answer = run("git", "hotfix", *command, directory=stage.alice.path, env=env)
        assert_no_bug(answer)
