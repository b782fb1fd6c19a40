"""Run the critical tests of the fix: which they are, where they run, what their result belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from git_hotfix import clock
from git_hotfix.commands.critical_tests import needs_paths, run_critical_tests
from git_hotfix.commands.split import first_word
from git_hotfix.commands.test_discovery import mapping_for
from git_hotfix.config.layers import TeamCommand
from git_hotfix.engine.events import runner_in
from git_hotfix.engine.step import Done, Progress, Question, Questions, Refusal, State, Step, ask
from git_hotfix.errors import SAME_AGAIN, ExitCode, HotfixError, Problem, command, refused
from git_hotfix.facts.phrases import some, tests_told
from git_hotfix.git.checkout import changes
from git_hotfix.git.commits import write_commit
from git_hotfix.git.settings import keep_setting
from git_hotfix.memory import TestResult
from git_hotfix.steps.place import at_commit, check_out_branch

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from git_hotfix.commands.critical_tests import TestRun
    from git_hotfix.engine.run import Run
    from git_hotfix.engine.step import Due
    from git_hotfix.errors import Remedy
    from git_hotfix.facts.facts import Facts
    from git_hotfix.git.checkout import Change
    from git_hotfix.git.world import World
    from git_hotfix.hotfix import Oid
    from git_hotfix.steps.request import FinishRequest


WITHOUT = " (none: publish without)"
WHY_WITHOUT = "Why without tests? It goes into the merge and the report."


class RunTests(Step, frozen=True):
    """Run the critical tests of the fix."""

    ends_on_error = True
    tells_time = True

    line: str
    """The command, before its placeholders are filled."""
    paths: tuple[str, ...]
    extra: tuple[str, ...] = ()
    counts: bool = True
    """Whether a pass is one of the whole fix; arguments of a person's own may have narrowed it."""
    keeps: bool = False
    """Whether the command is kept in git's configuration: it was an answer."""

    @staticmethod
    def due(facts: Facts, request: FinishRequest) -> Due:
        """Unless this very fix has passed or the tests are skipped; which tests they are may have to be asked."""
        if request.retest and not facts.has_fix:
            message = f"'{facts.hotfix}' has no fix that is not published yet."
            remedy = command("git", "hotfix", "status", facts.hotfix)
            return Refusal((Problem("nothing-to-test", message, remedy),))
        if _is_settled(facts, request) or not facts.has_fix:
            return None
        found = _with_arguments(facts, request)
        if isinstance(found, RunTests):
            return found
        return Questions((found,)) if request.interactive else ask(request, found, *who_verified(request))

    @staticmethod
    def commands(facts: Facts, request: FinishRequest) -> tuple[TeamCommand, ...]:
        """Return ``test.command``, unless there is nothing to test or this very fix has passed."""
        found = _command(facts, request)
        return (found,) if found is not None and facts.has_fix and not _is_settled(facts, request) else ()

    def describe(self, world: World) -> str:
        """Return what the step does."""
        return f"run the critical tests: {self.line} ({' '.join(self.paths) or 'no paths'})"

    @staticmethod
    def progress(facts: Facts) -> tuple[Progress, ...]:
        """Return whether the tests passed, as far as it is known here or recorded in the merge."""
        if facts.is_ended:
            return (Progress("tests", State.DONE, "not needed"),)
        if facts.fix is None and facts.last_publication is not None:
            ran, skipped = facts.merge_trailers.get("Tests"), facts.merge_trailers.get("Tests-Skipped")
            if ran is not None and skipped is None:
                state = State.DONE if ran.startswith("passed") else State.UNKNOWN  # it cannot be made up for
                return (Progress("tests", state, f"{tests_told(ran)}, says {facts.merged_by}"),)
            if skipped is not None and ran is None:
                return (Progress("tests", State.DONE, f"skipped: {skipped}, says {facts.merged_by}"),)
            return (Progress("tests", State.UNKNOWN, "the merge does not say whether tests ran"),)
        if not facts.has_fix:
            return (Progress("tests", State.WAITING, "after the fix"),)
        result, known = facts.test_result, facts.memory.pull_request_to(facts.base)
        if result is None and known is not None and known.tip == facts.tip:
            said = dict(known.said)
            skipped, ran = said.get("Tests-Skipped"), tests_told(said.get("Tests", "not run"))
            how = f"skipped: {skipped}" if skipped is not None else ran
            return (Progress("tests", State.DONE, f"{how}, says the request that was opened from here"),)
        if result is None:
            return (Progress("tests", State.NOT_DONE, "not run for this fix"),)
        outcome = {"passed": "passed", "failed": "failed", "none": "no tests ran"}[result.outcome]
        state = State.DONE if result.outcome == "passed" else State.NOT_DONE
        evidence = f"{outcome} in {result.seconds:.0f} s, {result.at} ({result.command})"
        return (Progress("tests", state, evidence, is_wrong=result.outcome != "passed"),)

    def perform(self, run: Run) -> Done:
        """Run them in the tree that has the branch; failing, or no test at all: exit 6.

        With ``test.merged`` and a base that has moved they see the merged tree, checked out there for the while.
        """
        facts = run.facts
        if facts.tested_identity is None:
            message = f"'{facts.hotfix}' has no unpublished fix."
            raise refused("nothing-to-test", message, command("git", "hotfix", "status"))
        if self.keeps:
            keep_setting(run.repository.git, "test.command", self.line)
            run.reload_settings()
        directory = _tree_with_branch(run)
        if facts.merged_tree is None:
            return self._perform_in(run, directory, facts.tested_identity)
        with at_commit(run, directory, _merge_to_test(run, facts.merged_tree)):
            return self._perform_in(run, directory, facts.tested_identity)

    def _perform_in(self, run: Run, directory: Path, tested: str) -> Done:
        facts = run.facts
        is_as_seen = facts.merged_tree is None and facts.world.tree_of(facts.branch) is not None
        before = facts.tree_changes if is_as_seen else changes(run.repository.git.elsewhere(directory))
        ran, after = run_in(run, directory, self, before, facts.fix.paths if facts.fix else ())
        if facts.merged_tree is None:
            run.seen["tree_changes"] = after
        is_public = facts.tip is not None and run.is_public(facts.tip, "test.command", self.line)
        name, seconds = ran.command if is_public else first_word(self.line), _seconds(ran)
        result = TestResult(tested, ran.outcome, name, clock.rfc3339(ran.ended_at), seconds)
        if self.counts or ran.outcome != "passed":
            run.remember(lambda memory: replace(memory, tests=(*memory.tests, result)))
        judge(run, ran, command("git", "hotfix", "finish", facts.hotfix, "--skip-tests", "REASON"))
        if not self.counts:
            run.say("This run does not count for 'finish': your arguments may have left tests out.")
        return Done()


def run_in(
    run: Run, directory: Path, tests: RunTests, before: Iterable[Change], files: Sequence[str]
) -> tuple[TestRun, tuple[Change, ...]]:
    """Run the tests in a working tree; return how they ended, and what is changed there then: nothing by them."""
    log = run.repository.common_dir / "hotfix" / "logs" / f"{run.facts.hotfix}-tests.log"
    ran = run_critical_tests(
        runner_in(run, directory, tests.line, log),
        tests.line,
        paths=tests.paths,
        files=files,
        base=run.facts.base,
        extra=tests.extra,
        none_pattern=run.facts.config.test.none_pattern,
    )
    after = changes(run.repository.git.elsewhere(directory))
    changed = [change.path for change in after if change.tracked and change not in before]
    if changed:
        message = f"The tests changed files that git tracks ({some(changed)}); this run does not count."
        raise _failed(message, command("git", "-C", directory, "diff"))
    return ran, after


def judge(run: Run, ran: TestRun, without: Remedy) -> None:
    """Report that the tests passed; failing, or no test at all, ends the run (exit 6)."""
    match ran.outcome:
        case "passed":
            run.say(f"The critical tests passed ({ran.command}, {_seconds(ran):.0f} s).")
        case "failed":
            log = run.repository.common_dir / "hotfix" / "logs" / f"{run.facts.hotfix}-tests.log"
            raise _failed(f"The critical tests failed ({ran.command}, exit {ran.code}).", command("tail", log))
        case "none":
            raise _failed(f"No test ran ({ran.command}): that is not a pass.", without)


def _seconds(ran: TestRun) -> float:
    return (ran.ended_at - ran.started_at).total_seconds()


def _is_settled(facts: Facts, request: FinishRequest) -> bool:
    known = facts.memory.pull_request_to(facts.base)
    is_decided = known is not None and known.tip == facts.tip  # as its request says
    is_prepared = request.from_bundle is not None and facts.tests_of_attempt is not None  # shown to who publishes it
    is_known = is_decided or is_prepared or facts.passed_tests is not None
    return bool(request.skip_tests) or (is_known and not request.retest)


def _command(facts: Facts, request: FinishRequest) -> TeamCommand | None:
    if request.test_command:
        return TeamCommand("test.command", request.test_command, "your answer", is_personal=True)
    return facts.settings.command("test.command")


def _with_arguments(facts: Facts, request: FinishRequest) -> RunTests | Question:
    """Return the run with what ``test -- ARGUMENTS`` adds, which may narrow it; paths among them are its paths."""
    extra = request.test_arguments
    named = tuple(word for word in extra if not word.startswith("-"))
    given = replace(request, test_paths=named) if named and not request.test_paths else request
    found = _choose(facts, given)
    if isinstance(found, Question) or not extra:
        return found
    # only where nothing else is known to cover the fix, paths of a person's own are its tests
    counts = named == extra and isinstance(_choose(facts, request), Question)
    return replace(found, paths=() if named and found.paths == named else found.paths, extra=extra, counts=counts)


def _choose(facts: Facts, request: FinishRequest) -> RunTests | Question:
    """Return the run of the critical tests, or the question which they are."""
    found = _command(facts, request)
    if found is None:
        return Question(
            "test_command",
            "--test-command COMMAND",
            "Which command runs the critical tests? It is kept in git config." + ("" if request.retest else WITHOUT),
            instead=None if request.retest else Question("skip_tests", "--skip-tests REASON", WHY_WITHOUT),
            default=next(iter(facts.test_proposals), None),
            choices=facts.test_proposals,
            undecided=_undecided("No command for the critical tests is configured"),
            supposed="COMMAND",
        )
    needs = needs_paths(found.line)
    paths = request.named_paths or (facts.test_paths if needs else ())
    if needs and not paths:
        changed = facts.fix.paths if facts.fix else ()
        mapping = mapping_for(changed, facts.files)
        known = mapping.rpartition("=")[2] if mapping else None
        which = f"Which tests cover {some(changed)}"
        such = f", such as '{mapping}'," if mapping else ""
        why = _undecided(f"{which} is not known: nothing in test.map{such} and no folder of tests matches")
        text = f"{which}? (paths, separated by spaces)"
        return Question("test_paths", "--test-path PATH", text, default=known, undecided=why, supposed="PATH")
    return RunTests(found.line, paths, keeps=request.test_command is not None)


def _undecided(what: str) -> Problem:
    message = f"{what} (--skip-tests REASON publishes without)."
    return Problem("tests-undecided", message, SAME_AGAIN, ExitCode.USAGE)


def who_verified(request: FinishRequest) -> tuple[Question, ...]:
    """Return the question who has verified the fix by hand, which nobody has to answer."""
    is_told = request.verified_by is not None or request.from_bundle is not None  # what was prepared says who
    if is_told or request.retest or request.yes:
        return ()
    text = "Who has verified the fix by hand? (empty: nobody yet)"
    return (Question("verified_by", "--verified-by NAME", text, required=False, default=""),)


def _tree_with_branch(run: Run) -> Path:
    """Return the working tree that has the branch checked out; else check it out here, the place remembered."""
    facts = run.facts
    tree = run.world.tree_of(facts.branch)
    if tree is not None:
        return tree.path
    if run.repository.top is None:
        message = "The critical tests need a working tree, and this repository is bare."
        remedy = command("git", "worktree", "add", f"../{facts.hotfix.slug}", facts.branch)
        raise refused("no-working-tree", message, remedy)
    check_out_branch(run, facts.hotfix, facts.branch)
    return run.repository.top


def _merge_to_test(run: Run, tree: Oid) -> Oid:
    """Make the merge that will be published as an object, for its tree to be checked out."""
    parents = [oid for oid in (run.facts.base_tip, run.facts.tip) if oid is not None]
    return write_commit(run.repository, tree, parents, "The merge that the critical tests see\n")


def _failed(message: str, remedy: Remedy) -> HotfixError:
    return HotfixError(Problem("tests-failed", message, remedy, ExitCode.TESTS))
