"""What a backport put on a branch: its merge, or its picks. A rollback takes exactly that back there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from git_hotfix.facts.targets import commits_to_pick
from git_hotfix.git import history, provenance, trees
from git_hotfix.git.containment import carries_only_the_fix
from git_hotfix.git.resolutions import Brought

if TYPE_CHECKING:
    from git_hotfix.facts.facts import Facts
    from git_hotfix.hotfix import Oid, Publication


def brought_to(facts: Facts, tip: Oid) -> tuple[Brought, ...]:
    """Return what brought the fix to a branch at a tip, newest first: so only later changes can conflict with it.

    Where no backport of its own did (the base was merged there, or it was squashed), that is the fix itself.
    """
    found: dict[Oid, Brought] = {}
    for each in reversed(facts.publications):
        for brought in _merged(facts, each, tip) or _picked(facts, each, tip) or (_fix_itself(facts, each),):
            found.setdefault(brought.source, brought)
    return tuple(found.values())


def _merged(facts: Facts, publication: Publication, tip: Oid) -> tuple[Brought, ...]:
    """Return the merge of the hotfix branch, unless it brought more than the fix there."""
    repository = facts.repository
    merge = history.bringing_merge(repository, tip, publication.tip)
    parents = provenance.parents(repository, merge) if merge is not None else ()
    if merge is None or len(parents) != 2 or parents[1] not in {each.tip for each in facts.publications}:
        return ()
    if not carries_only_the_fix(repository, facts.publications[0].fork, parents[0], facts.record_paths):
        return ()
    return (_change(facts, merge, parents[0]),)


def _picked(facts: Facts, publication: Publication, tip: Oid) -> tuple[Brought, ...]:
    repository, picks = facts.repository, []
    for commit in reversed(commits_to_pick(facts, publication)):
        line = f"(cherry picked from commit {commit})"
        if pick := provenance.newest_with_line(repository, publication.fork, tip, line):
            picks.append(_change(facts, pick, provenance.parents(repository, pick)[0]))
    return tuple(picks)


def _fix_itself(facts: Facts, publication: Publication) -> Brought:
    before, after = (trees.tree_of(facts.repository, each) for each in (publication.fork, publication.tip))
    return Brought(publication.merge, before, after)


def _change(facts: Facts, commit: Oid, parent: Oid) -> Brought:
    return Brought(commit, trees.tree_of(facts.repository, parent), trees.tree_of(facts.repository, commit))
