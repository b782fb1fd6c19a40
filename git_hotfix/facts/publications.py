"""The publications of a hotfix, read from its base: which merge brought it, where it had forked, which tag it has."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from msgspec.structs import replace

from git_hotfix.git import history, provenance, trees
from git_hotfix.git.remote import Update
from git_hotfix.git.resolutions import Brought, take_back
from git_hotfix.hotfix import HOTFIX_ID, HotfixId, Oid, Publication, Verdict, branch_ref, tag_ref

if TYPE_CHECKING:
    from collections.abc import Iterator

    from git_hotfix.facts.facts import Facts
    from git_hotfix.git.merging import Merged
    from git_hotfix.git.repository import Repository
    from git_hotfix.git.resolutions import StuckBack

NO_TAG = ("Hotfix-Tag", "none")
"""The trailer of a merge that was published with ``--no-tag``."""


ROLLBACK_OF = "Rollback-Of"
"""The trailer of a commit on the base that takes a publication back; its value is the merge."""

BECAUSE = "Rollback-Because"
"""The trailer of the same commit, and of those on the targets, that says why."""


def find_publications(facts: Facts) -> tuple[Publication, ...]:
    """Return the publications of a hotfix, oldest first.

    A merge on the base's first-parent line with our trailer, or, whoever made it, the one that brought the tip.
    """
    repository, base_tip, tip = facts.repository, facts.base_tip, facts.branch_tip
    if base_tip is None or not facts.has(base_tip):
        return ()
    merges = provenance.merges_with_trailer(
        repository, base_tip, f"{HOTFIX_ID}: {facts.hotfix}", since=day_before(facts.hotfix)
    )
    if tip is not None and facts.has(tip):
        brought = history.bringing_merge(repository, base_tip, tip)
        if brought is not None and brought not in merges and _has_begun(facts, brought, tip):
            merges = (*merges, brought)
    return tuple(_publication(facts, merge, base_tip) for merge in merges)


def lacking_tags(facts: Facts) -> tuple[str, ...]:
    """Return the tags of a published attempt that did not arrive with it (a server without ``atomic``)."""
    attempt, there = facts.memory.attempt, facts.world.tags
    if attempt is None or all(attempt.merge not in {each.merge, each.rollback} for each in facts.publications):
        return ()
    return tuple(name for name, _ in attempt.tags if tag_ref(name) not in there)


def tags_on_publications(facts: Facts) -> tuple[str, ...]:
    """Return the tags that the server has on the commits of the publications, whatever they are called."""
    if facts.world.server is None:
        return ()
    commits = {commit for each in facts.publications for commit in (each.merge, each.rollback)}
    peeled = facts.world.server.peeled.items()
    return tuple(ref.removeprefix("refs/tags/") for ref, commit in peeled if commit in commits)


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


def _publication(facts: Facts, merge: Oid, base_tip: Oid) -> Publication:
    repository = facts.repository
    parents = provenance.parents(repository, merge)
    if len(parents) > 1:
        tip = parents[1]
        bases = history.merge_bases(repository, parents[0], tip)
        fork = bases[0] if bases else parents[0]
    else:  # a fast-forward: someone pushed the branch itself
        tip = merge
        fork = fork_of(repository, merge, merge, facts.first_report_path)
    tags = _tags_on(facts, merge)
    tag, tag_oid = tags[0] if tags else (None, None)
    rollback = provenance.newest_with_line(repository, merge, base_tip, f"{ROLLBACK_OF}: {merge}")
    found = Publication(merge, tip, fork, tag, tag_oid, other_tags=tuple(tags[1:]))
    if rollback is None:
        return found
    rollback_tag, rollback_tag_oid = next(iter(_tags_on(facts, rollback)), (None, None))
    return replace(found, rollback=rollback, rollback_tag=rollback_tag, rollback_tag_oid=rollback_tag_oid)


def _tags_on(facts: Facts, merge: Oid) -> list[tuple[str, Oid]]:
    """Return the hotfix's tags on a merge, first the one that is called as hotfix tags are."""
    world, tags = facts.world, facts.world.tags
    if world.server is not None and world.server.shows_tags:
        on_merge = [ref for ref, commit in world.server.peeled.items() if commit == merge]
    else:
        on_merge = [ref for ref, oid in tags.items() if provenance.peeled(facts.repository, oid) == merge != oid]
    ours = [ref for ref in on_merge if _is_ours(facts, tags[ref])]
    beginning = "refs/tags/" + facts.config.tag.format.partition("%")[0]
    ours.sort(key=lambda ref: (not ref.startswith(beginning), ref))
    return [(ref.removeprefix("refs/tags/"), tags[ref]) for ref in ours]


def _is_ours(facts: Facts, oid: Oid) -> bool:
    return facts.has(oid) and (HOTFIX_ID, str(facts.hotfix)) in history.trailers(facts.repository, oid)


def _has_begun(facts: Facts, brought: Oid, tip: Oid) -> bool:
    """Return whether something was committed on the branch: with no commits of its own it has no report."""
    return brought != tip or trees.regular_file(facts.repository, tip, facts.first_report_path) is not None


def day_before(hotfix: HotfixId) -> datetime:
    """Return a time that is before anything of a hotfix; two days allow for clocks and zones."""
    day = datetime.strptime(hotfix.day, "%Y%m%d").astimezone()
    return day - timedelta(days=2)


def fast_forwards(facts: Facts) -> tuple[Update, ...]:
    """Return the local branches and tags that lag behind what was published and can follow without losing anything."""
    world = facts.world
    if not facts.publications:
        return ()
    tags = [(each.tag, each.tag_oid) for each in facts.publications]
    tags += [tag for each in facts.publications for tag in each.other_tags]
    tags += [(each.rollback_tag, each.rollback_tag_oid) for each in facts.publications]
    updates = [
        Update(tag_ref(tag), None, oid)
        for tag, oid in dict.fromkeys(tags)
        if tag is not None and tag_ref(tag) not in world.local
    ]
    arrived = [target.branch for target in facts.targets if target.verdict in {Verdict.PRESENT, Verdict.REVERTED}]
    for branch in (facts.base, *arrived):
        local, there = world.local_tip(branch), world.tip(branch)
        if local is not None and there is not None and local != there and facts.is_ancestor(local, there):
            updates.append(Update(branch_ref(branch), local, there))
    return tuple(updates)


def diverged(facts: Facts) -> Iterator[str]:
    """Name the local branches that have parted from what was published."""
    settled = [target.branch for target in facts.targets if target not in facts.pending]
    for branch in (facts.base, *settled):
        local, there = facts.world.local_tip(branch), facts.world.tip(branch)
        if local is None or there is None or facts.is_ancestor(local, there):
            continue
        if not facts.is_ancestor(there, local):
            shown = facts.world.shown(branch)
            yield f"'{branch}' here stays where it is: it has commits that '{shown}' does not have."


def rolled_back_on(facts: Facts, onto: Oid, merges: tuple[Oid, ...]) -> Merged | StuckBack:
    """Return the tree of a commit of the base without the change that merges brought, newest first."""
    published = {each.merge: each for each in facts.publications}
    brought = [_brought(facts, published[merge]) for merge in merges]
    return take_back(facts.repository, facts.resolutions, facts.base, onto, brought, facts.record_paths)


def _brought(facts: Facts, published: Publication) -> Brought:
    """Return what a publication brought to its base: ``git revert -m 1``, and all commits of a fast-forward."""
    repository = facts.repository
    parents = provenance.parents(repository, published.merge)
    before = parents[0] if len(parents) > 1 else published.fork
    return Brought(published.merge, trees.tree_of(repository, before), trees.tree_of(repository, published.merge))
