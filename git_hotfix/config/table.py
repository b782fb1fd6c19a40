"""Every key as data, derived from the sections: for reading settings, for ``init``, ``config`` and the manual page."""

from __future__ import annotations

from enum import Enum
from functools import cache
from types import NoneType
from typing import Any, Literal, get_args, get_origin, get_type_hints

from msgspec import Struct

from git_hotfix.config.keys import Check, Config


class Kind(Enum):
    """The type of a key; the value is how an error names it."""

    SWITCH = "true or false"
    NUMBER = "a whole number"
    TEXT = "text"
    TEXTS = "a list of texts"
    TABLE = "a table of texts or lists of texts"


class Key(Struct, frozen=True):
    """One key as data: for reading it, for ``init``, ``config`` and the manual page.

    ``choices`` are the only values allowed, if there are any; ``is_optional`` keys may be unset (None).
    """

    section: str
    name: str
    kind: Kind
    default: object
    doc: str
    choices: tuple[str, ...]
    is_optional: bool
    check: Check

    @property
    def dotted(self) -> str:
        """The name in ``.hotfix.toml``: ``scope.max_files``."""
        return f"{self.section}.{self.name}"

    @property
    def git_name(self) -> str:
        """The name in git config, which takes no underscore: ``hotfix.scope.maxFiles``."""
        first, *rest = self.name.split("_")
        return f"hotfix.{self.section}.{first}{''.join(word.capitalize() for word in rest)}"


@cache
def all_keys() -> dict[str, Key]:
    """Return every key by its dotted name, in the order of the sections."""
    keys: dict[str, Key] = {}
    for section in Config.__struct_fields__:
        values = getattr(Config(), section)
        for name, hint in get_type_hints(type(values), include_extras=True).items():
            annotation, doc, *checks = get_args(hint)
            kind, choices = _kind(annotation)
            check, is_optional = next(iter(checks), lambda value: value), NoneType in get_args(annotation)
            key = Key(section, name, kind, getattr(values, name), doc, choices, is_optional, check)
            keys[key.dotted] = key
    return keys


def _kind(hint: Any) -> tuple[Kind, tuple[str, ...]]:
    """Read a type annotation: the kind, and the choices of a ``Literal``."""
    plain = {
        bool: Kind.SWITCH,
        int: Kind.NUMBER,
        tuple[str, ...]: Kind.TEXTS,
        tuple[tuple[str, tuple[str, ...]], ...]: Kind.TABLE,
    }
    if hint in plain:
        return plain[hint], ()
    parts = get_args(hint) if NoneType in get_args(hint) else (hint,)
    return Kind.TEXT, tuple(word for part in parts if get_origin(part) is Literal for word in get_args(part))
