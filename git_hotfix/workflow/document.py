"""What ``document`` does: the part of the written record that is true by now and not written yet."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from git_hotfix.errors import ExitCode, Problem
from git_hotfix.facts.written_record import written_record
from git_hotfix.git import trees
from git_hotfix.git.world import target_tip
from git_hotfix.record.frontmatter import set_values
from git_hotfix.record.values import Visibility
from git_hotfix.workflow.decision import Decision, Plan, Refused
from git_hotfix.workflow.plan import Backport, Disclose, FastForward, Step
from git_hotfix.workflow.private import kept_report

if TYPE_CHECKING:
    from git_hotfix.facts.facts import Facts


class DocumentRequest(Struct, frozen=True, kw_only=True):
    """The options of ``document``; ``cve`` is known when a restricted hotfix is disclosed."""

    disclose: bool = False
    cve: str | None = None
    sign: bool = False
    hooks: bool = True


def plan_document(facts: Facts, request: DocumentRequest, tried: frozenset[type[Step]]) -> Decision:
    """Return the commit of documents that is missing; a second run has nothing left to do."""
    name = facts.hotfix
    problem = _refused(facts, request)
    if problem is not None:
        return Refused((problem,))
    if request.disclose and facts.is_restricted and facts.private is not None:
        return Plan(name, (Disclose(disclosed(facts.private, facts, request)),))
    notes: tuple[str, ...] = ()
    steps: list[Step] = []
    if waits := facts.why_record_waits:
        if facts.pending and not facts.is_restricted:
            message = f"The record is not written yet: {waits}."
            return Refused((Problem("record-waits", message, f"git hotfix backport {name}", ExitCode.UNFINISHED),))
        notes = (f"The record is not written yet: {waits}.",)
    elif facts.record_is_due:
        steps.append(Backport((), facts.record_branch, request.sign, request.hooks))
    if kept := kept_report(facts):
        steps.append(kept)
    if updates := facts.fast_forwards:
        steps.append(FastForward(updates))
    return Plan(name, tuple(step for step in steps if type(step) not in tried), notes)


def _refused(facts: Facts, request: DocumentRequest) -> Problem | None:
    """Say what forbids it; None when nothing does."""
    name = facts.hotfix
    if not facts.is_published:
        message = f"'{name}' is not published: the record says only what is true already."
        return Problem("not-published", message, f"git hotfix finish {name}")
    if facts.report_problem is not None:
        return facts.report_problem
    if request.disclose and facts.report is None:
        message = f"The report of '{name}' is not here: it is disclosed where the hotfix was started."
        return Problem("no-report", message, f"git hotfix status {name}")
    known = facts.documented
    if request.cve is not None and known is not None and known.cve != request.cve:
        message = f"'{name}' is disclosed already, as '{known.cve}': its report and changelog are yours to edit."
        place = f"{facts.world.shown(facts.record_branch)}:{facts.documented_path}"
        return Problem("disclosed", message, f"git show {place}")
    return None


def disclosed(report: bytes, facts: Facts, request: DocumentRequest) -> bytes:
    """Return a restricted report with what makes it public, and the CVE where that is known by now."""
    values: dict[str, object] = {"visibility": str(Visibility.PUBLIC)}
    if request.cve is not None:
        values["cve"] = request.cve
    return set_values(report, values, facts.report_path)


def changes_to_come(facts: Facts, request: DocumentRequest) -> tuple[str, ...]:
    """Return the unified diff of the record's files as ``document`` would write them, line by line."""
    report = facts.report
    if request.disclose and facts.is_restricted and facts.private is not None and report is not None:
        report = replace(report, visibility=Visibility.PUBLIC)
        facts = facts.having(private=disclosed(facts.private, facts, request), report=report)
    tip = target_tip(facts.world, facts.record_branch)
    if tip is None or not facts.is_published or facts.why_record_waits is not None:
        return ()
    lines: list[str] = []
    for path, content in sorted(written_record(facts, tip).files.items()):
        before = trees.read_file(facts.repository, tip, path)
        old = f"a/{path}" if before is not None else "/dev/null"
        lines += difflib.unified_diff(_lines(before or b""), _lines(content), old, f"b/{path}", lineterm="")
    return tuple(lines)


def _lines(content: bytes) -> list[str]:
    """Return the lines of a file as a diff shows them; only a line feed ends one."""
    lines = content.decode("utf-8", "replace").split("\n")
    return lines[:-1] if lines[-1] == "" else [*lines[:-1], f"{lines[-1]}\n\\ No newline at end of file"]
