"""Publication: commit and tags as objects first, one leased push of exactly these, then what the server has then."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from git_hotfix import clock
from git_hotfix.engine.run import LOOKED_BACK
from git_hotfix.engine.step import Done
from git_hotfix.errors import ExitCode, Problem, again, command, refused, server_failed
from git_hotfix.escapes import one_line
from git_hotfix.facts.deployments import WAY
from git_hotfix.facts.publications import NO_TAG, TAG
from git_hotfix.git.checkout import advance
from git_hotfix.git.commits import make_commit
from git_hotfix.git.forges import is_refused_for_a_request
from git_hotfix.git.history import first_parent
from git_hotfix.git.messages import with_trailers
from git_hotfix.git.provenance import committer_name
from git_hotfix.git.publish import Pushed, push_while_moving
from git_hotfix.git.refs import move_refs, put_ref
from git_hotfix.git.remote import Update
from git_hotfix.hotfix import BranchName, branch_ref, tag_ref
from git_hotfix.memory import Attempt
from git_hotfix.steps.attempts import are_free, end_attempt, keep_ref, missing_tags, withdraw
from git_hotfix.steps.record_commit import made_record
from git_hotfix.steps.tags import choose_tags, make_tags

if TYPE_CHECKING:
    from git_hotfix.engine.run import Run
    from git_hotfix.facts.facts import Facts
    from git_hotfix.hotfix import Oid
    from git_hotfix.steps.backport_commits import Made

TreeOn = Callable[["Oid"], "Oid"]


class Wanted(Struct, frozen=True, kw_only=True):
    """A commit to bring onto a base, tagged: a merge of ``source``, or one that takes the merge ``source`` back."""

    base: BranchName
    source: Oid | None
    tag: str | None
    wants_tag: bool = True
    message: str
    trailers: tuple[tuple[str, str], ...]
    to_server: bool = True
    is_rollback: bool = False
    may_ask: bool = False
    """Whether a person can be asked for a request instead, where the server refuses it."""
    has_held: bool = True
    """Whether records that were held go out below it: not in a bundle, which is for the base as the server has it."""
    is_prepared: bool = False
    """Whether only what was prepared elsewhere may be published (``--from-bundle``)."""


def publish(run: Run, wanted: Wanted, tree_on: TreeOn) -> Done:
    """Bring the commit into its base, tagged, here or on the server; what is already there is adopted.

    ``tree_on`` gives the tree for a tip of the base. A server that moves meanwhile is followed for a minute: everything
    is prepared again. Refused for good, or unreachable: exit 5, and everything here is as it was.
    """
    if run.world.remote is None or not wanted.to_server:
        return _publish_here(run, attempt_for(run, wanted, tree_on))
    is_untested = False

    def make(last: Pushed) -> list[Update]:
        nonlocal is_untested
        if last.moved:
            now = run.look()
            if _is_done(now, wanted):
                return []
            run.say(f"'{run.world.shown(wanted.base)}' has moved: preparing the merge again.")
            is_untested = _is_untested(now, wanted)
        return [] if is_untested else _updates(run, attempt_for(run, wanted, tree_on))

    pushed = push_while_moving(run.destination(), make, atomic=True, tries=2).known(again())
    if pushed.was_split:
        run.say(
            f"'{run.world.remote.name}' does not support atomic pushes: base and tag go in one push, each with a lease."
        )
    now = run.look()
    if _is_done(now, wanted):
        return _published(run)
    if is_untested or (pushed.has_arrived and _is_untested(now, wanted)):
        if now.memory.attempt is not None:
            withdraw(run, now.memory.attempt)
        return Done(repeats=True)
    return _refused(run, wanted, pushed)


def _is_done(facts: Facts, wanted: Wanted) -> bool:
    return facts.is_rolled_back if wanted.is_rollback else facts.is_published


def _is_untested(facts: Facts, wanted: Wanted) -> bool:
    """Return whether what would be published now was not tested yet: merged into another base, or of another tip."""
    return not wanted.is_rollback and (facts.merged_tree is not None or facts.tip != wanted.source)


def attempt_for(run: Run, wanted: Wanted, tree_on: TreeOn) -> Attempt:
    """Return the remembered attempt if it still fits the server, else prepare a new one."""
    attempt, fits = run.facts.memory.attempt, False
    if attempt is not None:
        fits = (
            attempt.base == wanted.base
            and attempt.old == run.facts.base_tip
            and attempt.tip == wanted.source
            and run.facts.has(attempt.merge)
            and wanted.tag in {None, *(name for name, _ in attempt.tags)}
            and attempt.is_bundled == wanted.is_prepared
            and (wanted.has_held or first_parent(run.repository, attempt.merge) == attempt.old)
            and (wanted.is_prepared or wanted.wants_tag == bool(attempt.tags))
        )
        if fits and are_free(run, attempt):
            return attempt
        withdraw(run, attempt)
    if wanted.is_prepared:
        what = "A tag of it is taken" if fits else f"'{run.world.shown(wanted.base)}' has moved"
        message = f"{what}: the bundle no longer fits, nothing was published. Whoever wrote it writes it again."
        write = command("git", "hotfix", "finish", run.facts.hotfix, "--bundle", "FILE")
        raise refused("bundle-outdated", message, write)
    return _prepare(run, wanted, tree_on)


def _prepare(run: Run, wanted: Wanted, tree_on: TreeOn) -> Attempt:
    """Make the commit and its tags as objects, remember them, and hold them by a ref of our own."""
    repository, facts = run.repository, run.facts
    source, old = wanted.source, facts.base_tip
    if source is None or old is None:
        message = f"'{facts.branch}' or '{facts.base}' does not exist."
        raise refused("branch-gone", message, command("git", "hotfix", "list"))
    onto = _with_held_records(run, old) if wanted.has_held else old
    tree = tree_on(onto)
    parents = (onto,) if wanted.is_rollback else (onto, source)
    names = choose_tags(facts, wanted.tag, old, is_rollback=wanted.is_rollback) if wanted.wants_tag else ()
    trailers = (*wanted.trailers, *(((TAG, name) for name in names) if names else (NO_TAG,)))
    text = with_trailers(wanted.message, trailers)
    commit = make_commit(repository, tree, parents, text)
    tags = make_tags(run, names, commit, wanted.trailers) if names else ()
    attempt = Attempt(wanted.base, old, commit, source, tags)
    put_ref(repository.git, keep_ref(facts.hotfix), tags[0][1] if tags else commit)
    run.remember(lambda memory: replace(memory, attempt=attempt))
    return attempt


def _with_held_records(run: Run, onto: Oid) -> Oid:
    """Return the tip of the base with the records of earlier hotfixes on top that were held: a push there deploys.

    They are below the merge, so that the tag is on what is deployed. Only the ten newest hotfixes are looked at.
    """
    facts = run.facts
    if not facts.is_held:
        return onto
    made: list[Made] = []
    pushing = run.overridden("documents.publish", "push")
    for hotfix in (each.hotfix for each in run.known()[-LOOKED_BACK:] if each.hotfix != facts.hotfix):
        earlier = pushing.facts_of(hotfix)
        if earlier.base == facts.base and earlier.is_published and earlier.report_problem is None:
            record = made_record(run, earlier, made, facts.base)
            made = [record] if record is not None else made
    return made[0].new if made else onto


def _updates(run: Run, attempt: Attempt) -> list[Update]:
    """Return what to push in one go, each leased: base and tags; of what was half accepted only the rest."""
    base = Update(branch_ref(attempt.base), attempt.old, attempt.merge)
    return [base, *missing_tags(run.world, attempt.tags)]


def _publish_here(run: Run, attempt: Attempt) -> Done:
    """Move the local refs: without a remote that is the publication, with ``--no-push`` a later finish pushes them."""
    git, world = run.repository.git, run.world
    local = world.local_tip(attempt.base)
    updates = [Update(tag_ref(n), None, oid) for n, oid in attempt.tags if world.local.get(tag_ref(n)) != oid]
    if local is not None and local != attempt.merge:
        base = Update(branch_ref(attempt.base), local, attempt.merge)
        tree = world.tree_of(attempt.base)
        if tree is None:
            updates.append(base)
        elif (why := advance(git, tree, base, reason="git hotfix finish")) is not None:
            message = f"'{attempt.base}' is checked out in '{tree.path}' and cannot be moved: {why}"
            raise refused("base-in-the-way", message, command("git", "-C", tree.path, "stash"))
    move_refs(git, updates, reason=f"git hotfix finish: {run.facts.hotfix}")
    run.look_here()
    if world.remote is not None:
        run.remember(lambda memory: replace(memory, attempt=replace(attempt, here=True)))
        run.say(f"Merged into '{attempt.base}' here only; to publish it, run: git hotfix finish")
        return Done()
    run.look()
    return _published(run)


def _published(run: Run) -> Done:
    """Report and remember what the server (or git) shows: the commit is in its base."""
    facts = run.facts
    last, commit = facts.last_publication, facts.in_production
    assert last is not None and commit is not None  # noqa: S101, PT018  # published
    now, is_theirs = clock.rfc3339(clock.now()), not facts.memory.has_published(commit)
    if not is_theirs:
        run.remember(lambda memory: replace(memory, published_at={commit: now, **memory.published_at}))
    end_attempt(run)
    if is_theirs and facts.merge_trailers.get(WAY) == "command" and facts.deployed.state == "awaited":
        who = one_line(committer_name(run.repository, commit))
        message = (
            f"{who} has published it at the same moment, and that run deploys it; when it has ended, the same command"
            " does what is left."
        )
        run.remember(lambda memory: memory.with_refusal(f"deploy {commit}", message.removesuffix(".")))
        return Done((Problem("published-meanwhile", message, again(), ExitCode.UNFINISHED, about="deploy"),))
    shown = run.world.shown(facts.base)
    if last.rollback is not None:
        run.say(f"Rolled back: {shown} is at {commit[:7]}, without the fix.")
    else:
        tags = f", tag {', '.join(name for name, _ in last.tags)}" if last.tags and not facts.lacks_tag else ""
        run.say(f"Published: {shown} is at {commit[:7]}{tags}.")
    return Done()


def _refused(run: Run, wanted: Wanted, pushed: Pushed) -> Done:
    """Raise the server's reason, after a tag that went ahead of its branch was taken back.

    Where it asks for a request, and a person can be asked whether to open one, the plan is made again for that.
    """
    remote, attempt = run.world.remote, run.facts.memory.attempt
    assert remote is not None  # noqa: S101  # a push was refused
    if attempt is not None and not attempt.here:  # commits that are merged here stay, to be published by a later finish
        withdraw(run, attempt)
    what = "kept moving for a minute" if pushed.moved else "did not take the push"
    done = "nothing was published"
    if wanted.is_rollback:
        back, base = run.facts.deployed, run.world.shown(wanted.base)
        done = f"production: {back.evidence}; '{base}' still has the fix" if back.is_back else "nothing was rolled back"
    reason = pushed.reason or "it gave no reason"
    message = f"'{remote.name}' {what}; {done}: {reason}"
    if not is_refused_for_a_request(pushed.reason):
        raise server_failed("push-refused", message, again())
    run.remember(lambda memory: memory.with_refusal(wanted.base, pushed.reason))
    if not wanted.may_ask:
        raise server_failed("push-refused", message, again("--pr"))
    run.say(message)
    return Done(repeats=True)
