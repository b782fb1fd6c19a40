"""A command carried out under the repository's lock: its questions asked, and what it came to as a result."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from git_hotfix.cli.commands import READING
from git_hotfix.cli.options import options_of, repeated_words, typed_words
from git_hotfix.cli.output import Result, emit
from git_hotfix.cli.questions import answers_to
from git_hotfix.cli.session import show
from git_hotfix.cli.terminal import on_screen
from git_hotfix.commands.process import check_program
from git_hotfix.engine.lock import clear_leftovers, only_one, was_killed
from git_hotfix.engine.loop import exit_code
from git_hotfix.engine.step import Progress, State
from git_hotfix.errors import SAME_AGAIN, HotfixError, again, command
from git_hotfix.facts.facts import Facts
from git_hotfix.facts.phrases import some
from git_hotfix.git.settings import keep_setting
from git_hotfix.steps.backport_targets import lacks
from git_hotfix.steps.request import UNDONE, LeaveRequest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    import click

    from git_hotfix.engine.loop import Command, Outcome
    from git_hotfix.engine.run import Run
    from git_hotfix.engine.step import Questions
    from git_hotfix.errors import Problem
    from git_hotfix.hotfix import HotfixId
    from git_hotfix.steps.request import Request

_REPEATED = frozenset({"finish", "rollback", "close"})
"""The commands whose options are kept by a remedy that is the same command."""


@contextmanager
def alone(run: Run, name: str, *, dry_run: bool) -> Iterator[None]:
    """Hold the repository's lock while something is changed; a dry run changes nothing and waits for nobody."""
    if dry_run:
        yield
        return
    with only_one(run.repository.common_dir, name) as killed:
        clear_leftovers(run, killed)
        run.is_alone = True
        yield


def find(context: click.Context, run: Run) -> HotfixId:
    """Return the hotfix a person means.

    One that is gone may have been deleted by a run that was killed then: what that has left is ended all the same.
    """
    try:
        return run.find(context.params["hotfix"])
    except HotfixError:
        if not context.params["dry_run"]:
            clear_leftovers_of_killed_run(run, context.info_name or "")
        raise


def clear_leftovers_of_killed_run(run: Run, name: str) -> None:
    """Do it ahead of a refusal, where that run was killed; one that is at work, and only slow, is left alone."""
    if was_killed(run.repository.common_dir):
        with suppress(HotfixError), alone(run, name, dry_run=False):
            pass


def asking(run: Run) -> Callable[[Questions, Any], Any]:
    """Return who asks the questions of a plan and puts the answers into the request; kept ones go to git config."""

    def ask(questions: Questions, request: Any) -> Any:
        answers, git = answers_to(questions, partial(_why_wrong, run)), run.repository.git
        if lines := answers.get("lines"):
            patterns = run.config.branches.release
            chosen = patterns if lines == "all" else () if lines == "none" else tuple(lines.split())
            keep_setting(git, "branches.release", chosen)
            run.reload_settings()
            answers["lines"] = chosen
        if answers.get("by_request") is False and (request.confirmed or request.yes):
            answers["confirmed"] = False  # a push was refused: what was said yes to is over, and this no ends it
        return replace(request, **answers)

    return ask


def _why_wrong(run: Run, field: str, said: str) -> str | None:
    """Return what is wrong with an answer that can be looked up here: it is asked for again."""
    missing: list[str] = []
    match field:
        case "test_command":
            try:
                check_program(said, "your answer", run.repository.top or run.repository.git.directory)
            except HotfixError as error:
                return error.problems[0].message
        case "test_paths":
            missing = [each for each in said.split() if not run.facts.has_path(each.partition("::")[0])]
        case "lines" if said not in {"all", "none"}:
            missing = [each for each in said.split() if each not in run.world.branches and "*" not in each]
        case "skip_tests" if said.casefold() == "none":
            return "A reason says why, such as 'no test covers the template'."
        case _:
            pass
    return f"There is no {some(missing)}." if missing else None


def _check_answer(line: str, directory: Path) -> None:
    """Refuse a command that cannot be started, with what gives another one."""
    try:
        check_program(line, "your answer", directory)
    except HotfixError as error:
        problem = error.problems[0]
        is_for_shell = problem.remedy.words[:1] == ("sh",)
        other = again("--test-command", problem.remedy.line() if is_for_shell else "COMMAND")
        raise HotfixError(replace(problem, remedy=other)) from error


def run_command(
    context: click.Context,
    run: Run,
    hotfix: HotfixId,
    wanted: Command[Facts, Any],
    request: Request,
    *,
    before: Callable[[], tuple[Problem, ...]] | None = None,
    then: Callable[[Facts], Command[Facts, Any] | None] | None = None,
) -> int:
    """Carry a command out under the lock and print what it came to."""
    dry_run = context.params["dry_run"]
    typed = again_words(context, wanted.name, hotfix)
    run.typed = _with_name(context, wanted.name, hotfix, typed_words(context))
    own = ("git", "hotfix", wanted.name, str(hotfix))

    def shown(problems: Sequence[Problem]) -> tuple[Problem, ...]:
        again_ = (_as_again(problem, own, context.params.get("bundle")) for problem in problems)
        return tuple(map(_as_plan, again_) if dry_run else again_)

    try:
        if line := getattr(request, "test_command", None):
            _check_answer(line, run.repository.top or run.repository.git.directory)
        result = result_of(run, hotfix, wanted, request, dry_run=dry_run, before=before, then=then)
    except HotfixError as error:
        error.typed = again_words(context, wanted.name, hotfix, is_refused=True)
        error.problems = shown(error.problems)
        raise
    result.typed, result.tree, result.problems = typed, run.world.trees[0].path, shown(result.problems)
    if wanted.name in _REPEATED and result.next is not None and result.next.words == own:
        result.next = SAME_AGAIN
    decided = (each.remedy for each in result.problems if each.code in {"bundle-waits", "request-closed"})
    result.next = next(decided, result.next)  # who may not push is not led to a push
    return emit(options_of(context), result)


def _as_again(problem: Problem, own: tuple[str, ...], bundle: Path | None) -> Problem:
    """Let a remedy that is the present command, with or without more options, keep the options that were typed."""
    remedy = problem.remedy
    own = (*own, "--bundle", str(bundle)) if remedy.words[4:6] == ("--bundle", str(bundle)) else own
    if own[2] not in _REPEATED or remedy.words[: len(own)] != own or "--abort" in remedy.words:
        return problem
    return replace(problem, remedy=again(*remedy.words[len(own) :]))


def _as_plan(problem: Problem) -> Problem:
    """Let a remedy that is a command of ours be a plan too: whoever types it wanted nothing to happen yet."""
    words = problem.remedy.words
    does = words[:2] == ("git", "hotfix") and words[2:3] and words[2] not in READING
    if not does or "-h" in words or "--dry-run" in words:
        return problem
    return replace(problem, remedy=replace(problem.remedy, words=(*words, "--dry-run")))


def again_words(
    context: click.Context, name: str, hotfix: HotfixId | None = None, *, is_refused: bool = False
) -> tuple[str, ...]:
    """Return the words of the present command, for a remedy that is the same command again."""
    return _with_name(context, name, hotfix, repeated_words(context, is_refused=is_refused))


def _with_name(context: click.Context, name: str, hotfix: HotfixId | None, words: tuple[str, ...]) -> tuple[str, ...]:
    """Return the command line that names the hotfix, where the command takes its name and none was typed."""
    takes_name = "hotfix" in context.params and context.command.params[0].name == "hotfix"
    is_named = hotfix is None or not takes_name or context.params["hotfix"] is not None
    is_named = is_named or any(word.startswith("--from-bundle") for word in words)  # the file names it
    return ("git", "hotfix", name, *(() if is_named else (str(hotfix),)), *words)


def result_of(
    run: Run,
    hotfix: HotfixId,
    wanted: Command[Facts, Any],
    request: Request,
    *,
    dry_run: bool,
    before: Callable[[], tuple[Problem, ...]] | None = None,
    then: Callable[[Facts], Command[Facts, Any] | None] | None = None,
) -> Result:
    """Carry a command out under the lock and return what it came to.

    ``before`` does what the options ask for ahead of planning, and returns what it could not; ``then`` may name a
    command that follows where nothing is missing.
    """
    from git_hotfix.steps.commands import carry_out_command  # noqa: PLC0415  # every step there is; not for 'start'

    ahead: tuple[Problem, ...] = ()
    with alone(run, wanted.name, dry_run=dry_run):
        try:
            if before is not None and not dry_run:
                run.look(hotfix)
                ahead = before()
            outcome, missing, answered = carry_out_command(run, hotfix, wanted, request, asking(run), dry_run=dry_run)
            follows = then(outcome.facts) if then is not None and not missing and not outcome.problems else None
            if follows is not None:
                outcome, missing, _ = carry_out_command(
                    run, hotfix, follows, LeaveRequest(), asking(run), dry_run=dry_run
                )
        except HotfixError as error:
            error.hotfix = str(hotfix)
            raise
    if dry_run:
        return planned(wanted.name, hotfix, outcome)
    result = show(wanted.name, outcome.facts)
    told = {problem.about for problem in ahead}
    result.problems = (*ahead, *(each for each in (*outcome.problems, *missing) if each.about not in told))
    result.exit_code = exit_code(wanted, result.problems)
    if run.noted:
        result.more["notes"] = tuple(dict.fromkeys(run.noted))
    facts, stays = outcome.facts, any(each.code == "branch-stays" for each in result.problems)
    if wanted.name == "close" and (stays or facts.branch_tip is None) and not facts.is_ended:
        # no report says so, and what a branch would have told is gone with it
        branch = "stays on the server" if stays else "is deleted"
        evidence = f"as {getattr(answered, 'status', None)}; its branch {branch}, and no report was written"
        result.steps, result.targets, result.title = (Progress("closed", State.DONE, evidence),), (), None
        result.next = None
    if wanted.name == "close" and not result.problems:
        is_last = getattr(answered, "status", None) == UNDONE and not set(run.open()) - {hotfix}
        result.next = result.next or command("git", "hotfix", *(("start", "TITLE") if is_last else ("list",)))
    return result


def planned(name: str, hotfix: HotfixId, outcome: Outcome[Any]) -> Result:
    """Return a dry run: what would be done."""
    facts = outcome.facts
    lines = [step.describe(facts.world) for step in outcome.planned]
    shown = (on_screen(f"  {line}") for line in lines)
    text = [f"{hotfix}: would", *shown] if lines else [f"{hotfix}: nothing is left to do."]
    if not lines and isinstance(facts, Facts) and (left := [each.message for each in lacks(facts)]):
        text = [f"{hotfix}: would do nothing.", *left]
    more = {"plan": tuple(lines), "notes": outcome.notes}
    targets = getattr(facts, "targets", ())
    asked = outcome.questions
    return Result(name, str(hotfix), outcome="planned", targets=targets, questions=asked, text=text, more=more)
