"""What forbids a publication: every condition alone, all of them in one answer, and what is only noted."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from git_hotfix.config.keys import Config, Scope
from git_hotfix.errors import ExitCode, Problem, Remedy, command
from git_hotfix.facts.reports import Claim
from git_hotfix.facts.scope import TOP
from git_hotfix.git.checkout import Change
from git_hotfix.git.merging import Conflicted
from git_hotfix.git.refs import Head
from git_hotfix.git.remote import Server
from git_hotfix.git.worktrees import Worktree
from git_hotfix.git.world import Roles
from git_hotfix.hotfix import branch_ref, tag_ref
from git_hotfix.memory import Attempt, Memory
from git_hotfix.record.incident import Status
from git_hotfix.steps.preflight import finish_notes, preflight
from git_hotfix.steps.request import FinishRequest
from tests.support.decisions import FINISH, report, told
from tests.support.facts import (
    BASE_TIP,
    BRANCH,
    DEVELOP,
    FIX,
    HOTFIX,
    LOST,
    MAIN,
    MERGE,
    TAG,
    TIP,
    facts,
    oid,
    published,
    target,
    world,
)

if TYPE_CHECKING:
    from git_hotfix.facts.facts import Facts
    from git_hotfix.git.world import World
    from git_hotfix.hotfix import Oid, RefName

THEIRS = oid("b")
HERE = Worktree(Path("/shop"), TIP, BRANCH, bare=False)
BESIDE = Worktree(Path("/fix it"), TIP, BRANCH, bare=False)
CHANGED = (Change(" M", "src/login.py"), Change("??", "notes.txt"))
NO_KEY = Problem(
    "signing-failed", "Nothing can be signed: no secret key", command("git", "config", "user.signingKey", "KEY")
)
WHO = Problem("no-identity", "git does not know who you are.", command("git", "config", "user.name", "NAME"))
TOLD = (
    f"'report.md' on 'origin/develop' claims to be the report of '{HOTFIX}', which is kept in the git directory:"
    " it was committed by Bob (9999999), and is left unchanged."
    " It is in nobody's way once it is deleted on 'origin/develop': git rm report.md, committed and pushed there."
)
FOREIGN = Claim("origin/develop", "report.md", oid("9"), "Bob")
BROKEN = Problem("bad-report", "'severity' is 'huge'.", Remedy(("report.md",), in_editor=True), ExitCode.USAGE)
TAGGED = "hotfix-20260117-2100"
LARGE = "The fix changes 12 files and 300 lines; a hotfix should stay within 10 files and 200 lines."
STRICT = Config(scope=Scope(mode="refuse"))
NO_FIX = replace(FIX, paths=())
PIPE = "make test | tee log"
PULL = f"git switch {BRANCH} && git pull"


def on_server(tip: Oid) -> World:
    """Return a world whose server has the hotfix branch at a tip."""
    return _with_server(branch_ref(BRANCH), tip)


def _with_server(ref: RefName, tip: Oid) -> World:
    there = world()
    assert there.server is not None
    return replace(there, server=Server({**there.server.refs, ref: tip}))


def _with_local(ref: RefName, tip: Oid) -> World:
    there = world()
    return replace(there, local={**there.local, ref: tip})


def only(*pairs: tuple[Oid, Oid]) -> Any:
    """Return the answer to "is one an ancestor of the other?" where only these are."""
    return lambda one, other: (one, other) in pairs


ALONE: list[tuple[str, Facts, FinishRequest, list[tuple[str, int, str | None, str]]]] = [
    ("nothing is wrong", facts(), FinishRequest(), []),
    ("nobody", facts(identity_problems=(WHO,)), FinishRequest(), [told([WHO])[0]]),
    (
        "no branch",
        facts(tip=None, fix=None),
        FinishRequest(),
        [("branch-gone", 1, None, "git hotfix list")],
    ),
    (
        "commits that are not here",
        facts(has=lambda found: found != TIP),
        FinishRequest(),
        [("branch-not-here", 1, None, "git fetch")],
    ),
    ("no base", facts(base="support/9"), FinishRequest(), [("base-gone", 1, None, "git hotfix config")]),
    ("a report that says it is over", facts(report=report(status=Status.CANCELLED)), FinishRequest(), []),
    (
        "a base that is no line",
        facts(said_base="topic"),
        FinishRequest(),
        [("base-unknown", 1, None, "git hotfix config")],
    ),
    (
        "a stranger's report",
        facts(private=b"restricted", other_claims=(FOREIGN,)),
        FinishRequest(),
        [("foreign-report", 1, None, f"git show {FOREIGN.commit[:7]} -- report.md")],
    ),
    ("a stranger's report beside a public one", facts(other_claims=(FOREIGN,)), FinishRequest(), []),
    (
        "nonsense in the report",
        facts(_own=("report.md", None, BROKEN)),
        FinishRequest(),
        [("bad-report", 2, None, "$(git var GIT_EDITOR) report.md")],
    ),
    (
        "a rebase here",
        facts(tree=HERE, tree_operation=("a rebase", "git rebase --continue")),
        FinishRequest(),
        [("in-progress", 1, None, "git rebase --continue")],
    ),
    (
        "a merge in another tree",
        facts(tree=BESIDE, tree_operation=("a merge", "git merge --continue")),
        FinishRequest(),
        [("in-progress", 1, None, "git -C '/fix it' merge --continue")],
    ),
    (
        "changes here",
        facts(tree=HERE, tree_changes=CHANGED),
        FinishRequest(),
        [("uncommitted", 1, None, "git commit -a")],
    ),
    (
        "changes in another tree",
        facts(tree=BESIDE, tree_changes=CHANGED),
        FinishRequest(),
        [("uncommitted", 1, None, "git -C '/fix it' commit -a")],
    ),
    ("only untracked files", facts(tree=HERE, tree_changes=CHANGED[1:]), FinishRequest(), []),
    ("changes of no tree of ours", facts(tree=None, tree_changes=CHANGED), FinishRequest(), []),
    (
        "the server has more",
        facts(world=on_server(THEIRS), is_ancestor=only((TIP, THEIRS))),
        FinishRequest(),
        [("behind", 1, None, f"{PULL} --ff-only")],
    ),
    (
        "both went on",
        facts(world=on_server(THEIRS), is_ancestor=only()),
        FinishRequest(),
        [("behind", 1, None, f"{PULL} --no-rebase")],
    ),
    (
        "a branch of the base's full name",
        facts(world=replace(world(), server=Server({branch_ref(MAIN): BASE_TIP, branch_ref(branch_ref(MAIN)): TIP}))),
        FinishRequest(),
        [("ambiguous-base", 1, None, "git ls-remote origin refs/heads/main")],
    ),
    ("the server has less", facts(world=on_server(THEIRS), is_ancestor=only((THEIRS, TIP))), FinishRequest(), []),
    ("the server has the same", facts(world=on_server(TIP), is_ancestor=only()), FinishRequest(), []),
    (
        "a shallow clone",
        facts(is_cut_off=True, fix=NO_FIX),  # what is not here is not said to be missing
        FinishRequest(),
        [("history-cut", 1, None, "git fetch --unshallow")],
    ),
    ("no fix yet, here", facts(fix=NO_FIX), FinishRequest(), [("no-fix", 1, None, "git commit -a")]),
    (
        "no fix yet, with files that git does not know",
        facts(fix=NO_FIX, tree_changes=(Change("??", "it's.txt"),)),
        FinishRequest(),
        [("no-fix", 1, None, "git add ':/it'\\''s.txt' && git commit -a")],
    ),
    (
        "no fix yet, elsewhere",
        facts(fix=NO_FIX, world=world(head=MAIN)),
        FinishRequest(),
        [("no-fix", 1, None, f"git switch {BRANCH}")],
    ),
    (
        "no fix yet, in another tree",
        facts(fix=NO_FIX, world=replace(world(head=MAIN), trees=(BESIDE,))),
        FinishRequest(),
        [("no-fix", 1, None, "cd '/fix it'")],
    ),
    (
        "too large",
        facts(config=STRICT, over_scope=LARGE),
        FinishRequest(),
        [("too-large", 1, None, "git hotfix finish auth --large REASON")],
    ),
    (
        "too large without a reason",
        facts(config=STRICT, over_scope=LARGE),
        FinishRequest(large=""),
        [("too-large", 1, None, "git hotfix finish auth --large REASON")],
    ),
    ("too large for a reason", facts(config=STRICT, over_scope=LARGE), FinishRequest(large="all of it"), []),
    ("large, and that is only noted", facts(over_scope=LARGE), FinishRequest(), []),
    (
        "no name for a tag",
        facts(),
        FinishRequest(tag="no..name"),
        [("bad-tag", 2, None, "git help check-ref-format")],
    ),
    (
        "an option as a tag",
        facts(),
        FinishRequest(tag="-x"),
        [("bad-tag", 2, None, "git help check-ref-format")],
    ),
    (
        "tag taken here",
        facts(world=_with_local(tag_ref("v2"), BASE_TIP)),
        FinishRequest(tag="v2"),
        [("tag-taken", 1, None, "git show v2")],
    ),
    (
        "tag taken there",
        facts(world=_with_server(tag_ref("v2"), BASE_TIP)),
        FinishRequest(tag="v2"),
        [("tag-taken", 1, None, "git show v2")],
    ),
    (
        "tag of our own attempt",
        facts(
            world=_with_server(tag_ref("v2"), TAG),
            memory=Memory(attempt=Attempt(MAIN, BASE_TIP, MERGE, TIP, (("v2", TAG),))),
        ),
        FinishRequest(tag="v2"),
        [],
    ),
    (
        "tag of our own attempt, and of somebody here",
        facts(
            world=_with_local(tag_ref("v2"), BASE_TIP),
            memory=Memory(attempt=Attempt(MAIN, BASE_TIP, MERGE, TIP, (("v2", TAG),))),
        ),
        FinishRequest(tag="v2"),
        [("tag-taken", 1, None, "git show v2")],
    ),
    ("a free tag", facts(), FinishRequest(tag="v2"), []),
    (
        "a conflict",
        facts(predicted_merge=Conflicted(("src/login.py",))),
        FinishRequest(),
        [("conflict-with-production", 3, None, f"git switch {BRANCH} && git merge origin/main")],
    ),
    ("already there", facts(is_in_base_already=True), FinishRequest(), []),
    ("branch gone", facts(tip=None), FinishRequest(), [("branch-gone", 1, None, "git hotfix list")]),
    ("lost", facts(tip=None, lost=LOST), FinishRequest(), [("not-published", 1, None, "git branch b 22")]),
    (
        "no key",
        facts(signing_problem=NO_KEY),
        FinishRequest(),
        [("signing-failed", 1, None, "git config user.signingKey KEY")],
    ),
]


@pytest.mark.parametrize(("given", "request_", "expected"), [row[1:] for row in ALONE], ids=[row[0] for row in ALONE])
def test_each_condition_alone(
    given: Facts, request_: FinishRequest, expected: list[tuple[str, int, str | None, str]]
) -> None:
    assert told(preflight(given, request_)) == expected


@pytest.mark.parametrize(
    ("given", "request_", "message"),
    [
        (
            facts(tip=None, fix=None),
            FinishRequest(),
            f"The branch '{BRANCH}' is neither here nor on the server, and nothing of it is published.",
        ),
        (facts(has=lambda _oid: False), FinishRequest(), f"The commits of '{BRANCH}' are not in this repository."),
        (facts(base="support/9"), FinishRequest(), "The base 'origin/support/9' does not exist."),
        (
            facts(said_base="topic"),
            FinishRequest(),
            f"'{HOTFIX}' was begun for 'topic', which is neither production nor a release line (branches.release).",
        ),
        (
            facts(private=b"restricted", other_claims=(FOREIGN,)),
            FinishRequest(),
            TOLD,
        ),
        (
            facts(tree=BESIDE, tree_operation=("a merge", "git merge --continue")),
            FinishRequest(),
            "A merge is unfinished in '/fix it'.",
        ),
        (
            facts(tree=HERE, tree_changes=tuple(Change("M ", f"{number}.py") for number in range(7))),
            FinishRequest(),
            "There are uncommitted changes: '0.py', '1.py', '2.py', '3.py', '4.py' and 2 more.",
        ),
        (
            facts(world=on_server(THEIRS), is_ancestor=only((TIP, THEIRS))),
            FinishRequest(),
            f"'origin/{BRANCH}' has commits that are not in the branch here.",
        ),
        (
            facts(world=on_server(THEIRS), is_ancestor=only()),
            FinishRequest(),
            f"'origin/{BRANCH}' and the branch here have diverged.",
        ),
        (
            facts(is_cut_off=True),
            FinishRequest(),
            f"This clone is shallow: where '{BRANCH}' and 'main' parted is not in it.",
        ),
        (
            facts(fix=NO_FIX),
            FinishRequest(),
            f"There is no fix on '{BRANCH}' yet: only the report is committed.",
        ),
        (facts(config=STRICT, over_scope=LARGE), FinishRequest(), LARGE),
        (facts(), FinishRequest(tag="no..name"), "'no..name' is not a name for a tag."),
        (facts(world=_with_local(tag_ref("v2"), TIP)), FinishRequest(tag="v2"), "The tag 'v2' exists already."),
        (
            facts(predicted_merge=Conflicted(("src/login.py", "a b"))),
            FinishRequest(),
            "The fix conflicts with 'origin/main' in 'src/login.py', 'a b'; nothing was published.",
        ),
        (
            facts(signing_problem=NO_KEY),
            FinishRequest(),
            "Nothing can be signed: no secret key",
        ),
    ],
)
def test_messages(given: Facts, request_: FinishRequest, message: str) -> None:
    assert [each.message for each in preflight(given, request_)] == [message]


def test_all_conditions_come_in_one_answer() -> None:
    given = facts(
        config=STRICT,
        world=_with_server(branch_ref(BRANCH), THEIRS),
        base="support/9",
        has=lambda found: found != TIP,
        identity_problems=(WHO,),
        private=b"restricted",
        other_claims=(FOREIGN,),
        said_base="topic",
        _own=("report.md", report(status=Status.CANCELLED), BROKEN),
        tree=HERE,
        tree_changes=CHANGED,
        tree_operation=("a rebase", "git rebase --continue"),
        is_ancestor=only(),
        is_cut_off=True,
        fix=NO_FIX,
        over_scope=LARGE,
        predicted_merge=Conflicted(("src/login.py",)),
        signing_problem=NO_KEY,
    )
    found = preflight(given, FinishRequest(tag="no..name"))
    assert [each.code for each in found] == [
        "no-identity",
        "branch-not-here",
        "base-gone",
        "bad-report",
        "foreign-report",
        "base-unknown",
        "in-progress",
        "uncommitted",
        "behind",
        "history-cut",
        "too-large",
        "bad-tag",
        "conflict-with-production",
    ]


def test_a_key_is_tried_only_where_nothing_else_is_wrong() -> None:
    asked = facts(fix=NO_FIX)
    del asked.__dict__["signing_problem"]  # asking for it would touch the repository
    assert [each.code for each in preflight(asked, FinishRequest())] == ["no-fix"]


TWO_DEVELOPS = replace(
    world(),
    server=Server({branch_ref(MAIN): BASE_TIP, branch_ref(DEVELOP): TIP, branch_ref(branch_ref(DEVELOP)): TIP}),
)
TREE_HERE = replace(world(), trees=(HERE,))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (facts(report=report()), []),
        (facts(), [f"The branch has no incident report ('docs/incidents/{HOTFIX.report_name()}')."]),
        (facts(tip=None), []),
        (
            facts(report=report(), roles=Roles(MAIN, guessed=True, develop=DEVELOP, lines=())),
            ["Production is taken to be 'main' (git config hotfix.branches.production)."],
        ),
        (facts(report=report(), base="support/1.0", roles=Roles(MAIN, guessed=True, develop=None, lines=())), []),
        (
            facts(report=report(), is_in_base_already=True),
            ["'origin/main' already has every change of the fix, though not by a merge: this one brings the report."],
        ),
        (
            facts(report=report(), targets=(target(),), world=TWO_DEVELOPS),
            [TWO_DEVELOPS.server.why_ambiguous(branch_ref(DEVELOP)) if TWO_DEVELOPS.server else None],
        ),
        (facts(report=report(), over_scope=LARGE), [LARGE]),
        (facts(report=report(), over_scope=LARGE, config=STRICT), []),  # refused, or done for a reason
        (
            facts(report=report(), moved_folders=("src/auth", "src/tax")),
            ["'origin/main' has new commits in 'src/auth', 'src/tax' since the branch was made."],
        ),
        (
            facts(report=report(), moved_folders=("src/auth", TOP)),
            ["'origin/main' has new commits in 'src/auth', the top folder since the branch was made."],
        ),
        (
            facts(report=report(), is_restricted=True),
            ["The report stays in the git directory; commits, their messages and the reasons given become public."],
        ),
        (
            facts(report=report(), version_tool="hatch-vcs"),
            [f"hatch-vcs would take '{TAGGED}' for a version: let it look for tags by --match 'v[0-9]*'."],
        ),
        (facts(report=report(), contradictions=("It ended before it began.",)), ["It ended before it began."]),
        (
            facts(report=report(), tree=HERE, tree_changes=CHANGED, world=TREE_HERE),
            ["Not part of the fix, because git does not track it: 'notes.txt'."],
        ),
        (facts(report=report(), tree=HERE, tree_changes=CHANGED[:1], world=TREE_HERE), []),
        # in the middle of a rebase the tree has no branch, and what is untracked is nobody's business yet
        (facts(report=report(), tree=HERE, tree_changes=CHANGED), []),
    ],
)
def test_what_is_noted(given: Facts, expected: list[str]) -> None:
    assert list(finish_notes(given, FinishRequest())) == expected


def test_screen_says_that_a_conflict_comes_before_the_publication() -> None:
    given = facts(report=report(), predicted_merge=Conflicted(("src/login.py",)))
    (said,) = finish_notes(given, FinishRequest(interactive=True))
    what = "The fix conflicts with 'origin/main' in 'src/login.py'"
    assert said == f"{what}: that is checked out for you first, and nothing is published."
    assert list(finish_notes(given, FinishRequest())) == []  # the error says so


def test_head_says_where_the_fix_is_committed() -> None:
    detached = replace(world(), head=Head(None, TIP))
    assert told(preflight(facts(fix=NO_FIX, world=detached), FinishRequest()), FINISH) == [
        ("no-fix", 1, None, f"git switch {BRANCH}")
    ]
    assert preflight(published(), FinishRequest()) == ()
