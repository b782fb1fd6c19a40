from __future__ import annotations

from os.path import commonprefix

import pytest
from hypothesis import given
from hypothesis import strategies as st

from git_hotfix.record.blocks import read_block, replace_block
from tests.record.reports import EN

OPEN, CLOSE = b"<!-- git-hotfix:timeline -->\n", b"<!-- /git-hotfix:timeline -->\n"

SCRAPS = st.lists(
    st.sampled_from(
        [
            *[
                "<!-- git-hotfix:timeline -->",
                "<!-- /git-hotfix:timeline -->",
                "<!-- git-hotfix:resolution -->",
            ],
            *["```", "~~~~", "```python", "<!--", "-->", "---", "## Timeline", "# 2. timeline #", "text", ""],
            *["  <!-- /git-hotfix:resolution -->", "\ufeff", "a\u2028b", "| a | b |", "    code"],
        ]
    ),
    max_size=12,
)


def is_one_insertion(before: bytes, after: bytes) -> bool:
    """Whether ``after`` is ``before`` (its last line ended) with something put in at one place."""
    end = b"\r\n" if b"\r\n" in before[: before.find(b"\n") + 1] else b"\n"
    ended = before if before.endswith(b"\n") or not before else before + end
    same = len(commonprefix([ended, after])) + len(commonprefix([ended[::-1], after[::-1]]))  # noqa: RUF071  # bytes
    return len(after) > len(before) and same >= len(ended)


@given(SCRAPS, st.sampled_from(["\n", "\r\n"]), st.sampled_from(["", "\n"]))
def test_block_is_there_after_it_was_written_whatever_the_report(scraps: list[str], end: str, last: str) -> None:
    content = (end.join(scraps) + last).encode()
    once = replace_block(content, "timeline", "| a |\n| - |", EN)
    found = read_block(once, "timeline")
    assert found is not None
    assert found == "\n| a |\n| - |\n\n"
    assert replace_block(once, "timeline", "| a |\n| - |", EN) == once
    both = replace_block(once, "resolution", "- x", EN)
    assert read_block(both, "timeline") == found
    if read_block(content, "timeline") is None:
        assert is_one_insertion(content, once)


def test_only_the_inside_is_replaced() -> None:
    content = b"before \r\n" + OPEN + b"old\nold\n" + CLOSE + b"after\x85\xff"
    expected = b"before \r\n" + OPEN + b"\nnew\n\n" + CLOSE + b"after\x85\xff"
    assert replace_block(content, "timeline", "new", EN) == expected


def test_windows_line_ends_stay() -> None:
    content = (b"# x\n" + OPEN + CLOSE).replace(b"\n", b"\r\n")
    expected = (b"# x\n" + OPEN + b"\na\nb\n\n" + CLOSE).replace(b"\n", b"\r\n")
    assert replace_block(content, "timeline", "a\nb", EN) == expected


def test_missing_block_comes_at_the_end_with_its_heading() -> None:
    expected = b"# x\n\n## Timeline\n\n" + OPEN + b"\nnew\n\n" + CLOSE
    assert replace_block(b"# x", "timeline", "new", EN) == expected


def test_missing_block_comes_below_the_heading_that_people_have() -> None:
    content = b"# x\n### 4. TIMELINE ###\nours\n## Next\n"
    expected = b"# x\n### 4. TIMELINE ###\n\n" + OPEN + b"\nnew\n\n" + CLOSE + b"\nours\n## Next\n"
    assert replace_block(content, "timeline", "new", EN) == expected


@pytest.mark.parametrize("fence", [b"```\n", b"~~~ text\n", b"  ````md\n"])
def test_sentinels_in_fenced_code_are_quoted_text(fence: bytes) -> None:
    closing = fence.strip().rstrip(b" tex").rstrip(b"md") + b"\n"
    quoted = fence + OPEN + b"quoted\n" + CLOSE + closing
    content = quoted + OPEN + b"old\n" + CLOSE
    assert replace_block(content, "timeline", "new", EN) == quoted + OPEN + b"\nnew\n\n" + CLOSE


def test_fence_that_never_ends_hides_no_block() -> None:
    content = b"```\n" + OPEN + b"old\n" + CLOSE
    assert replace_block(content, "timeline", "new", EN) == b"```\n" + OPEN + b"\nnew\n\n" + CLOSE


def test_lost_closing_sentinel_costs_people_nothing() -> None:
    content = b"## Timeline\n\n" + OPEN + b"rows\n## Mine\ntext\n"
    new = OPEN + b"\nnew\n\n" + CLOSE
    expected = b"## Timeline\n\n" + new + b"\n" + OPEN + b"rows\n## Mine\ntext\n"
    assert replace_block(content, "timeline", "new", EN).replace(b"\n\n\n", b"\n\n") == expected
    assert read_block(expected, "timeline") == "\nnew\n\n"


def test_sentinel_lines_in_front_matter_are_values() -> None:
    head = b"---\n" + OPEN + CLOSE + b"---\n"
    assert replace_block(head, "timeline", "new", EN).startswith(head + b"\n## Timeline\n")
