"""The written record after publication: what is known by now, and whether the report already says it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from git_hotfix import clock
from git_hotfix.git import history, provenance, trees
from git_hotfix.git.objects import has_object
from git_hotfix.git.world import target_tip
from git_hotfix.hotfix import Oid, Verdict
from git_hotfix.record.frontmatter import set_values
from git_hotfix.record.incident import Carried, FixCommit, Resolution, Status, Visibility
from git_hotfix.record.report import read_report
from git_hotfix.record.report_edits import edit_record, edit_report
from git_hotfix.record.resolution import resolve_report
from git_hotfix.record.waivers import FILE_NAME, add_waivers
from git_hotfix.record.words import words_of
from git_hotfix.workflow.again import earlier_reports
from git_hotfix.workflow.plan import KeepReport
from git_hotfix.workflow.publications import day_before
from git_hotfix.workflow.situation import record_paths, report_path_in
from git_hotfix.workflow.timeline import arrival, known_rows
from git_hotfix.workflow.wording import deployment_said, readable

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from git_hotfix.errors import Problem
    from git_hotfix.git.repository import Repository
    from git_hotfix.memory import Edit
    from git_hotfix.record.incident import Report
    from git_hotfix.workflow.ledgers import Ledgers
    from git_hotfix.workflow.situation import Situation
    from git_hotfix.workflow.targets import Target


def record_is_due(repository: Repository, situation: Situation) -> bool:
    """Return whether the record can be written now and does not say yet what is known."""
    if not situation.is_published or why_record_waits(situation) is not None:
        return False
    tip = target_tip(situation.world, situation.record_branch)
    if tip is None:
        return False
    written = written_record(repository, situation, tip)
    return any(content != trees.read_file(repository, tip, path) for path, content in written.files.items())


def record_gaps(repository: Repository, situation: Situation) -> tuple[Problem, ...]:
    """Return the files beside the report that cannot be written: each with why, and the line to add by hand."""
    tip = target_tip(situation.world, situation.record_branch)
    if not situation.is_published or tip is None or why_record_waits(situation) is not None:
        return ()
    return written_record(repository, situation, tip).problems


def why_record_waits(situation: Situation) -> str | None:
    """Say why the record is not written yet; None when nothing holds it.

    It goes to develop with the fix, or alone when develop was skipped. Without a develop branch it goes to
    production after the deployment, and where a push deploys it is held (``documents.publish``): a record must
    not deploy production again.
    """
    develop = situation.roles.develop
    if situation.is_restricted:
        return f"it is restricted: git hotfix document --disclose {situation.hotfix} writes it"
    if develop is not None and develop != situation.base and situation.is_rolled_back:
        return None  # it must be known there too, whether the fix was or not
    if develop is not None and develop != situation.base:
        target = next((each for each in situation.targets if each.branch == develop), None)
        if target is None or target.verdict not in {Verdict.PRESENT, Verdict.WAIVED}:
            return f"it is written to '{develop}' together with the fix"
        return None
    deploy = situation.config.deploy
    if is_held(situation):
        return "it is held (documents.publish): it goes out with the next publication, or by git hotfix document --push"
    deployment = situation.deployment
    if deploy.effective_trigger == "command" and (deployment is None or deployment.state != "succeeded"):
        return "it is written after the deployment has succeeded"
    return None


def is_held(situation: Situation) -> bool:
    """Return whether records of this base go out with a later publication only: a push there deploys."""
    if situation.roles.develop not in {None, situation.base}:
        return False
    publish = situation.config.documents.publish
    return publish == "hold" or (publish is None and situation.config.deploy.effective_trigger == "push")


class Record(NamedTuple):
    """The files of the record by path, what could not be written, and what a person should know."""

    files: dict[str, bytes]
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()


def written_record(repository: Repository, situation: Situation, onto: Oid) -> Record:
    """Return the record as it should be on top of a commit: report, changelog, backlog, waivers."""
    from git_hotfix.workflow import ledgers as books  # noqa: PLC0415  # 100 ms: the documents' words

    files: dict[str, bytes] = {}
    ledgers = books.Ledgers()
    if found := report_to_write(repository, situation, onto):
        path, content = found
        content = resolve_report(content, path, resolution_of(repository, situation), words_of(situation.config))
        files = edited_record(repository, path, content, onto, situation.memory.edits)
        content = files[path]
        report = read_report(content, path)
        ledgers = books.written_ledgers(repository, situation, onto, report, content)
        files |= _with_ledgers(path, content, report, ledgers)
    files |= earlier_reports(repository, situation, onto)
    if situation.waived:
        path = f"{situation.config.incident.directory}/{FILE_NAME}"
        files[path] = add_waivers(trees.read_file(repository, onto, path), situation.waived.values())
    return Record(files, tuple(ledgers.problems), tuple(ledgers.notes))


def closed_record(
    repository: Repository, situation: Situation, path: str, content: bytes, onto: Oid, edits: Iterable[Edit]
) -> Record:
    """Return the record of a hotfix that shipped no code: its report with these edits, follow-ups in the backlog."""
    from git_hotfix.workflow import ledgers as books  # noqa: PLC0415  # as above

    files = edited_record(repository, path, content, onto, edits)
    content = files[path]
    report = read_report(content, path)
    ledgers = books.written_follow_ups(repository, situation, onto, report, content)
    files |= _with_ledgers(path, content, report, ledgers)
    return Record(files, tuple(ledgers.problems), tuple(ledgers.notes))


def _with_ledgers(path: str, content: bytes, report: Report, ledgers: Ledgers) -> dict[str, bytes]:
    """Return the team's own files, and the report that says what was written there."""
    if list(report.recorded_in) != ledgers.recorded:
        content = set_values(content, {"recorded_in": ledgers.recorded}, path)
    return {**ledgers.files, path: content}


def kept_report(repository: Repository, situation: Situation) -> KeepReport | None:
    """Return the step that brings a report in the git directory up to date, or deletes it once it is published."""
    private = situation.private
    if private is None or situation.report_problem is not None or not situation.is_published:
        return None
    if not situation.is_restricted:
        said = situation.documented
        return KeepReport(None) if said is not None and said.visibility is Visibility.PUBLIC else None
    words = words_of(situation.config)
    known = resolve_report(private, situation.report_path, resolution_of(repository, situation), words)
    known = edit_report(known, situation.memory.edits, situation.report_path)
    return KeepReport(known) if known != private else None


def edited_record(
    repository: Repository, path: str, content: bytes, onto: Oid, edits: Iterable[Edit]
) -> dict[str, bytes]:
    """Return the report with follow-ups and a post-mortem written, and the files beside it, by path."""
    return edit_record(
        content,
        edits,
        path,
        read=lambda other: trees.read_file(repository, onto, other),
        names=lambda folder: trees.names_in(repository, onto, folder),
    )


def report_to_write(repository: Repository, situation: Situation, onto: Oid) -> tuple[str, bytes] | None:
    """Return path and content of the report to write on top of a commit: the one there, wherever people moved it.

    Where none is and never was, the one of the hotfix branch. One that was deleted there is not brought back.
    """
    path = report_path_in(repository, onto, situation.config, situation.hotfix)
    if path is not None:
        content = trees.read_file(repository, onto, path)
        return (path, content) if content is not None else None
    if situation.private is not None:
        return situation.report_path, situation.private
    if situation.tip is None or was_deleted(repository, situation, onto):
        return None
    content = trees.read_file(repository, situation.tip, situation.report_path)
    return (situation.report_path, content) if content is not None else None


def was_deleted(repository: Repository, situation: Situation, commit: Oid) -> bool:
    """Return whether a commit has no report, but a commit before it had."""
    if report_path_in(repository, commit, situation.config, situation.hotfix) is not None:
        return False
    first = f"{situation.config.incident.directory}/{situation.hotfix.report_name()}"
    paths = tuple(dict.fromkeys((first, situation.report_path)))
    return provenance.ever_had(repository, commit, paths, since=day_before(situation.hotfix))


def told_deleted(repository: Repository, situation: Situation) -> str | None:
    """Say that people deleted the report from the branch that keeps the record; None when they did not."""
    tip = target_tip(situation.world, situation.record_branch)
    if situation.documented is not None or tip is None or not has_object(repository, tip):
        return None
    if not was_deleted(repository, situation, tip):
        return None
    shown = situation.world.shown(situation.record_branch)
    return f"The report was deleted from '{shown}'; it is not written again. What it said: git log -p {shown}."


def resolution_of(repository: Repository, situation: Situation) -> Resolution:
    """Gather what is known of the publication, the deployment and the targets; nothing is guessed."""
    last = situation.last_publication
    assert last is not None  # noqa: S101  # asked for only once it is published
    memory = situation.memory
    told = dict(history.trailers(repository, last.merge))
    commits = _fix_commits(repository, situation)
    before = situation.recorded if situation.recorded and situation.recorded.tag == last.tag else None
    published_at = None  # what the record says stands: two people who finish at once know it to the second only
    if before is None:
        known = _time(memory.published_at.get(last.merge))
        published_at = known or history.commit_time(repository, last.merge)  # the nearest that git can tell
    resolved_at = _resolved_at(situation, published_at)
    if situation.is_rolled_back or (situation.deployment is None and before is not None):
        resolved_at = before.resolved_at if before else None  # what was known when it was written
    return Resolution(
        status=_status(situation, resolved_at),
        base=situation.base,
        tag=last.tag,
        production_merge=last.merge,
        published_at=published_at,
        fix_commits=commits,
        checks_run=(told["Tests"],) if "Tests" in told else (),
        checks_skipped=told.get("Tests-Skipped"),
        verified_by=told.get("Verified-By"),
        mitigated_at=_time(memory.mitigated_at),
        resolved_at=resolved_at,
        deployed=_deployed(situation),
        reason=_rolled_back_because(repository, situation),
        targets=tuple(_carried(repository, situation, each) for each in situation.targets),
        timeline=known_rows(repository, situation, commits),
    )


def _carried(repository: Repository, situation: Situation, target: Target) -> Carried:
    """Say what became of a target; how the fix would get there is no news while it is not there."""
    verdict = Verdict.PRESENT if target.keeps_the_fix else target.verdict  # that it conflicts, only this clone knows
    method, commit = target.method if verdict in {Verdict.PRESENT, Verdict.REVERTED} else None, target.commit
    if verdict is Verdict.PRESENT and method is None and (found := arrival(repository, situation, target)):
        commit, method = found
    said = situation.waived.get(target.branch) if verdict is Verdict.WAIVED else None
    by, reason = (said.by, said.reason) if said else (None, None)
    return Carried(target.branch, str(verdict), method, commit, by, reason)


def _status(situation: Situation, resolved_at: datetime | None) -> Status:
    if situation.is_rolled_back:
        return Status.ROLLED_BACK
    return Status.RESOLVED if resolved_at else Status.OPEN


def _rolled_back_because(repository: Repository, situation: Situation) -> str | None:
    """Say in the Resolution that it was taken back, and why, if somebody said so."""
    last = situation.last_publication
    if last is None or last.rollback is None:
        return None
    words = words_of(situation.config)
    told = dict(history.trailers(repository, last.rollback)).get("Rollback-Because")
    tag = words.with_tag.format(tag=last.rollback_tag) if last.rollback_tag else ""
    return words.reason_taken_back.format(commit=last.rollback[:12], tag=tag) + (f": {told}" if told else "")


def _resolved_at(situation: Situation, published_at: datetime | None) -> datetime | None:
    deployment = situation.deployment
    if deployment is not None:
        return _time(deployment.ended_at) if deployment.state == "succeeded" else None
    deploy = situation.config.deploy
    is_awaited = deploy.effective_trigger == "command" or (deploy.effective_trigger == "push" and deploy.check)
    return None if is_awaited else published_at


def _deployed(situation: Situation) -> str | None:
    if situation.is_rolled_back:
        return None  # what is said of the fix's own deployment stays; the rollback's is in the timeline
    words = words_of(situation.config)
    said = deployment_said(situation, words, readable)
    if said is None and situation.config.deploy.effective_trigger == "push" and not situation.config.deploy.check:
        return words.by_the_push
    return said


def _fix_commits(repository: Repository, situation: Situation) -> tuple[FixCommit, ...]:
    record = record_paths(situation.config)
    oids = [
        oid for each in situation.publications for oid in history.fix_commits(repository, each.fork, each.tip, record)
    ]
    return tuple(
        FixCommit(oid, history.subject(repository, oid), provenance.author_time(repository, oid)) for oid in oids
    )


def _time(text: str | None) -> datetime | None:
    return clock.from_rfc3339(text) if text else None
