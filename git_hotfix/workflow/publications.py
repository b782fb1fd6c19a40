"""The publications of a hotfix, read from its base: which merge brought it, where it had forked, which tag it has."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from git_hotfix.git import history, provenance, trees
from git_hotfix.git.objects import has_object
from git_hotfix.git.world import fetch_missing
from git_hotfix.hotfix import HotfixId, Oid, Publication, RefName, tag_ref

if TYPE_CHECKING:
    from git_hotfix.config import Config
    from git_hotfix.git.repository import Repository
    from git_hotfix.git.world import World
    from git_hotfix.memory import Attempt
    from git_hotfix.workflow.naming import Known

NO_TAG = ("Hotfix-Tag", "none")
"""The trailer of a merge that was published with ``--no-tag``."""


ROLLBACK_OF = "Rollback-Of"
"""The trailer of a commit on the base that takes a publication back; its value is the merge."""


def find_publications(
    repository: Repository, world: World, config: Config, known: Known, base_tip: Oid | None, tip: Oid | None
) -> tuple[Publication, ...]:
    """Return the publications of a hotfix, oldest first.

    A merge on the base's first-parent line with our trailer, or, whoever made it, the one that brought the tip.
    """
    if base_tip is None or not has_object(repository, base_tip):
        return ()
    merges = provenance.merges_with_trailer(
        repository, base_tip, f"Hotfix-Id: {known.hotfix}", since=day_before(known.hotfix)
    )
    if tip is not None and has_object(repository, tip):
        brought = history.bringing_merge(repository, base_tip, tip)
        report_path = f"{config.incident.directory}/{known.hotfix.report_name()}"
        if brought is not None and brought not in merges and _has_begun(repository, brought, tip, report_path):
            merges = (*merges, brought)
    return tuple(_publication(repository, world, config, known.hotfix, merge, base_tip) for merge in merges)


def lacking_tags(attempt: Attempt | None, world: World, publications: tuple[Publication, ...]) -> tuple[str, ...]:
    """Return the tags of a published attempt that did not arrive with it (a server without ``atomic``)."""
    if attempt is None or all(attempt.merge not in {each.merge, each.rollback} for each in publications):
        return ()
    there = world.server.refs if world.server is not None else world.local
    return tuple(name for name, _ in attempt.tags if tag_ref(name) not in there)


def fork_of(repository: Repository, base_tip: Oid, tip: Oid, report_path: str) -> Oid:
    """Return where the branch and its base parted.

    Where the base was fast-forwarded to the tip, that is where the report begins: its first commit's parent.
    """
    bases = history.merge_bases(repository, base_tip, tip)
    if bases and bases[0] != tip:
        return bases[0]
    added = provenance.commit_that_added(repository, tip, report_path)
    parent = history.first_parent(repository, added) if added else None
    return parent or tip


def _publication(
    repository: Repository, world: World, config: Config, hotfix: HotfixId, merge: Oid, base_tip: Oid
) -> Publication:
    parents = provenance.parents(repository, merge)
    report_path = f"{config.incident.directory}/{hotfix.report_name()}"
    if len(parents) > 1:
        tip = parents[1]
        bases = history.merge_bases(repository, parents[0], tip)
        fork = bases[0] if bases else parents[0]
    else:  # a fast-forward: someone pushed the branch itself
        tip = merge
        fork = fork_of(repository, merge, merge, report_path)
    tag, tag_oid = _tag_on(repository, world, config, hotfix, merge) or (None, None)
    rollback = provenance.newest_with_line(repository, merge, base_tip, f"{ROLLBACK_OF}: {merge}")
    if rollback is None:
        return Publication(merge, tip, fork, tag, tag_oid)
    taken, taken_oid = _tag_on(repository, world, config, hotfix, rollback) or (None, None)
    return Publication(merge, tip, fork, tag, tag_oid, rollback, taken, taken_oid)


def _tag_on(
    repository: Repository, world: World, config: Config, hotfix: HotfixId, merge: Oid
) -> tuple[str, Oid] | None:
    """Return the hotfix's tag on a merge, as the server has it (here only where there is no server)."""
    if world.server is not None and world.unanswered is None:
        there = [ref for ref, commit in world.server.peeled.items() if commit == merge]
        fetch_missing(repository, world, (), tuple(ref.removeprefix("refs/tags/") for ref in there))
        candidates = {ref: world.server.refs[ref] for ref in there}
    else:
        candidates = {ref: oid for ref, oid in world.local.items() if ref.startswith("refs/tags/")}
        candidates = {ref: oid for ref, oid in candidates.items() if provenance.peeled(repository, oid) == merge}
    ours = [ref for ref in sorted(candidates) if _is_ours(repository, candidates[ref], hotfix)]
    if not ours:
        return None
    beginning = "refs/tags/" + config.tag.format.partition("%")[0]
    ref: RefName = next((each for each in ours if each.startswith(beginning)), ours[0])
    return ref.removeprefix("refs/tags/"), candidates[ref]


def _is_ours(repository: Repository, oid: Oid, hotfix: HotfixId) -> bool:
    return has_object(repository, oid) and ("Hotfix-Id", str(hotfix)) in history.trailers(repository, oid)


def _has_begun(repository: Repository, brought: Oid, tip: Oid, report_path: str) -> bool:
    """Tell a fast-forwarded hotfix from a branch on which nothing was committed yet: only the first has a report."""
    return brought != tip or trees.read_file(repository, tip, report_path) is not None


def day_before(hotfix: HotfixId) -> datetime:
    """Return a time that is before anything of a hotfix; two days allow for clocks and zones."""
    day = datetime.strptime(hotfix.day, "%Y%m%d").astimezone()
    return day - timedelta(days=2)
