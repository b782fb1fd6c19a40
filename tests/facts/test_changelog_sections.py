"""Under which version a changelog names a hotfix, whatever anybody has written into it."""

from __future__ import annotations

import pytest

from git_hotfix.facts.changelog_sections import _heading_above
from tests.support.facts import HOTFIX, facts

NAMED = f"# Log\n\n## 1.1.0\n\n- Fix ({HOTFIX})\n"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (NAMED, "1.1.0"),
        (f"x{HOTFIX} {HOTFIX}-2\n{NAMED}", "1.1.0"),
        (f"# Log\n\n## 1.1.0\n\n- x{HOTFIX}, {HOTFIX}", "1.1.0"),
        (f"x{HOTFIX} " * 50_000 + f"\n\n{NAMED}", "1.1.0"),
        (f"x{HOTFIX}\n" * 50, None),
    ],
    ids=lambda value: str(value)[:20],
)
def test_version_that_a_hotfix_is_named_under(content: str, expected: str | None) -> None:
    assert _heading_above(content.encode(), facts()) == expected
