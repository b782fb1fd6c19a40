"""Files that are replaced whole or not at all, and are on the disk when the call returns; the folder of our own."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from typing import TYPE_CHECKING

from git_hotfix.errors import command, refused

if TYPE_CHECKING:
    from pathlib import Path

    from git_hotfix.errors import HotfixError


def write_atomically(path: Path, content: bytes) -> None:
    """Replace a file whole or not at all; its mode stays, and so does a link that leads to it.

    What is no file, such as a pipe, is written into.
    """
    try:
        found = path.stat() if path.exists() else None
        if found is not None and not stat.S_ISREG(found.st_mode):
            path.write_bytes(content)
            return
    except OSError as error:
        raise _not_written(path, error) from error
    _replace(path.resolve(), content, 0o666, stat.S_IMODE(found.st_mode) if found is not None else None)


def write_privately(path: Path, content: bytes) -> None:
    """Replace a file that nobody else of this machine may read, in a folder that nobody else may enter."""
    private_folder(path.parent)
    _replace(path, content, 0o600, None)


def _replace(path: Path, content: bytes, mode: int, kept_mode: int | None) -> None:
    """Write a temporary file beside it, fsync, rename, fsync of the folder."""
    temporary = path.with_name(f"{path.name}.{os.urandom(4).hex()}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as stream:
            if kept_mode is not None:
                os.fchmod(stream.fileno(), kept_mode)
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
        with suppress(OSError):
            temporary.unlink()
        raise _not_written(path, error) from error


def _not_written(path: Path, error: OSError) -> HotfixError:
    return refused("cannot-write", f"'{path}' cannot be written: {error.strerror}.", command("df", "-h", "."))


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
