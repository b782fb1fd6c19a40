"""Files that are replaced whole or not at all, and are on the disk when the call returns; the folder of our own."""

from __future__ import annotations

import os
import stat
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


def write_privately(path: Path, content: bytes) -> None:
    """Replace a file that nobody else of this machine may read, in a folder that nobody else may enter."""
    private_folder(path.parent)
    write_atomically(path, content, mode=0o600)


def private_folder(path: Path) -> Path:
    """Return a folder of the git directory that only its owner may enter: made, or closed where it was open.

    What is a link or a file there, or belongs to another user, is refused.
    """
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = path.lstat()
        if not stat.S_ISDIR(found.st_mode):
            raise refused("not-a-folder", f"'{path}' is a link, not a folder.", command("mv", path, f"{path}.aside"))
        if os.geteuid() not in {0, found.st_uid}:
            message = f"'{path}' belongs to another user of this machine."
            raise refused("not-ours", message, command("ls", "-ld", path))
        if found.st_mode & 0o077:
            path.chmod(0o700)
    except FileExistsError as error:
        message = f"'{path}' is no folder."
        raise refused("not-a-folder", message, command("mv", path, f"{path}.aside")) from error
    except OSError as error:
        message = f"'{path}' cannot be written: {error.strerror}."
        raise refused("cannot-write", message, command("ls", "-ld", path.parent)) from error
    return path
