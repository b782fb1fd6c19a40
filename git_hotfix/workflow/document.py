"""What ``document`` does: the part of the written record that is true by now and not written yet."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from git_hotfix.errors import ExitCode, Problem
from git_hotfix.git import trees
from git_hotfix.git.world import target_tip
from git_hotfix.record.frontmatter import set_values
from git_hotfix.record.incident import Visibility
from git_hotfix.workflow.arriving import fast_forward_updates
from git_hotfix.workflow.decision import Decision, Plan, Refused
from git_hotfix.workflow.documents import kept_report, record_is_due, why_record_waits, written_record
from git_hotfix.workflow.plan import Backport, Disclose, FastForward, Step

if TYPE_CHECKING:
    from git_hotfix.git.repository import Repository
    from git_hotfix.workflow.situation import Situation


class DocumentRequest(Struct, frozen=True, kw_only=True):
    """The options of ``document``; ``cve`` is known when a restricted hotfix is disclosed."""

    disclose: bool = False
    cve: str | None = None
    sign: bool = False
    hooks: bool = True


def plan_document(
    repository: Repository, situation: Situation, request: DocumentRequest, tried: frozenset[type[Step]]
) -> Decision:
    """Return the commit of documents that is missing; a second run has nothing left to do."""
    name = situation.hotfix
    problem = _refused(situation, request)
    if problem is not None:
        return Refused((problem,))
    if request.disclose and situation.is_restricted and situation.private is not None:
        return Plan(name, (Disclose(disclosed(situation.private, situation, request)),))
    notes: tuple[str, ...] = ()
    steps: list[Step] = []
    if waits := why_record_waits(situation):
        if situation.pending and not situation.is_restricted:
            message = f"The record is not written yet: {waits}."
            return Refused((Problem("record-waits", message, f"git hotfix backport {name}", ExitCode.UNFINISHED),))
        notes = (f"The record is not written yet: {waits}.",)
    elif record_is_due(repository, situation):
        steps.append(Backport((), situation.record_branch, request.sign, request.hooks))
    if kept := kept_report(repository, situation):
        steps.append(kept)
    if updates := fast_forward_updates(repository, situation):
        steps.append(FastForward(updates))
    return Plan(name, tuple(step for step in steps if type(step) not in tried), notes)


def _refused(situation: Situation, request: DocumentRequest) -> Problem | None:
    """Say what forbids it; None when nothing does."""
    name = situation.hotfix
    if not situation.is_published:
        message = f"'{name}' is not published: the record says only what is true already."
        return Problem("not-published", message, f"git hotfix finish {name}")
    if situation.report_problem is not None:
        return situation.report_problem
    if request.disclose and situation.report is None:
        message = f"The report of '{name}' is not here: it is disclosed where the hotfix was started."
        return Problem("no-report", message, f"git hotfix status {name}")
    known = situation.documented
    if request.cve is not None and known is not None and known.cve != request.cve:
        message = f"'{name}' is disclosed already, as '{known.cve}': its report and changelog are yours to edit."
        place = f"{situation.world.shown(situation.record_branch)}:{situation.documented_path}"
        return Problem("disclosed", message, f"git show {place}")
    return None


def disclosed(report: bytes, situation: Situation, request: DocumentRequest) -> bytes:
    """Return a restricted report with what makes it public, and the CVE where that is known by now."""
    values: dict[str, object] = {"visibility": str(Visibility.PUBLIC)}
    if request.cve is not None:
        values["cve"] = request.cve
    return set_values(report, values, situation.report_path)


def changes_to_come(repository: Repository, situation: Situation, request: DocumentRequest) -> tuple[str, ...]:
    """Return the unified diff of the record's files as ``document`` would write them, line by line."""
    report = situation.report
    if request.disclose and situation.is_restricted and situation.private is not None and report is not None:
        public = replace(report, visibility=Visibility.PUBLIC)
        situation = replace(situation, private=disclosed(situation.private, situation, request), report=public)
    tip = target_tip(situation.world, situation.record_branch)
    if tip is None or not situation.is_published or why_record_waits(situation) is not None:
        return ()
    lines: list[str] = []
    for path, content in sorted(written_record(repository, situation, tip).files.items()):
        before = trees.read_file(repository, tip, path)
        old = f"a/{path}" if before is not None else "/dev/null"
        lines += difflib.unified_diff(_lines(before or b""), _lines(content), old, f"b/{path}", lineterm="")
    return tuple(lines)


def _lines(content: bytes) -> list[str]:
    """Return the lines of a file as a diff shows them; only a line feed ends one."""
    lines = content.decode("utf-8", "replace").split("\n")
    return lines[:-1] if lines[-1] == "" else [*lines[:-1], f"{lines[-1]}\n\\ No newline at end of file"]
