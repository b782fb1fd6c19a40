"""Where the user is: checking out, coming back, worktrees, the stash. Nothing of the user's is overwritten."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from git_hotfix.commands.worktree_setup import prepare_worktree
from git_hotfix.errors import HotfixError, Problem, refused
from git_hotfix.execution.ending import StepEnd
from git_hotfix.execution.events import Heard, Running
from git_hotfix.git.checkout import (
    changes,
    detach_at,
    in_progress,
    make_worktree,
    remove_worktree,
    switch_to,
)
from git_hotfix.git.program import Git, without_local_environment
from git_hotfix.git.stash import clean, drop_stash, is_kept, is_part_of, keep_stash, make_stash, restore_stash
from git_hotfix.hotfix import BranchName, HotfixId, Oid, shell_word
from git_hotfix.memory import Place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from git_hotfix.execution.session import Session
    from git_hotfix.git.worktrees import Worktree
    from git_hotfix.memory import Memory
    from git_hotfix.workflow.situation import Situation


def current_place(session: Session) -> Place:
    """Return where the user is now in this working tree."""
    head = session.world.head
    return Place(str(session.repository.top), head.branch, None if head.branch else head.commit)


def put_aside(session: Session, hotfix: HotfixId) -> StepEnd:
    """Stash tracked and staged changes and remember the stash with the place; a stash that a killed run kept counts."""
    git = session.repository.git
    stash, known = make_stash(git), session.memory_of(hotfix).read().place
    if known is not None and known.stash is not None and is_kept(git, known.stash):
        if stash is None or is_part_of(git, stash, known.stash):
            clean(git, known.stash)
            session.say(_put_away(known.stash))
            return StepEnd()
        session.warn(f"An interrupted start stashed other changes ({known.stash[:12]}); they stay in 'git stash list'.")
    place = replace(current_place(session), stash=stash)
    session.change(hotfix, lambda memory: replace(memory, place=place))
    if stash is not None:
        keep_stash(git, stash)
        before = known.stash if known is not None else None  # made in the same second, the two are one commit
        if before is not None and before != stash and is_part_of(git, before, stash):
            drop_stash(git, before)  # git was killed while it put it on the list
        clean(git, stash)
        session.say(_put_away(stash))
    return StepEnd()


def check_out(session: Session, hotfix: HotfixId, branch: BranchName) -> StepEnd:
    """Check the hotfix branch out here; where the user was is remembered first."""
    if session.world.head.branch == branch:
        return StepEnd()
    memory = session.memory_of(hotfix).read()
    is_known = memory.place is not None and memory.place.tree == str(session.repository.top)
    if not is_known and session.world.head.commit is not None:  # a branch without a commit cannot be come back to
        place = current_place(session)
        session.change(hotfix, lambda known: replace(known, place=place))
    failed = switch_to(session.repository.git, branch)
    said = f"Switched to '{branch}'.{_hook_said(failed)}"
    session.look_here()
    session.say(said)
    return StepEnd()


def add_worktree(session: Session, hotfix: HotfixId, branch: BranchName, path: Path) -> StepEnd:
    """Check the hotfix branch out in a linked worktree and bring what it needs to run."""
    made, failed = session.world.tree_of(branch), None
    if made is None or made.path != path:  # else an interrupted start has made it
        failed = make_worktree(session.repository.git, path, branch)
    session.change(hotfix, lambda memory: replace(memory, worktree=str(path)))
    session.look_here()
    session.say(f"The worktree is '{path}'.{_hook_said(failed)}")
    wanted = session.config.worktree
    source = session.repository.top
    if source is not None:
        if wanted.setup:
            session.tell(Running(wanted.setup, str(path)))
        for said in prepare_worktree(
            source,
            path,
            copy=wanted.copy,
            link=wanted.link,
            setup=wanted.setup,
            environment=without_local_environment(session.repository.git.environment),
            on_output=lambda piece: session.tell(Heard(piece)),
        ):
            session.say(said)
    return StepEnd()


def go_back(session: Session, situation: Situation, *, leaves: bool) -> StepEnd:
    """Take the user back to where they were, stash included; what stands in the way is told and left.

    ``leaves`` has the branch given up in any case, for the base when no place is remembered.
    """
    problems: list[Problem] = []
    memory = situation.memory
    place = memory.place or memory.detour or (_base_instead(session, situation) if leaves else None)
    if place is None:
        return StepEnd()
    tree = next((each for each in session.world.trees if str(each.path) == place.tree), None)
    other = session.world.tree_of(place.branch) if place.branch else None
    if tree is not None and other is not None and other != tree:
        session.warn(f"You are still on '{situation.branch}': '{place.branch}' is checked out in '{other.path}' now.")
        if leaves:
            detach_at(_git_of(session, place.tree), situation.base_tip or situation.tip or Oid("HEAD"))
    elif tree is not None and _is_ours(situation, tree, memory):
        why = _move_back(session, place)
        if why is not None:
            return StepEnd((Problem("not-back", f"You are still on '{situation.branch}': {why}", _go_there(place)),))
        session.look_here()
    if place.stash is not None:
        why = _put_stash_back(session, place, place.stash)
        if why is not None:
            remedy = f"git stash apply --index {place.stash}"  # shortened it may be all digits: the number of an entry
            problems.append(Problem("stash-not-back", f"Your stash is kept, {why}", remedy))
        else:
            session.say("Your stashed changes are back.")
    left = place if problems else None  # the stash is tried again by the next run
    session.change(situation.hotfix, lambda known: replace(known, place=left, detour=None))
    session.look_here()
    return StepEnd(tuple(problems))


def _put_stash_back(session: Session, place: Place, stash: Oid) -> str | None:
    """Put the stash back where it was taken; elsewhere, or in the middle of a rebase, it would be mixed with that."""
    git = _git_of(session, place.tree)
    tree = next((each for each in session.world.trees if str(each.path) == place.tree), None)
    if tree is None:
        return f"it could not be put back: the working tree '{place.tree}' is gone."
    if tree.branch is not None and tree.branch != place.branch:
        return f"it could not be put back: '{tree.branch}' is checked out in '{place.tree}' now."
    if unfinished := in_progress(git):
        return f"it could not be put back: {unfinished[0]} is unfinished in '{place.tree}'."
    return restore_stash(git, stash)


@contextmanager
def at_commit(session: Session, hotfix: HotfixId, tree: Path, commit: Oid) -> Iterator[None]:
    """Have a commit checked out in a working tree for a while, and come back; the way back survives a crash."""
    git = _git_of(session, str(tree))
    known = next((each for each in session.world.trees if each.path == tree), None)
    if known is not None and known.head == commit:
        yield
        return
    if any(change.tracked for change in changes(git)):
        raise refused("uncommitted", f"There are uncommitted changes in '{tree}'.", f"git -C '{tree}' stash")
    before = Place(str(tree), known.branch if known else None, known.head if known and not known.branch else None)
    session.change(hotfix, lambda memory: replace(memory, detour=before))
    detach_at(git, commit)
    try:
        yield
    finally:
        _check_out_place(git, before)
        session.change(hotfix, lambda memory: replace(memory, detour=None))
        session.look_here()


def end_detour(session: Session, situation: Situation) -> None:
    """Come back from a detour that a crash interrupted, if the tree still is where the detour left it."""
    detour = situation.memory.detour
    if detour is None:
        return
    tree = next((each for each in session.world.trees if str(each.path) == detour.tree), None)
    if tree is not None and tree.branch is None and not any(c.tracked for c in changes(_git_of(session, detour.tree))):
        try:
            _check_out_place(_git_of(session, detour.tree), detour)
        except HotfixError as error:
            session.warn(error.problems[0].message)
            return
    session.change(situation.hotfix, lambda memory: replace(memory, detour=None))
    session.look_here()


def delete_worktree(session: Session, path: Path) -> StepEnd:
    """Remove the linked worktree of a hotfix; one with changes of the user's stays and is told."""
    if not any(each.path == path for each in session.world.trees):
        return StepEnd()
    why = remove_worktree(session.repository.git, path)
    was_inside = why is None and session.repository.git.directory.is_relative_to(path)
    if was_inside:
        session.repository.leave_tree()  # nothing can be started in a folder that is gone
    session.look_here()
    if why is not None:
        return StepEnd(
            (Problem("worktree-stays", f"The worktree '{path}' stays: {why}", f"git worktree remove '{path}'"),)
        )
    back = f" You were in it: cd {shell_word(str(session.world.trees[0].path))}" if was_inside else ""
    session.say(f"Removed the worktree '{path}'.{back}")
    return StepEnd()


def _hook_said(failed: str | None) -> str:
    return f" A hook failed there: {failed}" if failed is not None else ""


def _put_away(stash: Oid) -> str:
    return f"Your changes are stashed ({stash[:12]}) and come back with finish, cleanup or close."


def _base_instead(session: Session, situation: Situation) -> Place | None:
    """Return the base as the place to go to, for a tree that has the branch checked out."""
    tree = session.world.tree_of(situation.branch)
    if tree is None or str(tree.path) == situation.memory.worktree:
        return None
    base = situation.base if session.world.local_tip(situation.base) is not None else None
    if base is not None and session.world.tree_of(base) is not None:
        base = None  # another tree has it
    return Place(str(tree.path), base, situation.base_tip)


def _is_ours(situation: Situation, tree: Worktree, memory: Memory) -> bool:
    """Return whether the tree still is where this hotfix took it: else the user has gone elsewhere and stays there."""
    return tree.branch == situation.branch or (tree.branch is None and memory.detour is not None)


def _move_back(session: Session, place: Place) -> str | None:
    try:
        failed = _check_out_place(_git_of(session, place.tree), place)
    except HotfixError as error:
        return error.problems[0].message
    session.say(f"Back on '{place.branch or (place.commit or '')[:12]}'.{_hook_said(failed)}")
    return None


def _check_out_place(git: Git, place: Place) -> str | None:
    if place.branch is not None:
        return switch_to(git, place.branch)
    return detach_at(git, place.commit) if place.commit is not None else None


def _git_of(session: Session, tree: str) -> Git:
    """Return git for a working tree: the user's own environment in their own tree."""
    if session.repository.top is not None and Path(tree) == session.repository.top:
        return session.repository.git
    return session.repository.git.elsewhere(Path(tree))


def _go_there(place: Place) -> str:
    if place.branch is not None:
        return f"git switch {shell_word(place.branch)}"
    return f"git checkout --detach {place.commit}"
