"""What helps is one command: argument lists that are quoted in one place, and nothing else is a remedy."""

from __future__ import annotations

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from git_hotfix.errors import Remedy, again, command

words = st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])), min_size=1, max_size=5)


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
