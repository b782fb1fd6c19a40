"""As which commits of the base a forge has merged a request: by what they do, or by a person's word."""

from __future__ import annotations

from typing import TYPE_CHECKING

from git_hotfix.escapes import one_line
from git_hotfix.facts.evidence import ROLLBACK_OF, is_as_resolved, is_asked_for, says_to_bring
from git_hotfix.facts.phrases import TOLD_BY
from git_hotfix.facts.reports import read
from git_hotfix.git import history, provenance, trees
from git_hotfix.git.containment import brings_just, is_there
from git_hotfix.hotfix import Publication, tag_ref
from git_hotfix.record.incident import Status

if TYPE_CHECKING:
    from git_hotfix.facts.facts import Facts
    from git_hotfix.hotfix import Oid
    from git_hotfix.memory import ToldMerged


MOST_COMMITS = 50
"""How many commits of the base after the report may have brought the fix, one by one."""


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
    return None if is_it and says_to_bring(facts, told.commit) else told  # else nothing finds it without this memory


def told_in_tag(facts: Facts) -> str | None:
    """Return who says in the tag of the first round that it is the fix (``--merged``), as a phrase."""
    for name, tag in facts.publications[0].tags if facts.publications else ():
        said = dict(history.trailers(facts.repository, tag)) if tag is not None and facts.has(tag) else {}
        if (who := said.get(TOLD_BY)) is not None:
            return f"{one_line(who)} says in the tag '{name}' that it is the fix"
    return None


def only_alike(facts: Facts) -> Publication | None:
    """Return the round of which only likeness shows that it is the fix: it does most of it, and nobody has said so.

    That may be the fix as somebody has adapted it to a conflict, or one on the same lines that does something else.
    """
    told, start = facts.memory.told_merged, None
    for each in facts.publications:
        begin, start = start or fork_between(facts, each.fork, each.end), each.end
        if each.source is None or (told is not None and (told.commit, told.tip) == (each.merge, each.source)):
            continue
        ends = (begin, each.source, each.fork, each.merge)
        is_it = brings_just(facts.repository, *ends, facts.record_paths)
        if not is_it and not is_asked_for(facts, each.fork, each.merge, each.source):
            return each
    return None


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
