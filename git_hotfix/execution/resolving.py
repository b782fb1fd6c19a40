"""Conflicts that wait for a person: laid out, taken up again when they are resolved, or given up."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from git_hotfix import clock
from git_hotfix.errors import ExitCode, HotfixError, Problem, wrong_input
from git_hotfix.execution.ending import StepEnd
from git_hotfix.hotfix import Method, Oid, shell_word
from git_hotfix.memory import Skipped, Waiting
from git_hotfix.repository.conflicts import Unresolved, guilty_commits, lay_out, resolved_tree, unmerged
from git_hotfix.repository.identity import identity
from git_hotfix.repository.refs import drop_ref, put_ref
from git_hotfix.repository.resolutions import resolution_ref
from git_hotfix.repository.writing import make_commit

if TYPE_CHECKING:
    from git_hotfix.execution.making import Stuck
    from git_hotfix.execution.session import Session
    from git_hotfix.workflow.plan import LayOut
    from git_hotfix.workflow.situation import Situation


def wait_for_person(session: Session, situation: Situation, stuck: Stuck, place: Path | None) -> Problem | None:
    """Lay a target's conflict out and say where; None when git resolved it by itself, which is kept."""
    if stuck.method is Method.REVERT:
        files = ", ".join(f"'{path}'" for path in stuck.paths[:5])
        shown = session.world.shown(stuck.target.branch)
        message = f"Taking the fix back conflicts with '{shown}' in {files}."
        by_hand = f"git switch {shell_word(stuck.target.branch)} && git revert -m 1 {stuck.source[:12]}"
        return Problem("target-conflict", message, by_hand, ExitCode.UNFINISHED)
    waiting = Waiting(stuck.target.branch, "", stuck.onto, stuck.source, str(stuck.method))
    return _lay_out(session, situation, waiting, place, ExitCode.UNFINISHED)


def lay_out_production(session: Session, situation: Situation, step: LayOut) -> StepEnd:
    """Lay a conflict with production out; nothing is published until it is resolved (exit 3)."""
    waiting = Waiting(step.branch, "", step.onto, step.source, str(Method.MERGE))
    problem = _lay_out(session, situation, waiting, step.place, ExitCode.WAITING)
    if problem is not None:
        raise HotfixError(problem)
    return StepEnd()


def take_up(session: Session, situation: Situation) -> tuple[Problem, ...]:
    """Keep what a person made of each conflict that waits; the problems of those that are not resolved yet.

    A resolution is a commit of its tree, held by a ref; its worktree is removed only after that.
    """
    problems: list[Problem] = []
    for waiting in situation.memory.conflicts:
        path = Path(waiting.path)
        if not path.is_dir():
            drop_conflict(session, situation, waiting)  # removed by hand: laid out again at the next run
            continue
        tree = resolved_tree(session.repository, path, waiting.onto)
        if isinstance(tree, Unresolved):
            problems.append(_unresolved(situation, waiting, tree))
            continue
        _keep(session, situation, waiting, tree)
        drop_conflict(session, situation, waiting)
        session.say(f"Taken up: the resolution for '{waiting.branch}'.")
    return tuple(problems)


def skip_target(session: Session, situation: Situation, branch: str, reason: str) -> None:
    """Remember that a target will not get the fix, and why; the next record carries it to everybody."""
    if branch not in {target.branch for target in situation.targets}:
        listed = ", ".join(target.branch for target in situation.targets) or "none"
        message = f"'{branch}' is no target of this hotfix (targets: {listed})."
        raise wrong_input("unknown-branch", message, f"git hotfix status {situation.hotfix}")
    by = identity(session.repository.git).committer.name
    skipped = Skipped(branch, " ".join(reason.split()), by, clock.rfc3339(clock.now()))
    waits = situation.memory.conflict_of(branch)
    if waits is not None:
        drop_conflict(session, situation, waits)
    session.change(situation.hotfix, lambda memory: replace(memory, skipped=(*memory.skipped, skipped)))
    session.say(f"'{branch}' is skipped: {reason}")


def give_up(session: Session, situation: Situation) -> StepEnd:
    """Remove the worktrees of conflicts that wait and what was resolved; nothing else has changed."""
    for waiting in situation.memory.conflicts:
        drop_conflict(session, situation, waiting)
        session.say(f"Gave up the conflict with '{waiting.branch}' in '{waiting.path}'.")
    for ref in situation.resolutions.all():
        drop_ref(session.repository.git, ref)
    session.look_here()
    return StepEnd()


def conflict_problem(session: Session, situation: Situation, waiting: Waiting, code: ExitCode) -> Problem:
    """Say where a conflict waits, in which files, and which commits there touched the same lines."""
    path = Path(waiting.path)
    files = unmerged(session.repository.git.elsewhere(path)) if path.is_dir() else ()
    shown = session.world.shown(waiting.branch)
    said = [f"The fix conflicts with '{shown}'; it is laid out in '{path}'."]
    fork = situation.rounds[-1].fork if situation.rounds else situation.fix.fork if situation.fix else waiting.onto
    for file in files:
        guilty = guilty_commits(session.repository, path, fork, waiting.onto, file)
        named = f" (changed there by {'; '.join(guilty)})" if guilty else ""
        said.append(f"'{file}' is in conflict{named}.")
    if not files:
        said.append("Nothing there is in conflict any more.")
    command = "finish" if code is ExitCode.WAITING else "backport"
    said.append(f"When it is resolved (git add), 'git hotfix {command} --continue' goes on.")
    remedy = f"cd {shell_word(str(path))}"
    kind = "conflict-with-production" if code is ExitCode.WAITING else "target-conflict"
    return Problem(kind, " ".join(said), remedy, code)


def _lay_out(
    session: Session, situation: Situation, waiting: Waiting, place: Path | None, code: ExitCode
) -> Problem | None:
    known = session.memory_of(situation.hotfix).read().conflict_of(waiting.branch)
    if known is not None and Path(known.path).is_dir():
        return conflict_problem(session, situation, known, code)
    folder = place or session.repository.common_dir / "hotfix" / "conflicts" / str(situation.hotfix)
    path = folder / waiting.branch.replace("/", "-")
    if place is not None and path.exists():  # never remembered as ours: what is ours is removed in the end
        command = "finish" if code is ExitCode.WAITING else "backport"
        message = f"'{path}' exists already; the conflict with '{waiting.branch}' needs a folder of its own."
        return Problem("worktree-failed", message, f"git hotfix {command} {situation.hotfix} --worktree DIR", code)
    waiting = replace(waiting, path=str(path))
    session.change(
        situation.hotfix,
        lambda memory: replace(
            memory, conflicts=(*(e for e in memory.conflicts if e.branch != waiting.branch), waiting)
        ),
    )
    if path.is_dir():  # below the git directory: a run that was killed here, no work of a person
        session.repository.git.ask("worktree", "remove", "--force", str(path))
    files = lay_out(session.repository, path, waiting.onto, waiting.source, Method(waiting.method))
    if files:
        return conflict_problem(session, situation, waiting, code)
    tree = resolved_tree(session.repository, path, waiting.onto)
    if isinstance(tree, Unresolved):
        return conflict_problem(session, situation, waiting, code)
    _keep(session, situation, waiting, tree)
    drop_conflict(session, situation, waiting)
    session.say(f"git resolved the conflict with '{waiting.branch}' by itself (rerere or a merge driver).")
    return None


def _keep(session: Session, situation: Situation, waiting: Waiting, tree: Oid) -> None:
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
    put_ref(session.repository.git, resolution_ref(situation.hotfix, waiting.branch, waiting.source), commit)


def drop_conflict(session: Session, situation: Situation, waiting: Waiting) -> None:
    """Remove the worktree of a conflict and forget that it waits."""
    if Path(waiting.path).is_dir():
        session.repository.git.ask("worktree", "remove", "--force", waiting.path)
    session.change(
        situation.hotfix,
        lambda memory: replace(
            memory,
            conflicts=tuple(each for each in memory.conflicts if each.branch != waiting.branch),
            waiting={branch: why for branch, why in memory.waiting.items() if branch != waiting.branch},
        ),
    )
    session.look_here()


def _unresolved(situation: Situation, waiting: Waiting, found: Unresolved) -> Problem:
    places = ", ".join(f"'{place}'" for place in found.places[:8])
    message = f"The conflict with '{waiting.branch}' {found.why}{': ' + places if places else ''} ('{waiting.path}')."
    is_target = waiting.branch != situation.base
    command = f"git hotfix {'backport' if is_target else 'finish'} {situation.hotfix}"
    remedy = f"cd {shell_word(waiting.path)}" if found.places else f"{command} --abort"
    return Problem("not-resolved", message, remedy, ExitCode.UNFINISHED if is_target else ExitCode.WAITING)
