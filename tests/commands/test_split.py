from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from git_hotfix import errors
from git_hotfix.commands.process import Runner
from git_hotfix.commands.split import fill_words, shown, split_command
from git_hotfix.errors import ExitCode, HotfixError, Problem

if TYPE_CHECKING:
    from pathlib import Path

KEY = "test.command"


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("make deploy-prod", ("make", "deploy-prod")),
        ("  make \t deploy\n", ("make", "deploy")),
        ('pytest {paths} -k "critical"', ("pytest", "{paths}", "-k", "critical")),
        ("""echo 'a b' "c 'd'" e\\ f""", ("echo", "a b", "c 'd'", "e f")),
        ("""echo '|&;<>$(x)`y`' "a|b;c" \\$HOME \\|""", ("echo", "|&;<>$(x)`y`", "a|b;c", "$HOME", "|")),
        (r'echo "\$x \"q\" \\ \n"', ("echo", '$x "q" \\ \\n')),
        ("echo '' \"\" a''b", ("echo", "", "", "ab")),
        ("make \\\n  test", ("make", "test")),
        ("ls *.py a~b HEAD~1 x#y", ("ls", "*.py", "a~b", "HEAD~1", "x#y")),
        ("env A=1 make B=2", ("env", "A=1", "make", "B=2")),
        ("echo a\\ ", ("echo", "a ")),
        ("printf 'two\nlines'", ("printf", "two\nlines")),
        ("시험 '긴급 수정'", ("시험", "긴급 수정")),
    ],
)
def test_command_without_shell_syntax_is_split_as_a_shell_would(command: str, words: tuple[str, ...]) -> None:
    assert split_command(command, key=KEY) == words


@pytest.mark.parametrize(
    ("command", "what"),
    [
        ("make | tee log", "'|'"),
        ("make && deploy", "'&&'"),
        ("make || true", "'||'"),
        ("server &", "'&'"),
        ("a; b", "';'"),
        ("make > log", "'>'"),
        ("make >> log", "'>>'"),
        ("make < in", "'<'"),
        ("make 2>&1", "'>'"),
        ("echo $(date)", "'$('"),
        ("echo `date`", "'`'"),
        ("echo $HOME", "'$'"),
        ("echo ${HOME}", "'${'"),
        ('echo "$HOME"', "'$'"),
        ('echo "`date`"', "'`'"),
        ('echo "$(echo ")")"', "'$'"),
        ("(make)", "'('"),
        ("make\ndeploy", "a line break"),
        ("ls ~/x", "'~'"),
        ("make # all", "'#'"),
        ("CI=1 make", "'CI='"),
        ("A='x y' B=2 make", "'A='"),
        ("\\\nA=1 make", "'A='"),
    ],
)
def test_shell_syntax_is_refused_with_the_same_command_through_a_shell(command: str, what: str) -> None:
    with pytest.raises(HotfixError) as raised:
        split_command(command, key=KEY)
    (problem,) = raised.value.problems
    assert (problem.code, problem.exit_code) == ("needs-shell", ExitCode.USAGE)
    assert problem.message == (
        f"The command of {KEY} uses {what}, which only a shell understands; git-hotfix starts commands without one."
    )
    assert split_command(problem.remedy.line(), key=KEY) == ("sh", "-c", command)


@pytest.mark.parametrize(
    ("command", "remedy"),
    [
        ("pytest {paths} | tee log", """sh -c 'pytest "$@" | tee log' sh {paths}"""),
        (
            "CI=1 pytest {paths} --base={base}",
            """sh -c 'base=$1; shift; CI=1 pytest "$@" --base=${base}' sh {base} {paths}""",
        ),
        ("lint {files} > log", """sh -c 'lint "$@" > log' sh {files}"""),
    ],
)
def test_remedy_keeps_names_out_of_the_text_of_the_shell(command: str, remedy: str) -> None:
    with pytest.raises(HotfixError) as raised:
        split_command(command, key=KEY)
    assert raised.value.problems[0].remedy.line() == remedy


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("", "The command of deploy.command is empty."),
        (" \n", "The command of deploy.command is empty."),
        ("\\\n", "The command of deploy.command is empty."),
        ("a\0b", "The command of deploy.command contains a NUL character."),
        ("echo 'a", "The command of deploy.command has a quote ' that does not close: echo 'a."),
        ('echo "a\\"', 'The command of deploy.command has a quote " that does not close: echo "a\\".'),
        ("echo a\\", "The command of deploy.command ends in a backslash: echo a\\."),
    ],
)
def test_command_that_cannot_be_split_is_wrong_input(command: str, message: str) -> None:
    with pytest.raises(HotfixError) as raised:
        split_command(command, key="deploy.command")
    assert raised.value.problems == (
        Problem("bad-command", message, errors.command("git", "hotfix", "config"), ExitCode.USAGE),
    )


_INSIDE = st.text("ab \n\t{}=~#*|;&>(-é", max_size=4)
_PIECES = st.one_of(
    st.text("ab{}=~#*-é", min_size=1, max_size=3),
    st.sampled_from([" ", "\t", " ", "\\\n", "\\ ", "\\$", "\\\\", "\\'", '\\"', "\n", "$", "|", ";", "'", '"']),
    _INSIDE.map(lambda text: f"'{text}$`\\'"),
    st.tuples(_INSIDE, st.sampled_from(["", "\\$", '\\"', "\\`", "\\\\", "\\\n", "\\a", "'"])).map(
        lambda parts: f'"{parts[0]}{parts[1]}"'
    ),
)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(st.lists(_PIECES, max_size=7).map("".join))
def test_any_command_that_is_accepted_is_split_as_sh_splits_it(command: str) -> None:
    try:
        words = split_command(command, key=KEY)
    except HotfixError:
        assume(False)  # noqa: FBT003  # hypothesis names it so
        return
    # "-f": patterns are ours to pass on; "printf" repeats its format for each word.
    answer = subprocess.run(["sh", "-f", "-c", "printf '%s\\0' " + command.lstrip()], capture_output=True, check=True)
    assert answer.stdout.decode().split("\0")[:-1] == list(words)


@given(st.lists(st.text(), min_size=1).map(tuple))
def test_words_that_are_shown_are_split_back(words: tuple[str, ...]) -> None:
    words = tuple(word.replace("\0", "") for word in words)
    assert split_command("run " + shown(words), key=KEY) == ("run", *words)


def test_places_are_filled_each_value_one_argument() -> None:
    places = {"paths": ("tests/a b", "-k", "@x", "tests/c"), "files": ("'q'",), "base": ("main",)}
    words = ("run", "{paths}", "--base={base}", "--file={files}", "{other}", "{base}", "a{b}c")
    assert fill_words(words, places) == (
        "run", "tests/a b", "./-k", "./@x", "tests/c", "--base=main",
        "--file='q'", "{other}", "main", "a{b}c",
    )  # fmt: skip


def test_place_without_values_disappears() -> None:
    assert fill_words(("run", "{paths}", "-x"), {"paths": ()}) == ("run", "-x")


def test_value_that_looks_like_a_place_is_not_filled_again() -> None:
    places = {"paths": ("{base}",), "files": ("{paths}",), "base": ("main",)}
    assert fill_words(("run", "{paths}", "--f={files}"), places) == ("run", "{base}", "--f={paths}")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("run", "--paths={paths}"), "place-in-word"),
        (("run", "--none={files}"), "place-in-word"),
        (("sh", "-c", "pytest {paths}"), "name-in-shell"),
        (("sh", "-c", "{base}"), "name-in-shell"),
        (("docker", "exec", "app", "/bin/bash", "-lc", "run-{base}"), "name-in-shell"),
        (("ssh", "host", "run {base}"), "name-in-shell"),
        (("make", "test", "BASE={base}"), "name-in-shell"),
    ],
)
def test_place_that_cannot_be_filled_safely_is_wrong_input(words: tuple[str, ...], code: str) -> None:
    with pytest.raises(HotfixError) as raised:
        fill_words(words, {"paths": ("a", "b"), "files": (), "base": ("a;reboot",)})
    assert [(problem.code, problem.exit_code) for problem in raised.value.problems] == [(code, ExitCode.USAGE)]


def test_names_in_a_shell_text_are_refused_with_the_way_that_is_safe() -> None:
    with pytest.raises(HotfixError) as raised:
        fill_words(("sh", "-c", "pytest {paths} | tee log"), {"paths": ("a",)})
    remedy = raised.value.problems[0].remedy.line()
    assert fill_words(split_command(remedy, key=KEY), {"paths": ("$(reboot)", "b")}) == (
        "sh", "-c", 'pytest "$@" | tee log', "sh", "$(reboot)", "b",
    )  # fmt: skip


def test_make_variable_takes_an_ordinary_name() -> None:
    assert fill_words(("make", "B={base}"), {"base": ("release/1.2",)}) == ("make", "B=release/1.2")


def test_place_without_meaning_for_the_command_is_wrong_input() -> None:
    with pytest.raises(HotfixError) as raised:
        fill_words(("make", "deploy", "{paths}"), {})
    assert raised.value.problems == (
        Problem(
            "no-such-place",
            "'{paths}' has no meaning in 'make deploy '{paths}''.",
            errors.command("git", "hotfix", "config"),
            ExitCode.USAGE,
        ),
    )


_NASTY = st.sampled_from(
    [
        "$(touch pwned)",
        "`touch pwned`",
        "; touch pwned",
        "a b",
        "'",
        '"',
        "\n",
        "-rf",
        "*",
        "~",
        "&&",
        "{base}",
    ]
)
_NAMES = st.lists(
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1) | _NASTY,
    max_size=8,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(paths=_NAMES, files=_NAMES)
def test_any_names_reach_the_program_unchanged_and_no_shell(tmp_path: Path, paths: list[str], files: list[str]) -> None:
    words = split_command("printf '%s\\0' {paths} -- {files}", key=KEY)
    heard = bytearray()
    runner = Runner(tmp_path, {"PATH": os.environ["PATH"]}, heard.extend)
    ended = runner.run(fill_words(words, {"paths": paths, "files": files}), key=KEY)
    expected = [*map(_as_path, paths), "--", *map(_as_path, files)]
    assert (ended.code, heard.decode().split("\0")) == (0, [*expected, ""])
    assert list(tmp_path.iterdir()) == []


def _as_path(name: str) -> str:
    return f"./{name}" if name[0] in "-@" else name
