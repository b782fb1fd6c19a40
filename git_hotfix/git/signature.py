"""Who made a commit or tag, and when: one line of its header, read whatever others have written there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from git_hotfix import clock
from git_hotfix.git.messages import decode_message

if TYPE_CHECKING:
    from datetime import datetime

NOBODY = "nobody"
"""Who made a commit that names nobody."""
_WHO = re.compile(rb"([^<]*)<([^>]*)>")
_WHEN = re.compile(rb"[^>]*> *(\d{1,20})(?: ([+-])(\d{2})(\d{2})(?!\d))?")
_FORBIDDEN = dict.fromkeys(map(ord, "<>\n\0"))
"""What git lets nobody write into a name."""


class Signature(NamedTuple):
    """A person and a time: ``seconds`` since 1970, ``offset_minutes`` east of UTC."""

    name: str
    email: str
    seconds: int
    offset_minutes: int

    @property
    def shown_name(self) -> str:
        """The name, in which what is no text is replaced."""
        return self.name.encode("utf-8", "surrogateescape").decode("utf-8", "replace") or NOBODY

    @property
    def when(self) -> datetime:
        """The time with its UTC offset; one that is none becomes the nearest that is."""
        return clock.from_epoch(self.seconds, self.offset_minutes)

    @property
    def date(self) -> str:
        """The time as git writes it: ``1768583400 +0900``."""
        hours, minutes = divmod(abs(self.offset_minutes), 60)
        return f"{self.seconds} {'-' if self.offset_minutes < 0 else '+'}{hours:02}{minutes:02}"

    def __str__(self) -> str:
        return f"{self.name} <{self.email}> {self.date}"


def read_signature(line: bytes, encoding: str | None = None) -> Signature:
    """Read a line as git does (``split_ident_line`` in its ident.c): what is missing is empty, or 1970."""
    who, when = _WHO.match(line), _WHEN.match(line, max(line.rfind(b">"), 0))
    texts = (decode_message(each, encoding) for each in (who.groups() if who else (b"", b"")))
    name, email = (text.translate(_FORBIDDEN).strip() for text in texts)
    offset = int(when[3]) * 60 + int(when[4]) if when and when[2] else 0
    return Signature(name, email, int(when[1]) if when else 0, -offset if when and when[2] == b"-" else offset)
