"""The branches that must get a fix, and whether they have it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from git_hotfix import clock
from git_hotfix.errors import HotfixError
from git_hotfix.escapes import one_line
from git_hotfix.facts import arrivals
from git_hotfix.facts.evidence import claimed_by
from git_hotfix.git import history, provenance, trees
from git_hotfix.git.containment import (
    Containment,
    carries_only_the_fix,
    is_there,
    is_there_since,
    merge_brings,
    verdict_of,
)
from git_hotfix.git.remote import tracked_server
from git_hotfix.git.world import find_roles, named_roles, target_tip
from git_hotfix.hotfix import BranchName, Method, Oid, Publication, Verdict
from git_hotfix.record.waivers import FILE_NAME, broken_lines, ending, line_of, read_waivers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from git_hotfix.config.keys import Config
    from git_hotfix.facts.facts import Facts
    from git_hotfix.memory import Waiver


MANY_BRANCHES = 20
"""With more branches that nobody named than this, none of them is looked at."""


class Target(Struct, frozen=True):
    """A branch that must get the fix. ``tip`` counts; ``method`` is how the fix would get there while it is pending."""

    branch: BranchName
    tip: Oid
    verdict: Verdict
    method: Method | None
    commit: Oid | None
    evidence: str
    is_own: bool = False
    """Whether it has the fix of its own: it was picked from there, and no rollback takes it back."""
    kept: Verdict | None = None
    """The verdict on a fix that is still there because its rollback conflicts; ``method``, ``commit``: how it came."""

    @property
    def keeps_the_fix(self) -> bool:
        """Whether the fix is still there because its rollback conflicts."""
        return self.kept is not None

    @property
    def is_settled(self) -> bool:
        """Whether nothing has to be brought there any more."""
        return self.verdict.is_settled


def find_targets(facts: Facts) -> tuple[Target, ...]:
    """Return every branch that must get the fix, with the verdict on it."""
    names: list[BranchName] = []
    if facts.roles.develop:
        names.append(facts.roles.develop)
    if facts.base != facts.roles.production:
        names.append(facts.roles.production)
    names += facts.roles.lines
    wanted = [name for name in dict.fromkeys(names) if name != facts.base]
    return tuple(target_at(facts, name, target_tip(facts.world, name)) for name in wanted)


def gone_targets(facts: Facts) -> tuple[BranchName, ...]:
    """Return the branches that would be targets by what was last fetched, and that the server no longer has."""
    world = facts.world
    if world.remote is None or world.unanswered is not None:
        return ()
    fetched = replace(world, server=tracked_server(world.local, world.remote))
    try:
        then = find_roles(facts.repository, fetched, facts.config, at=facts.at)
    except HotfixError:  # what production was then is not known
        return ()
    return tuple(name for name in (then.develop, *then.lines) if name and target_tip(world, name) is None)


def unnamed_branches(facts: Facts) -> tuple[BranchName, ...]:
    """Return the active branches that have what the hotfix began at and are no targets, as last fetched.

    A name with ``/`` is that of one piece of work; so are all where there are many without.
    """
    world, days, fork = facts.world, facts.config.branches.release_days, _parts(facts)[0].fork
    known = {facts.base, facts.roles.production, *named_roles(world, facts.config)}
    names = [name for name in world.branches if "/" not in name and name not in known and world.tip(name)]

    def is_active(name: BranchName) -> bool:
        fetched = world.local.get(world.remote.tracking(name)) if world.remote is not None else None
        tip = facts.here(world.tip(name)) or facts.here(fetched)
        if tip is None or history.commit_time(facts.repository, tip) < facts.at - timedelta(days=days):
            return False
        return facts.is_ancestor(fork, tip)

    return tuple(filter(is_active, names)) if len(names) <= MANY_BRANCHES else ()


def target_at(facts: Facts, branch: BranchName, tip: Oid | None) -> Target:
    """Return whether a branch at a tip has the fix, and whether only because its rollback there waits for a person."""
    found = _target_at(facts, branch, tip)
    waits = facts.memory.conflict_of(branch, is_rollback=True)
    if not found.verdict.is_there or not facts.is_rolled_back or waits is None or facts.is_landed_again:
        return found
    evidence = facts.memory.why_pending.get(branch, "reverting the fix conflicts there")
    return replace(found, verdict=Verdict.CONFLICT, evidence=evidence, kept=found.verdict)


def method_for(facts: Facts, tip: Oid) -> Method:
    """Return how the whole fix gets to a branch: merged where that brings the fix and nothing else, else picked."""
    first, newest = _parts(facts)[0].fork, _parts(facts)[-1].tip
    is_merge = carries_only_the_fix(facts.repository, first, tip, facts.record_paths)
    is_merge = is_merge and merge_brings(facts.repository, first, newest, tip, facts.record_paths)
    return Method.MERGE if is_merge else Method.PICK


def _parts(facts: Facts) -> tuple[Publication, ...]:
    """Return every publication, and the part that is not published yet, as if its base were fast-forwarded to it."""
    fix = None if facts.is_rolled_back else facts.fix
    return (*facts.publications, *((Publication(fix.tip, fix.tip, fix.fork),) if fix is not None else ()))


def _target_at(facts: Facts, branch: BranchName, tip: Oid | None) -> Target:
    """Return whether every part of the fix is in a branch, and how it would get there."""
    if tip is None or not facts.has(tip):
        return Target(branch, tip or Oid(""), Verdict.UNKNOWN, None, None, "its tip is not fetched")

    def judged(verdict: Verdict, evidence: str, method: Method | None = None, commit: Oid | None = None) -> Target:
        return Target(branch, tip, verdict, method, commit, evidence)

    if facts.is_rolled_back and (back := arrivals.taken_back_by(facts, branch, tip)):
        return judged(Verdict.REVERTED, f"reverted by {back[:7]}", Method.REVERT, back)
    if not facts.publications and not facts.has_fix:
        return judged(Verdict.PENDING, "no fix committed yet")
    came: arrivals.Arrival | None = None
    newest = Containment(Verdict.PRESENT, "")
    for part in _parts(facts):
        found, came = _part_at(facts, branch, part, tip)
        if found.verdict.is_there:
            newest = found
            continue
        if waiver := facts.waived.get(branch):
            return judged(Verdict.WAIVED, waived_by(facts, waiver))
        if found.verdict.is_refused or found.verdict is Verdict.NOT_APPLICABLE:
            return judged(found.verdict, _undone(facts, found), None, found.commit)
        return _lacking(facts, branch, tip, found)
    if came is None and facts.publications and not facts.is_brief and not arrivals.brought_to(facts, branch, tip):
        return replace(judged(newest.verdict, "has the commits that the fix was picked from"), is_own=True)
    evidence = newest.evidence if newest.verdict is Verdict.MODIFIED else "already has every change of the fix"
    return judged(newest.verdict, *((came.evidence, came.method, came.commit) if came else (evidence,)))


def _lacking(facts: Facts, branch: BranchName, tip: Oid, found: Containment) -> Target:
    """Return that a branch lacks the fix: why and how it would get there, or by which commit it was taken back."""
    if facts.is_rolled_back and (back := arrivals.picks_taken_back_by(facts, tip)):
        return Target(branch, tip, Verdict.REVERTED, Method.REVERT, back, f"reverted by {back[:7]}")
    why = facts.memory.why_pending.get(branch, found.evidence)
    evidence = "; ".join((why, *_claims(facts, branch, tip), *_ended_waiver(facts, branch)))
    verdict = Verdict.CONFLICT if facts.memory.conflict_of(branch) else found.verdict
    return Target(branch, tip, verdict, method_for(facts, tip), None, evidence)


def _part_at(facts: Facts, branch: str, part: Publication, tip: Oid) -> tuple[Containment, arrivals.Arrival | None]:
    """Return whether one part of the fix is in a branch, and how it came there, where that is asked."""
    if facts.is_brief and is_there(facts.repository, part.fork, part.tip, tip, facts.record_paths):
        return Containment(Verdict.PRESENT, ""), None
    came = arrivals.arrival(facts, branch, part, tip)
    is_picked = came is not None and came.method is not Method.MERGE and not came.lacking
    return _verdict_on(facts, part, tip, came.commit if came and is_picked else None), came


def _verdict_on(facts: Facts, part: Publication, tip: Oid, came: Oid | None) -> Containment:
    """Return whether one part of the fix is in a branch; what a later part has changed again is there with that."""
    repository, record, fork, end = facts.repository, facts.record_paths, part.fork, part.tip
    last = _parts(facts)[-1].tip
    found = verdict_of(repository, fork, end, tip, record, arrival=came)
    if found.verdict.is_refused and end != last and not is_there(repository, fork, end, last, record):
        return replace(found, verdict=Verdict.PRESENT)
    return found


def is_landed_again(facts: Facts) -> bool:
    """Return whether the base has the whole fix again after it was taken back: what landed it needs it on the targets.

    Who did it does not matter, nor under which name.
    """
    last = facts.last_publication
    if facts.base_tip is None or last is None or last.rollback is None or not facts.is_rolled_back:
        return False
    ends = (facts.publications[0].fork, last.tip)
    return is_there_since(facts.repository, *ends, facts.base_tip, facts.record_paths, last.rollback)


def undone_in_base(facts: Facts) -> str | None:
    """Return that a part of what was published is undone in the base, as a phrase."""
    if facts.base_tip is None or facts.is_rolled_back:
        return None
    for each in facts.publications:
        found = _verdict_on(facts, each, facts.base_tip, each.merge)
        if each.rollback is None and found.verdict.is_refused:
            return _undone(facts, found)
    return None


def _undone(facts: Facts, found: Containment) -> str:
    by = f" ({_named(facts, found.commit)})" if found.commit is not None else ""
    return found.evidence + by


def _ended_waiver(facts: Facts, branch: str) -> Iterator[str]:
    """Return that somebody had waived a branch, and no longer does."""
    waiver = _all_waivers(facts).get(branch) if branch not in facts.waived else None
    if waiver is not None:
        yield f"the waiver of {waiver.by} ended on {waiver.until}"


def _claims(facts: Facts, branch: str, tip: Oid) -> Iterator[str]:
    """Return what commits of a branch that lacks the fix, and the record, say of it all the same, as phrases."""
    for each in facts.publications:
        if (told := arrivals.claimed_in_record(facts, branch, each, tip)) is not None:
            yield told
        for commit in arrivals.commits_to_pick(facts, each):
            for pick in provenance.picks_of(facts.repository, each.fork, tip, commit)[:1]:
                yield claimed_by(facts, f"that {commit[:7]} was picked", pick)


def _named(facts: Facts, commit: Oid) -> str:
    return one_line(f"{provenance.committer_name(facts.repository, commit)}: {facts.subject(commit)}")


def record_paths_of(config: Config) -> trees.RecordPaths:
    """Return the paths that are left out of every comparison: reports and waivers, the changelog, the backlog."""
    documents = config.documents
    own = filter(None, (documents.changelog, documents.backlog))
    files = (f"{config.incident.directory}/{FILE_NAME}", *own)
    return trees.RecordPaths(config.incident.directory, files, documents.changelogs)


def waived(facts: Facts) -> dict[str, Waiver]:
    """Return the targets that are waived, by branch; a waiver counts until the end of its last day."""
    return {branch: each for branch, each in _all_waivers(facts).items() if not _has_ended(facts, each)}


def _has_ended(facts: Facts, waiver: Waiver) -> bool:
    last = clock.day(waiver.until) if waiver.until is not None else None
    return last is not None and last < facts.at.date()


def _all_waivers(facts: Facts) -> dict[str, Waiver]:
    """Return what somebody waived, by branch, in the record or here; the newest one of each counts."""
    found = read_waivers(_waivers(facts)[1], facts.hotfix)
    for each in facts.memory.waivers:
        recorded = found.get(each.branch)
        if recorded is None or _is_later(each.at, recorded.at):
            found[each.branch] = each
    return found


def waived_by(facts: Facts, waiver: Waiver) -> str:
    """Return who says that a branch will not get the fix and why; of a recorded waiver also who committed it."""
    path, content = _waivers(facts)
    line, said = line_of(content, waiver), f"skipped{ending(waiver)} by {waiver.by}: {waiver.reason}"
    if line is None or facts.record_tip is None:
        return said
    commit = provenance.commit_of_line(facts.repository, facts.record_tip, path, line)
    if commit is None:
        return said
    people = (provenance.author_name(facts.repository, commit), provenance.committer_name(facts.repository, commit))
    author, committer = map(one_line, people)
    wrote = f"written by {author}, " if author != committer else ""
    return f"{said} ({wrote}committed by {committer}, {commit[:7]})"


def _is_later(one: str, other: str) -> bool:
    times = clock.from_rfc3339(one), clock.from_rfc3339(other)
    return times[0] is not None and (times[1] is None or times[0] > times[1])


def broken_waivers(facts: Facts) -> tuple[str, ...]:
    """Return the lines of the recorded waivers that waive nothing, each as a sentence."""
    path, content = _waivers(facts)
    return tuple(f"'{path}' line {at} is not a valid waiver: {why}." for at, why in broken_lines(content))


def _waivers(facts: Facts) -> tuple[str, bytes | None]:
    path, tip = f"{facts.config.incident.directory}/{FILE_NAME}", facts.record_tip
    return path, trees.regular_file(facts.repository, tip, path) if tip is not None else None
