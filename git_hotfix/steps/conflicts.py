"""Conflicts that wait for a person: laid out, taken up again when they are resolved, removed when they are settled."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from git_hotfix.errors import ExitCode, HotfixError, Problem, command, shell_word
from git_hotfix.facts.phrases import some
from git_hotfix.git.checkout import unmerged
from git_hotfix.git.commits import write_commit
from git_hotfix.git.conflict_state import staged_tree, state_of, unresolved
from git_hotfix.git.conflicts import guilty_commits, lay_out, submodules_in_conflict
from git_hotfix.git.messages import with_trailers
from git_hotfix.git.refs import drop_refs, put_ref
from git_hotfix.git.resolutions import METHOD, resolution_ref
from git_hotfix.git.worktree_removal import discard_worktree, only_in_submodules
from git_hotfix.hotfix import Method
from git_hotfix.record.waivers import ending

if TYPE_CHECKING:
    from collections.abc import Iterator

    from git_hotfix.engine.run import Run
    from git_hotfix.errors import Remedy
    from git_hotfix.facts.facts import Facts
    from git_hotfix.git.conflict_state import Unresolved
    from git_hotfix.git.repository import Repository
    from git_hotfix.hotfix import Oid
    from git_hotfix.memory import Conflict, Waiver


def lay_out_conflict(run: Run, conflict: Conflict, change: Oid, place: Path | None) -> Problem | None:
    """Lay a conflict out and remember it, unless a person is at it already; None when git resolved it by itself.

    ``change`` is what git is to merge, pick or revert. The conflict is remembered before, to be found by whoever comes
    after a crash, and after: then it is whole.
    """
    repository = run.repository
    memory = run.memory_file(run.facts.hotfix).read()
    known = memory.conflict_of(conflict.branch, is_rollback=conflict.is_rollback)
    if known is not None and known.is_laid_out:
        return conflict_problem(run.facts, known)
    folder = place or _folder(run)
    if known is not None and Path(known.path).is_dir():
        # a run was killed here, or git could not make it: whatever it had begun is not a person's work
        discard_worktree(repository.git, Path(known.path))
    path = _free(folder / (conflict.branch.replace("/", "-") + ("-rollback" if conflict.is_rollback else "")))
    conflict = replace(conflict, path=str(path))
    remember_conflict(run, conflict)
    files = lay_out(repository, path, conflict.onto, change, conflict.method)
    if conflict.method is Method.MERGE and not conflict.is_rollback:
        files = _without_reports(run, path, conflict.onto, change, files)
    if files or unresolved(repository, conflict) is not None:
        remember_conflict(run, replace(conflict, laid_out=state_of(repository, path), files=files))
        return conflict_problem(run.facts, conflict, files)
    _keep(run, conflict)
    drop_conflict(run, conflict)
    run.say(f"git resolved the conflict with '{conflict.branch}' by itself (rerere or a merge driver).")
    return None


def _without_reports(run: Run, path: Path, onto: Oid, source: Oid, files: tuple[str, ...]) -> tuple[str, ...]:
    """Settle the reports of other hotfixes in a conflict: nobody has to decide there; return the files left."""
    from git_hotfix.facts.merged_changelog import settled_reports  # noqa: PLC0415  # slow, and seldom

    settled, git = settled_reports(run.facts, onto, source, files), run.repository.git.elsewhere(path)
    for file, content in settled.items():
        (path / file).write_bytes(content)
        git.run("add", "--", f":(top,literal){file}")
    return tuple(each for each in files if each not in settled)


def _folder(run: Run) -> Path:
    """Return where the conflicts of the hotfix in hand are laid out unless a person says where."""
    return run.repository.common_dir / "hotfix" / "conflicts" / str(run.facts.hotfix)


def take_up_resolutions(run: Run, *, is_rollback: bool = False) -> tuple[Problem, ...]:
    """Keep what a person made of each conflict that waits; return the problems of those that are not resolved yet.

    One with production, before anything is published, ends the run. A resolution is a commit of its tree, held by a
    ref; its worktree is removed only after that.
    """
    problems: list[Problem] = []
    for conflict in run.facts.memory.conflicts:
        if conflict.is_rollback != is_rollback:
            continue
        if not conflict.is_laid_out:
            drop_conflict(run, conflict)  # removed by hand: laid out again at the next run
            continue
        if (found := run.facts.unresolved[conflict]) is not None:
            if run.facts.needs(conflict):
                problems.append(_unresolved(run.facts, conflict, found))
            continue
        _keep(run, conflict)
        drop_conflict(run, conflict)
        run.say(f"Conflict with '{conflict.branch}' resolved; its worktree '{conflict.path}' is removed.")
    if any(problem.exit_code is ExitCode.WAITING for problem in problems):
        raise HotfixError(*problems)
    return tuple(problems)


def skip_target(run: Run, waiver: Waiver) -> None:
    """Remember that a target will not get the fix, and why; the next record carries it to everybody."""
    waits = run.facts.memory.conflict_of(waiver.branch)
    if waits is not None:
        drop_conflict(run, waits)
    run.remember(lambda memory: replace(memory, waivers=(*memory.waivers, waiver)))
    run.say(f"'{waiver.branch}' is skipped{ending(waiver)}: {waiver.reason}")


def give_up_conflicts(run: Run, *, is_rollback: bool | None, keeps_work: bool) -> None:
    """Remove the worktrees of conflicts that wait (of a rollback, the others, or all) and what was resolved of them.

    Where ``keeps_work``, what was resolved of a fix that is published stays: by nothing else this clone sees how the
    fix came to a branch, or left it.
    """
    facts = run.facts
    for conflict in facts.memory.conflicts:
        if is_rollback not in {None, conflict.is_rollback}:
            continue
        if keeps_work and has_work(run.repository, conflict):
            _forget(run, conflict)
            path = shell_word(conflict.path)
            run.warn(
                f"'{conflict.path}' has changes of yours and stays; to remove it: git worktree remove --force {path}"
            )
            continue
        drop_conflict(run, conflict)
        run.say(f"Removed the worktree of the conflict with '{conflict.branch}', '{conflict.path}'.")
    if not (keeps_work and facts.publications):
        drop_refs(run.repository.git, facts.resolutions.all(is_rollback=is_rollback))
    run.look_here()


def remove_settled_conflicts(run: Run) -> None:
    """Remove the worktrees of conflicts that nobody has to resolve any more; one with a person's work stays."""
    facts = run.facts
    for conflict in facts.memory.conflicts:
        if facts.needs(conflict):
            continue
        if has_work(run.repository, conflict):
            name = "rollback" if conflict.is_rollback else "backport" if facts.is_published else "finish"
            run.warn(
                f"The conflict with '{conflict.branch}' no longer has to be resolved; '{conflict.path}' stays because"
                f" it has changes of yours. To remove it: git hotfix {name} {facts.hotfix} --abort"
            )
            continue
        drop_conflict(run, conflict)
        run.say(f"The conflict with '{conflict.branch}' no longer has to be resolved: removed '{conflict.path}'.")


def has_work(repository: Repository, conflict: Conflict) -> bool:
    """Return whether a worktree is no longer as git left it for a person."""
    return conflict.is_laid_out and state_of(repository, Path(conflict.path)) != conflict.laid_out


def conflict_problem(facts: Facts, conflict: Conflict, files: tuple[str, ...] | None = None) -> Problem:
    """Return where a conflict waits, in which files (asked for, if not given), and which commits touched them there."""
    path, onto = Path(conflict.path), conflict.onto
    if files is None:
        files = unmerged(facts.repository.git.elsewhere(path)) if path.is_dir() else ()
    shown = facts.world.shown(conflict.branch)
    what = "Reverting the fix conflicts with later commits on" if conflict.is_rollback else "The fix conflicts with"
    fork = _since(facts, conflict)
    found = dict.fromkeys(each for file in files for each in guilty_commits(facts.repository, path, fork, onto, file))
    more = f"; and {len(found) - 2} more" if len(found) > 2 else ""
    named = f" (changed there by {'; '.join([*found][:2])}{more})" if found else ""
    where = f" in {some(files)}{named}" if files else ", and no file is in conflict any more"
    sentences = [f"{what} '{shown}'{where}.", *_of_submodules(facts, conflict, files)]
    ours = _command_of(facts, conflict)
    line = command(*ours[:3], *ours[4:], "--continue", *(["--test"] * conflict.is_tested)).line()
    sentences.append(f"After git add there, run: {line}")
    is_base = conflict.branch == facts.base
    code = "conflict-with-production" if is_base else "target-conflict"
    remedy, exit_code = command("cd", path), _exit_code(facts, conflict)
    return Problem(code, " ".join(sentences), remedy, exit_code, about=about(facts, conflict.branch))


def _of_submodules(facts: Facts, conflict: Conflict, files: tuple[str, ...]) -> Iterator[str]:
    """Tell how a submodule that is not checked out is resolved: 'git add' has nothing to add there."""
    found = submodules_in_conflict(facts.repository.git.elsewhere(Path(conflict.path)), files)
    for file, commits in found.items():
        line = command("git", "-C", conflict.path, "update-index", "--cacheinfo", f"160000,{commits[-1]},{file}").line()
        yield f"'{file}' is a submodule, at {' or '.join(commits)}; to take the last one: {line}."


def to_resolve(facts: Facts, conflict: Conflict) -> Remedy:
    """Return the one command that brings a conflict on: to its folder, on with what is resolved there, or out of it."""
    ours = _command_of(facts, conflict)
    if not conflict.is_laid_out:  # removed by hand: the same command lays it out again
        return command(*ours)
    left = facts.unresolved[conflict]
    if left is None:
        # with the tests, where they were run on a resolution: it may be this one, and have failed
        return command(*ours, "--continue", *(["--test"] * conflict.is_tested))
    return command("cd", conflict.path) if left.places else command(*ours[:4], "--abort")


def about(facts: Facts, branch: str) -> str:
    """Return the name that ``status`` has for what happens to a branch."""
    return "publication" if branch == facts.base else f"backport {branch}"


def to_resolve_in(conflict: Conflict) -> str:
    """Return what a row says of a conflict that is laid out; where it is, says the command that leads there."""
    return f"conflict to resolve in {some(conflict.files, 2)}" if conflict.files else "conflict to resolve"


def _command_of(facts: Facts, conflict: Conflict) -> tuple[object, ...]:
    """Return the words of the command that a conflict stopped; one that only writes a bundle goes on as that."""
    name = "rollback" if conflict.is_rollback else "finish" if conflict.branch == facts.base else "backport"
    file = facts.memory.bundle if name == "finish" else None
    return ("git", "hotfix", name, facts.hotfix, *(("--bundle", file) if file is not None else ()))


def _exit_code(facts: Facts, conflict: Conflict) -> ExitCode:
    return ExitCode.WAITING if conflict.branch == facts.base else ExitCode.UNFINISHED


def _since(facts: Facts, conflict: Conflict) -> Oid:
    """Return where the commits begin that can be guilty: where the fix forked, or came to where it is taken back."""
    published = facts.publications
    if conflict.is_rollback:
        last = next((each for each in published if each.merge == conflict.source), None)
        is_there = last is None or facts.is_ancestor(conflict.source, conflict.onto)
        return conflict.source if is_there or last is None else last.fork
    if published:
        return published[-1].fork
    return facts.fix.fork if facts.fix else conflict.onto


def _free(path: Path) -> Path:
    """Return the path, or one beside it where something is there already: it is not ours to remove."""
    found, number = path, 1
    while os.path.lexists(found):
        number += 1
        found = path.with_name(f"{path.name}-{number}")
    return found


def remember_conflict(run: Run, conflict: Conflict) -> None:
    """Remember what is known of a conflict, in place of what was."""
    run.remember(
        lambda memory: replace(
            memory, conflicts=(*(each for each in memory.conflicts if not _is_same(each, conflict)), conflict)
        )
    )


def _is_same(one: Conflict, other: Conflict) -> bool:
    return (one.branch, one.is_rollback) == (other.branch, other.is_rollback)


def _keep(run: Run, conflict: Conflict) -> None:
    tree = staged_tree(run.repository, conflict)
    text = f"How '{conflict.source}' was resolved for '{conflict.branch}'"
    message = with_trailers(text, ((METHOD, conflict.method),))
    commit = write_commit(run.repository, tree, (conflict.onto, conflict.source), message)
    ref = resolution_ref(run.facts.hotfix, conflict.branch, conflict.source, is_rollback=conflict.is_rollback)
    put_ref(run.repository.git, ref, commit)


def drop_conflict(run: Run, conflict: Conflict) -> None:
    """Remove the worktree of a conflict and forget that it waits."""
    path, git = Path(conflict.path), run.repository.git
    left = only_in_submodules(git.elsewhere(path)) if conflict.is_laid_out else None
    if left is not None:
        run.warn(f"'{path}' stays: {left}")
    else:
        discard_worktree(git, path)
    _forget(run, conflict)
    with suppress(OSError):  # it was removed, or holds what is a person's
        _folder(run).rmdir()
    run.look_here()


def _forget(run: Run, conflict: Conflict) -> None:
    run.remember(
        lambda memory: replace(
            memory,
            conflicts=tuple(each for each in memory.conflicts if not _is_same(each, conflict)),
            why_pending={branch: why for branch, why in memory.why_pending.items() if branch != conflict.branch},
        )
    )


def _unresolved(facts: Facts, conflict: Conflict, found: Unresolved) -> Problem:
    places = ", ".join(f"'{place}'" for place in found.places[:8])
    where = f": {places}" if places else f" ('{conflict.path}')"
    message = f"The conflict with '{conflict.branch}' {found.why}{where}."
    message = " ".join((message, *_of_submodules(facts, conflict, found.places)))
    code, remedy = _exit_code(facts, conflict), to_resolve(facts, conflict)
    return Problem("not-resolved", message, remedy, code, about=about(facts, conflict.branch))
