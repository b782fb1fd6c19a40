"""How a hotfix that ships no code ended: by the checked record that ``close`` made; anything else is only a claim."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from git_hotfix.facts.evidence import asked_tips, recorded_by
from git_hotfix.facts.reports import Claim, claim_of, read
from git_hotfix.facts.rounds import fork_of
from git_hotfix.git import history, provenance, trees
from git_hotfix.git.messages import single
from git_hotfix.hotfix import Oid
from git_hotfix.record.incident import Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from git_hotfix.facts.facts import Facts

CLOSED_AS = "Closed-As"
"""The trailer of the record that ``close`` makes; its value is the status that this very commit writes."""

GIVEN_UP = "Given-Up"
"""The trailer beside it that names a tip of the branch whose fix commits were given up (``close --discard``)."""

ENDED = frozenset({Status.CANCELLED, Status.RESOLVED})


class Closing(Struct, frozen=True):
    """The end of a hotfix that ships no code, and the tips whose fix commits were given up with it.

    ``commit`` is the record; None where it is in the report that is kept in the git directory.
    """

    commit: Oid | None
    status: Status
    given_up: tuple[Oid, ...] = ()
    by: str | None = None
    """Who committed the record."""
    is_asked: bool = False
    """Whether a request from here asked for it: who gave up the commits has said so in this repository."""


def find_closing(facts: Facts) -> Closing | None:
    """Return the record of ``close`` that still stands in the report; None without one, whatever the report says."""
    if facts.publications:
        return None
    if facts.is_kept:
        report = facts.report
        return Closing(None, report.status) if report is not None and report.status in ENDED else None
    report, tip = facts.documented, facts.record_tip
    if report is None or tip is None or report.status not in ENDED or report.tag or report.fix_commits:
        return None
    found = (_closing(facts, commit, facts.documented_path) for commit in _changes(facts, tip, facts.documented_path))
    return next((each for each in found if each is not None and each.status is report.status), None)


def closing_trailers(status: Status, given_up: Iterable[Oid] = ()) -> tuple[tuple[str, str], ...]:
    """Return the trailers of the record of an end."""
    return ((CLOSED_AS, str(status)), *((GIVEN_UP, str(each)) for each in given_up))


def _changes(facts: Facts, tip: Oid, path: str) -> Iterator[Oid]:
    """Return the commits that changed the report: those *on* the branch first, then those that a merge brought there.

    Only the latter take a process.
    """
    repository, since = facts.repository, facts.hotfix.day_before
    names = tuple(dict.fromkeys((path, facts.first_report_path)))
    on_branch = dict.fromkeys(
        commit for name in names for commit, _ in provenance.versions_of(repository, tip, name, since=since)
    )
    yield from on_branch
    if any(len(provenance.parents(repository, commit)) > 1 for commit in on_branch):
        brought = (commit for name in names for commit in provenance.changes_of(repository, tip, name, since=since))
        yield from (commit for commit in brought if commit not in on_branch)


def _closing(facts: Facts, commit: Oid, path: str) -> Closing | None:
    """Return the end that a commit records, by its trailers and by what it does: it changes nothing but the record."""
    repository, trailers = facts.repository, history.trailers(facts.repository, commit)
    changed, asked = recorded_by(facts, commit), _asked(facts, commit, path)
    if asked is not None:
        trailers, changed = history.trailers(repository, asked), (path,)
    said = single(trailers, CLOSED_AS)
    status = next((each for each in ENDED if each == said), None)
    if status is None or changed is None or not all(map(facts.record_paths.holds, changed)):
        return None
    written = path if path in changed else facts.first_report_path
    content = trees.regular_file(repository, commit, written)
    report = read(content, path)[0] if content is not None else None
    if report is None or report.status is not status:
        return None
    named = (value for key, value in trailers if key == GIVEN_UP)
    given_up = tuple(Oid(each) for each in named if re.fullmatch("[0-9a-f]{40}", each))
    return Closing(commit, status, given_up, provenance.committer_name(repository, commit), asked is not None)


def _asked(facts: Facts, commit: Oid, path: str) -> Oid | None:
    """Return what a request from here asked for, where a commit comes to its report: a forge may have squashed it."""
    entry = trees.entry_at(facts.repository, trees.tree_of(facts.repository, commit), path)
    tips = asked_tips(facts, facts.record_branch) if entry is not None else ()
    ends = ((tip, trees.entry_at(facts.repository, trees.tree_of(facts.repository, tip), path)) for tip in tips)
    return next((tip for tip, end in ends if end == entry), None)


def tips_of(facts: Facts) -> tuple[Oid, ...]:
    """Return the tips that the branch has, here and on the server."""
    return tuple(dict.fromkeys(tip for tip in (facts.local_tip, facts.server_tip) if tip is not None))


def fix_commits_at(facts: Facts, tip: Oid) -> tuple[Oid, ...] | None:
    """Return the fix commits that a tip of the branch has and the base has not; None where that is unknown here."""
    base_tip = facts.here(facts.base_tip)
    if base_tip is None or not facts.has(tip):
        return None
    fork = fork_of(facts, base_tip, tip)
    fix = history.fix_of(facts.repository, fork, tip, facts.record_paths)
    return fix.commits or ((tip,) if fix.paths else ())


def tips_not_given_up(facts: Facts, closing: Closing) -> tuple[Oid, ...]:
    """Return the tips of the branch that have a fix which nobody has given up, by what is observed now."""
    return tuple(
        tip
        for tip in tips_of(facts)
        if facts.fix_commits_at(tip) != () and not any(_is_in(facts, tip, given_up) for given_up in closing.given_up)
    )


def _is_in(facts: Facts, tip: Oid, given_up: Oid) -> bool:
    return tip == given_up or (facts.has(tip) and facts.has(given_up) and facts.is_ancestor(tip, given_up))


def is_untouched(facts: Facts) -> bool:
    """Return whether a hotfix is as ``start`` made it: only here, with the report alone, and nothing noted of it."""
    fix, tip, memory = facts.fix, facts.local_tip, facts.memory
    if fix is None or fix.paths or tip is None or facts.server_tip is not None or facts.publications or facts.is_kept:
        return False
    is_noted = memory.rows or memory.edits or memory.waivers or any(each.tracked for each in facts.tree_changes)
    return not is_noted and facts.world.unanswered is None and facts.parents_of(tip) == (fix.fork,)


def claimed_end(facts: Facts) -> tuple[Status, Claim] | None:
    """Return the end that a report claims without any evidence, and who claims it."""
    if facts.publications or facts.is_ended or facts.is_kept:
        return None
    places = (
        (facts.record_branch, facts.record_tip, facts.documented, facts.documented_path),
        (facts.branch, facts.tip, facts.report, facts.report_path),
    )
    for branch, tip, report, path in places:
        if report is not None and tip is not None and report.status in ENDED:
            return report.status, claim_of(facts, branch, tip, path)
    return None
