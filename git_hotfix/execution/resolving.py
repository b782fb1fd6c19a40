"""Conflicts that wait for a person: laid out, taken up again when they are resolved, or given up."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from git_hotfix import clock
from git_hotfix.errors import ExitCode, HotfixError, Problem, wrong_input
from git_hotfix.execution.ending import StepEnd
from git_hotfix.git import history, provenance
from git_hotfix.git.commits import make_commit
from git_hotfix.git.conflicts import Unresolved, guilty_commits, lay_out, resolved_tree, state_of, unmerged
from git_hotfix.git.identity import identity
from git_hotfix.git.refs import drop_ref, put_ref
from git_hotfix.git.resolutions import resolution_ref
from git_hotfix.hotfix import Method, Oid, shell_word
from git_hotfix.memory import Conflict, Skipped

if TYPE_CHECKING:
    from git_hotfix.execution.making import Stuck
    from git_hotfix.execution.session import Session
    from git_hotfix.facts.facts import Facts
    from git_hotfix.git.resolutions import StuckBack
    from git_hotfix.workflow.plan import GiveUp, LayOut, Publish


def wait_for_person(session: Session, facts: Facts, stuck: Stuck, place: Path | None) -> Problem | None:
    """Lay a target's conflict out and say where; None when git resolved it by itself, which is kept."""
    waiting = Conflict(stuck.target.branch, "", stuck.onto, stuck.source, stuck.method)
    return _lay_out(session, facts, waiting, stuck.change, place)


def lay_out_production(session: Session, facts: Facts, step: LayOut) -> StepEnd:
    """Lay a conflict with production out; nothing is published until it is resolved (exit 3)."""
    waiting = Conflict(step.branch, "", step.onto, step.source, Method.MERGE)
    problem = _lay_out(session, facts, waiting, step.source, step.place)
    if problem is not None:
        raise HotfixError(problem)
    return StepEnd()


def lay_out_take_back(session: Session, facts: Facts, step: Publish, stuck: StuckBack) -> None:
    """Lay out what of a rollback conflicts with production; nothing is taken back until it is resolved (exit 3)."""
    waiting = Conflict(step.base, "", stuck.onto, stuck.source, Method.REVERT)
    problem = _lay_out(session, facts, waiting, stuck.change, step.place)
    if problem is not None:
        raise HotfixError(problem)


def take_up(session: Session, facts: Facts, *, is_rollback: bool = False) -> tuple[Problem, ...]:
    """Keep what a person made of each conflict that waits; the problems of those that are not resolved yet.

    A resolution is a commit of its tree, held by a ref; its worktree is removed only after that.
    """
    problems: list[Problem] = []
    for waiting in facts.memory.conflicts:
        if waiting.is_rollback != is_rollback:
            continue
        if not waiting.is_laid_out:
            drop_conflict(session, facts, waiting)  # removed by hand: laid out again at the next run
            continue
        tree = resolved_tree(session.repository, Path(waiting.path), waiting.onto)
        if isinstance(tree, Unresolved):
            if facts.needs(waiting):
                problems.append(_unresolved(facts, waiting, tree))
            continue
        _keep(session, facts, waiting, tree)
        drop_conflict(session, facts, waiting)
        session.say(f"Taken up: the resolution for '{waiting.branch}'.")
    return tuple(problems)


def skip_target(session: Session, facts: Facts, branch: str, reason: str) -> None:
    """Remember that a target will not get the fix, and why; the next record carries it to everybody."""
    if branch not in {target.branch for target in facts.targets}:
        listed = ", ".join(target.branch for target in facts.targets) or "none"
        message = f"'{branch}' is no target of this hotfix (targets: {listed})."
        raise wrong_input("unknown-branch", message, f"git hotfix status {facts.hotfix}")
    by = identity(session.repository.git).committer.name
    skipped = Skipped(branch, " ".join(reason.split()), by, clock.rfc3339(clock.now()))
    waits = facts.memory.conflict_of(branch)
    if waits is not None:
        drop_conflict(session, facts, waits)
    session.change(facts.hotfix, lambda memory: replace(memory, skipped=(*memory.skipped, skipped)))
    session.say(f"'{branch}' is skipped: {reason}")


def give_up(session: Session, facts: Facts, step: GiveUp) -> StepEnd:
    """Remove the worktrees of conflicts that wait and what was resolved; nothing else has changed."""
    for waiting in facts.memory.conflicts:
        if step.is_rollback not in {None, waiting.is_rollback}:
            continue
        if step.keeps_work and _has_work(session, waiting):
            _forget(session, facts, waiting)
            path = shell_word(waiting.path)
            session.warn(f"'{waiting.path}' has changes of yours and stays: 'git worktree remove --force {path}'.")
            continue
        drop_conflict(session, facts, waiting)
        session.say(f"Gave up the conflict with '{waiting.branch}' in '{waiting.path}'.")
    for ref in facts.resolutions.all(is_rollback=step.is_rollback):
        drop_ref(session.repository.git, ref)
    session.look_here()
    return StepEnd()


def end_settled(session: Session, facts: Facts) -> None:
    """Remove the worktrees of conflicts that nobody has to resolve any more; one with a person's work stays, said."""
    for waiting in facts.memory.conflicts:
        if facts.needs(waiting):
            continue
        if _has_work(session, waiting):
            command = "rollback" if waiting.is_rollback else "backport" if facts.is_published else "finish"
            session.warn(
                f"The conflict with '{waiting.branch}' is settled without '{waiting.path}', which stays because it has"
                f" changes of yours: 'git hotfix {command} {facts.hotfix} --abort' removes it."
            )
            continue
        drop_conflict(session, facts, waiting)
        session.say(f"The conflict with '{waiting.branch}' is settled: removed '{waiting.path}'.")


def _has_work(session: Session, waiting: Conflict) -> bool:
    """Return whether a worktree is no longer as git left it for a person."""
    return waiting.is_laid_out and state_of(session.repository, Path(waiting.path)) != waiting.laid_out


def conflict_problem(session: Session, facts: Facts, waiting: Conflict) -> Problem:
    """Say where a conflict waits, in which files, and which commits there touched the same lines."""
    path = Path(waiting.path)
    files = unmerged(session.repository.git.elsewhere(path)) if path.is_dir() else ()
    shown = session.world.shown(waiting.branch)
    what = "Taking the fix back conflicts with later commits on" if waiting.is_rollback else "The fix conflicts with"
    said = [f"{what} '{shown}'; it is laid out in '{path}'."]
    fork = _since(session, facts, waiting)
    for file in files:
        guilty = guilty_commits(session.repository, path, fork, waiting.onto, file)
        named = f" (changed there by {'; '.join(guilty)})" if guilty else ""
        said.append(f"'{file}' is in conflict{named}.")
    if not files:
        said.append("Nothing there is in conflict any more.")
    command = f"git hotfix {_command_for(facts, waiting)} {facts.hotfix} --continue"
    said.append(f"When it is resolved (git add), '{command}' goes on.")
    remedy = f"cd {shell_word(str(path))}"
    code = _code_of(facts, waiting)
    kind = "conflict-with-production" if code is ExitCode.WAITING else "target-conflict"
    return Problem(kind, " ".join(said), remedy, code)


def _command_for(facts: Facts, waiting: Conflict) -> str:
    """Return the command that goes on with a conflict."""
    if waiting.is_rollback:
        return "rollback"
    return "finish" if waiting.branch == facts.base else "backport"


def _code_of(facts: Facts, waiting: Conflict) -> ExitCode:
    return ExitCode.WAITING if waiting.branch == facts.base else ExitCode.UNFINISHED


def _since(session: Session, facts: Facts, waiting: Conflict) -> Oid:
    """Return where the commits begin that can be guilty: where the fix forked, or came to where it is taken back."""
    last = next((each for each in facts.publications if each.merge == waiting.source), None)
    if waiting.is_rollback and last is not None:
        repository, onto = session.repository, waiting.onto
        commits = (*history.fix_commits(repository, last.fork, last.tip, facts.record_paths), last.merge)
        lines = (f"(cherry picked from commit {commit})" for commit in reversed(commits))
        picks = (provenance.newest_with_line(repository, last.fork, onto, line) for line in lines)
        brought = history.bringing_merge(repository, onto, last.tip)
        return brought or next((pick for pick in picks if pick is not None), last.fork)
    return facts.publications[-1].fork if facts.publications else facts.fix.fork if facts.fix else waiting.onto


def _lay_out(session: Session, facts: Facts, waiting: Conflict, source: Oid, place: Path | None) -> Problem | None:
    """Lay a conflict out and remember it, unless a person is at it already; None when git resolved it by itself.

    It is remembered before, to be found by whoever comes after a crash, and after: then it is whole.
    """
    known = session.memory_of(facts.hotfix).read().conflict_of(waiting.branch, is_rollback=waiting.is_rollback)
    if known is not None and known.is_laid_out:
        return conflict_problem(session, facts, known)
    folder = place or session.repository.common_dir / "hotfix" / "conflicts" / str(facts.hotfix)
    if known is not None and Path(known.path).is_dir():
        # a run was killed here, or git could not make it: whatever it had begun is not a person's work
        session.repository.git.ask("worktree", "remove", "--force", known.path)
    path = _free(folder / (waiting.branch.replace("/", "-") + ("-rollback" if waiting.is_rollback else "")))
    waiting = replace(waiting, path=str(path))
    _remember(session, facts, waiting)
    files = lay_out(session.repository, path, waiting.onto, source, waiting.method)
    tree = None if files else resolved_tree(session.repository, path, waiting.onto)
    if tree is None or isinstance(tree, Unresolved):
        _remember(session, facts, replace(waiting, laid_out=state_of(session.repository, path)))
        return conflict_problem(session, facts, waiting)
    _keep(session, facts, waiting, tree)
    drop_conflict(session, facts, waiting)
    session.say(f"git resolved the conflict with '{waiting.branch}' by itself (rerere or a merge driver).")
    return None


def _free(path: Path) -> Path:
    """Return the path, or one beside it where something is there already: it is not ours to remove."""
    found, number = path, 1
    while os.path.lexists(found):
        number += 1
        found = path.with_name(f"{path.name}-{number}")
    return found


def _remember(session: Session, facts: Facts, waiting: Conflict) -> None:
    session.change(
        facts.hotfix,
        lambda memory: replace(
            memory, conflicts=(*(each for each in memory.conflicts if not _is_same(each, waiting)), waiting)
        ),
    )


def _is_same(one: Conflict, other: Conflict) -> bool:
    return (one.branch, one.is_rollback) == (other.branch, other.is_rollback)


def _keep(session: Session, facts: Facts, waiting: Conflict, tree: Oid) -> None:
    who = identity(session.repository.git)
    message = f"How '{waiting.source}' was resolved for '{waiting.branch}'\n"
    commit = make_commit(
        session.repository,
        tree,
        (waiting.onto, waiting.source),
        message,
        author=who.author,
        committer=who.committer,
        sign=False,
    )
    ref = resolution_ref(facts.hotfix, waiting.branch, waiting.source, is_rollback=waiting.is_rollback)
    put_ref(session.repository.git, ref, commit)


def drop_conflict(session: Session, facts: Facts, waiting: Conflict) -> None:
    """Remove the worktree of a conflict and forget that it waits."""
    if Path(waiting.path).is_dir():
        session.repository.git.ask("worktree", "remove", "--force", waiting.path)
    _forget(session, facts, waiting)
    session.look_here()


def _forget(session: Session, facts: Facts, waiting: Conflict) -> None:
    session.change(
        facts.hotfix,
        lambda memory: replace(
            memory,
            conflicts=tuple(each for each in memory.conflicts if not _is_same(each, waiting)),
            why_pending={branch: why for branch, why in memory.why_pending.items() if branch != waiting.branch},
        ),
    )


def _unresolved(facts: Facts, waiting: Conflict, found: Unresolved) -> Problem:
    places = ", ".join(f"'{place}'" for place in found.places[:8])
    message = f"The conflict with '{waiting.branch}' {found.why}{': ' + places if places else ''} ('{waiting.path}')."
    command = f"git hotfix {_command_for(facts, waiting)} {facts.hotfix}"
    remedy = f"cd {shell_word(waiting.path)}" if found.places else f"{command} --abort"
    return Problem("not-resolved", message, remedy, _code_of(facts, waiting))
