"""Branches that are changed by pull request: which these are, and what waits in a request."""

from __future__ import annotations

from fnmatch import fnmatchcase
from itertools import takewhile
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from msgspec import Struct
from msgspec.structs import replace

from git_hotfix.facts.evidence import asked_tips
from git_hotfix.facts.reports import read, report_in
from git_hotfix.git import history, provenance, trees
from git_hotfix.git.forges import forge_at, is_refused_for_a_request
from git_hotfix.git.merging import Conflicted, Merged, merge_commits, merge_three
from git_hotfix.git.messages import singles
from git_hotfix.git.world import target_tip
from git_hotfix.hotfix import HOTFIX_ID, BranchName, branch_ref

if TYPE_CHECKING:
    from git_hotfix.config.keys import Config
    from git_hotfix.facts.facts import Facts
    from git_hotfix.facts.targets import Target
    from git_hotfix.git.forges import Forge
    from git_hotfix.git.world import World
    from git_hotfix.hotfix import Oid


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


class RequestBranch(Struct, frozen=True):
    """A request branch on the server, and what merging it into the branch that it is for comes to now."""

    tip: Oid
    comes_to: Literal["merged", "nothing", "conflict", "more"]
    tree: Oid | None = None
    """The tree that it comes to, where that is more than is there."""


def request_to(facts: Facts, branch: str) -> RequestBranch | None:
    """Return the request branch to a branch; None where the server has none, or its commits are not here."""
    tip = facts.here(facts.world.server_tip(request_branch(facts, branch)))
    at = facts.here(target_tip(facts.world, branch))
    if tip is None or at is None:
        return None
    if facts.is_ancestor(tip, at):
        return RequestBranch(tip, "merged")
    match merge_commits(facts.repository, at, tip):
        case Merged(tree) if tree == trees.tree_of(facts.repository, at):
            return RequestBranch(tip, "nothing")
        case Merged(tree):
            return RequestBranch(tip, "more", tree)
        case Conflicted():
            return RequestBranch(tip, "conflict")


def requested_tip(facts: Facts, branch: str) -> Oid | None:
    """Return the tip of the request branch to a branch, while it would still bring there what we ask for, and no more.

    None where there is none, where it was merged in whatever form, or where it conflicts by now: it is made anew then.
    So it is where it brings more: whoever may push can push to it, and it is asked for in the name of who runs this.
    """
    found, at = request_to(facts, branch), facts.here(target_tip(facts.world, branch))
    if found is None or found.tree is None or at is None:
        return None
    return found.tip if _is_just_the_fix(facts, branch, at, found.tree) else None


def spent_tip(facts: Facts, branch: str) -> Oid | None:
    """Return the tip of the request branch to a branch, where deleting it loses nothing; else None.

    The branch has what it brings, and it is a request: one that was opened here, or whose newest named commit of its
    own names this hotfix, for another hotfix may be called so. What conflicts may bring anything: it is spent only at
    the very tip that was asked for here, which is kept.
    """
    found = request_to(facts, branch)
    if found is None or found.comes_to == "more":
        return None
    is_ours = found.tip in asked_tips(facts, branch) or (
        found.comes_to != "conflict" and _is_of(facts, branch, found.tip)
    )
    return found.tip if is_ours else None


def _is_of(facts: Facts, branch: str, tip: Oid) -> bool:
    """Return whether the newest commit that names a hotfix, before the line of the base or of a branch, is ours."""
    repository, lines = facts.repository, (facts.here(facts.base_tip), facts.here(target_tip(facts.world, branch)))

    def is_own(oid: Oid) -> bool:
        return not any(end is not None and provenance.is_on_line(repository, oid, end) for end in lines)

    own = takewhile(is_own, provenance.newest_on_line(repository, tip))
    said = (singles(history.trailers(repository, oid)).get(HOTFIX_ID) for oid in own)
    return next((each for each in said if each is not None), None) == str(facts.hotfix)


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


def live_requests(facts: Facts, *, by_request: bool = False) -> dict[BranchName, Oid]:
    """Return the tips of the request branches that would still bring something, by the branch that each is for.

    Only to branches that are changed by request as far as this clone knows: anybody can push a branch of that name, and
    where this clone pushes it is not waited for. ``by_request``: a person asks for requests to all of them.

    To the base only those of the record: its publication, and what takes it back, are no plan's to take for granted.
    """
    names = request_branches(facts.world, facts.branch)
    branches = [to for to in names if by_request or is_by_request(facts, to)]
    found = {to: tip for to in branches if (tip := requested_tip(facts, to)) is not None}
    base, tip = facts.here(facts.base_tip), found.get(facts.base)
    if base is not None and tip is not None and facts.changed(base, tip):
        del found[facts.base]
    return found


def as_requested(facts: Facts, *, asks: bool = False, by_request: bool = False) -> Facts:
    """Return the facts as they will be once the requests that wait are merged: what is in one is not made again.

    The tip of each such branch is then that of its request branch. ``asks``: more are about to be opened;
    ``by_request``: a person asks for requests to all branches.
    """
    server, live = facts.world.server, live_requests(facts, by_request=True) if by_request else facts.live_requests
    if server is None or not (live or asks):
        return facts
    presumed = frozenset(each.branch for each in facts.pending)
    waiting = {branch_ref(to): tip for to, tip in live.items()}
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
