"""Reading and writing ``.hotfix.toml``."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from git_hotfix.config.layers import edit_remedy
from git_hotfix.config.table import Key, Kind, all_keys
from git_hotfix.errors import wrong_input

MOST_BYTES = 1_000_000
"""A larger file is none of settings."""

_MOST_BITS = 64
_HEADER = r"\s*\[\s*([\w.-]+)\s*\]"
_KEY = r"\s*([\w.-]+)\s*="
_HEAD = """\
# How this team makes hotfixes: read by git-hotfix, see 'git help hotfix'.
# A key that is commented out has the value shown. 'git config hotfix.SECTION.KEY' overrides this file.
"""


def parse_toml(content: bytes, name: str) -> Mapping[str, object]:
    """Read TOML; what is not UTF-8 or not TOML is wrong input with file and line. A BOM is allowed."""
    import tomli  # noqa: PLC0415  # most repositories have no file

    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise wrong_input("bad-toml", f"'{name}' is not UTF-8 text (line {line}).", edit_remedy(name)) from error
    try:
        document = _parsed(text)
    except tomli.TOMLDecodeError as error:
        message = f"'{name}' is not valid TOML: line {error.lineno}, column {error.colno}: {error.msg}."
        raise wrong_input("bad-toml", message, edit_remedy(name)) from error
    except (ValueError, RecursionError) as error:  # of Python's own: an endless number, brackets in brackets
        reason = "a number has too many digits" if "digits" in str(error) else str(error)
        message = f"'{name}' is not valid TOML: line {_longest_line(text)}: {reason}."
        raise wrong_input("bad-toml", message, edit_remedy(name)) from error
    return document


def _parsed(text: str) -> Mapping[str, object]:
    """Parse TOML within limits; whole numbers of more than 64 bits are none of TOML's."""
    import tomli  # noqa: PLC0415  # as above

    if len(text) > MOST_BYTES:
        raise ValueError(f"the file is larger than {MOST_BYTES:,} bytes")
    document = tomli.loads(text)
    values: list[object] = [document]
    while values:
        match values.pop():
            case Mapping() as table:
                values += table.values()
            case list() as items:
                values += items
            case int() as number if number.bit_length() > _MOST_BITS:
                raise ValueError("a number has too many digits")
            case _:
                pass
    return document


def _longest_line(text: str) -> int:
    """Return the longest line, from 1: where nothing else is known, what is endless is there."""
    lines = text.split("\n")
    return max(range(len(lines)), key=lambda at: len(lines[at])) + 1


def key_lines(content: bytes, below: str = "") -> Mapping[str, int]:
    """Return the line, from 1, of each section and dotted key in the tables below ``below`` (``tool.git-hotfix``).

    The parser keeps no places, so the lines are looked through for ``[section]`` and ``key =``: a key that is written
    in another way, in quotes or in an inline table, has none.
    """
    found: dict[str, int] = {}
    table = ""
    for number, line in enumerate(content.decode("utf-8-sig", "replace").split("\n"), 1):
        if header := re.match(_HEADER, line):
            table = header[1]
            found.setdefault(table, number)
        elif key := re.match(_KEY, line):
            found.setdefault(f"{table}.{key[1]}" if table else key[1], number)
    start = f"{below}." if below else ""
    return {name.removeprefix(start): number for name, number in found.items() if name.startswith(start)}


def render_toml(values: Mapping[str, object]) -> str:
    """Write the ``.hotfix.toml`` that ``init`` leaves: every key with its meaning.

    Keys in ``values`` (by dotted name) are live, all others are commented out and show their
    default. The result parses back to ``values``.
    """
    if unknown := values.keys() - all_keys().keys():
        raise ValueError(f"unknown keys: {', '.join(sorted(unknown))}")
    lines = [_HEAD]
    section = ""
    for dotted, key in all_keys().items():
        if key.section != section:
            lines += ["", f"[{key.section}]"] if section else [f"[{key.section}]"]
            section = key.section
        lines.append(f"# {key.doc}")
        live = "" if dotted in values else "# "
        lines.append(f"{live}{key.name} = {toml_value(key, values.get(dotted, key.default))}")
    return "\n".join(lines) + "\n"


def toml_value(key: Key, value: object) -> str:
    """Write the value of a key as TOML, on one line; None (unset) is the empty text."""
    if value is None:
        return '""'
    if key.kind is not Kind.TABLE:
        return _toml(value)
    pairs: Any = value.items() if isinstance(value, Mapping) else value
    inner = ", ".join(f"{_toml(glob)} = {_toml(paths)}" for glob, paths in pairs)
    return f"{{ {inner} }}" if inner else "{}"


def _toml(value: object) -> str:
    """Write a scalar or a list of texts: what JSON writes is TOML, but for DEL, which TOML wants escaped."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
