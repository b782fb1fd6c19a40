from __future__ import annotations

import pytest

from git_hotfix.record.markdown_reader import Unclear, read_document
from git_hotfix.record.splice import insert_lines, reads_as_before, remove_lines


@pytest.mark.parametrize(
    ("raw", "line", "made"),
    [
        (b"a\nb\n", 0, b"x\ny\na\nb\n"),
        (b"a\nb\n", 1, b"a\nx\ny\nb\n"),
        (b"a\nb\n", 2, b"a\nb\nx\ny\n"),
        (b"a\nb", 2, b"a\nb\nx\ny"),
        (b"a\r\nb\n", 1, b"a\r\nx\r\ny\r\nb\n"),
        (b"a\nb\r\n", 1, b"a\nx\ny\nb\r\n"),
        (b"a\r\nb", 2, b"a\r\nb\r\nx\r\ny"),
        (b"a", 1, b"a\nx\ny"),
        (b"", 0, b"x\ny\n"),
        (b"\xef\xbb\xbfa\n", 0, b"\xef\xbb\xbfx\ny\na\n"),
        ("a\u2028\x0b\x0c\x85\n".encode(), 1, "a\u2028\x0b\x0c\x85\nx\ny\n".encode()),
    ],
)
def test_lines_are_put_in_with_the_line_end_of_their_neighbours(raw: bytes, line: int, made: bytes) -> None:
    assert insert_lines(read_document(raw), line, ["x", "y"]) == made
    lines = read_document(made)
    assert remove_lines(lines, range(line, line + 2)) == raw


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("# x".encode("utf-16"), "The file is UTF-16 text, not UTF-8."),
        (b"a\r\nb\xff", "The file is not UTF-8 text (line 2)."),
        (b"a\0b", "The file has NUL bytes, so it is not text."),
    ],
)
def test_file_that_is_no_text_is_told(raw: bytes, reason: str) -> None:
    with pytest.raises(Unclear) as raised:
        read_document(raw)
    assert raised.value.reason == reason


def test_front_matter_fences_and_comments_hide_headings() -> None:
    raw = b"---\ntitle: x\n# Done\n---\n# A\n```\n# B\n```\n<!--\n# C\n\n# D\n-->\n> # E\n\nF\n===\n"
    assert [block.text for block in read_document(raw).blocks if block.kind == "heading"] == ["A", "F"]


def test_rule_at_the_beginning_is_no_front_matter() -> None:
    assert [block.text for block in read_document(b"---\n\n# A\n\n---\n").blocks if block.kind == "heading"] == ["A"]


def test_file_reads_as_before_only_without_side_effects() -> None:
    before = read_document(b"a\n\nb\n")
    assert reads_as_before(before, read_document(b"a\n\nx\n\nb\n"), range(2, 3))
    assert not reads_as_before(before, read_document(b"a\n---\n\nb\n"), range(1, 2))
    assert not reads_as_before(before, read_document(b"a\n\n```\nb\n"), range(2, 3))
