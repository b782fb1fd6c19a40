"""Tools that keep a changelog, by what they leave in a repository: their configuration is read just far enough."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
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


class Look(NamedTuple):
    """A look into a repository: the content of a file, the names in a folder."""

    read: Callable[[str], bytes | None]
    names: Callable[[str], tuple[str, ...]]


def read_text(look: Look, path: str) -> str | None:
    """Return a file as text; None: there is none, or it is too large for a file of settings."""
    content = look.read(path)
    return None if content is None or len(content) > MOST_BYTES else content.decode("utf-8-sig", errors="replace")


def read_json(look: Look, path: str) -> Mapping[str, Any]:
    """Return a JSON object; an empty one where there is none that can be read."""
    try:
        return mapping(json_in(read_text(look, path) or ""))
    except ValueError:
        return {}


def read_toml(look: Look, path: str) -> Mapping[str, Any]:
    """Return a TOML file; an empty one where there is none that can be read."""
    try:
        return parse_toml((read_text(look, path) or "").encode(), path)
    except HotfixError:
        return {}


def tool_table(look: Look, tool: str, *paths: str) -> Mapping[str, Any] | None:
    """Return ``[tool.NAME]`` of the first of these TOML files that has it; None: none of them has."""
    tables = (mapping(read_toml(look, path).get("tool")) for path in paths)
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
    for tool, files in _FILES:
        if any(look.read(name) is not None for name in files):
            return tool
    found = (find(look) for find in (_in_pyproject, _in_cargo, _semantic_release, _in_package, _in_workflows))
    return next(filter(None, found), None)


def _in_pyproject(look: Look) -> str | None:
    tables = mapping(read_toml(look, "pyproject.toml").get("tool"))
    return next((tool for name, tool in _IN_PYPROJECT.items() if name in tables), None)


def _in_cargo(look: Look) -> str | None:
    content = read_toml(look, "Cargo.toml")
    owners = (mapping(mapping(content.get(name)).get("metadata")) for name in ("package", "workspace"))
    return "git-cliff" if any("git-cliff" in owner for owner in owners) else None


def _semantic_release(look: Look) -> str | None:
    """semantic-release writes a file only with its changelog plugin."""
    texts = (*(read_text(look, name) or "" for name in _RELEASERC), str(read_json(look, "package.json").get("release")))
    return "semantic-release" if any("@semantic-release/changelog" in text for text in texts) else None


def _in_package(look: Look) -> str | None:
    package = read_json(look, "package.json")
    used = {*mapping(package.get("devDependencies")), *mapping(package.get("dependencies"))}
    own = (tool for tool in ("standard-version", "auto-changelog", "auto") if tool in package)
    if tool := next((tool for tool in _PACKAGES if tool in used), next(own, None)):
        return tool
    command = mapping(mapping(read_json(look, "lerna.json").get("command")).get("version"))
    return "lerna" if command.get("conventionalCommits") is True else None


def _in_workflows(look: Look) -> str | None:
    folder = ".github/workflows"
    paths = (f"{folder}/{name}" for name in look.names(folder) if name.endswith((".yml", ".yaml")))
    uses = re.compile(r"(?m)^[^#\n]*uses:\s*['\"]?[\w.-]+/release-please-action@")
    return "release-please" if any(uses.search(read_text(look, path) or "") for path in paths) else None
