"""What others wrote is read within limits, and nothing stays open."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from git_hotfix.limits import read_file, read_json


def test_folder_is_no_regular_file_and_leaves_nothing_open(tmp_path: Path) -> None:
    before = os.listdir("/proc/self/fd") if Path("/proc/self/fd").is_dir() else []  # noqa: PTH208  # names alone
    for _ in range(3):
        with pytest.raises(OSError, match="Is a directory"):
            read_file(tmp_path)
    assert before == [] or len(os.listdir("/proc/self/fd")) == len(before)  # noqa: PTH208


@pytest.mark.parametrize("text", ["Infinity", "[-Infinity]", '{"a": NaN}', "1e999", "-1e999", "9" * 5000, "[" * 90_000])
def test_json_with_numbers_or_lists_without_end_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        read_json(text)


def test_json_is_read() -> None:
    assert read_json('{"a": [1, 1.5e3, null]}') == {"a": [1, 1500.0, None]}
