"""The command ``start``: its steps, and what a start that fails takes back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from git_hotfix.engine import gitflow_hooks
from git_hotfix.engine.loop import Command, Outcome, carry_out
from git_hotfix.engine.step import Questions, Undecided
from git_hotfix.errors import HotfixError
from git_hotfix.git.refs import move_refs
from git_hotfix.git.remote import Update
from git_hotfix.git.stash import restore_stash
from git_hotfix.hotfix import HotfixId, Once, branch_ref
from git_hotfix.private_report import PrivateReport
from git_hotfix.steps.check_out import CheckOut, MakeWorktree
from git_hotfix.steps.gate import gate, name_of
from git_hotfix.steps.make_branch import MakeBranch, rendered_report
from git_hotfix.steps.push_branch import PushBranch
from git_hotfix.steps.stash_changes import CarryChanges, StashChanges

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from git_hotfix.engine.run import Run
    from git_hotfix.facts.beginning import Beginning
    from git_hotfix.hotfix import Oid, RefName
    from git_hotfix.steps.request import StartRequest


def _start_notes(facts: Beginning, request: StartRequest) -> Iterator[str]:
    if facts.open_hotfixes and not request.interactive:
        yield f"Open already: {', '.join(map(str, facts.open_hotfixes))}."
    hotfix = name_of(facts, request)
    if facts.unfinished is None and isinstance(hotfix, HotfixId):
        rendered = rendered_report(facts, request, hotfix)
        yield from rendered.warnings if rendered is not None else ()
    if facts.unpublished and not request.picks and not request.interactive:
        listed = " ".join(f"--pick {oid[:7]}" for oid in facts.unpublished)
        yield f"'{facts.base}' here has commits that are not published; {listed} takes them along."
    if facts.is_guessed:
        yield Once(f"Production is taken to be '{facts.base}' (git config hotfix.branches.production).")


START = Command(
    "start", (StashChanges, MakeBranch, CheckOut, CarryChanges, MakeWorktree, PushBranch), (gate,), _start_notes
)


def carry_out_start(
    run: Run,
    look: Callable[[StartRequest], Beginning],
    request: StartRequest,
    ask: Callable[[Questions, StartRequest], StartRequest],
    *,
    dry_run: bool,
) -> tuple[HotfixId, Outcome[Beginning]]:
    """Start a hotfix; a run that fails takes back what it has made."""
    answered = request

    def asked(questions: Questions, current: StartRequest) -> StartRequest:
        nonlocal answered
        answered = ask(questions, current)
        return answered

    before, facts = run.world.local, look(request)
    try:
        outcome, answered = carry_out(
            START, run, lambda: look(answered), request, asked, is_published=lambda _: False, dry_run=dry_run
        )
    except Undecided:
        raise
    except HotfixError:
        hotfix = name_of(facts, answered)
        if isinstance(hotfix, HotfixId) and not dry_run:
            _take_back_start(run, hotfix, before, stashed=answered.uses_stash)
        raise
    hotfix = name_of(outcome.facts if not dry_run else facts, answered)
    assert isinstance(hotfix, HotfixId)  # noqa: S101  # else it was refused
    if not dry_run:
        run.remember(lambda memory: replace(memory, starting=bool(outcome.problems)), hotfix)
        gitflow_hooks.after(run, "start", hotfix.branch(run.config.branches.prefix), facts.base)
    return hotfix, outcome


def _take_back_start(run: Run, hotfix: HotfixId, before: Mapping[RefName, Oid], *, stashed: bool) -> None:
    """Delete the branch this run made and put the stash back: a refused start leaves nothing.

    Where the branch is checked out already, everything stays: the same command goes on.
    """
    memory_file = run.memory_file(hotfix)
    if not memory_file.read().starting:
        return  # nothing had begun
    run.look_here()
    branch = hotfix.branch(run.config.branches.prefix)
    ref = branch_ref(branch)
    made = run.world.local.get(ref)
    if run.world.tree_of(branch) is not None:
        return
    if made is not None and ref not in before:
        move_refs(run.repository.git, [Update(ref, made, None)], reason="git hotfix start: undone")
    place = memory_file.read().place
    if place is not None and place.stash is not None and stashed:
        found = restore_stash(run.repository.git, place.stash)
        if found is not None:
            run.warn(f"Your changes are still stashed: {found.why}")
            return
    PrivateReport(run.repository.common_dir, hotfix).forget()
    memory_file.forget()
