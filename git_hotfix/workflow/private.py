"""The report in the git directory after publication: brought up to date, deleted once it is published."""

from __future__ import annotations

from typing import TYPE_CHECKING

from git_hotfix.workflow.plan import KeepReport

if TYPE_CHECKING:
    from git_hotfix.facts.facts import Facts


def kept_report(facts: Facts) -> KeepReport | None:
    """Return the step that brings a report in the git directory up to date, or deletes it once it is published."""
    if facts.is_published and facts.report_problem is None and facts.is_disclosed:
        return KeepReport(None)
    now = facts.private_report_now
    return KeepReport(now) if now is not None and now != facts.private else None
