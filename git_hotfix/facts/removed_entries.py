"""Whether the record is still where the report says that it was written: the report alone is no evidence of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from git_hotfix.escapes import one_line
from git_hotfix.facts.changelog_backlog import brought_files, changelogs_in
from git_hotfix.git import provenance, trees
from git_hotfix.git.objects import content_of, is_small
from git_hotfix.record.fragments import changelog_keeper, is_fragment
from git_hotfix.record.markdown import names_hotfix

if TYPE_CHECKING:
    from git_hotfix.facts.facts import Facts
    from git_hotfix.hotfix import Oid

MOST_VERSIONS = 100
"""In how many versions of a file it is looked for who has removed an entry."""


def removed_entry(facts: Facts) -> str | None:
    """Return that a file in which the record was written does not name the hotfix, and who removed that; else None.

    A line that moved to another changelog is there. What the fix itself wrote is as its commits have it; a fragment
    goes with the release that puts it into the changelog; a follow-up that is done is people's to remove.
    """
    tip, report = facts.record_tip, facts.documented
    if tip is None or report is None or facts.is_rolled_back or not report.recorded_in:
        return None
    logs, brought = changelogs_in(facts.repository, tip, facts.config.documents), brought_files(facts)
    is_logged = any(_names(facts, trees.regular_file(facts.repository, tip, path)) for path in logs)
    for path in report.recorded_in:
        content = trees.regular_file(facts.repository, tip, path) if "\0" not in path else None
        own = path in brought or names_hotfix(path, facts.hotfix)  # as a fragment is called
        is_there = (bool(content) and own) or _names(facts, content)
        if is_there or "#" in path or (is_logged and path in logs) or _went_with_release(facts, tip, path, logs):
            continue
        what = "is not there" if content is None else "does not name it"
        by = _removed_by(facts, tip, path)
        since = f" since {by[:7]} by {one_line(provenance.committer_name(facts.repository, by))}" if by else ""
        return f"The record was written in '{path}', which {what}{since} on '{facts.world.shown(facts.record_branch)}'."
    return None


def _names(facts: Facts, content: bytes | None) -> bool:
    return content is not None and names_hotfix(content.decode("utf-8", "replace"), facts.hotfix)


def _went_with_release(facts: Facts, tip: Oid, path: str, logs: list[str]) -> bool:
    """Return whether a fragment was deleted by a commit that changed a changelog."""
    versions = provenance.versions_of(facts.repository, tip, path, since=facts.hotfix.day_before)
    keeper = changelog_keeper(
        lambda name: trees.read_file(facts.repository, tip, name),
        lambda folder: trees.names_in(facts.repository, tip, folder),
    )
    is_gone = versions[:1] == tuple((commit, None) for commit, _ in versions[:1]) and is_fragment(path, keeper)
    return is_gone and any(provenance.touches(facts.repository, commit, logs) for commit, _ in versions[:1])


def _removed_by(facts: Facts, tip: Oid, path: str) -> Oid | None:
    """Return the commit of the branch since which a file no longer names the hotfix; None where it never did."""
    after: Oid | None = None
    versions = provenance.versions_of(facts.repository, tip, path, since=facts.hotfix.day_before)
    for commit, blob in versions[:MOST_VERSIONS]:
        is_read = blob is not None and is_small(facts.repository, blob)
        if blob is not None and is_read and _names(facts, content_of(facts.repository, blob)):
            return after
        after = commit
    return None
