"""Hotfix branches that were merged under their own names: by hand, or by git-flow, before this program was used.

Whoever writes the message of a merge writes its name too. It only says which commits are meant: where these are, and
whether they are still there, is observed like that of any other hotfix.
"""

from __future__ import annotations

import re
from functools import reduce
from heapq import nlargest
from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from git_hotfix.escapes import one_line
from git_hotfix.facts.hotfixes import Known, carried_by, is_foreign, is_request
from git_hotfix.facts.merged_requests import fork_between
from git_hotfix.git import history, provenance, trees
from git_hotfix.git.commits import signature_of_author
from git_hotfix.git.objects import has_object, peeled
from git_hotfix.git.settings import git_config_of
from git_hotfix.git.world import find_develop, find_production, named_roles, target_tip
from git_hotfix.hotfix import BranchName, HotfixId, Oid, Publication, Slug, parse_id, slugify
from git_hotfix.record.incident import Kind, Report, Severity
from git_hotfix.record.report import render_new
from git_hotfix.record.words import words_of

if TYPE_CHECKING:
    from collections.abc import Collection, Container, Iterable, Iterator, Sequence

    from git_hotfix.config.keys import Config
    from git_hotfix.facts.facts import Facts
    from git_hotfix.git.commit_graph import CommitGraph
    from git_hotfix.git.repository import Repository
    from git_hotfix.git.world import World
    from git_hotfix.record.incident import FixCommit

MOST_OTHERS = 10
"""So many branches that other hands have left here count, where history was not read."""
MOST_OF_A_SUBJECT = 1000
"""So many characters of it are looked at."""


class MergedBranch(NamedTuple):
    """A branch that was merged under its name: the last tip that was, and the merges, the first one first."""

    name: BranchName
    tip: Oid
    merges: tuple[Oid, ...]


def add_others(
    repository: Repository, world: World, config: Config, found: dict[HotfixId, Known], named: Collection[str]
) -> None:
    """Add the branches that other hands have made: those here or named, where history was read all that are or were."""
    if repository.graph is None:
        return _add_open(repository, world, config, found, _here(repository, world, config, named))
    prefix, seen, base = config.branches.prefix, set(), _base_here(repository, world, config)
    for merged in merged_branches(repository, prefix):
        carried = carried_by(repository, config, merged.tip)
        if is_request(merged.name.removeprefix(prefix), found, world.branches, carried):
            continue
        came = history.bringing_merge(repository, base, merged.tip) if base is not None else None
        before = (provenance.parents(repository, came or merged.merges[0])[0],)
        name = merged.name
        hotfix = id_of(repository, name, _begun_with(repository, before, merged.tip), prefix, found)
        seen.add(name)
        own = name if name != hotfix.branch(prefix) else None
        tips = world.local_tip(name), world.server_tip(name)
        report = f"{config.incident.directory}/{hotfix.report_name()}"
        is_only_named = base is not None and came is None and trees.file_at(repository, merged.tip, report) is None
        is_only_named = is_only_named and not _is_tagged(repository, world, merged.tip)
        known = Known(hotfix, *tips, claim=merged.merges[-1] if is_only_named else None)
        found[hotfix] = replace(found.get(hotfix, known), branch=own, merged=merged)
    return _add_open(repository, world, config, found, (each for each in world.branches if each not in seen))


def _here(repository: Repository, world: World, config: Config, named: Collection[str]) -> Iterator[BranchName]:
    """Return the named ones, the one checked out, and of the others here the few that were committed to last."""
    chosen = {*named, world.head.branch}
    tips = ((each, world.local_tip(each)) for each in world.branches if is_foreign(each, config.branches.prefix))
    here = {name: tip for name, tip in tips if tip is not None and name not in chosen and has_object(repository, tip)}
    yield from (each for each in world.branches if each in chosen)
    yield from nlargest(MOST_OTHERS, here, key=lambda name: history.commit_time(repository, here[name]))


def _is_tagged(repository: Repository, world: World, tip: Oid) -> bool:
    """Return whether a tag stands on a tip, or on a merge of it: it was published, wherever that merge is now."""
    commits = (peeled(repository, oid) for oid in world.tags.values())
    return any(tip in (oid, *provenance.parents(repository, oid)[1:]) for oid in commits if oid is not None)


def add_claimed(
    repository: Repository, graph: CommitGraph, world: World, config: Config, found: dict[HotfixId, Known]
) -> None:
    """Add the hotfixes that nothing but the trailers of commits name."""
    base = _base_here(repository, world, config)
    for hotfix in {*filter(None, map(parse_id, graph.hotfixes_named()))}.difference(found):
        naming = tuple(graph.naming(str(hotfix)))
        is_there = base is not None and any(history.is_ancestor(repository, each, base) for each in naming)
        found[hotfix] = Known(hotfix, claim=None if is_there else naming[0])


def _bases(repository: Repository, world: World, config: Config) -> dict[BranchName, Oid]:
    """Return what a hotfix can be published to, production first, with the tips that are here."""
    develop, production = find_develop(world, config), find_production(world, config)[0]
    names = (production, *(name for name in named_roles(world, config) if name != develop))
    tips = ((name, target_tip(world, name)) for name in names)
    return {name: tip for name, tip in tips if tip is not None and has_object(repository, tip)}


def _base_here(repository: Repository, world: World, config: Config) -> Oid | None:
    tip = target_tip(world, find_production(world, config)[0])
    return tip if tip is not None and has_object(repository, tip) else None


def _add_open(
    repository: Repository, world: World, config: Config, found: dict[HotfixId, Known], branches: Iterable[BranchName]
) -> None:
    """Add those of these branches that were made by other hands: each a hotfix that begins with its first commit."""
    prefix, bases = config.branches.prefix, tuple(_bases(repository, world, config).values())
    for name in branches:
        tip = world.tip(name) or world.local_tip(name)
        carried, word = carried_by(repository, config, tip), name.removeprefix(prefix)
        is_ours = not is_foreign(name, prefix) or is_request(word, found, world.branches, carried)
        if is_ours or tip is None or not has_object(repository, tip):
            continue
        hotfix = id_of(repository, name, _begun_with(repository, bases, tip), prefix, found)
        found[hotfix] = Known(hotfix, world.local_tip(name), world.server_tip(name), branch=name)


def _begun_with(repository: Repository, bases: Sequence[Oid], tip: Oid) -> Oid:
    """Return the commit with which a branch begins: the oldest on its line that is on the line of no base.

    It stays the same when more is committed, and when the branch is merged; without one of its own it is the tip.
    """
    begun = tip
    for oid in provenance.newest_on_line(repository, tip) if bases else ():
        if any(provenance.is_on_line(repository, oid, base) for base in bases):
            break
        begun = oid
    return begun


def merged_branches(repository: Repository, prefix: str) -> Iterator[MergedBranch]:
    """Return the branches with a prefix that merges name, oldest first; of one that was merged again its last tip.

    Unrelated tips under one name are several hotfixes. A merge that only bears a name, and brings nothing that its line
    does not have, names none.
    """
    found: dict[str, list[MergedBranch]] = {}
    merges = repository.graph.merges if repository.graph is not None else {}
    for merge, subject in merges.items():
        name = named_branch(subject, prefix)
        if name is None:
            continue
        before, tip = provenance.parents(repository, merge)[:2]
        if history.is_ancestor(repository, tip, before):
            continue
        same = found.setdefault(name, [])
        last = same[-1] if same else None
        if last is not None and history.is_ancestor(repository, last.tip, tip):
            same[-1] = last._replace(tip=tip, merges=(*last.merges, merge))
        elif last is not None and history.is_ancestor(repository, tip, last.tip):
            same[-1] = last._replace(merges=(*last.merges, merge))
        else:
            same.append(MergedBranch(name, tip, (merge,)))
    for several in found.values():
        yield from several


def named_branch(subject: str, prefix: str) -> BranchName | None:
    """Return the branch that the subject of a merge names, as git, git-flow and the forges write it."""
    what, _, into = subject[:MOST_OF_A_SUBJECT].partition(" into ")
    match = re.search(rf"(?:^|[\s'\"/:]){re.escape(prefix)}([^\s'\")]+)", what)
    name = BranchName(prefix + match[1]) if match is not None else None
    return None if name is None or into.strip(" '\"").startswith(prefix) else name


def id_of(repository: Repository, branch: str, commit: Oid, prefix: str, taken: Container[HotfixId]) -> HotfixId:
    """Return the id of a branch: its name where that is one, else the day of its first commit and its words."""
    name = branch.removeprefix(prefix)
    dated = parse_id(name)
    if dated is not None:
        return dated
    day, slug = f"{history.commit_time(repository, commit):%Y%m%d}", slugify(name) or "unnamed"
    found, number = HotfixId(day, Slug(slug)), 2
    while found in taken:
        found, number = HotfixId(day, Slug(f"{slug}-{number}")), number + 1
    return found


def base_of_others(facts: Facts) -> BranchName:
    """Return the base of a branch that other hands have made: production, or the release line that is nearer.

    That is the one that has a merge of it, else the one that git-flow was told
    (``gitflow.branch.NAME.base``), else the one beside which it has the fewest commits.
    """
    world, repository, merged, branch = facts.world, facts.repository, facts.known.merged, facts.branch
    tips = _bases(repository, world, facts.config)
    for merge in merged.merges if merged is not None else ():
        if on := [name for name, tip in tips.items() if provenance.is_on_line(repository, merge, tip)]:
            return on[0]
    told = git_config_of(repository.git).last(f"gitflow.branch.{branch}.base")
    if told in tips:
        return BranchName(told)
    own = facts.known_tip
    beside = {name: len(provenance.newer_on_line(repository, tip, own)) for name, tip in tips.items()} if own else {}
    return min(beside, key=lambda name: beside[name], default=find_production(world, facts.config)[0])


def rounds_by_name(facts: Facts, branch: MergedBranch) -> tuple[Publication, ...]:
    """Return how a branch that was merged under its name came to its base, each time it went on; none: it is not there.

    What it was begun on is told by the merges of the base itself. Where it came by other branches, no merge there may
    make the fix smaller than it is, to nothing least of all: anybody may have made one.
    """
    base_tip, repository = facts.here(facts.base_tip), facts.repository
    if base_tip is None or not history.is_ancestor(repository, branch.tip, base_tip):
        return ()
    own = tuple(each for each in branch.merges if provenance.is_on_line(repository, each, base_tip))
    befores, tips = zip(*(provenance.parents(repository, each)[:2] for each in own or branch.merges), strict=True)
    tip = tips[-1] if own else branch.tip
    begun = [next(iter(history.merge_bases(repository, before, tip)), before) for before in befores]
    forks = [each for each in begun if each != tip]
    if not forks:
        return ()
    fork = reduce(lambda one, other: next(iter(history.merge_bases(repository, one, other)), one), forks)
    if own:
        rounds = [Publication(own[0], tips[0], fork)]
        for merge, more in zip(own[1:], tips[1:], strict=True):
            if more != rounds[-1].tip and history.is_ancestor(repository, rounds[-1].tip, more):
                rounds.append(Publication(merge, more, rounds[-1].tip))
        return tuple(rounds)
    came = history.bringing_merge(repository, base_tip, tip)
    is_nothing = trees.tree_of(repository, fork) == trees.tree_of(repository, tip)
    return (Publication(came, tip, fork),) if came is not None and not is_nothing else ()


def rounds_before(facts: Facts, base_tip: Oid, named: Container[Oid], first: Publication) -> list[Publication]:
    """Return the rounds before the first that is known of a branch that other hands have begun: it has no beginning.

    Such a round was merged by a commit that names the hotfix, or the branch, up to where the next one went on.
    """
    found: list[Publication] = []
    at, repository, prefix = first, facts.repository, facts.config.branches.prefix
    while (merge := history.bringing_merge(repository, base_tip, at.fork)) is not None:
        parents = provenance.parents(repository, merge)
        is_named = merge in named or named_branch(facts.subject(merge), prefix) == facts.branch
        if parents[1:] != (at.fork,) or not is_named:
            break
        at = Publication(merge, at.fork, fork_between(facts, parents[0], at.fork))
        found.insert(0, at)
    return found


def report_of_others(facts: Facts, onto: Oid, commits: Sequence[FixCommit]) -> bytes | None:
    """Return the report of a hotfix that other hands have begun: what its commits tell, and what ``start -y`` takes."""
    if not commits:
        return None
    first, template = min(commits, key=lambda each: each.when), facts.config.incident.template
    title = one_line(first.subject) or facts.branch
    new = Report(
        id=facts.hotfix,
        title=title,
        severity=Severity(facts.config.incident.choices[0]),
        kind=Kind.CRITICAL_BUG,
        production_affected=True,
        can_wait=False,
        what=title,
        reporter=signature_of_author(facts.repository, first.oid).shown_name,
        declared_at=first.when,
        branch=facts.branch,
        base=facts.base,
    )
    own = trees.read_file(facts.repository, onto, template)
    source = (template, own.decode("utf-8", "replace")) if own is not None else None
    return render_new(new, words_of(facts.config), source).content
