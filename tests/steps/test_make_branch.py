"""What the hotfix branch is made of, and everything that forbids it, told together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from git_hotfix.config.keys import Config, Messages
from git_hotfix.engine.step import Refusal
from git_hotfix.errors import ExitCode, Problem, command, wrong_input
from git_hotfix.facts.hotfixes import Known
from git_hotfix.facts.relanding import Relanded
from git_hotfix.hotfix import HotfixId, Slug, branch_ref
from git_hotfix.record.report import read_report
from git_hotfix.steps.make_branch import MakeBranch
from git_hotfix.steps.request import StartRequest
from tests.support.decisions import START, decided, refusal
from tests.support.facts import BASE_TIP, BRANCH, FORK, HOTFIX, MAIN, ROLLBACK, TIP, beginning, oid, world

if TYPE_CHECKING:
    from git_hotfix.facts.beginning import Beginning
    from git_hotfix.hotfix import Oid

PATH = f"docs/incidents/{HOTFIX.report_name()}"
WHO = Problem("no-identity", "git does not know who you are.", command("git", "config", "user.name", "NAME"))
NOWHERE = "'{}' is not a commit here."
MADE = world()
OLD = HotfixId("20260110", Slug("auth"))
OLD_PATH = f"docs/incidents/{OLD.report_name()}"
OLD_REPORT = b"# Auth\n\n## Timeline\n\n| Time | Event | Source |\n|---|---|---|\n"
AGAIN = Relanded(OLD, "Auth", MAIN, OLD_PATH, (ROLLBACK,), None)
AT_TWO = Config(message=Messages(report="{severity} {issue}: {description} ({slug}, {id})"))


def start(title: str = "auth", **options: Any) -> StartRequest:
    return StartRequest(title=title, yes=True, **options)


def unknown(name: str) -> Oid:
    raise wrong_input("unknown-revision", NOWHERE.format(name), command("git", "log", "--oneline", "--all"))


def all_unknown(names: tuple[str, ...]) -> tuple[Oid, ...]:
    return tuple(unknown(name) for name in names)


def made(given: Beginning, request: StartRequest) -> MakeBranch:
    step = MakeBranch.due(given, request)
    assert isinstance(step, MakeBranch), step
    return step


@pytest.mark.parametrize(
    ("given", "request_", "expected"),
    [
        (beginning(), start(), "MakeBranch"),
        (beginning(unfinished=HOTFIX), start(), "MakeBranch"),
        (beginning(unfinished=HOTFIX, world=MADE), start(), "-"),  # a run that was killed had made it
        (beginning(known=(Known(HOTFIX, TIP),), world=MADE), start(), "refused name-taken"),
        (beginning(reporter=(WHO,)), start(), "refused no-identity"),
        (beginning(base_tip=None), start(), "refused unknown-branch"),
        (beginning(), start("🔥"), "refused empty-slug"),
        (beginning(), start(since="25:00"), "refused bad-time"),
        (beginning(), start(detected="2026-01-17T13:00:00+00:00"), "refused future-time"),
        (beginning(), start(since="1h ago", detected="3h ago"), "refused times-crossed"),
        (beginning(commit=unknown), start(start_from="nope"), "refused unknown-revision"),
        (beginning(commits=all_unknown), start(picks=("nope",)), "refused unknown-revision"),
        (
            beginning(commit=lambda _name: FORK, is_ancestor=lambda _one, _other: False),
            start(start_from="develop"),
            "refused not-in-base",
        ),
        (
            beginning(commit=lambda _name: FORK, is_ancestor=lambda _one, _other: True),
            start(start_from="v1"),
            "MakeBranch",
        ),
    ],
)
def test_when_the_branch_is_made(given: Beginning, request_: StartRequest, expected: str) -> None:
    assert decided(MakeBranch.due(given, request_)) == expected


def test_everything_that_forbids_the_branch_is_told_together_and_once() -> None:
    given = beginning(known=(Known(HOTFIX, TIP),), commit=unknown, commits=all_unknown, reporter=(WHO,))
    refused = MakeBranch.due(given, start(start_from="nope", picks=("nope",)))
    assert refusal(refused, START) == [
        (1, "The hotfix '20260117-auth' exists already.", "git hotfix start auth --slug auth-2"),
        (2, NOWHERE.format("nope"), "git log --oneline --all"),
        (1, "git does not know who you are.", "git config user.name NAME"),
    ]
    given = beginning(commit=lambda _name: FORK, is_ancestor=lambda _one, _other: False, commits=all_unknown)
    refused = MakeBranch.due(given, start(start_from="develop", picks=("x",), since="25:00"))
    assert refusal(refused, START) == [
        (2, "'develop' is not contained in 'origin/main'.", "git log --oneline origin/main"),
        (2, NOWHERE.format("x"), "git log --oneline --all"),
        (
            2,
            "'25:00' is not a time (14:05, '2h ago', 'yesterday 14:05' or 2026-01-17T02:10:00+09:00).",
            "date -Iseconds",
        ),
    ]
    assert refusal(MakeBranch.due(beginning(base_tip=None), start())) == [
        (int(ExitCode.USAGE), "'origin/main' does not exist.", "git branch -a")
    ]


def test_the_branch_begins_at_the_base_with_its_report() -> None:
    step = made(beginning(), start("Auth", slug="auth", issue="#7"))
    assert (step.hotfix, step.branch, step.start, step.report_path) == (HOTFIX, BRANCH, BASE_TIP, PATH)
    assert (step.picks, step.reverts, step.edits) == ((), (), ())
    assert step.message == f"Incident report: Auth\n\nHotfix-Id: {HOTFIX}\nIncident: {PATH}\nIssue: #7\n"
    report = read_report(step.report, PATH)
    assert (report.id, report.title, report.base, report.branch) == (HOTFIX, "Auth", MAIN, BRANCH)
    assert (report.reporter, report.severity, report.kind, report.issue) == ("Kim", "critical", "critical-bug", "#7")
    assert (report.what, report.visibility, report.started_at) == ("Auth", "public", None)


def test_signer_that_does_not_sign_is_told_before_anything_is_made() -> None:
    wrong = Problem("signing-failed", "Nothing can be signed: no key", command("ssh-add"))
    assert MakeBranch.due(beginning(signing_problem=wrong), start("Login")) == Refusal((wrong,))


def test_no_filter_is_asked_for_the_name_of_what_is_refused() -> None:
    known = (Known(HOTFIX, TIP),)
    given = beginning(allows_several=False, known=known, name=lambda *_: pytest.fail("asked"))
    assert isinstance(MakeBranch.due(given, start("Login")), Refusal)


def test_what_was_asked_for_is_on_the_branch() -> None:
    given = beginning(
        commit=lambda _name: FORK,
        is_ancestor=lambda one, other: (one, other) == (FORK, BASE_TIP),
        commits=lambda names: tuple(oid(name) for name in names),
        config=AT_TWO,
    )
    step = made(given, start("The\nlogin", slug="auth", start_from="v1", picks=("a", "b"), severity="high", issue="#7"))
    assert (step.start, step.picks) == (FORK, (oid("a"), oid("b")))
    assert step.message.splitlines()[0] == f"high #7: The login (auth, {HOTFIX})"


def test_nothing_of_a_restricted_hotfix_is_in_its_commit() -> None:
    given = beginning(config=AT_TWO, relanded=replace(AGAIN, visibility="restricted"), file_at=lambda *_: OLD_REPORT)
    step = made(given, start("Anybody can log in", visibility="restricted", issue="#7"))
    assert step.report_path is None
    assert step.message == ": maintenance (maintenance, 20260117-maintenance)\n\nHotfix-Id: 20260117-maintenance\n"
    assert step.edits == ()
    assert b"Anybody can log in" in step.report


def test_landing_again_reverts_the_rollback_and_links_both_reports() -> None:
    asked: list[tuple[str, str]] = []

    def file_at(commit: Oid, path: str) -> bytes:
        asked.append((commit, path))
        return OLD_REPORT

    step = made(beginning(relanded=AGAIN, file_at=file_at), start("Auth", slug="auth-again"))
    assert step.reverts == (ROLLBACK,)
    ((path, content),) = step.edits
    assert path == OLD_PATH
    assert b"Landed again as 20260117-auth-again" in content
    assert b"20260110-auth again, which was rolled back" in step.report
    assert asked == [(BASE_TIP, OLD_PATH)]
    assert made(beginning(relanded=AGAIN, file_at=lambda *_: None), start()).edits == ()


def test_the_branch_itself_counts_not_one_of_the_same_name_on_the_server() -> None:
    there = beginning().world
    assert there.server is not None
    server = replace(there.server, refs={**there.server.refs, branch_ref(BRANCH): TIP})
    taken = beginning(world=replace(there, server=server), known=(Known(HOTFIX, None, TIP),))
    assert decided(MakeBranch.due(taken, start())) == "refused name-taken"
