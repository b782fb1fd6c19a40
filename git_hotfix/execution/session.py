"""Everything a run works with: the repository, its settings, the world as last seen, who is told."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING

from git_hotfix import clock
from git_hotfix.errors import HotfixError, server_failed, wrong_input
from git_hotfix.execution.events import Noted, Said, Warned
from git_hotfix.facts.hotfixes import Known, find_hotfix, known_hotfixes, tags_to_bring
from git_hotfix.facts.look import look
from git_hotfix.git.config_file import committed_file, working_tree_file
from git_hotfix.git.history import commit_time
from git_hotfix.git.objects import has_object
from git_hotfix.git.settings import GitConfig, load_settings, read_git_config
from git_hotfix.git.world import fetch_missing, look_at_world, look_here_again
from git_hotfix.memory import Memory, MemoryFile

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from git_hotfix.config import Config, Settings
    from git_hotfix.execution.events import Tell
    from git_hotfix.facts.facts import Facts
    from git_hotfix.git.remote import Server
    from git_hotfix.git.repository import Repository
    from git_hotfix.git.world import World
    from git_hotfix.hotfix import HotfixId, Oid


LOOKED_BACK = 10
"""How many past hotfixes are looked at for one that is not finished."""


class Session:
    """One run of the program in one repository. ``world`` is replaced whenever something was looked at again.

    ``meant`` is the hotfix of the conflict in whose worktree the user stands: what a command without a name is about.
    """

    world: World

    def __init__(
        self,
        repository: Repository,
        git_config: GitConfig,
        settings: Settings,
        *,
        tell: Tell,
        offline: bool,
        meant: HotfixId | None = None,
    ) -> None:
        self.repository = repository
        self.git_config = git_config
        self.settings = settings
        self.tell = tell
        self.offline = offline
        self.meant = meant

    @property
    def config(self) -> Config:
        """Return the configuration of the working tree."""
        return self.settings.config

    def look_at_server(self, *, must_answer: bool) -> None:
        """Look at everything afresh, the server included."""
        self.world = look_at_world(self.repository, self.config, offline=self.offline, must_answer=must_answer)
        fetch_missing(self.repository, self.world, (), tags_to_bring(self.world, self.config))
        if self.world.unanswered is not None and not self.offline:
            self.tell(Warned(f"{self.world.unanswered.message} What follows is as of the last fetch."))

    def look_here(self) -> None:
        """Look at the refs, trees and HEAD here again; the server is as it was last seen."""
        self.world = look_here_again(self.repository, self.world)

    def known(self) -> tuple[Known, ...]:
        """Return all hotfixes that branches and tags tell of."""
        return known_hotfixes(self.repository, self.world, self.config)

    def find(self, name: str | None) -> HotfixId:
        """Return the hotfix a person means."""
        known = self.known()
        if name is None and self.meant is not None and self.meant in {each.hotfix for each in known}:
            return self.meant
        if name is None and not any(each.is_open for each in known):
            left = self.unfinished()
            if len(left) == 1:
                return left[0]
            if left:
                raise wrong_input("ambiguous-hotfix", _listed(left), f"git hotfix status {left[0]}")
        return find_hotfix(name, known, self.world, self.config).hotfix

    def unfinished(self) -> tuple[HotfixId, ...]:
        """Return the published hotfixes without a branch that are not everywhere yet, newest first.

        A colleague who never had the branch takes over by them. Only the ten newest are looked at.
        """
        past = [each.hotfix for each in reversed(self.known()) if not each.is_open][:LOOKED_BACK]
        all_facts = [self.facts(hotfix) for hotfix in past]
        return tuple(each.hotfix for each in all_facts if each.is_published and each.pending)

    def memory_of(self, hotfix: HotfixId) -> MemoryFile:
        """Return the memory of a hotfix."""
        return MemoryFile(self.repository.common_dir, hotfix)

    def facts(self, hotfix: HotfixId) -> Facts:
        """Look at one hotfix in the world as last seen, with the configuration that counts for it."""
        known = next((each for each in self.known() if each.hotfix == hotfix), Known(hotfix))
        memory = self.memory_of(hotfix).read()
        settings = self.settings_of(hotfix, known)
        return look(self.repository, self.world, settings, known, memory, at=clock.now())

    def settings_of(self, hotfix: HotfixId, known: Known) -> Settings:
        """Return the configuration of a hotfix: its branch's file, from the working tree where that is checked out."""
        branch = hotfix.branch(self.config.branches.prefix)
        tree = self.world.tree_of(branch)
        if tree is not None:
            return load_settings(self.git_config, working_tree_file(tree.path))
        tip = known.local or known.server
        if tip is not None and not has_object(self.repository, tip):
            fetch_missing(self.repository, self.world, (branch,))
        if tip is not None and has_object(self.repository, tip):
            return load_settings(self.git_config, committed_file(self.repository, tip))
        return self.settings

    def config_at(self, commit: Oid) -> Config:
        """Return the configuration that a commit has."""
        return load_settings(self.git_config, committed_file(self.repository, commit)).config

    def time_of(self, commit: Oid) -> datetime:
        """Return when a commit was made."""
        return commit_time(self.repository, commit)

    def reload_settings(self) -> None:
        """Read the configuration again after a setting was kept."""
        self.git_config = read_git_config(self.repository.git)
        self._load_settings()

    def _load_settings(self) -> None:
        self.settings = load_settings(
            self.git_config, working_tree_file(self.repository.top) if self.repository.top else None
        )

    def override(self, key: str, value: str) -> None:
        """Let the command line decide a setting for this run, for whichever hotfix it is about."""
        self.git_config = self.git_config.having(f"hotfix.{key}", value)
        self._load_settings()

    def change(self, hotfix: HotfixId, change: Callable[[Memory], Memory]) -> Memory:
        """Change what is remembered of a hotfix."""
        return self.memory_of(hotfix).change(change)

    def say(self, text: str) -> None:
        """Tell what was observed."""
        self.tell(Said(text))

    def note(self, text: str) -> None:
        """Tell something about the plan."""
        self.tell(Noted(text))

    def warn(self, text: str) -> None:
        """Tell what should not be missed."""
        self.tell(Warned(text))


def _listed(hotfixes: tuple[HotfixId, ...]) -> str:
    return "Several hotfixes are not everywhere yet: " + ", ".join(f"'{each}'" for each in hotfixes) + "."


def ask_until_answered(session: Session, *, again: str = "git hotfix finish") -> Server | None:
    """Look at the server after a push, however it ended; a silent one is asked again for two of its time limits.

    The words of a push say nothing about what happened: only the server's refs do. ``again`` is the command that
    looks later, and goes on from what it sees.
    """
    until = time.monotonic() + 2 * session.config.remote.timeout
    while True:
        try:
            session.look_at_server(must_answer=True)
        except HotfixError as error:
            if time.monotonic() > until:
                message = f"It is not known whether the server took it: {error.problems[0].message}"
                raise server_failed("outcome-unknown", message, again) from error
            pause(0.5)
        else:
            return session.world.server


def pause(most_seconds: float) -> None:
    """Wait for a random part of a time, so that clones that race each other do not keep step."""
    time.sleep(random.uniform(0.2, 1.0) * most_seconds)  # noqa: S311  # spreads load, guards nothing
