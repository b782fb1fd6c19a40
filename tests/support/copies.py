"""Folders that are built once a process and copied from then on."""

from __future__ import annotations

import atexit
import hashlib
import os
import shutil
import stat
import struct
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


DIGEST_BYTES, ENTRY_BYTES = 20, 62
"""The end of an index, and what each of its entries has before the path."""


def copied(build: Callable[[Path], object], root: Path) -> Path:
    """Let ``root`` have what ``build`` makes in a folder, and return the folder in which it was made.

    git's index knows other inodes than the copies have: ``refresh_index`` where that matters.
    """
    original = _original(build)
    copy_tree(original, root)
    return original


def copy_tree(source: Path | str, target: Path | str, linked: Callable[[str], bool] | None = None) -> None:
    """Copy a folder into another one, with the modes, and the times of files: all that matters in a scene.

    ``shutil.copytree`` takes three times as long. Files whose paths are ``linked`` are the same files in both.
    """
    if not os.path.isdir(target):  # noqa: PTH112  # a Path for each of a hundred files would be a third of the time
        os.makedirs(target, stat.S_IMODE(os.stat(source).st_mode))  # noqa: PTH103, PTH116
    with os.scandir(source) as found:
        for each in found:
            there = os.path.join(target, each.name)  # noqa: PTH118
            if each.is_symlink():
                os.symlink(os.readlink(each.path), there)  # noqa: PTH115, PTH211
            elif each.is_dir():
                copy_tree(each.path, there, linked)
            elif linked is not None and linked(each.path):
                os.link(each.path, there)
            else:
                _copy_file(each, there)


def _copy_file(file: os.DirEntry[str], target: str) -> None:
    about = file.stat()
    with open(file.path, "rb", buffering=0) as source, open(target, "wb", buffering=0) as copy:  # noqa: PTH123
        copy.write(source.read())
        if about.st_mode & 0o777 != 0o644:
            os.fchmod(copy.fileno(), stat.S_IMODE(about.st_mode))
        os.utime(copy.fileno(), ns=(about.st_atime_ns, about.st_mtime_ns))


def refresh_index(tree: Path) -> None:
    """Let the index of a working tree know its files, which were copied with their times: no git reads them again.

    The form is of version 2 (gitformat-index(5)): what ``git init``, ``clone`` and libgit2 write.
    """
    file = tree / ".git/index"
    index = bytearray(file.read_bytes()[:-DIGEST_BYTES])
    signature, version, entries = struct.unpack_from(">4sII", index)
    assert (signature, version) == (b"DIRC", 2), file
    at = 12
    for _ in range(entries):
        path = bytes(index[at + ENTRY_BYTES : index.index(0, at + ENTRY_BYTES)])
        found = os.lstat(os.fsencode(tree) + b"/" + path)
        changed = divmod(found.st_ctime_ns, 1_000_000_000)
        modified = divmod(found.st_mtime_ns, 1_000_000_000)
        if struct.unpack_from(">II", index, at + 8) == modified:
            struct.pack_into(">II", index, at, *changed)
            struct.pack_into(">II", index, at + 16, found.st_dev & 0xFFFFFFFF, found.st_ino & 0xFFFFFFFF)
        at += (ENTRY_BYTES + len(path)) // 8 * 8 + 8
    file.write_bytes(index + hashlib.sha1(index, usedforsecurity=False).digest())


@cache
def _original(build: Callable[[Path], object]) -> Path:
    folder = Path(tempfile.mkdtemp(prefix="git-hotfix-original-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    original = folder / "original"
    original.mkdir()
    build(original)
    return original
