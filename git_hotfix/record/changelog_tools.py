"""Tools that keep a changelog, by what they leave in a repository: their configuration is read just far enough."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any, NamedTuple

from git_hotfix.config.toml import MOST_BYTES, parse_toml
from git_hotfix.errors import HotfixError
from git_hotfix.limits import read_json as json_in

_FILES = (
    ("git-cliff", ("cliff.toml", ".cliff.toml", ".config/cliff.toml")),
    ("release-please", ("release-please-config.json", ".release-please-manifest.json")),
    ("commitizen", tuple(f"{dot}cz.{suffix}" for dot in (".", "") for suffix in ("toml", "json", "yaml"))),
    ("standard-version", (".versionrc", ".versionrc.json", ".versionrc.js", ".versionrc.cjs")),
    ("auto", (".autorc", ".autorc.json", ".autorc.yaml", ".autorc.yml", "auto.config.js", "auto.config.ts")),
    ("auto-changelog", (".auto-changelog",)),
    ("github_changelog_generator", (".github_changelog_generator",)),
)
_RELEASERC = (
    *(".releaserc", ".releaserc.json", ".releaserc.yaml", ".releaserc.yml", ".releaserc.js", ".releaserc.cjs"),
    *(".releaserc.mjs", "release.config.js", "release.config.cjs", "release.config.mjs", "release.config.ts"),
)
_IN_PYPROJECT = {"commitizen": "commitizen", "semantic_release": "semantic-release", "git-cliff": "git-cliff"}
_PACKAGES = (
    *("standard-version", "commit-and-tag-version", "conventional-changelog-cli"),
    *("@release-it/conventional-changelog", "auto-changelog", "auto"),
)


_RELEASE_PLEASE = r"(?m)^[^#\n]*uses:\s*['\"]?[\w.-]+/release-please-action@"


class Look(NamedTuple):
    """A look into a repository: the content of a file, the names in a folder."""

    read: Callable[[str], bytes | None]
    names: Callable[[str], tuple[str, ...]]


def read_text(look: Look, path: str) -> str | None:
    """Return a file as text; None: there is none, or it is too large for a file of settings."""
    content = look.read(path)
    return None if content is None or len(content) > MOST_BYTES else content.decode("utf-8-sig", errors="replace")


def read_table(look: Look, path: str) -> Mapping[str, Any]:
    """Return what a file of JSON or TOML says; nothing where there is none that can be read."""
    text = read_text(look, path) or ""
    try:
        return mapping(json_in(text) if path.endswith(".json") else parse_toml(text.encode(), path))
    except (ValueError, HotfixError):
        return {}


def tool_table(look: Look, tool: str, *paths: str) -> Mapping[str, Any] | None:
    """Return ``[tool.NAME]`` of the first of these TOML files that has it; None: none of them has."""
    tables = (mapping(read_table(look, path).get("tool")) for path in paths)
    return next((mapping(table[tool]) for table in tables if tool in table), None)


def ini_section(look: Look, *places: tuple[str, str]) -> Mapping[str, Any] | None:
    """Return the first of these sections of files like ``setup.cfg``; None: there is none that can be read."""
    import configparser  # noqa: PLC0415  # 5 ms, and only scriv is configured so

    for path, section in places:
        parser = configparser.ConfigParser(interpolation=None)
        with suppress(configparser.Error):
            parser.read_string(read_text(look, path) or "")
            if parser.has_section(section):
                return dict(parser[section])
    return None


def mapping(value: object) -> Mapping[str, Any]:
    """Return a table; what is none is an empty one."""
    return value if isinstance(value, Mapping) else {}


def mappings(value: object) -> list[Mapping[str, Any]]:
    """Return the tables of a list; what is none is an empty one."""
    return [mapping(each) for each in value] if isinstance(value, list) else []


def generator(look: Look) -> str | None:
    """Name the tool that generates the changelog; None: there is none that is known."""
    pyproject, cargo = (read_table(look, name) for name in ("pyproject.toml", "Cargo.toml"))
    owners = (mapping(mapping(cargo.get(name)).get("metadata")) for name in ("package", "workspace"))
    package = read_table(look, "package.json")
    used = {*mapping(package.get("devDependencies")), *mapping(package.get("dependencies"))}
    lerna = mapping(mapping(read_table(look, "lerna.json").get("command")).get("version"))
    releases = (*(read_text(look, name) or "" for name in _RELEASERC), str(package.get("release")))
    found = (
        *(tool for tool, files in _FILES if any(look.read(name) is not None for name in files)),
        *(tool for name, tool in _IN_PYPROJECT.items() if name in mapping(pyproject.get("tool"))),
        *("git-cliff" for owner in owners if "git-cliff" in owner),
        # semantic-release writes a file only with its changelog plugin
        *("semantic-release" for text in releases if "@semantic-release/changelog" in text),
        *(tool for tool in _PACKAGES if tool in used or tool in package),
        *("lerna" for value in (lerna.get("conventionalCommits"),) if value is True),
        *("release-please" for text in _workflows(look) if re.search(_RELEASE_PLEASE, text)),
    )
    return next(iter(found), None)


def _workflows(look: Look) -> Iterator[str]:
    folder = ".github/workflows"
    names = (name for name in look.names(folder) if name.endswith((".yml", ".yaml")))
    return (read_text(look, f"{folder}/{name}") or "" for name in names)
