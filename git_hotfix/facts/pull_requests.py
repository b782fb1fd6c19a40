"""Branches that are changed by pull request: which these are, what waits, and as which commits a merged one came."""

from __future__ import annotations

from fnmatch import fnmatchcase
from types import MappingProxyType
from typing import TYPE_CHECKING

from msgspec.structs import replace

from git_hotfix.facts.evidence import ROLLBACK_OF, asked_tips, is_as_resolved
from git_hotfix.facts.reports import read, report_in
from git_hotfix.git import history, provenance, trees
from git_hotfix.git.containment import brings_just, is_there
from git_hotfix.git.forges import forge_at, is_refused_for_a_request
from git_hotfix.git.merging import Merged, merge_commits, merge_three
from git_hotfix.git.world import target_tip
from git_hotfix.hotfix import BranchName, Publication, branch_ref, parse_id, tag_ref
from git_hotfix.record.incident import Status

if TYPE_CHECKING:
    from git_hotfix.config.keys import Config
    from git_hotfix.facts.facts import Facts
    from git_hotfix.facts.targets import Target
    from git_hotfix.git.forges import Forge
    from git_hotfix.git.world import World
    from git_hotfix.hotfix import Oid
    from git_hotfix.memory import ToldMerged


MOST_COMMITS = 50
"""How many commits of the base after the report may have brought the fix, one by one."""


def takes_requests_only(config: Config, branch: str) -> bool:
    """Return whether the configuration says that a branch is changed by request (``remote.pull_request``)."""
    return any(fnmatchcase(branch, each) for each in config.remote.pull_request)


def is_by_request(facts: Facts, branch: str) -> bool:
    """Return whether a branch is changed by request: the configuration says so, or one was opened, or wanted, here."""
    if facts.world.remote is None:
        return False
    memory = facts.memory
    is_wanted = memory.pull_request_to(branch) is not None or (memory.by_request and branch == facts.base)
    return is_wanted or takes_requests_only(facts.config, branch)


def takes_no_push(facts: Facts, branch: str) -> bool:
    """Return whether the server has refused a push to a branch, and its words ask for a request."""
    return is_refused_for_a_request(facts.memory.why_pending.get(branch, ""))


def request_branch(facts: Facts, to: str) -> BranchName:
    """Return the branch that brings what was prepared for a branch: ``hotfix/20260117-auth-to-develop``."""
    return BranchName(f"{facts.branch}-to-{to}")


def requested_tip(facts: Facts, branch: str) -> Oid | None:
    """Return the tip of the request branch to a branch, while it would still bring there what we ask for, and no more.

    None where there is none, where it was merged in whatever form, or where it conflicts by now: it is made anew then.
    So it is where it brings more: whoever may push can push to it, and it is asked for in the name of who runs this.
    """
    tip, tree = what_waits(facts, branch) or (None, None)
    at = facts.here(target_tip(facts.world, branch))
    return tip if tree is not None and at is not None and _is_just_the_fix(facts, branch, at, tree) else None


def what_waits(facts: Facts, branch: str) -> tuple[Oid, Oid] | None:
    """Return the tip of the request branch to a branch, and the tree that merging it gives, if that brings anything."""
    tip = facts.here(facts.world.server_tip(request_branch(facts, branch)))
    at = facts.here(target_tip(facts.world, branch))
    if tip is None or at is None or facts.is_ancestor(tip, at):
        return None
    merged = merge_commits(facts.repository, at, tip)
    is_news = isinstance(merged, Merged) and merged.tree != trees.tree_of(facts.repository, at)
    return (tip, merged.tree) if isinstance(merged, Merged) and is_news else None


def is_spent(facts: Facts, branch: str) -> bool:
    """Return whether the request branch to a branch was merged there, in whatever form, or would change nothing.

    What it would change where it conflicts cannot be seen: then it is spent if it is what was asked for here, and no
    commit of others goes with it. Another hotfix may be called like it: that has a report of its own.
    """
    name = request_branch(facts, branch)
    tip, other = facts.here(facts.world.server_tip(name)), parse_id(name.removeprefix(facts.config.branches.prefix))
    at = facts.here(target_tip(facts.world, branch))
    if tip is None or at is None:
        return False
    if other is not None and report_in(facts.repository, tip, facts.config, other) is not None:
        return False
    if facts.is_ancestor(tip, at):
        return True
    merged = merge_commits(facts.repository, at, tip)
    if isinstance(merged, Merged):
        return merged.tree == trees.tree_of(facts.repository, at)
    return tip in asked_tips(facts, branch)


def _is_just_the_fix(facts: Facts, branch: str, at: Oid, tree: Oid) -> bool:
    """Return whether what lies between a commit and a tree is the fix with its record, or its revert, alone.

    Where a person has resolved a conflict, or the fix is reverted, no other file may be changed.
    """
    repository, record = facts.repository, facts.record_paths
    parts = [(each.fork, each.tip) for each in facts.publications]
    parts += [(facts.fix.fork, facts.fix.tip)] if facts.fix is not None else []
    if not parts:
        return False
    ends = (parts[0][0], at, parts[-1][1], tree)
    fork, ours, theirs, wanted = (trees.without_paths(repository, trees.tree_of(repository, e), record) for e in ends)
    merged = merge_three(repository, fork, ours, theirs)
    if isinstance(merged, Merged) and not facts.is_rolled_back and branch != facts.base:
        return merged.tree == wanted
    pairs = (tuple(trees.tree_of(repository, oid) for oid in part) for part in parts)
    own = {path for old, new in pairs for path in trees.changed_paths(repository, old, new)}
    return own.issuperset(trees.changed_paths(repository, ours, wanted))


def request_branches(world: World, branch: BranchName) -> dict[BranchName, BranchName]:
    """Return the request branches of a hotfix that the server has, by the branch that each is for."""
    beginning, there = f"{branch}-to-", world.branches if world.server is not None else ()
    ours = (name for name in there if name.startswith(beginning) and world.server_tip(name) is not None)
    return {to: name for name in ours if (to := BranchName(name.removeprefix(beginning))) in there}


def live_requests(facts: Facts) -> dict[BranchName, Oid]:
    """Return the tips of the request branches that would still bring something, by the branch that each is for.

    To the base only those of the record: its publication, and what takes it back, are no plan's to take for granted.
    """
    branches = request_branches(facts.world, facts.branch)
    found = {to: tip for to in branches if (tip := requested_tip(facts, to)) is not None}
    base, tip = facts.here(facts.base_tip), found.get(facts.base)
    if base is not None and tip is not None and facts.changed(base, tip):
        del found[facts.base]
    return found


def unrecognised(facts: Facts) -> Oid | None:
    """Return the commit of the base that brought the report and, as far as can be seen, not the branch."""
    repository, base_tip, path = facts.repository, facts.here(facts.base_tip), facts.first_report_path
    if facts.publications or base_tip is None or facts.known_tip is None:
        return None
    content = trees.regular_file(repository, base_tip, path)
    there = read(content, path)[0] if content is not None else None
    if there is None or there.status is not Status.OPEN:  # that it was closed is recorded there too
        return None
    return provenance.first_with(repository, base_tip, path, since=facts.hotfix.day_before)


def as_requested(facts: Facts, *, asks: bool = False) -> Facts:
    """Return the facts as they will be once the requests that wait are merged: what is in one is not made again.

    The tip of each such branch is then that of its request branch. ``asks``: more are about to be opened.
    """
    server = facts.world.server
    if server is None or not (facts.live_requests or asks):
        return facts
    presumed = frozenset(each.branch for each in facts.pending)
    waiting = {branch_ref(to): tip for to, tip in facts.live_requests.items()}
    merged = replace(server, refs=MappingProxyType({**server.refs, **waiting}))
    return facts.having(world=replace(facts.world, server=merged), presumed=presumed)


def as_recorded(facts: Facts, target: Target) -> Target:
    """Return a target as the record tells of it: of the branch that gets the record in a request only its verdict.

    The request brings the record with the fix, and nobody knows before by which commit it will be merged.
    """
    is_unknown = target.branch == facts.record_branch and (
        is_by_request(facts, target.branch) or _brought_record(facts, target.commit)
    )
    return replace(target, method=None, commit=None) if is_unknown else target


def _brought_record(facts: Facts, commit: Oid | None) -> bool:
    """Return whether a commit that brought the fix has the record already: it came with it in a request."""
    content = report_in(facts.repository, commit, facts.config, facts.hotfix) if commit is not None else None
    report = read(content, facts.first_report_path)[0] if content is not None else None
    return report is not None and bool(report.fix_commits)


def forge(facts: Facts) -> Forge | None:
    """Return the forge that the remote is on; None where nobody knows."""
    return forge_at(facts.repository.git, facts.world.remote, facts.config.remote.forge)


def what_it_waits_for(facts: Facts, branch: str) -> str:
    """Return what the request to a branch waits for, and where it is, as far as it is known here."""
    known = facts.memory.pull_request_to(branch)
    if known is not None and known.url:
        return f"waits to be merged: {known.url}"
    at = forge(facts)
    head = known.head if known is not None else request_branch(facts, branch)
    page = f"on {at.page_for(branch, head)}" if at is not None else f"from '{head}'"
    return f"waits to be opened {page} and merged"


def told_round(facts: Facts, told: ToldMerged) -> list[Publication]:
    """Return the round that a person says was merged: what the branch has, where that is there, else what is there."""
    repository, before = facts.repository, history.first_parent(facts.repository, told.commit)
    if before is None or not facts.has(told.tip):
        return []
    fork = fork_between(facts, before, told.tip)
    if is_there(repository, fork, told.tip, told.commit, facts.record_paths):
        return [Publication(told.commit, told.tip, fork)]  # it came with other people's work
    return [Publication(told.commit, told.commit, before, source=told.tip)]


def only_told(facts: Facts) -> ToldMerged | None:
    """Return by whose word alone the fix was merged: the commit does not do what the branch does, nor resolves it."""
    told = facts.memory.told_merged
    ends = [(each.merge, each.source) for each in facts.publications[:1]]
    if told is None or ends != [(told.commit, told.tip)]:
        return None
    before = history.first_parent(facts.repository, told.commit)
    is_it = before and is_as_resolved(facts, before, told.commit, fork_between(facts, before, told.tip), told.tip)
    return None if is_it else told


def squashed_after(facts: Facts, last: Publication, base_tip: Oid, said: tuple[Oid, ...]) -> Publication | None:
    """Return the round in which others merged what came on the branch after the last one, in whatever form.

    Where the branch is gone it is what the record names (``said``), up to a tag of the hotfix: neither alone says it.
    """
    tip, repository = facts.known_tip, facts.repository
    line = tuple(reversed(provenance.newer_on_line(repository, last.merge, base_tip))) if tip or said else ()
    if tip is None:
        return _recorded(facts, line, said)
    is_more = tip != last.end and provenance.is_on_line(repository, last.end, tip)
    paths = facts.changed(last.end, tip) if is_more else set()
    for at, oid in enumerate(line[:MOST_COMMITS] if paths else ()):
        before = history.first_parent(repository, oid) if provenance.touches(repository, oid, paths) else None
        found = brought_anew(facts, before, last.end, line[at:]) if before is not None else None
        if found is not None:
            return found
    return None


def _recorded(facts: Facts, line: tuple[Oid, ...], said: tuple[Oid, ...]) -> Publication | None:
    """Return the first run of commits on a line that the record names, and that ends with a tagged one."""
    tagged = {commit for _, commit in tagged_commits(facts)}
    first: Oid | None = None
    for oid in line:
        first = (first or oid) if oid in said else None
        if first is not None and oid in tagged:
            before = history.first_parent(facts.repository, first)
            return Publication(oid, oid, before) if before is not None else None
    return None


def brought_anew(facts: Facts, before: Oid, start: Oid, line: tuple[Oid, ...]) -> Publication | None:
    """Return the round in which commits of the base, after ``before``, brought what the branch has since ``start``.

    They bring all up to one of its commits, and nothing else; or what a person has made of a conflict with the base.
    """
    repository, record, tip = facts.repository, facts.record_paths, facts.known_tip
    assert tip is not None  # noqa: S101  # asked of a branch that is known
    ends = provenance.newer_on_line(repository, start, tip)[:MOST_COMMITS]
    for end in ends:
        if not is_there(repository, start, end, before, record):
            for oid in line[:MOST_COMMITS]:
                if brings_just(repository, start, end, before, oid, record):
                    return Publication(oid, oid, before, source=end)
    for end in ends:
        for oid in line[: len(ends)]:
            if is_as_resolved(facts, before, oid, start, end):
                return Publication(oid, oid, before, source=end)
    return None


def fork_between(facts: Facts, base: Oid, tip: Oid) -> Oid:
    """Return where the hotfix and its base parted."""
    return next(iter(history.merge_bases(facts.repository, base, tip)), base)


def tagged_commits(facts: Facts) -> tuple[tuple[str, Oid], ...]:
    """Return the tags that have the hotfix's id, on commits that bring all of its branch, with these commits."""
    refs = {**facts.world.local, **(facts.world.server.refs if facts.world.server is not None else {})}
    tip, repository = facts.branch_tip, facts.repository
    tags = ((name, refs[tag_ref(name)]) for name in facts.known.tags if tag_ref(name) in refs)
    commits = ((name, tag, commit) for name, tag in tags if (commit := facts.commit_of(tag)) is not None)

    def takes_back(*oids: Oid) -> bool:
        return any(ROLLBACK_OF in dict(history.trailers(repository, oid)) for oid in oids)

    brought = ((name, commit) for name, tag, commit in commits if not takes_back(tag, commit))
    return tuple(each for each in brought if tip is None or (facts.has(tip) and facts.is_ancestor(tip, each[1])))
