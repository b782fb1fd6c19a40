"""What follows from publications, targets and what is remembered: told of facts made by hand, without a repository."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from git_hotfix.config.keys import Config, Deploy, Documents
from git_hotfix.facts.closing import Closing
from git_hotfix.facts.publications import before_publication
from git_hotfix.facts.report_now import is_closed
from git_hotfix.git.remote import Server
from git_hotfix.git.world import Roles
from git_hotfix.hotfix import BranchName, Method, Verdict, tag_ref
from git_hotfix.memory import Attempt, Conflict, Deployment, Memory, TestResult
from git_hotfix.record.incident import Status, Visibility
from tests.support.facts import (
    BASE_TIP,
    CLOSED,
    DEVELOP,
    FIX,
    MAIN,
    MERGE,
    NOON,
    PUBLICATION,
    ROLLBACK,
    TAG,
    TAKEN_BACK,
    TIP,
    asked_anew,
    ended,
    facts,
    oid,
    published,
    report,
    rolled_back,
    target,
    with_branch,
    world,
)

if TYPE_CHECKING:
    from git_hotfix.facts.facts import Facts
    from git_hotfix.hotfix import Oid

NOW = NOON.isoformat()
SECOND = replace(PUBLICATION, merge=oid("7"), tip=oid("8"), tags=())


@pytest.mark.parametrize(
    ("given", "is_published", "is_rolled_back", "in_production", "gone"),
    [
        (facts(), "", "", None, ""),
        (facts(fix=None, tip=None), "", "", None, "closed"),
        (ended(), "", "", None, "closed"),
        (published(), "published", "", MERGE, ""),
        (published(tip=None), "published", "", MERGE, ""),
        (published(fix=FIX), "", "", MERGE, ""),  # later commits wait for their own publication
        (published(publications=(PUBLICATION, SECOND)), "published", "", SECOND.merge, ""),
        (rolled_back(), "published", "back", ROLLBACK, ""),
        (published(publications=(TAKEN_BACK, SECOND)), "published", "", SECOND.merge, ""),
        (published(publications=(TAKEN_BACK, TAKEN_BACK)), "published", "back", ROLLBACK, ""),
    ],
)
def test_what_follows_from_the_publications(
    given: Facts, is_published: str, is_rolled_back: str, in_production: str | None, gone: str
) -> None:
    assert given.is_published == bool(is_published)
    assert given.is_rolled_back == bool(is_rolled_back)
    assert given.in_production == in_production
    assert is_closed(given) == bool(gone)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (facts(), False),
        (facts(report=report()), False),
        (ended(Status.RESOLVED), True),
        # while the branch has a fix that nobody gave up it is not
        (facts(closing=Closing(CLOSED, Status.CANCELLED)), False),
        (facts(closing=Closing(CLOSED, Status.CANCELLED), fix=replace(FIX, paths=(), commits=())), True),
        (facts(closing=Closing(CLOSED, Status.CANCELLED), fix_commits_at=lambda _tip: None), False),  # it is not here
        (facts(closing=Closing(CLOSED, Status.CANCELLED, (TIP,))), True),
        (facts(closing=Closing(CLOSED, Status.CANCELLED, (oid("9"),))), True),  # which contains it
        (facts(closing=Closing(CLOSED, Status.CANCELLED, (oid("9"),)), is_ancestor=lambda _one, _other: False), False),
        (facts(closing=Closing(CLOSED, Status.CANCELLED, (oid("9"),)), has=lambda found: found == TIP), False),
        (facts(closing=Closing(CLOSED, Status.CANCELLED, (TIP,)), world=with_branch(world(), TIP, oid("9"))), True),
        # what a report says is no record of it
        (facts(report=report(status=Status.CANCELLED)), False),
        (facts(report=report(), _documented=("x.md", report(status=Status.CANCELLED), None)), False),
    ],
)
def test_what_was_closed_without_code(given: Facts, expected: bool) -> None:  # noqa: FBT001  # what is expected
    assert given.is_ended == expected


def conflict(branch: str, method: Method = Method.MERGE) -> Conflict:
    return Conflict(branch, "/there", BASE_TIP, TIP, method, "as git")


PRESENT, PENDING, WAIVED = (target(verdict=each) for each in (Verdict.PRESENT, Verdict.PENDING, Verdict.WAIVED))
KEEPS = target(verdict=Verdict.CONFLICT, kept=Verdict.PRESENT)
BACK = Method.REVERT


@pytest.mark.parametrize(
    ("given", "waits", "expected"),
    [
        # of bringing the fix: to the base until it is published, to a target until it is settled
        (facts(), conflict(MAIN), True),
        (published(), conflict(MAIN), False),
        (published(fix=FIX), conflict(MAIN), True),
        (published(targets=(PENDING,)), conflict(DEVELOP), True),
        (published(targets=(target(verdict=Verdict.CONFLICT),)), conflict(DEVELOP), True),
        (published(targets=(target(verdict=Verdict.UNKNOWN),)), conflict(DEVELOP), True),
        (published(targets=(PRESENT,)), conflict(DEVELOP), False),
        (published(targets=(WAIVED,)), conflict(DEVELOP), False),
        (rolled_back(targets=(PENDING,)), conflict(DEVELOP), False),
        (published(), conflict("topic"), True),  # of --to: no target of its own
        (rolled_back(), conflict("topic"), False),
        # of taking it back: on the base until it is, on a target while that keeps the fix
        (published(), conflict(MAIN, BACK), True),
        (rolled_back(), conflict(MAIN, BACK), False),
        (rolled_back(targets=(KEEPS,)), conflict(DEVELOP, BACK), True),
        (rolled_back(targets=(target(verdict=Verdict.REVERTED),)), conflict(DEVELOP, BACK), False),
        (rolled_back(targets=(PENDING,)), conflict(DEVELOP, BACK), False),
    ],
)
def test_what_still_has_to_be_resolved(given: Facts, waits: Conflict, expected: bool) -> None:  # noqa: FBT001  # as above
    assert given.needs(waits) == expected


ALL = tuple(target(f"release/{each}", each) for each in Verdict)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (published(targets=ALL), ["partial", "pending", "reverted", "dropped", "conflict", "unknown"]),
        (facts(targets=ALL), ["partial", "pending", "reverted", "dropped", "conflict", "unknown"]),
        (rolled_back(targets=ALL), []),
        (published(publications=(TAKEN_BACK, SECOND), targets=(PENDING,)), ["pending"]),
    ],
)
def test_which_targets_are_to_get_the_fix(given: Facts, expected: list[str]) -> None:
    assert [each.verdict for each in given.pending] == expected


FIVE, SIX = (tuple(BranchName(f"release/{number}") for number in range(count)) for count in (5, 6))


@pytest.mark.parametrize(
    ("lines", "origin", "expected"),
    [((), "default", ()), (FIVE, "default", ()), (SIX, "default", SIX), (SIX, ".hotfix.toml", ())],
)
def test_more_than_five_lines_that_nobody_chose_are_not_taken(lines: Any, origin: str, expected: Any) -> None:
    given = facts(roles=Roles(MAIN, guessed=False, develop=None, lines=lines))
    given.settings = replace_origin(given, origin)
    assert given.unchosen_lines == expected


def replace_origin(given: Facts, origin: str) -> Any:
    return type(given.settings)(given.config, {**given.origins, "branches.release": origin})


def trunk(develop: BranchName | None = None) -> Roles:
    return Roles(MAIN, guessed=False, develop=develop, lines=())


PUSH, CHECKED = Config(deploy=Deploy(trigger="push")), Config(deploy=Deploy(trigger="push", check="curl live"))
HOLD, PUBLISH = (Config(deploy=Deploy(trigger="push"), documents=Documents(publish=each)) for each in ("hold", "push"))
HOLD_ALWAYS = Config(documents=Documents(publish="hold"))


@pytest.mark.parametrize(
    ("roles", "config", "expected"),
    [
        (trunk(), Config(), False),
        (trunk(), Config(deploy=Deploy(command="make")), False),
        (trunk(), PUSH, True),
        (trunk(), CHECKED, True),
        (trunk(), HOLD, True),
        (trunk(), PUBLISH, False),
        (trunk(), HOLD_ALWAYS, True),
        (trunk(DEVELOP), PUSH, False),
        (trunk(DEVELOP), HOLD, False),
        (trunk(MAIN), PUSH, True),  # a hotfix of develop's own line
    ],
)
def test_where_records_are_held(roles: Roles, config: Config, expected: bool) -> None:  # noqa: FBT001  # as above
    assert facts(roles=roles, config=config).is_held == expected


def attempt(*tags: str, merge: Any = MERGE) -> Memory:
    return Memory(attempt=Attempt(MAIN, BASE_TIP, merge, TIP, tuple((each, TAG) for each in tags)))


UNTAGGED = replace(PUBLICATION, tags=())
NO_TAG = {"Hotfix-Tag": "none"}
TAGGED = replace(world(), local={tag_ref("v1"): TAG})
OTHERS_THERE = replace(TAGGED, server=Server({tag_ref("v0"): TAG}, {tag_ref("v0"): MERGE}))
TAGGED_THERE = replace(world(), server=Server({tag_ref("v1"): TAG}, {tag_ref("v1"): MERGE}))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (facts(), False),
        (published(), False),
        (published(publications=(UNTAGGED,)), True),
        (published(publications=(UNTAGGED,), merge_trailers=NO_TAG), False),
        (published(publications=(PUBLICATION, SECOND)), True),
        # not all tags that were made for it arrived
        (published(memory=attempt("v1")), True),
        (published(memory=attempt("v1"), world=OTHERS_THERE), True),
        (published(memory=attempt("v1"), world=TAGGED), False),  # the server hides its tags: it is here, so it took it
        (published(memory=attempt("v1"), world=TAGGED_THERE), False),
        (published(memory=attempt("v1", "v2"), world=TAGGED_THERE), True),
        (published(memory=attempt("v1"), world=replace(TAGGED, server=None)), False),
        (published(memory=attempt("v1", merge=oid("9"))), False),  # of an attempt that was not published
        (rolled_back(memory=attempt("v1", merge=ROLLBACK)), True),
    ],
)
def test_when_a_tag_is_lacking(given: Facts, expected: bool) -> None:  # noqa: FBT001  # as above
    assert given.lacks_tag == expected


def test_deployment_is_the_last_one_of_what_is_in_production() -> None:
    def run(commit: Any, state: Any, key: str = "deploy.command") -> Deployment:
        return Deployment(commit, state, NOW, NOW, "make", key=key)

    first, again, back = run(MERGE, "failed"), run(MERGE, "succeeded"), run(MERGE, "succeeded", "deploy.rollback")
    of_rollback = run(ROLLBACK, "failed")
    assert facts(memory=Memory(deployments=(first,))).deployment is None
    assert published(memory=Memory(deployments=(first,))).deployment == first
    assert published(memory=Memory(deployments=(first, again, back))).deployment == back
    assert rolled_back(memory=Memory(deployments=(first, again))).deployment is None
    assert rolled_back(memory=Memory(deployments=(again, of_rollback))).deployment == of_rollback


def test_result_of_the_tests_is_that_of_this_very_fix() -> None:
    def ran(fix: str, outcome: Any) -> TestResult:
        return TestResult(fix, outcome, "make test", NOW, 1)

    passed, failed, other = ran("the fix", "passed"), ran("the fix", "failed"), ran("another", "passed")
    assert facts(memory=Memory(tests=(passed,))).passed_tests == passed
    assert facts(memory=Memory(tests=(passed, failed))).test_result == failed
    assert facts(memory=Memory(tests=(passed, failed))).passed_tests is None
    assert facts(memory=Memory(tests=(other,))).test_result is None
    assert published(memory=Memory(tests=(passed,))).test_result is None
    merged: dict[str, Any] = {"merged_tree": oid("9"), "without_record": lambda tree: f"{tree[:1]} without"}
    assert facts(memory=Memory(tests=(passed,)), **merged).passed_tests is None
    assert facts(memory=Memory(tests=(ran("9 without", "passed"),)), **merged).passed_tests is not None


def test_words_of_a_restricted_report_are_not_told() -> None:
    secret = facts(private=b"x", report=report(visibility=Visibility.RESTRICTED))
    assert (secret.title, secret.incident, secret.recorded) == ("auth", None, secret.report)
    public = facts(report=report())
    assert (public.title, public.incident) == ("Login takes any password", public.report_path)
    assert (facts().title, facts().incident, facts().recorded) == ("auth", None, None)


def test_tip_that_counts_is_the_one_that_contains_the_other() -> None:
    def tips(local: Any, server: Any, **more: Any) -> Any:
        given = facts(world=with_branch(world(), local, server), **more)
        return asked_anew(given, "branch_tip", "tip")

    there = oid("9")
    assert tips(TIP, None).branch_tip == TIP
    assert tips(None, there).branch_tip == there
    assert tips(TIP, TIP).branch_tip == TIP
    assert tips(TIP, there, has=lambda _oid: False).branch_tip == TIP
    assert (tips(None, None).branch_tip, tips(None, None).tip) == (None, None)
    assert tips(None, None, publications=(PUBLICATION, SECOND)).tip == SECOND.tip


def test_other_answers_leave_the_facts_as_they_are() -> None:
    given = published(targets=(PENDING,))
    other = given.having(targets=(PRESENT,), publications=given.publications, fix=None)
    assert (given.pending, other.pending) == ((PENDING,), ())
    assert (other.hotfix, other.world, other.memory, other.at) == (given.hotfix, given.world, given.memory, NOON)
    later = given.having(memory=Memory(starting=True), world=replace(given.world, trees=()))
    assert later.memory.starting
    assert not given.memory.starting
    assert "targets" not in later.__dict__  # what may follow from the memory is asked anew


PUSHED, PUSHED_AGAIN = (
    replace(PUBLICATION, merge=oid(merge), tip=oid(merge), fork=oid(fork)) for merge, fork in ("7a", "8b")
)


@pytest.mark.parametrize(
    ("given", "decides"),
    [
        (facts(), BASE_TIP),
        (published(publications=(PUSHED,)), oid("a")),
        (published(publications=(PUSHED,), fix=FIX), oid("a")),
        (published(publications=(PUSHED, PUSHED_AGAIN)), oid("a")),
        (published(publications=(replace(PUSHED, rollback=ROLLBACK), PUSHED_AGAIN)), oid("b")),
        (published(publications=tuple(replace(each, rollback=ROLLBACK) for each in (PUSHED, PUSHED_AGAIN))), oid("a")),
        (published(publications=(replace(PUSHED, rollback=TAG), replace(PUSHED_AGAIN, rollback=ROLLBACK))), oid("b")),
    ],
)
def test_what_decides_how_a_fix_is_deployed_has_nothing_of_the_fix(given: Facts, decides: Oid) -> None:
    assert before_publication(given) == decides
