"""The names of a publication's tags, free here and on the server; when a tag is still to be made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from git_hotfix.config.keys import Config, Tag
from git_hotfix.facts.hotfixes import Known
from git_hotfix.git.remote import Server
from git_hotfix.hotfix import BranchName, tag_ref
from git_hotfix.memory import Attempt, Memory
from git_hotfix.steps.request import FinishRequest
from git_hotfix.steps.tags import CompleteTag, choose_tags, rollback_tag
from tests.support.decisions import decided
from tests.support.facts import (
    BASE_TIP,
    HOTFIX,
    MAIN,
    MERGE,
    NOON,
    PUBLICATION,
    ROLLBACK,
    TAG,
    TAKEN_BACK,
    TIP,
    facts,
    oid,
    published,
    rolled_back,
    world,
)

if TYPE_CHECKING:
    from git_hotfix.facts.facts import Facts
    from git_hotfix.git.world import World
    from git_hotfix.hotfix import Oid

OLD, NEW, ELSEWHERE = oid("a"), oid("b"), oid("c")
UNTAGGED = replace(PUBLICATION, tags=())
NOT_TAGGED_BACK = replace(TAKEN_BACK, rollback_tags=())


@pytest.fixture(autouse=True)
def noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("git_hotfix.clock.now", lambda: NOON)


def tagged(
    here: dict[str, Oid] | None = None, there: dict[str, Oid] | None = None, peeled: dict[str, Oid] | None = None
) -> World:
    """Return a world with these tags here and on the server."""
    made = world()
    assert made.server is not None
    refs, theirs, on = ({tag_ref(name): tip for name, tip in (each or {}).items()} for each in (here, there, peeled))
    return replace(made, local={**made.local, **refs}, server=Server({**made.server.refs, **theirs}, on))


def names(asked: str | None = None, *, on: World | None = None, is_rollback: bool = False, **tag: Any) -> list[str]:
    """Return the tags that are chosen with these settings, where ``base`` contains all but ELSEWHERE."""
    given = facts(
        config=Config(tag=Tag(**{"timezone": "UTC"} | tag)),
        world=on or world(),
        is_ancestor=lambda one, base: base == BASE_TIP and one != ELSEWHERE,
    )
    return list(choose_tags(given, asked, BASE_TIP, is_rollback=is_rollback))


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        (names, ["hotfix-20260117-1200"]),
        (lambda: names(timezone="Asia/Seoul"), ["hotfix-20260117-2100"]),
        (lambda: names(timezone="local"), ["hotfix-20260117-2100"]),
        (lambda: names(format="live"), ["live"]),
        # a name that is taken is counted on, wherever it is taken
        (lambda: names(format="live", on=tagged({"live": OLD})), ["live-2"]),
        (lambda: names(format="live", on=tagged({}, {"live": OLD})), ["live-2"]),
        (lambda: names(format="live", on=tagged({"live": OLD}, {"live-2": OLD})), ["live-3"]),
        (lambda: names(format="live", on=tagged({"live-2": OLD})), ["live"]),
        (lambda: names(format="live", on=world(with_server=False)), ["live"]),
        # what was asked for is checked before, and kept
        (lambda: names("v9"), ["v9"]),
        (lambda: names("v9", on=tagged({"v9": OLD})), ["v9"]),
        # more tags on the same commit
        (lambda: names("x", also=("live",)), ["x", "live"]),
        (lambda: names("x", also=("live",), on=tagged({}, {"live": OLD})), ["x", "live-2"]),
        (lambda: names("x", also=("v{next_patch}",)), ["x", "v0.0.1"]),
        (lambda: names("x", also=("v{next_patch}",), on=tagged({"v1.2.3": OLD})), ["x", "v1.2.4"]),
        (lambda: names("x", also=("v{next_patch}",), on=tagged({}, {"v1.2.3": OLD})), ["x", "v1.2.4"]),
        (lambda: names("x", also=("v{next_patch}",), on=tagged({"v1.2.9": OLD, "v1.2.10": NEW})), ["x", "v1.2.11"]),
        # a version that the base does not contain is no predecessor, but its number is taken
        (lambda: names("x", also=("v{next_patch}",), on=tagged({"v1.2.3": OLD, "v2.0.0": ELSEWHERE})), ["x", "v1.2.4"]),
        (lambda: names("x", also=("v{next_patch}",), on=tagged({"v1.2.3": OLD, "v1.2.4": ELSEWHERE})), ["x", "v1.2.5"]),
        (lambda: names("x", also=("v{next_patch}",), on=tagged({"v2.0.0": ELSEWHERE})), ["x", "v0.0.1"]),
        # what is no version, or another's
        (lambda: names("x", also=("v{next_patch}",), on=tagged({"v1.2": OLD, "v1.2.3-rc": OLD})), ["x", "v0.0.1"]),
        (lambda: names("x", also=("api-{next_patch}-eu",), on=tagged({"api-1.2.3-eu": OLD})), ["x", "api-1.2.4-eu"]),
        (lambda: names("x", also=("api-{next_patch}-eu",), on=tagged({"v1.2.3": OLD})), ["x", "api-0.0.1-eu"]),
        (
            lambda: names("x", also=("v{next_patch}", "api-{next_patch}"), on=tagged({"v1.2.3": OLD})),
            ["x", "v1.2.4", "api-0.0.1"],
        ),
        # a number that is no version's
        *(
            (
                lambda tag=tag: names("x", also=("v{next_patch}",), on=tagged({"v1.2.3": OLD, tag: NEW})),
                ["x", "v1.2.4"],
            )
            for tag in ("v1000000000.0.0", f"v{'9' * 5000}.0.0", "v1.9999999999.0", "v٢.0.0")
        ),
        # two that come to the same are one tag
        (lambda: names("v1.2.4", also=("v{next_patch}",), on=tagged({"v1.2.3": OLD})), ["v1.2.4"]),
        (lambda: names(format="live", also=("live",)), ["live"]),
        (lambda: names("x", also=("{next_patch}", "{next_patch}")), ["x", "0.0.1"]),
        # what takes a publication back has one
        (lambda: names("live-rollback", also=("v{next_patch}",), is_rollback=True), ["live-rollback"]),
        (lambda: names("a-rollback", on=tagged({"a-rollback": OLD}), is_rollback=True), ["a-rollback-2"]),
    ],
)
def test_names_of_tags(chosen: Any, expected: list[str]) -> None:
    assert chosen() == expected


def test_branch_that_git_flow_has_named_by_a_version_gets_that_tag() -> None:
    known = Known(HOTFIX, TIP, branch=BranchName("hotfix/2.0.7"))
    given = facts(config=Config(tag=Tag(format="x", also=("v{next_patch}",)))).having(known=known)
    assert choose_tags(given, None, BASE_TIP) == ("x", "v2.0.7")


def test_annotated_versions_count_by_the_commit_they_stand_on() -> None:
    on = tagged({"v1.2.3": TAG}, {"v1.3.0": oid("d")}, {"v1.3.0": OLD})
    given = facts(
        config=Config(tag=Tag(also=("v{next_patch}",))),
        world=on,
        commit_of=lambda found: {TAG: NEW}.get(found, found),
        is_ancestor=lambda one, _base: one in {NEW, OLD},
    )
    assert choose_tags(given, "x", BASE_TIP) == ("x", "v1.3.1")
    given = facts(
        config=Config(tag=Tag(also=("v{next_patch}",))),
        world=on,
        has=lambda found: found != OLD,  # not fetched: whether the base contains it cannot be told
        commit_of=lambda _found: None,
    )
    assert choose_tags(given, "x", BASE_TIP) == ("x", "v0.0.1")


ARRIVED = Attempt(MAIN, BASE_TIP, MERGE, TIP, (("hotfix-20260117-1200", TAG), ("v1.0.1", OLD)))
NO_TAG = {"Hotfix-Tag": "none"}


@pytest.mark.parametrize(
    ("given", "request_", "expected"),
    [
        (facts(), FinishRequest(), "-"),
        (published(), FinishRequest(), "-"),
        (published(publications=(UNTAGGED,)), FinishRequest(), "CompleteTag"),
        (published(publications=(UNTAGGED,)), FinishRequest(wants_tag=False), "-"),
        (published(publications=(UNTAGGED,), merge_trailers=NO_TAG), FinishRequest(), "-"),
        (facts(publications=(UNTAGGED,)), FinishRequest(), "-"),  # the next publication comes first
        # a server without atomic took only some of them
        (published(memory=Memory(attempt=ARRIVED)), FinishRequest(), "CompleteTag"),
        (published(memory=Memory(attempt=ARRIVED)), FinishRequest(wants_tag=False), "CompleteTag"),
        (
            published(
                memory=Memory(attempt=ARRIVED),
                world=tagged({}, {"hotfix-20260117-1200": TAG, "v1.0.1": OLD}, {"v1.0.1": MERGE}),
            ),
            FinishRequest(),
            "-",
        ),
        (published(memory=Memory(attempt=replace(ARRIVED, merge=OLD))), FinishRequest(), "-"),
        (rolled_back(), FinishRequest(), "-"),
        (rolled_back(publications=(NOT_TAGGED_BACK,)), FinishRequest(), "CompleteTag"),
        (rolled_back(publications=(NOT_TAGGED_BACK,)), FinishRequest(wants_tag=False), "CompleteTag"),
    ],
)
def test_when_a_tag_is_completed(given: Facts, request_: FinishRequest, expected: str) -> None:
    assert decided(CompleteTag.due(given, request_)) == expected


def test_which_tag_is_completed() -> None:
    untagged = published(publications=(UNTAGGED,))
    step = CompleteTag(MERGE, "v2")
    assert CompleteTag.due(untagged, FinishRequest(tag="v2")) == step
    assert CompleteTag.due(untagged, FinishRequest()) == CompleteTag(MERGE, None)
    back = rolled_back(publications=(NOT_TAGGED_BACK,))
    name = "hotfix-20260117-1200-rollback"
    assert CompleteTag.due(back, FinishRequest(tag="v2")) == CompleteTag(ROLLBACK, name, is_rollback=True)


@pytest.mark.parametrize(
    ("given", "name"),
    [
        (published(), "hotfix-20260117-1200-rollback"),
        (published(publications=(UNTAGGED,)), f"{HOTFIX}-rollback"),
        (published(publications=(UNTAGGED, PUBLICATION)), "hotfix-20260117-1200-rollback"),
        (facts(), f"{HOTFIX}-rollback"),
    ],
)
def test_tag_of_a_rollback(given: Facts, name: str) -> None:
    assert rollback_tag(given) == name
