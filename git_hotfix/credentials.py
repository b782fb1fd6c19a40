"""Secrets in addresses are never shown: not on a terminal, not in JSON, not in a log."""

from __future__ import annotations

import re

MASK = "***"

_HOST = r"\[|(?:localhost|[\w-]*\.[\w.-]*):\d{1,5}[/?#]"
"""What begins a URL without a user: ``[::1]``, or a host and its port."""
_USER = re.compile(rf"://((?!{_HOST})[^/\s?#@:]*:(?:(?!://)\S)*|[^/\s?#]*)@")
"""The user information of a URL (RFC 3986, 3.2.1), its scheme does not matter. A password that was pasted as it is may
have ``/``, ``?``, ``#`` and ``@`` in it: it goes on to the last ``@``.
"""
_KEY = re.compile(
    r"([?&;#][\w.-]{0,40}(?:token|secret|passw|pwd|key|auth|signature|sig|credential)[\w.-]{0,40}=)[^&#;\s'\"\\]+",
    re.IGNORECASE,
)


def masked(text: str) -> str:
    """Return a text without the passwords and tokens of the URLs in it; the user of ``ssh://git@…`` is no secret."""
    if "://" not in text:
        return text
    return _KEY.sub(rf"\1{MASK}", _USER.sub(_without_user, text))


def _without_user(found: re.Match[str]) -> str:
    is_name = ":" not in found[1] and found.string.endswith("ssh", 0, found.start())
    return found[0] if is_name else f"://{MASK}@"
