"""Changelogs that a tool keeps: those put together from fragments get a fragment, generated ones are left alone.

What is read is what the tools' own manuals name; a configuration that cannot be read counts as none.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from msgspec import Struct

from git_hotfix.config.checks import is_gits_own
from git_hotfix.record.changelog import Entry, entry_text
from git_hotfix.record.changelog_tools import (
    Look,
    generator,
    ini_section,
    mapping,
    mappings,
    read_json,
    read_text,
    tool_table,
)
from git_hotfix.record.headings import kind_of
from git_hotfix.record.markdown import issue_link, one_line

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


class Fragments(Struct, frozen=True):
    """A tool that puts the changelog together from one file a change.

    ``folder`` is where they are, from the top of the repository; ``path`` returns the file for an entry, the same one
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

    ``read`` returns the content of a file by its path (None: no such file), ``names`` the names in a folder (of no
    folder: none; ``""`` is the top).
    """
    look = Look(read, names)
    for find in (_towncrier, _scriv, _changie, _changesets, _reno):
        found = find(look)
        if isinstance(found, Fragments) and any(part == ".." or is_gits_own(part) for part in found.folder.split("/")):
            return Generated(found.tool, f"The folder of fragments of '{found.tool}' leads out of the repository.")
        if found:
            return found
    if tool := generator(look):
        return Generated(tool, f"The changelog is written by '{tool}' from commit messages, which would undo an entry.")
    return None


def _towncrier(look: Look) -> Fragments | Generated | None:
    """towncrier: https://towncrier.readthedocs.io, "Configuration Reference" and "How to name fragments"."""
    settings = tool_table(look, "towncrier", "towncrier.toml", "pyproject.toml")
    if settings is None:
        return None
    package = settings.get("package")
    inside = f"{settings.get('package_dir', '.')}/{package}/newsfragments" if package else "newsfragments"
    folder = settings.get("directory") or inside
    if sections := [str(each.get("path", "")) for each in mappings(settings.get("section"))]:
        folder = f"{folder}/{'' if '' in sections else sections[0]}"
    is_markdown = str(settings.get("filename", "NEWS.rst")).endswith(".md")
    types = {"feature": "Features", "bugfix": "Bugfixes", "doc": "", "removal": "", "misc": "Misc"}
    if tables := mapping(settings.get("fragment")):
        types = {name: str(mapping(each).get("name", name)) for name, each in tables.items()}
    if listed := mappings(settings.get("type")):
        titles = [str(each.get("name", "")) for each in listed]
        types = {str(each.get("directory", title.lower())): title for each, title in zip(listed, titles, strict=True)}
    if not _type_for("Fixed", types):
        return Generated("towncrier", "The fragments of 'towncrier' have no type for a fix here.")

    def name(entry: Entry) -> str:
        return f"+{entry.hotfix}.{_type_for(entry.section, types)}.{'md' if is_markdown else 'rst'}"

    return _fragments("towncrier", folder, name, lambda entry: f"{entry_text(entry) if is_markdown else _rst(entry)}\n")


def _scriv(look: Look) -> Fragments | Generated | None:
    """scriv: https://scriv.readthedocs.io, "Configuration"."""
    settings = tool_table(look, "scriv", "pyproject.toml")
    if settings is None:
        in_cfg = ("setup.cfg", "tool.scriv"), ("setup.cfg", "scriv")
        settings = ini_section(look, *in_cfg, ("tox.ini", "scriv"), ("changelog.d/scriv.ini", "scriv"))
    if settings is None:
        return None
    suffix = str(settings.get("format", "rst"))
    listed = settings.get("categories") or "Removed,Added,Changed,Deprecated,Fixed,Security"
    categories = listed if isinstance(listed, list) else re.split(r"[,\n]", str(listed))
    types = {name: name for each in categories if (name := str(each).strip())}
    if not _type_for("Fixed", types) or suffix not in ("rst", "md"):
        return Generated("scriv", "The fragments of 'scriv' have no category for a fix here.")

    def content(entry: Entry) -> str:
        category = _type_for(entry.section, types) or entry.section
        if suffix == "md":
            return f"### {category}\n\n- {entry_text(entry)}\n"
        return f"{category}\n{'-' * len(category)}\n\n- {_rst(entry)}\n"

    folder = settings.get("fragment_directory") or "changelog.d"
    return _fragments("scriv", folder, lambda entry: f"{entry.hotfix}.{suffix}", content)


def _changie(look: Look) -> Fragments | Generated | None:
    """changie: https://changie.dev, "Configuration"; custom choices, components and projects have to be asked for."""
    text = read_text(look, ".changie.yaml") or read_text(look, ".changie.yml")
    if text is None:
        return None
    if asked := re.search(r"(?m)^(components|projects|custom):", text):
        return Generated("changie", f"The fragments of 'changie' ask for more than is known here ('{asked[1]}').")
    folder = f"{_yaml_value(text, 'changesDir', '.changes')}/{_yaml_value(text, 'unreleasedDir', 'unreleased')}"
    labels = [each.strip("\"' \t\r") for each in re.findall(r"(?m)^[ \t]*-[ \t]+label:[ \t]*(\S.*)$", text)]
    types = {label: label for label in labels}
    if not _type_for("Fixed", types):
        return Generated("changie", "The fragments of 'changie' have no kind for a fix here.")

    def content(entry: Entry) -> str:
        return f"kind: {_json(_type_for(entry.section, types))}\nbody: {_json(entry_text(entry))}\n"

    return _fragments("changie", folder, lambda entry: f"{entry.hotfix}.yaml", content)


def _changesets(look: Look) -> Fragments | Generated | None:
    """changesets: https://github.com/changesets/changesets, "Adding a changeset"; a workspace has to be asked for."""
    if look.read(".changeset/config.json") is None:
        return None
    package = read_json(look, "package.json")
    name = package.get("name")
    if not isinstance(name, str) or "workspaces" in package or look.read("pnpm-workspace.yaml") is not None:
        reason = "A fragment of 'changesets' names the packages it is about, and here are several or none."
        return Generated("changesets", reason)

    def content(entry: Entry) -> str:
        return f"---\n{_json(name)}: patch\n---\n\n{entry_text(entry)}\n"

    return _fragments("changesets", ".changeset", lambda entry: f"{entry.hotfix}.md", content)


def _reno(look: Look) -> Fragments | Generated | None:
    """reno: https://docs.openstack.org/reno, "Editing a Release Note"; sixteen hexadecimal digits end the name."""
    configured = (look.read(name) for name in ("reno.yaml", "releasenotes/config.yaml"))
    if not look.names("releasenotes/notes") and all(content is None for content in configured):
        return None

    def name(entry: Entry) -> str:
        import hashlib  # noqa: PLC0415  # 2 ms, and few repositories have reno

        return f"{entry.hotfix}-{hashlib.sha256(str(entry.hotfix).encode()).hexdigest()[:16]}.yaml"

    def content(entry: Entry) -> str:
        return f"---\n{'security' if entry.section == 'Security' else 'fixes'}:\n  - |\n    {_rst(entry)}\n"

    return _fragments("reno", "releasenotes/notes", name, content)


def _fragments(tool: str, path: object, name: Callable[[Entry], str], content: Callable[[Entry], str]) -> Fragments:
    folder = "/".join(part for part in str(path).split("/") if part not in ("", "."))
    return Fragments(tool, folder, lambda entry: f"{folder}/{name(entry)}", lambda entry: content(entry).encode())


def _type_for(section: str, types: dict[str, str]) -> str | None:
    """Return the type of fragments for a section, by its name or title; without one for security that for fixes."""
    named = {kind_of(text): name for name, title in reversed(types.items()) for text in (title, name)}
    return named.get(section) or named.get("Fixed")


def _rst(entry: Entry) -> str:
    """Return an entry as one line of reStructuredText, without links: where the report is from there is not known."""
    words = re.sub(r"\\(?=[!-/:-@\[-`{-~])", "", one_line(entry.description))
    words = re.sub(r"([\\*`|])|_(?!\w)", r"\\\g<0>", words)
    if entry.cve and not words.startswith(entry.cve):
        words = f"{entry.cve}: {words}"
    known = [entry.issue and issue_link(entry.issue).strip("<>"), entry.tag and f"``{entry.tag}``"]
    return f"{words} ({', '.join([*filter(None, known), f'``{entry.hotfix}``'])})"


def _yaml_value(text: str, key: str, default: str) -> str:
    """Return a plain value at the top of a YAML file."""
    match = re.search(rf"(?m)^{key}:[ \t]*([^\s#][^#\r\n]*)", text)
    return match[1].strip("\"' \t") if match else default


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
