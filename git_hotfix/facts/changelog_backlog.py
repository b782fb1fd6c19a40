"""The team's own files in the record: the changelog (or a fragment of it), the backlog.

They are data to re-apply (SPEC law 8): made anew on whatever tip they go to, never merged as text. What was written
once is named in the report's ``recorded_in``, in the same commit: people may then reword or delete it.
"""

from __future__ import annotations

import posixpath
import re
from itertools import product
from typing import TYPE_CHECKING, Literal

from msgspec import Struct, field
from msgspec.structs import replace

from git_hotfix.config.keys import CHANGELOG
from git_hotfix.errors import ExitCode, HotfixError, Problem, command
from git_hotfix.facts.phrases import what_was_fixed
from git_hotfix.facts.pull_requests import forge
from git_hotfix.git import trees
from git_hotfix.git.objects import FOLDER
from git_hotfix.hotfix import Once, Verdict
from git_hotfix.record.backlog import add_done, add_follow_up, finish_follow_up, remove_done
from git_hotfix.record.backlog_items import DoneItem
from git_hotfix.record.changelog import Entry, add_entry, markup_of, remove_entry
from git_hotfix.record.followups import follow_ups_of
from git_hotfix.record.fragments import Fragments, changelog_keeper, is_fragment
from git_hotfix.record.incident import Kind
from git_hotfix.record.manual_entry import inserted_text, readd_text
from git_hotfix.record.markdown import inline, names_hotfix, way_to
from git_hotfix.record.splice import AlreadyThere, Edit, Inserted, LeftAlone, NotUnderstood

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from git_hotfix.config.keys import Documents as Settings
    from git_hotfix.facts.facts import Facts
    from git_hotfix.git.repository import Repository
    from git_hotfix.hotfix import Oid
    from git_hotfix.record.followups import FollowUp
    from git_hotfix.record.incident import Report


_OF_DEBIAN = "debian/changelog"
"""A changelog in a form of its own, for people and ``dch`` to write: where it is, none is made beside it."""


class Documents(Struct):
    """The files as they should be, by path; what the report then lists of them; what could not be written, and why."""

    files: dict[str, bytes] = field(default_factory=dict)
    recorded: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def written_documents(facts: Facts, onto: Oid, report: Report, content: bytes) -> Documents:
    """Return changelog and backlog as they should be on top of a commit, for a report as it is to be there.

    Of a hotfix that shipped no code there are only the follow-ups to write.
    """
    documents = Documents(recorded=list(report.recorded_in))
    for write in (_write_changelog, _write_backlog) if facts.publications else (_write_follow_ups,):
        try:
            write(_Page(facts, onto, report, content), documents)
        except HotfixError as error:  # a link or a folder in the file's place
            documents.problems += (_not_written(each.message) for each in error.problems)
    return documents


class _Page(Struct, frozen=True):
    """What is written about, and where."""

    facts: Facts
    onto: Oid
    report: Report
    content: bytes

    def read(self, path: str) -> bytes | None:
        return trees.read_file(self.facts.repository, self.onto, path)

    def names(self, folder: str) -> tuple[str, ...]:
        return trees.names_in(self.facts.repository, self.onto, folder)


def _write_changelog(page: _Page, documents: Documents) -> None:
    facts = page.facts
    path = changelog_path(facts, page.onto)
    if path is None:
        return
    if _skipped(facts):
        return  # the next version from there will not have the fix
    if facts.is_rolled_back:
        entry, title = _entry(facts, page.report, path), inline(page.report.title)  # once the title was its words
        words = product((entry.description, title), (each.tag for each in facts.publications))  # it names one of them
        forms = [replace(entry, description=each, tag=tag) for each, tag in words]
        _take_out(page, documents, path, lambda before: _first(remove_entry(before, form) for form in forms))
    written = [each for each in documents.recorded if each.partition("#")[0] != facts.config.documents.backlog]
    if facts.is_rolled_back:
        documents.notes += (f"'{each}' still has the fix." for each in written)
        return
    if not written and not _write_by_hand(page, documents, path):
        _write_entry(page, documents, path)


def _write_entry(page: _Page, documents: Documents, path: str) -> None:
    """Write the entry where the changelog's keeper wants it: into the file, into a fragment, or nowhere.

    A fragment that the fix brings is the entry.
    """
    entry = _entry(page.facts, page.report, path)
    keeper = changelog_keeper(page.read, page.names)
    brought = [each for each in brought_files(page.facts) if is_fragment(each, keeper)]
    match keeper:
        case _ if brought:
            documents.recorded += brought
        case LeftAlone():
            _apply(page, documents, path, keeper)
        case Fragments():
            fragment, content = keeper.file(entry)
            if page.read(fragment) is None:
                documents.files[fragment] = content
            documents.recorded.append(fragment)
        case None:
            before = page.read(path)
            if before is not None or page.facts.config.documents.create:
                _apply(page, documents, path, add_entry(before, entry))


def _skipped(facts: Facts) -> bool:
    """Return whether the branch with the changelog was waived."""
    return any(each.branch == facts.record_branch and each.verdict is Verdict.WAIVED for each in facts.targets)


def changelog_path(facts: Facts, onto: Oid) -> str | None:
    """Return where the changelog is, or would be made; None where there shall be none."""
    documents = facts.config.documents
    there = changelogs_in(facts.repository, onto, documents)
    if not there and documents.changelogs and trees.regular_file(facts.repository, onto, _OF_DEBIAN) is not None:
        there = [_OF_DEBIAN]
    return next(iter(there), documents.changelog)


def changelogs_in(repository: Repository, revision: Oid, documents: Settings) -> list[str]:
    """Return the changelogs of a commit or tree, what surely is one first; a folder called like one is none."""
    own, names = documents.changelog, documents.changelogs
    if names is None:
        return [own] if own is not None else []
    tree, top = trees.tree_of(repository, revision), trees.names_in(repository, revision, "")
    found = [match for match in (re.fullmatch(names, name) for name in top) if match]
    found.sort(key=lambda match: (match[0] != CHANGELOG, match.lastindex or 0, match[0]))
    entries = ((match[0], trees.entry_at(repository, tree, match[0])) for match in found)
    return [name for name, entry in entries if entry is not None and entry.mode != FOLDER]


def brought_files(facts: Facts) -> list[str]:
    """Return the files that the fix has written, at every publication."""
    ends = [[trees.tree_of(facts.repository, oid) for oid in (each.fork, each.tip)] for each in facts.publications]
    return [each.path for fork, tip in ends for each in trees.changes(facts.repository, fork, tip) if each.new]


def section_of(report: Report) -> Literal["Fixed", "Security"]:
    """Return the kind of change that a hotfix is in a changelog."""
    return "Security" if report.kind is Kind.SECURITY else "Fixed"


def _entry(facts: Facts, report: Report, path: str) -> Entry:
    """Return the entry of a hotfix for the changelog."""
    last, at = facts.last_publication, forge(facts)
    tag = last.tag if last else None
    return Entry(
        hotfix=facts.hotfix,
        description=inline(what_was_fixed(facts, report)),
        tag=tag,
        tag_page=at.address("tag", tag) if at and tag else None,
        cve=inline(report.cve) if report.cve else None,
        issue=inline(report.issue) if report.issue else None,
        section=section_of(report),
        report_path=way_to(facts.report_path, posixpath.dirname(path)) if facts.config.documents.link_report else None,
        markup=markup_of(path),
    )


def _write_by_hand(page: _Page, documents: Documents, path: str) -> bool:
    """Bring along what the fix wrote into the changelog itself, where no merge has; whether it wrote anything."""
    facts, is_written = page.facts, False
    for each in facts.publications:
        before, after = (trees.regular_file(facts.repository, oid, path) or b"" for oid in (each.fork, each.tip))
        if before == after:
            continue
        is_written = True
        if facts.is_ancestor(each.tip, page.onto):  # as the merge has it, or a person who resolved that
            _apply(page, documents, path, AlreadyThere(0))
        elif (text := inserted_text(before, after)) is None:
            documents.notes.append(f"'{path}' was changed by the fix itself; it goes where the fix is merged.")
        else:
            _apply(page, documents, path, readd_text(_now(page, documents, path), text, section_of(page.report)))
    return is_written


def _first(found: Iterable[bytes | None]) -> bytes | None:
    return next((each for each in found if each is not None), None)


def _take_out(page: _Page, documents: Documents, path: str, remove: Callable[[bytes], bytes | None]) -> None:
    """Take the tool's own words out again: what was rolled back is no change of the next release."""
    before = page.read(path)
    if path not in documents.recorded or before is None:
        return
    after = remove(before)
    if after is not None:
        documents.files[path] = after
    elif names_hotfix(before.decode(errors="replace"), page.facts.hotfix):
        documents.notes.append(f"'{path}' still names the fix: that entry is released, or was reworded.")
    documents.recorded.remove(path)


def _write_backlog(page: _Page, documents: Documents) -> None:
    path = page.facts.config.documents.backlog
    if path is None or page.read(path) is None:
        return
    item = _done(page, path)
    if page.facts.is_rolled_back:
        forms = [replace(item, tag=each.tag) for each in page.facts.publications]
        _take_out(page, documents, path, lambda before: _first(remove_done(before, form) for form in forms))
    elif path not in documents.recorded:
        _apply(page, documents, path, add_done(_now(page, documents, path), item))
    _write_follow_ups(page, documents)


def _write_follow_ups(page: _Page, documents: Documents) -> None:
    path = page.facts.config.documents.backlog
    if path is None or page.read(path) is None:
        return
    for each in follow_ups_of(page.content, page.facts.report_path):
        _write_follow_up(page, documents, path, each)


def _write_follow_up(page: _Page, documents: Documents, path: str, each: FollowUp) -> None:
    recorded, now = f"{path}#{each.id}", _now(page, documents, path)
    if recorded not in documents.recorded and not each.is_done:
        _apply(page, documents, path, add_follow_up(now, each), recorded)
    elif recorded in documents.recorded and each.is_done:
        _apply(page, documents, path, finish_follow_up(now, each), recorded)


def _done(page: _Page, path: str) -> DoneItem:
    last = page.facts.last_publication
    when = page.report.resolved_at or page.report.declared_at
    return DoneItem(
        hotfix=page.facts.hotfix,
        description=inline(page.report.title),
        day=when.date(),
        tag=last.tag if last else None,
        report_path=way_to(page.facts.report_path, posixpath.dirname(path)),
        owner=page.report.reporter,
    )


def _now(page: _Page, documents: Documents, path: str) -> bytes:
    return documents.files.get(path) or page.read(path) or b""


def _apply(page: _Page, documents: Documents, path: str, edit: Edit, recorded: str | None = None) -> None:
    match edit:
        case Inserted(content):
            documents.files[path] = content
        case NotUnderstood(reason, line):
            problem = _not_written(f"'{path}' is skipped: {reason[:1].lower()}{reason[1:]}", line)
            if path == page.facts.config.documents.backlog:
                documents.notes.append(Once(problem.message))  # many have no such place; the report has all
            else:
                documents.problems.append(problem)
            return
        case LeftAlone(reason):
            documents.notes.append(f"'{path}' is left alone: {reason[:1].lower()}{reason[1:]}")
            return
        case AlreadyThere():
            pass
    if (recorded or path) not in documents.recorded:
        documents.recorded.append(recorded or path)


def _not_written(message: str, line: str = "") -> Problem:
    """Return that a file is not written; what ends it without a line by hand is to leave the changelog to people."""
    to_add = f" Add by hand: {line}" if line else ""
    remedy = command("git", "config", "hotfix.documents.changelog", "")
    return Problem("document-not-understood", f"{message}{to_add}", remedy, ExitCode.UNFINISHED, summary=message)
