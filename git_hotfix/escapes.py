"""Characters that a terminal would obey or hide, shown as escapes: the one notation for all of them."""

from __future__ import annotations

import re

_SHORT = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}
_JOINS = "[\u0620-\u109f\u1780-\u1cff\u2600-\u27bf\ua840-\uabff\ufe0f\U0001f000-\U0001faff]"
_HARMLESS = re.compile(f"[ \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]|(?<={_JOINS})[\u200c\u200d](?={_JOINS})")
"""The spaces of any script (category Zs), and joiners between emoji or letters of a script that has joined forms. In
any other a joiner would only hide: two names would look the same.
"""


_BETWEEN_WORDS = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")


def one_line(text: str) -> str:
    """Make one line of a text: line ends, tabs and control characters become one space."""
    return _BETWEEN_WORDS.sub(" ", text).strip()


def escaped(character: str) -> str:
    """Return a character as an escape; half a surrogate pair is a byte that was no text (PEP 383)."""
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:
        code -= 0xDC00
    long = f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
    return _SHORT.get(character, long)


def stripped(text: str) -> str:
    """Return a text without what nobody sees around it: space of any kind, controls, format characters."""
    seen = [at for at, each in enumerate(text) if each.isprintable() and each != " "]
    return text[seen[0] : seen[-1] + 1] if seen else ""


def visible(text: str) -> str:
    """Return a text on one line in which every character is seen for what it is: for commands."""
    return "".join(each if each.isprintable() else escaped(each) for each in text)


def readable(text: str) -> str:
    """Return a text without what a terminal would obey or hide; line ends, tabs and what a script needs stay."""
    if text.isprintable():
        return text
    passes = {found.start() for found in _HARMLESS.finditer(text)}
    return "".join(
        each if each in "\n\t" or each.isprintable() or at in passes else escaped(each) for at, each in enumerate(text)
    )
