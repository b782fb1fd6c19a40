"""A publication in flight: the ref that holds it, whether it still can go, how it is ended or taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from git_hotfix import clock
from git_hotfix.engine.step import Progress, State
from git_hotfix.errors import SAME_AGAIN, command
from git_hotfix.facts.publications import lacking_tags
from git_hotfix.git import history
from git_hotfix.git.checkout import reset_keeping
from git_hotfix.git.publish import push_and_observe
from git_hotfix.git.refs import drop_refs, move_refs
from git_hotfix.git.remote import Update
from git_hotfix.git.resolutions import resolution_ref
from git_hotfix.hotfix import RefName, branch_ref, tag_ref

if TYPE_CHECKING:
    from collections.abc import Iterable

    from git_hotfix.engine.run import Run
    from git_hotfix.facts.facts import Facts
    from git_hotfix.git.world import World
    from git_hotfix.hotfix import HotfixId, Oid
    from git_hotfix.memory import Attempt


def keep_ref(hotfix: HotfixId) -> RefName:
    """Return the ref that holds the objects of an attempt against garbage collection."""
    return RefName(f"refs/hotfix/keep/{hotfix}")


def end_attempt(run: Run) -> None:
    """Drop an attempt that a publication has ended: it arrived whole, or somebody else's did instead.

    One whose tags are not all there is kept: the tags that are completed are the very ones.
    """
    facts = run.facts
    attempt = facts.memory.attempt
    if attempt is None or not facts.is_published or lacking_tags(facts):
        return
    there = facts.world.server.refs if facts.world.server is not None else facts.world.local
    for name, oid in attempt.tags:
        if there.get(tag_ref(name), oid) != oid and any(each.merge == attempt.merge for each in facts.publications):
            run.warn(
                f"The tag '{name}' was taken by somebody else: {attempt.merge[:7]} has no tag"
                f" (git tag -a NAME {attempt.merge[:7]} to make another)."
            )
    withdraw(run, attempt)


def withdraw(run: Run, attempt: Attempt) -> None:
    """Take back what an attempt that no longer fits has left, only where it is still as the attempt left it.

    Of one that was published meanwhile only the memory is dropped.
    """
    if any(attempt.merge in {each.merge, each.rollback} for each in run.facts.publications):
        _remember_published(run, attempt)
        forget_attempt(run)
        return
    orphans = [Update(tag_ref(name), oid, None) for name, oid in attempt.tags if is_there(run.world, name, oid)]
    if orphans:
        taken_back = push_and_observe(run.destination(hooks=False), orphans, atomic=False).known(SAME_AGAIN)
        if taken_back.denied:
            run.warn(f"The server keeps the tag '{attempt.tags[0][0]}' of a merge that was not published.")
    drop_taken_resolution(run, run.facts.hotfix, attempt)
    if attempt.here:
        git, world = run.repository.git, run.world
        updates = [Update(tag_ref(n), oid, None) for n, oid in attempt.tags if world.local.get(tag_ref(n)) == oid]
        tree = world.tree_of(attempt.base)
        if world.local_tip(attempt.base) == attempt.merge:
            if tree is None:
                updates.append(Update(branch_ref(attempt.base), attempt.merge, attempt.old))
            elif (why := reset_keeping(git, tree, attempt.old)) is not None:
                run.warn(f"'{attempt.base}' here still has the merge that was not published: {why}")
        move_refs(git, updates, reason="git hotfix finish: prepared again")
        run.look_here()
    forget_attempt(run)


def _remember_published(run: Run, attempt: Attempt) -> None:
    """Keep when an attempt was published that nobody saw arrive: the run was killed, or the server fell silent.

    Its last object was made for that very push: nearer to it than the time of the run that finds it, maybe days later.
    """
    objects = (attempt.merge, *(oid for _, oid in attempt.tags))
    made = max(history.commit_time(run.repository, oid) for oid in objects if run.facts.has(oid))
    known = {str(attempt.merge): clock.rfc3339(made)}
    run.remember(lambda memory: replace(memory, published_at={**known, **memory.published_at}))


def forget_attempt(run: Run) -> None:
    """Drop the ref that held an attempt, then its memory: else a crash would leave a ref that nobody knows of."""
    drop_keep_ref(run)
    run.remember(lambda memory: replace(memory, attempt=None))


def drop_taken_resolution(run: Run, hotfix: HotfixId, attempt: Attempt) -> None:
    """Drop how a bundle has resolved its conflict, where it was not published: nobody here has resolved it so."""
    ref = resolution_ref(hotfix, attempt.base, attempt.tip)
    if run.world.local.get(ref) == attempt.merge:
        drop_refs(run.repository.git, [ref])


def in_bundle(facts: Facts, shown: str) -> tuple[Progress, ...]:
    """Return the rows of a fix that was written into a bundle, for the base as it is: it waits for who may push."""
    attempt, file = facts.memory.attempt, facts.memory.bundle
    if attempt is None or file is None or (attempt.tip, attempt.old) != (facts.tip, facts.base_tip):
        return ()
    evidence = f"'{file}' has what is to be published to '{shown}', for somebody who may push"
    remedy = command("git", "hotfix", "finish", "--from-bundle", file)
    return Progress("merge", State.WAITING, f"into {shown}"), Progress("publication", State.WAITING, evidence, remedy)


def drop_keep_ref(run: Run) -> None:
    """Drop the ref that holds an attempt, where one is."""
    ref = keep_ref(run.facts.hotfix)
    drop_refs(run.repository.git, [ref] if ref in run.world.local else [])


def are_free(run: Run, attempt: Attempt) -> bool:
    """Return whether every tag name of an attempt is free, or taken by the very tag of the attempt."""
    for name, oid in attempt.tags:
        there = run.world.server.refs.get(tag_ref(name)) if run.world.server else None
        if {there, run.world.local.get(tag_ref(name))} - {None, oid}:
            return False
    return all(run.facts.has(oid) for _, oid in attempt.tags)


def missing_tags(world: World, tags: Iterable[tuple[str, Oid]]) -> list[Update]:
    """Return the updates that make the tags which the server does not have yet."""
    return [Update(tag_ref(name), None, oid) for name, oid in tags if not is_there(world, name, oid)]


def is_there(world: World, name: str, oid: Oid) -> bool:
    """Return whether the server has this very tag."""
    return world.server is not None and world.server.refs.get(tag_ref(name)) == oid
