"""The changelog in a merge or pick of the fix: where the fix itself wrote into it, that is applied again, not merged.

So is the row that a fix which lands again has in the report of the first one.

A merge that conflicts in nothing else resolves itself; one that is clean may still have filed the entry under a
version that the target has released meanwhile.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from git_hotfix.facts.changelog_backlog import changelogs_in, entry_of
from git_hotfix.git import history, trees
from git_hotfix.git.merging import Conflicted, Merged, MergeResult, merge_three
from git_hotfix.git.objects import FOLDER
from git_hotfix.hotfix import parse_report_name
from git_hotfix.record.changelog import refile_entry
from git_hotfix.record.manual_entry import inserted_text, readd_text
from git_hotfix.record.markdown import names_hotfix
from git_hotfix.record.splice import AlreadyThere, Inserted
from git_hotfix.record.timeline import rows_alone
from git_hotfix.record.words import words_of

if TYPE_CHECKING:
    from git_hotfix.facts.facts import Facts
    from git_hotfix.git.repository import Repository
    from git_hotfix.hotfix import Oid


def merged_documents(facts: Facts, onto: Oid, source: Oid, result: MergeResult) -> tuple[MergeResult, tuple[str, ...]]:
    """Return what a merge comes to when the changelog is applied again instead of merged; warnings do not name onto."""
    match result:
        case Conflicted(paths):
            again = _applied_again(facts, onto, source, paths)
            return again or (_fix_alone(facts, onto, source) or result, ())
        case Merged(tree):
            return _filed(facts, onto, source, tree)


def picked_documents(facts: Facts, commit: Oid, tree: Oid) -> tuple[Oid, tuple[str, ...]]:
    """Return the tree of a pick with what its commit wrote into the changelog: picks leave that file out.

    What is no mere insertion, or has no place of its own there, goes where git's merge of the file puts it.
    """
    parent = history.first_parent(facts.repository, commit)
    if parent is None:
        return tree, ()
    warnings: list[str] = []
    for path in changelogs_in(facts.repository, tree, facts.config.documents):
        before, after = (trees.regular_file(facts.repository, each, path) or b"" for each in (parent, commit))
        there = trees.regular_file(facts.repository, tree, path)
        if before == after or there is None:
            continue
        text = inserted_text(before, after)
        edit = readd_text(there, text, _section(facts)) if text is not None else None
        if isinstance(edit, Inserted):
            tree = trees.with_file(facts.repository, tree, path, edit.content)
        elif not isinstance(edit, AlreadyThere):
            base, theirs = (trees.with_file(facts.repository, tree, path, each) for each in (before, after))
            match merge_three(facts.repository, base, tree, theirs):
                case Merged(merged):
                    result, more = _filed(facts, tree, commit, merged)
                    tree, warnings = result.tree, [*warnings, *more]
                case Conflicted():
                    warnings.append(f"what {commit[:12]} changed in '{path}' is left out of the pick.")
    return tree, tuple(warnings)


def _section(facts: Facts) -> str:
    return "Fixed" if facts.report is None else entry_of(facts, facts.report, "").section


def _applied_again(
    facts: Facts, onto: Oid, source: Oid, paths: tuple[str, ...]
) -> tuple[Merged, tuple[str, ...]] | None:
    """Merge all but these files, and put into them what the fix wrote there; None where that is not so simple."""
    repository, bases = facts.repository, history.merge_bases(facts.repository, onto, source)
    changelogs = changelogs_in(repository, onto, facts.config.documents)
    if len(bases) != 1 or any(path not in changelogs and not _is_report(facts, path) for path in paths):
        return None
    base, ours, theirs = (trees.tree_of(repository, each) for each in (bases[0], onto, source))
    again: dict[str, bytes] = {}
    warnings: list[str] = []
    for path in paths:
        before, after, there = (trees.regular_file(repository, each, path) for each in (base, theirs, ours))
        content = None
        if before is not None and after is not None and there is not None and path in changelogs:
            text = inserted_text(before, after)
            edit = readd_text(there, text, _section(facts)) if text is not None else None
            content = edit.content if isinstance(edit, Inserted) else None
        elif before is not None and after is not None and there is not None and _is_report(facts, path):
            content = rows_alone(before, after, there, words_of(facts.config))  # of the hotfix that is landed again
        if content is not None:
            again[path] = content
        elif not _is_report(facts, path):
            return None
        elif path == facts.report_path and after != before:
            warnings.append(f"'{path}' stays as it is there: what the branch has changed in it is left out.")
        # what the record of any hotfix says is no part of this fix: the target's stays, and the record is written there
        base, theirs = (trees.with_entry_of(repository, tree, path, ours) for tree in (base, theirs))
    merged = merge_three(repository, base, ours, theirs)
    if isinstance(merged, Conflicted):
        return None
    tree = merged.tree
    for path, content in again.items():
        tree = trees.with_file(repository, tree, path, content)
    return Merged(tree), tuple(warnings)


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


def _filed(facts: Facts, onto: Oid, source: Oid, tree: Oid) -> tuple[Merged, tuple[str, ...]]:
    """Look where a clean merge has put the entry; ours is moved out of a released version, a person's is reported.

    What the fix itself has filed under that version is where its author wants it.
    """
    warnings = []
    for path in changelogs_in(facts.repository, onto, facts.config.documents):
        before, after = (
            trees.regular_file(facts.repository, onto, path),
            trees.regular_file(facts.repository, tree, path),
        )
        if before is None or after is None or before == after:
            continue
        text = inserted_text(before, after)
        place = readd_text(after, text, _section(facts)) if text is not None else None
        if text is None or not isinstance(place, AlreadyThere):
            continue
        if not place.is_released:
            applied = readd_text(before, text, _section(facts))
            if isinstance(applied, Inserted) and len(applied.content) < len(after):  # a heading that was there already
                tree = trees.with_file(facts.repository, tree, path, applied.content)
            continue
        own = readd_text(trees.regular_file(facts.repository, source, path) or b"", text, _section(facts))
        if isinstance(own, AlreadyThere) and own.heading == place.heading:
            continue
        moved = None
        if facts.report is not None and names_hotfix(text.decode(errors="replace"), facts.hotfix):
            moved = refile_entry(after, entry_of(facts, facts.report, path))
        if isinstance(moved, Inserted):
            tree = trees.with_file(facts.repository, tree, path, moved.content)
        else:
            warnings.append(
                f"the merge filed the entry in '{path}' under '{place.heading}', which is released (line {place.line})."
            )
    return Merged(tree), tuple(warnings)
