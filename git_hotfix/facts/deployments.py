"""Whether what is in production is deployed: decided only here, by what was seen on this machine or by the record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

from git_hotfix import clock
from git_hotfix.config.keys import Trigger
from git_hotfix.escapes import one_line
from git_hotfix.facts.evidence import claimed_by, recorded_by
from git_hotfix.facts.phrases import deployment_sentence
from git_hotfix.git import history, provenance, trees
from git_hotfix.git.objects import has_object
from git_hotfix.hotfix import HOTFIX_ID, Oid
from git_hotfix.memory import BACK, Deployment

if TYPE_CHECKING:
    from datetime import datetime

    from git_hotfix.config.keys import Deploy
    from git_hotfix.facts.facts import Facts
    from git_hotfix.git.repository import Repository

TRAILER = "Deployed"
"""The trailer of a record commit: a state, the commit that is deployed, when (``-``: unknown), and who reported it.

Who reports it later than it ended is known from then on; that time follows the other after a comma.
"""

WAY = "Deploy"
"""The trailer of a publication that says what deploys it, for clones in which nobody has configured that."""


class Recorded(NamedTuple):
    """What the record says about a deployment (None: it is awaited), and the commit that says so.

    No commit: the report in the git directory says so, which only this machine writes.
    """

    known: Deployment | None
    commit: Oid | None


class Deployed(NamedTuple):
    """Where a deployment stands, and what shows it; ``published`` means that the publication is the end.

    ``taken-back``: ``deploy.rollback`` has run since, and the base still has the fix. ``claimed``: others, who have
    published it too, recorded that their command deployed it, which nothing shows here.
    """

    state: Literal["succeeded", "failed", "begun", "awaited", "published", "taken-back", "claimed", "replaced"]
    evidence: str
    known: Deployment | None = None
    """What was seen here or recorded elsewhere."""
    is_from_record: bool = False
    claim: Deployment | None = None
    """A success that others recorded and that is only their word: it ends nothing here, and takes nothing back."""

    @property
    def is_done(self) -> bool:
        """Whether nobody has to deploy any more."""
        return self.state in {"succeeded", "published"}

    @property
    def is_left(self) -> bool:
        """Whether somebody has to deploy it, as far as anybody knows."""
        return not self.is_done and self.state != "claimed"

    @property
    def is_back(self) -> bool:
        """Whether the last that ran is ``deploy.rollback``, however that ended."""
        return self.known is not None and self.known.is_back


def trigger_in(repository: Repository, deploy: Deploy, tip: Oid | None) -> Trigger:
    """Return what deploys; the guide that makes it a person counts only if the base, whose tip this is, has it."""
    return deploy.trigger_where(has_guide=_has_guide(repository, deploy, tip))


def guide(facts: Facts) -> str | None:
    """Return where a person finds how to deploy; None where the base has no such file."""
    deploy = facts.config.deploy
    return deploy.guide if _has_guide(facts.repository, deploy, facts.base_tip) else None


def _has_guide(repository: Repository, deploy: Deploy, tip: Oid | None) -> bool:
    if tip is None or not has_object(repository, tip):
        return False
    return trees.entry_at(repository, trees.tree_of(repository, tip), deploy.guide) is not None


def trigger_of(facts: Facts) -> Trigger:
    """Return what deploys a hotfix; where nothing is configured here, that is what its publication says."""
    own = trigger_in(facts.repository, facts.config.deploy, facts.base_tip)
    said = facts.merge_trailers.get(WAY) if own == "none" and facts.config.deploy.trigger is None else None
    return next((each for each in get_args(Trigger) if each == said), own)


def deployed(facts: Facts) -> Deployed:
    """Return where the deployment of what is in production stands: the newest that is known, else what is awaited.

    The word "resolved" in a report is no evidence, and where a command of this clone deploys, neither is a success
    that others recorded: who may push to the branch of the record can record one.
    """
    recorded, here = facts.recorded_deployment, facts.memory.last_run_on(facts.in_production)
    told = recorded.known if recorded is not None else None
    if recorded is None or told is None or (here is not None and not _is_newer(recorded, here, facts.at)):
        return _as_known(here) if here is not None else _awaited(facts, recorded)
    if recorded.commit is None or not _is_claim(facts, told, here):
        return _as_known(told, f"; {_recorded_by(facts, recorded.commit)}", is_from_record=True)
    if here is not None:
        stands = _as_known(here)
    elif facts.memory.has_published(told.merge):  # by itself nobody else deploys it
        stands = _awaited(facts, None)
    else:
        stands = Deployed("claimed", "not seen here", told, is_from_record=True)
    what = f"was {_as_known(told).evidence}" if told.is_back else deployment_sentence(told)
    claimed = claimed_by(facts, f"that it {what}", recorded.commit)
    return stands._replace(evidence=f"{stands.evidence}; {claimed}", claim=told if not stands.is_done else None)


def _is_claim(facts: Facts, told: Deployment, here: Deployment | None) -> bool:
    """Return whether what others recorded is only their word, by what was seen here before.

    A failure here is not undone by it. Where a command deploys (or what deploys is unknown), a success is seen where
    the command runs: only there it ends a deployment, and nobody's word takes it back. Where people deploy, or a push,
    their report is all there is.
    """
    if _is_success(told) and here is not None and here.state != "succeeded":
        return True
    by_command = facts.trigger == "command" or facts.settings.is_in_doubt("deploy.")
    return by_command and (_is_success(told) or (here is not None and _is_success(here)))


def _is_success(known: Deployment) -> bool:
    return known.state == "succeeded" and not known.is_back


def _awaited(facts: Facts, recorded: Recorded | None) -> Deployed:
    """Return what is awaited where nothing is known; ``recorded`` is that others await it too."""
    deploy = facts.config.deploy
    if facts.settings.is_in_doubt("deploy."):
        return Deployed("awaited", "unknown how: the configuration is broken")
    match facts.trigger:
        case "command":
            unknown = "by a command not configured here; then run: git hotfix deploy --done"
            return Deployed("awaited", f"not run: {deploy.command}" if deploy.command else unknown)
        case "push" if deploy.check:
            return Deployed("awaited", f"not checked: {deploy.check}")
        case "manual":
            return Deployed("awaited", "deploy it, then run: git hotfix deploy --done")
        case _ if recorded is not None:
            return Deployed("awaited", f"not yet; {_recorded_by(facts, recorded.commit)}")
        case "push":
            return Deployed("published", "by the push")
        case _ if (back := back_without_an_end(facts)) is not None:
            return _as_known(back)
        case _:
            return Deployed("published", "no deployment is configured")


def _as_known(known: Deployment, source: str = "", *, is_from_record: bool = False) -> Deployed:
    """Return where it stands by what is known of the last run; ``source`` ends the evidence."""
    if not known.is_back:
        return Deployed(known.state, f"{deployment_sentence(known)}{source}", known, is_from_record)
    if known.state == "succeeded":
        return Deployed("taken-back", f"rolled back by {BACK} ({known.known_at}){source}", known, is_from_record)
    return Deployed(known.state, f"{BACK} {deployment_sentence(known)}{source}", known, is_from_record)


def back_without_an_end(facts: Facts) -> Deployment | None:
    """Return the ``deploy.rollback`` of a fix that is out of its base, where it failed or its end is unknown."""
    last = facts.last_publication
    back = facts.memory.deployment_of(last.merge, is_rollback=True) if last is not None and last.rollback else None
    return back if back is not None and back.state != "succeeded" else None


def resolved_at(facts: Facts, published_at: datetime) -> datetime | None:
    """Return when production had the fix, as far as is known; None when unknown, and once it is taken back."""
    if facts.is_rolled_back:
        return None
    match facts.deployed.state:
        case "succeeded":
            return _ended(facts.deployed.known)
        case "published":
            return published_at
        case "failed" | "begun" | "awaited" | "taken-back" | "claimed" | "replaced":
            return None


def first_end(facts: Facts) -> datetime | None:
    """Return when a deployment ended by what is known, else claimed: who says that once more moves no time."""
    stands, made = facts.deployed, facts.in_production_since
    ended = _ended(stands.known if stands.state == "succeeded" else stands.claim)
    return ended if ended is not None and (made is None or made <= ended <= facts.at) else None


def deployment_trailers(facts: Facts) -> tuple[tuple[str, str], ...]:
    """Return the trailer that tells other clones of the deployment; none where the publication is the end.

    What a commit tells already is not told again: who wrote that commit is the one who knew.
    """
    stands, commit, recorded = facts.deployed, facts.in_production, facts.recorded_deployment
    if stands.state == "published" or commit is None:
        return ()
    if stands.claim or (recorded is not None and recorded.commit is not None and _tells(recorded, stands)):
        return ()
    known = stands.known
    when = ((known.ended_at or known.began_at) if known else None) or "-"
    if known is not None and known.told_at is not None:
        when += f",{known.told_at}"
    return ((TRAILER, one_line(f"{stands.state} {commit} {when} {(known.by or '') if known else ''}")),)


def _tells(recorded: Recorded, stands: Deployed) -> bool:
    """Return whether the record says of a deployment where it stands."""
    if recorded.known is None:
        return stands.state == "awaited"
    return stands.is_from_record or (stands.known is not None and _is_same(recorded.known, stands.known))


def recorded_deployment(facts: Facts) -> Recorded | None:
    """Return the newest word of the record on the deployment of what is in production; None where it has none.

    A commit of the record changes the report of this hotfix; its trailers name the hotfix and what is in production.
    That one is awaited unsays nothing that was recorded before: else anybody could let it be deployed once more.
    """
    commit, last, tip = facts.in_production, facts.last_publication, facts.record_tip
    if commit is None or last is None:
        return None
    awaited: Recorded | None = None
    if tip is not None:
        for each in provenance.commits_with_trailer(facts.repository, last.merge, tip, HOTFIX_ID, str(facts.hotfix)):
            trailers = history.trailers(facts.repository, each)
            told = next((found for key, value in trailers if key == TRAILER and (found := _read(value, commit))), None)
            if told is None or recorded_by(facts, each) is None:
                continue
            if told.known is not None:
                return Recorded(told.known, each)
            awaited = awaited or Recorded(None, each)
    awaits = facts.trigger in {"command", "manual"} or facts.config.deploy.check
    kept = facts.report if facts.private is not None and awaits else None
    if kept is not None and kept.resolved_at is not None and kept.tag == last.tag and not facts.is_rolled_back:
        return Recorded(Deployment(commit, "succeeded", None, clock.rfc3339(kept.resolved_at), None), None)
    return awaited


def _read(value: str, commit: Oid) -> Recorded | None:
    """Return what a trailer says about the deployment of this commit; None if it is about another, or not readable."""
    state, merge, when, who = (*value.split(" ", 3), "", "", "", "")[:4]
    when, _, later = when.partition(",")
    time, told_at = (each if each not in {"", "-"} else None for each in (when, later))
    if merge != commit or not when or any(clock.from_rfc3339(each) is None for each in (time, told_at) if each):
        return None
    match state:
        case "succeeded" | "failed" | "replaced":
            return Recorded(Deployment(commit, state, None, time, None, by=who or None, told_at=told_at), None)
        case "begun":
            return Recorded(Deployment(commit, state, time, None, None), None)
        case "taken-back":
            return Recorded(Deployment(commit, "succeeded", None, time, None, key=BACK), None)
        case "awaited":
            return Recorded(None, None)
        case _:
            return None


def _recorded_by(facts: Facts, commit: Oid | None) -> str:
    if commit is None:
        return "recorded in the report in the git directory"
    return f"recorded by {provenance.committer_name(facts.repository, commit)} in {commit[:7]}"


def _is_newer(recorded: Recorded, here: Deployment, now: datetime) -> bool:
    """Return whether the record says something other than what was seen here, known later than that and before now.

    When it was recorded does not matter: others record again what they have known for long.
    """
    told = recorded.known
    if told is None or recorded.commit is None or _is_same(told, here):
        return False
    then, seen = (clock.from_rfc3339(each.known_at or "") for each in (told, here))
    return seen is None or (then is not None and seen < then <= now)


def _is_same(told: Deployment, here: Deployment) -> bool:
    return (told.state, told.is_back, _ended(told)) == (here.state, here.is_back, _ended(here))


def _ended(known: Deployment | None) -> datetime | None:
    when = (known.ended_at or known.began_at) if known is not None else None
    return clock.from_rfc3339(when) if when else None


def is_unfinished(facts: Facts) -> bool:
    """Return whether a published hotfix is lost, or not everywhere or not deployed; what was taken back is meant."""
    left = any(not each.verdict.is_refused for each in facts.pending)
    back = facts.memory.pending_rollback is not None and not facts.is_rolled_back
    return facts.lost is not None or (facts.is_published and (left or back or facts.deployed.is_left))
