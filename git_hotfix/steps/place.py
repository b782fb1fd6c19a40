"""Where the user is: remembered, left for a while, come back to. Nothing of the user's is overwritten."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from git_hotfix.errors import ExitCode, HotfixError, Problem, command, refused
from git_hotfix.git.checkout import changes, detach_at, follow, in_progress, switch_to
from git_hotfix.git.history import is_ancestor
from git_hotfix.git.publish import elsewhere, push_and_observe
from git_hotfix.git.refs import move_refs
from git_hotfix.git.remote import Update
from git_hotfix.git.remote_names import push_remote
from git_hotfix.git.stash import entry_of
from git_hotfix.hotfix import branch_ref
from git_hotfix.memory import Place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from git_hotfix.engine.run import Run
    from git_hotfix.git.program import Git
    from git_hotfix.git.stash import NotBack
    from git_hotfix.hotfix import BranchName, HotfixId, Oid


def current_place(run: Run) -> Place:
    """Return where the user is now in this working tree."""
    head = run.world.head
    return Place(str(run.repository.top), head.branch, None if head.branch else head.commit)


def remember_start(run: Run, hotfix: HotfixId) -> None:
    """Remember that ``start`` has begun: the same command again goes on."""
    if not run.memory_file(hotfix).read().starting:
        run.remember(lambda memory: replace(memory, starting=True), hotfix)


def check_out_branch(run: Run, hotfix: HotfixId, branch: BranchName) -> None:
    """Check the hotfix branch out here; where the user was is remembered first."""
    if run.world.head.branch == branch:
        return
    memory = run.memory_file(hotfix).read()
    is_known = memory.place is not None and memory.place.tree == str(run.repository.top)
    if not is_known and run.world.head.commit is not None:  # a branch without a commit cannot be come back to
        place, left = current_place(run), memory.place
        if left is not None and left.stash is not None and (entry := entry_of(run.repository.git, left.stash)):
            run.warn(f"The changes that were put away in '{left.tree}' are yours from now on: they are '{entry}'.")
        run.remember(lambda known: replace(known, place=place), hotfix)
    head, tip = run.world.head.commit, tip_here(run, branch)
    failed = switch_to(run.repository.git, branch, head=head, tip=tip)
    run.look_here()
    run.say(f"Switched to '{branch}'.{hook_failure(failed)}")


def tip_here(run: Run, branch: BranchName) -> Oid | None:
    """Return the tip of the hotfix branch here; one that only the server has is made here first, to follow it."""
    here, there, remote = run.world.local_tip(branch), run.world.tip(branch), run.world.remote
    if here is not None or there is None or remote is None:
        return here
    follow(run.repository.git, branch, remote.name)
    move_refs(run.repository.git, [Update(branch_ref(branch), None, there)], reason="git hotfix: taken over")
    run.look_here()
    return there


def delete_where_pushed(run: Run, branch: BranchName, proven: Oid) -> None:
    """Delete the hotfix branch on another remote than production's, where it was pushed to; new commits there stay."""
    remote = run.world.remote
    try:
        other = push_remote(run.repository.git, branch, remote)
    except HotfixError:  # then it was pushed nowhere
        return
    at = run.world.local.get(other.tracking(branch)) if other is not None and other != remote else None
    if other is None or at is None or not is_ancestor(run.repository, at, proven):
        return
    shown = f"'{other.name}/{branch}'"
    pushed = push_and_observe(elsewhere(run.destination(), other), [Update(branch_ref(branch), at, None)], atomic=False)
    if pushed.has_arrived:
        run.say(f"Deleted {shown[1:-1]}.")
    else:
        run.warn(f"{shown} stays: {pushed.unknown or pushed.reason or 'it has new commits'}.")


def forget_upstream(run: Run, branch: str) -> None:
    """Remove what git remembers of a branch, before the branch: else a new one of that name would inherit it."""
    git, section = run.repository.git, f"branch.{branch}"
    if not any(entry.key.startswith(f"{section}.") for entry in run.git_config.entries):
        return
    answer = git.ask("config", "--local", "--remove-section", section)
    if answer.code == 0:
        return
    names = git.run("config", "--local", "--list", "--name-only", "-z").records
    if any(name.startswith(f"{section}.") for name in names):
        message = f"'{branch}' stays here: its configuration cannot be removed: {answer.reason}"
        remedy = command("git", "config", "--remove-section", section)
        raise HotfixError(Problem("branch-stays", message, remedy, ExitCode.GAP))


def check_out_place(run: Run, place: Place, *, head: Oid | None) -> str | None:
    """Check out what a place had checked out, where ``head`` is now; return what a failing post-checkout hook wrote."""
    git = git_in(run, place.tree)
    if place.branch is not None:
        return switch_to(git, place.branch, head=head, tip=run.world.local_tip(place.branch))
    return detach_at(git, place.commit, head=head) if place.commit is not None else None


def not_back(stash: Oid, found: NotBack) -> Problem:
    """Return that a stash is kept, and why; one that does not fit is the person's from now on, by its name."""
    # shortened the id may be all digits: the number of an entry
    message = f"Your stash is kept, {found.why}"
    if found.entry is None:
        return Problem("stash-not-back", message, command("git", "stash", "apply", "--index", stash))
    message += f". It is yours from now on: once you have put it back, 'git stash drop {found.entry}' drops it."
    return Problem("stash-not-back", message, command("git", "stash", "apply", found.entry))


def git_in(run: Run, tree: str) -> Git:
    """Return git for a working tree: the user's own environment in their own tree."""
    if run.repository.top is not None and Path(tree) == run.repository.top:
        return run.repository.git
    return run.repository.git.elsewhere(Path(tree))


def hook_failure(failed: str | None) -> str:
    """Return the end of a sentence about a checkout whose hook failed; nothing where none did."""
    return f" A hook failed there: {failed}" if failed is not None else ""


@contextmanager
def at_commit(run: Run, tree: Path, commit: Oid) -> Iterator[None]:
    """Have a commit checked out in a working tree for a while, and come back; the way back survives a crash."""
    git = git_in(run, str(tree))
    known = run.world.tree_at(tree)
    if known is not None and known.head == commit:
        yield
        return
    if changes(git, untracked=False):
        if unfinished := in_progress(git):
            message = f"{unfinished[0].capitalize()} is unfinished in '{tree}'."
            raise refused("in-progress", message, command("git", "-C", tree, "status"))
        remedy = command("git", "-C", tree, "stash")
        raise refused("uncommitted", f"There are uncommitted changes in '{tree}'.", remedy)
    before = Place(str(tree), known.branch if known else None, known.head if known and not known.branch else None)
    run.remember(lambda memory: replace(memory, detour=before))
    detach_at(git, commit, head=known.head if known else run.world.head.commit)
    try:
        yield
    finally:
        check_out_place(run, before, head=commit)
        run.remember(lambda memory: replace(memory, detour=None))
        run.look_here()


def end_detour(run: Run) -> None:
    """Come back from a detour that a crash interrupted, if the tree still is where the detour left it."""
    detour = run.facts.memory.detour
    if detour is None:
        return
    tree = run.world.tree_at(detour.tree)
    if tree is not None and tree.branch is None and not changes(git_in(run, detour.tree), untracked=False):
        try:
            check_out_place(run, detour, head=tree.head)
        except HotfixError as error:
            run.warn(error.problems[0].message)
            return
    run.remember(lambda memory: replace(memory, detour=None))
    run.look_here()
