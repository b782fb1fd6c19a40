from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from git_hotfix.config.keys import Config
from git_hotfix.config.layers import read_layer, resolve
from git_hotfix.config.table import Key, all_keys
from git_hotfix.config.toml import key_lines, parse_toml, render_toml, toml_value
from git_hotfix.errors import ExitCode, HotfixError

WHERE = ".hotfix.toml"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"[scope]\nmax_files =\n", "'x.toml' is not valid TOML: line 2, column 12: Invalid value."),
        (b"a = 1\nb = '\xff'\n", "'x.toml' is not UTF-8 text (line 2)."),
        (b"\xff\xfea\0", "'x.toml' is not UTF-8 text (line 1)."),
    ],
)
def test_broken_toml_names_file_and_line(content: bytes, message: str) -> None:
    with pytest.raises(HotfixError) as caught:
        parse_toml(content, "x.toml")
    assert [(p.code, p.message, p.exit_code) for p in caught.value.problems] == [("bad-toml", message, ExitCode.USAGE)]


def test_toml_nested_without_end_is_told() -> None:
    with pytest.raises(HotfixError, match=r"^'x\.toml' is not valid TOML: "):
        parse_toml(b"a=" + b"[" * 9999, "x.toml")


def test_byte_order_mark_and_crlf_are_allowed() -> None:
    assert parse_toml(b"\xef\xbb\xbf[scope]\r\nmax_files = 1\r\n", "x") == {"scope": {"max_files": 1}}


def test_rendered_file_without_values_says_nothing() -> None:
    assert resolve([read_layer(parse_toml(render_toml({}).encode(), WHERE), WHERE)]).config == Config()
    assert set(resolve([read_layer(parse_toml(render_toml({}).encode(), WHERE), WHERE)]).origins.values()) == {
        "default"
    }


def test_rendered_defaults_are_live_after_removing_the_comment_sign() -> None:
    uncommented = re.sub(r"(?m)^# (?=[a-z_]+ = )", "", render_toml({}))
    settings = resolve([read_layer(parse_toml(uncommented.encode(), WHERE), WHERE)])
    assert settings.config == Config()
    assert set(settings.origins.values()) == {WHERE}


def test_rendered_section_is_ordinary_toml() -> None:
    rendered = render_toml({"names.ascii": True, "test.map": {"src/*": ["a", "b"]}, "test.command": None})
    assert rendered.partition("[names]")[2].partition("[scope]")[0] == (
        "\n# Ask for an ASCII name when the title is in another script.\n"
        "ascii = true\n"
        "\n[test]\n"
        "# The critical tests; {paths}, {files}, {base} become arguments; empty: detected.\n"
        'command = ""\n'
        '# The {paths} of changed files, such as { "src/auth/**" = "tests/auth" }.\n'
        'map = { "src/*" = ["a", "b"] }\n'
        "# Test the merged tree too when production has moved.\n"
        "# merged = false\n"
        "# Output that means 'no tests ran' (a regular expression).\n"
        '# none_pattern = ""\n\n'
    )


@given(
    command=st.text(),
    paths=st.lists(st.text(), max_size=3),
    table=st.dictionaries(st.text(), st.lists(st.text(), min_size=1), max_size=3),
)
def test_rendered_values_parse_back(command: str, paths: list[str], table: dict[str, list[str]]) -> None:
    values = {"deploy.command": command, "worktree.copy": paths, "test.map": table}
    parsed = parse_toml(render_toml(values).encode("utf-8"), "x")
    assert {section: keys for section, keys in parsed.items() if keys} == {
        "deploy": {"command": command},
        "worktree": {"copy": paths},
        "test": {"map": table},
    }


def test_rendering_an_unknown_key_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"unknown keys: a\.b"):
        render_toml({"a.b": 1})


@pytest.mark.parametrize(("key", "written"), [(all_keys()["deploy.command"], '""'), (all_keys()["test.map"], "{}")])
def test_unset_value_is_written_empty(key: Key, written: str) -> None:
    assert toml_value(key, key.default) == written


def test_lines_of_keys_are_told_as_far_as_they_are_written_plainly() -> None:
    content = b'\xef\xbb\xbf# team\n[test]\n  command = "x"\nmap = { a = "b" }\n\n[ scope ]\nmode="warn"\n"q" = 1\n'
    lines = {"test": 2, "test.command": 3, "test.map": 4, "scope": 6, "scope.mode": 7}
    assert key_lines(content) == lines
    assert key_lines(b"[tool.git-hotfix.test]\ncommand = 1\n", "tool.git-hotfix") == {"test": 1, "test.command": 2}
    settings = resolve([read_layer(parse_toml(b"[scope]\nmode = 1\n", "x"), "x", {"scope.mode": 2})])
    assert settings.problems[0].message.startswith("'scope.mode' in x:2 must be ")
