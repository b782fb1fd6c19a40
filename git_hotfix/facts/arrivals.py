"""What a backport put on a branch: its merge, or its picks. A rollback takes exactly that back there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from git_hotfix.git import history, provenance, trees
from git_hotfix.git.containment import carries_only_the_fix
from git_hotfix.git.effects import difference_of, is_brought
from git_hotfix.git.merging import Merged
from git_hotfix.git.resolutions import Brought, pick_or_reapply

if TYPE_CHECKING:
    from git_hotfix.facts.facts import Facts
    from git_hotfix.hotfix import Oid, Publication


def brought_to(facts: Facts, branch: str, tip: Oid) -> tuple[Brought, ...]:
    """Return what brought the fix to a branch at a tip, newest first: so only later changes can conflict with it.

    Where no backport of its own did (the base was merged there, or it was squashed), that is the fix itself.
    """
    found: dict[Oid, Brought] = {}
    for each in reversed(facts.publications):
        for brought in _merged(facts, each, tip) or _picked(facts, branch, each, tip) or (_fix_itself(facts, each),):
            found.setdefault(brought.source, _of_the_fix(facts, each, brought))
    return tuple(found.values())


def _of_the_fix(facts: Facts, publication: Publication, brought: Brought) -> Brought:
    """Return what was brought without other people's work that came in the same commit.

    More files than the fix has, and nothing in their place, are not its own under other names.
    """
    repository, record = facts.repository, facts.record_paths
    fix = _fix_itself(facts, publication)
    own = {path for path in trees.changed_paths(repository, fix.before, fix.after) if not record.holds(path)}
    changed = {
        path for path in trees.changed_paths(repository, brought.before, brought.after) if not record.holds(path)
    }
    if len(changed - own) <= len(own - changed):
        return brought
    after = brought.before
    for path in sorted(own & changed):
        after = trees.with_entry_of(repository, after, path, brought.after)
    return brought._replace(after=after)


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


def picked_as(facts: Facts, branch: str, tip: Oid) -> Oid | None:
    """Return the newest of the picks when every fix commit was picked into a branch, as it is or adapted there.

    What is written says which commit was picked; that it was is seen by what the commit does.
    """
    newest = None
    for each in facts.publications:
        for commit in commits_to_pick(facts, each):
            newest = _pick_of(facts, branch, each, commit, tip)
            if newest is None:
                return None
    return newest


def _brings(facts: Facts, branch: str, pick: Oid, commit: Oid) -> bool:
    """Return whether a commit that says so brings what another changes: exactly, or as a person can have adapted it."""
    repository, record, before = facts.repository, facts.record_paths, history.first_parent(facts.repository, pick)
    if before is None:
        return False
    result = pick_or_reapply(repository, facts.resolutions, branch, before, commit, record)
    tree = trees.tree_of(repository, pick)
    is_kept = facts.resolutions.of(branch, commit) is not None
    if isinstance(result, Merged) and facts.without_record(result.tree) == facts.without_record(tree):
        return is_kept or facts.without_record(trees.tree_of(repository, before)) != facts.without_record(tree)
    return is_brought(repository, difference_of(repository, commit), difference_of(repository, pick), record)


def _pick_of(facts: Facts, branch: str, publication: Publication, commit: Oid, tip: Oid) -> Oid | None:
    """Return the newest commit of a branch that says that it picked a commit, and did."""
    picks = provenance.picks_of(facts.repository, publication.fork, tip, commit)
    return next((pick for pick in picks if _brings(facts, branch, pick, commit)), None)


def commits_to_pick(facts: Facts, publication: Publication) -> tuple[Oid, ...]:
    """Return the commits that bring a publication by picks: its fix commits; with merges among them, its own merge.

    Without a merge of its own (fast-forwarded, or come with other people's work) these are all that its line has.
    """
    repository, record = facts.repository, facts.record_paths
    merge, tip, fork = publication.merge, publication.tip, publication.fork
    if not history.has_merges(repository, fork, tip):
        return history.fix_commits(repository, fork, tip, record)
    if tip in provenance.parents(repository, merge)[1:2]:
        return (merge,)
    line = reversed(provenance.newer_on_line(repository, fork, tip))
    return tuple(oid for oid in line if any(not record.holds(path) for path in _paths(facts, oid)))


def _paths(facts: Facts, commit: Oid) -> tuple[str, ...]:
    return trees.changed_paths(facts.repository, *difference_of(facts.repository, commit))


def _picked(facts: Facts, branch: str, publication: Publication, tip: Oid) -> tuple[Brought, ...]:
    """Return the picks of a publication; what came otherwise beside them is what its own commit changes."""
    commits = tuple(reversed(commits_to_pick(facts, publication)))
    picks = [_pick_of(facts, branch, publication, commit, tip) for commit in commits]
    if not any(picks):
        return ()
    came = [pick or commit for pick, commit in zip(picks, commits, strict=True)]
    return tuple(Brought(each, *difference_of(facts.repository, each)) for each in came)


def _fix_itself(facts: Facts, publication: Publication) -> Brought:
    before, after = (trees.tree_of(facts.repository, each) for each in (publication.fork, publication.tip))
    return Brought(publication.merge, before, after)


def _change(facts: Facts, commit: Oid, parent: Oid) -> Brought:
    return Brought(commit, trees.tree_of(facts.repository, parent), trees.tree_of(facts.repository, commit))
