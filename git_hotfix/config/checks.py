"""What the value of a key must be, beyond its type.

Each check gives the value to keep, or raises ``ValueError`` with the end of the sentence "'key' in FILE …".
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime, tzinfo
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_REF_NAME = r"(?s)(?![-./])(?!.*(?:\.\.|@\{|//|/\.|\.lock(?:/|\Z)))[^\x00-\x20\x7f~^:?*\[\\]+(?<![./])\Z"
_WILDCARD = r"\*|\?|\[[^]]*\]"
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_IGNORED_BY_HFS = "[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]"
_GIT_ON_NTFS = r"(?s)(?:\.git|git~1)[. ]*(?:[:\\].*)?\Z"
_SAMPLE = datetime(2026, 1, 17, 2, 10, tzinfo=UTC)


def text(value: str) -> str:
    """Refuse what no command line and no commit can carry: NUL, bytes that are not UTF-8."""
    if "\0" in value:
        raise ValueError("contains a NUL character")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise ValueError("is not UTF-8 text") from error
    return value


def word(value: str) -> str:
    """Accept one short word: a severity such as ``SEV1``."""
    if not re.fullmatch(r"[\w.+-]{1,20}", value):
        raise ValueError(f"must be one word of at most 20 letters, not '{value}'")
    return value


def ref_name(value: str) -> str:
    """Accept the name of a branch, tag or remote (git-check-ref-format(1)), never an option."""
    if value == "@" or not re.match(_REF_NAME, value):
        raise ValueError(f"must be a name that git accepts, not '{value}'")
    return value


def ref_prefix(value: str) -> str:
    """Accept what a branch name may begin with: ``hotfix/``."""
    ref_name(f"{value}x")
    return value


def ref_pattern(value: str) -> str:
    """Accept a branch name with the wildcards ``*``, ``?`` and ``[…]``: ``release/*``."""
    ref_name(re.sub(_WILDCARD, "x", value))
    return value


def tag_format(value: str) -> str:
    """Accept a strftime pattern whose result is a tag name."""
    try:
        name = _SAMPLE.strftime(value)
    except ValueError as error:
        raise ValueError(f"must be a strftime(3) pattern, not '{value}'") from error
    ref_name(name)
    return value


def extra_tag(value: str) -> str:
    """Accept a tag name that may contain ``{next_patch}``."""
    name = value.replace("{next_patch}", "1.2.3")
    if "{" in name:
        raise ValueError(f"may contain '{{next_patch}}' and no other placeholder, not '{value}'")
    ref_name(name)
    return value


def inner_path(value: str) -> str:
    """Accept a path inside the repository, written with ``/``; ``./docs//x/`` becomes ``docs/x``."""
    path = PurePosixPath(value)
    if path.is_absolute() or value.startswith("~") or "\\" in value or re.match("[A-Za-z]:", value):
        raise ValueError(f"must be a path relative to the top of the repository, not '{value}'")
    if ".." in path.parts or any(map(is_gits_own, path.parts)):
        raise ValueError(f"must stay inside the repository and out of '.git', not '{value}'")
    if any(unicodedata.category(char) in _UNSEEN for char in value):
        raise ValueError("must not contain characters that nobody sees (controls, direction marks)")
    if not path.parts:
        raise ValueError(f"must name something below the top of the repository, not '{value}'")
    return str(path)


def list_item(value: str) -> str:
    """Accept a name that goes into a list of names: no comma, nothing that nobody sees, no option."""
    if not value.strip() or "," in value or value.startswith("-") or not value.isprintable():
        raise ValueError(f"must be one name, not '{value}'")
    return value


def is_gits_own(part: str) -> bool:
    """Return whether a part of a path is ``.git`` for some file system, as HFS+ and NTFS compare names.

    As in git's own ``is_hfs_dotgit`` (utf8.c) and ``is_ntfs_dotgit`` (path.c).
    """
    seen = re.sub(_IGNORED_BY_HFS, "", part).lower()
    return seen == ".git" or re.match(_GIT_ON_NTFS, part.lower()) is not None


def expression(value: str) -> str:
    """Accept a regular expression (Python's ``re``)."""
    try:
        re.compile(value)
    except (re.error, RecursionError, OverflowError) as error:
        raise ValueError(f"is not a regular expression: {error}") from error
    return value


def zone_name(value: str) -> str:
    """Accept ``local``, ``UTC`` or the name of an IANA time zone."""
    zone(value)
    return value


def zone(name: str) -> tzinfo | None:
    """Return the time zone of a name that ``zone_name`` accepted; None is the local one."""
    if name == "local":
        return None
    if name == "UTC":
        return UTC
    import zoneinfo  # noqa: PLC0415  # only the few who configure it need it

    try:
        return zoneinfo.ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:  # OSError: 'America' is a folder of zones
        raise ValueError(f"must be 'local', 'UTC' or a time zone such as 'Asia/Seoul', not '{name}'") from error


def between(low: int, high: int) -> Callable[[int], int]:
    """Accept the whole numbers from ``low`` to ``high``."""

    def check(value: int) -> int:
        if not low <= value <= high:
            raise ValueError(f"must be between {low} and {high}, not {value}")
        return value

    return check
