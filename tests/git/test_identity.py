from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest

from git_hotfix.errors import ExitCode, HotfixError
from git_hotfix.git.identity import Identity, identity
from git_hotfix.git.program import Answer, Git
from git_hotfix.git.signature import Signature, read_signature

if TYPE_CHECKING:
    from pathlib import Path

DATES = {"GIT_AUTHOR_DATE": "1768583400 +0900", "GIT_COMMITTER_DATE": "1768583400 -0330"}


def ask(directory: Path, **environment: str) -> Identity:
    return identity(Git(directory, {**os.environ, **environment}))


def test_identity_comes_from_configuration_and_environment(tmp_path: Path) -> None:
    found = ask(tmp_path, GIT_AUTHOR_NAME="김 <철수>", GIT_AUTHOR_EMAIL="kim@example.com", **DATES)
    assert found == Identity(
        author=Signature("김 철수", "kim@example.com", 1768583400, 540),
        committer=Signature("Test Person", "person@example.com", 1768583400, -210),
    )


def counted(directory: Path, asked: list[str], **environment: str) -> Git:
    return Git(directory, {**os.environ, **environment}, lambda arguments: asked.append(" ".join(arguments)))


def test_identity_is_asked_once_and_its_time_is_that_of_each_call(tmp_path: Path) -> None:
    asked: list[str] = []
    git = counted(tmp_path, asked)
    before = int(time.time())
    first = identity(git)
    question = ("var", "GIT_AUTHOR_IDENT")
    git.answers[question] = Answer(0, b"Test Person <person@example.com> 1700000000 +0900\n", b"")  # long ago
    second = identity(git)
    assert [line for line in asked if line.startswith("var")] == ["var GIT_AUTHOR_IDENT"]
    assert first.author == first.committer
    assert first.author.offset_minutes == 540
    assert before <= first.author.seconds <= second.author.seconds <= time.time()


@pytest.mark.parametrize(
    ("settings", "environment"),
    [
        ({"committer.name": "Robot"}, {}),
        ({"author.email": "kim@example.com"}, {}),
        ({}, {"GIT_COMMITTER_NAME": "Robot"}),
        ({}, {"GIT_AUTHOR_EMAIL": "kim@example.com"}),
        ({}, {"GIT_COMMITTER_DATE": "1768583400 -0330"}),
        ({"user.name": "Somebody", "user.email": "s@example.com"}, {}),
        ({}, {"EMAIL": "e@example.com"}),
    ],
)
def test_author_and_committer_are_those_git_names(
    tmp_path: Path, settings: dict[str, str], environment: dict[str, str]
) -> None:
    keys = {f"GIT_CONFIG_KEY_{at}": key for at, key in enumerate(settings)}
    values = {f"GIT_CONFIG_VALUE_{at}": value for at, value in enumerate(settings.values())}
    env = {**environment, "GIT_CONFIG_COUNT": str(len(settings)), **keys, **values}
    asked: list[str] = []
    git = counted(tmp_path, asked, **env)
    found = [identity(git), identity(git)][-1]
    assert len([line for line in asked if line.startswith("var")]) <= 2
    for who, name in ((found.author, "AUTHOR"), (found.committer, "COMMITTER")):
        assert git.run("var", f"GIT_{name}_IDENT").text.startswith(f"{who.name} <{who.email}> ")
    assert "GIT_COMMITTER_DATE" not in environment or found.committer.seconds == 1768583400


def test_time_is_in_the_zone_that_git_runs_in(tmp_path: Path) -> None:
    found = [identity(git) for git in [counted(tmp_path, [], TZ="Asia/Kathmandu")] * 2]
    assert [each.author.offset_minutes for each in found] == [345, 345]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("김 <kim@example.com> 5 -0330", Signature("김", "kim@example.com", 5, -210)),
        ("Jos\udce9 <> 1768583400 +0900", Signature("Jos\udce9", "", 1768583400, 540)),
        ("A <b> <c>> 7", Signature("A", "b", 7, 0)),
        (" <> 0", Signature("", "", 0, 0)),
        ("nobody", Signature("", "", 0, 0)),
        ("", Signature("", "", 0, 0)),
    ],
)
def test_line_of_a_person_is_read_whatever_stands_there(line: str, expected: Signature) -> None:
    assert read_signature(line.encode("utf-8", "surrogateescape")) == expected


@pytest.mark.parametrize(
    ("environment", "code", "message", "remedy"),
    [
        (
            {"GIT_CONFIG_KEY_0": "user.name", "GIT_AUTHOR_NAME": ""},
            "no-identity",
            "git does not know who the author is: empty ident name (for <person@example.com>) not allowed.",
            "git config --global user.name 'Your Name'",
        ),
        (
            {
                "GIT_CONFIG_GLOBAL": os.devnull,
                "GIT_CONFIG_KEY_0": "user.useConfigOnly",
                "GIT_CONFIG_VALUE_0": "1",
            },
            "no-identity",
            "git does not know who the author is: no email was given and auto-detection is disabled.",
            "git config --global user.email you@example.com",
        ),
        (
            {"GIT_CONFIG_KEY_0": "x.y", "GIT_COMMITTER_DATE": "soon"},
            "bad-identity",
            "git refuses the committer: invalid date format: soon.",
            "unset GIT_COMMITTER_DATE",
        ),
    ],
)
def test_unusable_identity_is_told_in_words_of_git(
    tmp_path: Path, environment: dict[str, str], code: str, message: str, remedy: str
) -> None:
    with pytest.raises(HotfixError) as caught:
        ask(tmp_path, **{"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_VALUE_0": "", **environment})
    assert [(p.code, p.message, p.remedy.line(), p.exit_code) for p in caught.value.problems] == [
        (code, message, remedy, ExitCode.USAGE)
    ]
