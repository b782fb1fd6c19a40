"""Words of which messages and evidence are made: what placeholders stand for, one line, how a deployment ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from git_hotfix.clock import from_rfc3339
from git_hotfix.hotfix import shell_word
from git_hotfix.record.words import words_in
from git_hotfix.templates import readable_time

if TYPE_CHECKING:
    from collections.abc import Callable

    from git_hotfix.record.words import Words
    from git_hotfix.workflow.situation import Situation


def message_values(situation: Situation, description: str) -> dict[str, str]:
    """Return what the placeholders of commit messages stand for."""
    report, last = None if situation.is_restricted else situation.report, situation.last_publication
    return {
        "description": one_line(description),
        "id": str(situation.hotfix),
        "slug": situation.hotfix.slug,
        "issue": (report.issue or "") if report else "",
        "severity": str(report.severity) if report else "",
        "tag": (last.tag or "") if last else "",
    }


def one_line(text: str) -> str:
    """Fold a text into one line: a trailer and a subject have no more."""
    return " ".join(text.split())


def to_the_commit(situation: Situation) -> str:
    """Return the command that leads to the commit of the fix: to the branch first, where another one is checked out."""
    if situation.world.head.branch == situation.branch:
        return "git commit"
    tree = situation.world.tree_of(situation.branch)
    return f"cd {shell_word(str(tree.path))}" if tree else f"git switch {shell_word(situation.branch)}"


def readable(when: str) -> str:
    """Write an RFC 3339 time for people; what is none stays."""
    time = from_rfc3339(when)
    return readable_time(time) if time else when


def deployment_said(situation: Situation, words: Words | None = None, show: Callable[[str], str] = str) -> str | None:
    """Say how the deployment ended, with its time as ``show`` writes it; None when nothing is known here."""
    words, deployment = words or words_in("en"), situation.deployment
    if deployment is None:
        return None
    by = f" ({deployment.command})" if deployment.command else ""
    if deployment.by:
        by = words.told_by.format(by=deployment.by) + (f", {deployment.log}" if deployment.log else "")
    if deployment.state == "begun":
        return words.deployment_began.format(when=show(deployment.began_at or words.at_unknown_time)) + by
    when = show(deployment.ended_at) if deployment.ended_at else words.at_unknown_time
    return words.deployment_ended.format(ended=words.ended[deployment.state], when=when) + by
