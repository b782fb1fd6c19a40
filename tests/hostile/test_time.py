"""Nothing that a repository contains takes longer than a person waits, or more memory than the machine has."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

import pytest

from tests.cli.stages import fixed, published
from tests.hostile.scenes import assert_no_bug, bounded, has_fix, report_text, said

if TYPE_CHECKING:
    from pathlib import Path

PATIENCE_SECONDS = 15.0
"""Two seconds on an idle machine, and what a busy one adds. What is attacked here takes far longer, or never ends."""

SLOW_MARKDOWN = {
    "heading of spaces": "## A" + " " * 4_000 + "b\n",
    "headings of spaces": ("## A" + " " * 900 + "b\n") * 40,
    "hashes": "## A " + "#" * 100_000 + " b\n",
    "fences": "~~~ a\n" * 15_000,
    "growing fences": "".join("`" * n + "\n" for n in range(600, 3, -1)),
    "images": "![" * 60_000 + "\n",
    "heading of images": "## " + "![" * 60_000 + "\n",
    "links": "[a](" * 40_000 + "\n",
    "brackets": "[" * 100_000 + "\n",
    "comments": "## A " + "<!--" * 40_000 + "\n",
    "comment lines": "<!-- x\n\n" * 15_000,
    "sentinels": "<!-- git-hotfix:timeline -->\n" * 5_000,
    "backticks": "".join("`" * n + " " for n in range(400)) + "\n",
    "spaces": (" " * 200_000) + "x\n",
    "rows": "| a | b | c |\n|---|---|---|\n" + "| 2026-01-01 | x | y |\n" * 8_000,
    "delimiters": "|" + "-" * 50_000 + " x\n" + "|" + "-|" * 50_000 + " x\n",
    "entities": "&" * 100_000 + "\n",
    "parentheses": "## A" + " (a" * 40_000 + "\n",
    "list": "- " * 20_000 + "x\n",
}
TRIED = SLOW_MARKDOWN if os.environ.get("HOTFIX_FUZZ") else ("heading of spaces",)
"""A whole command for each takes long: the readers alone meet their like in tests/record/test_limits.py."""

markdown = pytest.mark.parametrize("name", TRIED)


@markdown
def test_note_in_a_report_with_slow_text_ends(tmp_path: Path, name: str) -> None:
    stage = fixed(tmp_path)
    # somebody tidied the tool's marks away: the places are looked for by their headings
    report = re.sub(r"(?m)^<!-- .*-->\n", "", report_text(stage)).replace("\n## Timeline", "\n## The times")
    stage.alice.commit("More", {stage.report: f"{report}\n## Thoughts\n\n{SLOW_MARKDOWN[name]}"})

    answer = bounded(stage.alice, "note", "restarted", seconds=PATIENCE_SECONDS)

    assert_no_bug(answer)
    assert answer.code != 0 or "restarted" in stage.alice.read(stage.report)


@markdown
def test_changelog_and_backlog_with_slow_text_hold_no_target_for_long(tmp_path: Path, name: str) -> None:
    stage, content = published(tmp_path), SLOW_MARKDOWN[name]
    changelog = f"# Changelog\n\n## Unreleased\n\n### Fixed\n\n- a\n\n{content}\n## 1.0.0 - 2026-01-01\n\n- b\n"
    backlog = f"# Backlog\n\n## Done\n\n- [x] a (2026-01-01)\n\n{content}\n## Later\n\n- b\n"
    stage.bob_pushes("develop", "Our records", {"CHANGELOG.md": changelog, "BACKLOG.md": backlog})

    answer = bounded(stage.alice, "finish", "auth", "-y", seconds=2 * PATIENCE_SECONDS)

    assert_no_bug(answer)
    assert has_fix(stage.remote, "develop"), said(answer)
    after = stage.on_server("develop", "CHANGELOG.md")
    lines = iter(after.split("\n"))
    assert all(line in lines for line in changelog.split("\n")), "more than an insertion"


@pytest.mark.parametrize("pattern", ["*" * 40 + "a", "**/" * 500 + "a"], ids=["stars", "folders"])
def test_wildcards_have_an_end(tmp_path: Path, pattern: str) -> None:
    stage = fixed(tmp_path)
    long = "a" * 200
    stage.alice.commit("A file", {f"src/{long}/{long}.py": "A = 1\n"})
    settings = f"[scope]\nexclude = ['{pattern}']\n[test.map]\n'{pattern}' = 'tests'\n"
    settings += f"[branches]\nrelease = ['{pattern.replace('[', '').replace('**/', '*')}b']\n"
    stage.alice.write(".hotfix.toml", settings)
    stage.bob.git("push", "-q", "origin", f"origin/develop:refs/heads/{'a' * 150}")

    for command in (("status",), ("test",)):
        answer = bounded(stage.alice, *command, seconds=PATIENCE_SECONDS)
        assert_no_bug(answer)


def test_message_of_two_megabytes_does_not_stop_looking(tmp_path: Path) -> None:
    stage = published(tmp_path)
    stage.bob_pushes("main", "Long\n\n" + f"Rollback-Of: {'0' * 40}\n" * 40_000, {"a.txt": "a\n"})

    for command in (("status", "auth"), ("cleanup", "auth")):
        answer = bounded(stage.alice, *command, seconds=PATIENCE_SECONDS)
        assert_no_bug(answer)


def test_trailer_that_goes_on_for_ever_is_read_in_time(tmp_path: Path) -> None:
    stage = published(tmp_path)
    stage.bob_pushes("main", "Long\n\nHotfix-Id: x\n" + " y\n" * 100_000, {"a.txt": "a\n"})
    stage.bob.git("tag", "-a", "-F", "-", "hotfix-20990101-0000", stdin="x\n\nHotfix-Id: x\n" + " y\n" * 100_000)
    stage.bob.git("push", "-q", "origin", "hotfix-20990101-0000")

    for command in (("status", "auth"), ("list",)):
        answer = bounded(stage.alice, *command, seconds=PATIENCE_SECONDS)
        assert_no_bug(answer)
