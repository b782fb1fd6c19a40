"""Whether the changelog has a hotfix under a version that was released without it: a clean merge can file it there."""

from __future__ import annotations

import re
from bisect import bisect
from functools import lru_cache
from typing import TYPE_CHECKING

from git_hotfix.facts.changelog_backlog import changelog_path
from git_hotfix.git import trees
from git_hotfix.git.containment import verdict_of
from git_hotfix.git.objects import peeled
from git_hotfix.record.changelog_layout import Changelog
from git_hotfix.record.headings import plain
from git_hotfix.record.markdown import names_hotfix
from git_hotfix.record.markdown_reader import Unclear, read_document

if TYPE_CHECKING:
    from git_hotfix.facts.facts import Facts

_VERSION = re.compile(r"\d+(?:\.\d+)+(?:[-+.][0-9A-Za-z.-]+)?")

MOST_OF_A_LINE = 10_000
"""So many bytes of a line are looked at."""


def misfiled(facts: Facts) -> str | None:
    """Return that the changelog has the hotfix under a version whose tag does not have the fix; None where it has not.

    A version without a tag is one that nobody can look at.
    """
    tip, report = facts.record_tip, facts.documented
    path = changelog_path(facts, tip) if tip is not None else None
    if tip is None or path is None or report is None or path not in report.recorded_in or facts.is_rolled_back:
        return None
    content = trees.regular_file(facts.repository, tip, path) or b""
    heading = _heading_above(content, facts) if str(facts.hotfix).encode() in content else None
    version = _VERSION.search(heading) if heading is not None else None
    if heading is None or version is None:
        return None
    for ref, oid in facts.world.tags.items():
        commit = peeled(facts.repository, oid) if re.search(rf"(?:^|[^\d.]){re.escape(version[0])}$", ref) else None
        for each in facts.publications if commit is not None else ():
            found = verdict_of(facts.repository, each.fork, each.tip, commit, facts.record_paths) if commit else None
            if found is not None and not found.verdict.is_there:
                name = ref.removeprefix("refs/tags/")
                return (
                    f"'{path}' has it under '{heading}', and the tag '{name}' does not have the fix. {found.evidence}"
                )
    return None


def _heading_above(content: bytes, facts: Facts) -> str | None:
    starts, titles = _released(content)
    name, end, content = str(facts.hotfix).encode(), 0, content + b"\n"
    while (at := content.find(name, end)) >= 0:
        begin, end = content.rfind(b"\n", 0, at) + 1, content.index(b"\n", at)
        line = content[begin : min(end, begin + MOST_OF_A_LINE)]
        if names_hotfix(line.decode("utf-8", "replace"), facts.hotfix):
            place = bisect(starts, content.count(b"\n", 0, at)) - 1
            return titles[place] if place >= 0 else None
    return None


@lru_cache(maxsize=4)  # the same file for every hotfix
def _released(content: bytes) -> tuple[tuple[int, ...], tuple[str | None, ...]]:
    """Return the lines with which the versions of a changelog begin, and their titles (None: not released yet)."""
    try:
        log = Changelog(read_document(content))
    except Unclear:
        return (), ()
    versions = sorted((*log.pending, *log.released))
    starts = tuple(log.blocks[at].start for at in versions)
    return starts, tuple(plain(log.blocks[at].text) if at in log.released else None for at in versions)
