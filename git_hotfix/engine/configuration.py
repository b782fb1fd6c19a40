"""The configuration that counts in a run: of the working tree, of a commit, with what the command line overrides."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from msgspec.structs import replace

from git_hotfix.errors import HotfixError
from git_hotfix.git.config_file import committed_file, working_tree_file
from git_hotfix.git.objects import has_object
from git_hotfix.git.settings import committed_value, load_settings, read_git_config
from git_hotfix.git.world import fetch_missing

if TYPE_CHECKING:
    from collections.abc import Callable

    from git_hotfix.config.keys import Config
    from git_hotfix.config.layers import Settings
    from git_hotfix.facts.hotfixes import Known
    from git_hotfix.git.config_file import ConfigFile
    from git_hotfix.git.repository import Repository
    from git_hotfix.git.settings import GitConfig
    from git_hotfix.git.world import World
    from git_hotfix.hotfix import Oid


class Configured:
    """The settings of a run, each file read once."""

    world: World

    def __init__(self, repository: Repository, git_config: GitConfig) -> None:
        self.repository = repository
        self.git_config = git_config
        self._settings: dict[ConfigFile | None, Settings] = {}
        self.settings = self._load_settings()

    @property
    def config(self) -> Config:
        """The configuration of the working tree."""
        return self.settings.config

    def _settings_of(self, known: Known) -> Settings:
        """Return the configuration of a hotfix: its branch's file, from the working tree where that is checked out."""
        branch = known.name(self.config.branches.prefix)
        tree = self.world.tree_of(branch)
        if tree is not None:
            return self._settings_from(lambda: working_tree_file(tree.path))
        tip = known.local or known.server
        fetch_missing(self.repository, self.world, (branch,))
        return self.settings_at(tip) if tip is not None and has_object(self.repository, tip) else self.settings

    def settings_at(self, commit: Oid | None) -> Settings:
        """Return the configuration that a commit has; None: that of no file."""
        return self._settings_from(lambda: committed_file(self.repository, commit) if commit is not None else None)

    def is_public(self, commit: Oid, key: str, line: str) -> bool:
        """Return whether a commit's own file has this command: who reads what was published can read it there."""
        with suppress(HotfixError):
            return committed_value(committed_file(self.repository, commit), key) == line
        return False

    def _settings_from(self, read: Callable[[], ConfigFile | None]) -> Settings:
        """Return the configuration with a file; one that cannot be read counts for nothing, and is told with it."""
        try:
            return self._settings_in(read())
        except HotfixError as error:
            without = self._settings_in(None)
            return replace(without, problems=(*without.problems, *error.problems))

    def _settings_in(self, file: ConfigFile | None) -> Settings:
        if file not in self._settings:
            self._settings[file] = load_settings(self.git_config, file)
        return self._settings[file]

    def _load_settings(self) -> Settings:
        top = self.repository.top
        return self._settings_from(lambda: working_tree_file(top) if top else None)

    def reload_settings(self) -> None:
        """Read the configuration again after a setting was kept."""
        self.git_config = read_git_config(self.repository.git)
        self._settings.clear()
        self.settings = self._load_settings()

    def override(self, key: str, value: str) -> None:
        """Let the command line decide a setting for this run, for whichever hotfix it is about."""
        self.git_config = self.git_config.having(f"hotfix.{key}", value)
        self._settings.clear()
        self.settings = self._load_settings()
