"""Tools that write the changelog from commit messages or pull requests, by what they leave in a repository."""

from __future__ import annotations

import re

from git_hotfix.record.settings_files import Look, mapping, read_json, read_text, read_toml

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
    "standard-version",
    "commit-and-tag-version",
    "conventional-changelog-cli",
    "@release-it/conventional-changelog",
    "auto-changelog",
    "auto",
)


def generator(look: Look) -> str | None:
    """Name the tool that generates the changelog; None: there is none that is known."""
    for tool, files in _FILES:
        if any(look.read(name) is not None for name in files):
            return tool
    for find in (_in_pyproject, _in_cargo, _semantic_release, _in_package, _in_workflows):
        if found := find(look):
            return found
    return None


def _in_pyproject(look: Look) -> str | None:
    tables = mapping(mapping(read_toml(look, "pyproject.toml")).get("tool"))
    return next((tool for name, tool in _IN_PYPROJECT.items() if name in tables), None)


def _in_cargo(look: Look) -> str | None:
    content = mapping(read_toml(look, "Cargo.toml"))
    owners = (mapping(mapping(content.get(name)).get("metadata")) for name in ("package", "workspace"))
    return "git-cliff" if any("git-cliff" in owner for owner in owners) else None


def _semantic_release(look: Look) -> str | None:
    """semantic-release writes a file only with its changelog plugin."""
    package = read_json(look, "package.json") or {}
    texts = [read_text(look, name) or "" for name in _RELEASERC] + [str(package.get("release", ""))]
    return "semantic-release" if any("@semantic-release/changelog" in text for text in texts) else None


def _in_package(look: Look) -> str | None:
    package = read_json(look, "package.json") or {}
    used = {*mapping(package.get("devDependencies")), *mapping(package.get("dependencies"))}
    if tool := next((tool for tool in _PACKAGES if tool in used), None):
        return tool
    if tool := next((tool for tool in ("standard-version", "auto-changelog", "auto") if tool in package), None):
        return tool
    command = mapping(mapping((read_json(look, "lerna.json") or {}).get("command")).get("version"))
    return "lerna" if command.get("conventionalCommits") is True else None


def _in_workflows(look: Look) -> str | None:
    folder = ".github/workflows"
    for name in look.names(folder):
        if name.endswith((".yml", ".yaml")):
            text = read_text(look, f"{folder}/{name}") or ""
            if re.search(r"(?m)^[^#\n]*uses:\s*['\"]?[\w.-]+/release-please-action@", text):
                return "release-please"
    return None
