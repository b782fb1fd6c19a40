"""What every command does in every situation: its steps, or what it is refused by. Read it as the specification."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from git_hotfix.config.keys import Config, Deploy
from git_hotfix.engine.loop import plan
from git_hotfix.engine.step import Refusal
from git_hotfix.errors import ExitCode, Problem, command
from git_hotfix.git.merging import Merged
from git_hotfix.git.resolutions import StuckBack
from git_hotfix.git.world import Roles
from git_hotfix.hotfix import BranchName, HotfixId, Slug
from git_hotfix.memory import Deployment, Memory
from git_hotfix.steps import commands
from git_hotfix.steps.post_mortem import PostmortemRequest, draft_postmortem
from git_hotfix.steps.request import (
    AbortRequest,
    DeployRequest,
    DocumentRequest,
    FinishRequest,
    FollowUpRequest,
    LeaveRequest,
    NoteRequest,
    Request,
    RollbackRequest,
)
from tests.support.facts import (
    DEVELOP,
    FIX,
    LINE,
    MAIN,
    MERGE,
    NOON,
    TIP,
    ended,
    facts,
    published,
    report,
    report_with,
    rolled_back,
    shown,
    target,
    told,
    world,
)
from tests.support.situations import NOW, PATH, situations

if TYPE_CHECKING:
    from git_hotfix.engine.loop import Command
    from git_hotfix.facts.facts import Facts


def of_postmortem(facts: Facts) -> PostmortemRequest:
    return PostmortemRequest(draft=draft_postmortem(facts, {"cause": "A typo"}, as_adr=False))


TYPED: dict[str, tuple[Command[Any, Any], Any]] = {
    "test": (commands.TEST, FinishRequest(retest=True)),
    "finish, on a terminal": (commands.FINISH, FinishRequest(interactive=True)),
    "finish": (commands.FINISH, FinishRequest()),
    "finish -y": (commands.FINISH, FinishRequest(yes=True)),
    "finish --abort": (commands.ABORT, AbortRequest()),
    "deploy": (commands.DEPLOY, DeployRequest(redeploy=True, backport=False)),
    "deploy --done": (commands.DEPLOY, DeployRequest(succeeded=True, when=NOON, by="Kim", backport=False)),
    "backport": (commands.BACKPORT, Request()),
    "backport --abort": (commands.ABORT_BACKPORT, AbortRequest()),
    "document": (commands.DOCUMENT, DocumentRequest(deploy=False)),
    "note": (commands.NOTE, NoteRequest(event="restarted", when=NOON.isoformat(), source="Kim")),
    "followup": (commands.FOLLOW_UP, FollowUpRequest(text="Split it", kind="refactoring")),
    "postmortem": (commands.POSTMORTEM, of_postmortem),
    "rollback, on a terminal": (commands.ROLLBACK, RollbackRequest(interactive=True)),
    "rollback": (commands.ROLLBACK, RollbackRequest()),
    "rollback -y": (commands.ROLLBACK, RollbackRequest(yes=True)),
    "rollback -y --targets": (commands.ROLLBACK, RollbackRequest(yes=True, targets=True)),
    "rollback --abort": (commands.ABORT_ROLLBACK, AbortRequest(is_rollback=True)),
    "close": (commands.CLOSE, LeaveRequest(status="cancelled", reason="A false alarm")),
    "close --discard": (commands.CLOSE, LeaveRequest(status="cancelled", reason="A false alarm", discard=True)),
    "cleanup": (commands.CLEANUP, LeaveRequest()),
    "cleanup --force": (commands.CLEANUP, LeaveRequest(force=True)),
}

PLANS = """
test
    refused: nothing-to-test | begun, published, deployment failed, deployed, everywhere, taken back, closed
    RunTests | fixed, tested, in conflict, more to publish
finish, on a terminal
    refused: no-fix | begun
    asks: confirmed | fixed, tested, more to publish
    LayOutConflict RunTests Publish Deploy Backport ReturnToPlace | in conflict
    asks: deploy | published
    Backport | deployment failed
    Backport ReturnToPlace | deployed
    nothing | everywhere
    refused: rolled-back | taken back
    refused: hotfix-ended | closed
finish
    refused: no-fix decision-missing | begun
    refused: decision-missing | fixed, tested, in conflict, published, more to publish
    Backport | deployment failed
    Backport ReturnToPlace | deployed
    nothing | everywhere
    refused: rolled-back | taken back
    refused: hotfix-ended | closed
finish -y
    refused: no-fix | begun
    RunTests Publish Deploy Backport ReturnToPlace | fixed, more to publish
    Publish Deploy Backport ReturnToPlace | tested
    LayOutConflict RunTests Publish Deploy Backport ReturnToPlace | in conflict
    Deploy Backport | published
    Backport | deployment failed
    Backport ReturnToPlace | deployed
    nothing | everywhere
    refused: rolled-back | taken back
    refused: hotfix-ended | closed
finish --abort
    GiveUpConflicts DropAttempt ReturnToPlace | begun, fixed, tested, in conflict, more to publish, closed
    refused: published | published, deployment failed, deployed, everywhere, taken back
deploy
    refused: not-published | begun, fixed, tested, in conflict
    refused: hotfix-ended | closed
    Deploy | published, deployment failed, deployed, everywhere, more to publish, taken back
deploy --done
    refused: not-published | begun, fixed, tested, in conflict
    refused: hotfix-ended | closed
    RecordDeployment | published, deployment failed, deployed, everywhere, more to publish, taken back
backport
    refused: not-published | begun, fixed, tested, in conflict, more to publish
    refused: hotfix-ended | closed
    Backport | published, deployment failed, deployed
    nothing | everywhere
    refused: rolled-back | taken back
backport --abort
    GiveUpConflicts | always
document
    refused: not-published | begun, fixed, tested, in conflict, more to publish
    refused: hotfix-ended | closed
    refused: record-waits | published, deployment failed, deployed
    nothing | everywhere, taken back
note
    refused: closed | closed
    AddRow | always
followup
    AddFollowUp | always
postmortem
    WritePostmortem | always
rollback, on a terminal
    refused: not-published | begun, fixed, tested, in conflict, closed
    asks: deploy confirmed | published, deployment failed, deployed, more to publish
    asks: deploy targets confirmed | everywhere
    nothing | taken back
rollback
    refused: not-published | begun, fixed, tested, in conflict, closed
    refused: decision-missing decision-missing | published, deployment failed, deployed, everywhere, more to publish
    nothing | taken back
rollback -y
    refused: not-published | begun, fixed, tested, in conflict, closed
    RollBack Deploy Backport | published, deployment failed, deployed, everywhere, more to publish
    nothing | taken back
rollback -y --targets
    refused: not-published | begun, fixed, tested, in conflict, closed
    RollBack Deploy Backport | published, deployment failed, deployed, everywhere, more to publish
    Backport | taken back
rollback --abort
    GiveUpConflicts | always
close
    RecordEnd ReturnToPlace DeleteBranch Forget | begun
    refused: has-fix | fixed, tested, in conflict
    refused: published | published, deployment failed, deployed, everywhere, more to publish, taken back
    Forget | closed
close --discard
    RecordEnd ReturnToPlace DeleteBranch Forget | begun, fixed, tested, in conflict
    refused: published | published, deployment failed, deployed, everywhere, more to publish, taken back
    Forget | closed
cleanup
    refused: not-published | begun, fixed, tested, in conflict, more to publish
    refused: target-pending target-pending | deployed
    refused: not-deployed target-pending target-pending | published, deployment failed
    DeleteBranch Forget | everywhere, taken back
    Forget | closed
cleanup --force
    DeleteBranch Forget | everywhere, taken back
    Forget | closed
    ReturnToPlace DeleteBranch Forget | always
"""
"""What each command comes to, and in which situations; "always": in those that are not named above."""


def planned(typed: str, facts: Facts) -> str:
    """Return what a command comes to: the names of its steps, what refuses it, or what it asks."""
    command, request = TYPED[typed]
    found = plan(command, facts, request(facts) if callable(request) else request)
    if found.refusal is not None:
        return f"refused: {' '.join(each.code for each in found.refusal.problems)}"
    if found.questions is not None:
        return f"asks: {' '.join(each.field for each in found.questions.questions)}"
    return " ".join(type(each).__name__ for each in found.steps) or "; ".join(found.notes) or "nothing"


def expected_of(typed: str) -> dict[str, str]:
    """Return what the table says of a command, by situation."""
    known: dict[str, str] = {}
    for line in PLANS.partition(f"\n{typed}\n")[2].split("\n"):
        if not line.startswith("    "):
            break
        outcome, _, names = line.strip().partition(" | ")
        named = situations() if names == "always" else names.split(", ")
        known |= {name: outcome for name in named if name not in known}
    return known


@pytest.mark.parametrize("typed", TYPED)
def test_what_a_command_does_in_every_situation(typed: str) -> None:
    assert {name: planned(typed, given) for name, given in situations().items()} == expected_of(typed)


# What refuses a command, in its words.


def refused(command: Command[Any, Any], given: Facts, request: Any) -> tuple[list[Any], list[str]]:
    found = plan(command, given, request)
    assert found.refusal is not None
    return told(found.refusal.problems), [each.message for each in found.refusal.problems]


FINISH, STATUS = (f"git hotfix {name} 20260117-auth" for name in ("finish", "status"))


@pytest.mark.parametrize(
    ("typed", "situation", "code", "message", "remedy"),
    [
        (
            "finish -y",
            "taken back",
            "rolled-back",
            "'20260117-auth' was rolled back; merging its branch again would change nothing.",
            "git hotfix start --again 20260117-auth",
        ),
        (
            "backport",
            "taken back",
            "rolled-back",
            "'20260117-auth' was rolled back; merging its branch again would change nothing.",
            "git hotfix start --again 20260117-auth",
        ),
        (
            "finish --abort",
            "published",
            "published",
            "'20260117-auth' is published: it cannot be aborted, only rolled back.",
            "git hotfix rollback 20260117-auth",
        ),
        ("deploy", "fixed", "not-published", "'20260117-auth' is not published: there is nothing to deploy.", STATUS),
        ("backport", "fixed", "not-published", "'20260117-auth' is not published: production comes first.", STATUS),
        (
            "document",
            "fixed",
            "not-published",
            "'20260117-auth' is not published: the record only says what has happened.",
            STATUS,
        ),
        (
            "rollback -y",
            "fixed",
            "not-published",
            "'20260117-auth' is not published: there is nothing to roll back.",
            STATUS,
        ),
        (
            "close",
            "published",
            "published",
            "'20260117-auth' is published; 'close' is for a hotfix that ships no code.",
            FINISH,
        ),
        ("cleanup", "fixed", "not-published", "The fix is not in 'origin/main'.", STATUS),
    ],
)
def test_refusal_says_why_and_names_what_helps(
    typed: str, situation: str, code: str, message: str, remedy: str
) -> None:
    command, request = TYPED[typed]
    exit_code = 8 if typed == "cleanup" else 1
    assert refused(command, situations()[situation], request) == ([(code, exit_code, None, remedy)], [message])


def test_what_came_after_a_rollback_goes_out_with_what_lands_it_again() -> None:
    later = (
        "'hotfix/20260117-auth' has commits that came after its publication: 2222222."
        " It was rolled back: they go out with what lands it again (start --again)."
    )
    newer = HotfixId("20260118", Slug("auth-again"))
    branch, pick = newer.branch("hotfix/"), f"git cherry-pick {TIP[:12]}"
    with_newer: Any = {branch: TIP}
    begun = world(**with_newer)
    for given, remedy in (
        (rolled_back(fix=FIX, landed_again_by=None), "git hotfix start --again 20260117-auth"),
        (rolled_back(fix=FIX, landed_again_by=newer), f"git hotfix start TITLE --pick {TIP[:12]}"),
        (rolled_back(fix=FIX, landed_again_by=newer, world=begun), f"git switch {branch} && {pick}"),
    ):
        assert refused(commands.FINISH, given, FinishRequest()) == ([("rolled-back", 1, None, remedy)], [later])


def test_finish_of_one_that_was_landed_again_names_the_hotfix_that_does() -> None:
    newer = HotfixId("20260118", Slug("auth-again"))
    assert refused(commands.FINISH, rolled_back(landed_again_by=newer), FinishRequest()) == (
        [("rolled-back", 1, None, "git hotfix status 20260118-auth-again")],
        ["'20260117-auth' was rolled back, and '20260118-auth-again' lands it again in its place."],
    )


def test_all_problems_come_together_with_the_decisions_that_are_missing() -> None:
    given = facts(config=Config(deploy=Deploy(command="make")), identity_problems=(NOBODY,))
    found = plan(commands.FINISH, given, FinishRequest(tag="a..b"))
    assert found.refusal is not None
    line = "git hotfix finish --test-command COMMAND --verified-by NAME --deploy"
    assert told(found.refusal.problems, "git", "hotfix", "finish") == [
        ("no-identity", 1, None, "git config user.name NAME"),
        ("bad-tag", 2, None, "git help check-ref-format"),
        ("tests-undecided", 2, None, line),
        ("decision-missing", 2, None, line),
    ]
    assert [each.field for each in found.refusal.questions] == ["test_command", "verified_by", "deploy"]
    assert found.steps == ()


NOBODY = Problem("no-identity", "git does not know who you are.", command("git", "config", "user.name", "NAME"))
BROKEN = Problem("report-broken", "Nonsense.", command("git", "status"), ExitCode.USAGE)
SECRET: dict[str, Any] = {"is_restricted": True, "report": report(), "why_record_waits": "it is restricted"}
KNOWN = ("docs/incidents/x.md", report(cve="CVE-2026-1"), None)
TRUNK = Roles(MAIN, guessed=False, develop=None, lines=(LINE,))
WITH_DEVELOP = "it is written to 'develop' together with the fix"
AFTER_DEPLOYMENT = "it is written after the deployment has succeeded"
WAITS: dict[str, Any] = {"targets": (target(),), "why_record_waits": WITH_DEVELOP}
HELD: dict[str, Any] = {"roles": TRUNK, "targets": (target(LINE),), "why_record_waits": AFTER_DEPLOYMENT}


@pytest.mark.parametrize(
    ("given", "request_", "expected"),
    [
        (published(), DocumentRequest(), []),
        (facts(), DocumentRequest(), [("not-published", 1, None, STATUS)]),
        (ended(), DocumentRequest(), [("hotfix-ended", 1, None, "git hotfix status 20260117-auth")]),
        (ended(private=report_with()), DocumentRequest(disclose=True), []),
        (published(_own=("x", None, BROKEN)), DocumentRequest(), [("report-broken", 2, None, "git status")]),
        (published(**WAITS), DocumentRequest(), [("record-waits", 4, None, "git hotfix backport 20260117-auth")]),
        (published(**HELD), DocumentRequest(), []),  # for no branch: that it waits is noted
        (published(**WAITS | SECRET), DocumentRequest(), []),
        (published(**SECRET), DocumentRequest(disclose=True), []),
        (published(**SECRET), DocumentRequest(disclose=True, cve="CVE-2026-1"), []),
        (
            published(),
            DocumentRequest(disclose=True),
            [("no-report", 1, None, "git hotfix status 20260117-auth")],
        ),
        (
            published(report=report(), _documented=KNOWN),
            DocumentRequest(disclose=True, cve="CVE-2026-2"),
            [("disclosed", 1, None, "git show origin/develop:docs/incidents/x.md")],
        ),
        (published(report=report(), _documented=KNOWN), DocumentRequest(disclose=True, cve="CVE-2026-1"), []),
    ],
)
def test_what_the_record_can_not_be_written_for(given: Facts, request_: DocumentRequest, expected: list[Any]) -> None:
    (condition,) = commands.DOCUMENT.conditions
    refusal = condition(given, request_)
    assert told(refusal.problems if isinstance(refusal, Refusal) else ()) == expected


MANY = tuple(BranchName(f"release/{number}") for number in range(6))
SIX: dict[str, Any] = {"roles": Roles(MAIN, guessed=False, develop=None, lines=MANY)}
ASKED = FinishRequest(interactive=True)


@pytest.mark.parametrize(
    ("given", "request_", "expected"),
    [
        (published(**SIX), ASKED, "asks lines"),
        (published(**SIX), FinishRequest(), "nothing"),
        (published(**SIX), FinishRequest(interactive=True, backport=False), "nothing"),
        (published(**SIX), FinishRequest(interactive=True, lines=MANY), "nothing"),
        (published(**SIX), FinishRequest(interactive=True, to=MANY), "nothing"),
        (facts(**SIX), ASKED, "nothing"),  # asked on the one screen of the publication
        (published(), ASKED, "nothing"),
    ],
)
def test_which_lines_get_the_fix_is_asked_where_nobody_chose(
    given: Facts, request_: FinishRequest, expected: str
) -> None:
    condition = commands.FINISH.conditions[-1]
    assert shown(lambda: condition(given, request_)) == expected


# What is noted about a plan.

ROLLED = Memory(deployments=(Deployment(MERGE, "succeeded", NOW, NOW, "make back", key="deploy.rollback"),))
STUCK = StuckBack(TIP, MERGE, TIP, ("src/login.py",))
OWN = "Local 'main' not updated: it has commits that 'origin/main' does not have."
ODD = "Two merges contradict each other."
DELETED = "The report was deleted from 'origin/develop'."


@pytest.mark.parametrize(
    ("typed", "given", "expected"),
    [
        ("finish -y", facts(report=report()), []),
        ("finish -y", facts(), [f"The branch has no incident report ('{PATH}')."]),
        (
            "finish -y",
            facts(
                report=report(), roles=Roles(MAIN, guessed=True, develop=DEVELOP, lines=()), over_scope="It is large."
            ),
            ["It is large.", "Production is taken to be 'main' (git config hotfix.branches.production)."],
        ),
        (
            "finish -y",
            facts(report=report(), moved_folders=("src",), contradictions=(ODD,)),
            ["'origin/main' has new commits in 'src' since the branch was made.", ODD],
        ),
        ("finish -y", published(diverged=(OWN,), contradictions=(ODD,)), [OWN, ODD]),
        ("finish -y", published(deleted_report=DELETED), [DELETED]),
        ("finish -y", published(deleted_report=DELETED, why_record_waits=WITH_DEVELOP), []),
        ("backport", published(diverged=(OWN,)), [OWN]),
        ("document", published(), []),
        ("document", published(**HELD), [f"The record is not written yet: {AFTER_DEPLOYMENT}."]),
        ("document", published(**SECRET), ["The record is not written yet: it is restricted."]),
        ("document --disclose", published(**SECRET), []),
        ("rollback -y", published(rolled_back_on=lambda _onto, _merges: Merged(TIP)), []),
        (
            "rollback -y",
            published(rolled_back_on=lambda _onto, _merges: STUCK),
            [
                "It conflicts with later commits on origin/main in 'src/login.py': resolve that first.",
            ],
        ),
        ("rollback -y", rolled_back(), []),
        ("rollback --abort", published(), []),
        (
            "rollback --abort",
            published(memory=ROLLED),
            ["deploy.rollback has run; 'git hotfix deploy 20260117-auth' deploys the fix again."],
        ),
        ("rollback --abort", rolled_back(memory=ROLLED), []),
        ("close --discard", facts(), [f"Deleted commits: {TIP[:7]}. To restore them: git branch NAME {TIP[:7]}"]),
        ("cleanup --force", facts(), ["Deleted all the same (--force): The fix is not in 'origin/main'."]),
        ("cleanup --force", published(), []),
    ],
)
def test_what_is_noted_about_a_plan(typed: str, given: Facts, expected: list[str]) -> None:
    command, request = TYPED.get(typed) or (commands.DOCUMENT, DocumentRequest(disclose=True))
    assert list(command.notes(given, request)) == expected


@pytest.mark.parametrize("name", situations())
def test_only_what_is_proven_deployed_and_written_down_is_cleaned_up_by_itself(name: str) -> None:
    given = situations()[name]
    assert commands.is_wholly_done(given) == (name in {"everywhere", "taken back"})
    given.__dict__["record_is_due"] = True
    assert not commands.is_wholly_done(given)
