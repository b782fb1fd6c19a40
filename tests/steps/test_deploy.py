"""When a deployment is due, what status shows of it, what is missing at the end: decided on facts alone."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from git_hotfix.config.keys import Config
from git_hotfix.config.keys import Deploy as Settings
from git_hotfix.engine.step import Due, Questions, Refusal, State
from git_hotfix.errors import ExitCode
from git_hotfix.facts.deployments import Deployed, Recorded
from git_hotfix.hotfix import parse_id
from git_hotfix.memory import Deployment, Memory, PendingRollback
from git_hotfix.memory_file import MemoryFile
from git_hotfix.steps.deploy import NOT_YET, Deploy, lack_of_deployment
from git_hotfix.steps.record_deployment import RecordDeployment
from git_hotfix.steps.redeployment import replace_later
from git_hotfix.steps.request import DeployRequest, FinishRequest, Request, RollbackRequest
from tests.support.facts import FORK, HOTFIX, MERGE, NOON, ROLLBACK, TIP, facts, published, rolled_back, told

if TYPE_CHECKING:
    from pathlib import Path

    from git_hotfix.facts.facts import Facts

COMMAND = Config(deploy=Settings(command="make deploy-prod"))
BY_HAND = Config(deploy=Settings(trigger="manual", command="make deploy-prod"))
PUSH = Config(deploy=Settings(trigger="push", check="curl -f live"))
NOW = NOON.isoformat()


def remembered(state: Any, *, ended: bool = True, key: str = "deploy.command", commit: str = MERGE) -> Memory:
    return Memory(deployments=(Deployment(commit, state, NOW, NOW if ended else None, "make deploy-prod", key=key),))  # type: ignore[arg-type]  # ids


BEGUN = remembered("begun", ended=False)


RECORDED = Recorded(Deployment(MERGE, "succeeded", None, NOW, None), None)
CLAIMED = Deployed("claimed", "not seen here; claimed", RECORDED.known, is_from_record=True, claim=RECORDED.known)


def kind(due: Due) -> str:
    """Return what a decision is, with the code or option that matters."""
    match due:
        case Refusal(problems):
            return f"refused {problems[0].code}"
        case Questions(questions):
            return f"asks {questions[0].field}"
        case Deploy():
            return f"{due.key} {'predicted' if due.commit == NOT_YET else due.commit[:1]}"
        case RecordDeployment():
            return "record"
        case _:
            return "-"


@pytest.mark.parametrize(
    ("given", "request_", "expected"),
    [
        (facts(), Request(), "-"),
        (facts(config=COMMAND), Request(), "deploy.command predicted"),
        (facts(config=COMMAND), Request(deploy=False), "-"),
        (facts(config=COMMAND), Request(push=False), "-"),
        (facts(config=PUSH), Request(), "-"),
        (published(), Request(), "-"),
        (facts(config=BY_HAND), Request(yes=True), "-"),
        (published(config=BY_HAND), Request(yes=True), "-"),
        (rolled_back(config=BY_HAND), Request(yes=True), "-"),
        (published(config=BY_HAND), DeployRequest(redeploy=True), "deploy.command 4"),
        (published(config=COMMAND), Request(), "refused decision-missing"),
        (published(config=COMMAND), Request(interactive=True), "asks deploy"),
        (published(config=COMMAND), Request(deploy=True), "deploy.command 4"),
        (published(config=COMMAND), Request(yes=True), "deploy.command 4"),
        (published(config=COMMAND), Request(deploy=False), "-"),
        (published(config=PUSH), Request(), "deploy.check 4"),
        (published(config=COMMAND, memory=remembered("succeeded")), Request(yes=True), "-"),
        (published(config=COMMAND, memory=remembered("failed")), Request(yes=True), "-"),
        (published(config=COMMAND, memory=remembered("replaced")), Request(yes=True), "-"),
        (published(config=COMMAND, memory=remembered("replaced")), DeployRequest(redeploy=True), "deploy.command 4"),
        (published(config=COMMAND, memory=BEGUN), Request(yes=True), "-"),
        (published(config=COMMAND, memory=BEGUN), Request(deploy=True), "-"),
        (published(config=COMMAND, memory=remembered("failed")), Request(deploy=True), "deploy.command 4"),
        (published(config=COMMAND, memory=remembered("succeeded")), Request(deploy=True), "-"),
        (published(config=COMMAND, recorded_deployment=RECORDED), Request(yes=True), "-"),
        (published(config=COMMAND, recorded_deployment=RECORDED), Request(deploy=True), "deploy.command 4"),
        (published(config=COMMAND, deployed=CLAIMED), Request(yes=True), "-"),
        (published(config=COMMAND, deployed=CLAIMED), Request(deploy=True), "deploy.command 4"),
        (published(config=COMMAND, memory=remembered("failed")), DeployRequest(redeploy=True), "deploy.command 4"),
        (published(config=COMMAND, memory=BEGUN), DeployRequest(redeploy=True), "refused deployment-unknown"),
        (published(config=COMMAND, memory=BEGUN), DeployRequest(redeploy=True, interactive=True), "asks confirmed"),
        (
            published(config=COMMAND, memory=BEGUN),
            DeployRequest(redeploy=True, interactive=True, confirmed=False),
            "refused not-confirmed",
        ),
        (published(config=COMMAND, memory=BEGUN), DeployRequest(redeploy=True, yes=True), "deploy.command 4"),
        (published(), DeployRequest(redeploy=True), "refused nothing-to-run"),
        (facts(), FinishRequest(deploy=True), "refused nothing-to-run"),
        (facts(), RollbackRequest(deploy=True), "-"),
        (facts(config=PUSH), FinishRequest(deploy=True), "-"),
        (published(config=COMMAND), DeployRequest(succeeded=True), "-"),
        (rolled_back(config=COMMAND), Request(), "deploy.command 6"),
        (rolled_back(config=COMMAND), Request(deploy=False), "-"),
        (rolled_back(config=COMMAND, memory=remembered("succeeded", commit=ROLLBACK)), Request(), "-"),
    ],
)
def test_when_a_deployment_is_due(given: Facts, request_: Request, expected: str) -> None:
    assert kind(Deploy.due(given, request_)) == expected


LATER = ("20260118-qux", "20260117-w")


@pytest.mark.parametrize(
    ("since", "request_", "expected"),
    [
        ((), DeployRequest(redeploy=True), "deploy.command 4"),
        (LATER, DeployRequest(redeploy=True), "refused older-deployment"),
        (LATER, DeployRequest(redeploy=True, yes=True), "refused older-deployment"),
        (LATER, DeployRequest(redeploy=True, interactive=True), "asks older"),
        (LATER, DeployRequest(redeploy=True, interactive=True, older=False), "refused not-confirmed"),
        (LATER, DeployRequest(redeploy=True, older=True), "deploy.command 4"),
        (("abc1234 Add a page",), DeployRequest(redeploy=True), "deploy.command 4"),  # not known to be deployed
        (("abc1234 Add a page",), Request(yes=True), "deploy.command 4"),
        (LATER, Request(yes=True), "-"),
        (LATER, Request(deploy=True), "-"),
        (LATER, RollbackRequest(yes=True), "deploy.command predicted"),  # of what takes it back, on top of all
    ],
)
def test_older_publication_takes_no_later_one_out_of_production_unasked(
    since: tuple[str, ...], request_: Request, expected: str
) -> None:
    given = published(config=COMMAND, published_since=since)
    assert kind(Deploy.due(given, request_)) == expected


def test_what_is_deployed_is_not_deployed_again_under_other_work_either() -> None:
    given = published(config=COMMAND, memory=remembered("succeeded"), published_since=("abc1234 Add a page",))
    assert kind(Deploy.due(given, DeployRequest(redeploy=True))) == "refused older-deployment"


def test_older_commit_makes_the_deployments_due_that_production_loses(tmp_path: Path) -> None:
    had = {
        "20260118-later": remembered("succeeded", commit=TIP),
        "20260118-elsewhere": remembered("succeeded", commit=FORK),
        "20260118-failed": remembered("failed", commit=TIP),
        "20260118-back": remembered("succeeded", commit=TIP, key="deploy.rollback"),
        str(HOTFIX): remembered("succeeded"),
    }
    files = {name: MemoryFile(tmp_path, hotfix) for name in had if (hotfix := parse_id(name)) is not None}
    for name, memory in had.items():
        files[name].change(lambda _, memory=memory: memory)  # type: ignore[misc]  # default
    (tmp_path / "hotfix" / "20260118-broken.json").write_text("{")
    given = published(published_since=LATER, is_ancestor=lambda one, other: (one, other) == (MERGE, TIP))
    run: Any = SimpleNamespace(facts=given, repository=SimpleNamespace(common_dir=tmp_path))
    run.memory_file = lambda hotfix: MemoryFile(tmp_path, hotfix)

    lost = replace_later(run, MERGE)
    assert [(file.hotfix, known) for file, known in lost] == [
        (parse_id("20260118-later"), had["20260118-later"].deployments[0])
    ]
    (known,) = files["20260118-later"].read().deployments
    assert (known.merge, known.state, known.command) == (TIP, "replaced", f"git hotfix deploy {HOTFIX} --older")
    assert {name: file.read() for name, file in files.items() if name != "20260118-later"} == {
        name: memory for name, memory in had.items() if name != "20260118-later"
    }
    run.facts = published(published_since=())
    assert replace_later(run, MERGE) == ()


def test_check_of_what_is_live_takes_nothing_out_of_production() -> None:
    given = published(config=PUSH, published_since=LATER)
    assert kind(Deploy.due(given, DeployRequest(redeploy=True))) == "deploy.check 4"


def test_what_would_leave_production_is_named_with_what_has_it_all() -> None:
    given = published(config=COMMAND, published_since=LATER)
    refused = Deploy.due(given, DeployRequest(redeploy=True))
    assert isinstance(refused, Refusal)
    ((code, exit_code, _, remedy),) = told(refused.problems)
    assert (code, exit_code, remedy) == ("older-deployment", 1, "git hotfix deploy 20260118-qux")
    assert refused.problems[0].message.startswith(
        "'origin/main' got '20260118-qux', '20260117-w' after 4444444, which is to be deployed: production would lose"
    )
    assert [each[:3] for each in told(Deploy.missing(given, Request(yes=True)))] == [("older-deployment", 7, "deploy")]
    assert Deploy.missing(published(config=COMMAND, published_since=LATER), Request(deploy=False)) == ()


@pytest.mark.parametrize(
    ("was_deployed", "expected"),
    [(False, "git hotfix deploy 20260118-qux"), (True, f"git hotfix deploy {HOTFIX} --done")],
)
def test_next_of_one_that_was_overtaken_is_a_command_that_works(*, was_deployed: bool, expected: str) -> None:
    given = published(config=COMMAND, published_since=LATER, was_deployed_with=lambda _later: was_deployed)
    (shown,) = Deploy.progress(given)
    assert shown.next is not None
    assert shown.next.line() == expected


def test_deployment_that_is_reported_twice_ended_the_first_time() -> None:
    given = published(config=COMMAND, memory=remembered("succeeded"), in_production_since=NOON)
    given.at = NOON + timedelta(minutes=12)
    step = RecordDeployment.due(given, DeployRequest(succeeded=True, by="Kim"))
    assert isinstance(step, RecordDeployment)
    assert step.when == NOON


def test_no_deployment_ends_before_what_it_deploys_is_published() -> None:
    given = published(in_production_since=NOON)
    for minutes, expected in ((-10, "refused too-early"), (0, "record"), (10, "record")):
        told = DeployRequest(succeeded=True, when=NOON + timedelta(minutes=minutes), by="Kim")
        assert kind(RecordDeployment.due(given, told)) == expected


def test_person_who_accepts_what_others_claim_accepts_when_it_ended() -> None:
    for made, expected in ((NOON, NOON), (NOON + timedelta(seconds=9), NOON + timedelta(minutes=9))):
        given = published(deployed=CLAIMED, in_production_since=made)
        given.at = NOON + timedelta(minutes=9)
        step = RecordDeployment.due(given, DeployRequest(succeeded=True, by="Kim"))
        assert isinstance(step, RecordDeployment)
        assert step.when == expected


def test_what_a_person_reports_is_recorded_about_what_is_in_production() -> None:
    told = DeployRequest(succeeded=False, when=NOON + timedelta(minutes=1), by="Kim", log="https://ci/1")
    for given, commit in ((published(), MERGE), (rolled_back(), ROLLBACK)):
        step = RecordDeployment.due(given, told)
        assert step == RecordDeployment(commit, succeeded=False, when=told.when, by="Kim", log="https://ci/1")  # type: ignore[arg-type]  # told


@pytest.mark.parametrize(
    ("given", "state", "evidence"),
    [
        (facts(config=COMMAND), State.WAITING, "after publication"),
        (published(config=COMMAND), State.NOT_DONE, "not run: make deploy-prod"),
        (published(config=PUSH), State.NOT_DONE, "not checked: curl -f live"),
        (published(config=Config(deploy=Settings(trigger="push"))), State.DONE, "by the push"),
        (published(config=BY_HAND), State.WAITING, "deploy it, then run: git hotfix deploy --done"),
        (published(), State.DONE, "no deployment is configured"),
        (published(config=COMMAND, memory=remembered("failed")), State.NOT_DONE, f"failed {NOW} (make deploy-prod)"),
        (published(config=COMMAND, memory=remembered("succeeded")), State.DONE, f"succeeded {NOW} (make deploy-prod)"),
        (
            published(config=COMMAND, memory=remembered("replaced")),
            State.NOT_DONE,
            f"replaced by an older commit {NOW} (make deploy-prod)",
        ),
    ],
)
def test_what_status_shows_of_a_deployment(given: Facts, state: State, evidence: str) -> None:
    (row,) = Deploy.progress(given)
    assert (row.state, row.evidence) == (state, evidence)
    assert (row.next is None) == (state is State.DONE or not given.is_published)


@pytest.mark.parametrize(
    ("memory", "expected"),
    [
        (Memory(), []),
        (remembered("succeeded"), []),
        (remembered("failed"), [("deployment-failed", ExitCode.DEPLOYMENT, "deploy")]),
        (remembered("replaced"), [("not-deployed", ExitCode.DEPLOYMENT, "deploy")]),
        (remembered("begun", ended=False), [("deployment-unknown", ExitCode.DEPLOYMENT, "deploy")]),
    ],
)
def test_what_is_missing_of_a_deployment_at_the_end(memory: Memory, expected: list[tuple[str, ExitCode, str]]) -> None:
    found = Deploy.missing(published(config=COMMAND, memory=memory), Request())
    assert [(each.code, each.exit_code, each.about) for each in found] == expected
    assert Deploy.missing(published(config=COMMAND, memory=memory), Request(deploy=False)) == ()


BACK_RAN = remembered("succeeded", key="deploy.rollback")
FAILED = remembered("failed").deployments[0]
THEIRS = Memory(why_pending={f"deploy {MERGE}": "Bob deploys it"})
THEY_BEGAN = Recorded(BEGUN.deployments[0], None)
WAITS = replace(BACK_RAN, pending_rollback=PendingRollback(None, deploy=None, targets=None))


@pytest.mark.parametrize(
    ("given", "state", "expected"),
    [
        (published(config=COMMAND, memory=BACK_RAN), State.NOT_DONE, f"git hotfix deploy {HOTFIX}"),
        (published(config=COMMAND, memory=WAITS), State.NOT_DONE, f"git hotfix rollback {HOTFIX}"),
        (published(config=COMMAND, memory=BEGUN), State.UNKNOWN, f"git hotfix deploy {HOTFIX}"),
        (published(config=COMMAND, recorded_deployment=THEY_BEGAN), State.UNKNOWN, f"git hotfix deploy {HOTFIX}"),
        # where no command deploys, a person decides: what has failed is not to be called done
        (published(memory=remembered("failed")), State.NOT_DONE, "git hotfix deploy -h"),
        (published(memory=BEGUN), State.UNKNOWN, "git hotfix deploy -h"),
        # of two who publish at once the second waits for the first, as finish says
        (published(config=COMMAND, memory=THEIRS), State.WAITING, f"git hotfix finish {HOTFIX}"),
        (
            published(config=COMMAND, memory=THEIRS.with_deployment(FAILED)),
            State.NOT_DONE,
            f"git hotfix deploy {HOTFIX}",
        ),
        (published(config=BY_HAND), State.WAITING, f"git hotfix deploy {HOTFIX} --done"),
    ],
)
def test_one_command_brings_a_deployment_on(given: Facts, state: State, expected: str) -> None:
    (row,) = Deploy.progress(given)
    lack = lack_of_deployment(given)
    assert lack is not None
    assert row.next is not None
    assert (row.state, row.next.line(), lack.remedy.line()) == (state, expected, expected)
