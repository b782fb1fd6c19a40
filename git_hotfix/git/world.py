"""Look at the world once: refs here and on the server, which branch plays which part, where the user is."""

from __future__ import annotations

import fnmatch
from datetime import datetime, timedelta
from functools import cached_property, lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from git_hotfix.errors import HotfixError, Problem, Unclear, command, refused, wrong_input
from git_hotfix.git.history import commit_time
from git_hotfix.git.objects import has_object, peeled
from git_hotfix.git.past import found_once
from git_hotfix.git.refs import Head, all_refs, head_here
from git_hotfix.git.remote import Server, ask_server, fetch, tracked_server
from git_hotfix.git.remote_names import Remote, find_remote, remote_of
from git_hotfix.git.settings import git_config_of
from git_hotfix.git.worktrees import Worktree, git_dir_of, worktrees
from git_hotfix.hotfix import BranchName, Oid, RefName, branch_ref, branches_in, is_tag

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from git_hotfix.config.keys import Config
    from git_hotfix.git.program import Git
    from git_hotfix.git.remote import Update
    from git_hotfix.git.repository import Repository

PRODUCTION_NAMES = ("main", "master", "production", "prod", "live")
DEVELOP_NAMES = ("develop", "dev")


class World(Struct, frozen=True, dict=True):
    """Refs here and on the server at one moment.

    ``server`` is None without a remote. ``unanswered`` tells why the server was not asked or did not answer; then
    ``server`` is what was last fetched. Only with ``fetches`` what is missing here is fetched.
    """

    remote: Remote | None
    server: Server | None
    unanswered: Problem | None
    local: Mapping[RefName, Oid]
    trees: tuple[Worktree, ...]
    head: Head
    fetches: bool = True

    def tip(self, branch: str) -> Oid | None:
        """Return the tip that counts: the server's with a remote, else the local branch's."""
        return self.server_tip(branch) if self.server is not None else self.local_tip(branch)

    def local_tip(self, branch: str) -> Oid | None:
        """Return the tip of the local branch."""
        return self.local.get(branch_ref(branch))

    @cached_property
    def tags(self) -> Mapping[RefName, Oid]:
        """The tags that count: the server's, else those here, made only after the server said that it took them."""
        if self.server is not None and self.server.shows_tags:
            return self.server.tags
        there = self.server.tags if self.server is not None else {}
        return {**{ref: oid for ref, oid in self.local.items() if is_tag(ref)}, **there}

    def server_tip(self, branch: str) -> Oid | None:
        """Return the tip that the server has of a branch."""
        return self.server.branch(branch) if self.server is not None else None

    @cached_property
    def branches(self) -> tuple[BranchName, ...]:
        """The names of all branches, here and on the server, sorted."""
        there = self.server.branches if self.server is not None else ()
        return tuple(sorted({*there, *branches_in(self.local)}))

    def shown(self, branch: str) -> str:
        """Return the name a person knows the tip that counts by: ``origin/main``, or ``main`` where it is only here."""
        is_only_here = self.tip(branch) is None and self.local_tip(branch) is not None
        return f"{self.remote.name}/{branch}" if self.remote and not is_only_here else branch

    def tree_of(self, branch: str) -> Worktree | None:
        """Return the working tree that has a branch checked out."""
        return next((tree for tree in self.trees if tree.branch == branch), None)

    def tree_at(self, path: object) -> Worktree | None:
        """Return the working tree in a folder."""
        return next((each for each in self.trees if str(each.path) == str(path)), None)


class Roles(Struct, frozen=True):
    """Which branch plays which part. ``guessed`` is set when nobody configured production."""

    production: BranchName
    guessed: bool
    develop: BranchName | None
    lines: tuple[BranchName, ...]


def look_at_world(repository: Repository, config: Config, *, offline: bool, must_answer: bool, fetches: bool) -> World:
    """Read refs here, ask the server once (unless ``offline``), and find the working trees.

    With ``must_answer`` a server that fails ends the command (exit 5); else the last fetched state is used and said.
    """
    git = repository.git
    local = all_refs(repository)
    remote = _remote(git, config, local)
    server, unanswered = None, None
    if remote is not None:
        try:
            if offline:
                way = command("git", "fetch", remote.name)
                raise refused("offline", f"'{remote.name}' was not asked (--offline).", way)
            server = ask_server(git, remote)
        except HotfixError as error:
            if must_answer and not offline:
                raise
            unanswered = error.problems[0]
            server = tracked_server(local, remote)
    return World(remote, server, unanswered, local, worktrees(repository), head_here(repository), fetches=fetches)


def _remote(git: Git, config: Config, local: Mapping[RefName, Oid]) -> Remote | None:
    """Return the remote that is configured, else the one that has production; None without remotes."""
    production = config.branches.production
    names = (production,) if production is not None else PRODUCTION_NAMES
    remote = find_remote(git, config.remote.name or remote_of(git_config_of(git), local, names))
    return replace(remote, patience_seconds=config.remote.timeout) if remote is not None else None


def look_here_again(repository: Repository, world: World) -> World:
    """Look at refs, working trees and HEAD here again; the server stays as it was last seen."""
    return replace(world, local=all_refs(repository), trees=worktrees(repository), head=head_here(repository))


def world_after_push(repository: Repository, world: World, taken: Sequence[Update]) -> World:
    """Return the world in which the server has what it has just said it took; it is not asked again."""
    assert world.server is not None  # noqa: S101  # it was pushed to
    refs, tagged = dict(world.server.refs), dict(world.server.peeled)
    for update in taken:
        refs.pop(update.ref, None)
        tagged.pop(update.ref, None)
        if update.new is not None:
            refs[update.ref] = update.new
            commit = peeled(repository, update.new)
            if commit not in {None, update.new}:
                tagged[update.ref] = commit
    has_shown = world.server.shows_tags
    server = Server(MappingProxyType(refs), MappingProxyType(tagged), world.server.head, showed_none=not has_shown)
    return look_here_again(repository, replace(world, server=server))


def fetch_missing(repository: Repository, world: World, branches: tuple[str, ...], tags: tuple[str, ...] = ()) -> bool:
    """Fetch what this repository lacks of the named branches and tags of the server, with one ``git fetch``.

    Return whether anything was missing.
    """
    if world.remote is None or world.server is None or world.unanswered is not None or not world.fetches:
        return False
    wanted = []
    for branch in dict.fromkeys(branches):
        tip = world.server.branch(branch)
        if tip is not None and not is_here(repository, world, tip):
            wanted.append(branch_ref(branch))
    for tag in dict.fromkeys(tags):
        ref = RefName(f"refs/tags/{tag}")
        if ref in world.server.refs and ref not in world.local and not has_object(repository, world.server.refs[ref]):
            wanted.append(ref)
    if wanted:
        fetch(repository.git, world.remote, wanted)
        repository.forget_absent()
    return bool(wanted)


def is_here(repository: Repository, world: World, tip: Oid) -> bool:
    """Return whether a branch's tip is here with all that belongs to it.

    One that no ref here names may be what a killed fetch has left, without its files: git asks the same of what it does
    not fetch again (connected.c). A partial clone lacks files at any time.
    """
    if not has_object(repository, tip):
        return False
    return repository.is_partial or tip in world.local.values() or _is_whole(repository, tip)


@found_once
def _is_whole(repository: Repository, tip: Oid) -> bool:
    return repository.git.ask("rev-list", "--objects", "--quiet", tip, "--not", "--all").code == 0


def find_production(world: World, config: Config) -> tuple[BranchName, bool]:
    """Return the production branch and whether it is a guess; ``Unclear`` when several could be."""
    configured = config.branches.production
    if configured is not None:
        if target_tip(world, configured) is None:
            raise wrong_input(
                "unknown-branch",
                f"The production branch '{configured}' does not exist.",
                command("git", "config", "hotfix.branches.production", "NAME"),
            )
        return BranchName(configured), False
    found = tuple(BranchName(name) for name in PRODUCTION_NAMES if world.tip(name) is not None)
    if len(found) > 1:
        raise _several(found)
    if found:
        return found[0], True
    if world.server is not None and world.server.head is not None:
        return BranchName(world.server.head.removeprefix("refs/heads/")), True
    known = tuple(name for name in world.branches if world.tip(name) is not None)
    if len(known) == 1:
        return known[0], True
    if not known and world.remote is not None and world.unanswered is not None:
        name = world.remote.name
        remedy = command("git", "fetch", "--tags", name, f"+refs/heads/*:refs/remotes/{name}/*")
        raise refused("not-fetched", f"No branch of '{name}' was fetched here yet.", remedy)
    if not known:
        where = f"'{world.remote.name}' has no branch yet" if world.remote else "There is no commit yet"
        remedy = command("git", "push", "-u", world.remote.name, "main") if world.remote else command("git", "commit")
        raise refused("no-commit", f"{where}: a hotfix needs something that is in production.", remedy)
    raise _several(known)


def _several(candidates: tuple[BranchName, ...]) -> Unclear:
    return Unclear(
        "production-unclear",
        "Several branches could be production",
        question="Which branch is production?",
        setting="branches.production",
        candidates=candidates,
    )


def named_roles(world: World, config: Config) -> tuple[BranchName, ...]:
    """Return develop and the branches that match a release line, whatever their age."""
    develop = find_develop(world, config)
    production, _ = find_production(world, config)
    lines = _matching_lines(world, config, production, develop)
    return (develop, *lines) if develop else lines


def find_develop(world: World, config: Config) -> BranchName | None:
    """Return the branch of the next release: the configured one, else ``develop`` or ``dev``; None: trunk-based."""
    develop = config.branches.develop
    if develop is None:
        production, _ = find_production(world, config)
        names = (BranchName(name) for name in DEVELOP_NAMES)
        return next((name for name in names if target_tip(world, name) and name != production), None)
    if target_tip(world, develop) is None:
        raise wrong_input(
            "unknown-branch",
            f"The develop branch '{develop}' does not exist.",
            command("git", "config", "hotfix.branches.develop", "NAME"),
        )
    return BranchName(develop)


def find_roles(repository: Repository, world: World, config: Config, *, at: datetime) -> Roles:
    """Return which branch is production, develop, a release line (its tip younger than ``release_days`` at ``at``).

    A line whose tip is not in this repository is left out: fetch it before.
    """
    production, guessed = find_production(world, config)
    develop = find_develop(world, config)
    youngest = at - timedelta(days=config.branches.release_days)
    matching = ((name, target_tip(world, name)) for name in _matching_lines(world, config, production, develop))
    here = ((name, tip) for name, tip in matching if tip is not None and has_object(repository, tip))
    lines = tuple(name for name, tip in here if commit_time(repository, tip) >= youngest)
    return Roles(production, guessed, develop, lines)


def _matching_lines(world: World, config: Config, *others: BranchName | None) -> tuple[BranchName, ...]:
    found = _matching(world.branches, config.branches.release)
    return tuple(name for name in found if not name.startswith(config.branches.prefix) and name not in others)


@lru_cache(maxsize=8)  # a run asks it of the same branches some thirty times
def _matching(branches: tuple[BranchName, ...], patterns: tuple[str, ...]) -> tuple[BranchName, ...]:
    return tuple(name for name in branches if any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns))


def rebased_in(repository: Repository, world: World, branch: str) -> Worktree | None:
    """Return the working tree in which a branch is being rebased: its HEAD is detached until the rebase has ended."""
    for tree in world.trees:
        if tree.branch is None and not tree.bare:
            git_dir = git_dir_of(repository.git.elsewhere(tree.path))
            names = (git_dir / kind / "head-name" for kind in ("rebase-merge", "rebase-apply"))
            if any(name.is_file() and name.read_text().strip() == branch_ref(branch) for name in names):
                return tree
    return None


def target_tip(world: World, branch: str) -> Oid | None:
    """Return the tip of a target: the server's, else the local one's where the branch exists only here."""
    return world.tip(branch) or world.local_tip(branch)
