"""From a command line to a session: the repository opened, the settings read, the world looked at."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, TypeVar

from msgspec.structs import replace

from git_hotfix.cli.again import Again
from git_hotfix.cli.options import options_of
from git_hotfix.cli.output import Result, emit, listener, outcome_word, show_git
from git_hotfix.cli.questions import answers_to, choose
from git_hotfix.errors import HotfixError
from git_hotfix.execution.crashes import end_killed_run
from git_hotfix.execution.lock import only_one, was_killed
from git_hotfix.execution.session import Session
from git_hotfix.git.config_file import working_tree_file
from git_hotfix.git.program import GitFailed, here
from git_hotfix.git.repository import check_git_version, open_repository
from git_hotfix.git.settings import keep_setting, load_settings, read_git_config
from git_hotfix.git.worktrees import worktrees
from git_hotfix.git.world import ProductionUnclear, find_production
from git_hotfix.hotfix import parse_id
from git_hotfix.memory import conflict_places
from git_hotfix.workflow.describe import describe
from git_hotfix.workflow.outcome import exit_code, merged_problems, unfinished
from git_hotfix.workflow.progress import next_command, steps_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import click

    from git_hotfix.errors import Problem
    from git_hotfix.execution.executor import Outcome, Planner
    from git_hotfix.hotfix import HotfixId
    from git_hotfix.workflow.decision import Questions
    from git_hotfix.workflow.request import FinishRequest
    from git_hotfix.workflow.situation import Situation

R = TypeVar("R")


def open_session(context: click.Context, *, offline: bool = False) -> Session:
    """Open the repository the user stands in and read its settings; the world is not looked at yet."""
    options = options_of(context)
    git = here()
    if options.verbose:
        git = replace(git, watches=lambda arguments: show_git(options, arguments))
    check_git_version(git)
    repository = open_repository(git)
    waits_here = conflict_places(repository.common_dir).get(str(repository.top))
    if waits_here is not None:
        # the user stands in a conflict's worktree, which --continue removes: act from the main one
        main = worktrees(repository)[0].path
        repository = open_repository(git.elsewhere(main))
    _ = repository.handle  # a format that libgit2 cannot read is told before anything else
    git_config = read_git_config(git)
    file = working_tree_file(repository.top) if repository.top else None
    meant = parse_id(waits_here) if waits_here is not None else None
    settings = load_settings(git_config, file)
    return Session(repository, git_config, settings, tell=listener(options), offline=offline, meant=meant)


def looking(context: click.Context, session: Session, *, must_answer: bool) -> Session:
    """Look at the world; where production is not clear, ask which it is once and keep the answer."""
    try:
        session.look_at_server(must_answer=must_answer)
    except GitFailed:  # a worktree that is half built stops every 'git worktree list'
        _end_what_a_killed_run_left(session, context.info_name or "")
        session.look_at_server(must_answer=must_answer)
    try:
        find_production(session.world, session.config)
    except ProductionUnclear as unclear:
        if not options_of(context).interactive:
            raise
        chosen = choose("Which branch is production?", unclear.candidates)
        keep_setting(session.repository.git, "branches.production", chosen)
        session.reload_settings()
    return session


def looking_for(context: click.Context, name: str | None) -> tuple[Session, HotfixId]:
    """Find the hotfix whose report is to be changed; the server is asked only for one that has no branch.

    Of those a closed one's report is changed on the server; of all others it is written here, and published later.
    """
    session = looking(context, open_session(context, offline=True), must_answer=False)
    found = session.find(name)
    if any(each.hotfix == found and not each.is_open and not each.tags for each in session.known()):
        session = looking(context, open_session(context), must_answer=True)
    return session, found


@contextmanager
def alone(session: Session, command: str, *, dry_run: bool) -> Iterator[None]:
    """Hold the repository's lock while something is changed; a dry run changes nothing and waits for nobody."""
    if dry_run:
        yield
        return
    with only_one(session.repository.common_dir, command) as killed:
        end_killed_run(session, killed)
        yield


def find(session: Session, name: str | None, command: str, *, dry_run: bool) -> HotfixId:
    """Return the hotfix a person means.

    One that is gone may have been deleted by a run that was killed then: what that has left is ended all the same.
    """
    try:
        return session.find(name)
    except HotfixError:
        if not dry_run:
            _end_what_a_killed_run_left(session, command)
        raise


def _end_what_a_killed_run_left(session: Session, command: str) -> None:
    """Do it ahead of a refusal, where that run was killed; one that is at work, and only slow, is left alone."""
    if was_killed(session.repository.common_dir):
        with suppress(HotfixError), alone(session, command, dry_run=False):
            pass


def default_request(context: click.Context, session: Session, **said: Any) -> dict[str, Any]:
    """Add to what was said what the terminal and git's configuration say."""
    sign = said.pop("sign", False) or bool(session.git_config.boolean("commit.gpgSign"))
    return {**said, "sign": sign, "interactive": options_of(context).interactive}


class Asker:
    """Holds the request of a run and fills in what a person answers; kept answers go to git config."""

    def __init__(self, session: Session, request: FinishRequest) -> None:
        self.session = session
        self.request = request

    def __call__(self, questions: Questions) -> None:
        """Ask, and go on with a request that has the answers."""
        answers = answers_to(questions)
        git = self.session.repository.git
        if command := answers.get("test_command"):
            keep_setting(git, "test.command", command)
            self.session.reload_settings()
        if "test_paths" in answers:
            answers["test_paths"] = tuple(answers["test_paths"].split())
        if lines := answers.get("lines"):
            answers["lines"] = self._keep_lines(lines)
        self.request = replace(self.request, **answers)

    def _keep_lines(self, said: str) -> tuple[str, ...]:
        patterns = self.session.config.branches.release
        chosen = patterns if said == "all" else () if said == "none" else tuple(said.split())
        keep_setting(self.session.repository.git, "branches.release", chosen)
        self.session.reload_settings()
        return chosen


def _nobody(questions: Questions) -> None:
    """Answer for commands whose plans ask nothing."""
    raise AssertionError(questions)


def run_hotfix(
    context: click.Context,
    command: str,
    session: Session,
    hotfix: HotfixId,
    plan: Callable[[Situation, frozenset[type[Any]]], Any],
    *,
    dry_run: bool,
    ask: Callable[[Questions], None] = _nobody,
    judge: Callable[[Situation], tuple[Problem, ...]] | None = None,
    before: Callable[[Situation], None] | None = None,
) -> int:
    """Carry a plan out under the lock and print what it came to."""
    again = Again(context, command, hotfix)
    try:
        result = result_of(command, session, hotfix, plan, dry_run=dry_run, ask=ask, judge=judge, before=before)
    except HotfixError as error:
        error.problems = again.problems(error.problems)
        raise
    result.problems = again.problems(result.problems)
    result.next = again.command(result.next) if result.next else None
    return emit(options_of(context), result)


def result_of(
    command: str,
    session: Session,
    hotfix: HotfixId,
    plan: Callable[[Situation, frozenset[type[Any]]], Any],
    *,
    dry_run: bool,
    ask: Callable[[Questions], None] = _nobody,
    judge: Callable[[Situation], tuple[Problem, ...]] | None = None,
    before: Callable[[Situation], None] | None = None,
) -> Result:
    """Carry a plan out under the lock and say what it came to.

    ``before`` does what the options ask for ahead of planning; ``judge`` says what is still missing at the end.
    """
    from git_hotfix.execution.executor import carry_out  # noqa: PLC0415  # with every step; not for status

    planner: Planner = plan
    with alone(session, command, dry_run=dry_run):
        try:
            if before is not None and not dry_run:
                before(session.situation(hotfix))
            outcome = carry_out(session, hotfix, planner, ask, dry_run=dry_run)
        except HotfixError as error:
            error.hotfix = str(hotfix)
            raise
    if dry_run:
        return _planned(command, hotfix, outcome)
    observed = judge(outcome.situation) if judge is not None else ()
    return _finished(session, command, outcome, observed)


def judge_published(
    session: Session, *, backport: bool = True, deploy: bool = True
) -> Callable[[Situation], tuple[Problem, ...]]:
    """Judge a run after publication: deployment, targets, record."""
    return lambda situation: unfinished(session.repository, situation, backport=backport, deploy=deploy)


def show_situation(session: Session, command: str, situation: Situation) -> Result:
    """Return a situation as a result: every step with its state and evidence, and the next command."""
    steps = steps_of(session.repository, situation)
    return Result(
        command,
        str(situation.hotfix),
        steps=steps,
        targets=situation.targets,
        next=next_command(situation, steps),
        title=situation.title,
    )


def _finished(session: Session, command: str, outcome: Outcome, observed: tuple[Problem, ...]) -> Result:
    problems = merged_problems(outcome.problems, observed)
    result = show_situation(session, command, outcome.situation)
    result.problems = problems
    result.exit_code = exit_code(problems, command)
    result.outcome = outcome_word(result.exit_code)
    return result


def _planned(command: str, hotfix: HotfixId, outcome: Outcome) -> Result:
    lines = [describe(step, outcome.situation.world) for step in outcome.planned]
    text = [f"{hotfix}: would", *(f"  {line}" for line in lines)] if lines else [f"{hotfix}: nothing is left to do."]
    more = {"plan": lines, "notes": list(outcome.notes)}
    return Result(command, str(hotfix), outcome="planned", targets=outcome.situation.targets, text=text, more=more)
