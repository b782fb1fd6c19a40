"""The front matter of a report: flat ``key: value`` lines between two ``---``, each value JSON.

JSON, because unquoted YAML bites: ``21:05`` is 1265 there, ``no`` is False, ``@kim`` an error. GitHub shows
it as a table, so only keys that have a value are in it. A change touches the lines of its keys and no other byte.
"""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import TYPE_CHECKING, NoReturn

from git_hotfix.clock import rfc3339
from git_hotfix.errors import Remedy, command, wrong_input
from git_hotfix.limits import MOST_BYTES
from git_hotfix.limits import read_json as json_in
from git_hotfix.record.incident import KEYS, SCHEMA
from git_hotfix.record.markdown import encodable
from git_hotfix.record.markdown_reader import Document, document_of

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_LINES = 1000
"""Longer front matter is wrong input: a report has some thirty keys."""
_HEAD_BYTES = 64_000
"""Where the id of a report is looked for: it stands near the top, and all reports there ever were are asked for it."""

_CLOSING = rb"[\r\n](?:---|\.\.\.|\+\+\+)[^\r\n]*"
_ENTRY = r"(\w[\w.-]*)[ \t]*:(?:[ \t]+(.*))?"
_TAG = r"<(?=[!/?]|[A-Za-z][A-Za-z0-9-]*[\s/>\"\\])"
_UNSAFE = "[\x7f-\x9f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]"


def json_value(value: object) -> str:
    r"""Write a value as JSON on one line: letters of every script as they are, times as RFC 3339.

    What could begin a tag or a comment, end a line for some reader (U+0085, U+2028) or hide text is written
    ``\uXXXX``.
    """
    match value:
        case datetime():
            value = rfc3339(value)
        case str():
            value = encodable(value)
        case list() | tuple():
            value = [encodable(item) if isinstance(item, str) else item for item in value]
        case _:
            pass
    text = re.sub(_TAG, r"\\u003c", json.dumps(value, ensure_ascii=False, allow_nan=False))
    return re.sub(_UNSAFE, lambda match: f"\\u{ord(match[0]):04x}", text)


def read_front_matter(content: bytes, name: str) -> dict[str, object]:
    """Read and check the front matter of the file ``name``: every key with its value, in the order of the file.

    Required keys (``incident.KEYS``) must be there, known ones have their type, others may have any JSON scalar
    or list. Blank lines and lines that begin with ``#`` are left alone. Anything else is wrong input with
    file, line, key and the mend.
    """
    document = _document(content, name)
    found = _entries(document, name)
    _check_schema(found, name)
    for key, (index, value) in found.items():
        if key in KEYS and (reason := KEYS[key].refuses(value)):
            _broken(name, index, f"'{key}' {reason}", f"{key}: {KEYS[key].example}")
    for key, rule in KEYS.items():
        if rule.is_required and key not in found:
            _broken(name, document.body - 1, f"the key '{key}' is missing above it", f"{key}: {rule.example}")
    return {key: value for key, (_, value) in found.items()}


def id_in(content: bytes) -> str | None:
    """Return the ``id`` of a report, whatever else is wrong with it; None where there is none to read."""
    closing = re.search(_CLOSING, content[:_HEAD_BYTES])  # the rest is not taken apart, where this one closes it
    head = Document(content[: closing.end()]) if closing is not None else None
    document = head if head is not None and head.body else document_of(content[:_HEAD_BYTES])
    for line in document.lines[1 : document.body]:
        entry = read_entry(line)
        if entry is not None and entry[0] == "id":
            try:
                value = read_json(entry[1])
            except ValueError:
                return None
            return value if isinstance(value, str) else None
    return None


def set_values(content: bytes, changes: Mapping[str, object], name: str = "the report") -> bytes:
    """Set keys; every other byte stays, and so does a line that has the wanted value already.

    A missing known key is inserted below its predecessor in the order of ``incident.KEYS``, any other at the end. A
    known key that has no value any more loses its line; where anything changes, so do all that have none.
    """
    found = _entries(_document(content, name), name)
    values = {key: value for key, (_, value) in found.items()}
    wanted = {key: value for key, value in changes.items() if not _is_same(key, value, values)}
    unset = {key: None for key, value in values.items() if wanted and is_unset(key, value)}
    for key, value in (unset | wanted).items():
        document = _document(content, name)
        indexes = {known: index for known, (index, _) in _entries(document, name).items()}
        lines = [] if is_unset(key, value) else [f"{key}: {json_value(value)}"]
        at = indexes.get(key, _place(key, indexes, document.body))
        content = document.replaced(range(at, at + (key in indexes)), lines)
    return content


def is_unset(key: str, value: object) -> bool:
    """Return whether a report has no line for a value: a known key that may be unknown, and is."""
    return key in KEYS and not KEYS[key].is_required and value in (None, "", (), [])


def _is_same(key: str, value: object, values: Mapping[str, object]) -> bool:
    """Return whether a key is to have the value that it has; without a value it may have any line that says so."""
    if is_unset(key, value):
        return is_unset(key, values.get(key))
    return key in values and json_value(values[key]) == json_value(value)


def read_entry(line: str) -> tuple[str, str] | None:
    """Split ``key: value``; None when the line is not of this form."""
    match = re.fullmatch(_ENTRY, line.rstrip(" \t\r\n"))
    return (match[1], match[2] or "") if match else None


def read_json(text: str) -> object:
    """Read a JSON scalar or a list of them; anything else is a ``ValueError`` that says what it is."""
    value = json_in(text)
    items = value if isinstance(value, list) else [value]
    if any(isinstance(item, dict | list) for item in items):
        raise ValueError("it is nested")
    if any(isinstance(item, str) and encodable(item) != item for item in items):
        raise ValueError("it has half a character")
    return value


def _check_schema(found: Mapping[str, tuple[int, object]], name: str) -> None:
    index, schema = found.get("schema", (0, SCHEMA))
    if isinstance(schema, int) and schema > SCHEMA:
        raise wrong_input(
            "report-newer",
            f"'{name}' line {index + 1}: 'schema' is {schema}, but this git-hotfix reads {SCHEMA}.",
            command("pip", "install", "--upgrade", "git-hotfix"),
        )


def _document(content: bytes, name: str) -> Document:
    """Take a report apart; one that is too large is refused before."""
    if (size := len(content)) > MOST_BYTES:
        message = f"The report '{name}' has {size:,} bytes, and {MOST_BYTES:,} are read."
        raise wrong_input("report-too-large", message, command("git", "log", "--stat", "--", name))
    return document_of(content)


def _entries(document: Document, name: str) -> dict[str, tuple[int, object]]:
    """Read the front matter into key → (index of its line, value)."""
    if document.body == 0 or not document.lines[0].startswith("---"):
        raise wrong_input(
            "report-broken",
            f"'{name}' line 1: the report does not begin with front matter between two lines '---'.",
            command("git", "log", "-p", "--", name),
        )
    if document.body > MOST_LINES:
        _broken(name, MOST_LINES, f"the front matter is longer than {MOST_LINES:,} lines", "a line '---' further up")
    found: dict[str, tuple[int, object]] = {}
    for index in range(1, document.body - 1):
        line = document.lines[index].rstrip(" \t")
        if encodable(line) != line:
            _broken(name, index, "the line is not UTF-8", "key: value")
        if not line or line.startswith("#"):
            continue
        entry = read_entry(line)
        if entry is None:
            _broken(name, index, f"{line[:60]!r} is not of the form 'key: value'", 'key: "value"')
        key, text = entry
        if key in found:
            _broken(name, index, f"the key '{key}' is there twice", f"only one line '{key}: …'")
        found[key] = (index, _value(name, index, key, text))
    return found


def _value(name: str, index: int, key: str, text: str) -> object:
    try:
        return read_json(text)
    except ValueError:
        mend = json_value(text or None)
        if key in KEYS and (not text or KEYS[key].read(text) is None):  # quoted, it still would not be a time, a number
            mend = KEYS[key].example
        _broken(
            name,
            index,
            f"the value of '{key}' is not a JSON text, number, true, false, null or list",
            f"{key}: {mend}",
        )


def _place(key: str, indexes: Mapping[str, int], end: int) -> int:
    """Return the index where a missing key belongs."""
    if key not in KEYS:
        return end - 1
    order = list(KEYS)
    before = [indexes[known] for known in order[: order.index(key)] if known in indexes]
    return before[-1] + 1 if before else 1


def _broken(name: str, index: int, reason: str, mend: str) -> NoReturn:
    """Raise that a line (from 0) of a report is wrong, and what to write instead."""
    raise wrong_input(
        "report-broken",
        f"'{name}' line {index + 1}: {reason}; it should be {mend}.",
        Remedy((name,), in_editor=True),
    )
