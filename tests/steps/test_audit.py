"""What of a hotfix is missing, decided on facts made by hand."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from git_hotfix.errors import ExitCode
from git_hotfix.facts.deployments import Deployed
from git_hotfix.facts.hotfixes import Known
from git_hotfix.facts.publications import NO_TAG, TAG
from git_hotfix.hotfix import BranchName, Verdict
from git_hotfix.memory import Deployment, Memory, Waiver
from git_hotfix.record.followups import FollowUp
from git_hotfix.record.incident import Status
from git_hotfix.steps.audit import audit
from tests.support.facts import (
    BASE_TIP,
    FIX,
    HOTFIX,
    LINE,
    LOST,
    MERGE,
    NOON,
    PUBLICATION,
    TIP,
    ended,
    facts,
    published,
    report,
    rolled_back,
    target,
    with_branch,
    world,
)

if TYPE_CHECKING:
    from git_hotfix.facts.facts import Facts
    from git_hotfix.facts.targets import Target

PATH = f"docs/incidents/{HOTFIX.report_name()}"
NOWHERE = with_branch(world())
WHOLE = report(status=Status.RESOLVED, resolved_at=NOON, tag="hotfix-20260117-1200", recorded_in=("NEWS",))
LATE = FollowUp("20260117-auth/1", "Test it", "rfc", due=NOON.date() - timedelta(days=1))
CLAIMED = Deployed("claimed", "not seen here; claimed by 7777, Bob")
WAIVED = {BranchName("main"): Waiver(str(HOTFIX), "main", "It stays so", "Kim", NOON.isoformat())}
STAYS = Waiver(str(HOTFIX), "develop", "Harmless there", "Kim", NOON.isoformat())
FAILED = Memory(deployments=(Deployment(MERGE, "failed", NOON.isoformat(), NOON.isoformat(), "make"),))


def written(told: Any) -> dict[str, Any]:
    return {"_documented": (PATH, told, None), "report": told}


def done(**more: Any) -> Facts:
    """Return a hotfix about which nothing is left, but for what is said otherwise."""
    return published(**{"world": NOWHERE, **written(WHOLE), "targets": (target(verdict=Verdict.PRESENT),)} | more)


def back_with(on_develop: Target, **more: Any) -> Facts:
    """Return a hotfix that was rolled back, about which nothing else is left than what one target says."""
    told = written(replace(WHOLE, status=Status.ROLLED_BACK, resolved_at=None))
    return rolled_back(**{"world": NOWHERE, "targets": (on_develop,), "waived": {}, **told} | more)


def by_hand(made: Facts) -> Facts:
    return replace_known(made, Known(HOTFIX, TIP, None, branch=BranchName("hotfix/1.0.1")))


def replace_known(made: Facts, known: Known) -> Facts:
    kept = dict(made.__dict__)
    return made.having(known=known, **kept)


def found(made: Facts) -> list[str]:
    """Return what is missing, by its code; ``open`` where nothing has to be done yet."""
    told = audit(made, {})
    assert all(each.exit_code is ExitCode.GAP and each.remedy.words for each in told.problems)
    return [*(each.code for each in told.problems), *[told.stands] * (told.stands != "complete")]


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (done(), []),
        (done(targets=(target(verdict=Verdict.WAIVED), target(LINE, Verdict.MODIFIED))), []),
        (done(targets=(target(verdict=Verdict.REVERTED), target(LINE))), ["target-pending", "target-pending"]),
        (done(targets=(target(verdict=Verdict.UNKNOWN),)), ["target-unknown"]),
        (done(only_alike=PUBLICATION), ["only-alike"]),
        (done(only_alike=PUBLICATION, told_in_tag="Kim says so"), []),  # as where no branch is left to compare with
        (done(undone_in_base="It was undone there by 999999999999"), ["undone"]),
        (done(memory=FAILED), ["not-deployed"]),
        (done(deployed=CLAIMED), []),
        # the tag
        (done(publications=(replace(PUBLICATION, tags=()),)), ["not-tagged"]),
        (done(publications=(replace(PUBLICATION, tags=()),), merge_trailers=dict([NO_TAG])), []),
        # what is missing on the base, waived: not what is still to be cleaned up, nor what a target lacks
        (done(publications=(replace(PUBLICATION, tags=()),), record_tip=None, waived=WAIVED), ["waived"]),
        (
            done(world=with_branch(world(), TIP), targets=(target(),), record_tip=None, waived=WAIVED),
            ["branch-left", "target-pending", "waived"],
        ),
        (facts(branch_tip=None, world=NOWHERE, record_tip=None, waived=WAIVED), ["waived"]),
        # the report and what belongs to it
        (done(**written(None)), ["no-report"]),
        (done(**written(None), began_without_report=True), []),
        (done(**written(None), began_without_report=True, deleted_report="It was deleted."), ["no-report"]),
        (done(**written(replace(WHOLE, status=Status.OPEN, resolved_at=None))), ["report-incomplete"]),
        (done(**written(replace(WHOLE, tag="hotfix-20260101-0000"))), ["report-incomplete"]),
        (done(**written(replace(WHOLE, resolved_at=NOON.replace(year=2020)))), ["report-incomplete"]),
        (done(**written(replace(WHOLE, recorded_in=())), record_is_due=True), ["record-due"]),
        (done(misfiled="'NEWS' has it under '1.2.0', and the tag '1.2.0' does not have the fix."), ["misfiled"]),
        (done(removed_entry="The record was written in 'NEWS', which does not name it."), ["record-removed"]),
        (done(follow_ups=(LATE,)), ["follow-up-overdue"]),
        (done(follow_ups=(LATE._replace(is_done=True), LATE._replace(due=NOON.date()))), []),
        (by_hand(done(**written(None))), []),
        # the branch
        (done(world=with_branch(world(), TIP)), ["branch-left"]),
        (done(world=with_branch(world(), None, TIP)), ["branch-left"]),
        # more commits on it: what is published has to be everywhere all the same
        (done(world=with_branch(world(), TIP), fix=FIX, targets=(target(),)), ["target-pending", "open"]),
        # not published, closed, taken back, lost
        (facts(), ["open"]),
        (facts(branch_tip=None, world=NOWHERE), ["not-published"]),
        (facts(lost=LOST), ["not-published"]),
        (facts(has=lambda oid: oid != BASE_TIP), ["not-seen"]),
        (facts(branch_tip=None, world=NOWHERE, has=lambda oid: oid != BASE_TIP), ["not-seen"]),
        (ended(fix=None, tip=None, branch_tip=None, world=NOWHERE), []),
        (back_with(target(verdict=Verdict.REVERTED)), []),
        # taken back, while a branch has it, which brings it back with the next release: until somebody decides
        (back_with(target(verdict=Verdict.PRESENT)), ["target-undecided"]),
        (back_with(target(verdict=Verdict.PRESENT), waived={BranchName("develop"): STAYS}), []),
        (back_with(target(verdict=Verdict.PRESENT), is_landed_again=True), []),
        (back_with(replace(target(verdict=Verdict.PRESENT), is_own=True)), []),
    ],
)
def test_what_is_missing(made: Facts, expected: list[str]) -> None:
    assert found(made) == expected


def test_any_tag_on_a_merge_that_names_none_is_its_tag() -> None:
    others: dict[str, Any] = {"publications": (replace(PUBLICATION, tags=()),)}
    others["tags_on"] = lambda commit: ("1.0.1",) * (commit == MERGE)
    assert found(done(**others)) == []
    assert found(done(**others, merge_trailers={TAG: "hotfix-20260117-1200"})) == ["not-tagged"]
