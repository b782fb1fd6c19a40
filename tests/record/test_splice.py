from __future__ import annotations

import pytest

from git_hotfix.record.markdown_reader import Document, read_document
from git_hotfix.record.splice import reads_as_before


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
    assert read_document(raw).inserted(line, ["x", "y"]) == made
    lines = read_document(made)
    assert lines.replaced(range(line, line + 2), ()) == raw


@pytest.mark.parametrize(
    ("raw", "lines", "texts", "made"),
    [
        (b"a\nb\r\nc\n", range(1, 2), ["x"], b"a\nx\r\nc\n"),
        (b"a\nb\nc", range(1, 3), ["x", "y"], b"a\nx\ny"),
        (b"a\nb", range(1, 2), [], b"a"),
        (b"a", range(1), ["x"], b"x"),
        (b"a\xff\nb\n", range(1, 2), ["\udcfe"], b"a\xff\n\xfe\n"),
    ],
)
def test_lines_are_replaced_and_every_other_byte_stays(raw: bytes, lines: range, texts: list[str], made: bytes) -> None:
    assert Document(raw).replaced(lines, texts) == made


def test_file_reads_as_before_only_without_side_effects() -> None:
    before = read_document(b"a\n\nb\n")
    assert reads_as_before(before, read_document(b"a\n\nx\n\nb\n"), range(2, 3))
    assert not reads_as_before(before, read_document(b"a\n---\n\nb\n"), range(1, 2))
    assert not reads_as_before(before, read_document(b"a\n\n```\nb\n"), range(2, 3))
