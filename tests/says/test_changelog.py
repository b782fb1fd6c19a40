"""The changelog of the team: what is there already is the entry, and a second one beside it is nobody's wish."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.says.scenes import begun_by, fixed_by, hints, problems_of, type_in
from tests.support.lab import BUG, FIXED, LOGIN

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.stages import Stage

BY_DAY = "# Changelog\n\n## 2026-01-05\n\n- First release\n\n## 2025-12-24\n\n- Trial\n"
"""A changelog of which nothing says where the next change goes."""
ENTRY = "- The login takes the right password only\n"
POINTER = "# Changelog\n\nSee the [releases](https://example.com/product/releases) on our site.\n"
TOWNCRIER = {
    "towncrier.toml": '[tool.towncrier]\ndirectory = "newsfragments"\nfilename = "NEWS.md"\n',
    "NEWS.md": "# News\n\n<!-- towncrier release notes start -->\n\n## 1.0.0\n\n- First\n",
    "newsfragments/.gitignore": "!.gitignore\n",
}


def names_on(stage: Stage, branch: str) -> list[str]:
    """Return the paths of a branch of the server."""
    return stage.remote.git("ls-tree", "-r", "--name-only", branch).split("\n")


def test_entry_that_the_fix_itself_brings_ends_the_record(tmp_path: Path) -> None:
    stage = begun_by(tmp_path, {"CHANGELOG.md": BY_DAY})
    alice = stage.alice
    after = BY_DAY.replace("## 2026-01-05\n\n", f"## 2026-01-05\n\n{ENTRY}")
    alice.commit("Check the password", {LOGIN: alice.replace(LOGIN, BUG, FIXED), "CHANGELOG.md": after})
    said = alice.hotfix("finish", "-y", check=0)
    assert "CHANGELOG.md" not in said.err
    for branch in ("main", "develop", "release/1.1"):
        assert stage.on_server(branch, "CHANGELOG.md").count(ENTRY) == 1, branch
        assert stage.hotfix not in stage.on_server(branch, "CHANGELOG.md"), branch  # and none of ours beside it
    alice.hotfix("document", "auth", check=0)
    alice.hotfix("cleanup", "auth", check=0)


def test_changelog_that_is_not_understood_ends_with_a_line_by_hand(tmp_path: Path) -> None:
    stage = fixed_by(tmp_path, {"CHANGELOG.md": BY_DAY})
    alice = stage.alice
    said = alice.hotfix("finish", "-y", "--json", check=4)
    (message,) = [each for each in problems_of(said) if "CHANGELOG.md" in each]
    line = message.partition("by hand: ")[2]
    assert line
    after = stage.on_server("develop", "CHANGELOG.md").replace("## 2026-01-05\n\n", f"## 2026-01-05\n\n{line}\n")
    stage.bob_pushes("develop", "Add to the changelog", {"CHANGELOG.md": after})
    alice.hotfix("finish", "auth", "-y", check=0)
    assert stage.on_server("develop", "CHANGELOG.md") == after


def test_changelog_that_is_not_understood_ends_with_what_is_hinted_at(tmp_path: Path) -> None:
    stage = fixed_by(tmp_path, {"CHANGELOG.md": BY_DAY})
    first = stage.alice.hotfix("finish", "-y", "--json", check=4)
    said = stage.alice.hotfix("document", "auth", "--json", check=4)
    assert hints(first) == hints(said) == ["git config hotfix.documents.changelog ''"]
    for line in hints(said):
        type_in(stage.alice, line, check=0)
    stage.alice.hotfix("document", "auth", check=0)
    assert stage.on_server("develop", "CHANGELOG.md") == BY_DAY


def test_fragment_that_the_fix_brings_is_the_entry(tmp_path: Path) -> None:
    stage = begun_by(tmp_path, TOWNCRIER)
    alice, fragment, text = stage.alice, "newsfragments/123.bugfix.md", "The login takes the right password only.\n"
    alice.commit("Check the password", {LOGIN: alice.replace(LOGIN, BUG, FIXED), fragment: text})
    alice.hotfix("finish", "-y", check=0)
    for branch in ("develop", "release/1.1", "support/1.0"):
        there = [name for name in names_on(stage, branch) if name.startswith("newsfragments/")]
        assert there == ["newsfragments/.gitignore", fragment], branch
        assert stage.on_server(branch, fragment) == text


PLAIN = "Changes\n=======\n\nUnreleased\n----------\n\n* Reports\n\n1.0.0\n-----\n\n* First\n"


def test_changelog_of_another_name_is_written_as_it_is(tmp_path: Path) -> None:
    stage = fixed_by(tmp_path, {"Changes.rst": PLAIN})
    alice = stage.alice
    alice.hotfix("finish", "-y", check=0)
    assert "CHANGELOG.md" not in names_on(stage, "develop")
    tag = stage.remote.git("tag", "-l", "hotfix-*")
    entry = f"* Check the password (``{tag}``, ``{stage.hotfix}``)\n"
    assert stage.on_server("develop", "Changes.rst") == PLAIN.replace("* Reports\n", f"* Reports\n{entry}")


def test_file_that_only_points_elsewhere_is_left_alone(tmp_path: Path) -> None:
    stage = fixed_by(tmp_path, {"HISTORY.md": POINTER})
    said = stage.alice.hotfix("finish", "-y", check=0)
    assert "CHANGELOG.md" not in names_on(stage, "develop")
    assert stage.on_server("develop", "HISTORY.md") == POINTER
    assert "'HISTORY.md' is left alone: the file only refers to where the changes are listed." in said.err
