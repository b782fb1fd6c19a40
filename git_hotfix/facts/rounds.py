"""The rounds of a hotfix: what its commits did to the base, whoever merged them and whatever is written about it."""

from __future__ import annotations

from functools import cmp_to_key
from typing import TYPE_CHECKING

from msgspec.structs import replace

from git_hotfix.facts.evidence import ROLLBACK_OF, is_named
from git_hotfix.facts.merged_requests import brought_anew, fork_between, squashed_after, tagged_commits, told_round
from git_hotfix.facts.reports import read, report_in
from git_hotfix.git import history, provenance, trees
from git_hotfix.git.messages import singles
from git_hotfix.hotfix import HOTFIX_ID, Oid, Publication
from git_hotfix.memory_file import MemoryFile
from git_hotfix.record.incident import Status

if TYPE_CHECKING:
    from collections.abc import Iterable

    from git_hotfix.facts.facts import Facts
    from git_hotfix.hotfix import HotfixId
    from git_hotfix.record.incident import Report


def find_rounds(facts: Facts, base_tip: Oid) -> tuple[Publication, ...]:
    """Return the rounds of a hotfix that are in its base, oldest first.

    Anybody can write the id into a merge message; that alone makes no round. The first round brings the commit
    with which the hotfix begins, a later one goes on from the tip of the one before.
    """
    named = named_commits(facts, base_tip)
    tip = facts.known_tip
    brought = history.bringing_merge(facts.repository, base_tip, tip) if tip is not None else None
    found = _first_round(facts, base_tip, named, brought)
    if found and facts.known.branch is not None:
        from git_hotfix.facts.merged_branches import rounds_before  # noqa: PLC0415  # seldom

        found = [*rounds_before(facts, base_tip, named, found[0]), *found]
    merges = {oid for oid in named if _is_merge(facts, oid)} | ({brought} if brought is not None else set())
    for merge in _in_order(facts, base_tip, merges) if found else ():
        if _goes_on(facts, base_tip, found[-1], merge):
            found.append(_round_after(facts, found[-1], merge))
    said = _said(facts) if found and tip is None else ()
    while found and (more := squashed_after(facts, found[-1], base_tip, said)) is not None:
        found.append(more)
    return () if facts.repository.is_shallow and any(_is_cut_off(facts, each) for each in found) else tuple(found)


def published_since(facts: Facts) -> tuple[str, ...]:
    """Return what came to the base after this hotfix and changes more than records, by name, the newest first.

    The name of a commit of a hotfix is that hotfix; what was taken back since is not named. By what commits say nothing
    is believed: they only name what differs.
    """
    commit, tip, repository = facts.in_production, facts.here(facts.base_tip), facts.repository
    if commit is None or tip is None or commit == tip or not facts.has(commit) or not facts.is_ancestor(commit, tip):
        return ()
    if not facts.changed(commit, tip):
        return ()
    line = map(Oid, repository.past.run("rev-list", "--first-parent", f"{commit}..{tip}").text.split())
    names: dict[str, bool] = {}
    for each in line:
        before, said = history.first_parent(repository, each), singles(history.trailers(repository, each))
        if before is not None and facts.changed(before, each):
            name = said.get(HOTFIX_ID) or f"{each[:7]} {facts.subject(each)}"
            names.setdefault(name, ROLLBACK_OF not in said)
    return tuple(name for name, is_there in names.items() if is_there) or tuple(names)


def was_deployed_with(facts: Facts, later: HotfixId) -> bool:
    """Return whether a later hotfix was seen to be deployed here, at a commit that has what this one published."""
    last = next(reversed(MemoryFile(facts.repository.common_dir, later).read().deployments), None)
    if last is None or last.state != "succeeded" or last.is_back or not facts.has(last.merge):
        return False
    return facts.in_production is not None and facts.is_ancestor(facts.in_production, last.merge)


def named_commits(facts: Facts, base_tip: Oid) -> tuple[Oid, ...]:
    """Return the commits in the base whose trailers name the hotfix and no other, the newest first."""
    line = f"{HOTFIX_ID}: {facts.hotfix}"
    listed = provenance.commits_naming(facts.repository, base_tip, line, since=facts.hotfix.day_before)
    return tuple(oid for oid in listed if is_named(facts, oid))


def fork_of(facts: Facts, base_tip: Oid, tip: Oid) -> Oid:
    """Return where the branch and its base parted.

    Where the base was fast-forwarded to the tip, that is where the report begins: its first commit's parent.
    """
    bases = history.merge_bases(facts.repository, base_tip, tip)
    if bases and bases[0] != tip:
        return bases[0]
    added = provenance.commit_that_added(facts.repository, tip, facts.first_report_path)
    return (history.first_parent(facts.repository, added) if added else None) or tip


def _first_round(facts: Facts, base_tip: Oid, named: tuple[Oid, ...], brought: Oid | None) -> list[Publication]:
    """Return the round that brought the beginning of the hotfix: of the branch that is known, else the oldest."""
    repository, tip, path = facts.repository, facts.known_tip, facts.first_report_path
    told = facts.memory.told_merged
    if told is not None and facts.has(told.commit) and provenance.is_on_line(repository, told.commit, base_tip):
        return told_round(facts, told)
    begun = {history.bringing_merge(repository, base_tip, oid) for oid in named if _begins(facts, oid)}
    found = _rounds_among(facts, base_tip, begun | {brought})
    if not found:
        found = _rounds_among(facts, base_tip, (oid for oid in named if _is_merge(facts, oid)))
    began = found[0] if found else None
    before = (
        base_tip
        if began is None
        else began.fork
        if began.merge == began.tip
        else history.first_parent(repository, began.merge)
    )
    if before is not None and trees.file_at(repository, before, path) is not None:
        first = provenance.first_with(repository, before, path, since=facts.hotfix.day_before)
        squashed = _rounds_among(facts, base_tip, [first])  # what goes on after a squashed round began there
        if tip is None:
            return [*squashed[:1], *found[:1]]
        found = [*squashed, *found]
    own = [each for each in found if tip is not None and facts.is_ancestor(each.end, tip)]
    return (own or found)[:1]


def _before(facts: Facts, found: Publication) -> Oid | None:
    """Return the commit of the base that a round came onto."""
    return found.fork if found.merge == found.tip else history.first_parent(facts.repository, found.merge)


def _rounds_among(facts: Facts, base_tip: Oid, candidates: Iterable[Oid | None]) -> list[Publication]:
    in_order = _in_order(facts, base_tip, (oid for oid in candidates if oid is not None))
    return [each for oid in in_order if (each := _beginning_with(facts, oid)) is not None]


def _beginning_with(facts: Facts, brought: Oid) -> Publication | None:
    """Return the round of a commit of the base, where it brought the hotfix from its beginning on."""
    repository, tip = facts.repository, facts.branch_tip
    parents = provenance.parents(repository, brought)
    if len(parents) < 2:
        return _squashed(facts, brought) or (_fast_forwarded(facts, brought) if _begins(facts, brought) else None)
    if _begins(facts, provenance.first_own_commit(repository, parents[0], parents[1])):
        return _merged(facts, brought)
    is_ours = facts.memory.has_published(brought)
    if is_ours or (parents[1] == tip and is_named(facts, brought)):  # people have rewritten how the branch begins
        return _merged(facts, brought)
    begun = (oid for oid in named_commits(facts, brought) if _begins(facts, oid))
    within = (history.bringing_merge(repository, parents[1], oid) for oid in begun)  # a resolved request, or a queue
    ends = (provenance.parents(repository, each)[1] for each in within if each and _is_merge(facts, each))
    for end in (*_known_ends(facts), *ends):  # it came with other people's work
        is_new = facts.is_ancestor(end, brought) and not facts.is_ancestor(end, parents[0])
        if is_new and _begins(facts, provenance.first_own_commit(repository, parents[0], end)):
            return Publication(brought, end, fork_between(facts, parents[0], end))
    return None


def _known_ends(facts: Facts) -> tuple[Oid, ...]:
    """Return up to which commit the hotfix may go: its branch's tip, and the commits that the record names."""
    ends = (facts.branch_tip, *reversed(_said(facts)))
    return tuple(oid for oid in ends if oid is not None and facts.commit_of(oid) == oid)


def _said(facts: Facts) -> tuple[Oid, ...]:
    """Return the fix commits that the record names."""
    report = _report_at(facts, facts.record_tip) if facts.record_tip is not None else None
    return report.fix_commits if report is not None else ()


def _merged(facts: Facts, merge: Oid) -> Publication:
    parents = provenance.parents(facts.repository, merge)
    return Publication(merge, parents[1], fork_between(facts, parents[0], parents[1]))


def _fast_forwarded(facts: Facts, begin: Oid) -> Publication | None:
    """Return the round of a base that runs through the hotfix's own commits; None where nobody knows up to which."""
    repository, base_tip, tip = facts.repository, facts.base_tip, facts.known_tip
    assert base_tip is not None  # noqa: S101  # a commit of it was asked about
    bases = history.merge_bases(repository, base_tip, tip) if tip is not None else ()
    own = [oid for oid in bases if tip is not None and provenance.is_on_line(repository, oid, tip)]
    tagged = _in_order(facts, base_tip, (commit for _, commit in tagged_commits(facts)))

    def first_of(ends: Iterable[Oid]) -> Oid | None:
        on_line = (oid for oid in ends if provenance.is_on_line(repository, oid, base_tip))
        return next((oid for oid in on_line if facts.is_ancestor(begin, oid)), None)

    end, fork = first_of((*own, *tagged)), history.first_parent(repository, begin)
    if end is None and tip is None:  # who made what follows proves nothing
        end = first_of(_known_ends(facts))
    return Publication(end, end, fork) if end is not None and fork is not None else None


def lost_tip(facts: Facts, base_tip: Oid) -> Oid | None:
    """Return up to which commit a fix went that is no longer in its base: by its tag, or by its record."""
    repository = facts.repository
    tagged = ((provenance.parents(repository, commit)[1:] or (commit,))[0] for _, commit in tagged_commits(facts))
    ends = (*tagged, *_known_ends(facts))
    return next((oid for oid in ends if _begins(facts, provenance.first_own_commit(repository, base_tip, oid))), None)


def beginning_in(facts: Facts, base_tip: Oid) -> Oid | None:
    """Return the commit on the line of the base with which the hotfix begins there; None where none does."""
    begun = (oid for oid in named_commits(facts, base_tip) if _begins(facts, oid))
    return next(iter(_in_order(facts, base_tip, begun)), None)


def _squashed(facts: Facts, commit: Oid) -> Publication | None:
    """Return the round of commits that brought report and fix anew: as one, or rebased; ``commit`` has the report.

    Without a branch that is known it is what that one commit changes.
    """
    repository, tip = facts.repository, facts.known_tip
    before = history.first_parent(repository, commit)
    if before is None or facts.base_tip is None or not _adds_report(facts, before, commit):
        return None
    if tip is None or facts.is_ancestor(tip, commit):
        return Publication(commit, commit, before) if facts.changed(before, commit) else None
    line = (commit, *reversed(provenance.newer_on_line(repository, commit, facts.base_tip)))
    return brought_anew(facts, before, fork_between(facts, before, tip), line)


def _round_after(facts: Facts, last: Publication, merge: Oid) -> Publication:
    if not _is_merge(facts, merge):
        return Publication(merge, merge, last.end)
    found = _merged(facts, merge)
    return replace(found, fork=last.end) if last.source is not None else found


def _is_cut_off(facts: Facts, found: Publication) -> bool:
    """Return whether it cannot be seen in a shallow history where a hotfix and its base parted."""
    before = history.first_parent(facts.repository, found.merge)
    return before is None or not history.merge_bases(facts.repository, before, found.tip)


def _goes_on(facts: Facts, base_tip: Oid, last: Publication, merge: Oid) -> bool:
    """Return whether a commit of the base brought more of the branch whose tip was brought last."""
    repository, tip = facts.repository, facts.known_tip
    if merge == last.merge or not facts.is_ancestor(last.merge, merge):
        return False
    new = provenance.parents(repository, merge)[1] if _is_merge(facts, merge) else merge
    is_own = tip is not None and provenance.is_on_line(repository, new, tip)
    is_meant = is_own or (new != merge and is_named(facts, merge))
    lines = ((last.end, new), (merge, base_tip))
    return is_meant and new != last.end and all(provenance.is_on_line(repository, *each) for each in lines)


def _begins(facts: Facts, commit: Oid | None) -> bool:
    """Return whether a hotfix begins with a commit: it brings the report, or (restricted) nothing but its id."""
    parents = provenance.parents(facts.repository, commit) if commit is not None else ()
    if commit is None or len(parents) != 1:
        return False
    if _report_at(facts, commit) is not None:
        return _adds_report(facts, parents[0], commit)
    return is_named(facts, commit) and not facts.changed(parents[0], commit)


def began_without_report(facts: Facts) -> bool:
    """Return whether the published commit with which a hotfix begins brought no report: it is a restricted one."""
    first = facts.publications[0]
    begun = provenance.first_own_commit(facts.repository, first.fork, first.tip)
    return begun is not None and _report_at(facts, begun) is None and _begins(facts, begun)


def _adds_report(facts: Facts, before: Oid, commit: Oid) -> bool:
    """Return whether a commit brings the report of a hotfix that has begun: later ones are of one that has ended."""
    report = _report_at(facts, commit)
    if report is None or report.id != facts.hotfix or _report_at(facts, before) is not None:
        return False
    return report.status is Status.OPEN and report.tag is None and not report.fix_commits


def _report_at(facts: Facts, commit: Oid) -> Report | None:
    content = report_in(facts.repository, commit, facts.config, facts.hotfix)
    return read(content, facts.first_report_path)[0] if content is not None else None


def _is_merge(facts: Facts, commit: Oid) -> bool:
    return len(provenance.parents(facts.repository, commit)) > 1


def _in_order(facts: Facts, base_tip: Oid, commits: Iterable[Oid]) -> list[Oid]:
    """Return those commits that are on the base's own line, the oldest first: only there each comes before another."""

    def compare(one: Oid, other: Oid) -> int:
        return -1 if facts.is_ancestor(one, other) else 1

    on_line = (oid for oid in set(commits) if provenance.is_on_line(facts.repository, oid, base_tip))
    return sorted(on_line, key=cmp_to_key(compare))
