"""What an audit of all hotfixes has looked at, and what it could not see: nothing is green because nobody saw it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from msgspec import Struct

from git_hotfix.errors import ExitCode, Problem, Remedy, command
from git_hotfix.facts.phrases import some
from git_hotfix.facts.tagged import tags_to_fetch
from git_hotfix.git.history import commit_time
from git_hotfix.git.objects import has_object
from git_hotfix.git.settings import git_config_of
from git_hotfix.git.world import find_production, named_roles, target_tip
from git_hotfix.hotfix import Oid, tag_ref
from git_hotfix.templates import readable_time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from git_hotfix.config.keys import Config
    from git_hotfix.git.repository import Repository
    from git_hotfix.git.world import World
    from git_hotfix.hotfix import BranchName


class Coverage(Struct, frozen=True):
    """The branches that were looked at with their tips, and a sentence about each thing that could not be seen.

    ``fetch`` is the command that brings all of it here.
    """

    branches: tuple[tuple[BranchName, Oid], ...]
    as_of: str
    unseen: tuple[str, ...]
    fetch: Remedy


def coverage(repository: Repository, world: World, config: Config, is_before: Callable[[Oid], bool]) -> Coverage:
    """Return what there was to be seen of everything that did not happen before what was asked about."""
    wanted = branches_to_see(world, config)
    tips = {name: tip for name in wanted if (tip := target_tip(world, name)) is not None}
    here = tuple((name, tip) for name, tip in tips.items() if has_object(repository, tip))
    absent = [world.shown(name) for name, tip in tips.items() if not has_object(repository, tip)]
    return Coverage(
        here,
        _as_of(repository, world),
        tuple(_unseen(repository, world, config, is_before, absent)),
        _fetch(repository, world),
    )


def branches_to_see(world: World, config: Config) -> tuple[BranchName, ...]:
    """Return production, develop, the release lines and every hotfix branch."""
    hotfixes = (name for name in world.branches if name.startswith(config.branches.prefix))
    return tuple(dict.fromkeys((find_production(world, config)[0], *named_roles(world, config), *hotfixes)))


def _as_of(repository: Repository, world: World) -> str:
    if world.remote is None:
        return "as it is here"
    if world.unanswered is None:
        return f"as '{world.remote.name}' is now"
    files = (repository.git_dir / "FETCH_HEAD", repository.common_dir / "packed-refs")
    times = [file.stat().st_mtime for file in files if file.exists()]
    when = readable_time(datetime.fromtimestamp(max(times), UTC).astimezone()) if times else "an unknown time"
    return f"as '{world.remote.name}' was last fetched ({when})"


def _unseen(
    repository: Repository, world: World, config: Config, is_before: Callable[[Oid], bool], absent: list[str]
) -> Iterator[str]:
    if absent:
        yield f"What the server has now of {some(absent)} is not here."
    tags = [name for name in tags_to_fetch(world, config) if not has_object(repository, world.tags[tag_ref(name)])]
    if tags:
        yield f"The tags {some(tags)} are not here."
    cut = [oid for oid in map(Oid, repository.cut) if has_object(repository, oid)]
    if not all(map(is_before, cut)):
        newest = max(commit_time(repository, oid) for oid in cut)
        yield f"This clone is shallow: what is older than {readable_time(newest)} is cut off."
    if world.unanswered is not None and world.remote is not None:
        specs = [
            entry.value or "" for entry in git_config_of(repository.git).entries_of(f"remote.{world.remote.name}.fetch")
        ]
        if not any("refs/heads/*:" in spec for spec in specs):
            yield f"Only some branches of '{world.remote.name}' are fetched here ({', '.join(specs) or 'none'})."


def _fetch(repository: Repository, world: World) -> Remedy:
    name = world.remote.name if world.remote is not None else "origin"
    deep = ("--unshallow",) if repository.is_shallow else ()
    return command("git", "fetch", *deep, "--tags", name, f"+refs/heads/*:refs/remotes/{name}/*")


def blind(found: Coverage) -> tuple[Problem, ...]:
    """Return what could not be seen as problems: each may hide a gap."""
    return tuple(Problem("not-seen", sentence, found.fetch, ExitCode.GAP) for sentence in found.unseen)
