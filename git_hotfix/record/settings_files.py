"""The configuration files of other tools, read just far enough to tell whether and how a tool is used."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from git_hotfix.config.toml import parse_toml
from git_hotfix.errors import HotfixError


class Look(NamedTuple):
    """A look into a repository: the content of a file, the names in a folder."""

    read: Callable[[str], bytes | None]
    names: Callable[[str], tuple[str, ...]]


def read_text(look: Look, path: str) -> str | None:
    """Return a file as text; None: there is none."""
    content = look.read(path)
    return content.decode("utf-8-sig", errors="replace") if content is not None else None


def read_toml(look: Look, path: str) -> Mapping[str, object] | None:
    """Return a TOML file; None: there is none that can be read."""
    content = look.read(path)
    try:
        return parse_toml(content, path) if content is not None else None
    except HotfixError:
        return None


def read_json(look: Look, path: str) -> dict[str, Any] | None:
    """Return a JSON object; None: there is none that can be read."""
    try:
        value = json.loads(read_text(look, path) or "")
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def ini_section(look: Look, path: str, section: str) -> dict[str, Any] | None:
    """Return a section of a file like ``setup.cfg``; None: there is none that can be read."""
    import configparser  # noqa: PLC0415  # 5 ms, and only scriv is configured so

    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(read_text(look, path) or "")
    except configparser.Error:
        return None
    return dict(parser[section]) if parser.has_section(section) else None


def yaml_value(text: str, key: str) -> str | None:
    """Return a plain value at the top of a YAML file."""
    match = re.search(rf"(?m)^{re.escape(key)}:[ \t]*([^\s#][^#\n]*?)[ \t]*(?:#.*)?\r?$", text)
    return match[1].strip("\"'") if match else None


def mapping(value: object) -> Mapping[str, Any]:
    """Return a table; what is none is an empty one."""
    return value if isinstance(value, Mapping) else {}
