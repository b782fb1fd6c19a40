"""Bytes of others, read within limits: regular files only, up to a size; JSON up to a depth. No pipe is waited for."""

from __future__ import annotations

import errno
import json
import os
import stat
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

MOST_BYTES = 2_000_000
"""A larger file is none that a person wrote by hand: reports, settings, waivers, what is remembered."""


def read_file(path: Path, *, follows_links: bool = True) -> bytes:
    """Return the content of a regular file; a pipe, device, folder or a file over the limit is an ``OSError`` in words.

    Without ``follows_links`` a symbolic link is one too: for what this program keeps itself.
    """
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC | (0 if follows_links else os.O_NOFOLLOW)
    try:
        descriptor = os.open(path, flags)
    except OSError as error:
        if error.errno == errno.ELOOP and path.is_symlink():
            raise OSError(error.errno, "it is a symbolic link", str(path)) from error
        raise
    with os.fdopen(descriptor, "rb") as stream:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "it is no regular file", str(path))
        content = stream.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise OSError(errno.EFBIG, f"it is larger than {MOST_BYTES:,} bytes", str(path))
    return content


def read_json(content: bytes | str) -> Any:
    """Return what JSON says; what is none, is nested too deep or has an endless number is a ``ValueError``."""
    try:
        return json.loads(content)
    except RecursionError as error:
        raise ValueError("it is nested too deep") from error
