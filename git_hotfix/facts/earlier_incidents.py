"""The earlier incidents whose fixes changed the same files or folders, from the reports beside this one."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, NamedTuple

from git_hotfix.errors import HotfixError
from git_hotfix.git import history, trees
from git_hotfix.git.effects import difference_of
from git_hotfix.record.report import read_report

if TYPE_CHECKING:
    from collections.abc import Iterator

    from git_hotfix.facts.facts import Facts
    from git_hotfix.hotfix import Oid
    from git_hotfix.record.incident import Report

MOST_EARLIER = 10
"""How many earlier incidents are linked: the newest."""


class Earlier(NamedTuple):
    """An earlier incident: its report, and the files or else the folders that its fix changed as well."""

    report: Report
    path: str
    files: tuple[str, ...]
    folders: tuple[str, ...]


def earlier_incidents(facts: Facts) -> tuple[Earlier, ...]:
    """Return the earlier incidents whose fixes changed the same files, then those in the same folders, newest first.

    The reports are those beside this one, on the branch that keeps the record and on the hotfix branch. One that
    cannot be read, and one whose commits are not here, is left out.
    """
    ours = _changed(facts)
    folders = {posixpath.dirname(path) for path in ours} - {""}
    own = facts.documented or facts.report
    found: dict[str, Earlier] = {}
    for path, report in _other_reports(facts):
        if path in found or (own is not None and report.declared_at > own.declared_at):
            continue
        theirs = {name for oid in report.fix_commits for name in _changed_by(facts, oid)}
        files = tuple(sorted(theirs & ours))
        same = tuple(sorted({posixpath.dirname(name) for name in theirs} & folders))
        if files or same:
            found[path] = Earlier(report, path, files, same)
    newest = sorted(found.values(), key=lambda each: (bool(each.files), each.report.declared_at), reverse=True)
    return tuple(newest[:MOST_EARLIER])


def _other_reports(facts: Facts) -> Iterator[tuple[str, Report]]:
    folder = facts.config.incident.directory
    for tip in filter(None, (facts.record_tip, facts.here(facts.tip))):
        for name in trees.names_in(facts.repository, tip, folder):
            path = f"{folder}/{name}"
            try:
                report = read_report(trees.regular_file(facts.repository, tip, path) or b"", path)
            except HotfixError:
                continue  # no report, a folder, or one that cannot be read
            if report.id != facts.hotfix:
                yield path, report


def _changed(facts: Facts) -> set[str]:
    """Return the files that this hotfix changes, published or not; records do not count."""
    paths = set(facts.fix.paths) if facts.fix is not None else set()
    return paths.union(*(facts.changed(each.fork, each.tip) for each in facts.publications))


def _changed_by(facts: Facts, commit: Oid) -> tuple[str, ...]:
    parent = history.first_parent(facts.repository, commit) if facts.has(commit) else None
    return trees.changed_paths(facts.repository, *difference_of(facts.repository, commit)) if facts.here(parent) else ()
