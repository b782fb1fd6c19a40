"""Backports and the record: made in memory, pushed together, each ref leased and judged alone."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from git_hotfix.config import fill_message
from git_hotfix.errors import ExitCode, HotfixError, Problem
from git_hotfix.execution.ending import StepEnd
from git_hotfix.execution.session import Session, ask_until_answered, pause
from git_hotfix.hotfix import BranchName, Method, Oid, Verdict, branch_ref, shell_word
from git_hotfix.repository import history, provenance, trees
from git_hotfix.repository.checkout import advance
from git_hotfix.repository.identity import identity
from git_hotfix.repository.merging import Conflicted, Merged, merge_commits, pick
from git_hotfix.repository.objects import has_object
from git_hotfix.repository.reading import target_tip
from git_hotfix.repository.refs import RefsMoved
from git_hotfix.repository.remote import Update, push
from git_hotfix.repository.writing import make_commit, signature_of_author
from git_hotfix.workflow.documents import why_record_waits, written_record
from git_hotfix.workflow.finish import message_values
from git_hotfix.workflow.situation import record_paths

if TYPE_CHECKING:
    from git_hotfix.workflow.plan import Backport, Carry
    from git_hotfix.workflow.situation import Situation, Target

RACE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Made:
    """What was made for one branch: its new tip, ready to be published."""

    branch: BranchName
    old: Oid | None
    new: Oid
    on_server: bool
    said: str


def backport(session: Session, situation: Situation, step: Backport) -> StepEnd:
    """Carry the fix to the step's targets and write the record; a conflict or refusal holds only its own target.

    The branch that keeps the record goes last, with its merge and the record in one push: the record says where the
    fix has arrived, and that is known only after the others were pushed.
    """
    waiting: dict[str, Problem] = {}
    first = [each for each in step.targets if each.branch != step.documents]
    last = [each for each in step.targets if each.branch == step.documents]
    for targets, record_on in ((first, None), (last, step.documents)):
        situation = _carry_all(session, situation, step, list(targets), record_on, waiting)
    _remember(session, situation, step, waiting)
    return StepEnd(tuple(waiting.values()))


def _carry_all(
    session: Session,
    situation: Situation,
    step: Backport,
    left: list[Carry],
    record_on: BranchName | None,
    waiting: dict[str, Problem],
) -> Situation:
    """Make, push and judge until every branch has it or waits; one that others move meanwhile is made again."""
    until = time.monotonic() + RACE_SECONDS
    while left or record_on is not None:
        made = _make_all(session, situation, step, left, record_on, waiting)
        refusals = _publish(session, made, hooks=step.hooks)
        situation = session.situation(situation.hotfix)
        moved = _judge(session, made, refusals, waiting)
        left = _on_new_tips(session, [each for each in left if each.branch in moved])
        record_on = record_on if record_on in moved else None
        if moved and time.monotonic() > until:
            for branch in moved:
                waiting[branch] = _problem(session, situation, branch, "it kept moving for a minute")
            break
        if moved:
            pause(1.0)
    return situation


def _make_all(
    session: Session,
    situation: Situation,
    step: Backport,
    left: list[Carry],
    record_on: BranchName | None,
    waiting: dict[str, Problem],
) -> list[Made]:
    made: list[Made] = []
    for target in left:
        try:
            result = _carry(session, situation, target, sign=step.sign)
        except HotfixError as error:
            waiting[target.branch] = _problem(session, situation, target.branch, error.problems[0].message)
            continue
        if isinstance(result, Conflicted):
            waiting[target.branch] = _conflict(session, situation, target, result)
        elif result is not None:
            made.append(result)
    if record_on is not None and record_on not in waiting:
        recorded = _with_record(session, situation, made, record_on, sign=step.sign)
        made = [each for each in made if each.branch != record_on] + ([recorded] if recorded else [])
    return made


def _carry(session: Session, situation: Situation, target: Carry, *, sign: bool) -> Made | Conflicted | None:
    """Make the fix's commits on top of a target; None when there is nothing left to bring."""
    last = situation.last_round
    if last is not None and history.is_ancestor(session.repository, last.tip, target.start):
        return None  # already there: never a merge that brings nothing
    if target.method is Method.MERGE:
        return _merge(session, situation, target, sign=sign)
    return _pick(session, situation, target, sign=sign)


def _merge(session: Session, situation: Situation, target: Carry, *, sign: bool) -> Made | Conflicted:
    last = situation.last_round
    assert last is not None  # noqa: S101  # planned only once published
    result = merge_commits(session.repository, target.start, last.tip)
    if isinstance(result, Conflicted):
        return result
    who = identity(session.repository.git)
    commit = make_commit(
        session.repository,
        result.tree,
        (target.start, last.tip),
        _message(situation, situation.config.message.backport, last.merge),
        author=who.author,
        committer=who.committer,
        sign=sign,
    )
    return Made(target.branch, target.old, commit, target.on_server, "merged")


def _pick(session: Session, situation: Situation, target: Carry, *, sign: bool) -> Made | Conflicted | None:
    """Pick the fix commits with their authors; a branch with merges in it gets production's merge with ``-m 1``."""
    record = record_paths(situation.config)
    committer = identity(session.repository.git).committer
    at = target.start
    for each in situation.rounds:
        commits = history.fix_commits(session.repository, each.fork, each.tip, record)
        if history.has_merges(session.repository, each.fork, each.tip):
            commits = (each.merge,)
        for commit in commits:
            tree = trees.tree_of(session.repository, at)
            result = pick(session.repository, commit, tree, record)
            match result:
                case Conflicted():
                    return result
                case Merged(new) if new == tree:
                    continue  # already there
                case Merged(new):
                    message = _picked_message(session, situation, commit, each.merge)
                    author = signature_of_author(session.repository, commit)
                    at = make_commit(
                        session.repository, new, (at,), message, author=author, committer=committer, sign=sign
                    )
    return Made(target.branch, target.old, at, target.on_server, "picked") if at != target.old else None


def _with_record(
    session: Session, situation: Situation, made: list[Made], branch: BranchName, *, sign: bool
) -> Made | None:
    """Put the commit of the record on top of what was made for a branch (or of its tip).

    The record is seen only on that branch, so what it says of the branch itself is true wherever it can be read.
    """
    before = next((each for each in made if each.branch == branch), None)
    tip = before.new if before else target_tip(session.world, branch)
    if tip is None:
        return before
    seen = _as_if_carried(situation, branch, before.new if before else None)
    if why_record_waits(seen) is not None:
        return before
    content = written_record(session.repository, seen, tip)
    if content is None or content == trees.read_file(session.repository, tip, situation.report_path):
        return before
    who = identity(session.repository.git)
    tree = trees.with_file(session.repository, trees.tree_of(session.repository, tip), situation.report_path, content)
    last = situation.last_round
    message = _message(situation, situation.config.message.documents, last.merge if last else None)
    commit = make_commit(
        session.repository, tree, (tip,), message, author=who.author, committer=who.committer, sign=sign
    )
    if before is not None:
        return replace(before, new=commit, said=f"{before.said}, record written")
    on_server = session.world.server is not None and branch_ref(branch) in session.world.server.refs
    return Made(branch, tip, commit, on_server, "record written")


def _as_if_carried(situation: Situation, branch: BranchName, commit: Oid | None) -> Situation:
    """Give the situation that holds once the push of this branch is accepted: only then is the record seen at all."""

    def arrived(target: Target) -> Target:
        if target.branch != branch or target.verdict is Verdict.PRESENT:
            return target
        merged = target.method is Method.MERGE
        return replace(
            target,
            verdict=Verdict.PRESENT,
            method=Method.MERGE if merged else None,
            commit=commit if merged else None,
        )

    targets = tuple(arrived(each) for each in situation.targets)
    return replace(situation, targets=targets)


def _publish(session: Session, made: list[Made], *, hooks: bool) -> dict[str, str]:
    """Publish what was made: one push for the branches of the server, one by one what exists only here."""
    refusals: dict[str, str] = {}
    remote = session.world.remote
    there = [each for each in made if remote is not None and (each.on_server or each.old is None)]
    if remote is not None and there:
        updates = [Update(branch_ref(each.branch), each.old, each.new) for each in there]
        said = push(session.repository.git, remote, updates, atomic=False, hooks=hooks)
        for each in there:
            words = said.refusals.get(branch_ref(each.branch), "")
            refusals[each.branch] = "; ".join(word for word in dict.fromkeys([said.reason, words]) if word)
        ask_until_answered(session)
    for each in made:
        if each not in there:
            update = Update(branch_ref(each.branch), each.old, each.new)
            try:
                why = advance(
                    session.repository.git,
                    session.world.tree_of(each.branch),
                    update,
                    reason="git hotfix backport",
                )
            except RefsMoved as error:
                why = error.problems[0].message
            refusals[each.branch] = why or ""
    session.look_here()
    return refusals


def _judge(session: Session, made: list[Made], refusals: dict[str, str], waiting: dict[str, Problem]) -> set[str]:
    """Say for each branch what the server shows; give those that someone else has moved meanwhile."""
    moved: set[str] = set()
    for each in made:
        tip = target_tip(session.world, each.branch)
        if tip is not None and (tip == each.new or _contains(session, tip, each.new)):
            session.say(f"{session.world.shown(each.branch)}: {each.said}, now at {tip[:12]}.")
        elif tip != each.old:
            moved.add(each.branch)
        else:
            shown = session.world.shown(each.branch)
            reason = refusals.get(each.branch) or "no reason was given"
            message = f"'{shown}' was refused: {reason}"
            remedy = "git hotfix backport"
            waiting[each.branch] = Problem("target-refused", message, remedy, ExitCode.UNFINISHED)
    return moved


def _contains(session: Session, tip: Oid, commit: Oid) -> bool:
    return has_object(session.repository, tip) and history.is_ancestor(session.repository, commit, tip)


def _on_new_tips(session: Session, again: list[Carry]) -> list[Carry]:
    found = []
    for each in again:
        tip = target_tip(session.world, each.branch)
        if tip is not None:
            found.append(replace(each, old=tip, start=tip))
    return found


def _conflict(session: Session, situation: Situation, target: Carry, conflict: Conflicted) -> Problem:
    last = situation.last_round
    files = ", ".join(f"'{path}'" for path in conflict.paths[:5])
    shown = session.world.shown(target.branch)
    by_hand = f"git merge {last.tip[:12]}" if last and target.method is Method.MERGE else "git cherry-pick -x"
    if target.method is Method.PICK and last:
        by_hand += f" {last.fork[:12]}..{last.tip[:12]}"
    push_it = f" && git push {session.world.remote.name} {shell_word(target.branch)}" if session.world.remote else ""
    return Problem(
        "target-conflict",
        f"The fix conflicts with '{shown}' in {files}.",
        f"git switch {shell_word(target.branch)} && {by_hand}, resolve, commit{push_it}",
        ExitCode.UNFINISHED,
    )


def _problem(session: Session, situation: Situation, branch: str, why: str) -> Problem:
    message = f"'{session.world.shown(branch)}' does not have the fix: {why}"
    return Problem("target-pending", message, f"git hotfix backport {situation.hotfix}", ExitCode.UNFINISHED)


def _remember(session: Session, situation: Situation, step: Backport, waiting: dict[str, Problem]) -> None:
    """Keep why a target waits; rows that the record has by now are no longer queued."""
    tried = {each.branch for each in step.targets}
    kept = {branch: why for branch, why in situation.memory.waiting.items() if branch not in tried}
    kept |= {branch: problem.message for branch, problem in waiting.items()}
    if kept != situation.memory.waiting:
        session.change(situation.hotfix, lambda memory: replace(memory, waiting=kept))


def _message(situation: Situation, pattern: str, merge: Oid | None) -> str:
    subject = fill_message(pattern, message_values(situation, situation.title))
    lines = [f"Hotfix-Id: {situation.hotfix}"]
    if situation.report is not None:
        lines.append(f"Incident: {situation.report_path}")
    if merge is not None:
        lines.append(f"Backport-Of: {merge}")
    return subject + "\n\n" + "\n".join(lines) + "\n"


def _picked_message(session: Session, situation: Situation, commit: Oid, merge: Oid) -> str:
    """Give the picked commit's own message with where it comes from (git-cherry-pick(1), ``-x``)."""
    body = provenance.message(session.repository, commit).rstrip("\n")
    joint = "\n" if history.trailers(session.repository, commit) else "\n\n"
    trailers = f"Hotfix-Id: {situation.hotfix}\nBackport-Of: {merge}\n"
    if ("Hotfix-Id", str(situation.hotfix)) in history.trailers(session.repository, commit):
        trailers = f"Backport-Of: {merge}\n"
    return f"{body}{joint}(cherry picked from commit {commit})\n{trailers}"
