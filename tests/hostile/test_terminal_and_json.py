"""What a terminal would obey or hide reaches none raw; JSON is JSON, Markdown shows what was written."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from git_hotfix.cli.terminal import json_text, plain, plain_line, table
from git_hotfix.record.markdown import in_code
from tests.cli.stages import Stage, fixed, published
from tests.hostile.scenes import assert_no_bug, report_text, said, saying, unsafe_in
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


def json_of(answer: Run) -> dict[str, object]:
    """Read an answer as a strict reader of UTF-8 and JSON does."""
    assert_no_bug(answer)
    raw = answer.out.encode("utf-8", "surrogateescape")
    value = json.loads(raw.decode("utf-8"))
    assert isinstance(value, dict)
    return value


@pytest.mark.parametrize("nasty", [*BRANCHES.values(), *ESCAPES.values(), text(b"release/1\xff")])
def test_what_a_terminal_obeys_or_hides_is_shown_as_what_it_is(nasty: str) -> None:
    assert unsafe_in(plain(nasty)) == []
    assert unsafe_in("".join(table([(nasty, "x"), ("긴급", nasty)]))) == []
    assert plain("긴급: café, x\n\ty") == "긴급: café, x\n\ty"


@pytest.mark.parametrize(
    "text", ["« l\u00a0été\u202f»", "긴급\u3000修正", "👩\u200d👩\u200d👧", "🏳\ufe0f\u200d🌈", "می\u200cخواهم"]
)
def test_spaces_and_joiners_of_a_script_are_no_danger(text: str) -> None:
    assert plain(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("ma\u200din", r"ma\u200din"),
        ("긴\u200d급", r"긴\u200d급"),
        ("\u200d👩 👩\u200d", r"\u200d👩 👩\u200d"),
        ("👩\u200d\u200d👩", r"👩\u200d\u200d👩"),
        ("x\ry", r"x\ry"),
    ],
)
def test_joiner_that_joins_nothing_is_shown(text: str, shown: str) -> None:
    assert plain(text) == shown


def test_value_of_several_lines_is_one_line_wherever_it_stands() -> None:
    forged = "x\r\n  done  publication\u2028Next: git push\u0085y\vz"

    assert plain_line(forged) == "x done publication Next: git push y z"
    assert table([("a", forged), ("bb", "c")]) == ["  a   x done publication Next: git push y z", "  bb  c"]


@pytest.mark.parametrize("half", [text(b"release/1\xff"), "\ud800", "x\udfff"])
def test_json_is_text_for_every_reader_whatever_a_name_has(half: str) -> None:
    nasty = f"긴급 {''.join(ESCAPES.values())}{''.join(BRANCHES.values())}"
    written = json_text({"branch": half, "title": nasty})

    said = json.loads(written.encode("utf-8"))
    assert said == {"branch": plain(half), "title": nasty}
    assert "긴급" in written
    assert unsafe_in(written) == []


@pytest.mark.parametrize("name", ["1|<img/src=x>`|", "`<img src=x>", "<!-- x", "a&lt;b", "[x](http://evil)"])
@pytest.mark.parametrize("place", ["{}", "`{}`"])
def test_name_in_markdown_is_no_markdown_in_code_and_outside(name: str, place: str) -> None:
    written = place.format(in_code(name))

    outside = re.sub(r"`[^`]*`", "", written)
    assert "<" not in outside
    assert written.count("`") == place.count("`")


def test_scene_in_which_everything_has_a_hostile_name_is_shown_escaped(tmp_path: Path) -> None:
    stage = published(tmp_path)
    alice, bob = stage.alice, stage.bob
    line_on_server(stage, "release/1\u009b31m\u202e\u200b\u2028done|<img/src=x>`")
    line_on_server(stage, b"release/1\xff")
    bad = f"x{ESCAPES['ESC']}\u202e\nNext: git push"
    waiver = {"hotfix": stage.hotfix, "branch": "support/1.0", "reason": bad, "by": bad, "at": bad}
    bob.git("config", "user.name", "Bob \x1b[31m\u202e")
    changed = stage.on_server("develop", LOGIN).replace(BUG, BUG.replace("True", "bool(password)"))
    files = {LOGIN: changed, "docs/incidents/waivers.jsonl": json.dumps(waiver) + "\n"}
    stage.bob_pushes("develop", f"Almost {ESCAPES['ESC']}{ESCAPES['override']}", files)

    for command in (("status", "auth"), ("list",), ("finish", "auth", "-y", "-v"), ("status", "auth")):
        answer = alice.hotfix(*command)
        assert_clean(answer)
        assert not any(line.startswith("Next: git push") for line in said(answer).split("\n"))
    assert json_of(alice.hotfix("status", "auth", "--json"))["targets"]
    shown = alice.hotfix("status", "auth", "--format", "markdown", check=0)
    assert_clean(shown)
    assert "<img" not in re.sub(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)", "", shown.out)


@pytest.mark.parametrize("escape", ["".join(ESCAPES.values())], ids=["all"])
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


def test_output_without_utf8_is_no_bug(tmp_path: Path) -> None:
    stage = published(tmp_path)
    line_on_server(stage, "release/긴급")
    env = {"LC_ALL": "C", "PYTHONIOENCODING": "ascii"}

    assert_no_bug(run("git", "hotfix", "status", "auth", directory=stage.alice.path, env=env))
