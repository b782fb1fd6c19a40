"""The incidents of a repository, read from the reports of one revision and from what the audit saw in git.

A report is text that anybody can push: one that cannot be read is listed with its file and line. A restricted incident
is left out.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from msgspec.structs import replace

from git_hotfix.commands.globs import matches
from git_hotfix.commands.test_discovery import is_test
from git_hotfix.errors import HotfixError
from git_hotfix.facts.hotfixes import id_in_blob
from git_hotfix.facts.reports import report_path_in
from git_hotfix.facts.targets import record_paths_of
from git_hotfix.git import history, trees
from git_hotfix.git.objects import content_of, has_object, is_small
from git_hotfix.hotfix import Method, Oid, Verdict, parse_id, parse_report_name
from git_hotfix.page.incidents import Broken, Event, Incident, Place, brief
from git_hotfix.private_report import PrivateReport, restricted_hotfixes
from git_hotfix.record.blocks import cells_of, read_table
from git_hotfix.record.followups import follow_ups_of
from git_hotfix.record.incident import Visibility
from git_hotfix.record.markdown import inline, shown
from git_hotfix.record.report import read_report
from git_hotfix.record.timeline import BLOCK, first_time
from git_hotfix.record.waivers import FILE_NAME, read_waivers
from git_hotfix.record.words import every_language

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from git_hotfix.engine.run import Run
    from git_hotfix.facts.targets import Target
    from git_hotfix.hotfix import HotfixId
    from git_hotfix.steps.kept_audit import Audited


MOST_ROWS = 200
"""At most so many rows of a table are shown, the last ones of a timeline: anybody can push a report of megabytes."""


def incidents_in(
    run: Run, name: str, revision: Oid, audits: Sequence[Audited], *, only_reported: bool = False
) -> tuple[tuple[Incident, ...], tuple[Broken, ...]]:
    """Return the incidents that have a report in a revision, or are known to the audit, newest first.

    ``only_reported`` leaves out those without one: an earlier revision does not tell what came later.
    """
    found: dict[str, Incident] = {}
    broken: list[Broken] = []
    hidden = {each.hotfix for each in audits if each.is_silent}
    hidden |= {str(each) for each in restricted_hotfixes(run.repository.common_dir) if _is_secret(run, each)}
    waivers = trees.regular_file(run.repository, revision, f"{run.config.incident.directory}/{FILE_NAME}")
    for path, blob in _reports(run, revision):
        read = _incident_of(run, name, path, blob)
        known = parse_id(read.hotfix) if isinstance(read, Incident) else None
        own = report_path_in(run.repository, revision, run.config, known) if known is not None else None
        if isinstance(read, Broken):
            broken.append(read)
        elif own not in {path, None}:
            why = f"'{path}' claims to be the report of '{read.hotfix}', which is '{own}'."
            broken.append(Broken(name, path, brief(why)))
        elif read.report is not None and read.report.visibility is Visibility.RESTRICTED:
            hidden.add(read.hotfix)
        else:
            found.setdefault(read.hotfix, read)
    found = {hotfix: each for hotfix, each in found.items() if hotfix not in hidden}
    for each in audits:
        if each.hotfix not in hidden and (each.hotfix in found or not only_reported):
            bare = Incident(repository=name, hotfix=each.hotfix, title=brief(each.name))
            found[each.hotfix] = _with_audit(run, found.get(each.hotfix, bare), each, waivers)
    newest = sorted(found.values(), key=lambda each: each.hotfix, reverse=True)
    return _with_sizes(run, newest), tuple(sorted(broken, key=lambda each: each.path))


def _is_secret(run: Run, hotfix: HotfixId) -> bool:
    """Return whether the report in the git directory is restricted, or cannot be read."""
    try:
        kept = PrivateReport(run.repository.common_dir, hotfix).read()
        return kept is not None and read_report(kept, str(hotfix)).visibility is not Visibility.PUBLIC
    except HotfixError:
        return True


def _reports(run: Run, revision: Oid) -> Iterator[tuple[str, Oid]]:
    """Return path and blob of each file in the folder of reports that is named like one, or has the id of a hotfix."""
    folder = run.config.incident.directory
    for file, blob in trees.files_in(run.repository, revision, folder):
        if file.endswith(".md") and (parse_report_name(file) or id_in_blob(run.repository, blob)):
            yield f"{folder}/{file}", blob


def _incident_of(run: Run, name: str, path: str, blob: Oid) -> Incident | Broken:
    """Return the incident of one file, or why it cannot be read."""
    if not is_small(run.repository, blob):
        return Broken(name, path, brief(f"'{path}' is too large to be read."))
    content = content_of(run.repository, blob)
    try:
        return incident_of(name, path, content)
    except HotfixError as error:
        return Broken(name, path, brief(error.problems[0].message))


def incident_of(repository: str, path: str, content: bytes) -> Incident:
    """Return the incident that a report describes. Nonsense is wrong input."""
    report = read_report(content, path)
    rows = read_table(content, BLOCK, 3).rows
    return Incident(
        repository=repository,
        hotfix=str(report.id),
        title=brief(report.title),
        path=path,
        report=report,
        events=tuple(map(_event, rows[-MOST_ROWS:])),
        earlier_events=max(0, len(rows) - MOST_ROWS),
        follow_ups=follow_ups_of(content, path)[:MOST_ROWS],
        stands="open",
    )


def _event(row: str) -> Event:
    when, text, source, *_ = (*cells_of(row), "", "", "")
    return Event(first_time(when), brief(shown(text)), brief(shown(source)))


def _with_audit(run: Run, known: Incident, found: Audited, waivers: bytes | None) -> Incident:
    """Return an incident with what the audit saw; the timeline of its report has when a branch got the fix."""
    repository, merge, came = run.repository, found.merge, found.came
    published = history.commit_time(repository, merge) if merge and has_object(repository, merge) else None
    is_back = came is not None and came != merge and has_object(repository, came)
    since = published if not is_back else None  # then no branch has to have it
    hotfix, arrived = parse_id(found.hotfix), _arrivals(known.events, tuple(e.branch for e in found.audit.targets))
    ends = {branch: each.until for branch, each in read_waivers(waivers, hotfix).items()} if hotfix is not None else {}
    return replace(
        known,
        places=tuple(_place(each, since, arrived, ends) for each in found.audit.targets),
        gaps=tuple(brief(problem.message) for problem in found.audit.problems),
        stands=found.audit.stands,
        merge=merge,
        published_at=published,
        rolled_back_at=history.commit_time(repository, came) if is_back and came is not None else None,
        rolled_back_because=brief(found.because) if found.because else None,
    )


def _place(
    target: Target, since: datetime | None, arrived: Mapping[str, datetime], ends: Mapping[str, str | None]
) -> Place:
    until = arrived.get(target.branch) if target.verdict.is_there else None
    waived = ends.get(target.branch) if target.verdict is Verdict.WAIVED else None
    return Place(target.branch, target.verdict, brief(target.evidence), since, until, waived)


def _arrivals(events: Sequence[Event], branches: tuple[str, ...]) -> dict[str, datetime]:
    """Return when each branch first got the fix, by the timeline rows that this program writes, in any language."""
    said = _said_of(branches)
    found: dict[str, datetime] = {}
    for event in events:
        if event.when is not None and event.text in said:
            found.setdefault(said[event.text], event.when)
    return found


@lru_cache(maxsize=64)  # most incidents are about the same branches
def _said_of(branches: tuple[str, ...]) -> dict[str, str]:
    """Return each branch by the timeline rows that say that a fix arrived there."""
    return {
        shown(inline(words.arrived.format(branch=branch, method=words.methods[method]))): branch
        for words in every_language()
        for branch in branches
        for method in Method
    }


def _with_sizes(run: Run, incidents: Sequence[Incident]) -> tuple[Incident, ...]:
    """Return incidents with the size of their fixes: of the commits that the report names, else of the merge."""
    commits = {each.hotfix: _commits_of(each) for each in incidents}
    lines = history.lines_by_path(run.repository, (oid for found in commits.values() for oid in found))
    record, exclude = record_paths_of(run.config), run.config.scope.exclude

    def counted(path: str) -> bool:
        return not record.holds(path) and not is_test(path) and not any(matches(each, path) for each in exclude)

    def size(each: Incident) -> tuple[tuple[str, int], ...]:
        total: dict[str, int] = {}
        for oid in commits[each.hotfix]:
            for path, number in lines.get(oid, {}).items():
                if counted(path):
                    total[path] = total.get(path, 0) + number
        return tuple(sorted(total.items()))

    return tuple(replace(each, lines=size(each)) for each in incidents)


def _commits_of(incident: Incident) -> tuple[Oid, ...]:
    said = incident.report.fix_commits if incident.report is not None else ()
    return said or ((incident.merge,) if incident.merge is not None else ())
