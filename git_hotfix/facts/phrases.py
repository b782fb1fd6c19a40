"""Words of which messages and evidence are made: what placeholders stand for, one line, how a deployment ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from git_hotfix.clock import from_rfc3339
from git_hotfix.errors import Remedy
from git_hotfix.hotfix import HOTFIX_ID
from git_hotfix.record.markdown import one_line
from git_hotfix.record.words import words_in
from git_hotfix.templates import readable_time

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from git_hotfix.facts.facts import Facts
    from git_hotfix.memory import Deployment
    from git_hotfix.record.words import Words


def message_values(facts: Facts, description: str) -> dict[str, str]:
    """Return what the placeholders of commit messages stand for."""
    report, last = None if facts.is_restricted else facts.report, facts.last_publication
    return {
        "description": one_line(description),
        "id": str(facts.hotfix),
        "slug": facts.hotfix.slug,
        "issue": (report.issue or "") if report else "",
        "severity": str(report.severity) if report else "",
        "tag": (last.tag or "") if last else "",
    }


def named(facts: Facts) -> tuple[tuple[str, str], ...]:
    """Return the trailers of every commit and tag of a hotfix: its id, its report, its issue."""
    known = (
        (HOTFIX_ID, str(facts.hotfix)),
        ("Incident", facts.incident),
        ("Issue", message_values(facts, "")["issue"]),
    )
    return tuple((key, one_line(value)) for key, value in known if value)


def to_the_commit(facts: Facts, *options: str) -> Remedy:
    """Return the command that leads to the commit of the fix: to the branch first, where another one is checked out.

    With options that say what is committed it is made then and there; without, what is changed is committed.
    """
    line = ("git", "commit", *(options or ("-a",)))
    if facts.world.head.branch == facts.branch:
        return Remedy(line)
    tree = facts.world.tree_of(facts.branch)
    way = ("cd", str(tree.path)) if tree else ("git", "switch", facts.branch)
    return Remedy(way, then=line if options else ())


def closed(facts: Facts) -> str:
    """Return that the hotfix was closed without code, and by whom."""
    record = facts.closing
    if record is None or record.commit is None or record.by is None:
        return "closed without code"
    return f"closed without code by {record.by} in {record.commit[:7]}"


def later_commits(facts: Facts) -> str | None:
    """Return that the branch has fix commits that came after its publication, and what keeps them; else None.

    Somebody else may have published and cleaned up without them.
    """
    if not facts.publications or facts.fix is None or not facts.fix.commits:
        return None
    ways = "'finish' publishes them too, 'start TITLE --pick COMMIT' makes a new hotfix of them"
    later = ", ".join(each[:7] for each in facts.fix.commits)
    return f"'{facts.branch}' has commits that came after its publication: {later}. {ways}."


def told_end(facts: Facts) -> str | None:
    """Return that a report says that the hotfix has ended, which nothing shows, and who claims it; else None."""
    if facts.claimed_end is None:
        return None
    status, claim = facts.claimed_end
    return f"'{claim.path}' on '{claim.branch}' says that it is {status}, claimed by {claim.source}"


def readable(when: str) -> str:
    """Write an RFC 3339 time for people; what is none stays."""
    time = from_rfc3339(when)
    return readable_time(time) if time else when


def deployment_sentence(deployment: Deployment, words: Words | None = None, show: Callable[[str], str] = str) -> str:
    """Return how a deployment ended, with its time as ``show`` writes it."""
    words = words or words_in("en")
    by = f" ({deployment.command})" if deployment.command else ""
    if deployment.by:
        by = words.told_by.format(by=deployment.by) + (f", {deployment.log}" if deployment.log else "")
    if deployment.state == "begun":
        return words.deployment_began.format(when=show(deployment.began_at or words.at_unknown_time)) + by
    when = show(deployment.ended_at) if deployment.ended_at else words.at_unknown_time
    return words.deployment_ended.format(ended=words.ended[deployment.state], when=when) + by


def some(paths: Sequence[str]) -> str:
    """Name the first few paths."""
    shown = ", ".join(f"'{path}'" for path in paths[:5])
    return shown if len(paths) <= 5 else f"{shown} and {len(paths) - 5} more"
