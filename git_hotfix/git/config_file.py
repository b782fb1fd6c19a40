"""The team's configuration file: ``.hotfix.toml``, else ``[tool.git-hotfix]`` of ``pyproject.toml``."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from msgspec import Struct

from git_hotfix.config.layers import edit_remedy
from git_hotfix.config.toml import key_lines, parse_toml
from git_hotfix.errors import HotfixError, command, refused, wrong_input
from git_hotfix.git.objects import LINK, MissingObject, content_of
from git_hotfix.git.trees import entry_at, tree_of
from git_hotfix.limits import read_file

if TYPE_CHECKING:
    from pathlib import Path

    from git_hotfix.git.repository import Repository
    from git_hotfix.hotfix import Oid

OWN_NAME = ".hotfix.toml"
SHARED_NAME = "pyproject.toml"
_MOST_LINKS = 8


class ConfigFile(Struct, frozen=True):
    """The file that counts.

    ``overshadowed`` names the other file when it has settings too, which do not count.
    """

    name: str
    content: bytes
    overshadowed: str | None = None


def table_of(file: ConfigFile) -> Mapping[str, object] | None:
    """Return the settings as TOML has them; None for a ``pyproject.toml`` without ``[tool.git-hotfix]``."""
    document = parse_toml(file.content, file.name)
    if file.name == OWN_NAME:
        return document
    tools = document.get("tool")
    table = tools.get("git-hotfix") if isinstance(tools, Mapping) else None
    if table is not None and not isinstance(table, Mapping):
        message = f"'tool.git-hotfix' in {file.name} must be a table, not '{table}'."
        raise wrong_input("bad-setting", message, edit_remedy(file.name))
    return table


def lines_of(file: ConfigFile) -> Mapping[str, int]:
    """Return the line of each setting, as far as it can be told."""
    return key_lines(file.content, "" if file.name == OWN_NAME else "tool.git-hotfix")


def working_tree_file(top: Path) -> ConfigFile | None:
    """Read the file in a working tree; None when there is none.

    A file that cannot be read and a symbolic link out of the repository are refused.
    """
    return _which(lambda name: read_in_tree(top, name))


def committed_file(repository: Repository, commit: Oid) -> ConfigFile | None:
    """Read the file in a commit's tree; None when there is none. A link out of the tree is refused."""
    try:
        tree = tree_of(repository, commit)
        return _which(lambda name: _blob(repository, tree, name, _MOST_LINKS))
    except MissingObject as error:
        reason = error.problems[0].message
        raise refused(
            "commit-unreadable",
            f"The configuration in commit '{commit}' cannot be read: {reason}",
            command("git", "show", f"{commit}:{OWN_NAME}"),
        ) from error


def _which(read: Callable[[str], bytes | None]) -> ConfigFile | None:
    own = read(OWN_NAME)
    if own is not None:
        return ConfigFile(OWN_NAME, own, SHARED_NAME if _is_overshadowed(read) else None)
    shared = _shared(read)
    return shared if shared is not None and table_of(shared) is not None else None


def _shared(read: Callable[[str], bytes | None]) -> ConfigFile | None:
    """Read ``pyproject.toml`` if it mentions us: what is wrong in any other is not our business."""
    content = read(SHARED_NAME)
    return ConfigFile(SHARED_NAME, content) if content and b"git-hotfix" in content else None


def _is_overshadowed(read: Callable[[str], bytes | None]) -> bool:
    """Return whether ``pyproject.toml`` has settings that do not count."""
    try:
        shared = _shared(read)
        return shared is not None and table_of(shared) is not None
    except HotfixError:
        return False


def read_in_tree(top: Path, name: str) -> bytes | None:
    """Return the content of a file of a working tree, None where there is none; a way that leads out is refused."""
    path = top / name
    try:
        if not path.resolve().is_relative_to(top.resolve()):
            raise _outside(name)
        if not path.is_symlink() and not path.exists():
            return None
        return read_file(path)
    except (OSError, RuntimeError) as error:  # RuntimeError: a link to itself, before Python 3.13
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise refused("file-unreadable", f"'{name}' cannot be read: {reason}.", command("ls", "-l", name)) from error


def _blob(repository: Repository, tree: Oid, path: str, links_left: int) -> bytes | None:
    """Return the content of a path in a tree, through symbolic links that stay inside."""
    entry = entry_at(repository, tree, path)
    if entry is None:
        return None
    content = content_of(repository, entry.oid) if entry.is_file or entry.mode == LINK else None
    if content is not None and entry.mode == LINK:
        target = posixpath.normpath(posixpath.join(posixpath.dirname(path), content.decode("utf-8", "replace")))
        if target.startswith(("/", "../")) or target == "..":
            raise _outside(path)
        content = _blob(repository, tree, target, links_left - 1) if links_left else None
    if content is None:
        message = f"'{path}' in the commit is no regular file, nor a link to one."
        raise refused("file-unreadable", message, command("git", "ls-files", "--stage", "--", path))
    return content


def _outside(name: str) -> HotfixError:
    remedies = {OWN_NAME: command("rm", name), SHARED_NAME: command("touch", OWN_NAME)}  # with ours nobody reads it
    remedy = remedies.get(name, command("ls", "-ld", name, posixpath.dirname(name) or "."))
    return refused("link-outside", f"'{name}' is a symbolic link that leaves the repository.", remedy)
