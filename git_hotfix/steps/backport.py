"""Bring the fix to the targets that lack it (or take it back there) and write the record; each ref judged alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from git_hotfix.engine.step import Done, Progress, Refusal, State, Step
from git_hotfix.errors import ExitCode, HotfixError, Problem, again, command
from git_hotfix.facts.pull_requests import as_requested, live_requests, request_branch
from git_hotfix.git.checkout import advance
from git_hotfix.git.forges import is_refused_for_a_request
from git_hotfix.git.publish import Arrived, Denied, Moved, Pushed, Unknown, push_while_moving
from git_hotfix.git.refs import RefsMoved
from git_hotfix.git.remote import Update
from git_hotfix.git.world import target_tip
from git_hotfix.hotfix import BranchName, Method, Verdict, branch_ref
from git_hotfix.memory import Conflict, PullRequest
from git_hotfix.steps.backport_commits import Carry, Made, Stuck, carry
from git_hotfix.steps.backport_targets import lack_on, lacking, lacks, named, record_goes_to, target_row, to_roll_back
from git_hotfix.steps.conflicts import lay_out_conflict
from git_hotfix.steps.pull_request import goes_by_request, remember_wanted, request_backport
from git_hotfix.steps.record_commit import made_record, record_progress, to_complete_record
from git_hotfix.steps.request import DeployRequest, RollbackRequest

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from git_hotfix.engine.run import Run
    from git_hotfix.engine.step import Due
    from git_hotfix.facts.facts import Facts
    from git_hotfix.git.publish import Fate
    from git_hotfix.git.world import World
    from git_hotfix.hotfix import Oid, RefName
    from git_hotfix.steps.request import Request


class Backport(Step, frozen=True):
    """Bring the fix to targets and write the record: pushed together, each ref leased and judged alone."""

    targets: tuple[Carry, ...]
    record_on: BranchName | None
    place: Path | None = None
    """Where conflicts are laid out; None: in the common git directory."""
    requested: tuple[BranchName, ...] = ()
    """The branches that get it by pull request."""
    waiting: tuple[tuple[BranchName, Oid], ...] = ()
    """The request branches, by the branch that each is for, that wait to be merged as they are."""
    is_again: bool = False
    """Whether a request that was closed is opened again."""

    @staticmethod
    def due(facts: Facts, request: Request) -> Due:
        """Where a target lacks the fix (after a rollback: has it) or the record does not have all that is known.

        Before the publication, or before it is taken back, it is predicted.
        """
        if isinstance(request, DeployRequest):
            seen = as_requested(facts, by_request=bool(request.by_request))
            is_news = facts.is_published and seen.why_record_waits is None and seen.record_is_due
            return _step(facts, request, (), facts.record_branch if is_news else None)
        if not request.backport:
            return None
        if facts.is_ended:
            return _step(facts, request, (), facts.record_branch if facts.record_is_due else None)
        if isinstance(request, RollbackRequest) and not facts.is_rolled_back:
            carried = to_roll_back(facts, request)
            return _step(facts, request, carried, record_goes_to(facts, carried, is_rollback=True))
        if not facts.is_published:
            carried = lacking(facts, request)
            return _step(facts, request, carried, record_goes_to(facts, carried)) if request.push else None
        seen = as_requested(facts, by_request=bool(request.by_request))
        if facts.is_rolled_back:
            carried = to_roll_back(seen, request)
            # the record says where the fix still is, so it is written again once it was taken back there
            is_news = seen.why_record_waits is None and (bool(carried) or seen.record_is_due)
            on = facts.record_branch if is_news else None
        else:
            others = named(seen, request)
            if isinstance(others, Refusal):
                return others
            carried = (*lacking(seen, request), *others)
            on = record_goes_to(seen, lacking(seen, request))
        return _step(facts, request, carried, on)

    def describe(self, world: World) -> str:
        """Return what the step does."""
        back = [world.shown(each.branch) for each in self.targets if each.method is Method.REVERT]
        there = [f"{world.shown(e.branch)} by {e.method}" for e in self.targets if e.method is not Method.REVERT]
        parts = [f"backport the fix to {', '.join(there)}"] if there else []
        parts += [f"revert the fix on {', '.join(back)}"] if back else []
        parts += [f"write the record to {world.shown(self.record_on)}"] if self.record_on is not None else []
        asked = sorted({*self.requested, *(branch for branch, _ in self.waiting)})
        parts += [f"wait until the requests to {', '.join(map(world.shown, asked))} are merged"] if asked else []
        return "; ".join(parts)

    @staticmethod
    def progress(facts: Facts) -> tuple[Progress, ...]:
        """Return whether each target has the fix, with the evidence, and whether the record is complete."""
        if facts.is_ended:
            return (record_progress(facts),)
        waits = [each for each in facts.pending if each.verdict is Verdict.CONFLICT]
        why = "it is no longer on the server, under this name"
        gone = (Progress(f"backport {name}", State.DONE, why) for name in facts.gone_targets)
        return (*(target_row(facts, target, waits) for target in facts.targets), *gone, record_progress(facts))

    @staticmethod
    def missing(facts: Facts, request: Request) -> tuple[Problem, ...]:
        """Return the targets that still lack the fix, or keep it after a rollback (exit 4)."""
        if isinstance(request, DeployRequest) and facts.is_published:
            return _record_missing(facts)
        if not request.backport or not (facts.is_published or facts.is_ended):
            return ()
        return (*lacks(facts), *_record_missing(facts))

    def perform(self, run: Run) -> Done:
        """Make, push and judge; a conflict or refusal holds only its own target.

        The branch that keeps the record goes last, with its merge and the record in one push: the record says where the
        fix has arrived, and that is known only after the others were pushed.
        """
        remember_wanted(run, is_wanted=self.is_again)
        waiting: dict[str, Problem] = {}
        first = [each for each in self.targets if each.branch != self.record_on]
        last = [each for each in self.targets if each.branch == self.record_on]
        for targets, on in ((first, None), (last, self.record_on)):
            if targets or on is not None:
                self.carry_to(run, targets, on, waiting)
                self._request_refused(run, targets, on, waiting)
        for branch, tip in self.waiting:
            if branch not in waiting:
                waiting[branch] = request_backport(run, branch, tip, is_again=self.is_again)
        self._remember(run, waiting)
        return Done(tuple(waiting.values()))

    def carry_to(self, run: Run, left: list[Carry], on: BranchName | None, waiting: dict[str, Problem]) -> None:
        """Make, push and judge until every branch has it or waits; one that others move meanwhile is made again."""
        made: dict[RefName, Made] = {}

        def make(last: Pushed) -> list[Update]:
            nonlocal left, on
            if last.moved:
                run.look()
                left = _on_new_tips(run, [each for each in left if branch_ref(each.branch) in last.moved])
                on = on if on is not None and branch_ref(on) in last.moved else None
            new = self._make(run, left, on, waiting)
            made.update({branch_ref(each.branch): each for each in new})
            there = [each for each in new if _goes_to_server(run, each) and each.branch not in self.requested]
            return [Update(branch_ref(each.branch), each.old, each.new) for each in there]

        fates: Mapping[RefName, Fate] = {}
        if run.world.remote is not None:
            pushed = push_while_moving(run.destination(), make, atomic=False)
            fates = pushed.known(command("git", "hotfix", "backport")).fates
        else:
            make(Pushed())
        for each in made.values():
            if each.branch in self.requested:
                waiting[each.branch] = request_backport(run, each.branch, each.new, is_again=self.is_again)
        only_here = {ref: each for ref, each in made.items() if ref not in fates and not _goes_to_server(run, each)}
        here = {ref: _advance(run, each) for ref, each in only_here.items()}
        if here:
            run.look_here()
        run.look()
        for ref, fate in {**fates, **here}.items():
            _judge(run, made[ref], fate, waiting)

    def _request_refused(
        self, run: Run, targets: list[Carry], on: BranchName | None, waiting: dict[str, Problem]
    ) -> None:
        """Ask for what was refused, where the server's words ask for a request, and a person has asked for them."""
        names = (*(each.branch for each in targets), *((on,) if on is not None else ()))
        refused = tuple(
            name
            for name in dict.fromkeys(names)
            if name in waiting
            and waiting[name].code == "target-refused"
            and is_refused_for_a_request(waiting[name].message)
        )
        if refused and run.facts.memory.asks_for_requests:
            for name in refused:
                del waiting[name]
            left = [each for each in targets if each.branch in refused]
            instead = replace(self, requested=(*self.requested, *refused))
            instead.carry_to(run, left, on if on in refused else None, waiting)

    def _make(self, run: Run, left: list[Carry], on: BranchName | None, waiting: dict[str, Problem]) -> list[Made]:
        made: list[Made] = []
        for target in left:
            try:
                result = self._made_or_waiting(run, target, waiting)
            except HotfixError as error:
                waiting[target.branch] = _lacks(run, target.branch, error.problems[0].message)
                continue
            made += [result] if result is not None else []
        if on is not None and on not in waiting:
            record = made_record(run, self._when_asked(run.facts, on), made, on)
            made = [each for each in made if each.branch != on] + ([record] if record else [])
        return made

    def _when_asked(self, facts: Facts, on: BranchName) -> Facts:
        """Return the facts as they are once what this step asks for was opened: the record goes out with it."""
        last = facts.last_publication
        if on in self.requested and last is not None and facts.memory.pull_request_to(on) is None:
            opened = PullRequest(on, request_branch(facts, on), last.tip)
            facts = facts.having(memory=facts.memory.with_pull_request(opened))
        return as_requested(facts, asks=bool(self.requested), by_request=self.is_again)

    def _made_or_waiting(self, run: Run, target: Carry, waiting: dict[str, Problem]) -> Made | None:
        """Return what was made for a target; a conflict is laid out for a person, unless git resolves it by itself."""
        result = carry(as_requested(run.facts, by_request=self.is_again), target)
        while isinstance(result, Stuck):
            conflict = Conflict(target.branch, "", result.onto, result.source, result.method)
            problem = lay_out_conflict(run, conflict, result.change, self.place)
            if problem is not None:
                waiting[target.branch] = problem
                return None
            run.look()
            result = carry(as_requested(run.facts, by_request=self.is_again), target)
        for warning in result.warnings if result is not None else ():
            run.warn(f"'{run.world.shown(target.branch)}': {warning}")
        return result

    def _remember(self, run: Run, waiting: dict[str, Problem]) -> None:
        """Keep why a target waits; edits that the record has by now no longer wait."""
        facts, tried = run.facts, {each.branch for each in self.targets}
        kept = {branch: why for branch, why in facts.memory.why_pending.items() if branch not in tried}
        kept |= {branch: problem.message for branch, problem in waiting.items()}
        if kept != facts.memory.why_pending:
            run.remember(lambda memory: replace(memory, why_pending=kept))
        is_written = facts.memory.edits and self.record_on is not None and self.record_on not in waiting
        if is_written and facts.why_record_waits is None and not facts.record_is_due:
            # what people change in the report from now on must not be changed back by what waited here
            run.remember(lambda memory: replace(memory, edits=()))


def _step(facts: Facts, request: Request, carried: tuple[Carry, ...], on: BranchName | None) -> Backport | None:
    """Return the step; None where there is nothing to carry or write, and no request that waits."""
    changed = {*(each.branch for each in carried), *((on,) if on is not None else ())}
    requested = tuple(each for each in changed if goes_by_request(facts, request, each))
    live = live_requests(facts, by_request=True) if request.by_request else facts.live_requests
    waiting = tuple((to, tip) for to, tip in live.items() if to not in changed and facts.is_published)
    if not changed and not waiting:
        return None
    return Backport(carried, on, request.place, requested, waiting, is_again=bool(request.by_request))


def _goes_to_server(run: Run, made: Made) -> bool:
    return run.world.remote is not None and (made.old is None or run.world.server_tip(made.branch) is not None)


def _advance(run: Run, made: Made) -> Fate:
    """Move a branch that exists only here."""
    update = Update(branch_ref(made.branch), made.old, made.new)
    try:
        why = advance(run.repository.git, run.world.tree_of(made.branch), update, reason="git hotfix backport")
    except RefsMoved as error:
        why = error.problems[0].message
    return Denied(why) if why is not None else Arrived(made.new)


def _judge(run: Run, made: Made, fate: Fate, waiting: dict[str, Problem]) -> None:
    """Report what the server shows of a branch."""
    shown = run.world.shown(made.branch)
    match fate:
        case Arrived(at):
            run.say(f"{shown}: {made.what}, now at {(at or made.new)[:7]}.")
        case Denied():
            message = f"'{shown}' was refused: {fate.reason}"
            more = ("--pr",) if is_refused_for_a_request(fate.reason) else ()
            is_over = run.facts.is_rolled_back or run.facts.is_ended  # then 'backport' is refused
            remedy = again(*more) if is_over else command("git", "hotfix", "backport", run.facts.hotfix, *more)
            waiting[made.branch] = lack_on(made.branch, "target-refused", message, remedy)
        case Moved() | Unknown():  # what is not known has ended the run before
            waiting[made.branch] = _lacks(run, made.branch, "it kept changing for a minute")


def _on_new_tips(run: Run, moved: list[Carry]) -> list[Carry]:
    tips = [(each, target_tip(run.world, each.branch)) for each in moved]
    return [replace(each, old=tip, start=tip) for each, tip in tips if tip is not None]


def _lacks(run: Run, branch: str, why: str) -> Problem:
    message = f"'{run.world.shown(branch)}' does not have the fix: {why}"
    return lack_on(branch, "target-pending", message, command("git", "hotfix", "backport", run.facts.hotfix))


def _record_missing(facts: Facts) -> tuple[Problem, ...]:
    """Return that the record is not complete, and what of it cannot be written."""
    found: tuple[Problem, ...] = ()
    if facts.record_is_due:
        message = f"The report on '{facts.world.shown(facts.record_branch)}' is not complete."
        remedy = to_complete_record(facts)
        about = f"backport {facts.record_branch}"  # the record goes out with that branch
        found = (Problem("record-due", message, remedy, ExitCode.UNFINISHED, about=about),)
    return (*found, *facts.record_gaps)
