"""The values of ``Config`` and where they come from: git config, the team's file, git-flow."""

from __future__ import annotations

import re
from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING

from msgspec import Struct

from git_hotfix.config.layers import (
    Layer,
    Setting,
    Settings,
    read_layer,
    read_setting,
    resolve,
    setting_of,
    unknown_setting,
)
from git_hotfix.config.table import Key, Kind, all_keys
from git_hotfix.errors import HotfixError, Problem, command, refused, wrong_input
from git_hotfix.git.config_file import lines_of, table_of
from git_hotfix.git.consent import CONSENT_KEY, is_in_working_tree

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from git_hotfix.git.config_file import ConfigFile
    from git_hotfix.git.program import Answer, Folders, Git

_LIST = ("config", "--list", "-z", "--show-scope", "--show-origin")
_TRUE, _FALSE = ("true", "yes", "on"), ("false", "no", "off", "")
_INTEGER = re.compile(r"\s*([+-]?\d{1,18})([kmg]?)\s*\Z", re.IGNORECASE)
_UNITS = {"": 1, "k": 1024, "m": 1024**2, "g": 1024**3}


class Entry(Struct, frozen=True):
    """One line of git's configuration.

    ``scope`` is system, global, local, worktree or command (``git -c``); ``key`` is as git lists it, in lower
    case but for the middle part; ``value`` is None for a key without ``=``, which is a boolean true.
    """

    scope: str
    key: str
    value: str | None
    file: str | None = None
    """The file it comes from, where that is one of the repository's own files: an include let it in."""


class GitConfig(Struct, frozen=True):
    """Git's configuration as git itself reads it (includes, ``-c``, ``GIT_CONFIG_COUNT``), weakest first."""

    entries: tuple[Entry, ...]

    def entries_of(self, key: str) -> tuple[Entry, ...]:
        """Return every entry of a key; its first and last part may be written in any case."""
        wanted = _as_listed(key)
        return tuple(entry for entry in self.entries if entry.key == wanted)

    def last(self, key: str) -> str | None:
        """Return the value that counts; None when the key is not there or has no ``=``."""
        entries = self.entries_of(key)
        return entries[-1].value if entries else None

    def having(self, key: str, value: str) -> GitConfig:
        """Return this configuration with one more setting that counts before all others, as by ``git -c``."""
        return GitConfig((*self.entries, Entry("command", _as_listed(key), value)))

    def all(self, key: str) -> tuple[str, ...]:
        """Return every value of a repeated key; an empty one drops those before it, as in git's own lists."""
        return _listed(self.entries_of(key))

    def boolean(self, key: str) -> bool | None:
        """Return a boolean as git understands it; None when the key is not there."""
        entries = self.entries_of(key)
        if not entries:
            return None
        truth = _truth(entries[-1].value)
        if truth is None:
            message = f"'{key}' in {_origin(entries[-1:])} must be true or false, not '{entries[-1].value}'."
            raise wrong_input("bad-setting", message, command("git", "config", key, "true"))
        return truth


def read_git_config(git: Git) -> GitConfig:
    """Read git's configuration afresh, with one process; a broken file is wrong input in git's words."""
    git.forget(*_LIST)
    return git_config_of(git)


def git_config_of(git: Git) -> GitConfig:
    """Return git's configuration as it was last read in this run; errors as of ``read_git_config``."""
    answer = git.once(*_LIST)
    if answer.code != 0:
        message = f"git cannot read its configuration: {answer.why}."
        raise wrong_input("git-config-broken", message, command("git", "config", "--list"))
    return _read(answer, git.directory, git.folders)


@lru_cache(maxsize=4)
def _read(answer: Answer, directory: Path, folders: Folders | None) -> GitConfig:
    pieces = iter(answer.records)
    entries = []
    for scope, origin, line in zip(pieces, pieces, pieces, strict=True):
        key, separator, value = line.partition("\n")
        is_ours = key.startswith("hotfix.") and is_in_working_tree(origin, directory, folders)
        entries.append(Entry(scope, key, value if separator else None, origin.partition(":")[2] if is_ours else None))
    return GitConfig(tuple(entries))


def load_settings(config: GitConfig, file: ConfigFile | None) -> Settings:
    """Return the settings that count: git config, then the team's file, then git-flow's, then the defaults.

    What is wrong in one of them is kept beside what the others say.
    """
    broken: list[Problem] = []
    layers: list[Layer] = []
    sources: tuple[Callable[[], Layer], ...] = (
        lambda: _git_layer(config),
        lambda: _file_layer(file),
        lambda: _gitflow_layer(config),
    )
    for read in sources:
        try:
            layers.append(read())
        except HotfixError as error:
            broken.extend(error.problems)
    return resolve(layers, *broken)


def committed_value(file: ConfigFile | None, key: str) -> object:
    """Return what the team's file itself says of a key; None where it says nothing, or is broken."""
    with suppress(HotfixError):
        found = _file_layer(file).get(key)
        return found.value if found is not None and not isinstance(found.value, Problem) else None
    return None


def keep_setting(git: Git, key: str, value: str | Sequence[str]) -> None:
    """Write a setting (``test.command``) into the repository's own git config, in place of what was there.

    An empty list is kept as one empty value, which drops what weaker files say. What the configuration would
    refuse is wrong input and not written; a locked or unwritable file is refused in git's words.
    """
    known = all_keys()[key]
    values = (value,) if isinstance(value, str) else tuple(value) or ("",)
    read_setting(known, _plain(known, tuple(Entry("local", key, each) for each in values)), "git config", shown=key)
    for option, each in zip(("--replace-all", *["--add"] * (len(values) - 1)), values, strict=True):
        answer = git.ask("config", "--local", option, known.git_name, each)
        if answer.code != 0:
            remedy = command("git", "config", "--local", option, known.git_name, each)
            message = f"'{known.git_name}' could not be kept in git config: {answer.why}."
            raise refused("config-not-written", message, remedy)


def _git_layer(config: GitConfig) -> Layer:
    known = {_as_listed(key.git_name): key for key in all_keys().values()}
    found: dict[str, list[Entry]] = {}
    for entry in config.entries:
        if entry.key.startswith("hotfix.") and entry.key != CONSENT_KEY:
            found.setdefault(entry.key, []).append(entry)
    layer: dict[str, Setting] = {}
    for listed, entries in found.items():
        key = known.get(listed)
        if key is None:
            place = _origin(entries)
            layer[listed] = Setting(unknown_setting(listed.removeprefix("hotfix."), place, in_git=True), place)
            continue
        # deploy.* count from git config and from the base's own file, never from a file that a branch brings
        given = [each for each in entries if each.file is None] if key.section == "deploy" else entries
        if given:
            layer[key.dotted] = _setting(key, given)
    return layer


def _file_layer(file: ConfigFile | None) -> Layer:
    return {} if file is None else read_layer(table_of(file) or {}, file.name, lines_of(file))


def _gitflow_layer(config: GitConfig) -> Layer:
    if not any(entry.key.startswith("gitflow.") for entry in config.entries):
        return {}
    from git_hotfix.git.gitflow import gitflow_layer  # noqa: PLC0415  # only where git-flow is used

    return gitflow_layer(config)


def _setting(key: Key, entries: Sequence[Entry]) -> Setting:
    """Return the setting of a key; the origin names every scope its values come from."""
    counting = entries if key.kind in (Kind.TEXTS, Kind.TABLE) else entries[-1:]
    is_personal = all(entry.file is None for entry in counting)
    return setting_of(key, _plain(key, entries), _origin(counting), shown=key.git_name, is_personal=is_personal)


def _plain(key: Key, entries: Sequence[Entry]) -> object:
    """Return what git keeps as text in the type of the key; what does not fit stays text, refused later."""
    value = entries[-1].value
    if value is None and key.kind is not Kind.SWITCH:
        return None
    match key.kind:
        case Kind.SWITCH:
            truth = _truth(value)
            return value if truth is None else truth
        case Kind.NUMBER:
            match = _INTEGER.match(value or "")
            return int(match[1]) * _UNITS[match[2].lower()] if match else value
        case Kind.TEXT:
            return value
        case Kind.TEXTS:
            return list(_listed(entries))
        case Kind.TABLE:
            return _table(_listed(entries))


def _table(values: Sequence[str]) -> object:
    """Read ``glob=path`` values; a repeated glob has several paths."""
    table: dict[str, list[str]] = {}
    for value in values:
        glob, separator, path = value.partition("=")
        if not separator:
            return value
        table.setdefault(glob.strip(), []).append(path.strip())
    return table


def _listed(entries: Sequence[Entry]) -> tuple[str, ...]:
    values: list[str] = []
    for entry in entries:
        if entry.value:
            values.append(entry.value)
        else:
            values.clear()
    return tuple(values)


def _truth(value: str | None) -> bool | None:
    """Read a boolean as git-config(1) defines it; None when it is not one."""
    if value is None or value.lower() in _TRUE:
        return True
    if value.lower() in _FALSE:
        return False
    match = _INTEGER.match(value)
    return int(match[1]) != 0 if match else None


def _origin(entries: Sequence[Entry]) -> str:
    places = dict.fromkeys(entry.file or entry.scope for entry in entries)
    return f"git config ({', '.join(places)})"


def _as_listed(key: str) -> str:
    """Write a key as ``git config --list`` does: first and last part in lower case, the middle as it is."""
    first, *middle, last = key.split(".")
    return ".".join((first.lower(), *middle, last.lower()))
