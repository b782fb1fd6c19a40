"""What headings, columns and states of changelogs and backlogs mean: a version, a kind of change, what is done.

Names are compared whole, with those of ``share/words/aliases.toml``: "Definition of Done" is not "Done".
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping  # noqa: TC003  # msgspec reads the annotations
from enum import StrEnum
from functools import cache, lru_cache
from typing import Any, Final, Literal

from msgspec import Struct

from git_hotfix.record.words import read_words

KINDS: Final = ("Added", "Changed", "Deprecated", "Removed", "Fixed", "Security")
"""The kinds of change in the order of Keep a Changelog 1.1.0."""

_ONE_NUMBER = r"\[v?\d+\]"
_IMAGE = r"!\[[^\]]*\](?:\([^)]*\)|\[[^\]]*\])?"
_LINK = r"\[([^\]]*)\](?:\([^)]*\)|\[[^\]]*\])?"
_TAG = r"<!--.*?-->|</?[a-zA-Z][^>]*>"
_SHORTCODE = r":[a-z][a-z0-9_+-]+:"
_EMPHASIS = r"(?<!\w)[*_~`]+|[*_~`]+(?!\w)|\\(?=[!-/:-@\[-`{-~])|\*\*|~~|`"
_NUMBER = r"(?:\(?\d{1,3}(?:\.\d{1,3})*[.)]|\d{1,3}(?:\.\d{1,3})+|[ivx]{1,4}\.|[①-⑳])\s+(?=\S)"
_PARENTHESIS = r"\s*[(（][^()（）]*[)）]$"


class Part(StrEnum):
    """A part of a backlog, or a state of what is in it."""

    DONE = "done"
    DEFERRED = "deferred"
    TECH_DEBT = "tech-debt"
    HOTFIX = "hotfix"
    OPEN = "open"
    CLOSED = "closed"


class Column(StrEnum):
    """What a column of a table is for."""

    DAY = "day"
    OWNER = "owner"
    TASK = "task"
    STATUS = "status"
    ID = "id"
    TAG = "tag"
    LINK = "link"
    TYPE = "type"
    DUE = "due"
    TRIGGER = "trigger"
    PRIORITY = "priority"
    ISSUE = "issue"


_Form = Literal["unreleased", "next", "pending", "released"]


class _Aliases(Struct, frozen=True, forbid_unknown_fields=True):
    kinds: Mapping[str, tuple[str, ...]]
    parts: Mapping[Part, tuple[str, ...]]
    backlog_columns: Mapping[Column, tuple[str, ...]]
    changelog_columns: Mapping[Column, tuple[str, ...]]
    versions: Mapping[_Form, tuple[str, ...]]


@cache
def _aliases() -> _Aliases:
    return read_words("words/aliases.toml", _Aliases)


@cache
def _named(table: Literal["kinds", "backlog_columns", "changelog_columns"]) -> Mapping[str, Any]:
    """Return a table of aliases the other way round: what each name means."""
    return {name: meaning for meaning, names in getattr(_aliases(), table).items() for name in names}


@cache
def _version(form: _Form) -> re.Pattern[str]:
    return re.compile("|".join(_aliases().versions[form]))


@lru_cache(maxsize=1000)
def plain(text: str) -> str:
    """Return a heading in lower case without links, emphasis, tags, emoji and a colon at its end.

    A text of more than 1,000 characters is no name, and empty.
    """
    if len(text) > 1000:
        return ""
    text = re.sub("[0-9]\ufe0f?\u20e3", "", text)  # a digit in a box is an emoji
    text = re.sub(_TAG, "", re.sub(_LINK, r"\1", re.sub(_IMAGE, "", text)))
    text = re.sub(_EMPHASIS, "", re.sub(_SHORTCODE, "", text))
    text = "".join(char for char in unicodedata.normalize("NFC", text) if not _is_picture(char))
    return re.sub(r"\s+", " ", text).strip().rstrip(":：").rstrip().casefold()


def _is_picture(char: str) -> bool:
    """Whether a character is an emoji or unseen: symbols, selectors, joiners, keycaps."""
    return unicodedata.category(char) in ("So", "Sk", "Cf", "Me", "Cn") or char in "\ufe0e\ufe0f"


def _names_of(text: str) -> tuple[str, ...]:
    """Return the names that a heading may be meant by: without numbering, and without a parenthesis at its end."""
    name = plain(text)
    name = re.sub(_NUMBER, "", name, count=1) if re.match(_NUMBER, name) else name
    name = re.sub(r"^[^\w(]+|[^\w)]+$", "", name)
    shorter = re.sub(r"[\s:：]+$", "", re.sub(_PARENTHESIS, "", name))
    return (name, shorter) if shorter and shorter != name else (name,)


def kind_of(text: str) -> str | None:
    """Return the kind of change that a heading stands for (``Fixed`` for "🐛 Bug Fixes"), None: no kind."""
    return next((kind for name in _names_of(text) if (kind := _named("kinds").get(name))), None)


def is_named(text: str, *parts: Part) -> bool:
    """Whether a heading is a name of one of these parts, or several of them ("보류 / 연기")."""
    names = {name for part in parts for name in _aliases().parts[part]}
    return any(
        name in names or all(each in names for each in re.split(r" ?[/·&,] ?", name)) for name in _names_of(text)
    )


def is_closed(state: str) -> bool:
    """Whether the state of a follow-up says that it is done."""
    return state.casefold() in _aliases().parts[Part.CLOSED]


def column_of(title: str, of: Literal["backlog", "changelog"]) -> Column | None:
    """Return what a column is for in a table of a backlog or of a changelog; None: not known."""
    columns = _named("backlog_columns" if of == "backlog" else "changelog_columns")
    return next((columns[name] for name in (*_names_of(title), title.strip().casefold()) if name in columns), None)


def is_unreleased(text: str) -> bool:
    """Whether a heading of a changelog is that of what is not released yet."""
    name = plain(text)
    if _version("unreleased").search(name) and len(name.split(" ")) < 8:
        return True
    if any(_version("next").fullmatch(each) for each in (name, re.sub(_PARENTHESIS, "", name))):
        return True
    return bool(_version("released").match(name)) and bool(_version("pending").search(name))


def is_version(text: str) -> bool:
    """Whether a heading of a changelog is that of a version that is out (a number or a day leads it)."""
    leads = _version("released").match(plain(text)) or re.match(_ONE_NUMBER, text.strip())
    return bool(leads) and not is_unreleased(text)


def version_number(text: str) -> tuple[int, ...]:
    """Return the number that a version heading shows, to compare versions; empty when there is none."""
    match = re.search(r"\d+(?:[.-]\d+)+", plain(text))
    return tuple(int(part) for part in re.findall(r"\d+", match[0])) if match else ()
