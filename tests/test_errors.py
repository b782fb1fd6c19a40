"""What helps is one command: argument lists that are quoted in one place, and nothing else is a remedy."""

from __future__ import annotations

import ast
import json
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from git_hotfix.cli.main import _end
from git_hotfix.cli.options import Options
from git_hotfix.cli.output import Result, emit
from git_hotfix.errors import ExitCode, Interrupted, Problem, Remedy, again, command, told_by
from tests.support.source import sources

if TYPE_CHECKING:
    from collections.abc import Iterator

MAKERS = {"Problem", "refused", "wrong_input", "server_failed"}
PROGRAMS = re.compile(r"(git|cd|mv|rm|ls|df|pip|kill|file|chmod|date|touch|unset|rm|tail|mkdir|ssh-add)\Z")

words = st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])), min_size=1, max_size=5)


def remedies() -> Iterator[tuple[str, ast.expr]]:
    """Return every third argument of a problem, with where it stands."""
    for source in sources():
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in MAKERS:
                given = [*node.args[2:3], *(each.value for each in node.keywords if each.arg == "remedy")]
                yield from ((f"{source.path}:{node.lineno}", each) for each in given)


def test_no_remedy_is_written_as_text() -> None:
    found = list(remedies())
    assert len(found) > 100
    assert [where for where, node in found if isinstance(node, ast.Constant | ast.JoinedStr | ast.BinOp)] == []


def test_every_remedy_begins_with_a_program() -> None:
    first = [
        (source.path, node.args[0].value)
        for source in sources()
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "command" and node.args
        if isinstance(node.args[0], ast.Constant)
    ]
    assert len(first) > 80
    assert [(where, word) for where, word in first if not PROGRAMS.match(str(word))] == []


@given(words)
def test_whatever_the_words_a_shell_reads_them_as_they_are(given_words: list[str]) -> None:
    assert shlex.split(command(*given_words).line()) == given_words


@pytest.mark.parametrize(
    ("remedy", "line"),
    [
        (command("git", "show", "a b"), "git show 'a b'"),
        (Remedy(("git", "switch", "x"), then=("git", "pull")), "git switch x && git pull"),
        (Remedy((".hotfix.toml",), in_editor=True), "$(git var GIT_EDITOR) .hotfix.toml"),
        (Remedy(text="see the wiki"), "see the wiki"),
        (again("--large", "REASON"), "git hotfix finish x -y --large REASON"),
    ],
)
def test_a_remedy_as_it_is_typed(remedy: Remedy, line: str) -> None:
    assert remedy.line(("git", "hotfix", "finish", "x", "-y")) == line


def test_options_go_before_the_arguments_that_follow_two_dashes() -> None:
    assert again("--slug", "x").line(("git", "hotfix", "start", "--", "-y")) == "git hotfix start --slug x -- -y"


def test_second_ctrl_c_hides_nothing_of_what_the_first_one_says() -> None:
    published = Problem("deployment-unknown", "Production is published.", command("git", "hotfix", "status"))
    second = KeyboardInterrupt()  # on the way back to where the user was: git hands on what we had already
    second.__context__ = Interrupted(published)
    assert told_by(second) == published
    assert told_by(KeyboardInterrupt()) is None


def test_what_resolves_a_conflict_is_next_for_a_program(capsys: pytest.CaptureFixture[str]) -> None:
    waits = Problem("conflict-unresolved", "It waits.", command("git", "-C", "there", "mergetool"), ExitCode.WAITING)
    assert _end(None, ["finish", "--json"], (waits,), ExitCode.WAITING) == 3
    assert json.loads(capsys.readouterr().out)["next"] == "git -C there mergetool"


def test_where_the_folder_was_removed_the_way_out_is_said_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    for following in (command("cd", "/shop/.git/hotfix"), command("git", "hotfix", "status"), None):
        for tree in (Path("/shop"), None):
            emit(Options(), Result("backport", next=following, tree=tree))
    assert capsys.readouterr().out.splitlines() == [
        "Next: cd /shop/.git/hotfix",
        "Next: cd /shop/.git/hotfix",
        "Next: cd /shop && git hotfix status",
        "Next: git hotfix status",
        "Next: cd /shop",
    ]
