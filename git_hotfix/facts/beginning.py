"""What ``start`` is planned from: the base it begins at, the hotfixes there are, this working tree."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from msgspec import Struct

from git_hotfix.commands.worktree_setup import check_worktree_setup
from git_hotfix.errors import HotfixError, Problem, again, refused
from git_hotfix.git import history, trees
from git_hotfix.git.checkout import Change, changes, in_progress, index_lock, submodules_in
from git_hotfix.git.commits import signing_problem
from git_hotfix.git.consent import kept_consents
from git_hotfix.git.history import commits_in, resolve_commit
from git_hotfix.git.hooks import filtered
from git_hotfix.git.identity import identity
from git_hotfix.git.objects import has_object
from git_hotfix.git.provenance import newer_on_line
from git_hotfix.git.settings import git_config_of
from git_hotfix.hotfix import new_id

if TYPE_CHECKING:
    from datetime import date, datetime
    from pathlib import Path

    from git_hotfix.config.keys import Config
    from git_hotfix.config.layers import Settings
    from git_hotfix.facts.hotfixes import Known
    from git_hotfix.facts.relanding import Relanded
    from git_hotfix.git.repository import Repository
    from git_hotfix.git.world import World
    from git_hotfix.hotfix import BranchName, HotfixId, Oid


def name_new(repository: Repository, title: str, today: date, *, prefix: str, slug: str | None) -> HotfixId:
    """Name a new hotfix, as git-flow's filter of the version leaves the name: that is what git-flow calls it by."""
    hotfix = new_id(title, today, prefix=prefix, slug=slug)
    name = filtered(repository, "start-version", str(hotfix)) if repository.habits.runs_hooks else str(hotfix)
    if name is None:
        message = f"'filter-flow-hotfix-start-version' gives no name for '{hotfix}'."
        raise refused("hook-refused", message, again("--no-verify"))
    return hotfix if name == str(hotfix) else new_id(title, today, prefix=prefix, slug=" ".join(name.split()))


class Beginning(Struct, dict=True, eq=False, kw_only=True):
    """All that a ``start`` is planned from, at one moment; answers that need the disk come when they are asked for.

    ``settings`` are those of the base; ``unfinished`` a start that was interrupted: the same command goes on with it.
    """

    repository: Repository
    world: World
    settings: Settings
    base: BranchName
    is_guessed: bool
    known: tuple[Known, ...]
    relanded: Relanded | None
    unfinished: HotfixId | None
    at: datetime

    @property
    def config(self) -> Config:
        """The configuration of the base."""
        return self.settings.config

    @cached_property
    def consents(self) -> frozenset[str]:
        """The commands that somebody here has said yes to, by their fingerprints."""
        return kept_consents(self.repository.git)

    @cached_property
    def base_tip(self) -> Oid | None:
        """The tip of the base that counts; None where there is none in this repository."""
        tip = self.world.tip(self.base)
        return tip if tip is not None and has_object(self.repository, tip) else None

    @property
    def open_hotfixes(self) -> tuple[HotfixId, ...]:
        """The hotfixes whose branch exists, but the one that is being started, and the one that it lands again."""
        own = {self.unfinished, self.relanded.hotfix if self.relanded is not None else None}
        opened = (each for each in self.known if each.is_open and each.hotfix not in own)
        return tuple(each.hotfix for each in opened if not self._is_left_over(each))

    def _is_left_over(self, known: Known) -> bool:
        """Return whether it is a branch that other hands have made, with nothing that the base does not have."""
        tip = known.local or known.server
        if known.branch is None or tip is None or self.base_tip is None:
            return False
        return self.is_ancestor(tip, self.base_tip)

    @cached_property
    def allows_several(self) -> bool:
        """Whether hotfixes may be open beside each other: not where git-flow was told that they may not."""
        return git_config_of(self.repository.git).boolean("gitflow.multi-hotfix") is not False

    @cached_property
    def operation(self) -> tuple[str, str] | None:
        """What is unfinished in this working tree ("a rebase") and the command that goes on with it."""
        return in_progress(self.repository.git)

    @cached_property
    def index_lock(self) -> Problem | None:
        """That no branch can be checked out in this working tree, because its index is locked."""
        return index_lock(self.repository.git)

    @cached_property
    def signing_problem(self) -> Problem | None:
        """That git cannot sign the first commit, where commits are signed. Asked by signing one nobody will see."""
        return signing_problem(self.repository) if self.repository.habits.signs_commits else None

    @cached_property
    def changes(self) -> tuple[Change, ...]:
        """The uncommitted changes of tracked files in this working tree."""
        return changes(self.repository.git, untracked=False)

    @cached_property
    def changed_submodules(self) -> tuple[str, ...]:
        """The submodules among them: no stash can hold what was changed in one."""
        return submodules_in(self.repository.git, [change.path for change in self.changes])

    @cached_property
    def unpublished(self) -> tuple[Oid, ...]:
        """The commits that the base has here and not on the server, the oldest first: the fix is often among them."""
        local, tip = self.world.local_tip(self.base), self.base_tip
        if local is None or tip is None or local == tip or not self.is_ancestor(tip, local):
            return ()
        return tuple(reversed(newer_on_line(self.repository, tip, local)))

    def subject(self, oid: Oid) -> str:
        """Return the subject of a commit."""
        return history.subject(self.repository, oid)

    @cached_property
    def directory(self) -> Path:
        """Where the command was typed: a path that it was given begins there."""
        return self.repository.git.directory

    @cached_property
    def main_folder(self) -> Path:
        """The folder of the working tree, of a bare repository its own: a new worktree stands beside it."""
        return (self.repository.top or self.repository.common_dir).resolve()

    @cached_property
    def worktree_problems(self) -> tuple[Problem, ...]:
        """What is wrong with the settings of a new worktree."""
        wanted = self.config.worktree
        try:
            if self.repository.top is not None:
                check_worktree_setup(self.repository.top, copy=wanted.copy, link=wanted.link)
        except HotfixError as error:
            return error.problems
        return ()

    @cached_property
    def reporter(self) -> str | tuple[Problem, ...]:
        """The name of who starts it, or why git does not know."""
        try:
            return identity(self.repository.git).author.name
        except HotfixError as error:
            return error.problems

    @cached_property
    def own_template(self) -> str | None:
        """The repository's own template of a report, as the base has it."""
        path = self.config.incident.template
        content = trees.read_file(self.repository, self.base_tip, path) if self.base_tip is not None else None
        return content.decode("utf-8", "replace") if content is not None else None

    def name(self, title: str, slug: str | None) -> HotfixId:
        """Return the name of a hotfix of this title, or slug; wrong input where it gives none."""
        return name_new(self.repository, title, self.at.date(), prefix=self.config.branches.prefix, slug=slug)

    def commit(self, revision: str) -> Oid:
        """Return the commit that a person named; an unknown one is wrong input."""
        return resolve_commit(self.repository, revision)

    def commits(self, revisions: tuple[str, ...]) -> tuple[Oid, ...]:
        """Return the commits that a person named, of ranges the oldest first; unknown ones are wrong input."""
        return commits_in(self.repository, revisions)

    def is_ancestor(self, ancestor: Oid, descendant: Oid) -> bool:
        """Return whether one commit is reachable from the other."""
        return history.is_ancestor(self.repository, ancestor, descendant)

    def file_at(self, commit: Oid, path: str) -> bytes | None:
        """Return a file as a commit has it."""
        return trees.read_file(self.repository, commit, path)
