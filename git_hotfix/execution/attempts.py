"""A publication in flight: the ref that holds it, whether it still can go, how it is ended or taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from git_hotfix import clock
from git_hotfix.execution.events import Warned
from git_hotfix.execution.session import Session, ask_until_answered
from git_hotfix.facts.publications import lacking_tags
from git_hotfix.git import history
from git_hotfix.git.checkout import reset_keeping
from git_hotfix.git.objects import has_object
from git_hotfix.git.refs import drop_ref, move_refs
from git_hotfix.git.remote import Update, push
from git_hotfix.hotfix import Oid, RefName, branch_ref, tag_ref

if TYPE_CHECKING:
    from git_hotfix.facts.facts import Facts
    from git_hotfix.hotfix import HotfixId
    from git_hotfix.memory import Attempt


def keep_ref(hotfix: HotfixId) -> RefName:
    """Return the ref that holds the objects of an attempt against garbage collection."""
    return RefName(f"refs/hotfix/keep/{hotfix}")


def end_attempt(session: Session, facts: Facts) -> None:
    """Drop an attempt that a publication has ended: it arrived whole, or somebody else's did instead.

    One whose tags are not all there is kept: the tags that are completed are the very ones.
    """
    attempt = facts.memory.attempt
    if attempt is None or not facts.is_published or lacking_tags(facts):
        return
    there = facts.world.server.refs if facts.world.server is not None else facts.world.local
    for name, oid in attempt.tags:
        if there.get(tag_ref(name), oid) != oid and any(each.merge == attempt.merge for each in facts.publications):
            session.warn(
                f"The tag '{name}' was taken by somebody else meanwhile: {attempt.merge[:12]} goes without it"
                f" (git tag -a NAME {attempt.merge[:12]} makes another)."
            )
    withdraw(session, facts, attempt)


def withdraw(session: Session, facts: Facts, attempt: Attempt) -> None:
    """Take back what an attempt that no longer fits has left, only where it is still as the attempt left it.

    Of one that was published meanwhile only the memory is dropped.
    """
    if any(attempt.merge in {each.merge, each.rollback} for each in facts.publications):
        _remember_published(session, facts, attempt)
        forget_attempt(session, facts)
        return
    git, world, remote = session.repository.git, session.world, session.world.remote
    orphans = [Update(tag_ref(name), oid, None) for name, oid in attempt.tags if is_there(session, name, oid)]
    if remote is not None and orphans:
        push(git, remote, orphans, atomic=False, hooks=False)
        ask_until_answered(session)
        if any(is_there(session, name, oid) for name, oid in attempt.tags):
            session.warn(f"The server keeps the tag '{attempt.tags[0][0]}' of a merge that was not published.")
    if attempt.here:
        updates = [Update(tag_ref(n), oid, None) for n, oid in attempt.tags if world.local.get(tag_ref(n)) == oid]
        tree = world.tree_of(attempt.base)
        if world.local_tip(attempt.base) == attempt.merge:
            if tree is None:
                updates.append(Update(branch_ref(attempt.base), attempt.merge, attempt.old))
            elif (why := reset_keeping(git, tree, attempt.old)) is not None:
                session.tell(Warned(f"'{attempt.base}' here still has the merge that was not published: {why}"))
        move_refs(git, updates, reason="git hotfix finish: prepared again")
        session.look_here()
    forget_attempt(session, facts)


def _remember_published(session: Session, facts: Facts, attempt: Attempt) -> None:
    """Keep when an attempt was published that nobody saw arrive: the run was killed, or the server fell silent.

    Its last object was made for that very push: nearer to it than the time of the run that finds it, maybe days later.
    """
    repository = session.repository
    objects = (attempt.merge, *(oid for _, oid in attempt.tags))
    made = max(history.commit_time(repository, oid) for oid in objects if has_object(repository, oid))
    told = {str(attempt.merge): clock.rfc3339(made)}
    session.change(facts.hotfix, lambda memory: replace(memory, published_at={**told, **memory.published_at}))


def forget_attempt(session: Session, facts: Facts) -> None:
    """Drop the ref that held an attempt, then its memory: else a crash would leave a ref that nobody knows of."""
    drop_ref(session.repository.git, keep_ref(facts.hotfix))
    session.change(facts.hotfix, lambda memory: replace(memory, attempt=None))


def are_free(session: Session, attempt: Attempt) -> bool:
    """Return whether every tag name of an attempt is free, or taken by the very tag of the attempt."""
    for name, oid in attempt.tags:
        there = session.world.server.refs.get(tag_ref(name)) if session.world.server else None
        if {there, session.world.local.get(tag_ref(name))} - {None, oid}:
            return False
    return all(has_object(session.repository, oid) for _, oid in attempt.tags)


def is_there(session: Session, name: str, oid: Oid) -> bool:
    """Return whether the server has this very tag."""
    return session.world.server is not None and session.world.server.refs.get(tag_ref(name)) == oid
