"""Take a published hotfix back: the team's own command first, then a commit on the base that reverses its merge."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from git_hotfix.engine.step import Done, Note, Progress, Question, Refusal, State, Step, ask
from git_hotfix.errors import ExitCode, HotfixError, Problem, command
from git_hotfix.facts.evidence import is_rollback_of, rollback_message
from git_hotfix.facts.phrases import some
from git_hotfix.facts.pull_requests import request_branch, requested_tip, what_it_waits_for
from git_hotfix.git.commits import make_commit
from git_hotfix.git.merging import Merged
from git_hotfix.git.messages import with_trailers
from git_hotfix.git.resolutions import StuckBack
from git_hotfix.hotfix import Method, Oid
from git_hotfix.memory import BACK, Conflict, PendingRollback
from git_hotfix.steps.conflicts import lay_out_conflict, to_resolve, to_resolve_in
from git_hotfix.steps.deploy import Deploy
from git_hotfix.steps.publication import Wanted, publish
from git_hotfix.steps.pull_request import Asked, goes_by_request, open_request, remember_wanted
from git_hotfix.steps.tags import is_tagged, rollback_tag, shown_tags

if TYPE_CHECKING:
    from pathlib import Path

    from git_hotfix.config.layers import TeamCommand
    from git_hotfix.engine.run import Run
    from git_hotfix.engine.step import Due
    from git_hotfix.facts.facts import Facts
    from git_hotfix.git.world import World
    from git_hotfix.steps.request import RollbackRequest

WHY = "Why is it rolled back? (empty: not recorded)"


class RunRollbackCommand(Step, frozen=True):
    """Run ``deploy.rollback``: production is taken back at once, before the base is."""

    does = "run deploy.rollback: {0.line}"

    merge: Oid
    tag: str | None
    line: str
    answers: PendingRollback

    @staticmethod
    def due(facts: Facts, request: RollbackRequest) -> Due:
        """Where the fix runs in production (again) and the team has a command that takes it back."""
        last, stands = facts.last_publication, facts.deployed
        wanted = RunRollbackCommand.commands(facts, request)
        if wanted and last is not None:
            return RunRollbackCommand(last.merge, last.tag, wanted[0].line, _answers(as_begun(facts, request)))
        if stands.is_back and stands.state == "begun" and not facts.is_rolled_back:
            return Note(f"{stands.evidence}. It is not run again automatically.")
        return None

    @staticmethod
    def commands(facts: Facts, request: RollbackRequest) -> tuple[TeamCommand, ...]:
        """Return ``deploy.rollback``, unless it has taken the fix back, or may have, or nothing is to be deployed."""
        last, found = facts.last_publication, facts.settings.command(BACK)
        if last is None or facts.is_rolled_back or request.deploy is False or found is None:
            return ()
        ran = facts.memory.last_run_on(last.merge)
        return () if ran is not None and ran.is_back and ran.state != "failed" else (found,)

    def perform(self, run: Run) -> Done:
        """Run it like a deployment; that a rollback has begun is remembered before it."""
        run.remember(lambda memory: replace(memory, pending_rollback=self.answers))
        return Deploy(self.merge, self.tag, self.line, BACK).perform(run)


class RollBack(Step, frozen=True):
    """Reverse the merges of a hotfix on its base, tag that, and publish exactly these two."""

    ends_on_error = True
    ends_on_problem = True

    merges: tuple[Oid, ...]
    """The merges whose change is taken back, newest first."""
    wanted: Wanted
    place: Path | None
    """Where a conflict is laid out; None: in the common git directory."""
    answers: PendingRollback
    """What was answered, to be remembered until the rollback has ended."""
    by_request: bool = False
    """Whether the base is changed by pull request."""
    is_again: bool | None = None
    """Whether a request that was closed is opened again."""

    @staticmethod
    def due(facts: Facts, request: RollbackRequest) -> Due:
        """Until every publication is taken back; asked for once, with what it takes back on the screen."""
        if not facts.publications:
            message = f"'{facts.hotfix}' is not published: there is nothing to roll back."
            remedy = command("git", "hotfix", "status", facts.hotfix)
            return Refusal((facts.lost or Problem("not-published", message, remedy),))
        if facts.is_rolled_back:
            return None
        request = as_begun(facts, request)
        if facts.is_restricted and request.reason:
            message = "The fix is restricted, and the reason would be published with the revert."
            remedy = command("git", "hotfix", "note", "TEXT", "--hotfix", facts.hotfix)
            return Refusal((Problem("restricted", message, remedy, ExitCode.USAGE),))
        asked = _questions(facts, request)
        if asked:
            shown = (*_screen(facts), *rollback_notes(facts, request)) if request.interactive else ()
            return ask(request, *asked, screen=shown)
        if request.confirmed is False:
            remedy = command("git", "hotfix", "status", facts.hotfix)
            return Refusal((Problem("not-confirmed", "Nothing was rolled back.", remedy),))
        return _step(facts, request)

    def describe(self, world: World) -> str:
        """Return what the step does."""
        merges = ", ".join(merge[:7] for merge in self.merges)
        return f"revert {merges} on {world.shown(self.wanted.base)}, with the tag {self.wanted.tag}"

    @staticmethod
    def progress(facts: Facts) -> tuple[Progress, ...]:
        """Return where a rollback stands; nothing where none has begun."""
        last, shown = facts.last_publication, facts.world.shown(facts.base)
        if last is None or (facts.fix is not None and not facts.is_rolled_back):
            return ()
        again_ = command("git", "hotfix", "rollback", facts.hotfix)
        conflict = facts.memory.conflict_of(facts.base, is_rollback=True)
        if conflict is not None and not facts.is_rolled_back:
            evidence = f"from {shown}, {to_resolve_in(conflict)}"
            return (Progress("rollback", State.WAITING, evidence, to_resolve(facts, conflict), is_wrong=True),)
        if not facts.is_rolled_back and facts.memory.pending_rollback is not None and requested_tip(facts, facts.base):
            evidence = f"the request that reverts it on {shown} {what_it_waits_for(facts, facts.base)}"
            return (Progress("rollback", State.WAITING, evidence, again_),)
        if not facts.is_rolled_back or last.rollback is None:
            return ()
        evidence = f"reverted on {shown} by {last.rollback[:7]}"
        if (why := facts.memory.why_pending.get(last.rollback)) and not any(oid for _, oid in last.rollback_tags):
            return (Progress("rollback", State.UNKNOWN, f"{evidence}; {why}"),)
        if last.rollback_tag is None and not is_tagged(facts):
            return (Progress("rollback", State.DONE, evidence),)
        if last.rollback_tag:
            return (Progress("rollback", State.DONE, f"{evidence}, {shown_tags(last.rollback_tags)}"),)
        return (Progress("rollback", State.NOT_DONE, f"{evidence}, not tagged yet", again_),)

    def perform(self, run: Run) -> Done:
        """Publish it; a conflict with later commits is laid out for a person, and nothing is published (exit 3)."""
        run.remember(lambda memory: replace(memory, pending_rollback=self.answers))
        remember_wanted(run, is_wanted=self.is_again)
        if self.by_request:
            return Done((open_request(run, self._asked(run)),))
        return publish(run, self.wanted, lambda onto: self._tree_on(run, onto))

    def _asked(self, run: Run) -> Asked:
        """Return the request for what takes the fix back; one that waits already is the same."""
        facts, base = run.facts, self.wanted.base
        onto, last = facts.base_tip, facts.last_publication
        assert onto is not None and last is not None  # noqa: S101, PT018  # it is published
        tip = requested_tip(facts, base)
        if tip is None or not is_rollback_of(facts, tip, self.merges):
            tree, text = self._tree_on(run, onto), with_trailers(self.wanted.message, self.wanted.trailers)
            tip = make_commit(run.repository, tree, (onto,), text)
        return Asked(
            branch=base,
            head=request_branch(facts, base),
            tip=tip,
            brings=last.tip,
            title=self.wanted.message,
            about="rollback",
            said=self.wanted.trailers,
            reverts=last.merge[:7],
            is_again=bool(self.is_again),
        )

    def _tree_on(self, run: Run, onto: Oid) -> Oid:
        while True:
            back = run.facts.rolled_back_on(onto, self.merges)
            if isinstance(back, Merged):
                return back.tree
            conflict = Conflict(self.wanted.base, "", back.onto, back.source, Method.REVERT)
            problem = lay_out_conflict(run, conflict, back.change, self.place)
            if problem is not None:
                raise HotfixError(problem)
            run.look()  # git resolved it by itself


def as_begun(facts: Facts, request: RollbackRequest) -> RollbackRequest:
    """Add what was answered when this rollback began."""
    begun = facts.memory.pending_rollback
    if begun is None:
        return request
    deploy = begun.deploy if request.deploy is None else request.deploy
    targets = begun.targets if request.targets is None else request.targets
    return replace(request, reason=request.reason or begun.reason, deploy=deploy, targets=targets)


def rollback_notes(facts: Facts, request: RollbackRequest) -> tuple[str, ...]:
    """Return, before anything runs, that a person will be needed, and for which files; or why nothing is taken back."""
    if request.targets and facts.is_landed_again:
        return (f"{facts.world.shown(facts.base)} has the fix again; it stays on the other branches too.",)
    if facts.is_rolled_back or not facts.publications or facts.base_tip is None:
        return ()
    if facts.memory.conflict_of(facts.base, is_rollback=True) is not None:
        return ()
    found = facts.rolled_back_on(facts.base_tip, _merges(facts))
    if not isinstance(found, StuckBack):
        return ()
    shown = facts.world.shown(facts.base)
    return (f"It conflicts with later commits on {shown} in {some(found.paths)}: resolve that first.",)


def _merges(facts: Facts) -> tuple[Oid, ...]:
    return tuple(each.merge for each in reversed(facts.publications) if each.rollback is None)


def _step(facts: Facts, request: RollbackRequest) -> RollBack:
    merges = _merges(facts)
    message, trailers = rollback_message(facts, merges, merges, request.reason)
    wanted = Wanted(
        base=facts.base,
        source=merges[0],
        tag=rollback_tag(facts),
        wants_tag=is_tagged(facts),
        message=message,
        trailers=trailers,
        is_rollback=True,
    )
    by_request = goes_by_request(facts, request, facts.base)
    return RollBack(merges, wanted, request.place, _answers(request), by_request, request.by_request)


def _answers(request: RollbackRequest) -> PendingRollback:
    deploy = True if request.deploy is None and request.yes else request.deploy
    return PendingRollback(request.reason, deploy, request.targets)


def _questions(facts: Facts, request: RollbackRequest) -> tuple[Question, ...]:
    asked: list[Question] = []
    there = [target.branch for target in facts.targets if target.verdict.is_there and not target.is_own]
    deploy = facts.config.deploy
    if deploy.command and facts.trigger == "command" and request.deploy is None and not request.yes:
        text = f"Deploy with '{deploy.command}' once it is reverted?"
        asked.append(Question("deploy", "--deploy (or --no-deploy)", text, "confirm", default="yes"))
    if there and request.targets is None and request.interactive and not request.yes:
        text = f"Revert it on {', '.join(there)} too?"
        asked.append(Question("targets", "--targets", text, "confirm", required=False, default="no"))
    if request.confirmed is None and not request.yes:
        text = f"Revert '{facts.hotfix}' ({facts.title}) on '{facts.world.shown(facts.base)}'?"
        is_told = request.reason is not None or facts.is_restricted or request.is_brief
        why = () if is_told else (Question("reason", "--reason TEXT", WHY, required=False, default=""),)
        asked.append(Question("confirmed", "--yes", text, "confirm", default="no", then=why))
    return tuple(asked)


def unasked_questions(facts: Facts, request: RollbackRequest) -> tuple[Question, ...]:
    """Return what a terminal asks of a rollback and its plan does not depend on: the other branches, and why."""
    if facts.is_rolled_back or not facts.publications:
        return ()
    asked = _questions(facts, replace(as_begun(facts, request), interactive=True, confirmed=None))
    flat = (question for each in asked for question in (each, *each.then))
    return tuple(each for each in flat if not each.required)


def _screen(facts: Facts) -> tuple[str, ...]:
    shown = facts.world.shown(facts.base)
    lines = [f"{facts.hotfix}: {facts.title}"]
    lines += [f"Revert:  {each.merge[:7]} on {shown}, tag {each.tag or 'none'}" for each in facts.publications]
    lines += [f"Target:  {target.branch} ({target.verdict})" for target in facts.targets]
    return tuple(lines)
