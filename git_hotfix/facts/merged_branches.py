"""Hotfix branches that were merged under their own names: by hand, or by git-flow, before this program was used.

Whoever writes the message of a merge writes its name too. It only says which commits are meant: where these are, and
whether they are still there, is observed like that of any other hotfix.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from git_hotfix.git import history, provenance
from git_hotfix.hotfix import BranchName, HotfixId, Oid, Publication, Slug, parse_id, slugify

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from git_hotfix.facts.facts import Facts
    from git_hotfix.git.repository import Repository

MOST_OF_A_SUBJECT = 1000
"""So many characters of it are looked at."""


class MergedBranch(NamedTuple):
    """A branch that was merged under its name: the last tip that was, and the merges, the first one first."""

    name: BranchName
    tip: Oid
    merges: tuple[Oid, ...]


def merged_branches(repository: Repository, prefix: str) -> Iterator[MergedBranch]:
    """Return the branches with a prefix that merges name, oldest first; of one that was merged again its last tip.

    Unrelated tips under one name are several hotfixes.
    """
    found: dict[str, list[MergedBranch]] = {}
    merges = repository.graph.merges if repository.graph is not None else {}
    for merge, subject in merges.items():
        name, tip = named_branch(subject, prefix), provenance.parents(repository, merge)[1]
        same = found.setdefault(name, []) if name is not None else []
        if name is None:
            continue
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
    """Return the id of a branch: its name where that is one, else the day of a commit and what its name says."""
    name = branch.removeprefix(prefix)
    dated = parse_id(name)
    if dated is not None:
        return dated
    day, slug = f"{history.commit_time(repository, commit):%Y%m%d}", slugify(name) or "unnamed"
    found, number = HotfixId(day, Slug(slug)), 2
    while found in taken:
        found, number = HotfixId(day, Slug(f"{slug}-{number}")), number + 1
    return found


def publication_by_name(facts: Facts, branch: MergedBranch) -> Publication | None:
    """Return how a branch that was merged under its name came to its base; None where it is not there.

    A merge that only bears the name, and brought nothing that its line did not have, brought no hotfix.
    """
    base_tip, repository = facts.here(facts.base_tip), facts.repository
    came = history.bringing_merge(repository, base_tip, branch.tip) if base_tip is not None else None
    if came is None:
        return None
    before = provenance.parents(repository, branch.merges[0])[0]
    fork = next(iter(history.merge_bases(repository, before, branch.tip)), before)
    return Publication(came, branch.tip, fork) if fork != branch.tip else None
