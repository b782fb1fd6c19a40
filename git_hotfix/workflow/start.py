"""What ``start`` does: is it a hotfix at all, what is it called, where does it begin, what stands in the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from git_hotfix import clock
from git_hotfix.commands.worktree_setup import check_worktree_setup
from git_hotfix.config import fill_message
from git_hotfix.errors import ExitCode, HotfixError, Problem
from git_hotfix.git import history, trees
from git_hotfix.git.checkout import changes, in_progress, submodules_in
from git_hotfix.git.identity import identity
from git_hotfix.git.objects import has_object
from git_hotfix.git.world import commits_in, resolve_commit
from git_hotfix.hotfix import BranchName, HotfixId, Oid, new_id, shell_word
from git_hotfix.record.incident import DataAtRisk, Kind, NewReport, Severity, Visibility
from git_hotfix.record.report import render_new
from git_hotfix.record.words import words_of
from git_hotfix.workflow.again import linked_reports
from git_hotfix.workflow.decision import Decision, Plan, Question, Questions, Refused
from git_hotfix.workflow.gate import ask_gate
from git_hotfix.workflow.naming import free_name
from git_hotfix.workflow.plan import CheckOut, MakeBranch, MakeWorktree, PushBranch, PutAsideChanges, Step

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from git_hotfix.config import Config
    from git_hotfix.git.repository import Repository
    from git_hotfix.git.world import World
    from git_hotfix.workflow.again import Again
    from git_hotfix.workflow.naming import Known
    from git_hotfix.workflow.request import StartRequest


class Beginning(Struct, frozen=True):
    """What ``start`` looked at: the world, the base it begins from, and the hotfixes there are."""

    world: World
    config: Config
    base: BranchName
    base_tip: Oid | None
    guessed: bool
    known: tuple[Known, ...]
    again: Again | None
    """The hotfix that was rolled back and is landed again."""
    unfinished: HotfixId | None
    """A start that was interrupted and that the same command goes on with."""
    at: datetime


def plan_start(repository: Repository, beginning: Beginning, request: StartRequest) -> Decision:
    """Return the steps of ``start``, the questions before it, or everything that forbids it."""
    asked = ask_gate(beginning.world, beginning.config, beginning.known, request, beginning.unfinished)
    if asked is not None:
        return asked
    problems: list[Problem] = []
    hotfix = _name(beginning, request, problems)
    if isinstance(hotfix, Question):
        return Questions((hotfix,))
    question = _blocked(repository, beginning, request, problems)
    if question is not None:
        return Questions((question,))
    start = _start_commit(repository, beginning, request, problems)
    picks = _picks(repository, request, problems)
    report = _report(repository, beginning, request, hotfix, problems) if hotfix else None
    try:
        identity(repository.git)
    except HotfixError as error:
        problems += [each for each in error.problems if each not in problems]
    if problems or hotfix is None or start is None or report is None:
        return Refused(tuple(problems))
    return _steps(repository, beginning, request, hotfix, start, picks, report)


def _steps(
    repository: Repository,
    beginning: Beginning,
    request: StartRequest,
    hotfix: HotfixId,
    start: Oid,
    picks: tuple[Oid, ...],
    report: tuple[bytes, tuple[str, ...]],
) -> Plan:
    config = beginning.config
    branch = hotfix.branch(config.branches.prefix)
    steps: list[Step] = []
    exists = beginning.world.local_tip(branch) is not None
    wants_worktree = request.wants_worktree or request.dirty == "worktree"
    if (request.stash or request.dirty == "stash") and not wants_worktree:
        steps.append(PutAsideChanges())
    if not exists:
        path = None if request.is_restricted else f"{config.incident.directory}/{hotfix.report_name()}"
        content, again = report[0], beginning.again
        edits: tuple[tuple[str, bytes], ...] = ()
        if again is not None:
            content, edits = linked_reports(repository, again, start, content, hotfix, words_of(config), beginning.at)
            edits = () if request.is_restricted else edits
        undoes = again.rollbacks if again is not None else ()
        message = _message(config, request, hotfix, path)
        steps.append(MakeBranch(branch, start, path, content, message, picks, undoes, edits))
    if wants_worktree:
        steps.append(MakeWorktree(branch, _worktree_path(repository, request, hotfix)))
    elif repository.top is not None:
        steps.append(CheckOut(branch))
    wants_push = (request.push if request.push is not None else config.start.push) and not request.is_restricted
    if wants_push and beginning.world.remote is not None and beginning.world.unanswered is None:
        steps.append(PushBranch(branch))
    notes = list(report[1])
    if beginning.guessed:
        notes.append(f"Production is taken to be '{beginning.base}' (git config hotfix.branches.production).")
    return Plan(hotfix, tuple(steps), tuple(notes))


def _name(beginning: Beginning, request: StartRequest, problems: list[Problem]) -> HotfixId | Question | None:
    """Name the hotfix; a name that is taken is offered again with a number."""
    if beginning.unfinished is not None:
        return beginning.unfinished
    title = request.title or ""
    prefix = beginning.config.branches.prefix
    taken = {each.hotfix for each in beginning.known}
    try:
        hotfix = new_id(title, beginning.at.date(), prefix=prefix, slug=request.chosen_slug)
    except HotfixError as error:
        problems += (replace(each, remedy=request.again("--slug NAME")) for each in error.problems)
        return None
    if beginning.config.names.ascii and not hotfix.slug.isascii():
        if request.interactive:
            return Question("slug", "--slug NAME", f"An ASCII name for '{title}'?")
        message = f"The name '{hotfix.slug}' is not ASCII (names.ascii)."
        problems.append(Problem("name-not-ascii", message, request.again("--slug NAME"), ExitCode.USAGE))
        return None
    if hotfix not in taken:
        return hotfix
    free = free_name(hotfix, taken, beginning.at)
    if request.chosen_slug != request.slug:
        return new_id(title, beginning.at.date(), prefix=prefix, slug=free)  # nobody chose the neutral one
    if request.interactive and not request.yes:
        return Question("slug", "--slug NAME", f"'{hotfix}' exists already. Another name?", default=free)
    problems.append(
        Problem(
            "name-taken",
            f"The hotfix '{hotfix}' exists already.",
            request.again(f"--slug {shell_word(free)}"),
        )
    )
    return None


def _blocked(
    repository: Repository, beginning: Beginning, request: StartRequest, problems: list[Problem]
) -> Question | None:
    """Say what in this working tree stands in the way: unfinished business, uncommitted changes, no tree at all."""
    if request.wants_worktree or request.dirty == "worktree":
        _check_worktree(repository, beginning, problems)
        return None
    if repository.top is None:
        message = "This repository is bare: the hotfix needs a working tree."
        problems.append(Problem("no-working-tree", message, request.again("--worktree DIR")))
        return None
    aside = request.again("--worktree")
    if unfinished := in_progress(repository.git):
        problems.append(Problem("in-progress", f"{unfinished[0].capitalize()} is unfinished here.", aside))
    changed = [change.path for change in changes(repository.git) if change.tracked]
    if beginning.unfinished is None and (changed_inside := submodules_in(repository.git, changed)):
        listed = ", ".join(f"'{path}'" for path in changed_inside[:5])
        message = f"There are changes in submodules, which a stash cannot hold: {listed}."
        problems.append(Problem("uncommitted", message, aside))
        return None
    if not changed or request.stash or request.dirty == "stash" or beginning.unfinished is not None:
        return None
    listed = ", ".join(f"'{path}'" for path in changed[:5])
    if request.interactive:
        return Question(
            "dirty",
            "--stash (or --worktree)",
            f"There are uncommitted changes ({listed}). Put them away as a stash, or work in a worktree of its own?",
            kind="choice",
            choices=("stash", "worktree"),
            default="stash",
        )
    message = f"There are uncommitted changes: {listed}."
    problems.append(Problem("uncommitted", message, request.again("--stash")))
    return None


def _check_worktree(repository: Repository, beginning: Beginning, problems: list[Problem]) -> None:
    wanted = beginning.config.worktree
    if repository.top is None:
        return
    try:
        check_worktree_setup(repository.top, copy=wanted.copy, link=wanted.link, setup=wanted.setup)
    except HotfixError as error:
        problems += error.problems


def _worktree_path(repository: Repository, request: StartRequest, hotfix: HotfixId) -> Path:
    if request.worktree is not None:
        return (repository.git.directory / request.worktree).resolve()  # as git lists it
    beside = (repository.top or repository.common_dir).resolve()
    return beside.parent / f"{beside.name.removesuffix('.git')}-{hotfix}"


def _start_commit(
    repository: Repository, beginning: Beginning, request: StartRequest, problems: list[Problem]
) -> Oid | None:
    """Return the commit the branch begins at: the base's tip that counts, or ``--from`` where the base contains it."""
    tip = beginning.base_tip
    if tip is None or not has_object(repository, tip):
        shown = beginning.world.shown(beginning.base)
        problems.append(Problem("unknown-branch", f"'{shown}' does not exist.", "git branch -a", ExitCode.USAGE))
        return None
    if request.start_from is None:
        return tip
    try:
        start = resolve_commit(repository, request.start_from)
    except HotfixError as error:
        problems += error.problems
        return None
    if not history.is_ancestor(repository, start, tip):
        shown = beginning.world.shown(beginning.base)
        message = f"'{request.start_from}' is not contained in '{shown}'."
        problems.append(Problem("not-in-base", message, f"git log --oneline {shown}", ExitCode.USAGE))
        return None
    return start


def _picks(repository: Repository, request: StartRequest, problems: list[Problem]) -> tuple[Oid, ...]:
    try:
        return commits_in(repository, request.picks)
    except HotfixError as error:
        problems += error.problems
        return ()


def _report(
    repository: Repository,
    beginning: Beginning,
    request: StartRequest,
    hotfix: HotfixId,
    problems: list[Problem],
) -> tuple[bytes, tuple[str, ...]] | None:
    """Render the report; times and the repository's own template are read here."""
    config, at = beginning.config, beginning.at
    template, words = config.incident.template, words_of(config)
    try:
        own = trees.read_file(repository, beginning.base_tip, template) if beginning.base_tip else None
        new = NewReport(
            id=hotfix,
            title=request.title or "",
            severity=Severity(request.severity or "critical"),
            kind=Kind(request.kind or "critical-bug"),
            production_affected=True,
            can_wait=False,
            what=request.what or request.title or "",
            reporter=identity(repository.git).author.name,
            declared_at=at,
            branch=hotfix.branch(config.branches.prefix),
            base=beginning.base,
            impact=request.impact,
            affected_users=request.users,
            data_at_risk=DataAtRisk(request.data_at_risk) if request.data_at_risk else None,
            started_at=clock.when_told(request.since, at=at) if request.since else None,
            detected_at=clock.when_told(request.detected, at=at) if request.detected else None,
            root_cause=request.root_cause,
            issue=request.issue,
            cve=request.cve,
            visibility=Visibility(request.visibility or "public"),
        )
        rendered = render_new(new, words, (template, own.decode("utf-8", "replace")) if own is not None else None)
    except HotfixError as error:
        problems += [each for each in error.problems if each not in problems]
        return None
    return rendered.content, rendered.warnings


def _message(config: Config, request: StartRequest, hotfix: HotfixId, path: str | None) -> str:
    """Return the message of the first commit; it tells nothing of a restricted hotfix but its neutral name."""
    values = {
        "description": " ".join((request.title or "").split()) if path else hotfix.slug,
        "id": str(hotfix),
        "slug": hotfix.slug,
        "issue": request.issue or "" if path else "",
        "severity": request.severity or "critical" if path else "",
    }
    incident = f"Incident: {path}\n" if path else ""
    return f"{fill_message(config.message.report, values)}\n\nHotfix-Id: {hotfix}\n{incident}"
