"""When a request to the base is opened, and what is asked or refused before."""

from __future__ import annotations

from typing import Any

import pytest

from git_hotfix.config.keys import Config, Remote
from git_hotfix.memory import Memory, PullRequest
from git_hotfix.steps.open_pull_request import OpenPullRequest
from git_hotfix.steps.request import FinishRequest
from tests.support.decisions import decided, refusal
from tests.support.facts import BRANCH, HOTFIX, MAIN, MERGE, TIP, facts, oid, published, world

ASKED = Config(remote=Remote(pull_request=("main",)))
OPENED = Memory(pull_requests=(PullRequest(MAIN, BRANCH, TIP),))


@pytest.mark.parametrize(
    ("given", "request_", "expected"),
    [
        ({}, FinishRequest(), "-"),
        ({}, FinishRequest(by_request=True), "OpenPullRequest"),
        ({"config": ASKED}, FinishRequest(), "OpenPullRequest"),
        ({"config": ASKED}, FinishRequest(push=False), "-"),
        ({"config": ASKED, "world": world(with_server=False)}, FinishRequest(), "-"),
        ({"config": ASKED}, FinishRequest(interactive=True), "asks confirmed"),
        ({"config": ASKED, "memory": OPENED}, FinishRequest(interactive=True), "OpenPullRequest"),
        ({"memory": OPENED}, FinishRequest(), "OpenPullRequest"),
        ({"config": ASKED, "unrecognised": MERGE}, FinishRequest(), "refused merge-unclear"),
        ({"config": ASKED, "unrecognised": MERGE}, FinishRequest(by_request=True), "OpenPullRequest"),
    ],
)
def test_when_it_is_opened(
    given: dict[str, Any], request_: FinishRequest, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("git_hotfix.steps.open_pull_request.committer_name", lambda *_: "Forge")
    assert decided(OpenPullRequest.due(facts(**{"unrecognised": None} | given), request_)) == expected
    assert decided(OpenPullRequest.due(published(**given), request_)) == "-"


def test_what_only_a_person_can_say_is_asked_of_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("git_hotfix.steps.open_pull_request.committer_name", lambda *_: "Forge")
    due = OpenPullRequest.due(facts(config=ASKED, unrecognised=oid("c")), FinishRequest())
    said = (
        f"'origin/main' has the report of '{HOTFIX}' since {oid('c')[:7]} (Forge), and that commit does not do what"
        f" '{BRANCH}' does. If it is the fix, merged in another form, --merged says so."
    )
    assert refusal(due) == [(3, said, f"git hotfix finish auth --merged {oid('c')[:7]}")]
