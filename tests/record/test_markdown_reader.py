"""The one reader: what stands on which lines, and what it costs."""

from __future__ import annotations

import sys

import pytest

from git_hotfix.record.blocks import cells_of
from git_hotfix.record.entry_style import cell_edges
from git_hotfix.record.markdown_reader import (
    Document,
    Heading,
    Unclear,
    document_of,
    read_document,
)
from git_hotfix.record.report import render_new
from tests.record.reports import EN, NEW
from tests.support.processes import run
from tests.support.source import ROOT


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("# x".encode("utf-16"), "The file is UTF-16 text, not UTF-8."),
        (b"a\r\nb\xff", "The file is not UTF-8 text (line 2)."),
        (b"a\0b", "The file has NUL bytes, so it is not text."),
        (
            b"a\r<<<<<<< x\r=======\r>>>>>>> y\r",
            "The file has the marks of a conflict that is not resolved (line 2).",
        ),
    ],
)
def test_file_that_is_no_text_is_refused(raw: bytes, reason: str) -> None:
    with pytest.raises(Unclear) as raised:
        read_document(raw)
    assert str(raised.value) == reason


def test_front_matter_fences_and_comments_hide_headings() -> None:
    raw = b"---\ntitle: x\n# Done\n---\n# A\n```\n# B\n```\n<!--\n# C\n\n# D\n-->\n> # E\n\nF\n===\n"
    assert [block.text for block in read_document(raw).blocks if block.kind == "heading"] == ["A", "F"]


def test_rule_at_the_beginning_is_no_front_matter() -> None:
    assert [block.text for block in read_document(b"---\n\n# A\n\n---\n").blocks if block.kind == "heading"] == ["A"]


@pytest.mark.parametrize("raw", [b"<<<<<<< x\n", b">>>>>>> y\n<<<<<<< x\n", b"a <<<<<<< x\n>>>>>>> y\n"])
def test_marks_that_make_no_conflict_are_text(raw: bytes) -> None:
    assert read_document(raw).raw == raw


def test_lines_end_where_markdown_ends_them() -> None:
    document = Document("\ufeffa\u2028b\x85c\x0bd\x0ce\rf\r\n\ng".encode())
    assert document.lines == ["a\u2028b\x85c\x0bd\x0ce", "f", "", "g"]
    assert document.ends == ["\r", "\r\n", "\n", ""]
    assert document.offsets == [3, 16, 19, 20, 21]


def test_report_is_read_line_by_line_whatever_was_forgotten() -> None:
    """What a parser takes as one endless fence or comment is text here."""
    raw = b"---\n# not\n---\n# A #\n```\n## 2. B\t##\n<!--\n### C\n<!-- git-hotfix:x -->\n<!-- /git-hotfix:x -->\n"
    document = Document(raw)
    assert document.headings() == [Heading(3, 1, "A", 10), Heading(5, 2, "B", 10), Heading(7, 3, "C", 10)]
    assert document.owned_block("x") == range(9, 9)
    closed = Document(raw + b"```\n")
    assert closed.headings() == [Heading(3, 1, "A", 11)]
    assert closed.owned_block("x") is None


def test_cells_of_a_row() -> None:
    assert cells_of(r"| a \| b | | c |") == [r"a \| b", "", "c"]
    assert cells_of("|") == [""]
    assert cell_edges(r"|a\||") == [0, 4]


def test_report_needs_no_parser_and_one_language_is_read_for_its_words() -> None:
    code = (
        "import sys; from git_hotfix.record import frontmatter, report, retrospective, words, followups;"
        "raw = sys.stdin.buffer.read();"
        "front = frontmatter.read_front_matter(raw, 'x'); words.words_in('en');"
        "print(words.words_in.cache_info().currsize);"
        "report.read_report(raw, 'x'); followups.follow_ups_of(raw); retrospective.with_section(raw);"
        "print('markdown_it' in sys.modules)"
    )
    answer = run(sys.executable, "-c", code, directory=ROOT, stdin=render_new(NEW, EN).content)
    assert (answer.code, answer.out, answer.err) == (0, "1\nFalse\n", "")


def test_the_same_bytes_are_parsed_once() -> None:
    raw = b"# Changelog\n\n- one\n"
    assert read_document(raw) is read_document(bytes(bytearray(raw)))
    assert document_of(raw) is read_document(raw)
