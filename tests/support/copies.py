"""Folders that are built once a process and copied from then on."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def copied(build: Callable[[Path], object], root: Path) -> Path:
    """Let ``root`` have what ``build`` makes in a folder, and return the folder in which it was made.

    git's index knows other inodes than the copies have: ``git update-index -q --refresh`` where that matters.
    """
    original = _original(build)
    shutil.copytree(original, root, symlinks=True, dirs_exist_ok=True)
    return original


@cache
def _original(build: Callable[[Path], object]) -> Path:
    folder = Path(tempfile.mkdtemp(prefix="git-hotfix-original-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    original = folder / "original"
    original.mkdir()
    build(original)
    return original
