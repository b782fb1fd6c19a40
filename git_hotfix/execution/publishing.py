"""Publication: merge and tag as objects first, one leased push of exactly these, then the server is asked."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from msgspec.structs import replace

from git_hotfix import clock
from git_hotfix.errors import ExitCode, HotfixError, Problem, refused, server_failed
from git_hotfix.execution.attempts import are_free, end_attempt, forget_attempt, is_there, withdraw
from git_hotfix.execution.ending import StepEnd
from git_hotfix.execution.preparing import make_tags, prepare, source_of
from git_hotfix.execution.session import Session, ask_until_answered, pause
from git_hotfix.execution.tagging import choose_tags
from git_hotfix.git.checkout import advance
from git_hotfix.git.history import trailers as trailers_of
from git_hotfix.git.objects import has_object
from git_hotfix.git.refs import move_refs
from git_hotfix.git.remote import PushAnswer, Update, has_hook, push
from git_hotfix.hotfix import Oid, branch_ref, tag_ref

if TYPE_CHECKING:
    from git_hotfix.facts.facts import Facts
    from git_hotfix.memory import Attempt
    from git_hotfix.workflow.plan import CompleteTag, Publish

RACE_SECONDS = 60.0
"""How long a server that keeps moving is followed: with 8 clones racing, the last one needs 8 tries."""


def publish(session: Session, facts: Facts, step: Publish) -> StepEnd:
    """Bring the fix into its base, tagged, here or on the server; adopts what is already there.

    Refused by the server for good, or unreachable: exit 5, and everything here is as it was.
    """
    if step.is_rollback:
        session.change(facts.hotfix, lambda memory: replace(memory, pending_rollback=step.said))
    again = f"git hotfix {'rollback' if step.is_rollback else 'finish'} {facts.hotfix}"
    until = time.monotonic() + RACE_SECONDS
    stubborn = False
    while True:
        attempt = _attempt_for(session, facts, step)
        if session.world.remote is None or not step.to_server:
            return _publish_here(session, facts, attempt)
        said = _push(session, attempt, step)
        ask_until_answered(session, again=again)
        before, facts = facts, session.facts(facts.hotfix)
        if _has_arrived(facts, step):
            return _published(session, facts)
        if time.monotonic() > until:
            raise _refused(session, facts, step, attempt, said, "kept moving for a minute")
        if _has_moved(session, before, facts, attempt):
            session.say(f"'{session.world.shown(step.base)}' has moved meanwhile: prepared again.")
            if not step.is_rollback and facts.merged_tree is not None:
                return StepEnd(repeats=True)  # what would be published now was not tested yet
        elif stubborn:
            raise _refused(session, facts, step, attempt, said, "refused the push")
        else:
            stubborn = True
        pause(1.0)


def complete_tag(session: Session, facts: Facts, step: CompleteTag) -> StepEnd:
    """Make and publish the tag that a published merge lacks; nothing else moves."""
    attempt = facts.memory.attempt
    if attempt is not None and attempt.merge == step.merge and attempt.tags and are_free(session, attempt):
        tags = attempt.tags
    else:
        names = choose_tags(session, facts, step.tag, step.merge, is_rollback=step.is_rollback)
        told = _told_by(session, facts, step.merge)
        tags = make_tags(session, facts, names, step.merge, told, sign=step.sign)
    if session.world.remote is None:
        made = [Update(tag_ref(name), None, oid) for name, oid in tags]
        move_refs(session.repository.git, made, reason="git hotfix: tag")
        session.say(f"Tagged {tags[0][0]}.")
        forget_attempt(session, facts)
        return StepEnd()
    updates = [Update(tag_ref(name), None, oid) for name, oid in tags if not is_there(session, name, oid)]
    said = push(session.repository.git, session.world.remote, updates, atomic=False, hooks=step.hooks)
    ask_until_answered(session)
    server = session.world.server
    missing = [name for name, oid in tags if server is None or server.refs.get(tag_ref(name)) != oid]
    if missing:
        words = [said.reason, said.refusals.get(tag_ref(missing[0]), "")]
        why = "; ".join(word for word in dict.fromkeys(words) if word)
        message = f"The fix is published, but the server did not take the tag '{missing[0]}': {why}"
        remedy = f"git hotfix {'rollback' if step.is_rollback else 'finish'} {facts.hotfix}"
        return StepEnd((Problem("tag-refused", message, remedy, ExitCode.UNFINISHED),))
    session.say(f"Tagged {tags[0][0]}.")
    forget_attempt(session, facts)
    return StepEnd()


def drop_attempt(session: Session, facts: Facts) -> StepEnd:
    """Take back what an unpublished attempt has left (``finish --abort``)."""
    if facts.memory.attempt is not None:
        withdraw(session, facts, facts.memory.attempt)
        session.say("Took back what was prepared.")
    return StepEnd()


def _attempt_for(session: Session, facts: Facts, step: Publish) -> Attempt:
    """Return the remembered attempt if it still fits the server, else prepare a new one."""
    attempt = facts.memory.attempt
    if attempt is not None:
        fits = (
            attempt.base == step.base
            and attempt.old == facts.base_tip
            and attempt.tip == source_of(facts, step)
            and has_object(session.repository, attempt.merge)
            and step.tag in {None, *(name for name, _ in attempt.tags)}
            and step.wants_tag == bool(attempt.tags)
            and are_free(session, attempt)
        )
        if fits:
            return attempt
        withdraw(session, facts, attempt)
    return prepare(session, facts, step)


def _has_arrived(facts: Facts, step: Publish) -> bool:
    return facts.is_rolled_back if step.is_rollback else facts.is_published


def _told_by(session: Session, facts: Facts, merge: Oid) -> list[tuple[str, str]]:
    """Return the trailers for the tag of a published merge: ours are on it too, whoever made the merge."""
    own = [("Hotfix-Id", str(facts.hotfix))]
    if facts.incident is not None:
        own.append(("Incident", facts.incident))
    ours = {"Tests", "Tests-Skipped", "Production-Moved", "Verified-By", "Large-Because"}
    return own + [each for each in trailers_of(session.repository, merge) if each[0] in ours]


def _push(session: Session, attempt: Attempt, step: Publish) -> PushAnswer:
    """Push base and tags in one go, each leased; without ``atomic`` what was half accepted is completed."""
    remote = session.world.remote
    assert remote is not None  # noqa: S101  # asked by the caller
    git = session.repository.git
    updates = [Update(branch_ref(attempt.base), attempt.old, attempt.merge)]
    updates += [Update(tag_ref(name), None, oid) for name, oid in attempt.tags if not is_there(session, name, oid)]
    said = push(git, remote, updates, atomic=True, hooks=step.hooks)
    if said.lacks_atomic:
        session.say(f"'{remote.name}' cannot push atomically: base and tag are pushed together, each leased.")
        said = push(git, remote, updates, atomic=False, hooks=step.hooks)
    return said


def _publish_here(session: Session, facts: Facts, attempt: Attempt) -> StepEnd:
    """Move the local refs: without a remote that is the publication, with ``--no-push`` a later finish pushes them."""
    git, world = session.repository.git, session.world
    local = world.local_tip(attempt.base)
    updates = [Update(tag_ref(n), None, oid) for n, oid in attempt.tags if world.local.get(tag_ref(n)) != oid]
    if local is not None and local != attempt.merge:
        base = Update(branch_ref(attempt.base), local, attempt.merge)
        tree = world.tree_of(attempt.base)
        if tree is not None:
            why = advance(git, tree, base, reason="git hotfix finish")
            if why is not None:
                raise refused(
                    "base-in-the-way",
                    f"'{attempt.base}' is checked out in '{tree.path}' and cannot be moved: {why}",
                    f"git -C '{tree.path}' stash",
                )
        else:
            updates.append(base)
    move_refs(git, updates, reason=f"git hotfix finish: {facts.hotfix}")
    session.look_here()
    if world.remote is not None:
        session.change(facts.hotfix, lambda memory: replace(memory, attempt=replace(attempt, here=True)))
        session.say(f"Merged into '{attempt.base}' here only; 'git hotfix finish' publishes it.")
        return StepEnd()
    return _published(session, session.facts(facts.hotfix))


def _published(session: Session, facts: Facts) -> StepEnd:
    """Say and remember what the server (or git) shows: the fix is in its base."""
    last, commit = facts.last_publication, facts.in_production
    assert last is not None and commit is not None  # noqa: S101, PT018  # published
    now = clock.rfc3339(clock.now())
    session.change(
        facts.hotfix,
        lambda memory: replace(memory, published_at={commit: now, **memory.published_at}),
    )
    end_attempt(session, facts)
    shown = session.world.shown(facts.base)
    if last.rollback is not None:
        session.say(f"Rolled back: {shown} is at {commit[:12]}, without the fix.")
        return StepEnd()
    tag = f", tag {last.tag}" if last.tag else ""
    session.say(f"Published: {shown} is at {commit[:12]}{tag}.")
    return StepEnd()


def _has_moved(session: Session, before: Facts, after: Facts, attempt: Attempt) -> bool:
    """Return whether a leased ref is no longer what the push expected: then it is worth preparing again."""
    return before.base_tip != after.base_tip or not are_free(session, attempt)


def _refused(
    session: Session, facts: Facts, step: Publish, attempt: Attempt, said: PushAnswer, what: str
) -> HotfixError:
    """Return the server's reason, after a tag that went ahead of its branch was taken back."""
    remote = session.world.remote
    assert remote is not None  # noqa: S101  # a push was refused
    if not attempt.here:  # commits that are merged here stay, to be published by a later finish
        withdraw(session, facts, attempt)
    words = [f"{ref.split('/', 2)[-1]}: {why}" for ref, why in said.refusals.items() if "atomic" not in why]
    reason = "; ".join(dict.fromkeys([said.reason, *words])) or "it gave no reason"
    if not said.refusals and not said.heard_server and has_hook(session.repository.git, "pre-push"):
        reason += " (a pre-push hook runs here; --no-verify goes without it)"
    done = "nothing was taken back" if step.is_rollback else "nothing was published"
    return server_failed(
        "push-refused",
        f"'{remote.name}' {what}; {done}. It said: {reason}",
        f"git hotfix {'rollback' if step.is_rollback else 'finish'}",
    )
