"""Where a deployment stands: what was seen here, what the record tells, else what is awaited."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from git_hotfix.config.keys import Config
from git_hotfix.config.keys import Deploy as Settings
from git_hotfix.facts.deployments import Deployed, Recorded, deployment_trailers, is_unfinished, resolved_at
from git_hotfix.git import provenance
from git_hotfix.memory import Deployment, Memory
from tests.support.facts import LOST, MERGE, NOON, ROLLBACK, TIP, facts, published, rolled_back, target

if TYPE_CHECKING:
    from git_hotfix.facts.facts import Facts

LATER = (NOON + timedelta(minutes=5)).isoformat()
NOW = NOON.isoformat()
COMMAND, BY_HAND, PUSH, NONE = (
    Config(deploy=Settings(trigger=trigger, command="make deploy")) for trigger in ("command", "manual", "push", "none")
)
CHECKED = Config(deploy=Settings(trigger="push", check="curl -f live"))


def seen(state: Any, commit: Any = MERGE) -> Memory:
    return Memory(deployments=(Deployment(commit, state, NOW, None if state == "begun" else NOW, "make deploy"),))


BACK = Deployment(MERGE, "succeeded", NOW, NOW, "make back")


def told(state: Any, **more: Any) -> dict[str, Any]:
    return {"recorded_deployment": Recorded(Deployment(MERGE, state, None, LATER, None, **more), None)}


TAKEN_BACK = Memory(deployments=(*seen("succeeded").deployments, replace(BACK, key="deploy.rollback")))


def backed(state: Any) -> Memory:
    ended = None if state == "begun" else NOW
    return Memory(deployments=(replace(BACK, key="deploy.rollback", state=state, ended_at=ended),))


AWAITED: dict[str, Any] = {"recorded_deployment": Recorded(None, None)}
RECORDED = "; recorded in the report in the git directory"
CLAIM = f"; that it succeeded {LATER} is claimed by {TIP[:7]}, Bob"


def claimed(state: Any = "succeeded", **more: Any) -> dict[str, Any]:
    """Return that a commit of the record, which bob made, says that it is deployed, or where that stands."""
    began, ended = (LATER, None) if state == "begun" else (None, LATER)
    return {"recorded_deployment": Recorded(Deployment(MERGE, state, began, ended, None, **more), TIP)}


OURS = Memory(published_at={MERGE: NOW})


@pytest.mark.parametrize(
    ("given", "state", "evidence"),
    [
        # where a command deploys, only what was seen here ends it
        (published(config=COMMAND, **claimed()), "claimed", f"not seen here{CLAIM}"),
        (published(trigger="command", **claimed()), "claimed", f"not seen here{CLAIM}"),
        (published(config=COMMAND, memory=OURS, **claimed()), "awaited", f"not run: make deploy{CLAIM}"),
        (published(config=COMMAND, memory=seen("failed"), **claimed()), "failed", f"failed {NOW} (make deploy){CLAIM}"),
        (
            published(config=COMMAND, memory=TAKEN_BACK, **claimed()),
            "taken-back",
            f"rolled back by deploy.rollback ({NOW}){CLAIM}",
        ),
        # a person's report stands where people deploy, with the name; a failure that was seen here stands everywhere
        (published(config=BY_HAND, **claimed()), "succeeded", f"succeeded {LATER}; recorded by Bob in {TIP[:7]}"),
        (published(config=BY_HAND, memory=seen("failed"), **claimed()), "failed", f"failed {NOW} (make deploy){CLAIM}"),
    ],
)
def test_success_that_others_recorded_is_their_word(
    given: Facts, state: str, evidence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(provenance, "committer_name", lambda *_: "Bob")
    given.at = NOON + timedelta(hours=1)
    stands = given.deployed
    assert (stands.state, stands.evidence) == (state, evidence)
    assert (stands.claim is not None) == (state != "succeeded")
    assert stands.is_left == (state not in {"claimed", "succeeded"})
    if stands.claim is not None:
        assert resolved_at(given, NOON) is None
        assert deployment_trailers(given) == ()


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (claimed(key="deploy.rollback"), f"was rolled back by deploy.rollback ({LATER})"),
        (claimed("begun"), f"began {LATER}, its end is not known"),
        (claimed("failed"), f"failed {LATER}"),
        (claimed(), f"succeeded {LATER}"),
    ],
)
def test_nobodys_word_changes_a_success_of_the_command_that_was_seen_here(
    told: Any, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(provenance, "committer_name", lambda *_: "Mallory")
    given = published(config=COMMAND, memory=seen("succeeded"), **told)
    given.at = NOON + timedelta(hours=1)
    evidence = f"succeeded {NOW} (make deploy); that it {said} is claimed by {TIP[:7]}, Mallory"
    assert given.deployed == Deployed("succeeded", evidence, seen("succeeded").deployments[0])
    assert resolved_at(given, NOON) == NOON
    assert [value for _, value in deployment_trailers(given)] == [f"succeeded {MERGE} {NOW}"]


@pytest.mark.parametrize(
    ("given", "state", "evidence"),
    [
        (published(), "published", "no deployment is configured"),
        (published(config=NONE), "published", "no deployment is configured"),
        (published(config=PUSH), "published", "by the push"),
        (published(config=CHECKED), "awaited", "not checked: curl -f live"),
        (published(config=COMMAND), "awaited", "not run: make deploy"),
        (published(config=BY_HAND), "awaited", "deploy it, then run: git hotfix deploy --done"),
        (rolled_back(config=COMMAND), "awaited", "not run: make deploy"),
        (rolled_back(config=COMMAND, memory=seen("succeeded")), "awaited", "not run: make deploy"),
        (rolled_back(memory=seen("failed", ROLLBACK)), "failed", f"failed {NOW} (make deploy)"),
        (published(memory=seen("succeeded")), "succeeded", f"succeeded {NOW} (make deploy)"),
        (published(memory=seen("begun")), "begun", f"began {NOW}, its end is not known (make deploy)"),
        (published(config=COMMAND, memory=TAKEN_BACK), "taken-back", f"rolled back by deploy.rollback ({NOW})"),
        (published(memory=TAKEN_BACK, **told("succeeded")), "taken-back", f"rolled back by deploy.rollback ({NOW})"),
        (published(memory=backed("begun")), "begun", f"deploy.rollback began {NOW}, its end is not known (make back)"),
        (published(memory=backed("failed")), "failed", f"deploy.rollback failed {NOW} (make back)"),
        (rolled_back(memory=backed("failed")), "failed", f"deploy.rollback failed {NOW} (make back)"),
        (
            rolled_back(memory=backed("succeeded")),
            "published",
            "no deployment is configured",
        ),
        (rolled_back(config=PUSH, memory=backed("failed")), "published", "by the push"),
        (
            published(**told("succeeded", key="deploy.rollback")),
            "taken-back",
            f"rolled back by deploy.rollback ({LATER}){RECORDED}",
        ),
        (published(**AWAITED), "awaited", f"not yet{RECORDED}"),
        (published(config=PUSH, **AWAITED), "awaited", f"not yet{RECORDED}"),
        (published(config=COMMAND, **AWAITED), "awaited", "not run: make deploy"),
        (published(**told("succeeded", by="Kim")), "succeeded", f"succeeded {LATER} (reported by Kim){RECORDED}"),
        (published(config=BY_HAND, **told("failed")), "failed", f"failed {LATER}{RECORDED}"),
    ],
)
def test_where_a_deployment_stands(given: Facts, state: str, evidence: str) -> None:
    stands = given.deployed
    assert (stands.state, stands.evidence) == (state, evidence)
    assert stands.is_done == (state in {"succeeded", "published"})
    resolved = given.is_rolled_back is False and stands.is_done
    assert (resolved_at(given, NOON) is not None) == resolved


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (published(), []),
        (published(config=PUSH), []),
        (published(config=COMMAND), [f"awaited {MERGE} - "]),
        (published(memory=seen("failed")), [f"failed {MERGE} {NOW} "]),
        (published(**told("succeeded", by="Kim\nLee")), [f"succeeded {MERGE} {LATER} Kim Lee"]),
        (published(memory=TAKEN_BACK), [f"taken-back {MERGE} {NOW} "]),
        # what a commit tells already is not told again by the next one
        (published(memory=seen("failed"), recorded_deployment=Recorded(seen("failed").deployments[0], TIP)), []),
        (published(config=COMMAND, recorded_deployment=Recorded(None, TIP)), []),
        (rolled_back(config=BY_HAND), [f"awaited {ROLLBACK} - "]),
    ],
)
def test_what_the_record_tells_other_clones(given: Facts, expected: list[str]) -> None:
    assert [value for _, value in deployment_trailers(given)] == [each.strip() for each in expected]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (facts(), False),  # its branch is what is open
        (facts(lost=LOST), True),
        (published(), False),
        (published(targets=(target(),)), True),
        (published(config=COMMAND, memory=seen("begun")), True),
        (published(config=BY_HAND), True),
    ],
)
def test_what_is_not_finished_without_a_branch(given: Facts, *, expected: bool) -> None:
    assert is_unfinished(given) is expected
