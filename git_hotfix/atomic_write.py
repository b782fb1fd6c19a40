"""Files that are replaced whole or not at all, and are on the disk when the call returns."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from git_hotfix.errors import command, refused

if TYPE_CHECKING:
    from pathlib import Path


def write_atomically(path: Path, content: bytes, *, mode: int = 0o666) -> None:
    """Replace a file whole or not at all: a temporary file beside it, fsync, rename, fsync of the folder."""
    temporary = path.with_name(path.name + ".new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.unlink(missing_ok=True)
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise refused(
            "cannot-write", f"'{path}' cannot be written: {error.strerror}.", command("df", "-h", ".")
        ) from error
