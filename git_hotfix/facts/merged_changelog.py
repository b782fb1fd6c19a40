"""The changelog in a merge or pick of the fix: where the fix itself wrote into it, that is applied again, not merged.

So is the row that a fix which lands again has in the report of the first one.

A merge that conflicts in nothing else resolves itself; one that is clean might have filed the entry under a version
that the target has released meanwhile.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from git_hotfix.facts.changelog_backlog import changelogs_in, section_of
from git_hotfix.git import history, trees
from git_hotfix.git.merging import Conflicted, Merged, MergeResult, merge_three
from git_hotfix.git.objects import FOLDER
from git_hotfix.hotfix import parse_report_name
from git_hotfix.record.manual_entry import inserted_text, readd_text
from git_hotfix.record.splice import AlreadyThere, Inserted, LeftAlone, NotUnderstood
from git_hotfix.record.timeline import rows_alone
from git_hotfix.record.words import words_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from git_hotfix.facts.facts import Facts
    from git_hotfix.git.repository import Repository
    from git_hotfix.hotfix import Oid


def merged_documents(facts: Facts, onto: Oid, source: Oid, result: MergeResult) -> tuple[MergeResult, tuple[str, ...]]:
    """Return what a merge comes to when what was put into the changelog is put in again instead of merged.

    What a person should know of it does not name ``onto``.
    """
    if again := _put_in_again(facts, onto, source, result):
        return again
    return (isinstance(result, Conflicted) and _fix_alone(facts, onto, source)) or result, ()


def _put_in_again(facts: Facts, onto: Oid, source: Oid, result: MergeResult) -> tuple[Merged, tuple[str, ...]] | None:
    """Merge all but the record, and put into it what the fix wrote there; None where that is not so simple."""
    repository, warnings = facts.repository, list[str]()
    known = changelogs_in(repository, onto, facts.config.documents)
    if isinstance(result, Conflicted):
        is_record = all(path in known or _is_report(facts, path) for path in result.paths)
        paths = result.paths if is_record else ()
    else:
        paths = tuple(path for path in known if _read(facts, result.tree, path) != _read(facts, onto, path))
    bases = history.merge_bases(repository, onto, source) if paths else ()
    if len(bases) != 1:
        return None
    base, ours, theirs = (trees.tree_of(repository, each) for each in (bases[0], onto, source))
    again = {path: _put_again(facts, path, base, theirs, ours) for path in paths}
    merged = result
    if isinstance(result, Conflicted):
        for path, content in again.items():
            if content is None and not _is_report(facts, path):
                return None
            if content is None and path == facts.report_path and _read(facts, theirs, path) != _read(facts, base, path):
                warnings.append(f"'{path}' stays as it is there: what the branch has changed in it is left out.")
        # what the record of any hotfix says is no part of this fix: it stays as the target has it
        base, theirs = (trees.with_entries_of(repository, tree, paths, ours) for tree in (base, theirs))
        merged = merge_three(repository, base, ours, theirs)
    for path, content in again.items():
        if isinstance(merged, Merged) and content is not None:
            merged = Merged(trees.with_file(repository, merged.tree, path, content))
    return (merged, tuple(warnings)) if isinstance(merged, Merged) else None


def _put_again(facts: Facts, path: str, base: Oid, source: Oid, onto: Oid) -> bytes | None:
    """Return a file of the target with what the fix has put into it; None where that is not so simple."""
    before, after, there = (_read(facts, each, path) for each in (base, source, onto))
    if before is None or after is None or there is None:
        return None
    if path in changelogs_in(facts.repository, onto, facts.config.documents):
        return _again(facts, before, after, there)
    if _is_report(facts, path):
        return rows_alone(before, after, there, words_of(facts.config))  # of the hotfix that is landed again
    return None


def settled_reports(facts: Facts, onto: Oid, source: Oid, paths: Iterable[str]) -> dict[str, bytes]:
    """Return what a conflicting merge makes of the reports of other hotfixes: as the target has them, with own rows."""
    bases = history.merge_bases(facts.repository, onto, source)
    if len(bases) != 1:
        return {}
    base, ours, theirs = (trees.tree_of(facts.repository, each) for each in (bases[0], onto, source))
    others = (each for each in paths if _is_report(facts, each) and each != facts.report_path)
    found = {each: _put_again(facts, each, base, theirs, ours) or _read(facts, ours, each) for each in others}
    return {path: content for path, content in found.items() if content is not None}


def picked_documents(facts: Facts, commit: Oid, tree: Oid) -> tuple[Oid, tuple[str, ...]]:
    """Return the tree of a pick with what its commit wrote into the changelog: picks leave that file out.

    What is no mere insertion, or has no place of its own there, goes where git's merge of the file puts it.
    """
    parent = history.first_parent(facts.repository, commit)
    warnings = []
    if parent is None:
        return tree, ()
    for path in changelogs_in(facts.repository, tree, facts.config.documents):
        before, after = (_read(facts, each, path) or b"" for each in (parent, commit))
        there = _read(facts, tree, path)
        if before == after or there is None:
            continue
        content = _again(facts, before, after, there)
        if content is not None:
            tree = trees.with_file(facts.repository, tree, path, content)
            continue
        base, theirs = (trees.with_file(facts.repository, tree, path, each) for each in (before, after))
        match merge_three(facts.repository, base, tree, theirs):
            case Merged(merged):
                tree = merged
            case Conflicted():
                warnings.append(f"what {commit[:7]} changed in '{path}' is left out of the pick.")
    return tree, tuple(warnings)


def _again(facts: Facts, before: bytes, after: bytes, there: bytes) -> bytes | None:
    """Return a changelog with what was put into another, under what is not released; None where git is to merge it.

    What its author has put under a version that is released is git's to merge too.
    """
    if before == there:
        return after
    text = inserted_text(before, after)
    if text is None:
        return None
    section = "Fixed" if facts.report is None else section_of(facts.report)
    own = readd_text(after, text, section)
    if isinstance(own, AlreadyThere) and own.is_released:
        return None
    match readd_text(there, text, section):
        case Inserted(content):
            return content
        case AlreadyThere():
            return there
        case NotUnderstood() | LeftAlone():
            return None


def _read(facts: Facts, revision: Oid, path: str) -> bytes | None:
    return trees.regular_file(facts.repository, revision, path)


def _fix_alone(facts: Facts, onto: Oid, source: Oid) -> Merged | None:
    """Merge without the record where it has no place, so that it conflicts: a link, a folder, a submodule is there."""
    repository, record = facts.repository, facts.record_paths
    bases = history.merge_bases(repository, onto, source)
    if len(bases) != 1:
        return None
    base, own, theirs = (trees.tree_of(repository, each) for each in (bases[0], onto, source))
    brought = [path for path in trees.changed_paths(repository, base, theirs) if record.holds(path)]
    if not any(_is_taken(repository, own, path) for path in brought):
        return None
    merged = merge_three(repository, base, own, trees.without_paths(repository, theirs, record, like=base))
    return merged if isinstance(merged, Merged) else None


def _is_taken(repo: Repository, tree: Oid, path: str) -> bool:
    """Return whether something else than a file stands at a path, or something else than a folder above it."""
    parts = path.split("/")
    above = (trees.entry_at(repo, tree, "/".join(parts[:count])) for count in range(1, len(parts)))
    there = trees.entry_at(repo, tree, path)
    return any(each is not None and each.mode != FOLDER for each in above) or (there is not None and not there.is_file)


def _is_report(facts: Facts, path: str) -> bool:
    folder, _, name = path.rpartition("/")
    is_named_so = folder == facts.config.incident.directory and parse_report_name(name) is not None
    return is_named_so or path == facts.report_path
