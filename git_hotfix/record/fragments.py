"""Changelogs that a tool keeps: those put together from fragments get a fragment, generated ones are left alone.

What is read is what the tools' own manuals name; a configuration that cannot be read counts as none.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from git_hotfix.record.changelog import Entry, entry_text
from git_hotfix.record.changelog_tools import (
    Look,
    generator,
    ini_section,
    mapping,
    read_json,
    read_text,
    read_toml,
    yaml_value,
)
from git_hotfix.record.headings import kind_of
from git_hotfix.record.markdown import issue_link, one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class Fragments(Struct, frozen=True):
    """A tool that puts the changelog together from one file a change.

    ``folder`` is where they are, from the top of the repository; ``path`` gives the file for an entry, the same one
    every time, with the id of the hotfix in its name; ``content`` what it says.
    """

    tool: str
    folder: str
    path: Callable[[Entry], str]
    content: Callable[[Entry], bytes]


class Generated(Struct, frozen=True):
    """A tool that writes the document itself, so that nothing is written into it: why, as a full sentence."""

    tool: str
    reason: str


def changelog_keeper(
    read: Callable[[str], bytes | None], names: Callable[[str], tuple[str, ...]]
) -> Fragments | Generated | None:
    """Find the tool that keeps the changelog of a repository; None: people do.

    ``read`` gives the content of a file by its path (None: no such file), ``names`` the names in a folder (of no
    folder: none; ``""`` is the top).
    """
    look = Look(read, names)
    for find in (_towncrier, _scriv, _changie, _changesets, _reno):
        found = find(look)
        if isinstance(found, Fragments) and ".." in found.folder.split("/"):
            return Generated(found.tool, f"The folder of fragments of '{found.tool}' leads out of the repository.")
        if found:
            return found
    if tool := generator(look):
        return Generated(tool, f"The changelog is written by '{tool}' from commit messages, which would undo an entry.")
    return None


def backlog_keeper(read: Callable[[str], bytes | None], names: Callable[[str], tuple[str, ...]]) -> Generated | None:
    """Find the tool that keeps the backlog: Backlog.md has a folder of tasks, and gives them their numbers."""
    for folder in ("backlog", ".backlog"):
        if read(f"{folder}/config.yml") is not None or names(f"{folder}/tasks"):
            reason = f"The backlog is the folder '{folder}' of 'Backlog.md', whose own program numbers the tasks."
            return Generated("Backlog.md", reason)
    return None


def _towncrier(look: Look) -> Fragments | Generated | None:
    """towncrier: https://towncrier.readthedocs.io, "Configuration Reference" and "How to name fragments"."""
    found = (_tool(look, name, "towncrier") for name in ("towncrier.toml", "pyproject.toml"))
    settings = next((each for each in found if each is not None), None)
    if settings is None:
        return None
    package = settings.get("package")
    inside = f"{settings.get('package_dir', '.')}/{package}/newsfragments" if package else "newsfragments"
    folder = _folder(settings.get("directory") or inside)
    if sections := settings.get("section"):
        paths = [str(each.get("path", "")) for each in sections if isinstance(each, dict)]
        folder = _folder(f"{folder}/{'' if '' in paths or not paths else paths[0]}")
    suffix = "md" if str(settings.get("filename", "NEWS.rst")).endswith(".md") else "rst"
    types = _towncrier_types(settings)

    def path(entry: Entry) -> str:
        return f"{folder}/+{entry.hotfix}.{_pick(types, entry.section)}.{suffix}"

    if not (_pick(types, "Fixed") and _pick(types, "Security")):
        return Generated("towncrier", "The fragments of 'towncrier' have no type for a fix here.")
    return Fragments("towncrier", folder, path, _rst_or_markdown(suffix))


def _towncrier_types(settings: Mapping[str, Any]) -> dict[str, str]:
    """Return the types of fragments: directory name and title (default: towncrier's own)."""
    if listed := settings.get("type"):
        return {
            str(each.get("directory", str(each.get("name", "")).lower())): str(each.get("name", ""))
            for each in listed
            if isinstance(each, dict)
        }
    if tables := mapping(settings.get("fragment")):
        return {name: str(mapping(each).get("name", name)) for name, each in tables.items()}
    return {"feature": "Features", "bugfix": "Bugfixes", "doc": "", "removal": "", "misc": "Misc"}


def _pick(types: Mapping[str, str], section: str) -> str | None:
    """Return the type for a section; without one for security that for fixes."""
    for wanted in dict.fromkeys((section, "Fixed")):
        for name, title in types.items():
            if wanted in (kind_of(name), kind_of(title)):
                return name
    return None


def _scriv(look: Look) -> Fragments | Generated | None:
    """scriv: https://scriv.readthedocs.io, "Configuration"."""
    places = (
        *(("setup.cfg", "tool.scriv"), ("setup.cfg", "scriv")),
        *(("tox.ini", "scriv"), ("changelog.d/scriv.ini", "scriv")),
    )
    found = (ini_section(look, name, section) for name, section in places)
    settings = _tool(look, "pyproject.toml", "scriv")
    settings = next((each for each in found if each is not None), None) if settings is None else settings
    if settings is None:
        return None
    folder, suffix = _folder(settings.get("fragment_directory") or "changelog.d"), str(settings.get("format", "rst"))
    listed = settings.get("categories") or "Removed,Added,Changed,Deprecated,Fixed,Security"
    categories = listed if isinstance(listed, list) else re.split(r"[,\n]", str(listed))
    types = {name: name for each in categories if (name := str(each).strip())}
    if not _pick(types, "Fixed") or suffix not in ("rst", "md"):
        return Generated("scriv", "The fragments of 'scriv' have no category for a fix here.")

    def content(entry: Entry) -> bytes:
        category = _pick(types, entry.section) or entry.section
        if suffix == "md":
            return f"### {category}\n\n- {entry_text(entry)}\n".encode()
        return f"{category}\n{'-' * len(category)}\n\n- {_rst(entry)}\n".encode()

    return Fragments("scriv", folder, lambda entry: f"{folder}/{entry.hotfix}.{suffix}", content)


def _changie(look: Look) -> Fragments | Generated | None:
    """changie: https://changie.dev, "Configuration"; custom choices, components and projects have to be asked for."""
    text = read_text(look, ".changie.yaml") or read_text(look, ".changie.yml")
    if text is None:
        return None
    if asked := re.search(r"(?m)^(components|projects|custom):", text):
        return Generated("changie", f"The fragments of 'changie' ask for more than is known here ('{asked[1]}').")
    folder = _folder(
        f"{yaml_value(text, 'changesDir') or '.changes'}/{yaml_value(text, 'unreleasedDir') or 'unreleased'}"
    )
    labels = [each.strip("\"' \t\r") for each in re.findall(r"(?m)^[ \t]*-[ \t]+label:[ \t]*(\S.*)$", text)]
    types = {label: label for label in labels}
    if not _pick(types, "Fixed"):
        return Generated("changie", "The fragments of 'changie' have no kind for a fix here.")

    def content(entry: Entry) -> bytes:
        return f"kind: {_json(_pick(types, entry.section))}\nbody: {_json(entry_text(entry))}\n".encode()

    return Fragments("changie", folder, lambda entry: f"{folder}/{entry.hotfix}.yaml", content)


def _changesets(look: Look) -> Fragments | Generated | None:
    """changesets: https://github.com/changesets/changesets, "Adding a changeset"; a workspace has to be asked for."""
    if look.read(".changeset/config.json") is None:
        return None
    package = read_json(look, "package.json") or {}
    name = package.get("name")
    is_workspace = "workspaces" in package or look.read("pnpm-workspace.yaml") is not None
    if not isinstance(name, str) or is_workspace:
        reason = "A fragment of 'changesets' names the packages it is about, and here are several or none."
        return Generated("changesets", reason)

    def content(entry: Entry) -> bytes:
        return f"---\n{_json(name)}: patch\n---\n\n{entry_text(entry)}\n".encode()

    return Fragments("changesets", ".changeset", lambda entry: f".changeset/{entry.hotfix}.md", content)


def _reno(look: Look) -> Fragments | Generated | None:
    """reno: https://docs.openstack.org/reno, "Editing a Release Note"; sixteen hexadecimal digits end the name."""
    configured = (look.read(name) for name in ("reno.yaml", "releasenotes/config.yaml"))
    if not look.names("releasenotes/notes") and all(content is None for content in configured):
        return None

    def path(entry: Entry) -> str:
        import hashlib  # noqa: PLC0415  # 2 ms, and few repositories have reno

        return f"releasenotes/notes/{entry.hotfix}-{hashlib.sha256(str(entry.hotfix).encode()).hexdigest()[:16]}.yaml"

    def content(entry: Entry) -> bytes:
        return f"---\n{'security' if entry.section == 'Security' else 'fixes'}:\n  - |\n    {_rst(entry)}\n".encode()

    return Fragments("reno", "releasenotes/notes", path, content)


def _rst_or_markdown(suffix: str) -> Callable[[Entry], bytes]:
    return lambda entry: f"{entry_text(entry) if suffix == 'md' else _rst(entry)}\n".encode()


def _rst(entry: Entry) -> str:
    """Return an entry as one line of reStructuredText, without links: where the report is from there is not known."""
    words = re.sub(r"\\(?=[!-/:-@\[-`{-~])", "", one_line(entry.description))
    words = re.sub(r"([\\*`|])|_(?!\w)", r"\\\g<0>", words)
    if entry.cve and not words.startswith(entry.cve):
        words = f"{entry.cve}: {words}"
    known = [entry.issue and issue_link(entry.issue).strip("<>"), entry.tag and f"``{entry.tag}``"]
    return f"{words} ({', '.join([*filter(None, known), f'``{entry.hotfix}``'])})"


def _tool(look: Look, name: str, tool: str) -> Mapping[str, Any] | None:
    """Return ``[tool.NAME]`` of a TOML file; None: the file has none."""
    table = mapping(mapping(read_toml(look, name)).get("tool"))
    return mapping(table[tool]) if tool in table else None


def _folder(path: object) -> str:
    """Return a folder from the top of the repository, without ``.`` and doubled ``/``."""
    return "/".join(part for part in str(path).split("/") if part not in ("", "."))


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
