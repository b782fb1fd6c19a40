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


def read_file(path: Path, *, follows_links: bool = True) -> bytes:
    """Return the content of a regular file; for anything else, and a file over the limit, ``OSError`` says what it is.

    Without ``follows_links`` that holds for a symbolic link too: for files that only this program writes.
    """
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC | (0 if follows_links else os.O_NOFOLLOW)
    try:
        descriptor = os.open(path, flags)
    except OSError as error:
        if error.errno == errno.ELOOP and path.is_symlink():
            raise OSError(error.errno, "it is a symbolic link", str(path)) from error
        raise
    mode = os.fstat(descriptor).st_mode
    if not stat.S_ISREG(mode):
        os.close(descriptor)
        why = os.strerror(errno.EISDIR) if stat.S_ISDIR(mode) else "it is no regular file"
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
