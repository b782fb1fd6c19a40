"""Reading what others wrote, within limits: regular files up to a size, never a blocking pipe; JSON up to a depth."""

from __future__ import annotations

import errno
import json
import math
import os
import stat
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from pathlib import Path

MOST_BYTES = 2_000_000
"""No report, settings file, waivers file or memory that is written in good faith is larger."""


def read_file(path: Path) -> bytes:
    """Return the content of a regular file; anything else, and one over the limit, is an ``OSError`` that says so."""
    return _read(path)


def read_own(path: Path) -> bytes:
    """Return the content of a file that only this program writes, in its folder of the git directory.

    Who may write the git directory itself, and so its hooks, is believed; a file that anybody else may have written,
    and a symbolic link, is an ``OSError``.
    """
    return _read(path, os.O_NOFOLLOW, path.parent.parent.stat())


def _read(path: Path, flags: int = 0, git_dir: os.stat_result | None = None) -> bytes:
    try:
        descriptor = os.open(path, flags | os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError as error:
        if error.errno == errno.ELOOP and path.is_symlink():
            raise OSError(error.errno, "it is a symbolic link", str(path)) from error
        raise
    found, why = os.fstat(descriptor), None
    if not stat.S_ISREG(found.st_mode):
        why = os.strerror(errno.EISDIR) if stat.S_ISDIR(found.st_mode) else "it is no regular file"
    elif git_dir is not None and found.st_uid not in {os.geteuid(), git_dir.st_uid}:
        why = "it belongs to another user"
    elif git_dir is not None and found.st_mode & ~git_dir.st_mode & 0o022:
        why = "others may write it"
    if why is not None:
        os.close(descriptor)
        raise OSError(errno.EINVAL, why, str(path))
    with os.fdopen(descriptor, "rb") as stream:
        content = stream.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise OSError(errno.EFBIG, f"it is larger than {MOST_BYTES:,} bytes", str(path))
    return content


def read_json(content: bytes | str) -> Any:
    """Return the value of JSON text; no JSON, too deep nesting and numbers that are not finite are a ``ValueError``."""
    try:
        return _DECODER.decode(
            content if isinstance(content, str) else content.decode(json.detect_encoding(content), "surrogatepass")
        )
    except RecursionError as error:
        raise ValueError("it is nested too deep") from error


def _finite(digits: str) -> float:
    number = float(digits)
    return number if math.isfinite(number) else _refuse(digits)


def _refuse(number: str) -> NoReturn:
    raise ValueError(f"{number[:20]} is not a finite number")


_DECODER = json.JSONDecoder(parse_float=_finite, parse_constant=_refuse)
