"""Which branch the subject of a merge names: as git, git-flow and the forges write it, and not where it went."""

from __future__ import annotations

import pytest

from git_hotfix.facts.merged_branches import named_branch


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("Merge branch 'hotfix/1.2.1'", "hotfix/1.2.1"),
        ("Merge branch 'hotfix/1.2.1' into develop", "hotfix/1.2.1"),
        ("Merge remote-tracking branch 'origin/hotfix/1.2.1'", "hotfix/1.2.1"),
        ("Merge pull request #12 from team/hotfix/login", "hotfix/login"),
        ("Merged in hotfix/login (pull request #3)", "hotfix/login"),
        ("Merge branch 'hotfix/login' into 'main'", "hotfix/login"),
        ("Merge branch 'hotfix/20260117-로그인' of example.org:shop", "hotfix/20260117-로그인"),
        ("Merge branch 'main' into hotfix/1.2.1", None),
        ("Merge branch 'hotfix/a' into hotfix/b", None),
        ("Merge branch 'main' into 'hotfix/1.2.1'", None),
        ("Merge branch 'nohotfix/1'", None),
        ("Merge the hotfix/ prefix", None),
    ],
)
def test_branch_that_a_merge_names(subject: str, expected: str | None) -> None:
    assert named_branch(subject, "hotfix/") == expected
