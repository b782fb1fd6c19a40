"""Which hotfixes there are, and which one a person means."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from git_hotfix.errors import HotfixError, command, refused, wrong_input
from git_hotfix.facts.tagged import stands_on_one, tagged_hotfixes
from git_hotfix.git import trees
from git_hotfix.git.objects import content_of, has_object, is_small
from git_hotfix.git.past import found_once
from git_hotfix.git.world import DEVELOP_NAMES, PRODUCTION_NAMES, is_here, target_tip
from git_hotfix.hotfix import (
    BranchName,
    HotfixId,
    Oid,
    parse_id,
    parse_report_name,
    slugify,
    tag_ref,
)
from git_hotfix.memory_file import MemoryFile
from git_hotfix.private_report import restricted_hotfixes
from git_hotfix.record.frontmatter import id_in

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from git_hotfix.config.keys import Config
    from git_hotfix.facts.merged_branches import MergedBranch
    from git_hotfix.git.repository import Repository
    from git_hotfix.git.world import World


class Known(Struct, frozen=True):
    """One hotfix by its names: where its branch is, and the tags of its publications."""

    hotfix: HotfixId
    local: Oid | None = None
    server: Oid | None = None
    tags: tuple[str, ...] = ()
    stays: bool = False
    """Whether its branch is only on a server that was told to delete it, when all was done, and refuses to."""
    branch: BranchName | None = None
    """The name of its branch, where that is not the one made of the id: it was made by other hands."""
    merged: MergedBranch | None = None
    """What was merged under the name of its branch."""
    claim: Oid | None = None
    """The newest commit that names it, where nothing else does, and none in production: anybody can write that."""

    def name(self, prefix: str) -> BranchName:
        """Return the name of its branch."""
        return self.branch or self.hotfix.branch(prefix)

    @property
    def is_open(self) -> bool:
        """Whether its branch still exists somewhere, and can be deleted."""
        return self.local is not None or (self.server is not None and not self.stays)


def known_hotfixes(
    repository: Repository, world: World, config: Config, named: Collection[str] = (), *, since: str = ""
) -> tuple[Known, ...]:
    """Return all hotfixes that have a branch (here or on the server), a tag or a report here, oldest first.

    Without a branch only those whose tag, or report, is not called after a day before ``since``.

    A branch that git-flow, or a person, has made is one where it is here, or ``named``. Where all of history was read,
    so are all of them, and those that only a trailer, or a merge of their branch, names.
    """
    prefix, found = config.branches.prefix, _with_branches(repository, world, config)
    for hotfix in restricted_hotfixes(repository.common_dir):
        found.setdefault(hotfix, Known(hotfix))
    if repository.graph is not None or any(is_foreign(each, prefix) for each in world.branches):
        from git_hotfix.facts.merged_branches import add_others  # noqa: PLC0415  # seldom

        add_others(repository, world, config, found, named)  # before what names only ids: these may be theirs
    tagged = tagged_hotfixes(repository, world, config, since=since)
    reports = _reports(repository, world, config, since)
    for hotfix, tags in tagged.items():
        if hotfix not in found and (hotfix in reports or any(stands_on_one(repository, on, hotfix) for _, on in tags)):
            found[hotfix] = Known(hotfix)
    for hotfix in _reported(repository, reports, found):
        found.setdefault(hotfix, Known(hotfix))
    if repository.graph is not None:
        from git_hotfix.facts.merged_branches import add_claimed  # noqa: PLC0415  # not for one hotfix

        add_claimed(repository, repository.graph, world, config, found)
    for hotfix, tags in tagged.items():
        if hotfix in found:
            found[hotfix] = replace(found[hotfix], tags=tuple(tag for tag, _ in tags))
    return _without_requests(repository, world, config, found)


def begun_hotfixes(repository: Repository, world: World, config: Config) -> dict[HotfixId, Known] | None:
    """Return the hotfixes that have a branch; None where it is no branch's name alone that tells whose it is."""
    prefix = config.branches.prefix
    words = (branch.removeprefix(prefix) for branch in world.branches if branch.startswith(prefix))
    is_told = repository.graph is None and all(parse_id(word) is not None and "-to-" not in word for word in words)
    return _with_branches(repository, world, config) if is_told else None


def _with_branches(repository: Repository, world: World, config: Config) -> dict[HotfixId, Known]:
    prefix = config.branches.prefix
    ids = ((branch, parse_id(branch.removeprefix(prefix))) for branch in world.branches if branch.startswith(prefix))
    return {hotfix: _of_branch(repository, world, branch, hotfix) for branch, hotfix in ids if hotfix is not None}


def _without_requests(
    repository: Repository, world: World, config: Config, found: dict[HotfixId, Known]
) -> tuple[Known, ...]:
    prefix = config.branches.prefix

    def is_one(known: Known) -> bool:
        carried = carried_by(repository, config, known.local, known.server, known.merged and known.merged.tip)
        return is_request(known.name(prefix).removeprefix(prefix), found, world.branches, carried)

    requests = {each.hotfix for each in found.values() if "-to-" in each.name(prefix) and is_one(each)}
    own = (each for each in found.values() if each.hotfix not in requests or _has_begun(repository, config, each))
    return tuple(sorted(own, key=lambda known: known.hotfix))


def is_foreign(branch: str, prefix: str) -> bool:
    """Return whether a branch is called as one of a hotfix that other hands have begun."""
    return branch.startswith(prefix) and parse_id(branch.removeprefix(prefix)) is None


def _has_begun(repository: Repository, config: Config, known: Known) -> bool:
    """Return whether a hotfix has a tag, a report or a commit of its own: it may be called like another one's request.

    A restricted one has no report that is to be seen.
    """
    return bool(known.tags) or carried_by(repository, config, known.local, known.server)(known.hotfix)


def _of_branch(repository: Repository, world: World, branch: BranchName, hotfix: HotfixId) -> Known:
    known, stays = Known(hotfix, world.local_tip(branch), world.server_tip(branch)), False
    if known.local is None and known.server is not None:
        with suppress(HotfixError):  # what is wrong with a memory is told where it is needed
            memory = MemoryFile(repository.common_dir, hotfix).read()
            stays = memory.why_it_stays(branch, known.server) is not None
    return replace(known, stays=stays)


def is_request(
    name: str, known: Collection[HotfixId], branches: Collection[str], carries: Callable[[HotfixId], bool]
) -> bool:
    """Return whether a branch that is called as a hotfix's is the one of a pull request: of another, to a branch.

    The other one is known here, or the branch ``carries`` what is its own.
    """
    words = name.split("-to-")
    ways = (("-to-".join(words[:at]), "-to-".join(words[at:])) for at in range(1, len(words)))
    others = (parse_id(before) for before, to in ways if to in branches)
    return any(other is not None and (other in known or carries(other)) for other in others)


def carried_by(repository: Repository, config: Config, *tips: Oid | None) -> Callable[[HotfixId], bool]:
    """Return what tells whether the report or commits of a hotfix are on one of these tips: where it is not known."""
    there = [oid for oid in tips if oid is not None and has_object(repository, oid)]

    def carries(hotfix: HotfixId) -> bool:
        path = f"{config.incident.directory}/{hotfix.report_name()}"
        return any(trees.file_at(repository, tip, path) or stands_on_one(repository, tip, hotfix) for tip in there)

    return carries


@found_once
def id_in_blob(repository: Repository, blob: Oid) -> str | None:
    """Return the id that a report has; None where it has none that can be read."""
    return id_in(content_of(repository, blob)) if is_small(repository, blob) else None


def find_hotfix(name: str | None, known: tuple[Known, ...], world: World, config: Config) -> Known:
    """Return the hotfix a person means: by id, slug, branch, tag or a unique beginning.

    Exact comes before beginning, open before past. Without a name: the hotfix branch checked out,
    else the only open one, else nothing is guessed.
    """
    if name is None:
        return _unnamed(known, world, config)
    wanted = name.removeprefix("refs/heads/").removeprefix(config.branches.prefix)
    slug = slugify(wanted)
    rules: tuple[Callable[[Known], bool], ...] = (
        lambda each: str(each.hotfix) == wanted or name in each.tags,
        lambda each: slug != "" and slug in {each.hotfix.slug, str(each.hotfix)},
        lambda each: slug != "" and (each.hotfix.slug.startswith(slug) or str(each.hotfix).startswith(slug)),
    )
    for rule in rules:
        for group in ([k for k in known if k.is_open], [k for k in known if not k.is_open]):
            matches = [each for each in group if rule(each)]
            if len(matches) > 1:
                raise _ambiguous(name, matches)
            if matches:
                return matches[0]
    raise _unknown(name, known)


def find_begun(name: str | None, begun: Mapping[HotfixId, Known], world: World, config: Config) -> Known | None:
    """Return the one of those with a branch that a person means, where no past one can be meant; None where it may."""
    opened = tuple(each for each in begun.values() if each.is_open)
    if name is None:
        return _unnamed(opened, world, config) if opened else None
    wanted, ref = name.removeprefix("refs/heads/").removeprefix(config.branches.prefix), tag_ref(name)
    is_tag = ref in world.local or (world.server is not None and ref in world.server.refs)
    return next((each for each in opened if str(each.hotfix) == wanted and not is_tag), None)


def _unnamed(known: tuple[Known, ...], world: World, config: Config) -> Known:
    branch = world.head.branch
    here = next((each for each in known if branch == each.name(config.branches.prefix)), None)
    if here is not None:
        return here
    opened = [each for each in known if each.is_open]
    opened = [each for each in opened if each.branch is None] or opened
    if len(opened) == 1:
        return opened[0]
    if not opened:
        raise refused("no-hotfix", "There is no open hotfix.", command("git", "hotfix", "start", "TITLE"))
    raise _ambiguous(None, opened)


def _ambiguous(name: str | None, matches: list[Known]) -> HotfixError:
    listed = ", ".join(f"'{each.hotfix}'" for each in matches)
    what = f"'{name}' names several hotfixes" if name else "Several hotfixes are open"
    return wrong_input("ambiguous-hotfix", f"{what}: {listed}.", command("git", "hotfix", "list"))


def _unknown(name: str, known: tuple[Known, ...]) -> HotfixError:
    opened = [str(each.hotfix) for each in known if each.is_open]
    listed = f" Open: {', '.join(opened)}." if opened else ""
    return wrong_input("unknown-hotfix", f"There is no hotfix '{name}'.{listed}", command("git", "hotfix", "list"))


def _reports(repository: Repository, world: World, config: Config, since: str) -> Mapping[HotfixId, Collection[Oid]]:
    """Return the reports that production and develop have, by the hotfix that each is called after."""
    found: dict[HotfixId, set[Oid]] = {}
    for branch in lines_of(config):
        tip = target_tip(world, branch)
        if tip is None or not is_here(repository, world, tip):
            continue
        for name, blob in trees.files_in(repository, tip, config.incident.directory):
            hotfix = parse_report_name(name) if name.replace("-", "") >= f"HOTFIX{since}" else None
            if hotfix is not None:
                found.setdefault(hotfix, set()).add(blob)
    return found


def _reported(
    repository: Repository, reports: Mapping[HotfixId, Collection[Oid]], known: Collection[HotfixId]
) -> set[HotfixId]:
    """Return the hotfixes that have a report on production or develop: also those that were closed without code.

    A report that people renamed belongs to the hotfix whose id it has; only those that nothing else names are read.
    """
    news = {hotfix: blobs for hotfix, blobs in reports.items() if hotfix not in known}
    return {parse_id(id_in_blob(repository, each) or "") or hotfix for hotfix, blobs in news.items() for each in blobs}


def lines_of(config: Config) -> tuple[BranchName, ...]:
    """Return the names that production and develop may have: their reports name hotfixes."""
    configured = (config.branches.production, config.branches.develop)
    names = (*PRODUCTION_NAMES, *DEVELOP_NAMES, *(name for name in configured if name))
    return tuple(map(BranchName, dict.fromkeys(names)))
