"""Changelogs and backlogs in the forms that people keep them in.

``corpus/NAME.md`` (``.rst``, ``.txt``) is a file, ``NAME.expected`` the whole file afterwards (where it changes),
``NAME.outcome`` what each step came to. Every file is tried again with other line ends, with a byte order mark and
without a final newline.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from git_hotfix.record.splice import Inserted
from tests.record.examples import CORPUS, outcome, steps_of

if TYPE_CHECKING:
    from collections.abc import Callable

FILES = sorted(path.name for path in CORPUS.iterdir() if path.suffix not in {".expected", ".outcome"})
BOM = b"\xef\xbb\xbf"


def with_crlf(content: bytes) -> bytes:
    return re.sub(rb"\r\n|\r|\n", b"\r\n", content)


def with_bom(content: bytes) -> bytes:
    return BOM + content


def without_final_newline(content: bytes) -> bytes:
    return re.sub(rb"(?:\r\n|\r|\n)\Z", b"", content)


VARIANTS: tuple[Callable[[bytes], bytes], ...] = (with_crlf, with_bom, without_final_newline)


def expected(name: str) -> bytes:
    """Return what a file is to become."""
    after = (CORPUS / name).with_suffix(".expected")
    return after.read_bytes() if after.exists() else (CORPUS / name).read_bytes()


def is_one_insertion(before: bytes, after: bytes) -> bool:
    """Whether ``after`` is ``before`` with something put in at one place."""
    same = next((at for at, (was, now) in enumerate(zip(before, after, strict=False)) if was != now), len(before))
    return len(after) > len(before) and after.endswith(before[same:])


def test_corpus_is_large_enough() -> None:
    assert len(FILES) > 100


def test_every_file_becomes_what_is_expected() -> None:
    wrong = []
    for name in FILES:
        content, told = outcome(name, (CORPUS / name).read_bytes())
        if (content, told) != (expected(name), (CORPUS / name).with_suffix(".outcome").read_text("utf-8")):
            wrong.append((name, told, content))
    assert wrong == []


def test_second_time_changes_nothing() -> None:
    for name in FILES:
        once, told = outcome(name, (CORPUS / name).read_bytes())
        twice, again = outcome(name, once)
        assert twice == once
        assert "inserted" not in again
        assert again.count("refused") == told.count("refused")


@pytest.mark.parametrize("variant", [lambda content: content, *VARIANTS], ids=["as it is", "crlf", "bom", "no newline"])
def test_every_edit_is_one_insertion(variant: Callable[[bytes], bytes]) -> None:
    wrong = []
    for name in FILES:
        content = variant((CORPUS / name).read_bytes())
        for step, edit in steps_of(name):
            made = edit(content)
            if isinstance(made, Inserted):
                is_less = len(made.content) < len(content)
                is_pure = is_one_tick if step == "finished" and not is_less else is_one_insertion
                less, more = (made.content, content) if is_less else (content, made.content)
                if not is_pure(less, more) or "fix-auth-bypass" not in entry_at(replace(made, content=more)):
                    wrong.append((name, step))
                content = made.content
    assert wrong == []


def is_one_tick(before: bytes, after: bytes) -> bool:
    """Whether an empty box was ticked, or a status changed, on one line."""
    was, now = (re.split(rb"(?<=[\r\n])", content) for content in (before, after))
    changed = [(old, new) for old, new in zip(was, now, strict=True) if old != new]
    ticked = [(old.replace(b"[ ]", b"[x]").replace(b"| Open |", b"| Done |"), new) for old, new in changed]
    return len(ticked) == 1 and ticked[0][0] == ticked[0][1]


def entry_at(made: Inserted) -> str:
    """Return the line that an edit says the entry is on, and the next one: it may be wrapped."""
    return " ".join(re.split("\r\n|\r|\n", made.content.decode())[made.line - 1 : made.line + 1])


@pytest.mark.parametrize("variant", VARIANTS)
def test_line_ends_mark_and_missing_newline_stay(variant: Callable[[bytes], bytes]) -> None:
    wrong = []
    for name in FILES:
        if re.search(r"utf-16|empty\.md|blank-lines-only", name):
            continue  # not text, or without a line to take after
        content, told = outcome(name, variant((CORPUS / name).read_bytes()))
        if content != variant(expected(name)) or told != (CORPUS / name).with_suffix(".outcome").read_text("utf-8"):
            wrong.append(name)
    assert wrong == []
