"""The report as it is by now, with what waits on this machine to be written into it; the follow-ups of all reports."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from git_hotfix.errors import HotfixError, Problem, command, refused
from git_hotfix.facts.reports import report_in
from git_hotfix.git.objects import has_object
from git_hotfix.private_report import PrivateReport
from git_hotfix.record.followups import FollowUp, follow_ups_of
from git_hotfix.record.report_edits import edit_report

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from git_hotfix.config.keys import Config
    from git_hotfix.facts.facts import Facts
    from git_hotfix.facts.hotfixes import Known
    from git_hotfix.git.repository import Repository
    from git_hotfix.hotfix import HotfixId, Oid
    from git_hotfix.memory import Memory


class Listed(NamedTuple):
    """The follow-ups of one hotfix, or the problem that keeps its report from being read."""

    hotfix: HotfixId
    follow_ups: tuple[FollowUp, ...]
    problem: Problem | None = None


def report_now(facts: Facts) -> bytes:
    """Return the report as it is now, with what waits for the next documents; none anywhere is refused.

    After publication that is the one of the branch that keeps the record, as soon as it is there.
    """
    tips = (facts.record_tip, facts.tip)
    if not facts.publications and facts.tip is not None:
        tips = (facts.tip, facts.record_tip)
    content = facts.private
    if not facts.is_kept:
        content = _first(facts.repository, tips, facts.config, facts.hotfix)
    if content is None:
        raise refused("no-report", f"'{facts.hotfix}' has no report.", command("git", "hotfix", "list"))
    return edit_report(content, facts.memory.edits, facts.report_path)


def is_closed(facts: Facts) -> bool:
    """Return whether it was closed without code: its report is on the branch of the record, nothing else will come."""
    return facts.tip is None and not facts.publications


def all_follow_ups(
    repository: Repository,
    config: Config,
    known: Iterable[Known],
    record_tip: Oid | None,
    memory_of: Callable[[HotfixId], Memory],
) -> tuple[Listed, ...]:
    """Return the follow-ups in the reports of these hotfixes, with what waits on this machine; oldest hotfix first."""
    found = []
    for each in known:
        path = f"{config.incident.directory}/{each.hotfix.report_name()}"
        content = PrivateReport(repository.common_dir, each.hotfix).read()  # what anybody pushed under its id is not it
        content = content or _first(repository, (record_tip, each.local, each.server), config, each.hotfix)
        if content is None:
            continue
        try:
            content = edit_report(content, memory_of(each.hotfix).edits, path)
            found.append(Listed(each.hotfix, follow_ups_of(content, path)))
        except HotfixError as error:
            found.append(Listed(each.hotfix, (), error.problems[0]))
    return tuple(found)


def _first(repository: Repository, tips: Iterable[Oid | None], config: Config, hotfix: HotfixId) -> bytes | None:
    """Return the report of the first of these commits that has it, wherever people moved it."""
    there = (tip for tip in tips if tip is not None and has_object(repository, tip))
    found = (report_in(repository, tip, config, hotfix) for tip in there)
    return next((content for content in found if content is not None), None)
