"""The written record after publication: report, changelog, backlog and waivers as they should be by now."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from git_hotfix import clock
from git_hotfix.errors import ExitCode, HotfixError, Problem
from git_hotfix.facts.arrivals import arrival
from git_hotfix.facts.deployments import resolved_at as when_resolved
from git_hotfix.facts.phrases import deployment_sentence, readable
from git_hotfix.facts.pull_requests import as_recorded, forge
from git_hotfix.facts.relanding import earlier_reports
from git_hotfix.facts.reports import claims_in, own_report_in, report_in_the_way
from git_hotfix.facts.timeline_rows import known_rows, rows_by_request
from git_hotfix.git import history, provenance, trees
from git_hotfix.hotfix import Method, Oid, Verdict
from git_hotfix.record.frontmatter import set_values
from git_hotfix.record.incident import Carried, FixCommit, Resolution, Status
from git_hotfix.record.report import read_report
from git_hotfix.record.report_edits import edit_record, edit_report
from git_hotfix.record.resolution import resolve_report
from git_hotfix.record.timeline import add_rows
from git_hotfix.record.waivers import FILE_NAME, add_waivers
from git_hotfix.record.words import words_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from git_hotfix.facts.facts import Facts
    from git_hotfix.facts.targets import Target
    from git_hotfix.memory import Edit


def why_record_waits(facts: Facts) -> str | None:
    """Return why the record is not written yet; None when nothing holds it.

    It goes to develop with the fix, or alone when develop was skipped. Without a develop branch it goes to
    production after the deployment, and where a push deploys it is held (``documents.publish``): a record must
    not deploy production again.
    """
    develop = facts.roles.develop
    if facts.settings.is_in_doubt("documents."):
        return "where it belongs is not known while the configuration is broken"
    if facts.is_restricted:
        return f"it is restricted: git hotfix document --disclose {facts.hotfix} writes it"
    if develop is not None and develop != facts.base and (facts.is_rolled_back or facts.is_ended):
        return None  # it must be known there too, whether the fix was or not
    if develop is not None and develop != facts.base:
        target = next((each for each in facts.targets if each.branch == develop), None)
        if target is None or not target.is_settled:
            return f"it is written to '{develop}' together with the fix"
        return None
    if facts.is_held:
        if facts.is_ended:
            return f"it is held (documents.publish): git hotfix document --disclose --push {facts.hotfix} writes it"
        return "it is held (documents.publish): it goes out with the next publication, or by git hotfix document --push"
    if facts.trigger == "command" and facts.deployed.state in {"awaited", "begun", "taken-back"}:
        return "it is written after the deployment"
    return None


class Record(NamedTuple):
    """The files of the record by path, what could not be written, and what a person should know."""

    files: dict[str, bytes]
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()


def written_record(facts: Facts, onto: Oid) -> Record:
    """Return the record as it should be on top of a commit: report, changelog, backlog, waivers.

    What cannot be read is a problem of the record: it holds neither a target nor the rest.
    """
    files, problems, notes = dict[str, bytes](), list[Problem](), list[str]()
    for part in (_hotfix_record, _waivers_record):
        try:
            record = part(facts, onto)
        except HotfixError as error:
            problems += (replace(each, exit_code=ExitCode.UNFINISHED) for each in error.problems)
        else:
            files |= record.files
            problems += record.problems
            notes += record.notes
    return Record(files, tuple(problems), tuple(notes))


def _waivers_record(facts: Facts, onto: Oid) -> Record:
    path = f"{facts.config.incident.directory}/{FILE_NAME}"
    if not facts.waived:
        return Record({})
    return Record({path: add_waivers(trees.read_file(facts.repository, onto, path), facts.waived.values())})


def _hotfix_record(facts: Facts, onto: Oid) -> Record:
    record = Record({})
    if found := report_to_write(facts, onto):
        path, content = found
        if facts.publications:  # else 'close' has written how it ended
            before, words = content, words_of(facts.config)
            content = resolve_report(content, path, resolution_of(facts), words)
            content = add_rows(content, rows_by_request(facts), words) if content != before else content
        record = report_record(facts, path, content, onto, facts.memory.edits)
    elif foreign := report_in_the_way(facts):
        record = Record({}, (replace(foreign, exit_code=ExitCode.UNFINISHED),))
    return record._replace(files=record.files | earlier_reports(facts, onto))


def report_record(facts: Facts, path: str, content: bytes, onto: Oid, edits: Iterable[Edit]) -> Record:
    """Return a report with these follow-ups and post-mortem, the files beside it, and the team's own documents."""
    from git_hotfix.facts.changelog_backlog import written_documents  # noqa: PLC0415  # 100 ms: the documents' words

    files = edit_record(
        content,
        edits,
        path,
        read=lambda other: trees.read_file(facts.repository, onto, other),
        names=lambda folder: trees.names_in(facts.repository, onto, folder),
    )
    content = files[path]
    report = read_report(content, path)
    documents = written_documents(facts, onto, report, content)
    if list(report.recorded_in) != documents.recorded:
        content = set_values(content, {"recorded_in": documents.recorded}, path)
    files |= {**documents.files, path: content}
    return Record(files, tuple(documents.problems), tuple(documents.notes))


def private_report_now(facts: Facts) -> bytes | None:
    """Return the restricted report with all that is known by now; None where none is kept, or it is not published."""
    if facts.private is None or facts.report_problem is not None or not facts.is_published or not facts.is_restricted:
        return None
    known = resolve_report(facts.private, facts.report_path, resolution_of(facts), words_of(facts.config))
    return edit_report(known, facts.memory.edits, facts.report_path)


def report_to_write(facts: Facts, onto: Oid) -> tuple[str, bytes] | None:
    """Return path and content of the report to write on top of a commit: the one there, wherever people moved it.

    Where none is and never was, the one of the hotfix branch. One that was deleted there is not brought back, and the
    one that is kept in the git directory goes where nobody else's is.
    """
    claims = claims_in(facts.repository, onto, facts.config, facts.hotfix)
    if facts.is_kept:
        return (facts.first_report_path, _never_written(facts)) if not claims else None
    path = own_report_in(facts, onto)
    if path is not None:
        content = trees.read_file(facts.repository, onto, path)
        return (path, content) if content is not None else None
    if facts.tip is None or facts.report_path in claims or was_deleted(facts, onto):
        return None
    content = trees.read_file(facts.repository, facts.tip, facts.report_path)
    if content is None and facts.known.branch is not None and facts.memory.wants_report:
        from git_hotfix.facts.merged_branches import report_of_others  # noqa: PLC0415  # seldom

        content = report_of_others(facts, onto, _fix_commits(facts))
    return (facts.report_path, content) if content is not None else None


def _never_written(facts: Facts) -> bytes:
    """Return the report that is kept in the git directory: what a refused record would have written is not written."""
    report, content = facts.report, facts.private or b""
    has_list = report is not None and report.recorded_in
    return set_values(content, {"recorded_in": []}, facts.first_report_path) if has_list else content


def was_deleted(facts: Facts, commit: Oid) -> bool:
    """Return whether a commit has no report, but a commit before it had."""
    if facts.is_kept or own_report_in(facts, commit) is not None:
        return False
    if facts.report_path in claims_in(facts.repository, commit, facts.config, facts.hotfix):
        return False
    since, paths = facts.hotfix.day_before, dict.fromkeys((facts.first_report_path, facts.report_path))
    return any(provenance.versions_of(facts.repository, commit, path, since=since) for path in paths)


def deleted_report(facts: Facts) -> str | None:
    """Return that people deleted the report from the branch that keeps the record; None when they did not."""
    tip = facts.record_tip
    if facts.documented is not None or tip is None or not was_deleted(facts, tip):
        return None
    shown = facts.world.shown(facts.record_branch)
    return f"The report was deleted from '{shown}'; it is not written again. Its last text: git log -p {shown}."


def resolution_of(facts: Facts) -> Resolution:
    """Gather what is known of the publication, the deployment and the targets; nothing is guessed."""
    last = facts.last_publication
    assert last is not None  # noqa: S101  # asked for only once it is published
    if facts.is_landed_again:
        left = tuple(_as_left(facts, each) for each in facts.targets)
        facts = facts.having(**facts.__dict__ | {"targets": left})
    memory = facts.memory
    trailers = facts.merge_trailers
    commits = _fix_commits(facts)
    before = facts.recorded if facts.recorded and facts.recorded.tag == last.tag else None
    known = _time(memory.published_at.get(last.merge))
    published_at = known or history.commit_time(facts.repository, last.merge)  # the nearest that git can tell
    # what the record has stands: two people who finish at once know it to the second only
    first = before.resolved_at if before is not None else None
    resolved_at = when_resolved(facts, first or published_at)
    return Resolution(
        status=_status(facts, resolved_at),
        base=facts.base,
        tag=last.tag,
        other_tags=tuple(name for name, _ in last.tags[1:]),
        production_merge=last.merge,
        published_at=None if before is not None else published_at,
        fix_commits=commits,
        checks_run=(trailers["Tests"],) if "Tests" in trailers else (),
        checks_skipped=trailers.get("Tests-Skipped"),
        verified_by=trailers.get("Verified-By"),
        mitigated_at=_time(memory.mitigated_at),
        resolved_at=resolved_at,
        deployed=_deployed(facts),
        reason=_rolled_back_because(facts),
        forge=forge(facts) if not facts.is_restricted else None,
        targets=tuple(_carried(facts, as_recorded(facts, each)) for each in facts.targets),
        timeline=known_rows(facts, commits),
    )


def _as_left(facts: Facts, target: Target) -> Target:
    """Return a target as the rollback left it: what became of the fix there since is told of what landed it again."""
    if not target.verdict.is_refused or target.method is Method.REVERT:
        return target
    came = arrival(facts, target.branch, facts.publications[-1], target.tip)
    return target if came is None else replace(target, verdict=Verdict.PRESENT, method=came.method, commit=came.commit)


def _carried(facts: Facts, target: Target) -> Carried:
    """Return what became of a target; how the fix would get there is no news while it is not there.

    That it arrived is recorded once: what others build on it later is no reason to write the report again.
    """
    verdict = target.kept or target.verdict  # that it conflicts, only this clone knows
    verdict = Verdict.PRESENT if verdict.is_there else verdict
    method = target.method if verdict.is_there or verdict.is_refused else None
    waiver = facts.waived.get(target.branch) if verdict is Verdict.WAIVED else None
    return Carried(target.branch, str(verdict), method, target.commit, waiver)


def _status(facts: Facts, resolved_at: datetime | None) -> Status | None:
    """Return how it ended; None where others claim that it is deployed: what they wrote stays theirs."""
    if facts.is_rolled_back:
        return Status.ROLLED_BACK
    if facts.deployed.claim is not None:
        return None
    return Status.RESOLVED if resolved_at else Status.OPEN


def _rolled_back_because(facts: Facts) -> str | None:
    """Return the sentence that it was taken back, and why, where a reason was given; None where it was not."""
    last = facts.last_publication
    if last is None or last.rollback is None:
        return None
    words = words_of(facts.config)
    why = facts.rolled_back_because
    tag = words.with_tag.format(tag=last.rollback_tag) if last.rollback_tag else ""
    return words.reason_taken_back.format(commit=last.rollback[:12], tag=tag) + (f": {why}" if why else "")


def _deployed(facts: Facts) -> str | None:
    """Return how it was deployed; None leaves what the report says: who has seen it wrote it there, in more words."""
    stands = facts.deployed
    if facts.is_rolled_back:
        return None  # the fix's own deployment stays recorded; the rollback's is in the timeline
    words = words_of(facts.config)
    if stands.state == "published":
        return words.by_the_push if facts.trigger == "push" else words.by_the_publication
    if stands.known is None or stands.is_from_record or stands.is_back or stands.claim:
        return None
    return deployment_sentence(stands.known, words, readable)


def _fix_commits(facts: Facts) -> tuple[FixCommit, ...]:
    record = facts.record_paths
    oids = [
        oid for each in facts.publications for oid in history.fix_commits(facts.repository, each.fork, each.tip, record)
    ]
    return tuple(
        FixCommit(oid, history.subject(facts.repository, oid), provenance.author_time(facts.repository, oid))
        for oid in oids
    )


def _time(text: str | None) -> datetime | None:
    return clock.from_rfc3339(text) if text else None
