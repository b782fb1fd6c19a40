"""What the facts say of commits: asked of a small real repository, without a run of the program."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest
from msgspec.structs import replace

from git_hotfix.config.keys import Config, Deploy, Documents
from git_hotfix.facts.arrivals import arrival, brought_to, commits_to_pick
from git_hotfix.facts.changelog_backlog import changelog_path
from git_hotfix.facts.deployments import WAY, deployment_trailers
from git_hotfix.facts.facts import Facts
from git_hotfix.facts.hotfixes import Known
from git_hotfix.facts.publications import difference_brought, find_publications, lost
from git_hotfix.facts.reports import report_in_the_way
from git_hotfix.facts.rounds import find_rounds
from git_hotfix.facts.targets import target_at
from git_hotfix.git.conflicts import lay_out
from git_hotfix.git.program import here
from git_hotfix.git.repository import open_repository
from git_hotfix.git.resolutions import resolution_ref
from git_hotfix.hotfix import HOTFIX_ID, BranchName, Method, Publication, RefName, tag_ref
from git_hotfix.memory import Deployment, Memory
from git_hotfix.record.timeline import Row, add_rows
from git_hotfix.record.words import words_of
from git_hotfix.steps.backport_commits import Carry, Made, carry
from git_hotfix.steps.conflicts import _without_reports
from tests.support.facts import HOTFIX, MAIN, NOON, report, report_with, settings, world
from tests.support.lab import Clone, Lab, run_git

if TYPE_CHECKING:
    from pathlib import Path

    from git_hotfix.hotfix import Oid

ID = f"{HOTFIX_ID}: {HOTFIX}"
REPORT = f"docs/incidents/{HOTFIX.report_name()}"
LATE, LATER = (NOON + timedelta(minutes=each) for each in (5, 10))


@pytest.fixture
def alice(tmp_path: Path) -> Clone:
    made = Lab(tmp_path).alone("alice")
    made.git("switch", "-q", "-c", "main")
    made.commit("Begin", {"a.py": "A = 1\n", "b.py": "B = 1\n"})
    return made


def facts(clone: Clone, *, tags: tuple[str, ...] = (), memory: Memory | None = None, **answers: Any) -> Facts:
    """Return facts of a repository in which main is what is checked out."""
    tip = clone.rev("HEAD")
    at = world(with_server=False, main=tip, develop=tip)
    at = replace(at, local={**at.local, **{tag_ref(each): clone.rev(f"refs/tags/{each}") for each in tags}})
    made = Facts(
        open_repository(here().elsewhere(clone.path)),
        at,
        settings(),
        Known(HOTFIX, tip, None, tags=tags),
        memory or Memory(),
        at=LATER,
    )
    return made.having(**{"base": MAIN, "branch_tip": None, "tip": None, "private": None} | answers)


def test_rollback_of_a_branch_takes_back_what_was_picked_and_what_came_by_hand(alice: Clone) -> None:
    fork = alice.rev("HEAD")
    alice.git("switch", "-q", "-c", "fix")
    first, second = alice.commit("One", {"a.py": "A = 2\n"}), alice.commit("Two", {"b.py": "B = 2\n"})
    alice.git("switch", "-q", "-c", "release", fork)
    alice.commit("Go on", {"c.py": "C = 1\n"})
    alice.git("cherry-pick", "-x", first)
    pick = alice.rev("HEAD")
    tip = alice.commit("The other half, by hand", {"b.py": "B = 2\n"})
    made = facts(alice, publications=(Publication(second, second, fork),))

    assert [each.source for each in brought_to(made, "release", tip)] == [second, pick]


@pytest.mark.parametrize("how", ["with ours", "told", "not told"])
def test_rollback_of_a_branch_takes_back_what_a_merge_found_there_too(alice: Clone, how: str) -> None:
    with_ours = how == "with ours"
    fork = alice.rev("HEAD")
    alice.git("switch", "-q", "-c", "fix")
    first, second = alice.commit("One", {"a.py": "A = 2\n"}), alice.commit("Two", {"b.py": "B = 2\n"})
    alice.git("switch", "-q", "-c", "release", fork)
    alice.commit("Go on", {"c.py": "C = 1\n"})
    alice.git("cherry-pick", *(("-x",) if how != "not told" else ()), first)
    before = alice.rev("HEAD") if how != "not told" else first
    alice.git("merge", "-q", "--no-ff", *(("-s", "ours") if with_ours else ()), "-m", "Backport", "fix")
    merge = alice.rev("HEAD")
    if with_ours:
        alice.git("cherry-pick", "-x", second)
    made, fix = facts(alice, publications=()), Publication(second, second, fork)
    came = arrival(made, "release", fix, alice.rev("HEAD"))
    assert came is not None
    assert came.commit == alice.rev("HEAD")  # and no merge that left the fix out

    made = facts(alice, publications=(fix,))
    brought = [each.source for each in brought_to(made, "release", alice.rev("HEAD"))]

    assert brought == ([alice.rev("HEAD"), before] if with_ours else [merge, before])


@pytest.mark.parametrize("is_merged", [True, False])
def test_what_the_fix_was_picked_from_is_the_branchs_own(alice: Clone, *, is_merged: bool) -> None:
    fork = alice.rev("HEAD")
    alice.git("switch", "-q", "-c", "develop")
    alice.commit("Go on", {"c.py": "C = 1\n"})
    origin = alice.commit("One", {"a.py": "A = 2\n"})
    alice.git("switch", "-q", "-c", "fix", fork)
    alice.git("cherry-pick", "-x", origin)
    tip = alice.commit("Two", {"b.py": "B = 2\n"}) if is_merged else alice.rev("HEAD")
    alice.git("switch", "-q", "develop")
    if is_merged:
        alice.git("merge", "-q", "--no-ff", "-m", "Backport", "fix")
    at = alice.rev("HEAD")
    made = facts(alice, publications=(Publication(tip, tip, fork),), fix=None)

    assert [each.source for each in brought_to(made, "develop", at)] == ([at] if is_merged else [])
    assert target_at(made, BranchName("develop"), at).is_own is not is_merged


@pytest.mark.parametrize("rounds_back", [1, 2])
def test_round_taken_back_while_an_earlier_one_stands_is_no_rollback(alice: Clone, rounds_back: int) -> None:
    alice.git("switch", "-q", "-c", "fix")
    alice.commit(f"Report\n\n{ID}", {REPORT: report_with().decode()})
    merges, tip = [], alice.rev("HEAD")
    for name in ("a", "b"):
        alice.git("switch", "-q", "fix")
        tip = alice.commit("Fix", {f"{name}.py": "FIXED = True\n"})
        alice.git("switch", "-q", "main")
        alice.git("merge", "-q", "--no-ff", "-m", f"Publish\n\n{ID}", "fix")
        merges.append(alice.rev("HEAD"))
    backs = []
    for merge, name in ((merges[1], "b"), (merges[0], "a"))[:rounds_back]:
        parent = alice.rev(f"{merge}~")
        said = f"This reverts commit {merge}, reversing\nchanges made to {parent}."  # as git writes it
        backs.append(alice.commit(f"Revert\n\n{said}", {f"{name}.py": f"{name.upper()} = 1\n"}))

    found = find_publications(facts(alice, branch_tip=tip))

    assert [each.merge for each in found] == merges
    assert [each.rollback for each in found] == (backs if rounds_back == 2 else [None, None])


def test_resolution_of_an_earlier_round_is_not_asked_for_again(alice: Clone) -> None:
    fork = alice.rev("HEAD")
    alice.git("switch", "-q", "-c", "fix")
    first = alice.commit("One", {"a.py": "A = 2\n"})
    second = alice.commit("Two", {"b.py": "B = 2\n"})
    alice.git("switch", "-q", "-c", "release", fork)
    onto = alice.commit("Go on", {"a.py": "A = 3\n"})
    alice.git("merge", "-q", "--no-ff", "-s", "ours", "fix~", "-m", "resolved")
    kept = {resolution_ref(HOTFIX, "release", first): alice.rev("HEAD")}
    there = replace(world(with_server=False), local=kept)
    rounds = (Publication(first, first, fork), Publication(second, second, fork))
    made = facts(alice, publications=rounds, world=there, report=None)

    carried = carry(made, Carry(BranchName("release"), onto, onto, Method.MERGE))

    assert isinstance(carried, Made)
    assert [alice.show(f"{carried.new}:{name}.py") for name in "ab"] == ["A = 3\n", "B = 2\n"]
    assert alice.rev(f"{carried.new}^2") == second
    assert (alice.rev(f"{carried.new}~^2"), alice.rev(f"{carried.new}~2")) == (first, onto)


def test_fix_came_by_what_brought_it_as_a_whole_or_in_part(alice: Clone) -> None:
    fork = alice.rev("HEAD")
    alice.git("switch", "-q", "-c", "fix")
    first, second = alice.commit("One", {"a.py": "A = 2\n"}), alice.commit("Two", {"b.py": "B = 2\n"})
    alice.git("switch", "-q", "-c", "release", fork)
    alice.git("cherry-pick", "-x", first)
    half = alice.rev("HEAD")
    alice.git("cherry-pick", "-x", second)
    whole = alice.rev("HEAD")
    alice.commit("Go on", {"c.py": "C = 1\n"})
    alice.git("merge", "-q", "--no-ff", "-m", "Main, with the fix", "fix")
    made, fix = facts(alice, publications=()), Publication(second, second, fork)

    came = [arrival(made, "release", fix, each) for each in (half, whole, alice.rev("HEAD"))]

    assert [(each.method, each.commit, each.lacking) for each in came if each] == [
        (Method.PICK, half, (second,)),
        (Method.PICK, whole, ()),
        (Method.PICK, whole, ()),
    ]  # the merge brought nothing of it


@pytest.mark.parametrize("is_merged", [True, False])
def test_fix_with_merges_in_it_is_picked_whole(alice: Clone, *, is_merged: bool) -> None:
    fork = alice.rev("HEAD")
    alice.git("switch", "-q", "-c", "fix")
    first = alice.commit("One", {"a.py": "A = 2\n"})
    alice.git("switch", "-q", "-c", "topic", fork)
    alice.commit("Two", {"b.py": "B = 2\n"})
    alice.git("switch", "-q", "fix")
    alice.git("merge", "-q", "--no-ff", "-m", "Topic", "topic")
    inner = alice.rev("HEAD")
    alice.commit("Write it down", {REPORT: "x\n"})
    tip = alice.commit("Three", {"c.py": "C = 1\n"})
    alice.git("switch", "-q", "main")
    alice.git("merge", "-q", "--no-ff" if is_merged else "--ff-only", "fix")
    merge = alice.rev("HEAD")

    picked = commits_to_pick(facts(alice), Publication(merge, tip, fork))

    assert picked == ((merge,) if is_merged else (first, inner, tip))


def test_merges_off_the_line_of_the_base_hide_no_round(alice: Clone) -> None:
    fork = alice.rev("HEAD")
    alice.git("switch", "-q", "-c", "develop")
    alice.commit("Go on", {"c.py": "C = 1\n"})
    alice.git("switch", "-q", "-c", "fix", fork)
    alice.commit(f"Begin\n\n{ID}")
    merges = []
    for number in range(4):
        alice.git("switch", "-q", "fix")
        alice.commit(f"Fix {number}", {"a.py": f"A = 2{number}\n"})
        for branch in ("main", "develop"):
            alice.git("switch", "-q", branch)
            alice.git("merge", "-q", "--no-ff", "-m", f"HOTFIX\n\n{ID}", "fix")
            merges += [alice.rev("HEAD")] if branch == "main" else []
    alice.git("switch", "-q", "main")
    alice.git("merge", "-q", "--no-ff", "-m", "Release", "develop")
    made = facts(alice, branch_tip=alice.rev("fix"))

    found = find_rounds(made, alice.rev("main"))

    assert [each.merge for each in found] == merges
    assert found[0].fork == fork


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (("failed", NOON, None), "succeeded"),  # recorded again later, and older than what was seen here
        (("failed", LATER, None), "failed"),
        (("failed", NOON, LATER), "failed"),  # of then, told now
        (("failed", None, LATER), "failed"),
        (("failed", None, None), "succeeded"),
        (("failed", LATER + timedelta(days=1), None), "succeeded"),  # nobody knows it yet
        (("succeeded", LATER, None), "failed"),  # anybody may have written that of what has failed here
    ],
)
def test_deployment_that_was_known_last_counts_whoever_records_last(alice: Clone, told: Any, expected: str) -> None:
    merge = alice.rev("HEAD")
    state, ended, told_at = told
    theirs = Deployment(merge, state, None, ended and ended.isoformat(), None, told_at=told_at and told_at.isoformat())
    was: Any = "failed" if state == "succeeded" else "succeeded"
    seen = Deployment(merge, was, LATE.isoformat(), LATE.isoformat(), "make")
    publications = (Publication(merge, merge, merge),)
    other = facts(alice, publications=publications, recorded_deployment=None, memory=Memory(deployments=(theirs,)))
    ((key, value),) = deployment_trailers(other)
    recording = alice.commit(f"Document\n\n{ID}\n{key}: {value}", {REPORT: "x\n"})
    alice.commit(f"Document\n\n{ID}\n{key}: awaited {merge} -", {REPORT: "y\n"})  # which unsays nothing

    made = facts(alice, publications=publications, memory=Memory(deployments=(seen,)))

    assert made.deployed.state == expected
    if state == "succeeded":
        recorded = f"; that it succeeded {LATER.isoformat()} is claimed by {recording[:7]}, Alice"
        assert made.deployed.evidence == f"failed {LATE.isoformat()} (make){recorded}"
        assert not deployment_trailers(made)  # nor is what others know told otherwise


BY_OTHERS = "by a command not configured here; then run: git hotfix deploy --done"


@pytest.mark.parametrize(
    ("said", "own", "expected"),
    [
        ("command", Deploy(), BY_OTHERS),
        ("manual", Deploy(), "deploy it, then run: git hotfix deploy --done"),
        ("push", Deploy(), "by the push"),
        ("soon", Deploy(), "no deployment is configured"),
        ("none", Deploy(command="make"), "not run: make"),
        ("command", Deploy(trigger="none"), "no deployment is configured"),
    ],
)
def test_way_of_deployment_is_the_publication_s_where_nobody_configured_one(
    alice: Clone, said: str, own: Deploy, expected: str
) -> None:
    last = Publication(alice.rev("HEAD"), alice.rev("HEAD"), alice.rev("HEAD"))
    made = facts(alice, publications=(last,), merge_trailers={WAY: said}, recorded_deployment=None)
    made.settings = settings(Config(deploy=own))

    assert made.deployed.evidence == expected


def test_publication_that_only_a_report_tells_of_is_a_claim(alice: Clone) -> None:
    alice.git("config", "user.name", "Bob")
    claim = alice.commit("Report", {REPORT: "x\n"})
    alice.git("tag", "-a", "-m", f"HOTFIX\n\n{ID}", "hotfix-1")
    said: dict[str, Any] = {"publications": (), "report": None, "_documented": (REPORT, report(tag="hotfix-1"), None)}

    claimed, shown = lost(facts(alice, **said)), lost(facts(alice, tags=("hotfix-1",), **said))

    assert claimed is not None
    assert claimed.message == (
        f"That it was published as hotfix-1 is claimed by {claim[:7]}, Bob; it is not, or no longer in 'main'."
    )
    assert shown is not None
    assert shown.message == "It was published as hotfix-1, and is no longer in 'main'."


def by_hand(clone: Clone) -> tuple[Oid, Oid, Oid]:
    """Make the report and two commits of a fix as they come to a base that is fast-forwarded, or by a rebase."""
    text = report_with().decode()
    return (
        clone.commit(f"Incident report\n\n{ID}", {REPORT: text}),
        clone.commit("One", {"a.py": "A = 2\n"}),
        clone.commit("Two", {"b.py": "B = 2\n"}),
    )


@pytest.mark.parametrize("goes_on", [False, True])
def test_of_a_fix_of_which_only_the_base_is_left_the_record_or_a_person_tells_the_end(
    alice: Clone,
    goes_on: bool,  # noqa: FBT001  # a parameter
) -> None:
    """Who made what follows proves nothing: the same person may have gone on with other work."""
    fork = alice.rev("HEAD")
    begun, _, end = by_hand(alice)
    if goes_on:
        alice.commit("Other work", {"c.py": "C = 1\n"})
    made = facts(alice)

    assert find_rounds(made, made.base_tip or fork) == ()
    told = facts(alice, publications=()).lost
    assert told is not None
    assert told.remedy.line() == f"git log {begun}..main"
    record = alice.commit("Record", {REPORT: report_with(fix_commits=[end])})
    known = facts(alice, publications=(), record_tip=record)
    assert find_rounds(known, made.base_tip or fork) == (Publication(end, end, fork),)


@pytest.mark.parametrize("between", [False, True])
def test_rebased_fix_is_a_round_and_what_others_did_between_is_not_of_it(
    alice: Clone,
    between: bool,  # noqa: FBT001  # a parameter
) -> None:
    fork = alice.rev("HEAD")
    alice.git("switch", "-q", "-c", "fix")
    begun, one, tip = by_hand(alice)
    alice.git("switch", "-q", "main")
    alice.commit("Meanwhile", {"d.py": "D = 1\n"})
    before = alice.rev("HEAD")
    alice.git("cherry-pick", begun, one)
    half = alice.rev("HEAD")
    other = alice.commit("Of somebody else", {"c.py": "C = 1\n"}) if between else before
    alice.git("cherry-pick", tip)
    end = alice.rev("HEAD")
    made = facts(alice).having(branch_tip=tip, tip=tip)

    found = find_rounds(made, end)

    last = Publication(end, end, other, source=tip)
    assert found == ((Publication(half, half, before, source=one), last) if between else (last,)), fork


def test_fix_that_was_forced_out_of_its_base_leads_to_its_branch(alice: Clone) -> None:
    fork = alice.rev("HEAD")
    alice.git("switch", "-q", "-c", "fix")
    *_, tip = by_hand(alice)
    alice.git("switch", "-q", "main")
    alice.git("merge", "-q", "--no-ff", "-m", f"HOTFIX\n\n{ID}", "fix")
    alice.git("tag", "-a", "-m", f"HOTFIX\n\n{ID}", "hotfix-1")
    alice.git("reset", "-q", "--hard", fork)

    problem = facts(alice, tags=("hotfix-1",)).lost

    assert problem is not None
    assert problem.message == "It was published as hotfix-1, and is no longer in 'main'."
    assert problem.remedy.line() == f"git branch hotfix/{HOTFIX} {tip}"


@pytest.mark.parametrize("depth", [1, 4, 5])
def test_shallow_clone_says_what_to_fetch_or_sees_the_publication(tmp_path: Path, alice: Clone, depth: int) -> None:
    alice.git("switch", "-q", "-c", "fix")
    *_, tip = by_hand(alice)
    alice.git("switch", "-q", "main")
    alice.git("merge", "-q", "--no-ff", "-m", f"HOTFIX\n\n{ID}", "fix")
    alice.git("tag", "-a", "-m", f"HOTFIX\n\n{ID}", "hotfix-1")
    run_git(tmp_path, "clone", "-q", f"--depth={depth}", alice.path.as_uri(), "cut")
    made = facts(Clone(tmp_path / "cut"), tags=("hotfix-1",))

    assert [each.tip for each in made.publications] == ([tip] if depth == 5 else [])
    told = made.lost
    assert (told.remedy.line() if told is not None else None) == (None if depth == 5 else "git fetch --unshallow")


def test_fix_that_was_picked_before_its_branch_came_is_taken_back_whole(alice: Clone) -> None:
    fork = alice.rev("HEAD")
    alice.git("switch", "-q", "-c", "fix")
    tip = alice.commit("One", {"a.py": "A = 2\n"})
    alice.git("switch", "-q", "main")
    alice.git("cherry-pick", tip)
    picked = alice.commit("Other", {"c.py": "C = 1\n"})
    alice.git("merge", "-q", "--no-ff", "-m", f"HOTFIX\n\n{ID}", "fix")
    made = facts(alice)

    brought = difference_brought(made, Publication(alice.rev("HEAD"), tip, fork))

    assert brought == (alice.rev(f"{fork}^{{tree}}"), alice.rev(f"{tip}^{{tree}}"))
    assert alice.rev("HEAD^{tree}") == alice.rev(f"{picked}^{{tree}}")


def test_report_in_the_way_is_told_with_who_committed_it(alice: Clone) -> None:
    alice.git("config", "user.name", "Bob")
    claim = alice.commit("Report", {REPORT: f'---\nhotfix: "{HOTFIX}"\n---\n'})
    alice.git("commit", "-q", "--amend", "--no-edit", "--author", "The CTO <cto@example.com>")
    claim = alice.rev("HEAD")

    problem = report_in_the_way(facts(alice, private=b"x"))

    assert problem is not None
    assert f"it was committed by Bob ({claim[:7]})" in problem.message


@pytest.mark.parametrize(
    ("files", "configured", "expected"),
    [
        (("debian/changelog",), "CHANGELOG.md", "debian/changelog"),
        (("debian/changelog", "NEWS"), "CHANGELOG.md", "NEWS"),
        (("debian/changelog",), "docs/log.md", "docs/log.md"),
        ((), "CHANGELOG.md", "CHANGELOG.md"),
    ],
)
def test_changelog_is_the_one_that_is_there(
    alice: Clone, files: tuple[str, ...], configured: str, expected: str
) -> None:
    tip = alice.commit("Keep one", dict.fromkeys(files, "x\n"))
    made = facts(alice).having(settings=settings(Config(documents=Documents(changelog=configured))))
    assert changelog_path(made, tip) == expected


def test_branch_that_the_server_no_longer_has_is_no_target_and_is_told(alice: Clone) -> None:
    tip, names = alice.rev("HEAD"), ("main", "develop", "release/1.0", "release/1.1")
    fetched = {RefName(f"refs/remotes/origin/{name}"): tip for name in names}
    line: dict[str, Any] = {"release/1.0": tip}
    there = world(main=tip, develop=tip, **line)
    assert there.server is not None
    gone = replace(there.server, refs={ref: tip for ref in there.server.refs if not ref.endswith("develop")})
    made = facts(alice).having(world=replace(there, local=fetched, server=gone), at=datetime.now(UTC))
    assert made.gone_targets == ("develop", "release/1.1")


def test_report_of_the_first_hotfix_is_no_conflict_of_one_that_lands_it_again(alice: Clone) -> None:
    old, words = "docs/incidents/HOTFIX-2026-01-10-auth.md", words_of(Config())

    def told(*events: str) -> str:
        empty = report_with() + b"\n<!-- git-hotfix:timeline -->\n\n<!-- /git-hotfix:timeline -->\n"
        return add_rows(empty, [Row(NOON, each, "git") for each in events], words).decode()

    alice.commit("Old", {old: told("Declared")})
    alice.git("switch", "-q", "-c", "fix")
    source = alice.commit("Again", {old: told("Declared", "Landed again"), "a.py": "A = 2\n"})
    alice.git("switch", "-q", "main")
    onto = alice.commit("Record", {old: told("Declared", "Published"), "a.py": "A = 3\n"})
    made, place = facts(alice, report=None), alice.path.parent / "place"
    run = cast("Any", SimpleNamespace(facts=made, repository=made.repository))
    files = lay_out(made.repository, place, onto, source, Method.MERGE)
    assert files == ("a.py", old)

    assert _without_reports(run, place, onto, source, files) == ("a.py",)

    assert (place / old).read_text() == told("Declared", "Published", "Landed again")
    assert alice.git("-C", str(place), "diff", "--name-only", "--diff-filter=U") == "a.py"
