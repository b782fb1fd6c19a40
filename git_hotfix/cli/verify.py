"""``git hotfix verify``: whether every fix is where it has to be; nothing is changed, nobody's command is run."""

from __future__ import annotations

from collections import deque
from itertools import takewhile
from typing import TYPE_CHECKING

import click
from msgspec.structs import replace

from git_hotfix import clock
from git_hotfix.cli.annotations import annotated
from git_hotfix.cli.days import LAST_DAY
from git_hotfix.cli.execution import alone
from git_hotfix.cli.json_object import LookedAt, SeenBranch
from git_hotfix.cli.options import Command, misused, options_of
from git_hotfix.cli.output import Result, emit
from git_hotfix.cli.session import looking, open_run
from git_hotfix.cli.status import offline_option
from git_hotfix.cli.terminal import on_screen, rows_on_screen
from git_hotfix.engine.observation import (
    as_fetched,
    facts_about,
    read_history,
    take_settings_of_production,
)
from git_hotfix.errors import ExitCode, HotfixError, Problem, command, exit_code_of
from git_hotfix.facts.coverage import Coverage, blind, coverage
from git_hotfix.facts.hotfixes import find_hotfix
from git_hotfix.git.history import is_ancestor, resolve_commit
from git_hotfix.git.objects import has_object
from git_hotfix.git.world import find_production, target_tip
from git_hotfix.hotfix import Oid, Verdict
from git_hotfix.record.waivers import ending
from git_hotfix.steps.audit import broken_waivers
from git_hotfix.steps.kept_audit import audit_all
from git_hotfix.steps.waive import new_waiver, record_waiver

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from git_hotfix.cli.annotations import Form
    from git_hotfix.engine.run import Run
    from git_hotfix.facts.targets import Target
    from git_hotfix.steps.audit import Audit
    from git_hotfix.steps.kept_audit import Audited

MOST_ROWS = 100
"""With more hotfixes than this only those are listed that are not complete."""

MOST_NAMES = 4

FETCHING = command("git", "hotfix", "verify", "--fetch")

UNKNOWN = {"not-seen", "object-missing", "history-cut", "server-not-asked", "target-unknown"}
"""The problems that say that something could not be seen, and not that something is missing."""


@click.command(cls=Command)
@click.argument("hotfix", metavar="[HOTFIX]...", nargs=-1)
@click.option("--target", "targets", metavar="REV", multiple=True, help="Only: is it in this revision? Repeatable.")
@click.option("--since", metavar="TAG|DATE", help="Only what was published since then.")
@click.option("--fetch", is_flag=True, help="Fetch first all that is needed.")
@click.option("--allow-unknown", is_flag=True, help="What cannot be seen is no gap (exit 0).")
@click.option("--format", "form", type=click.Choice(["text", "github", "gitlab"]), help="Annotations of a CI (text).")
@click.option("--waive", nargs=2, metavar="HOTFIX BRANCH", help="This branch will not get it; needs --reason.")
@click.option("--reason", metavar="TEXT", help="Why a branch is waived; it stays visible.")
@click.option("--until", metavar="DATE", type=LAST_DAY, help="The last day on which it is waived, such as 2026-02-01.")
@offline_option
@click.pass_context
def verify(
    context: click.Context, hotfix: tuple[str, ...], *, targets: tuple[str, ...], since: str | None, fetch: bool,
    allow_unknown: bool, form: Form | None, waive: tuple[str, str] | None, reason: str | None, until: str | None,
    offline: bool,
) -> int:  # fmt: skip
    """Show whether every hotfix is in production and in every branch, tagged, written down and cleaned up.

    Exit 8 where something is missing, or cannot be seen. Without --fetch nothing is fetched.
    """
    if waive is not None or reason is not None or until is not None:
        return _waive(context, waive, reason, until)
    run = looking(context, open_run(context, offline=offline), must_answer=False, fetches=False)
    with as_fetched(run, FETCHING, ExitCode.GAP, fetches=fetch):
        result = _verified(run, hotfix, targets, since, allow_unknown=allow_unknown, is_offline=offline)
    return emit(options_of(context), annotated(result, form) if form is not None else result)


def _verified(
    run: Run, hotfix: tuple[str, ...], targets: tuple[str, ...], since: str | None, *, allow_unknown: bool,
    is_offline: bool,
) -> Result:  # fmt: skip
    differing = take_settings_of_production(run)
    revisions = {name: _commit_of(run, name) for name in targets}
    is_before = _since(run, since)
    found = coverage(run.repository, run.world, run.config, is_before)
    audits = audit_all(run, hotfix, revisions, is_before if since is not None else None)
    results = [result_of(each) for each in audits if each.came is None or not is_before(each.came)]
    problems = (*differing, *_problems(run, found, results, is_offline=is_offline))
    if allow_unknown:
        problems = tuple(each for each in problems if each.code not in UNKNOWN)
    text = _text(found, results)
    code = exit_code_of(problems) if problems else ExitCode.DONE
    result = Result("verify", exit_code=code, problems=problems, hotfixes=results, text=text)
    result.more = {"looked_at": _looked_at(found, results)}
    return result


def _in_audit(problem: Problem) -> Problem:
    """Return a problem as one that was found; what a partial clone has left out is fetched when it is asked for."""
    remedy = FETCHING if problem.code == "object-missing" else problem.remedy
    return replace(problem, remedy=remedy, exit_code=ExitCode.GAP, about=None)


def _commit_of(run: Run, name: str) -> Oid:
    """Return the commit of a branch as the server has it, else of any revision."""
    tip = target_tip(run.world, name)
    return tip if tip is not None and has_object(run.repository, tip) else resolve_commit(run.repository, name)


def _waive(context: click.Context, waive: tuple[str, str] | None, reason: str | None, until: str | None) -> int:
    if waive is None or not reason:
        raise misused("--waive and --reason go together.", "verify", "--waive", "HOTFIX", "BRANCH", "--reason", "TEXT")
    name, branch = waive
    run = looking(context, open_run(context), must_answer=True)
    read_history(run)
    known = find_hotfix(name, run.known(), run.world, run.config)
    with alone(run, "verify", dry_run=False):
        run.facts = facts_about(run, known)
        waiver = new_waiver(run, branch, reason, until)
        record_waiver(run, waiver)
    text = f"'{branch}' is waived{ending(waiver)}: {waiver.reason}"
    return emit(options_of(context), Result("verify", str(known.hotfix), text=[text]))


def _since(run: Run, text: str | None) -> Callable[[Oid], bool]:
    """Return what tells whether a commit is older than what is asked about: in the history of a commit, or of a day.

    That of a day ends before the first commit on production's own line that is dated then: whoever dates a commit back
    hides nothing that came after that one.
    """
    if text is None:
        return lambda _: False
    repository, tip = run.repository, target_tip(run.world, find_production(run.world, run.config)[0])
    end: Oid | None
    try:
        end = resolve_commit(repository, text)
    except HotfixError:
        begin, end = clock.when_told(text, at=clock.now()).timestamp(), None
        if tip is not None and has_object(repository, tip):
            line = repository.past.run("rev-list", "--first-parent", "--timestamp", tip).text.splitlines()
            older = takewhile(lambda each: int(each[0]) < begin, map(str.split, reversed(line)))
            end = next((Oid(oid) for _, oid in deque(older, maxlen=1)), None)
    return lambda oid: end is not None and has_object(repository, oid) and is_ancestor(repository, oid, end)


def result_of(each: Audited) -> Result:
    """Return the audit of one hotfix as a result, one of several."""
    rows, problems, targets, _ = each.audit
    result = Result("verify", each.hotfix, steps=rows, targets=targets, problems=problems)
    is_taken_back = each.merge is not None and each.came != each.merge
    result.text = [each.name, _word(each.audit, is_taken_back=is_taken_back), "; ".join(_grouped(targets))]
    result.more = {"path": each.path} if each.path is not None else {}
    return result


def _grouped(targets: Iterable[Target]) -> Iterator[str]:
    """Return the verdicts, each with the branches that it is about; many branches as a number."""
    for verdict in Verdict:
        is_waived = verdict is Verdict.WAIVED  # that is somebody's word
        found = (each for each in targets if each.verdict is verdict)
        names = [f"{each.branch} ({each.evidence})" if is_waived else each.branch for each in found]
        if names:
            yield f"{verdict}: {', '.join(names) if len(names) <= MOST_NAMES else f'{len(names)} branches'}"


def _word(found: Audit, *, is_taken_back: bool) -> str:
    """Return where a hotfix stands, in a few words."""
    word: str = found.stands
    if found.problems:
        word = "1 gap" if len(found.problems) == 1 else f"{len(found.problems)} gaps"
    if not is_taken_back:
        return word
    return "rolled back" if word == "complete" else f"rolled back, {word}"


def _problems(run: Run, found: Coverage, results: list[Result], *, is_offline: bool) -> tuple[Problem, ...]:
    """Return all that is missing or unknown, what concerns every hotfix first, each with the name of its hotfix."""
    problems = [*blind(found)]
    unanswered = run.world.unanswered
    if unanswered is not None and not is_offline:
        message = f"What the server has now is not known: {unanswered.message}"
        problems.append(Problem("server-not-asked", message, unanswered.remedy, ExitCode.GAP))
    problems += broken_waivers(run.repository, run.world, run.config)
    for each in results:
        problems += (
            replace(_in_audit(problem), message=f"{each.hotfix}: {problem.message}") for problem in each.problems
        )
    return tuple(problems)


def _text(found: Coverage, results: list[Result]) -> list[str]:
    """Return the lines for people: what was looked at first, then each hotfix; many that are complete as a number."""
    rows = [tuple(each.text) for each in results]
    if len(rows) > MOST_ROWS:
        rows = [row for row in rows if row[1] != "complete"]
    complete = [f"{len(results) - len(rows)} more are complete."] if len(rows) < len(results) else []
    return [on_screen(_first_line(found, results)), *rows_on_screen(rows, indent=""), *complete]


def _first_line(found: Coverage, results: list[Result]) -> str:
    named = ", ".join(name for name, _ in found.branches) or "nothing"
    count = "1 hotfix" if len(results) == 1 else f"{len(results)} hotfixes"
    line = f"Looked at {count} on {named} ({found.as_of})."
    if found.unseen:
        line += f" Not seen: {' '.join(found.unseen)} {found.fetch.line()}"
    return line


def _looked_at(found: Coverage, results: list[Result]) -> LookedAt:
    branches = tuple(SeenBranch(name, tip) for name, tip in found.branches)
    return LookedAt(branches, found.as_of, len(results), found.unseen, found.fetch.line() if found.unseen else None)
