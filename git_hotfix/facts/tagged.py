"""Which tags are of hotfixes: by what they are called, by what they say, and by what they stand on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from git_hotfix.git.history import trailers
from git_hotfix.git.messages import single
from git_hotfix.git.objects import MissingObject, peeled
from git_hotfix.git.past import found_once
from git_hotfix.git.provenance import newest_on_line, parents
from git_hotfix.hotfix import HOTFIX_ID, parse_id

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from git_hotfix.config.keys import Config
    from git_hotfix.git.repository import Repository
    from git_hotfix.git.world import World
    from git_hotfix.hotfix import HotfixId, Oid, RefName

    Tagged = Mapping[HotfixId, tuple[tuple[str, Oid], ...]]
    """Tags by hotfix, each with its object, by name."""


def tags_on(repository: Repository, world: World, commit: Oid) -> Sequence[RefName]:
    """Return the tags that stand on a commit, as far as that is known here, sorted."""
    if world.server is not None and world.unanswered is None and world.server.shows_tags:
        return world.server.tags_on.get(commit, ())
    if "tags_by_commit" not in world.__dict__:  # of this look
        there = world.server.peeled if world.server is not None else {}
        found: dict[Oid, list[RefName]] = {}
        for ref, oid in sorted(world.tags.items()):
            found.setdefault(there.get(ref) or peeled(repository, oid) or oid, []).append(ref)
        world.__dict__["tags_by_commit"] = found
    return tuple(world.__dict__["tags_by_commit"].get(commit, ()))


def tags_to_fetch(world: World, config: Config) -> tuple[str, ...]:
    """Return the tags of the server that are named like ours: they name hotfixes whose branch is gone."""
    beginning = "refs/tags/" + config.tag.format.partition("%")[0]
    there = world.server.tags if world.server is not None else {}
    return tuple(ref.removeprefix("refs/tags/") for ref in there if ref.startswith(beginning))


def tagged_hotfixes(repository: Repository, world: World, config: Config, *, since: str = "") -> Tagged:
    """Return the tags named like ours, here or on the server, by the hotfix whose id each has; all are read.

    But those that are called after a day before ``since``.
    """
    key = f"hotfixes tagged as {config.tag.format}{since}"
    if key not in world.__dict__:  # of this look
        found: dict[HotfixId, tuple[tuple[str, Oid], ...]] = {}
        for tag, oid in _called_like_ours(world, config):
            hotfix = None if _is_before(tag, since, config) else _named_by(repository, oid)
            if hotfix is not None:
                found[hotfix] = (*found.get(hotfix, ()), (tag, oid))
        world.__dict__[key] = found
    tagged: Tagged = world.__dict__[key]
    return tagged


def tags_naming(repository: Repository, world: World, config: Config, hotfix: HotfixId) -> tuple[str, ...]:
    """Return the tags that have the id of a hotfix and can be of its time; the others are not even read.

    What is called after a day that is before anything of the hotfix is as good as what was committed then.
    """
    if f"hotfixes tagged as {config.tag.format}" in world.__dict__:
        known = tagged_hotfixes(repository, world, config).get(hotfix, ())
        return tuple(tag for tag, _ in known if not _is_before(tag, hotfix.earliest, config))
    late = (each for each in _called_like_ours(world, config) if not _is_before(each[0], hotfix.earliest, config))
    return tuple(tag for tag, oid in late if _named_by(repository, oid) == hotfix)


def _called_like_ours(world: World, config: Config) -> Sequence[tuple[str, Oid]]:
    beginning = "refs/tags/" + config.tag.format.partition("%")[0]
    if beginning not in world.__dict__:  # of this look
        there = world.server.tags if world.server is not None else {}
        refs = {ref: oid for known in (there, world.local) for ref, oid in known.items() if ref.startswith(beginning)}
        world.__dict__[beginning] = sorted((ref.removeprefix("refs/tags/"), oid) for ref, oid in refs.items())
    called: Sequence[tuple[str, Oid]] = world.__dict__[beginning]
    return called


def _is_before(tag: str, earliest: str, config: Config) -> bool:
    """Return whether a tag is called after a day that is before another one."""
    beginning, _, rest = config.tag.format.partition("%")
    day = tag[len(beginning) :][:8] if rest.startswith("Y%m%d") else ""
    return day.isascii() and day.isdigit() and day < earliest


@found_once
def _named_by(repository: Repository, tag: Oid) -> HotfixId | None:
    """Return the hotfix whose id a tag has, or the commit under a plain one; None where it is not here."""
    try:
        named = single(trailers(repository, tag), HOTFIX_ID)
    except MissingObject:
        return None
    return parse_id(named) if named else None


@found_once
def stands_on_one(repository: Repository, tag: Oid, hotfix: HotfixId) -> bool:
    """Return whether a tag is on commits of a hotfix: anybody can write an id into a tag, and into one merge.

    Looked at are the newest commits of what the tagged commit brought.
    """
    commit = peeled(repository, tag)
    ends = parents(repository, commit)[1:] or (commit,) if commit is not None else ()
    return any(
        single(trailers(repository, oid), HOTFIX_ID) == str(hotfix)
        for end in ends
        for oid in newest_on_line(repository, end)
    )
