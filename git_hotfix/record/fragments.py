"""Changelogs that a tool keeps: those put together from fragments get a fragment, generated ones are left alone.

What is read is what the tools' own manuals name; a configuration that cannot be read counts as none.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Literal

from msgspec import Struct
from msgspec.structs import replace

from git_hotfix.config.checks import is_gits_own
from git_hotfix.record.changelog import Entry, entry_text, markup_of
from git_hotfix.record.changelog_tools import (
    Look,
    generator,
    ini_section,
    mapping,
    mappings,
    read_table,
    read_text,
    tool_table,
)
from git_hotfix.record.headings import kind_of
from git_hotfix.record.splice import LeftAlone

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_FOLDERS = re.compile(
    r"(?:.*/)?(?:newsfragments|changelog\.d|changelogs?/(?:unreleased|fragments)|\.changes(?:/\w+)?|\.changeset|\.chloggen)/"
)
"""Folders that have no other use than fragments, whether their tool is known here or not."""
_NO_FRAGMENT = re.compile(r"(?i:\..*|readme.*|config\..*|.*template.*|.*\.(?:ini|toml|j2))")


class Fragments(Struct, frozen=True):
    """A tool that puts the changelog together from one file a change, in or below ``folder``.

    ``types`` are its types of changes by name, each with its title; ``write`` returns name and text of the fragment for
    an entry of a type: the same every time, with the id of the hotfix in the name.
    """

    tool: str
    folder: str
    types: dict[str, str]
    markup: Literal["md", "rst"]
    write: Callable[[Entry, str], tuple[str, str]]

    def file(self, entry: Entry) -> tuple[str, bytes]:
        """Return path and content of the fragment for an entry."""
        name, text = self.write(replace(entry, markup=self.markup), _type_for(entry.section, self.types) or "")
        return f"{self.folder}/{name}", text.encode()


def is_fragment(path: str, keeper: Fragments | LeftAlone | None) -> bool:
    """Whether a file is a fragment, of the tool that keeps the changelog or of any other."""
    own = re.escape(f"{keeper.folder}/") + ".*" if isinstance(keeper, Fragments) else _FOLDERS.pattern
    folder, slash, name = path.rpartition("/")
    is_there = re.fullmatch(own, folder + slash) or _FOLDERS.fullmatch(folder + slash)
    return bool(is_there) and not _NO_FRAGMENT.fullmatch(name)


def changelog_keeper(
    read: Callable[[str], bytes | None], names: Callable[[str], tuple[str, ...]]
) -> Fragments | LeftAlone | None:
    """Find the tool that keeps the changelog of a repository; None: people do.

    ``read`` returns the content of a file by its path (None: no such file), ``names`` the names in a folder (of no
    folder: none; ``""`` is the top).
    """
    look = Look(read, names)
    found = _towncrier(look) or _scriv(look) or _changie(look) or _changesets(look) or _reno(look)
    if isinstance(found, Fragments) and any(part == ".." or is_gits_own(part) for part in found.folder.split("/")):
        return LeftAlone(f"The folder of fragments of '{found.tool}' leads out of the repository.")
    if isinstance(found, Fragments) and not _type_for("Fixed", found.types):
        return LeftAlone(f"The fragments of '{found.tool}' have no type for a fix.")
    if found is None and (tool := generator(look)):
        return LeftAlone(f"The changelog is written by '{tool}' from commit messages, which would undo an entry.")
    return found


def _towncrier(look: Look) -> Fragments | None:
    """towncrier: https://towncrier.readthedocs.io, "Configuration Reference" and "How to name fragments"."""
    settings = tool_table(look, "towncrier", "towncrier.toml", "pyproject.toml")
    if settings is None:
        return None
    sections = [str(each.get("path", "")) for each in mappings(settings.get("section"))]
    section = sections[0] if sections and "" not in sections else ""
    package = f"{settings.get('package_dir', '.')}/{settings.get('package', '')}"
    directory = settings.get("directory")  # with it sections are below it, else above "newsfragments"
    below = f"{section}/" if directory and section else ""
    types = {"feature": "Features", "bugfix": "Bugfixes", "doc": "", "removal": "", "misc": "Misc"}
    if tables := mapping(settings.get("fragment")):
        types = {name: str(mapping(each).get("name", name)) for name, each in tables.items()}
    if listed := mappings(settings.get("type")):
        titles = [str(each.get("name", "")) for each in listed]
        types = {str(each.get("directory", title.lower())): title for each, title in zip(listed, titles, strict=True)}
    markup: Literal["md", "rst"] = "md" if markup_of(str(settings.get("filename", ""))) == "md" else "rst"

    def write(entry: Entry, type_: str) -> tuple[str, str]:
        return f"{below}+{entry.hotfix}.{type_}.{markup}", f"{entry_text(entry)}\n"

    return Fragments("towncrier", _folder(directory or f"{package}/{section}/newsfragments"), types, markup, write)


def _scriv(look: Look) -> Fragments | LeftAlone | None:
    """scriv: https://scriv.readthedocs.io, "Configuration"."""
    settings = tool_table(look, "scriv", "pyproject.toml")
    if settings is None:
        in_cfg = ("setup.cfg", "tool.scriv"), ("setup.cfg", "scriv")
        settings = ini_section(look, *in_cfg, ("tox.ini", "scriv"), ("changelog.d/scriv.ini", "scriv"))
    if settings is None:
        return None
    listed = settings.get("categories") or "Removed,Added,Changed,Deprecated,Fixed,Security"
    categories = listed if isinstance(listed, list) else re.split(r"[,\n]", str(listed))
    types = {name: name for each in categories if (name := str(each).strip())}
    folder = _folder(settings.get("fragment_directory") or "changelog.d")
    match settings.get("format", "rst"):
        case ("md" | "rst") as markup:

            def write(entry: Entry, category: str) -> tuple[str, str]:
                heading = f"### {category}" if markup == "md" else f"{category}\n{'-' * len(category)}"
                return f"{entry.hotfix}.{markup}", f"{heading}\n\n- {entry_text(entry)}\n"

            return Fragments("scriv", folder, types, markup, write)
        case other:
            return LeftAlone(f"The fragments of 'scriv' are written as '{other}', which is not known here.")


def _changie(look: Look) -> Fragments | LeftAlone | None:
    """changie: https://changie.dev, "Configuration"; custom choices, components and projects have to be asked for."""
    text = read_text(look, ".changie.yaml") or read_text(look, ".changie.yml")
    if text is None:
        return None
    if asked := re.search(r"(?m)^(components|projects|custom):", text):
        return LeftAlone(f"The fragments of 'changie' ask for more than is known here ('{asked[1]}').")
    folder = f"{_yaml_value(text, 'changesDir', '.changes')}/{_yaml_value(text, 'unreleasedDir', 'unreleased')}"
    labels = [each.strip("\"' \t\r") for each in re.findall(r"(?m)^[ \t]*-[ \t]+label:[ \t]*(\S.*)$", text)]

    def write(entry: Entry, kind: str) -> tuple[str, str]:
        return f"{entry.hotfix}.yaml", f"kind: {_json(kind)}\nbody: {_json(entry_text(entry))}\n"

    return Fragments("changie", _folder(folder), {label: label for label in labels}, "md", write)


def _changesets(look: Look) -> Fragments | LeftAlone | None:
    """changesets: https://github.com/changesets/changesets, "Adding a changeset"; a workspace has to be asked for."""
    if look.read(".changeset/config.json") is None:
        return None
    package = read_table(look, "package.json")
    name = package.get("name")
    if not isinstance(name, str) or "workspaces" in package or look.read("pnpm-workspace.yaml") is not None:
        return LeftAlone("A fragment of 'changesets' names the packages it is about, and here are several or none.")

    def write(entry: Entry, bump: str) -> tuple[str, str]:
        return f"{entry.hotfix}.md", f"---\n{_json(name)}: {bump}\n---\n\n{entry_text(entry)}\n"

    return Fragments("changesets", ".changeset", {"patch": "Fixed"}, "md", write)


def _reno(look: Look) -> Fragments | None:
    """reno: https://docs.openstack.org/reno, "Editing a Release Note"; sixteen hexadecimal digits end the name."""
    configured = (look.read(name) for name in ("reno.yaml", "releasenotes/config.yaml"))
    if not look.names("releasenotes/notes") and all(content is None for content in configured):
        return None

    def write(entry: Entry, part: str) -> tuple[str, str]:
        import hashlib  # noqa: PLC0415  # 2 ms, and few repositories have reno

        digits = hashlib.sha256(str(entry.hotfix).encode()).hexdigest()[:16]
        return f"{entry.hotfix}-{digits}.yaml", f"---\n{part}:\n  - |\n    {entry_text(entry)}\n"

    return Fragments("reno", "releasenotes/notes", {"fixes": "Fixed", "security": "Security"}, "rst", write)


def _folder(path: object) -> str:
    return "/".join(part for part in str(path).split("/") if part not in ("", "."))


def _type_for(section: str, types: dict[str, str]) -> str | None:
    """Return the type of fragments for a section, by its name or title; without one for security that for fixes."""
    named = {kind_of(text): name for name, title in reversed(types.items()) for text in (title, name)}
    return named.get(section) or named.get("Fixed")


def _yaml_value(text: str, key: str, default: str) -> str:
    """Return a plain value at the top of a YAML file."""
    match = re.search(rf"(?m)^{key}:[ \t]*([^\s#][^#\r\n]*)", text)
    return match[1].strip("\"' \t") if match else default


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
