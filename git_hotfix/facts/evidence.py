"""Whether a commit does what it says: that it is part of the record, brings the fix, or takes it back.

Whoever writes the message writes the commit too: a message only says where to look, what the commit does decides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from git_hotfix.config.messages import fill_message
from git_hotfix.escapes import one_line
from git_hotfix.facts.phrases import message_values, named
from git_hotfix.facts.reports import report_in
from git_hotfix.git import history, provenance, trees
from git_hotfix.git.containment import Effect, brings_just, effect_of
from git_hotfix.git.effects import Difference, difference_of, is_brought, is_undone
from git_hotfix.git.merging import Merged
from git_hotfix.git.messages import single
from git_hotfix.git.resolutions import pick_or_reapply, take_back
from git_hotfix.hotfix import HOTFIX_ID, RefName

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from git_hotfix.facts.facts import Facts
    from git_hotfix.git.merging import MergeResult
    from git_hotfix.git.repository import Repository
    from git_hotfix.git.resolutions import Brought, StuckBack
    from git_hotfix.hotfix import HotfixId, Oid

ROLLBACK_OF = "Rollback-Of"
"""The trailer of a commit that takes a publication back; its value is the merge."""

BECAUSE = "Rollback-Because"
"""The trailer of the same commit, and of those on the targets, that says why."""

ASKED = "refs/hotfix/asked/"
"""Where the tips that requests were opened for here are kept: what is merged of them in other commits is known by it.

Below the hotfix's id, by the tip that each was to bring (``back-``: to take back), by the branch that it was to.
"""


def asked_ref(hotfix: HotfixId, brings: Oid, branch: str, *, is_rollback: bool) -> RefName:
    """Return the ref of what a request was opened for."""
    return RefName(f"{ASKED}{hotfix}/{'back-' if is_rollback else ''}{brings}/{branch}")


def asked_tips(facts: Facts, branch: str) -> tuple[Oid, ...]:
    """Return what requests to a branch were opened for here."""
    beginning, local = f"{ASKED}{facts.hotfix}/", facts.world.local
    names = (ref for ref in local if ref.startswith(beginning))
    own = (ref for ref in names if ref.removeprefix(beginning).partition("/")[2] == branch)
    return tuple(local[ref] for ref in own if facts.has(local[ref]))


def rollback_message(
    facts: Facts, sources: Iterable[Oid], merges: Iterable[Oid], why: str | None
) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Return text and trailers of a commit that takes the publications ``merges`` back by reversing ``sources``."""
    body = "\n".join(f"This reverts commit {each}." for each in sources)
    trailers = [*named(facts), *((ROLLBACK_OF, each) for each in merges)]
    trailers += [(BECAUSE, reason)] if (reason := one_line(why or "")) else []
    return f"{rollback_title(facts)}\n\n{body}", tuple(trailers)


def rollback_title(facts: Facts) -> str:
    """Return the subject of a commit that takes a publication back."""
    return fill_message(facts.config.message.rollback, message_values(facts, facts.title))


def is_rollback_of(facts: Facts, commit: Oid, merges: Iterable[Oid]) -> bool:
    """Return whether a commit says that it takes these merges back, and no others."""
    said = history.trailers(facts.repository, commit)
    return {value for key, value in said if key == ROLLBACK_OF} == {*map(str, merges)}


def is_named(facts: Facts, commit: Oid) -> bool:
    """Return whether the trailers of a commit name the hotfix and no other."""
    return single(history.trailers(facts.repository, commit), HOTFIX_ID) == str(facts.hotfix)


def says_to_bring(facts: Facts, commit: Oid) -> bool:
    """Return whether a commit says that it brings the hotfix.

    By its trailers, or those of what it merges; or with the report, which was not there before.
    """
    before, *merged = (*provenance.parents(facts.repository, commit), None)
    reports = [each and report_in(facts.repository, each, facts.config, facts.hotfix) for each in (before, commit)]
    is_said = any(is_named(facts, each) for each in (commit, *merged) if each is not None)
    return is_said or (reports[0] is None and reports[1] is not None)


def recorded_by(facts: Facts, commit: Oid) -> tuple[str, ...] | None:
    """Return the files that a commit of the record changes; None where it is none: it changes the hotfix's report."""
    if not is_named(facts, commit) or len(provenance.parents(facts.repository, commit)) != 1:
        return None
    changed = trees.changed_paths(facts.repository, *difference_of(facts.repository, commit))
    return changed if {facts.documented_path, facts.first_report_path} & {*changed} else None


def picked_by(facts: Facts, branch: str, fork: Oid, tip: Oid, commit: Oid) -> Oid | None:
    """Return the newest commit of a branch since ``fork`` that says that it picked a commit, and did.

    It brings what that one changes: exactly, or as a person can have adapted it. An empty one is a pick where somebody
    here has resolved it to nothing.
    """
    repository, record = facts.repository, facts.record_paths
    is_kept = facts.resolutions.of(branch, commit) is not None
    for pick in provenance.picks_of(repository, fork, tip, commit):
        before, did = history.first_parent(repository, pick), difference_of(repository, pick)
        if before is None or not (is_kept or not all(map(record.holds, trees.changed_paths(repository, *did)))):
            continue
        if is_brought(repository, difference_of(repository, commit), did, record):
            return pick
        if _is(facts, did, pick_or_reapply(repository, facts.resolutions, branch, before, commit, record)):
            return pick
    return None


def asked_commit(
    facts: Facts, branch: str, line: Callable[[], Iterable[Oid]], brings: Iterable[Oid], *, is_rollback: bool = False
) -> Oid | None:
    """Return the first commit of a branch's line that brings just what a request from here would bring there.

    So a squashed one does, whatever a person had made of a conflict. Nobody else writes these refs.
    """
    local = facts.world.local
    refs = (asked_ref(facts.hotfix, each, branch, is_rollback=is_rollback) for each in brings)
    asked = tuple(tip for ref in refs if (tip := facts.here(local.get(ref))) is not None)
    pairs = ((history.first_parent(facts.repository, oid), oid) for oid in line()) if asked else ()
    found = (oid for before, oid in pairs if before and any(is_as_asked(facts, before, oid, tip) for tip in asked))
    return next(found, None)


def is_as_asked(facts: Facts, before: Oid, commit: Oid, asked: Oid) -> bool:
    """Return whether what lies between two commits of a branch is just what merging the tip of a request brings."""
    fork = next(iter(history.merge_bases(facts.repository, before, asked)), asked)
    is_it = fork != asked and brings_just(facts.repository, fork, asked, before, commit, facts.record_paths)
    return is_it and bool(facts.changed(before, commit))


def is_asked_for(facts: Facts, before: Oid, commit: Oid, end: Oid) -> bool:
    """Return whether the base has got, since ``before``, just what a request from here would bring of the branch."""
    asked = facts.here(facts.world.local.get(asked_ref(facts.hotfix, end, facts.base, is_rollback=False)))
    return asked is not None and is_as_asked(facts, before, commit, asked)


def is_as_resolved(facts: Facts, before: Oid, commit: Oid, start: Oid, end: Oid) -> bool:
    """Return whether the base has got, since ``before``, what a person made of its conflict with a part of the branch.

    Just that, as it was asked for from here; else a guess: it changes no other files, and does most of that part.
    """
    repository, record = facts.repository, facts.record_paths
    if is_asked_for(facts, before, commit, end):
        return True
    is_own = facts.changed(before, commit) <= facts.changed(start, end)
    did = Difference(*(trees.tree_of(repository, each) for each in (before, commit)))
    is_met = is_own and effect_of(repository, start, end, before, record) is Effect.CONFLICT
    return is_met and is_adapted(facts, start, end, did)


def is_adapted(facts: Facts, fork: Oid, tip: Oid, did: Difference) -> bool:
    """Return whether a change is a fix as a person can have adapted it, up to its last commit.

    Of that alone too: else one that was made later, and is not there, would be taken for brought.
    """
    repository, record = facts.repository, facts.record_paths
    whole = Difference(*(trees.tree_of(repository, each) for each in (fork, tip)))
    last = history.fix_commits(repository, fork, tip, record)[-1:]
    wanted = (whole, *(difference_of(repository, each) for each in last))
    return all(is_brought(repository, each, did, record) for each in wanted)


def undone_by(
    facts: Facts, branch: str, old: Oid, tip: Oid, merge: Oid, brought: Callable[[str, Oid], tuple[Brought, ...]]
) -> Oid | None:
    """Return the newest commit of a branch since ``old`` that says that it takes a publication back, and does.

    That is what reversing its change gives there, conflicts resolved as they were here; or what a person may have made
    of them elsewhere. ``brought`` tells what there was to reverse by a message and on a commit, the newest first.
    """
    repository, record = facts.repository, facts.record_paths
    for commit, message in said_to_undo(repository, old, tip, merge):
        before, did = history.first_parent(repository, commit), difference_of(repository, commit)
        if before is None:
            continue
        changes = brought(message, before)
        wanted = take_back(repository, facts.resolutions, branch, before, changes, record)
        if _is(facts, did, wanted) or is_undone(repository, [Difference(*each[1:]) for each in changes], did, record):
            return commit
    return None


def said_to_undo(repository: Repository, old: Oid, tip: Oid, merge: Oid) -> Iterator[tuple[Oid, str]]:
    """Return the commits since ``old`` that say, as we or ``git revert`` write it, that they take a merge back.

    With what they say; of a request that was merged that is what its own commit does.
    """
    own = provenance.newer_naming(repository, old, tip, merge)
    named = provenance.commits_with_trailer(repository, old, tip, ROLLBACK_OF, merge)
    merged = ((history.bringing_merge(repository, tip, oid), oid) for oid in named if oid not in own)
    for commit, saying in (*((oid, oid) for oid in own), *merged):
        message = provenance.message(repository, saying)
        if commit is not None and says_to_undo(message, merge):
            yield commit, message


def says_to_undo(message: str, merge: Oid) -> bool:
    """Return whether a message says, as we or ``git revert`` write it, that a merge is taken back.

    That of a second round names the first one too: ``git revert -m 1`` says which parent is the mainline.
    """
    lines = (f"{ROLLBACK_OF}: {merge}", f"This reverts commit {merge}")
    return any(line.startswith(lines) for line in message.split("\n"))


def claimed_by(facts: Facts, what: str, commit: Oid) -> str:
    """Return that a commit only claims something, and who committed it."""
    return f"{what} is claimed by {commit[:7]}, {one_line(provenance.committer_name(facts.repository, commit))}"


def _is(facts: Facts, did: Difference, wanted: MergeResult | StuckBack) -> bool:
    """Return whether a commit comes to just what was wanted, the record aside."""
    return isinstance(wanted, Merged) and facts.without_record(wanted.tree) == facts.without_record(did.after)
