"""The written record after publication: what is known by now, and whether the report already says it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from git_hotfix import clock
from git_hotfix.hotfix import Oid, Verdict
from git_hotfix.incident.record import Carried, FixCommit, Resolution, Status
from git_hotfix.incident.resolution import resolve_report
from git_hotfix.incident.timeline import Row
from git_hotfix.incident.waivers import FILE_NAME, add_waivers
from git_hotfix.repository import history, provenance, trees
from git_hotfix.repository.reading import target_tip
from git_hotfix.workflow.situation import record_paths

if TYPE_CHECKING:
    from datetime import datetime

    from git_hotfix.hotfix import Publication
    from git_hotfix.memory import Deployment, Memory
    from git_hotfix.repository.opening import Repository
    from git_hotfix.workflow.situation import Situation
    from git_hotfix.workflow.targets import Target


def record_is_due(repository: Repository, situation: Situation) -> bool:
    """Tell whether the record can be written now and does not say yet what is known."""
    if not situation.is_published or why_record_waits(situation) is not None:
        return False
    tip = target_tip(situation.world, situation.record_branch)
    if tip is None:
        return False
    written = written_record(repository, situation, tip)
    return any(content != trees.read_file(repository, tip, path) for path, content in written.items())


def why_record_waits(situation: Situation) -> str | None:
    """Say why the record is not written yet; None when nothing holds it.

    It goes to develop with the fix, or alone when develop was skipped. Without a develop branch it goes to
    production after the deployment, and where a push deploys it is held (``documents.publish``): a record must
    not deploy production again.
    """
    develop = situation.roles.develop
    if develop is not None and develop != situation.base and situation.is_rolled_back:
        return None  # it must be known there too, whether the fix was or not
    if develop is not None and develop != situation.base:
        target = next((each for each in situation.targets if each.branch == develop), None)
        if target is None or target.verdict not in {Verdict.PRESENT, Verdict.WAIVED}:
            return f"it is written to '{develop}' together with the fix"
        return None
    deploy = situation.config.deploy
    publish = situation.config.documents.publish
    if publish == "hold" or (publish is None and deploy.effective_trigger == "push"):
        return "it is held, because a push to production deploys (documents.publish)"
    deployment = situation.deployment
    if deploy.effective_trigger == "command" and (deployment is None or deployment.state != "succeeded"):
        return "it is written after the deployment has succeeded"
    return None


def written_record(repository: Repository, situation: Situation, onto: Oid) -> dict[str, bytes]:
    """Give the files of the record as they should be on top of a commit, by path: report and waivers."""
    files: dict[str, bytes] = {}
    content = trees.read_file(repository, onto, situation.report_path)
    if content is None and situation.tip is not None:
        content = trees.read_file(repository, situation.tip, situation.report_path)
    if content is not None:
        resolution = resolution_of(repository, situation)
        files[situation.report_path] = resolve_report(content, situation.report_path, resolution)
    if situation.waived:
        path = f"{situation.config.incident.directory}/{FILE_NAME}"
        files[path] = add_waivers(trees.read_file(repository, onto, path), situation.waived.values())
    return files


def resolution_of(repository: Repository, situation: Situation) -> Resolution:
    """Gather what is known of the publication, the deployment and the targets; nothing is guessed."""
    last = situation.last_round
    assert last is not None  # noqa: S101  # asked for only once it is published
    memory = situation.memory
    told = dict(history.trailers(repository, last.merge))
    commits = _fix_commits(repository, situation)
    before = situation.documented if situation.documented and situation.documented.tag == last.tag else None
    published_at = _time(memory.published_at.get(last.merge))
    if published_at is None and before is None:
        published_at = history.commit_time(repository, last.merge)  # the nearest that git can tell
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
        targets=tuple(_carried(each) for each in situation.targets),
        timeline=_rows(repository, situation, commits, published_at),
    )


def _carried(target: Target) -> Carried:
    """Say what became of a target; how the fix would get there is no news while it is not there."""
    verdict = Verdict.PRESENT if target.keeps_the_fix else target.verdict  # that it conflicts, only this clone knows
    state = f"{verdict} ({target.evidence})" if verdict is Verdict.WAIVED else str(verdict)
    method = target.method if verdict in {Verdict.PRESENT, Verdict.REVERTED} else None
    return Carried(target.branch, state, method, target.commit)


def _status(situation: Situation, resolved_at: datetime | None) -> Status:
    if situation.is_rolled_back:
        return Status.ROLLED_BACK
    return Status.RESOLVED if resolved_at else Status.OPEN


def _rolled_back_because(repository: Repository, situation: Situation) -> str | None:
    """Say in the Resolution that it was taken back, and why, if somebody said so."""
    last = situation.last_round
    if last is None or last.rollback is None:
        return None
    told = dict(history.trailers(repository, last.rollback)).get("Rollback-Because")
    tag = f", tag {last.rollback_tag}" if last.rollback_tag else ""
    return f"taken back by {last.rollback[:12]}{tag}" + (f": {told}" if told else "")


def deployment_said(situation: Situation) -> str | None:
    """Say how the deployment ended, with its time; None when nothing is known here."""
    deployment = situation.deployment
    if deployment is None:
        return None
    by = f" (told by {deployment.by})" if deployment.by else f" ({deployment.command})" if deployment.command else ""
    match deployment.state:
        case "succeeded":
            return f"succeeded {deployment.ended_at or 'at an unknown time'}{by}"
        case "failed":
            return f"failed {deployment.ended_at or 'at an unknown time'}{by}"
        case "begun":
            return f"began {deployment.began_at}, its end is not known{by}"


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
    said = deployment_said(situation)
    if said is None and situation.config.deploy.effective_trigger == "push" and not situation.config.deploy.check:
        return "by the push"
    return said


def _fix_commits(repository: Repository, situation: Situation) -> tuple[FixCommit, ...]:
    record = record_paths(situation.config)
    oids = [oid for each in situation.rounds for oid in history.fix_commits(repository, each.fork, each.tip, record)]
    return tuple(
        FixCommit(oid, history.subject(repository, oid), provenance.author_time(repository, oid)) for oid in oids
    )


def _rows(
    repository: Repository, situation: Situation, commits: tuple[FixCommit, ...], published_at: datetime | None
) -> tuple[Row, ...]:
    last = situation.last_round
    assert last is not None  # noqa: S101  # as above
    rows = [Row(each.when, f"Fix committed: {each.subject}", "git") for each in commits]
    tag = f", tag {last.tag}" if last.tag else ""
    if published_at is not None:
        rows.append(Row(published_at, f"Published to {situation.base}{tag}", "git-hotfix"))
    if last.rollback is not None:  # before its deployment, which may end in the same second
        when = history.commit_time(repository, last.rollback)
        rows.append(Row(when, f"Rolled back on {situation.base}", "git-hotfix"))
    for deployment in situation.memory.deployments:
        ended = _time(deployment.ended_at)
        if ended is not None:
            what = _named(deployment, last)
            rows.append(Row(ended, f"{what} {deployment.state}", deployment.by or "git-hotfix"))
    return (*rows, *queued_rows(situation.memory))


def _named(deployment: Deployment, last: Publication) -> str:
    if deployment.key == "deploy.rollback":
        return f"{deployment.command}:"
    return "Deployment of the rollback" if deployment.merge == last.rollback else "Deployment"


def queued_rows(memory: Memory) -> tuple[Row, ...]:
    """Give the rows that were queued until the next commit of documents."""
    return tuple(Row(when, row.event, row.source) for row in memory.rows if (when := _time(row.when)))


def _time(text: str | None) -> datetime | None:
    return clock.from_rfc3339(text) if text else None
