"""Messages: what their placeholders stand for, and texts folded into one line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from git_hotfix.hotfix import shell_word

if TYPE_CHECKING:
    from git_hotfix.workflow.situation import Situation


def message_values(situation: Situation, description: str) -> dict[str, str]:
    """Give what the placeholders of commit messages stand for."""
    report, last = None if situation.is_restricted else situation.report, situation.last_round
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
    """Give the command that leads to the commit of the fix: to the branch first, where another one is checked out."""
    if situation.world.head.branch == situation.branch:
        return "git commit"
    tree = situation.world.tree_of(situation.branch)
    return f"cd {shell_word(str(tree.path))}" if tree else f"git switch {shell_word(situation.branch)}"
