"""The rows of the timeline that come by themselves: only what git and the memory know, each with its own time."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from msgspec.structs import replace

from git_hotfix import clock
from git_hotfix.escapes import one_line
from git_hotfix.facts.evidence import asked_tips
from git_hotfix.facts.pull_requests import as_recorded, is_by_request
from git_hotfix.git import history, provenance
from git_hotfix.git.messages import single
from git_hotfix.hotfix import Method, Verdict
from git_hotfix.record.report import TYPED_TO, odd_times
from git_hotfix.record.resolution import PASSED
from git_hotfix.record.timeline import Row, row_in
from git_hotfix.record.words import words_of
from git_hotfix.templates import readable_time

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from git_hotfix.facts.facts import Facts
    from git_hotfix.facts.targets import Target
    from git_hotfix.hotfix import Publication
    from git_hotfix.memory import Deployment, Memory
    from git_hotfix.record.incident import FixCommit
    from git_hotfix.record.words import Words


def known_rows(facts: Facts, commits: tuple[FixCommit, ...]) -> tuple[Row, ...]:
    """Return every row that is known here, in the order of a hotfix's life: rows of one second stay in it.

    Notes come before the targets: those that are queued were reported before the run that brings the fix there.

    What has no time of its own (a fast-forward, a lightweight tag, tests that were skipped, an end of a deployment
    that nobody saw) has no row. Machines that know the same thing give the same row.
    """
    words = words_of(facts.config)
    return (
        *(_committed(each, words) for each in commits),
        *_tests(facts, words),
        *(row for each in facts.publications for row in _published(facts, each, words)),
        *_rolled_back(facts, words),
        *_deployments(facts, words),
        *queued_rows(facts.memory),
        *_targets(facts, words),
    )


def contradictions(facts: Facts) -> tuple[str, ...]:
    """Return which known times cannot be true together: those of the report, and a deployment before its merge."""
    report = facts.documented or facts.report
    found = list(odd_times(report)) if report is not None else []
    for each in facts.memory.deployments:
        ended = clock.from_rfc3339(each.ended_at) if each.ended_at else None
        if ended is None or each.is_back or not facts.has(each.merge):
            continue
        made = history.commit_time(facts.repository, each.merge)
        if ended <= made - TYPED_TO:
            found.append(
                f"The deployment is recorded to have ended ({readable_time(ended)}) "
                f"before {each.merge[:7]} was made ({readable_time(made)})."
            )
    return tuple(found)


def queued_rows(memory: Memory) -> tuple[Row, ...]:
    """Return the rows that were queued until the next commit of documents."""
    return tuple(Row(when, row.event, row.source) for row in memory.rows if (when := clock.from_rfc3339(row.when)))


def _committed(commit: FixCommit, words: Words) -> Row:
    return row_in(words, commit.when, "git", lambda w: w.committed.format(subject=commit.subject))


def _tests(facts: Facts, words: Words) -> Iterator[Row]:
    """Return the runs of the critical tests: those that ran here, and of others those named in a merge's trailers."""
    for each in facts.memory.tests:
        if when := clock.from_rfc3339(each.at):
            yield _tested(words, when, each.outcome, one_line(each.command), f"{each.seconds:.0f}")
    for publication in facts.publications:
        tests = single(history.trailers(facts.repository, publication.merge), "Tests") or ""
        match = re.fullmatch(PASSED, tests)
        if match and (when := clock.from_rfc3339(match[3])):
            yield _tested(words, when, "passed", match[1], match[2])


def _tested(words: Words, when: datetime, outcome: str, command: str, seconds: str) -> Row:
    return row_in(words, when, "git-hotfix", lambda w: w.tests[outcome].format(command=command, seconds=seconds))


def _published(facts: Facts, last: Publication, words: Words) -> Iterator[Row]:
    """Return merge and tag as git has them, and the publication as it was seen here."""
    if last.source is not None or len(provenance.parents(facts.repository, last.merge)) > 1:  # else fast-forwarded
        merged_at = history.commit_time(facts.repository, last.merge)
        yield row_in(words, merged_at, "git", lambda w: w.merged.format(base=facts.base))
    tag = last.tags[0][1] if last.tags else None
    tagged_at = provenance.tag_time(facts.repository, tag) if tag is not None else None
    if tagged_at is not None:
        yield row_in(words, tagged_at, "git", lambda w: w.tagged.format(tag=last.tag))
    seen_at = clock.from_rfc3339(facts.memory.published_at.get(last.merge, ""))
    if seen_at is not None and not _is_told(facts, last):
        yield row_in(words, seen_at, "git-hotfix", lambda w: w.published.format(base=facts.base))


def _is_told(facts: Facts, publication: Publication) -> bool:
    """Return whether the record has the time of its publication: two people who finish at once know only the second."""
    report = facts.recorded
    return report is not None and (publication != facts.last_publication or report.tag == publication.tag)


def _rolled_back(facts: Facts, words: Words) -> Iterator[Row]:
    last = facts.last_publication
    if last is not None and last.rollback is not None:
        when = history.commit_time(facts.repository, last.rollback)
        yield row_in(words, when, "git-hotfix", lambda w: w.rolled_back.format(base=facts.base))


def _deployments(facts: Facts, words: Words) -> Iterator[Row]:
    for each in facts.memory.deployments:
        ended = clock.from_rfc3339(each.ended_at) if each.ended_at else None
        if ended is not None:
            yield row_in(words, ended, each.by or "git-hotfix", partial(_deployment, each, facts.last_publication))


def _deployment(deployment: Deployment, last: Publication | None, words: Words) -> str:
    ended = words.ended[deployment.state]
    if deployment.is_back:
        return f"{deployment.command}: {ended}"
    is_of_rollback = last is not None and deployment.merge == last.rollback
    return (words.deployment_of_rollback if is_of_rollback else words.deployment).format(ended=ended)


def _targets(facts: Facts, words: Words) -> Iterator[Row]:
    """Return when each target got the fix or lost it again; the branch with the record is pushed last."""
    for each in sorted(facts.targets, key=lambda each: each.branch == facts.record_branch):
        target = as_recorded(facts, each)
        if is_by_request(facts, each.branch) and each.verdict.is_there:
            continue
        match target.verdict:
            case Verdict.REVERTED if target.commit is not None:
                yield _taken_back(target, history.commit_time(facts.repository, target.commit), words)
            case Verdict.PRESENT | Verdict.MODIFIED:
                yield from _arrived(facts, target, words)
            case _:
                continue


def rows_by_request(facts: Facts) -> tuple[Row, ...]:
    """Return when each target got the fix by a request that others have merged.

    They are no reason to write the record again, which would be one more request.
    """
    merged = (each for each in facts.targets if is_by_request(facts, each.branch) and each.verdict.is_there)
    there = (_as_merged(facts, each) for each in merged if each.branch not in facts.presumed)
    return tuple(row for each in there for row in _arrived(facts, each, words_of(facts.config)))


def _as_merged(facts: Facts, target: Target) -> Target:
    """Return a target with the merge of what was asked for here, where nothing else shows how the fix came there."""
    if target.commit is not None or target.tip is None:
        return target
    asked = asked_tips(facts, target.branch)
    found = (history.bringing_merge(facts.repository, target.tip, each) for each in asked)
    merge = next((each for each in found if each is not None), None)
    return replace(target, method=Method.MERGE, commit=merge) if merge is not None else target


def _taken_back(target: Target, when: datetime, words: Words) -> Row:
    return row_in(words, when, "git", lambda w: w.taken_back.format(branch=target.branch))


def _arrived(facts: Facts, target: Target, words: Words) -> Iterator[Row]:
    commit, method = target.commit, target.method
    if commit is None or method is None:
        return
    if method is not Method.MERGE or len(provenance.parents(facts.repository, commit)) > 1:  # else fast-forwarded
        when = history.commit_time(facts.repository, commit)
        yield row_in(words, when, "git", lambda w: w.arrived.format(branch=target.branch, method=w.methods[method]))
