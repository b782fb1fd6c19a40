from __future__ import annotations

import datetime as dt
import re
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import fields, replace

from git_hotfix.config.keys import Config, CriticalTests, Deploy, Incident, Remote, Scope, Tag
from git_hotfix.config.layers import Setting, UnknownSetting, read_layer, resolve, value_of
from git_hotfix.config.table import all_keys
from git_hotfix.config.toml import parse_toml
from git_hotfix.errors import ExitCode, Problem, Remedy, command

WHERE = ".hotfix.toml"


def problems_of(data: dict[str, object]) -> list[tuple[str, str]]:
    wrong = resolve([read_layer(data, WHERE)]).wrong
    assert {problem.exit_code for problem in wrong} == {ExitCode.USAGE}
    return [(problem.code, problem.message) for problem in wrong]


def read(text: str) -> Config:
    return resolve([read_layer(parse_toml(text.encode(), WHERE), WHERE)]).config


def test_no_layer_gives_all_defaults() -> None:
    settings = resolve([])
    assert settings.config == Config()
    assert settings.origins == dict.fromkeys(all_keys(), "default")


def test_keys_are_those_of_the_sections() -> None:
    names = [
        f"{section.name}.{key.name}" for section in fields(Config) for key in fields(getattr(Config(), section.name))
    ]
    assert list(all_keys()) == names
    assert {dotted: value_of(Config(), key) for dotted, key in all_keys().items()} == {
        dotted: key.default for dotted, key in all_keys().items()
    }


def test_every_key_has_a_meaning_on_one_line() -> None:
    assert [key.dotted for key in all_keys().values() if not re.fullmatch(r"[^\n]{10,100}[.)]", key.doc)] == []


def test_git_names_take_no_underscore() -> None:
    assert all_keys()["scope.max_files"].git_name == "hotfix.scope.maxFiles"
    assert all_keys()["test.none_pattern"].git_name == "hotfix.test.nonePattern"
    assert all_keys()["deploy.command"].git_name == "hotfix.deploy.command"


def test_file_with_every_kind_of_key_gives_typed_values() -> None:
    config = read(
        """
        [tag]
        also = ["v{next_patch}"]
        timezone = "UTC"
        [test]
        command = "make test"
        map = { "src/auth/**" = "tests/auth", "src/b/*" = ["tests/b", "tests/c"] }
        merged = true
        [scope]
        max_files = 3
        mode = "refuse"
        exclude = []
        [deploy]
        trigger = "push"
        [incident]
        directory = "./incidents/"
        """
    )
    assert config == replace(
        Config(),
        tag=Tag(also=("v{next_patch}",), timezone="UTC"),
        test=CriticalTests(
            command="make test",
            map=(("src/auth/**", ("tests/auth",)), ("src/b/*", ("tests/b", "tests/c"))),
            merged=True,
        ),
        scope=Scope(max_files=3, mode="refuse", exclude=()),
        deploy=Deploy(trigger="push"),
        incident=Incident(directory="incidents"),
    )


def test_stronger_layer_wins_and_origins_say_so() -> None:
    settings = resolve(
        [
            {"scope.max_files": Setting(3, "git config (local)")},
            read_layer({"scope": {"max_files": 5, "max_lines": 6}}, WHERE),
        ]
    )
    assert settings.config.scope == Scope(max_files=3, max_lines=6)
    assert {key: origin for key, origin in settings.origins.items() if origin != "default"} == {
        "scope.max_files": "git config (local)",
        "scope.max_lines": WHERE,
    }


def test_no_fix_decides_its_own_deployment_or_review() -> None:
    fix = resolve([read_layer({"remote": {"pull_request": [], "reviewers": ["mallory"], "timeout": 3}}, WHERE)])
    base = resolve(
        [read_layer({"remote": {"pull_request": ["main"], "timeout": 9}, "deploy": {"command": "b"}}, WHERE)]
    )
    known = fix.deploying_as(base)
    assert known.config.remote == Remote(pull_request=("main",), reviewers=("mallory",), timeout=3)
    assert known.config.deploy.command == "b"
    assert known.origins["remote.pull_request"] == base.origins["remote.pull_request"]


def test_empty_text_unsets_what_a_weaker_layer_says() -> None:
    weak = read_layer({"deploy": {"command": "make deploy"}}, "weak")
    strong = read_layer({"deploy": {"command": ""}}, "strong")
    settings = resolve([strong, weak])
    assert settings.config.deploy == Deploy(command=None)
    assert settings.origins["deploy.command"] == "strong"


@pytest.mark.parametrize(
    ("deploy", "trigger"),
    [
        (Deploy(), "none"),
        (Deploy(command="make deploy"), "command"),
        (Deploy(command="make deploy", trigger="push"), "push"),
        (Deploy(command="make deploy", trigger="manual"), "manual"),
    ],
)
def test_trigger_follows_the_command_unless_configured(deploy: Deploy, trigger: str) -> None:
    assert deploy.trigger_where(has_guide=False) == trigger
    assert deploy.trigger_where(has_guide=True) == trigger.replace("none", "manual")


def test_trigger_command_without_a_command_is_told() -> None:
    assert resolve([read_layer({"deploy": {"trigger": "command"}}, WHERE)]).problems == (
        Problem(
            "bad-setting",
            "'deploy.trigger' in .hotfix.toml is 'command', but 'deploy.command' is not set.",
            command("git", "config", "hotfix.deploy.command", "make deploy-prod"),
            ExitCode.USAGE,
        ),
    )


@pytest.mark.parametrize(
    ("data", "found", "nearest"),
    [
        ({"scop": {"max_files": 1}}, "scop", "scope"),
        ({"production": "main"}, "production", "branches.production"),
        ({"scope": {"maxFiles": 1}}, "scope.maxFiles", "scope.max_files"),
        ({"scope": {"max_file": 1}}, "scope.max_file", "scope.max_files"),
        ({"deploy": {"max_lines": 1}}, "deploy.max_lines", "scope.max_lines"),
        ({"deploy": {"cmd": "x"}}, "deploy.cmd", "deploy.command"),
        ({"messages": {"merge": "x"}}, "messages", "message"),
        ({"scope": {"": 1}}, "scope.", "scope.mode"),
    ],
)
def test_unknown_key_names_the_nearest(data: dict[str, object], found: str, nearest: str) -> None:
    settings = resolve([read_layer(data, WHERE)])
    message = f"Unknown key '{found}' in .hotfix.toml. Did you mean '{nearest}'?"
    remedy = Remedy((".hotfix.toml",), in_editor=True)
    meant = (f"{found}.", f"{nearest}.")
    assert settings.wrong == (UnknownSetting("unknown-setting", message, remedy, ExitCode.USAGE, meant=meant),)


def test_what_is_wrong_holds_nothing_else_of_its_source() -> None:
    strong = read_layer(
        {"scop": 1, "scope": {"max_files": "ten", "mode": "refuse"}, "deploy": {"comand": "x"}}, "strong"
    )
    settings = resolve([strong, read_layer({"scope": {"max_files": 5}}, "weak")])
    assert (settings.config.scope.max_files, settings.config.scope.mode) == (5, "refuse")
    assert [each.code for each in settings.problems] == ["bad-setting"]
    assert [each.meant[-1] for each in settings.unknown] == ["scope.", "deploy.command."]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({}, ""),
        ({"deploy": {"comand": "x"}}, "deploy."),
        ({"deploi": {"command": "x"}}, "deploy."),
        ({"brnch": {"x": 1}}, "branches."),
        ({"scope": {"mode": 1}}, "deploy. branches."),
    ],
)
def test_what_an_unknown_key_may_be_meant_for_is_in_doubt(data: dict[str, object], expected: str) -> None:
    settings = resolve([read_layer(data, WHERE)])
    assert " ".join(each for each in ("deploy.", "branches.") if settings.is_in_doubt(each)) == expected


@pytest.mark.parametrize(
    ("section", "key", "value", "reason"),
    [
        ("scope", "max_files", "ten", 'must be a whole number, not "ten"'),
        ("scope", "max_files", True, "must be a whole number, not true"),
        ("scope", "max_files", 1.5, "must be a whole number, not 1.5"),
        ("scope", "max_files", -1, "must be between 0 and 1000000000, not -1"),
        ("scope", "mode", "stop", "must be 'warn' or 'refuse', not 'stop'"),
        ("scope", "mode", "", "must not be empty"),
        ("scope", "exclude", "*.lock", 'must be a list of texts, not "*.lock"'),
        ("scope", "exclude", [1], "must be a list of texts, not [1]"),
        ("scope", "exclude", [""], "must not contain an empty text"),
        ("start", "push", "yes", 'must be true or false, not "yes"'),
        ("start", "push", dt.date(2026, 1, 17), 'must be true or false, not "2026-01-17"'),
        ("deploy", "command", ["make"], 'must be text, not ["make"]'),
        ("deploy", "command", "a\0b", "contains a NUL character"),
        ("deploy", "trigger", 1, "must be 'command' or 'push' or 'manual' or 'none', not 1"),
        ("branches", "production", "-x", "must be a name that git accepts, not '-x'"),
        ("branches", "prefix", "hot fix/", "must be a name that git accepts, not 'hot fix/x'"),
        ("branches", "release", ["a..b*"], "must be a name that git accepts, not 'a..bx'"),
        ("branches", "release_days", 0, "must be between 1 and 36500, not 0"),
        ("tag", "format", "hotfix-%H:%M", "must be a name that git accepts, not 'hotfix-02:10'"),
        ("tag", "also", ["v{next}"], "may contain '{next_patch}' and no other placeholder, not 'v{next}'"),
        ("tag", "timezone", "Mars", "must be 'local', 'UTC' or a time zone such as 'Asia/Seoul', not 'Mars'"),
        ("tag", "timezone", "Asia", "must be 'local', 'UTC' or a time zone such as 'Asia/Seoul', not 'Asia'"),
        ("tag", "timezone", "../x", "must be 'local', 'UTC' or a time zone such as 'Asia/Seoul', not '../x'"),
        ("test", "map", "x", 'must be a table of texts or lists of texts, not "x"'),
        ("test", "map", {"a": 1}, "must give 'a' a text or a list of texts, not 1"),
        ("test", "map", {"a": []}, "must give 'a' a text or a list of texts, not []"),
        (
            "test",
            "none_pattern",
            "(",
            "is not a regular expression: missing ), unterminated subpattern at position 0",
        ),
        ("incident", "directory", "/etc", "must be a path relative to the top of the repository, not '/etc'"),
        (
            "incident",
            "directory",
            "C:\\x",
            "must be a path relative to the top of the repository, not 'C:\\x'",
        ),
        (
            "incident",
            "directory",
            "a/../../b",
            "must stay inside the repository and out of '.git', not 'a/../../b'",
        ),
        (
            "incident",
            "template",
            ".GIT/config",
            "must stay inside the repository and out of '.git', not '.GIT/config'",
        ),
        ("incident", "directory", ".", "must name something below the top of the repository, not '.'"),
        ("worktree", "copy", ["../.env"], "must stay inside the repository and out of '.git', not '../.env'"),
        (
            "message",
            "merge",
            "{who}",
            ("uses the unknown placeholder '{who}' (known: {description} {id} {slug} {issue} {severity} {tag})"),
        ),
    ],
)
def test_wrong_value_names_key_expected_and_found(section: str, key: str, value: object, reason: str) -> None:
    assert problems_of({section: {key: value}}) == [("bad-setting", f"'{section}.{key}' in .hotfix.toml {reason}.")]


def test_section_that_is_no_table_is_told() -> None:
    assert problems_of({"scope": 3}) == [("bad-setting", "'scope' in .hotfix.toml must be a table, not 3.")]


def test_several_problems_are_told_together() -> None:
    assert [code for code, _ in problems_of({"scope": {"mode": 1, "x": 1}, "start": {"push": 1}})] == [
        "bad-setting",
        "bad-setting",
        "unknown-setting",
    ]


@pytest.mark.parametrize(("name", "zone"), [("local", None), ("UTC", dt.UTC), ("Asia/Seoul", ZoneInfo("Asia/Seoul"))])
def test_time_zone_becomes_a_value(name: str, zone: dt.tzinfo | None) -> None:
    assert Tag(timezone=name).zone == zone
