"""How a fix came to a branch, by what is seen there: the verdict stands on it, and a rollback takes it back again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from git_hotfix.escapes import one_line
from git_hotfix.facts.evidence import asked_commit, is_adapted, picked_by, said_to_undo, says_to_bring, undone_by
from git_hotfix.facts.reports import read, report_in
from git_hotfix.git import history, provenance, trees
from git_hotfix.git.containment import carries_only_the_fix, is_there, is_there_by_itself
from git_hotfix.git.effects import Difference, difference_of, is_brought, is_undone
from git_hotfix.git.graph import rev_list
from git_hotfix.git.messages import picked_from
from git_hotfix.git.resolutions import Brought
from git_hotfix.hotfix import Method, Verdict
from git_hotfix.record.incident import Status
from git_hotfix.record.resolution import names_carrier

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from git_hotfix.facts.facts import Facts
    from git_hotfix.hotfix import Oid, Publication

_MOST_LOOKED_AT = 50
"""How many commits of a branch may be the one into which a request was squashed."""


class Arrival(Struct, frozen=True):
    """How a publication came to a branch, and the newest commit that brought it; ``evidence`` is a sentence.

    ``brought`` is what came of it, newest first, where that is the hotfix's own work and nobody else's.
    """

    method: Method
    commit: Oid
    evidence: str
    brought: tuple[Brought, ...] = ()
    lacking: tuple[Oid, ...] = ()
    """The commits of the publication that did not come so: it came in part."""


def arrival(facts: Facts, branch: str, publication: Publication, tip: Oid) -> Arrival | None:
    """Return how a publication came to a branch at a tip, as a whole or else in part; None where no commit shows it.

    Where it was taken out and brought again, the newest commit that brought it counts.
    """
    ways = tuple(_arrivals(facts, branch, publication, tip))
    return _newest(facts, ways) or next(iter(ways), None)


def _newest(facts: Facts, ways: Iterable[Arrival]) -> Arrival | None:
    whole = [each for each in ways if not each.lacking]
    return next((one for one in whole if all(facts.is_ancestor(each.commit, one.commit) for each in whole)), None)


def brought_to(facts: Facts, branch: str, tip: Oid) -> tuple[Brought, ...]:
    """Return what brought the fix to a branch at a tip, newest first: so only later changes can conflict with it.

    Where no backport of its own did (the base was merged there, or it was squashed), that is the fix itself; what the
    fix was picked from there is the branch's own, and nothing brought that.
    """
    found: dict[Oid, Brought] = {}
    for each in reversed(facts.publications):
        for brought in _brought(facts, [way for way in _arrivals(facts, branch, each, tip) if way.brought], each, tip):
            found.setdefault(brought.source, _of_the_fix(facts, each, brought))
    return tuple(found.values())


def _brought(facts: Facts, ways: list[Arrival], publication: Publication, tip: Oid) -> tuple[Brought, ...]:
    """Return what the newest way brought, and what was there before it: a merge brings only what was not there yet."""
    newest, commits = _newest(facts, ways), commits_to_pick(facts, publication)
    own = {commit for commit in commits if _is_picked_from(facts, commit, tip)}
    if newest is None:
        whole = (_fix_itself(facts, publication),) if not own else _each_of(facts, reversed(commits))
        return tuple(each for each in (ways[0].brought if ways else whole) if each.source not in own)
    if newest.method is not Method.MERGE:
        return newest.brought
    before = history.first_parent(facts.repository, newest.commit)
    silent = Arrival(Method.PICK, newest.commit, "", _each_of(facts, reversed(commits)), commits)
    picks = next((way for way in ways if way.method is Method.PICK), silent)

    def was_there(each: Brought) -> bool:
        if each.source not in picks.lacking:
            return facts.is_ancestor(each.source, newest.commit)
        if before is None or each.source in own:
            return False
        return is_there_by_itself(facts.repository, each.source, before, facts.record_paths)

    return (*newest.brought, *filter(was_there, picks.brought))


def _is_picked_from(facts: Facts, commit: Oid, tip: Oid) -> bool:
    """Return whether a commit says that it was picked from one that a branch has, and does what that one does."""
    repository = facts.repository
    said = picked_from(provenance.message(repository, commit))
    origins = [origin for origin in said if facts.has(origin) and facts.is_ancestor(origin, tip)]
    pairs = ((difference_of(repository, origin), difference_of(repository, commit)) for origin in origins)
    return any(is_brought(repository, *pair, facts.record_paths) for pair in pairs)


def _each_of(facts: Facts, commits: Iterable[Oid]) -> tuple[Brought, ...]:
    return tuple(Brought(each, *difference_of(facts.repository, each)) for each in commits)


def _arrivals(facts: Facts, branch: str, publication: Publication, tip: Oid) -> Iterator[Arrival]:
    """Return each way in which a publication, or a part of it, came to a branch."""
    for method in Method:
        match method:
            case Method.MERGE:
                yield from _merged(facts, publication, tip)
            case Method.PICK:
                picks = tuple(_picked(facts, branch, publication, tip))
                yield from picks or _came_as_one(facts, branch, publication, tip)
            case Method.REVERT:
                continue  # so it leaves a branch


def _merged(facts: Facts, publication: Publication, tip: Oid) -> Iterator[Arrival]:
    """Return the commit that brought the tip of the branch; one that brought more than the fix is not its own.

    One that brought nothing of the fix (it was there, or was left out: ``merge -s ours``) is no arrival.
    """
    repository = facts.repository
    merge = history.bringing_merge(repository, tip, publication.tip)
    if merge is None:
        return
    parents = provenance.parents(repository, merge)
    fix = _fix_itself(facts, publication)
    did = difference_of(repository, merge)
    if len(parents) > 1 and not facts.changed(*did) & facts.changed(fix.before, fix.after):
        return
    is_own = len(parents) == 2 and parents[1] in {each.tip for each in facts.publications}
    is_own = is_own and carries_only_the_fix(repository, facts.publications[0].fork, parents[0], facts.record_paths)
    brought = (Brought(merge, *did),) if is_own else ()
    yield Arrival(Method.MERGE, merge, f"contains the fix ({publication.tip[:7]})", brought)


def _picked(facts: Facts, branch: str, publication: Publication, tip: Oid) -> Iterator[Arrival]:
    """Return the picks of a publication; what came otherwise beside them is what its own commit changes."""
    commits = tuple(reversed(commits_to_pick(facts, publication)))
    picks = {each: picked_by(facts, branch, publication.fork, tip, each) for each in commits}
    came = [(pick or commit) for commit, pick in picks.items()]
    newest = next((pick for pick in picks.values() if pick is not None), None)
    if newest is not None:
        lacking = tuple(commit for commit, pick in picks.items() if pick is None)
        rest = "; the rest arrived some other way" if lacking else ""
        yield Arrival(Method.PICK, newest, f"picked as {newest[:7]}{rest}", _each_of(facts, came), lacking)


def _came_as_one(facts: Facts, branch: str, publication: Publication, tip: Oid) -> Iterator[Arrival]:
    """Return the commit by which a forge has merged a request in which a person had resolved a conflict.

    Elsewhere than where that was asked for it has to do most of the fix, and to name the hotfix, or bring its report;
    or the record tells it: that is shown with who wrote the record.
    """
    repository, ends = facts.repository, (publication.fork, publication.tip)
    if publication not in facts.publications or is_there(repository, *ends, tip, facts.record_paths):
        return
    touching = _touching(facts, publication, tip)
    commit, told = asked_commit(facts, branch, lambda: touching, [each.tip for each in facts.publications]), ""
    for oid in touching if commit is None else ():
        says = "" if says_to_bring(facts, oid) else _told_by_record(facts, branch, oid)
        if says is not None and is_adapted(facts, *ends, difference_of(repository, oid)):
            commit, told = oid, f", says the record of {says}" if says else ""
    if commit is not None:
        brought = (Brought(commit, *difference_of(repository, commit)),)
        yield Arrival(Method.PICK, commit, f"arrived as {commit[:7]}{told}", brought)


def _touching(facts: Facts, publication: Publication, tip: Oid) -> tuple[Oid, ...]:
    """Return the commits on the line of a branch that change files of the fix, the newest first."""
    repository, start = facts.repository, publication.fork
    paths, since = facts.changed(start, publication.tip), int(facts.hotfix.day_before.timestamp())
    line = rev_list(repository, tip, without=start, since=since, first_parents=True, paths=tuple(paths))
    return tuple(oid for oid in line[:_MOST_LOOKED_AT] if provenance.touches(repository, oid, paths))


def claimed_in_record(facts: Facts, branch: str, publication: Publication, tip: Oid) -> str | None:
    """Return that the record says by which commit a branch got a publication, as a phrase: anybody can write that."""
    told = ((oid, _told_by_record(facts, branch, oid)) for oid in _touching(facts, publication, tip))
    return next((f"the record of {by} says that {oid[:7]} brought it" for oid, by in told if by is not None), None)


def taken_back_by(facts: Facts, branch: str, tip: Oid) -> Oid | None:
    """Return the commit that took the newest publication back in a branch at a tip too."""
    last, repository = facts.last_publication, facts.repository
    if last is None:
        return None
    start = last.tip if facts.is_ancestor(last.tip, tip) else last.fork
    said = undone_by(facts, branch, start, tip, last.merge, lambda _, before: brought_to(facts, branch, before))
    paths, since = facts.changed(last.fork, last.tip), int(facts.hotfix.day_before.timestamp())

    def line() -> tuple[Oid, ...]:
        return rev_list(repository, tip, without=start, since=since, first_parents=True, paths=tuple(paths))

    brings = [each.tip for each in facts.publications]
    found = said or asked_commit(facts, branch, line, brings, is_rollback=True)
    if found is not None:
        return found
    told = (oid for oid in line()[:_MOST_LOOKED_AT] if _told_by_record(facts, branch, oid, is_rollback=True))
    return next((oid for oid in told if _takes_back(facts, branch, oid)), None)


def picks_taken_back_by(facts: Facts, tip: Oid) -> Oid | None:
    """Return the commit that took the newest publication back in a branch where it is not: all that says it picked it.

    What a person had made of a conflict is not known in every clone, and undone all the same.
    """
    repository, last = facts.repository, facts.last_publication
    for commit, _ in said_to_undo(repository, last.fork, tip, last.merge) if last is not None else ():
        before = history.first_parent(repository, commit) or commit
        commits = [(each.fork, own) for each in facts.publications for own in commits_to_pick(facts, each)]
        picks = [oid for fork, own in reversed(commits) for oid in provenance.picks_of(repository, fork, before, own)]
        brought = [difference_of(repository, oid) for oid in picks]
        if is_undone(repository, brought, difference_of(repository, commit), facts.record_paths):
            return commit
    return None


def _takes_back(facts: Facts, branch: str, commit: Oid) -> bool:
    """Return whether a commit of a branch undoes most of what had brought the fix there."""
    repository, before = facts.repository, history.first_parent(facts.repository, commit)
    brought = [Difference(*each[1:]) for each in brought_to(facts, branch, before)] if before is not None else []
    return is_undone(repository, brought, difference_of(repository, commit), facts.record_paths)


def _told_by_record(facts: Facts, branch: str, commit: Oid, *, is_rollback: bool = False) -> str | None:
    """Return who has committed the record that tells by which commit a branch got, or lost, the fix; None: none does.

    What came with the record itself is that commit.
    """
    path, tip = facts.documented_path, facts.record_tip
    ends = (history.first_parent(facts.repository, commit), commit)
    if branch == facts.record_branch:
        said = [each and report_in(facts.repository, each, facts.config, facts.hotfix) for each in ends]
        reports = [read(each, path)[0] if each else None for each in said]
        ended = [each is not None and each.status is Status.ROLLED_BACK for each in reports]
        is_written = ended if is_rollback else [bool(each and each.fix_commits) for each in reports]
        return one_line(provenance.committer_name(facts.repository, commit)) if is_written == [False, True] else None
    content = trees.regular_file(facts.repository, tip, path) if tip is not None else None
    lines = (content or b"").decode("utf-8", "replace").split("\n")
    state = str(Verdict.REVERTED if is_rollback else Verdict.PRESENT)
    at = next((n for n, each in enumerate(lines, 1) if names_carrier(each, branch, state, commit)), None)
    by = provenance.commit_of_line(facts.repository, tip, path, at) if tip is not None and at is not None else None
    return one_line(provenance.committer_name(facts.repository, by)) if by is not None else None


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
    return tuple(oid for oid in line if facts.changed(*difference_of(repository, oid)))


def _of_the_fix(facts: Facts, publication: Publication, brought: Brought) -> Brought:
    """Return what was brought without other people's work that came in the same commit.

    More files than the fix has, and nothing in their place, are not its own under other names.
    """
    fix = _fix_itself(facts, publication)
    own, changed = (facts.changed(each.before, each.after) for each in (fix, brought))
    if len(changed - own) <= len(own - changed):
        return brought
    after = trees.with_entries_of(facts.repository, brought.before, sorted(own & changed), brought.after)
    return brought._replace(after=after)


def _fix_itself(facts: Facts, publication: Publication) -> Brought:
    before, after = (trees.tree_of(facts.repository, each) for each in (publication.fork, publication.tip))
    return Brought(publication.merge, before, after)
