"""What is published, made as objects first: the merge or the commit that takes it back, and its tags."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from git_hotfix.errors import ExitCode, HotfixError, Problem, refused
from git_hotfix.execution.attempts import keep_ref
from git_hotfix.execution.holding import with_held_records
from git_hotfix.execution.resolving import lay_out_take_back
from git_hotfix.execution.tagging import choose_tags, tag_message
from git_hotfix.facts.publications import NO_TAG
from git_hotfix.git.commits import make_commit, make_tag
from git_hotfix.git.identity import identity
from git_hotfix.git.merging import Conflicted, Merged
from git_hotfix.git.refs import put_ref
from git_hotfix.git.resolutions import merge_or_reapply
from git_hotfix.memory import Attempt
from git_hotfix.workflow.rollback import taken_back

if TYPE_CHECKING:
    from collections.abc import Sequence

    from git_hotfix.execution.session import Session
    from git_hotfix.facts.facts import Facts
    from git_hotfix.hotfix import Oid
    from git_hotfix.workflow.plan import Publish


def prepare(session: Session, facts: Facts, step: Publish) -> Attempt:
    """Make the merge commit and its tags as objects, remember them, and hold them by a ref of our own."""
    repository = session.repository
    source, old = source_of(facts, step), facts.base_tip
    if source is None or old is None:
        raise refused("branch-gone", f"'{facts.branch}' or '{facts.base}' does not exist.", "git hotfix list")
    onto = with_held_records(session, facts, old, sign=step.sign)
    tree = _tree_on(session, facts, step, onto, source)
    parents = (onto,) if step.is_rollback else (onto, source)
    who = identity(repository.git)
    trailers = step.trailers if step.wants_tag else (*step.trailers, NO_TAG)
    merge = make_commit(
        repository,
        tree,
        parents,
        _message(step.message, trailers),
        author=who.author,
        committer=who.committer,
        sign=step.sign,
    )
    tags: tuple[tuple[str, Oid], ...] = ()
    if step.wants_tag:
        names = choose_tags(session, facts, step.tag, old, is_rollback=bool(step.is_rollback))
        tags = make_tags(session, facts, names, merge, step.trailers, sign=step.sign)
    attempt = Attempt(step.base, old, merge, source, tags)
    put_ref(repository.git, keep_ref(facts.hotfix), tags[0][1] if tags else merge)
    session.change(facts.hotfix, lambda memory: replace(memory, attempt=attempt))
    return attempt


def source_of(facts: Facts, step: Publish) -> Oid | None:
    """Return what a publication is about: the branch's tip, or the newest merge that is taken back."""
    return step.is_rollback[0] if step.is_rollback else facts.tip


def make_tags(
    session: Session,
    facts: Facts,
    names: Sequence[str],
    merge: Oid,
    trailers: Sequence[tuple[str, str]],
    *,
    sign: bool,
) -> tuple[tuple[str, Oid], ...]:
    """Make the tags of a publication as objects; nothing points to them yet."""
    tagger = identity(session.repository.git).committer
    message = _message(tag_message(facts), trailers)
    return tuple((name, make_tag(session.repository, name, merge, message, tagger=tagger, sign=sign)) for name in names)


def _tree_on(session: Session, facts: Facts, step: Publish, old: Oid, source: Oid) -> Oid:
    """Return the tree that is published on top of ``old``; a conflict ends the run with exit 3.

    One of a rollback is laid out for a person. One of ``finish`` is found by its plan, and laid out by the next run:
    what a person or git makes of it is tested first.
    """
    if not step.is_rollback:
        result = merge_or_reapply(facts.repository, facts.resolutions, step.base, old, source)
        if isinstance(result, Conflicted):
            raise _conflict(session, facts, step, result)
        return result.tree
    while True:
        back = taken_back(facts, step.is_rollback, old)
        if isinstance(back, Merged):
            return back.tree
        lay_out_take_back(session, facts, step, back)
        facts = session.facts(facts.hotfix)  # git resolved it by itself: known now


def _conflict(session: Session, facts: Facts, step: Publish, conflict: Conflicted) -> HotfixError:
    files = ", ".join(f"'{path}'" for path in conflict.paths[:5])
    message = f"The fix conflicts with '{session.world.shown(step.base)}' in {files}; nothing was published."
    remedy = f"git hotfix finish {facts.hotfix}"
    return HotfixError(Problem("conflict-with-production", message, remedy, ExitCode.WAITING))


def _message(subject: str, trailers: Sequence[tuple[str, str]]) -> str:
    lines = "\n".join(f"{key}: {value}" for key, value in trailers)
    return f"{subject}\n\n{lines}\n" if lines else f"{subject}\n"
