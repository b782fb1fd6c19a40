"""Requests in which a person had resolved a conflict, merged by a forge as one commit: known by what that one does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from git_hotfix.config import keys
from git_hotfix.config.keys import Config
from git_hotfix.facts.arrivals import arrival, claimed_in_record, taken_back_by
from git_hotfix.facts.evidence import asked_ref
from git_hotfix.facts.hotfixes import Known
from git_hotfix.facts.publications import find_publications
from git_hotfix.facts.pull_requests import live_requests, request_branch, spent_tip
from git_hotfix.facts.rounds import find_rounds
from git_hotfix.facts.targets import target_at
from git_hotfix.git.remote import Server
from git_hotfix.git.remote_names import Remote
from git_hotfix.hotfix import BranchName, Publication, Verdict, branch_ref
from git_hotfix.memory import Memory, ToldMerged
from tests.facts.test_in_repository import ID, REPORT, alice, facts
from tests.support.facts import FIX, HOTFIX, MAIN, report_with, settings

if TYPE_CHECKING:
    from git_hotfix.facts.facts import Facts
    from git_hotfix.hotfix import Oid
    from tests.support.lab import Clone

__all__ = ["alice"]

REPORTED = {REPORT: report_with().decode()}
NEAR, FAR = "A = check(given, twice)\n", "USE = other(way)\n"
"""What a person made of the conflict: the fix adapted, or something else."""
FIXED = "A = check(given)\n"
GONE: dict[str, Any] = {"base": MAIN, "branch_tip": None, "tip": None, "private": None, "documented_path": REPORT}


def in_conflict(clone: Clone) -> tuple[Oid, Oid, Oid]:
    """Return where a hotfix begins, its tip, and the tip of main, with which it conflicts."""
    fork = clone.rev("HEAD")
    clone.git("switch", "-q", "-c", "fix")
    clone.commit(f"Report\n\n{ID}", REPORTED)
    tip = clone.commit("Check it", {"a.py": FIXED})
    clone.git("switch", "-q", "main")
    return fork, tip, clone.commit("Another way", {"a.py": "A = 3\n"})


def merged(clone: Clone, onto: Oid, tip: Oid, text: str) -> Oid:
    """Return the merge that was asked for, with what a person made of the conflict."""
    clone.git("switch", "-q", "--detach", onto)
    clone.try_git("merge", "-q", "--no-ff", "--no-commit", tip)
    made = clone.commit(f"HOTFIX\n\n{ID}", {"a.py": text})
    clone.git("switch", "-q", "main")
    return made


def seen(
    clone: Clone, asked: Oid | None = None, tip: Oid | None = None, *, back: bool = False, **answers: Any
) -> Facts:
    """Return what is seen of main; from a clone from which a request to it was opened, with what that asks for."""
    made = facts(clone)
    held = {asked_ref(HOTFIX, tip, "main", is_rollback=back): asked} if asked and tip else {}
    known = {"documented_path": REPORT, "record_tip": None, "record_branch": "develop"}
    known |= {"base": MAIN, "branch_tip": tip, "tip": tip, "private": None}
    return made.having(**{"world": replace(made.world, local={**made.world.local, **held})} | known | answers)


@pytest.mark.parametrize(
    ("text", "is_from_here", "more", "is_known"),
    [
        (FAR, True, {}, True),
        (NEAR, False, {}, True),
        (NEAR, False, {"c.py": "MORE = 1\n"}, False),
        (FAR, False, {}, False),
        ("A = 3\n", False, {}, False),
    ],
)
def test_squashed_request_is_a_round(
    alice: Clone, text: str, more: dict[str, str], *, is_from_here: bool, is_known: bool
) -> None:
    _, tip, onto = in_conflict(alice)
    asks = merged(alice, onto, tip, text)
    squashed = alice.commit("All at once (#1)", {**REPORTED, "a.py": text, **more})
    later = alice.commit("Later", {"b.py": "B = 2\n"})
    rounds = find_rounds(seen(alice, asks if is_from_here else None, tip), later)

    assert rounds == ((Publication(squashed, squashed, onto, source=tip),) if is_known else ())


@pytest.mark.parametrize("how", ["in turn", "together"])
def test_request_that_a_queue_merged_with_others_is_a_round(alice: Clone, how: str) -> None:
    fork = alice.rev("HEAD")
    for name in ("one", "two"):
        alice.git("switch", "-q", "-c", name, fork)
        alice.commit(f"Other work, {name}", {f"{name}.py": "ONE = 1\n"})
    alice.git("switch", "-q", "-c", "fix", fork)
    alice.commit(f"Report\n\n{ID}", REPORTED)
    tip = alice.commit("Check it", {"a.py": FIXED})
    alice.git("switch", "-q", "-C", "main", fork)
    if how == "together":
        alice.git("switch", "-q", "-c", "staging")
    merges = {}
    for name in ("one", "fix", "two"):
        alice.git("merge", "-q", "--no-ff", "-m", f"Merge {name}", name)
        merges[name] = alice.rev("HEAD")
    if how == "together":
        alice.git("switch", "-q", "main")
        alice.git("merge", "-q", "--no-ff", "-m", "Three requests", "staging")
        merges["fix"] = alice.rev("HEAD")
    for known in (tip, None):
        (found,) = find_rounds(seen(alice, tip=known), alice.rev("main"))
        assert (found.merge, found.tip) == (merges["fix"], tip)


def with_request(made: Facts, tip: Oid, main: Oid, to: str = "main") -> Facts:
    """Return facts where a server has a branch that is called as the request to another."""
    refs = {branch_ref("main"): main, branch_ref(to): main, branch_ref(request_branch(made, to)): tip}
    return made.having(world=replace(made.world, server=Server(refs), remote=Remote("origin", "origin")))


@pytest.mark.parametrize(
    ("of_main", "is_asked", "spent"),
    [
        ("conflicts", False, False),
        ("conflicts", True, True),
        ("has it", False, True),
        ("lacks it", True, False),
        ("has another's", False, False),
    ],
)
def test_branch_of_a_request_is_spent_once_it_brings_nothing_that_is_not_ours(
    alice: Clone, of_main: str, *, is_asked: bool, spent: bool
) -> None:
    fork, tip, onto = in_conflict(alice)
    if of_main == "has another's":
        alice.git("switch", "-q", "fix")
        tip = alice.commit("Another report", {f"docs/incidents/{HOTFIX.report_name()[:-3]}-to-main.md": "A hotfix\n"})
    squashed = {"conflicts": onto, "lacks it": fork, "has another's": tip}.get(of_main)
    if squashed is None:
        alice.git("switch", "-q", "-C", "main", fork)
        squashed = alice.commit("All at once (#1)", {**REPORTED, "a.py": FIXED})
    made = with_request(seen(alice, tip if is_asked else None, tip, base_tip=squashed), tip, squashed)
    assert spent_tip(made, "main") == (tip if spent else None)


@pytest.mark.parametrize("begun", ["as another hotfix", "by hand", "nowhere yet"])
@pytest.mark.parametrize("is_merged", [True, False])
def test_branch_of_another_hotfix_that_is_called_as_a_request_is_not_spent(
    alice: Clone, begun: str, *, is_merged: bool
) -> None:
    alice.commit(f"HOTFIX: the first\n\n{ID}", {"b.py": "B = 2\n"})
    alice.git("switch", "-q", "-c", "other")
    if begun == "as another hotfix":
        alice.commit(f"Begin\n\n{ID}-to-main")
    if begun != "nowhere yet":
        alice.commit("The only fix of the second incident", {"a.py": FIXED})
    tip = alice.rev("HEAD")
    alice.git("switch", "-q", "main")
    alice.git(*(("merge", "-q", "--no-ff", "other") if is_merged else ("cherry-pick", "-n", "other")))
    main = alice.rev("HEAD") if is_merged else alice.commit("The same by itself", {"a.py": FIXED})
    assert spent_tip(with_request(seen(alice, base_tip=main), tip, main), "main") is None


@pytest.mark.parametrize(("patterns", "is_live"), [((), False), (("main",), True)])
def test_only_a_branch_that_is_changed_by_request_here_waits_for_one(
    alice: Clone, patterns: tuple[str, ...], *, is_live: bool
) -> None:
    fork, tip, _ = in_conflict(alice)
    given = settings(Config(remote=keys.Remote(pull_request=patterns)))
    made = with_request(seen(alice, tip=tip, settings=given), tip, fork)
    fix, base = replace(FIX, fork=fork, tip=tip), BranchName("release")
    made = made.having(base=base, base_tip=fork, publications=(), fix=fix, is_rolled_back=False)
    assert live_requests(made) == ({"main": tip} if is_live else {})
    assert live_requests(made, by_request=True) == {"main": tip}


def test_resolved_request_that_was_merged_is_a_round_in_every_clone(alice: Clone) -> None:
    _, tip, onto = in_conflict(alice)
    asks = merged(alice, onto, tip, FAR)
    alice.git("merge", "-q", "--no-ff", "-m", "Merge request #1", asks)
    (found,) = find_publications(seen(alice))
    assert (found.merge, found.tip) == (alice.rev("main"), tip)
    assert seen(alice, publications=(found,)).claims == ()


def test_what_a_person_says_was_merged_is_a_round(alice: Clone) -> None:
    fork, tip, onto = in_conflict(alice)
    squashed = alice.commit("All at once (#1)", {**REPORTED, "a.py": FAR})
    assert seen(alice, tip=tip).unrecognised == squashed
    said = seen(alice, tip=tip, memory=Memory(told_merged=ToldMerged(squashed, tip, "Kim")))
    assert find_rounds(said, squashed) == (Publication(squashed, squashed, onto, source=tip),)

    alice.git("switch", "-q", "-C", "main", fork)
    together = alice.commit("Several requests", {**REPORTED, "a.py": FIXED, "b.py": "OTHER = 1\n"})
    said = seen(alice, tip=tip, memory=Memory(told_merged=ToldMerged(together, tip, "Kim")))
    assert find_rounds(said, together) == (Publication(together, tip, fork),)

    alice.git("switch", "-q", "-C", "main", fork)
    alice.commit("Closed", {REPORT: report_with(status="cancelled").decode()})
    assert seen(alice, tip=tip).unrecognised is None


@pytest.mark.parametrize(
    ("text", "more", "is_proven"),
    [
        (FIXED, {"c.py": "OTHER = 1\n"}, True),
        (NEAR, REPORTED, True),
        (NEAR, {}, False),  # without its report nothing finds it when the branch is gone
        (FAR, {}, False),
        ("A = 4  # unrelated\n", {}, False),
    ],
)
def test_what_only_a_person_says_was_merged_is_told_from_what_does_the_fix(
    alice: Clone, text: str, more: dict[str, str], *, is_proven: bool
) -> None:
    _, tip, _ = in_conflict(alice)
    squashed = alice.commit("All at once (#1)", {"a.py": text, **more})
    told = ToldMerged(squashed, tip, "Kim")
    said = seen(alice, tip=tip, memory=Memory(told_merged=told), base_tip=squashed)
    assert said.having(publications=find_rounds(said, squashed)).only_told == (None if is_proven else told)
    assert seen(alice, tip=tip, publications=find_rounds(said, squashed)).only_told is None


@pytest.mark.parametrize(
    ("text", "more", "is_from_here", "is_told", "is_guess"),
    [
        (NEAR, {}, False, False, True),
        ("A = 3  # TODO: A = check(given)\n", {}, False, False, True),
        (NEAR, {}, True, False, False),
        (NEAR, {}, False, True, False),
    ],
)
def test_round_that_only_likeness_shows(
    alice: Clone, text: str, more: dict[str, str], *, is_from_here: bool, is_told: bool, is_guess: bool
) -> None:
    _, tip, onto = in_conflict(alice)
    asks = merged(alice, onto, tip, text)
    squashed = alice.commit("All at once (#1)", {**REPORTED, "a.py": text, **more})
    memory = Memory(told_merged=ToldMerged(squashed, tip, "Kim") if is_told else None)
    made = seen(alice, asks if is_from_here else None, tip, memory=memory, base_tip=squashed)
    (found,) = find_rounds(made, squashed)
    assert made.having(publications=(found,)).only_alike == (found if is_guess else None)


@pytest.mark.parametrize("how", ["squashed", "rebased", "after a first round"])
def test_round_that_does_what_the_branch_does_is_no_guess(alice: Clone, how: str) -> None:
    fork = alice.rev("HEAD")
    alice.git("switch", "-q", "-c", "fix")
    alice.commit(f"Report\n\n{ID}", REPORTED)
    first = alice.commit("Check it", {"a.py": FIXED})
    tip = alice.commit("Log it too", {"b.py": "LOG = 1\n"})
    alice.git("switch", "-q", "-C", "main", fork)
    alice.commit("Other work", {"c.py": "C = 1\n"})
    if how == "squashed":
        alice.commit("All at once (#1)", {**REPORTED, "a.py": FIXED, "b.py": "LOG = 1\n"})
    elif how == "rebased":
        alice.git("cherry-pick", f"{fork}..{tip}")
    else:
        alice.git("merge", "-q", "--no-ff", "-m", f"HOTFIX\n\n{ID}", first)
        alice.commit("The rest (#2)", {"b.py": "LOG = 1\n"})
    made = seen(alice, tip=tip, base_tip=alice.rev("main"))
    found = find_rounds(made, alice.rev("main"))
    assert [each.end for each in found][-1] == tip
    assert made.having(publications=found).only_alike is None


def test_commit_that_came_after_a_squashed_request_is_not_taken_for_brought(alice: Clone) -> None:
    _, tip, onto = in_conflict(alice)
    asks = merged(alice, onto, tip, NEAR)
    squashed = alice.commit("All at once (#1)", {**REPORTED, "a.py": NEAR})
    alice.git("switch", "-q", "fix")
    newer = alice.commit("Log it too", {"a.py": f"{FIXED}LOG = 1\n"})
    alice.git("switch", "-q", "main")
    for made in (seen(alice), seen(alice, asks, tip)):
        (found,) = find_rounds(made.having(branch_tip=newer, world=made.world, base=MAIN, private=None), squashed)
        assert found.end == tip


@pytest.mark.parametrize("how", ["merge", "squash", "rebase"])
def test_second_round_after_a_squashed_one(alice: Clone, how: str) -> None:
    fork = alice.rev("HEAD")
    alice.git("switch", "-q", "-c", "fix")
    alice.commit(f"Report\n\n{ID}", REPORTED)
    first = alice.commit("Fix", {"a.py": FIXED})
    alice.git("switch", "-q", "main")
    squashed = alice.commit("All at once (#1)", {**REPORTED, "a.py": FIXED})
    alice.git("switch", "-q", "fix")
    alice.commit("More", {"b.py": "B = 2\n"})
    tip = alice.commit("And more", {"b.py": "B = 3\n"})
    alice.git("switch", "-q", "main")
    other = alice.commit("Other work", {"c.py": "C = 1\n"})
    known = (Publication(squashed, squashed, fork, source=first),)
    assert find_rounds(seen(alice, tip=tip), other) == known

    if how == "rebase":
        alice.git("cherry-pick", f"{first}..{tip}")
    elif how == "squash":
        alice.commit("All at once (#2)", {"b.py": "B = 3\n"})
    else:
        alice.git("merge", "-q", "--no-ff", "-m", "Merge request #2", tip)
    new = alice.rev("HEAD")

    after = Publication(new, tip, first) if how == "merge" else Publication(new, new, other, source=tip)
    assert find_rounds(seen(alice, tip=tip), new) == (*known, after)

    later = alice.commit("Later", {"c.py": "C = 2\n"})  # and once the branch is gone
    alice.git("tag", "-a", "-m", f"Hotfix\n\n{ID}", "hotfix-2", new)
    named = [new] if how == "squash" else [new, alice.rev(f"{new}~")]
    alice.git("switch", "-q", "-c", "develop")
    record = alice.commit("Record", {REPORT: report_with(fix_commits=[squashed, *named]).decode()})
    alice.git("switch", "-q", "main")
    tagged = {"world": facts(alice, tags=("hotfix-2",)).world, "known": Known(HOTFIX, None, None, tags=("hotfix-2",))}
    found = find_rounds(seen(alice).having(**tagged | GONE, record_tip=record), later)
    assert [each.merge for each in found] == [squashed, new]
    if how != "merge":  # neither alone says so
        assert len(find_rounds(seen(alice).having(**GONE, record_tip=record), later)) == 1
        assert len(find_rounds(seen(alice).having(**tagged | GONE, record_tip=None), later)) == 1


def on_a_target(clone: Clone, text: str, message: str = "All at once (#2)") -> tuple[Publication, Oid, Oid]:
    """Return what was published, what a request to another branch asks for, and the commit that brought it there."""
    fork, tip, onto = in_conflict(clone)
    asks = merged(clone, onto, tip, text)
    return Publication(tip, tip, fork), asks, clone.commit(message, {"a.py": text})


@pytest.mark.parametrize(
    ("text", "message", "is_from_here", "is_known"),
    [
        (FAR, "All at once (#2)", True, True),
        (NEAR, f"All at once (#2)\n\n{ID}", False, True),
        (NEAR, "All at once (#2)", False, False),
        (FAR, f"All at once (#2)\n\n{ID}", False, False),
    ],
)
def test_squashed_request_to_a_target_has_arrived(
    alice: Clone, text: str, message: str, *, is_from_here: bool, is_known: bool
) -> None:
    fix, asks, squashed = on_a_target(alice, text, message)
    made = seen(alice, asks if is_from_here else None, fix.tip, publications=(fix,))
    came = arrival(made, "main", fix, squashed)
    assert (came.commit if came is not None else None) == (squashed if is_known else None)


@pytest.mark.parametrize("branch", ["main", "develop"])
@pytest.mark.parametrize(("text", "is_known"), [(NEAR, True), (FAR, False), ("A = 3  # harmless\n", False)])
def test_record_tells_where_to_look_and_the_commit_has_to_bring_it(
    alice: Clone, text: str, branch: str, *, is_known: bool
) -> None:
    fix, _, squashed = on_a_target(alice, text)
    told = (
        report_with(fix_commits=[fix.tip]).decode()
        + f"- Carried to:\n  - `main`: present, by pick, `{squashed[:12]}`\n"
    )
    if branch == "develop":  # the record came with it
        alice.commit("Nothing", {"a.py": "A = 3\n", **REPORTED})
        squashed = alice.commit("Record", {"a.py": text, REPORT: told})
    else:
        alice.git("switch", "-q", "-c", "develop")
        alice.commit("Record", {REPORT: told})
        alice.git("switch", "-q", "main")
    record = alice.rev("main" if branch == "develop" else "develop")
    made = seen(alice, publications=(fix,), record_tip=record)
    came = arrival(made, branch, fix, alice.rev("main"))
    assert (came.evidence if came is not None else None) == (
        f"arrived as {squashed[:7]}, says the record of Alice" if is_known else None
    )
    claim = claimed_in_record(made, branch, fix, alice.rev("main"))
    assert claim == f"the record of Alice says that {squashed[:7]} brought it"


@pytest.mark.parametrize(("text", "is_known"), [("A = 1\n", True), (f"{FIXED}# harmless\n", False)])
def test_record_tells_where_to_look_and_the_commit_has_to_take_it_back(
    alice: Clone, text: str, *, is_known: bool
) -> None:
    fork = alice.rev("HEAD")
    alice.git("switch", "-q", "-c", "fix")
    tip = alice.commit("Check it", {"a.py": FIXED})
    alice.git("switch", "-q", "main")
    alice.git("merge", "-q", "--no-ff", "-m", "HOTFIX", tip)
    back = alice.commit("All at once (#3)", {"a.py": text})
    alice.git("switch", "-q", "-c", "develop")
    record = alice.commit("Record", {REPORT: f"- Carried to:\n  - `main`: reverted, by revert, `{back[:12]}`\n"})
    fix = Publication(alice.rev("main~"), tip, fork)
    made = seen(alice, publications=(fix,), record_tip=record)
    assert taken_back_by(made, "main", back) == (back if is_known else None)


@pytest.mark.parametrize("text", [NEAR, FAR])
def test_squashed_request_that_takes_it_back(alice: Clone, text: str) -> None:
    alice.git("switch", "-q", "-c", "fix")
    alice.commit(f"Report\n\n{ID}", REPORTED)
    tip = alice.commit("Check it", {"a.py": FIXED})
    alice.git("switch", "-q", "main")
    alice.git("merge", "-q", "--no-ff", "-m", f"HOTFIX\n\n{ID}", tip)
    onto = alice.commit("Build on it", {"a.py": "A = check(given) and more\n"})
    alice.git("switch", "-q", "--detach", onto)
    asks = alice.commit(f"Rollback\n\n{ID}", {"a.py": text})
    alice.git("switch", "-q", "main")
    back = alice.commit("All at once (#3)", {"a.py": text})
    (found,) = find_publications(seen(alice, asks, tip, back=True))
    assert found.rollback == back
    assert find_publications(seen(alice, tip=tip))[0].rollback is None

    assert taken_back_by(seen(alice, asks, tip, back=True, publications=(found,)), "main", back) == back


@pytest.mark.parametrize("how", ["reverted", "another is reverted", "nothing is undone"])
def test_adapted_pick_that_was_taken_back_is_so_in_every_clone(alice: Clone, how: str) -> None:
    fork, tip, _ = in_conflict(alice)
    alice.commit("All anew", {"a.py": "def login(): ...\n"})
    picked = f"(cherry picked from commit {tip})"
    pick = alice.commit(f"Check it\n\n{picked}", {"a.py": FAR})
    if how == "another is reverted":
        pick = alice.commit(f"Check it\n\n{picked}", {"a.py": f"{FAR}# harmless\n"})
    text = {"reverted": "def login(): ...\n", "another is reverted": FAR}.get(how, f"{FAR}# harmless\n")
    message = f"Rollback\n\nThis reverts commit {pick}.\n\nRollback-Of: {tip}"
    back = alice.commit(message, {"a.py": text})
    fix = Publication(tip, tip, fork, rollback=back)
    found = target_at(seen(alice, publications=(fix,), waived={}, fix=None), MAIN, back)
    assert (found.verdict, found.commit) == (
        (Verdict.REVERTED, back) if how == "reverted" else (Verdict.CONFLICT, None)
    )
