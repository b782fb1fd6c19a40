"""Which branches a backport goes to and how, whether the record goes with it, what is shown and what is missing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from git_hotfix.config.keys import Config, Deploy, Documents
from git_hotfix.engine.step import Refusal
from git_hotfix.errors import command, wrong_input
from git_hotfix.git.resolutions import resolution_ref
from git_hotfix.git.world import Roles
from git_hotfix.hotfix import BranchName, Method, Oid, Verdict
from git_hotfix.memory import Conflict, Deployment, Memory
from git_hotfix.steps.backport import Backport
from git_hotfix.steps.backport_targets import predicted_conflicts
from git_hotfix.steps.request import Request, RollbackRequest
from tests.support.facts import (
    BASE_TIP,
    DEVELOP,
    FIX,
    HOTFIX,
    LINE,
    MAIN,
    MERGE,
    NOON,
    TAKEN_BACK,
    TIP,
    asked_anew,
    ended,
    facts,
    oid,
    published,
    report_with,
    rolled_back,
    row,
    shown,
    target,
    told,
    world,
)

if TYPE_CHECKING:
    from git_hotfix.facts.facts import Facts
    from git_hotfix.facts.targets import Target

PENDING, PRESENT, CONFLICT = Verdict.PENDING, Verdict.PRESENT, Verdict.CONFLICT
MERGED, PICKED = Method.MERGE, Method.PICK
TO_DEVELOP, TO_LINE = target(method=MERGED), target(LINE, method=PICKED)
HAS_DEVELOP, HAS_LINE = target(verdict=PRESENT), target(LINE, PRESENT)
OWN = target(verdict=PRESENT, is_own=True)
TRUNK = Roles(MAIN, guessed=False, develop=None, lines=(LINE,))
MANY = tuple(BranchName(f"release/{number}") for number in range(6))
SIX_LINES = Roles(MAIN, guessed=False, develop=None, lines=MANY)
HELD = Config(documents=Documents(publish="hold"))
RESOLVED_BACK = replace(world(), local={resolution_ref(HOTFIX, DEVELOP, MERGE, is_rollback=True): TIP})
V1 = oid("a")


def waits(
    branch: str = DEVELOP, *, path: object = "/gone", method: Method = MERGED, laid_out: str = "as git"
) -> Memory:
    return Memory(conflicts=(Conflict(branch, str(path), BASE_TIP, TIP, method, laid_out),))


def resolve(revision: str) -> Oid:
    if revision != "v1":
        remedy = command("git", "log", "--oneline", "--all")
        raise wrong_input("unknown-revision", f"'{revision}' is not a commit here.", remedy)
    return V1


def made(given: Facts, request: Request = Request()) -> str:  # noqa: B008  # a value that cannot change
    """Return what is carried where and how, and where the record goes."""
    due = Backport.due(given, request)
    if not isinstance(due, Backport):
        return shown(lambda: due)
    parts = [f"{each.branch} {each.method}" + ("" if each.old else f" from {each.start[:1]}") for each in due.targets]
    return ", ".join(parts + ([f"record {due.record_on}"] if due.record_on else []))


def after(*targets: Target, **answers: Any) -> Facts:
    """Return facts of a published hotfix with these targets; why its record waits follows from them."""
    return asked_anew(published(targets=targets, **{"record_is_due": False} | answers), "why_record_waits")


def back(*targets: Target, **answers: Any) -> Facts:
    """Return the same of one that was taken back."""
    return after(*targets, **{"publications": (TAKEN_BACK,)} | answers)


def lines(**answers: Any) -> Facts:
    """Return facts of a published hotfix that lacks on six lines which nobody chose."""
    return after(*(target(each, method=PICKED) for each in MANY), roles=SIX_LINES, **answers)


NEWS: dict[str, Any] = {"record_is_due": True}
SECRET: dict[str, Any] = {"is_restricted": True}
DEPLOYS: dict[str, Any] = {"roles": TRUNK, "config": Config(deploy=Deploy(command="make"))}
TOPIC: dict[str, Any] = {"world": world(topic=TIP), "method_for": lambda _tip: MERGED}
STUCK_LINE = target(LINE, CONFLICT, method=PICKED)
AT_IT: dict[str, Any] = {"memory": waits(LINE, path="/")}
RESOLVED = dict.fromkeys(AT_IT["memory"].conflicts)
LAID_OUT_BACK: dict[str, Any] = {"memory": waits(method=Method.REVERT)}


@pytest.mark.parametrize(
    ("given", "request_", "expected"),
    [
        # predicted before the publication with the record, and without a word about other branches
        (facts(), Request(), "nothing"),
        (facts(targets=(TO_DEVELOP, TO_LINE)), Request(), "develop merge, release/1.1 pick, record develop"),
        (facts(targets=(TO_LINE,)), Request(), "release/1.1 pick"),
        (facts(targets=(TO_DEVELOP,), **SECRET), Request(), "develop merge"),
        (facts(targets=(target(verdict=Verdict.WAIVED),)), Request(), "record develop"),
        (facts(roles=TRUNK), Request(), "record main"),
        (facts(roles=TRUNK, config=HELD), Request(), "nothing"),
        (facts(targets=(TO_DEVELOP,)), Request(backport=False), "nothing"),
        (facts(targets=(TO_DEVELOP,)), Request(push=False), "nothing"),
        (facts(targets=(TO_DEVELOP,)), Request(to=("nowhere",)), "nothing"),
        # published: what lacks the fix gets it, and the record goes with develop's merge
        (after(TO_DEVELOP, TO_LINE), Request(), "develop merge, release/1.1 pick, record develop"),
        (after(TO_DEVELOP), Request(backport=False), "nothing"),
        (after(TO_DEVELOP), Request(method=PICKED), "develop pick, record develop"),
        (after(HAS_DEVELOP, HAS_LINE), Request(), "nothing"),
        (after(target(verdict=Verdict.WAIVED)), Request(), "nothing"),
        (after(target(verdict=Verdict.UNKNOWN)), Request(), "nothing"),
        (after(target(verdict=CONFLICT, method=MERGED), memory=waits()), Request(), "develop merge, record develop"),
        # what a dry run takes to be skipped, and to be taken up because a person has resolved it
        (after(TO_DEVELOP, TO_LINE), Request(skips=LINE), "develop merge, record develop"),
        (after(STUCK_LINE, **AT_IT), Request(), "nothing"),
        (after(STUCK_LINE, **AT_IT), Request(goes_on=True), "nothing"),
        (after(STUCK_LINE, **AT_IT, unresolved=RESOLVED), Request(goes_on=True), "release/1.1 pick"),
        # the record alone where something is new, after a waiver too; it waits for develop, for the deployment, or held
        (after(HAS_DEVELOP, **NEWS), Request(), "record develop"),
        (after(target(verdict=Verdict.WAIVED), **NEWS), Request(), "record develop"),
        (after(HAS_DEVELOP, TO_LINE), Request(), "release/1.1 pick, record develop"),
        (after(TO_DEVELOP, TO_LINE), Request(to=(LINE,)), "release/1.1 pick"),
        (after(TO_DEVELOP, TO_LINE), Request(to=(LINE,), method=MERGED), "release/1.1 merge"),
        (after(TO_DEVELOP, **SECRET), Request(), "develop merge"),
        (after(TO_LINE, roles=TRUNK), Request(), "release/1.1 pick, record main"),
        (after(HAS_LINE, roles=TRUNK, **NEWS), Request(), "record main"),
        (after(TO_LINE, **DEPLOYS), Request(), "release/1.1 pick"),
        (after(HAS_LINE, **DEPLOYS, **NEWS), Request(), "nothing"),
        (after(HAS_LINE, roles=TRUNK, config=HELD, **NEWS), Request(), "nothing"),
        # lines that nobody chose wait until they are named
        (lines(), Request(), "nothing"),
        (lines(config=HELD), Request(to=("release/3",)), "release/3 pick"),
        # --to: a target, any other branch, a new line; each once
        (after(TO_DEVELOP, TO_LINE), Request(to=(DEVELOP,)), "develop merge, record develop"),
        (after(TO_DEVELOP, **TOPIC), Request(to=("topic",)), "topic merge"),
        (after(TO_DEVELOP, **TOPIC), Request(to=("topic", DEVELOP)), "develop merge, topic merge, record develop"),
        (after(**TOPIC), Request(to=("topic",), method=PICKED), "topic pick"),
        (after(**TOPIC), Request(to=("topic", "topic", "topic=v1")), "topic merge"),
        (after(resolve=resolve), Request(to=("support/2=v1",), method=PICKED), "support/2 pick from a"),
        (after(resolve=resolve), Request(to=("support/2", "support/2=v1"), method=PICKED), "support/2 pick from a"),
        (after(TO_DEVELOP, TO_LINE), Request(to=(f"{LINE}=v1",)), "release/1.1 pick"),
        (after(), Request(to=("nowhere",)), "refused unknown-branch"),
        (after(resolve=resolve), Request(to=("new=v2",)), "refused unknown-revision"),
        (after(resolve=resolve), Request(to=("a..b=v1",)), "refused bad-branch"),
        (after(resolve=resolve), Request(to=("-b=v1",)), "refused bad-branch"),
        (back(OWN), RollbackRequest(targets=True), "nothing"),
        # taken back: nothing is brought any more; what still has the fix loses it where that was said or resolved
        (back(TO_DEVELOP), Request(), "nothing"),
        (back(TO_DEVELOP, **NEWS), Request(), "record develop"),
        (back(HAS_DEVELOP, TO_LINE), Request(targets=True), "develop revert, record develop"),
        (back(HAS_DEVELOP, is_landed_again=True), Request(targets=True), "nothing"),
        (back(HAS_DEVELOP), Request(targets=False), "nothing"),
        (back(HAS_DEVELOP), Request(), "nothing"),
        (back(HAS_DEVELOP, **LAID_OUT_BACK), Request(), "develop revert, record develop"),
        (back(HAS_DEVELOP, **LAID_OUT_BACK), Request(targets=False), "nothing"),
        (back(HAS_DEVELOP, world=RESOLVED_BACK), Request(), "develop revert, record develop"),
        (back(HAS_DEVELOP, **SECRET), Request(targets=True), "develop revert"),
        (back(HAS_LINE, **DEPLOYS), Request(targets=True), "release/1.1 revert"),
        (back(target(verdict=Verdict.REVERTED)), Request(targets=True), "nothing"),
        # before it is taken back that is predicted: nothing is brought to what lacks the fix
        (after(TO_DEVELOP, HAS_LINE), RollbackRequest(), "record develop"),
        (after(TO_DEVELOP, HAS_LINE), RollbackRequest(targets=True), "release/1.1 revert, record develop"),
        (after(TO_DEVELOP, HAS_LINE, fix=FIX), RollbackRequest(targets=True), "release/1.1 revert, record develop"),
        (after(HAS_LINE, roles=TRUNK, config=HELD), RollbackRequest(), "nothing"),
    ],
)
def test_what_is_carried_where(given: Facts, request_: Request, expected: str) -> None:
    assert made(given, request_) == expected


def test_conflict_that_is_laid_out_is_left_to_the_person_and_holds_no_other(tmp_path: Path) -> None:
    both = (target(verdict=CONFLICT, method=MERGED), TO_LINE)
    assert made(after(*both, memory=waits(path=tmp_path))) == "release/1.1 pick"
    half = waits(path=tmp_path, laid_out="")  # a run was killed while it was laid out
    assert made(after(*both, memory=half)) == "develop merge, release/1.1 pick, record develop"
    there = waits(path=tmp_path, method=Method.REVERT)
    taken = back(target(verdict=CONFLICT, kept=Verdict.PRESENT), HAS_LINE, memory=there)
    assert made(taken, Request(targets=True)) == "release/1.1 revert, record develop"


def test_refused_branches_are_all_told_with_what_helps() -> None:
    due = Backport.due(published(resolve=resolve), Request(to=("nowhere", "new=v2", "a..b=v1")))
    assert isinstance(due, Refusal)
    assert told(due.problems) == [
        ("unknown-branch", 2, None, "git hotfix backport --to nowhere=REV"),
        ("unknown-revision", 2, None, "git log --oneline --all"),
        ("bad-branch", 2, None, "git help check-ref-format"),
    ]


def test_new_branch_is_made_on_the_server_where_there_is_one_and_options_are_kept() -> None:
    request = Request(to=("new=v1", "topic"), method=PICKED, place=Path("/there"))
    given = published(world=world(topic=TIP), resolve=resolve)
    due = Backport.due(given, request)
    assert isinstance(due, Backport)
    assert due.place == Path("/there")
    assert [(each.branch, each.old, each.start) for each in due.targets] == [("new", None, V1), ("topic", TIP, TIP)]
    assert due.describe(given.world) == "backport the fix to origin/new by pick, origin/topic by pick"


@pytest.mark.parametrize(
    ("given", "request_", "expected"),
    [
        (
            after(TO_DEVELOP, TO_LINE),
            Request(),
            (
                "backport the fix to origin/develop by merge, origin/release/1.1 by pick;"
                " write the record to origin/develop"
            ),
        ),
        (after(HAS_DEVELOP, **NEWS), Request(), "write the record to origin/develop"),
        (
            back(HAS_DEVELOP),
            Request(targets=True),
            "revert the fix on origin/develop; write the record to origin/develop",
        ),
        (
            after(HAS_DEVELOP),
            RollbackRequest(targets=True),
            "revert the fix on origin/develop; write the record to origin/develop",
        ),
    ],
)
def test_what_a_dry_run_says_of_it(given: Facts, request_: Request, expected: str) -> None:
    due = Backport.due(given, request_)
    assert isinstance(due, Backport)
    assert due.describe(given.world) == expected


AFTER = "backport develop: pending by hand"


BACK_THERE = "git hotfix rollback 20260117-auth --targets"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (facts(), []),
        (facts(gone_targets=(LINE,)), ["done backport release/1.1: it is no longer on the server, under this name"]),
        (ended(targets=(TO_DEVELOP,)), []),
        (facts(targets=(TO_DEVELOP,)), ["waiting backport develop: after publication, by merge"]),
        (
            facts(targets=(replace(TO_DEVELOP, verdict=Verdict.CONFLICT),)),
            ["waiting backport develop: after publication, by merge, with a conflict to resolve"],
        ),
        (facts(targets=(target(),)), ["waiting backport develop: after publication, pending by hand"]),
        (facts(targets=(HAS_DEVELOP,)), ["done backport develop: present by hand"]),
        (published(targets=(TO_DEVELOP,)), [f"not done {AFTER} -> git hotfix backport 20260117-auth"]),
        (published(targets=(target(verdict=Verdict.WAIVED),)), ["done backport develop: waived by hand"]),
        (
            published(targets=(target(verdict=Verdict.UNKNOWN),)),
            ["unknown backport develop: unknown by hand -> git hotfix backport 20260117-auth"],
        ),
        (
            published(targets=(target(verdict=CONFLICT), TO_LINE), memory=waits(path="/")),
            [
                "not done backport develop: conflict to resolve -> cd /",
                "not done backport release/1.1: pending by hand -> cd /",
            ],
        ),
        (
            published(targets=(target(verdict=CONFLICT),)),
            ["not done backport develop: conflict by hand -> git hotfix backport 20260117-auth"],
        ),
        (rolled_back(targets=(TO_DEVELOP,)), ["done backport develop: cancelled by the rollback"]),
        (rolled_back(targets=(target(verdict=Verdict.WAIVED),)), ["done backport develop: cancelled by the rollback"]),
        (rolled_back(targets=(target(verdict=Verdict.REVERTED),)), ["done backport develop: reverted by hand"]),
        (
            rolled_back(targets=(HAS_DEVELOP,)),
            [f"waiting backport develop: still has the fix; undecided: '{BACK_THERE}' reverts it"],
        ),
        (rolled_back(targets=(OWN,)), ["done backport develop: present by hand"]),
        (
            rolled_back(targets=(HAS_DEVELOP,), is_landed_again=True),
            ["done backport develop: has the fix, which origin/main has again"],
        ),
        (
            rolled_back(targets=(target(verdict=CONFLICT, kept=Verdict.PRESENT),)),
            ["not done backport develop: conflict by hand"],
        ),
    ],
)
def test_what_status_shows_of_the_targets(given: Facts, expected: list[str]) -> None:
    assert [row(each) for each in Backport.progress(given) if each.step != "documents"] == expected


def test_report_of_a_closed_hotfix_that_is_held_is_not_told_to_be_written() -> None:
    closed = ended(private=report_with(visibility="public"), why_record_waits="it is held", record_is_due=False)
    assert list(map(row, Backport.progress(closed))) == ["waiting documents: it is held"]


RUN = "git hotfix backport 20260117-auth"
DUE: dict[str, Any] = {"record_is_due": True, "targets": (HAS_DEVELOP,)}


@pytest.mark.parametrize(
    ("given", "request_", "expected"),
    [
        (facts(targets=(TO_DEVELOP,)), Request(), []),
        (published(targets=(HAS_DEVELOP,)), Request(), []),
        (published(targets=(TO_DEVELOP,)), Request(backport=False), []),
        (published(targets=(TO_DEVELOP,)), Request(), [("target-pending", 4, "backport develop", RUN)]),
        (
            published(targets=(target(verdict=CONFLICT),), memory=waits(path="/")),
            Request(),
            [("target-pending", 4, "backport develop", "cd /")],
        ),
        (
            lines(),
            Request(),
            [("target-pending", 4, f"backport {each}", f"{RUN} --to {each}") for each in MANY],
        ),
        (published(**DUE), Request(), [("record-due", 4, "backport develop", "git hotfix document 20260117-auth")]),
        (rolled_back(**DUE), Request(), [("record-due", 4, "backport develop", "git hotfix document 20260117-auth")]),
        (rolled_back(targets=(TO_DEVELOP,)), Request(), []),
        (
            back(target(verdict=CONFLICT, kept=Verdict.PRESENT), memory=waits(path="/", method=Method.REVERT)),
            Request(),
            [("target-conflict", 4, "backport develop", "cd /")],
        ),
    ],
)
def test_what_is_missing_of_a_backport_at_the_end(given: Facts, request_: Request, expected: list[Any]) -> None:
    assert told(Backport.missing(given, request_)) == expected


def test_no_more_is_said_to_be_missing_than_is_known() -> None:
    both = (TO_DEVELOP, target(LINE, Verdict.UNKNOWN))
    assert [each.message for each in Backport.missing(published(targets=both), Request())] == [
        "'origin/develop' does not have the fix: pending by hand.",
        "'origin/release/1.1' is not known to have the fix: unknown by hand.",
    ]


DISCLOSE = "it is restricted: git hotfix document --disclose 20260117-auth writes it"
WITH_DEVELOP = "it is written to 'develop' together with the fix"
PUSH = Config(deploy=Deploy(trigger="push"))
GOES_OUT = "it goes out with the next publication, or by git hotfix document --push"
SUCCEEDED, FAILED = (
    Memory(deployments=(Deployment(MERGE, state, NOON.isoformat(), NOON.isoformat(), "make"),))
    for state in ("succeeded", "failed")
)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (after(TO_DEVELOP), WITH_DEVELOP),
        (after(), WITH_DEVELOP),
        (after(HAS_DEVELOP, TO_LINE), None),
        (after(target(verdict=Verdict.WAIVED)), None),
        (after(HAS_DEVELOP, config=PUSH), None),
        (back(TO_DEVELOP), None),
        (after(HAS_DEVELOP, **SECRET), DISCLOSE),
        (back(TO_DEVELOP, **SECRET), DISCLOSE),
        (after(roles=TRUNK), None),
        (after(roles=TRUNK, config=PUSH), f"it is held (documents.publish): {GOES_OUT}"),
        (after(roles=TRUNK, config=HELD), f"it is held (documents.publish): {GOES_OUT}"),
        (after(roles=TRUNK, config=replace(PUSH, documents=Documents(publish="push"))), None),
        (after(**DEPLOYS), "it is written after the deployment"),
        (after(**DEPLOYS, memory=FAILED), None),
        (after(**DEPLOYS, memory=SUCCEEDED), None),
    ],
)
def test_why_the_record_waits(given: Facts, expected: str | None) -> None:
    assert given.why_record_waits == expected


def test_conflicts_are_predicted_until_somebody_is_at_them() -> None:
    stuck = target(verdict=CONFLICT, method=MERGED)
    assert list(predicted_conflicts(after(stuck, TO_LINE))) == [
        "'origin/develop' has a conflict to resolve: conflict by hand."
    ]
    assert not list(predicted_conflicts(after(stuck, memory=waits())))
    assert not list(predicted_conflicts(back(stuck)))
